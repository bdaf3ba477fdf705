"""How long one request is kept, in words, for the pages of its case."""

from typing import Any
from uuid import UUID

from record.retention import Rule
from sql import Queries


async def keeping(q: Queries, record: UUID) -> dict[str, Any] | None:
    """``{"until", "how", "goes", "held", "open_beside"}``; None of a draft, and of what is open and not on hold.

    ``until`` is None as long as it is open; ``goes`` is the day it will be deleted, once that is near; ``held`` is told
    to SENAS alone.
    """
    it = await q.retention.look(record=record)
    if it is None or it.outcome == "draft" or (it.outcome is None and not it.held):
        return None
    return {
        "until": it.due,
        "how": Rule(it.outcome, it.since, it.years).derive(it.closed_on, it.born) if it.outcome else "",
        "goes": it.goes,
        "held": it.held,
        "open_beside": it.open_beside,
    }
