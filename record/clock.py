"""The dates a request runs by: the law's weeks, and the council's promise of a receipt.

The law's periods are calendar days from the day the request is received, whether or not it is complete
(Special Educational Needs and Disability Regulations 2014).
"""

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


def receipt_due(received: date, days: int = 3) -> date:
    """By when SENAS confirms receipt: a promise of the council's, counted in working days."""
    return add_working_days(received, days)


def decision_due(received: date) -> date:
    """By when the family is told whether there will be an assessment: 6 weeks (reg 5(1))."""
    return received + timedelta(weeks=6)


def no_plan_due(received: date) -> date:
    """By when the family is told if no plan will be made: 16 weeks (reg 10(1))."""
    return received + timedelta(weeks=16)


def final_due(received: date) -> date:
    """By when the final plan is sent: 20 weeks (reg 13(2))."""
    return received + timedelta(weeks=20)
