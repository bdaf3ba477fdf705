"""The case after submission: its steps and dates, shown to everybody on the record; questions, and their answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.advice import Asked
from record.case import (
    KINDS,
    LEADS,
    OF_A_PLAN,
    OPEN,
    OVERTURNED_BY,
    OVERTURNS,
    REFUSED,
    Step,
    appealable,
    offered,
    ordered_on,
    other_dates,
)
from record.clock import again, say, today
from record.deadlines import Deadline
from routes import case_excuse, case_plan, paint
from routes.case_controls import long_text
from routes.case_letters import tell
from routes.dates import as_asked, as_steps
from routes.guard import Person, only, signed_in
from routes.keeping import keeping
from routes.opened import Opened, identifier, open_record
from routes.reading import read_form
from sql import Queries
from views import page

SENAS = ("senas", "manager")
STATES = {
    "open": ("Open", "blue"),
    "late": ("Late", "red"),
    "met": ("Done", "green"),
    "missed": ("Done late", "orange"),
    "over": ("No longer needed", "grey"),
    "running": ("The family’s time", "blue"),
    "ended": ("Has ended", "grey"),
}
WHY_NOT = {
    "order": "Somebody else recorded a step at the same time, so nothing was recorded. Look at the steps, then "
    "try again.",
    "day": "This day is before the request was received, or in the future, so nothing was recorded.",
    "gone": "This was answered or corrected already. Open the case again to see how it stands.",
    "live": "The child has a newer request that is still open, so this one cannot be opened again beside it. "
    "Record the withdrawal of one of the two first.",
}


@dataclass(frozen=True)
class Case:
    """A record with the steps taken since its submission, and the rows they were read from."""

    opened: Opened
    steps: list[Step]
    rows: Sequence[Any]
    asked: Sequence[Asked] = ()
    kept: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        status: str = self.opened.head.status
        return status

    def step(self, wanted: str) -> Step:
        """The step of that id. Raises HTTPException 404 for one that is not this record's."""
        found = next((step for step in self.steps if step.id == wanted), None)
        if found is None:
            raise HTTPException(404)
        return found


async def open_case(request: Request) -> Case:
    """The record in the request's address with its steps; noted on the audit trail. Raises HTTPException 404."""
    opened = await open_record(request, least="all")
    async with request.app.state.db.reading(request.state.person.identity) as q:
        rows = await q.case.steps(record=opened.id)
        asked = await q.advice_request.of_many(records=[opened.id])
        how_long = await keeping(q, opened.id)
    return Case(opened, as_steps(rows), rows, as_asked(asked), how_long)


# ---------------------------------------------------------------- looking


@signed_in
async def show(request: Request) -> Response:
    """Dates with how they come about, steps, questions; for SENAS what can be done next."""
    return await painted(request, await open_case(request))


async def painted(
    request: Request, case: Case, refused: Mapping[str, str] | None = None, typed: str = "", status: int = 200
) -> Response:
    """The page of a case. ``refused`` is why an answer could not be kept, by its question."""
    person: Person = request.state.person
    done = KINDS.get(request.query_params.get("done", ""))
    refused = refused or {}
    return page(
        request,
        "case.html",
        {
            "head": paint.head(case.opened),
            "back": f"/records/{case.opened.id}",
            "done": done[1] if done else "",
            "questions": [
                {**it, "refused": refused.get(it["id"], ""), "typed": typed if it["id"] in refused else ""}
                for it in questions(case)
                if not it["answer"]
            ],
            "may_answer": person.role == "senco",
            "errors": [{"href": f"#answer-{id_}", "text": why} for id_, why in refused.items()],
            **case_words(request, case),
        },
        status,
    )


def case_words(request: Request, case: Case) -> dict[str, Any]:
    """The dates, the steps and the actions of a case, as _case.html shows them."""
    person: Person = request.state.person
    senas = person.role in SENAS
    base = f"/records/{case.opened.id}"
    return {
        "dates": [dated(d) for d in case.opened.dates],
        "taken": [taken(row, base if senas else "") for row in newest_first(case.rows)],
        "kept": case.kept,
        "actions": [
            *({"name": KINDS[k][0], "href": f"{base}/case/{k}", "main": n == 0} for n, k in enumerate(acts(case))),
            *(
                [{"name": "Ask for advice", "href": f"{base}/advice-requests", "main": False}]
                if case.status in OPEN
                else []
            ),
            {"name": "Legal hold", "href": f"{base}/hold", "main": False},
        ]
        if senas
        else [],
    }


def acts(case: Case) -> list[str]:
    """What SENAS can do next, what moves the case or its plan on first."""
    first = {*LEADS, *OF_A_PLAN, "placement"} - {"withdrawn", "moved"}
    found = [kind for kind in offered(case.status) if kind != "appeal" or appealable(case.steps)]
    return sorted(found, key=lambda kind: kind not in first)


def dated(it: Deadline) -> dict[str, Any]:
    """A deadline in words."""
    state, colour = STATES[it.state]
    return {
        "name": it.name,
        "request": it.request,
        "title": it.title,
        "law": it.law,
        "due": it.due,
        "how": it.how,
        "state": state,
        "colour": colour,
        "done": it.done,
        "late": it.state == "late",
        "days": (it.due - today()).days,
        "open": it.state in ("open", "late", "running"),
    }


def facts_of(row: Any) -> list[tuple[str, str]]:
    """What a step says beside its reason, each with what it is."""
    details, facts = row.details, []
    if details.get("name"):
        facts.append(("Co-ordinator", details["name"]))
    if details.get("overturned"):
        facts.append(("The decision before was overturned by", OVERTURNED_BY[details["overturned"]]))
    if ordered := ordered_on(row):
        facts.append(("Order, agreement or notice of", say(ordered)))
        limits = again(details["overturned"], REFUSED[OVERTURNS[row.kind]])
        facts += [(f"{limits[name].title} by", say(day)) for name, day in other_dates(row).items()]
    if details.get("to"):
        facts.append(("Moved to", details["to"]))
    if row.kind in case_plan.KINDS:
        facts += case_plan.facts(row.kind, details)
    if details.get("why"):
        facts.append(("Why it was corrected", details["why"]))
    if row.kind == "exception":
        facts.append(("Exception", case_excuse.words(details)))
    return facts


def newest_first(rows: Sequence[Any]) -> list[Any]:
    """Steps by the day each happened, those of one day by when they were recorded; the last first."""
    return sorted(rows, key=lambda row: (row.happened_on, row.at), reverse=True)


def taken(row: Any, base: str) -> dict[str, Any]:
    """A step in words; ``base`` is the record's address for those who may correct steps."""
    reason = [("Reason" if row.kind not in ("question", "answer") else "", row.reason)] if row.reason else []
    return {
        "id": str(row.id),
        "kind": row.kind,
        "what": KINDS[row.kind][1],
        "on": row.happened_on,
        "by": row.author or "",
        "at": row.at,
        "facts": reason + facts_of(row),
        "corrected": row.corrected,
        "corrects": bool(row.corrects),
        "correct": f"{base}/steps/{row.id}"
        if base and not row.corrected and row.kind not in ("received", "void", "answer")
        else "",
    }


def questions(case: Case) -> list[dict[str, Any]]:
    """Every question with its answer, or without one yet; the oldest first."""
    answers = {s.details.get("question"): s for s in case.steps if s.kind == "answer"}
    return [
        {
            "id": step.id,
            "text": step.reason,
            "by": step.author,
            "on": step.on,
            "answer": answers[step.id].reason if step.id in answers else "",
            "href": f"/records/{case.opened.id}/questions/{step.id}",
        }
        for step in case.steps
        if step.kind == "question" and not step.corrected
    ]


async def record_step(
    q: Queries,
    record: UUID,
    kind: str,
    on: date,
    reason: str,
    details: Mapping[str, Any],
    corrects: str | None = None,
) -> str:
    """Take a step: its id, or a key of ``WHY_NOT`` where it was not taken."""
    verdict: str = await q.case.take(
        record=record,
        kind=kind,
        happened_on=on,
        reason=reason,
        details=json.dumps(details),
        corrects=corrects,
    )
    return verdict


@only("senco")
async def answer(request: Request) -> Response:
    """The setting's answer to a question of SENAS's: kept on the record, and told to the co-ordinator."""
    typed = str((await read_form(request)).get("answer", ""))
    case = await open_case(request)
    question = case.step(str(identifier(request.path_params["question"])))
    if question.kind != "question":
        raise HTTPException(404)
    reason, why = long_text(typed, "Write the answer first.")
    if why:
        return await painted(request, case, {question.id: why}, typed, 422)
    person: Person = request.state.person
    async with request.app.state.db.writing(person.identity) as q:
        verdict = await record_step(q, case.opened.id, "answer", today(), reason, {"question": question.id})
        if verdict not in WHY_NOT:
            await tell(request, q, case.opened.id, case.opened.head.reference, "answer", today())
    if verdict in WHY_NOT:
        raise HTTPException(409, WHY_NOT[verdict])
    return RedirectResponse(f"/records/{case.opened.id}/case?done=answer", 303)


ROUTES = [
    Route("/records/{record}/case", show),
    Route("/records/{record}/questions/{question}", answer, methods=["POST"]),
]
