"""The exceptions to time limits that the SEND Regulations 2014 know; nothing else moves a date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from record.clock import say

PARTNERS: Mapping[str, str] = {
    "a": "advice was asked of a school or college that was closed for 4 weeks or longer",
    "b": "advice was asked of an early years provider that was closed for 4 weeks or longer",
    "c": "exceptional personal circumstances of the child, a parent or the young person",
    "d": "the child, a parent or the young person was away from the area for 4 weeks or longer",
}
ADVISERS: Mapping[str, str] = {
    "a": "exceptional circumstances of the child, a parent or the young person",
    "b": "the child, a parent or the young person was away from the area for 4 weeks or longer",
    "c": "the child or young person did not keep an appointment",
}
# Each regulation that excuses from a limit: the limit in words, and its grounds.
REGULATIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "5(4)": ("the 6 weeks to decide whether to assess", PARTNERS),
    "10(4)": ("the 16 weeks to say that there will be no plan", PARTNERS),
    "13(3)": ("the 20 weeks to the final plan", PARTNERS),
    "8(2)": ("an adviser’s 6 weeks", ADVISERS),
}
CLOSED, AWAY, PERSONAL, MISSED = "closed", "away", "personal", "missed"
NATURE = {
    **{(reg, "a"): CLOSED for reg in ("5(4)", "10(4)", "13(3)")},
    **{(reg, "b"): CLOSED for reg in ("5(4)", "10(4)", "13(3)")},
    **{(reg, "c"): PERSONAL for reg in ("5(4)", "10(4)", "13(3)")},
    **{(reg, "d"): AWAY for reg in ("5(4)", "10(4)", "13(3)")},
    ("8(2)", "a"): PERSONAL,
    ("8(2)", "b"): AWAY,
    ("8(2)", "c"): MISSED,
}


@dataclass(frozen=True)
class Excuse:
    """An exception of the Regulations: which, on what ground, from when to when, and the date that is set instead.

    For a closure ``since`` is the first day closed, ``until`` the day it opens again, and ``asked`` the day advice was
    asked for. ``whose`` names the service of an adviser (regulation 8(2)), ``request`` the request it was asked by.
    """

    regulation: str
    ground: str
    since: date
    until: date
    instead: date
    asked: date | None = None
    whose: str = ""
    request: str = ""

    def details(self) -> dict[str, str]:
        """As a step keeps it."""
        kept = {
            "regulation": self.regulation,
            "ground": self.ground,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "instead": self.instead.isoformat(),
        }
        return (
            kept
            | ({"asked": self.asked.isoformat()} if self.asked else {})
            | ({"whose": self.whose} if self.whose else {})
            | ({"request": self.request} if self.request else {})
        )

    @classmethod
    def of(cls, details: Mapping[str, Any]) -> "Excuse":
        """From what a step has kept."""
        days = {name: date.fromisoformat(details[name]) for name in ("since", "until", "instead")}
        asked = date.fromisoformat(details["asked"]) if details.get("asked") else None
        whose, request = details.get("whose", ""), details.get("request", "")
        return cls(details["regulation"], details["ground"], **days, asked=asked, whose=whose, request=request)

    def words(self) -> str:
        """``regulation 5(4)(d), 1 Oct 2025 to 5 Nov 2025: the child … was away …``."""
        return (
            f"regulation {self.regulation}({self.ground}), {say(self.since)} to {say(self.until)}: "
            f"{REGULATIONS[self.regulation][1][self.ground]}"
        )

    def refusal(self, limit: tuple[date, date] | None) -> str:
        """Why the Regulations know no such exception; empty where they do. ``limit`` is the period, both ends."""
        nature = NATURE[self.regulation, self.ground]
        if self.until < self.since:
            return "It ends before it begins."
        if nature is AWAY and (self.until - self.since).days + 1 < 28:
            return "An absence counts only if it is at least 4 weeks without a break (28 days)."
        if nature is CLOSED:
            return self._closure()
        if limit is None:
            return ""
        first, last = limit
        if self.until < first or self.since > last:
            return f"It must lie within the period it excuses from, {say(first)} to {say(last)}."
        if self.instead <= last:
            return f"The new date must be later than the one the law sets, {say(last)}."
        return ""

    def _closure(self) -> str:
        if (self.until - self.since).days < 28:
            return "A closure counts only if it is at least 4 weeks without a break (28 days)."
        first, last = self.since - timedelta(days=7), self.until - timedelta(days=7)
        if self.asked is None:
            return "Say when the advice was asked for."
        if not first <= self.asked <= last:
            return (
                "A closure counts only if the advice was asked for between a week before it began and a week before "
                f"it ended: {say(first)} to {say(last)}."
            )
        return ""
