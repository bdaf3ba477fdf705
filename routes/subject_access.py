"""Subject access: everything the portal holds about one child as one archive, in one click, noted with a reason.

The right is Article 15 of the UK GDPR. What somebody of SENAS may not see is not in it: drafts, also of advice.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import IO, Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from record import clock, identifiers
from record.kinds import LongText, Refused, read_date
from record.names import fold
from routes import paint
from routes.archive import Archive, fill
from routes.documents import SENAS
from routes.gateway import like
from routes.guard import only
from routes.opened import Opened, open_record
from routes.reading import Form, read_form
from views import page

REASON = LongText(500)
PIECE = 256 << 10
ASKED = ("upn", "first_name", "surname", "dob", "reason")


@only(*SENAS)
async def show(request: Request) -> Response:
    """What it is, and the reason for it."""
    return _form(request, await open_record(request))


def _form(request: Request, opened: Opened, typed: str = "", error: str = "") -> Response:
    return page(
        request,
        "subject_access.html",
        {
            "head": paint.head(opened),
            "typed": typed,
            "error": error,
            "errors": [{"text": error, "href": "#reason"}] if error else [],
            "back": f"/records/{opened.id}/review",
            "url": f"/records/{opened.id}/subject-access",
        },
        422 if error else 200,
    )


def _reason(typed: str) -> tuple[str, str]:
    """The reason that was typed, and why it cannot be kept where it cannot."""
    try:
        reason = REASON.read(typed).strip()
    except Refused as refusal:
        return "", str(refusal)
    return reason, "" if reason else "Say who asked for it, and when: this is on the audit trail."


@only(*SENAS)
async def make(request: Request) -> Response:
    """The archive of a record's child."""
    typed = str((await read_form(request)).get("reason", ""))
    opened = await open_record(request)
    reason, error = _reason(typed)
    if error:
        return _form(request, opened, typed, error)
    return await _archive(request, opened.head.child, reason, opened.head.reference)


async def _archive(request: Request, child: UUID, reason: str, name: str) -> Response:
    """Sent as it is read from the disk. The file has no name there: whatever happens, no copy of it stays."""
    async with request.app.state.db.writing(request.state.person.identity) as q:
        facts = await q.subject_access.open(child=child, reason=reason)
    if facts is None:
        raise HTTPException(404)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it is sent
    try:
        await fill(request, child, facts, Archive(file))
        size = file.tell()
    except BaseException:
        file.close()
        raise
    return StreamingResponse(
        _sent(file),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-subject-access.zip"',
            "Content-Length": str(size),
        },
    )


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


# ---------------------------------------------------------------- a child whom no list of SENAS shows


@only(*SENAS)
async def seek(request: Request) -> Response:
    """Ask which child it is: there may be no request of theirs at SENAS."""
    return _seek_page(request, {}, {})


def _seek_page(request: Request, given: Mapping[str, str], refused: Mapping[str, str]) -> Response:
    return page(
        request,
        "subject_access_find.html",
        {
            "given": {name: given.get(name, "") for name in ASKED},
            "refused": {name: refused.get(name, "") for name in ASKED},
            "errors": [{"href": f"#{name}", "text": refused[name]} for name in ASKED if name in refused],
        },
        422 if refused else 200,
    )


@only(*SENAS)
async def find(request: Request) -> Response:
    """The archive of the one child with that number, or with those names and that birthday."""
    form = await read_form(request)
    given = {name: str(form.get(name, ""))[:600] for name in ASKED}
    wanted, refused = _wanted(form)
    reason, error = _reason(given["reason"])
    if error:
        refused["reason"] = error
    if refused:
        return _seek_page(request, given, refused)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        found = await q.subject_access.find(**wanted)
    if len(found) != 1:
        says = "There is no such child in the portal. Look for a typing mistake." if not found else (
            f"{len(found)} children have these names and this birthday. Give the UPN."
        )  # fmt: skip
        return _seek_page(request, given, {"upn" if found or wanted["upn"] else "first_name": says})
    return await _archive(request, found[0].child, reason, f"child-{clock.today().isoformat()}")


def _wanted(form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """What to look for, and what is wrong with what was typed, by control."""
    refused: dict[str, str] = {}
    first, last, born = (str(form.get(name, "")).strip() for name in ("first_name", "surname", "dob"))
    number, birthday = "", date.min
    try:
        number = identifiers.upn(str(form.get("upn", ""))) if str(form.get("upn", "")).strip() else ""
    except Refused as refusal:
        refused["upn"] = str(refusal)
    if not (number or refused or first or last or born):
        refused["upn"] = "Give the UPN, or the names and the date of birth."
    if not number and not refused:
        try:
            birthday = read_date(born)
        except (Refused, OverflowError) as refusal:
            refused["dob"] = str(refusal) if isinstance(refusal, Refused) else "Check the year."
        for name, typed, says in (("first_name", first, "first name"), ("surname", last, "surname")):
            if not fold(typed):
                refused[name] = f"Give the {says} too: without a UPN, both names are needed."
    words = [f"% {like(word)}%" for word in fold(f"{first} {last}"[:400]).split()]
    return {"upn": number, "words": words, "dob": birthday}, refused


ROUTES = [
    Route("/records/{record}/subject-access", show),
    Route("/records/{record}/subject-access", make, methods=["POST"]),
    Route("/subject-access", seek),
    Route("/subject-access", find, methods=["POST"]),
]
