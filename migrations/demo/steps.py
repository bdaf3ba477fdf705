"""What SENAS has done about the demo's requests, as far as each request's status says."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from migrations.demo.days import day_of
from migrations.demo.records import Record
from record.clock import LONDON

PLANS = Path(__file__).with_name("plans.toml")
DAYS = ("since", "meeting", "draft", "phase_due")  # of what a plan says

# The way to each status, with the days after receipt that each step takes: from the least to the most.
WAY: dict[str, tuple[tuple[str, int, int], ...]] = {
    "acknowledged": (),
    "deciding": (("panel", 20, 30),),
    "not_assess": (("panel", 26, 33), ("not_assess", 36, 42)),
    "assessing": (("panel", 26, 33), ("assess", 36, 45)),
    "not_issue": (("panel", 26, 33), ("assess", 36, 42), ("no_plan", 100, 114)),
    "draft_plan": (("panel", 26, 33), ("assess", 36, 42), ("draft", 98, 110)),
    "final_plan": (("panel", 26, 33), ("assess", 36, 42), ("draft", 98, 110), ("final", 128, 145)),
    "ceased": (("panel", 26, 33), ("assess", 36, 42), ("draft", 98, 110), ("final", 128, 140), ("ceased", 560, 590)),
    "withdrawn": (("withdrawn", 12, 18),),
    "moved_out": (("moved", 24, 32),),
}
WHY = {
    "panel": "",
    "assess": "What was tried so far has not been enough, and the reasons are not understood well enough yet.",
    "not_assess": "The panel found that the setting can meet the needs from its own means, with the plan it has made.",
    "no_plan": "The assessment found that what is needed can be given without a plan. The setting has the advice.",
    "draft": "",
    "final": "",
    "ceased": "The plan has ended: what it was to bring about has been reached.",
    "withdrawn": "The family and the setting asked for the request to be withdrawn. They may make it again.",
    "moved": "The family has moved out of the area. The records went to the new council with their agreement.",
}
QUESTION = "Has the hearing test taken place by now? If so, what did it find?"
ANSWER = "Yes, in the clinic at half-term. No loss was found; the letter has been asked for."


def add_steps(
    connection: psycopg.Connection[tuple[Any, ...]],
    records: list[Record],
    people: dict[str, int],
    numbers: dict[str, tuple[UUID, str]],
    today: date,
) -> None:
    """A row for every step behind a record's status; receipt of the request itself is noted by its submission."""
    asked = 0
    plans = tomllib.loads(PLANS.read_text(encoding="utf-8"))
    for record in records:
        if record.received_at is None or record.acknowledged_at is None:
            continue
        by = people[record.coordinator or "farah"]
        id_ = numbers[record.child.name][0]
        for n, (kind, day, reason) in enumerate(_steps(record, record.received_at, record.acknowledged_at, today)):
            at = datetime.combine(day, time(10, n), LONDON) if kind != "receipt" else record.acknowledged_at
            details: dict[str, Any] = {"person": by} if kind == "coordinator" else {}
            details |= _dated(plans["said"].get(record.child.name, {}).get(kind, {}), record, today)
            reason = plans["why"].get(record.child.name, {}).get(kind, reason)
            _add(connection, id_, kind, day, by, at, reason, details)
        for n, told in enumerate(it for it in plans["beside"] if it["child"] == record.child.name):
            day = day_of(told["on"], today, record.child.year)
            said = {name: text for name, text in told.items() if name not in ("child", "kind", "on", "reason")}
            at = datetime.combine(day, time(11, n), LONDON)
            reason = told.get("reason", "")
            _add(connection, id_, told["kind"], day, by, at, reason, _dated(said, record, today))
        # whoever confirmed receipt read the record then: what has come since is new to them
        connection.execute(
            "insert into portal.look (person, record, at) values (%s, %s, %s)",
            [by, id_, record.acknowledged_at + timedelta(minutes=10)],
        )
        if record.status == "deciding":
            asked += 1
            when = min(record.acknowledged_at + timedelta(days=2), datetime.now(UTC) - timedelta(hours=2))
            question = _add(connection, id_, "question", when.astimezone(LONDON).date(), by, when, QUESTION, {})
            if asked % 2 == 0:
                later = min(when + timedelta(days=1), datetime.now(UTC) - timedelta(hours=1))
                answerer = people[record.submitted_by]
                day = later.astimezone(LONDON).date()
                _add(connection, id_, "answer", day, answerer, later, ANSWER, {"question": str(question)})


def _dated(said: Mapping[str, str], record: Record, today: date) -> dict[str, Any]:
    """What a plan says, with its days as they are kept."""
    return {
        name: day_of(text, today, record.child.year).isoformat() if name in DAYS else text
        for name, text in said.items()
    }


def _steps(
    record: Record, received_at: datetime, acknowledged_at: datetime, today: date
) -> Iterator[tuple[str, date, str]]:
    received = received_at.astimezone(LONDON).date()
    last = acknowledged_at.astimezone(LONDON).date()
    yield "receipt", last, ""
    if record.coordinator:
        yield "coordinator", last, ""
    pace = sum(map(ord, record.child.name))
    for kind, least, most in WAY[record.status]:
        last = max(last, min(received + timedelta(days=least + pace % (most - least + 1)), today - timedelta(days=1)))
        yield kind, last, WHY[kind]


def _add(
    connection: psycopg.Connection[tuple[Any, ...]],
    record: UUID,
    kind: str,
    day: date,
    author: int,
    at: datetime,
    reason: str,
    details: dict[str, Any],
) -> Any:
    row = connection.execute(
        """insert into portal.step (record, setting, child, kind, happened_on, author, at, place, reason, details)
           select r.id, r.setting, r.child, %s, %s, %s, %s, %s, %s, %s from portal.record r where r.id = %s
           returning id""",
        [kind, day, author, at, at, reason, json.dumps(details), record],
    ).fetchone()
    return row[0] if row else None
