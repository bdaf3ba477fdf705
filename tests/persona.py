"""The portal's database connection as one persona or another, without the portal: for the tests of the rules."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

import sql
from routes.guard import PERSONA
from tests.stage import SEES

SCHEMAS = ("portal", "priv", "audit")
OF_CHILDREN = ("child", "record", "entry", "answer", "history", "submission", "document")
NO_RIGHT = psycopg.errors.InsufficientPrivilege
Owner = psycopg.Connection[Any]


def value(connection: Owner, query: str, given: Any = ()) -> Any:
    found = connection.execute(query.encode(), given).fetchone()
    return found[0] if found else None


def column(connection: Owner, query: str, given: Any = ()) -> list[Any]:
    return [row[0] for row in connection.execute(query.encode(), given).fetchall()]


@contextmanager
def becoming(connection: Owner, persona: str, token: str) -> Iterator[Owner]:
    """One transaction as that persona with that token, as the portal does it; nothing of it stays."""
    with connection.transaction(force_rollback=True):
        connection.execute(sql.BECOME.encode(), [token, persona])
        yield connection


@contextmanager
def signed_in(connection: Owner, tokens: dict[str, str], who: str) -> Iterator[Owner]:
    with becoming(connection, *tokens_and_role(tokens, who)) as person:
        yield person


def tokens_and_role(tokens: dict[str, str], who: str) -> tuple[str, str]:
    return PERSONA[ROLES[who]], tokens[who]


ROLES = {
    "amina": "senco",
    "ben": "senco",
    "carys": "senco",
    "daljit": "adviser",
    "ewa": "adviser",
    "farah": "senas",
    "grace": "manager",
    "hassan": "ict",
}


def session(owner: Owner, who: str) -> str:
    """A live session of that person; its token."""
    token = secrets.token_urlsafe(32)
    owner.execute(
        """insert into priv.session (token_hash, person, stage, ends_at, idle)
           select %s, person, 'full', now() + interval '12 hours', interval '10 minutes'
           from priv.account where username = %s""",
        [hashlib.sha256(token.encode()).digest(), who],
    )
    return token


def person(owner: Owner, who: str) -> int:
    return value(owner, "select person from priv.account where username = %s", [who])


def children(owner: Owner, who: str) -> set[Any]:
    """Whom they may see, by the test's own words."""
    query = f"select c.id from portal.child c where {SEES[ROLES[who]]}"
    return set(column(owner, query.replace("%(person)s", str(person(owner, who)))))


def personas(owner: Owner) -> list[str]:
    found = column(owner, "select rolname from pg_roles where starts_with(rolname, 'portal_p_') order by 1")
    return [name for name in found if name != "portal_p_test"]
