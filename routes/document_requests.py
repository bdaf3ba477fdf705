"""What professionals ask SENAS for about documents: to open one, or to take one away; each decided in one click."""

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.documents import AVAILABILITY, REASON, TYPES
from record.kinds import Refused
from routes.documents import SENAS, list_page, places
from routes.guard import Person, only, signed_in
from routes.opened import identifier, open_record
from routes.reading import read_form
from sql import Queries
from views import letter, page

QUEUE = 200
DECIDED = 40
STATES = {
    "waiting": "Waiting", "granted": "Granted", "declined": "Declined", "gone": "Document taken away",
    "revoked": "Taken back",
}  # fmt: skip
OPEN_TO_ALL = "The ERSA as it was submitted is open to everybody on the record; that cannot be changed."


async def tell_senas(request: Request, q: Queries, it: Any, kind: str) -> None:
    """A letter to the co-ordinator, or to SENAS where there is none: by reference, never with a name."""
    settings = request.app.state.settings
    recipient = it.coordinator_email or settings.ersa_email
    if recipient:
        subject, body = letter(
            "document_asked", reference=it.reference, kind=kind, link=f"{settings.base_url}/document-requests"
        )
        await q.letter.add(recipient=recipient, subject=subject, body=body)


async def tell_asker(
    request: Request, q: Queries, it: Any, reference: str, *, granted: bool, gone: bool = False
) -> None:
    """A letter to who asked, saying how it was decided, or that the document is ``gone``."""
    if it.email:
        link = f"{request.app.state.settings.base_url}/records/{it.record}/documents"
        subject, body = letter(
            "document_decided", reference=reference, kind=it.kind, granted=granted, gone=gone, link=link
        )
        await q.letter.add(recipient=it.email, subject=subject, body=body)


async def tell_ended(request: Request, q: Queries, document: UUID) -> set[str]:
    """Write to everybody whose request ended with a document that was taken away just now; their addresses."""
    ended = await q.document.ended(document=document)
    for it in ended:
        taken = it.kind == "remove"
        await tell_asker(request, q, it, it.reference, granted=taken, gone=not taken)
    return {it.email for it in ended}


def _not_to_ask(it: Any) -> str:
    """Why there is nothing to ask SENAS for about a document; '' where it can be made available."""
    if it.withdrawn_at is not None:
        return "This document was taken away, so nobody can open it."
    if it.scan == "waiting":
        return "This document is still being looked at for viruses. Try again in a minute: there is nobody to ask."
    if it.scan == "refused":
        return "The scanner found a virus in this document, so nobody can open it. Ask who added it for a clean copy."
    return "You can open this document already." if it.may_open else ""


@signed_in
async def ask(request: Request) -> Response:
    """Ask SENAS to make a document available."""
    await read_form(request)
    opened = await open_record(request)
    person: Person = request.state.person
    if person.role in SENAS:
        raise HTTPException(403, "SENAS opens every document; there is nobody to ask.")
    record, document = places(request)
    async with request.app.state.db.writing(person.identity) as q:
        it = await q.document.look(record=record, document=document)
        if it is None:
            raise HTTPException(404)
        why_not = _not_to_ask(it)
        if not why_not and await q.document.ask(record=record, document=document, kind="open", reason=""):
            await tell_senas(request, q, it, "open")
    if why_not:
        return await list_page(request, opened, why_not, 422)
    return RedirectResponse(f"/records/{opened.id}/documents?done=asked", 303)


@only(*SENAS)
async def set_availability(request: Request) -> Response:
    """Who may open it: everybody on the record, or SENAS and who added it, which ends what was granted to others."""
    form = await read_form(request)
    opened = await open_record(request)
    wanted = str(form.get("availability", ""))
    if wanted not in AVAILABILITY:
        return await list_page(request, opened, "Choose who may open the document.", 422)
    record, document = places(request)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        it = await q.document.look(record=record, document=document)
        if it is None:
            raise HTTPException(404)
        if await q.document.make_available(record=record, document=document, availability=wanted) is None:
            raise HTTPException(409, "This document was taken away." if it.withdrawn_at else OPEN_TO_ALL)
    return RedirectResponse(f"/records/{opened.id}/documents?done=availability#document-{document}", 303)


@only(*SENAS)
async def show(request: Request) -> Response:
    """The queue: what waits, the oldest first; or what was decided."""
    return await _queue(request)


async def _queue(
    request: Request, error: str = "", problem: UUID | None = None, typed: str = "", status: int = 200
) -> Response:
    waiting = request.query_params.get("show") != "decided" or bool(error)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        found = await q.document.requests(waiting=waiting, most=QUEUE if waiting else DECIDED)
    return page(
        request,
        "document_requests.html",
        {
            "waiting": waiting,
            "rows": [
                {
                    **r._asdict(),
                    "type": TYPES.get(r.category, r.category),
                    "href": f"/records/{r.record}/documents#document-{r.document}",
                    "open": f"/records/{r.record}/documents/{r.document}",
                    "words_of_state": STATES[r.state],
                    "problem": error if r.id == problem else "",
                    "typed": typed if r.id == problem else "",
                }
                for r in found
            ],
            "done": request.query_params.get("done", ""),
            "errors": [{"text": error, "href": f"#answer-{problem}" if problem else ""}] if error else [],
        },
        status,
    )


@only(*SENAS)
async def grant(request: Request) -> Response:
    """Let who asked open it, or take it away as they asked."""
    await read_form(request)
    return await _decide(request, "granted", "")


@only(*SENAS)
async def revoke(request: Request) -> Response:
    """Take back that somebody may open a document which SENAS keeps to itself."""
    await read_form(request)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        it = await q.document.hold(request=identifier(request.path_params["request"]))
        if it is None:
            raise HTTPException(404)
        if not await q.document.revoke(request=it.id):
            raise HTTPException(409, "This was taken back already.")
    return RedirectResponse(f"/records/{it.record}/documents?done=revoked#document-{it.document}", 303)


@only(*SENAS)
async def decline(request: Request) -> Response:
    """Leave it as it is, and say why."""
    typed = str((await read_form(request)).get("answer", ""))
    wanted = identifier(request.path_params["request"])
    try:
        answer = REASON.read(typed).strip()
        if not answer:
            raise Refused("Say why: the person who asked will read it.")
    except Refused as refusal:
        return await _queue(request, str(refusal), wanted, typed, 422)
    return await _decide(request, "declined", answer)


async def _decide(request: Request, state: str, answer: str) -> Response:
    wanted = identifier(request.path_params["request"])
    async with request.app.state.db.writing(request.state.person.identity) as q:
        it = await q.document.hold(request=wanted)
        if it is None:
            raise HTTPException(404)
        if it.state != "waiting":
            raise HTTPException(409, "A colleague has decided this already.")
        await q.document.decide(request=wanted, state=state, answer=answer)
        if it.kind == "remove" and state == "granted":
            if await q.document.withdraw(record=it.record, document=it.document, reason=it.reason) is None:
                raise HTTPException(409, "This document has been taken away already.")
            await tell_ended(request, q, it.document)
        await tell_asker(request, q, it, it.reference, granted=state == "granted")
    return RedirectResponse(f"/document-requests?done={state}", 303)


DOCUMENT = "/records/{record}/documents/{document}"
ROUTES = [
    Route("/document-requests", show),
    Route("/document-requests/{request}/grant", grant, methods=["POST"]),
    Route("/document-requests/{request}/decline", decline, methods=["POST"]),
    Route("/document-requests/{request}/revoke", revoke, methods=["POST"]),
    Route(f"{DOCUMENT}/ask", ask, methods=["POST"]),
    Route(f"{DOCUMENT}/availability", set_availability, methods=["POST"]),
]
