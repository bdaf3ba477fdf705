"""Reminds co-ordinators of dates before they pass, and gives people of SENAS an overview each week; by mail."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from record.advice import Asked
from record.case import Step
from record.clock import LONDON, add_working_days, is_working_day
from record.deadlines import Deadline, deadlines
from routes.loop import LOOP, MORNING, TEN_MINUTES, Chore, every
from sql import Database, Queries
from views import letter
from views.words import day

# How many days before each date somebody is reminded; once it has passed they are told once more.
BEFORE = {
    "receipt": (1,),
    "decision": (14, 3),
    "advice": (14, 3),
    "no_plan": (14, 3),
    "draft": (14, 3),
    "final": (28, 7),
}
PASSED = -1
SOON = 14  # days: what a week's overview looks ahead


@dataclass(frozen=True)
class Due:
    """A date of one case that is still to be kept, and how many days are left; fewer than none once it has passed."""

    case: Any
    deadline: Deadline
    left: int

    @property
    def stage(self) -> int | None:
        """Which reminder is due: so many days before, PASSED, or None."""
        if self.left < 0:
            return PASSED
        return min((days for days in BEFORE.get(self.deadline.name, ()) if self.left <= days), default=None)

    def words(self, base_url: str) -> dict[str, Any]:
        """As the letters say it: by the reference, never a name."""
        return {
            "reference": self.case.reference,
            "title": self.deadline.title,
            "due": day(self.deadline.due),
            "left": self.left,
            "link": f"{base_url}/records/{self.case.record}/review",
        }


def chore(db: Database, settings: Any) -> Chore:
    """What the loop does at each round: nothing until the time has come."""
    return every(TEN_MINUTES, lambda: send(db, settings, datetime.now(LONDON)))


async def send(db: Database, settings: Any, now: datetime) -> None:
    """Everything that is to be sent by ``now``, England's time, and was not sent before."""
    if now.hour < MORNING:
        return
    today = now.date()
    async with db.writing(LOOP) as q:
        cases = await q.reminder.cases()
        waiting = [due for case in cases for due in dues(case, today, settings.receipt_days)]
        if is_working_day(today):
            await _remind(q, settings, waiting)
        await _overviews(q, settings, cases, waiting, today - timedelta(days=today.weekday()))


def dues(case: Any, today: date, receipt_days: int) -> list[Due]:
    """The dates of a case that are still to be kept."""
    found = deadlines(as_steps(case.steps), today, receipt_days, as_asked(case.asked))
    return [Due(case, d, left(d, today)) for d in found if d.state in ("open", "late")]


def left(deadline: Deadline, today: date) -> int:
    """How many days are left; of a receipt how many working days, since that is how it is promised."""
    if deadline.name == "receipt" and deadline.due >= today:
        return next(n for n in range(400) if add_working_days(today, n) >= deadline.due)
    return (deadline.due - today).days


def as_steps(rows: list[dict[str, Any]]) -> list[Step]:
    """The steps of sql/reminder.sql as the record's rules read them."""
    return [
        Step(r["id"], r["kind"], date.fromisoformat(r["on"]), details=r["details"], corrected=r["corrected"])
        for r in rows or ()
    ]


def as_asked(rows: list[dict[str, Any]]) -> list[Asked]:
    """The advice asked for, in the same way."""
    day_of = date.fromisoformat
    return [
        Asked(
            r["service"],
            day_of(r["on"]),
            day_of(r["due"]),
            r["statutory"],
            r["given"] and day_of(r["given"]),
            r["request"],
        )
        for r in rows or ()
    ]


async def _remind(q: Queries, settings: Any, waiting: list[Due]) -> None:
    """One letter to each recipient, about all that they have not been told; the unallocated goes to SENAS's address."""
    told: dict[str, list[Due]] = {}
    for due in waiting:
        stage, name = due.stage, f"{due.deadline.name} {due.deadline.request}".strip()
        if stage is not None and await q.reminder.once(
            record=due.case.record, deadline=name, due=due.deadline.due, stage=stage
        ):
            told.setdefault(due.case.email or settings.ersa_email, []).append(due)
    for recipient, theirs in told.items():
        lines = [due.words(settings.base_url) for due in sorted(theirs, key=lambda due: due.deadline.due)]
        subject, body = letter("case_reminder", lines=lines)
        await q.letter.add(recipient=recipient, subject=subject, body=body)


async def _overviews(q: Queries, settings: Any, cases: list[Any], waiting: list[Due], week: date) -> None:
    """A co-ordinator's own cases, and for a manager the whole service's; who has no open case gets no letter."""
    for reader in await q.reminder.readers(week=week):
        if not await q.reminder.weekly(person=reader.person, week=week):
            continue
        whole = reader.role == "manager"
        mine = {case.record for case in cases if whole or case.coordinator == reader.person}
        if not mine:
            continue
        theirs = sorted((due for due in waiting if due.case.record in mine), key=lambda due: due.deadline.due)
        subject, body = letter(
            "case_overview",
            name=reader.name,
            whole=whole,
            week=day(week),
            count=len(mine),
            unallocated=sum(case.coordinator is None for case in cases) if whole else 0,
            questions=sum(unanswered(case) for case in cases if case.record in mine),
            late=[due.words(settings.base_url) for due in theirs if due.left < 0],
            soon=[due.words(settings.base_url) for due in theirs if 0 <= due.left <= SOON],
            link=f"{settings.base_url}/gateway",
        )
        await q.letter.add(recipient=reader.email, subject=subject, body=body)


def unanswered(case: Any) -> int:
    """How many questions of a case wait for the setting."""
    steps = [step for step in as_steps(case.steps) if not step.corrected]
    answered = {step.details.get("question") for step in steps if step.kind == "answer"}
    return sum(step.kind == "question" and step.id not in answered for step in steps)
