"""Asking a named professional for an appendix by a date; they decline with a reason, or pass it to a colleague."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.clock import LONDON, today
from record.codes import TEAMS
from record.kinds import LongText, Refused, read_date
from routes import paint
from routes.guard import Person, signed_in
from routes.opened import Opened, identifier, open_record
from routes.reading import Form, read_form
from sql import Database, Identity, Queries
from views import letter, page
from views.words import day

ASKERS = ("senco", "senas", "manager")
WEEKS = timedelta(weeks=6)  # regulation 8(1) of the SEND Regulations 2014
REASON = LongText(1_000)
STATES = {"asked": "Asked", "declined": "Declined", "passed": "Passed on", "done": "Given"}
LOOP = Identity("portal_p_loop", "")
MORNING = 7  # o'clock in England: nothing is sent before
PAUSE = 600.0  # seconds


@signed_in
async def show(request: Request) -> Response:
    """Who was asked for what; a form to ask, or to answer what this person was asked for."""
    return await _page(request, await open_record(request))


async def _page(
    request: Request,
    opened: Opened,
    typed: Form | None = None,
    refused: dict[str, str] | None = None,
    problem: str = "",
) -> Response:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        rows = await q.advice_request.list(record=opened.id)
        people = await q.advice_request.advisers()
    typed, refused = typed or Form(), refused or {}
    titles = {tab.name: tab.title for tab in opened.form.appendices}
    tabs, progress = paint.tab_list(opened, "profiles")
    return page(
        request,
        "advice_requests.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "rows": [
                {
                    **r._asdict(),
                    "title": titles.get(r.list, r.list),
                    "team": TEAMS.get(r.team, r.team),
                    "words_of_state": STATES[r.state],
                    "late": r.state == "asked" and r.due < today(),
                    "href": f"/records/{opened.id}/{r.list}",
                    "url": f"/records/{opened.id}/advice-requests/{r.id}",
                    "problem": refused.get(str(r.id), ""),
                    "typed": str(typed.get("reason", "")) if problem == str(r.id) else "",
                }
                for r in rows
            ],
            "may_ask": person.role in ASKERS,
            "appendices": list(titles.items()),
            "people": [(p.id, f"{p.name} ({TEAMS.get(p.team, p.team)})") for p in people],
            "colleagues": [(p.id, p.name) for p in people if p.colleague],
            "typed": {name: str(typed.get(name, "")) for name in ("list", "of", "due", "words")},
            "suggested": day(today() + WEEKS),
            "refused": {"list": "", "of": "", "due": "", "words": "", **refused},
            "errors": [
                {"href": f"#reason-{name}" if name == problem else f"#{name}", "text": why}
                for name, why in refused.items()
            ],
            "done": "" if refused else request.query_params.get("done", ""),
            "url": f"/records/{opened.id}/advice-requests",
            **paint.around(opened.form, opened.answers, "profiles", opened.id),
        },
        422 if refused else 200,
    )


def _due(typed: str) -> date:
    due = read_date(typed) if typed.strip() else today() + WEEKS
    if due < today():
        raise Refused("This day has passed. Give one that is still to come.")
    if due > today() + timedelta(days=366):
        raise Refused("This is more than a year from now. Check the date.")
    return due


@signed_in
async def ask(request: Request) -> Response:
    """Ask, let them see the record, and write to them; all at once."""
    typed = await read_form(request)
    opened = await open_record(request)
    person: Person = request.state.person
    if person.role not in ASKERS:
        raise HTTPException(403, "SENAS and the child’s setting ask for advice.")
    refused: dict[str, str] = {}
    wanted, of, due, words = str(typed.get("list", "")), str(typed.get("of", "")), today(), ""
    if wanted not in {tab.name for tab in opened.form.appendices}:
        refused["list"] = "Choose the appendix you ask for."
    async with request.app.state.db.reading(person.identity) as q:
        advisers = {str(p.id): p for p in await q.advice_request.advisers()}
    if of not in advisers:
        refused["of"] = "Choose whom you ask."
    try:
        due = _due(str(typed.get("due", "")))
    except Refused as refusal:
        refused["due"] = str(refusal)
    try:
        words = REASON.read(str(typed.get("words", "")))
    except Refused as refusal:
        refused["words"] = str(refusal)
    if refused:
        return await _page(request, opened, typed, refused)
    async with request.app.state.db.writing(person.identity) as q:
        made = await q.advice_request.ask(record=opened.id, list=wanted, of=int(of), due=due, words=words)
        if made:
            await _tell(request, q, "advice_asked", advisers[of].email, opened.id, opened.head.reference, due)
    if not made:
        return await _page(request, opened, typed, {"of": "They have been asked for this appendix already."})
    return RedirectResponse(
        f"/records/{opened.id}/advice-requests?done={'asked' if advisers[of].email else 'untold'}", 303
    )


async def _tell(
    request: Request, q: Queries, name: str, recipient: str, record: UUID, reference: str, due: date | None = None
) -> None:
    if recipient:
        base = request.app.state.settings.base_url
        link = f"{base}/records/{record}/advice-requests"
        subject, body = letter(name, reference=reference, due=day(due) if due else "", link=link)
        await q.letter.add(recipient=recipient, subject=subject, body=body)


@signed_in
async def end(request: Request) -> Response:
    """Decline what one was asked for, with a reason, or pass it to a colleague of one's team."""
    typed = await read_form(request)
    opened = await open_record(request)
    person: Person = request.state.person
    wanted = identifier(request.path_params["request"])
    async with request.app.state.db.reading(person.identity) as q:
        rows = await q.advice_request.list(record=opened.id)
        advisers = await q.advice_request.advisers()
    it = next((r for r in rows if r.id == wanted and r.mine), None)
    if it is None:
        raise HTTPException(404)
    to, reason = None, ""
    try:
        if typed.get("pass") == "yes":
            known = {str(p.id): p.id for p in advisers if p.colleague}
            if str(typed.get("to", "")) not in known:
                raise Refused("Choose a colleague of your team.")
            to = known[str(typed["to"])]
        else:
            reason = REASON.read(str(typed.get("reason", ""))).strip()
            if not reason:
                raise Refused("Say why you decline: who asked reads it.")
    except Refused as refusal:
        return await _page(request, opened, typed, {str(wanted): str(refusal)}, str(wanted))
    async with request.app.state.db.writing(person.identity) as q:
        told = await q.advice_request.finish(request=wanted, to=to, reason=reason)
        if told is None:
            raise HTTPException(409, "This request was answered already.")
        reference = opened.head.reference
        await _tell(request, q, "advice_passed" if to else "advice_declined", told.email, opened.id, reference)
        if told.passed_to:
            await _tell(request, q, "advice_asked", told.passed_to, opened.id, reference, it.due)
    # they may not see this record any more
    return RedirectResponse("/gateway", 303)


def chore(db: Database, settings: Any) -> Callable[[], Awaitable[None]]:
    """What the loop does at each round: a look at the dates every ten minutes."""
    at = 0.0

    async def work() -> None:
        nonlocal at
        if (now := asyncio.get_running_loop().time()) >= at:
            at = now + PAUSE
            await remind(db, settings)

    return work


async def remind(db: Database, settings: Any) -> None:
    """Write to whom is to give advice soon, or should have: seven days and one day before, and once when it is late.

    If they can no longer sign in, who asked is told so, once.
    """
    now = datetime.now(LONDON)
    if now.hour < MORNING:
        return
    async with db.writing(LOOP) as q:
        for it in await q.advice_request.remind(today=now.date()):
            if it.email:
                link = f"{settings.base_url}/records/{it.record}/advice-requests"
                words = {"reference": it.reference, "due": day(it.due), "late": it.due < now.date(), "link": link}
                subject, body = letter("advice_away" if it.away else "advice_reminder", **words)
                await q.letter.add(recipient=it.email, subject=subject, body=body)


AT = "/records/{record}/advice-requests"
ROUTES = [
    Route(AT, show),
    Route(AT, ask, methods=["POST"]),
    Route(f"{AT}/{{request}}", end, methods=["POST"]),
]
