"""The portal goes away while somebody types, or their session does, and no word is lost on the way."""

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.desk import Record, saved, status, until, write
from tests.fixtures_browser import Windows
from tests.fixtures_server import PASSWORD, Portal, oath

ONE, TWO = "views_strengths", "views_important"


def end_sessions(portal: Portal, username: str) -> None:
    """As if ten minutes had passed without a sign of this person."""
    with portal.owner() as db:
        db.execute(
            "update priv.session set ended_at = clock_timestamp() where person ="
            " (select person from priv.account where username = %s)",
            [username],
        )
    portal.forget_codes()


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
def test_what_is_typed_while_the_server_is_away_is_saved_once_it_is_back(
    windows: Windows, record: Record, amina: httpx2.Client, portal: Portal, kill: bool
) -> None:
    page = windows.open(amina, record.path())
    write(page, ONE, "Before.")
    page.keyboard.press("Tab")
    assert saved(page, ONE)
    portal.stop(kill=kill)
    write(page, ONE, " While it was away.")
    write(page, TWO, "Another answer.")
    page.keyboard.press("Tab")
    assert until(lambda: "Trying again" in status(page, TWO))
    expect(page.locator("#net")).to_contain_text("Keep this page open")
    portal.start()
    assert until(lambda: record.stored(TWO) == "Another answer.", 30)
    assert until(lambda: record.stored(ONE) == "Before. While it was away.", 10)
    assert saved(page, ONE)
    expect(page.locator("#net")).to_be_hidden()
    assert record.version(ONE) == 2


def sign_in_again(page: Page, portal: Portal) -> None:
    """In the window that the link opened, without scripts."""
    page.get_by_label("User name").fill("ben")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Code from your authenticator app").fill(oath(portal.secrets["ben"]))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gateway")


def test_without_scripts_text_sent_after_the_session_ended_stays_on_the_page_and_is_saved_after_signing_in(
    windows: Windows, record: Record, portal: Portal
) -> None:
    page = windows.open("ben", record.path(), java_script_enabled=False)
    text = "First line.\n\n“Zażółć gęślą jaźń” <b>& more</b>"
    page.locator(f"#{ONE}").fill(text)
    end_sessions(portal, "ben")
    page.get_by_role("button", name="Update", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("your text is kept on this page")
    assert record.stored(ONE) == ""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in_again(opened.value, portal)
    opened.value.close()
    page.get_by_role("button", name="Save my text now").click()
    expect(page.get_by_role("alert", name="Saved")).to_contain_text("1 answer saved")
    assert record.stored(ONE) == text
    expect(page.locator(f"#{ONE}")).to_have_value(text)


def test_without_scripts_text_sent_while_the_server_is_away_is_saved_by_loading_the_page_again(
    windows: Windows, record: Record, amina: httpx2.Client, portal: Portal
) -> None:
    page = windows.open(amina, record.path(), java_script_enabled=False)
    page.locator(f"#{ONE}").fill("Typed before it went away.")
    portal.stop(kill=True)
    page.get_by_role("button", name="Update", exact=True).last.click(no_wait_after=True)
    expect(page.locator("#answers")).to_have_count(0)  # the browser's own page says that nobody answers
    portal.start()
    page.reload()  # as the browser's own page says; it sends the form again
    expect(page.get_by_role("alert", name="Saved")).to_contain_text("1 answer saved")
    assert record.stored(ONE) == "Typed before it went away."
