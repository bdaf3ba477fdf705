"""A case after its submission: the steps SENAS takes, and the order they can be taken in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from record.clock import say
from record.status import STATUS

# What is offered, in this order: what it is called, and what has happened when it is done.
KINDS = {
    "received": ("Receive the request", "The request was received"),
    "receipt": ("Confirm receipt", "SENAS confirmed that it has the request"),
    "coordinator": ("Allocate a co-ordinator", "A co-ordinator was allocated"),
    "question": ("Ask for more information", "SENAS asked a question"),
    "answer": ("Answer a question", "A question was answered"),
    "panel": ("Record that the panel has it", "The request went to the panel"),
    "assess": ("Decide to assess", "SENAS decided to assess"),
    "not_assess": ("Decide not to assess", "SENAS decided not to assess"),
    "draft": ("Record the draft plan", "The draft plan was sent to the family"),
    "no_plan": ("Decide that there will be no plan", "SENAS decided that there will be no plan"),
    "final": ("Record the final plan", "The final plan was sent"),
    "withdrawn": ("Record a withdrawal", "The request was withdrawn"),
    "moved": ("Record a move to another council", "The child moved to another council’s area"),
    "ceased": ("Record that the plan has ended", "The plan has ended"),
    "exception": ("Record an exception", "An exception to a time limit was recorded"),
    "void": ("Take a step back", "A step was taken back: it was recorded by mistake"),
}
BESIDE = ("received", "coordinator", "question", "answer", "exception")  # these leave a request where it is
OPEN = ("submitted", "acknowledged", "deciding", "assessing", "draft_plan")
# From where each step can be taken, and where it leads. The database knows the same.
LEADS: Mapping[str, Mapping[str, str]] = {
    "receipt": {"submitted": "acknowledged"},
    "panel": {"acknowledged": "deciding", "deciding": "deciding"},
    "assess": {"acknowledged": "assessing", "deciding": "assessing", "not_assess": "assessing"},
    "not_assess": {"acknowledged": "not_assess", "deciding": "not_assess"},
    "no_plan": {"assessing": "not_issue", "draft_plan": "not_issue"},
    "draft": {"assessing": "draft_plan", "draft_plan": "draft_plan", "not_issue": "draft_plan"},
    "final": {"draft_plan": "final_plan"},
    "ceased": {"final_plan": "ceased"},
    "withdrawn": dict.fromkeys(OPEN, "withdrawn"),
    "moved": dict.fromkeys((*OPEN, "final_plan"), "moved_out"),
}
OVERTURNS = {"assess": "not_assess", "draft": "not_issue"}  # what such a step overturns, at which status
OVERTURNED_BY = {
    "council": "The council looked at it again",
    "mediation": "Mediation",
    "tribunal": "The tribunal",
}
WHAT_FIRST = {
    "panel": "Confirm receipt first.",
    "assess": "Confirm receipt first: a decision follows it.",
    "not_assess": "Confirm receipt first: a decision follows it.",
    "no_plan": "First record the decision to assess.",
    "draft": "First record the decision to assess.",
    "final": "First record when the draft plan was sent to the family.",
    "ceased": "Only a final plan can end.",
}


@dataclass(frozen=True)
class Step:
    """One act on a case. ``corrects`` is the step it stands in for; ``corrected`` says another stands in for this."""

    id: str
    kind: str
    on: date
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    author: str = ""
    corrects: str = ""
    corrected: bool = False


def standing(steps: Iterable[Step]) -> list[Step]:
    """The steps that count: neither corrected nor taken back."""
    return [step for step in steps if not step.corrected and step.kind != "void"]


def status_of(steps: Iterable[Step]) -> str | None:
    """Where the steps lead, taken in their order; None where they are in no possible order."""
    at, day = "submitted", date.min
    for step in standing(steps):
        if step.kind in BESIDE:
            continue
        after = LEADS[step.kind].get(at)
        if after is None or step.on < day:
            return None
        at, day = after, step.on
    return at


def offered(status: str) -> list[str]:
    """The kinds of step SENAS can take of a request at that status."""
    if status == "draft":
        return []
    beside = ("coordinator", "exception", "question") if status in OPEN else ("coordinator", "exception")
    return [kind for kind in KINDS if kind in beside or status in LEADS.get(kind, {})]


def refusal(kind: str, on: date, steps: Sequence[Step], today: date) -> str:
    """Why a step cannot be taken on that day, as a sentence; empty when it can."""
    received = next((step.on for step in steps if step.kind == "received"), date.min)
    if on > today:
        return f"{say(on)} is in the future. Record it on the day it happens."
    if on < received:
        return f"{say(on)} is before the request was received, {say(received)}."
    at = status_of(steps) or "submitted"
    if kind == "question" and at not in OPEN:
        return f"This request is “{STATUS[at]}”, so nothing more is asked about it."
    if kind in BESIDE:
        return ""
    if at not in LEADS[kind]:
        first = WHAT_FIRST.get(kind, "") if at in OPEN else ""
        return first or f"This request is “{STATUS[at]}”, so this step cannot be taken."
    before = [step for step in standing(steps) if step.kind not in BESIDE]
    if before and on < before[-1].on:
        last = before[-1]
        return f"{say(on)} is before the step it follows: {KINDS[last.kind][1].lower()} on {say(last.on)}."
    return ""


def correction_refusal(wrong: Step, on: date | None, steps: Sequence[Step], today: date) -> str:
    """Why a step cannot be moved to that day, or taken back where there is none; empty when it can."""
    if wrong.corrected or wrong.kind in ("void", "received"):
        return "This step cannot be corrected."
    received = next((step.on for step in steps if step.kind == "received"), date.min)
    if on and on > today:
        return f"{say(on)} is in the future."
    if on and on < received:
        return f"{say(on)} is before the request was received, {say(received)}."
    instead = [Step(wrong.id, wrong.kind, on, details=wrong.details)] if on else []
    changed = [s for step in steps for s in (instead if step.id == wrong.id else [step])]
    if status_of(changed) is not None:
        return ""
    if on is None:
        return "Later steps stand on this one. Take them back first, the latest first."
    return f"With {say(on)} the steps would not be in the order they happened. Correct the others first."
