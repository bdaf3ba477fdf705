"""The part of a step's form that speaks of an exception: which limit, on what ground, from when to when, until when."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from record.advice import Asked
from record.case import Step
from record.clock import ADVICE, Rule, say
from record.deadlines import Period, periods
from record.excuse import REGULATIONS, SEVERAL, Excuse
from routes.case_controls import Control, Read, day
from routes.reading import Form


def controls(steps: Sequence[Step], asked: Sequence[Asked]) -> list[Control]:
    """What is asked about an exception; of the Regulations only those that excuse from a limit of this case."""
    whose = tuple((it.request, it.words()) for it in asked if it.statutory)
    adviser = [Control("request", "Whose advice", "Only for an adviser’s 6 weeks", options=whose)] if whose else []
    return [
        Control("ground", "Which exception", "The Regulations allow only these", options=_grounds(steps, bool(whose))),
        Control("since", "From", "For example, 27 3 2026. For a closure, its first day", width=10),
        Control("until", "Until", "For a closure, the day it opened or opens again", width=10),
        Control("asked", "Advice was asked for on", "Only for a closure", width=10),
        *adviser,
        Control("instead", "New date", "By when it will be done instead", width=10),
    ]


def _grounds(steps: Sequence[Step], advised: bool) -> tuple[tuple[str, str], ...]:
    limits = [(it.rule.exception, name, _words(it.rule)) for name, it in periods(steps).items()]
    limits += [(ADVICE.exception, "", "an adviser’s 6 weeks")] if advised else []
    return tuple(
        (
            " ".join((law, letter, *([name] if law in SEVERAL else []))),
            f"Regulation {law}({letter}): {limit} – {ground}",
        )
        for law, name, limit in limits
        for letter, ground in REGULATIONS[law].items()
    )


def _words(rule: Rule) -> str:
    return f"the {rule.count // 7} weeks to {rule.title[0].lower()}{rule.title[1:]}"


def read(it: Read, typed: Form, steps: Sequence[Step], asked: Sequence[Asked]) -> None:
    """Put an exception into ``it``, or why there can be none such."""
    chosen = str(typed.get("ground", ""))
    if chosen not in dict(_grounds(steps, any(a.statutory for a in asked))):
        it.refused["ground"] = "Choose the exception."
        return
    law, letter, name = (*chosen.split(" "), "")[:3]
    days: dict[str, date] = {}
    for each in ("since", "until", "instead"):
        days[each], why = day(str(typed.get(each, "")))
        if why:
            it.refused[each] = why
    asked_on = None
    if str(typed.get("asked", "")).strip():
        asked_on, why = day(str(typed.get("asked", "")))
        if why:
            it.refused["asked"] = why
    wanted = next((a for a in asked if a.statutory and a.request == typed.get("request")), None)
    if law == ADVICE.exception and wanted is None:
        it.refused["request"] = "Choose whose advice it is."
    if it.refused:
        return
    since, until, instead = days["since"], days["until"], days["instead"]
    if law == ADVICE.exception and wanted:
        first, last = wanted.on, wanted.limit
        excuse = Excuse(law, letter, since, until, instead, whose=wanted.service, request=wanted.request)
    else:
        period = _period(law, name, steps)
        first, last = period.start, period.limit
        excuse = Excuse(law, letter, since, until, instead, asked_on, limit=name)
    where, why = excuse.refusal(first, last)
    if why:
        it.refused[where] = why
        return
    it.details = dict(excuse.details())


def _period(law: str, name: str, steps: Sequence[Step]) -> Period:
    return next(p for n, p in periods(steps).items() if p.rule.exception == law and name in ("", n))


def words(details: Mapping[str, Any]) -> str:
    """An exception that was recorded, in words."""
    excuse = Excuse.of(details)
    whose = f" ({excuse.whose})" if excuse.whose else ""
    return f"{excuse.words()}{whose}. New date: {say(excuse.instead)}"
