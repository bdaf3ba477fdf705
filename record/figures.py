"""The service's figures: open cases by stage, what was decided and finished in time, and what was late and why.

A case counts as decided in time when the family was told within six weeks or by the date an exception allows
(regulation 5 of the SEND Regulations 2014), as finished in time when the plan was final within twenty (regulation 13).
Every request is in one column and in one only: in time, late, not due yet, or ended before the date came.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from record.case import LEADS, OPEN, Step, standing
from record.codes import INVOLVED_TEAMS
from record.deadlines import Deadline
from record.status import STATUS

MONTHS = 12
TOTAL = "Total"
LAST = "the last twelve months"


@dataclass(frozen=True)
class Case:
    """A case with its dates as they stand today; ``ended`` is the day it was over, ``asked`` when the setting was asked
    something, and when it answered."""

    status: str
    setting: str
    received: date
    deadlines: Sequence[Deadline]
    ended: date | None = None
    asked: Sequence[tuple[date, date | None]] = ()

    def of(self, name: str) -> Deadline | None:
        """The date of that name; of several the last."""
        return next((d for d in reversed(self.deadlines) if d.name == name), None)


def ended(steps: Iterable[Step], status: str) -> date | None:
    """The day on which a case that is not open any more was over."""
    last = [step.on for step in standing(steps) if step.kind in LEADS]
    return last[-1] if status not in OPEN and last else None


def asked(steps: Iterable[Step]) -> list[tuple[date, date | None]]:
    """When each question to the setting was asked, and when it was answered."""
    live = list(standing(steps))
    answers = {str(step.details.get("question")): step.on for step in live if step.kind == "answer"}
    return [(step.on, answers.get(step.id)) for step in live if step.kind == "question"]


@dataclass(frozen=True)
class Table:
    """One figure: its headings, and its rows; ``bars`` is the column drawn as a chart, ``percent`` its kind.

    ``total`` is its last line, no part of the chart. ``empty`` says why there is nothing to draw.
    """

    name: str
    title: str
    about: str
    head: tuple[str, ...]
    rows: list[tuple[str | int, ...]]
    total: tuple[str | int, ...] = ()
    bars: int = 1
    percent: bool = False
    empty: str = "There is nothing to count yet."

    @property
    def lines(self) -> list[tuple[str | int, ...]]:
        """The rows, and the total beneath them."""
        return [*self.rows, *([self.total] if self.rows and self.total else [])]


@dataclass
class _Kept:
    received: int = 0
    kept: int = 0
    late: int = 0
    waiting: int = 0
    before: int = 0

    def count(self, case: Case, it: Deadline | None) -> None:
        """One request, or one piece of advice: in one of the four and in no other."""
        self.received += 1
        if it is not None and it.state == "met":
            self.kept += 1
        elif it is not None and (it.state in ("missed", "late") or _too_late(case, it)):
            self.late += 1
        elif it is not None and it.state == "open":
            self.waiting += 1
        else:
            self.before += 1

    @property
    def share(self) -> int | str:
        """Percent in time, of those that were due; '' where none was."""
        due = self.kept + self.late
        return round(100 * self.kept / due) if due else ""

    def row(self, name: str) -> tuple[str | int, ...]:
        return name, self.share, self.received, self.kept, self.late, self.waiting, self.before


def _too_late(case: Case, it: Deadline) -> bool:
    """Whether a case was taken away when that date had passed already, with nothing done."""
    taken = case.ended if case.status in ("withdrawn", "moved_out") else None
    return it.state == "over" and taken is not None and it.due < taken


COUNTED = ("In time", "Late", "Not due yet", "Ended before")
HEAD = ("In time, %", "Received", *COUNTED)


def tables(cases: Sequence[Case], today: date) -> list[Table]:
    """Every figure, ready to be shown or exported."""
    months = _months(today)
    recent = [c for c in cases if (c.received.year, c.received.month) >= months[0]]
    return [
        _stages(cases),
        _by_month("decision", "Decided within six weeks", recent, months),
        _by_month("final", "Finished within twenty weeks", recent, months),
        _by_setting("settings", "decision", "Decisions by setting", recent),
        _by_setting("plans", "final", "Plans by setting", recent),
        _services(recent),
        _causes(recent),
    ]


def _months(today: date) -> list[tuple[int, int]]:
    at = today.year * 12 + today.month - 1
    return [((at - n) // 12, (at - n) % 12 + 1) for n in reversed(range(MONTHS))]


def _stages(cases: Iterable[Case]) -> Table:
    counted, late = dict.fromkeys(OPEN, 0), dict.fromkeys(OPEN, 0)
    for case in cases:
        if case.status in counted:
            counted[case.status] += 1
            late[case.status] += any(d.state == "late" for d in case.deadlines)
    rows: list[tuple[str | int, ...]] = [(STATUS[code], counted[code], late[code]) for code in OPEN]
    return Table(
        "stages", "Open cases by stage", "Today, with how many of them have a date that has passed.",
        ("Stage", "Cases", "Of these late"), rows, (TOTAL, sum(counted.values()), sum(late.values())),
        empty="No case is open.",
    )  # fmt: skip


@dataclass
class _Groups:
    """What was kept by a name, and of all together."""

    found: dict[str, _Kept] = field(default_factory=dict)
    all: _Kept = field(default_factory=_Kept)

    def count(self, name: str, case: Case, it: Deadline | None) -> None:
        for kept in (self.found.setdefault(name, _Kept()), self.all):
            kept.count(case, it)

    def rows(self) -> list[tuple[str | int, ...]]:
        return [kept.row(name) for name, kept in self.found.items()]


# Why a share cannot be drawn, by the date it is about.
NOT_DUE = {
    "decision": f"No decision on a request of {LAST} was due yet, so there is no share to draw.",
    "final": f"No plan for a request of {LAST} was due yet, so there is no share to draw.",
}
WORDS = {"decision": "decided", "final": "finished with a plan"}


def _by_month(name: str, title: str, cases: Iterable[Case], months: list[tuple[int, int]]) -> Table:
    groups = _Groups({f"{date(year, month, 1):%B %Y}": _Kept() for year, month in months})
    for case in cases:
        groups.count(f"{case.received:%B %Y}", case, case.of(name))
    return Table(
        f"{name}s", title, f"By the month in which the request was received; {LAST}.", ("Month", *HEAD), groups.rows(),
        groups.all.row(TOTAL), percent=True, empty=NOT_DUE[name],
    )  # fmt: skip


def _by_setting(name: str, about: str, title: str, cases: Iterable[Case]) -> Table:
    groups = _Groups()
    for case in sorted(cases, key=lambda it: it.setting.casefold()):
        groups.count(case.setting, case, case.of(about))
    rows = groups.rows()
    return Table(
        name, title, f"Requests of {LAST}, and how many were {WORDS[about]} in time.", ("Setting", *HEAD), rows,
        groups.all.row(TOTAL), percent=True,
        empty=NOT_DUE[about] if rows else f"No request was received in {LAST}.",
    )  # fmt: skip


def _services(cases: Iterable[Case]) -> Table:
    groups = _Groups()
    those = [(_service(d), case, d) for case in cases for d in case.deadlines if d.name == "advice"]
    for name, case, it in sorted(those, key=lambda of: of[0].casefold()):
        groups.count(name, case, it)
    rows = groups.rows()
    return Table(
        "services", "Advice by service", f"What was asked for on requests of {LAST}, and whether it came in time.",
        ("Service", "In time, %", "Asked", *COUNTED), rows, groups.all.row(TOTAL), percent=True,
        empty="None of the advice was due yet." if rows else f"No advice was asked for on a request of {LAST}.",
    )  # fmt: skip


def _service(it: Deadline) -> str:
    """Who is asked, as a row is called: by the short name where that is in use, or in words."""
    code = it.title.rpartition(" from ")[2]
    return INVOLVED_TEAMS.get(code, code).partition(" – ")[0]


# ---------------------------------------------------------------- why

_DATES = {"receipt": "Receipts", "decision": "Decisions", "advice": "Advice", "plan": "Plans"}
_OF = {"receipt": "receipt", "decision": "decision", "told": "decision", "advice": "advice"}


def _causes(cases: Iterable[Case]) -> Table:
    """Each date that was not kept once, by the first of the causes that holds for it."""
    counted: dict[str, dict[str, int]] = {cause: dict.fromkeys(_DATES, 0) for cause in CAUSES}
    for case in cases:
        for d in case.deadlines:
            if d.state in ("late", "missed") or _too_late(case, d):
                cause = next(name for name, holds in CAUSES.items() if holds(case, d))
                counted[cause][_OF.get(d.name, "plan")] += 1
    order = sorted(
        (cause for cause in counted if any(counted[cause].values())), key=lambda it: -sum(counted[it].values())
    )
    rows: list[tuple[str | int, ...]] = [(it, sum(counted[it].values()), *counted[it].values()) for it in order]
    every = {kind: sum(row[kind] for row in counted.values()) for kind in _DATES}
    total: tuple[str | int, ...] = (TOTAL, sum(every.values()), *every.values())
    return Table(
        "causes", "Late dates by cause", f"Dates of requests of {LAST} that were not kept, each counted once.",
        ("Cause", "Dates", *_DATES.values()), rows, total,
        empty=f"Nothing was late: every date of requests of {LAST} that was due has been kept.",
    )  # fmt: skip


def _advice_was_late(case: Case, it: Deadline) -> bool:
    """Advice that came after the date it was to be there, or has not come."""
    return it.name in ("no_plan", "draft", "final") and any(
        d.state in ("late", "missed") and d.due <= it.due for d in case.deadlines if d.name == "advice"
    )


def _question_was_open(case: Case, it: Deadline) -> bool:
    """The setting was asked something before that date, and had not answered when it came."""
    return it.name != "receipt" and any(on <= it.due and (came is None or came > it.due) for on, came in case.asked)


# The first that holds is the one that counts; the last always does.
CAUSES: Mapping[str, Callable[[Case, Deadline], bool]] = {
    "Later than an exception": lambda case, it: bool(it.excuses),
    "Advice was late": _advice_was_late,
    "A question had no answer": _question_was_open,
    "No cause recorded": lambda case, it: True,
}
