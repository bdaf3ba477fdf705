"""The review page: the whole ERSA on one page, as submitted, with what changed since and what is new to its reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from record.documents import AVAILABILITY, TYPES
from record.form import Need, Rows
from record.review import as_sent, review
from routes import paint
from routes.case import SENAS, Case, case_words, questions
from routes.dates import as_steps
from routes.guard import CONTENT_POLICY, Person, only
from routes.keeping import keeping
from routes.opened import Opened, identifier, open_record
from sql import Queries
from views import page

OUTCOMES = "outcomes"
BY_TEAM = "Outcomes by team"
ADVICE = "Advice"  # what the portal makes of an appendix when it is submitted
VIEWER = f"{CONTENT_POLICY}; frame-src 'self'"


@dataclass(frozen=True)
class Whole:
    """All that there is to review: the case with its record, its tabs as ``record.review`` has them, the documents."""

    case: Case
    tabs: list[dict[str, Any]]
    documents: Sequence[Any]

    @property
    def opened(self) -> Opened:
        return self.case.opened


async def whole(q: Queries, opened: Opened) -> Whole:
    """The record as it was sent and as it is now, in the transaction of ``q``."""
    kept = await q.review.sent(record=opened.id)
    documents = await q.document.list(record=opened.id)
    steps = await q.case.steps(record=opened.id)
    how_long = await keeping(q, opened.id)
    sent = as_sent(kept, opened.answers) if kept else opened.answers
    return Whole(
        Case(opened, as_steps(steps), steps, kept=how_long),
        review(opened.form, sent, opened.answers),
        [d for d in documents if not d.withdrawn_at],
    )


@only(*SENAS)
async def show(request: Request) -> Response:
    """Everything in a record that SENAS was sent, to be read from top to bottom, or printed."""
    person: Person = request.state.person
    since = await _since(request)
    opened = await open_record(request, "record.review")
    async with request.app.state.db.reading(person.identity) as q:
        found = await whole(q, opened)
    case, tabs = found.case, found.tabs
    moments = newest(opened)
    for tab in tabs:
        tab["new"] = is_new(moments.get(tab["name"]), since)
        tab["anchor"], tab["heading"] = f"section-{tab['name']}", tab["title"]
        if tab["name"] == OUTCOMES:
            tab["anchor"], tab["heading"], tab["teams"] = "outcomes", BY_TEAM, by_team(opened, tab)
    shown = [document(opened.id, d, since, request.query_params.get("document", "")) for d in found.documents]
    changed = changes(opened, tabs, since)
    return page(
        request,
        "review.html",
        {
            "head": paint.head(opened),
            "since": since,
            "submission": opened.submission,
            "lacking": lacking(opened, tabs),
            "tabs": tabs,
            "changes": changed,
            "documents": [d for d in shown if not d["appendix"]],
            "appendices": [d for d in shown if d["appendix"]],
            "viewing": next((d for d in shown if d["viewing"]), None),
            "news": {
                "changes": any(it["new"] for it in changed),
                "documents": any(d["new"] for d in shown if not d["appendix"]),
                "appendices": any(d["new"] for d in shown if d["appendix"]),
                "steps": any(is_new(row.at, since) and row.author_id != person.id for row in case.rows),
            },
            "asked": questions(case),
            "url": f"/records/{opened.id}/review",
            **case_words(request, case),
        },
        headers={"Content-Security-Policy": VIEWER},
    )


async def _since(request: Request) -> datetime | None:
    """When this reader's last look ended; None at a first one. The look begins before anything is read: what is written
    in between is on the page, and marked the next time.
    """
    db, person = request.app.state.db, request.state.person
    wanted = identifier(request.path_params["record"])
    if "beside" in request.query_params:
        async with db.reading(person.identity) as q:
            found = await q.review.since(record=wanted)
    else:
        async with db.writing(person.identity) as q:
            found = await q.review.look(record=wanted)
    return found.since if found else None


def is_new(moment: datetime | None, since: datetime | None) -> bool:
    """Whether something has come since the reader's last look; at a first look nothing is marked."""
    return bool(moment and since and moment > since)


def newest(opened: Opened) -> dict[str, datetime]:
    """When anything was last written in each tab, by its name."""
    homes = {
        **{f.name: tab.name for tab in opened.form.tabs for s in tab.sections for f in s.fields},
        **{part.name: tab.name for tab in opened.form.tabs for part in tab.lists},
    }
    lists = {e.id: e.list for e in opened.entries}
    moments: dict[str, datetime] = {}

    def note(home: str | None, at: datetime | None) -> None:
        if home and at:
            moments[home] = max(moments.get(home, at), at)

    for (entry, field), stored in opened.stored.items():
        note(homes.get(field if entry == opened.main else lists.get(entry, "")), stored.saved_at)
    for e in opened.entries:
        note(homes.get(e.list), e.added_at)
        note(homes.get(e.list), e.withdrawn_at)
    return moments


def by_team(opened: Opened, outcomes: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The outcomes under the team each belongs to, in the order in which the teams come."""
    tab = opened.form.tab(OUTCOMES)
    names: dict[str, str] = {}
    for part in tab.parts if tab else ():
        if isinstance(part, Rows):
            names = {code: words for f in part.fields if f.name == "team" for code, words in options(f.kind)}
    found: dict[str, list[dict[str, Any]]] = {}
    for part in outcomes["parts"]:
        for row in part["rows"]:
            found.setdefault(names.get(row["team"], row["team"] or "No team yet"), []).append(row)
    return list(found.items())


def options(kind: Any) -> Iterable[tuple[str, str]]:
    """The choices of a kind of field; nothing for one without."""
    return getattr(kind, "options", {}).items()


def lacking(opened: Opened, tabs: Iterable[Mapping[str, Any]]) -> list[str]:
    """What was missing when it was submitted, a line for each section, as on the cover of the ERSA."""
    found: dict[str, list[str]] = {}
    for it in opened.submission.lacking if opened.submission else ():
        if it["need"] <= Need.REQUIRED:
            found.setdefault(it["tab"], []).append(it["says"])
    return [
        f"Section {tab['number']} {tab['title']}: " + "; ".join(found[tab["name"]])
        for tab in tabs
        if tab["name"] in found
    ]


def changes(opened: Opened, tabs: list[dict[str, Any]], since: datetime | None) -> list[dict[str, Any]]:
    """What has changed since submission, each with who and when and where on the page it stands."""
    found = []
    entries = {str(entry.id): entry for entry in opened.entries}
    for tab in tabs:
        for part in tab["parts"]:
            for field in part.get("fields", ()):
                if field.changed:
                    found.append(change(opened, tab, field.label, field.key, since))
            for row in part.get("rows", ()):
                if row["state"]:
                    entry, added = entries.get(row["id"]), row["state"] == "added"
                    at = entry and (entry.added_at if added else entry.withdrawn_at)
                    found.append(
                        {
                            "tab": tab["title"],
                            "label": f"{row['title']} ({row['state']} since)",
                            "href": f"#entry-{row['id']}",
                            "by": (entry and (entry.author if added else entry.withdrawn_by)) or "",
                            "at": at,
                            "new": is_new(at, since),
                        }
                    )
                    continue
                found += [
                    change(opened, tab, f"{field.label}, {row['title']}", field.key, since)
                    for field in row["fields"]
                    if field.changed
                ]
    return found


def change(opened: Opened, tab: dict[str, Any], label: str, key: str, since: datetime | None) -> dict[str, Any]:
    before, _, name = key.rpartition(".")
    stored = opened.stored.get((UUID(before) if before else opened.main, name))
    at = stored.saved_at if stored else None
    return {
        "tab": tab["title"],
        "label": label,
        "href": f"#answer-{key}",
        "by": stored.author if stored else "",
        "at": at,
        "new": is_new(at, since),
    }


def document(record: UUID, d: Any, since: datetime | None, viewing: str) -> dict[str, Any]:
    """A document of the record, in words."""
    return {
        "id": str(d.id),
        "name": d.name,
        "type": TYPES.get(d.category, d.category),
        "availability": "" if d.availability == "all" else AVAILABILITY[d.availability],
        "may_open": d.may_open,
        "author": d.author,
        "dated": d.dated,
        "size": d.size,
        "pages": d.pages,
        "by": d.added_by or "",
        "at": d.added_at,
        "href": f"/records/{record}/documents/{d.id}",
        "new": not d.mine and is_new(d.added_at, since),
        "appendix": d.category == ADVICE,
        "viewing": d.may_open and str(d.id) == viewing,
    }


ROUTES = [Route("/records/{record}/review", show)]
