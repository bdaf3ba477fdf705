"""A council's own portal begins without anybody: its first person of ICT comes in by a mailed link."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from aiosmtpd.controller import Controller

import server
from sql.cluster import Cluster
from tests.fixtures_database import TestDatabase, fresh_database
from tests.fixtures_server import HERE, KEYS, PASSWORD, SECRET, Portal, free_port, oath

FIRST = "Hassan Abdi <hassan.abdi@ealing.example>"
LINK = re.compile(r"https://send\.example\.gov\.uk(/password/[\w-]{43})")


class Mailbox:
    """Takes every letter a portal sends, as a council's mail server would."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def newest_link(self, to: str, more_than: int = 0) -> str:
        """The link in the newest letter to that address, once there are more letters than so many."""
        deadline = time.monotonic() + 20
        while True:
            found = [it for it in self.letters if it["To"] == to]
            if len(found) > more_than:
                link = LINK.search(found[-1].get_content())
                assert link, found[-1].get_content()
                return link[1]
            assert time.monotonic() < deadline, f"no letter to {to}"
            time.sleep(0.1)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    listening = Controller(box, hostname="127.0.0.1", port=port)
    listening.start()
    yield box, port
    listening.stop()


@pytest.fixture
def empty(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[TestDatabase]:
    """A migrated database with nobody in it."""
    name = "first_" + re.sub(r"\W", "_", request.node.name)[:40]
    with fresh_database(cluster, name) as made:
        yield made


Start = Callable[..., Portal]


@pytest.fixture
def start(empty: TestDatabase, mailbox: tuple[Mailbox, int], tmp_path: Path) -> Iterator[Start]:
    """Starts a portal for real people on the empty database."""
    made: list[Portal] = []

    def make(**settings: str) -> Portal:
        port = free_port()
        environment = {
            **server_environment(empty),
            "PORTAL_PORT": str(port),
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{mailbox[1]}",
            **settings,
        }
        portal = Portal(f"http://127.0.0.1:{port}", tmp_path, empty, environment)
        portal.start()
        made.append(portal)
        return portal

    yield make
    for portal in made:
        portal.stop()


def server_environment(database: TestDatabase) -> dict[str, str]:
    import os

    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "DATABASE_URL": database.app_url,
        "PORTAL_OWNER_DATABASE_URL": database.owner_url,
        "PORTAL_BASE_URL": "https://send.example.gov.uk",
        "PORTAL_SECRET": SECRET,
        "PORTAL_KEYS": KEYS,
        "PORTAL_PDF_WORKERS": "1",
    }


def browser(portal: Portal) -> httpx2.Client:
    """As behind the reverse proxy that speaks HTTPS: cookies for HTTPS alone are sent."""
    client = portal.client()
    client.cookies.jar.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
    return client


def come_in(portal: Portal, link: str) -> httpx2.Client:
    """Set a password by the link, sign in with it, scan the QR code."""
    client = browser(portal)
    assert client.get(link).headers["location"] == "/password"
    answer = client.post("/password", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/password/set", answer.text
    client.post("/sign-in", data={"username": "hassan.abdi"})
    answer = client.post("/sign-in/password", data={"password": PASSWORD})
    assert answer.headers["location"] == "/sign-in/authenticator", answer.text
    page = client.get("/sign-in/authenticator").text
    found = re.search(r"((?:[A-Z2-7]{4}\s){7}[A-Z2-7]{4})", re.sub(r"<[^>]+>", " ", page))
    assert found
    answer = client.post("/sign-in/authenticator", data={"code": oath("".join(found[1].split()))})
    assert answer.status_code == 303
    return client


def test_the_first_person_of_ict_is_invited_signs_in_and_lets_in_the_second(
    start: Start, mailbox: tuple[Mailbox, int], empty: TestDatabase
) -> None:
    portal = start(PORTAL_FIRST_ICT=FIRST)
    link = mailbox[0].newest_link("hassan.abdi@ealing.example")
    assert link not in portal.logged()
    assert "The first person of ICT is invited" in portal.logged()
    client = come_in(portal, link)
    assert "People" in client.get("/people").text
    form = {"name": "Ines Costa", "email": "ines.costa@ealing.example", "role": "ict", "way": "link"}
    assert client.post("/people/add", data=form).status_code == 303
    assert mailbox[0].newest_link("ines.costa@ealing.example")
    with portal.owner() as db:
        told = db.execute("select action from audit.event where person is null order by id").fetchall()
    assert [action for (action,) in told] == ["person_added", "account_opened", "password_link_sent"]
    assert "The portal" in client.post("/audit", data={"kind": "accounts"}).text
    # from now on the setting does nothing, whoever stands in it
    portal.stop()
    again = start(PORTAL_FIRST_ICT="Mallory <mallory@elsewhere.example>")
    assert "can be taken out of the settings" in again.logged()
    with again.owner() as db:
        assert db.execute("select count(*) from portal.person").fetchone() == (2,)
        assert db.execute("select count(*) from portal.letter where recipient like 'mallory%'").fetchone() == (0,)


def test_without_the_setting_who_starts_it_is_told_what_to_do(start: Start) -> None:
    portal = start()
    assert "Nobody can sign in yet. Set PORTAL_FIRST_ICT" in portal.logged()
    with portal.owner() as db:
        assert db.execute("select count(*) from portal.person").fetchone() == (0,)


def test_a_new_start_sends_another_link_only_when_the_first_is_of_no_use(
    start: Start, mailbox: tuple[Mailbox, int]
) -> None:
    portal = start(PORTAL_FIRST_ICT=FIRST)
    first = mailbox[0].newest_link("hassan.abdi@ealing.example")
    portal.stop()
    portal = start(PORTAL_FIRST_ICT=FIRST)
    assert "has been sent a link that still works" in portal.logged()
    with portal.owner() as db:
        db.execute("update priv.password_link set ends_at = now()")
    portal.stop()
    portal = start(PORTAL_FIRST_ICT=FIRST)
    second = mailbox[0].newest_link("hassan.abdi@ealing.example", more_than=1)
    client = browser(portal)
    client.get(first)
    assert client.get("/password").status_code == 410
    # the address was wrong: somebody else has followed the link, and is out as soon as it is put right
    stranger = browser(portal)
    stranger.get(second)
    assert stranger.post("/password", data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    stranger.post("/sign-in", data={"username": "hassan.abdi"})
    assert (
        stranger.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/authenticator"
    )
    portal.stop()
    portal = start(PORTAL_FIRST_ICT="Hassan Abdi <h.abdi@ealing.example>")
    third = mailbox[0].newest_link("h.abdi@ealing.example")
    assert stranger.get(f"{portal.url}/sign-in/authenticator").headers["location"].startswith("/sign-in?")
    stranger.post(f"{portal.url}/sign-in", data={"username": "hassan.abdi"})
    assert stranger.post(f"{portal.url}/sign-in/password", data={"password": PASSWORD}).status_code == 422
    assert come_in(portal, third).get("/people").status_code == 200
    with portal.owner() as db:
        assert db.execute("select count(*) from priv.account").fetchone() == (1,)


def test_several_portals_that_start_at_once_invite_once(empty: TestDatabase, tmp_path: Path) -> None:
    import asyncio

    from routes import first_ict

    settings = server.Settings(first_ict=first_ict.read(FIRST), cheap_hashes=True)

    def go(_: int) -> str:
        return asyncio.run(first_ict.invite(empty.app_url, settings))

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(go, range(4)))
    assert said.count(first_ict.INVITED) == 1
    assert said.count(first_ict.WAITING) == 3
    with psycopg.connect(empty.superuser_url) as db:
        assert db.execute("select count(*) from portal.letter").fetchone() == (1,)


@pytest.mark.parametrize("typed", ["hassan.abdi@ealing.example", "Hassan Abdi", "Hassan <hassan at ealing>", "<>", "x"])
def test_a_setting_without_name_and_address_stops_the_start(empty: TestDatabase, tmp_path: Path, typed: str) -> None:
    environment = {
        **server_environment(empty),
        "PORTAL_DATA": str(tmp_path),
        "PORTAL_SMTP_URL": "smtp://127.0.0.1:9",
        "PORTAL_FIRST_ICT": typed,
    }
    ended = subprocess.run(
        [sys.executable, "server.py"],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "PORTAL_FIRST_ICT should be a name and an address" in ended.stderr


def test_two_of_ict_who_close_each_other_s_account_at_once_leave_one(portal: Portal) -> None:
    hassan = portal.sign_in("hassan")
    with portal.owner() as db:
        whose = db.execute("select person from priv.account where username = 'hassan'").fetchone()
        farah = portal.sign_in("farah")
        other = db.execute("select person from priv.account where username = 'farah'").fetchone()
        assert whose
        assert other
        db.execute("update portal.person set role = 'ict', team = 'ICT' where id = %s", other)
        # both are past the question whether they are of ICT when the first of them commits
        with psycopg.connect(portal.database.superuser_url) as holding, ThreadPoolExecutor(2) as pool:
            holding.execute("select pg_advisory_xact_lock(hashtext('priv.ict_stays'))")
            asked = [
                pool.submit(by.post, f"/people/{whom}/disable", data={"reason": "a quarrel"})
                for by, whom in ((hassan, other[0]), (farah, whose[0]))
            ]
            deadline = time.monotonic() + 20
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            while db.execute(waiting).fetchone() != (2,):
                assert time.monotonic() < deadline, "they do not wait for each other"
                time.sleep(0.05)
            holding.rollback()
            answers = sorted(one.result().status_code for one in asked)
        assert answers == [303, 403]
        left = db.execute(
            "select count(*) from priv.account a join portal.person p on p.id = a.person"
            " where p.role = 'ict' and a.disabled_at is null"
        ).fetchone()
        assert left == (1,)
