"""Steps of a case taken by SENAS, one form for each; and the form that puts a wrongly recorded one right."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.case import KINDS, OVERTURNS, Step, correction_refusal, fixed, ordered_on, overturn_refusal, refusal
from record.clock import today
from record.kinds import say_date
from routes import case_form, case_plan, paint
from routes.case import SENAS, WHY_NOT, Case, open_case, record_step
from routes.case_controls import Read, long_text
from routes.case_letters import tell
from routes.guard import Person, only
from routes.opened import identifier
from routes.reading import Form, read_form
from sql import Queries
from views import page


def wanted_kind(request: Request) -> str:
    """The kind of step in the address. Raises HTTPException 404 for what SENAS cannot record."""
    kind = str(request.path_params["kind"])
    if kind not in case_form.RECORDED:
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
    words = case_form.words(kind, case.status, case.steps, people, person.id, place_of(case), case.asked)
    given = (
        dict(typed.items())
        if typed is not None
        else case_form.start(kind, today(), person.id, case.steps, case.opened.answers.answers)
    )
    return page(
        request,
        "case_form.html",
        {
            "head": paint.head(case.opened),
            "back": f"/records/{case.opened.id}/case",
            "url": f"/records/{case.opened.id}/case/{kind}",
            "title": KINDS[kind][0],
            "why_not": why_not,
            "about": case_plan.TO_COME if kind in case_plan.PLANS else "",
            "controls": words,
            "given": given,
            "refused": refused or {},
            "errors": [{"href": f"#{name}", "text": why} for name, why in (refused or {}).items()],
        },
        422 if refused else 200,
    )


def place_of(case: Case) -> str:
    """The child's present setting, for who names one in a plan."""
    head = case.opened.head
    return f"{head.setting_name} has {head.setting_urn}." if head.setting_urn else ""


@only(*SENAS)
async def take(request: Request) -> Response:
    """Record one step, and tell whom it concerns, in one transaction."""
    kind = wanted_kind(request)
    typed = await read_form(request)
    case = await open_case(request)
    read = case_form.read(kind, case.status, typed, case.steps, case.asked)
    refused = dict(read.refused)
    where = "on" if kind in case_form.DAYS else "reason"
    if why := refusal(kind, today(), case.steps, today()):
        refused = {where: why}  # whatever was typed, it is not the time for this step
    elif not refused and (why := refusal(kind, read.on, case.steps, today())):
        refused[where] = why
    elif not refused and (why := _overturned_too_early(kind, read, case)):
        refused["ordered"] = why
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
        return await _form(request, kind, await open_case(request), typed, {where: WHY_NOT[verdict]})
    return RedirectResponse(f"/records/{case.opened.id}/case?done={kind}", 303)


def _overturned_too_early(kind: str, read: Read, case: Case) -> str:
    ordered = ordered_on(Step("", kind, read.on, details=read.details))
    return overturn_refusal(kind, ordered, read.on, case.steps) if ordered else ""


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
    given = {**case_plan.given(wrong.details), "on": say_date(wrong.on), "reason": wrong.reason, "why": ""}
    return page(
        request,
        "case_correct.html",
        {
            "head": paint.head(case.opened),
            "back": f"/records/{case.opened.id}/case",
            "url": f"/records/{case.opened.id}/steps/{wrong.id}",
            "step": {"what": KINDS[wrong.kind][1], "on": wrong.on, "reason": wrong.reason, "by": wrong.author},
            "controls": case_form.words(wrong.kind, before(wrong), case.steps, place=place_of(case))
            if wrong.kind in case_form.CORRECTED
            else [],
            "given": dict(typed.items()) if typed is not None else given,
            "refused": refused,
            "errors": [{"href": f"#{name}", "text": why} for name, why in refused.items()],
            "why_not": "" if refused else fixed(wrong),
        },
        422 if refused else 200,
    )


def before(wrong: Step) -> str:
    """The status at which a step was taken, where its form is another there: what it overturned."""
    return OVERTURNS.get(wrong.kind, "") if wrong.details.get("overturned") else ""


@only(*SENAS)
async def correct(request: Request) -> Response:
    """Record the correction as a later step that stands in for the first."""
    typed = await read_form(request)
    case = await open_case(request)
    wrong = case.step(str(identifier(request.path_params["step"])))
    back = typed.get("act") == "void" or wrong.kind not in case_form.CORRECTED
    why, problem = long_text(str(typed.get("why", "")), "Say why it is corrected: it stays on the record.")
    right = Read(today(), reason=why) if back else case_form.read(wrong.kind, before(wrong), typed, case.steps)
    refused = {**right.refused, **({"why": problem} if problem else {})}
    dated = not back and wrong.kind in case_form.DAYS
    on = right.on if dated or back else wrong.on
    shall_be = replace(wrong, details=right.details)
    if not refused and (problem := correction_refusal(shall_be, None if back else on, case.steps, today())):
        refused["on" if dated else "why"] = problem
    if refused:
        return await _correction(request, case, wrong, typed, refused)
    person: Person = request.state.person
    kind, details = ("void", {}) if back else (wrong.kind, {**right.details, "why": why})
    async with request.app.state.db.writing(person.identity) as q:
        verdict = await record_step(q, case.opened.id, kind, on, right.reason, details, wrong.id)
        if verdict not in WHY_NOT:
            how = "taken back" if back else "corrected"
            await tell(request, q, case.opened.id, case.opened.head.reference, wrong.kind, on, how)
    if verdict in WHY_NOT:
        return await _correction(request, await open_case(request), wrong, typed, {"why": WHY_NOT[verdict]})
    return RedirectResponse(f"/records/{case.opened.id}/case?done={kind}", 303)


ROUTES = [
    Route("/records/{record}/case/{kind}", form),
    Route("/records/{record}/case/{kind}", take, methods=["POST"]),
    Route("/records/{record}/steps/{step}", correction),
    Route("/records/{record}/steps/{step}", correct, methods=["POST"]),
]
