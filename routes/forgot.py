"""A forgotten password, and a sign-in slowed down by others' wrong tries: what the mailbox of the account mends."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import views
from routes.cookies import give_known_device, name_print, signing_in, token_hash
from routes.limits import address, forgot_tries, in_words
from sql import Database, Identity


async def ask(request: Request) -> Response:
    """Ask for a link by mail. Nothing in the answer, nor in its time, depends on whether there is such an account."""
    username, _ = signing_in(request)
    if not username:
        return RedirectResponse("/sign-in?late=1", 303)
    place, name = await forgot_tries(request, username)
    if place:
        words = f"There were too many requests from where you are. Wait {in_words(place)}, then try again."
        context = {"username": username, "error": words}
        return views.page(request, "sign_in_password.html", context, 429, {"Retry-After": str(place)})
    if not name:
        db: Database = request.app.state.db
        async with db.writing(Identity.door) as q:
            await q.account_life.ask(kind="forgot", username=username, address=address(request))
    return RedirectResponse("/sign-in/forgotten", 303)


async def asked(request: Request) -> Response:
    """What happens now, in the same words for everybody."""
    username, _ = signing_in(request)
    if not username:
        return RedirectResponse("/sign-in?late=1", 303)
    settings = request.app.state.settings
    context = {"username": username, "minutes": settings.reset_minutes, "days": settings.sleep_days}
    return views.page(request, "forgot_sent.html", context)


async def ask_unlock(request: Request) -> Response:
    """The mailed link after wrong tries. Nothing happens until the button is pressed: mail scanners follow links."""
    found = await _whose(request)
    if found is None:
        return views.page(request, "password_over.html", status=410)
    return views.page(request, "forgot_unlock.html", {"username": found.username, "path": request.url.path})


async def unlock(request: Request) -> Response:
    """Forget the wrong tries, and know this browser from now on, so that others' tries no longer count for it."""
    found = await _whose(request)
    done = False
    if found is not None:
        who = name_print(request, found.username)
        db: Database = request.app.state.db
        async with db.writing(Identity.door) as q:
            done = await q.account_life.unlock(
                token=token_hash(request.path_params["token"]),
                starts=[f"password:{who}:", f"code:{found.person}:"],
                address=address(request),
            )
    if not done:
        return views.page(request, "password_over.html", status=410)
    response = RedirectResponse("/sign-in", 303)
    give_known_device(request, response, found.username, secrets.token_hex(16))
    return response


async def _whose(request: Request) -> Any:
    db: Database = request.app.state.db
    async with db.reading(Identity.door) as q:
        return await q.account_life.unlock_look(token=token_hash(request.path_params["token"]))


ROUTES = [
    Route("/sign-in/forgot", ask, methods=["POST"]),
    Route("/sign-in/forgotten", asked),
    Route("/unlock/{token}", ask_unlock),
    Route("/unlock/{token}", unlock, methods=["POST"]),
]
