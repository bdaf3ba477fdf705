"""The list of a record's tabs on a laptop: how far one is and where one is are always in sight."""

import httpx2
import pytest
from playwright.sync_api import Page

from record import VNOV22
from tests.fixtures_browser import LAPTOP, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import record_of

HIDDEN = """() => ['#progress', '#progress progress', '#tabs [aria-current]'].filter(found => {
    const it = document.querySelector(found).getBoundingClientRect();
    const box = document.querySelector('.tabs').getBoundingClientRect();
    const head = document.querySelector('.head').getBoundingClientRect();
    return it.top < Math.max(box.top, head.bottom) - 1 || it.bottom > Math.min(box.bottom, innerHeight) + 1;
})"""
BEHIND_PROGRESS = """() => document.querySelector('#tabs [aria-current]').getBoundingClientRect().top
    < document.querySelector('#progress').getBoundingClientRect().bottom - 1"""
TABS = [tab.name for tab in VNOV22.tabs if tab.name != "adulthood"]


def in_sight(page: Page) -> None:
    for where in (0, 120):  # with the strip in sight, and without
        page.evaluate(f"() => scrollTo(0, {where})")
        assert page.evaluate(HIDDEN) == [], where
        assert not page.evaluate(BEHIND_PROGRESS), where


@pytest.fixture(scope="module")
def again(portal: Portal) -> str:
    """A record of a child who had a request before, so that its page has one line more."""
    amina = portal.sign_in("amina")
    with portal.owner() as db:
        found = db.execute("select child from portal.record where status = 'not_assess' limit 1").fetchone()
    assert found
    return amina.post(f"/start/{found[0]}").headers["location"].split("/")[2]


@pytest.mark.parametrize("tab", [*TABS, "profiles", "documents", "submit"])
def test_progress_and_the_open_tab_are_in_sight(windows: Windows, amina: httpx2.Client, again: str, tab: str) -> None:
    page = windows.open(amina, f"/records/{again}/{tab}")
    assert page.viewport_size == LAPTOP
    assert page.locator(".demo").is_visible()
    in_sight(page)


@pytest.mark.parametrize("tab", ["personal", "adulthood", "documents", "submit"])
def test_so_they_are_for_senas_with_every_tab_there_is(windows: Windows, portal: Portal, tab: str) -> None:
    grown = record_of(portal, "s.kind = 'high' and r.status <> 'draft' and c.dob < now() - interval '15 years'")
    in_sight(windows.open(portal.sign_in("farah"), f"/records/{grown}/{tab}"))


def test_they_are_in_sight_after_a_swap_and_in_a_low_window(windows: Windows, amina: httpx2.Client, again: str) -> None:
    page = windows.open(amina, f"/records/{again}/personal", viewport={"width": 1366, "height": 600})
    page.locator("#tab-consent").click()
    page.wait_for_selector("#tab-consent[aria-current]")
    in_sight(page)


def test_without_scripts_the_whole_list_fits_a_laptop(windows: Windows, amina: httpx2.Client, again: str) -> None:
    page = windows.open(amina, f"/records/{again}/submit", java_script_enabled=False)
    bottom = page.locator("#tab-submit").bounding_box()
    assert bottom
    assert bottom["y"] + bottom["height"] <= LAPTOP["height"]
