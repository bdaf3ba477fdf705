"""What the database lets somebody see and write who is asked for advice and not involved with the child otherwise."""

from collections.abc import Iterator
from typing import Any

import pytest

from record import VNOV22
from record.case import OPEN
from record.form import Section
from record.personal import TAB as PERSONAL
from tests.persona import NO_RIGHT, Owner, becoming, column, person, signed_in, value

MINE, THEIRS = "SLT", "EP"
LISTS = ("ersa", "outcomes", "parents", "professionals", "appendix_c", "appendix_f")


@pytest.fixture(scope="module")
def record(owner: Owner) -> Any:
    """A submitted record that daljit has nothing to do with; in it entries of both teams, each with an answer."""
    it, child, place = owner.execute(
        """select r.id, r.child, r.setting from portal.record r join portal.submission s on s.record = r.id
           where not exists (select from portal.involvement i where i.child = r.child and i.person = %s)
             and r.status = any (%s) limit 1""",
        [person(owner, "daljit"), list(OPEN)],
    ).fetchone() or (None, None, None)
    for team, author in ((MINE, "daljit"), (THEIRS, "ewa"), ("Schools", "amina")):
        for name in LISTS[1:]:
            entry = value(
                owner,
                "insert into portal.entry (record, setting, child, list, author, team)"
                " values (%s, %s, %s, %s, %s, %s) returning id",
                [it, place, child, name, person(owner, author), team],
            )
            field = "appendix_background" if name.startswith("appendix_") else "first_name"
            answer(owner, entry, field)
    main = value(owner, "select id from portal.entry where record = %s and list = 'ersa'", [it])
    for field in ("reason", "religion"):
        answer(owner, main, field)
    for kept in ("all", "senas"):
        owner.execute(
            "insert into portal.document (record, setting, child, name, category, dated, size, sha256, availability)"
            " values (%s, %s, %s, %s, 'slt', current_date, 1, '', %s)",
            [it, place, child, kept, kept],
        )
    return it


def answer(owner: Owner, entry: Any, field: str) -> None:
    owner.execute(
        "insert into portal.answer (entry, field, record, setting, child, value)"
        " select id, %s, record, setting, child, 'planted' from portal.entry where id = %s"
        " on conflict (entry, field) do update set value = 'planted', version = answer.version + 1",
        [field, entry],
    )


@pytest.fixture
def asked(owner: Owner, record: Any) -> Iterator[Any]:
    """Daljit is asked for Appendix C of it; the request's id."""
    made = value(
        owner,
        "insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due)"
        " select id, setting, child, 'appendix_c', %s, %s, current_date + 30 from portal.record"
        " where id = %s returning id",
        [person(owner, "daljit"), person(owner, "farah"), record],
    )
    yield made
    owner.execute("delete from portal.advice_request where id = %s", [made])


def seen(app: Owner, tokens: dict[str, str], record: Any) -> dict[str, Any]:
    """What daljit sees of the record, by table."""
    with signed_in(app, tokens, "daljit"):
        return {
            "record": column(app, "select id from portal.record where id = %s", [record]),
            "child": column(
                app, "select c.id from portal.child c join portal.record r on r.child = c.id where r.id = %s", [record]
            ),
            "entries": set(app.execute("select list, team from portal.entry where record = %s", [record]).fetchall()),
            "answers": set(column(app, "select field from portal.answer where record = %s", [record])),
            "history": set(column(app, "select field from portal.history where record = %s", [record])),
            "documents": set(column(app, "select name from portal.document where record = %s", [record])),
            "submission": column(app, "select id from portal.submission where record = %s", [record]),
            "steps": column(app, "select id from portal.step where record = %s", [record]),
        }  # fmt: skip


def test_who_is_asked_sees_whose_it_is_the_personal_details_the_appendix_and_their_team_s_outcomes(
    app: Owner, tokens: dict[str, str], record: Any, asked: Any
) -> None:
    it = seen(app, tokens, record)
    assert (len(it["record"]), len(it["child"])) == (1, 1)
    assert it["entries"] == {("ersa", ""), ("outcomes", MINE), ("appendix_c", MINE)}
    personal = {f.name for part in PERSONAL.parts if isinstance(part, Section) for f in part.fields}
    assert "religion" in it["answers"]
    assert it["answers"] - {"first_name", "appendix_background"} <= personal
    assert it["history"] - {"first_name", "appendix_background"} <= personal
    assert (it["documents"], it["submission"], it["steps"]) == (set(), [], [])


def test_an_outcome_said_to_be_their_team_s_is_theirs_to_read_whoever_wrote_it(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any
) -> None:
    entry = value(
        owner,
        "select id from portal.entry where record = %s and list = 'outcomes' and team = %s",
        [record, THEIRS],
    )
    owner.execute(
        "insert into portal.answer (entry, field, record, setting, child, value)"
        " select id, 'team', record, setting, child, %s from portal.entry where id = %s",
        [MINE, entry],
    )
    try:
        assert ("outcomes", THEIRS) in seen(app, tokens, record)["entries"]
        with signed_in(app, tokens, "daljit"):
            changed = "update portal.answer set value = 'x' where entry = %s returning entry"
            assert column(app, changed, [entry]) == [], "to read, not to change"
    finally:
        owner.execute("delete from portal.answer where entry = %s and field = 'team'", [entry])


def test_the_whole_request_is_the_ersa_and_what_is_available_to_all(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any
) -> None:
    owner.execute("update portal.advice_request set whole = true where id = %s", [asked])
    it = seen(app, tokens, record)
    assert {("parents", "Schools"), ("outcomes", THEIRS), ("professionals", THEIRS)} <= it["entries"]
    assert not {("appendix_c", THEIRS), ("appendix_f", "Schools")} & it["entries"], "nobody's draft"
    assert "reason" in it["answers"]
    assert "all" in it["documents"]
    assert "senas" not in it["documents"]
    assert (len(it["submission"]), it["steps"]) == (1, [])


@pytest.mark.parametrize("state", ["declined", "passed", "done", "cancelled"])
def test_when_the_request_ends_so_does_all_it_let_them_see(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any, state: str
) -> None:
    owner.execute(
        "update portal.advice_request set state = %s, whole = true, ended_at = now(), reason = 'x' where id = %s",
        [state, asked],
    )
    assert not any(seen(app, tokens, record).values())


def test_one_request_s_end_does_not_end_another_and_both_ends_leave_nothing(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any
) -> None:
    second = value(
        owner,
        "insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due)"
        " select record, setting, child, 'appendix_f', asked_of, asked_by, due from portal.advice_request"
        " where id = %s returning id",
        [asked],
    )
    ends = "update portal.advice_request set state = 'declined', reason = 'x', ended_at = now() where id = %s"
    try:
        assert ("appendix_f", MINE) in seen(app, tokens, record)["entries"]
        owner.execute(ends, [asked])
        assert seen(app, tokens, record)["entries"] == {("ersa", ""), ("outcomes", MINE), ("appendix_f", MINE)}
        owner.execute(ends, [second])
        assert not any(seen(app, tokens, record).values())
    finally:
        owner.execute("delete from portal.advice_request where id = %s", [second])


@pytest.fixture
def withdrawn(owner: Owner, record: Any) -> Iterator[None]:
    """The request for an assessment is over."""
    before = value(owner, "select status from portal.record where id = %s", [record])
    owner.execute("update portal.record set status = 'withdrawn' where id = %s", [record])
    yield
    owner.execute("update portal.record set status = %s where id = %s", [before, record])


def test_when_the_assessment_is_over_they_see_what_they_had_begun_and_no_more(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any, withdrawn: None
) -> None:
    owner.execute("update portal.advice_request set whole = true where id = %s", [asked])
    it = seen(app, tokens, record)
    assert it["entries"] == {("ersa", ""), ("outcomes", MINE), ("appendix_c", MINE)}
    assert (it["documents"], it["submission"], it["steps"]) == (set(), [], [])


def test_when_the_assessment_is_over_they_see_nothing_who_had_begun_nothing(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any, withdrawn: None
) -> None:
    owner.execute("update portal.advice_request set list = 'appendix_d', whole = true where id = %s", [asked])
    assert not any(seen(app, tokens, record).values())


ADD = """insert into portal.entry (id, record, setting, child, list)
         select gen_random_uuid(), id, setting, child, %s from portal.record where id = %s"""
WRITE = """insert into portal.answer (entry, field, record, setting, child, value)
           select id, %s, record, setting, child, 'mine' from portal.entry
           where record = %s and list = %s and team = %s limit 1
           on conflict (entry, field) do update set value = 'mine', version = answer.version + 1"""


def written(app: Owner, tokens: dict[str, str], statement: str, given: list[Any]) -> int:
    """How many rows daljit wrote; -1 where it was refused."""
    with signed_in(app, tokens, "daljit"):
        try:
            with app.transaction():
                return app.execute(statement.encode(), given).rowcount
        except NO_RIGHT:
            return -1


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_they_write_the_appendix_and_their_own_team_s_outcomes_and_nothing_else(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any, asked: Any, name: str, whole: bool
) -> None:
    owner.execute("update portal.advice_request set whole = %s where id = %s", [whole, asked])
    may = name in ("outcomes", "appendix_c")
    assert (written(app, tokens, ADD, [name, record]) == 1) == may
    field = "appendix_support" if name.startswith("appendix_") else "provision"
    for team in (MINE, THEIRS, "Schools", ""):
        done = written(app, tokens, WRITE, [field, record, name, team])
        assert (done == 1) == (may and team == MINE), team
    taken_out = "update portal.entry set withdrawn_at = now() where record = %s and list = %s and team = %s"
    for team in (MINE, THEIRS):
        assert (written(app, tokens, taken_out, [record, name, team]) > 0) == (may and team == MINE)


def test_nobody_asks_for_another_or_opens_more_for_oneself(
    app: Owner, tokens: dict[str, str], asked: Any, record: Any
) -> None:
    more = "update portal.advice_request set whole = true where id = %s"
    assert written(app, tokens, more, [asked]) == -1
    for call, given in (
        ("select portal.advice_change(%s, current_date + 60, true)", [asked]),
        ("select portal.advice_cancel(%s)", [asked]),
        ("select portal.advice_ask(%s, 'appendix_d', 5, '', current_date, '', true, '{EP}')", [record]),
    ):
        assert written(app, tokens, call, given) == -1, call


def test_a_team_that_is_asked_sees_nothing_until_one_of_them_takes_it(
    owner: Owner, app: Owner, tokens: dict[str, str], record: Any
) -> None:
    wanted = value(
        owner,
        "insert into portal.advice_request (record, setting, child, list, team, asked_by, due)"
        " select id, setting, child, 'appendix_c', %s, %s, current_date + 30 from portal.record"
        " where id = %s returning id",
        [MINE, person(owner, "farah"), record],
    )
    try:
        assert not any(seen(app, tokens, record).values())
        with signed_in(app, tokens, "ewa"):
            assert value(app, "select portal.advice_take(%s)", [wanted]) is None, "she is of another team"
        with becoming(app, "portal_p_senas", tokens["farah"]), pytest.raises(NO_RIGHT):
            app.execute("select portal.advice_take(%s)", [wanted])
        with signed_in(app, tokens, "daljit"):
            assert column(app, "select id from portal.advice_mine() where not mine") == [wanted]
            assert value(app, "select portal.advice_take(%s)", [wanted]) == record
            assert column(app, "select id from portal.record where id = %s", [record]) == [record]
    finally:
        owner.execute("delete from portal.advice_request where id = %s", [wanted])


def test_the_personal_details_are_those_of_the_form(owner: Owner) -> None:
    told = value(owner, "select priv.personal_fields()")
    fields = [f for part in PERSONAL.parts if isinstance(part, Section) for f in part.fields]
    assert told == [f.name for f in fields if not f.locked]
    assert all(f.name.startswith("appendix_") for tab in VNOV22.appendices for part in tab.lists for f in part.fields)
