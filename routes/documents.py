"""The documents of a record: listed, and handed out one by one, each time noted on the audit trail."""

import json

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from routes import paint
from routes.guard import Person, signed_in
from routes.opened import identifier, open_record
from views import page


@signed_in
async def show(request: Request) -> Response:
    """The document list."""
    opened = await open_record(request)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        documents = await q.document.list(record=opened.id)
    tabs, progress = paint.tab_list(opened, "documents")
    return page(
        request,
        "documents.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "documents": [
                {
                    "id": d.id,
                    "name": d.name,
                    "category": d.category,
                    "author": d.author,
                    "date": paint.day(d.dated),
                    "size": d.size,
                    "pages": d.pages,
                    "added_by": d.added_by or "",
                    "added_at": d.added_at,
                    "href": f"/records/{opened.id}/documents/{d.id}",
                }
                for d in documents
            ],
            **paint.around(opened.form, opened.answers, "documents", opened.id),
        },
    )


@signed_in
async def download(request: Request) -> Response:
    """One document, as it was stored. Its name says which record it belongs to, never the child's name."""
    person: Person = request.state.person
    wanted = {
        "record": identifier(request.path_params["record"]),
        "document": identifier(request.path_params["document"]),
    }
    if not person.sees_children:
        raise HTTPException(404)
    async with request.app.state.db.writing(person.identity) as q:
        head = await q.record.open(record=wanted["record"])
        found = await q.document.open(**wanted)
        if found is None or head is None:
            raise HTTPException(404)
        await q.audit.note(
            action="document.read",
            child=found.child,
            record=wanted["record"],
            entry=None,
            field=None,
            detail=json.dumps({"document": str(wanted["document"])}),
        )
    return pdf(found.content, f"{head.reference}.pdf")


def pdf(content: bytes, name: str) -> Response:
    """A PDF to open in the browser's own viewer, that may load nothing."""
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            # the browser's viewer needs styles of its own; a PDF of ours holds no script
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
            "X-Frame-Options": "SAMEORIGIN",  # SENAS reads it beside the record
            "Cache-Control": "no-store",
        },
    )
