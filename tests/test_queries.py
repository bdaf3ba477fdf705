"""Named queries: found in files, run in one transaction as one persona, with errors a route can answer."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import pytest

import sql
from sql import Database, Identity, Refused, Unavailable
from sql.cluster import Cluster
from tests.fixtures_database import make_database

WORDS = """-- What the tests ask.

-- The word of that number, or no row. 100 % of it.
-- name: open :one
select id, text
from word
where id = %(id)s

-- name: list :many
-- All words, shortest first.
select id, text from word where text like '%%' order by length(text), id

-- name: text :value
select text from word where id = %(id)s

-- name: save :none
insert into word (id, text) values (%(id)s, %(text)s)

-- Who runs this, and how.
-- name: whoami :one
select current_user::text as role, current_setting('app.tok') as token,
    current_setting('transaction_read_only') as read_only, session_user::text as login

-- name: sleep :none
select pg_sleep(%(seconds)s)

-- name: lock :none
lock table word in access exclusive mode

-- name: leave_behind :none
select set_config('app.tok', 'left behind', false) as token, set_config('role', 'portal_p_senco', false) as role

-- name: hidden :many
select * from secret
"""
AMINA = Identity("portal_p_senco", "amina's token")


@pytest.fixture(scope="module")
def database_url(cluster: Cluster) -> str:
    """A database with a table of words that a SENCO may read and write, and one that nobody may."""
    make_database(cluster, "queries")
    with psycopg.connect(cluster.url("portal_migrator", "queries"), autocommit=True) as connection:
        connection.execute("create table word (id int primary key, text text not null)")
        connection.execute("create table secret (id int)")
        connection.execute("grant select, insert on word to portal_p_senco")
        connection.execute("grant select on word to portal_p_door")
    return cluster.url("portal_app", "queries")


@pytest.fixture
def known(tmp_path: Path) -> dict[tuple[str, str], sql.Statement]:
    (tmp_path / "word.sql").write_text(WORDS)
    return sql.load(tmp_path)


@pytest.fixture
def run(database_url: str, known: dict) -> Callable[..., None]:
    """Run a coroutine function that is given an open Database; every table is empty before."""

    def runner(story: Callable[[Database], Awaitable[None]], max_size: int = 4, url: str = database_url) -> None:
        async def whole() -> None:
            async with Database(url, max_size, known=known) as database:
                await story(database)

        asyncio.run(whole())

    return runner


@pytest.fixture(autouse=True)
def _empty(cluster: Cluster, database_url: str) -> None:
    with psycopg.connect(cluster.url("postgres", "queries"), autocommit=True) as connection:
        connection.execute("truncate word")


# Files


def test_a_statement_keeps_its_words_and_loses_its_comments(known: dict) -> None:
    opened = known["word", "open"]
    assert (opened.kind, opened.parameters) == ("one", {"id"})
    assert opened.text == "select id, text\nfrom word\nwhere id = %(id)s"
    assert opened.comment == "The word of that number, or no row. 100 % of it."
    assert known["word", "list"].comment == "All words, shortest first."
    assert known["word", "whoami"].comment == "Who runs this, and how."
    assert known["word", "sleep"].comment == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("-- name: open :first\nselect 1", "open is :first"),
        ("-- name: open :one\nselect 1\n-- name: open :one\nselect 2", "open stands there twice"),
        ("-- name: open :one\n-- nothing\n", "open has a heading and no statement"),
        ("select 1\n-- name: open :one\nselect 2", "before the first"),
        ("-- name: open :one\nselect 1\n-- name: list many\nselect 2", "open is followed by a heading that is not"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "word.sql").write_text(text)
    with pytest.raises(ValueError, match=f"word.sql: .*{fault}"):
        sql.load(tmp_path)


def test_our_own_files_are_all_in_order() -> None:
    assert ("record", "open") in sql.statements()


def test_every_statement_of_ours_can_be_prepared(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("postgres", "migrated"), autocommit=True) as connection:
        for (file, name), statement in sql.statements().items():
            text = statement.text.replace("%%", "%")
            for number, parameter in enumerate(sorted(statement.parameters), 1):
                text = text.replace(f"%({parameter})s", f"${number}")
            result = connection.pgconn.prepare(b"", text.encode())
            assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, (file, name, result.error_message.decode())


# What they give


def test_each_kind_gives_what_its_heading_says(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async with database.writing(AMINA) as q:
            assert await q.word.save(id=1, text="żółw 🐢") == 1
            assert await q.word.save(id=2, text="it's") == 1
        async with database.reading(AMINA) as q:
            row = await q.word.open(id=1)
            assert (row.id, row.text) == (1, "żółw 🐢")
            assert await q.word.open(id=9) is None
            assert [each.text for each in await q.word.list()] == ["it's", "żółw 🐢"]
            assert await q.word.text(id=2) == "it's"
            assert await q.word.text(id=9) is None

    run(story)


@pytest.mark.parametrize("given", [{}, {"id": 1, "word": 2}, {"ID": 1}])
def test_a_wrong_parameter_is_named(run: Callable[..., None], given: dict) -> None:
    async def story(database: Database) -> None:
        async with database.reading(AMINA) as q:
            with pytest.raises(TypeError, match=r"word\.open takes \(id\)"):
                await q.word.open(**given)

    run(story)


def test_an_unknown_statement_is_named(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async with database.reading(AMINA) as q:
            with pytest.raises(AttributeError, match=r"sql/word\.sql has no statement '-- name: shout'"):
                await q.word.shout()

    run(story)


# As whom


def test_a_transaction_runs_as_its_persona_with_its_token(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async with database.reading(AMINA) as q:
            assert await q.word.whoami() == ("portal_p_senco", "amina's token", "on", "portal_app")
        async with database.writing(AMINA) as q:
            assert await q.word.whoami() == ("portal_p_senco", "amina's token", "off", "portal_app")
        async with database.reading(Identity.door) as q:
            assert await q.word.whoami() == ("portal_p_door", "", "on", "portal_app")

    run(story)


def test_nothing_of_one_request_is_left_for_the_next(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async with database.writing(AMINA) as q:
            await q.word.leave_behind()
        async with database._pool.connection() as connection:
            cursor = await connection.execute("select current_user, current_setting('app.tok', true)")
            assert await cursor.fetchone() in (("portal_app", ""), ("portal_app", None))

    run(story, max_size=1)


def test_many_at_once_each_stay_themselves(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async def one(number: int) -> None:
            persona = ("portal_p_senco", "portal_p_door")[number % 2]
            async with database.reading(Identity(persona, f"token {number}")) as q:
                await q.word.sleep(seconds=0.002)
                assert (await q.word.whoami())[:2] == (persona, f"token {number}")

        await asyncio.gather(*(one(number) for number in range(40)))

    run(story)


@pytest.mark.parametrize("persona", ["portal_app", "postgres", "portal_p_", "portal_p_senco;", "PORTAL_P_SENCO", ""])
def test_only_a_persona_can_be_taken_on(persona: str) -> None:
    with pytest.raises(ValueError, match="is not a persona"):
        Identity(persona, "")


def test_what_the_rules_forbid_is_refused_and_the_next_request_works(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        with pytest.raises(Refused, match="secret"):
            async with database.reading(AMINA) as q:
                await q.word.hidden()
        with pytest.raises(Refused, match="word"):
            async with database.writing(Identity.door) as q:
                await q.word.save(id=1, text="no")
        async with database.reading(AMINA) as q:
            assert await q.word.list() == []

    run(story, max_size=1)


def test_an_unknown_persona_breaks_no_connection(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        for _ in range(3):
            with pytest.raises(psycopg.Error):
                async with database.reading(Identity("portal_p_stranger", "")):
                    pytest.fail("it was let in")
            async with database.reading(AMINA) as q:
                assert await q.word.list() == []

    run(story, max_size=1)


# Transactions


def test_reading_cannot_write(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            async with database.reading(AMINA) as q:
                await q.word.save(id=1, text="no")
        async with database.reading(AMINA) as q:
            assert await q.word.list() == []

    run(story)


def test_an_error_in_the_handler_undoes_what_it_wrote(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async def fail() -> None:
            async with database.writing(AMINA) as q:
                await q.word.save(id=1, text="no")
                raise KeyError

        with pytest.raises(KeyError):
            await fail()
        async with database.reading(AMINA) as q:
            assert await q.word.list() == []

    run(story)


def test_a_failed_statement_that_is_put_aside_is_not_taken_for_saved(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async with database.writing(AMINA) as q:
            await q.word.save(id=1, text="first")

        async def save_two() -> None:
            async with database.writing(AMINA) as q:
                await q.word.save(id=2, text="second")
                with pytest.raises(psycopg.errors.UniqueViolation):
                    await q.word.save(id=1, text="again")

        with pytest.raises(RuntimeError, match="nothing is saved"):
            await save_two()
        async with database.reading(AMINA) as q:
            assert [row.text for row in await q.word.list()] == ["first"]

    run(story)


def test_a_request_that_is_given_up_frees_its_connection(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async def slow() -> None:
            async with database.writing(AMINA) as q:
                await q.word.save(id=1, text="half")
                await q.word.sleep(seconds=30)

        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(slow(), 0.3)
        async with database.reading(AMINA) as q:
            assert await q.word.list() == []
        assert time.monotonic() - began < 3

    run(story, max_size=1)


# When the database is away, busy or slow


def test_a_busy_pool_says_so_soon(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async with database.reading(AMINA) as q:
            await q.word.list()
            began = time.monotonic()
            with pytest.raises(Unavailable):
                async with database.reading(AMINA):
                    pytest.fail("there was a connection")
            assert time.monotonic() - began < 4

    run(story, max_size=1)


def test_too_many_waiting_are_turned_away_at_once(run: Callable[..., None]) -> None:
    async def story(database: Database) -> None:
        async def wait() -> float:
            began = time.monotonic()
            with pytest.raises(Unavailable):
                async with database.reading(AMINA):
                    pytest.fail("there was a connection")
            return time.monotonic() - began

        async with database.reading(AMINA):
            took = sorted(await asyncio.gather(*(wait() for _ in range(30))))
        assert took[19] < 1, "the twenty beyond those that may wait had to wait"
        assert took[-1] < 4

    run(story, max_size=1)


def test_a_lock_held_too_long_is_unavailable(run: Callable[..., None], cluster: Cluster) -> None:
    async def story(database: Database) -> None:
        with psycopg.connect(cluster.url("postgres", "queries")) as holder:
            holder.execute("lock table word in access exclusive mode")
            began = time.monotonic()
            with pytest.raises(Unavailable):
                async with database.writing(AMINA) as q:
                    await q.word.save(id=1, text="late")
            assert 4 < time.monotonic() - began < 8
        async with database.writing(AMINA) as q:
            assert await q.word.save(id=1, text="now") == 1

    run(story)


def test_ended_connections_are_replaced_without_a_failure(run: Callable[..., None], cluster: Cluster) -> None:
    async def story(database: Database) -> None:
        for _ in range(5):
            async with database.reading(AMINA) as q:
                await q.word.list()
            end_connections(cluster)
            async with database.reading(AMINA) as q:
                await q.word.list()

    run(story)


def test_a_connection_ended_in_the_middle_is_unavailable(run: Callable[..., None], cluster: Cluster) -> None:
    async def story(database: Database) -> None:
        async def save_two() -> None:
            async with database.writing(AMINA) as q:
                await q.word.save(id=1, text="half")
                end_connections(cluster)
                await q.word.save(id=2, text="whole")

        with pytest.raises(Unavailable):
            await save_two()
        async with database.reading(AMINA) as q:
            assert await q.word.list() == []

    run(story)


def end_connections(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as killer:
        killer.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'portal_app'")


def test_a_killed_server_is_unavailable_until_it_is_revived(reachable_folder: Path, run: Callable[..., None]) -> None:
    with Cluster(reachable_folder / "killed", system_home=reachable_folder) as killed:
        with psycopg.connect(killed.superuser_url, autocommit=True) as connection:
            connection.execute("create role portal_p_senco")
            connection.execute("create table word (id int primary key, text text not null)")
            connection.execute("grant select, insert on word to portal_p_senco")

        async def story(database: Database) -> None:
            async with database.writing(AMINA) as q:
                await q.word.save(id=1, text="kept")
            os.kill(int((killed.data / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
            with pytest.raises(Unavailable):
                await asyncio.wait_for(ask_on(database), 5)  # its children may answer once more before they end
            deadline = time.monotonic() + 10
            await asyncio.to_thread(revive)
            while time.monotonic() < deadline:
                with contextlib.suppress(Unavailable):
                    assert await words(database) == ["kept"]
                    return
            pytest.fail("it did not recover")

        async def ask_on(database: Database) -> None:
            while True:
                await words(database)

        def revive() -> None:
            deadline = time.monotonic() + 10
            while not killed.revive():
                assert time.monotonic() < deadline, "its end went unnoticed"
                time.sleep(0.05)

        async def words(database: Database) -> list[str]:
            async with database.reading(AMINA) as q:
                return [row.text for row in await q.word.list()]

        run(story, url=killed.superuser_url)


def test_a_server_that_accepts_and_never_answers_is_unavailable(known: dict) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        held: list[socket.socket] = []
        threading.Thread(target=lambda: held.append(silent.accept()[0]), daemon=True).start()

        async def story() -> None:
            database = Database(f"host=127.0.0.1 port={port} user=u password=p dbname=d", known=known)
            began = time.monotonic()
            try:
                with pytest.raises(Unavailable):
                    await database.open(patience=1)
            finally:
                await database.close()
            assert time.monotonic() - began < 8

        asyncio.run(story())
        for connection in held:
            connection.close()


def test_the_settings_of_a_given_url_are_kept() -> None:
    made = psycopg.conninfo.conninfo_to_dict(sql._patient("postgresql://u@h/d?connect_timeout=9&options=-cgeqo%3Doff"))
    assert made["connect_timeout"] == "9"
    assert made["options"].startswith("-cgeqo=off -c statement_timeout=15s")
    assert made["keepalives_idle"] == "5"
