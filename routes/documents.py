"""The documents of a record: listed, and handed out one by one, each time noted on the audit trail.

Who may open a document is decided by the database: where it may not be opened, its content does not come.
"""

import json
import re
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from record.documents import AVAILABILITY, TYPES, lacking
from routes import paint
from routes.guard import Person, signed_in
from routes.loop import KEPT_DAYS
from routes.opened import Opened, identifier, open_record
from views import page

SENAS = ("senas", "manager")


@signed_in
async def show(request: Request) -> Response:
    """The document list."""
    opened = await open_record(request, least="asked")
    return await list_page(request, opened)


async def list_page(request: Request, opened: Opened, error: str = "", status: int = 200) -> Response:
    """The list, perhaps with what could not be done."""
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        found = await q.document.list(record=opened.id)
    tabs, progress = paint.tab_list(opened, "documents")
    rows = [_row(d, opened, person) for d in found]
    has = {d.category for d in found if d.withdrawn_at is None}
    return page(
        request,
        "documents.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "documents": [row for row in rows if not row["withdrawn_at"]],
            "withdrawn": [row for row in rows if row["withdrawn_at"]],
            "usual": [TYPES[code] for code in lacking(has)] if person.role == "senco" else [],
            "senas": person.role in SENAS,
            "kept_days": KEPT_DAYS,
            "done": request.query_params.get("done", ""),
            "error": error,
            **paint.around(opened.form, opened.answers, "documents", opened.id),
        },
        status,
    )


def _row(d: Any, opened: Opened, person: Person) -> dict[str, Any]:
    senas = person.role in SENAS
    href = f"/records/{opened.id}/documents/{d.id}"
    # before the ERSA is sent its author takes it back; afterwards SENAS is asked to; SENAS itself removes
    removing = ""
    if d.submission is None and d.withdrawn_at is None:
        if senas:
            removing = "Remove"
        elif d.mine:
            removing = "Withdraw" if opened.head.status == "draft" else "Ask to remove"
    return {
        "id": d.id,
        "name": d.name,
        "type": TYPES.get(d.category, d.category),
        "author": d.author,
        "date": d.dated,
        "size": d.size,
        "pages": d.pages,
        "made_from": d.made_from,
        "added_by": d.added_by or "",
        "added_at": d.added_at,
        "new": bool(opened.submission and d.submission is None and d.added_at > opened.submission.received_at),
        "replaced_at": d.replaced_at,
        "availability": AVAILABILITY[d.availability],
        "may_open": d.may_open,
        "scan": d.scan,
        "asked": d.asked or "",
        "answer": d.answer or "",
        "removal": d.removal or "",
        "removal_answer": d.removal_answer or "",
        "removing": "" if d.removal == "waiting" else removing,
        "withdrawn_at": d.withdrawn_at,
        "withdrawn_by": d.withdrawn_by or "",
        "withdrawn_reason": d.withdrawn_reason,
        "purged": bool(d.purged_at),
        "may_restore": senas or (d.withdrawn_by_me and opened.head.status == "draft"),
        "href": href,
        "granted": d.granted or [] if senas else [],
        "settable": senas and d.submission is None,
        "other_availability": "senas" if d.availability == "all" else "all",
    }


@signed_in
async def download(request: Request) -> Response:
    """One document, as it was stored. Its name says which record it belongs to, its type and date; no child's name."""
    person: Person = request.state.person
    record, document = places(request)
    if not person.sees_children:
        raise HTTPException(404)
    async with request.app.state.db.writing(person.identity) as q:
        found = await q.document.open(record=record, document=document)
        if found is None:
            raise HTTPException(404)
        await q.audit.note(
            action="document.read" if found.content is not None else "document.denied",
            child=found.child,
            record=record,
            entry=None,
            field=None,
            detail=json.dumps({"document": str(document)}),
        )
    if found.content is None:
        return await _denied(request, found)
    return pdf(found.content, _file_name(found))


def _file_name(found: Any) -> str:
    """By which several of one record are told apart in a folder: type and date, and never what somebody typed."""
    about = re.sub(r"[^a-z0-9]+", "-", found.category.lower()).strip("-")
    return "-".join(filter(None, (found.reference, about, f"{found.dated:%Y-%m-%d}"))) + ".pdf"


async def _denied(request: Request, found: Any) -> Response:
    """Why a document that is listed cannot be opened, and how to ask for it."""
    opened = await open_record(request, least="asked")
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = next((d for d in await q.document.list(record=opened.id) if d.id == found.id), None)
    if it is None:
        raise HTTPException(404)
    tabs, progress = paint.tab_list(opened, "documents")
    return page(
        request,
        "document_denied.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "document": _row(it, opened, request.state.person),
            **paint.around(opened.form, opened.answers, "documents", opened.id),
        },
        403,
    )


def places(request: Request) -> tuple[UUID, UUID]:
    """The record and document in the address. Raises HTTPException 404."""
    return identifier(request.path_params["record"]), identifier(request.path_params["document"])


def pdf(content: bytes, name: str) -> Response:
    """A PDF to open in the browser's own viewer, that may load nothing."""
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            # the browser's viewer needs styles of its own; a PDF we keep holds no script
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
            "X-Frame-Options": "SAMEORIGIN",  # SENAS reads it beside the record
            "Cache-Control": "no-store",
        },
    )
