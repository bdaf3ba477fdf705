"""Reminders before a date passes and the week's overview: once each, to whom it concerns, by reference alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from record.clock import LONDON, is_working_day, today
from routes import reminders
from sql import Database
from tests.fixtures_database import TestDatabase

MONDAY = today() - timedelta(days=today().weekday())


@dataclass
class Settings:
    receipt_days: int = 3
    ersa_email: str = "senas@council.example"
    base_url: str = "https://send.council.example"


@pytest.fixture(autouse=True)
def nothing_sent(owner: psycopg.Connection[Any]) -> None:
    owner.execute("delete from portal.letter; delete from portal.reminder; delete from portal.digest")


def send(database: TestDatabase, now: datetime) -> None:
    async def work() -> None:
        async with Database(database.app_url, 2) as db:
            await reminders.send(db, Settings(), now)

    asyncio.run(work())


def letters(owner: psycopg.Connection[Any], subject: str = "%") -> list[tuple[str, str, str]]:
    return owner.execute(
        "select recipient, subject, body from portal.letter where subject like %s order by id", [subject]
    ).fetchall()


def at(days: int, hour: int = 9) -> datetime:
    """That hour of the first working day from so many days after this week's Monday on."""
    day = MONDAY + timedelta(days=days)
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)


def case(received: datetime, advice: Sequence[dict[str, Any]] = (), **steps: datetime) -> Any:
    """A case as the loop sees it."""
    rows = [{"id": str(uuid4()), "kind": kind, "on": on.date().isoformat(), "details": {}, "corrected": False}
            for kind, on in {"received": received, **steps}.items()]  # fmt: skip

    @dataclass
    class Row:
        record: Any = None
        reference: str = "ERSA-000001"
        coordinator: Any = None
        email: Any = None
        steps: Any = None
        asked: Any = None

    return Row(steps=rows, asked=list(advice))


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (41, 3),
        (39, 3),
        (38, 14),
        (28, 14),
        (27, None),
        (0, None),
        (42, 3),
        (43, reminders.PASSED),
        (90, reminders.PASSED),
    ],
)
def test_a_decision_is_reminded_of_a_fortnight_and_three_days_before_and_once_it_has_passed(
    days: int, stage: int | None
) -> None:
    received = datetime(2026, 6, 1, tzinfo=LONDON)
    found = reminders.dues(case(received, receipt=received), (received + timedelta(days=days)).date(), 3)
    assert {d.deadline.name: d.stage for d in found}["decision"] == stage


def test_a_receipt_is_reminded_of_by_working_days() -> None:
    friday = datetime(2026, 6, 5, tzinfo=LONDON)  # due on Wednesday
    stages = []
    for days in range(6):
        found = reminders.dues(case(friday), (friday + timedelta(days=days)).date(), 3)
        stages.append({d.deadline.name: d.stage for d in found}["receipt"])
    assert stages == [None, None, None, None, 1, 1]


def test_what_is_done_is_reminded_of_no_more() -> None:
    received = datetime(2026, 6, 1, tzinfo=LONDON)
    decided = case(received, receipt=received, assess=received + timedelta(days=30))
    names = {d.deadline.name for d in reminders.dues(decided, (received + timedelta(days=60)).date(), 3)}
    assert names == {"no_plan", "final"}
    closed = case(received, receipt=received, withdrawn=received + timedelta(days=30))
    assert reminders.dues(closed, (received + timedelta(days=200)).date(), 3) == []


@pytest.mark.parametrize(
    ("days", "stage"), [(0, None), (27, None), (28, 14), (38, 14), (39, 3), (42, 3), (43, reminders.PASSED)]
)
def test_advice_is_reminded_of_by_its_own_date_until_it_is_given(days: int, stage: int | None) -> None:
    received = datetime(2026, 6, 1, tzinfo=LONDON)
    asked, due = date(2026, 7, 13), date(2026, 8, 24)
    wanted = {"service": "EP", "on": asked.isoformat(), "due": due.isoformat(), "statutory": True, "given": None}
    given = {**wanted, "service": "SLT", "given": asked.isoformat(), "request": "2"}
    it = case(received, [{**wanted, "request": "1"}, given], receipt=received, assess=received + timedelta(days=42))
    found = [d for d in reminders.dues(it, asked + timedelta(days=days), 3) if d.deadline.name == "advice"]
    assert [(d.deadline.title, d.deadline.due, d.stage) for d in found] == [("Advice from EP", due, stage)]


def test_whoever_co_ordinates_is_told_of_each_advice_that_is_late_and_of_none_that_will_not_come(
    demo_database: TestDatabase, owner: psycopg.Connection[Any]
) -> None:
    found = owner.execute(
        "select q.record, r.reference from portal.advice_request q join portal.record r on r.id = q.record"
        " where q.state = 'asked' and r.status = 'assessing' group by 1, 2 having count(*) > 1 limit 1"
    ).fetchone()
    assert found, "The demo needs a case with advice asked of two services."
    record, reference = found
    before = owner.execute("select id, due from portal.advice_request where record = %s", [record]).fetchall()
    try:
        late = MONDAY - timedelta(days=1)
        owner.execute("update portal.advice_request set due = %s where record = %s", [late, record])
        send(demo_database, at(0))
        told = "".join(body for _, subject, body in letters(owner) if not subject.startswith("Your week"))
        week = next(body for to, _, body in letters(owner, "Your week%") if to.startswith("grace"))
        for service in ("SLT", "EP"):
            assert f"{reference}: Advice from {service}, by" in told
            assert f"{reference}: Advice from {service}, by" in week
        owner.execute("delete from portal.letter; delete from portal.reminder; delete from portal.digest")
        declined = "state = 'declined', reason = 'On leave', ended_at = now()"
        owner.execute(f"update portal.advice_request set {declined} where record = %s".encode(), [record])
        send(demo_database, at(0))
        assert letters(owner)
        assert not [body for _, _, body in letters(owner) if f"{reference}: Advice" in body]
    finally:
        for id_, due in before:
            owner.execute(
                "update portal.advice_request set due = %s, state = 'asked', reason = '', ended_at = null"
                " where id = %s", [due, id_]
            )  # fmt: skip


def test_one_letter_tells_a_co_ordinator_of_everything_and_only_once(
    demo_database: TestDatabase, owner: psycopg.Connection[Any]
) -> None:
    send(demo_database, at(0))
    first = letters(owner, "%dates need%") + letters(owner, "%date has%") + letters(owner, "%date comes%")
    assert first
    recipients = [to for to, _, _ in first]
    assert len(recipients) == len(set(recipients)), "one letter each"
    assert set(recipients) <= {"farah.siddiqui@council.example", "senas@council.example"}
    assert "senas@council.example" in recipients, "cases that nobody co-ordinates yet"
    assert all("days late" in body or "by " in body for _, _, body in first)
    count = len(letters(owner))
    send(demo_database, at(0, 10))
    assert len(letters(owner)) == count


def test_letters_name_no_child(demo_database: TestDatabase, owner: psycopg.Connection[Any]) -> None:
    send(demo_database, at(0))
    names = owner.execute("select first_name, surname from portal.child").fetchall()
    text = " ".join(subject + body for _, subject, body in letters(owner))
    assert "ERSA-" in text
    assert not [name for pair in names for name in pair if f" {name} " in text]


def test_each_week_a_co_ordinator_reads_of_their_cases_and_the_manager_of_all(
    demo_database: TestDatabase, owner: psycopg.Connection[Any]
) -> None:
    send(demo_database, at(0))
    overviews = {to: body for to, _, body in letters(owner, "Your week from%")}
    assert set(overviews) == {"farah.siddiqui@council.example", "grace.mensah@council.example"}
    (whole,) = owner.execute(
        "select count(*) from portal.record where status in"
        " ('submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan')"
    ).fetchone() or (0,)
    (hers,) = owner.execute(
        "select count(*) from portal.record r join portal.person p on p.id = r.coordinator where p.name like 'Farah%'"
        " and status in ('submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan')"
    ).fetchone() or (0,)
    assert f"The service has {whole} open cases." in overviews["grace.mensah@council.example"]
    assert f"You co-ordinate {hers} open cases." in overviews["farah.siddiqui@council.example"]
    assert "no co-ordinator yet" in overviews["grace.mensah@council.example"]
    assert "questions wait" in overviews["farah.siddiqui@council.example"]
    send(demo_database, at(2))
    assert len(letters(owner, "Your week from%")) == 2, "once a week"
    send(demo_database, at(7))
    assert len(letters(owner, "Your week from%")) == 4


def test_nothing_is_sent_at_night_and_no_reminder_at_a_weekend(
    demo_database: TestDatabase, owner: psycopg.Connection[Any]
) -> None:
    send(demo_database, at(0, 6))
    assert letters(owner) == []
    saturday = MONDAY + timedelta(days=5)
    send(demo_database, datetime(saturday.year, saturday.month, saturday.day, 9, tzinfo=LONDON))
    assert {subject.startswith("Your week") for _, subject, _ in letters(owner)} == {True}


def test_two_portals_at_once_send_everything_once(demo_database: TestDatabase, owner: psycopg.Connection[Any]) -> None:
    async def both() -> None:
        async with Database(demo_database.app_url, 2) as one, Database(demo_database.app_url, 2) as two:
            now = at(0)
            await asyncio.gather(reminders.send(one, Settings(), now), reminders.send(two, Settings(), now))

    asyncio.run(both())
    assert len(letters(owner, "Your week from%")) == 2
    assert len({to for to, _, _ in letters(owner)}) <= 3
    told = [line for _, subject, body in letters(owner) if not subject.startswith("Your") for line in body.splitlines()]
    dates = [line for line in told if line.startswith("ERSA-")]
    assert len(dates) == len(set(dates))
