"""The forms of the steps SENAS takes: which controls each has, and what was typed in them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from record.advice import Asked
from record.case import LEADS, OTHER, OVERTURNED_BY, OVERTURNS, REFUSED, Step
from record.clock import SETS, SINCE, again, say, today
from record.kinds import say_date
from routes import case_excuse, case_plan
from routes.case_controls import Control, Read, day, long_text, options
from routes.reading import Form, number

RECORDED = (*LEADS, "coordinator", "question", "exception", "review", "amended", "placement", "appeal")
CORRECTED = (*LEADS, "review", "amended", "placement", "appeal")  # all others are taken back and recorded anew
NEEDS_REASON = ("assess", "not_assess", "no_plan", "make_plan", "withdrawn", "ceased", "question", "exception")
DAYS = {
    "receipt": "Receipt was confirmed on",
    "panel": "It went to the panel on",
    "assess": "The family was told on",
    "not_assess": "The family was told on",
    "no_plan": "The family was told on",
    "make_plan": "The family was told on",
    "draft": "The draft plan was sent on",
    "final": "The final plan was sent on",
    "withdrawn": "The request was withdrawn on",
    "moved": "The child moved on",
    "ceased": "The plan ended on",
    "review": "The family was told of the decision on",
    "amended": "The amended plan was sent on",
    "appeal": "The mediation was held, or the appeal made, on",
}
REASONS = {
    "assess": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "not_assess": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "no_plan": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "make_plan": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "withdrawn": ("Who asked for it, and why", "The child’s setting and advisers can read this."),
    "ceased": ("Why it ended", "The child’s setting and advisers can read this."),
    "question": (
        "Question to the setting",
        "The SENCO gets an email and answers on the record. The time limits run on meanwhile.",
    ),
    "exception": ("What has happened", "The child’s setting can read this. Write no more than is needed."),
    "appeal": ("Note", "You may leave this empty. The child’s setting can read it, advisers cannot."),
}
ORDERED = (
    "The day of the tribunal’s order or of the mediation agreement, or on which the tribunal was told that the council "
    "does not oppose. From it the time limits are counted anew. Not where the council looked at it again by itself."
)
OTHERS = "If it sets other dates than the law"
OTHERS_HINT = "Leave these empty where the order or agreement says nothing about them: then the law’s weeks count."
OVERTURNED = "Say what overturned the decision before. That decision stays on the record."
NO_REASON = ("Note", "You may leave this empty. The child’s setting can read it.")


def words(
    kind: str,
    status: str,
    steps: Sequence[Step],
    people: Sequence[Any] = (),
    me: int = 0,
    place: str = "",
    asked: Sequence[Asked] = (),
) -> list[Control]:
    """The controls of a step's form. ``place`` is the child's present setting with its URN, ``asked`` the advice."""
    found: list[Control] = []
    if kind in DAYS:
        found.append(Control("on", DAYS[kind], "For example, 27 3 2026", width=10))
    if kind == "coordinator":
        whom = tuple((str(p.id), f"{p.name}{' (you)' if p.id == me else ''}, {p.job_title or 'SENAS'}") for p in people)
        found.append(Control("whom", "Co-ordinator", options=whom))
    if OVERTURNS.get(kind) == status:
        found.append(Control("overturned", "What overturned the decision before", options=options(OVERTURNED_BY)))
        found.append(Control("ordered", "When", ORDERED, width=10))
        limits = again("tribunal", REFUSED[status])
        for name, rule in limits.items():
            heading, hint = (OTHERS, OTHERS_HINT) if name == next(iter(limits)) else ("", "")
            found.append(Control(OTHER + name, f"{rule.title} by", hint, width=10, heading=heading))
    if kind == "moved":
        found.append(Control("to", "To which council", "For example, Hillingdon"))
    found += case_plan.controls(kind, steps, place)
    if kind == "exception":
        found += case_excuse.controls(steps, asked)
    label, hint = REASONS.get(kind, NO_REASON)
    found.append(Control("reason", label, hint, rows=6 if kind in NEEDS_REASON else 3))
    return found


def start(kind: str, now: date, me: int, steps: Sequence[Step] = (), answers: Mapping[str, str] = {}) -> dict[str, str]:
    """What a form holds at first."""
    whom = str(me) if kind == "coordinator" else ""
    return {"on": say_date(now), "whom": whom, **case_plan.start(kind, steps, answers)}


def read(kind: str, status: str, typed: Form, steps: Sequence[Step], asked: Sequence[Asked] = ()) -> Read:
    """What a person typed in the form of a step."""
    it = Read(on=today())
    if kind in DAYS:
        it.on, why = day(str(typed.get("on", "")))
        if why:
            it.refused["on"] = why
    if kind == "coordinator":
        chosen = number(str(typed.get("whom", "")))
        if chosen is None:
            it.refused["whom"] = "Choose somebody of SENAS."
        else:
            it.whom = chosen
    if OVERTURNS.get(kind) == status:
        by = str(typed.get("overturned", ""))
        it.choice(typed, "overturned", OVERTURNED_BY, OVERTURNED)
        if by in SINCE:  # of what the council did by itself there is no such day
            ordered = it.day(typed, "ordered", needed=True)
            for name in again(by, REFUSED[status]):
                _read_other(it, typed, OTHER + name, by, ordered)
    if kind == "moved":
        it.line(typed, "to", "Name the council.")
    case_plan.read(it, kind, typed, steps)
    if kind == "exception":
        case_excuse.read(it, typed, steps, asked)
    needed = "Write the question." if kind == "question" else "Give the reasons."
    it.reason, why = long_text(str(typed.get("reason", "")), needed if kind in NEEDS_REASON else "")
    if why:
        it.refused["reason"] = why
    return it


def _read_other(it: Read, typed: Form, name: str, by: str, ordered: date | None) -> None:
    found = it.day(typed, name)
    if found is None:
        return
    if by not in SETS:
        it.refused[name] = "Only the tribunal’s order or a mediation agreement sets another date."
    elif ordered and found <= ordered:
        it.refused[name] = f"This is not after {say(ordered)}, the day of the order or agreement."
