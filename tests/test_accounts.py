"""What the database itself allows whoever stands at the door, whatever the portal's own code should do."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.fixtures_database import TestDatabase

AGES = "interval '10 minutes', interval '1 hour'"


@pytest.fixture(scope="module")
def person(database: TestDatabase) -> int:
    """Somebody with a temporary password and no authenticator."""
    with psycopg.connect(database.superuser_url) as connection:
        made = connection.execute(
            "with someone as (insert into portal.person (name, role) values ('Noor Test', 'senco') returning id)"
            " insert into priv.account (person, username, password)"
            " select id, 'noor', 'hash' from someone returning person"
        ).fetchone()
    assert made
    return int(made[0])


@pytest.fixture
def door(database: TestDatabase, person: int) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the portal's login as nobody yet; nothing it does is kept."""
    with psycopg.connect(database.app_url) as connection:
        connection.execute("set local role portal_p_door")
        yield connection
        connection.rollback()


def value(connection: psycopg.Connection[Any], query: str, *given: object) -> Any:
    found = connection.execute(query, given).fetchone()  # type: ignore[arg-type]
    return found[0] if found else None


def begin(connection: psycopg.Connection[Any], token: bytes, person: int) -> str:
    return str(value(connection, f"select priv.session_begin(%s, %s, {AGES}, null, '')", token, person))


def raised(connection: psycopg.Connection[Any], token: bytes, new_token: bytes, step: int) -> bool:
    return bool(value(connection, f"select priv.code_use(%s, %s, %s, {AGES})", token, new_token, step))


@pytest.mark.parametrize(
    "table", ["priv.account", "priv.session", "priv.bucket", "audit.event", "portal.person", "portal.child"]
)
def test_nobody_at_the_door_reads_or_writes_a_table(door: psycopg.Connection[Any], table: str) -> None:
    for statement in (f"select * from {table}", f"delete from {table}", f"insert into {table} default values"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), door.transaction():
            door.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "call",
    [
        "priv.session_live('x')",
        "priv.session_end_all(1)",
        "priv.session_purge()",
        "priv.session_replace((select null::priv.session), 'x', 'full', interval '1 hour', interval '1 hour')",
        "priv.me()",
    ],
)
def test_nobody_at_the_door_reaches_the_inner_functions(door: psycopg.Connection[Any], call: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        door.execute(f"select {call}")  # type: ignore[arg-type]


def test_no_step_can_be_left_out(door: psycopg.Connection[Any], person: int) -> None:
    assert begin(door, b"1", person) == "choose"
    assert not value(door, "select priv.seed_offer('1', 'seed')")
    assert not raised(door, b"1", b"2", 5)
    assert value(door, f"select priv.password_choose('1', '2', 'own', {AGES})") == "enrol"
    assert not raised(door, b"2", b"3", 5), "no secret has been offered"
    assert value(door, "select priv.seed_offer('2', 'seed')")
    assert value(door, f"select priv.password_choose('2', '3', 'own', {AGES})") is None
    assert raised(door, b"2", b"3", 5)
    assert value(door, "select stage from priv.session_look('3', false)") == "full"


def test_a_code_does_not_go_round_the_choosing_of_a_password(database: TestDatabase, person: int) -> None:
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute("update priv.account set seed = 'seed' where person = %s", [person])  # been here before
        connection.execute("set local role portal_p_door")
        assert begin(connection, b"1", person) == "choose"
        assert not raised(connection, b"1", b"2", 5)
        connection.rollback()


def test_a_token_is_worth_nothing_after_its_step(door: psycopg.Connection[Any], person: int) -> None:
    begin(door, b"1", person)
    value(door, f"select priv.password_choose('1', '2', 'own', {AGES})")
    assert value(door, "select person from priv.session_look('1', true)") is None
    assert value(door, f"select priv.password_choose('1', '9', 'again', {AGES})") is None


def test_a_step_of_time_counts_once_and_never_goes_back(door: psycopg.Connection[Any], person: int) -> None:
    begin(door, b"1", person)
    value(door, f"select priv.password_choose('1', '2', 'own', {AGES})")
    value(door, "select priv.seed_offer('2', 'seed')")
    assert raised(door, b"2", b"3", 100)
    for token, step, right in ((b"4", 100, False), (b"5", 99, False), (b"6", 101, True)):
        assert begin(door, token, person) == "code"
        assert raised(door, token, token + b"+", step) is right


def test_choosing_a_password_ends_every_other_session(door: psycopg.Connection[Any], person: int) -> None:
    begin(door, b"1", person)
    begin(door, b"2", person)
    value(door, f"select priv.password_choose('1', '3', 'own', {AGES})")
    assert value(door, "select person from priv.session_look('2', true)") is None
    assert value(door, "select person from priv.session_look('3', true)") == person


def test_a_bucket_holds_so_many_and_gives_back(door: psycopg.Connection[Any]) -> None:
    take = "select priv.bucket_take('test', 3, interval '1 hour')"
    assert [value(door, take) for _ in range(3)] == [0, 0, 0]
    wait = value(door, take)
    assert 1100 <= wait <= 1200, "a third of the hour, for one of three"
    assert max(value(door, take) for _ in range(20)) <= 1200, "knocking on does not make it longer"
    for _ in range(2):
        door.execute("select priv.bucket_give('test')")
    assert [value(door, take) for _ in range(2)] == [0, 0], "who is turned away is not counted"
    assert value(door, take) > 0


def test_every_function_of_the_owner_of_rules_has_an_empty_search_path(database: TestDatabase) -> None:
    with psycopg.connect(database.superuser_url) as connection:
        loose = connection.execute(
            "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('portal', 'priv', 'audit') and p.prosecdef"
            " and not coalesce(p.proconfig @> array['search_path=\"\"'], false)"
        ).fetchall()
        public = connection.execute(
            "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('portal', 'priv', 'audit') and has_function_privilege('public', p.oid, 'execute')"
        ).fetchall()
    assert loose == []
    assert public == []
