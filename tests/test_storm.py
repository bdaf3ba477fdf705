"""Kill -9, of the server and of PostgreSQL, while many save at once: what was shown as saved is there afterwards."""

import asyncio
import contextlib
import io
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pikepdf
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from migrations import demo, migrate
from record import VNOV22
from record.clock import today
from record.kinds import LongText
from sql.cluster import Cluster
from tests.fixtures_database import APP, TestDatabase
from tests.fixtures_server import KEYS, SECRET, Portal, free_port
from tests.storm import Kept, Page, faults, kept

LONG = [
    field.name
    for tab in VNOV22.tabs
    for section in tab.sections
    for field in section.fields
    if isinstance(field.kind, LongText) and not field.locked and tab.name != "adulthood"
]
SHARED, OWN = LONG[:4], LONG[4:28]
PAGES = 12
ALONE = 1.0  # seconds of typing between two blows


class Embedded(Portal):
    """A portal with a PostgreSQL of its own, as ``make run`` starts it."""

    @property
    def told(self) -> list[str]:
        """What the running PostgreSQL wrote down of itself: its process, ..., its port, its socket."""
        return (self.folder / "postgres" / "data" / "postmaster.pid").read_text().split("\n")

    def owner(self) -> psycopg.Connection:
        password = json.loads((self.folder / "postgres" / "passwords.json").read_text())["postgres"]
        url = make_conninfo(host=self.told[4], port=self.told[3], user="postgres", password=password, dbname="portal")
        return psycopg.connect(url, autocommit=True)

    def kill_database(self) -> None:
        """Kill -9 of the postmaster and every child of it, at once."""
        postmaster = int(self.told[0])
        family = [postmaster, *children_of(postmaster)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_one_backend(self) -> None:
        """Kill -9 of one connection's process: PostgreSQL then ends all others and recovers by itself."""
        with self.owner() as connection:
            found = connection.execute(
                "select pid from pg_stat_activity where application_name = 'portal' limit 1"
            ).fetchone()
        assert found, "the portal has no connection just now"
        os.kill(found[0], signal.SIGKILL)


def children_of(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def blank_paper(_: object) -> bytes:
    """The demo's submitted records need some PDF; no test here reads it."""
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(made)
    return made.getvalue()


@pytest.fixture(scope="module")
def storm_portal(reachable_folder: Path) -> Iterator[Embedded]:
    """Its own server over its own PostgreSQL, which no other module uses: it will be killed."""
    folder = reachable_folder / "storm"
    folder.mkdir(mode=0o755)
    with Cluster(folder / "postgres") as cluster:
        migrate(cluster.owner_url, APP, cluster.password(APP), set_password=True)
        assert demo.load(cluster.owner_url, today(), blank_paper)
        database = TestDatabase("portal", cluster.owner_url, cluster.url(APP), cluster.superuser_url)
    port = free_port()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PORTAL_CHEAP_HASHES": "yes",
        "PORTAL_PORT": str(port),
        "PORTAL_DATA": str(folder),
        "PORTAL_SECRET": SECRET,
        "PORTAL_KEYS": KEYS,
        "PORTAL_PDF_WORKERS": "1",
    }
    portal = Embedded(f"http://127.0.0.1:{port}", folder, database, environment)
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def cookies(storm_portal: Embedded) -> dict[str, str]:
    """The session cookies of two who work on the same records."""
    return {who: storm_portal.sign_in(who).cookies["sid"] for who in ("amina", "ben")}


@pytest.fixture(scope="module")
def record(storm_portal: Embedded) -> str:
    """A draft of their school with hardly anything in it."""
    with storm_portal.owner() as connection:
        (found,) = connection.execute(
            """select r.id::text from portal.record r join portal.setting s on s.id = r.setting
               where s.name = 'Brentmere Primary School' and r.status = 'draft'
               order by (select count(*) from portal.answer a where a.record = r.id) limit 1"""
        ).fetchone() or (None,)
    assert found
    return found


@contextlib.asynccontextmanager
async def browsers(portal: Embedded, cookies: dict[str, str]) -> AsyncIterator[dict[str, httpx2.AsyncClient]]:
    async with contextlib.AsyncExitStack() as opened:
        yield {
            who: await opened.enter_async_context(
                httpx2.AsyncClient(
                    base_url=portal.url,
                    cookies={"sid": cookie},
                    headers={"Sec-Fetch-Site": "same-origin"},
                    timeout=20,
                    limits=httpx2.Limits(max_connections=100),
                )
            )
            for who, cookie in cookies.items()
        }


def acknowledged(pages: list[Page]) -> int:
    return sum(len(page.acks) for page in pages)


async def storm(portal: Embedded, cookies: dict[str, str], record: str) -> list[Page]:
    """Everybody types while the server and the database are killed under them, again and again."""
    async with browsers(portal, cookies) as at:
        pages = [
            Page(at["amina" if n % 2 else "ben"], record, [*SHARED, *OWN[2 * n : 2 * n + 2]], fresh=n % 3 > 0)
            for n in range(PAGES)
        ]
        for page in pages:
            await page.open()
        stop = asyncio.Event()
        typing = [asyncio.create_task(page.type_until(stop)) for page in pages]

        async def saved_more(by: int = 3 * PAGES) -> None:
            """Until the saving goes on, and then for a while."""
            wanted, deadline = acknowledged(pages) + by, time.monotonic() + 60
            while acknowledged(pages) < wanted:
                for task in typing:
                    if task.done():
                        task.result()
                assert time.monotonic() < deadline, f"Nothing is saved any more: {portal.logged()[-2000:]}"
                await asyncio.sleep(0.05)
            await asyncio.sleep(ALONE)

        await saved_more()
        for blow in (portal.kill_database, portal.kill_one_backend, portal.kill_database):
            await asyncio.to_thread(blow)
            await saved_more()
        for with_database in (False, True):
            if with_database:
                portal.kill_database()
            portal.stop(kill=True)
            await asyncio.to_thread(portal.start)
            await saved_more()
        stop.set()
        await asyncio.wait_for(asyncio.gather(*typing), 60)
    return pages


@pytest.fixture(scope="module")
def after(storm_portal: Embedded, cookies: dict[str, str], record: str) -> tuple[list[Page], Kept]:
    """What the pages were told in the storm, and what the database holds afterwards."""
    pages = asyncio.run(storm(storm_portal, cookies, record))
    with storm_portal.owner() as connection:
        return pages, kept(connection, record)


def test_every_save_that_was_acknowledged_in_a_storm_of_kills_is_there(after: tuple[list[Page], Kept]) -> None:
    pages, it = after
    acks = [ack for page in pages for ack in page.acks]
    assert len(acks) > 300, "hardly a storm"
    assert sum(page.repeated for page in pages) > 10, "no save had to be repeated: nothing was killed under them"
    assert sum(page.conflicts for page in pages) > 10, "nobody ever wrote in another's field"
    assert {ack.state for ack in acks} == {"saved", "same", "superseded"}, "some had been written when they came again"
    assert faults(acks, it) == []


def test_both_people_s_words_are_in_the_history(after: tuple[list[Page], Kept], storm_portal: Embedded) -> None:
    _, it = after
    with storm_portal.owner() as connection:
        people = dict(connection.execute("select username, person::text from priv.account").fetchall())
    writers = {client.partition(":")[0] for _, name, _, _, client, _ in it.history if name in SHARED and ":" in client}
    assert writers == {people["amina"], people["ben"]}


def test_the_bookkeeping_notices_whatever_is_missing(after: tuple[list[Page], Kept]) -> None:
    """Each fault, made by hand in what the storm left, is found: the test above can fail."""
    pages, it = after
    acks = [ack for page in pages for ack in page.acks]
    # Words that came again after a crash may stand under two versions: of those, one could go unnoticed.
    times = Counter((row[1], row[3]) for row in it.history)
    ack = next(ack for ack in acks if ack.state == "saved" and times[ack.field, ack.value] == 1)
    at = next(n for n, row in enumerate(it.history) if (row[1], row[3]) == (ack.field, ack.value))
    without = it.history[:at] + it.history[at + 1 :]
    row = it.history[at]

    def said(acks_now: list, kept_now: Kept) -> set[str]:
        return {fault.partition(":")[0] for fault in faults(acks_now, kept_now)}

    assert "lost" in said(acks, replace(it, history=without))
    assert "gap" in said(acks, replace(it, history=without))
    assert "wrong" in said([replace(ack, version=ack.version + 1)], it)
    assert "twice" in said(acks, replace(it, history=[*it.history, (*row[:2], 10**6, *row[3:])]))
    assert said(acks, replace(it, current=it.current[1:])) == {"the answers of today are not the newest of the history"}
    assert said(acks, replace(it, trail=it.trail[1:])) == {"the audit trail does not have one note for each version"}


def test_a_killed_server_leaves_no_process_behind(after: object, storm_portal: Embedded) -> None:
    """Whoever was killed had workers for paper: they notice, and end."""
    ours = str(storm_portal.folder)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        servers = [
            cmdline.parent.name
            for cmdline in Path("/proc").glob("[0-9]*/cmdline")
            if _says(cmdline, "server.py") and _says(cmdline.parent / "environ", f"PORTAL_DATA={ours}")
        ]
        if len(servers) == 1:
            return
        time.sleep(0.2)
    raise AssertionError(f"These are still there: {servers}")


def _says(path: Path, words: str) -> bool:
    try:
        return words.encode() in path.read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("field", LONG[28:31])
def test_of_fifty_first_saves_at_one_moment_one_is_written_and_none_is_lost(
    storm_portal: Embedded, cookies: dict[str, str], record: str, field: str
) -> None:
    async def all_at_once() -> tuple[list[tuple[int, dict]], list[Page]]:
        async with browsers(storm_portal, cookies) as at:
            pages = [Page(at["amina" if n % 2 else "ben"], record, [field], fresh=True, lost=0) for n in range(50)]

            async def first(page: Page) -> tuple[int, dict]:
                page.seq += 1
                for _ in range(20):
                    status, told = await page._send(field, f"first of {page.client}")
                    if status != 503:
                        break
                    await asyncio.sleep(0.1)
                return status, told

            answers = await asyncio.gather(*map(first, pages))
            for page, (status, told) in zip(pages, answers, strict=True):
                page.versions[field] = told.get("version", 0) if status == 409 else 0
            losers = [page for page, (status, _) in zip(pages, answers, strict=True) if status == 409]
            for page in losers:  # each chooses “keep mine”
                await page.save(field, f"again of {page.client}")
            return answers, pages

    answers, pages = asyncio.run(all_at_once())
    assert sorted(status for status, _ in answers) == [200] + [409] * 49, answers
    (won,) = (told for status, told in answers if status == 200)
    assert (won["state"], won["version"]) == ("saved", 1)
    assert {told["value"] for status, told in answers if status == 409} == {won["stored"]}, "all saw the one saved text"
    with storm_portal.owner() as connection:
        it = kept(connection, record)
    assert faults([ack for page in pages for ack in page.acks], it) == []
    written = [value for _, name, _, value, _, _ in it.history if name == field]
    assert len(written) == 50
    assert sum(value.startswith("again of") for value in written) == 49


def test_two_who_add_the_same_entry_add_one(storm_portal: Embedded, cookies: dict[str, str], record: str) -> None:
    """A double click, or the same page sent twice by a slow network."""
    entry = str(uuid4())

    async def twice() -> list[int]:
        async with browsers(storm_portal, cookies) as at:
            send = [at["amina"].post(f"/records/{record}/lists/outcomes", data={"entry": entry}) for _ in range(8)]
            return [answer.status_code for answer in await asyncio.gather(*send)]

    assert set(asyncio.run(twice())) == {303}
    with storm_portal.owner() as connection:
        assert connection.execute("select count(*) from portal.entry where id = %s", [entry]).fetchone() == (1,)
