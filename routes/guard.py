"""Stands before every route: refuses forged requests, finds out who is there, and puts the headers on every answer."""

import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routes import erased, failure, trail
from routes.cookies import session_token, token_hash
from routes.failure import NotSignedIn
from sql import Database, Identity

Handler = Callable[[Request], Awaitable[Response]]

PERSONA = {
    "senco": "portal_p_senco",
    "adviser": "portal_p_adviser",
    "senas": "portal_p_senas",
    "manager": "portal_p_senas",
    "ict": "portal_p_ict",
}
LARGEST = 2_000_000  # bytes of a request's body; a tab full of long texts is a tenth of it
LARGEST_FILE = 21_000_000  # where a file is brought: it says itself how large it may be
BRINGS_FILE = re.compile(r"/imports/[a-z]+|/records/[^/]+/documents/new")
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
# Nobody in particular asks for these.
IMPERSONAL = re.compile(r"/(static/.*|council\.css|favicon\.ico|healthz)")
# A page asks for these by itself: they are no sign that anybody is there.
BY_ITSELF = re.compile(r"/(session|imports/[^/]+/[^/]+/progress|records/[^/]+/(fields/[^/]+|versions|needs-attention))")

CONTENT_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types htmx",
))  # fmt: skip
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",  # with none at all, browsers would hide the Origin of our own forms too
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
TRANSPORT = "max-age=63072000; includeSubDomains"


@dataclass(frozen=True)
class Person:
    """Whoever a session belongs to. ``remaining`` is in seconds; ``stage`` is 'full' once signed in.

    ``last``: the session ends then however busy the person is.
    """

    id: int
    name: str
    role: str
    team: str
    username: str
    stage: str
    remaining: int
    last: bool
    identity: Identity = field(repr=False)

    @property
    def sees_children(self) -> bool:
        """Whether children's records are this person's work at all."""
        return self.role != "ict"


def signed_in(handler: Handler) -> Handler:
    """Only for people who have signed in; everybody else is shown the way there, and keeps what they typed."""

    @functools.wraps(handler)
    async def guarded(request: Request) -> Response:
        if request.state.person is None:
            raise NotSignedIn
        return await handler(request)

    guarded.guarded = True  # type: ignore[attr-defined]
    return guarded


def only(*roles: str) -> Callable[[Handler], Handler]:
    """Only for people of these roles; to everybody else who is signed in there is no such page."""

    def guarding(handler: Handler) -> Handler:
        @signed_in
        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            if request.state.person.role not in roles:
                raise HTTPException(404)
            return await handler(request)

        return guarded

    return guarding


class Guard:
    """The middleware. Sets ``request.state.person`` to the Person signed in, or None.

    ``request.state.arriving`` is the Person half-way through signing in, or None; ``request.state.remaining``
    the seconds left to who is signed in. Whatever goes wrong behind it becomes a page that keeps what was typed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {}).update(person=None, arriving=None)
        body = Body(receive, largest(scope["path"]))
        request = Request(scope, body.receive)
        answered = False

        async def answer(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                _dress(request, message)
            await send(message)

        try:
            _refuse_forged(request)
            await _recognise(request)
            _refuse_odd(request)
            await self.app(scope, body.receive, answer)
        except ClientDisconnect:
            return  # whoever asked has gone
        except Exception as error:
            if answered:
                failure.note(request, error)
                raise
            asked = Request(scope, body.again)
            response = await erased.instead(asked, error) or await failure.answer(asked, error)
            if response.status_code in (403, 404):
                await trail.refused(request, response.status_code)
            await response(scope, receive, answer)


def largest(path: str) -> int:
    """How many bytes a request to that address may bring."""
    return LARGEST_FILE if BRINGS_FILE.fullmatch(path) else LARGEST


class Body:
    """A request's body as it arrives, kept so that a failure can show again what was typed.

    Raises HTTPException 413 where it is larger than the portal takes.
    """

    def __init__(self, receive: Receive, most: int = LARGEST) -> None:
        self._receive = receive
        self._most = most
        self._kept = bytearray()
        self._whole = False
        self._too_large = False

    async def receive(self) -> Message:
        """The next piece, as ASGI has it."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._kept += message.get("body", b"")
            self._whole = not message.get("more_body", False)
            if len(self._kept) > self._most:
                self._too_large = True
                raise HTTPException(413)
        return message

    async def again(self) -> Message:
        """All that has arrived, from the start, then the rest."""
        if self._too_large:
            raise HTTPException(413)
        while not self._whole:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return message
        return {"type": "http.request", "body": bytes(self._kept), "more_body": False}


def _refuse_odd(request: Request) -> None:
    """What no browser sends and no database stores."""
    if "\x00" in request.url.path or b"%00" in request.scope["query_string"]:
        raise HTTPException(404)
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > largest(request.url.path):
        raise HTTPException(413)


def _refuse_forged(request: Request) -> None:
    """Another site may lead people here but not act in their name: only our own pages may post.

    Browsers say where a request comes from (Fetch Metadata); old ones give at least the Origin.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        ours = bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not ours:
        raise HTTPException(403, "This came from another website, so nothing was changed.")


async def _recognise(request: Request) -> None:
    if IMPERSONAL.fullmatch(request.url.path):
        return
    token = session_token(request)
    if not token:
        return
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        found = await q.session.look(token=token_hash(token), active=_active(request))
    if found is None:
        return
    person = Person(
        id=found.person,
        name=found.name,
        role=found.role,
        team=found.team,
        username=found.username,
        stage=found.stage,
        remaining=found.remaining,
        last=found.last,
        identity=Identity(PERSONA[found.role], token),
    )
    if person.stage != "full":
        request.state.arriving = person
    elif request.headers.get("x-person", str(person.id)) == str(person.id):
        request.state.person = person
        request.state.remaining = person.remaining
    # else: the page is still another person's, who was signed in here before; theirs is not to be mixed up


def _active(request: Request) -> bool:
    """Whether this request is a sign of somebody there."""
    if request.headers.get("x-background"):
        return False
    return request.method not in SAFE or not BY_ITSELF.fullmatch(request.url.path)


def _dress(request: Request, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if request.app.state.settings.base_url.startswith("https:"):
        headers.setdefault("Strict-Transport-Security", TRANSPORT)
    remaining = getattr(request.state, "remaining", None)
    if remaining is not None:
        headers["X-Idle-Remaining"] = str(remaining)
