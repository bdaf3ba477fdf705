"""The Profiles tab: the appendices, and advice submitted from one: its document, its note to SENAS, all at once."""

import hashlib
import io
from typing import Any

import pikepdf
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from record.form import Tab
from routes import advice, paint
from routes.documents import pdf
from routes.guard import Person, signed_in
from routes.opened import Opened, open_record
from routes.printing import made
from routes.reading import read_form
from routes.record import painted
from views import letter, page
from views.words import local, when

CATEGORY = "Advice"


@signed_in
async def show(request: Request) -> Response:
    """The appendices: what there is of each, and a list to choose one from."""
    opened = await open_record(request, least="asked")
    wanted = request.query_params.get("appendix", "")
    if any(tab.name == wanted for tab in opened.form.appendices):
        return RedirectResponse(f"/records/{opened.id}/{wanted}", 303)
    tabs, progress = paint.tab_list(opened, "profiles")
    person: Person = request.state.person
    return page(
        request,
        "profiles.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "tab": {"name": "profiles", "title": "Profiles", "url": f"/records/{opened.id}/profiles"},
            "options": [(tab.name, tab.title) for tab in opened.form.appendices],
            "appendices": [_appendix(opened, tab, person) for tab in opened.form.appendices],
            **paint.around(opened.form, opened.answers, "profiles", opened.id),
        },
    )


def _appendix(opened: Opened, tab: Tab, person: Person) -> dict[str, Any]:
    """What there is of an appendix, as far as this person may know."""
    live = (e for e in opened.entries if e.list == tab.name and e.withdrawn_at is None)
    begun, submitted = [e.author for e in live if e.author], advice.submitted(opened, tab)
    return {
        "title": tab.title,
        "href": f"/records/{opened.id}/{tab.name}",
        "yours": not paint.may_write(person, tab),
        "begun": begun,
        "submitted": submitted,
        "there": bool(begun or submitted),
    }


def appendix_of(request: Request, opened: Opened) -> Tab:
    """The appendix in the address. Raises HTTPException 404 for one that there is not."""
    name = request.path_params["appendix"]
    found = next((tab for tab in opened.form.appendices if tab.name == name), None)
    if found is None:
        raise HTTPException(404)
    return found


@signed_in
async def report(request: Request) -> Response:
    """Run report: the advice as a preview, or the step before it is submitted."""
    opened = await open_record(request, "record.preview", least="asked")
    tab = appendix_of(request, opened)
    entry = advice.chosen(opened, tab, request.state.person, request.query_params.get("entry", ""))
    if entry is None:
        raise HTTPException(404)
    if "submit" in (request.query_params.get("report"), request.query_params.get("step")):  # chosen, or its button
        return RedirectResponse(f"/records/{opened.id}/{tab.name}?confirm=yes&entry={entry.id}#submit-advice", 303)
    settings = request.app.state.settings
    data = advice.paper_of(opened, tab, entry, settings, request.state.person, sent=False)
    making = request.app.state.paper.preview("ersa.pdf.html", data)
    return pdf(await made(making, opened.id, (tab.name, tab.title)), f"{opened.head.reference}-{tab.name}-preview.pdf")


@signed_in
async def submit(request: Request) -> Response:
    """Make the advice of what its team has written, store it among the documents, tell SENAS; in one transaction.

    It is its author's, whoever of the team submits it.
    """
    form = await read_form(request)
    person: Person = request.state.person
    settings = request.app.state.settings
    opened = await open_record(request, "record.submit", least="asked")
    tab = appendix_of(request, opened)
    if why := paint.may_write(person, tab):
        raise HTTPException(403, why)
    entry = advice.chosen(opened, tab, person, str(form.get("entry", "")))
    if entry is None:
        raise HTTPException(404)
    if advice.blocking(opened, tab, entry):
        return painted(request, opened, tab, status=422)
    content = await made(
        request.app.state.paper.render(
            "ersa.pdf.html", advice.paper_of(opened, tab, entry, settings, person, sent=True)
        ),
        opened.id,
        (tab.name, tab.title),
    )
    with pikepdf.open(io.BytesIO(content)) as document:
        pages = len(document.pages)
    version = sum(stored.version for (of, _), stored in opened.stored.items() if of == entry.id)
    async with request.app.state.db.writing(person.identity) as q:
        held = await q.appendix.hold(record=opened.id, entry=entry.id)
        if held is None:
            raise HTTPException(404)
        if held.version != version:
            raise HTTPException(
                409, "This appendix was changed just now in another window, so it was not sent. Submit it again."
            )
        stored = await q.document.add(
            record=opened.id,
            name=tab.title,
            category=CATEGORY,
            author=entry.author,
            dated=opened.answers.today,
            submission=None,
            size=len(content),
            pages=pages,
            sha256=hashlib.sha256(content).digest(),
            brought_sha256=None,
            scan="clean",
            made_from="",
        )
        await q.document.fill(document=stored, content=content)
        await q.appendix.replace(entry=entry.id)
        kept = await q.appendix.add(record=opened.id, entry=entry.id, document=stored)
        recipient = opened.head.coordinator_email or settings.ersa_email
        if recipient and opened.head.status != "draft":  # before that SENAS does not know of the record
            subject, body = letter(
                "advice",
                reference=opened.head.reference,
                appendix=advice.letter_of(tab),
                person=person.name,
                at=when(local(kept.submitted_at)),
                link=f"{settings.base_url}/records/{opened.id}/documents",
            )
            await q.letter.add(recipient=recipient, subject=subject, body=body)
    if opened.head.sight != "all":  # the request is answered, and with it ends what it let them see
        return RedirectResponse("/advice?done=submitted", 303)
    return RedirectResponse(f"/records/{opened.id}/{tab.name}?submitted=yes", 303)


AT = "/records/{record}/profiles"
ROUTES: list[BaseRoute] = [
    Route(AT, show),
    Route(f"{AT}/{{appendix}}/report", report),
    Route(f"{AT}/{{appendix}}/submit", submit, methods=["POST"]),
]
