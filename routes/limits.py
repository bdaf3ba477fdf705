"""How often signing in may be tried: leaky buckets in the database, shared by every process, there after a restart."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request

from routes.cookies import fingerprint, known_device
from sql import Database, Identity


@dataclass(frozen=True)
class Limit:
    """So many tries, and how long until all of them have been forgotten."""

    holds: int
    empties: timedelta


PASSWORD = Limit(10, timedelta(minutes=5))  # for one user name (Cyber Essentials: at most 10 in 5 minutes)
CODE = Limit(10, timedelta(hours=24))  # for one account, which leaves guessing a one in 10,000 chance a day
PLACE = Limit(50, timedelta(minutes=5))  # failures from one address; a whole school may share one
PEOPLE = Limit(20, timedelta(hours=1))  # different user names failed from one address
ONCE = Limit(1, timedelta(hours=1))
FORGOT = Limit(3, timedelta(hours=1))  # links for one user name
FORGOT_PLACE = Limit(20, timedelta(hours=1))  # asked for from one address
NOTED = Limit(1, timedelta(minutes=1))
TOLD = Limit(1, timedelta(hours=8))  # letters to one account that it is slowed down


def read_proxies(text: str) -> tuple[str, ...]:
    """The setting PORTAL_PROXY: whose word on where a request comes from is believed. Raises ValueError."""
    proxies = tuple(text.replace(" ", "").split(","))
    for part in proxies:
        try:
            everybody = ipaddress.ip_network(part).prefixlen == 0  # whoever is believed may say they are anybody
        except ValueError:
            everybody = True
        if everybody:
            raise ValueError(f"PORTAL_PROXY has {part!r}. It should be addresses or networks, as 10.0.0.5,10.1.0.0/24")
    return proxies


@dataclass(frozen=True)
class Tries:
    """One try, taken from its buckets before anything is checked: many at once cannot slip through."""

    buckets: tuple[str, ...]
    wait: int  # seconds, 0 where the try is allowed
    own: bool = True  # it is the account that is slowed down, not only the place

    async def forgive(self, db: Database) -> None:
        """It was no failure, or was not let through: it does not count."""
        async with db.writing(Identity.door) as q:
            for bucket in self.buckets:
                await q.sign_in.give(bucket=bucket)


def network(request: Request) -> str:
    """Where a request comes from: an IPv4 address, the /64 of an IPv6 one, '' where there is none."""
    try:
        found = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(getattr(found, "ipv4_mapped", None) or found)


def address(request: Request) -> str | None:
    """The address for the audit trail, None where there is none."""
    try:
        return str(ipaddress.ip_address(request.client.host if request.client else ""))
    except ValueError:
        return None


async def password_tries(request: Request, username: str) -> Tries:
    """One try at somebody's password. A name that is nobody's is counted like any other."""
    who = fingerprint(request, "name", username.lower())
    device = known_device(request, username)
    here = fingerprint(request, "place", network(request))
    wanted = [(f"password:{who}:{device}", PASSWORD), (f"place:{here}", PLACE)]
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        seen = f"seen:{here}:{who}"
        if not device and not await q.sign_in.take(bucket=seen, holds=ONCE.holds, empties=ONCE.empties):
            wanted += [(f"people:{here}", PEOPLE)]
            fresh = [seen]
        else:
            fresh = []
        waits = [
            await q.sign_in.take(bucket=bucket, holds=limit.holds, empties=limit.empties) for bucket, limit in wanted
        ]
    tries = Tries((*(bucket for bucket, _ in wanted), *fresh), max(waits), own=bool(waits[0]))
    if tries.wait and fresh:
        # A name that was not let through has not been tried: next time it counts as a new one again.
        await Tries((seen,), 0).forgive(db)
    return tries


async def code_tries(request: Request, person: int, username: str) -> Tries:
    """One try at somebody's authenticator code."""
    bucket = f"code:{person}:{known_device(request, username)}"
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        wait = await q.sign_in.take(bucket=bucket, holds=CODE.holds, empties=CODE.empties)
    return Tries((bucket,), wait)


async def forgot_tries(request: Request, username: str) -> tuple[int, int]:
    """Seconds to wait before another link is sent: from this place, for this user name."""
    here = fingerprint(request, "place", network(request))
    who = fingerprint(request, "name", username.lower())
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        place = await q.sign_in.take(bucket=f"forgot:{here}", holds=FORGOT_PLACE.holds, empties=FORGOT_PLACE.empties)
        name = await q.sign_in.take(bucket=f"forgot:{who}", holds=FORGOT.holds, empties=FORGOT.empties)
    return place, name


async def note_slowed(request: Request, person: int | None, username: str, *, own: bool = True) -> None:
    """A try that was turned away, for the audit trail: one a minute, or ten thousand would bury everything else.

    Where it is their `own` account that is slowed down, its owner is told once in a while, and how to get in at once.
    """
    who = fingerprint(request, "name", username.lower())
    here = fingerprint(request, "place", network(request))
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        if not await q.sign_in.take(bucket=f"noted:{here}:{who}", holds=NOTED.holds, empties=NOTED.empties):
            await q.sign_in.fail(person=person, address=address(request), why="limit")
        if own and not await q.sign_in.take(bucket=f"told:{who}", holds=TOLD.holds, empties=TOLD.empties):
            await q.account_life.ask(kind="slowed", username=username, address=address(request))


def in_words(seconds: int) -> str:
    """``a minute``, ``12 minutes``, ``3 hours``: rounded up."""
    minutes = -(-seconds // 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes <= 90 else f"{-(-minutes // 60)} hours"
