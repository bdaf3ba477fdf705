"""Every page for everybody: nothing that axe finds on a laptop or a phone, none too wide at 400 %, all by keyboard."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx2
import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from record import VNOV22
from tests import pages
from tests.desk import Record, until
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal

ZOOMED = {"width": 320, "height": 256}  # a laptop's window at 400 %
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TABS = [tab.name for tab in VNOV22.tabs]


def sound(page: Page) -> None:
    """No fault on a laptop nor on a phone, nothing to scroll sideways for, one heading, a title, a language."""
    faults = []
    for size in (LAPTOP, PHONE, ZOOMED):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"wider than {size['width']} pixels: {page.evaluate(WIDEST)}")
        if size is not ZOOMED:
            found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
            faults += [found.generate_report()] if found.violations_count else []
    page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
    faults += [] if page.locator("h1").count() == 1 else ["not one h1"]
    faults += [] if page.locator("html").get_attribute("lang") == "en-GB" else ["no language"]
    faults += [] if page.title().count(" – ") else ["no title of its own"]
    assert faults == [], page.url


WIDEST = """() => [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.tagName + '.' + e.className).slice(0, 5)"""


def record_of(portal: Portal, where: str) -> str:
    """The record with the most answers of those for which ``where`` holds."""
    with portal.owner() as db:
        found = db.execute(
            "select r.id from portal.record r join portal.child c on c.id = r.child"
            " join portal.setting s on s.id = c.setting"
            f" where {where} order by (select count(*) from portal.answer a where a.record = r.id) desc limit 1"
        ).fetchone()
    assert found, f"the demo has no record for which {where}"
    return str(found[0])


@pytest.fixture(scope="module")
def draft(portal: Portal) -> str:
    return record_of(portal, "s.name = 'Brentmere Primary School' and r.status = 'draft'")


@pytest.fixture(scope="module")
def deciding(portal: Portal) -> str:
    """A case that is being decided, with a question that waits for an answer."""
    return record_of(
        portal,
        "s.name = 'Brentmere Primary School' and r.status = 'deciding' and not exists"
        " (select from portal.step a where a.record = r.id and a.kind = 'answer')",
    )


# ---- pages ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(portal: Portal) -> dict[str, str]:
    """A record of each sort, and what else the addresses of pages need."""
    with portal.owner() as db:
        return pages.places(db)


@pytest.fixture(scope="module")
def cast(portal: Portal) -> Callable[[str], httpx2.Client | str]:
    """Each of the cast, signed in once; nobody is not."""
    clients: dict[str, httpx2.Client | str] = {"nobody": ""}

    def somebody(who: str) -> httpx2.Client | str:
        if who not in clients:
            clients[who] = portal.sign_in(who)
        return clients[who]

    return somebody


@pytest.mark.parametrize("shown", pages.opened(), ids=str)
def test_a_page_is_sound(
    windows: Windows,
    cast: Callable[[str], httpx2.Client | str],
    found: dict[str, str],
    shown: pages.Page,
) -> None:
    sound(windows.open(cast(shown.who), pages.filled(shown.path, found), bypass_csp=True))


def test_a_refused_step_and_a_correction_are_sound(windows: Windows, farah: httpx2.Client, deciding: str) -> None:
    page = windows.open(farah, f"/records/{deciding}/case/exception", bypass_csp=True)
    page.get_by_role("button", name="Record an exception").click()
    expect(page.get_by_text("Choose the exception.").first).to_be_visible()
    sound(page)
    page.goto(page.url.partition("/case/")[0] + "/case")
    page.locator("#steps a").first.click()
    expect(page.get_by_role("heading", name="Correct a step")).to_be_visible()
    sound(page)


@pytest.fixture(scope="module")
def farah(portal: Portal) -> httpx2.Client:
    return portal.sign_in("farah")


def searched(page: Page) -> None:
    page.get_by_label("Find a child").fill("zzzz")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".nothing")).to_be_visible()


def menu(page: Page) -> None:
    page.get_by_text("Modules", exact=True).click()


def sent_empty(page: Page) -> None:
    page.locator("#new summary").click()
    page.get_by_role("button", name="Add the child and start the ERSA").click()
    expect(page.locator("#problems")).to_be_visible()


def refused_reason(page: Page) -> None:
    page.get_by_role("button", name="Submit to SENAS").click()
    expect(page.locator("#problems")).to_contain_text("Say why")


def unfolded(page: Page) -> None:
    for part in page.locator("details.section > summary").all():
        part.click()


@pytest.mark.parametrize(
    ("who", "path", "then"),
    [
        ("amina", "/gateway", menu),
        ("amina", "/gateway", searched),
        ("amina", "/start", searched),
        ("amina", "/start", sent_empty),
        ("amina", "/records/{incomplete}/report?report=submit", refused_reason),
        ("grace", "/sen2", unfolded),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_page_is_sound_when_something_was_done_on_it(
    windows: Windows,
    portal: Portal,
    cast: Callable[[str], httpx2.Client | str],
    draft: str,
    who: str,
    path: str,
    then: Callable[[Page], None],
) -> None:
    incomplete = record_of(
        portal,
        "s.name = 'Brentmere Primary School' and r.status = 'draft' and r.id <> "
        f"'{draft}' and exists (select 1 from portal.answer a where a.record = r.id and a.field = 'reason')",
    )
    page = windows.open(cast(who), path.format(incomplete=incomplete), bypass_csp=True)
    then(page)
    sound(page)


def test_the_second_page_of_the_gateway_is_sound(windows: Windows, portal: Portal, amina: httpx2.Client) -> None:
    for number in range(100, 122):
        Record(portal, amina, number)
    page = windows.open(amina, "/gateway", bypass_csp=True)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("button", name="Previous")).to_be_visible()
    sound(page)


def test_a_letter_of_the_demo_is_sound(windows: Windows, portal: Portal, record: Record, amina: httpx2.Client) -> None:
    entry = str(uuid4())
    amina.post(f"/records/{record.id}/lists/parents", data={"entry": entry})
    record.write(amina, f"{entry}.phone", "020 7946 0123")
    record.write(amina, "reason", "She needs more than we can give.")
    assert amina.post(record.path("submit"), data={"reason": "In time for the panel."}).status_code == 303
    page = windows.open(path="/demo/mail", bypass_csp=True)
    until(lambda: page.reload() and page.locator("main a", has_text="Receipt").count(), 15)
    sound(page)
    page.locator("main a", has_text="Receipt").first.click()
    sound(page)
    page.goto(portal.url + "/demo/code/amina")
    sound(page)


# ---- when something is wrong ------------------------------------------------------------------------------------


ENDED = (
    "update priv.session set ended_at = clock_timestamp()"
    " where person = (select person from priv.account where username = %s)"
)


@contextmanager
def broken(portal: Portal) -> Iterator[None]:
    """A fault of ours: a table is not where the portal looks for it."""
    with portal.owner() as db:
        db.execute("alter table portal.document rename to document_elsewhere")
    try:
        yield
    finally:
        with portal.owner() as db:
            db.execute("alter table portal.document_elsewhere rename to document")


@contextmanager
def database_away(portal: Portal) -> Iterator[None]:
    """The database takes no connection and has ended those there were."""
    name = portal.database.name
    with psycopg.connect(portal.database.superuser_url, dbname="postgres", autocommit=True) as db:
        db.execute(f'alter database "{name}" allow_connections false')
        db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        try:
            yield
        finally:
            db.execute(f'alter database "{name}" allow_connections true')


def send_form(page: Page) -> None:
    """As a browser without scripts sends it."""
    page.evaluate("() => HTMLFormElement.prototype.submit.call(document.getElementById('answers'))")
    page.wait_for_selector("#answers", state="detached")


def test_a_fault_of_ours_has_a_sound_page(windows: Windows, portal: Portal, amina: httpx2.Client, draft: str) -> None:
    page = windows.open(amina, bypass_csp=True)
    with broken(portal):
        answer = page.goto(f"{portal.url}/records/{draft}/documents")
    assert answer
    assert answer.status == 500
    expect(page.get_by_text("Oooops!")).to_be_visible()
    reference = page.locator(".reference").inner_text()
    assert reference in portal.logged()
    sound(page)
    page.get_by_role("link", name="Go to the Gateway").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gateway")


def test_while_the_database_is_away_a_sound_page_keeps_what_was_typed(
    windows: Windows, portal: Portal, amina: httpx2.Client, record: Record
) -> None:
    page = windows.open(amina, record.path(), bypass_csp=True)
    with database_away(portal):
        page.fill("#views_strengths", "Kept <i>words</i>")
        send_form(page)
        expect(page.locator("main")).to_contain_text("The portal cannot save or show this right now")
        sound(page)
        page.get_by_text("Show what you typed").click()
        expect(page.get_by_text("Kept <i>words</i>")).to_be_visible()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and httpx2.get(f"{portal.url}/healthz").status_code != 200:
        time.sleep(0.2)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert", name="Saved")).to_be_visible()
    assert record.stored("views_strengths") == "Kept <i>words</i>"


def test_the_page_that_keeps_text_for_somebody_signed_out_is_sound(
    windows: Windows, portal: Portal, record: Record
) -> None:
    page = windows.open("ben", record.path(), bypass_csp=True)
    page.fill("#views_strengths", "Kept.")
    with portal.owner() as db:
        db.execute(ENDED, ["ben"])
    send_form(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("your text is kept on this page")
    sound(page)


# ---- the whole


def test_every_page_has_a_title_of_its_own(windows: Windows, amina: httpx2.Client, draft: str) -> None:
    page = windows.open(amina, "/gateway")
    titles = [page.title()]
    paths = [
        "/start",
        f"/records/{uuid4()}",
        *(f"/records/{draft}/{tab}" for tab in (*TABS[:-1], "documents", "submit")),
    ]
    for path in [p for p in paths if "adulthood" not in p]:
        page.goto(windows.portal.url + path)
        titles.append(page.title())
    assert len(set(titles)) == len(titles)


def test_the_first_page_of_a_full_record_is_light_and_asks_nobody_else(
    windows: Windows, amina: httpx2.Client, draft: str
) -> None:
    page = windows.open()
    page.context.add_cookies(
        [{"name": c.name, "value": c.value or "", "url": windows.portal.url} for c in amina.cookies.jar]
    )
    counted = page.context.new_cdp_session(page)
    counted.send("Network.enable")
    counted.send("Network.clearBrowserCache")
    sizes: list[int] = []
    counted.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{windows.portal.url}/records/{draft}/personal")
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(sizes) <= 60_000, sizes
