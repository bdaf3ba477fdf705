"""The parts of a step's form that speak of a plan: setting, needs, budget, review, appeal; and the same in words."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from record import plan
from record.case import ABOUT, OTHER, Step, appeal_refusal, appealable, standing
from record.clock import today
from record.kinds import say_date
from routes.case_controls import Control, Read, options
from routes.reading import Form

PLANS = ("final", "amended")  # what such a step says of the plan
KINDS = (*PLANS, "placement", "review", "appeal", "ceased")
DAYS = ("since", "meeting", "draft", "phase_due", "ordered")  # among the details
FURTHEST = timedelta(days=366)  # ahead: a place that begins with the next school year
TO_COME = (
    "Leave out what is not known yet. It is added later by correcting this step; the SEN2 return lists what is missing."
)
NOT_A_NEED = "A plan names the need itself. “No specialist assessment yet” is for SEN Support only."


def controls(kind: str, steps: Sequence[Step], place: str = "") -> list[Control]:
    """What is asked of a plan by a step of that kind; ``place`` is the child's present setting with its URN."""
    if kind == "review":
        return [
            Control("meeting", "The review meeting was on", width=10),
            Control("decision", "Decision", options=options(plan.REVIEWED)),
            Control("draft", "The draft of the amended plan was sent on", "Only where it is amended", width=10),
            Control("phase_due", "The amended plan is due by", "Only where a change of phase is coming", width=10),
        ]
    if kind == "appeal":
        known = appealable(steps)
        about = tuple((code, words) for code, (words, _) in ABOUT.items() if code in known)
        return [
            Control("way", "Which of the two", options=options(plan.APPEALS)),
            Control("about", "About what", options=about),
        ]
    if kind == "ceased":
        return [Control("code", "Reason, as the SEN2 return counts it", options=options(plan.CEASED))]
    if kind == "placement":
        rank = Control("rank", "Which placement this is", options=options(plan.RANKS))
        return [rank, *_place("The setting", place)]
    return [*_place("The setting that the plan names", place), *_needs(), *_budget()] if kind in PLANS else []


def _place(heading: str, place: str) -> list[Control]:
    hint = f"6 digits. {place}" if place else "6 digits"
    return [
        Control("urn", "URN", hint, width=10, heading=heading),
        Control("ukprn", "Or UKPRN", "8 digits: a college or other provider without a URN", width=10),
        Control("sensetting", "Or why there is neither", options=options(plan.SETTINGS)),
        Control("other", "Which it is", "Only for “Other” and “another reason”"),
        *(Control(name, words, options=options(plan.YES_NO)) for name, words in plan.OF_A_PLACE.items()),
        Control("since", "The child goes there from", "Or has been there since", width=10),
    ]


def _needs() -> list[Control]:
    return [
        Control("primary", "Primary need", "As the plan has it", options=options(plan.NEEDS), heading="Needs"),
        Control("secondary", "Secondary need", "Only where it names two", options=options(plan.NEEDS)),
    ]


def _budget() -> list[Control]:
    first, *more = plan.OF_THE_BUDGET.items()
    return [
        Control(first[0], first[1], options=options(plan.YES_NO), heading="Personal budget"),
        *(Control(name, words, options=options(plan.YES_NO)) for name, words in more),
    ]


def start(kind: str, steps: Sequence[Step], answers: Mapping[str, str]) -> dict[str, str]:
    """What such a form holds at first: the plan as it stands, or the needs as the ERSA has them."""
    if kind == "placement":
        return {"rank": "1"}
    if kind not in PLANS:
        return {}
    last = next((step for step in reversed(standing(steps)) if step.kind in PLANS), None)
    if kind == "amended" and last:
        return given(last.details)
    needs = {"primary": answers.get("primary_need", ""), "secondary": answers.get("secondary_need", "")}
    return {name: code for name, code in needs.items() if code in plan.NEEDS}


def given(details: Mapping[str, Any]) -> dict[str, str]:
    """Details as controls hold them."""
    return {
        name: say_date(date.fromisoformat(value)) if name in DAYS or name.startswith(OTHER) else value
        for name, value in details.items()
        if isinstance(value, str)
    }


# ---------------------------------------------------------------- what was typed


def read(it: Read, kind: str, typed: Form, steps: Sequence[Step]) -> None:
    """Put what was typed about a plan into ``it``, and why some of it cannot be."""
    if kind in (*PLANS, "placement"):
        _read_place(it, typed)
        if kind == "placement":
            it.choice(typed, "rank", plan.RANKS, "Choose which of the child’s places it is.")
        else:
            _read_plan(it, typed)
        for name, why in plan.contradictions(it.details).items():
            it.refused.setdefault(name, why)
        if kind == "placement" and not (plan.place(it.details) or it.refused):
            it.refused["urn"] = "Give a URN or a UKPRN, or choose why there is neither."
    elif kind == "review":
        _read_review(it, typed)
    elif kind == "appeal":
        it.choice(typed, "way", plan.APPEALS, "Choose one of the two.")
        it.choice(typed, "about", {code: code for code in appealable(steps)}, "Choose what it was about.")
        if not it.refused and (why := appeal_refusal(it.details["about"], it.on, steps)):
            it.refused["on"] = why
    elif kind == "ceased":
        it.choice(typed, "code", plan.CEASED, "Choose the reason.")


def _read_place(it: Read, typed: Form) -> None:
    for name in ("urn", "ukprn"):
        text = "".join(str(typed.get(name, "")).split())
        if text and (why := plan.number(name, text)):
            it.refused[name] = why
        elif text:
            it.details[name] = text
    it.choice(typed, "sensetting", plan.SETTINGS)
    it.line(typed, "other")
    for name in plan.OF_A_PLACE:
        it.choice(typed, name, plan.YES_NO)
    since = it.day(typed, "since")
    if since and since > today() + FURTHEST:
        it.refused["since"] = "Check the year."


def _read_plan(it: Read, typed: Form) -> None:
    for name in ("primary", "secondary"):
        if typed.get(name) == "NSA":
            it.refused[name] = NOT_A_NEED
        else:
            it.choice(typed, name, plan.NEEDS)
    for name in plan.OF_THE_BUDGET:
        it.choice(typed, name, plan.YES_NO)


def _read_review(it: Read, typed: Form) -> None:
    meeting = it.day(typed, "meeting", needed=True)
    it.choice(typed, "decision", plan.REVIEWED, "Choose what was decided.")
    draft = it.day(typed, "draft")
    due = it.day(typed, "phase_due")
    if meeting and meeting > it.on and "on" not in it.refused:
        it.refused["meeting"] = "The meeting comes before the family is told of the decision."
    if draft and it.details.get("decision") not in (None, "amend"):
        it.refused["draft"] = "There is a draft only where the plan is to be amended."
    elif draft and (draft > today() or (meeting and draft < meeting)):
        it.refused["draft"] = "The draft follows the meeting, and is recorded once it has been sent."
    if due and not (meeting and meeting <= due <= meeting + 2 * FURTHEST) and "meeting" not in it.refused:
        it.refused["phase_due"] = "Check the year."


# ---------------------------------------------------------------- in words


def facts(kind: str, details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a step says of a plan, each with what it is."""
    said = [
        ("Setting named in the plan" if kind in PLANS else "Setting", plan.place(details)),
        ("Which place", plan.RANKS.get(details.get("rank", ""), "")),
        ("There from", _date(details, "since")),
        ("About the setting", _yes_and_no(plan.OF_A_PLACE, details)),
        ("Primary need", plan.NEEDS.get(details.get("primary", ""), "")),
        ("Secondary need", plan.NEEDS.get(details.get("secondary", ""), "")),
        ("Personal budget", _yes_and_no(plan.OF_THE_BUDGET, details)),
        ("Review meeting", _date(details, "meeting")),
        ("Decision", plan.REVIEWED.get(details.get("decision", ""), "")),
        ("Draft of the amended plan sent", _date(details, "draft")),
        ("Change of phase: amended plan due by", _date(details, "phase_due")),
        ("Which", plan.APPEALS.get(details.get("way", ""), "")),
        ("About", ABOUT[details["about"]][0] if details.get("about") in ABOUT else ""),
        ("Counted as", plan.CEASED.get(details.get("code", ""), "")),
    ]
    return [(label, text) for label, text in said if text]


def _date(details: Mapping[str, Any], name: str) -> str:
    return say_date(date.fromisoformat(details[name])) if details.get(name) else ""


def _yes_and_no(asked: Mapping[str, str], details: Mapping[str, Any]) -> str:
    known = [(words, plan.YES_NO[details[name]]) for name, words in asked.items() if details.get(name)]
    return "; ".join(f"{words}: {answer.lower()}" for words, answer in known)
