"""Works through a file somebody has brought, beside their requests: looks through it, then applies it whole or not.

The file and how far it is are in the database, so that any process can show it, and another can take over where one
was stopped. What is applied is one transaction; it is looked through again inside it, and must be what was shown.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.errors import IntegrityError
from starlette.requests import Request

from record.table import Unreadable, unpacked
from routes import failure
from routes.guard import Person
from sql import Database, Queries, Refused, Unavailable

CHUNK = 1_000  # rows a statement
UNPACKED = 20_000_000  # bytes of a table that comes in a zip
OTHERWISE = "The portal has changed since this file was looked through, so nothing was applied. Look at it again below."
_places = asyncio.Semaphore(2)
_working: set[asyncio.Task[None]] = set()


@dataclass
class Progress:
    """How many rows are done, of how many."""

    done: int = 0
    total: int = 0

    def tell(self, done: int) -> None:
        self.done = done


@dataclass(frozen=True)
class Found:
    """What a file would do: ``report`` for the page, ``failed`` rows as a file, ``work`` for who applies it."""

    report: dict[str, Any]
    failed: bytes | None
    work: Any


@dataclass(frozen=True)
class Kind:
    """A kind of file. ``prepare`` asks the database what reading needs, ``read`` is pure and runs in a thread,
    ``match`` compares with the database, ``apply`` writes; both in one transaction when it counts.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    most: int  # bytes
    prepare: Callable[[Request, Queries], Awaitable[Any]]
    read: Callable[[bytes, Any, Progress], Any]
    match: Callable[[Queries, Any], Awaitable[Found]]
    apply: Callable[[Request, Queries, Any, Progress], Awaitable[None]]
    template: Callable[[], tuple[list[str], list[list[str]]]]


def fingerprint(work: Any) -> str:
    """Two files that would do the same have the same."""
    return hashlib.sha256(repr(work).encode("utf-8", "replace")).hexdigest()


async def start(request: Request, kind: Kind, file: UUID, seen: str | None = None) -> None:
    """Begin to look through the file; or, with the fingerprint of what was ``seen``, to apply it.

    Nothing happens where somebody works on it already.
    """
    state, before = ("applying", ["read"]) if seen else ("reading", ["brought"])
    async with request.app.state.db.writing(request.state.person.identity) as q:
        claim = await q.imports.take(file=file, state=state, before=before)
    if claim is not None:
        task = asyncio.get_running_loop().create_task(_work(request, kind, file, claim, seen))
        _working.add(task)  # the loop itself forgets tasks nobody holds
        task.add_done_callback(_working.discard)


async def _work(request: Request, kind: Kind, file: UUID, claim: UUID, seen: str | None) -> None:
    progress = Progress()
    try:
        async with _telling(request.app.state.db, request.state.person, file, claim, progress), _places:
            await _try(request, kind, file, claim, progress, seen)
    except (Unavailable, Refused) as error:
        failure.note(request, error)  # the page finds it stopped, and begins again


async def _try(request: Request, kind: Kind, file: UUID, claim: UUID, progress: Progress, seen: str | None) -> None:
    db: Database = request.app.state.db
    person: Person = request.state.person
    state, report, failed = "refused", {"message": ""}, None
    try:
        if seen:
            try:
                await _apply(request, kind, file, claim, progress, seen)
                return
            except IntegrityError:
                progress.done = 0
        found = await _look(request, kind, file, progress)
        state, report, failed = "read", {**found.report, "message": OTHERWISE if seen else ""}, found.failed
    except Unreadable as why:
        report["message"] = str(why)
    except (Unavailable, Refused):
        raise
    except Exception as error:
        reference = failure.note(request, error)
        report["message"] = (
            f"Something went wrong at our end, so nothing was applied. Quote {reference} to Education ICT."
        )
    async with db.writing(person.identity) as q:
        await q.imports.end(file=file, claim=claim, state=state, report=json.dumps(report), failed=failed)


async def _read(request: Request, kind: Kind, file: UUID, progress: Progress) -> Any:
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = await q.imports.content(file=file)
        known = await kind.prepare(request, q)
    if it is None:
        raise Unreadable("The half hour for which the file is kept is over. Bring it again.")
    return await asyncio.to_thread(lambda: kind.read(unpacked(it.content, UNPACKED), known, progress))


async def _look(request: Request, kind: Kind, file: UUID, progress: Progress) -> Found:
    read = await _read(request, kind, file, progress)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        return await kind.match(q, read)


async def _apply(request: Request, kind: Kind, file: UUID, claim: UUID, progress: Progress, seen: str) -> None:
    """All of it or, by an exception, nothing. Raises IntegrityError where it would not do what was seen."""
    read = await _read(request, kind, file, Progress())
    async with request.app.state.db.writing(request.state.person.identity) as q:
        found = await kind.match(q, read)
        if found.report["fingerprint"] != seen:
            raise IntegrityError
        progress.total = found.report["good"]
        await kind.apply(request, q, found.work, progress)
        counts = {name: found.report[name] for name in ("good", "bad")}
        await q.audit.note(
            action=f"import.{kind.name}", child=None, record=None, entry=None, field=None, detail=json.dumps(counts)
        )
        mine = await q.imports.end(
            file=file, claim=claim, state="applied", report=json.dumps(found.report), failed=found.failed
        )
        if not mine:
            raise IntegrityError


@contextlib.asynccontextmanager
async def _telling(db: Database, person: Person, file: UUID, claim: UUID, progress: Progress) -> AsyncIterator[None]:
    """Write down twice a second how far it is, in transactions of its own."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(0.5)
            with contextlib.suppress(Unavailable):
                async with db.writing(person.identity) as q:
                    await q.imports.progress(file=file, claim=claim, done=progress.done, total=progress.total)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError, Refused):
            await telling


async def in_chunks(
    rows: Sequence[Mapping[str, Any]], write: Callable[[str], Awaitable[Any]], progress: Progress
) -> None:
    """Give the rows as JSON to ``write``, a thousand at a time."""
    for begin in range(0, len(rows), CHUNK):
        await write(json.dumps(rows[begin : begin + CHUNK], default=str))
        progress.done += len(rows[begin : begin + CHUNK])
