"""The demo's own pages: the current authenticator codes of its invented people, and the letters it has written."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import views
from routes import codes
from sql import Database, Identity

SHOWN = 50  # letters in the list, the newest


async def show_code(request: Request) -> Response:
    """What that invented person's authenticator app would show now."""
    _only_demo(request)
    settings = request.app.state.settings
    db: Database = request.app.state.db
    async with db.reading(Identity.door) as q:
        found = await q.sign_in.demo(username=request.path_params["username"])
    if found is None:
        raise HTTPException(404)
    context = {"name": found.name, "code": "", "used": False, "left": 0}
    if found.seed is not None:
        step, into = divmod(int(found.seconds), codes.PERIOD)
        seed = codes.unseal(found.seed, found.person, settings.keys)
        context |= {
            "code": codes.code_at(seed, step),
            "used": step <= found.last_step,
            "left": codes.PERIOD - into,
        }
    return views.page(request, "demo_code.html", context)


async def list_letters(request: Request) -> Response:
    """The letters written so far, the newest first."""
    _only_demo(request)
    letters = await run_in_threadpool(_letters, request.app.state.settings.mail_folder)
    return views.page(request, "demo_mail.html", {"letters": letters[:SHOWN]})


async def show_letter(request: Request) -> Response:
    """One letter, as it would have been posted."""
    _only_demo(request)
    letters = await run_in_threadpool(_letters, request.app.state.settings.mail_folder)
    wanted = next((letter for letter in letters if letter["href"] == request.url.path), None)
    if wanted is None:
        raise HTTPException(404)
    return views.page(request, "demo_letter.html", {"letter": wanted})


def _only_demo(request: Request) -> None:
    if not request.app.state.settings.demo:
        raise HTTPException(404)


def _letters(folder: Path) -> list[dict[str, str]]:
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_letter(path) for path in paths]


def _letter(path: Path) -> dict[str, str]:
    letter = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    body = letter.get_body(("plain",))
    return {
        "href": f"/demo/mail/{path.stem}",
        "to": str(letter.get("To", "")),
        "subject": str(letter.get("Subject", "")),
        "date": str(letter.get("Date", "")),
        "text": str(body.get_content()) if body else "",
    }


ROUTES = [
    Route("/demo/code/{username}", show_code),
    Route("/demo/mail", list_letters),
    Route("/demo/mail/{letter}", show_letter),
]
