"""Demo people, settings, children and records for an empty database. Nobody in them exists."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import pikepdf
import psycopg
from argon2 import PasswordHasher

from migrations.demo.cast import CAST, COLLEAGUES, Castmember
from migrations.demo.history import add_history
from migrations.demo.papers import add_papers, add_requests
from migrations.demo.records import Record, read_records
from migrations.demo.register import Child, Setting, read_register
from migrations.demo.retention import add_retention
from migrations.demo.steps import add_steps
from record.clock import LONDON
from record.names import filed, fold

__all__ = ["CAST", "Castmember", "load"]

LOCK = 0x44454D4F  # any fixed number: two starts at once load the demo once
Connection = psycopg.Connection[tuple[Any, ...]]


def load(owner_conninfo: str, today: date, render: Callable[[dict[str, Any]], bytes], history: bool = True) -> bool:
    """Fill a migrated database in which there is no person yet; False (and nothing done) where there is one.

    ``render`` makes the PDF of a submitted record. It is given ``form`` (record.form.Form), ``answers``
    (record.form.Answers, with the council's facts), ``reference``, ``submitted_by`` (a name), ``job_title``,
    ``received_at`` (datetime, UTC), ``incomplete_reason``, ``lacking`` (list of record.form.Missing) and ``written``:
    for each answer the list of its entry, its field, its author's name and the time (datetime, UTC).
    ``history``: with a year of requests behind the figures.
    Raises ValueError where an answer is not one its field takes.
    """
    with psycopg.connect(owner_conninfo, connect_timeout=10) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute("set local role portal_definer")
        if connection.execute("select 1 from portal.person limit 1").fetchone():
            return False
        settings, children = read_register(today)
        records = read_records(children, today)
        places = _add_settings(connection, settings)
        people = _add_people(connection, places)
        ids = _add_children(connection, children, records, places, people, today)
        numbers = _add_records(connection, records, places, people, ids)
        _add_answers(connection, records, places, people, ids, numbers)
        _add_submissions(connection, records, places, people, ids, numbers, today, render)
        teams = {who.username: who.team for who in (*CAST, *COLLEAGUES)}
        add_papers(connection, records, teams, people, numbers, today)
        add_steps(connection, records, people, numbers, today)
        add_requests(connection, records, teams, people, numbers, today)
        add_retention(connection, people, numbers)
        if history:
            add_history(connection, places, people, today)
    return True


def _add_settings(connection: Connection, settings: tuple[Setting, ...]) -> dict[str, int]:
    statement = """
        insert into portal.setting (name, kind, urn, dfe_number, address, postcode, phone, email)
        values (%(name)s, %(kind)s, %(urn)s, %(dfe_number)s, %(address)s, %(postcode)s, %(phone)s, %(email)s)
        returning id"""
    return {s.name: _value(connection, statement, asdict(s)) for s in settings}


def _add_people(connection: Connection, places: dict[str, int]) -> dict[str, int]:
    """The cast with their accounts, and colleagues without; ids by user name."""
    statement = """
        insert into portal.person (name, email, phone, job_title, role, team, search, demo)
        values (%(name)s, %(email)s, %(phone)s, %(job_title)s, %(role)s, %(team)s, %(search)s, true)
        returning id"""
    hasher = PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1)
    people: dict[str, int] = {}
    for who in (*CAST, *COLLEAGUES):
        people[who.username] = _value(connection, statement, asdict(who) | {"search": fold(f"{who.name} {who.email}")})
        if who.setting:
            connection.execute(
                "insert into portal.membership (person, setting) values (%s, %s)",
                [people[who.username], places[who.setting]],
            )
        if who.password:
            connection.execute(
                "insert into priv.account (person, username, password, temporary) values (%s, %s, %s, true)",
                [people[who.username], who.username, hasher.hash(who.password)],
            )
    return people


def _add_children(
    connection: Connection,
    children: tuple[Child, ...],
    records: list[Record],
    places: dict[str, int],
    people: dict[str, int],
    today: date,
) -> dict[str, UUID]:
    """The register and who works with whom; ids by the child's name in the files."""
    told = {record.child.name: record for record in records}
    statement = """
        insert into portal.child (setting, first_name, middle_names, surname, dob, sex, upn, address_line1,
                                  address_line2, address_line3, postcode, search, demo, added_at, changed_at)
        values (%(setting)s, %(first_name)s, %(middle_names)s, %(surname)s, %(dob)s, %(sex)s, %(upn)s,
                %(address_line1)s, %(address_line2)s, %(address_line3)s, %(postcode)s, %(search)s, true,
                %(added_at)s, %(changed_at)s)
        returning id"""
    ids: dict[str, UUID] = {}
    for number, child in enumerate(children):
        record = told.get(child.name)
        quiet = datetime.combine(today, datetime.min.time(), UTC) - timedelta(days=200 + 3 * number)
        added = min(quiet, record.started_at) if record else quiet
        ids[child.name] = _value(
            connection,
            statement,
            {
                **child.facts,
                "upn": child.upn,
                "setting": places[child.setting.name],
                "search": filed(child.surname, child.first_name, child.middle_names),
                "added_at": added,
                "changed_at": record.changed_at if record else added,
            },
        )
        for adviser in child.advisers:
            connection.execute(
                "insert into portal.involvement (person, child, since) values (%s, %s, %s)",
                [people[adviser], ids[child.name], today - timedelta(days=90 + 5 * number)],
            )
    return ids


def _add_records(
    connection: Connection,
    records: list[Record],
    places: dict[str, int],
    people: dict[str, int],
    ids: dict[str, UUID],
) -> dict[str, tuple[UUID, str]]:
    """Each record's id and reference, by the child's name."""
    numbers: dict[str, tuple[UUID, str]] = {}
    for record in records:
        row = connection.execute(
            """insert into portal.record (child, setting, form, status, coordinator, started_by, started_at,
                                          received_at, acknowledged_at)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
               returning id, reference""",
            [
                ids[record.child.name],
                places[record.child.setting.name],
                record.form.version,
                record.status,
                people[record.coordinator] if record.coordinator else None,
                people[record.started_by],
                record.started_at,
                record.received_at,
                record.acknowledged_at,
            ],
        ).fetchone()
        if row is None:
            raise RuntimeError("insert returning gave no row")
        numbers[record.child.name] = (row[0], row[1])
    return numbers


def _add_answers(
    connection: Connection,
    records: list[Record],
    places: dict[str, int],
    people: dict[str, int],
    ids: dict[str, UUID],
    numbers: dict[str, tuple[UUID, str]],
) -> None:
    """Entries and answers, spread over the days between the record's start and its last change."""
    teams = {who.username: who.team for who in (*CAST, *COLLEAGUES)}
    mains = connection.execute("select record, id from portal.entry where list = 'ersa'").fetchall()
    first: dict[UUID, UUID] = dict(mains)
    entries: list[tuple[Any, ...]] = []
    answers: list[tuple[Any, ...]] = []
    changes: list[tuple[Any, ...]] = []
    for record in records:
        id_, _ = numbers[record.child.name]
        where = (id_, places[record.child.setting.name], ids[record.child.name])
        before = {e.field: e for e in record.earlier}
        count = len(record.answers) + sum(len(e.answers) for e in record.entries)
        moments = iter(_moments(record.started_at, record.changed_at, count))
        for name, value in record.answers.items():
            at, by = next(moments), people[record.answered_by[name]]
            if old := before.get(name):
                answers.append((first[id_], name, *where, old.text, people[old.by], at - timedelta(days=1)))
                changes.append((value, by, at, first[id_], name))
            else:
                answers.append((first[id_], name, *where, value, by, at))
        for entry in record.entries:
            times = [next(moments) for _ in entry.answers]
            by = people[entry.by]
            entries.append((entry.id, *where, entry.list, by, teams[entry.by], times[0]))
            answers += [
                (entry.id, name, *where, value, by, at)
                for (name, value), at in zip(entry.answers.items(), times, strict=True)
                if value
            ]
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into portal.entry (id, record, setting, child, list, author, team, added_at)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            entries,
        )
        cursor.executemany(
            """insert into portal.answer (entry, field, record, setting, child, value, author, saved_at)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            answers,
        )
        cursor.executemany(
            """update portal.answer set value = %s, version = version + 1, author = %s, saved_at = %s
               where entry = %s and field = %s""",
            changes,
        )


def _moments(start: datetime, end: datetime, count: int) -> list[datetime]:
    step = (end - start) / max(1, count)
    return [start + step * (n + 1) for n in range(count)]


def _add_submissions(
    connection: Connection,
    records: list[Record],
    places: dict[str, int],
    people: dict[str, int],
    ids: dict[str, UUID],
    numbers: dict[str, tuple[UUID, str]],
    today: date,
    render: Callable[[dict[str, Any]], bytes],
) -> None:
    """What was sent, and its PDF, for every record that is no draft."""
    who = {person.username: person for person in (*CAST, *COLLEAGUES)}
    for record in records:
        if record.received_at is None:
            continue
        id_, reference = numbers[record.child.name]
        sender = who[record.submitted_by]
        whole = record.whole(who, today)
        lacking = record.form.missing(whole)
        where = (id_, places[record.child.setting.name], ids[record.child.name])
        submission = _value(
            connection,
            """insert into portal.submission (record, setting, child, form, submitted_by, received_at,
                                              incomplete_reason, lacking, answers)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
               returning id""",
            [
                *where,
                record.form.version,
                people[sender.username],
                record.received_at,
                record.incomplete_reason,
                json.dumps([m.details() for m in lacking]),
                json.dumps(
                    {
                        "answers": dict(whole.answers),
                        "lists": {name: [asdict(row) for row in rows] for name, rows in whole.lists.items()},
                    },
                    ensure_ascii=False,
                ),
            ],
        )
        content = render(
            {
                "form": record.form,
                "answers": whole,
                "reference": reference,
                "submitted_by": sender.name,
                "job_title": sender.job_title,
                "received_at": record.received_at,
                "incomplete_reason": record.incomplete_reason,
                "lacking": lacking,
                "written": connection.execute(
                    """select entry.list, answer.field, person.name, answer.saved_at
                       from portal.answer join portal.entry on entry.id = answer.entry
                       join portal.person on person.id = answer.author
                       where answer.record = %s and answer.value <> ''""",
                    [id_],
                ).fetchall(),
            }
        )
        document = _value(
            connection,
            """insert into portal.document (record, setting, child, name, category, author, dated, added_by,
                                            added_at, submission, size, pages, sha256)
               values (%s, %s, %s, %s, 'ERSA', %s, %s, %s, %s, %s, %s, %s, %s) returning id""",
            [
                *where,
                record.form.title,
                sender.name,
                record.received_at.astimezone(LONDON).date(),
                people[sender.username],
                record.received_at,
                submission,
                len(content),
                _pages(content),
                hashlib.sha256(content).digest(),
            ],
        )
        connection.execute("insert into portal.content (document, content) values (%s, %s)", [document, content])


def _pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def _value(connection: Connection, statement: LiteralString, values: Any) -> Any:
    row = connection.execute(statement, values).fetchone()
    if row is None:
        raise RuntimeError("insert returning gave no row")
    return row[0]
