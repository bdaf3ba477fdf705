"""Takes a document out of a record, with a reason, so that it can be brought back for a month.

Before the ERSA is sent, who added a document withdraws it, and brings it back. Afterwards SENAS is asked to; SENAS
itself removes and brings back.
"""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.documents import REASON
from record.kinds import Refused
from routes import document_requests, paint
from routes.documents import SENAS, places
from routes.guard import Person, signed_in
from routes.loop import KEPT_DAYS
from routes.opened import Opened, open_record
from routes.reading import read_form
from sql import Queries
from views import letter, page


async def _look(request: Request, q: Queries) -> Any:
    record, document = places(request)
    it = await q.document.look(record=record, document=document)
    if it is None:
        raise HTTPException(404)
    return it


def _way(person: Person, it: Any) -> str:
    """'remove', 'withdraw' or 'ask'. Raises HTTPException 403 with a sentence for who may do none of them."""
    if it.submission is not None:
        raise HTTPException(403, "The ERSA as it was submitted is never taken away.")
    if it.withdrawn_at is not None:
        raise HTTPException(409, "This document has been taken away already.")
    if person.role in SENAS:
        return "remove"
    if not it.mine:
        raise HTTPException(403, "Only the person who added a document, or SENAS, can take it away.")
    return "withdraw" if it.status == "draft" else "ask"


@signed_in
async def show(request: Request) -> Response:
    """Why it should go; and what happens then."""
    opened = await open_record(request, least="asked")
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = await _look(request, q)
    return _form(request, opened, it, _way(request.state.person, it))


def _form(request: Request, opened: Opened, it: Any, way: str, typed: str = "", error: str = "") -> Response:
    tabs, progress = paint.tab_list(opened, "documents")
    return page(
        request,
        "document_remove.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "document": it,
            "way": way,
            "typed": typed,
            "error": error,
            "kept_days": KEPT_DAYS,
            "url": f"/records/{opened.id}/documents/{it.id}/remove",
            "back": f"/records/{opened.id}/documents",
            **paint.around(opened.form, opened.answers, "documents", opened.id),
        },
        422 if error else 200,
    )


@signed_in
async def remove(request: Request) -> Response:
    """Take it out of the record, or ask SENAS to."""
    form = await read_form(request)
    opened = await open_record(request, least="asked")
    person: Person = request.state.person
    typed = str(form.get("reason", ""))
    async with request.app.state.db.writing(person.identity) as q:
        it = await _look(request, q)
        way = _way(person, it)
        try:
            reason = REASON.read(typed).strip()
            if not reason:
                raise Refused("Say why, so that others understand what happened.")
        except Refused as refusal:
            return _form(request, opened, it, way, typed, str(refusal))
        if way == "ask":
            if await q.document.ask(record=opened.id, document=it.id, kind="remove", reason=reason):
                await document_requests.tell_senas(request, q, it, "remove")
            done = "asked"
        else:
            if await q.document.withdraw(record=opened.id, document=it.id, reason=reason) is None:
                raise HTTPException(409, "The ERSA was submitted in the meantime. Ask SENAS to remove the document.")
            told = await document_requests.tell_ended(request, q, it.id) if way == "remove" else set()
            if way == "remove" and it.added_by_email and it.added_by_email not in told:
                subject, body = letter(
                    "document_removed",
                    reference=it.reference,
                    link=f"{request.app.state.settings.base_url}/records/{opened.id}/documents",
                )
                await q.letter.add(recipient=it.added_by_email, subject=subject, body=body)
            done = "removed"
    return RedirectResponse(f"/records/{opened.id}/documents?done={done}", 303)


@signed_in
async def restore(request: Request) -> Response:
    """Bring back what was taken away, as long as it is kept: SENAS, or in a draft whoever took it away."""
    await read_form(request)
    opened = await open_record(request, least="asked")
    person: Person = request.state.person
    async with request.app.state.db.writing(person.identity) as q:
        it = await _look(request, q)
        if await q.document.restore(record=opened.id, document=it.id) is None:
            if person.role in SENAS:
                raise HTTPException(409, "It is back already, or it was cleared away: it is kept for a month.")
            if it.withdrawn_at is None:
                raise HTTPException(404)
            raise HTTPException(403, "The ERSA has been submitted, so SENAS brings documents back.")
    return RedirectResponse(f"/records/{opened.id}/documents?done=restored", 303)


DOCUMENT = "/records/{record}/documents/{document}"
ROUTES = [
    Route(f"{DOCUMENT}/remove", show),
    Route(f"{DOCUMENT}/remove", remove, methods=["POST"]),
    Route(f"{DOCUMENT}/restore", restore, methods=["POST"]),
]
