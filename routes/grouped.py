"""A list's entries in groups: by the answer to one of its questions, in the order that question's answers have."""

from typing import Any
from uuid import UUID

from record.form import Rows
from routes.opened import NOTHING, Opened


def chosen(part: Rows, asked: str) -> str:
    """The field to group by: the one asked for in the address, else the usual one; empty where a list has no groups."""
    return asked if asked in part.grouped_by else next(iter(part.grouped_by), "")


def again(part: Rows, by: str) -> str:
    """What an address carries so that the page comes back grouped as it was."""
    return f"?by={by}" if by != chosen(part, "") else ""


def groups(opened: Opened, part: Rows, rows: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The painted ``rows`` by their answer to the field ``by``; those without one come last."""
    field = next(f for f in part.fields if f.name == by)
    options: dict[str, str] = getattr(field.kind, "options", {})

    def answer(entry: UUID) -> str:
        value = opened.stored.get((entry, by), NOTHING).value
        return value if value in options else ""

    found = [
        {"title": words or f"{field.label} not chosen yet", "rows": [row for row in rows if answer(row["id"]) == value]}
        for value, words in (*options.items(), ("", ""))
    ]
    return [group for group in found if group["rows"]]


def links(opened: Opened, part: Rows, tab: str, by: str) -> list[dict[str, Any]]:
    """The ways to group the list, each a link."""
    labels = {f.name: f.label for f in part.fields}
    return [
        {
            "title": f"By {labels[name].lower()}",
            "href": f"/records/{opened.id}/{tab}{again(part, name)}",
            "current": name == by,
        }
        for name in part.grouped_by
    ]
