"""Which cases the SEN2 return of a year is about, and how each stood on its reference date.

As the guide of 2025 (version 1.4) has it, as far as that is known: the return of a year is about the calendar year
before, and tells each case as it stood on the third Thursday of January. In it are requests received by the end of that
calendar year and not over before it began; a plan that ended between it and the reference date is the next return's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from record import plan
from record.case import LEADS, Step, standing, status_of

OVER = ("not_assess", "not_issue", "withdrawn", "moved_out", "ceased")
TRANSFERRED = "5"


@dataclass(frozen=True)
class Period:
    """The return of ``year``: about the calendar year before, as things stood on its reference date."""

    year: int

    @property
    def first(self) -> date:
        return date(self.year - 1, 1, 1)

    @property
    def last(self) -> date:
        return date(self.year - 1, 12, 31)

    @property
    def reference(self) -> date:
        """The third Thursday of January."""
        first = date(self.year, 1, 1)
        return first + timedelta(days=(3 - first.weekday()) % 7 + 14)


def due_next(today: date) -> int:
    """The year of the return that is made now: until Easter or so January's is still being put right."""
    return today.year if today.month < 4 else today.year + 1


@dataclass(frozen=True)
class Child:
    """What the register says of a child."""

    id: str
    surname: str
    forename: str
    born: date
    sex: str = "U"
    postcode: str = ""
    upn: str = ""


@dataclass(frozen=True)
class Case:
    """A request with its steps, and the answers of its ERSA that the return asks for, as they are now."""

    record: str
    reference: str
    child: Child
    steps: Sequence[Step]
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number in its reference: it stays, whichever files are made when."""
        return int(self.reference.rpartition("-")[2])


@dataclass(frozen=True)
class Stage:
    """A case as it stood on the day of the return."""

    case: Case
    period: Period
    at: date

    @cached_property
    def live(self) -> list[Step]:
        """The steps that count by then. A placement counts from its own day, whenever it was recorded."""
        days = ((step, since(step) if step.kind == "placement" else step.on) for step in standing(self.case.steps))
        return [step for step, day in days if (day or step.on) <= self.at]

    @cached_property
    def way(self) -> list[Step]:
        """Those that have led the case anywhere."""
        return [step for step in self.live if step.kind in LEADS]

    def first(self, *kinds: str) -> Step | None:
        return next((step for step in self.way if step.kind in kinds), None)

    def last(self, *kinds: str) -> Step | None:
        return next((step for step in reversed(self.live) if step.kind in kinds), None)

    @property
    def received(self) -> date:
        return next((step.on for step in self.case.steps if step.kind == "received"), date.max)

    @cached_property
    def status(self) -> str:
        return status_of(self.way) or "submitted"

    @property
    def over(self) -> Step | None:
        """What ended it."""
        return self.way[-1] if self.status in OVER else None

    @property
    def issued(self) -> Step | None:
        """The plan, when it was first sent. An amended one is no other."""
        return self.first("final")

    @property
    def said(self) -> Mapping[str, Any]:
        """What the plan says, as it was last sent."""
        sent = self.last("amended", "final")
        return sent.details if sent else {}

    @property
    def active(self) -> bool:
        return self.issued is not None and self.over is None

    @property
    def counts(self) -> bool:
        """Whether the return is about it."""
        if self.received > self.period.last:
            return False
        if self.over is None:
            return True
        if self.over.on < self.period.first:
            return False
        return self.issued is None or self.over.on <= self.period.last

    def appealed(self, about: str, way: str) -> bool:
        """Whether there was mediation or an appeal about that."""
        steps = [s for s in self.live if s.kind == "appeal" and s.details.get("way") == way]
        if about == "plan":
            steps = [s for s in steps if s.on >= self.period.first]
        return any(s.details.get("about") == about for s in steps)

    def overturned(self, *kinds: str) -> Step | None:
        """The step that overturned a refusal: ``assess`` one to assess, ``make_plan`` or ``draft`` one to plan."""
        return next((step for step in self.way if step.kind in kinds and step.details.get("overturned")), None)


@dataclass(frozen=True)
class Told:
    """What a return is about: its cases in the order of their references, and all cases of each of its children."""

    period: Period
    at: date
    stages: Sequence[Stage]
    children: Mapping[str, Sequence[Case]]


def told(cases: Iterable[Case], period: Period, today: date) -> Told:
    """The return of that period as it can be made on that day."""
    at = min(period.reference, today)
    known = sorted(cases, key=lambda it: it.number)
    counted = [stage for case in known if (stage := Stage(case, period, at)).counts]
    children: dict[str, list[Case]] = {stage.case.child.id: [] for stage in counted}
    for case in known:
        if case.child.id in children:
            children[case.child.id].append(case)
    return Told(period, at, counted, children)


def excused(steps: Iterable[Step]) -> bool:
    """Whether an exception to the twenty weeks was recorded (regulation 13(3))."""
    return any(s.kind == "exception" and s.details.get("regulation") == "13(3)" for s in standing(steps))


def cease_reason(over: Step) -> str:
    """Why a plan ended, as the return counts it; empty where nobody has said."""
    return TRANSFERRED if over.kind == "moved" else str(over.details.get("code", ""))


@dataclass(frozen=True)
class Placement:
    """Where a child goes, from the first day to the last, as far as they are known."""

    rank: str
    details: Mapping[str, Any]
    entered: date | None
    left: date | None
    step: Step


def placements(stage: Stage) -> list[Placement]:
    """Where the child has gone during the period, the main place first.

    One begins where the step says so, and ends the day before the next of its rank begins. What a plan names without
    a day counts only where nothing else is known.
    """
    found: list[Placement] = []
    for rank in plan.RANKS:
        begun, undated = _begun([s for s in stage.live if s.details.get("rank", "1") == rank])
        days = sorted(day for day in begun if day <= stage.at)
        for day, following in zip(days, [*days[1:], None], strict=False):
            left = following - timedelta(days=1) if following else None
            if left is None or left >= stage.period.first:
                found.append(Placement(rank, begun[day].details, day, left, begun[day]))
        if not days and undated:
            found.append(Placement(rank, undated.details, None, None, undated))
    return found


def _begun(steps: Iterable[Step]) -> tuple[dict[date, Step], Step | None]:
    """Where the child has gone, by the day it began, and the last place that was named without one."""
    begun: dict[date, Step] = {}
    undated: Step | None = None
    for step in steps:
        if step.kind not in ("final", "amended", "placement") or not plan.place(step.details):
            continue
        last = max(begun, default=None)
        if last and (since(step) or last) >= last and plan.place(begun[last].details) == plan.place(step.details):
            begun[last] = step  # the same place, of which something else is said
        elif day := since(step):
            begun[day] = step
        else:
            undated = step
    return begun, undated


def since(step: Step) -> date | None:
    """From when the child goes where a step says."""
    day = step.details.get("since", "")
    return date.fromisoformat(day) if day else None
