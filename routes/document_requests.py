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


async def tell_senas(request: Request, q: Queries, it: Any, kind: str) -> None:
    """A letter to the co-ordinator, or to SENAS where there is none: by reference, never with a name."""
    settings = request.app.state.settings
    recipient = it.coordinator_email or settings.ersa_email
    if recipient:
        subject, body = letter(
            "document_asked", reference=it.reference, kind=kind, link=f"{settings.base_url}/document-requests"
        )
        await q.letter.add(recipient=recipient, subject=subject, body=body)


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
        if await q.document.ask(record=record, document=document, kind="open", reason=""):
            await tell_senas(request, q, it, "open")
    return RedirectResponse(f"/records/{opened.id}/documents?done=asked", 303)


@only(*SENAS)
async def set_availability(request: Request) -> Response:
    """Who may open it: everybody on the record, or SENAS and who added it."""
    form = await read_form(request)
    opened = await open_record(request)
    wanted = str(form.get("availability", ""))
    if wanted not in AVAILABILITY:
        return await list_page(request, opened, "Choose who may open the document.", 422)
    record, document = places(request)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        if await q.document.make_available(record=record, document=document, availability=wanted) is None:
            raise HTTPException(404)
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
async def decline(request: Request) -> Response:
    """Leave it as it is, and say why."""
    typed = str((await read_form(request)).get("answer", ""))
    wanted = identifier(request.path_params["request"])
    try:
        answer = REASON.read(typed).strip()
        if not answer:
            raise Refused("Say why: who asked reads it.")
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
            await q.document.withdraw(record=it.record, document=it.document, reason=it.reason)
        if it.email:
            subject, body = letter(
                "document_decided",
                reference=it.reference,
                kind=it.kind,
                granted=state == "granted",
                link=f"{request.app.state.settings.base_url}/records/{it.record}/documents",
            )
            await q.letter.add(recipient=it.email, subject=subject, body=body)
    return RedirectResponse(f"/document-requests?done={state}", 303)


DOCUMENT = "/records/{record}/documents/{document}"
ROUTES = [
    Route("/document-requests", show),
    Route("/document-requests/{request}/grant", grant, methods=["POST"]),
    Route("/document-requests/{request}/decline", decline, methods=["POST"]),
    Route(f"{DOCUMENT}/ask", ask, methods=["POST"]),
    Route(f"{DOCUMENT}/availability", set_availability, methods=["POST"]),
]
