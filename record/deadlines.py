"""The dates of one case: each with how it comes about, what excuses from it, and whether it was kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from record import clock
from record.advice import Asked
from record.case import OPEN, OVERTURNS, REFUSED, Step, ordered_on, other_dates, standing, status_of
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


@dataclass(frozen=True)
class Period:
    """What somebody has time for, from when, and the step since which it runs."""

    rule: Rule
    start: date
    since: Step

    @property
    def limit(self) -> date:
        """Its last day, without any exception."""
        return self.rule.due(self.start)


def periods(steps: Iterable[Step]) -> dict[str, Period]:
    """The law's periods of a case by name, as they run now; none before it was received.

    A decision that was overturned is followed by new ones (`clock.again`), which take the place of those from receipt.
    """
    rules = {"decision": clock.DECISION, "no_plan": clock.NO_PLAN, "final": clock.FINAL}
    found: dict[str, Period] = {}
    for step in standing(steps):
        if step.kind == "received":
            found |= {name: Period(rule, step.on, step) for name, rule in rules.items()}
        elif ordered := ordered_on(step):
            others = {name: (day - ordered).days for name, day in other_dates(step).items()}
            anew = clock.again(step.details["overturned"], REFUSED[OVERTURNS[step.kind]], others)
            found |= {name: Period(rule, ordered, step) for name, rule in anew.items()}
    return found


def deadlines(steps: Sequence[Step], today: date, receipt_days: int = 3, asked: Sequence[Asked] = ()) -> list[Deadline]:
    """Every date that follows from the steps and from the advice that was ``asked`` for, in their order."""
    law, live = periods(steps), standing(steps)
    if not law:
        return []
    at = status_of(steps) or "submitted"
    excuses = [Excuse.of(step.details) for step in live if step.kind == "exception"]
    received = law["decision"]
    receipt = Rule(clock.RECEIPT.title, "received", receipt_days, "working", clock.RECEIPT.law)
    closed = at in ("withdrawn", "moved_out", "not_assess")
    kinds = {step.kind for step in live}

    def dated(name: str, period: Period, done: date | None, over: bool = False) -> Deadline:
        return _deadline(name, period, done, closed or over, excuses, today)

    found = [
        dated("receipt", Period(receipt, received.start, received.since), _first(live, "receipt")),
        dated("decision", received, _first(live, "assess", "not_assess")),
    ]
    if closed and "assess" not in kinds:
        return found
    if told := law.get("told"):
        found.append(dated("told", told, told.since.on))
    found += [_advice(it, at not in OPEN, excuses, today) for it in asked]
    found.append(dated("no_plan", law["no_plan"], _first(live, "no_plan"), bool(kinds & {"draft", "final"})))
    if draft := law.get("draft"):
        sent = _first(live[live.index(draft.since) :], "draft")
        found.append(dated("draft", draft, sent, at == "not_issue"))
    if served := [step.on for step in live if step.kind == "draft"]:
        found.append(_comments(served[-1], at == "draft_plan", today))
    found.append(dated("final", law["final"], _first(live, "final"), at == "not_issue"))
    return found


def _first(steps: Iterable[Step], *kinds: str) -> date | None:
    """The day of the first of these: what was decided later does not make it earlier or later."""
    return min((step.on for step in steps if step.kind in kinds), default=None)


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
    name: str, period: Period, done: date | None, over: bool, excuses: Iterable[Excuse], today: date
) -> Deadline:
    rule, limit = period.rule, period.limit
    mine = tuple(it for it in excuses if it.excuses(rule.exception, name) and it.until >= period.start)
    due = max([limit, *(excuse.instead for excuse in mine)])
    how = rule.derive(period.start)
    if due > limit:
        how += f"; by exception ({'; '.join(e.words() for e in mine)}) until {say(due)}"
    return Deadline(name, rule.title, rule.law, limit, due, how, _state(done, due, over, today), done, mine)


def next_due(found: Iterable[Deadline]) -> Deadline | None:
    """The deadline that is next, or longest past; None where nothing is asked for."""
    return min((d for d in found if d.state in ("open", "late")), key=lambda d: d.due, default=None)
