"""What ICT does about an account: a new password, a reset for a new phone, unlocking, disabling, enabling."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from psycopg.errors import UniqueViolation
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from record.kinds import Refused, Text
from record.people import as_username, suggested_username, username_fault
from routes import codes
from routes.guard import Handler, Person, only
from routes.own_proof import Proof, note_failure, read_proof
from routes.password_issue import LIFE, Way, send_link, temporary
from routes.people import find_person
from routes.reading import Form, read_form
from routes.slowed import buckets_of
from routes.steps import NO_CODE, USED_CODE
from sql import Queries
from views import letter, page

REASON = Text(500)
KEEP = ("keep", "They know their password", "It stays as it is. They sign in with it and scan the new QR code.")
NO_ADDRESS = "There is no email address to send a link to. Choose a temporary password, or add the address first."
YOURSELF = "This is your own account: a colleague in ICT has to do this for you."
TOLD = "They are told by email."
TAKEN = "Somebody has this user name already. Choose another."

# Each act: heading, what it does, the button, and whether the button warns.
ACTS: dict[str, tuple[str, tuple[str, ...], str, bool]] = {
    "password": (
        "New password",
        ("A temporary password ends the person’s sessions, and the password they had is worth nothing any more.",
         "A link changes nothing until they have set a password with it.",
         "The authenticator stays: they still need their code."),
        "Give a new password",
        False,
    ),
    "reset": (
        "Reset account",
        ("The authenticator app they had is forgotten, so that the QR code is shown again at the next sign-in.",
         "Every session of theirs ends now.",
         TOLD),
        "Reset account",
        True,
    ),
    "unlock": (
        "Unlock account",
        ("Wrong passwords and codes are forgotten, so that they can try again at once.",),
        "Unlock account",
        False,
    ),
    "disable": (
        "Disable account",
        ("They cannot sign in any more, and every session of theirs ends now.",
         "Nothing they wrote is lost or changed: it stays under their name.",
         "Hand over their live records first, so that each has a contact."),
        "Disable account",
        True,
    ),
    "enable": (
        "Enable account",
        ("They can sign in again as before, with their password and authenticator.",),
        "Enable account",
        False,
    ),
}  # fmt: skip


def told(it: Any) -> str:
    """Whether a letter will reach the person."""
    return TOLD if it.email else "They have no email address, so nothing reaches them: tell them yourself."


def asking(act: str) -> Handler:
    """The page that asks before the act is done."""

    @only("ict")
    async def ask(request: Request) -> Response:
        async with request.app.state.db.reading(request.state.person.identity) as q:
            it = await find_person(q, request)
        return _page(request, act, it, Form(), {})

    return ask


def _page(request: Request, act: str, it: Any, form: Form, refused: Mapping[str, str], status: int = 422) -> Response:
    title, consequences, button, warns = ACTS[act]
    ways = Way.words() if act == "password" else [KEEP, *Way.words()] if act == "reset" else []
    first = "keep" if act == "reset" else Way.LINK.value if it.email else Way.HAND.value
    mine = it.id == request.state.person.id and act != "unlock"
    needs_name = act == "password" and it.state == "none"
    return page(
        request,
        "person_act.html",
        {
            "it": it,
            "act": act,
            "title": title,
            "consequences": () if needs_name else [told(it) if c is TOLD else c for c in consequences],
            "button": button,
            "warns": warns,
            "ways": ways,
            "way": str(form.get("way", first)),
            "asks_code": act == "reset",
            "username": str(form.get("username", suggested_username(it.name))) if needs_name else "",
            "needs_name": needs_name,
            "reason": str(form.get("reason", "")),
            "not_possible": YOURSELF if mine else not_possible(act, it),
            "refused": refused,
            "errors": [{"href": f"#{name}", "text": text} for name, text in refused.items()],
        },
        status if refused else 200,
    )


def not_possible(act: str, it: Any) -> str:
    """Why this cannot be done to such an account, or ''."""
    if it.state == "none" and act != "password":
        return "This person has no account."
    if it.state == "off" and act not in ("enable", "unlock"):
        return "The account is disabled. Enable it first."
    if it.state != "off" and act == "enable":
        return "The account is not disabled."
    return ""


async def _asked(request: Request, act: str) -> tuple[Any, Form, str, dict[str, str]]:
    """The person, the form, the reason given, and what is refused so far."""
    form = await read_form(request)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = await find_person(q, request)
    refused = {}
    reason = ""
    try:
        reason = REASON.read(str(form.get("reason", "")))
    except Refused as why:
        refused["reason"] = str(why)
    if not reason and not refused:
        refused["reason"] = "Write why. It is kept with what was done, by whom and when."
    if act != "unlock" and it.id == request.state.person.id:
        refused["reason"] = YOURSELF
    elif why_not := not_possible(act, it):
        refused["reason"] = why_not
    return it, form, reason, refused


@only("ict")
async def give_password(request: Request) -> Response:
    """A link to set a password, or a temporary one, shown once; for a person without an account, an account too."""
    person: Person = request.state.person
    it, form, reason, refused = await _asked(request, "password")
    way = Way.of(str(form.get("way", "")))
    username = it.username or as_username(str(form.get("username", "")))
    if it.state == "none" and (fault := username_fault(username)):
        refused["username"] = fault
    if fault := _way_fault(way, it):
        refused["way"] = fault
    if refused or way is None:
        return _page(request, "password", it, form, refused)
    secret, stored = await temporary(request)
    try:
        async with request.app.state.db.writing(person.identity) as q:
            if it.state == "none":
                await q.people.open_account(person=it.id, username=username, password=stored, life=LIFE)
            elif way is Way.HAND:
                await q.people.issue(person=it.id, password=stored, life=LIFE, reason=reason)
            linked = "invitation" if it.state == "none" else "password_link"
            await _tell(q, request, way, it, username, reason, linked, "password_issued")
    except UniqueViolation:
        return _page(request, "password", it, form, {"username": TAKEN})
    return _given(request, way, it, username, secret, "invited")


@only("ict")
async def reset(request: Request) -> Response:
    """Forget somebody's authenticator, on ICT's own fresh code."""
    person: Person = request.state.person
    it, form, reason, refused = await _asked(request, "reset")
    keeps = form.get("way") == KEEP[0]
    way = Way.of(str(form.get("way", "")))
    if not keeps and (fault := _way_fault(way, it)):
        refused["way"] = fault
    code = str(form.get("code", ""))
    # a code is good once: it is not used up while something else is amiss
    given = Proof() if codes.digits(code) else Proof(error=NO_CODE)
    proof = given if refused else await read_proof(request, code, recovery=False)
    if proof.error:
        refused["code"] = proof.error
    if refused:
        return _page(request, "reset", it, form, refused, proof.status)
    secret, stored = await temporary(request)
    async with request.app.state.db.writing(person.identity) as q:
        came = await q.people.reset(person=it.id, step=proof.step, reason=reason)
        if came == "reset":
            if way is not None:
                await q.people.issue(person=it.id, password=stored, life=LIFE, reason=reason)
            await _tell(q, request, way, it, it.username, reason, "account_reset", "account_reset")
    if came == "used":
        await note_failure(request, "code used before")
        return _page(request, "reset", it, form, {"code": USED_CODE})
    await proof.forgive(request.app.state.db)
    return _given(request, way, it, it.username, secret, "reset")


async def _tell(
    q: Queries, request: Request, way: Way | None, it: Any, username: str, reason: str, linked: str, told: str
) -> None:
    """The letter about it: `linked` with the link to set a password, or `told` without."""
    if not it.email:
        return
    words = {"name": it.name, "username": username, "email": it.email}
    if way is Way.LINK:
        await send_link(q, request, it.id, words, linked, reason)
        return
    subject, body = letter(told, link="", handed=way is Way.HAND, **words)
    await q.letter.add(recipient=it.email, subject=subject, body=body)


def _way_fault(way: Way | None, it: Any) -> str:
    if way is None:
        return "Choose one."
    return NO_ADDRESS if way is Way.LINK and not it.email else ""


def _given(request: Request, way: Way | None, it: Any, username: str, secret: str, done: str) -> Response:
    if way is Way.HAND:
        return page(request, "person_password.html", {"it": it, "username": username, "password": secret})
    return RedirectResponse(f"/people/{it.id}?done={done}", 303)


def doing(act: str, done: str, do: Callable[[Queries, Request, Any, str], Awaitable[Any]]) -> Handler:
    """A handler that does ``do`` to the person in the address, once a reason is given."""

    @only("ict")
    async def handler(request: Request) -> Response:
        it, form, reason, refused = await _asked(request, act)
        if refused:
            return _page(request, act, it, form, refused)
        async with request.app.state.db.writing(request.state.person.identity) as q:
            await do(q, request, it, reason)
        return RedirectResponse(f"/people/{it.id}?done={done}", 303)

    return handler


unlock = doing(
    "unlock",
    "unlocked",
    lambda q, request, it, reason: q.people.unlock(person=it.id, starts=list(buckets_of(request, it)), reason=reason),
)
disable = doing("disable", "disabled", lambda q, _, it, reason: q.people.disable(person=it.id, reason=reason))
enable = doing("enable", "enabled", lambda q, _, it, reason: q.people.enable(person=it.id, reason=reason))
