"""ICT's pages of the register of settings: found, added, changed, closed; never deleted."""

from collections.abc import Mapping
from typing import Any

from psycopg.errors import UniqueViolation
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from record import clock
from record.kinds import Refused, read_date
from record.names import fold
from record.register import FIELDS, KINDS, read_setting
from routes.guard import only
from routes.reading import number, read_form
from views import page
from views.words import plural

PAGE = 50  # settings
SHOWN = (("open", "Open"), ("closed", "Closed"), ("all", "All"))


@only("ict")
async def show(request: Request) -> Response:
    """The list: found by part of a name, number or postcode, accents forgiven."""
    typed = request.query_params.get("search", "").replace("\x00", "")[:200]
    which = request.query_params.get("show", "open")
    which = which if which in dict(SHOWN) else "open"
    at = number(request.query_params.get("page", "")) or 1
    async with request.app.state.db.reading(request.state.person.identity) as q:
        rows = [r for r in await q.setting.list() if which == "all" or (which == "closed") == (r.closed_on is not None)]
    words = fold(typed).split()
    found = [r for r in rows if matches(r, words)] if words or not typed.strip() else []
    pages = max(1, -(-len(found) // PAGE))
    at = min(at, pages)
    return page(
        request,
        "settings.html",
        {
            "rows": [{**r._asdict(), "kind": KINDS[r.kind]} for r in found[(at - 1) * PAGE : at * PAGE]],
            "search": typed,
            "show": which,
            "shown": SHOWN,
            "total": plural(len(found), "setting") + (" found" if words else ""),
            "page_number": at,
            "pages": pages,
        },
    )


def matches(r: Any, words: list[str]) -> bool:
    """Whether every word begins a word of the setting's name, or stands in a number, the postcode or the address."""
    name = fold(f"{r.name} {r.address}")
    numbers = f"{r.urn or ''} {r.dfe_number or ''} {r.postcode.replace(' ', '')} {r.postcode}".casefold()
    return all(f" {word}" in name or word in numbers for word in words)


@only("ict")
async def new(request: Request) -> Response:
    """The empty form."""
    return _form(request, None, {})


@only("ict")
async def add(request: Request) -> Response:
    """Add a setting. What was typed stays on the page if it is refused."""
    form = await read_form(request)
    typed = {name: str(form.get(name, "")) for name in FIELDS}
    read, refused = read_setting(lambda name: typed[name])
    if refused:
        return _form(request, None, typed, refused)
    try:
        async with request.app.state.db.writing(request.state.person.identity) as q:
            made = await q.setting.add(**read, closed_on=None)
    except UniqueViolation as error:
        return _form(request, None, typed, taken(error))
    return RedirectResponse(f"/settings/{made}?done=added", 303)


@only("ict")
async def look(request: Request) -> Response:
    """One setting: its facts to change, who works there, closing it."""
    it, people = await _open(request)
    typed = {name: getattr(it, name) or "" for name in FIELDS}
    done = {
        "added": "The setting was added.",
        "changed": "The change was saved.",
        "closed": "The setting was closed.",
        "opened": "The setting is open again.",
    }.get(request.query_params.get("done", ""), "")
    return _form(request, it, typed, people=people, done=done)


@only("ict")
async def change(request: Request) -> Response:
    """Save what was changed."""
    it, people = await _open(request)
    form = await read_form(request)
    typed = {name: str(form.get(name, "")) for name in FIELDS}
    read, refused = read_setting(lambda name: typed[name])
    if refused:
        return _form(request, it, typed, refused, people=people)
    try:
        async with request.app.state.db.writing(request.state.person.identity) as q:
            await q.setting.change(**read, setting=it.id)
    except UniqueViolation as error:
        return _form(request, it, typed, taken(error), people=people)
    return RedirectResponse(f"/settings/{it.id}?done=changed", 303)


@only("ict")
async def close(request: Request) -> Response:
    """Close a setting from a day on, or open it again; the reason goes on the audit trail."""
    it, people = await _open(request)
    form = await read_form(request)
    reason = " ".join(str(form.get("reason", "")).split())[:500]
    typed = {name: getattr(it, name) or "" for name in FIELDS}
    kept = {"reason": reason, "closed_on": str(form.get("closed_on", ""))}
    refused: dict[str, str] = {}
    day = None
    if not it.closed_on:
        try:
            day = read_date(kept["closed_on"])
        except Refused as why:
            refused["closed_on"] = str(why)
        if day and not 1900 < day.year <= clock.today().year + 1:
            refused["closed_on"] = f"Check the year: {day.year} cannot be right here."
    if not reason:
        refused["reason"] = "Say why: it goes on the audit trail."
    if refused:
        return _form(request, it, {**typed, **kept}, refused, people=people)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        await q.setting.because(reason=reason)
        await q.setting.close(setting=it.id, closed_on=day)
    return RedirectResponse(f"/settings/{it.id}?done={'closed' if day else 'opened'}", 303)


def taken(error: UniqueViolation) -> dict[str, str]:
    """Which number another setting has."""
    name = "urn" if "urn" in (error.diag.constraint_name or "") else "dfe_number"
    return {name: f"Another setting has this {FIELDS[name].label} already. Look for it in the list, closed ones too."}


async def _open(request: Request) -> tuple[Any, list[Any]]:
    wanted = number(request.path_params["setting"])
    if wanted is None:
        raise HTTPException(404)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = await q.setting.open(setting=wanted)
        people = await q.setting.people(setting=wanted)
    if it is None:
        raise HTTPException(404)
    return it, people


def _form(
    request: Request,
    it: Any,
    typed: Mapping[str, str],
    refused: Mapping[str, str] | None = None,
    people: list[Any] | None = None,
    done: str = "",
) -> Response:
    labels = {**{name: field.label for name, field in FIELDS.items()}, "closed_on": "Closed on", "reason": "Reason"}
    return page(
        request,
        "setting.html",
        {
            "setting": it,
            "people": people or [],
            "fields": FIELDS,
            "kinds": list(KINDS.items()),
            "typed": typed,
            "refused": refused or {},
            "errors": [{"href": f"#{n}", "text": f"{labels[n]}: {why}"} for n, why in (refused or {}).items()],
            "done": done,
            "today": clock.today(),
        },
        422 if refused else 200,
    )


ROUTES: list[BaseRoute] = [
    Route("/settings", show),
    Route("/settings/new", new),
    Route("/settings/new", add, methods=["POST"]),
    Route("/settings/{setting}", look),
    Route("/settings/{setting}", change, methods=["POST"]),
    Route("/settings/{setting}/close", close, methods=["POST"]),
]
