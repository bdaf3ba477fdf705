"""What the forms of steps are made of: a control, what was typed in all of them, and how a day or a text is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from record.kinds import LongText, Refused, Text, read_date
from routes.reading import Form

WORDS = LongText(4_000)
LINE = Text(200)
YEARS = (1990, 2100)  # of anything that can happen to a child of today


@dataclass(frozen=True)
class Control:
    """One control of a form: ``options`` make it a list, ``rows`` a box for several lines, ``width`` a short line.

    ``heading`` stands above it, where a new part of the form begins.
    """

    name: str
    label: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    width: int = 0
    heading: str = ""


@dataclass
class Read:
    """What was typed, as a step keeps it; ``refused`` says by control what cannot be, ``whom`` is a co-ordinator."""

    on: date = date.min
    whom: int = 0
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def line(self, typed: Form, name: str, needed: str = "") -> None:
        """Keep a line of text; ``needed`` is what to say where there is none."""
        try:
            text = LINE.read(str(typed.get(name, "")))
        except Refused as refused:
            self.refused[name] = str(refused)
            return
        if text:
            self.details[name] = text
        elif needed:
            self.refused[name] = needed

    def choice(self, typed: Form, name: str, options: Mapping[str, str], needed: str = "") -> None:
        """Keep a code of ``options``; ``needed`` is what to say where none was chosen."""
        chosen = str(typed.get(name, ""))
        if chosen in options:
            self.details[name] = chosen
        elif chosen or needed:
            self.refused[name] = needed or "Choose one of the list."

    def day(self, typed: Form, name: str, needed: bool = False) -> date | None:
        """Keep a day, and give it; None where there is none or none that can be read."""
        if not needed and not str(typed.get(name, "")).strip():
            return None
        found, why = day(str(typed.get(name, "")))
        if why:
            self.refused[name] = why
            return None
        self.details[name] = found.isoformat()
        return found


def options(codes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A list of codes as a control offers it."""
    return tuple(codes.items())


def day(typed: str) -> tuple[date, str]:
    """The day that was typed, and why it is none where it is not."""
    if not typed.strip():
        return date.min, "Write the day, for example 27 3 2026."
    try:
        found = read_date(typed)
    except (Refused, OverflowError) as refused:
        return date.min, str(refused) if isinstance(refused, Refused) else "Check the year."
    return (found, "") if YEARS[0] <= found.year <= YEARS[1] else (date.min, "Check the year.")


def long_text(typed: str, needed: str = "") -> tuple[str, str]:
    """The text that was typed, and why it cannot be kept; ``needed`` is what to say where there is none."""
    try:
        text = WORDS.read(typed).strip()
    except Refused as refused:
        return "", str(refused)
    return text, "" if text else needed
