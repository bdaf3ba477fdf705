"""The service's figures: open cases by stage, what was decided and finished in time, and what was late and why.

A case counts as decided in time when the family was told within six weeks or by the date an exception allows
(regulation 5 of the SEND Regulations 2014), as finished in time when the plan was final within twenty (regulation 13).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from record.case import OPEN
from record.deadlines import Deadline
from record.status import STATUS

MONTHS = 12


@dataclass(frozen=True)
class Case:
    """A case with its dates as they stand today."""

    status: str
    setting: str
    received: date
    deadlines: Sequence[Deadline]

    def of(self, name: str) -> Deadline | None:
        """The date of that name; of several the last."""
        return next((d for d in reversed(self.deadlines) if d.name == name), None)


@dataclass(frozen=True)
class Table:
    """One figure: its headings, and its rows; ``bars`` is the column drawn as a chart, ``percent`` its kind."""

    name: str
    title: str
    about: str
    head: tuple[str, ...]
    rows: list[tuple[str | int, ...]]
    bars: int = 1
    percent: bool = False


@dataclass
class _Kept:
    received: int = 0
    kept: int = 0
    missed: int = 0
    waiting: int = 0
    late: int = 0

    def count(self, it: Deadline | None) -> None:
        self.received += 1
        state = it.state if it else "over"
        self.kept += state == "met"
        self.missed += state == "missed"
        self.waiting += state == "open"
        self.late += state == "late"

    @property
    def share(self) -> int | str:
        """Percent in time, of those that were due; '' where none was."""
        due = self.kept + self.missed + self.late
        return round(100 * self.kept / due) if due else ""

    def row(self, name: str) -> tuple[str | int, ...]:
        return name, self.share, self.received, self.kept, self.missed + self.late, self.waiting


HEAD = ("In time, %", "Received", "In time", "Late", "Not due yet")


def tables(cases: Sequence[Case], today: date) -> list[Table]:
    """Every figure, ready to be shown or exported."""
    months = _months(today)
    recent = [c for c in cases if (c.received.year, c.received.month) >= months[0]]
    return [
        _stages(cases),
        _by_month("decision", "Decided within six weeks", recent, months),
        _by_month("final", "Finished within twenty weeks", recent, months),
        _by_setting(recent),
        _services(recent),
        _causes(recent),
    ]


def _months(today: date) -> list[tuple[int, int]]:
    at = today.year * 12 + today.month - 1
    return [((at - n) // 12, (at - n) % 12 + 1) for n in reversed(range(MONTHS))]


def _stages(cases: Iterable[Case]) -> Table:
    counted = dict.fromkeys(OPEN, 0)
    late = dict.fromkeys(OPEN, 0)
    for case in cases:
        if case.status in counted:
            counted[case.status] += 1
            late[case.status] += any(d.state == "late" for d in case.deadlines)
    rows: list[tuple[str | int, ...]] = [(STATUS[code], counted[code], late[code]) for code in OPEN]
    return Table(
        "stages", "Open cases by stage", "Today, with how many of them have a date that has passed.",
        ("Stage", "Cases", "Of these late"), rows,
    )  # fmt: skip


def _by_month(name: str, title: str, cases: Iterable[Case], months: list[tuple[int, int]]) -> Table:
    found = {month: _Kept() for month in months}
    for case in cases:
        found[case.received.year, case.received.month].count(case.of(name))
    rows = [it.row(f"{date(year, month, 1):%B %Y}") for (year, month), it in found.items()]
    about = "By the month in which the request was received; the last twelve months."
    return Table(f"{name}s", title, about, ("Month", *HEAD), rows, percent=True)


@dataclass
class _Settings:
    found: dict[str, _Kept] = field(default_factory=dict)

    def __getitem__(self, name: str) -> _Kept:
        return self.found.setdefault(name, _Kept())


def _by_setting(cases: Iterable[Case]) -> Table:
    found = _Settings()
    for case in cases:
        found[case.setting].count(case.of("decision"))
    rows = [found[name].row(name) for name in sorted(found.found)]
    return Table(
        "settings", "Decisions by setting", "Requests of the last twelve months, and how many were decided in time.",
        ("Setting", *HEAD), rows, bars=2,
    )  # fmt: skip


def _services(cases: Iterable[Case]) -> Table:
    found = _Settings()
    for case in cases:
        for d in case.deadlines:
            if d.name == "advice":
                found[d.title.rpartition(" from ")[2]].count(d)
    rows = [found[name].row(name) for name in sorted(found.found)]
    return Table(
        "services", "Advice by service", "What services were asked for, and whether it came within six weeks.",
        ("Service", "In time, %", "Asked", "In time", "Late", "Not due yet"), rows, bars=2,
    )  # fmt: skip


def _causes(cases: Iterable[Case]) -> Table:
    counted: dict[str, int] = {}
    for case in cases:
        for d in case.deadlines:
            if d.state in ("late", "missed"):
                causes = [f"{d.title}: in spite of regulation {e.regulation}" for e in d.excuses] or [
                    f"{d.title}: no exception"
                ]
                for cause in causes:
                    counted[cause] = counted.get(cause, 0) + 1
    rows: list[tuple[str | int, ...]] = [*sorted(counted.items(), key=lambda it: (-it[1], it[0]))]
    return Table("causes", "Late dates by cause", "Dates of the last twelve months’ requests that were not kept.",
                 ("Cause", "Dates"), rows)  # fmt: skip
