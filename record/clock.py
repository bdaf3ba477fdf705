"""The dates a request runs by: the law's weeks, and the council's promise of a receipt.

The law's periods are calendar days from the day the request is received, whether or not it is complete
(Special Educational Needs and Disability Regulations 2014, "the Regulations" below). Weekends and bank holidays count
like other days, and a date that falls on one stays there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    first), ``working`` (England's working days, the day itself not counted) or ``set`` (somebody named its last day).
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
        if self.unit == "set":
            return f"{self.since} {say(start)} sets {due}"
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

# What the days are counted from once a decision has been overturned, by what overturned it.
SINCE = {"tribunal": "tribunal’s order", "mediation": "mediation agreement", "unopposed": "tribunal told"}
# What may set other dates than the Regulations do, and where they say so.
SETS = {"tribunal": "regulation 44(1)", "mediation": "regulation 42(5)"}
_TELL = "Tell the family that there will be an assessment"
_DRAFT = "Send the draft plan"


def again(by: str, refused: str, others: Mapping[str, int] = {}) -> dict[str, Rule]:
    """The periods that begin when a decision is overturned, by name; ``refused`` is not_assess or no_plan.

    ``others`` are those to which the order or agreement gives another number of days, for the tribunal may direct other
    dates and the parties to a mediation may agree on others in writing (44(1), 42(5)); see `case.other_dates`.

    From the tribunal's order run those of regulation 44(2)(b) and (c). A written mediation agreement is treated as if
    it were one (42(2)). Where the council does not oppose an appeal there is no order: from the day it tells the
    tribunal run the same weeks (45(3), (3A) and (6), as amended in 2015). They take the place of the weeks from
    receipt: what those asked for was decided, and that decision stands no more.

    Where the council thinks better of it by itself nothing begins anew: no regulation says so, and the weeks of
    regulations 10(1) and 13(2) run on from receipt. The texts were read at legislation.gov.uk and where others quote
    them; of the exceptions (44(3), 45(7)) only what others say, and not that number.
    """
    if by not in SINCE:
        return {}
    since, excuse = SINCE[by], "45(7)" if by == "unopposed" else "44(3)"

    def rule(title: str, weeks: int, order: str, unopposed: str) -> Rule:
        laws = {"tribunal": f"regulation {order}", "mediation": f"regulations 42(2) and {order}"}
        return Rule(title, since, 7 * weeks, "days", laws.get(by, f"regulation {unopposed}"), excuse)

    if refused == "not_assess":
        found = {
            "told": rule(_TELL, 2, "44(2)(b)", "45(3)"),
            "no_plan": rule(NO_PLAN.title, 10, "44(2)(b)(i)", "45(3A)(a)"),
            "final": rule(FINAL.title, 14, "44(2)(b)(ii)", "45(3A)(b)"),
        }
    else:
        found = {
            "draft": rule(_DRAFT, 5, "44(2)(c)(i)", "45(6)"),
            "final": rule(FINAL.title, 11, "44(2)(c)(ii)", "45(6)"),
        }
    return found | {
        name: replace(found[name], count=days, unit="set", law=SETS[by], exception="") for name, days in others.items()
    }
