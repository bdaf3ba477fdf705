"""Puts the submitted ERSA and chosen documents together into one PDF, for a panel or a tribunal."""

import io
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from record.documents import TYPES
from routes import paint
from routes.documents import SENAS
from routes.guard import only
from routes.opened import Opened, identifier, open_record
from routes.printing import tell
from routes.reading import Form, read_form
from views import page
from views.pdf.bundle import PAGE, BundleFailed, Part, put_together
from views.pdf.workers import PaperError
from views.words import day, plural, when

PURPOSES = {"panel": "For the panel", "tribunal": "For the tribunal", "adviser": "For an adviser"}
ABOUT = "Documents about a request to assess the child’s education, health and care needs, each as it was given."
AIRY = 6  # contents of no more entries stand well apart
PIECE = 256 << 10
MOST = 100


@only(*SENAS)
async def show(request: Request) -> Response:
    """What can go in, in which order."""
    return await _page(request, await open_record(request))


async def _page(request: Request, opened: Opened, form: Form | None = None, error: str = "") -> Response:
    async with request.app.state.db.reading(request.state.person.identity) as q:
        listed = await q.document.list(record=opened.id)
    found = [d for d in listed if d.may_open]
    found.sort(key=lambda d: (d.submission is None, d.dated, d.added_at))
    chosen = set(form.getlist("document")) if form else {str(d.id) for d in found if not d.replaced_at}
    tabs, progress = paint.tab_list(opened, "documents")
    return page(
        request,
        "bundle.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "purposes": list(PURPOSES.items()),
            "purpose": form.get("purpose", "panel") if form else "panel",
            "documents": [
                {
                    "id": d.id,
                    "name": d.name,
                    "type": TYPES.get(d.category, d.category),
                    "date": d.dated,
                    "pages": d.pages,
                    "replaced_at": d.replaced_at,
                    "chosen": str(d.id) in chosen,
                    "place": form.get(f"place-{d.id}", str(n)) if form else str(n),
                }
                for n, d in enumerate(found, 1)
            ],
            "waiting": sum(d.scan == "waiting" and d.withdrawn_at is None for d in listed),
            "error": error,
            "back": f"/records/{opened.id}/documents",
            "url": f"/records/{opened.id}/bundle",
            **paint.around(opened.form, opened.answers, "documents", opened.id),
        },
        422 if error else 200,
    )


def _place(form: Form, document: str) -> float:
    typed = form.get(f"place-{document}", "")
    return float(typed) if typed.isdecimal() and len(typed) < 6 else float("inf")


@only(*SENAS)
async def make(request: Request) -> Response:
    """The bundle, sent as it is read from the disk; no copy of it stays."""
    form = await read_form(request)
    opened = await open_record(request)
    chosen = sorted(dict.fromkeys(form.getlist("document")), key=lambda it: _place(form, it))
    if not chosen:
        return await _page(request, opened, form, "Choose at least one document.")
    if len(chosen) > MOST:
        return await _page(request, opened, form, f"Choose {MOST} documents at most.")
    folder = Path(tempfile.mkdtemp(prefix="bundle-"))
    try:
        path = await _made(request, opened, form, chosen, folder)
    except BundleFailed as failed:
        shutil.rmtree(folder, ignore_errors=True)
        return await _page(request, opened, form, str(failed))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return StreamingResponse(
        _sent(path, folder),
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{opened.head.reference}-bundle.pdf"',
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


async def _made(request: Request, opened: Opened, form: Form, chosen: list[str], folder: Path) -> Path:
    documents: list[dict[str, Any]] = []
    for n, document in enumerate(map(identifier, chosen), 1):
        # one after the other: no more than one is in the server's memory
        async with request.app.state.db.writing(request.state.person.identity) as q:
            found = await q.document.open(record=opened.id, document=document)
            if found is None or found.content is None:
                raise HTTPException(404)
            await q.audit.note(
                action="document.bundled",
                child=found.child,
                record=opened.id,
                entry=None,
                field=None,
                detail=json.dumps({"document": str(document)}),
            )
        (folder / f"{n}.pdf").write_bytes(found.content)
        replaced = f"replaced by later advice on {day(found.replaced_at)}" if found.replaced_at else ""
        about = ", ".join(filter(None, (TYPES.get(found.category, ""), found.author, day(found.dated), replaced)))
        documents.append({"title": found.name, "about": about, "file": f"{n}.pdf", "pages": found.pages or 1})
    content, front = await counted(lambda front: _front(request, opened, form, documents, front))
    (folder / "front.pdf").write_bytes(content)
    parts = [Part("Contents", "front.pdf", front), *(Part(d["title"], d["file"], d["pages"]) for d in documents)]
    return await put_together(folder, parts, opened.name, opened.head.reference)


async def counted(draw: Callable[[int], Awaitable[bytes]]) -> tuple[bytes, int]:
    """The first pages, which ``draw`` makes when told how many they are, and their number.

    The contents may need a page more, which moves everything behind them.
    """
    front = 1
    while True:
        content = await draw(front)
        with pikepdf.open(io.BytesIO(content)) as it:
            needed = len(it.pages)
        if needed <= front:
            return content, needed
        front = needed


async def _front(request: Request, opened: Opened, form: Form, documents: list[dict[str, Any]], front: int) -> bytes:
    purpose = PURPOSES.get(form.get("purpose", ""), PURPOSES["panel"])
    settings, by = request.app.state.settings, request.state.person.name
    try:
        return await request.app.state.paper.render(
            "bundle.pdf.html",
            front_paper(opened, settings.council, settings.ersa_email, purpose, by, documents, front),
        )
    except PaperError as error:
        tell(error)
        raise BundleFailed(str(error)) from error


def front_paper(
    opened: Opened, council: str, email: str, purpose: str, by: str, documents: list[dict[str, Any]], front: int
) -> dict[str, Any]:
    """What ``bundle.pdf.html`` shows: the ``documents``, dicts with title, about and pages, after ``front`` pages."""
    at, parts = front + 1, []
    for document in documents:
        last = at + document["pages"] - 1
        pages = f"{at}–{last}" if last > at else str(at)
        parts.append({"title": document["title"], "about": document["about"], "pages": pages, "link": f"{PAGE}{at}"})
        at = last + 1
    return {
        "title": "Bundle",
        "name": "Bundle of documents",
        "form": "Bundle of documents",
        "purpose": purpose,
        "council": council,
        "service": "SENAS",
        "draft": False,
        "child": {
            "name": opened.name,
            "dob": day(opened.head.dob),
            "setting": opened.head.setting_name,
        },
        "reference": opened.head.reference,
        "by": by,
        "printed": when(datetime.now(UTC)),
        "extent": f"{plural(len(parts), 'document')}, {plural(at - 1 - front, 'page')}",
        "about": ABOUT,
        "email": email,
        "room": 6.5 if len(parts) <= AIRY else 3.5,
        "parts": parts,
    }


ROUTES = [
    Route("/records/{record}/bundle", show),
    Route("/records/{record}/bundle", make, methods=["POST"]),
]
