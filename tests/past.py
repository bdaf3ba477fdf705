"""Requests of long ago, as if the portal had been there already; each with something in every table about children."""

import asyncio
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from record.clock import LONDON, today
from record.retention import years_after
from routes import expiry
from sql import Database
from tests.fixtures_database import TestDatabase
from tests.persona import Owner, person, value

numbers = count(1)
ENDS = {"not_assess": "not_assess", "not_issue": "no_plan", "withdrawn": "withdrawn", "moved_out": "moved",
        "ceased": "ceased"}  # fmt: skip
MARK = "Kingfisher"  # a word that stands nowhere else, in each text
BRENTMERE = "Brentmere Primary School"


@dataclass
class Past:
    """A request and its child."""

    record: UUID
    child: UUID
    reference: str


def at(day: date, hour: int = 10) -> datetime:
    """That hour of a day in England."""
    return datetime.combine(day, time(hour), LONDON)


def ago(years: int, days: int = 0) -> date:
    """The day from which so many years end in ``days`` days."""
    found = years_after(date.fromordinal(today().toordinal() + days), -years)
    while years_after(found, years) > date.fromordinal(today().toordinal() + days):
        found = date.fromordinal(found.toordinal() - 1)
    return found


def past(
    owner: Owner,
    status: str,
    closed: date,
    born: date = date(2016, 5, 5),
    child: UUID | None = None,
    coordinator: str = "farah",
) -> Past:
    """A request at Brentmere that ended on that day; a draft was last changed on it."""
    setting = value(owner, "select id from portal.setting where name = %s", [BRENTMERE])
    amina = person(owner, "amina")
    if child is None:
        name = f"{MARK} {next(numbers)}"
        child = value(
            owner,
            """insert into portal.child (setting, first_name, surname, dob, sex, address_line1, postcode, search, demo,
                                         added_by, added_at, changed_at)
               values (%s, %s, %s, %s, 'F', %s, 'W7 3AA', %s, true, %s, %s, %s) returning id""",
            [setting, name, MARK, born, f"1 {MARK} Lane", f" {name.lower()}", amina, at(closed), at(closed)],
        )
    draft = status == "draft"
    row = owner.execute(
        """insert into portal.record (child, setting, form, status, coordinator, started_by, started_at, received_at)
           values (%s, %s, 'VNOV22', %s, %s, %s, %s, %s) returning id, reference""",
        [child, setting, status, None if draft else person(owner, coordinator), amina, at(closed), None if draft else
         at(closed)],
    ).fetchone()  # fmt: skip
    assert row
    made = Past(row[0], child, row[1])
    answer(owner, made, f"What {MARK} needs", closed)
    if not draft:
        owner.execute(
            """insert into portal.submission (record, setting, child, form, submitted_by, received_at, answers)
               select id, setting, child, form, started_by, received_at,
                      jsonb_build_object('answers', jsonb_build_object('reason', %s::text), 'lists', '{}'::jsonb)
               from portal.record where id = %s""",
            [MARK, made.record],
        )
        if kind := ENDS.get(status):
            step(owner, made, kind, closed, f"{MARK} does not want it any more")
    return made


def answer(owner: Owner, it: Past, words: str, day: date) -> None:
    """Somebody writes why the request is made."""
    owner.execute(
        """insert into portal.answer (entry, field, record, setting, child, value, author, saved_at)
           select id, 'reason', record, setting, child, %(words)s, %(author)s, %(at)s
           from portal.entry where record = %(record)s and list = 'ersa'
           on conflict (entry, field) do update
           set value = excluded.value, version = answer.version + 1, saved_at = excluded.saved_at""",
        {"words": words, "author": person(owner, "amina"), "at": at(day), "record": it.record},
    )


def step(owner: Owner, it: Past, kind: str, day: date, reason: str = "", **details: Any) -> UUID:
    """A step of that day."""
    found: UUID = value(
        owner,
        """insert into portal.step (record, setting, child, kind, happened_on, author, reason, details, at, place)
           select id, setting, child, %(kind)s, %(on)s, %(by)s, %(reason)s, %(details)s, %(at)s,
                  %(at)s + make_interval(secs => (select count(*) from portal.step where record = %(record)s))
           from portal.record where id = %(record)s returning id""",
        {"record": it.record, "kind": kind, "on": day, "by": person(owner, "farah"), "reason": reason,
         "details": json.dumps(details), "at": at(day)},
    )  # fmt: skip
    return found


def fill(owner: Owner, it: Past) -> None:
    """Something in every table that holds anything about a child or a request."""
    who = {name: person(owner, name) for name in ("amina", "daljit", "ewa", "farah", "grace")}
    given = {"record": it.record, "child": it.child, "mark": MARK, **who}
    for submission in (value(owner, "select id from portal.submission where record = %s", [it.record]), None):
        document = value(
            owner,
            """insert into portal.document (record, setting, child, name, category, author, dated, added_by, submission,
                                            size, pages, sha256)
               select id, setting, child, %(mark)s, 'other', %(mark)s, current_date, %(daljit)s, %(submission)s,
                      1, 1, ''
               from portal.record where id = %(record)s returning id""",
            given | {"submission": submission},
        )
        owner.execute("insert into portal.content (document, content) values (%s, %s)", [document, MARK.encode()])
    given["document"] = document
    given["entry"] = value(
        owner,
        """insert into portal.entry (record, setting, child, list, author, team, withdrawn_reason)
           select id, setting, child, 'appendix_c', %(daljit)s, 'SLT', %(mark)s from portal.record
           where id = %(record)s returning id""",
        given,
    )
    for statement in (
        """insert into portal.answer (entry, field, record, setting, child, value, author)
           select %(entry)s, 'appendix_text', id, setting, child, %(mark)s, %(daljit)s
           from portal.record where id = %(record)s""",
        """insert into portal.appendix (record, setting, child, entry, list, author, team, document)
           select id, setting, child, %(entry)s, 'appendix_c', %(daljit)s, 'SLT', %(document)s
           from portal.record where id = %(record)s""",
        """insert into portal.document_request (document, record, setting, child, kind, asked_by, reason)
           select %(document)s, id, setting, child, 'open', %(ewa)s, %(mark)s from portal.record
           where id = %(record)s""",
        """insert into portal.correction (record, setting, child, field, new, reason, asked_by)
           select id, setting, child, 'surname', %(mark)s || 's', %(mark)s, %(amina)s from portal.record
           where id = %(record)s""",
        """insert into portal.invitation (record, setting, child, invited_by)
           select id, setting, child, %(farah)s from portal.record where id = %(record)s""",
        """insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due, words)
           select id, setting, child, 'appendix_c', %(daljit)s, %(farah)s, current_date, %(mark)s from portal.record
           where id = %(record)s""",
        """insert into portal.hold (record, setting, child, reason, placed_by, lifted_by, lifted_at, lifted_reason)
           select id, setting, child, %(mark)s, %(farah)s, %(grace)s, now(), %(mark)s from portal.record
           where id = %(record)s""",
        "insert into portal.look (person, record) values (%(farah)s, %(record)s)",
        "insert into portal.reminder (record, deadline, due, stage) values (%(record)s, 'decision', current_date, -1)",
        "insert into portal.involvement (person, child) values (%(daljit)s, %(child)s) on conflict do nothing",
    ):
        owner.execute(statement.encode(), given)


def stood(owner: Owner, it: Past, days: int = 30) -> None:
    """It has been in the list of what comes up for so many days."""
    owner.execute("update portal.warning set warned_on = %s where record = %s",
                  [date.fromordinal(today().toordinal() - days), it.record])  # fmt: skip


NINE, SIX = (datetime.combine(today(), datetime.min.time(), LONDON) + timedelta(hours=h) for h in (9, 6))


@dataclass
class Settings:
    ersa_email: str = "senas@council.example"
    base_url: str = "https://send.council.example"


def look(database: TestDatabase, now: datetime = NINE) -> None:
    """The portal's background work, once."""

    async def work() -> None:
        async with Database(database.app_url, 2) as db:
            await expiry.look(db, Settings(), now)

    asyncio.run(work())


def there(owner: Owner, it: Past) -> bool:
    """Whether the request is there, with what was written in it."""
    found = value(owner, "select count(*) from portal.history where record = %s", [it.record])
    assert bool(value(owner, "select 1 from portal.record where id = %s", [it.record])) == bool(found), "half of it"
    return bool(found)


def listed(owner: Owner, it: Past) -> tuple[date, date] | None:
    """When it was warned of, and when it goes."""
    return owner.execute("select warned_on, goes from portal.warning where record = %s", [it.record]).fetchone()


def days(number: int) -> date:
    return today() + timedelta(days=number)


def rule(owner: Owner, outcome: str, since: str, years: int) -> None:
    owner.execute(
        "insert into portal.retention_rule (outcome, since, years, reason) values (%s, %s, %s, 'Decided')",
        [outcome, since, years],
    )


def hold(owner: Owner, it: Past) -> None:
    owner.execute(
        """insert into portal.hold (record, setting, child, reason, placed_by)
           select id, setting, child, 'An appeal', %s from portal.record where id = %s""",
        [person(owner, "farah"), it.record],
    )


def lift(owner: Owner, it: Past) -> None:
    owner.execute("update portal.hold set lifted_reason = 'Over', lifted_by = %s where record = %s",
                  [person(owner, "grace"), it.record])  # fmt: skip


def erase(app: Owner, it: Past) -> Any:
    with app.transaction():
        app.execute("set local role portal_p_loop")
        app.execute("set local lock_timeout = '20s'")
        return value(app, "select portal.retention_erase(%s)", [it.record])


def as_it_was(owner: Owner) -> None:
    """No rule, hold, warning or letter of a test before."""
    owner.execute("set session_replication_role = replica")  # rules that were set are kept for good else
    owner.execute("delete from portal.retention_rule where id > 6")
    owner.execute("set session_replication_role = origin")
    owner.execute("delete from portal.hold; delete from portal.warning; delete from portal.letter")
