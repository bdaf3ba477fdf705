"""The dates a request runs by: the law's weeks, and the council's promise of a receipt.

The law's periods are calendar days from the day the request is received, whether or not it is complete
(Special Educational Needs and Disability Regulations 2014, "the Regulations" below). Weekends and bank holidays count
like other days, and a date that falls on one stays there.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")


def today() -> date:
    """The day it is in England, wherever the server's own clock stands."""
    return datetime.now(LONDON).date()


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday, without England's bank holidays."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


def add_working_days(start: date, days: int) -> date:
    """The working day ``days`` after ``start``; the day of the start itself never counts."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def receipt_due(received: date, days: int) -> date:
    """By when SENAS confirms receipt: a promise of the council's, counted in working days."""
    return add_working_days(received, days)


def decision_due(received: date) -> date:
    """By when the family is told whether there will be an assessment."""
    return DECISION.due(received)


def final_due(received: date) -> date:
    """By when the final plan is sent."""
    return FINAL.due(received)


def say(day: date) -> str:
    """A day with its weekday, as a derivation tells it: ``Mon 1 Sep 2025``."""
    return f"{day:%a} {day.day} {day:%b %Y}"


@dataclass(frozen=True)
class Rule:
    """A period somebody has: ``count`` of ``unit`` from the day of ``since``, under ``law``.

    The unit is ``days`` (calendar days, the day itself not counted), ``inclusive`` (calendar days, the day itself the
    first) or ``working`` (England's working days, the day itself not counted).
    """

    title: str
    since: str
    count: int
    unit: str
    law: str
    exception: str = ""  # the regulation that excuses from it

    def due(self, start: date) -> date:
        """The last day of the period that begins with ``start``."""
        if self.unit == "working":
            return add_working_days(start, self.count)
        return start + timedelta(days=self.count - (self.unit == "inclusive"))

    def derive(self, start: date) -> str:
        """How the date comes about: ``received Mon 1 Sep 2025 + 42 days = Mon 13 Oct 2025``."""
        due = say(self.due(start))
        if self.unit == "working":
            passed = _free_days(start, self.due(start))
            return f"{self.since} {say(start)} + {self.count} working days = {due}{passed}"
        if self.unit == "inclusive":
            return f"{self.since} {say(start)}, which is day 1 of {self.count} = {due}"
        return f"{self.since} {say(start)} + {self.count} days = {due}"


def _free_days(start: date, end: date) -> str:
    """The bank holidays passed over, in words; weekends need none."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days))
    names = [say(day) for day in days if day.weekday() < 5 and not is_working_day(day)]
    return f" (not counting the bank holiday{'s' if len(names) > 1 else ''} {', '.join(names)})" if names else ""


RECEIPT = Rule("Confirm receipt", "received", 3, "working", "the council’s own promise")
DECISION = Rule("Decide whether to assess, and tell the family", "received", 42, "days", "regulation 5(1)", "5(4)")
NO_PLAN = Rule("Tell the family if there will be no plan", "received", 112, "days", "regulation 10(1)", "10(4)")
FINAL = Rule("Send the final plan", "received", 140, "days", "regulation 13(2)", "13(3)")
ADVICE = Rule("Advice", "asked", 42, "days", "regulation 8(1)", "8(2)")
COMMENTS = Rule("The family’s comments on the draft plan", "served", 15, "inclusive", "regulation 13(1)")
