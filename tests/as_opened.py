"""A record of the demo's files as the routes open it, without a server: what the documents made of it are given."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from migrations.demo.cast import CAST, COLLEAGUES
from migrations.demo.records import Record
from migrations.demo.steps import ANSWER, QUESTION, WAY, WHY
from record.clock import LONDON, today
from record.deadlines import deadlines
from record.review import review
from routes.case import Case, as_steps
from routes.opened import Opened, Stored, collect
from routes.review import Whole

PEOPLE = {who.username: who for who in (*CAST, *COLLEAGUES)}
REFERENCE = "ERSA-000041"
HEALTH = "appendix_c"
AN_HOUR = timedelta(hours=1)
# Whose words stand in for each part of the advice: no professional has written any for the demo's children.
ADVICE = {
    "appendix_background": ("parent_history", "parent_concerns"),
    "appendix_needs_communication": ("views_communication", "views_original", "parent_original"),
    "appendix_needs_semh": ("parent_concerns", "reason"),
    "appendix_support": ("views_support", "views_interests"),
    "appendix_provision": ("parent_support_wanted", "reason"),
}


def opened(record: Record, more: dict[str, str] | None = None) -> Opened:
    """``record`` with ``more`` answers than it tells of, and the advice of a therapist, as one who may read all of it
    opens it.
    """
    main, advice, begun = uuid4(), uuid4(), record.started_at
    entries = [_entry(main, "ersa", "", "", begun)]
    stored: dict[tuple[UUID, str], Stored] = {}

    def write(entry: UUID, by: str, answers: dict[str, str], at: datetime) -> None:
        stored.update({(entry, field): Stored(value, 1, PEOPLE[by].name, at) for field, value in answers.items()})

    for field, value in record.answers.items():
        write(main, record.answered_by[field], {field: value}, record.changed_at)
    for entry in record.entries:
        entries.append(_entry(entry.id, entry.list, PEOPLE[entry.by].name, PEOPLE[entry.by].team, begun))
        write(entry.id, entry.by, entry.answers, record.changed_at)
    entries.append(_entry(advice, HEALTH, PEOPLE["daljit"].name, PEOPLE["daljit"].team, begun))
    write(advice, "daljit", _advice(record), record.changed_at)
    write(main, record.started_by, more or {}, datetime.now(UTC) - AN_HOUR)
    facts = {name: text for name, text in record.whole(PEOPLE, today()).answers.items() if name not in record.answers}
    child = record.child
    head = SimpleNamespace(
        id=uuid4(),
        reference=REFERENCE,
        status="submitted" if record.status == "draft" else record.status,
        first_name=child.first_name,
        surname=child.surname,
        dob=child.dob,
        setting_name=child.setting.name,
        coordinator=PEOPLE[record.coordinator or "farah"].name,
    )
    answers = collect(main, entries, stored, facts)
    return Opened(head, record.form, main, tuple(entries), stored, answers, _submission(record), "")


def _entry(id_: UUID, list_: str, author: str, team: str, at: datetime) -> Any:
    return SimpleNamespace(
        id=id_, list=list_, author=author, team=team, added_at=at, mine=True, position=0, withdrawn_at=None
    )


def _advice(record: Record) -> dict[str, str]:
    said = {
        field: "\n\n".join(record.answers[name] for name in names if name in record.answers)
        for field, names in ADVICE.items()
    }
    return {"appendix_date": today().isoformat(), "appendix_basis": "observation discussion", **said}


def received(record: Record) -> datetime:
    """When the request was received; one that is still a draft, just now."""
    return record.received_at or datetime.now(UTC) - AN_HOUR


def _submission(record: Record) -> Any:
    missing = [m for m in record.form.missing(record.whole(PEOPLE, today())) if m.need <= 2]
    return SimpleNamespace(
        submitted_by=PEOPLE[record.submitted_by].name,
        received_at=received(record),
        incomplete_reason=record.incomplete_reason
        or ("The family moves on Friday; the rest follows." if missing else ""),
        lacking=[{"says": m.says} for m in missing],
        missing=missing,
    )


def whole(record: Record) -> Whole:
    """``record`` as SENAS reviews it: an answer was changed since, an outcome begun, a question asked and answered."""
    changed = {"reason": record.answers.get("reason", "") + "\n\nSince then: one more week at home."}
    now = opened(record, changed)
    sent = opened(record)
    outcome = _entry(uuid4(), "outcomes", PEOPLE["daljit"].name, PEOPLE["daljit"].team, datetime.now(UTC) - AN_HOUR)
    answers = collect(now.main, [*now.entries, outcome], now.stored, now.answers.answers)
    rows = _steps(record)
    health = next(tab.title for tab in record.form.appendices if tab.name == HEALTH)
    documents = [
        _document("ERSA", record.form.title, PEOPLE[record.submitted_by].name, received(record)),
        _document("Advice", health, PEOPLE["daljit"].name, datetime.now(UTC) - AN_HOUR),
        _document("ep", "Educational psychology report", "Ewa Nowak, educational psychologist", received(record)),
        _document("medical", "医生的信 – ਡਾਕਟਰ ਦੀ ਚਿੱਠੀ – رسالة الطبيب", "", received(record), may_open=False),
    ]
    tabs = review(record.form, sent.answers, answers)
    steps = as_steps(rows)
    now = replace(now, steps=tuple(steps), dates=tuple(deadlines(steps, today())))
    return Whole(Case(now, steps, rows), tabs, documents)


def _document(category: str, name: str, author: str, at: datetime, may_open: bool = True) -> Any:
    return SimpleNamespace(
        id=uuid4(), name=name, category=category, author=author, added_by=author, added_at=at, dated=at.date(),
        size=84_000, pages=4, availability="all" if may_open else "senas", may_open=may_open,
        mine=False,
    )  # fmt: skip


def _steps(record: Record) -> list[Any]:
    """The steps on the way to where the request stands, and a question that was answered."""
    day = received(record).astimezone(LONDON).date()
    way = [("received", 0, ""), ("receipt", 1, "")] + [
        (kind, days, WHY[kind]) for kind, days, _ in WAY.get(record.status, ())
    ]
    rows = [_step(kind, day + timedelta(days), reason) for kind, days, reason in way]
    asked = _step("question", day + timedelta(2), QUESTION)
    return [*rows, asked, _step("answer", day + timedelta(3), ANSWER, {"question": str(asked.id)}, record.submitted_by)]


def _step(kind: str, on: date, reason: str, details: dict[str, Any] | None = None, by: str = "farah") -> Any:
    return SimpleNamespace(
        id=uuid4(), kind=kind, happened_on=on, at=datetime.combine(on, time(10, 12), LONDON), reason=reason,
        details=details or {}, corrects=None, corrected=False, author=PEOPLE[by].name,
    )  # fmt: skip
