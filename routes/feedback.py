"""What people say of the pages of help, for SENAS to read; words that name a child are taken out."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from routes.documents import SENAS
from routes.guard import only
from routes.guide import GUIDE, USEFUL, known_topics
from views import page

MOST = 300  # of what was said, the newest


@only(*SENAS)
async def show(request: Request) -> Response:
    """By page in numbers, and in people's words."""
    async with request.app.state.db.reading(request.state.person.identity) as q:
        counts = {r.topic: r._asdict() for r in await q.feedback.counts()}
        rows = await q.feedback.list(most=MOST)
    asked = {t.name: t.question for t in known_topics(request)} | {GUIDE: "The guide in pictures"}
    told: list[dict[str, Any]] = [
        {**r._asdict(), "question": asked.get(r.topic, r.topic), "useful": USEFUL[r.useful]} for r in rows
    ]
    summed = [{**counts[name], "question": question} for name, question in asked.items() if name in counts]
    gone = [{**count, "question": name} for name, count in counts.items() if name not in asked]
    context = {
        "rows": told,
        "summed": summed + gone,
        "known": set(asked),
        "most": MOST,
        "done": request.query_params.get("done", "") == "taken-out",
    }
    return page(request, "feedback.html", context)


@only(*SENAS)
async def take_out(request: Request) -> Response:
    """Empty what somebody wrote."""
    number = request.path_params["said"]
    async with request.app.state.db.writing(request.state.person.identity) as q:
        done = number.isdecimal() and len(number) < 19 and await q.feedback.take_out(id=int(number))
    if not done:
        raise HTTPException(404)
    return RedirectResponse("/feedback?done=taken-out", 303)


ROUTES: list[BaseRoute] = [
    Route("/feedback", show),
    Route("/feedback/{said}/take-out", take_out, methods=["POST"]),
]
