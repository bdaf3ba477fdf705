"""Finds the hand-written queries in this folder and runs them, each transaction as one persona."""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

__all__ = ["Database", "Identity", "Queries", "Refused", "Statement", "Unavailable", "load", "statements"]

HEADING = re.compile(r"^-- name:[ \t]*(\w+)[ \t]+:(\w+)[ \t]*$", re.MULTILINE)
KINDS = ("one", "many", "value", "none")
PARAMETER = re.compile(r"(?<!%)%\((\w+)\)[sbt]")
PERSONA = re.compile(r"portal_p_[a-z]+")
BECOME = "select set_config('app.tok', %s, true) as token, set_config('role', %s, true) as persona"
BECOME_READER = BECOME + ", set_config('transaction_read_only', 'on', true) as read_only"
# A connection whose server is silently gone is given up after some four seconds.
LIMITS_OF_CONNECTION: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 4000,
    "client_encoding": "UTF8",
    "application_name": "portal",
}
LIMITS_OF_SERVER = "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"


class Unavailable(Exception):
    """The database cannot serve this now (away, restarting, too busy, too slow): try again in a moment."""


class Refused(Exception):
    """The database's rules do not allow this persona to do it."""


@dataclass(frozen=True)
class Identity:
    """As whom a transaction runs: a persona's role and the session's token, which the rules look up."""

    persona: str
    token: str
    door: ClassVar["Identity"]  # nobody yet: may knock, that is, try to sign in

    def __post_init__(self) -> None:
        if not PERSONA.fullmatch(self.persona):
            raise ValueError(f"{self.persona!r} is not a persona: their names are portal_p_ and lower case letters")


Identity.door = Identity("portal_p_door", "")


@dataclass(frozen=True)
class Statement:
    """One query. `kind` says what it gives: one row or None, many rows, a value or None, none (count)."""

    kind: str
    text: str
    comment: str
    parameters: frozenset[str]


def load(folder: Path) -> dict[tuple[str, str], Statement]:
    """All statements of a folder by (file stem, name). Raises ValueError naming the fault."""
    found: dict[tuple[str, str], Statement] = {}
    for path in sorted(folder.glob("*.sql")):
        before, *parts = HEADING.split(path.read_text(encoding="utf-8"))
        comment, text, above = _apart(before)
        if text:
            raise ValueError(f"{path.name}: a statement stands before the first '-- name: verb :kind'")
        for name, kind, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            if kind not in KINDS:
                raise ValueError(f"{path.name}: {name} is :{kind}, which is none of :{', :'.join(KINDS)}")
            if (path.stem, name) in found:
                raise ValueError(f"{path.name}: {name} stands there twice")
            comment, text, below = _apart(body)
            if not text:
                raise ValueError(f"{path.name}: {name} has a heading and no statement")
            if "-- name:" in body:
                raise ValueError(f"{path.name}: {name} is followed by a heading that is not '-- name: verb :kind'")
            parameters = frozenset(PARAMETER.findall(text))
            found[path.stem, name] = Statement(kind, text, " ".join(filter(None, (above, comment))), parameters)
            above = below
    return found


def _apart(body: str) -> tuple[str, str, str]:
    """A statement's own comment, its text, and the comment above the next heading (its last paragraph).

    Comments are not sent: a % in one would be taken for a parameter.
    """
    lines = body.strip().splitlines()
    code = [n for n, line in enumerate(lines) if line.strip() and not line.startswith("--")]
    if not code:
        return "", "", _last_words(lines)
    return _words(lines[: code[0]]), "\n".join(lines[code[0] : code[-1] + 1]), _last_words(lines[code[-1] + 1 :])


def _last_words(lines: list[str]) -> str:
    after_blank = max((n + 1 for n, line in enumerate(lines) if not line.strip()), default=0)
    return _words(lines[after_blank:])


def _words(lines: list[str]) -> str:
    return " ".join(words for line in lines if (words := line.removeprefix("--").strip()))


@cache
def statements() -> dict[tuple[str, str], Statement]:
    """The portal's own statements, read once."""
    return load(Path(__file__).parent)


class Queries:
    """The statements in one transaction: `await q.outcomes.list(record=5)` runs `list` of outcomes.sql."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], known: Mapping[tuple[str, str], Statement]) -> None:
        self._connection = connection
        self._known = known

    def __getattr__(self, file: str) -> "_File":
        return _File(self, file)

    async def _run(self, file: str, name: str, given: dict[str, Any]) -> Any:
        statement = self._known.get((file, name))
        if statement is None:
            raise AttributeError(f"sql/{file}.sql has no statement '-- name: {name}'")
        if given.keys() != statement.parameters:
            odd = ", ".join(sorted(given.keys() ^ statement.parameters))
            raise TypeError(f"{file}.{name} takes ({', '.join(sorted(statement.parameters))}); look at: {odd}")
        with _plain_errors():
            cursor = await self._connection.execute(statement.text.encode(), given)
            if statement.kind == "many":
                return await cursor.fetchall()
            if statement.kind == "none":
                return cursor.rowcount
            row = await cursor.fetchone()
        return row[0] if row and statement.kind == "value" else row


class _File:
    def __init__(self, queries: Queries, file: str) -> None:
        self._queries = queries
        self._file = file

    def __getattr__(self, name: str) -> Any:
        async def run(**given: Any) -> Any:
            return await self._queries._run(self._file, name, given)

        return run


class Database:
    """The pool of connections. Every use of it is one transaction, as one identity.

    `conninfo` is the login role's, which may do nothing of itself. `patience` is how many seconds a request
    waits for a free connection before Unavailable is raised.
    """

    def __init__(
        self,
        conninfo: str,
        max_size: int = 10,
        *,
        patience: float = 2.5,
        known: Mapping[tuple[str, str], Statement] | None = None,
    ) -> None:
        self._known = statements() if known is None else known
        self._pool = AsyncConnectionPool(
            _patient(conninfo),
            min_size=1,
            max_size=max_size,
            timeout=patience,
            max_waiting=max_size * 10,
            kwargs={"row_factory": namedtuple_row},
            check=AsyncConnectionPool.check_connection,
            reset=_forget,
            open=False,
        )

    async def __aenter__(self) -> "Database":
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def open(self, patience: float = 10) -> None:
        """Connect. Raises Unavailable when no connection can be made within so many seconds."""
        with _plain_errors():
            await self._pool.open(wait=True, timeout=patience)

    async def close(self) -> None:
        """Wait for what runs, and disconnect."""
        await self._pool.close()

    @contextlib.asynccontextmanager
    async def reading(self, identity: Identity) -> AsyncIterator[Queries]:
        """A READ ONLY transaction as that identity. Raises Unavailable or Refused."""
        async with self._transaction(identity, BECOME_READER) as queries:
            yield queries

    @contextlib.asynccontextmanager
    async def writing(self, identity: Identity) -> AsyncIterator[Queries]:
        """A transaction as that identity, committed (durably) on leaving. Raises Unavailable or Refused."""
        async with self._transaction(identity, BECOME) as queries:
            yield queries

    @contextlib.asynccontextmanager
    async def _transaction(self, identity: Identity, become: str) -> AsyncIterator[Queries]:
        with _plain_errors():
            async with self._pool.connection() as connection:
                async with connection.pipeline():  # sends BEGIN along: one round trip
                    await connection.execute(become.encode(), [identity.token, identity.persona])
                yield Queries(connection, self._known)
                if connection.info.transaction_status == TransactionStatus.INERROR:
                    # The server would answer COMMIT with a rollback, and "Saved" would be a lie.
                    raise RuntimeError("A statement failed and its error was put aside: nothing is saved.")


def _patient(conninfo: str) -> str:
    """That conninfo with limits, so that a dead or slow server cannot hold a request for long."""
    given = conninfo_to_dict(conninfo)
    options = f"{given.get('options') or ''} {LIMITS_OF_SERVER}".strip()
    return make_conninfo(**{**LIMITS_OF_CONNECTION, **given, "options": options})


async def _forget(connection: psycopg.AsyncConnection[Any]) -> None:
    """Nothing of one request may be left for the next."""
    await connection.set_autocommit(True)
    await connection.execute("reset role; reset all")
    await connection.set_autocommit(False)


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise Refused(error.diag.message_primary or str(error)) from error
    except (PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise Unavailable("The database is busy or away.") from error
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.errors.IdleInTransactionSessionTimeout,
    ) as error:
        raise Unavailable(f"The database is away or too slow: {error}".strip()) from error
