"""What must be mended before the SEN2 return is sent: the DfE's published rules as far as they are known, and our own.

An error is what the Department will not take; a query is what it will ask about, or what looks like a slip. The numbers
of rules about UPNs are the Department's.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from record import identifiers, plan
from record.clock import final_due, say
from record.conditions import months_ago
from record.deadlines import deadlines
from record.kinds import Refused
from record.sen2 import answer, text
from record.sen2_case import Case, Stage, Told, cease_reason, excused, placements
from record.sen2_codes import WANTED, Codes

ERROR, QUERY = "error", "query"


@dataclass(frozen=True)
class Rule:
    """One check: how grave it is, and what it finds, as a sentence."""

    level: str
    says: str


RULES: Mapping[str, Rule] = {
    "name": Rule(ERROR, "A name is missing, or begins with a sign that no name begins with"),
    "birth": Rule(ERROR, "The child was born after the request was received"),
    "1500": Rule(ERROR, "There is neither a UPN nor a ULN, and no reason why"),
    "1510": Rule(ERROR, "The check letter of the UPN is not right"),
    "1520": Rule(ERROR, "Two children have the same UPN"),
    "1540": Rule(ERROR, "The UPN has something other than digits in its middle"),
    "1550": Rule(ERROR, "The last character of the UPN is neither a digit nor a letter that is allowed there"),
    "uln": Rule(ERROR, "The ULN is not right, or two children have the same"),
    "ethnicity": Rule(ERROR, "The ethnicity is not known: “not yet known” is an answer too"),
    "postcode": Rule(ERROR, "There is no postcode, or it is not one"),
    "plan": Rule(ERROR, "The plan does not say all that the return asks for"),
    "needs": Rule(ERROR, "The needs in the plan are not two different ones of the list"),
    "ceased": Rule(ERROR, "The plan has ended, and its reason is not one of the list"),
    "entry": Rule(ERROR, "It is not known since when the child goes where they go"),
    "nowhere": Rule(ERROR, "No place is recorded where the child goes now"),
    "place": Rule(ERROR, "The place where the child goes is not described in full"),
    "1530": Rule(QUERY, "The council that gave the UPN is not in the list"),
    "temporary": Rule(QUERY, "The UPN is a temporary one"),
    "unknown": Rule(QUERY, "The reason why there is no UPN does not fit the child’s age"),
    "age": Rule(QUERY, "The child or young person is not between 0 and 25"),
    "sex": Rule(QUERY, "The sex is not known"),
    "decision": Rule(QUERY, "The time to decide has passed, and no decision is recorded"),
    "final": Rule(QUERY, "The time to send the final plan has passed, and none is recorded"),
    "exception": Rule(QUERY, "An exception to the 20 weeks is recorded, and the plan was in time without it"),
    "units": Rule(QUERY, "The child is in a SEN unit and in resourced provision at once"),
    "budget": Rule(QUERY, "A personal budget was taken up, and neither arrangements nor payments are made from it"),
    "review": Rule(QUERY, "No annual review is recorded within twelve months"),
    "named": Rule(QUERY, "The child goes to another setting than the plan names"),
    "reason": Rule(QUERY, "The reason why the plan ended does not fit the person’s age"),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Something to mend in ``case``. ``mend`` is where: ``step``, ``take``, ``register`` or ``answer``, and which."""

    rule: str
    case: Case
    mend: tuple[str, str]
    detail: str = ""

    @property
    def level(self) -> str:
        return RULES[self.rule].level


@dataclass(frozen=True)
class Lacking:
    """A code that the council has to look up; ``sent`` is what is sent meanwhile, if anything."""

    name: str
    sent: str

    @property
    def level(self) -> str:
        """An error where a row goes without it; of the council itself nothing is known that is refused."""
        return ERROR if not self.sent and self.name.startswith(("requestsource", "reviewoutcome")) else QUERY


def lacking(told: Told, codes: Codes) -> list[Lacking]:
    """The codes in use that are not known for certain, those first without which something cannot be sent."""
    reviews = (stage.last("review") for stage in told.stages if stage.active)
    used = {f"reviewoutcome.{review.details.get('decision')}" for review in reviews if review}
    names = [name for name in WANTED if not name.startswith("reviewoutcome") or name in used]
    found = [Lacking(name, codes[name]) for name in names if codes.lacks(name) or codes.assumes(name)]
    return sorted(found, key=lambda it: (it.level != ERROR, bool(it.sent)))


def faults(told: Told) -> list[Fault]:
    """Everything to mend: the errors first, each kind together, in the order of the references."""
    found = [fault for cases in told.children.values() for fault in _person(cases, told.at)]
    found += _twice(told.children.values())
    found += [fault for stage in told.stages for check in CHECKS for fault in check(stage)]
    order = list(RULES)
    return sorted(found, key=lambda it: (order.index(it.rule), it.case.number))


# ---------------------------------------------------------------- of a person


def _person(cases: Sequence[Case], at: date) -> Iterator[Fault]:
    case = cases[-1]
    child, uln = case.child, answer(cases, "uln")
    for name, words in (("first_name", child.forename), ("surname", child.surname)):
        if not text(words):
            yield Fault("name", case, ("register", name))
    if child.sex not in ("F", "M"):
        yield Fault("sex", case, ("register", "sex"))
    if not answer(cases, "ethnicity"):
        yield Fault("ethnicity", case, ("answer", "ethnicity"))
    if not _is_postcode(child.postcode) and (child.postcode or answer(cases, "no_fixed_abode") != "yes"):
        yield Fault("postcode", case, ("register", "postcode"))
    years = years_old(child.born, at)
    if not 0 <= years <= 25:
        yield Fault("age", case, ("register", "dob"), f"{years} years old")
    if uln and _refused(identifiers.uln, uln):
        yield Fault("uln", case, ("answer", "uln"))
    if child.upn:
        yield from (Fault(rule, case, ("register", "upn")) for rule in upn_rules(child.upn))
    elif not uln:
        reason = answer(cases, "upn_unknown")
        if not reason:
            yield Fault("1500", case, ("answer", "upn_unknown"))
        elif (reason == "UN1" and years >= 6) or (reason == "UN9" and years < 16):
            yield Fault("unknown", case, ("answer", "upn_unknown"), f"{years} years old")


def _twice(people: Iterable[Sequence[Case]]) -> list[Fault]:
    everybody = list(people)
    upns = Counter(cases[-1].child.upn for cases in everybody)
    ulns = Counter(answer(cases, "uln") for cases in everybody)
    found = [
        Fault("1520", cases[-1], ("register", "upn"))
        for cases in everybody
        if cases[-1].child.upn and upns[cases[-1].child.upn] > 1
    ]
    return found + [
        Fault("uln", cases[-1], ("answer", "uln"))
        for cases in everybody
        if answer(cases, "uln") and ulns[answer(cases, "uln")] > 1
    ]


def years_old(born: date, at: date) -> int:
    """Whole years on that day."""
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


# Councils' numbers that a UPN may begin with, as the Department lists them.
_RANGES = (
    (1, 5), (201, 213), (301, 320), (330, 336), (340, 344), (350, 359), (370, 373), (380, 384), (390, 394), (420, 420),
    (660, 681), (701, 708), (800, 803), (805, 808), (810, 813), (815, 816), (820, 823), (825, 826), (830, 831),
    (835, 841), (845, 846), (850, 852), (855, 857), (860, 861), (865, 896), (908, 909), (916, 916), (919, 919),
    (921, 921), (925, 926), (928, 929), (931, 931), (933, 933), (935, 938), (940, 941),
)  # fmt: skip


def upn_rules(upn: str) -> list[str]:
    """The Department's rules that a UPN breaks, by number; ``temporary`` where it is one of those."""
    found = []
    if not (upn[4:12].isascii() and upn[4:12].isdecimal()):
        found.append("1540")
    if not re.fullmatch(f"[0-9{identifiers.UPN_LETTERS}]", upn[-1:]):
        found.append("1550")
    if not found and (_refused(identifiers.upn, upn) or identifiers.upn(upn) != upn):
        found.append("1510")
    council = upn[1:4]
    if not (council.isdecimal() and any(first <= int(council) <= last for first, last in _RANGES)):
        found.append("1530")
    if not found and upn[-1:].isalpha():
        found.append("temporary")
    return found


def _refused(check: Callable[[str], str], value: str) -> bool:
    try:
        check(value)
    except Refused:
        return True
    return False


def _is_postcode(value: str) -> bool:
    return bool(value) and not _refused(identifiers.postcode, value)


# ---------------------------------------------------------------- of a request, an assessment, a plan


def _request(it: Stage) -> Iterator[Fault]:
    if it.case.child.born > it.received:
        yield Fault("birth", it.case, ("register", "dob"), say(it.case.child.born))
    decided = it.first("assess", "not_assess")
    if not it.over and not (decided and it.issued):
        late = {d.name: d for d in deadlines(it.case.steps, it.at) if d.state == "late"}
        if "decision" in late and not decided:
            yield Fault("decision", it.case, ("case", ""), f"by {say(late['decision'].due)}")
        elif "final" in late and it.first("assess") and not it.issued:
            yield Fault("final", it.case, ("case", ""), f"by {say(late['final'].due)}")
    if it.issued and it.period.first <= it.issued.on <= final_due(it.received) and excused(it.case.steps):
        yield Fault("exception", it.case, ("case", ""), f"sent {say(it.issued.on)}")


SAYS = {  # what a plan has to say, each as the form calls it
    **plan.OF_A_PLACE,
    "budget": "Personal budget",
    "primary": "Primary need",
}


def _plan(it: Stage) -> Iterator[Fault]:
    sent = it.last("amended", "final")
    if sent is None:
        return
    where, said = ("step", sent.id), sent.details
    lacks = [] if plan.place(said) else ["the setting it names"]
    if said.get("sensetting") in plan.EXPLAINED and not text(said.get("other", "")):
        lacks.append("which setting it is")
    lacks += [words for name, words in SAYS.items() if not said.get(name)]
    if said.get("budget") == "yes":
        lacks += [words for name, words in plan.OF_THE_BUDGET.items() if not said.get(name)]
        if said.get("arranged") == said.get("direct") == "no":
            yield Fault("budget", it.case, where)
    if lacks:
        yield Fault("plan", it.case, where, _listed(lacks))
    needs = [said[name] for name in ("primary", "secondary") if said.get(name)]
    if len(set(needs)) < len(needs) or not set(needs) <= set(plan.NEEDS):
        yield Fault("needs", it.case, where)
    if said.get("unit") == said.get("resourced") == "yes":
        yield Fault("units", it.case, where)


def _ended(it: Stage) -> Iterator[Fault]:
    if it.over is None or it.issued is None:
        return
    reason = cease_reason(it.over)
    years = years_old(it.case.child.born, it.over.on)
    if reason not in plan.CEASED:
        yield Fault("ceased", it.case, ("step", it.over.id))
    elif (reason == "1" and years < 19) or (reason in ("3", "4", "6") and years < 16):
        yield Fault("reason", it.case, ("step", it.over.id), f"{plan.CEASED[reason]}; {years} years old")


def _active(it: Stage) -> Iterator[Fault]:
    if not it.active or it.issued is None:
        return
    reviewed = it.last("review")
    since = reviewed.on if reviewed else it.issued.on
    if since < months_ago(it.at, 12):
        what = "the last was" if reviewed else "the plan was sent"
        yield Fault("review", it.case, ("take", "review"), f"{what} {say(since)}")
    for placement in placements(it):
        if placement.entered is None:
            yield Fault("entry", it.case, ("step", placement.step.id))
        lacks = [words for name, words in plan.OF_A_PLACE.items() if not placement.details.get(name)]
        if placement.details.get("sensetting") in plan.EXPLAINED and not text(placement.details.get("other", "")):
            lacks.append("Which setting it is")
        if placement.step.kind == "placement" and lacks:
            yield Fault("place", it.case, ("step", placement.step.id), _listed(lacks))
    now = next((p for p in placements(it) if p.rank == "1" and p.left is None), None)
    if now is None:
        yield Fault("nowhere", it.case, ("take", "placement"))
    elif plan.place(it.said) and plan.place(now.details) != plan.place(it.said):
        yield Fault("named", it.case, ("step", now.step.id), f"{plan.place(now.details)}, not {plan.place(it.said)}")


def _listed(lacks: Iterable[str]) -> str:
    return ", ".join(words[0].lower() + words[1:] for words in lacks)


CHECKS: tuple[Callable[[Stage], Iterator[Fault]], ...] = (_request, _plan, _ended, _active)
