"""The review page on paper: for a meeting, a file or a bundle, with whose it is and the page on each of its pages."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from record.clock import say
from record.codes import NC_YEARS
from record.paper import CONFIDENTIAL
from record.review import Shown
from record.status import STATUS
from routes.case import SENAS, dated, newest_first, questions, taken
from routes.documents import pdf
from routes.ersa import written
from routes.guard import Person, only
from routes.opened import Opened, open_record
from routes.printing import made
from routes.review import BY_TEAM, OUTCOMES, Whole, by_team, changes, document, lacking, whole
from views.words import day, plural, when

FIRST = ((0, "Dates and steps"), (0, "Changed since submission"))
LAST = ((0, "Appendices"), (0, "Documents"))
STATES = {"added": "Added since submission", "withdrawn": "Withdrawn since submission", "": ""}


@only(*SENAS)
async def show(request: Request) -> Response:
    """The review page as a PDF. It is no look at the page: what was new on the screen stays so."""
    person: Person = request.state.person
    opened = await open_record(request, "record.review_print")
    async with request.app.state.db.reading(person.identity) as q:
        found = await whole(q, opened)
    settings = request.app.state.settings
    data = review_paper(found, settings.council, person.name)
    making = request.app.state.paper.preview("review.pdf.html", data)
    return pdf(await made(making, opened.id, ("review", "the review page")), f"{opened.head.reference}-review.pdf")


def review_paper(found: Whole, council: str, reader: str) -> dict[str, Any]:
    """What ``review.pdf.html`` shows to ``reader``; no confidential answer, and nothing marked as new, is on paper."""
    opened, head, sent = found.opened, found.opened.head, found.opened.submission
    by = written(opened).tabs
    tabs = [
        {**tab, "by": by.get(tab["name"], ""), "parts": _teams(opened, tab) or [_part(part) for part in tab["parts"]]}
        for tab in found.tabs
    ]
    places = {tab["title"]: place for place, tab in enumerate(tabs, len(FIRST) + 1)}
    titles = ((t["number"], BY_TEAM if t["name"] == OUTCOMES else t["title"]) for t in tabs)
    numbered = [*FIRST, *titles, *LAST]
    documents = [document(opened.id, d, None, "") for d in found.documents]
    year = opened.answers["nc_year"] or opened.answers["nc_year_by_age"]
    return {
        "title": "Review",
        "name": f"Review of {head.reference}",
        "form": f"Review of {opened.form.title}",
        "council": council,
        "service": "SENAS",
        "draft": False,
        "child": {
            "name": opened.name,
            "dob": day(head.dob),
            "setting": head.setting_name,
            "year": NC_YEARS.get(year, ""),
        },
        "reference": head.reference,
        "status": STATUS[head.status],
        "coordinator": head.coordinator or "",
        "reader": reader,
        "printed": when(datetime.now(UTC)),
        "submitted": {
            "said": f"{when(sent.received_at)} by {sent.submitted_by}",
            "incomplete_reason": sent.incomplete_reason or "",
            "lacking": lacking(opened, found.tabs),
        }
        if sent
        else None,
        "sections": [
            {"place": place, "number": number, "title": title} for place, (number, title) in enumerate(numbered, 1)
        ],
        "dates": [_date(dated(it)) for it in opened.dates],
        "kept": kept(found.case.kept),
        "questions": [_question(it) for it in questions(found.case)],
        "steps": [_step(taken(row, "")) for row in newest_first(found.case.rows)],
        "changes": [_change(it, places[it["tab"]]) for it in changes(opened, found.tabs, None)],
        "tabs": tabs,
        "appendices": [_document(d) for d in documents if d["appendix"]],
        "documents": [_document(d) for d in documents if not d["appendix"]],
    }


def kept(it: Mapping[str, Any] | None) -> str:
    """How long a closed request is kept, as the pages of the case say it; nothing of an open one that is not held."""
    if not it:
        return ""
    until = day(it["until"])
    if it["held"]:
        said = "It is on legal hold, as long as the hold stands." + (f" Without it until {until}." if until else "")
    elif it["open_beside"]:
        said = f"As long as the child has another open request, and until {until}."
    else:
        said = f"It will be deleted on {day(it['goes'])}." if it["goes"] else f"Until {until}."
    return f"How long it is kept: {said}" + (f" ({it['how']})" if it["how"] else "")


def _teams(opened: Opened, tab: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The outcomes, by team; nothing of another tab, or where there are none."""
    return [_rows(team, rows) for team, rows in by_team(opened, tab)] if tab["name"] == OUTCOMES else []


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if part["kind"] == "rows":
        return {**_rows(part["title"], part["rows"]), "empty": part["empty"]}
    return {"kind": "fields", "title": part["title"], "fields": [as_field(f) for f in part["fields"]]}


def _rows(title: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "rows",
        "title": title,
        "empty": "",
        "rows": [
            {
                "title": row["title"],
                "by": row["by"],
                "state": _state(row),
                "unfinished": "",  # what the adviser has still to do is said to the adviser
                "fields": [as_field(f) for f in row["fields"] if f.changed or f.key not in row["said_there"]],
            }
            for row in rows
        ],
    }


def _state(row: Mapping[str, Any]) -> str:
    state = STATES[row["state"]]
    if not row["unfinished"]:
        return state
    return f"{state}, not finished by the adviser" if state else "Not finished by the adviser"


def as_field(f: Shown) -> dict[str, Any]:
    """An answer as the pieces of paper take it; ``now`` is what it says since, where that is something else."""
    changed = f.changed and not f.secret
    return {
        "label": f.label,
        "value": CONFIDENTIAL if f.secret else f.sent or ("No answer" if changed else f.now),
        "now": (f.now or "Emptied") if changed else "",
        "long": f.long,
        "missing": False,
        "language": f.language if f.sent or not changed else "",
        "language_now": f.language if f.now else "",
    }


def _date(it: Mapping[str, Any]) -> dict[str, str]:
    """A date as its sum says dates, so that the two can be compared."""
    how = it["how"]
    return {
        **{name: it[name] for name in ("title", "law", "state")},
        "how": how[:1].upper() + how[1:],
        "due": say(it["due"]),
        "done": say(it["done"]) if it["done"] else "",
    }


def _question(it: Mapping[str, Any]) -> dict[str, str]:
    return {"text": it["text"], "answer": it["answer"], "asked": f"{it['by'] or 'SENAS'} asked, {day(it['on'])}"}


def _step(it: Mapping[str, Any]) -> dict[str, Any]:
    state = "Corrected since" if it["corrected"] else "Correction" if it["corrects"] else ""
    by = f"by {it['by']}, " if it["by"] else ""
    said = f"{day(it['on'])} · recorded {by}{when(it['at'])}"
    facts = (
        [] if it["kind"] in ("question", "answer") and not it["corrected"] else it["facts"]
    )  # they stand above, under Questions
    return {"what": it["what"], "state": state, "said": said, "facts": [list(fact) for fact in facts]}


def _change(it: Mapping[str, Any], place: int) -> dict[str, str]:
    """What changed, in the section that has this place in the contents."""
    return {
        "label": it["label"],
        "tab": it["tab"],
        "place": str(place),
        "by": ", ".join(filter(None, (it["by"], when(it["at"])))),
    }


def _document(d: Mapping[str, Any]) -> dict[str, str]:
    about = (d["type"], d["author"], day(d["dated"]), "" if d["may_open"] else "not yet available")
    return {
        "name": d["name"],
        "about": ", ".join(filter(None, about)),
        "pages": plural(d["pages"], "page") if d["pages"] else "",
        "added": ", ".join(filter(None, (when(d["at"]), d["by"]))),
    }


ROUTES = [Route("/records/{record}/review/print", show)]
