"""How often signing in may be tried: leaky buckets in the database, shared by every process, there after a restart."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from starlette.requests import Request

from routes.cookies import fingerprint, known_device, name_print
from sql import Database, Identity, Queries


@dataclass(frozen=True)
class Limit:
    """So many tries, and how long until all of them have been forgotten."""

    holds: int
    empties: timedelta


PASSWORD = Limit(10, timedelta(minutes=5))  # for one user name (Cyber Essentials: at most 10 in 5 minutes)
CODE = Limit(10, timedelta(hours=24))  # for one account, which leaves guessing a one in 10,000 chance a day
# A whole school or council may share one address, so none of these shuts it out: beyond them each user name still has
# a few tries from there. Guessing one password at many names goes no faster for that, and the right one gets in.
PLACE = Limit(50, timedelta(minutes=5))  # failures from one address
PEOPLE = Limit(20, timedelta(hours=1))  # different user names failed from one address
SPARE = Limit(2, timedelta(hours=1))  # for one user name, from an address that is beyond
CROWD = Limit(300, timedelta(minutes=5))  # failures from one address, whatever the names: each costs a hash
ONCE = Limit(1, timedelta(hours=1))
FORGOT = Limit(3, timedelta(hours=1))  # links for one user name
FORGOT_PLACE = Limit(60, timedelta(hours=1))  # asked for from one address
NOTED = Limit(1, timedelta(minutes=1))
SAID = Limit(20, timedelta(hours=1))  # of Help, by one person
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
    """One try at somebody's password. A name that is nobody's is counted like any other.

    A browser that has signed this person in before is held up by its own wrong tries alone, not by its address's.
    """
    who = name_print(request, username)
    here = fingerprint(request, "place", network(request))
    device = known_device(request, username)
    seen, spare = f"seen:{here}:{who}", f"spare:{here}:{who}"
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        taking = _Taking(q)
        if wait := await taking.take(f"password:{who}:{device}", PASSWORD):
            return Tries((), wait)
        if device:
            return Tries(tuple(taking.taken), 0)
        wait = await taking.take(f"crowd:{here}", CROWD)
        if not wait:
            beyond = await taking.take(f"place:{here}", PLACE)
            if not beyond and not await taking.take(seen, ONCE):
                beyond = await taking.take(f"people:{here}", PEOPLE)
                if beyond:  # a name that did not count is a new one next time too
                    await taking.put_back(seen)
            wait = min(beyond, await taking.take(spare, SPARE)) if beyond else 0
        if wait:
            await taking.put_back(*taking.taken)
            return Tries((), wait, own=False)
    return Tries(tuple(taking.taken), 0)


class _Taking:
    """Takes from one bucket after another, and remembers from which."""

    def __init__(self, q: Queries) -> None:
        self.q = q
        self.taken: list[str] = []

    async def take(self, bucket: str, limit: Limit) -> int:
        """Seconds to wait, 0 where there was room."""
        wait: int = await self.q.sign_in.take(bucket=bucket, holds=limit.holds, empties=limit.empties)
        if not wait:
            self.taken.append(bucket)
        return wait

    async def put_back(self, *buckets: str) -> None:
        for bucket in buckets:
            await self.q.sign_in.give(bucket=bucket)
            self.taken.remove(bucket)


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
    who = name_print(request, username)
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        place = await q.sign_in.take(bucket=f"forgot:{here}", holds=FORGOT_PLACE.holds, empties=FORGOT_PLACE.empties)
        name = await q.sign_in.take(bucket=f"forgot:{who}", holds=FORGOT.holds, empties=FORGOT.empties)
    return place, name


async def feedback_tries(request: Request, person: int) -> int:
    """Seconds to wait before that person says more of the pages of help."""
    async with request.app.state.db.writing(Identity.door) as q:
        return await q.sign_in.take(bucket=f"feedback:{person}", holds=SAID.holds, empties=SAID.empties)


class Slowed(Enum):
    """At what somebody tried too often; the value is the letter that tells the account's owner."""

    PASSWORD = "slowed"  # noqa: S105
    CODE = "slowed_code"  # they know the password
    INSIDE = "slowed_inside"  # in a browser where the owner is signed in


async def note_slowed(request: Request, person: int | None, username: str, at: Slowed, *, own: bool = True) -> None:
    """A try that was turned away, for the audit trail: one a minute, or ten thousand would bury everything else.

    Where it is their `own` account that is slowed down, its owner is told once in a while, and how to get in at once.
    """
    who = name_print(request, username)
    here = fingerprint(request, "place", network(request))
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        if not await q.sign_in.take(bucket=f"noted:{here}:{who}", holds=NOTED.holds, empties=NOTED.empties):
            await q.sign_in.fail(person=person, address=address(request), why="limit")
        # each kind has a letter of its own: guesses at the password must not keep back that somebody has it
        told = f"told:{who}" if at is Slowed.PASSWORD else f"told:{at.value}:{who}"
        if own and not await q.sign_in.take(bucket=told, holds=TOLD.holds, empties=TOLD.empties):
            await q.account_life.ask(kind=at.value, username=username, address=address(request))


def in_words(seconds: int) -> str:
    """``a minute``, ``12 minutes``, ``3 hours``: rounded up."""
    minutes = -(-seconds // 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes <= 90 else f"{-(-minutes // 60)} hours"
