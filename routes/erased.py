"""What stands at the old address of a request that was deleted: a plain sentence, for whom it may be told."""

import re
from uuid import UUID

from psycopg.errors import ForeignKeyViolation
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from record.retention import OUTCOMES, Rule
from routes import failure
from sql import Unavailable
from views import page
from views.words import day

OF_RECORD = re.compile(r"/records/([0-9a-fA-F-]{36})(?:/.*)?")


async def instead(request: Request, error: Exception) -> Response | None:
    """The answer in place of a failure at such an address; None where there is nothing to tell.

    What was deleted while somebody wrote in it shows as a reference to nothing.
    """
    gone = isinstance(error, ForeignKeyViolation) or (isinstance(error, HTTPException) and error.status_code == 404)
    asked = OF_RECORD.fullmatch(request.url.path)
    person = request.state.person
    if not (gone and asked and person and person.sees_children):
        return None
    try:
        wanted = UUID(asked[1])
        async with request.app.state.db.reading(person.identity) as q:
            it = await q.retention.gone(record=wanted)
    except (ValueError, Unavailable):
        return None
    if it is None:
        return None
    rule = Rule(it.outcome, it.since, it.years)
    if failure.wants_json(request):
        said = f"{it.reference} was deleted on {day(it.erased_on)}, when its time was over."
        return JSONResponse({"message": said, "reference": ""}, 410)
    typed = await failure.kept(request)
    context = {
        "reference": it.reference,
        "outcome": OUTCOMES[it.outcome],
        "rule": rule.words,
        "on": it.erased_on,
        "kept": [text for name, text in typed["kept"] if text and not name.startswith("base.")],
    }
    return page(request, "erased.html", context, 410)
