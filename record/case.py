"""A case after its submission: the steps SENAS takes, and the order they can be taken in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from record.clock import SETS, say
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
    "make_plan": ("Record that there will be a plan after all", "There will be a plan after all"),
    "final": ("Record the final plan", "The final plan was sent"),
    "review": ("Record an annual review", "The plan was reviewed"),
    "amended": ("Record an amended plan", "An amended plan was sent"),
    "placement": ("Record where the child goes", "A placement was recorded"),
    "withdrawn": ("Record a withdrawal", "The request was withdrawn"),
    "moved": ("Record a move to another council", "The child moved to another council’s area"),
    "ceased": ("Record that the plan has ended", "The plan has ended"),
    "appeal": ("Record mediation or an appeal", "Mediation or an appeal was recorded"),
    "exception": ("Record an exception", "An exception to a time limit was recorded"),
    "void": ("Take a step back", "A step was taken back: it was recorded by mistake"),
}
OPEN = ("submitted", "acknowledged", "deciding", "assessing", "draft_plan")
_SENT = tuple(code for code in STATUS if code != "draft")
# These leave a request where it is; at which status each can be taken. The database knows the same.
BESIDE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("received", "coordinator", "question", "answer", "exception"), _SENT),
    "appeal": ("not_assess", "assessing", "not_issue", "draft_plan", "final_plan", "ceased"),
    **dict.fromkeys(("review", "amended", "placement"), ("final_plan",)),
}
OF_A_PLAN = ("review", "amended")  # follow the day the plan was sent
# From where each step can be taken, and where it leads. The database knows the same.
LEADS: Mapping[str, Mapping[str, str]] = {
    "receipt": {"submitted": "acknowledged"},
    "panel": {"acknowledged": "deciding", "deciding": "deciding"},
    "assess": {"acknowledged": "assessing", "deciding": "assessing", "not_assess": "assessing"},
    "not_assess": {"acknowledged": "not_assess", "deciding": "not_assess"},
    "no_plan": {"assessing": "not_issue", "draft_plan": "not_issue"},
    "make_plan": {"not_issue": "assessing"},
    "draft": {"assessing": "draft_plan", "draft_plan": "draft_plan", "not_issue": "draft_plan"},
    "final": {"draft_plan": "final_plan"},
    "ceased": {"final_plan": "ceased"},
    "withdrawn": dict.fromkeys(OPEN, "withdrawn"),
    "moved": dict.fromkeys((*OPEN, "final_plan"), "moved_out"),
}
# At which status such a step overturns a decision, and which.
OVERTURNS = {"assess": "not_assess", "make_plan": "not_issue", "draft": "not_issue"}
REFUSED = {"not_assess": "not_assess", "not_issue": "no_plan"}
OVERTURNED_BY = {
    "council": "The council looked at it again",
    "mediation": "Mediation",
    "unopposed": "An appeal that the council did not oppose",
    "tribunal": "The tribunal",
}
OTHER = "set_"  # before the name of a limit, the detail in which a step keeps another date for it
# What can be appealed against, and of which step it speaks.
ABOUT = {
    "not_assess": ("The decision not to assess", "not_assess"),
    "no_plan": ("The decision that there will be no plan", "no_plan"),
    "plan": ("What the plan says, or which setting it names", "final"),
}
WHAT_FIRST = {
    "appeal": "There is no decision yet that mediation or an appeal could be about.",
    "review": "First record the final plan.",
    "amended": "First record the final plan.",
    "placement": "First record the final plan.",
    "panel": "Confirm receipt first.",
    "assess": "Confirm receipt first: a decision follows it.",
    "not_assess": "Confirm receipt first: a decision follows it.",
    "no_plan": "First record the decision to assess.",
    "make_plan": "There is no decision against a plan that could be overturned.",
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
            if at not in BESIDE[step.kind] or (step.kind in OF_A_PLAN and step.on < day):
                return None
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
    never = ["received", "answer"]
    if status not in OPEN:
        never.append("question")
    if status in ("withdrawn", "moved_out"):
        never.append("exception")  # no date of it asks for anything any more
    return [
        kind
        for kind in KINDS
        if kind not in never and (status in BESIDE.get(kind, ()) or status in LEADS.get(kind, {}))
    ]


def appealable(steps: Iterable[Step]) -> dict[str, date]:
    """What mediation or an appeal can be about, with the day the family was told of it."""
    told = {step.kind: step.on for step in reversed(standing(steps))}
    return {code: told[kind] for code, (_, kind) in ABOUT.items() if kind in told}


def appeal_refusal(about: str, on: date, steps: Iterable[Step]) -> str:
    """Why mediation or an appeal about that cannot be of that day, as a sentence; empty when it can."""
    told = appealable(steps).get(about)
    if told is None:
        return "Choose what it was about."
    return f"{say(on)} is before the family was told of it, {say(told)}." if on < told else ""


def overturn_refusal(kind: str, ordered: date, on: date, steps: Iterable[Step]) -> str:
    """Why a decision cannot have been overturned that day by what ``kind`` records of ``on``; empty when it can."""
    refused = [step.on for step in standing(steps) if step.kind == REFUSED[OVERTURNS[kind]]]
    if refused and ordered < refused[-1]:
        return f"{say(ordered)} is before the family was told of the decision it overturns, {say(refused[-1])}."
    return f"{say(ordered)} is after {say(on)}, the day of what followed from it." if ordered > on else ""


def ordered_on(step: Step) -> date | None:
    """The day of the order or agreement that overturned a decision, where this step records one."""
    day = step.details.get("ordered", "") if step.kind in OVERTURNS and step.details.get("overturned") else ""
    return date.fromisoformat(day) if day else None


def other_dates(step: Step) -> dict[str, date]:
    """The dates that the order or agreement sets instead of the Regulations, by the name of the limit."""
    if ordered_on(step) is None or step.details["overturned"] not in SETS:
        return {}
    return {
        name.removeprefix(OTHER): date.fromisoformat(day)
        for name, day in step.details.items()
        if name.startswith(OTHER)
    }


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
        return _beside_refusal(kind, on, at, steps)
    if at not in LEADS[kind]:
        first = WHAT_FIRST.get(kind, "") if at in OPEN else ""
        return first or f"This request is “{STATUS[at]}”, so this step cannot be taken."
    before = [step for step in standing(steps) if step.kind not in BESIDE]
    if before and on < before[-1].on:
        last = before[-1]
        return f"{say(on)} is before the step it follows: {KINDS[last.kind][1].lower()} on {say(last.on)}."
    return ""


def _beside_refusal(kind: str, on: date, at: str, steps: Sequence[Step]) -> str:
    if at not in BESIDE[kind] or (kind == "appeal" and not appealable(steps)):
        return WHAT_FIRST[kind] if at in OPEN else f"This request is “{STATUS[at]}”, so this step cannot be taken."
    sent = next((step.on for step in standing(steps) if step.kind == "final"), date.min)
    if kind in OF_A_PLAN and on < sent:
        return f"{say(on)} is before the final plan was sent, {say(sent)}."
    return ""


def fixed(step: Step) -> str:
    """Why a step stays as it was recorded, whatever is asked for; empty when it can be corrected."""
    if step.corrected:
        return "This step was corrected already."
    return {
        "received": "The day of receipt is when the portal took the request in, so it cannot be changed.",
        "void": "A step that was taken back stays so. If it did happen, record it again.",
        "answer": "An answer stays as it was given. SENAS can ask again.",
    }.get(step.kind, "")


def correction_refusal(wrong: Step, on: date | None, steps: Sequence[Step], today: date) -> str:
    """Why a step cannot be moved to that day, or taken back where there is none; empty when it can.

    ``wrong`` has the details as they shall be.
    """
    if why := fixed(wrong):
        return why
    received = next((step.on for step in steps if step.kind == "received"), date.min)
    if on and on > today:
        return f"{say(on)} is in the future."
    if on and on < received:
        return f"{say(on)} is before the request was received, {say(received)}."
    instead = [Step(wrong.id, wrong.kind, on, details=wrong.details)] if on else []
    changed = [s for step in steps for s in (instead if step.id == wrong.id else [step])]
    if status_of(changed) is not None and not any(_contradicts(step, changed) for step in standing(changed)):
        return ""
    if on is None:
        return "Later steps stand on this one. Take them back first, the latest first."
    return f"With {say(on)} the steps would not be in the order they happened. Correct the others first."


def _contradicts(step: Step, steps: Sequence[Step]) -> bool:
    """Whether a step speaks of a decision that was not yet made then."""
    if step.kind == "appeal":
        return bool(appeal_refusal(step.details["about"], step.on, steps))
    ordered = ordered_on(step)
    before = steps[: next(n for n, it in enumerate(steps) if it.id == step.id)]
    return ordered is not None and bool(overturn_refusal(step.kind, ordered, step.on, before))
