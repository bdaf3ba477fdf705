"""The kinds of field: each reads what was typed into what is stored, and shows what is stored as words.

A stored answer is always text: a date as ``2016-05-05``, a choice as its code, several choices as codes
joined by spaces, a tick as ``yes``. The empty string is "not answered". Reading never loses a word: what
cannot be stored raises ``Refused`` and the person keeps what they typed.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from record import clock

LONG = 20_000  # characters: what a long text must at least hold


class Refused(ValueError):
    """What was typed cannot be stored; the message says why, to the person who typed it."""


def tidy(typed: str) -> str:
    """Text as it can be stored: line ends as LF, no NUL, no half of a surrogate pair; all else as it was."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "ignore").decode("utf-8")


@dataclass(frozen=True)
class Text:
    """One line of words, at most ``most`` characters; ``check`` may normalise it or refuse it."""

    most: int = 200
    check: Callable[[str], str] | None = None
    width: int = 0  # characters the control is drawn for; 0 is the full width
    autocomplete: str = ""
    inputmode: str = ""
    suggest: str = ""  # what of the record is offered to choose from, though other words will do: "documents"
    control = "text"

    def read(self, typed: str) -> str:
        text = " ".join(tidy(typed).split())
        if len(text) > self.most:
            raise Refused(f"This is {len(text):,} characters long. It can be {self.most:,} at most.")
        return self.check(text) if text and self.check else text

    def show(self, stored: str) -> str:
        return stored

    def typed(self, stored: str) -> str:
        """What the control holds for a stored answer."""
        return stored


@dataclass(frozen=True)
class LongText:
    """As many lines as are needed, kept letter for letter."""

    most: int = LONG
    rows: int = 6
    control = "long"

    def read(self, typed: str) -> str:
        text = tidy(typed)
        if not text.strip():
            return ""
        if len(text) > self.most:
            raise Refused(
                f"This is {len(text):,} characters long. It can be {self.most:,} at most. "
                "Your text stays in the box: shorten it, or put the rest in a document."
            )
        return text

    def show(self, stored: str) -> str:
        return stored

    def typed(self, stored: str) -> str:
        return stored


MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DATE = re.compile(r"(\d{1,4}) ?(?:[ ./-] ?(\d{1,2}) ?[ ./-]|[ ./-]? ?([^\W\d]+)\.? ?[ ./-]?) ?(\d{1,4})")


def _as_date(typed: str) -> re.Match[str] | None:
    text = unicodedata.normalize("NFKC", tidy(typed)).strip().lower().replace(",", " ")
    text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", text)
    return _DATE.fullmatch(re.sub(r"\s+", " ", text))


def looks_like_date(typed: str) -> bool:
    """Whether this is written as a date is, though there may be no such day."""
    return _as_date(typed) is not None


def read_date(typed: str) -> date:
    """A date as people write it: 5/3/2026, 5 March 2026, 5.3.26, 2026-03-05. Raises ``Refused``."""
    found = _as_date(typed)
    if not found:
        raise Refused("Write the date as day, month and year, for example 27 3 2026.")
    first, number, word, last = found.groups()
    if number:
        month = int(number)
    else:
        month = next((n for n, name in enumerate(MONTHS, 1) if len(word) > 2 and name.startswith(word)), 0)
        if not month:
            raise Refused(f"There is no month called “{word}”. For example, 27 March 2026.")
    written, day = (first, int(last)) if len(first) == 4 else (last, int(first))
    year = int(written)
    if len(written) <= 2:
        year += 2000 if year < 70 else 1900
    try:
        return date(year, month, day)
    except ValueError:
        if not 1 <= month <= 12:
            raise Refused(f"There is no month {month}. Write the day first, for example 27 3 2026.") from None
        raise Refused(f"There is no {day} {MONTHS[month - 1].title()} {year}.") from None


def say_date(day: date) -> str:
    """``5 May 2016``"""
    return f"{day.day} {MONTHS[day.month - 1].title()} {day.year}"


@dataclass(frozen=True)
class Date:
    """A day. ``past`` refuses days to come, ``earliest`` years that cannot be meant."""

    past: bool = False
    earliest: int = 1900
    control = "date"

    def read(self, typed: str) -> str:
        if not typed.strip():
            return ""
        day = read_date(typed)
        if not self.earliest <= day.year <= 2100:
            raise Refused(f"Check the year: {day.year} cannot be right here.")
        if self.past and day > clock.today():
            raise Refused(f"{say_date(day)} is still to come. This must be today or earlier.")
        return day.isoformat()

    def show(self, stored: str) -> str:
        return say_date(date.fromisoformat(stored)) if stored else ""

    typed = show


@dataclass(frozen=True)
class Number:
    """A number between ``least`` and ``most``, with ``places`` decimals at most; stored without commas."""

    least: float = 0
    most: float = 1_000_000
    places: int = 0
    unit: str = ""
    prefix: str = ""
    control = "number"

    def read(self, typed: str) -> str:
        text = unicodedata.normalize("NFKC", tidy(typed)).strip()
        for mark in (self.unit, self.prefix, "£", "%", ",", " "):
            text = text.replace(mark, "") if mark else text
        if not text:
            return ""
        if self.places and (found := re.fullmatch(r"\s*(\d+),(\d{1,2})\s*%?\s*", typed)):
            raise Refused(f"Use a point for decimals: {found[1]}.{found[2]}")
        if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text):
            raise Refused("Write this as a number, for example 12.")
        number = float(text) + 0.0  # never "-0"
        if round(number, self.places) != number:
            raise Refused(
                f"Write this with {self.places} decimal place{'s' * (self.places > 1)} at most."
                if self.places
                else "Write this as a whole number, for example 12."
            )
        if not self.least <= number <= self.most:
            raise Refused(f"This must be between {self.least:g} and {self.most:,.10g}.")
        return f"{number:.{self.places}f}".rstrip("0").rstrip(".") if self.places else f"{number:.0f}"

    def show(self, stored: str) -> str:
        if not stored:
            return ""
        whole, _, part = stored.partition(".")
        return f"{self.prefix}{int(whole):,}{'.' + part if part else ''}{self.unit}"

    def typed(self, stored: str) -> str:
        return stored


@dataclass(frozen=True)
class Choice:
    """One of ``options`` (code -> words). Few are drawn as radio buttons, many as a plain select."""

    options: Mapping[str, str]
    select: bool = False  # a plain select however few they are
    control = "choice"

    @property
    def many(self) -> bool:
        return self.select or len(self.options) > 6

    def read(self, typed: str) -> str:
        code = tidy(typed).strip()
        if code and code not in self.options:
            raise Refused("Choose one of the answers in the list.")
        return code

    def show(self, stored: str) -> str:
        return self.options.get(stored, stored)

    def typed(self, stored: str) -> str:
        return stored

    def __hash__(self) -> int:
        return id(self)


@dataclass(frozen=True)
class Choices:
    """Any number of ``options``; stored as their codes, joined by spaces, in the order of the list."""

    options: Mapping[str, str]
    control = "choices"

    def read(self, typed: str) -> str:
        codes = tidy(typed).split()
        if any(code not in self.options for code in codes):
            raise Refused("Choose from the answers in the list.")
        return " ".join(code for code in self.options if code in codes)

    def show(self, stored: str) -> str:
        return ", ".join(self.options.get(code, code) for code in stored.split())

    def typed(self, stored: str) -> str:
        return stored

    def __hash__(self) -> int:
        return id(self)


@dataclass(frozen=True)
class Tick:
    """A box to tick, beside a sentence; stored as ``yes`` or nothing."""

    sentence: str
    control = "tick"

    def read(self, typed: str) -> str:
        answer = tidy(typed).strip()
        if answer not in ("", "yes"):
            raise Refused("Tick the box, or leave it empty.")
        return answer

    def show(self, stored: str) -> str:
        return self.sentence if stored else ""

    def typed(self, stored: str) -> str:
        return stored


Kind = Text | LongText | Date | Number | Choice | Choices | Tick

YES_NO = Choice({"yes": "Yes", "no": "No"})
YES_NO_UNKNOWN = Choice({"yes": "Yes", "no": "No", "unknown": "Not known"})
