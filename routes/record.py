"""A child's record, tab by tab: shown to read or to write in, and updated as a whole form where there is no script."""

from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from record.documents import FOLLOWS
from record.form import Tab
from record.kinds import Refused
from routes import advice, grouped, paint
from routes.afterwards import changed_tab
from routes.field import keep
from routes.guard import Person, signed_in
from routes.opened import Opened, find_key, open_record
from routes.reading import FIELDS, Form, number, read_form
from sql import Queries
from views import page
from views.help import questions


@signed_in
async def first(request: Request) -> Response:
    """A record's bare address leads to its first tab, and for SENAS to the page they review it on."""
    place = "review" if request.state.person.role in ("senas", "manager") else "personal"
    return RedirectResponse(f"/records/{request.path_params['record']}/{place}", 303)


@signed_in
async def show(request: Request) -> Response:
    """One tab."""
    opened = await open_record(request, least="asked")
    tab = tab_of(request, opened)
    return painted(request, opened, tab, saved=number(request.query_params.get("saved", ""), most=FIELDS))


def tab_of(request: Request, opened: Opened) -> Tab:
    """The tab in the address. Raises HTTPException 404 for one the form does not have, or not for this child."""
    tab = opened.form.tab(request.path_params["tab"])
    if tab is None or not tab.applies(opened.answers):
        raise HTTPException(404)
    return tab


def painted(
    request: Request,
    opened: Opened,
    tab: Tab,
    typed: paint.Typed = paint.NOTHING_TYPED,
    saved: int | None = None,
    status: int = 200,
) -> Response:
    """The page of a tab."""
    person = request.state.person
    tabs, progress = paint.tab_list(opened, tab.name)
    why = paint.may_write_here(person, tab, opened)
    by = request.query_params.get("by", "")
    return page(
        request,
        "record.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "tab": {
                "name": tab.name,
                "title": tab.title,
                "about": tab.about,
                "readonly": bool(why),
                "readonly_why": why,
                "url": f"/records/{opened.id}/{tab.name}{again(tab, by)}",
                "changed_after": changed_tab(opened, tab),
            },
            "parts": paint.parts(opened, tab, person, typed, by),
            "again": again(tab, by),
            "needs": paint.needs(opened, tab),
            "documents": [*dict.fromkeys(name for name, _ in opened.documents), FOLLOWS],
            "errors": [
                {"href": f"#{key}", "text": why, "label": find_key(opened, key)[2].label}
                for key, why in typed.errors.items()
            ]
            + [
                {
                    "href": f"#c-{key}",
                    "text": f"{theirs['by']} changed this answer at the same time. Both texts are shown: choose.",
                    "label": find_key(opened, key)[2].label,
                }
                for key, theirs in typed.conflicts.items()
            ],
            "saved": saved,
            "appendix": advice.panel(
                opened, tab, person, request.query_params.get("confirm") == "yes", request.query_params.get("entry", "")
            ),
            "submitted": bool(tab.written_by) and request.query_params.get("submitted") == "yes",
            "asked_here": questions(tab.name, person.role, writes=not why),
            **paint.around(opened.form, opened.answers, tab.name, opened.id),
        },
        status,
    )


def again(tab: Tab, by: str) -> str:
    """What the tab's address carries so that its list comes back grouped by the field ``by``."""
    parts = (part for part in tab.lists if part.grouped_by)
    return next((grouped.again(part, grouped.chosen(part, by)) for part in parts), "")


@dataclass
class Kept:
    """What became of a whole form: how many answers were saved, and what to show again in place."""

    saved: int = 0
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def typed(self) -> paint.Typed:
        return paint.Typed(self.values, self.errors, self.conflicts)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it: 409 where two wrote at once, 422 where something was refused."""
        return 409 if self.conflicts else 422 if self.errors else 200


async def keep_form(q: Queries, person: Person, opened: Opened, tab: Tab, form: Form) -> Kept:
    """Save every field of the tab that the form holds.

    Each text is compared with the version the form was made from, so that a field nobody touched here never
    overwrites what somebody else wrote meanwhile. What is refused costs nothing else.
    """
    kept = Kept()
    for key in dict.fromkeys(name.removeprefix("base.") for name in form if name.startswith("base.")):
        try:
            entry, home, asked = find_key(opened, key)
        except HTTPException:
            continue  # a field the form no longer asks for
        it = next(e for e in opened.entries if e.id == entry)
        rows = next((part for part in tab.lists if part.name == it.list), None)
        if home is not tab or asked.locked or asked.automatic or it.withdrawn_at is not None:
            continue
        if rows and paint.theirs(person, rows, it.ours, it.author):
            continue
        typed, base = " ".join(str(text) for text in form.getlist(key)), str(form.get(f"base.{key}", ""))
        version = number(base) or 0
        try:
            outcome = await keep(q, person, opened.id, entry, asked, typed, version)
        except Refused as refusal:
            kept.values[key], kept.errors[key] = typed, str(refusal)
            continue
        if outcome.outcome == "saved":
            kept.saved += 1
        elif outcome.outcome == "conflict":
            kept.values[key] = typed
            kept.conflicts[key] = {
                "by": outcome.author or "Someone else",
                "label": paint.stamp(outcome.saved_at),
                "value": asked.kind.show(outcome.value),
                "version": outcome.version,
            }
    return kept


@signed_in
async def update(request: Request) -> Response:
    """Every field of the tab at once, from a browser without scripts."""
    form = await read_form(request)
    opened = await open_record(request, "record.update", least="asked")
    tab = tab_of(request, opened)
    person: Person = request.state.person
    if why := paint.may_write(person, tab):
        raise HTTPException(403, why)
    async with request.app.state.db.writing(person.identity) as q:
        kept = await keep_form(q, person, opened, tab, form)
    if kept.status != 200:
        return await repaint(request, tab.name, kept)
    by = again(tab, request.query_params.get("by", ""))
    return RedirectResponse(f"/records/{opened.id}/{tab.name}{by}{'&' if by else '?'}saved={kept.saved}", 303)


async def repaint(request: Request, name: str, kept: Kept | None = None) -> Response:
    """The tab of that name as it stands after a change, with what could not be saved in place."""
    opened = await open_record(request, least="asked")
    tab = opened.form.tab(name)
    if tab is None:
        raise HTTPException(404)
    kept = kept or Kept()
    return painted(request, opened, tab, kept.typed, kept.saved or None, kept.status)


@signed_in
async def attention(request: Request) -> Response:
    """The tab list and what the tab still needs, counted anew: asked for by the page after it saved."""
    opened = await open_record(request, "record.count", least="asked")
    tab = opened.form.tab(request.query_params.get("tab", ""))
    name = tab.name if tab else ""
    tabs, progress = paint.tab_list(opened, name)
    context = {"head": paint.head(opened), "tabs": tabs, "progress": progress, "tab": {"name": name}}
    if tab:
        context["needs"] = paint.needs(opened, tab)
        by = request.query_params.get("by", "")
        context["again"] = again(tab, by)
        context["cards"] = [
            paint.card(opened, part, row, number, grouped.chosen(part, by))
            for part in tab.lists
            for number, row in enumerate(opened.answers.rows(part.name), 1)
        ]
    return page(request, "needs_attention.html", context)
