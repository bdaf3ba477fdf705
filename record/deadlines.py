"""The dates of one case: each with how it comes about, what excuses from it, and whether it was kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from record import clock
from record.advice import Asked
from record.case import OPEN, Step, standing, status_of
from record.clock import Rule, say
from record.excuse import Excuse


@dataclass(frozen=True)
class Deadline:
    """A date somebody has to keep. ``how`` derives it; ``due`` is later than ``limit`` only by an exception.

    ``state`` is 'open', 'late', 'met', 'missed' (done, but late) or 'over' (it asks for nothing any more); of the
    family's own days 'running' or 'ended'.
    """

    name: str
    title: str
    law: str
    limit: date
    due: date
    how: str
    state: str
    done: date | None = None
    excuses: tuple[Excuse, ...] = ()
    request: str = ""  # which, of advice


def deadlines(steps: Sequence[Step], today: date, receipt_days: int = 3, asked: Sequence[Asked] = ()) -> list[Deadline]:
    """Every date that follows from the steps and from the advice that was ``asked`` for, in their order."""
    live = standing(steps)
    received = next((step.on for step in live if step.kind == "received"), None)
    if received is None:
        return []
    last = {step.kind: step.on for step in live}
    at = status_of(steps) or "submitted"
    excuses = [Excuse.of(step.details) for step in live if step.kind == "exception"]
    receipt = Rule(clock.RECEIPT.title, "received", receipt_days, "working", clock.RECEIPT.law)
    decided = [step.on for step in live if step.kind in ("assess", "not_assess")]
    planned = [last[kind] for kind in ("draft", "final") if kind in last]
    closed = at in ("withdrawn", "moved_out", "not_assess")
    found = [
        _deadline("receipt", receipt, received, last.get("receipt"), closed, excuses, today),
        _deadline("decision", clock.DECISION, received, min(decided, default=None), closed, excuses, today),
    ]
    if "assess" in last or not closed:
        found += [_advice(it, at not in OPEN, excuses, today) for it in asked]
        over = at in ("withdrawn", "moved_out", "not_assess")
        no_plan = min((step.on for step in live if step.kind == "no_plan"), default=None)
        found.append(_deadline("no_plan", clock.NO_PLAN, received, no_plan, over or bool(planned), excuses, today))
        if "draft" in last:
            found.append(_comments(last["draft"], at == "draft_plan", today))
        final = min((step.on for step in live if step.kind == "final"), default=None)
        found.append(_deadline("final", clock.FINAL, received, final, over or at == "not_issue", excuses, today))
    return found


def _comments(served: date, waiting: bool, today: date) -> Deadline:
    """The family's own days: nothing of SENAS's is late when they have passed."""
    rule = clock.COMMENTS
    due = rule.due(served)
    state = "running" if waiting and today <= due else "ended"
    return Deadline("comments", rule.title, rule.law, due, due, rule.derive(served), state)


def _advice(it: Asked, over: bool, excuses: Iterable[Excuse], today: date) -> Deadline:
    title = f"{clock.ADVICE.title} from {it.service}"
    state = _state(it.given, it.due, over, today)
    mine = it.excused_by(excuses)
    return Deadline("advice", title, it.law, it.limit, it.due, it.how(mine), state, it.given, mine, it.request)


def _state(done: date | None, due: date, over: bool, today: date) -> str:
    if done:
        return "met" if done <= due else "missed"
    return "over" if over else "late" if today > due else "open"


def _deadline(
    name: str, rule: Rule, start: date, done: date | None, over: bool, excuses: Iterable[Excuse], today: date
) -> Deadline:
    limit = rule.due(start)
    mine = tuple(excuse for excuse in excuses if rule.exception and excuse.regulation == rule.exception)
    due = max([limit, *(excuse.instead for excuse in mine)])
    how = rule.derive(start)
    if due > limit:
        how += f"; by exception ({'; '.join(e.words() for e in mine)}) until {say(due)}"
    return Deadline(name, rule.title, rule.law, limit, due, how, _state(done, due, over, today), done, mine)


def next_due(found: Iterable[Deadline]) -> Deadline | None:
    """The deadline that is next, or longest past; None where nothing is asked for."""
    return min((d for d in found if d.state in ("open", "late")), key=lambda d: d.due, default=None)
