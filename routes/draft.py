"""A draft that was started by mistake: withdrawn, kept, and taken up again."""

from psycopg.errors import UniqueViolation
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from routes import paint
from routes.ersa import written
from routes.guard import Person, signed_in
from routes.opened import Opened, open_record
from routes.reading import read_form
from views import page


def _theirs(person: Person, opened: Opened) -> None:
    """Raises HTTPException 403 unless the draft is this person's to withdraw."""
    if opened.head.status != "draft":
        raise HTTPException(403, "This ERSA has been submitted. Ask SENAS if it is to be withdrawn.")
    if person.role != "senco":
        raise HTTPException(403, "A draft is withdrawn by the child’s setting.")


@signed_in
async def show(request: Request) -> Response:
    """What withdrawing this draft would mean, and the button."""
    opened = await open_record(request)
    person: Person = request.state.person
    _theirs(person, opened)
    if opened.head.withdrawn_at is not None:
        return RedirectResponse(f"/records/{opened.id}/submit", 303)
    tabs, progress = paint.tab_list(opened, "submit")
    return page(
        request,
        "draft_withdraw.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "writers": [name for name in written(opened).people if name != person.name],
            "leaves": opened.head.child_came_with_it and all(r.withdrawn_at for r in opened.others),
            "url": f"/records/{opened.id}/withdraw",
            "back": f"/records/{opened.id}/submit",
            **paint.around(opened.form, opened.answers, "submit", opened.id),
        },
    )


@signed_in
async def withdraw(request: Request) -> Response:
    """Take the draft out of everybody's way. Twice is once."""
    await read_form(request)
    opened = await open_record(request, withdrawn_too=True)
    person: Person = request.state.person
    _theirs(person, opened)
    async with request.app.state.db.writing(person.identity) as q:
        await q.record.withdraw(record=opened.id)
    return RedirectResponse(f"/records/{opened.id}/submit", 303)


@signed_in
async def take_up(request: Request) -> Response:
    """Go on with it, as it was."""
    await read_form(request)
    opened = await open_record(request, withdrawn_too=True)
    person: Person = request.state.person
    _theirs(person, opened)
    try:
        async with request.app.state.db.writing(person.identity) as q:
            await q.record.take_up(record=opened.id)
    except UniqueViolation:
        raise HTTPException(
            409, "Another ERSA has been started for this child since. Open that one, or withdraw it first."
        ) from None
    return RedirectResponse(f"/records/{opened.id}/personal", 303)


ROUTES = [
    Route("/records/{record}/withdraw", show),
    Route("/records/{record}/withdraw", withdraw, methods=["POST"]),
    Route("/records/{record}/take-up", take_up, methods=["POST"]),
]
