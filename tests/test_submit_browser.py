"""Submitting in a real browser: what stops it, that twice is once, and what is written afterwards."""

from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.desk import Record, saved, until, write
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.reading_pdf import plain, red_lines, words_of

REASON = "The parents asked us to send it before the half-term holiday. Żółw."
WHY = "Why is it submitted as incomplete?"


@pytest.fixture
def ready(record: Record, amina: httpx2.Client) -> Record:
    """A record that holds what the law asks for, and no more."""
    entry = str(uuid4())
    assert amina.post(f"/records/{record.id}/lists/parents", data={"entry": entry}).status_code == 303
    record.write(amina, f"{entry}.phone", "020 7946 0123")
    record.write(amina, "reason", "She needs more than we can give.")
    return record


def last_step(page: Page) -> None:
    page.get_by_label("Report", exact=True).select_option(label="ERSA – NOV 22")
    page.get_by_role("button", name="Run report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Submit this ERSA to SENAS")


def submissions(portal: Portal, record: Record) -> list[str]:
    """Who submitted it, each time that anybody did."""
    with portal.owner() as db:
        found = db.execute(
            "select p.name from portal.submission s join portal.person p on p.id = s.submitted_by where s.record = %s",
            [record.id],
        ).fetchall()
    return [name for (name,) in found]


def test_what_the_law_asks_for_stops_a_submission_and_leads_to_its_question(
    windows: Windows, record: Record, amina: httpx2.Client, portal: Portal
) -> None:
    page = windows.open(amina, record.path("submit"))
    expect(page.locator("#blocked")).to_contain_text("cannot be submitted yet")
    expect(page.get_by_role("button", name="Continue to submit")).to_have_count(0)
    last_step(page)
    expect(page.get_by_role("heading", name="Must be completed first")).to_be_visible()
    expect(page.get_by_role("button", name="Submit to SENAS")).to_have_count(0)
    page.get_by_role("link", name="Why an EHC needs assessment is requested").click()
    expect(page.locator("#reason")).to_be_focused()
    assert submissions(portal, record) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_incomplete_ersa_goes_with_its_reason_which_senas_and_the_paper_show(
    windows: Windows, ready: Record, amina: httpx2.Client, portal: Portal, tmp_path: Path, scripts: bool
) -> None:
    page = windows.open(amina, ready.path("submit"), java_script_enabled=scripts)
    page.get_by_role("button", name="Continue to submit as incomplete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Submit this ERSA to SENAS")
    page.get_by_role("button", name="Submit to SENAS").click()
    expect(page.locator("#problems")).to_contain_text("Say why")
    expect(page.get_by_label(WHY)).to_have_attribute("aria-invalid", "true")
    assert submissions(portal, ready) == []
    page.get_by_label(WHY).fill(REASON)
    page.get_by_role("button", name="Submit to SENAS").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ERSA submitted")
    expect(page.locator(".panel")).to_contain_text(REASON)
    paper = page.request.get(portal.url + str(page.get_by_role("link", name="as submitted").get_attribute("href")))
    assert plain(REASON) in words_of(paper.body(), tmp_path)
    assert red_lines(paper.body(), tmp_path) == []
    assert REASON in portal.sign_in("farah").get(ready.path("submit")).text


def test_a_double_click_submits_once(windows: Windows, ready: Record, amina: httpx2.Client, portal: Portal) -> None:
    page = windows.open(amina, ready.path("submit"))
    last_step(page)
    page.get_by_label(WHY).fill(REASON)
    page.get_by_role("button", name="Submit to SENAS").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("ERSA submitted")
    assert submissions(portal, ready) == ["Amina Yusuf"]


def test_two_windows_and_two_people_make_one_submission_and_see_the_same_receipt(
    windows: Windows, ready: Record, amina: httpx2.Client, ben: httpx2.Client, portal: Portal
) -> None:
    pages = [windows.open(who, ready.path("submit")) for who in (amina, amina, ben)]
    for page in pages:
        last_step(page)
        page.get_by_label(WHY).fill(REASON)
    for page in pages:  # none waits for the one before
        page.get_by_role("button", name="Submit to SENAS").click(no_wait_after=True)
    for page in pages:
        expect(page.get_by_role("heading", level=1)).to_have_text("ERSA submitted")
    [by] = submissions(portal, ready)
    receipts = {page.locator(".panel").inner_text() for page in pages}
    assert len(receipts) == 1
    assert f"by {by}" in receipts.pop()
    pages[2].goto(portal.url + ready.path("documents"))
    expect(pages[2].locator("table.list tbody tr")).to_have_count(1)


def test_what_is_written_after_submission_is_marked_and_never_in_what_was_sent(
    windows: Windows, ready: Record, amina: httpx2.Client, ben: httpx2.Client, portal: Portal, tmp_path: Path
) -> None:
    amina.post(ready.path("submit"), data={"reason": REASON})
    page = windows.open(amina, ready.path("documents"))
    document = portal.url + str(page.locator("table.list a").get_attribute("href"))
    sent = page.request.get(document).body()
    expect(page.locator(".head__dates")).to_contain_text("With SENAS since")
    page.goto(portal.url + ready.path("needs"))
    expect(page.get_by_text("Changed after submission")).to_have_count(0)
    write(page, "reason", " Written-afterwards.")
    page.keyboard.press("Tab")
    assert saved(page, "reason")
    page.reload()
    expect(page.locator("#f-reason")).to_contain_text("Changed after submission")
    expect(page.get_by_text("Changed after submission", exact=True)).to_have_count(1)
    assert page.request.get(document).body() == sent
    assert plain("Written-afterwards.") not in words_of(sent, tmp_path)
    assert until(lambda: "Written-afterwards." in ready.stored("reason"))
