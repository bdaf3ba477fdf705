"""A year of requests that are decided, finished, late or under way: the figures look like those of a council."""

import json
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from migrations.demo.register import upn
from migrations.demo.steps import WHY
from record.case import Step, status_of
from record.clock import add_working_days, is_working_day
from record.conditions import months_ago
from record.names import filed

TOLD = tomllib.loads(Path(__file__).with_name("history.toml").read_text(encoding="utf-8"))
LETTER = {"EP": "appendix_d", "SocialCare": "appendix_e"}  # all others write appendix C
AGES = {"Bramble Hedge Nursery School": (3, 4), "St Oswin's High School": (11, 16), "Northmead College": (16, 19)}
NEEDS = ("ASD", "SLCN", "SEMH", "SPLD", "MLD", "HI")
PLAN = dict.fromkeys(("unit", "resourced", "residential", "work", "budget", "arranged", "direct"), "no")


@dataclass
class Request:
    """One child's request: what happened, as far as it has by now."""

    setting: str
    first_name: str
    surname: str
    sex: str
    received: date
    born: date
    need: str
    steps: list[tuple[str, date, dict[str, str]]] = field(default_factory=list)
    advice: list[tuple[str, date, date | None]] = field(default_factory=list)  # team, asked, given

    @property
    def status(self) -> str:
        return status_of([Step(str(n), kind, on, details=told) for n, (kind, on, told) in enumerate(self.steps)]) or ""


def requests(today: date) -> Iterator[Request]:
    """Each request of the twelve months until today, the same on each day but for the dates."""
    dice = random.Random(2026)  # noqa: S311
    names = list(product(TOLD["first_names"], TOLD["surnames"]))
    dice.shuffle(names)
    for back, count in enumerate(reversed(TOLD["months"])):
        start = months_ago(today.replace(day=1), back)
        for _ in range(count):
            (first, sex), surname = names.pop()
            setting = dice.choices(list(TOLD["settings"]), list(TOLD["settings"].values()))[0]
            received = _working(start + timedelta(days=dice.randrange(28)))
            age = dice.randint(*AGES.get(setting, (5, 10)))
            born = received - timedelta(days=age * 365 + dice.randrange(360))
            made = Request(setting, first, surname, sex, received, born, dice.choice(NEEDS))
            _happen(made, dice, today)
            if made.received < today:
                yield made


def _working(day: date) -> date:
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def _happen(it: Request, dice: random.Random, today: date) -> None:
    """Play the case through, and leave out what is still to come. The dice fall as often however far it has come."""

    def often(name: str) -> bool:
        return dice.randrange(100) < TOLD[name]

    def after(least: int, most: int) -> date:
        return _working(it.received + timedelta(days=dice.randint(least, most)))

    decided = after(43, 60) if often("decided_late") else after(29, 40)
    all_steps: list[tuple[str, date, dict[str, str]]] = [
        ("received", it.received, {}),
        ("receipt", add_working_days(it.received, 4 if dice.randrange(12) == 0 else dice.randint(1, 3)), {}),
    ]
    asked = after(8, 14)
    if decided > it.received + timedelta(days=42) and dice.randrange(2):
        all_steps += [("question", asked, {}), ("answer", decided - timedelta(days=1), {})]
    gone, left = often("withdrawn"), often("moved")
    refused, planless = often("refused"), often("no_plan")
    late = [often("advice_late") for _ in TOLD["services"]]
    finished = after(142, 188) if often("finished_late") else after(118, 138)
    drafted = finished - timedelta(days=dice.randint(20, 30))
    if gone or left:
        way = {"to": dice.choice(("Hillingdon", "Hounslow", "Slough"))} if not gone else {}
        all_steps = [s for s in all_steps if s[0] in ("received", "receipt")]
        all_steps.append(("withdrawn" if gone else "moved", after(12, 34), way))
    elif refused:
        all_steps.append(("not_assess", decided, {}))
    else:
        all_steps.append(("assess", decided, {}))
        for team, slow in zip(TOLD["services"], late, strict=True):
            given = _working(decided + timedelta(days=dice.randint(45, 66) if slow else dice.randint(24, 41)))
            if dice.randrange(100) < TOLD["services"][team] and decided < today:
                it.advice.append((team, decided, given if given < today else None))
        if planless:
            all_steps.append(("no_plan", after(96, 111), {}))
        else:
            place = {"since": finished.isoformat(), "primary": it.need, **PLAN}
            all_steps += [("draft", _working(drafted), {}), ("final", max(finished, _working(drafted)), place)]
    it.steps = [step for step in all_steps if step[1] < today]


def add_history(
    connection: psycopg.Connection[tuple[Any, ...]], places: dict[str, int], people: dict[str, int], today: date
) -> int:
    """Put them into the database, as if the portal had been there; how many.

    ``places`` are by name, ``people`` by user name. What was sent has no paper: that would take a minute to print.
    """
    urns = dict(connection.execute("select name, urn from portal.setting").fetchall())
    numbers = dict(connection.execute("select name, dfe_number from portal.setting").fetchall())
    sencos = dict(connection.execute("select setting, min(person) from portal.membership group by setting").fetchall())
    children, records, sent, steps, advice, answers, looks = [], [], [], [], [], [], []
    made = list(requests(today))
    for serial, it in enumerate(made, 1):
        child, record, where = uuid4(), uuid4(), places[it.setting]
        by = people["leonard" if it.setting.startswith(("St Oswin", "Northmead")) and serial % 5 == 0 else "farah"]
        at = datetime.combine(it.received, time(11, serial % 60), UTC)
        number = upn(numbers[it.setting], it.born.year + 5, 500 + serial)
        children.append((child, where, it.first_name, it.surname, it.born, it.sex, number, f"{serial} Invented Row",
                         filed(it.surname, it.first_name, ""), at - timedelta(days=30), at))  # fmt: skip
        came = it.status
        ours = came != "submitted"
        records.append((record, child, where, came, by if ours else None, sencos[where], at - timedelta(days=12), at,
                        at + timedelta(days=1) if ours else None))  # fmt: skip
        question = ""
        for n, (kind, on, told) in enumerate(it.steps[1:], 1):  # that it was received is noted by what was sent
            id_ = uuid4()
            question = str(id_) if kind == "question" else question
            told = {**told, **({"urn": urns[it.setting]} if kind == "final" else {})}
            told |= {"question": question} if kind == "answer" else {}
            when = datetime.combine(on, time(10, n), UTC)
            author = sencos[where] if kind == "answer" else by
            steps.append((id_, record, where, child, kind, on, author, when, when, _why(kind), json.dumps(told)))
        for team, on, given in it.advice:
            when = datetime.combine(on, time(14), UTC)
            ended = datetime.combine(given, time(15), UTC) if given else None
            advice.append((record, where, child, LETTER.get(team, "appendix_c"), team, by, when,
                           on + timedelta(days=42), "done" if given else "asked", ended))  # fmt: skip
        said = {"reason": TOLD["reason"], "ethnicity": "WBRI" if serial % 3 else "AIND", "primary_need": it.need}
        answers += [(name, text, sencos[where], record) for name, text in said.items()]
        sent.append((record, where, child, sencos[where], at, json.dumps({"answers": said, "lists": {}})))
        if ours:
            looks.append((by, record, at + timedelta(days=1)))
    with connection.cursor() as cursor:
        for statement, rows in (
            (_CHILD, children), (_RECORD, records), (_SENT, sent), (_STEP, steps), (_ADVICE, advice),
            (_ANSWER, answers),
            ("insert into portal.look (person, record, at) values (%s, %s, %s)", looks),
        ):  # fmt: skip
            cursor.executemany(statement.encode(), rows)
    return len(made)


def _why(kind: str) -> str:
    return {"question": TOLD["question"], "answer": TOLD["answer"]}.get(kind, WHY.get(kind, ""))


_CHILD = """insert into portal.child (id, setting, first_name, surname, dob, sex, upn, address_line1, postcode, search,
                                      demo, added_at, changed_at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, 'W5 2HL', %s, true, %s, %s)"""
_RECORD = """insert into portal.record (id, child, setting, form, status, coordinator, started_by, started_at,
                                        received_at, acknowledged_at)
             values (%s, %s, %s, 'VNOV22', %s, %s, %s, %s, %s, %s)"""
_SENT = """insert into portal.submission (record, setting, child, form, submitted_by, received_at, answers)
           values (%s, %s, %s, 'VNOV22', %s, %s, %s)"""
_STEP = """insert into portal.step (id, record, setting, child, kind, happened_on, author, at, place, reason, details)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_ADVICE = """insert into portal.advice_request (record, setting, child, list, team, asked_by, asked_at, due, state,
                                                ended_at, statutory)
             values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, true)"""
_ANSWER = """insert into portal.answer (entry, field, record, setting, child, value, author, saved_at)
             select e.id, %s, e.record, e.setting, e.child, %s, %s, r.started_at
             from portal.entry e join portal.record r on r.id = e.record where e.record = %s and e.list = 'ersa'"""
