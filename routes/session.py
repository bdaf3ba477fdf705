"""The session of somebody at work: how long it still has, going on with it, signing in again in place."""

import secrets
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from routes.cookies import give_known_device, give_session, session_token, token_hash
from routes.guard import Person, signed_in
from routes.reading import read_json
from routes.steps import WRONG_PASSWORD, Outcome, try_code, try_password
from sql import Database, Identity

SOMEBODY_ELSE = "Somebody else has signed in in this browser. Open the sign-in page in a new window."
UNKNOWN = "We no longer know whose page this is. Open the sign-in page in a new window."
NOT_RIGHT = "The password is not right."
PASSWORD_MISSING = "Type your password."  # noqa: S105
LATE = "It took too long. Type your password and a new code."


@signed_in
async def look(request: Request) -> Response:
    """Who is signed in, for how many seconds more, and whether that is the last of them: {"user", "remaining", "last"}.

    Looking is no sign of anybody there (see the guard).
    """
    return _left(request)


@signed_in
async def extend(request: Request) -> Response:
    """Somebody is there: the idle time has begun anew."""
    return _left(request)


async def again(request: Request) -> Response:
    """The person whose session has run out signs in again on the same page, with password and code.

    Takes {"password", "code", "user"}; user is whose page it is. 200 {"user", "remaining"}; 422 or 429
    {"message", "field"}; 409 {"message"} where the page cannot tell who it was, or it is another person's by now.
    """
    given = await read_json(request)
    password, code = str(given.get("password", "")), str(given.get("code", ""))
    db: Database = request.app.state.db
    async with db.reading(Identity.door) as q:
        whose = await q.session.whose(token=token_hash(session_token(request)))
    if whose is None:
        raise HTTPException(409, UNKNOWN)
    if str(given.get("user", whose.person)) != str(whose.person):
        raise HTTPException(409, SOMEBODY_ELSE)
    outcome = await try_password(request, whose.username, password)
    if outcome.error == WRONG_PASSWORD:  # the user name stands there and cannot be changed
        outcome = replace(outcome, error=NOT_RIGHT if password else PASSWORD_MISSING)
    if outcome.stage == "code":
        outcome = await try_code(request, outcome.token, code)
    elif not outcome.error:
        raise HTTPException(409, UNKNOWN)  # a new password or authenticator has to be set up first
    if not outcome.token:
        return _no(outcome)
    settings = request.app.state.settings
    remaining = int(settings.idle.total_seconds())
    request.state.remaining = remaining
    response = JSONResponse({"user": whose.person, "remaining": remaining})
    give_session(request, response, outcome.token)
    give_known_device(request, response, whose.username, secrets.token_hex(16))
    return response


def _left(request: Request) -> Response:
    person: Person = request.state.person
    return JSONResponse({"user": person.id, "remaining": person.remaining, "last": person.last})


def _no(outcome: Outcome) -> Response:
    headers = {"Retry-After": str(outcome.wait)} if outcome.wait else None
    status = outcome.status if outcome.error else 422
    return JSONResponse({"message": outcome.error or LATE, "field": outcome.field}, status, headers)


ROUTES = [
    Route("/session", look),
    Route("/session", extend, methods=["POST"]),
    Route("/session/again", again, methods=["POST"]),
]
