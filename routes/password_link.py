"""The mailed link by which somebody sets their password."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import views
from routes import passwords
from routes.cookies import drop_password_token, give_password_token, password_token, token_hash
from routes.limits import address
from routes.reading import read_form
from sql import Database, Identity

NOT_THE_SAME = "The two passwords are not the same. Type the new password again."


async def follow(request: Request) -> Response:
    """The link itself: only puts the token aside, so that it is neither used up by a mail scanner nor in sight."""
    response = RedirectResponse("/password", 303)
    give_password_token(request, response, request.path_params["token"])
    return response


async def ask(request: Request) -> Response:
    """Ask for the new password, or say that the link is of no use any more."""
    found = await _whose(request)
    if found is None:
        return _over(request)
    return _page(request, found.username, "", "")


async def take(request: Request) -> Response:
    """Set the password, once. Signing in comes afterwards, with the authenticator's code as ever."""
    found = await _whose(request)
    if found is None:
        return _over(request)
    form = await read_form(request)
    password, again = form.get("password", ""), form.get("again", "")
    error = passwords.fault(password, found.username, found.name, found.email)
    repeated = "" if error or password == again else NOT_THE_SAME
    if error or repeated:
        return _page(request, found.username, error, repeated)
    stored = await passwords.hashed(password, request.app.state.settings.cheap_hashes)
    subject, body = views.letter("password_set", name=found.name)
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        used = await q.password_link.use(
            token=token_hash(password_token(request)),
            password=stored,
            address=address(request),
            subject=subject,
            body=body,
        )
    if not used:
        return _over(request)
    response = RedirectResponse("/password/set", 303)
    drop_password_token(request, response)
    return response


async def done(request: Request) -> Response:
    """The password is set: on to signing in."""
    return views.page(request, "password_set.html")


async def _whose(request: Request) -> Any:
    token = password_token(request)
    if not token:
        return None
    db: Database = request.app.state.db
    async with db.reading(Identity.door) as q:
        return await q.password_link.look(token=token_hash(token))


def _page(request: Request, username: str, error: str, repeated: str) -> Response:
    context = {"username": username, "least": passwords.LEAST, "error": error, "repeated": repeated}
    return views.page(request, "password.html", context, 422 if error or repeated else 200)


def _over(request: Request) -> Response:
    return views.page(request, "password_over.html", status=410)


ROUTES = [
    Route("/password", ask),
    Route("/password", take, methods=["POST"]),
    Route("/password/set", done),
    Route("/password/{token}", follow),
]
