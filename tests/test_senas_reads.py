"""SENAS reads what professionals wrote and never changes it: not as their database identity, nor in anybody's shape."""

import re
from typing import Any

import pytest

from tests.persona import NO_RIGHT, Owner, becoming, column, value

WRITTEN = ("entry", "answer", "history", "submission")
WHO = ("farah", "grace")
TRIES = {
    "insert an answer": "insert into portal.answer (entry, field, record, setting, child, value)"
    " select entry, 'advice', record, setting, child, 'other' from portal.answer limit 1",
    "change an answer": "update portal.answer set value = 'other', version = version + 1",
    "touch an answer": "update portal.answer set client = 'other'",
    "remove an answer": "delete from portal.answer",
    "lock an answer": "select 1 from portal.answer for update",
    "add an entry": "insert into portal.entry (record, setting, child, list)"
    " select id, setting, child, 'outcomes' from portal.record limit 1",
    "withdraw an entry": "update portal.entry set withdrawn_at = now()",
    "move an entry": "update portal.entry set position = 9",
    "remove an entry": "delete from portal.entry",
    "write history": "update portal.history set value = 'other'",
    "forge history": "insert into portal.history select * from portal.history limit 1",
    "remove history": "delete from portal.history",
    "change what was sent": "update portal.submission set answers = '{}'",
    "send": "insert into portal.submission (record, setting, child, form, answers)"
    " select id, setting, child, form, '{}' from portal.record limit 1",
    "empty it all": "truncate portal.answer cascade",
    "switch the rules off": "alter table portal.answer disable row level security",
    "become the owner": "set local role portal_owner",
    "become the definer": "set local role portal_definer",
    "change the clock": "update portal.record set received_at = now()",
    "change the status": "update portal.record set status = 'draft'",
}

# All that the role of SENAS may write in by itself, and what for. Whatever else it does goes through functions.
ITS_OWN = {
    "portal.correction": ({"insert"}, "asks for a child's details to be put right"),
    "portal.content": ({"insert"}, "brings a document"),
    "portal.document": ({"insert", "update"}, "brings one, takes it away or back, says who may open it"),
    "portal.document_request": ({"update"}, "grants or declines what somebody asked for about a document"),
    "portal.feedback": (
        {"insert", "update"},
        "says whether a page of Help was useful; takes a name out of what was said",
    ),
    "portal.hold": ({"insert", "update"}, "places a legal hold, lifts it"),
    "portal.invitation": ({"insert", "update", "delete"}, "notes that a family was invited, or was not"),
    "portal.letter": ({"insert"}, "tells whom it concerns"),
    "portal.look": ({"insert", "update"}, "remembers when somebody last read a record"),
    "portal.retention_rule": ({"insert"}, "says how long a request is kept"),
}


def words(owner: Owner) -> Any:
    """Everything anybody has written, as one number."""
    return value(
        owner,
        """select md5(string_agg(concat_ws('|', e.id, e.withdrawn_at, e.position, a.field, a.value, a.version), ','
                                 order by e.id, a.field))
           from portal.entry e left join portal.answer a on a.entry = e.id""",
    )


@pytest.mark.parametrize("table", WRITTEN)
def test_senas_has_no_right_to_write_in_any_column(owner: Owner, table: str) -> None:
    for right in ("insert", "update", "references"):
        held = value(owner, "select has_any_column_privilege('portal_p_senas', %s, %s)", [f"portal.{table}", right])
        assert not held, right
    for right in ("delete", "truncate", "trigger"):
        assert not value(owner, "select has_table_privilege('portal_p_senas', %s, %s)", [f"portal.{table}", right])
    assert value(owner, "select has_table_privilege('portal_p_senas', %s, 'select')", [f"portal.{table}"])


def test_senas_writes_in_nothing_that_is_not_listed_here_with_what_it_is_for(owner: Owner) -> None:
    rows = owner.execute(
        """select t.schemaname || '.' || t.tablename, r.name
           from pg_tables t, unnest(array['insert', 'update', 'delete', 'truncate']) r(name)
           where t.schemaname in ('portal', 'priv', 'audit') and case
               when r.name in ('insert', 'update')
               then has_any_column_privilege('portal_p_senas', t.schemaname || '.' || t.tablename, r.name)
               else has_table_privilege('portal_p_senas', t.schemaname || '.' || t.tablename, r.name) end"""
    ).fetchall()
    may: dict[str, set[str]] = {}
    for table, right in rows:
        may.setdefault(table, set()).add(right)
    assert may == {table: rights for table, (rights, _) in ITS_OWN.items()}
    assert not {f"portal.{table}" for table in WRITTEN} & set(may)
    assert set(column(owner, "select grantee from information_schema.role_table_grants where table_schema = 'portal'"
                             " and grantee in ('PUBLIC', 'portal_app')")) == set()  # fmt: skip


@pytest.mark.parametrize("table", WRITTEN)
def test_each_way_into_what_was_written_is_shut_to_them(
    app: Owner, owner: Owner, tokens: dict[str, str], table: str
) -> None:
    one = value(owner, "select column_name from information_schema.columns where table_schema = 'portal'"
                       " and table_name = %s and column_name in ('value', 'list', 'answers')", [table])  # fmt: skip
    for who in WHO:
        for way in (
            f"insert into portal.{table} select * from portal.{table}",
            f"update portal.{table} set {one} = {one}",
            f"delete from portal.{table}",
            f"truncate portal.{table}",
            f"copy portal.{table} from stdin",
            f"merge into portal.{table} it using portal.{table} that on it.ctid = that.ctid when matched then delete",
        ):
            with pytest.raises(NO_RIGHT), becoming(app, "portal_p_senas", tokens[who]) as somebody:
                somebody.execute(way.encode())


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", TRIES)
def test_as_themselves_they_change_nothing(
    app: Owner, owner: Owner, tokens: dict[str, str], who: str, name: str
) -> None:
    before = words(owner)
    with pytest.raises(NO_RIGHT), becoming(app, "portal_p_senas", tokens[who]) as somebody:
        somebody.execute(TRIES[name].encode())
    assert words(owner) == before


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("persona", ["portal_p_senco", "portal_p_adviser"])
def test_in_another_s_shape_they_reach_no_row(
    app: Owner, owner: Owner, tokens: dict[str, str], who: str, persona: str
) -> None:
    """A persona is worth what the session behind it is: theirs is no SENCO's and no adviser's."""
    before = words(owner)
    with becoming(app, persona, tokens[who]) as somebody:
        assert column(somebody, "select id from portal.entry") == []
        assert somebody.execute("update portal.answer set value = 'other', version = version + 1").rowcount == 0
        assert somebody.execute("update portal.entry set withdrawn_at = now()").rowcount == 0
    record = value(owner, "select id from portal.record where status <> 'draft' limit 1")
    for attempt in (
        "insert into portal.entry (record, setting, child, list)"
        " values (%(record)s, (select min(id) from portal.setting), gen_random_uuid(), 'outcomes')",
        "insert into portal.answer (entry, field, record, setting, child, value)"
        " values (gen_random_uuid(), 'reason', %(record)s, 1, gen_random_uuid(), 'other')",
    ):
        with pytest.raises(NO_RIGHT), becoming(app, persona, tokens[who]) as somebody:
            somebody.execute(attempt.encode(), {"record": record})
    assert words(owner) == before


def test_the_same_statements_do_change_something_for_who_may(app: Owner, tokens: dict[str, str]) -> None:
    """So that the above fails for the right reason."""
    with becoming(app, "portal_p_senco", tokens["amina"]) as amina:
        assert amina.execute("update portal.answer set value = 'other', version = version + 1"
                             " where exists (select from portal.entry e where e.id = entry and e.list = 'ersa')"
                             ).rowcount > 0  # fmt: skip
        assert amina.execute("update portal.entry set withdrawn_at = now() where list = 'parents'").rowcount > 0


def test_no_function_that_senas_may_call_writes_answers_for_them(owner: Owner) -> None:
    """Functions run with their owner's rights: none that writes in an answer is within SENAS's reach."""
    writing = column(
        owner,
        r"""select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname in ('portal', 'priv', 'audit')
              and p.prosrc ~* '(insert\s+into|update|delete\s+from)\s+portal\.(answer|entry|history|submission)\M'""",
    )
    assert "portal.answer_history()" in writing, "the search finds what writes"
    within = [f for f in writing if value(owner, "select has_function_privilege('portal_p_senas', %s, 'execute')", [f])]
    # an outcome of any team is taken out of a record, and put back: its words stay as they are (migrations/removal.sql)
    removing = ["portal.put_back(text,text,uuid)", "portal.take_out(text,text,uuid,text)"]
    assert sorted(within) == removing
    for function in removing:
        said = value(owner, "select prosrc from pg_proc where oid = %s::regprocedure", [function])
        assert set(re.findall(r"portal\.entry e\s+set (\w+)[^;]*?(?:, (\w+) = )", said)) <= {
            ("withdrawn_at", "withdrawn_reason")
        }
        assert not re.search(r"portal\.(answer|history|submission)", said)
