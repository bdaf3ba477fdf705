"""The ERSA as plain data for its paper: the same for the preview, the submission and the demo's records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from record.codes import NC_YEARS
from record.form import Answers, Form, Missing, Need, Rows, Tab, said
from record.paper import paper
from routes.opened import Opened
from views.words import day, local, when


@dataclass(frozen=True)
class Sent:
    """By whom and when an ERSA was submitted, and if it was incomplete, why and what was missing."""

    by: str
    at: datetime
    incomplete_reason: str = ""
    lacking: Sequence[Missing] = ()


@dataclass(frozen=True)
class Written:
    """Who wrote what: ``tabs`` says by a tab's name who changed it last and on which day, ``people`` is everybody."""

    tabs: Mapping[str, str]
    people: Sequence[str] = ()


NOBODY = Written({})


def written(opened: Opened) -> Written:
    """Who wrote what is in the record now, withdrawn entries left out."""
    there = {entry.id: entry.list for entry in opened.entries if entry.withdrawn_at is None}
    return wrote(
        opened.form,
        [
            (there[entry], field, answer.author, answer.saved_at)
            for (entry, field), answer in opened.stored.items()
            if entry in there and answer.value and answer.author and answer.saved_at
        ],
    )


def wrote(form: Form, told: Iterable[tuple[str, str, str, datetime]]) -> Written:
    """Who wrote an answer when: ``told`` as (the list of its entry, its field, a name, a time)."""
    of_list = {part.name: tab.name for tab in form.tabs for part in tab.parts if isinstance(part, Rows)}
    of_field = {field.name: tab.name for tab in form.tabs for section in tab.sections for field in section.fields}
    answers = [
        (of_field.get(field) if entry == "ersa" else of_list.get(entry), who, at) for entry, field, who, at in told
    ]
    answers = sorted((answer for answer in answers if answer[0]), key=lambda answer: answer[2])
    return Written(
        {tab: f"{who}, {day(local(at))}" for tab, who, at in answers if tab},
        tuple(dict.fromkeys(who for tab in form.tabs for name, who, _ in answers if name == tab.name)),
    )


def _by_section(tabs: Iterable[tuple[int, Tab]], lacking: Iterable[Missing]) -> list[str]:
    wanted = [missing for missing in lacking if missing.need <= Need.REQUIRED]
    return [
        f"Section {number} {tab.title}: " + "; ".join(says)
        for number, tab in tabs
        if (says := said(missing for missing in wanted if missing.tab == tab.name))
    ]


def ersa(
    council: str,
    name: str,
    form: Form,
    answers: Answers,
    reference: str,
    sent: Sent | None,
    written: Written = NOBODY,
    not_brought: Sequence[str] = (),
) -> dict[str, Any]:
    """What ``ersa.pdf.html`` shows under its full ``name``; not sent yet, it is a draft and says what is missing."""
    submitted = sent and {
        "by": sent.by,
        "at": when(sent.at),
        "incomplete_reason": sent.incomplete_reason,
        "lacking": _by_section(form.numbered(answers), sent.lacking) if sent.incomplete_reason else [],
    }
    year = answers["nc_year"] or answers["nc_year_by_age"]
    tabs = paper(form, answers, preview=sent is None)
    return {
        "title": form.title if sent else f"ERSA {form.version} (Preview)",
        "name": name,
        "form": form.title,
        "council": council,
        "service": "SENAS",
        "draft": sent is None,
        "child": {
            "name": f"{answers['first_name']} {answers['surname']}",
            "dob": day(answers["dob"]),
            "setting": answers["setting_name"],
            "year": NC_YEARS.get(year, ""),
        },
        "reference": reference,
        "printed": when(sent.at if sent else datetime.now(UTC)),
        "submitted": submitted,
        "tabs": [{**tab, "by": written.tabs.get(tab["name"], "")} for tab in tabs],
        "writers": list(written.people),
        "not_brought": list(not_brought),
        "history_note": "",
    }
