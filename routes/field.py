"""One field of a record: saved by itself as it is typed, looked at again, its earlier texts shown and restored."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from record.form import Field, Tab
from record.kinds import Refused
from routes import paint
from routes.failure import NotSignedIn
from routes.guard import Person, signed_in
from routes.opened import WITHDRAWN, find, find_key, form_of, identifier, open_record
from routes.reading import number, read_form, read_json
from sql import Queries
from views import page

CLIENT = re.compile(r"[A-Za-z0-9-]{8,64}")  # a page's own name, made up when it loads


class Unchanged:
    """What ``keep`` gives for a field nobody touched."""

    outcome = "same"


async def keep(
    q: Queries,
    person: Person,
    record: UUID,
    entry: UUID,
    field: Field,
    typed: str,
    base: int,
    client: str = "",
    seq: int = 0,
) -> Any:
    """Store what was typed, by the rules of sql/answer.sql. Raises ``Refused`` for what cannot be stored.

    A form without script has no client of its own: it writes only upon the version it was made from, and a
    text that is the same as that version's is not a change at all.
    """
    here = {"record": record, "entry": entry, "field": field.name}
    value = field.kind.read(typed)
    if not client:
        now = await q.answer.look(**here)
        if now is None and not value:
            return Unchanged
        if now is not None and now.version != base:
            was = await q.answer.earlier(**here, version=base)
            if (was or "") == value:
                return Unchanged
        client, seq = "form", (now.version if now else 0) + 1
    # nobody can go on with another person's run of saves, whatever they send
    given = {**here, "value": value, "base": base, "client": f"{person.id}:{client}", "seq": seq}
    # two first saves at the same moment see nothing of each other: the second look sees both
    outcome = await q.answer.save(**given) or await q.answer.save(**given)
    if outcome is None:
        raise HTTPException(404)
    return outcome


@dataclass(frozen=True)
class Place:
    """Where a field stands: its record and child, its entry, its tab, itself."""

    record: UUID
    child: UUID
    entry: UUID
    tab: Tab
    field: Field


async def writable(q: Queries, request: Request) -> Place:
    """The field in the address, for writing. Raises HTTPException 404, 403 or 410 with the reason."""
    person: Person = request.state.person
    before, _, name = request.path_params["key"].rpartition(".")
    record, entry = identifier(request.path_params["record"]), identifier(before) if before else None
    it = await q.entry.place(record=record, entry=entry) if person.sees_children else None
    if it is None:
        raise HTTPException(404)
    if it.draft_withdrawn_at is not None:
        raise HTTPException(410, WITHDRAWN)
    tab, rows, field = find(form_of(it), "" if it.list == "ersa" else it.list, name)
    if field.locked or field.automatic:
        raise HTTPException(403, "This is held by the council. Ask SENAS to change it.")
    if why := paint.may_write(person, tab) or (paint.theirs(person, rows, it.ours, it.author) if rows else ""):
        raise HTTPException(403, why)
    if it.withdrawn_at is not None and rows:
        raise HTTPException(410, f"This {rows.singular.lower()} was withdrawn. Restore it to write in it.")
    return Place(it.record, it.child, it.entry, tab, field)


@signed_in
async def save(request: Request) -> Response:
    """Autosave: ``{"value", "base", "client", "seq"}`` in, what became of it out."""
    sent = await read_json(request)
    typed, base, client, seq = (sent.get(name) for name in ("value", "base", "client", "seq"))
    if not (isinstance(typed, str) and isinstance(client, str) and CLIENT.fullmatch(client)) or not (
        type(base) is type(seq) is int and 0 <= base < 2**31 and 0 <= seq < 2**53  # true is an int to Python
    ):
        raise HTTPException(400, "This page is out of date. Copy your text, then load the page again.")
    person: Person = request.state.person
    if str(sent.get("person", person.id)) != str(person.id):
        raise NotSignedIn  # the page is still another person's, who was signed in in this browser before
    async with request.app.state.db.writing(person.identity) as q:
        place = await writable(q, request)
        try:
            result = await keep(q, person, place.record, place.entry, place.field, typed, base, client, seq)
        except Refused as refusal:
            return JSONResponse({"state": "refused", "message": str(refusal)}, 422)
        if result.outcome == "conflict":  # the answer to it shows the other's words
            await q.audit.note(
                action="answer.conflict",
                child=place.child,
                record=place.record,
                entry=place.entry,
                field=place.field.name,
                detail="{}",
            )
    kind = place.field.kind
    answer = {
        "state": result.outcome,
        "version": result.version,
        "label": paint.stamp(result.saved_at),
        "by": result.author or "",
    }
    headers = {"X-Field-Version": str(result.version)}
    if result.outcome == "conflict":
        theirs = {"value": kind.typed(result.value), "shown": kind.show(result.value), "mine": result.mine}
        return JSONResponse({**answer, **theirs}, 409, headers)
    return JSONResponse({**answer, "stored": kind.typed(result.value)}, headers=headers)


@signed_in
async def look(request: Request) -> Response:
    """A field as it is now, for a page that shows an older one. No sign that anybody is there."""
    opened = await open_record(request, "record.read", request.path_params["key"][-64:], "asked")
    entry, _, field = find_key(opened, request.path_params["key"])
    stored = opened.stored.get((entry, field.name))
    return JSONResponse(
        {
            "version": stored.version if stored else 0,
            "value": field.kind.typed(stored.value if stored else ""),
            "label": paint.stamp(stored.saved_at) if stored else "",
            "by": stored.author if stored else "",
        }
    )


@signed_in
async def versions(request: Request) -> Response:
    """The version of every field of the record."""
    opened = await open_record(request, "record.count", least="asked")
    return JSONResponse({opened.key(entry, field): s.version for (entry, field), s in opened.stored.items()})


@signed_in
async def history(request: Request) -> Response:
    """Every text a field has had: who, when, from what, to what."""
    opened = await open_record(request, "record.history", request.path_params["key"][-64:], "asked")
    key = request.path_params["key"]
    entry, tab, field = find_key(opened, key)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        rows = await q.answer.history(record=opened.id, entry=entry, field=field.name)
    why = paint.may_write_here(request.state.person, tab, opened)
    return page(
        request,
        "history.html",
        {
            "head": paint.head(opened),
            "field": {"key": key, "label": field.label},
            "back": f"/records/{opened.id}/{tab.name}#f-{key}",
            "restore_url": ""
            if why or field.locked or field.automatic
            else f"/records/{opened.id}/fields/{key}/restore",
            "versions": [
                {
                    "version": h.version,
                    "by": h.author or "",
                    "label": paint.stamp(h.saved_at),
                    "value": field.kind.show(h.value),
                    "was": field.kind.show(h.was),
                    "current": n == 0,
                }
                for n, h in enumerate(rows)
            ],
        },
    )


@signed_in
async def restore(request: Request) -> Response:
    """An earlier text becomes the newest version; nothing in between is lost."""
    form = await read_form(request)
    wanted = str(form.get("version", ""))
    person: Person = request.state.person
    async with request.app.state.db.writing(person.identity) as q:
        place = await writable(q, request)
        here = {"record": place.record, "entry": place.entry, "field": place.field.name}
        text = await q.answer.earlier(**here, version=number(wanted) or 0)
        now = await q.answer.look(**here)
        if text is None or now is None:
            raise HTTPException(404)
        await keep(q, person, place.record, place.entry, place.field, place.field.kind.typed(text), now.version)
    key = request.path_params["key"]
    return RedirectResponse(f"/records/{place.record}/{place.tab.name}#f-{key}", 303)
