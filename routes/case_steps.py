"""Steps of a case taken by SENAS, one form for each; and the form that puts a wrongly recorded one right."""

from collections.abc import Mapping
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.case import KINDS, LEADS, Step, correction_refusal, refusal
from record.clock import today
from routes import case_form, paint
from routes.case import SENAS, WHY_NOT, Case, open_case, record_step
from routes.case_letters import tell
from routes.guard import Person, only
from routes.opened import identifier
from routes.reading import Form, read_form
from sql import Queries
from views import page


def wanted_kind(request: Request) -> str:
    """The kind of step in the address. Raises HTTPException 404 for what SENAS cannot record."""
    kind = str(request.path_params["kind"])
    if kind not in LEADS and kind not in ("coordinator", "question", "exception"):
        raise HTTPException(404)
    return kind


@only(*SENAS)
async def form(request: Request) -> Response:
    """The form for one step."""
    kind = wanted_kind(request)
    return await _form(request, kind, await open_case(request))


async def _form(
    request: Request, kind: str, case: Case, typed: Form | None = None, refused: Mapping[str, str] | None = None
) -> Response:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        people = await q.case.coordinators() if kind == "coordinator" else []
    why_not = refusal(kind, today(), case.steps, today())
    words = case_form.words(kind, case.status, people, person.id)
    given = dict(typed.items()) if typed is not None else case_form.start(kind, today(), person.id)
    return page(
        request,
        "case_form.html",
        {
            "head": paint.head(case.opened),
            "back": f"/records/{case.opened.id}/case",
            "url": f"/records/{case.opened.id}/case/{kind}",
            "title": KINDS[kind][0],
            "why_not": why_not,
            "controls": words,
            "given": given,
            "refused": refused or {},
            "errors": [{"href": f"#{name}", "text": why} for name, why in (refused or {}).items()],
        },
        422 if refused else 200,
    )


@only(*SENAS)
async def take(request: Request) -> Response:
    """Record one step, and tell whom it concerns, in one transaction."""
    kind = wanted_kind(request)
    typed = await read_form(request)
    case = await open_case(request)
    read = case_form.read(kind, case.status, typed, case.steps)
    refused = dict(read.refused)
    if not refused and (why := refusal(kind, read.on, case.steps, today())):
        refused["on" if kind in LEADS else "reason"] = why
    if refused:
        return await _form(request, kind, case, typed, refused)
    person: Person = request.state.person
    async with request.app.state.db.writing(person.identity) as q:
        if kind == "coordinator":
            verdict = await allocate(request, q, case.opened.id, case.opened.head.reference, read.whom, read.reason)
        else:
            verdict = await record_step(q, case.opened.id, kind, read.on, read.reason, read.details)
            if verdict not in WHY_NOT:
                await tell(request, q, case.opened.id, case.opened.head.reference, kind, read.on)
    if verdict == "nobody":
        return await _form(request, kind, case, typed, {"whom": "Choose somebody of SENAS."})
    if verdict in WHY_NOT:
        return await _form(
            request, kind, await open_case(request), typed, {"on" if kind in LEADS else "reason": WHY_NOT[verdict]}
        )
    return RedirectResponse(f"/records/{case.opened.id}/case?done={kind}", 303)


async def allocate(request: Request, q: Queries, record: UUID, reference: str, whom: int, reason: str = "") -> str:
    """Make somebody of SENAS a case's co-ordinator and tell them and the setting, in the transaction of ``q``.

    The step's id, or why it was not taken: 'nobody' where ``whom`` is not of SENAS, else a key of ``WHY_NOT``.
    """
    name = {p.id: p.name for p in await q.case.coordinators()}.get(whom)
    if name is None:
        return "nobody"
    verdict = await record_step(q, record, "coordinator", today(), reason, {"person": whom, "name": name})
    if verdict not in WHY_NOT:
        await tell(request, q, record, reference, "coordinator", today())
    return verdict


# ---------------------------------------------------------------- putting right what was recorded wrongly


@only(*SENAS)
async def correction(request: Request) -> Response:
    """The form that puts a step right: another day or reason, or taken back. The first stays to be read."""
    case = await open_case(request)
    return await _correction(request, case, case.step(str(identifier(request.path_params["step"]))))


async def _correction(
    request: Request, case: Case, wrong: Step, typed: Form | None = None, refused: Mapping[str, str] | None = None
) -> Response:
    refused = refused or {}
    day = f"{wrong.on.day}/{wrong.on.month}/{wrong.on.year}"
    return page(
        request,
        "case_correct.html",
        {
            "head": paint.head(case.opened),
            "back": f"/records/{case.opened.id}/case",
            "url": f"/records/{case.opened.id}/steps/{wrong.id}",
            "step": {"what": KINDS[wrong.kind][1], "on": wrong.on, "reason": wrong.reason, "by": wrong.author},
            "dated": wrong.kind in LEADS,
            "given": dict(typed.items()) if typed is not None else {"on": day, "reason": wrong.reason},
            "refused": refused,
            "errors": [{"href": f"#{name}", "text": why} for name, why in refused.items()],
            "why_not": "" if refused else _uncorrectable(wrong),
        },
        422 if refused else 200,
    )


def _uncorrectable(wrong: Step) -> str:
    if wrong.corrected:
        return "This step was corrected already."
    if wrong.kind in ("received", "void", "answer"):
        return "This step cannot be corrected."
    return ""


@only(*SENAS)
async def correct(request: Request) -> Response:
    """Record the correction as a later step that stands in for the first."""
    typed = await read_form(request)
    case = await open_case(request)
    wrong = case.step(str(identifier(request.path_params["step"])))
    back = typed.get("act") == "void" or wrong.kind not in LEADS
    refused: dict[str, str] = {}
    why, problem = case_form.long_text(str(typed.get("why", "")), "Say why it is corrected: it stays on the record.")
    if problem:
        refused["why"] = problem
    on, reason, kind = today(), why, "void"
    if not back:
        kind = wrong.kind
        on, problem = case_form.day(str(typed.get("on", "")))
        if problem:
            refused["on"] = problem
        needed = "Give the reasons." if kind in case_form.NEEDS_REASON else ""
        reason, problem = case_form.long_text(str(typed.get("reason", "")), needed)
        if problem:
            refused["reason"] = problem
    if not refused and (problem := correction_refusal(wrong, None if back else on, case.steps, today())):
        refused["why" if back else "on"] = problem
    if refused:
        return await _correction(request, case, wrong, typed, refused)
    person: Person = request.state.person
    details = {} if back else {**wrong.details, "why": why}
    async with request.app.state.db.writing(person.identity) as q:
        verdict = await record_step(q, case.opened.id, kind, on, reason, details, wrong.id)
        if verdict not in WHY_NOT:
            await tell(
                request,
                q,
                case.opened.id,
                case.opened.head.reference,
                wrong.kind,
                on,
                "taken back" if back else "corrected",
            )
    if verdict in WHY_NOT:
        return await _correction(request, await open_case(request), wrong, typed, {"why": WHY_NOT[verdict]})
    return RedirectResponse(f"/records/{case.opened.id}/case?done={kind}", 303)


ROUTES = [
    Route("/records/{record}/case/{kind}", form),
    Route("/records/{record}/case/{kind}", take, methods=["POST"]),
    Route("/records/{record}/steps/{step}", correction),
    Route("/records/{record}/steps/{step}", correct, methods=["POST"]),
]
