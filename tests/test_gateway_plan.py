"""How much the Gateway reads, counted in blocks of the database and not in time: no more for more children."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

import sql
from record.names import filed
from routes.gateway import PAGE
from tests.fixtures_database import TestDatabase
from tests.persona import Owner, column, session, signed_in, value

MANY = 20_000  # children
MOST = 2_500  # blocks; to look at every child takes 20,000 of them
SETTINGS = 50
NOTHING = {"words": [], "upn": None, "dob": None, "reference": None, "all": False, "after": None}
SURNAMES = ("Ali", "Łapa", "de Souza", "Świątek", "Brown", "O’Brien", "Żak", "Zhang", "Ahmed", "Šimić")
WHO = ("amina", "daljit", "farah", "grace")


def add_children(owner: Owner, first: int, last: int) -> None:
    """Children of many settings, most with a request, as an import of the whole borough would leave them."""
    surnames = [f"{SURNAMES[n % 10]}{n % 997}" for n in range(first, last)]
    search = [filed(surname, f"Child {n}") for n, surname in enumerate(surnames, first)]
    with owner.transaction():
        owner.execute("set local session_replication_role = replica")
        owner.execute(
            """insert into portal.child (setting, first_name, surname, dob, sex, upn, search, changed_at, added_at)
               select s.id, 'Child ' || n.at, n.surname, date '2010-01-01' + (n.at %% 4000)::int, 'U',
                      'A' || lpad(n.at::text, 12, '0'), n.search, now() - n.at %% 90 * interval '1 day', now()
               from (select g.search, g.surname, g.ord + %s - 1 as at
                     from unnest(%s::text[], %s::text[]) with ordinality as g(search, surname, ord)) n
               join (select id, row_number() over (order by id) as place, count(*) over () as whole
                     from portal.setting) s on s.place = n.at %% s.whole + 1""",
            [first, search, surnames],
        )
        owner.execute(
            """insert into portal.record (child, setting, form, status, received_at)
               select c.id, c.setting, 'VNOV22', case when ord % 5 = 0 then 'draft' else 'submitted' end, now()
               from (select id, setting, row_number() over (order by id) as ord from portal.child
                     where not exists (select from portal.record r where r.child = child.id)) c
               where ord % 7 > 0"""
        )
    owner.execute("vacuum analyze portal.child")
    owner.execute("vacuum analyze portal.record")


@pytest.fixture(scope="module")
def owner(demo_database: TestDatabase) -> Iterator[Owner]:
    with psycopg.connect(demo_database.superuser_url, autocommit=True) as connection:
        connection.execute(
            "insert into portal.setting (name, kind) select 'Setting ' || n, 'primary' from generate_series(1, %s) n",
            [SETTINGS],
        )
        yield connection


@pytest.fixture(scope="module")
def tokens(owner: Owner) -> dict[str, str]:
    return {who: session(owner, who) for who in WHO}


@pytest.fixture(scope="module")
def app(demo_database: TestDatabase, owner: Owner) -> Iterator[Owner]:
    """The portal's own connection, once there are many children."""
    add_children(owner, 0, MANY)
    with psycopg.connect(demo_database.app_url, autocommit=True) as connection:
        yield connection


def text_of(name: str) -> bytes:
    return sql.statements()["gateway", name].text.encode()


def blocks(app: Owner, name: str, **asked: Any) -> int:
    """How many blocks of the database a statement of the Gateway's reads, prepared and run before as it is in use."""
    order: dict[str, int] = {}
    text = sql.PARAMETER.sub(lambda m: f"${order.setdefault(m[1], len(order) + 1)}", text_of(name).decode())
    usual = {**NOTHING, "most": PAGE + 1}
    call = f"execute it ({', '.join(['%s'] * len(order))})"
    app.execute("deallocate all")
    app.execute(f"prepare it as {text.replace('%%', '%')}".encode())
    with psycopg.ClientCursor(app) as cursor:
        for _ in range(7):
            cursor.execute(call, [usual[key] for key in order])
        cursor.execute(
            f"explain (analyze, buffers, timing off, format json) {call}", [{**usual, **asked}[k] for k in order]
        )
        found = cursor.fetchone()
    assert found
    whole = found[0][0]["Plan"]
    return int(whole["Shared Hit Blocks"] + whole["Shared Read Blocks"])


SEARCHES = {
    "nothing": {},
    "reference": {"reference": "ERSA-001500", "all": True},
    "UPN": {"upn": "A0000000015", "all": True},
    "birthday": {"dob": date(2012, 2, 2), "all": True},
}


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("name", ["by_name", "by_change", "count"])
@pytest.mark.parametrize("who", WHO)
def test_a_page_reads_little_among_many_children(
    app: Owner, tokens: dict[str, str], who: str, name: str, search: dict[str, Any]
) -> None:
    with signed_in(app, tokens, who):
        if name == "count":
            assert blocks(app, name, **search, most=1_001) < MOST
            return
        assert blocks(app, name, **search) < MOST
        middle = value(
            app, "select id from portal.child order by search offset (select count(*) / 2 from portal.child) limit 1"
        )
        assert blocks(app, name, **search, after=middle) < MOST


@pytest.mark.parametrize("name", ["by_name", "by_change"])
def test_page_by_page_every_child_is_there_once_and_in_order(app: Owner, tokens: dict[str, str], name: str) -> None:
    seen: list[Any] = []
    with signed_in(app, tokens, "amina"):
        order = {"by_name": "search, id", "by_change": "changed_at desc, id desc"}[name]
        whole = column(app, f"select id from portal.child order by {order}")
        times = column(app, "select count(*) from portal.child group by changed_at")
        while True:
            found = app.execute(
                text_of(name), {**NOTHING, "all": True, "most": PAGE, "after": seen[-1] if seen else None}
            ).fetchall()
            seen += [row[0] for row in found]
            if not found:
                break
    assert seen == whole
    assert len(whole) > 10 * PAGE
    assert max(times) > 1, "some were changed at the same moment"
