"""What is answered when something goes wrong: plain words, a reference, what was typed, and a way on."""

import logging
import re
import secrets
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

import views
from sql import Refused, Unavailable

log = logging.getLogger("portal")

GATEWAY = "Go back to the Gateway and open the page again from there."
KEEP = 15  # minutes that the text of somebody signed out stays on the page
ASKED_BY_SCRIPTS = re.compile(r"/session(/again)?|/records/[^/]+/(versions|fields/[^/]+)")
OURS = re.compile(r"person|next|username|base\..*")  # what a page with a password sends of itself


class NotSignedIn(Exception):
    """Nobody is signed in, and this is only for people who are."""


@dataclass(frozen=True)
class Words:
    """A failure in plain words: what happened, and what to do about it."""

    title: str
    what: str
    steps: tuple[str, ...] = ()


class Explained(HTTPException):
    """A failure with words of its own, and a way back to where it came from: an address, and what the link says."""

    def __init__(
        self, status: int, words: Words, back: tuple[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, words.what, headers)
        self.words, self.back = words, back


WORDS = {
    400: Words(
        "That could not be read",
        "What your browser sent did not make sense to us. Nothing was changed.",
        ("Go back, reload the page and try again.",),
    ),
    401: Words(
        "You have been signed out",
        "This happens after some minutes without activity. What you had saved is safe.",
    ),
    403: Words(
        "You may not change this",
        "Your account does not have the right to do this. Nothing was changed.",
        (
            "If it is about a child’s record, the SENCO of the child’s setting or SENAS can help.",
            "If it is about your account, Education ICT can help.",
        ),
    ),
    404: Words(
        "There is no such page",
        "It does not exist, or it is not one that you may see.",
        (
            "If you typed or pasted the address, check it.",
            "If you should be able to see a child’s record and cannot, ask SENAS.",
            GATEWAY,
        ),
    ),
    405: Words("That does not work here", "The page cannot be used in that way. Nothing was changed.", (GATEWAY,)),
    409: Words("Somebody was faster", "This has changed since you opened it.", ("Open the page again to see it.",)),
    410: Words("This is no longer there", "It has been taken away since you opened the page.", (GATEWAY,)),
    413: Words(
        "That is too much at once",
        "What you sent is larger than the portal takes, so it was not saved.",
        (
            "Go back in your browser: your text is still on the page.",
            "Shorten the longest text, or choose a smaller file, then try again.",
        ),
    ),
    429: Words("Too many tries", "There were many tries in a short time.", ("Wait a few minutes, then try again.",)),
    500: Words(
        "Something went wrong",
        "The fault is ours, not yours. It has been written down under the reference below.",
        ("Try again in a moment.",),
    ),
    503: Words(
        "The portal cannot save or show this right now",
        "It is busy or being restarted. This usually takes less than a minute.",
        ("Wait a moment, then try again.",),
    ),
}  # fmt: skip


CUT = "Cut the table into several, each with the headings, and bring one after the other."
TOO_LARGE = {
    "/imports/settings": "At Get Information about Schools, search for the schools of your own council and download "
    "those results, not the whole register.",
    "/imports/people": CUT,
    "/imports/children": CUT,
}


def _words(status: int, path: str) -> Words:
    """What is said of a failure; of a file that is too large, how to get a smaller one."""
    if status == 413 and (instead := TOO_LARGE.get(path)):
        return Words(
            "This file is too large", "The portal takes no file of more than 20 MB. Nothing was read.", (instead,)
        )
    return WORDS.get(status) or WORDS[500 if status >= 500 else 400]


async def answer(request: Request, error: Exception) -> Response:
    """The answer to a request that failed: a page, a fragment, or JSON, as was asked for."""
    status, said, headers = _meaning(error)
    reference = note(request, error) if status >= 500 else ""
    words = _words(status, request.url.path)
    back = None
    if isinstance(error, Explained):
        words, back = error.words, error.back
    try:
        if wants_json(request):
            message = said or " ".join((words.title + ".", *words.steps[:1]))
            return JSONResponse({"message": message, "reference": reference}, status, headers)
        if status == 401:
            return await _signed_out(request)
        context = {
            "title": words.title,
            "what": said or words.what,
            "steps": words.steps,
            "reference": reference,
            "back": back,
            **await kept(request),
            "action": request.url.path,
            "help_at": "error",
        }
        return views.page(request, "error.html", context, status, headers)
    except Exception as second:
        note(request, second)
        return Response(f"{words.title}. {words.what} {reference}\n", status, headers, "text/plain")


async def pass_on(request: Request, error: Exception) -> Response:
    """For Starlette's table of handlers: leave it to the guard, who has kept what was typed."""
    raise error


HANDLERS = {HTTPException: pass_on}


def wants_json(request: Request) -> bool:
    """Whether a script of ours asked, rather than a person or htmx."""
    headers = request.headers
    return (
        ASKED_BY_SCRIPTS.fullmatch(request.url.path) is not None
        or "x-autosave" in headers
        or "x-upload" in headers
        or headers.get("content-type", "").startswith("application/json")
        or headers.get("accept", "").startswith("application/json")
    )


def note(request: Request, error: Exception) -> str:
    """Write the failure down; the reference under which it can be found. Nothing that was typed is written."""
    reference = secrets.token_hex(4).upper()
    log.error("%s: %s %s\n%s", reference, request.method, request.url.path, "".join(_story(error)))
    return reference


def _story(error: BaseException) -> Iterator[str]:
    """How it came about. Only the first line of each message: the database adds the row, and so the child."""
    before = error.__cause__ or error.__context__
    if before is not None:
        yield from _story(before)
        yield "then\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {str(error).partition(chr(10))[0][:200]}\n"


def _meaning(error: Exception) -> tuple[int, str, dict[str, str]]:
    """Status, a sentence of the handler's own where it gave one, headers."""
    if isinstance(error, HTTPException):
        detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        if isinstance(error.__context__, MultiPartException):
            detail = ""  # the parser's own words are no help to anybody
        return error.status_code, detail, dict(error.headers or {})
    if isinstance(error, NotSignedIn):
        return 401, "", {}
    if isinstance(error, Unavailable):
        return 503, "", {"Retry-After": "5"}
    if isinstance(error, Refused):
        return 403, "", {}
    return 500, "", {}


async def kept(request: Request) -> dict[str, Any]:
    """For a page: ``kept``, what a person filled in, as (name, value), to be put there again; ``left_out`` whether a
    password or code was among it, which never is, nor a file. Nothing is kept where that was all they typed.
    """
    if request.method != "POST":
        return {"kept": [], "left_out": False}
    try:
        form = await request.form(max_files=1, max_fields=1000, max_part_size=2_000_000)
    except Exception:
        return {"kept": [], "left_out": False}  # not a form after all, or not a whole one
    words = [
        (name, value.replace("\x00", "")) for name, value in form.multi_items() if not isinstance(value, UploadFile)
    ]
    open_words = [(name, value) for name, value in words if name not in views.SECRET]
    left_out = len(open_words) < len(words)
    if left_out and all(OURS.fullmatch(name) or not value.strip() for name, value in open_words):
        open_words = []
    return {"kept": open_words, "left_out": left_out}


def sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back to the page the person is on."""
    there = request.url.path
    if request.headers.get("hx-request") == "true":
        current = urlsplit(request.headers.get("hx-current-url", "")).path
        there = current or there
    elif request.method not in ("GET", "HEAD"):
        there = ""
    return f"/sign-in?next={quote(there)}" if there.startswith("/") and there != "/" else "/sign-in"


async def _signed_out(request: Request) -> Response:
    address = sign_in_address(request)
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": address})
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(address, 303)
    typed = await kept(request)
    if not typed["kept"]:
        # a form that asked for a password stands at the address it is sent to
        back = f"/signed-out?why=idle&next={quote(request.url.path)}" if typed["left_out"] else address
        return RedirectResponse(back, 303)
    file = request.headers.get("content-type", "").startswith("multipart/form-data")
    context = {**typed, "file": file, "action": request.url.path, "minutes": KEEP}
    # Without scripts too, the text does not stay on an unattended screen.
    headers = {"Refresh": f"{KEEP * 60}; url=/signed-out?why=idle"}
    return views.page(request, "sign_in_kept.html", context, 401, headers)
