"""How much was written where: which answers stand in tables and which flow over the page, and the longest sections."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

LONGEST_IN_TABLE = 300
"""Characters. A longer answer gets a heading and the full width, whatever its question was meant for."""

_COLUMNS = 4
_LONGEST_IN_GRID = 40
_LONGEST_WORD_IN_GRID = 14


def flows(field: Mapping[str, Any]) -> bool:
    """Whether the answer to `field` is set as paragraphs of its own instead of beside its question."""
    value = max(field["value"], field.get("now", ""), key=len)
    return bool(value) and (bool(field["long"]) or len(value) > LONGEST_IN_TABLE or value.count("\n") > 5)


def stretches(fields: Sequence[Mapping[str, Any]]) -> list[tuple[bool, list[Mapping[str, Any]]]]:
    """`fields` in their order as (flowing?, fields next to one another)."""
    return [(flowing, list(some)) for flowing, some in groupby(fields, flows)]


def columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The questions of a list whose `rows` ask few, with short answers: a line of a table each. Nothing of others."""
    found: list[str] = []
    for row in rows:
        at = 0
        for field in row["fields"]:
            if flows(field) or field.get("now") or not _narrow(field["value"]):
                return []
            if field["label"] in found:
                at = found.index(field["label"])
            else:
                found.insert(at, field["label"])
            at += 1
    return found if len(found) <= _COLUMNS else []


def cells(row: Mapping[str, Any], labels: Sequence[str]) -> list[Mapping[str, Any] | None]:
    """The answers of `row` to each of the questions of the list; None to one that it was not asked."""
    answers = {field["label"]: field for field in row["fields"]}
    return [answers.get(label) for label in labels]


def _narrow(value: str) -> bool:
    longest = max(map(len, value.split()), default=0)
    return len(value) <= _LONGEST_IN_GRID and longest <= _LONGEST_WORD_IN_GRID


def longest(data: Mapping[str, Any]) -> list[str]:
    """The sections, three at most, that hold most of the text of a document; none where it has no sections."""
    sizes = {f"{tab['number']}. {tab['title']}": _characters(tab["parts"]) for tab in data.get("tabs", ())}
    most = sorted(sizes, key=lambda section: -sizes[section])[:3]
    return [section for section in most if sizes[section] * 10 > sum(sizes.values())]


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        value = value.values()
    return sum(map(_characters, value)) if hasattr(value, "__iter__") else 0
