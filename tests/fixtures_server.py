"""The real server for the tests: its own process on a demo database, and the cast to sign in as."""

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psycopg
import pytest

from migrations import demo
from record.clock import today
from sql.cluster import Cluster
from tests.fixtures_database import TestDatabase, fresh_database, make_database

HERE = Path(__file__).parent.parent
DEMO = "demo"
SECRET = "the tests' own secret, which signs nothing anybody keeps"
KEYS = "1:" + base64.b64encode(b"k" * 32).decode()
PASSWORD = "willow umbrella sandcastle"


def oath(secret: str, *more: str) -> str:
    """The current code for a secret, by an implementation that is not ours."""
    return subprocess.check_output(["oathtool", "--totp", "-b", secret, *more], text=True).strip()


@dataclass
class Portal:
    """A running server. ``sign_in`` gives an HTTP client signed in as one of the cast."""

    url: str
    folder: Path
    database: TestDatabase
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    secrets: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "server.py"], cwd=HERE, env=self.environment, stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"The server ended: {(self.folder / 'server.log').read_text()[-3000:]}")
            try:
                if httpx2.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError("The server does not answer.")

    def stop(self, *, kill: bool = False) -> None:
        """End the process as Ctrl-C would, or without warning."""
        if self.process and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(20)
        self.log.close()

    def logged(self) -> str:
        """What the server wrote so far."""
        return (self.folder / "server.log").read_text()

    def client(self) -> httpx2.Client:
        """A browser without scripts: keeps cookies, says where its requests come from, follows nothing by itself."""
        return httpx2.Client(base_url=self.url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30)

    def owner(self) -> psycopg.Connection:
        """A connection that row-level security does not hold back, to look behind the portal."""
        return psycopg.connect(self.database.superuser_url, autocommit=True)

    def forget_codes(self) -> None:
        """Let a code be used again, so that a test need not wait half a minute for the next."""
        with self.owner() as connection:
            connection.execute("update priv.account set last_step = 0")
            connection.execute("delete from priv.bucket")

    def sign_in(self, username: str) -> httpx2.Client:
        """Somebody signed in, through the pages. The first time they choose a password and enrol."""
        self.forget_codes()
        client = self.client()
        temporary = next(member.password for member in demo.CAST if member.username == username)
        client.post("/sign-in", data={"username": username})
        enrolled = username in self.secrets
        answer = client.post("/sign-in/password", data={"password": PASSWORD if enrolled else temporary})
        if answer.headers.get("location") == "/sign-in/choose":
            answer = client.post("/sign-in/choose", data={"password": PASSWORD, "again": PASSWORD})
            assert answer.headers.get("location") == "/sign-in/authenticator", answer.text
            page = client.get("/sign-in/authenticator").text
            found = re.search(r"((?:[A-Z2-7]{4}\s){7}[A-Z2-7]{4})", re.sub(r"<[^>]+>", " ", page))
            assert found, page
            self.secrets[username] = "".join(found.group(1).split())
            answer = client.post("/sign-in/authenticator", data={"code": oath(self.secrets[username])})
        else:
            assert answer.headers.get("location") == "/sign-in/code", answer.text
            answer = client.post("/sign-in/code", data={"code": oath(self.secrets[username])})
        assert answer.status_code == 303, answer.text
        return client


@pytest.fixture(scope="session")
def demo_template(cluster: Cluster) -> str:
    """A database with the demo loaded, to be copied for each module. Its PDFs are real."""
    import asyncio

    import server
    from views.pdf.workers import Paper

    make_database(cluster, DEMO, "migrated")
    paper = Paper(workers=1)
    settings = server.Settings(secret=SECRET)
    try:
        owner = cluster.url("portal_migrator", DEMO)
        # without the year behind the figures: most tests choose a case by what became of it
        demo.load(owner, today(), lambda it: asyncio.run(server._print(settings, paper, it)), history=False)
    finally:
        paper.close()
    return DEMO


@pytest.fixture(scope="module")
def demo_database(cluster: Cluster, demo_template: str, request: pytest.FixtureRequest) -> Iterator[TestDatabase]:
    """The demo's people and children, for this module alone."""
    name = "demo_" + request.module.__name__.rsplit(".")[-1][:50]
    with fresh_database(cluster, name, demo_template) as made:
        yield made


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(database: TestDatabase, **settings: str) -> Iterator[Portal]:
    """A server on that database, with settings of one's own; stopped at the end."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="portal-server-"))
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DATABASE_URL": database.app_url,
        "PORTAL_OWNER_DATABASE_URL": database.owner_url,
        "PORTAL_DEMO": "yes",
        "PORTAL_CHEAP_HASHES": "yes",
        "PORTAL_PORT": str(port),
        "PORTAL_DATA": str(folder),
        "PORTAL_SECRET": SECRET,
        "PORTAL_KEYS": KEYS,
        "PORTAL_PDF_WORKERS": "1",
        "PORTAL_REMINDERS": "no",
        **settings,
    }
    portal = Portal(f"http://127.0.0.1:{port}", folder, database, environment)
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def make_portal(demo_database: TestDatabase) -> Iterator[Callable[..., Portal]]:
    """Starts servers on this module's database, with settings of one's own; stops them at the end."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(served(demo_database, **settings))


@pytest.fixture(scope="module")
def portal(make_portal: Callable[..., Portal]) -> Portal:
    """The server most tests of a module share."""
    return make_portal()
