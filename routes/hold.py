"""Legal hold: SENAS keeps a request from being deleted, and says why; a manager says when that is over."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from routes import paint
from routes.case_form import long_text
from routes.documents import SENAS
from routes.guard import Person, only
from routes.opened import Opened, open_record
from routes.reading import read_form
from views import page


@only(*SENAS)
async def show(request: Request) -> Response:
    """The hold that stands, or the form to put one on; and those there were."""
    return await _page(request, await open_record(request))


async def _page(request: Request, opened: Opened, typed: str = "", error: str = "") -> Response:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        holds: list[Any] = await q.hold.list(record=opened.id)
    return page(
        request,
        "hold.html",
        {
            "head": paint.head(opened),
            "back": f"/records/{opened.id}/case",
            "url": f"/records/{opened.id}/hold",
            "standing": next((h for h in holds if not h.lifted_at), None),
            "before": [h for h in holds if h.lifted_at],
            "may_lift": person.role == "manager",
            "typed": typed,
            "error": error,
            "errors": [{"text": error, "href": "#reason"}] if error else [],
            "done": request.query_params.get("done", ""),
        },
        422 if error else 200,
    )


@only(*SENAS)
async def place(request: Request) -> Response:
    """Put it on hold."""
    typed = str((await read_form(request)).get("reason", ""))
    opened = await open_record(request)
    reason, why = long_text(typed, "Say what it is kept for, such as an appeal to the tribunal.")
    if why:
        return await _page(request, opened, typed, why)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        placed = await q.hold.place(record=opened.id, reason=reason)
    return RedirectResponse(f"/records/{opened.id}/hold?done={'placed' if placed else 'already'}", 303)


@only("manager")
async def lift(request: Request) -> Response:
    """Lift it. The days before deletion begin anew."""
    typed = str((await read_form(request)).get("reason", ""))
    opened = await open_record(request)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        if all(h.lifted_at for h in await q.hold.list(record=opened.id)):
            raise HTTPException(404)
    reason, why = long_text(typed, "Say why it is over.")
    if why:
        return await _page(request, opened, typed, why)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        lifted = await q.hold.lift(record=opened.id, reason=reason)
    return RedirectResponse(f"/records/{opened.id}/hold?done={'lifted' if lifted else 'over'}", 303)


ROUTES = [
    Route("/records/{record}/hold", show),
    Route("/records/{record}/hold", place, methods=["POST"]),
    Route("/records/{record}/hold/lift", lift, methods=["POST"]),
]
