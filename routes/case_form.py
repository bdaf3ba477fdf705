"""The forms of the steps SENAS takes: which controls each has, and what was typed in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from record.case import OVERTURNED_BY, OVERTURNS, Step
from record.clock import DECISION, FINAL, NO_PLAN, say, today
from record.excuse import REGULATIONS, Excuse
from record.kinds import LongText, Refused, Text, read_date
from routes.reading import Form

WORDS = LongText(4_000)
LINE = Text(200)
NEEDS_REASON = ("assess", "not_assess", "no_plan", "withdrawn", "ceased", "question", "exception")
DAYS = {
    "receipt": "Receipt was confirmed on",
    "panel": "It went to the panel on",
    "assess": "The family was told on",
    "not_assess": "The family was told on",
    "no_plan": "The family was told on",
    "draft": "The draft plan was sent on",
    "final": "The final plan was sent on",
    "withdrawn": "The request was withdrawn on",
    "moved": "The child moved on",
    "ceased": "The plan ended on",
}
REASONS = {
    "assess": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "not_assess": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "no_plan": ("Reasons for the decision", "The child’s setting and advisers can read this."),
    "withdrawn": ("Who asked for it, and why", "The child’s setting and advisers can read this."),
    "ceased": ("Why it ended", "The child’s setting and advisers can read this."),
    "question": (
        "Question to the setting",
        "The SENCO gets a mail and answers on the record. The time limits run on meanwhile.",
    ),
    "exception": ("What has happened", "The child’s setting can read this. Write no more than is needed."),
}
TEAMS = ("SLT", "OT", "Physio", "CDT", "EP", "CAMHS", "CTPLD", "Nursing", "HI", "VI", "Social Care", "Schools")


@dataclass(frozen=True)
class Control:
    """One control of a form: ``options`` make it a list, ``rows`` a box for several lines, ``width`` a short line."""

    name: str
    label: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    width: int = 0


@dataclass
class Read:
    """What was typed, as a step keeps it; ``refused`` says by control what cannot be, ``whom`` is a co-ordinator."""

    on: date = date.min
    whom: int = 0
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def words(kind: str, status: str, people: Sequence[Any], me: int) -> list[Control]:
    """The controls of a step's form."""
    found: list[Control] = []
    if kind in DAYS:
        found.append(Control("on", DAYS[kind], "For example, 24/11/2026", width=10))
    if kind == "coordinator":
        options = tuple(
            (str(p.id), f"{p.name}{' (you)' if p.id == me else ''}, {p.job_title or 'SENAS'}") for p in people
        )
        found.append(Control("whom", "Co-ordinator", options=options))
    if OVERTURNS.get(kind) == status:
        found.append(Control("overturned", "What overturned the decision before", options=tuple(OVERTURNED_BY.items())))
    if kind == "moved":
        found.append(Control("to", "To which council", "For example, Hillingdon"))
    if kind == "final":
        found.append(
            Control(
                "urn", "URN of the setting named in the plan", "6 digits; leave it empty if none is named", width=10
            )
        )
    if kind == "exception":
        found += _excuse_controls()
    label, hint = REASONS.get(kind, ("Note", "You may leave this empty. The child’s setting can read it."))
    found.append(Control("reason", label, hint, rows=6 if kind in NEEDS_REASON else 3))
    return found


def _excuse_controls() -> list[Control]:
    grounds = tuple(
        (f"{law} {letter}", f"Regulation {law}({letter}): {limit} – {ground}")
        for law, (limit, those) in REGULATIONS.items()
        for letter, ground in those.items()
    )
    return [
        Control("ground", "Which exception", "The Regulations know no other", options=grounds),
        Control("since", "From", "For a closure, its first day", width=10),
        Control("until", "Until", "For a closure, the day it opened or opens again", width=10),
        Control("asked", "Advice was asked for on", "Only for a closure", width=10),
        Control("whose", "Whose advice", "Only for an adviser’s 6 weeks", options=tuple((t, t) for t in TEAMS)),
        Control("instead", "New date", "By when it will be done instead", width=10),
    ]


def start(kind: str, now: date, me: int) -> dict[str, str]:
    """What a form holds at first."""
    return {"on": f"{now.day}/{now.month}/{now.year}", "whom": str(me) if kind == "coordinator" else ""}


def day(typed: str) -> tuple[date, str]:
    """The day that was typed, and why it is none where it is not."""
    if not typed.strip():
        return date.min, "Write the day, for example 24/11/2026."
    try:
        return read_date(typed), ""
    except (Refused, OverflowError) as refused:
        return date.min, str(refused) if isinstance(refused, Refused) else "Check the year."


def long_text(typed: str, needed: str = "") -> tuple[str, str]:
    """The text that was typed, and why it cannot be kept; ``needed`` is what to say where there is none."""
    try:
        text = WORDS.read(typed).strip()
    except Refused as refused:
        return "", str(refused)
    return text, "" if text else needed


def read(kind: str, status: str, typed: Form, steps: Sequence[Step]) -> Read:
    """What a person typed in the form of a step."""
    it = Read(on=today())
    if kind in DAYS:
        it.on, why = day(str(typed.get("on", "")))
        if why:
            it.refused["on"] = why
    if kind == "coordinator":
        chosen = str(typed.get("whom", ""))
        if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10:
            it.whom = int(chosen)
        else:
            it.refused["whom"] = "Choose somebody of SENAS."
    if OVERTURNS.get(kind) == status:
        it.details["overturned"] = str(typed.get("overturned", ""))
        if it.details["overturned"] not in OVERTURNED_BY:
            it.refused["overturned"] = "Say what overturned the decision before. That decision stays on the record."
    for name, needed in (("to", "Name the council."), ("urn", "")):
        if name != {"moved": "to", "final": "urn"}.get(kind):
            continue
        _line(it, typed, name, needed)
    if kind == "exception":
        _excuse(it, typed, steps)
    needed = "Write the question." if kind == "question" else "Give the reasons."
    it.reason, why = long_text(str(typed.get("reason", "")), needed if kind in NEEDS_REASON else "")
    if why:
        it.refused["reason"] = why
    return it


def _line(it: Read, typed: Form, name: str, needed: str) -> None:
    try:
        text = LINE.read(str(typed.get(name, "")))
    except Refused as refused:
        it.refused[name] = str(refused)
        return
    if not text and needed:
        it.refused[name] = needed
    elif name == "urn" and text and not (text.isascii() and text.isdecimal() and len(text) == 6):
        it.refused[name] = "A URN has 6 digits. It stands in the register of settings."
    elif text:
        it.details[name] = text


def _excuse(it: Read, typed: Form, steps: Sequence[Step]) -> None:
    law, _, letter = str(typed.get("ground", "")).partition(" ")
    if law not in REGULATIONS or letter not in REGULATIONS[law][1]:
        it.refused["ground"] = "Choose the exception."
        return
    days: dict[str, date] = {}
    for name in ("since", "until", "instead"):
        days[name], why = day(str(typed.get(name, "")))
        if why:
            it.refused[name] = why
    asked = None
    if str(typed.get("asked", "")).strip():
        asked, why = day(str(typed.get("asked", "")))
        if why:
            it.refused["asked"] = why
    whose = str(typed.get("whose", ""))
    if law == "8(2)" and whose not in TEAMS:
        it.refused["whose"] = "Choose whose advice it is."
    if it.refused:
        return
    excuse = Excuse(law, letter, **days, asked=asked, whose=whose if law == "8(2)" else "")
    if why := excuse.refusal(_period(law, steps)):
        named = {"The new": "instead", "Say when": "asked", "A closure counts only if the advice": "asked"}
        it.refused[next((control for begins, control in named.items() if why.startswith(begins)), "since")] = why
        return
    it.details = dict(excuse.details())


def _period(law: str, steps: Sequence[Step]) -> tuple[date, date] | None:
    """The period that regulation excuses from, both ends, as it is without exceptions."""
    rule = {"5(4)": DECISION, "10(4)": NO_PLAN, "13(3)": FINAL}.get(law)
    received = next((step.on for step in steps if step.kind == "received"), None)
    return (received, rule.due(received)) if rule and received else None


def excuse_words(details: Mapping[str, Any]) -> str:
    """An exception that was recorded, in words."""
    excuse = Excuse.of(details)
    whose = f" ({excuse.whose})" if excuse.whose else ""
    return f"{excuse.words()}{whose}. New date: {say(excuse.instead)}"
