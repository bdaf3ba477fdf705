"""What the database lets nobody change: each persona writes its own part, and nothing rewrites the past."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from record.status import STATUS
from tests.persona import NO_RIGHT, Owner, becoming, column, person, signed_in, value
from tests.stage import SIGNED_IN

SAVE = """insert into portal.answer (entry, field, record, setting, child, value)
          select id, %(field)s, record, setting, child, 'new' from portal.entry where id = %(entry)s"""
CHANGE = "update portal.answer set value = 'changed', version = version + 1 where entry = %(entry)s"
WITHDRAW = "update portal.entry set withdrawn_at = now() where id = %(entry)s"
FOREIGN = psycopg.errors.ForeignKeyViolation


@pytest.fixture(scope="module")
def scene(owner: Owner) -> dict[str, Any]:
    """Two records of the demo: one of Brentmere that daljit is involved with, one of St Oswin's; entries in both."""
    found: dict[str, Any] = {}
    daljit = person(owner, "daljit")
    for name, setting, involved in (
        ("ours", "Brentmere Primary School", True),
        ("theirs", "St Oswin's High School", None),
    ):
        record, child, place = owner.execute(
            """select r.id, r.child, r.setting from portal.record r join portal.setting s on s.id = r.setting
               where s.name = %s and (r.status = 'draft' or not %s)
                 and (%s::bool is null or exists (select from portal.involvement i
                                                  where i.child = r.child and i.person = %s) = %s)
               limit 1""",
            [setting, name == "ours", involved, daljit, involved],
        ).fetchone() or (None, None, None)
        assert record, f"The demo needs a record at {setting}."
        found |= {name: record, f"{name}_child": child, f"{name}_setting": place}
        found[f"{name}_main"] = value(
            owner, "select id from portal.entry where record = %s and list = 'ersa'", [record]
        )
        for team, author in (("Schools", "amina"), ("SLT", "daljit"), ("EP", "ewa")):
            for list_name in ("outcomes", "professionals", "parents"):
                entry = value(
                    owner,
                    """insert into portal.entry (record, setting, child, list, author, team)
                       values (%s, %s, %s, %s, %s, %s) returning id""",
                    [record, place, child, list_name, person(owner, author), team],
                )
                owner.execute(SAVE.encode(), {"entry": entry, "field": "planted"})
                found[f"{name}_{list_name}_{team}"] = entry
        owner.execute(SAVE.encode(), {"entry": found[f"{name}_main"], "field": "planted"})
    return found


def rows(connection: Owner, statement: str, given: Any = None) -> int:
    """How many rows it touched (a truncate: all, said as one); -1 where it was refused outright."""
    try:
        with connection.transaction():
            return abs(connection.execute(statement.encode(), given).rowcount)
    except NO_RIGHT:
        return -1


# ---------------------------------------------------------------- who writes which answers


MAY_WRITE = """
amina   ours_main                    yes
amina   ours_parents_Schools         yes
amina   ours_outcomes_Schools        yes
amina   ours_outcomes_SLT            no
amina   ours_outcomes_EP             no
amina   ours_professionals_SLT       yes
amina   theirs_main                  no
amina   theirs_outcomes_Schools      no
ben     ours_main                    yes
ben     ours_outcomes_Schools        yes
carys   ours_main                    no
carys   ours_outcomes_Schools        no
carys   theirs_main                  yes
daljit  ours_main                    no
daljit  ours_parents_SLT             no
daljit  ours_outcomes_Schools        no
daljit  ours_outcomes_EP             no
daljit  ours_outcomes_SLT            yes
daljit  ours_professionals_SLT       yes
daljit  ours_professionals_Schools   no
farah   ours_main                    no
farah   theirs_main                  no
farah   theirs_outcomes_Schools      no
grace   theirs_main                  no
hassan  ours_main                    no
"""


@pytest.mark.parametrize("line", MAY_WRITE.strip().splitlines())
def test_an_answer_is_written_by_whom_the_table_says(
    app: Owner, tokens: dict[str, str], scene: dict[str, Any], line: str
) -> None:
    who, where, may = line.split()
    given = {"entry": scene[where], "field": "fresh"}
    with signed_in(app, tokens, who):
        made, changed = rows(app, SAVE, given), rows(app, CHANGE, given)
    assert (made > 0 and changed > 0) if may == "yes" else (made <= 0 and changed <= 0), (made, changed)


@pytest.mark.parametrize("line", [line for line in MAY_WRITE.strip().splitlines() if "_main" not in line])
def test_an_entry_is_moved_and_withdrawn_by_whom_the_table_says(
    app: Owner, tokens: dict[str, str], scene: dict[str, Any], line: str
) -> None:
    who, where, may = line.split()
    with signed_in(app, tokens, who):
        touched = rows(app, WITHDRAW, {"entry": scene[where]})
    assert (touched == 1) == (may == "yes")


def test_the_form_s_own_entry_is_never_withdrawn_or_made_twice(
    app: Owner, tokens: dict[str, str], scene: dict[str, Any]
) -> None:
    given = {"entry": scene["ours_main"], "record": scene["ours"]}
    with signed_in(app, tokens, "amina"):
        assert rows(app, WITHDRAW, given) == 0
        assert rows(app, ADD.format("ersa"), given) == -1


ADD = """insert into portal.entry (record, setting, child, list)
         select id, setting, child, '{}' from portal.record where id = %(record)s"""


@pytest.mark.parametrize("name", ["parents", "results", "cycles", "diagnoses", "ersa"])
def test_an_adviser_adds_contacts_and_outcomes_and_nothing_else(
    app: Owner, tokens: dict[str, str], scene: dict[str, Any], name: str
) -> None:
    with signed_in(app, tokens, "daljit"):
        assert rows(app, ADD.format(name), {"record": scene["ours"]}) == -1
        assert rows(app, ADD.format("outcomes"), {"record": scene["ours"]}) == 1
        assert rows(app, ADD.format("professionals"), {"record": scene["ours"]}) == 1


def test_a_withdrawn_entry_is_not_written_in(app: Owner, tokens: dict[str, str], scene: dict[str, Any]) -> None:
    given = {"entry": scene["ours_outcomes_Schools"], "field": "fresh"}
    with signed_in(app, tokens, "amina"):
        assert rows(app, WITHDRAW, given) == 1
        assert rows(app, SAVE, given) == -1
        assert rows(app, CHANGE, given) == 0


# ---------------------------------------------------------------- whose name stands there


@pytest.mark.parametrize(
    ("table", "name"),
    [("answer", "author"), ("answer", "saved_at"), ("entry", "author"), ("entry", "team"), ("entry", "withdrawn_by"),
     ("record", "started_by"), ("record", "coordinator"), ("record", "received_at"),
     ("submission", "submitted_by"), ("submission", "received_at"),
     ("document", "added_by"), ("child", "added_by"), ("child", "demo")],
)  # fmt: skip
def test_nobody_says_who_did_it_or_when(owner: Owner, table: str, name: str) -> None:
    able = column(
        owner,
        """select rolname from pg_roles where starts_with(rolname, 'portal_p_')
           and (has_column_privilege(oid, %s, %s, 'insert') or has_column_privilege(oid, %s, %s, 'update'))""",
        [f"portal.{table}", name] * 2,
    )
    assert not able


def test_author_time_and_history_are_written_by_the_database(
    owner: Owner, app: Owner, tokens: dict[str, str], scene: dict[str, Any]
) -> None:
    given = {"entry": scene["ours_main"], "field": "fresh"}
    with signed_in(app, tokens, "ben"):
        assert rows(app, SAVE, given) == 1
        assert rows(app, CHANGE, given) > 0
        found = app.execute(
            """select h.version, h.value, h.author, h.saved_at between now() and clock_timestamp()
               from portal.history h where h.entry = %(entry)s and h.field = 'fresh' order by h.version""", given
        ).fetchall()  # fmt: skip
    me = person(owner, "ben")
    assert found == [(1, "new", me, True), (2, "changed", me, True)]


@pytest.mark.parametrize("who", ["amina", "daljit", "farah"])
@pytest.mark.parametrize("table", ["membership", "involvement"])
def test_nobody_lets_themselves_in(app: Owner, tokens: dict[str, str], who: str, table: str) -> None:
    key = "setting" if table == "membership" else "child"
    with signed_in(app, tokens, who):
        assert rows(app, f"insert into portal.{table} (person, {key}) select priv.me(), {key} from portal.record") == -1
        assert rows(app, f"update portal.{table} set person = priv.me()") == -1
        assert rows(app, "update portal.person set role = 'senas' where id = priv.me()") == -1


# ---------------------------------------------------------------- another setting's rows, and the life of a request


def test_a_senco_touches_no_row_of_another_setting(app: Owner, tokens: dict[str, str], scene: dict[str, Any]) -> None:
    with signed_in(app, tokens, "amina"):
        assert rows(app, "update portal.record set status = 'submitted' where id = %(theirs)s", scene) == 0
        assert rows(app, "update portal.answer set value = 'x', version = 9 where record = %(theirs)s", scene) == 0
        assert rows(app, "update portal.entry set position = 9 where record = %(theirs)s", scene) == 0
        for statement in (
            "insert into portal.entry (record, setting, child, list)"
            " values (%(theirs)s, %(theirs_setting)s, %(theirs_child)s, 'parents')",
            "insert into portal.record (child, setting, form) values (%(theirs_child)s, %(theirs_setting)s, 'VNOV22')",
            "insert into portal.child (setting, first_name, surname, dob, sex)"
            " values (%(theirs_setting)s, 'New', 'Child', '2019-01-01', 'F')",
            "insert into portal.submission (record, setting, child, form, answers)"
            " values (%(theirs)s, %(theirs_setting)s, %(theirs_child)s, 'VNOV22', '{}')",
            "update portal.child set setting = %(ours_setting)s where id = %(theirs_child)s",
            "update portal.child set surname = 'x' where id = %(ours_child)s",
        ):
            assert rows(app, statement, scene) == -1, statement


def test_another_setting_s_record_cannot_be_taken_in_under_one_s_own(
    app: Owner, tokens: dict[str, str], scene: dict[str, Any]
) -> None:
    """A row that lies about its setting does not fit; nor does one for a record that does not exist."""
    statement = """insert into portal.entry (record, setting, child, list)
                   values (%(record)s, %(ours_setting)s, %(theirs_child)s, 'parents')"""
    for record in (scene["theirs"], uuid4()):
        with signed_in(app, tokens, "amina"), pytest.raises(FOREIGN), app.transaction():
            app.execute(statement.encode(), scene | {"record": record})


def test_an_answer_stays_in_the_record_of_its_entry(app: Owner, tokens: dict[str, str], scene: dict[str, Any]) -> None:
    """An entry of one record cannot carry an answer that says it belongs to another."""
    statement = """insert into portal.answer (entry, field, record, setting, child, value)
                   select %(ours_main)s, 'stray', r.id, r.setting, r.child, 'x' from portal.record r
                   where r.id <> %(ours)s limit 1"""
    with signed_in(app, tokens, "amina"), pytest.raises((FOREIGN, NO_RIGHT)), app.transaction():
        app.execute(statement.encode(), scene)


@pytest.mark.parametrize("status", [status for status in STATUS if status != "draft"])  # a draft is one already
def test_a_senco_moves_a_request_from_draft_to_submitted_and_no_further(
    owner: Owner, app: Owner, tokens: dict[str, str], scene: dict[str, Any], status: str
) -> None:
    """And to submitted only with what was sent beside it, whose moment is the one the law counts from."""
    move = "update portal.record set status = %(status)s where id = %(ours)s"
    send = """insert into portal.submission (record, setting, child, form, answers)
              select r.id, r.setting, r.child, r.form, '{}' from portal.record r where r.id = %(ours)s"""
    with signed_in(app, tokens, "amina"):
        assert rows(app, move, scene | {"status": status}) <= 0, "nothing was sent"
        assert rows(app, send, scene) == 1
        assert (rows(app, move, scene | {"status": status}) == 1) == (status == "submitted")
        if status == "submitted":
            same = "select 1 from portal.record r join portal.submission s on s.record = r.id"
            where = " where r.id = %(ours)s and r.received_at = s.received_at"
            assert rows(app, same + where, scene) == 1
            assert rows(app, move, scene | {"status": "draft"}) <= 0, "after the submission it is SENAS' to move"
    for who in ("daljit", "farah", "grace", "hassan"):
        with signed_in(app, tokens, who):
            assert rows(app, move, scene | {"status": status}) == -1


# ---------------------------------------------------------------- the past


FOR_GOOD = (
    "update audit.event set action = 'x'",
    "update audit.event set person = null",
    "delete from audit.event",
    "truncate audit.event",
    "update portal.history set value = 'x'",
    "update portal.history set author = null",
    "update portal.history set saved_at = now()",
    "delete from portal.history",
    "truncate portal.history",
    "update portal.submission set answers = '{}'",
    "update portal.submission set received_at = now()",
    "update portal.submission set submitted_by = 1",
    "delete from portal.submission",
    "truncate portal.submission cascade",
    "update portal.content set content = ''",
    "update portal.document set sha256 = '' where submission is not null",
    "delete from portal.document where submission is not null",
    "truncate portal.content",
    "truncate portal.document cascade",
)


@pytest.mark.parametrize("statement", FOR_GOOD)
def test_the_past_is_not_rewritten_by_whoever_owns_it(owner: Owner, statement: str) -> None:
    """Not by a superuser, nor by those who own the tables and the functions."""
    for role in ("postgres", "portal_definer", "portal_owner"):
        with owner.transaction(force_rollback=True):
            owner.execute(f"set local role {role}".encode())
            touched = rows(owner, statement)
            assert touched == -1 or (role == "portal_owner" and touched == 0), f"{role} changed {touched} rows"


@pytest.mark.parametrize("who", SIGNED_IN)
@pytest.mark.parametrize("statement", FOR_GOOD)
def test_the_past_is_not_rewritten_by_anybody_signed_in(
    app: Owner, tokens: dict[str, str], who: str, statement: str
) -> None:
    with signed_in(app, tokens, who):
        assert rows(app, statement) == -1


def test_nobody_writes_on_the_trail_in_another_s_name(owner: Owner, app: Owner, tokens: dict[str, str]) -> None:
    with signed_in(app, tokens, "amina"):
        assert rows(app, "insert into audit.event (person, action) values (1, 'x')") == -1
    since = value(owner, "select max(id) from audit.event")
    app.execute("begin")
    app.execute("select set_config('app.tok', %s, true), set_config('role', 'portal_p_senco', true)", [tokens["amina"]])
    app.execute("select audit.note('record.read')")
    app.execute("commit")
    assert column(owner, "select person from audit.event where id > %s", [since]) == [person(owner, "amina")]


# ---------------------------------------------------------------- letters, and the demo's own door


def test_letters_are_written_by_who_is_signed_in_and_read_by_the_loop_alone(app: Owner, tokens: dict[str, str]) -> None:
    write = "insert into portal.letter (recipient, subject, body) values ('a@b.example', 'x', 'y')"
    for who in SIGNED_IN:
        with signed_in(app, tokens, who):
            assert rows(app, write) == 1
            assert rows(app, "select 1 from portal.letter") == -1
    with becoming(app, "portal_p_senco", ""):
        assert rows(app, write) == -1


def test_the_page_of_codes_knows_no_real_person_s(owner: Owner, app: Owner) -> None:
    with becoming(app, "portal_p_door", ""):
        assert app.execute("select person from priv.demo_seed('carys')").fetchall() != []
    owner.execute("update portal.person set demo = false where id = %s", [person(owner, "carys")])
    try:
        with becoming(app, "portal_p_door", ""):
            assert app.execute("select person from priv.demo_seed('carys')").fetchall() == []
    finally:
        owner.execute("update portal.person set demo = true where id = %s", [person(owner, "carys")])
