"""Letters about the steps of a case: to whom each goes, saying what happened by the record's reference alone."""

from datetime import date
from uuid import UUID

from starlette.requests import Request

from record.case import KINDS
from routes.guard import Person
from sql import Queries
from views import letter
from views.words import day

EVERYBODY = ("setting", "coordinator", "adviser")
TOLD = {
    "receipt": ("setting",),
    "coordinator": ("setting", "coordinator"),
    "question": ("setting",),
    "answer": ("coordinator",),
    "panel": ("setting",),
    **dict.fromkeys(("exception", "appeal", "review", "placement"), ("setting", "coordinator")),
}


async def tell(
    request: Request, q: Queries, record: UUID, reference: str, kind: str, on: date, again: str = ""
) -> None:
    """Write to whom a step concerns, in the step's own transaction. ``again``: 'corrected' or 'taken back'.

    Whoever took the step gets no letter; where there is no co-ordinator, an answer goes to SENAS's own address.
    """
    person: Person = request.state.person
    settings = request.app.state.settings
    parts = TOLD.get(kind, EVERYBODY)
    people = [p for p in await q.case.people(record=record) if p.part in parts]
    recipients = dict.fromkeys(p.email for p in people if p.person != person.id)
    if kind == "answer" and not people:
        recipients = dict.fromkeys([settings.ersa_email])
    subject, body = letter(
        "case_step",
        reference=reference,
        kind=kind,
        what=KINDS[kind][1],
        on=day(on),
        again=again,
        link=f"{settings.base_url}/records/{record}/case",
    )
    for recipient in filter(None, recipients):
        await q.letter.add(recipient=recipient, subject=subject, body=body)
