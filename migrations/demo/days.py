"""Days of the demo, said so that they never grow stale: "3 weeks ago", "start of 4", "in 2 months"."""

import re
from datetime import date, timedelta

from record import years
from record.clock import is_working_day
from record.conditions import months_ago
from record.kinds import MONTHS

_RELATIVE = re.compile(r"(?:(in) )?(\d+) (day|week|month|year)s?(?: (ago))?")
_OF_YEAR = re.compile(r"(start|end) of (\w+)")


def day_of(said: str, today: date, year: str) -> date:
    """The working day ``said`` means for a child who is in school year ``year`` today.

    "start of R" and "end of R" are the first and last days of that child's year in Reception.
    Raises ValueError for anything else.
    """
    if said == "today":
        return today
    if found := _RELATIVE.fullmatch(said):
        ahead, count, unit, ago = found.groups()
        if bool(ahead) == bool(ago):
            raise ValueError(f"“{said}” says neither “ago” nor “in”")
        sign = -1 if ago else 1
        if unit in ("day", "week"):
            return _working_day(today + timedelta(days=sign * int(count) * (7 if unit == "week" else 1)))
        return _working_day(months_ago(today, -sign * int(count) * (12 if unit == "year" else 1)))
    if found := _OF_YEAR.fullmatch(said):
        end, code = found.groups()
        then, now = years.number(code), years.number(year)
        if then is None or now is None:
            raise ValueError(f"“{said}” names no school year")
        autumn = _school_year(today) - (now - then)
        return _working_day(date(autumn, 9, 6) if end == "start" else date(autumn + 1, 7, 20))
    raise ValueError(f"“{said}” is not a day the demo understands")


def born(birthday: str, year: str, today: date) -> date:
    """The date of birth of a child with that birthday ("14 March") who is in that year by age today."""
    number = years.number(year)
    day, month = birthday.split()
    at = MONTHS.index(month.lower()) + 1
    if number is None:
        raise ValueError(f"“{year}” is no school year")
    return date(_school_year(today) - number - (5 if at >= 9 else 4), at, int(day))


def _school_year(today: date) -> int:
    return today.year if today.month >= 9 else today.year - 1


def _working_day(day: date) -> date:
    """That day, or the last working day before it: schools and councils do not meet at weekends."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day
