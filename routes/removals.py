"""SENAS and ICT take out of a record what should not be there: documents and outcomes of any team; undoable."""

import re
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.codes import OUTCOME_TYPES, TEAMS
from record.documents import REASON, TYPES
from record.kinds import Refused
from routes.document_requests import tell_ended
from routes.guard import only
from routes.loop import KEPT_DAYS
from routes.opened import identifier
from routes.reading import Form, read_form, storable
from views import letter, page

REMOVERS = ("senas", "manager", "ict")
KINDS = ("document", "outcome")
REFERENCE = re.compile(r"(?:ERSA[\s-]*)?(\d{1,9})", re.IGNORECASE)


def _reference(typed: str) -> str:
    """``1044`` and ``ersa 1044`` as ``ERSA-001044``; '' for what is none."""
    found = REFERENCE.fullmatch(typed.strip())
    return f"ERSA-{int(found[1]):06}" if found else ""


@only(*REMOVERS)
async def show(request: Request) -> Response:
    """Ask for the reference; then what is in that record and can be taken out."""
    return await _page(request, storable(request.query_params.get("reference", ""))[:60])


async def _page(request: Request, typed: str, error: str = "", problem: str = "", reason: str = "") -> Response:
    reference = _reference(typed)
    rows: list[Any] = []
    if reference:
        async with request.app.state.db.reading(request.state.person.identity) as q:
            rows = await q.removal.list(reference=reference)
    errors = [{"text": error, "href": f"#reason-{problem}"}] if error else []
    named = {str(r.id): f"“{r.name}”" for r in rows if r.kind == "document"}
    if typed and not reference:
        errors = [{"text": "A reference is like ERSA-001044.", "href": "#reference"}]
    return page(
        request,
        "removals.html",
        {
            "typed": typed,
            "reference": reference,
            "rows": [
                {
                    **r._asdict(),
                    "words": r.name if r.kind == "document" else "Outcome",
                    "about": TYPES.get(r.type, r.type)
                    if r.kind == "document"
                    else OUTCOME_TYPES.get(r.type, "no type yet"),
                    "team": TEAMS.get(r.team, r.team),
                    "url": f"/removals/{reference}/{r.kind}/{r.id}",
                    "problem": error if str(r.id) == problem else "",
                    "typed": reason if str(r.id) == problem else "",
                }
                for r in rows
            ],
            "kept_days": KEPT_DAYS,
            "done": request.query_params.get("done", ""),
            "what": named.get(request.query_params.get("thing", ""), "It"),
            "errors": errors,
        },
        422 if errors else 200,
    )


def _places(request: Request) -> dict[str, Any]:
    kind, reference = request.path_params["kind"], _reference(request.path_params["reference"])
    if kind not in KINDS or not reference:
        raise HTTPException(404)
    return {"reference": reference, "kind": kind, "thing": identifier(request.path_params["thing"])}


@only(*REMOVERS)
async def take_out(request: Request) -> Response:
    """Take it out, say why, and tell who had added it."""
    form: Form = await read_form(request)
    it, typed = _places(request), str(form.get("reason", ""))
    try:
        reason = REASON.read(typed).strip()
        if not reason:
            raise Refused("Say why, so that others understand what happened.")
    except Refused as refusal:
        return await _page(request, it["reference"], str(refusal), str(it["thing"]), typed)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        done = await q.removal.take_out(**it, reason=reason)
        if done is None:
            raise HTTPException(404)
        told = await tell_ended(request, q, it["thing"]) if it["kind"] == "document" else set()
        if done.email and done.email not in told:
            subject, body = letter(
                "removed", reference=it["reference"], kind=it["kind"], link=request.app.state.settings.base_url
            )
            await q.letter.add(recipient=done.email, subject=subject, body=body)
    return RedirectResponse(f"/removals?reference={quote(it['reference'])}&done=removed&thing={it['thing']}", 303)


@only(*REMOVERS)
async def put_back(request: Request) -> Response:
    """Undo it."""
    await read_form(request)
    it = _places(request)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        if not await q.removal.put_back(**it):
            raise HTTPException(404)
    return RedirectResponse(f"/removals?reference={quote(it['reference'])}&done=restored&thing={it['thing']}", 303)


ROUTES = [
    Route("/removals", show),
    Route("/removals/{reference}/{kind}/{thing}/remove", take_out, methods=["POST"]),
    Route("/removals/{reference}/{kind}/{thing}/restore", put_back, methods=["POST"]),
]
