"""Signing in and out: user name, password, authenticator code; at first a password and authenticator of one's own."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import views
from record.people import as_username
from routes import codes, passwords
from routes.cookies import (
    drop_session,
    drop_signing_in,
    give_known_device,
    give_session,
    give_signing_in,
    session_token,
    signing_in,
    token_hash,
)
from routes.guard import Person
from routes.reading import read_form
from routes.steps import Outcome, choose_password, pending_seed, try_code, try_password
from sql import Database, Identity

PAGE_OF = {"choose": "/sign-in/choose", "enrol": "/sign-in/authenticator", "code": "/sign-in/code"}
HOME = "/gateway"
FIRST_CODES = "/account/recovery-codes"
NAME_MISSING = "Type your user name."
PASSWORD_MISSING = "Type your password."  # noqa: S105
NOT_THE_SAME = "The two passwords are not the same. Type the new password again."
STILL_TEMPORARY = "Choose another password than the temporary one."


def own_path(wanted: str) -> str:
    """Where to go after signing in, if it is a page of ours; '' otherwise."""
    odd = not wanted.isprintable() or "\\" in wanted or len(wanted) > 500
    if odd or not wanted.startswith("/") or wanted.startswith(("//", "/sign")):
        return ""
    parts = urlsplit(wanted)
    return "" if parts.scheme or parts.netloc else parts.path


async def home(request: Request) -> Response:
    """The bare address leads to the Gateway or to sign in."""
    return RedirectResponse(HOME if request.state.person else "/sign-in", 303)


async def show(request: Request) -> Response:
    """First step: the user name."""
    next_path = own_path(request.query_params.get("next", ""))
    if request.state.person:
        return RedirectResponse(next_path or HOME, 303)
    late = request.query_params.get("late") == "1"
    return _first(request, {"next": next_path, "late": late, "username": signing_in(request)[0]})


async def take_name(request: Request) -> Response:
    """Next: keep the name, whoever's it is, and ask for the password."""
    form = await read_form(request)
    username, next_path = as_username(form.get("username", "")[:200]), own_path(form.get("next", ""))
    if not username:
        return _first(request, {"next": next_path, "error": NAME_MISSING}, 422)
    response = RedirectResponse("/sign-in/password", 303)
    give_signing_in(request, response, username, next_path)
    return response


async def ask_password(request: Request) -> Response:
    """Second step: the password."""
    username, _ = signing_in(request)
    if not username:
        return RedirectResponse("/sign-in?late=1", 303)
    return views.page(request, "sign_in_password.html", {"username": username, "error": ""})


async def take_password(request: Request) -> Response:
    """Check the password, and go on to what is still to be done."""
    username, next_path = signing_in(request)
    if not username:
        return RedirectResponse("/sign-in?late=1", 303)
    password = (await read_form(request)).get("password", "")
    outcome = await try_password(request, username, password) if password else Outcome(error=PASSWORD_MISSING)
    if outcome.error:
        return _refused(request, "sign_in_password.html", {"username": username}, outcome)
    await _end_present_session(request)
    response = RedirectResponse(PAGE_OF[outcome.stage], 303)
    give_session(request, response, outcome.token)
    give_signing_in(request, response, username, next_path)
    return response


async def ask_new_password(request: Request) -> Response:
    """A temporary password leads here: choose one of one's own."""
    person = _arriving(request, "choose")
    return views.page(request, "sign_in_choose.html", _choosing(person)) if person else _elsewhere(request)


async def take_new_password(request: Request) -> Response:
    """Take the new password if it is a good one."""
    person = _arriving(request, "choose")
    if person is None:
        return _elsewhere(request)
    form = await read_form(request)
    password, again = form.get("password", ""), form.get("again", "")
    async with request.app.state.db.reading(Identity.door) as q:
        account = await q.sign_in.find(username=person.username)
    error = passwords.fault(password, person.username, person.name, account.email)
    repeated = "" if error or password == again else NOT_THE_SAME
    cheap = request.app.state.settings.cheap_hashes
    if not error and not repeated and await passwords.matches(account.password, password, cheap):
        error = STILL_TEMPORARY
    if error or repeated:
        context = _choosing(person) | {"error": error, "repeated": repeated}
        return views.page(request, "sign_in_choose.html", context, 422)
    outcome = await choose_password(request, person.id, person.identity.token, password)
    if not outcome.token:
        return RedirectResponse("/sign-in?late=1", 303)
    response = RedirectResponse(PAGE_OF[outcome.stage], 303)
    give_session(request, response, outcome.token)
    return response


async def ask_authenticator(request: Request) -> Response:
    """Show the QR code to scan, the key to type by hand, and ask for a first code."""
    return await _authenticator(request, Outcome())


async def take_authenticator(request: Request) -> Response:
    """A first code proves that the app has the key; with it the person is signed in."""
    if _arriving(request, "enrol") is None:
        return _elsewhere(request)
    outcome = await try_code(request, session_token(request), (await read_form(request)).get("code", ""))
    return await _authenticator(request, outcome) if outcome.error else await _arrive(request, outcome, FIRST_CODES)


async def show_qr(request: Request) -> Response:
    """The QR code as a picture."""
    person = _arriving(request, "enrol")
    seed = await pending_seed(request, person.identity.token) if person else None
    if person is None or seed is None:
        raise HTTPException(404)
    return Response(codes.picture(_otpauth(request, person, seed)), media_type="image/svg+xml")


async def ask_code(request: Request) -> Response:
    """Third step: the authenticator's code."""
    if _arriving(request, "code") is None:
        return _elsewhere(request)
    return views.page(request, "sign_in_code.html", {"error": "", "recovering": False})


async def take_code(request: Request) -> Response:
    """Check the code; with it the person is signed in."""
    if _arriving(request, "code") is None:
        return _elsewhere(request)
    form = await read_form(request)
    recovering = "recovery" in form
    outcome = await try_code(request, session_token(request), form.get("recovery", form.get("code", "")))
    if outcome.error:
        return _refused(request, "sign_in_code.html", {"recovering": recovering}, outcome)
    return await _arrive(request, outcome)


async def sign_out(request: Request) -> Response:
    """End the session, here and now."""
    await _end_present_session(request)
    response = RedirectResponse("/signed-out", 303, {"Clear-Site-Data": '"cache"'})
    drop_session(request, response)
    drop_signing_in(request, response)
    return response


async def signed_out(request: Request) -> Response:
    """Where one ends up: what happened, and the way back in."""
    idle = request.query_params.get("why") == "idle"
    next_path = own_path(request.query_params.get("next", "")) if idle else ""
    return views.page(request, "sign_in_out.html", {"idle": idle, "next": next_path})


def _arriving(request: Request, stage: str) -> Person | None:
    person: Person | None = request.state.arriving
    return person if person and person.stage == stage else None


def _elsewhere(request: Request) -> Response:
    """This step is not due: go to the one that is."""
    if request.state.person:
        return RedirectResponse(HOME, 303)
    person: Person | None = request.state.arriving
    return RedirectResponse(PAGE_OF[person.stage] if person else "/sign-in?late=1", 303)


def _first(request: Request, context: Mapping[str, Any], status: int = 200) -> Response:
    demo = request.app.state.settings.demo
    whole = {"error": "", "late": False, "username": "", "cast": request.app.state.cast if demo else []}
    return views.page(request, "sign_in.html", whole | dict(context), status)


def _refused(request: Request, name: str, context: Mapping[str, Any], outcome: Outcome) -> Response:
    headers = {"Retry-After": str(outcome.wait)} if outcome.wait else None
    return views.page(request, name, {**context, "error": outcome.error}, outcome.status, headers)


def _choosing(person: Person) -> dict[str, Any]:
    return {"username": person.username, "least": passwords.LEAST, "error": "", "repeated": ""}


async def _authenticator(request: Request, outcome: Outcome) -> Response:
    person = _arriving(request, "enrol")
    seed = await pending_seed(request, person.identity.token) if person else None
    if person is None or seed is None:
        return _elsewhere(request)
    context = {"username": person.username, "key": codes.in_fours(seed)}
    status = outcome if outcome.error else Outcome(status=200)
    return _refused(request, "sign_in_authenticator.html", context, status)


def _otpauth(request: Request, person: Person, seed: bytes) -> str:
    settings = request.app.state.settings
    return codes.address(seed, person.username, f"{settings.council} {settings.service_name}")


async def _arrive(request: Request, outcome: Outcome, over: str = "") -> Response:
    """Signed in: on to the page that was wanted, `over` another one first."""
    if not outcome.token:
        return RedirectResponse("/sign-in?late=1", 303)
    person: Person = request.state.arriving
    _, next_path = signing_in(request)
    wanted = own_path(next_path) or HOME
    response = RedirectResponse(f"{over}?{urlencode({'next': wanted})}" if over else wanted, 303)
    give_session(request, response, outcome.token)
    give_known_device(request, response, person.username, secrets.token_hex(16))
    drop_signing_in(request, response)
    return response


async def _end_present_session(request: Request) -> None:
    token = session_token(request)
    if token:
        db: Database = request.app.state.db
        async with db.writing(Identity.door) as q:
            await q.session.end(token=token_hash(token))


ROUTES = [
    Route("/", home),
    Route("/sign-in", show),
    Route("/sign-in", take_name, methods=["POST"]),
    Route("/sign-in/password", ask_password),
    Route("/sign-in/password", take_password, methods=["POST"]),
    Route("/sign-in/choose", ask_new_password),
    Route("/sign-in/choose", take_new_password, methods=["POST"]),
    Route("/sign-in/authenticator", ask_authenticator),
    Route("/sign-in/authenticator", take_authenticator, methods=["POST"]),
    Route("/sign-in/qr.svg", show_qr),
    Route("/sign-in/code", ask_code),
    Route("/sign-in/code", take_code, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/signed-out", signed_out),
]
