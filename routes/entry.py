"""The entries of a record's lists: added, withdrawn, restored, moved up and down."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from record.form import Field, Rows, Tab
from routes import paint
from routes.field import keep
from routes.guard import Person, signed_in
from routes.opened import Opened, find_list, identifier, open_record
from routes.reading import Form, read_form
from routes.record import again, keep_form, repaint
from sql import Queries


@signed_in
async def add(request: Request) -> Response:
    """A new, empty entry at the end of a list. The page made its identifier: twice the same adds one."""
    form = await read_form(request)
    opened = await open_record(request, "record.update", least="asked")
    tab, rows = find_list(opened.form, request.path_params["list"])
    entry = identifier(str(form.get("entry", "")))
    given = {"entry": entry, "record": opened.id, "list": rows.name, "most": rows.most}
    person: Person = request.state.person
    if rows.one_each and any(e.list == rows.name and e.mine and e.withdrawn_at is None for e in opened.entries):
        raise HTTPException(409, f"You have begun {rows.title} already: open it to revise it.")
    begins = beginning(opened, rows, person, request.query_params.get("beside", ""))

    async def begin(q: Queries) -> None:
        if await q.entry.add(**given):
            for field, typed in begins:
                await keep(q, person, opened.id, entry, field, typed, 0)

    return await _change(request, opened, tab, form, entry, begin)


def beginning(opened: Opened, rows: Rows, person: Person, beside: str) -> list[tuple[Field, str]]:
    """What a new entry begins with: its author's team, and what it shares with the one it is added beside."""
    other = next((e.id for e in opened.entries if e.list == rows.name and str(e.id) == beside), None)
    begins = []
    for field in rows.fields:
        if field.name == rows.team_field and person.team in getattr(field.kind, "options", {}):
            begins.append((field, person.team))
        elif field.name in rows.beside and other and (said := opened.stored.get((other, field.name))):
            begins.append((field, field.kind.typed(said.value)))
    return begins


def taken_out(it: Any) -> str:
    """Why an entry is not its team's to put back: SENAS or ICT removed it; empty where nobody did."""
    if not it.withdrawn_reason:
        return ""
    return f"{it.withdrawn_by} removed this: {it.withdrawn_reason} SENAS and Education ICT can put it back."


def changing(change: Callable[..., Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """A handler that does ``change`` to the entry in the address, if this person may."""

    @signed_in
    async def handler(request: Request) -> Response:
        form = await read_form(request)
        opened = await open_record(request, "record.update", least="asked")
        entry = identifier(request.path_params["entry"])
        it = next((e for e in opened.entries if e.id == entry and e.list != "ersa"), None)
        if it is None:
            raise HTTPException(404)
        tab, rows = find_list(opened.form, it.list)
        if why := paint.theirs(request.state.person, rows, it.ours, it.author) or taken_out(it):
            raise HTTPException(403, why)
        here = {"record": opened.id, "entry": entry}
        return await _change(request, opened, tab, form, entry, lambda q: change(q, here))

    return handler


withdraw = changing(lambda q, here: q.entry.withdraw(**here))
restore = changing(lambda q, here: q.entry.restore(**here))
up = changing(lambda q, here: q.entry.move(**here, step=-1))
down = changing(lambda q, here: q.entry.move(**here, step=1))


async def _change(
    request: Request,
    opened: Opened,
    tab: Tab,
    form: Form,
    entry: UUID,
    change: Callable[[Queries], Awaitable[Any]],
) -> Response:
    """Save what the form holds besides (its buttons are part of the tab's form), then do the change; one commit."""
    person: Person = request.state.person
    if why := paint.may_write(person, tab):
        raise HTTPException(403, why)
    async with request.app.state.db.writing(person.identity) as q:
        kept = await keep_form(q, person, opened, tab, form)
        await change(q)
    if kept.status != 200 or request.headers.get("HX-Request") == "true":
        return await repaint(request, tab.name, kept)
    by = again(tab, request.query_params.get("by", ""))
    return RedirectResponse(f"/records/{opened.id}/{tab.name}{by}#entry-{entry}", 303)
