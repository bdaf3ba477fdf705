"""A record with every question answered, made from the form itself, and ways to change it."""

from dataclasses import replace
from datetime import date

from record import VNOV22, identifiers
from record.form import Answers, Field, Need, Row
from record.kinds import Choice, Choices, Date, LongText, Number, Text, Tick

TODAY = date(2026, 11, 24)

_CHECKED = {
    identifiers.upn: "V307400124001",
    identifiers.uln: "1000102504",
    identifiers.nhs_number: "943 476 5919",
    identifiers.postcode: "W5 2HL",
    identifiers.email: "name@school.example",
    identifiers.phone: "020 8825 6910",
}
# Answers that decide which other questions are asked, and those that must agree with one another.
_CHOSEN = {
    "dob": "2008-03-05",
    "nc_year": "12",
    "primary_need": "SLCN",
    "secondary_need": "ASD",
    "thresholds_checked": "yes",
    "contact_restriction": "no",
    "last_report_on": "2026-06-01",
    "last_seen_on": "2026-06-01",
    "cycle_start": "2026-01-05",
    "cycle_review": "2026-04-05",
}


def answer(field: Field) -> str:
    """An answer that ``field`` could hold; the words of a free text are like no other field's."""
    if field.name in _CHOSEN:
        return _CHOSEN[field.name]
    kind = field.kind
    if isinstance(kind, Text):
        return _CHECKED[kind.check] if kind.check else f"Words for {field.name} – ਸ਼ਬਦ"[: kind.most]
    if isinstance(kind, LongText):
        return f"A first line about {field.name}\n\nand another: Żółć, فاطمة."
    if isinstance(kind, Date):
        return "2026-03-27"
    if isinstance(kind, Number):
        return str(int(min(kind.most, 12)))
    if isinstance(kind, Choice):
        return next(iter(kind.options))
    if isinstance(kind, Choices):
        return " ".join(kind.options)
    assert isinstance(kind, Tick)
    return "yes"


def everything() -> Answers:
    """Every question answered, each list with two entries."""
    answers = {f.name: answer(f) for tab in VNOV22.tabs for s in tab.sections for f in s.fields}
    lists = {}
    for tab in VNOV22.tabs:
        for rows in tab.lists:
            filled = {f.name: answer(f) for f in rows.fields}
            if rows.name == "professionals":
                filled["team"] = "EP"
            lists[rows.name] = [
                Row(f"{rows.name}-{n}", filled, "Amina Yusuf", "Schools", "3 November 2026") for n in (1, 2)
            ]
    return Answers(answers, lists, TODAY)


def without(record: Answers, *names: str) -> Answers:
    return replace(record, answers={k: v for k, v in record.answers.items() if k not in names})


def given(record: Answers, **answers: str) -> Answers:
    return replace(record, answers={**record.answers, **answers})


def listed(record: Answers, name: str, *entries: dict[str, str]) -> Answers:
    rows = [Row(f"{name}-{n}", entry) for n, entry in enumerate(entries, 1)]
    return replace(record, lists={**record.lists, name: rows})


def blocking(record: Answers) -> list[str]:
    """What stands between the record and a submission, in words."""
    return [m.says for m in VNOV22.missing(record) if m.need <= Need.REQUIRED]


def core(record: Answers) -> list[str]:
    return [m.says for m in VNOV22.missing(record) if m.need is Need.CORE]


def warnings(record: Answers) -> list[str]:
    return [m.says for m in VNOV22.missing(record) if m.need is Need.WANTED]
