"""Subject access: everything the portal holds about one child as one archive, in one click, noted with a reason.

The right is Article 15 of the UK GDPR. What somebody of SENAS may not see is not in it: drafts of other professionals.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from record import FORMS
from record.documents import TYPES
from record.kinds import LongText, Refused
from record.status import STATUS
from routes import paint
from routes.case import facts_of
from routes.documents import SENAS
from routes.guard import only
from routes.opened import Opened, open_record
from routes.reading import read_form
from sql import Queries
from views import page
from views.events import briefly
from views.sheet import csv_sheet
from views.words import local, when

REASON = LongText(500)
PIECE = 256 << 10
READ_ME = """Everything that the SEND professional portal of {council} holds about one child
Put together on {at} by {by}

child.csv             what the register says
<reference>/          one folder for each request
  answers.csv         every answer, with each earlier text, who wrote it and when
  steps.csv           what was done about the request
  documents.csv       the documents, those that were taken away too
  documents/          the documents themselves, as PDF
  readers.csv         who opened the record

The tables open in any spreadsheet. Advice that a professional is still writing is not part of it.
"""


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


@only(*SENAS)
async def make(request: Request) -> Response:
    """The archive, sent as it is read from the disk; no copy of it stays."""
    form = await read_form(request)
    opened = await open_record(request)
    typed = str(form.get("reason", ""))
    try:
        reason = REASON.read(typed).strip()
        if not reason:
            raise Refused("Say who asked for it, and when: it stands on the audit trail.")
    except Refused as refusal:
        return _form(request, opened, typed, str(refusal))
    folder = Path(tempfile.mkdtemp(prefix="subject-"))
    path = folder / "archive.zip"
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            await _fill(request, opened, reason, archive)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return StreamingResponse(
        _sent(path, folder),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{opened.head.reference}-subject-access.zip"',
            "Content-Length": str(path.stat().st_size),
        },
    )


async def _sent(path: Path, folder: Path) -> AsyncIterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(request: Request, opened: Opened, reason: str, archive: zipfile.ZipFile) -> None:
    person, settings, child = request.state.person, request.app.state.settings, opened.head.child
    async with request.app.state.db.writing(person.identity) as q:
        facts = await q.subject_access.child(child=child)
        records = await q.subject_access.records(child=child)
        for record in records:
            await q.audit.note(
                action="record.subject_access",
                child=child,
                record=record.id,
                entry=None,
                field=None,
                detail=json.dumps({"reason": reason}),
            )
    read_me = READ_ME.format(council=settings.council, at=when(datetime.now(UTC)), by=person.name)
    archive.writestr("README.txt", read_me)
    archive.writestr("child.csv", csv_sheet(["What", "Is"], list(facts._asdict().items())))
    for record in records:
        async with request.app.state.db.reading(person.identity) as q:
            documents = await _tables(q, archive, record)
        for n, d in enumerate(documents, 1):
            # one after the other: no more than one is in the server's memory
            async with request.app.state.db.reading(person.identity) as q:
                found = await q.document.open(record=record.id, document=d.id)
            if found is not None and found.content is not None:
                archive.writestr(f"{record.reference}/documents/{n:03}.pdf", found.content)


async def _tables(q: Queries, archive: zipfile.ZipFile, record: Any) -> list[Any]:
    """Write a request's tables; its documents."""
    labels = {
        (part.name if hasattr(part, "singular") else "ersa", f.name): f.label
        for tab in FORMS[record.form].tabs
        for part in tab.parts
        for f in part.fields
    }
    history = await q.subject_access.history(record=record.id)
    steps = await q.case.steps(record=record.id)
    documents: list[Any] = await q.subject_access.documents(record=record.id)
    readers = await q.log.readers(record=record.id, before=None, days=100_000)

    def table(name: str, header: list[str], rows: list[list[Any]]) -> None:
        archive.writestr(f"{record.reference}/{name}.csv", csv_sheet(header, rows))

    table(
        "record",
        ["Reference", "Status", "Started by", "Started", "Received", "Co-ordinator"],
        [[record.reference, STATUS[record.status], record.started_by, _at(record.started_at), _at(record.received_at),
          record.coordinator]],
    )  # fmt: skip
    table(
        "answers",
        ["List", "Entry", "Question", "Version", "Answer", "Written by", "Written at"],
        [[h.list, h.position, labels.get((h.list, h.field), h.field), h.version, h.value, h.author, _at(h.saved_at)]
         for h in history],
    )  # fmt: skip
    table(
        "steps",
        ["Step", "Day", "Reason", "Details", "By", "Noted at"],
        [[s.kind, s.happened_on, s.reason, _details(s), s.author, _at(s.at)] for s in steps],
    )
    table(
        "documents",
        ["File", "Name", "Type", "Author", "Date", "Added by", "Added at", "Taken away at", "Why"],
        [[f"{n:03}.pdf", d.name, TYPES.get(d.category, d.category), d.author, d.dated, d.added_by, _at(d.added_at),
          _at(d.withdrawn_at), d.withdrawn_reason] for n, d in enumerate(documents, 1)],
    )  # fmt: skip
    table(
        "readers",
        ["Day", "Who", "What", "How often"],
        [[r.day, r.name, briefly(r.action), r.times] for r in readers],
    )
    return documents


def _details(step: Any) -> str:
    return "; ".join(f"{label}: {text}" for label, text in facts_of(step))


def _at(moment: Any) -> Any:
    return local(moment) if moment else None


ROUTES = [
    Route("/records/{record}/subject-access", show),
    Route("/records/{record}/subject-access", make, methods=["POST"]),
]
