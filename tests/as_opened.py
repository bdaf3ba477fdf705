"""A record of the demo's files as the routes open it, without a server: what the documents made of it are given."""

from collections.abc import Mapping
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
from record.form import Need
from record.review import review
from routes.case import Case, as_steps
from routes.opened import Opened, Stored, collect
from routes.review import Whole
from views.pdf.text import unspaced

PEOPLE = {who.username: who for who in (*CAST, *COLLEAGUES)}
REFERENCE = "ERSA-000041"
HEALTH = "appendix_c"
AN_HOUR, A_WEEK = timedelta(hours=1), timedelta(days=7)
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
    written = min(record.changed_at, received(record) - AN_HOUR)
    entries = [_entry(main, "ersa", "", "", begun)]
    stored: dict[tuple[UUID, str], Stored] = {}

    def write(entry: UUID, by: str, answers: dict[str, str], at: datetime) -> None:
        stored.update({(entry, field): Stored(value, 1, PEOPLE[by].name, at) for field, value in answers.items()})

    for field, value in record.answers.items():
        write(main, record.answered_by[field], {field: value}, written)
    for entry in record.entries:
        entries.append(_entry(entry.id, entry.list, PEOPLE[entry.by].name, PEOPLE[entry.by].team, begun))
        write(entry.id, entry.by, entry.answers, written)
    entries.append(_entry(advice, HEALTH, PEOPLE["daljit"].name, PEOPLE["daljit"].team, begun))
    write(advice, "daljit", _advice(record), written)
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
        id=id_, list=list_, author=author, team=team, added_at=at, mine=True, position=0, withdrawn_at=None,
        withdrawn_by=None,
    )  # fmt: skip


def _advice(record: Record) -> dict[str, str]:
    said = {
        field: "\n\n".join(record.answers[name] for name in names if name in record.answers)
        for field, names in ADVICE.items()
    }
    return {"appendix_date": today().isoformat(), "appendix_basis": "observation discussion", **said}


def received(record: Record) -> datetime:
    """When the request was received; one that is still a draft, a week ago."""
    return record.received_at or datetime.now(UTC) - A_WEEK


def _submission(record: Record) -> Any:
    every = record.form.missing(record.whole(PEOPLE, today()))
    missing = [m for m in every if m.need <= Need.REQUIRED]
    return SimpleNamespace(
        submitted_by=PEOPLE[record.submitted_by].name,
        received_at=received(record),
        incomplete_reason=record.incomplete_reason
        or ("The family moves on Friday; the rest follows." if missing else ""),
        lacking=[m.details() for m in every],
        missing=missing,
    )


def whole(record: Record, pages: Mapping[str, int] | None = None) -> Whole:
    """``record`` as SENAS reviews it: answers were changed since, an outcome begun, a question asked and answered.

    ``pages`` are those of its documents, by their category, where they are known.
    """
    pages = pages or {}
    changed = {"reason": record.answers.get("reason", "") + "\n\nSince then: one more week at home."}
    for field in ("parent_original", "views_original"):
        if said := record.answers.get(field):
            changed[field] = mended(said)
    now = opened(record, changed)
    sent = opened(record)
    outcome = _entry(uuid4(), "outcomes", PEOPLE["daljit"].name, PEOPLE["daljit"].team, datetime.now(UTC) - AN_HOUR)
    now = replace(now, entries=(*now.entries, outcome))
    answers = collect(now.main, now.entries, now.stored, now.answers.answers)
    rows = _steps(record)
    health = next(tab.title for tab in record.form.appendices if tab.name == HEALTH)
    documents = [
        _document("ERSA", record.form.title, PEOPLE[record.submitted_by].name, received(record)),
        _document("Advice", health, PEOPLE["daljit"].name, datetime.now(UTC)),
        _document("ep", "Educational psychology consultation", PEOPLE["ewa"].name, received(record)),
        _document("medical", "医生的信 – ਡਾਕਟਰ ਦੀ ਚਿੱਠੀ – رسالة الطبيب", "", received(record), may_open=False),
    ]
    for it in documents:
        it.pages = pages.get(it.category)
    tabs = review(record.form, sent.answers, answers)
    steps = as_steps(rows)
    now = replace(now, steps=tuple(steps), dates=tuple(deadlines(steps, today())))
    return Whole(Case(now, steps, rows), tabs, documents)


def mended(said: str) -> str:
    """``said`` without its third word and with its first once more, in any script."""
    if unspaced(said):
        return said[:2] + said[3:] + said[0]
    words = said.split(" ")
    return " ".join([*words[:2], *words[3:], words[0]])


def _document(category: str, name: str, author: str, at: datetime, may_open: bool = True) -> Any:
    return SimpleNamespace(
        id=uuid4(), name=name, category=category, author=author, added_by=author, added_at=at, dated=at.date(),
        size=84_000, availability="all" if may_open else "senas", may_open=may_open,
        mine=False,
    )  # fmt: skip


def _steps(record: Record) -> list[Any]:
    """The steps on the way to where the request stands, and a question that was answered; none after today."""
    came = received(record)
    day = came.astimezone(LONDON).date()
    rows = [_step("received", day, "", by=record.submitted_by, at=came), _step("receipt", day + timedelta(1), "")]
    question = _step("question", day + timedelta(2), QUESTION)
    answer = {"question": str(question.id)}
    rows += [question, _step("answer", day + timedelta(3), ANSWER, answer, record.submitted_by)]
    for kind, days, _ in WAY.get(record.status, ()):
        rows.append(_step(kind, min(day + timedelta(days), today()), WHY[kind]))
    return [row for row in rows if row.happened_on <= today()]


def _step(
    kind: str, on: date, reason: str, details: dict[str, Any] | None = None, by: str = "farah",
    at: datetime | None = None,
) -> Any:  # fmt: skip
    at = at or min(datetime.combine(on, time(10, 12), LONDON), datetime.now(UTC))
    return SimpleNamespace(
        id=uuid4(), kind=kind, happened_on=on, at=at, reason=reason,
        details=details or {}, corrects=None, corrected=False, author=PEOPLE[by].name,
    )  # fmt: skip
