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


def shown(fields: Sequence[Mapping[str, Any]], draft: bool) -> list[Mapping[str, Any]]:
    """The `fields` that are printed: in what is sent, long questions without an answer are left out."""
    return [field for field in fields if field["value"] or draft or not field["long"]]


def stretches(fields: Sequence[Mapping[str, Any]]) -> list[tuple[bool, list[Mapping[str, Any]]]]:
    """`fields` in their order as (flowing?, fields next to one another)."""
    return [(flowing, list(some)) for flowing, some in groupby(fields, flows)]


def fits_a_grid(part: Mapping[str, Any]) -> bool:
    """Whether the rows of `part` ask the same few questions, with short answers: a line of a table each."""
    rows = part["rows"]
    questions = [field["label"] for field in rows[0]["fields"]]
    return 0 < len(questions) <= _COLUMNS and all(
        [field["label"] for field in row["fields"]] == questions
        and all(not flows(field) and _narrow(field["value"]) and not field.get("now") for field in row["fields"])
        for row in rows
    )


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
