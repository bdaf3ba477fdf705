"""Lists as tables for a spreadsheet: settings and people for ICT, the Gateway's children for whoever may see them."""

import json
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from record import clock
from record.kinds import Refused
from record.people import ROLES
from record.register import FIELDS, KINDS
from record.status import STATUS
from routes.dates import dates_of
from routes.gateway import next_date, wanted
from routes.guard import Person, only, signed_in
from routes.people import STATES
from routes.reading import read_form
from sql import Queries
from views.sheet import csv_headers, csv_sheet
from views.words import local

STEP = 500  # children a statement


def sheet(name: str, header: list[str], rows: list[list[Any]]) -> Response:
    """The answer that a browser saves as ``<name>-<today>.csv``."""
    return Response(csv_sheet(header, rows), headers=csv_headers(f"{name}-{clock.today().isoformat()}"))


async def note(q: Queries, what: str, count: int) -> None:
    """On the audit trail: ``what`` was exported, and how many lines of it."""
    detail = json.dumps({"rows": count})
    await q.audit.note(action=f"{what}.exported", child=None, record=None, entry=None, field=None, detail=detail)


@only("ict")
async def settings(request: Request) -> Response:
    """Every setting, closed ones too."""
    async with request.app.state.db.writing(request.state.person.identity) as q:
        rows = await q.setting.list()
        await note(q, "settings", len(rows))
    return sheet(
        "settings",
        [*(field.label for field in FIELDS.values()), "Closed on"],
        [[*(KINDS[r.kind] if name == "kind" else getattr(r, name) for name in FIELDS), r.closed_on] for r in rows],
    )


@only("ict")
async def people(request: Request) -> Response:
    """Everybody, with the state of their account; no secret of it."""
    async with request.app.state.db.writing(request.state.person.identity) as q:
        rows: list[Any] = []
        some = [None]
        while some:
            after = rows[-1].id if rows else None
            some = await q.people.list(words=[], role=None, setting=None, state=None, after=after, most=STEP)
            rows += some
        await note(q, "people", len(rows))
    header = ["Name", "User name", "Email", "Role", "Team", "Job title", "Settings", "Account", "Last signed in"]
    return sheet(
        "people",
        header,
        [
            [
                r.name,
                r.username,
                r.email,
                ROLES[r.role],
                r.team,
                r.job_title,
                "; ".join(r.settings),
                STATES[r.state],
                local(r.signed_in_at) if r.signed_in_at else None,
            ]
            for r in rows
        ],
    )


@signed_in
async def gateway(request: Request) -> Response:
    """The children this person may see, as they were searched for, in order of their names."""
    person: Person = request.state.person
    if not person.sees_children:
        raise HTTPException(404)
    form = await read_form(request)
    try:
        search = wanted(str(form.get("search", "")))
    except Refused as refusal:
        raise HTTPException(422, str(refusal)) from None
    rows: list[Any] = []
    async with request.app.state.db.writing(person.identity) as q:
        some: list[Any] = [None]
        while some:
            some = await q.gateway.by_name(**search, after=rows[-1].id if rows else None, most=STEP)
            rows += some
        dates = await dates_of(q, [r.record for r in rows if r.record])
        children = json.dumps({"rows": len(rows), "children": [str(r.id) for r in rows]})
        await q.audit.note(action="gateway.exported", child=None, record=None, entry=None, field=None, detail=children)
    header = ["First name", "Surname", "Date of birth", "UPN", "Setting", "Reference", "Status", "Received"]
    return sheet(
        "gateway",
        [*header, "Next date", "What is due", "Last changed"],
        [_child(r, next_date(r, dates, request.app.state.settings.receipt_days)) for r in rows],
    )


def _child(r: Any, due: tuple[str, date, bool] | None) -> list[Any]:
    what, when, _ = due or ("", None, False)
    return [
        r.first_name,
        r.surname,
        r.dob,
        r.upn,
        r.setting,
        r.reference,
        STATUS[r.status] if r.record else "",
        local(r.received_at).date() if r.received_at else None,
        when,
        what,
        local(r.changed_at),
    ]


ROUTES: list[BaseRoute] = [
    Route("/settings/export", settings),
    Route("/people/export", people),
    Route("/gateway/export", gateway, methods=["POST"]),
]
