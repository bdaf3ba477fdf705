"""Corrections and the audit trail in a real browser: the way from the record to the queue, and no barriers on it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.desk import Record
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_corrections import Ask, ask, child, numbers, people, record, setting, state, waiting
from tests.test_log import reference

__all__ = ["ask", "numbers", "people", "record"]  # fixtures
ZOOMED = {"width": 320, "height": 256}  # a laptop's window at 400 %


def test_a_correction_goes_from_the_record_to_the_queue_and_back(
    windows: Windows, people: Any, record: Record, portal: Portal
) -> None:
    """FAQ: sections that are not editable; what is wrong there used to be an email to two mailboxes."""
    page = windows.open(people["amina"], record.path("personal"))
    page.click("#f-dob >> text=Request a correction")
    page.fill("#new", "6/5/2016")
    page.click("text=Send the request")
    expect(page.locator("#problems")).to_contain_text("Say how you know")
    page.fill("#reason", "The birth certificate says so.")
    page.click("text=Send the request")
    expect(page.locator("h1")).to_have_text("The correction has been asked for")
    page.click("text=Back to the record")
    expect(page.locator("#f-dob")).to_contain_text("waiting (should be 6 May 2016)")
    queue = windows.open(people["hassan"], "/corrections", viewport=PHONE)
    line = queue.locator(f'[id="correction-{waiting(portal, record)}"]')
    expect(line).to_contain_text("6 May 2016")
    line.locator("button", has_text="Apply").click()
    expect(queue.locator(".govuk-notification-banner")).to_contain_text("Amina Yusuf is told by email")
    expect(line).to_have_count(0)
    page.reload()
    expect(page.locator("#f-dob")).to_contain_text("applied by Hassan Abdi on")
    assert str(child(portal, record, "dob")) == "2016-05-06"


def test_a_refusal_without_a_reason_is_asked_for_again_in_the_open_box(
    windows: Windows, people: Any, record: Record, portal: Portal, ask: Ask
) -> None:
    ask("surname", "Kowalska")
    queue = windows.open(people["farah"], "/corrections")
    line = queue.locator(f'[id="correction-{waiting(portal, record)}"]')
    line.locator("summary").click()
    line.locator("button", has_text="Refuse").click()
    expect(queue.locator("#problems")).to_contain_text("Say why")
    line.locator("input[name=answer]").fill("Ask the parents for the deed poll.")
    line.locator("button", has_text="Refuse").click()
    expect(queue.locator(".govuk-notification-banner")).to_contain_text("refused")
    assert state(portal, record) == ["refused"]


def test_ict_filters_the_trail_in_place_and_goes_back(
    windows: Windows, people: Any, record: Record, portal: Portal
) -> None:
    page = windows.open(people["hassan"], "/gateway")
    page.click("#modules summary")
    page.click("#modules >> text=Audit")
    expect(page.locator("h1")).to_have_text("Audit")
    page.select_option("#kind", "signing_in")
    expect(page.locator("tbody")).not_to_contain_text("ERSA")
    assert page.url.endswith("/audit"), "nothing that is searched for is in the address"
    page.fill("#reference", reference(portal, record))
    page.select_option("#kind", "")
    expect(page.locator("tbody")).to_contain_text(f"started {reference(portal, record)}")
    page.fill("#since", "31/2/2026")
    page.click("text=Search")
    expect(page.locator("#problems")).to_contain_text("There is no 31 February 2026")


@pytest.mark.parametrize("size", [LAPTOP, PHONE, ZOOMED], ids=["laptop", "phone", "400 %"])
def test_the_pages_have_no_barriers_that_axe_finds_and_need_no_sideways_scrolling(
    windows: Windows, people: Any, record: Record, portal: Portal, ask: Ask, size: dict[str, int]
) -> None:
    ask("surname", "Kowalska-Wiśniewska-Brzęczyszczykiewicz")
    ask("setting", str(setting(portal, "St Oswin's High School")))
    ask("middle_names", "Anna")
    people["farah"].post(f"/corrections/{waiting(portal, record)}/refuse", data={"answer": "Not in the passport."})
    base = f"/records/{record.id}"
    for who, path, press in (
        ("amina", f"{base}/personal", ""),
        ("amina", f"{base}/corrections/upn", "Send the request"),
        ("amina", f"{base}/corrections/sex", ""),
        ("amina", f"{base}/corrections/surname", ""),
        ("amina", f"{base}/readers", ""),
        ("farah", "/corrections", ""),
        ("hassan", "/corrections", ""),
        ("farah", "/corrections?show=decided", ""),
        ("hassan", "/audit", ""),
    ):
        page = windows.open(people[who], path, viewport=size, bypass_csp=True)
        if press:
            page.click(f"text={press}")
            page.wait_for_selector("#problems")
        if path == "/audit":
            page.get_by_label("From", exact=True).fill("never")
            page.get_by_role("button", name="Search").click()
            page.wait_for_selector("#problems")
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
        assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"], path
        page.context.close()
