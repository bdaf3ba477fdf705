"""Advice: what stands beside an appendix that is being written, and the plain data of its paper."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from record.codes import OUTCOME_TYPES
from record.form import Answers, Form, Missing, Need, Row, Rows, Section, Tab, missing
from record.outcomes import OUTCOMES
from routes.ersa import Sent, Written, ersa
from routes.guard import Person
from routes.opened import Opened
from views.words import when

BEGUN = replace(OUTCOMES, name="outcomes_begun", title="Not finished")


def letter_of(tab: Tab) -> str:
    """``Appendix B`` of ``Appendix B: Setting``."""
    return tab.title.partition(":")[0]


def drafts(opened: Opened, tab: Tab, person: Person) -> list[Any]:
    """The entries of this appendix that the reader's team writes, their own first: any of the team can submit one."""
    if person.role not in ("senco", "adviser"):
        return []
    found = (e for e in opened.entries if e.list == tab.name and e.ours and e.withdrawn_at is None)
    return sorted(found, key=lambda e: not e.mine)


def chosen(opened: Opened, tab: Tab, person: Person, wanted: str) -> Any:
    """Of those the one ``wanted`` by its id; the first where none is named, None where there is none such."""
    found = drafts(opened, tab, person)
    return next((e for e in found if not wanted or str(e.id) == wanted), None)


def submitted(opened: Opened, tab: Tab) -> list[dict[str, Any]]:
    """The advice of this appendix that was submitted, the newest last, each with its document."""
    return [
        {
            "by": a.author,
            "author": a.author_id,
            "at": when(a.submitted_at),
            "href": f"/records/{opened.id}/documents/{a.document}",
            "state": "Withdrawn" if a.withdrawn else "Replaced" if a.replaced_at else "Submitted",
        }
        for a in opened.appendices
        if a.list == tab.name
    ]


def panel(opened: Opened, tab: Tab, person: Person, confirm: bool, wanted: str) -> dict[str, Any] | None:
    """What a page of an appendix shows beside its fields; None on every other page. ``wanted`` is as in `chosen`."""
    if not tab.written_by:
        return None
    begun = drafts(opened, tab, person)
    entry = chosen(opened, tab, person, wanted)
    sent = submitted(opened, tab)
    current = [one for one in sent if entry and one["author"] == entry.author_id and one["state"] == "Submitted"]
    return {
        "letter": letter_of(tab),
        "submitted": sent,
        "current": current[-1] if current else None,
        "begun": begun and [(str(e.id), "Yours" if e.mine else f"{e.author}’s") for e in begun],
        "entry": str(entry.id) if entry else "",
        "whose": "" if entry is None or entry.mine else entry.author,
        "confirm": confirm and entry is not None,
        "lacking": [{"href": f"#f-{m.key}", "text": m.what} for m in (blocking(opened, tab, entry) if entry else ())],
        "url": f"/records/{opened.id}/profiles/{tab.name}",
        "back": f"/records/{opened.id}/{tab.name}",
        "reports": [("preview", f"{letter_of(tab)} (Preview)"), ("submit", f"{letter_of(tab)}: submit the advice")],
    }


def blocking(opened: Opened, tab: Tab, entry: Any) -> list[Missing]:
    """What an entry still needs before it can be submitted."""
    found = missing(tab, opened.answers)
    return [m for m in found if m.need <= Need.REQUIRED and m.key.startswith(f"{entry.id}.")]


def paper_of(opened: Opened, tab: Tab, entry: Any, settings: Any, person: Person, sent: bool) -> dict[str, Any]:
    """The advice as plain data for its paper: what was written, then the finished outcomes of the team, by their type.

    Whose an outcome is its answer says: the FAQ has Type and Team tell SENAS which outcomes belong to which teams. What
    the team has not finished is counted, and in a preview shown with what it needs.
    """
    (rows,) = tab.lists
    row = next(r for r in opened.answers.rows(rows.name) if r.id == str(entry.id))
    ours = [r for r in opened.answers.rows(OUTCOMES.name) if (r["team"] or r.team) == entry.team]
    ready = [r for r in ours if not OUTCOMES.unfinished(r)]
    begun = [r for r in ours if OUTCOMES.unfinished(r)]
    kinds = {code: words for code, words in OUTCOME_TYPES.items() if any(r["type"] == code for r in ready)}
    outcomes = (*(_of_type(*kind) for kind in kinds.items()), *((BEGUN,) if begun else ()))
    form = Form(
        tab.name,
        tab.title,
        (
            Tab("advice", "Advice", (Section("advice", "", rows.fields),)),
            *((Tab("outcomes", "Outcomes", outcomes),) if outcomes or not sent else ()),
        ),
    )
    lists: dict[str, list[Row]] = {f"outcomes_{code}": [r for r in ready if r["type"] == code] for code in kinds}
    lists[BEGUN.name] = begun
    answers = Answers({**opened.answers.answers, **row.answers}, lists, opened.answers.today)
    data = ersa(
        settings.council,
        f"{tab.title}",
        form,
        answers,
        opened.head.reference,
        Sent(person.name, datetime.now(UTC)) if sent else None,
        Written({}, (f"{entry.author} ({entry.team})" if entry.team else entry.author,)),
    )
    title = tab.title if sent else f"{tab.title} (Preview)"
    return {**data, "title": title, "form": "Advice for the assessment", "short": True}


def _of_type(code: str, words: str) -> Rows:
    fields = tuple(f for f in OUTCOMES.fields if f.name != "type")
    return Rows(f"outcomes_{code}", words, "Outcome", fields, title_of=("team",))
