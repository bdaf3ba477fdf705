"""Loading the demo: whole or not at all, once, with authors, histories and papers."""

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pikepdf
import psycopg
import pytest
from argon2 import PasswordHasher
from psycopg.rows import namedtuple_row

from migrations.demo import CAST, load
from migrations.demo.records import Record
from record.form import Need
from sql.cluster import Cluster
from tests.fixtures_database import TestDatabase, fresh_database
from tests.test_demo import PEOPLE, TODAY, records


def written(record: Record) -> int:
    return len(record.answers) + sum(bool(value) for entry in record.entries for value in entry.answers.values())


def one_page(given: dict[str, Any]) -> bytes:
    """A true PDF, told apart by its title."""
    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Title"] = given["reference"]
    paper = io.BytesIO()
    made.save(paper)
    return paper.getvalue()


@pytest.fixture(scope="module")
def loaded(database: TestDatabase) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection to a database with the demo in it, that sees everything."""
    assert load(database.owner_url, TODAY, one_page, history=False) is True
    with psycopg.connect(database.superuser_url) as connection:
        yield connection


def one(connection: psycopg.Connection[tuple[Any, ...]], query: Any, *values: Any) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row and len(row) == 1 else row


def test_it_is_loaded_once(loaded: psycopg.Connection[tuple[Any, ...]], database: TestDatabase) -> None:
    before = one(loaded, "select count(*) from portal.child")
    loaded.rollback()
    assert load(database.owner_url, TODAY, one_page) is False
    assert one(loaded, "select count(*) from portal.child") == before >= 48


def test_a_failure_half_way_leaves_nothing_behind(cluster: Cluster) -> None:
    def no_paper(given: dict[str, Any]) -> bytes:
        raise RuntimeError("out of paper")

    with fresh_database(cluster, "half_a_demo") as empty:
        with pytest.raises(RuntimeError, match="out of paper"):
            load(empty.owner_url, TODAY, no_paper)
        with psycopg.connect(empty.superuser_url) as connection:
            assert one(connection, "select count(*) from portal.person") == 0


def test_it_holds_only_what_is_marked_as_demo(loaded: psycopg.Connection[tuple[Any, ...]]) -> None:
    assert one(loaded, "select bool_and(demo) from portal.person")
    assert one(loaded, "select bool_and(demo) from portal.child")
    loaded.execute("set role portal_definer")
    assert one(loaded, "select priv.only_demo()")
    loaded.execute("reset role")


def test_every_one_of_the_cast_can_sign_in_with_their_temporary_password(
    loaded: psycopg.Connection[tuple[Any, ...]],
) -> None:
    rows = loaded.execute("select username, password, temporary, disabled_at from priv.account").fetchall()
    accounts = {username: rest for username, *rest in rows}
    assert set(accounts) == {person.username for person in CAST}
    for person in CAST:
        hashed, temporary, disabled = accounts[person.username]
        assert PasswordHasher().verify(hashed, person.password)
        assert temporary
        assert disabled is None


def test_every_senco_belongs_to_their_setting(loaded: psycopg.Connection[tuple[Any, ...]]) -> None:
    rows = loaded.execute(
        """select p.name, s.name from portal.membership m
           join portal.person p on p.id = m.person join portal.setting s on s.id = m.setting"""
    ).fetchall()
    assert dict(rows) == {p.name: p.setting for p in PEOPLE.values() if p.setting}


def test_the_advisers_work_with_children_of_several_settings(loaded: psycopg.Connection[tuple[Any, ...]]) -> None:
    rows = loaded.execute(
        """select p.name, count(*), count(distinct c.setting) from portal.involvement i
           join portal.person p on p.id = i.person join portal.child c on c.id = i.child group by 1"""
    ).fetchall()
    found = {name: (children, settings) for name, children, settings in rows}
    assert set(found) == {"Daljit Gill", "Ewa Zielińska"}
    assert all(children >= 10 and settings >= 3 for children, settings in found.values())


def test_every_answer_has_its_author_its_history_and_a_time_that_was(
    loaded: psycopg.Connection[tuple[Any, ...]],
) -> None:
    told = sum(
        len(r.answers) + sum(len([v for v in e.answers.values() if v]) for e in r.entries) for r in records().values()
    )
    assert one(loaded, "select count(*) from portal.answer") == told
    assert one(loaded, "select count(*) from portal.answer where author is null or saved_at > now()") == 0
    assert one(loaded, "select count(*) from portal.history") == told + sum(len(r.earlier) for r in records().values())
    versions = loaded.execute(
        """select h.version, h.value, p.name from portal.history h join portal.person p on p.id = h.author
           join portal.child c on c.id = h.child
           where c.first_name = 'Kacper' and h.field = 'reason' order by h.version"""
    ).fetchall()
    assert [(version, name) for version, _, name in versions] == [(1, "Ben Carter"), (2, "Amina Yusuf")]
    assert versions[1][1] == records()["kacper"].answers["reason"]


def test_outcomes_belong_to_the_team_that_wrote_them(loaded: psycopg.Connection[tuple[Any, ...]]) -> None:
    rows = loaded.execute(
        """select e.team, a.value from portal.entry e join portal.answer a on a.entry = e.id and a.field = 'team'
           where e.list = 'outcomes'"""
    ).fetchall()
    assert {team for team, _ in rows} == {"SLT", "EP", "Schools"}
    assert all(team == said for team, said in rows)


def test_every_submitted_record_has_its_frozen_answers_and_its_paper(
    loaded: psycopg.Connection[tuple[Any, ...]],
) -> None:
    with loaded.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(
            """select r.reference, r.status, r.received_at, s.received_at as frozen_at, s.answers, s.incomplete_reason,
                      s.lacking, d.name, d.category, d.author, p.name as sender, d.size, d.pages, d.sha256, c.content
               from portal.record r
               left join portal.submission s on s.record = r.id
               left join portal.document d on d.submission = s.id
               left join portal.content c on c.document = d.id
               left join portal.person p on p.id = s.submitted_by"""
        ).fetchall()
    sent = [row for row in rows if row.status != "draft"]
    assert len(sent) == sum(r.status != "draft" for r in records().values())
    assert all(row.frozen_at is None and row.content is None for row in rows if row.status == "draft")
    for row in sent:
        assert row.received_at == row.frozen_at < datetime.now(UTC)
        assert row.answers["answers"]["reason"]
        assert row.answers["answers"]["first_name"]
        assert bool(row.incomplete_reason) == any(m["need"] == Need.REQUIRED for m in row.lacking)
        assert (row.name, row.category, row.author) == ("ERSA – School (VNOV22)", "ERSA", row.sender)
        assert (row.size, row.pages) == (len(row.content), 1)
        assert row.sha256 == hashlib.sha256(row.content).digest()
        with pikepdf.open(io.BytesIO(row.content)) as paper:
            assert str(paper.docinfo["/Title"]) == row.reference


def test_a_child_is_found_by_a_name_without_accents(loaded: psycopg.Connection[tuple[Any, ...]]) -> None:
    found = loaded.execute("select surname from portal.child where search like '% wisniewski%'").fetchall()
    assert found == [("Wiśniewski",)]
