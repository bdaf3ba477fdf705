"""Ten recovery codes, each good once in place of the authenticator's code, shown once and never again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from routes import codes
from routes.guard import Person, signed_in
from routes.own_proof import Proof, read_proof
from routes.reading import read_form
from routes.sign_in import HOME, own_path
from routes.steps import USED_CODE
from sql import Database
from views import letter, page

MANY = 10


@signed_in
async def ask(request: Request) -> Response:
    """What they are, and the button that makes them; just after enrolling no code is asked for."""
    return await _page(request, own_path(request.query_params.get("next", "")), Proof())


@signed_in
async def make(request: Request) -> Response:
    """Make new ones, which end all earlier ones, and show them this once."""
    person: Person = request.state.person
    db: Database = request.app.state.db
    form = await read_form(request)
    next_path = own_path(form.get("next", ""))
    async with db.reading(person.identity) as q:
        mine = await q.my_account.look()
    if mine is None:
        return RedirectResponse(HOME, 303)
    proof = Proof() if mine.first_codes else await read_proof(request, form.get("code", ""), recovery=False)
    if proof.error:
        return await _page(request, next_path, proof)
    made = [codes.new_recovery() for _ in range(MANY)]
    async with db.writing(person.identity) as q:
        done = await q.my_account.make_codes(codes=[codes.recovery_hash(code) for code in made], step=proof.step)
        if done and not mine.first_codes and mine.email:
            subject, body = letter("recovery_made", name=mine.name, username=mine.username)
            await q.letter.add(recipient=mine.email, subject=subject, body=body)
    if not done:
        return await _page(request, next_path, Proof(error=USED_CODE))
    await proof.forgive(db)
    return page(
        request,
        "account_recovery_codes.html",
        {"codes": made, "username": person.username, "next": next_path or "/account"},
    )


async def _page(request: Request, next_path: str, proof: Proof) -> Response:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        mine = await q.my_account.look()
    context = {"first": mine.first_codes, "left": mine.codes, "many": MANY, "next": next_path, "error": proof.error}
    return page(request, "account_recovery.html", context, proof.status if proof.error else 200)


ROUTES = [
    Route("/account/recovery-codes", ask),
    Route("/account/recovery-codes", make, methods=["POST"]),
]
