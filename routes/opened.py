"""Opens a child's record for a person: noted on the audit trail, then read, as the form's definition sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request

import record
from record.case import Step
from record.clock import today
from record.deadlines import Deadline
from record.form import Answers, Field, Form, Row, Rows, Tab
from record.kinds import say_date
from record.personal import HELD
from record.years import year_by_age
from routes.dates import NO_DATES, dates_of
from routes.guard import Person
from sql import Database, Queries

FACTS = (*HELD, "setting_name", "setting_phone", "setting_email")


@dataclass(frozen=True)
class Stored:
    """One answer as the database holds it."""

    value: str = ""
    version: int = 0
    author: str = ""
    saved_at: datetime | None = None


NOTHING = Stored()


@dataclass(frozen=True)
class Opened:
    """A record as it was at one moment. ``stored`` is keyed by entry and field; ``main`` is the form's own entry."""

    head: Any
    form: Form
    main: UUID
    entries: tuple[Any, ...]
    stored: Mapping[tuple[UUID, str], Stored]
    answers: Answers
    submission: Any
    fingerprint: str
    appendices: tuple[Any, ...] = ()  # submitted; those that were replaced too
    documents: tuple[tuple[str, str], ...] = ()  # name and type of each that people brought and this person may list
    corrections: tuple[Any, ...] = ()  # asked for, of the register's facts; newest first
    others: tuple[Any, ...] = ()  # the child's other requests, newest first
    steps: tuple[Step, ...] = ()  # what SENAS has done since the submission, and what was corrected
    dates: tuple[Deadline, ...] = ()  # every date that follows from that

    @property
    def id(self) -> UUID:
        return self.head.id

    @property
    def name(self) -> str:
        return f"{self.head.first_name} {self.head.surname}"

    def key(self, entry: UUID, field: str) -> str:
        """A field's address within the record: ``reason``, or ``<entry>.first_name`` for a list's."""
        return field if entry == self.main else f"{entry}.{field}"


SIGHT = ("asked", "whole", "all")  # of a record: the appendix asked for, the whole request, all


def form_of(it: Any) -> Form:
    """The form of a record as this person sees it; ``it`` has the columns form, sight and asked of sql/record.sql."""
    form = record.FORMS[it.form]
    return form if it.sight == "all" else form.asked_for(it.asked, it.sight == "whole")


def identifier(text: str) -> UUID:
    """The UUID in an address; anything else is a page that does not exist."""
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(404) from None


WITHDRAWN = "This draft was withdrawn. Take it up again before anything in it is changed."


async def open_record(
    request: Request,
    action: str = "record.read",
    field: str | None = None,
    least: str = "whole",
    withdrawn_too: bool = False,
) -> Opened:
    """The record in the request's address. Raises HTTPException 404 where there is none for this person.

    ``least`` is how much of it they must see to come here: what is for everybody who sees any of it says "asked".
    Nothing is changed in a draft that was withdrawn: to a POST, unless ``withdrawn_too``, the answer is 410.
    That it was opened is on the audit trail before a word of it is sent; the guard notes who was refused.
    """
    person: Person = request.state.person
    db: Database = request.app.state.db
    wanted = identifier(request.path_params["record"])
    if not person.sees_children:
        raise HTTPException(404)
    async with db.writing(person.identity) as q:
        head = await q.record.open(record=wanted)
        if head is None or SIGHT.index(head.sight) < SIGHT.index(least):
            raise HTTPException(404)
        if head.withdrawn_at is not None and request.method == "POST" and not withdrawn_too:
            raise HTTPException(410, WITHDRAWN)
        await q.audit.note(action=action, child=head.child, record=wanted, entry=None, field=field, detail="{}")
    async with db.reading(person.identity) as q:
        return await gather(q, wanted, request.app.state.settings.receipt_days)


async def gather(q: Queries, wanted: UUID, receipt_days: int) -> Opened:
    """Everything in the record, in the transaction of ``q``. Raises HTTPException 404 where there is none."""
    head = await q.record.open(record=wanted)
    if head is None:
        raise HTTPException(404)
    entries = await q.record.entries(record=wanted)
    rows = await q.record.answers(record=wanted)
    submission = await q.submission.look(record=wanted)
    fingerprint = await q.record.fingerprint(record=wanted)
    corrections = await q.correction.asked(child=head.child)
    appendices = await q.appendix.list(record=wanted)
    brought = await q.document.brought(record=wanted)
    dates = await dates_of(q, [wanted]) if head.received_at else NO_DATES
    others = await q.record.others(children=[head.child], records=[wanted])
    stored = {(a.entry, a.field): Stored(a.value, a.version, a.author or "", a.saved_at) for a in rows}
    main = next(e.id for e in entries if e.list == "ersa")
    facts = {name: getattr(head, name) or "" for name in FACTS}
    facts |= {
        "dob": head.dob.isoformat(),
        "setting_address": "\n".join(part for part in (head.setting_address, head.setting_postcode) if part),
        "nc_year_by_age": year_by_age(head.dob, today()),
        "completed_by": ", ".join(
            part
            for part in (head.started_by, head.started_by_job, head.started_by_email, head.started_by_phone)
            if part
        ),
        "entered_by": ", ".join(
            dict.fromkeys(
                answer.author
                for (_, field), answer in stored.items()
                if answer.value and answer.author and field.startswith(("views_", "parent_"))
            )
        ),
    }
    return Opened(
        head=head,
        form=form_of(head),
        main=main,
        entries=tuple(entries),
        stored=stored,
        answers=collect(main, entries, stored, facts),
        submission=submission,
        fingerprint=fingerprint,
        corrections=tuple(corrections),
        appendices=tuple(appendices),
        documents=tuple((d.name, d.category) for d in brought),
        others=tuple(others),
        steps=tuple(dates.steps.get(wanted, ())),
        dates=tuple(dates.of(wanted, receipt_days)),
    )


def collect(main: UUID, entries: Any, stored: Mapping[tuple[UUID, str], Stored], facts: Mapping[str, str]) -> Answers:
    """The answers of a record as its form reads them: withdrawn entries left out, the register's facts put in."""
    by_entry: dict[UUID, dict[str, str]] = {}
    for (entry, field), answer in stored.items():
        by_entry.setdefault(entry, {})[field] = answer.value
    lists: dict[str, list[Row]] = {}
    for e in entries:
        if e.list != "ersa" and e.withdrawn_at is None:
            lists.setdefault(e.list, []).append(
                Row(
                    str(e.id),
                    by_entry.get(e.id, {}),
                    author=e.author or "",
                    team=e.team,
                    added=say_date(e.added_at.date()),
                )
            )
    return Answers({**by_entry.get(main, {}), **facts}, lists, today())


def find(form: Form, list_name: str, name: str) -> tuple[Tab, Rows | None, Field]:
    """A field of the form, by its list (empty for the form's own fields) and name. Raises HTTPException 404."""
    if list_name:
        tab, rows = find_list(form, list_name)
        if found := form.field(tab, list_name, name):
            return tab, rows, found
        raise HTTPException(404)
    for tab in form.every_tab:
        if found := form.field(tab, "", name):
            return tab, None, found
    raise HTTPException(404)


def find_key(opened: Opened, key: str) -> tuple[UUID, Tab, Field]:
    """The entry, tab and field behind a key. Raises HTTPException 404 for what the record does not have."""
    before, _, name = key.rpartition(".")
    entry = identifier(before) if before else opened.main
    list_name = next((e.list for e in opened.entries if e.id == entry), None)
    if list_name is None:
        raise HTTPException(404)
    tab, _, field = find(opened.form, "" if list_name == "ersa" else list_name, name)
    return entry, tab, field


def find_list(form: Form, name: str) -> tuple[Tab, Rows]:
    """The list of that name and its tab. Raises HTTPException 404 for a list the form does not have."""
    for tab in form.every_tab:
        for rows in tab.lists:
            if rows.name == name:
                return tab, rows
    raise HTTPException(404)
