"""What advice somebody is asked for, they themselves or their team; and what they gave, which stays theirs to read."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record import FORMS
from record.advice import Asked
from record.appendices import title_of
from record.clock import today
from routes.guard import only
from routes.opened import identifier
from routes.reading import read_form
from routes.trail import listed
from views import page

ADVISERS = ("adviser", "senco")
SAID = {
    "submitted": "Your advice was submitted. SENAS and the child’s setting can read it under Documents, you can here.",
    "declined": "The person who asked is told that you declined, and why.",
    "passed": "Your colleague and the person who asked are told.",
}


@only(*ADVISERS)
async def show(request: Request) -> Response:
    """The list."""
    return await _page(request)


async def _page(request: Request, error: str = "") -> Response:
    async with request.app.state.db.reading(request.state.person.identity) as q:
        rows = await q.advice_request.mine()
    await listed(request, (r.child for r in rows))
    appendices = [tab for form in FORMS.values() for tab in form.appendices]

    def line(r: Any) -> dict[str, Any]:
        return {
            **r._asdict(),
            "title": title_of(r.list, appendices),
            "late": r.needed and r.due < today(),
            "how": Asked("", r.asked_on, r.due, r.statutory).how() if r.due else "",
            "href": f"/records/{r.record}/{r.list}",
            "about": f"/records/{r.record}/advice-requests#request-{r.id}",
            "advice": f"/records/{r.record}/documents/{r.document}",
        }

    return page(
        request,
        "my_advice.html",
        {
            "mine": [line(r) for r in rows if r.mine and not r.document],
            "team": [line(r) for r in rows if not r.mine],
            "given": [line(r) for r in rows if r.document],
            "said": "" if error else SAID.get(request.query_params.get("done", ""), ""),
            "errors": [{"text": error, "href": "#team"}] if error else [],
        },
        409 if error else 200,
    )


@only(*ADVISERS)
async def take(request: Request) -> Response:
    """Take on what one's team was asked for."""
    await read_form(request)
    wanted = identifier(request.path_params["request"])
    async with request.app.state.db.reading(request.state.person.identity) as q:
        known = any(r.id == wanted for r in await q.advice_request.mine())
    async with request.app.state.db.writing(request.state.person.identity) as q:
        record = await q.advice_request.take(request=wanted)
    if record is not None:
        return RedirectResponse(f"/records/{record}/advice-requests#request-{wanted}", 303)
    if known:
        return await _page(request, "A colleague has just taken this, or you are asked for the same appendix already.")
    raise HTTPException(404)


ROUTES = [
    Route("/advice", show),
    Route("/advice/{request}/take", take, methods=["POST"]),
]
