"""Brings a document into a record: its name, type, author and date, the file itself, Insert."""

import hashlib
import shutil
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from record.clock import today
from record.documents import BROUGHT, OFFERED, read
from routes import paint
from routes.guard import Person, signed_in
from routes.opened import Opened, open_record
from routes.reading import read_upload
from routes.scan import Infected, Unreachable
from views import page
from views.pdf.convert import PATH
from views.pdf.intake import Refused, Taken
from views.pdf.unfit import PRINT_IT, WORDS
from views.words import day, size, when

INFECTED = (
    "The scanner found a virus in this file, so it was not taken. Tell your own IT support, and ask who sent it to you "
    "for a clean copy."
)
ADDED = "inserted"
NO_PHOTO = f"This is not a PDF, and no {BROUGHT['photo'][0]} can be kept here. {PRINT_IT}"
AGAIN = {True: "tick the box below and select Insert again", False: "choose it once more and tick the box below"}


def kinds(settings: Any) -> tuple[str, ...]:
    """What can be brought: of what the council allows, a Word document only where LibreOffice is there to read it."""
    return tuple(it for it in settings.upload_types if it != "word" or shutil.which("soffice", path=PATH))


def unknown(kinds: tuple[str, ...]) -> str:
    """What is said of a file that is none of these."""
    names = ["a PDF", *(f"a {BROUGHT[it][0]}" for it in ("photo", "word") if it in kinds)]
    ways = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"This is not a file the portal can keep. Bring {ways}. {PRINT_IT}"


@signed_in
async def new(request: Request) -> Response:
    """The empty form."""
    opened = await open_record(request, least="asked")
    person: Person = request.state.person
    kind = request.query_params.get("type", "")
    async with request.app.state.db.reading(person.identity) as q:
        author = ", ".join(filter(None, (person.name, await q.person.job_title())))
    return _form(request, opened, {"author": author, "dated": "", "type": kind if kind in OFFERED else ""})


def _form(
    request: Request,
    opened: Opened,
    typed: dict[str, str],
    refused: dict[str, str] | None = None,
    same: Any = None,
    status: int = 200,
) -> Response:
    settings, refused = request.app.state.settings, refused or {}
    brought = kinds(settings)
    tabs, progress = paint.tab_list(opened, "documents")
    return page(
        request,
        "document_new.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "types": list(OFFERED.items()),
            "brought": brought,
            "accept": ",".join(BROUGHT[kind][1] for kind in brought),
            "words": {
                "photo": NO_PHOTO,
                "word": WORDS["no_word"],
                "old_word": WORDS["old_word"],
                "picture": WORDS["bad_photo"] if "photo" in brought else NO_PHOTO,
                "unknown": unknown(brought),
            },
            "typed": {"name": "", "type": "", "author": "", "dated": "", **typed},
            "refused": {"name": "", "type": "", "author": "", "dated": "", "file": "", **refused},
            "errors": [{"href": f"#{control}", "text": why} for control, why in refused.items()],
            "same": same,
            "most": settings.upload_bytes,
            "most_photo": settings.photo_bytes,
            "limit": size(settings.upload_bytes),
            "limit_photo": size(settings.photo_bytes),
            "today": day(today()),
            "url": f"/records/{opened.id}/documents/new",
            "back": f"/records/{opened.id}/documents",
            **paint.around(opened.form, opened.answers, "documents", opened.id),
        },
        status,
    )


@signed_in
async def insert(request: Request) -> Response:
    """Look through the file, and put it into the record. What was typed stays where anything is wrong."""
    form, file = await read_upload(request)
    typed = dict(form)
    opened = await open_record(request, least="asked")
    stored, refused = read(typed)
    taken, same = None, None
    if file is None:
        refused["file"] = "Choose the file."
    else:
        content = await file.read()
        try:
            taken = await _taken(request, content)
        except Refused as refusal:
            refused["file"] = str(refusal)
    waiting = False
    if taken and not refused:
        same = await _same(request, opened, taken, content, typed.get("again", ""))
        if same:
            refused["file"] = (
                f"The same file is in this record already, as “{same['name']}”, added by {same['by']} on {same['at']}. "
                f"If it should be there twice, {AGAIN['x-upload' in request.headers]}."
            )
        else:
            try:
                waiting = not await _scanned(request, taken.content, content)
            except Infected:
                refused["file"] = INFECTED
    if refused or taken is None:
        if request.headers.get("x-upload"):
            return JSONResponse({"refused": refused, "same": bool(same)}, 422)
        return _form(request, opened, typed, refused, same, 422)
    await _store(request, opened, stored, taken, _sums(taken, content), waiting)
    target = f"/records/{opened.id}/documents?done={ADDED}"
    return JSONResponse({"go": target}) if request.headers.get("x-upload") else RedirectResponse(target, 303)


async def _taken(request: Request, content: bytes) -> Taken:
    settings = request.app.state.settings
    kind = "pdf" if content.startswith(b"%PDF") else "word" if content.startswith(b"PK") else "photo"
    brought = kinds(settings)
    if content and kind not in brought:
        raise Refused(WORDS["no_word"] if kind == "word" else NO_PHOTO)
    photograph = kind == "photo"
    most = settings.photo_bytes if photograph else settings.upload_bytes
    if len(content) > most:
        raise Refused(
            f"The file is {size(len(content))}. It can be {size(most)} at most. Scan it in black and white or with "
            "fewer dots, or bring it in parts."
        )
    try:
        return await request.app.state.intake.take(content, settings.upload_bytes)
    except Refused as refusal:
        if str(refusal) != WORDS["unknown"]:
            raise
        raise Refused(unknown(brought)) from refusal


async def _same(request: Request, opened: Opened, taken: Taken, brought: bytes, again: str) -> dict[str, str] | None:
    if again == "yes":
        return None
    async with request.app.state.db.reading(request.state.person.identity) as q:
        found = await q.document.same(record=opened.id, **_sums(taken, brought))
    return {"name": found.name, "by": found.added_by or "", "at": when(found.added_at)} if found else None


async def _scanned(request: Request, made: bytes, brought: bytes) -> bool:
    """True when the scanner has looked at it; False while it cannot be reached. Raises Infected."""
    scanner = request.app.state.scanner
    if scanner is None:
        return True
    try:
        await scanner.scan(brought)
        if made is not brought and made != brought:
            await scanner.scan(made)
    except Unreachable:
        return False
    return True


def _sums(taken: Taken, brought: bytes) -> dict[str, bytes | None]:
    """By what a file is known again: the PDF, and what it was made from where it is not what was brought."""
    made_from = hashlib.sha256(brought).digest() if taken.made_from else None
    return {"sha256": hashlib.sha256(taken.content).digest(), "brought_sha256": made_from}


async def _store(
    request: Request,
    opened: Opened,
    stored: dict[str, str],
    taken: Taken,
    sums: dict[str, bytes | None],
    waiting: bool,
) -> None:
    async with request.app.state.db.writing(request.state.person.identity) as q:
        document = await q.document.add(
            record=opened.id,
            name=stored["name"],
            category=stored["type"],
            author=stored["author"],
            dated=stored["dated"],
            submission=None,
            size=len(taken.content),
            pages=taken.pages,
            **sums,
            scan="waiting" if waiting else "clean",
            made_from=taken.made_from,
        )
        if document is None:
            raise HTTPException(404)
        await q.document.fill(document=document, content=taken.content)


ROUTES = [
    Route("/records/{record}/documents/new", new),
    Route("/records/{record}/documents/new", insert, methods=["POST"]),
]
