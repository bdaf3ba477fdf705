"""Help: the questions people ask, found by search and from where they arise; and whether that was of use."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from record.kinds import LongText, Refused
from routes.documents import SENAS
from routes.guard import only, signed_in
from routes.reading import read_form, storable
from views import page
from views.help import Topic, search, topics

WHY = LongText(1_000)
USEFUL = {"yes": "Yes", "neutral": "Neutral", "no": "No"}


def _topics(request: Request) -> tuple[Topic, ...]:
    settings = request.app.state.settings
    return topics(settings.ersa_email, settings.ict_email, max(1, round(settings.idle.total_seconds() / 60)))


async def show(request: Request) -> Response:
    """All questions, or those about a page, or those that a search finds."""
    known = _topics(request)
    typed = storable(request.query_params.get("search", ""))[:200]
    about = request.query_params.get("about", "")
    here = [t for t in known if about and about in t.at]
    return page(
        request,
        "help.html",
        {"search": typed, "here": here if not typed else [], "found": search(known, typed), "searched": bool(typed)},
    )


def _topic(request: Request) -> Topic:
    found = next((t for t in _topics(request) if t.name == request.path_params["topic"]), None)
    if found is None:
        raise HTTPException(404)
    return found


async def read(request: Request) -> Response:
    """One answer."""
    return _page(request, _topic(request))


def _page(request: Request, it: Topic, typed: str = "", error: str = "") -> Response:
    context = {
        "topic": it,
        "useful": list(USEFUL.items()),
        "typed": typed,
        "error": error,
        "errors": [{"text": error, "href": "#useful-yes"}] if error else [],
        "done": request.query_params.get("done", "") == "yes",
    }
    return page(request, "help_topic.html", context, 422 if error else 200)


@signed_in
async def say(request: Request) -> Response:
    """Keep whether it was of use."""
    it = _topic(request)
    form = await read_form(request)
    useful, typed = str(form.get("useful", "")), str(form.get("why", ""))
    if useful not in USEFUL:
        return _page(request, it, typed, "Choose one: yes, neutral or no.")
    try:
        why = WHY.read(typed).strip()
    except Refused as refusal:
        return _page(request, it, typed, str(refusal))
    async with request.app.state.db.writing(request.state.person.identity) as q:
        await q.feedback.add(topic=it.name, useful=useful, why=why)
    return RedirectResponse(f"/help/{it.name}?done=yes", 303)


@only(*SENAS)
async def said(request: Request) -> Response:
    """What people said of the pages, for SENAS."""
    async with request.app.state.db.reading(request.state.person.identity) as q:
        counts = {r.topic: r for r in await q.feedback.counts()}
        rows = await q.feedback.list()
    questions = {t.name: t.question for t in _topics(request)}
    told: list[dict[str, Any]] = [
        {**r._asdict(), "question": questions.get(r.topic, r.topic), "useful": USEFUL[r.useful]} for r in rows
    ]
    summed = [
        {"question": questions[name], "name": name, **counts[name]._asdict()} for name in questions if name in counts
    ]
    return page(request, "feedback.html", {"rows": told, "summed": summed})


PUBLIC: list[BaseRoute] = [Route("/help", show), Route("/help/{topic}", read)]
ROUTES: list[BaseRoute] = [Route("/help/{topic}", say, methods=["POST"]), Route("/feedback", said)]
