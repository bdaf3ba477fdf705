"""Help: the questions people ask, found by search and from where they arise; the guide in pictures; was it of use."""

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from record.codes import OUTCOME_TYPES, TEAMS
from record.kinds import LongText, Refused
from record.retention import STAND_DAYS, WARN_DAYS
from routes.guard import signed_in
from routes.limits import feedback_tries, in_words
from routes.loop import KEPT_DAYS
from routes.reading import read_form, storable
from views import guide, page
from views import help as helping
from views.help import Topic
from views.words import plural, size

WHY = LongText(1_000)
GUIDE = "guide"  # as what is said of it is kept
USEFUL = {"yes": "Yes", "neutral": "Neutral", "no": "No"}


def known_topics(request: Request) -> tuple[Topic, ...]:
    """All questions and answers, with this council's addresses, numbers and lists."""
    return helping.topics(**facts(request.app.state.settings))


def facts(settings: Any) -> dict[str, str]:
    """What help.toml leaves open, by the word that stands there in braces."""
    pdf = "A PDF or Word document" if "word" in settings.upload_types else "A PDF"
    photo = f", a photograph {size(settings.photo_bytes)}" if "photo" in settings.upload_types else ""
    return {
        "ersa": settings.ersa_email,
        "ict": settings.ict_email,
        "idle": str(max(1, round(settings.idle.total_seconds() / 60))),
        "warn": _time(settings.warn.total_seconds()),
        "reset": str(settings.reset_minutes),
        "sleep": str(settings.sleep_days),
        "receipt": str(settings.receipt_days),
        "kept": str(KEPT_DAYS),
        "warned": str(WARN_DAYS),
        "stands": str(STAND_DAYS),
        "brings": f"{pdf} may be {size(settings.upload_bytes)} at most{photo}.",
        "teams": "\n".join(f"- {name}" for name in TEAMS.values()),
        "types": "\n".join(f"- {name}" for name in OUTCOME_TYPES.values()),
    }


def _time(seconds: float) -> str:
    return plural(round(seconds / 60), "minute") if seconds >= 60 else plural(round(seconds), "second")


async def show(request: Request) -> Response:
    """All questions, or those about a page, or those that a search finds."""
    known, person = known_topics(request), request.state.person
    typed = storable(request.query_params.get("search", ""))[:200].strip()
    found = helping.search(known, typed)
    context = {
        "search": typed,
        "here": helping.questions(request.query_params.get("about", ""), person.role if person else ""),
        "found": [(t.name, t.question) for t in found] if typed else [],
        "groups": [(title, [(t.name, t.question) for t in some]) for title, some in _grouped(request, known)],
    }
    return page(request, "help.html", context)


def _grouped(request: Request, known: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """By whose work they are about: what everybody does first, then this person's own."""
    person = request.state.person
    own = helping.THEIRS.get(person.role) if person else None
    order = sorted(helping.ABOUT.items(), key=lambda it: (it[0] != "everybody", it[0] != own))
    return [(title, [it for it in known if it.about == about]) for about, title in order]


def _topic(request: Request, name: str) -> Topic:
    found = next((t for t in known_topics(request) if t.name == name), None)
    if found is None:
        raise HTTPException(404)
    return found


async def read(request: Request) -> Response:
    """One answer, or the guide in pictures."""
    return _page(request, request.path_params.get("topic", GUIDE))


def _page(
    request: Request, name: str, useful: str = "", typed: str = "", error: str = "", status: int = 422
) -> Response:
    parts = guide.parts(**facts(request.app.state.settings))
    context = {
        "useful": list(USEFUL.items()),
        "chosen": useful,
        "typed": typed,
        "error": error,
        "errors": [{"text": error, "href": "#why" if useful else "#useful-yes"}] if error else [],
        "done": request.query_params.get("done", "") == "yes",
    }
    status = status if error else 200
    if name == GUIDE:
        context |= {"groups": _grouped(request, parts), "asked": {t.name: t.question for t in known_topics(request)}}
        return page(request, "guide.html", context, status)
    shown = [part for part in parts if name in part.topics]
    return page(request, "help_topic.html", {**context, "topic": _topic(request, name), "shown": shown}, status)


@signed_in
async def say(request: Request) -> Response:
    """Keep whether it was of use."""
    name = request.path_params["topic"]
    if name != GUIDE:
        _topic(request, name)
    form = await read_form(request)
    useful, typed = str(form.get("useful", "")), str(form.get("why", ""))
    if useful not in USEFUL:
        return _page(request, name, "", typed, "Choose one: yes, neutral or no.")
    try:
        why = WHY.read(typed).strip()
    except Refused as refusal:
        return _page(request, name, useful, typed, str(refusal))
    if wait := await feedback_tries(request, request.state.person.id):
        again = f"You have said a great deal in the last hour. Please send this again in {in_words(wait)}."
        return _page(request, name, useful, typed, again, 429)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        await q.feedback.add(topic=name, useful=useful, why=why)
    return RedirectResponse(f"/help/{name}?done=yes", 303)


PUBLIC: list[BaseRoute] = [Route("/help", show), Route("/help/guide", read), Route("/help/{topic}", read)]
ROUTES: list[BaseRoute] = [Route("/help/{topic}", say, methods=["POST"])]
