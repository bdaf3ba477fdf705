"""Migrations: each once and for good, the rules again and again, by an owner who is no superuser."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from migrations import FOLDER, CheckFailed, MigrationFailed, check, migrate
from record.names import filed, fold
from sql.cluster import Cluster, find_binaries
from tests.fixtures_database import make_database

SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
ROLES = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'portal_p_test') then create role portal_p_test nologin; end if;
    if not exists (select from pg_roles where rolname = 'portal_app') then create role portal_app nologin; end if;
end $$;
grant portal_p_test to portal_app;
"""


@pytest.fixture(scope="module", params=[None, *SYSTEM], ids=lambda folder: folder.parent.name if folder else "wheel")
def server(request: pytest.FixtureRequest, reachable_folder: Path) -> Iterator[Cluster]:
    """A server of each kind of binaries on which nothing has been migrated yet."""
    folder = reachable_folder / f"bare-{time.monotonic_ns()}"
    with Cluster(folder, preferred=request.param, system_home=reachable_folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def owner_url(server: Cluster, request: pytest.FixtureRequest) -> str:
    """A database of its own for this test, as yet empty, as its owner."""
    name = f"empty_{time.monotonic_ns()}"
    make_database(server, name)
    return server.url("portal_migrator", name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of migrations."""
    (tmp_path / "roles.sql").write_text(ROLES)
    (tmp_path / "0001_word.sql").write_text("create table word (text text); insert into word values ('one 100 %');")
    (tmp_path / "rules.sql").write_text("grant select on word to portal_p_test;")
    return tmp_path


def ask(conninfo: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def run(owner_url: str, folder: Path, password: str = "secret") -> list[str]:
    return migrate(owner_url, "portal_app", password, folder, set_password=True)


def as_login(owner_url: str, user: str, password: str) -> str:
    return psycopg.conninfo.make_conninfo(owner_url, user=user, password=password)


def test_each_migration_runs_once_and_the_rules_when_something_ran(owner_url: str, folder: Path) -> None:
    assert run(owner_url, folder) == ["0001_word.sql", "rules.sql"]
    assert run(owner_url, folder) == []
    (folder / "0002_other.sql").write_text("create table other (); insert into word values ('two');")
    assert run(owner_url, folder) == ["0002_other.sql", "rules.sql"]
    assert ask(owner_url, "select text from word order by 1") == [("one 100 %",), ("two",)]


def test_changed_rules_are_applied_whole(owner_url: str, folder: Path) -> None:
    run(owner_url, folder)
    (folder / "rules.sql").write_text("revoke all on word from portal_p_test;")
    assert run(owner_url, folder) == ["rules.sql"]
    assert ask(owner_url, "select has_table_privilege('portal_p_test', 'word', 'select')") == [(False,)]


def test_files_without_a_number_follow_the_rules(owner_url: str, folder: Path) -> None:
    (folder / "accounts.sql").write_text("insert into word values ('after ' || (select count(*) from word));")
    (folder / "rules.sql").write_text("delete from word;")
    assert run(owner_url, folder) == ["0001_word.sql", "rules.sql", "accounts.sql"]
    assert ask(owner_url, "select text from word") == [("after 0",)]
    (folder / "accounts.sql").write_text("insert into word values ('again');")
    assert run(owner_url, folder) == ["rules.sql", "accounts.sql"]
    assert ask(owner_url, "select text from word") == [("again",)]


def test_a_landed_migration_may_not_change(owner_url: str, folder: Path) -> None:
    run(owner_url, folder)
    landed = folder / "0001_word.sql"
    landed.write_bytes(landed.read_bytes() + b"\r\n-- one more thought")
    with pytest.raises(MigrationFailed, match=r"0001_word\.sql was changed after it was applied"):
        run(owner_url, folder)


def test_line_ends_do_not_count_as_a_change(owner_url: str, folder: Path) -> None:
    landed = folder / "0001_word.sql"
    landed.write_text(landed.read_text() + "\n-- the end\n")
    run(owner_url, folder)
    landed.write_bytes(landed.read_bytes().replace(b"\n", b"\r\n"))
    assert run(owner_url, folder) == []


def test_an_older_portal_refuses_a_newer_database(owner_url: str, folder: Path) -> None:
    run(owner_url, folder)
    (folder / "0001_word.sql").rename(folder / "0001_name.sql")
    with pytest.raises(MigrationFailed, match=r"newer portal: it has 0001_word\.sql"):
        run(owner_url, folder)


def test_a_migration_cannot_slip_in_below_a_landed_one(owner_url: str, folder: Path) -> None:
    (folder / "0003_third.sql").write_text("create table third ();")
    run(owner_url, folder)
    (folder / "0002_second.sql").write_text("create table second ();")
    with pytest.raises(MigrationFailed, match=r"0002_second\.sql comes before 0003_third\.sql"):
        run(owner_url, folder)


@pytest.mark.parametrize("name", ["0001_again.sql", "2_two.sql", "0002-two.sql", "0002_Two.sql"])
def test_a_wrong_name_is_refused_before_anything_runs(owner_url: str, folder: Path, name: str) -> None:
    (folder / name).write_text("select 1")
    with pytest.raises(MigrationFailed, match=r"same number|is named like"):
        run(owner_url, folder)
    assert ask(owner_url, "select to_regclass('word')") == [(None,)]


def test_a_failing_migration_leaves_nothing_of_itself_and_names_its_line(owner_url: str, folder: Path) -> None:
    (folder / "0002_wrong.sql").write_text("create table half ();\n-- ż\nselect nonsense;\n")
    with pytest.raises(MigrationFailed, match=r"0002_wrong\.sql, line 3: .*nonsense"):
        run(owner_url, folder)
    assert ask(owner_url, "select to_regclass('half'), to_regclass('word') is not null") == [(None, True)]
    (folder / "0002_wrong.sql").write_text("create table half ();")
    assert run(owner_url, folder) == ["0002_wrong.sql", "rules.sql"]


def test_failing_rules_leave_the_old_ones_standing(owner_url: str, folder: Path) -> None:
    run(owner_url, folder)
    (folder / "rules.sql").write_text("revoke all on word from portal_p_test;")
    (folder / "seal.sql").write_text("select nonsense;")
    with pytest.raises(MigrationFailed, match=r"seal\.sql, line 1"):
        run(owner_url, folder)
    assert ask(owner_url, "select has_table_privilege('portal_p_test', 'word', 'select')") == [(True,)]


def test_a_migration_that_commits_by_itself_is_refused(owner_url: str, folder: Path) -> None:
    (folder / "0002_loose.sql").write_text("create table loose (); commit;")
    with pytest.raises(MigrationFailed, match=r"0002_loose\.sql ends its own transaction"):
        run(owner_url, folder)


def test_a_role_taken_on_in_a_migration_ends_with_it(owner_url: str, folder: Path) -> None:
    (folder / "roles.sql").write_text(ROLES + "do $$ begin execute format('grant portal_p_test to %I', user); end $$;")
    (folder / "0002_as.sql").write_text("set role portal_p_test;")
    (folder / "0003_mine.sql").write_text("create table mine ();")
    run(owner_url, folder)
    assert ask(owner_url, "select tableowner from pg_tables where tablename = 'mine'") == [("portal_migrator",)]


def test_starts_at_the_same_moment_migrate_once(owner_url: str, folder: Path) -> None:
    (folder / "0002_slow.sql").write_text("select pg_sleep(0.3); create table slow ();")
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(run(owner_url, folder))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, applied)) == [0, 0, 0, 3]


def test_a_migration_waits_for_a_busy_table_without_making_others_queue(owner_url: str, folder: Path) -> None:
    run(owner_url, folder)
    (folder / "0002_wider.sql").write_text("alter table word add more text;")
    with psycopg.connect(owner_url) as reader:
        reader.execute("select * from word")
        migration = threading.Thread(target=lambda: run(owner_url, folder))
        migration.start()
        slowest = 0.0
        for _ in range(15):
            began = time.monotonic()
            ask(owner_url, "select * from word")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.1)
    migration.join()
    assert slowest < 1.2, "a reader queued behind the migration"
    assert ask(owner_url, "select more from word") == [(None,)]


# The portal's login


def test_the_portals_login_is_made_and_may_do_nothing_of_itself(owner_url: str, folder: Path) -> None:
    run(owner_url, folder, "first")
    app = as_login(owner_url, "portal_app", "first")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(app, "select * from word")
    assert ask(app, "set role portal_p_test") == []
    with psycopg.connect(app) as connection:
        connection.execute("set role portal_p_test")
        assert connection.execute("select count(*) from word").fetchone() == (1,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(app, "create temporary table mine ()")
    check(app)


def test_a_login_made_by_somebody_else_stops_inheriting(server: Cluster, owner_url: str, folder: Path) -> None:
    ask(owner_url, "create role heir login inherit password 'own'")
    (folder / "roles.sql").write_text(ROLES + "grant portal_p_test to heir;")
    migrate(owner_url, "heir", None, folder)
    app = as_login(owner_url, "heir", "own")
    check(app)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(app, "select * from word")


def test_the_password_changes_only_where_that_is_wanted(owner_url: str, folder: Path) -> None:
    run(owner_url, folder, "first")
    migrate(owner_url, "portal_app", "second", folder)
    check(as_login(owner_url, "portal_app", "first"))
    run(owner_url, folder, "second")
    check(as_login(owner_url, "portal_app", "second"))


def test_a_login_of_another_name_gets_the_same_personas(owner_url: str, folder: Path) -> None:
    migrate(owner_url, "ealing_send", "own", folder)
    app = as_login(owner_url, "ealing_send", "own")
    check(app)
    with psycopg.connect(app) as connection:
        connection.execute("set role portal_p_test")
    assert ask(owner_url, "select rolinherit from pg_roles where rolname = 'ealing_send'") == [(False,)]
    (folder / "roles.sql").write_text(ROLES.replace("portal_p_test", "portal_p_later"))
    migrate(owner_url, "ealing_send", None, folder)
    with psycopg.connect(app) as connection:
        connection.execute("set role portal_p_later")


def test_a_login_without_a_password_is_named(owner_url: str, folder: Path) -> None:
    with pytest.raises(MigrationFailed, match="login stranger cannot sign in, and no password"):
        migrate(owner_url, "stranger", None, folder)


def test_a_superuser_is_refused_as_the_portals_login(server: Cluster, owner_url: str, folder: Path) -> None:
    with pytest.raises(MigrationFailed, match="login postgres is a superuser"):
        migrate(owner_url, "postgres", None, folder)


# The portal's own migrations


def test_our_own_migrations_apply_and_pass_the_checks(server: Cluster, owner_url: str) -> None:
    assert "rules.sql" in migrate(owner_url, "portal_app", "own", set_password=True)
    assert migrate(owner_url, "portal_app", None) == []
    check(as_login(owner_url, "portal_app", "own"))
    assert FOLDER.joinpath("roles.sql").exists()


def test_children_of_before_are_filed_as_new_ones_are(server: Cluster, owner_url: str, tmp_path: Path) -> None:
    shutil.copy(FOLDER / "roles.sql", tmp_path)
    for path in FOLDER.glob("0*.sql"):
        if path.name < "0032":
            shutil.copy(path, tmp_path)
    migrate(owner_url, "portal_app", "own", tmp_path)
    children = [
        ("Łapa", "Kofi", ""), ("de Souza", "Ana", "Maria"), ("O’Brien-Smith", "Zoë", ""), ("van der Berg", "Jo", "Å."),
        ("D'Arcy (Jones)", "Al", ""), ("Nguyễn\u00a0Văn", "Thị Ánh", ""), ("ਕੌਰ", "ਗੁਰਪ੍ਰੀਤ", ""), ("Kim", "–", ""),
    ]  # fmt: skip
    everything = server.url("postgres", psycopg.conninfo.conninfo_to_dict(owner_url)["dbname"])
    with psycopg.connect(everything, autocommit=True) as connection:
        connection.execute("insert into portal.setting (name, kind) values ('School', 'primary')")
        for last, first, middle in children:
            connection.execute(
                "insert into portal.child (setting, surname, first_name, middle_names, dob, sex, search)"
                " select id, %s, %s, %s, '2016-05-05', 'F', %s from portal.setting",
                [last, first, middle, fold(f"{first} {middle} {last}")],
            )
    shutil.copy(FOLDER / "0032_child_order.sql", tmp_path)
    assert migrate(owner_url, "portal_app", None, tmp_path) == ["0032_child_order.sql"]
    with psycopg.connect(everything) as connection:
        stored = dict(connection.execute("select surname, search from portal.child").fetchall())
    assert stored == {last: filed(last, first, middle) for last, first, middle in children}


# Checks at the start


def refusal(conninfo: str) -> str:
    with pytest.raises(CheckFailed) as told:
        check(conninfo)
    return str(told.value)


@pytest.fixture
def app(server: Cluster, owner_url: str, folder: Path) -> Iterator[str]:
    """A login that passes the checks until the test spoils it."""
    migrate(owner_url, "spoiled", "own", folder)
    conninfo = as_login(owner_url, "spoiled", "own")
    check(conninfo)
    superuser = server.url("postgres", str(psycopg.conninfo.conninfo_to_dict(owner_url)["dbname"]))
    ask(superuser, "create role hoarder")
    yield conninfo
    ask(superuser, "drop owned by spoiled, hoarder; drop role spoiled, hoarder")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("alter role spoiled superuser", "is a superuser"),
        ("alter role spoiled bypassrls", "bypasses row-level security"),
        ("create schema its_own authorization spoiled", "owns things"),
        ("create schema its authorization hoarder; grant hoarder to spoiled", "can become hoarder, which owns things"),
        ("alter role spoiled inherit; grant hoarder to spoiled", "make it NOINHERIT"),
        ("grant postgres to spoiled", "can become postgres, which is a superuser"),
        ("grant pg_read_all_data to spoiled", "can become pg_read_all_data"),
        ("alter role spoiled set synchronous_commit = off", "synchronous_commit = off"),
    ],
)
def test_an_unsafe_login_is_refused(server: Cluster, owner_url: str, app: str, spoil: str, reason: str) -> None:
    database = str(psycopg.conninfo.conninfo_to_dict(owner_url)["dbname"])
    ask(server.url("postgres", database), spoil)
    assert reason in refusal(app)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_could_lose_words_is_refused(reachable_folder: Path, folder: Path, setting: str) -> None:
    place = reachable_folder / f"spoiled-{time.monotonic_ns()}"
    with Cluster(place, system_home=reachable_folder, settings={setting: "off"}) as spoiled:
        migrate(spoiled.owner_url, "portal_app", "own", folder)
        assert f"{setting} = off" in refusal(as_login(spoiled.owner_url, "portal_app", "own"))
    shutil.rmtree(place)


def test_another_encoding_is_refused(server: Cluster, folder: Path) -> None:
    name = f"latin_{time.monotonic_ns()}"
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(
            f'create database "{name}" owner portal_migrator encoding latin1 locale "C" template template0'
        )
    (folder / "0001_word.sql").write_text("create table word ();")
    migrate(server.url("portal_migrator", name), "portal_app", "latin", folder, set_password=True)
    assert "encoding is LATIN1" in refusal(as_login(server.url("portal_migrator", name), "portal_app", "latin"))


def test_the_wheel_is_among_the_servers_tested() -> None:
    assert find_binaries().major >= 17
