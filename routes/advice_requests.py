"""Asking a person or a team for an appendix by a date; changing it, taking it back, declining it, passing it on.

What somebody is asked for themselves, in whichever record, stands in `routes/my_advice.py`.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.advice import Asked
from record.appendices import title_of
from record.case import OPEN
from record.clock import ADVICE, LONDON, today
from record.codes import TEAMS
from record.form import Tab
from record.kinds import LongText, Refused, read_date
from routes import paint
from routes.guard import Person, signed_in
from routes.loop import LOOP, MORNING, TEN_MINUTES, Chore, every
from routes.opened import Opened, identifier, open_record
from routes.reading import Form, read_form
from sql import Database, Queries
from views import letter, page
from views.words import day

ASKERS = ("senco", "senas", "manager")
REASON = LongText(1_000)
STATES = {"asked": "Asked", "declined": "Declined", "passed": "Passed on", "done": "Given", "cancelled": "Taken back"}
TEAM = "team:"  # before the name of a team among those who can be asked


@signed_in
async def show(request: Request) -> Response:
    """Who was asked for what; a form to ask, or to answer what this person was asked for."""
    opened = await open_record(request, least="asked")
    return await _page(request, opened, Form({"list": request.query_params.get("appendix", "")}))


async def _page(
    request: Request, opened: Opened, typed: Form, refused: dict[str, str] | None = None, at: str = ""
) -> Response:
    """The page; ``refused`` is by control, and ``typed`` was typed at the request ``at``, or in asking anew."""
    person: Person = request.state.person
    refused = refused or {}
    wanted = _appendix(opened, str(typed.get("list", ""))) if person.role in ASKERS and not at else None
    async with request.app.state.db.reading(person.identity) as q:
        rows = await q.advice_request.list(record=opened.id)
        people = await q.advice_request.people(record=opened.id, teams=list(wanted.written_by)) if wanted else []
        colleagues = await q.advice_request.people(record=opened.id, teams=[person.team])
        statutory = wanted is not None and await q.advice_request.statutory(record=opened.id)
    tabs, progress = paint.tab_list(opened, "profiles")
    return page(
        request,
        "advice_requests.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "rows": [_row(r, opened, person, typed if at == str(r.id) else Form()) for r in rows],
            "asks": person.role in ASKERS,
            "may_ask": person.role in ASKERS and _needed(opened),
            "appendices": [(tab.name, tab.title) for tab in opened.form.appendices],
            "wanted": {"name": wanted.name, "title": wanted.title} if wanted else None,
            "people": _whom(people),
            "colleagues": [(p.id, p.name) for p in colleagues],
            "typed": {name: str(typed.get(name, "")) for name in ("list", "of", "due", "words", "whole")},
            "suggested": day(ADVICE.due(today())),
            "statutory": statutory,
            "refused": defaultdict(str, refused),
            "errors": [{"href": f"#{control}", "text": why} for control, why in refused.items()],
            "done": "" if refused else request.query_params.get("done", ""),
            "url": f"/records/{opened.id}/advice-requests",
            **paint.around(opened.form, opened.answers, "profiles", opened.id),
        },
        422 if refused else 200,
    )


def _row(r: Any, opened: Opened, person: Person, typed: Form) -> dict[str, Any]:
    ours = (person.role == "senco") if r.asked_by_role == "senco" else person.role in ("senas", "manager")
    needed = _needed(opened)
    return {
        **r._asdict(),
        "title": title_of(r.list, opened.form.appendices),
        "team": team_words(r.team),
        "yours": not r.asked_of and r.team == person.team,
        "words_of_state": STATES[r.state],
        "needed": needed,
        "late": r.state == "asked" and needed and r.due < today(),
        "how": Asked(r.team, r.asked_on, r.due, r.statutory).how(),
        "may_change": ours and r.state == "asked",
        "href": f"/records/{opened.id}/{r.list}",
        "url": f"/records/{opened.id}/advice-requests/{r.id}",
        "typed_reason": typed.get("reason", ""),
        "typed_due": typed.get("due", day(r.due)),
        "typed_whole": typed.get("whole") == "yes" if "due" in typed else r.whole,
    }


def _needed(opened: Opened) -> bool:
    """Whether anybody waits for advice on it: the request for an assessment is being written, or is not over."""
    return opened.head.status in ("draft", *OPEN)


def team_words(team: str) -> str:
    """What a team is called in a request: of the schools' it is the child's own."""
    return "The child’s setting" if team == "Schools" else TEAMS.get(team, team)


def _appendix(opened: Opened, name: str) -> Tab | None:
    return next((tab for tab in opened.form.appendices if tab.name == name), None)


def _whom(people: list[Any]) -> list[tuple[str, str]]:
    """Whom one can choose: the teams, of whom whoever can takes it, and each person."""
    teams = dict.fromkeys(p.team for p in people)
    return [(f"{TEAM}{team}", f"{team_words(team)}: whoever takes it") for team in teams] + [
        (str(p.id), f"{p.name} ({team_words(p.team)})") for p in people
    ]


def _due(typed: str) -> date:
    """The day that was typed, or six weeks from now. Where the law sets it the database knows better."""
    due = read_date(typed) if typed.strip() else ADVICE.due(today())
    if due < today():
        raise Refused("This day has passed. Give one that is still to come.")
    if due > today() + timedelta(days=366):
        raise Refused("This is more than a year from now. Check the date.")
    return due


@signed_in
async def ask(request: Request) -> Response:
    """Ask, let them see what they are asked about, and write to them; all at once."""
    typed = await read_form(request)
    opened = await open_record(request, least="asked")
    person: Person = request.state.person
    if person.role not in ASKERS:
        raise HTTPException(403, "SENAS and the child’s setting ask for advice.")
    if not _needed(opened):
        raise HTTPException(409, OVER)
    refused: dict[str, str] = {}
    tab, of, due, words = _appendix(opened, str(typed.get("list", ""))), str(typed.get("of", "")), today(), ""
    if tab is None:
        return await _page(request, opened, typed, {"list": "Choose the appendix you ask for."})
    async with request.app.state.db.reading(person.identity) as q:
        known = dict(_whom(await q.advice_request.people(record=opened.id, teams=list(tab.written_by))))
    if of not in known:
        refused["of"] = f"Choose whom you ask: somebody of a team that writes {tab.title.partition(':')[0]}."
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
    team = of.removeprefix(TEAM) if of.startswith(TEAM) else ""
    given = {"due": due, "words": words, "whole": typed.get("whole") == "yes", "teams": list(tab.written_by)}
    async with request.app.state.db.writing(person.identity) as q:
        made = await q.advice_request.ask(
            record=opened.id, list=tab.name, of=None if team else int(of), team=team, **given
        )
        if made:
            told = await _tell_asked(request, q, "advice_asked", made.id, opened, made.due, bool(team))
    if not made:
        return await _page(request, opened, typed, {"of": "They have been asked for this appendix already."})
    return RedirectResponse(f"/records/{opened.id}/advice-requests?done={'asked' if told else 'untold'}", 303)


async def _tell_asked(
    request: Request, q: Queries, name: str, wanted: UUID, opened: Opened, due: date | None, team: bool
) -> bool:
    """Write to who is asked, or to everybody of the team that is. False where none of them has an address."""
    emails = [it.email for it in await q.advice_request.told(request=wanted) if it.email]
    for email in emails:
        await _tell(request, q, name, email, opened.id, opened.head.reference, due, team)
    return bool(emails)


async def _tell(
    request: Request,
    q: Queries,
    name: str,
    recipient: str,
    record: UUID,
    reference: str,
    due: date | None = None,
    team: bool = False,
) -> None:
    if recipient:
        base = request.app.state.settings.base_url
        link = f"{base}/advice" if team else f"{base}/records/{record}/advice-requests"
        subject, body = letter(name, reference=reference, due=day(due) if due else "", link=link, team=team)
        await q.letter.add(recipient=recipient, subject=subject, body=body)


async def _open(request: Request, opened: Opened) -> Any:
    """The request in the address. Raises HTTPException 404 where this record has none such."""
    wanted = identifier(request.path_params["request"])
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = next((r for r in await q.advice_request.list(record=opened.id) if r.id == wanted), None)
    if it is None:
        raise HTTPException(404)
    return it


OVER = "The request for an assessment is over, so nobody was asked."
GONE = "This request was answered or taken back already."


@signed_in
async def change(request: Request) -> Response:
    """Who asked gives another date, or lets them read more or less; the one asked is told."""
    typed = await read_form(request)
    opened = await open_record(request)
    it = await _open(request, opened)
    try:
        due = _due(str(typed.get("due", "")))
    except Refused as refusal:
        return await _page(request, opened, typed, {f"due-{it.id}": str(refusal)}, str(it.id))
    async with request.app.state.db.writing(request.state.person.identity) as q:
        given = await q.advice_request.change(request=it.id, due=due, whole=typed.get("whole") == "yes")
        if given is None:
            raise HTTPException(409, GONE)
        await _tell_asked(request, q, "advice_changed", it.id, opened, given, not it.asked_of)
    return RedirectResponse(f"/records/{opened.id}/advice-requests?done=changed#request-{it.id}", 303)


@signed_in
async def cancel(request: Request) -> Response:
    """Who asked takes it back: from now on it lets nobody see anything."""
    await read_form(request)
    opened = await open_record(request)
    it = await _open(request, opened)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        if not await q.advice_request.cancel(request=it.id):
            raise HTTPException(409, GONE)
        await _tell_asked(request, q, "advice_cancelled", it.id, opened, None, not it.asked_of)
    return RedirectResponse(f"/records/{opened.id}/advice-requests?done=cancelled#request-{it.id}", 303)


@signed_in
async def end(request: Request) -> Response:
    """Decline what one was asked for, with a reason, or pass it to a colleague of one's team."""
    typed = await read_form(request)
    opened = await open_record(request, least="asked")
    person: Person = request.state.person
    it = await _open(request, opened)
    if not it.mine:
        raise HTTPException(404)
    async with request.app.state.db.reading(person.identity) as q:
        known = {str(p.id): p.id for p in await q.advice_request.people(record=opened.id, teams=[person.team])}
    passing = typed.get("pass") == "yes"
    to, reason = known.get(str(typed.get("to", ""))) if passing else None, ""
    try:
        if passing and to is None:
            raise Refused("Choose a colleague of your team.")
        reason = "" if passing else REASON.read(str(typed.get("reason", ""))).strip()
        if not (passing or reason):
            raise Refused("Say why you decline: the person who asked will read it.")
    except Refused as refusal:
        return await _page(
            request, opened, typed, {f"{'to' if passing else 'reason'}-{it.id}": str(refusal)}, str(it.id)
        )
    async with request.app.state.db.writing(person.identity) as q:
        told = await q.advice_request.finish(request=it.id, to=to, reason=reason)
        if told is None:
            raise HTTPException(409, GONE)
        reference = opened.head.reference
        await _tell(request, q, "advice_passed" if to else "advice_declined", told.email, opened.id, reference)
        if told.passed_to:
            await _tell(request, q, "advice_asked", told.passed_to, opened.id, reference, it.due)
    # they may not see this record any more
    return RedirectResponse(f"/advice?done={'passed' if to else 'declined'}", 303)


def chore(db: Database, settings: Any) -> Chore:
    """What the loop does at each round: a look at the dates every ten minutes."""
    return every(TEN_MINUTES, lambda: remind(db, settings))


async def remind(db: Database, settings: Any) -> None:
    """Write to whom is to give advice soon, or should have: seven days and one day before, and once when it is late.

    If nobody is left who could give it, who asked is told so, once.
    """
    now = datetime.now(LONDON)
    if now.hour < MORNING:
        return
    async with db.writing(LOOP) as q:
        for it in await q.advice_request.remind(today=now.date()):
            if it.email:
                at = f"/records/{it.record}/advice-requests" if it.taken or it.away else "/advice"
                words = {"reference": it.reference, "due": day(it.due), "late": it.due < now.date()}
                name = "advice_away" if it.away else "advice_reminder"
                subject, body = letter(name, **words, link=f"{settings.base_url}{at}")
                await q.letter.add(recipient=it.email, subject=subject, body=body)


AT = "/records/{record}/advice-requests"
ROUTES = [
    Route(AT, show),
    Route(AT, ask, methods=["POST"]),
    Route(f"{AT}/{{request}}", end, methods=["POST"]),
    Route(f"{AT}/{{request}}/change", change, methods=["POST"]),
    Route(f"{AT}/{{request}}/cancel", cancel, methods=["POST"]),
]
