"""What the audit trail is told beside what its triggers see: who looked through a list, and who was refused."""

import json
import re
from collections.abc import Iterable
from uuid import UUID

from starlette.requests import Request

from routes import failure
from sql import Database, Unavailable

NAMED = re.compile(r"/(records|start)/([0-9a-fA-F-]{36})(?:/([a-z_-]{1,30}))?(?:/.*)?")


async def listed(request: Request, children: Iterable[UUID]) -> None:
    """These children stand in the list this person is about to see."""
    shown = [str(child) for child in children]
    if shown:
        await _note(request, "children.listed", {"children": shown})


async def refused(request: Request, status: int) -> None:
    """This person asked for a record or child that is not theirs to see (404) or to change (403)."""
    asked = NAMED.fullmatch(request.url.path)
    if asked is None or request.state.person is None:
        return
    try:
        wanted = UUID(asked[2])
    except ValueError:
        return
    of = {"record": wanted} if asked[1] == "records" else {"child": wanted}
    detail = {"asked": f"{request.method} {asked[3] or ''}".strip(), "status": status}
    try:
        await _note(request, "refused", detail, **of)
    except Unavailable as error:
        failure.note(request, error)  # the refusal itself needs no database


async def _note(
    request: Request, action: str, detail: dict[str, object], child: UUID | None = None, record: UUID | None = None
) -> None:
    db: Database = request.app.state.db
    async with db.writing(request.state.person.identity) as q:
        await q.audit.note(action=action, child=child, record=record, entry=None, field=None, detail=json.dumps(detail))
