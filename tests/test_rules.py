"""The database's own rules, without the portal in front of them: who sees what, and what nobody changes."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import sql
from routes.guard import PERSONA
from tests.fixtures_database import APP, TestDatabase
from tests.persona import (
    NO_RIGHT,
    OF_CHILDREN,
    ROLES,
    SCHEMAS,
    Owner,
    becoming,
    children,
    column,
    person,
    personas,
    session,
    signed_in,
    value,
)
from tests.stage import SIGNED_IN

# Rows that a persona sees without anybody's session: letters, which hold no child's name, and the loop posts.
WITHOUT_SESSION = {("portal_p_loop", "portal.letter")}


# ---------------------------------------------------------------- what holds for every table and function


def bare_tables(owner: Owner) -> list[str]:
    """Tables that do not have row-level security on and forced."""
    return column(
        owner,
        """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = any (%s) and c.relkind in ('r', 'p')
             and not (c.relrowsecurity and c.relforcerowsecurity)""",
        [list(SCHEMAS)],
    )


def test_every_table_has_row_level_security_on_and_forced(owner: Owner) -> None:
    assert not bare_tables(owner), "migrations/rules.sql switches it on for all tables of a schema: is it among them?"
    elsewhere = column(
        owner,
        """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'p', 'f') and n.nspname <> all (%s) and n.nspname !~ '^(pg_|information_schema)'""",
        [[*SCHEMAS, "portal_meta"]],
    )
    assert not elsewhere, f"{elsewhere}: a table lives in portal, priv or audit, where the rules find it."
    with owner.transaction(force_rollback=True):
        owner.execute("create table portal.open (child uuid)")
        assert bare_tables(owner) == ["portal.open"], "the check notices a table without"


def loose_functions(owner: Owner) -> list[str]:
    """Functions that could be turned against their makers."""
    return column(
        owner,
        """select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           join pg_roles r on r.oid = p.proowner join pg_language l on l.oid = p.prolang
           where n.nspname = any (%s)
             and (not coalesce('search_path=""' = any (p.proconfig), false)
                  or p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)
                  or (p.prosecdef and (r.rolname <> 'portal_definer' or l.lanname <> 'plpgsql')))""",
        [list(SCHEMAS)],
    )


def test_every_function_has_a_fixed_search_path_its_own_owner_and_is_not_for_everybody(owner: Owner) -> None:
    assert not loose_functions(owner), (
        "Each needs: set search_path = '', revoke execute from public; a definer's also plpgsql and portal_definer."
    )
    for flaw in (
        "create function priv.loose() returns int language plpgsql security definer as $$ begin return 1; end $$",
        "create function priv.loose() returns int language plpgsql security definer set search_path = ''"
        " as $$ begin return 1; end $$",
    ):
        with owner.transaction(force_rollback=True):
            owner.execute(flaw)
            assert loose_functions(owner) == ["priv.loose()"], "the check notices a loose one"


def test_nothing_goes_around_the_rules(owner: Owner) -> None:
    """Views of an owner, materialised views and policies for everything would."""
    views = column(
        owner,
        """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = any (%s) and (c.relkind = 'm' or (c.relkind = 'v'
                 and not coalesce('security_invoker=true' = any (c.reloptions), false)))""",
        [list(SCHEMAS)],
    )
    assert not views, "Make a view with (security_invoker = true); a materialised view has no rules at all."
    wide = owner.execute(
        """select schemaname || '.' || tablename, policyname, roles::text[] from pg_policies
           where (qual = 'true' or with_check = 'true') and roles <> '{portal_definer}'"""
    ).fetchall()
    assert all(({"public"} & set(roles)) == set() for _, _, roles in wide)
    assert {(role, table) for table, _, roles in wide for role in roles} == WITHOUT_SESSION, (
        "A policy that is true for everybody needs a reason, and a line in WITHOUT_SESSION."
    )


# ---------------------------------------------------------------- the portal's login and the personas


def test_the_portals_login_may_do_nothing_of_itself(owner: Owner, app: Owner) -> None:
    assert (
        owner.execute(
            "select rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb from pg_roles where rolname = %s",
            [APP],
        ).fetchone()
        == (False,) * 5
    )
    tables = column(
        owner,
        """select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname = any (%s) and c.relkind in ('r', 'p', 'v', 'S')
             and (case when c.relkind = 'S' then has_sequence_privilege(%s, c.oid, 'usage, select, update')
                  else has_table_privilege(%s, c.oid,
                           'select, insert, update, delete, truncate, references, trigger') end)""",
        [list(SCHEMAS), APP, APP],
    )
    assert not tables
    assert not value(owner, "select has_database_privilege(%s, current_database(), 'create, temporary')", [APP])
    for statement in ("select * from portal.child", "select priv.me()", "create table portal.mine (x int)"):
        with pytest.raises(NO_RIGHT), app.transaction():
            app.execute(statement.encode())


def test_the_portals_login_becomes_a_persona_and_nothing_else(owner: Owner, app: Owner) -> None:
    reach = column(
        owner, "select rolname from pg_roles where pg_has_role(%s, oid, 'member') and rolname <> %s", [APP] * 2
    )
    assert sorted(set(reach) - {"portal_p_test"}) == personas(owner)
    for role in ("portal_owner", "portal_definer", "portal_migrator", "postgres"):
        with pytest.raises(NO_RIGHT), app.transaction():
            app.execute(f"set local role {role}".encode())


def test_no_persona_deletes_or_reads_what_is_private(owner: Owner) -> None:
    granted = owner.execute(
        """select grantee, table_schema || '.' || table_name, privilege_type from information_schema.role_table_grants
           where starts_with(grantee, 'portal_p_') and table_schema = any (%s)""",
        [list(SCHEMAS)],
    ).fetchall()
    assert granted
    assert not [g for g in granted if g[2] in ("DELETE", "TRUNCATE", "REFERENCES", "TRIGGER") and g[1] in TABLES]
    assert not [g for g in granted if g[1].startswith(("priv.", "audit.")) and g[1] != "audit.seal"]
    owners = column(
        owner,
        """select c.oid::regclass::text from pg_class c join pg_roles r on r.oid = c.relowner
           where starts_with(r.rolname, 'portal_p_')""",
    )
    assert not owners


TABLES = {f"portal.{name}" for name in OF_CHILDREN} | {"portal.involvement", "portal.membership", "portal.setting"}


@pytest.mark.parametrize("table", [f"portal.{name}" for name in OF_CHILDREN] + ["portal.involvement"])
def test_only_the_definer_deletes_a_child_s_rows(owner: Owner, table: str) -> None:
    able = [
        name for name in personas(owner) if value(owner, "select has_table_privilege(%s, %s, 'delete')", [name, table])
    ]
    assert not able


def seen(connection: Owner, table: str) -> int:
    """How many rows; -1 where looking is not even allowed."""
    try:
        with connection.transaction():
            return value(connection, f"select count(*) from {table}")
    except NO_RIGHT:
        return -1


def every_table(owner: Owner) -> list[str]:
    return column(
        owner, "select schemaname || '.' || tablename from pg_tables where schemaname = any (%s)", [list(SCHEMAS)]
    )


FORGED: dict[str, Callable[[Owner, str], str]] = {
    "none": lambda owner, token: "",
    "unknown": lambda owner, token: secrets.token_urlsafe(32),
    "a person's number": lambda owner, token: str(person(owner, "grace")),
    "a user name": lambda owner, token: "grace",
    "its hash": lambda owner, token: hashlib.sha256(token.encode()).hexdigest(),
    "another case": lambda owner, token: token.swapcase(),
    "half of it": lambda owner, token: token[: len(token) // 2],
    "with a blank": lambda owner, token: token + " ",
    "an injection": lambda owner, token: "' or true --",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_persona_without_a_true_token_sees_nothing(
    owner: Owner, app: Owner, tokens: dict[str, str], how: str
) -> None:
    for persona in personas(owner):
        with becoming(app, persona, FORGED[how](owner, tokens["grace"])):
            found = {table for table in every_table(owner) if seen(app, table) > 0}
        assert not {(persona, table) for table in found} - WITHOUT_SESSION, f"{persona} with {how}"


@pytest.mark.parametrize("who", SIGNED_IN)
def test_one_s_own_token_in_another_role_shows_no_child(
    owner: Owner, app: Owner, tokens: dict[str, str], who: str
) -> None:
    for persona in personas(owner):
        if persona == PERSONA[ROLES[who]]:
            continue
        with becoming(app, persona, tokens[who]):
            found = {name: seen(app, f"portal.{name}") for name in OF_CHILDREN}
        assert all(number <= 0 for number in found.values()), f"{who} as {persona}: {found}"


@pytest.mark.parametrize("who", SIGNED_IN)
def test_one_s_own_token_shows_exactly_one_s_own_children(
    owner: Owner, app: Owner, tokens: dict[str, str], who: str
) -> None:
    allowed = children(owner, who)
    assert bool(allowed) == (who != "hassan")
    for name in OF_CHILDREN if allowed else ():
        key = "id" if name == "child" else "child"
        there = set(column(owner, f"select {key} from portal.{name}")) & allowed
        with signed_in(app, tokens, who):
            assert set(column(app, f"select {key} from portal.{name}")) == there, name


def test_a_tie_that_does_not_belong_to_one_s_role_opens_nothing(
    owner: Owner, app: Owner, tokens: dict[str, str]
) -> None:
    """Somebody who was an adviser once and is a SENCO now has the old ties still, and no use of them."""
    amina, daljit = person(owner, "amina"), person(owner, "daljit")
    place = value(owner, "select id from portal.setting where name = 'Northmead College'")
    child = value(owner, "select id from portal.child where setting = %s limit 1", [place])
    before = children(owner, "daljit")
    owner.execute("insert into portal.involvement (person, child) values (%s, %s)", [amina, child])
    owner.execute("insert into portal.membership (person, setting) values (%s, %s)", [daljit, place])
    try:
        with becoming(app, "portal_p_adviser", tokens["amina"]):
            assert seen(app, "portal.child") == 0
        with becoming(app, "portal_p_senco", tokens["daljit"]):
            assert seen(app, "portal.child") == 0
        with signed_in(app, tokens, "daljit"):
            assert set(column(app, "select id from portal.child")) == before
    finally:
        owner.execute("delete from portal.involvement where person = %s", [amina])
        owner.execute("delete from portal.membership where person = %s", [daljit])


SPOILT = {
    "signed out": "ended_at = now()",
    "idle": "seen_at = now() - interval '10 minutes 1 second'",
    "too old": "ends_at = now() - interval '1 second'",
    "waiting for a code": "stage = 'code'",
    "enrolling": "stage = 'enrol'",
    "choosing a password": "stage = 'choose'",
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_session_that_is_over_or_half_begun_shows_nothing(owner: Owner, app: Owner, how: str) -> None:
    token = session(owner, "amina")
    with becoming(app, "portal_p_senco", token):
        assert seen(app, "portal.child") > 0, "the session is a good one before"
    owner.execute(
        f"update priv.session set {SPOILT[how]} where token_hash = %s".encode(),
        [hashlib.sha256(token.encode()).digest()],
    )
    with becoming(app, "portal_p_senco", token):
        assert {table: n for table in every_table(owner) if (n := seen(app, table)) > 0} == {}


def test_a_disabled_account_sees_nothing_from_that_moment(owner: Owner, app: Owner) -> None:
    token = session(owner, "ben")
    owner.execute("update priv.account set disabled_at = now() where username = 'ben'")
    try:
        with becoming(app, "portal_p_senco", token):
            assert seen(app, "portal.child") == 0
    finally:
        owner.execute("update priv.account set disabled_at = null where username = 'ben'")


def test_a_change_of_role_or_setting_counts_from_that_moment(owner: Owner, app: Owner, tokens: dict[str, str]) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute("update portal.person set role = 'ict' where id = %s", [person(owner, "ben")])
        owner.execute("select set_config('app.tok', %s, true)", [tokens["ben"]])
        assert value(owner, "select priv.my_settings()") == []
    with signed_in(app, tokens, "ben"):
        assert value(app, "select priv.my_settings()") != []


# ---------------------------------------------------------------- one connection, many people


def test_one_prepared_statement_shows_each_persona_its_own(
    owner: Owner, demo_database: TestDatabase, tokens: dict[str, str]
) -> None:
    """PostgreSQL before CVE-2024-10976 was mended could run one persona's plan for another."""
    query = "select count(*) from portal.child"
    with psycopg.connect(demo_database.app_url, autocommit=True, prepare_threshold=0) as app:
        for who in (*SIGNED_IN[:-1], *SIGNED_IN[-2::-1]) * 3:
            with signed_in(app, tokens, who):
                assert value(app, query) == len(children(owner, who)), who


def test_who_somebody_is_ends_with_their_transaction(app: Owner, tokens: dict[str, str]) -> None:
    with signed_in(app, tokens, "grace"):
        assert seen(app, "portal.child") > 0
    assert value(app, "select current_user") == APP
    assert not value(app, "select current_setting('app.tok', true)")
    with app.transaction(force_rollback=True):
        app.execute("set local role portal_p_senas")
        assert seen(app, "portal.child") == 0, "an empty token is no token"


def test_nothing_of_one_request_is_left_on_the_connection_for_the_next(
    demo_database: TestDatabase, tokens: dict[str, str]
) -> None:
    """Even if somebody sets it for the whole session, which leaks: the pool forgets it."""

    async def leak() -> tuple[Any, Any]:
        async with sql.Database(demo_database.app_url, 1) as db:
            async with db._pool.connection() as connection:
                before = connection.info.backend_pid
                await connection.execute(
                    "select set_config('app.tok', %s, false) as a, set_config('role', 'portal_p_senas', false) as b",
                    [tokens["grace"]],
                )
            async with db._pool.connection() as connection:
                assert connection.info.backend_pid == before, "it is the same connection"
                found = await connection.execute("select current_user, current_setting('app.tok', true)")
                return tuple(await found.fetchone())  # type: ignore[arg-type, return-value]

    user, token = asyncio.run(leak())
    assert (user, token or "") == (APP, "")


def test_a_transaction_for_reading_writes_nothing(app: Owner, tokens: dict[str, str]) -> None:
    with app.transaction(force_rollback=True):
        app.execute(sql.BECOME_READER.encode(), [tokens["amina"], "portal_p_senco"])
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            app.execute("update portal.answer set value = 'changed'")
