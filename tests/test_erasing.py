"""A request whose time is over is deleted whole and by nobody's hand; nothing else ever is."""

import asyncio
import logging
import re
from typing import Any

import psycopg
import pytest

from routes import expiry
from sql import Database
from tests.fixtures_database import TestDatabase
from tests.past import (
    MARK,
    NINE,
    Settings,
    ago,
    as_it_was,
    erase,
    fill,
    hold,
    listed,
    look,
    past,
    rule,
    stood,
    there,
)
from tests.persona import NO_RIGHT, SCHEMAS, Owner, becoming, column, person, personas, signed_in, value
from tests.stage import SIGNED_IN


@pytest.fixture(autouse=True)
def _as_it_was(owner: Owner) -> None:
    as_it_was(owner)


# ---------------------------------------------------------------- nothing is left, and nothing else goes


def everywhere(owner: Owner) -> list[str]:
    return column(
        owner, "select schemaname || '.' || tablename from pg_tables where schemaname = any (%s)", [list(SCHEMAS)]
    )


def holding(owner: Owner, *words: str) -> set[str]:
    """The tables in which any of these words stands, as text or as bytes."""
    found = set()
    for table in everywhere(owner):
        for word in words:
            query = f"""select 1 from {table} t
                        where to_jsonb(t)::text like %s or to_jsonb(t)::text like %s limit 1"""
            if value(owner, query, [f"%{word}%", f"%{word.encode().hex()}%"]):
                found.add(table)
    return found


def about_children(owner: Owner) -> set[str]:
    """Tables with rows of a child, a record, or something of theirs; what is meant to stay left out."""
    found = column(
        owner,
        """select distinct table_schema || '.' || table_name from information_schema.columns
           where table_schema = any (%s) and column_name in ('record', 'child', 'document', 'entry')""",
        [list(SCHEMAS)],
    )
    return set(found) - {"audit.event", "portal.erased"}


def test_no_word_of_the_child_is_left_anywhere(demo_database: TestDatabase, owner: Owner) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    fill(owner, it)
    look(demo_database)
    stood(owner, it)
    filled = holding(owner, str(it.record), str(it.child)) | {"portal.content"}
    assert about_children(owner) | {"portal.child", "portal.record"} <= filled, (
        "There is a table about children that this test does not fill. Put a row into it in tests/past.py, and let "
        "portal.retention_erase in migrations/retention.sql delete it."
    )
    entries = column(owner, "select id::text from portal.entry where record = %s", [it.record])
    documents = column(owner, "select id::text from portal.document where record = %s", [it.record])
    sizes = {table: value(owner, f"select count(*) from {table}") for table in everywhere(owner)}
    others = [past(owner, "withdrawn", ago(5)), past(owner, "withdrawn", ago(6, 10))]
    for other in others:
        owner.execute("update portal.child set first_name = 'Other', surname = 'Child', address_line1 = '',"
                      " search = ' other child' where id = %s", [other.child])  # fmt: skip
        owner.execute("update portal.answer set value = 'Of another', version = 2 where record = %s", [other.record])
    look(demo_database)
    assert not there(owner, it)
    # a letter has the address of the record and no word of it; an hour after it was posted that is forgotten too
    assert holding(owner, str(it.record), str(it.child)) - {"portal.letter"} == {"audit.event", "portal.erased"}
    assert holding(owner, *entries) <= {"audit.event"}, "the trail names what was touched, without its words"
    assert holding(owner, *documents) <= {"audit.event"}
    words = [str(w) for w in owner.execute("select detail from audit.event where record = %s", [it.record]).fetchall()]
    assert not [w for w in words if MARK in w]
    assert value(owner, "select to_jsonb(e)::text from portal.erased e where record = %s", [it.record]).count(MARK) == 0
    assert all(there(owner, other) for other in others), "nothing else went"
    shrunk = {t for t in sizes if value(owner, f"select count(*) from {t}") < sizes[t]}
    assert shrunk <= about_children(owner) | {"portal.child", "portal.record"}
    told = value(owner, "select count(*) from audit.event where record = %s and action = 'record.erased'", [it.record])
    assert told == 1
    undone = "select count(*) from audit.event where record = %s and action = 'invitation.undone'"
    assert value(owner, undone, [it.record]) == 0, "nobody took the invitation back"


def test_every_table_about_children_is_named_where_a_request_is_deleted(owner: Owner) -> None:
    source = value(owner, "select pg_get_functiondef('portal.retention_erase(uuid)'::regprocedure)")
    deleted = set(re.findall(r"delete from (\w+\.\w+)", source))
    assert deleted == about_children(owner) | {"portal.child", "portal.record"}
    with owner.transaction(force_rollback=True):
        owner.execute("create table portal.fresh (record uuid)")
        assert about_children(owner) - deleted == {"portal.fresh"}, "the check notices a new one"


def test_a_child_goes_with_the_last_of_their_requests(demo_database: TestDatabase, owner: Owner) -> None:
    first = past(owner, "withdrawn", ago(6, -1))
    last = past(owner, "not_assess", ago(5), child=first.child)
    owner.execute(
        "insert into portal.involvement (person, child) values (%s, %s)", [person(owner, "daljit"), first.child]
    )
    look(demo_database)
    stood(owner, first)
    look(demo_database)
    child = "select count(*) from portal.child c join portal.involvement i on i.child = c.id where c.id = %s"
    assert (there(owner, first), there(owner, last)) == (False, True)
    assert value(owner, child, [first.child]) == 1
    rule(owner, "not_assess", "closed", 4)
    look(demo_database)
    stood(owner, last)
    look(demo_database)
    assert not there(owner, last)
    assert value(owner, child, [first.child]) == 0
    assert value(owner, "select count(*) from portal.child where id = %s", [first.child]) == 0


# ---------------------------------------------------------------- by nobody's hand


BY_HAND = (
    "delete from portal.history where record = %(record)s",
    "delete from portal.answer where record = %(record)s",
    "delete from portal.submission where record = %(record)s",
    "delete from portal.step where record = %(record)s",
    "delete from portal.document where record = %(record)s",
    "delete from portal.content",
    "delete from portal.record where id = %(record)s",
    "delete from portal.child where id = %(child)s",
    "delete from portal.warning",
    "update portal.warning set warned_on = warned_on - 30",
    "insert into portal.warning (record, setting, child, reference, outcome, since, years, closed_on, due, warned_on)"
    " select id, setting, child, reference, 'withdrawn', 'closed', 6, '2000-01-01', '2000-01-01', '2000-01-01'"
    " from portal.record",
    "insert into portal.erased (record, child, setting, reference, form, status, started_on, steps, outcome, since,"
    " years, warned_on) select id, child, setting, reference, form, status, now(), '[]', 'withdrawn', 'closed', 6,"
    " now() from portal.record where id = %(record)s",
    "delete from portal.erased",
    "delete from portal.hold",
    "delete from portal.retention_rule",
    "update portal.retention_rule set years = 2",
    "select portal.retention_warn()",
    "select portal.retention_tell()",
    "select portal.retention_over(9)",
    "select portal.retention_erase(%(record)s)",
    "select priv.may_erase(%(record)s)",
    "select priv.erasing(%(record)s)",
)


def rows(connection: Owner, statement: str, given: Any) -> int:
    try:
        with connection.transaction():
            return connection.execute(statement.encode(), given).rowcount
    except NO_RIGHT:
        return -1


@pytest.mark.parametrize("statement", BY_HAND)
def test_nobody_who_is_signed_in_deletes_a_request_or_brings_it_about(
    demo_database: TestDatabase, owner: Owner, app: Owner, tokens: dict[str, str], statement: str
) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    for who in SIGNED_IN:
        with signed_in(app, tokens, who):
            assert rows(app, statement, {"record": it.record, "child": it.child}) == -1, who
    with becoming(app, "portal_p_door", ""):
        assert rows(app, statement, {"record": it.record, "child": it.child}) == -1
    assert there(owner, it)


@pytest.mark.parametrize("statement", [s for s in BY_HAND if "select portal." not in s])
def test_the_background_work_itself_deletes_only_what_is_due(owner: Owner, app: Owner, statement: str) -> None:
    it = past(owner, "withdrawn", ago(5))
    with becoming(app, "portal_p_loop", ""):
        assert rows(app, statement, {"record": it.record, "child": it.child}) == -1
    assert erase(app, it) is False
    assert there(owner, it)


KEPT = tuple(s for s in BY_HAND if s.startswith("delete") and any(t in s for t in ("history", "submission", "step")))


def test_whoever_owns_the_tables_deletes_no_history_of_what_is_not_due(owner: Owner) -> None:
    """Not even with a line that says it was deleted: there is none of what is not due, nor of another request."""
    due, other = past(owner, "withdrawn", ago(6, -1)), past(owner, "withdrawn", ago(5))
    for it in (due, other):
        fill(owner, it)
        owner.execute("delete from portal.hold where record = %s", [it.record])
    owner.execute("set role portal_definer")
    owner.execute("select portal.retention_warn()")
    owner.execute("reset role")
    forge = next(s for s in BY_HAND if "into portal.erased" in s)
    given = [{"record": it.record, "child": it.child} for it in (due, other)]
    for role in ("postgres", "portal_definer"):
        with owner.transaction(force_rollback=True):
            owner.execute(f"set local role {role}".encode())
            assert rows(owner, forge, given[0]) == -1, "it has not stood for thirty days"
            assert rows(owner, forge, given[1]) == -1
            for statement in KEPT:
                assert [rows(owner, statement, g) for g in given] == [-1, -1], f"{role}: {statement}"
    stood(owner, due)
    for role in ("postgres", "portal_definer"):
        with owner.transaction(force_rollback=True):
            owner.execute(f"set local role {role}".encode())
            assert rows(owner, forge, given[0]) == 1
            for statement in KEPT:
                assert rows(owner, statement, given[1]) == -1, f"{role}: {statement}"
            assert rows(owner, "update portal.history set value = '' where record = %(record)s", given[0]) == -1
            assert rows(owner, "delete from portal.erased where record = %(record)s", given[0]) == -1


def test_what_is_left_of_a_request_and_the_rules_there_were_stay_for_good(
    demo_database: TestDatabase, owner: Owner
) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    look(demo_database)
    for statement in (
        "update portal.erased set reference = 'x'",
        "delete from portal.erased",
        "truncate portal.erased",
        "update portal.retention_rule set years = 3",
        "delete from portal.retention_rule",
        "truncate portal.retention_rule",
    ):
        assert rows(owner, statement, {}) == -1, statement


@pytest.mark.parametrize("who", [name for name in SIGNED_IN if name not in ("grace",)])
def test_only_a_manager_sets_a_rule_and_lifts_a_hold(
    owner: Owner, app: Owner, tokens: dict[str, str], who: str
) -> None:
    it = past(owner, "withdrawn", ago(5))
    hold(owner, it)
    write = "insert into portal.retention_rule (outcome, since, years, reason) values ('plan', 'closed', 2, 'x')"
    free = "update portal.hold set lifted_reason = 'x' where record = %(record)s"
    place = ("insert into portal.hold (record, setting, child, reason)"
             " select id, setting, child, 'x' from portal.record where id = %(record)s")  # fmt: skip
    other = past(owner, "withdrawn", ago(5))
    with signed_in(app, tokens, who):
        assert rows(app, write, {}) == -1
        assert rows(app, free, {"record": it.record}) <= 0
        assert (rows(app, place, {"record": other.record}) == 1) == (who == "farah")
    with signed_in(app, tokens, "grace"):
        assert rows(app, write, {}) == 1
        assert rows(app, free, {"record": it.record}) == 1
        assert rows(app, place, {"record": other.record}) == 1
        by = app.execute("select p.name from portal.hold h join portal.person p on p.id = h.lifted_by"
                         " where h.record = %s", [it.record]).fetchone()  # fmt: skip
        assert by == ("Grace Mensah",)


@pytest.mark.parametrize("table", ["retention_rule", "hold", "warning", "erased"])
def test_who_sees_what(
    demo_database: TestDatabase, owner: Owner, app: Owner, tokens: dict[str, str], table: str
) -> None:
    gone, it = past(owner, "withdrawn", ago(6, -1)), past(owner, "withdrawn", ago(6, 10))
    look(demo_database)
    stood(owner, gone)
    look(demo_database)
    held = past(owner, "withdrawn", ago(5))
    hold(owner, held)
    those = "" if table == "retention_rule" else " where record = any (%(those)s)"
    seen = {}
    for who in SIGNED_IN:
        with signed_in(app, tokens, who):
            given = {"those": [gone.record, it.record, held.record]}
            seen[who] = rows(app, f"select 1 from portal.{table}{those}", given) > 0
    expected = {who: who in ("farah", "grace") for who in SIGNED_IN}
    if table == "warning":
        expected |= {"amina": True, "ben": True}  # it is their setting's
    assert seen == expected
    assert listed(owner, it)


def test_no_persona_but_the_loop_is_told_whom_to_write_to(owner: Owner) -> None:
    for name in personas(owner):
        able = value(owner, "select has_function_privilege(%s, 'portal.retention_tell()', 'execute')", [name])
        assert able == (name == "portal_p_loop")


# ---------------------------------------------------------------- several at once, and after a fault


def test_two_portals_at_once_delete_each_request_once(demo_database: TestDatabase, owner: Owner) -> None:
    its = [past(owner, "withdrawn", ago(6, -1)) for _ in range(8)]
    same_child = [past(owner, "moved_out", ago(6, -1), child=its[0].child) for _ in range(2)]
    look(demo_database)
    for it in (*its, *same_child):
        stood(owner, it)
    owner.execute("delete from portal.letter")

    async def both() -> list[int]:
        async with Database(demo_database.app_url, 2) as one, Database(demo_database.app_url, 2) as two:
            found = await asyncio.gather(expiry.erase(one), expiry.erase(two))
            return [*found, await expiry.erase(one)]  # what one found held by the other

    assert sum(asyncio.run(both())) == len(its) + len(same_child)
    assert not any(there(owner, it) for it in (*its, *same_child))
    told = "select count(*) from audit.event where action = 'record.erased' and record = any (%s)"
    assert value(owner, told, [[it.record for it in (*its, *same_child)]]) == len(its) + len(same_child)


def test_two_portals_at_once_warn_and_write_once(demo_database: TestDatabase, owner: Owner) -> None:
    for _ in range(3):
        past(owner, "withdrawn", ago(6, 10))

    async def both() -> None:
        async with Database(demo_database.app_url, 2) as one, Database(demo_database.app_url, 2) as two:
            await asyncio.gather(expiry.look(one, Settings(), NINE), expiry.look(two, Settings(), NINE))

    asyncio.run(both())
    recipients = column(owner, "select recipient from portal.letter")
    assert len(recipients) == len(set(recipients)) > 0


def test_after_a_crash_a_request_is_whole_and_goes_the_next_time(
    demo_database: TestDatabase, owner: Owner, app: Owner
) -> None:
    its = [past(owner, "withdrawn", ago(6, -1)) for _ in range(2)]
    for it in its:
        fill(owner, it)
    look(demo_database)
    for it in its:
        stood(owner, it)
    assert erase(app, its[0]) is True
    before = {t: value(owner, f"select count(*) from {t}") for t in about_children(owner)}
    with psycopg.connect(demo_database.app_url) as crashing:
        crashing.execute("set local role portal_p_loop")
        assert value(crashing, "select portal.retention_erase(%s)", [its[1].record]) is True
        owner.execute("select pg_terminate_backend(%s)", [crashing.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            crashing.commit()
        crashing.close()
    assert not there(owner, its[0])
    assert there(owner, its[1])
    assert {t: value(owner, f"select count(*) from {t}") for t in about_children(owner)} == before
    look(demo_database)
    assert not there(owner, its[1])


def test_one_that_cannot_be_deleted_keeps_no_other(
    demo_database: TestDatabase, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, other = past(owner, "withdrawn", ago(6, -3)), past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    for it in (stuck, other):
        stood(owner, it)
    owner.execute("create table portal.forgotten (record uuid references portal.record)")
    try:
        owner.execute("insert into portal.forgotten values (%s)", [stuck.record])
        with caplog.at_level(logging.ERROR):
            look(demo_database)
        assert there(owner, stuck)
        assert not there(owner, other)
        assert f"{stuck.reference} could not be deleted" in caplog.text
        assert MARK not in caplog.text
    finally:
        owner.execute("drop table portal.forgotten")
    look(demo_database)
    assert not there(owner, stuck)
