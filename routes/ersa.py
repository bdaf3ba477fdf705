"""The ERSA as plain data for its paper: the same for the preview, the submission and the demo's records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from record.codes import NC_YEARS
from record.form import Answers, Form, Missing, Need, Rows
from record.paper import paper
from routes.opened import Opened, Stored
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
    tabs = {}
    people: dict[str, None] = {}
    for tab in opened.form.tabs:
        names = {part.name for part in tab.parts if isinstance(part, Rows)}
        fields = {field.name for section in tab.sections for field in section.fields}
        entries = {e.id for e in opened.entries if e.list in names and e.withdrawn_at is None}
        said = [
            answer
            for (entry, field), answer in opened.stored.items()
            if answer.value and answer.author and (entry in entries or (entry == opened.main and field in fields))
        ]
        last = max(said, key=_saved, default=None)
        if last and last.saved_at:
            tabs[tab.name] = f"{last.author}, {day(local(last.saved_at))}"
        people |= dict.fromkeys(answer.author for answer in sorted(said, key=_saved))
    return Written(tabs, tuple(people))


def _saved(answer: Stored) -> datetime:
    return answer.saved_at or datetime.min.replace(tzinfo=UTC)


def _by_section(form: Form, lacking: Iterable[Missing]) -> list[str]:
    wanted = [missing for missing in lacking if missing.need <= Need.REQUIRED]
    return [
        f"Section {number} {tab.title}: " + "; ".join(says)
        for number, tab in enumerate(form.tabs, 1)
        if (says := [missing.says for missing in wanted if missing.tab == tab.name])
    ]


def ersa(
    council: str,
    name: str,
    form: Form,
    answers: Answers,
    reference: str,
    sent: Sent | None,
    written: Written = NOBODY,
) -> dict[str, Any]:
    """What ``ersa.pdf.html`` shows under its full ``name``; not sent yet, it is a draft and says what is missing."""
    submitted = sent and {
        "by": sent.by,
        "at": when(sent.at),
        "incomplete_reason": sent.incomplete_reason,
        "lacking": _by_section(form, sent.lacking) if sent.incomplete_reason else [],
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
        "history_note": "",
    }
