"""The family's part: a sheet for the conversation, what was written for them to read, invitations to their portal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.family import DRAWING, PARENTS, PLAIN, SHEET, THEIRS
from record.form import Answers, Section
from record.form import Form as FormOf
from record.paper import paper
from routes.documents import SENAS, pdf
from routes.exports import note, sheet
from routes.guard import only, signed_in
from routes.opened import Opened, identifier, open_record
from routes.printing import made
from routes.reading import read_form
from routes.trail import listed
from views import page
from views.words import day, local, when


def _about(council: str, reference: str, answers: Answers, title: str, named: bool = True) -> dict[str, Any]:
    return {
        "title": title,
        "name": title,
        "form": title,
        "council": council,
        "service": "SENAS",
        "draft": False,
        "child": {
            "name": f"{answers['first_name']} {answers['surname']}" if named else "",
            "dob": day(answers["dob"]) if named else "",
            "setting": answers["setting_name"],
        },
        "reference": reference,
        "printed": when(datetime.now(UTC)),
    }


def sheet_paper(council: str, reference: str, answers: Answers, named: bool) -> dict[str, Any]:
    """What ``family_sheet.pdf.html`` shows."""
    setting = answers["setting_name"] or "school or college"
    parts = [
        {
            "title": title,
            "about": about,
            "questions": [{"words": words.format(setting=setting), "lines": lines} for words, lines in questions],
            "drawing": title == DRAWING,
        }
        for title, about, questions in SHEET
    ]
    return {**_about(council, reference, answers, "What is important to you", named), "parts": parts}


def read_back_paper(council: str, reference: str, form: FormOf, answers: Answers) -> dict[str, Any]:
    """What ``family_read_back.pdf.html`` shows."""
    tabs = {tab["name"]: tab for tab in paper(form, answers, preview=False)}
    theirs = [tab for name in THEIRS if name in tabs and (tab := form.tab(name))]
    return {
        **_about(council, reference, answers, "What was written for you"),
        "tabs": [
            {
                "number": n,
                "title": PLAIN.get(tab.name, tab.title),
                "parts": [
                    _answered(tab.name, section, part)
                    for section, part in zip(tab.sections, tabs[tab.name]["parts"], strict=True)
                ],
            }
            for n, tab in enumerate(theirs, 1)
        ],
        "person": answers["completed_by"],
        "telephone": answers["setting_phone"],
        "email": answers["setting_email"],
    }


def _answered(tab: str, section: Section, part: Mapping[str, Any]) -> dict[str, Any]:
    """A part in a family's words, without the questions nobody answered: they look through what was written."""
    labels = {field.label: PLAIN.get(field.name, field.label) for field in section.fields}
    fields = [{**field, "label": labels[field["label"]]} for field in part["fields"] if field["value"]]
    return {"kind": "fields", "title": PLAIN.get(f"{tab}.{section.name}", section.title), "fields": fields}


async def _made(request: Request, opened: Opened, template: str, data: dict[str, Any], name: str) -> Response:
    making = request.app.state.paper.render(template, data)
    return pdf(await made(making, opened.id, (PARENTS.name, PARENTS.title)), f"{opened.head.reference}-{name}.pdf")


@signed_in
async def conversation(request: Request) -> Response:
    """A plain sheet to talk through with the family, with room to write; with the child's name where that is wished."""
    opened = await open_record(request)
    named = request.query_params.get("name") == "yes"
    council, reference = request.app.state.settings.council, opened.head.reference
    data = sheet_paper(council, reference, opened.answers, named)
    return await _made(request, opened, "family_sheet.pdf.html", data, "conversation")


@signed_in
async def read_back(request: Request) -> Response:
    """What was written for the family, in their own words and in English, to look through before it is sent."""
    opened = await open_record(request, "record.read_back")
    council, reference = request.app.state.settings.council, opened.head.reference
    data = read_back_paper(council, reference, opened.form, opened.answers)
    return await _made(request, opened, "family_read_back.pdf.html", data, "read-back")


# ---------------------------------------------------------------- invitations to the Parent Portal


@only(*SENAS)
async def invitations(request: Request) -> Response:
    """Who is to be invited, now that an assessment was agreed; and who has been."""
    async with request.app.state.db.reading(request.state.person.identity) as q:
        found = await q.family.invitations()
    await listed(request, (r.child for r in found))
    rows = [_row(r) for r in found]
    return page(
        request,
        "invitations.html",
        {
            "due": [row for row in rows if not row["invited_at"]],
            "invited": [row for row in rows if row["invited_at"]],
            "done": request.query_params.get("done", ""),
        },
    )


def _row(r: Any) -> dict[str, Any]:
    problem = ""
    if not r.contact:
        problem = "Nobody is named. Ask the setting whom to invite."
    elif not r.email:
        problem = "There is no email address. Ask the setting for it."
    return {
        "id": r.record,
        "child": f"{r.first_name} {r.surname}",
        "reference": r.reference,
        "setting": r.setting,
        "contact": r.contact or "",
        "email": r.email or "",
        "agreed": r.agreed,
        "problem": problem,
        "invited_at": r.invited_at,
        "invited_by": r.invited_by or "",
        "href": f"/records/{r.record}/contribution",
    }


@only(*SENAS)
async def invited(request: Request) -> Response:
    """The invitation was sent; or, with ``undo``, it was not."""
    form = await read_form(request)
    record = identifier(request.path_params["record"])
    async with request.app.state.db.writing(request.state.person.identity) as q:
        if form.get("undo") == "yes":
            done = await q.family.not_invited(record=record)
        else:
            done = await q.family.invited(record=record)
    if not done:
        raise HTTPException(404)
    return RedirectResponse("/invitations?done=yes", 303)


@only(*SENAS)
async def export(request: Request) -> Response:
    """The invitations that are due, as a table for whoever sends them."""
    async with request.app.state.db.writing(request.state.person.identity) as q:
        rows = [r for r in await q.family.invitations() if not r.invited_at]
        await note(q, "invitations", len(rows))
    await listed(request, (r.child for r in rows))
    return sheet(
        "invitations",
        ["Reference", "Name", "Email", "Child", "Setting", "Assessment agreed on"],
        [
            [r.reference, r.contact, r.email, f"{r.first_name} {r.surname}", r.setting, local(r.agreed).date()]
            for r in rows
        ],
    )


ROUTES = [
    Route("/records/{record}/family/conversation", conversation),
    Route("/records/{record}/family/read-back", read_back),
    Route("/invitations", invitations),
    Route("/invitations/export", export),
    Route("/invitations/{record}", invited, methods=["POST"]),
]
