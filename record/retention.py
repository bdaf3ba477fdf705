"""How long requests are kept: a rule for each outcome, the day it leads to, and how that day comes about in words.

No law says how long. Guidance for schools keeps what is about special needs until 31 years after birth: a plan can go
on until 25, and who was wronged as a child can go to court for some years after growing up. What a council decides is
kept as rules; the database counts by them (migrations/retention.sql), and this says the same in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from record.clock import say
from record.kinds import say_date

WARN_DAYS = 90  # before a request goes, it is listed and people are written to
AGAIN_DAYS = 14  # and once more
STAND_DAYS = 30  # for which it stands in the list at least
OLDEST = 26  # no plan is maintained at that age: Children and Families Act 2014, section 46
MOST = 100  # years

# What has become of a request, as rules tell it apart; and why the portal comes with that rule.
OUTCOMES: Mapping[str, str] = {
    "draft": "Draft that was never submitted",
    "withdrawn": "Withdrawn",
    "moved_out": "Moved to another council",
    "not_assess": "No assessment",
    "not_issue": "No plan",
    "plan": "Plan",
}
WHY: Mapping[str, str] = {
    "draft": "The portal comes with 2 years: nothing was decided, and the setting has what it was written from.",
    "withdrawn": "The portal comes with 6 years: nothing was decided, and most claims can be brought for 6 years.",
    "moved_out": "The portal comes with 6 years: the other council has the papers, and keeps them by its own rule.",
    "not_assess": "The portal comes with 6 years: the times for an appeal and for a complaint are long over.",
    "not_issue": "The portal comes with 25 years after birth: there was an assessment with advice about the child, and "
    "for 6 years from the age of 18 a claim can still be brought.",
    "plan": "The portal comes with 31 years after birth: a plan can go on until 25, and 6 years are added, as guidance "
    "for schools says. Some councils keep plans longer, those of looked-after children for 75 years.",
}
SINCE: Mapping[str, str] = {"closed": "the day the request was closed", "birth": "the child’s birth"}


@dataclass(frozen=True)
class Rule:
    """Kept for ``years`` from ``since``: 'closed' (of a draft its last change) or 'birth'."""

    outcome: str
    since: str
    years: int

    @property
    def least(self) -> int:
        """Years from its closing for which it is kept in any case: the figures and the yearly return count it."""
        return 1 if self.outcome == "draft" else 2

    @property
    def words(self) -> str:
        """``6 years after it was closed``"""
        if self.since == "birth":
            return f"{_years(self.years)} after the child’s birth"
        return f"{_years(self.years)} after {'its last change' if self.outcome == 'draft' else 'it was closed'}"

    def due(self, closed: date, born: date) -> date:
        """The day on which its time is over."""
        return max(years_after(born if self.since == "birth" else closed, self.years), years_after(closed, self.least))

    def derive(self, closed: date, born: date | None) -> str:
        """How that day comes about: ``closed Mon 1 Sep 2025 + 6 years = Mon 1 Sep 2031``.

        ``born`` is None where the child is not for the reader's eyes. A plan that was never recorded as ended counts as
        closed on the 26th birthday.
        """
        oldest = self.outcome == "plan" and born is not None and closed == years_after(born, OLDEST)
        ended = "last changed" if self.outcome == "draft" else f"{OLDEST}th birthday" if oldest else "closed"
        least = f"{ended} {say(closed)} + {_years(self.least)} = {say(years_after(closed, self.least))}"
        if self.since == "birth":
            if born is None:
                return self.words
            first = f"born {say_date(born)} + {_years(self.years)} = {say(years_after(born, self.years))}"
            if years_after(born, self.years) >= years_after(closed, self.least):
                return first
            return f"{first}, but kept at least until {least}"
        return f"{ended} {say(closed)} + {_years(self.years)} = {say(years_after(closed, self.years))}"


def years_after(start: date, years: int) -> date:
    """The same day so many years later; after a 29 February, where there is none, 1 March."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


def _years(number: int) -> str:
    return f"{number} year{'s' * (number != 1)}"


def read(outcome: str, since: str, typed: str) -> tuple[Rule | None, dict[str, str]]:
    """The rule that was typed, or why it is none, by control."""
    refused: dict[str, str] = {}
    if since not in SINCE:
        refused["since"] = "Choose from when the years are counted."
    text = typed.strip()
    years = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if not text:
        refused["years"] = "Write the number of years."
    elif not 0 < years <= MOST:
        refused["years"] = f"Write a whole number of years, {MOST} at most."
    elif since == "birth" and years < 18:
        refused["years"] = "From birth count at least 18 years: until then it is about a child."
    elif since == "closed" and years < Rule(outcome, since, years).least:
        refused["years"] = "Keep it at least 2 years: so long the yearly return to the DfE may ask for it."
    return (None if refused else Rule(outcome, since, years)), refused
