"""My account: who I am here, my password and address, and where I am signed in."""

import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import views
from record import identifiers
from record.kinds import Refused, Text
from record.people import ROLES
from routes import passwords
from routes.cookies import token_hash
from routes.guard import Person, signed_in
from routes.limits import address
from routes.own_proof import Proof, read_password
from routes.person_form import search
from routes.reading import read_form
from routes.steps import new_token
from sql import Database, Identity
from views import letter, page

ADDRESS_LIFE = timedelta(hours=24)
EMAIL = Text(254, identifiers.email)
NOT_THE_SAME = "The two passwords are not the same. Type the new password again."
THE_SAME = "That is your present password. Choose another."
CHANGED_MEANWHILE = "Your password was changed meanwhile. Type the present one again."
DONE = {
    "password": "Your password is changed. Every other session of yours has ended.",
    "email": "A link is on its way to the new address. The address counts once you have opened it.",
    "session": "That session has ended.",
    "sessions": "Every other session of yours has ended.",
    "authenticator": "Your new authenticator app counts from now on. Every other session of yours has ended.",
    "removed": "That authenticator app is no longer accepted.",
}
BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Chromebook", r"\bCrOS\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMac(intosh| OS X)\b"),
    ("Linux", r"\bLinux\b"),
)


def browser_name(sent: str) -> str:
    """``Firefox on Windows``, from what a browser says of itself."""
    browser = next((name for name, pattern in BROWSERS if re.search(pattern, sent)), "A browser")
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, sent)), "")
    return f"{browser} on {system}" if system else browser


@signed_in
async def show(request: Request) -> Response:
    """Everything about one's own account on one page."""
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        mine = await q.my_account.look()
        sessions = await q.my_account.sessions()
    return page(
        request,
        "account.html",
        {
            "mine": mine,
            "role": ROLES.get(person.role, person.role),
            "sessions": [{"it": it, "browser": browser_name(it.browser)} for it in sessions],
            "others": len(sessions) > 1,
            "done": DONE.get(request.query_params.get("done", ""), ""),
        },
    )


@signed_in
async def ask_password(request: Request) -> Response:
    """Ask for the present password and a new one."""
    return _password(request)


@signed_in
async def change_password(request: Request) -> Response:
    """Change it, end every other session, and say so by mail."""
    person: Person = request.state.person
    db: Database = request.app.state.db
    form = await read_form(request)
    password, again = form.get("password", ""), form.get("again", "")
    async with db.reading(person.identity) as q:
        mine = await q.my_account.look()
    error = passwords.fault(password, person.username, person.name, mine.email)
    repeated = "" if error or password == again else NOT_THE_SAME
    if error or repeated:
        return _password(request, error=error, repeated=repeated)
    proof = await read_password(request, form.get("present", ""))
    if proof.error:
        return _password(request, present=proof.error, status=proof.status)
    cheap = request.app.state.settings.cheap_hashes
    if await passwords.matches(proof.stored, password, cheap):
        await proof.forgive(db)
        return _password(request, error=THE_SAME)
    stored = await passwords.hashed(password, cheap)
    async with db.writing(person.identity) as q:
        done = await q.my_account.set_password(before=proof.stored, password=stored)
        if done and mine.email:
            subject, body = letter("password_changed", name=mine.name, username=mine.username)
            await q.letter.add(recipient=mine.email, subject=subject, body=body)
    if not done:
        return _password(request, present=CHANGED_MEANWHILE)
    await proof.forgive(db)
    return RedirectResponse("/account?done=password", 303)


def _password(request: Request, present: str = "", error: str = "", repeated: str = "", status: int = 422) -> Response:
    errors = [
        {"href": f"#{name}", "text": text}
        for name, text in (("present", present), ("password", error), ("again", repeated))
        if text
    ]
    context = {"present": present, "error": error, "repeated": repeated, "errors": errors, "least": passwords.LEAST}
    return page(request, "account_password.html", context, status if errors else 200)


@signed_in
async def ask_email(request: Request) -> Response:
    """Ask for a new address and the password."""
    return await _email(request, "", "", Proof())


@signed_in
async def change_email(request: Request) -> Response:
    """Send a link to the new address; it counts once that has been followed, and the old one is told then."""
    person: Person = request.state.person
    db: Database = request.app.state.db
    form = await read_form(request)
    email, error = form.get("email", "").strip(), ""
    try:
        email = EMAIL.read(email)
    except Refused as why:
        error = str(why)
    if not email:
        error = "Type your new email address."
    if error:
        return await _email(request, email, error, Proof())
    proof = await read_password(request, form.get("present", ""))
    if proof.error:
        return await _email(request, email, "", proof)
    token = new_token()
    link = f"{request.app.state.settings.base_url}/address/{token}"
    async with db.writing(person.identity) as q:
        await q.my_account.offer_address(email=email, token=token_hash(token), life=ADDRESS_LIFE)
        subject, body = letter("address_confirm", name=person.name, link=link)
        await q.letter.add(recipient=email, subject=subject, body=body)
    await proof.forgive(db)
    return RedirectResponse("/account?done=email", 303)


async def _email(request: Request, typed: str, error: str, proof: Proof) -> Response:
    async with request.app.state.db.reading(request.state.person.identity) as q:
        mine = await q.my_account.look()
    errors = [{"href": f"#{name}", "text": text} for name, text in (("email", error), ("present", proof.error)) if text]
    context = {"mine": mine, "email": typed, "error": error, "present": proof.error, "errors": errors}
    return page(request, "account_email.html", context, proof.status if errors else 200)


async def ask_address(request: Request) -> Response:
    """The link that came to the new address. Nothing happens until the button is pressed: scanners follow links."""
    async with request.app.state.db.reading(Identity.door) as q:
        found = await q.account_life.address_look(token=token_hash(request.path_params["token"]))
    if found is None:
        return views.page(request, "account_link_over.html", status=410)
    return views.page(request, "account_address.html", {"email": found.email, "path": request.url.path, "done": False})


async def take_address(request: Request) -> Response:
    """The new address counts from now on; the one before is told."""
    token = token_hash(request.path_params["token"])
    async with request.app.state.db.writing(Identity.door) as q:
        found = await q.account_life.address_look(token=token)
        done = False
        if found is not None:
            subject, body = letter("address_moved", name=found.name, email=found.email)
            words = search({"name": found.name, "email": found.email})
            done = await q.account_life.address_use(
                token=token, search=words, address=address(request), subject=subject, body=body
            )
    if not done:
        return views.page(request, "account_link_over.html", status=410)
    return views.page(request, "account_address.html", {"email": found.email, "path": "", "done": True})


@signed_in
async def end_session(request: Request) -> Response:
    """Sign out somewhere else: one session, or all but this."""
    handle = (await read_form(request)).get("session", "")
    async with request.app.state.db.writing(request.state.person.identity) as q:
        if handle == "others":
            await q.my_account.end_sessions()
        else:
            await q.my_account.end_session(handle=handle)
    return RedirectResponse(f"/account?done={'sessions' if handle == 'others' else 'session'}", 303)


ADDRESS_ROUTES = [
    Route("/address/{token}", ask_address),
    Route("/address/{token}", take_address, methods=["POST"]),
]
ROUTES = [
    Route("/account", show),
    Route("/account/password", ask_password),
    Route("/account/password", change_password, methods=["POST"]),
    Route("/account/email", ask_email),
    Route("/account/email", change_email, methods=["POST"]),
    Route("/account/sessions", end_session, methods=["POST"]),
]
