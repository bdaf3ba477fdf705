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
# After an order, an agreement, or an appeal that the council does not oppose: each names several limits.
AFTERWARDS: Mapping[str, str] = {
    "a": PARTNERS["c"],
    "b": "the child, a parent or the young person was away from the area for 2 weeks or longer",
    "c": "advice was asked of a school, college or early years provider that was closed for 4 weeks or longer",
}
# Each regulation that excuses from a limit, and its grounds.
REGULATIONS: Mapping[str, Mapping[str, str]] = {
    "5(4)": PARTNERS,
    "10(4)": PARTNERS,
    "13(3)": PARTNERS,
    "8(2)": ADVISERS,
    "44(3)": AFTERWARDS,
    "45(7)": AFTERWARDS,
}
SEVERAL = ("44(3)", "45(7)")  # speak of more than one limit, so that it is said which
CLOSED, AWAY, PERSONAL, MISSED = "closed", "away", "personal", "missed"
NATURE = {
    **{(reg, "a"): CLOSED for reg in ("5(4)", "10(4)", "13(3)")},
    **{(reg, "b"): CLOSED for reg in ("5(4)", "10(4)", "13(3)")},
    **{(reg, "c"): PERSONAL for reg in ("5(4)", "10(4)", "13(3)")},
    **{(reg, "d"): AWAY for reg in ("5(4)", "10(4)", "13(3)")},
    ("8(2)", "a"): PERSONAL,
    ("8(2)", "b"): AWAY,
    ("8(2)", "c"): MISSED,
    **{(reg, "a"): PERSONAL for reg in SEVERAL},
    **{(reg, "b"): AWAY for reg in SEVERAL},
    **{(reg, "c"): CLOSED for reg in SEVERAL},
}
LEAST = {reg: 2 if reg in SEVERAL else 4 for reg in REGULATIONS}  # weeks of an absence
SHUT = 4  # weeks of a closure


@dataclass(frozen=True)
class Excuse:
    """An exception of the Regulations: which, on what ground, from when to when, and the date that is set instead.

    For a closure ``since`` is the first day closed, ``until`` the day it opens again, and ``asked`` the day advice was
    asked for. ``whose`` names the service of an adviser (regulation 8(2)), ``request`` the request it was asked by.
    ``limit`` names the period, where the regulation speaks of several. Who may not read what has happened knows only
    the regulation and the date: then ``ground`` is empty.
    """

    regulation: str
    ground: str
    since: date
    until: date
    instead: date
    asked: date | None = None
    whose: str = ""
    request: str = ""
    limit: str = ""

    def details(self) -> dict[str, str]:
        """As a step keeps it."""
        days = {"since": self.since, "until": self.until, "instead": self.instead, "asked": self.asked}
        words = {"regulation": self.regulation, "ground": self.ground, "whose": self.whose, "request": self.request,
                 "limit": self.limit}  # fmt: skip
        return {name: day.isoformat() for name, day in days.items() if day} | {k: v for k, v in words.items() if v}

    @classmethod
    def of(cls, details: Mapping[str, Any]) -> "Excuse":
        """From what a step has kept."""
        instead = date.fromisoformat(details["instead"])
        since, until = (date.fromisoformat(details.get(name) or details["instead"]) for name in ("since", "until"))
        asked = date.fromisoformat(details["asked"]) if details.get("asked") else None
        words = {name: details.get(name, "") for name in ("whose", "request", "limit")}
        return cls(details["regulation"], details.get("ground", ""), since, until, instead, asked, **words)

    def excuses(self, regulation: str, name: str) -> bool:
        """Whether it is of that limit: each regulation excuses from its own alone."""
        return bool(regulation) and self.regulation == regulation and self.limit in ("", name)

    def words(self) -> str:
        """``regulation 5(4)(d), 1 Oct 2025 to 5 Nov 2025: the child … was away …``."""
        if not self.ground:
            return f"regulation {self.regulation}"
        return (
            f"regulation {self.regulation}({self.ground}), {say(self.since)} to {say(self.until)}: "
            f"{REGULATIONS[self.regulation][self.ground]}"
        )

    def refusal(self, first: date, last: date) -> tuple[str, str]:
        """Why the Regulations know no such exception from a period of those days: which date is wrong, and a sentence.

        They say that a limit need not be met where that is impractical for what has happened during it, and not by how
        much. Here an absence or a closure moves a date by no more days than it lasted: what is done later than that is
        not late for that reason. It is refused and not only warned of, since a date that was moved counts as kept.
        """
        nature = NATURE[self.regulation, self.ground]
        if self.until < self.since:
            return "until", "It ends before it begins."
        why = self._absence(first, last) if nature is AWAY else self._closure(first, last) if nature is CLOSED else None
        if why:
            return why
        if self.until < first or self.since > last:
            return "since", f"It must lie within the period it excuses from, {say(first)} to {say(last)}."
        if self.instead <= last:
            return "instead", f"The new date must be later than the one the law sets, {say(last)}."
        days = (self.until - self.since).days + (nature is AWAY)
        if nature in (AWAY, CLOSED) and self.instead > last + timedelta(days=days):
            furthest = say(last + timedelta(days=days))
            return "instead", f"It lasted {days} days, so it moves the date to {furthest} at the latest."
        return "", ""

    def _absence(self, first: date, last: date) -> tuple[str, str] | None:
        weeks = LEAST[self.regulation]
        least = f"at least {weeks} weeks without a break ({7 * weeks} days)"
        if (self.until - self.since).days + 1 < 7 * weeks:
            return "until", f"An absence counts only if it is {least}."
        within = (min(self.until, last) - max(self.since, first)).days + 1
        if 0 < within < 7 * weeks:
            days = f"{within} day{'s' if within > 1 else ''} of it"
            return "since", (
                f"An absence counts only if {least} of it lie within the period it excuses from, {say(first)} to "
                f"{say(last)}: {days} do."
            )
        return None

    def _closure(self, first: date, last: date) -> tuple[str, str] | None:
        if (self.until - self.since).days < 7 * SHUT:
            return "until", f"A closure counts only if it is at least {SHUT} weeks without a break ({7 * SHUT} days)."
        from_, to = self.since - timedelta(days=7), self.until - timedelta(days=7)
        if self.asked is None:
            return "asked", "Say when the advice was asked for."
        if not from_ <= self.asked <= to:
            return "asked", (
                "A closure counts only if the advice was asked for between a week before it began and a week before "
                f"it ended: {say(from_)} to {say(to)}."
            )
        if not first <= self.asked <= last:
            return "asked", f"The advice must have been asked for within the period, {say(first)} to {say(last)}."
        return None
