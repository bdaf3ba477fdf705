"""The demo's records, read from their files; every answer goes through its field, so that none can rot."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from migrations.demo.cast import Castmember
from migrations.demo.days import day_of
from migrations.demo.register import Child
from record import FORMS
from record.clock import add_working_days
from record.form import Answers, Field, Form, Row, Rows
from record.kinds import Date, Refused, say_date
from record.years import year_by_age

FOLDER = Path(__file__).parent / "records"
_ABOUT = {
    "form", "status", "started_by", "started", "changed", "received", "acknowledged", "submitted_by",
    "incomplete_reason", "coordinator", "written_by", "answers", "earlier",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One entry of a list with its answers, checked; ``by`` is a user name."""

    id: UUID
    list: str
    by: str
    answers: dict[str, str]


@dataclass(frozen=True)
class Earlier:
    """What a field said before, and who wrote that."""

    field: str
    by: str
    text: str


@dataclass(frozen=True)
class Record:
    """A child's ERSA as the demo tells it. Times are in UTC and in the past; people are user names."""

    child: Child
    form: Form
    status: str
    started_by: str
    started_at: datetime
    changed_at: datetime
    received_at: datetime | None
    acknowledged_at: datetime | None
    submitted_by: str
    incomplete_reason: str
    coordinator: str | None
    answers: dict[str, str]
    answered_by: dict[str, str]
    entries: tuple[Entry, ...]
    earlier: tuple[Earlier, ...]

    def whole(self, people: Mapping[str, Castmember], today: date) -> Answers:
        """The record as the form reads it, with the council's facts; ``people`` by user name."""
        starter = people[self.started_by]
        facts = {
            **self.child.facts,
            "nc_year_by_age": year_by_age(self.child.dob, today),
            "completed_by": ", ".join((starter.name, starter.job_title, starter.email, starter.phone)),
        }
        lists: dict[str, list[Row]] = {}
        added = say_date(self.started_at.date())
        for entry in self.entries:
            by = people[entry.by]
            row = Row(str(entry.id), entry.answers, author=by.name, team=by.team, added=added)
            lists.setdefault(entry.list, []).append(row)
        return Answers({**self.answers, **facts}, lists, today)


def read_records(children: tuple[Child, ...], today: date, folder: Path = FOLDER) -> list[Record]:
    """Every record, the oldest first. Raises ValueError naming file and field where something is wrong."""
    by_name = {child.name: child for child in children}
    records = [_read(file, by_name[file.stem], today) for file in sorted(folder.glob("*.toml"))]
    return sorted(records, key=lambda record: (record.started_at, record.child.name))


def _read(file: Path, child: Child, today: date) -> Record:
    told: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    form = FORMS[told.get("form", "VNOV22")]
    lists = {part.name: part for tab in form.tabs for part in tab.lists}
    if unknown := set(told) - _ABOUT - set(lists):
        raise ValueError(f"{file.name}: the form has no {', '.join(sorted(unknown))}")
    starter = told["started_by"]
    plain = {f.name: (f, tab.name) for tab in form.tabs for s in tab.sections for f in s.fields}
    writers: dict[str, str] = told.get("written_by", {})
    answers: dict[str, str] = {}
    for name, value in told.get("answers", {}).items():
        if name not in plain:
            raise ValueError(f"{file.name}: the form has no field {name}")
        answers[name] = _checked(file, plain[name][0], value, child, today)
    in_order = {name: answers[name] for name in plain if answers.get(name)}
    started = _moment(told["started"], 9, child, today)
    changed = _moment(told.get("changed", told.get("received", "today")), 15, child, today)
    received = _moment(told["received"], 16, child, today) if "received" in told else None
    acknowledged = None
    if received and told["status"] not in ("draft", "submitted"):
        said = told.get("acknowledged")
        next_day = datetime.combine(add_working_days(received.date(), 1), time(11, 40), UTC)
        acknowledged = _moment(said, 11, child, today) if said else next_day
    return Record(
        child=child,
        form=form,
        status=told["status"],
        started_by=starter,
        started_at=started,
        changed_at=min(changed, received - timedelta(minutes=5)) if received else changed,
        received_at=received,
        acknowledged_at=acknowledged,
        submitted_by=told.get("submitted_by", starter),
        incomplete_reason=told.get("incomplete_reason", ""),
        coordinator=told.get("coordinator"),
        answers=in_order,
        answered_by={name: writers.get(plain[name][1], starter) for name in in_order},
        entries=tuple(
            entry
            for tab in form.tabs
            for part in tab.lists
            for entry in _entries(file, part, told.get(part.name, []), writers.get(tab.name, starter), child, today)
        ),
        earlier=tuple(Earlier(e["field"], e.get("by", starter), e["text"].strip()) for e in told.get("earlier", [])),
    )


def _entries(
    file: Path, part: Rows, told: list[dict[str, Any]], writer: str, child: Child, today: date
) -> Iterator[Entry]:
    fields = {f.name: f for f in part.fields}
    if len(told) > part.most:
        raise ValueError(f"{file.name}: {part.name} has {len(told)} entries")
    for row in told:
        if unknown := set(row) - set(fields) - {"by"}:
            raise ValueError(f"{file.name}: {part.name} has no {', '.join(sorted(unknown))}")
        answers = {n: _checked(file, f, row[n], child, today) for n, f in fields.items() if n in row}
        yield Entry(uuid4(), part.name, row.get("by", writer), answers)


def _checked(file: Path, field: Field, value: object, child: Child, today: date) -> str:
    """The answer as it is stored."""
    if field.locked or field.automatic:
        raise ValueError(f"{file.name}: {field.name} is not for people to fill in")
    typed = str(value).strip()
    try:
        if isinstance(field.kind, Date):
            typed = day_of(typed, today, child.year).isoformat()
        return field.kind.read(typed)
    except (Refused, ValueError) as wrong:
        raise ValueError(f"{file.name}: {field.name}: {wrong}") from wrong


def _moment(said: str, hour: int, child: Child, today: date) -> datetime:
    """A time on that day, never in the future."""
    at = datetime.combine(day_of(said, today, child.year), time(hour, 12), UTC)
    return min(at, datetime.now(UTC) - timedelta(minutes=10))
