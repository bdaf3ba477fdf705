"""Corrections of a child's personal details: asked for from the record, then applied or refused by SENAS or ICT."""

from typing import Any
from uuid import UUID

from psycopg.errors import CheckViolation
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record import correction as facts
from record.kinds import LongText, Refused
from record.names import filed
from routes import paint, trail
from routes.guard import Person, only, signed_in
from routes.opened import Opened, identifier, open_record
from routes.reading import Form, read_form
from sql import Queries
from views import letter, page

REASON = LongText(1_000)
ANSWER = LongText(1_000)
PAGE = 30  # decided requests
QUEUE = 200  # waiting ones on the page; the oldest come first
DECIDERS = ("senas", "manager", "ict")
WHY_NOT = {
    "changed": "The register says something else by now than when this was asked for, so nothing was changed. "
    "Compare the two; if the request is out of date, refuse it and say so.",
    "taken": "Another child in the portal has this UPN, so nothing was changed. Find out whose it is first; "
    "the same child may be there twice.",
    "closed": "This setting has closed since the move was asked for, so nothing was changed. Refuse it and say so.",
}

# ---------------------------------------------------------------- asking


def wanted_fact(request: Request) -> str:
    """The fact in the address. Raises HTTPException 404 for what the register does not hold."""
    name = str(request.path_params["field"])
    if name != facts.SETTING and name not in facts.FIELDS:
        raise HTTPException(404)
    return name


@signed_in
async def form(request: Request) -> Response:
    """What the register says, and a small form to say what it should be; or the request that waits already."""
    return await _form(request, wanted_fact(request), await open_record(request, least="all"))


async def _form(
    request: Request, name: str, opened: Opened, typed: Form | None = None, refused: dict[str, str] | None = None
) -> Response:
    person: Person = request.state.person
    typed, refused = typed or Form(), refused or {}
    moving = name == facts.SETTING
    settings: list[Any] = []
    if moving:
        async with request.app.state.db.reading(person.identity) as q:
            settings = await q.correction.settings(present=opened.head.setting)
    field = facts.FIELDS.get(name)
    stored = "" if moving else opened.answers[name]
    choices: dict[Any, str] = getattr(field.kind, "options", {}) if field else {s.id: s.name for s in settings}
    label = facts.label(name)
    asked = [paint.correction(c) for c in opened.corrections if c.field == name]
    return page(
        request,
        "correction.html",
        {
            "head": paint.head(opened),
            "field": {
                "name": name,
                "label": label,
                "hint": field.hint if field else "",
                "old": opened.head.setting_name if moving else facts.show(name, stored),
                "options": list(choices.items()),
                "may_be_empty": bool(stored) and name not in facts.NEVER_EMPTY,
                "date": bool(field and field.kind.control == "date"),
                "moving": moving,
            },
            "back": f"/records/{opened.id}/personal#f-{'surname' if moving else name}",
            "url": f"/records/{opened.id}/corrections/{name}",
            "asked": asked,
            "waiting": next((a for a in asked if a["state"] == "waiting"), None),
            "new": str(typed.get("new", "")),
            "empty": bool(typed.get("empty")),
            "reason": str(typed.get("reason", "")),
            "refused": {"new": "", "reason": "", **refused},
            "errors": [{"href": f"#{control}", "text": why} for control, why in refused.items()],
        },
        422 if refused else 200,
    )


@signed_in
async def ask(request: Request) -> Response:
    """Put a request into the queue of SENAS and ICT, and write to both; a second one for the same fact is not made."""
    name = wanted_fact(request)
    typed = await read_form(request)
    opened = await open_record(request, least="all")
    person: Person = request.state.person
    refused: dict[str, str] = {}
    new = reason = ""
    try:
        new = await _new(request, name, opened, typed)
    except Refused as refusal:
        refused["new"] = str(refusal)
    try:
        reason = REASON.read(str(typed.get("reason", ""))).strip()
        if not reason:
            raise Refused("Say how you know, so that it can be checked. One sentence is enough.")
    except Refused as refusal:
        refused["reason"] = str(refusal)
    if refused:
        return await _form(request, name, opened, typed, refused)
    try:
        async with request.app.state.db.writing(person.identity) as q:
            if await q.correction.ask(record=opened.id, field=name, new=new, reason=reason):
                await _tell_deciders(request, q, name, opened.head.reference)
    except CheckViolation:  # somebody corrected it to the same at this moment
        return await _form(request, name, await open_record(request, least="all"), typed, {"new": facts.SAME})
    return RedirectResponse(f"/records/{opened.id}/corrections/{name}", 303)


async def _new(request: Request, name: str, opened: Opened, typed: Form) -> str:
    """What the fact should be, as it is stored. Raises ``Refused``."""
    text = str(typed.get("new", ""))
    if name != facts.SETTING:
        return facts.read(name, text, opened.answers[name], bool(typed.get("empty")))
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        known = {str(s.id) for s in await q.correction.settings(present=opened.head.setting)}
    if text not in known:
        raise Refused("Choose the setting that the child has moved to.")
    return text


async def _tell_deciders(request: Request, q: Queries, name: str, reference: str) -> None:
    settings = request.app.state.settings
    subject, body = letter(
        "correction_asked",
        reference=reference,
        label=facts.label(name),
        moving=name == facts.SETTING,
        link=f"{settings.base_url}/corrections",
    )
    for recipient in dict.fromkeys((settings.ersa_email, settings.ict_email)):
        if recipient:
            await q.letter.add(recipient=recipient, subject=subject, body=body)


# ---------------------------------------------------------------- deciding


@only(*DECIDERS)
async def show(request: Request) -> Response:
    """The queue: what waits, or what has been decided."""
    return await _queue(request)


async def _queue(
    request: Request, problem: str = "", one: UUID | None = None, typed: str = "", status: int = 200
) -> Response:
    """The page; ``problem`` is a sentence about the request ``one``, whose refusal was ``typed``."""
    person: Person = request.state.person
    given = request.query_params
    waiting = given.get("show") != "decided"
    after = identifier(given["after"]) if given.get("after") else None
    done = None
    async with request.app.state.db.reading(person.identity) as q:
        most = QUEUE if waiting else PAGE + 1
        rows = await q.correction.list(waiting=waiting, one=None, after=after, most=most)
        if given.get("done"):
            found = await q.correction.list(waiting=False, one=identifier(given["done"]), after=None, most=1)
            done = found[0] if found and found[0].state != "waiting" else None
    more = not waiting and len(rows) > PAGE
    rows = rows[:PAGE] if more else rows
    await trail.listed(request, [r.child for r in rows if r.name])
    return page(
        request,
        "corrections.html",
        {
            "rows": [_line(r, problem if r.id == one else "", typed if r.id == one else "") for r in rows],
            "waiting": waiting,
            "older": rows[-1].id if more else "",
            "done": _line(done) if done else None,
            "told": given.get("told") != "no",
            "errors": [{"href": problem_href(one, status), "text": problem}] if problem else [],
            "ict": person.role == "ict",
        },
        status,
    )


def problem_href(one: UUID | None, status: int) -> str:
    """Where a problem with a request lies: in its box for the reason, in itself, or nowhere on the page any more."""
    return f"#{'answer' if status == 422 else 'correction'}-{one}" if one else ""


def _line(r: Any, problem: str = "", typed: str = "") -> dict[str, Any]:
    """One request as a line of the queue. ICT gets no name and no values of one that is decided."""
    return {
        "id": r.id,
        "reference": r.reference,
        "href": f"/records/{r.record}/personal" if r.reachable else "",
        "name": r.name or "",
        "setting": r.setting,
        "label": facts.label(r.field),
        "moving": r.field == facts.SETTING,
        "told": r.old is not None,
        "old": facts.show(r.field, r.old or ""),
        "new": facts.show(r.field, r.new or ""),
        "now": facts.show(r.field, r.now) if r.state == "waiting" and r.now != r.old else "",
        "reason": r.reason or "",
        "by": r.asked_by,
        "at": r.asked_at,
        "state": r.state,
        "decided_by": r.decided_by or "",
        "decided_at": r.decided_at,
        "answer": r.answer or "",
        "decidable": r.decidable,
        "problem": problem,
        "typed": typed,
    }


@only(*DECIDERS)
async def apply(request: Request) -> Response:
    """Put the register right, and tell who asked."""
    await read_form(request)
    return await _decide(request, True, "")


@only(*DECIDERS)
async def refuse(request: Request) -> Response:
    """Leave the register as it is, say why, and tell who asked."""
    typed = str((await read_form(request)).get("answer", ""))
    wanted = identifier(request.path_params["correction"])
    try:
        answer = ANSWER.read(typed).strip()
    except Refused as refusal:
        return await _queue(request, str(refusal), wanted, typed, 422)
    if not answer:
        return await _queue(request, "Say why it is refused: the person who asked will read it.", wanted, typed, 422)
    return await _decide(request, False, answer)


async def _decide(request: Request, applying: bool, answer: str) -> Response:
    person: Person = request.state.person
    wanted = identifier(request.path_params["correction"])
    async with request.app.state.db.writing(person.identity) as q:
        it = await q.correction.hold(correction=wanted)
        if it is None:
            raise HTTPException(404)
        if it.field == facts.SETTING and person.role == "ict":
            raise HTTPException(403, "A move to another setting is decided by SENAS.")
        names = {"first_name": it.first_name, "middle_names": it.middle_names, "surname": it.surname}
        if it.field in names:
            names[it.field] = it.new
        search = filed(names["surname"], names["first_name"], names["middle_names"])
        verdict = await q.correction.decide(correction=wanted, apply=applying, search=search, answer=answer)
        if verdict in ("applied", "refused"):
            await _tell_asker(request, q, it, applying)
    if verdict == "decided":
        said = "applied" if it.state == "applied" else "refused"
        return await _queue(request, f"{it.decided_by} has {said} this already.", status=409)
    if verdict in WHY_NOT:
        return await _queue(request, WHY_NOT[verdict], wanted, status=409)
    return RedirectResponse(f"/corrections?done={wanted}{'' if it.email else '&told=no'}", 303)


async def _tell_asker(request: Request, q: Queries, it: Any, applied: bool) -> None:
    """Letters name the record by its reference, and never say what was wrong with whom."""
    base = request.app.state.settings.base_url
    moved = applied and it.field == facts.SETTING
    words = {
        "reference": it.reference,
        "label": facts.label(it.field),
        "applied": applied,
        "moved": moved,
        "link": f"{base}/records/{it.record}/corrections/{it.field}",
    }
    subject, body = letter("correction_decided", **words)
    if it.email:
        await q.letter.add(recipient=it.email, subject=subject, body=body)
    if moved:
        subject, body = letter("correction_moved", reference=it.reference, link=f"{base}/records/{it.record}")
        for receiver in await q.correction.receivers(setting=int(it.new)):
            await q.letter.add(recipient=receiver.email, subject=subject, body=body)


ROUTES = [
    Route("/corrections", show),
    Route("/corrections/{correction}/apply", apply, methods=["POST"]),
    Route("/corrections/{correction}/refuse", refuse, methods=["POST"]),
    Route("/records/{record}/corrections/{field}", form),
    Route("/records/{record}/corrections/{field}", ask, methods=["POST"]),
]
