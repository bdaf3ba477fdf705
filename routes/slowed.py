"""How much longer wrong tries hold somebody up, and which buckets ICT empties to let them in at once."""

import math
from typing import Any

from starlette.requests import Request

from routes.cookies import name_print
from routes.limits import CODE, PASSWORD, Limit
from sql import Queries


def buckets_of(request: Request, it: Any) -> dict[str, Limit]:
    """How the buckets of one account begin, whatever device was used; nothing for a person without one."""
    if not it.username:
        return {}
    who = name_print(request, it.username)
    return {f"password:{who}:": PASSWORD, f"code:{it.id}:": CODE}


async def seconds_slowed(q: Queries, request: Request, it: Any) -> int:
    """Until the fullest of them has room for another try; 0 when all have."""
    limits = buckets_of(request, it)
    longest = 0.0
    for bucket in await q.people.buckets(starts=list(limits)) if limits else []:
        limit = next(limit for start, limit in limits.items() if bucket.key.startswith(start))
        seconds = limit.empties.total_seconds() / limit.holds
        longest = max(longest, (bucket.level + 1 - limit.holds) * seconds - bucket.age)
    return math.ceil(longest)
