"""Starting: settings that are wrong are said in a sentence, the demo keeps away from real data, one portal a folder."""

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import server
from tests.fixtures_database import TestDatabase
from tests.fixtures_server import HERE, KEYS, SECRET, free_port

REAL = {
    "DATABASE_URL": "postgresql://portal_app@db.example/portal",
    "PORTAL_OWNER_DATABASE_URL": "postgresql://owner@db.example/portal",
    "PORTAL_BASE_URL": "https://send.example.gov.uk",
    "PORTAL_SMTP_URL": "smtps://mail.example",
    "PORTAL_SECRET": SECRET,
    "PORTAL_KEYS": KEYS,
}


def test_a_council_needs_only_its_addresses_and_secrets() -> None:
    settings = server.read_settings(REAL)
    assert not settings.demo
    assert not settings.cheap_hashes
    assert (settings.council, settings.receipt_days, settings.idle.total_seconds()) == ("Ealing Council", 3, 600)


@pytest.mark.parametrize("missing", [name for name in REAL if name != "DATABASE_URL"])
def test_a_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(server.Unusable, match=missing):
        server.read_settings({name: value for name, value in REAL.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "eighty"),
        ("PORTAL_IDLE_MINUTES", "-1"),
        ("PORTAL_WARN_SECONDS", "600"),
        ("PORTAL_DEMO", "maybe"),
        ("PORTAL_COLOUR", "green"),
        ("PORTAL_BASE_URL", "send.example"),
        ("PORTAL_SMTP_URL", "mail.example"),
        ("PORTAL_SECRET", "short"),
        ("PORTAL_KEYS", "1:" + base64.b64encode(b"too short").decode()),
        ("PORTAL_KEYS", "one:" + base64.b64encode(b"k" * 32).decode()),
        ("DATABASE_URL", "not a connection"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(server.Unusable, match=name):
        server.read_settings({**REAL, name: value})


def test_real_people_never_get_quick_hashes() -> None:
    assert not server.read_settings({**REAL, "PORTAL_CHEAP_HASHES": "yes"}).cheap_hashes


def run(environment: dict[str, str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """``python server.py`` until it ends by itself."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "server.py"],
        cwd=HERE,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def test_the_demo_does_not_start_on_anything_but_demo_data(database: TestDatabase, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("insert into portal.person (name, role) values ('A real person', 'senco')")
    ended = run(
        {
            "DATABASE_URL": database.app_url,
            "PORTAL_OWNER_DATABASE_URL": database.owner_url,
            "PORTAL_DEMO": "yes",
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_PORT": str(free_port()),
        }
    )
    assert ended.returncode == 1
    assert "This database holds more than demo data" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(tmp_path: Path) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    ended = run(
        {"DATABASE_URL": away, "PORTAL_OWNER_DATABASE_URL": away, "PORTAL_DEMO": "yes", "PORTAL_DATA": str(tmp_path)}
    )
    assert ended.returncode == 1
    assert "The database cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture(scope="module")
def trial(reachable_folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str], Path]]:
    """The whole trial as ``make run`` starts it, with PostgreSQL and Node off the PATH."""
    data, port = reachable_folder / "trial", free_port()
    programs = [
        part
        for part in os.environ["PATH"].split(":")
        if not any((Path(part) / name).exists() for name in ("postgres", "pg_config", "initdb"))
    ]
    environment = {
        "PATH": ":".join(programs),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PORTAL_DATA": str(data),
        "PORTAL_PORT": str(port),
        "PORTAL_CHEAP_HASHES": "yes",
    }
    process = subprocess.Popen(
        [sys.executable, "server.py"],
        cwd=HERE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                break
        except httpx2.TransportError:
            time.sleep(0.2)
    yield process, environment, data
    if process.poll() is None:
        process.terminate()
        process.wait(30)
    shutil.rmtree(data, ignore_errors=True)


def servers(data: Path) -> list[str]:
    """The PostgreSQL servers that work in that folder."""
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return re.findall(rf"^\S*postgres -D {re.escape(str(data))}\S*", listed, re.MULTILINE)


def test_it_starts_with_nothing_but_python_and_lists_the_demo_people(trial) -> None:
    process, environment, data = trial
    assert process.poll() is None
    assert "amina" in httpx2.get(f"http://127.0.0.1:{environment['PORTAL_PORT']}/sign-in").text
    assert len(servers(data)) == 1
    assert (data / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_second_start_from_the_same_folder_says_that_one_runs(trial) -> None:
    _, environment, _ = trial
    ended = run(environment)
    assert ended.returncode == 1
    assert "already runs" in ended.stderr
    assert f"http://127.0.0.1:{environment['PORTAL_PORT']}" in ended.stderr


def test_a_postgresql_that_is_killed_is_started_again(trial) -> None:
    _, environment, data = trial
    process_id = int((data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(process_id, signal.SIGKILL)
    deadline = time.monotonic() + 30
    answer = 0
    while time.monotonic() < deadline and answer != 200:
        time.sleep(0.3)
        answer = httpx2.get(f"http://127.0.0.1:{environment['PORTAL_PORT']}/healthz", timeout=10).status_code
    assert answer == 200
    assert int((data / "postgres" / "data" / "postmaster.pid").read_text().split()[0]) != process_id


def test_ctrl_c_stops_everything(trial) -> None:
    process, _, data = trial
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in printed
    assert re.search(r"amina +maple-tram-lantern", printed)
    assert servers(data) == []
