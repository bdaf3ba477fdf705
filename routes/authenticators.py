"""My authenticator apps: move to a new phone, have a second one, take one away."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from routes import codes
from routes.guard import Person, signed_in
from routes.own_proof import Proof, open_seeds, read_proof
from routes.reading import read_form
from routes.steps import NO_CODE, USED_CODE, WRONG_CODE, WRONG_RECOVERY
from sql import Database
from views import letter, page

PLACES = ("first", "second")
LETTERS = {"first": "authenticator_moved", "second": "authenticator_added"}
OLD_CODE = "That is a code of the app you have already. Type one of the new entry."


@signed_in
async def ask(request: Request) -> Response:
    """Before a new authenticator: a code of the old one, or a recovery code."""
    return await _asking(request, Proof())


@signed_in
async def offer(request: Request) -> Response:
    """A new secret to scan, once it is proven who asks."""
    person: Person = request.state.person
    db: Database = request.app.state.db
    place = _place(request)
    proof = await read_proof(request, (await read_form(request)).get("code", ""), recovery=True)
    if proof.error:
        return await _asking(request, proof)
    seed = codes.seal(codes.new_seed(), person.id, request.app.state.settings.keys)
    async with db.writing(person.identity) as q:
        done = await q.my_account.offer(place=place, seed=seed, step=proof.step, code=proof.code)
    if not done:
        return await _asking(request, Proof(error=WRONG_RECOVERY if proof.code else USED_CODE))
    await proof.forgive(db)
    return RedirectResponse("/account/authenticator/scan", 303)


async def _asking(request: Request, proof: Proof) -> Response:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        mine = await q.my_account.look()
    context = {"place": _place(request), "second": mine.seed_second is not None, "error": proof.error}
    return page(request, "account_authenticator.html", context, proof.status if proof.error else 200)


def _place(request: Request) -> str:
    place: str = request.path_params["place"]
    if place not in PLACES:
        raise HTTPException(404)
    return place


@signed_in
async def scan(request: Request) -> Response:
    """The QR code of the new one, its key, and a box for its first code."""
    return await _scanning(request, "")


@signed_in
async def take(request: Request) -> Response:
    """A code of the new one: from now on it counts."""
    person: Person = request.state.person
    settings = request.app.state.settings
    code = codes.digits((await read_form(request)).get("code", ""))
    if not code:
        return await _scanning(request, NO_CODE)
    db: Database = request.app.state.db
    async with db.writing(person.identity) as q:
        offered, mine = await q.my_account.offered(), await q.my_account.look()
        if offered is None:
            return RedirectResponse("/account", 303)
        seed = codes.unseal(offered.seed, person.id, settings.keys)
        step = codes.step_of(code, seed, offered.seconds, settings.code_drift)
        if step is not None:
            await q.my_account.take(step=step)
            if mine.email:
                subject, body = letter(LETTERS[offered.place], name=mine.name, username=mine.username)
                await q.letter.add(recipient=mine.email, subject=subject, body=body)
    if step is None:
        old = codes.step_of_any(code, open_seeds(request, mine), offered.seconds, settings.code_drift)
        return await _scanning(request, WRONG_CODE if old is None else OLD_CODE)
    return RedirectResponse("/account?done=authenticator", 303)


@signed_in
async def show_qr(request: Request) -> Response:
    """The new one's QR code as a picture."""
    seed = await _offered(request)
    if seed is None:
        raise HTTPException(404)
    settings = request.app.state.settings
    issuer = f"{settings.council} {settings.service_name}"
    text = codes.address(seed, request.state.person.username, issuer)
    return Response(codes.picture(text), media_type="image/svg+xml")


async def _scanning(request: Request, error: str) -> Response:
    seed = await _offered(request)
    if seed is None:
        return RedirectResponse("/account", 303)
    context = {"username": request.state.person.username, "key": codes.in_fours(seed), "error": error}
    return page(request, "account_scan.html", context, 422 if error else 200)


async def _offered(request: Request) -> bytes | None:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        found: Any = await q.my_account.offered()
    return codes.unseal(found.seed, person.id, request.app.state.settings.keys) if found else None


@signed_in
async def ask_remove(request: Request) -> Response:
    """Before one of two goes: a code of either."""
    return _removing(request, Proof())


@signed_in
async def remove(request: Request) -> Response:
    """One of two goes, and is told of by mail."""
    person: Person = request.state.person
    db: Database = request.app.state.db
    place = _place(request)
    proof = await read_proof(request, (await read_form(request)).get("code", ""), recovery=False)
    if proof.error:
        return _removing(request, proof)
    async with db.writing(person.identity) as q:
        done = await q.my_account.remove(place=place, step=proof.step)
        mine = await q.my_account.look()
        if done and mine.email:
            subject, body = letter("authenticator_removed", name=mine.name, username=mine.username)
            await q.letter.add(recipient=mine.email, subject=subject, body=body)
    if not done:
        return _removing(request, Proof(error=USED_CODE))
    await proof.forgive(db)
    return RedirectResponse("/account?done=removed", 303)


def _removing(request: Request, proof: Proof) -> Response:
    context = {"place": _place(request), "error": proof.error}
    return page(request, "account_remove.html", context, proof.status if proof.error else 200)


ROUTES = [
    Route("/account/authenticator/scan", scan),
    Route("/account/authenticator/scan", take, methods=["POST"]),
    Route("/account/authenticator/qr.svg", show_qr),
    Route("/account/authenticator/{place}", ask),
    Route("/account/authenticator/{place}", offer, methods=["POST"]),
    Route("/account/authenticator/{place}/remove", ask_remove),
    Route("/account/authenticator/{place}/remove", remove, methods=["POST"]),
]
