"""The portal's frequently asked questions about accounts, each answered by what a person does in a real browser."""

from collections.abc import Callable
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Page, expect

from migrations.demo import CAST
from tests.fixtures_browser import Windows
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.test_forgot import letters_to, link_in
from tests.test_story import scanned

TEMPORARY = {member.username: member.password for member in CAST}
NEW = "marmalade lighthouse tuesday"


def to_password(page: Page, username: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_role("button", name="Next").click()


def to_code(page: Page, username: str, password: str) -> None:
    to_password(page, username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Next").click()


def at_gateway(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Gateway")


def test_i_have_downloaded_the_2fas_app_but_it_says_service_list_is_empty(
    windows: Windows, portal: Portal, tmp_path: Path
) -> None:
    """I have downloaded the 2FAS authentication app but it says service list is empty."""
    page = windows.open()
    to_code(page, "ewa", TEMPORARY["ewa"])
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The new password again").fill(PASSWORD)
    page.get_by_role("button", name="Next").click()
    page.get_by_text("service list is empty").click()
    expect(page.locator("details[open]")).to_contain_text("press the + sign")
    expect(page.locator("details[open]")).to_contain_text("Scan QR code")
    portal.secrets["ewa"] = scanned(page, tmp_path)
    page.get_by_label("Code from your authenticator app").fill(oath(portal.secrets["ewa"]))
    page.get_by_role("button", name="Finish and sign in").click()
    page.get_by_role("link", name="Later").click()
    at_gateway(page)


def test_i_have_a_new_phone_how_do_i_set_up_the_security_authentication(
    windows: Windows, portal: Portal, tmp_path: Path
) -> None:
    """I have a new phone, how do I set up the security authentication?"""
    page = windows.open("ben", "/gateway")
    portal.forget_codes()
    page.get_by_text("Modules").click()
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Move to a new phone").click()
    page.get_by_label("Code from your present app").fill(oath(portal.secrets["ben"]))
    page.get_by_role("button", name="Next").click()
    new = scanned(page, tmp_path)
    assert new != portal.secrets["ben"]
    page.get_by_label("Code that the new app now shows").fill(oath(new))
    page.get_by_role("button", name="Use this app from now on").click()
    expect(page.get_by_role("alert").first).to_contain_text("Your new authenticator app counts from now on")
    portal.secrets["ben"] = new
    page.get_by_role("button", name="Sign out").click()
    portal.forget_codes()
    page.get_by_role("button", name="Sign in").click()
    to_code(page, "ben", PASSWORD)
    page.get_by_label("Code from your authenticator app").fill(oath(new))
    page.get_by_role("button", name="Sign in", exact=True).click()
    at_gateway(page)


def test_i_have_lost_my_phone_and_kept_my_recovery_codes(windows: Windows, portal: Portal) -> None:
    """I have a new phone, and the old one is gone."""
    page = windows.open("ben", "/account/recovery-codes")
    portal.forget_codes()
    asked = page.locator("main").get_by_label("Code from your authenticator app")
    if asked.count():  # unless they have just enrolled
        asked.fill(oath(portal.secrets["ben"]))
    page.get_by_role("button", name="Show me 10 recovery codes").click()
    code = page.locator("#codes code").first.inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").click()
    to_code(page, "ben", PASSWORD)
    page.get_by_text("I do not have my phone").click()
    page.get_by_label("Recovery code").fill(code)
    page.get_by_role("button", name="Sign in with a recovery code").click()
    at_gateway(page)


def test_i_forgot_my_password_how_can_it_be_reset(windows: Windows, portal: Portal) -> None:
    """I forgot my password, how can it be reset?"""
    portal.sign_in("carys")
    portal.forget_codes()
    page = windows.open()
    to_password(page, "carys")
    page.get_by_role("button", name="Forgot password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")
    page.goto(portal.url + link_in(letters_to(portal, "carys", "new password")[-1]))
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("The new password again").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("button", name="Sign in").click()
    to_code(page, "carys", NEW)
    page.get_by_label("Code from your authenticator app").fill(oath(portal.secrets["carys"]))
    page.get_by_role("button", name="Sign in", exact=True).click()
    at_gateway(page)


def test_the_forgot_password_function_works_within_55_days_of_the_last_sign_in(
    windows: Windows, portal: Portal
) -> None:
    """If you have not logged in within 55 days, the account will need to be reset."""
    portal.sign_in("daljit")
    portal.forget_codes()
    with portal.owner() as db:
        db.execute("update priv.account set signed_in_at = now() - interval '56 days' where username = 'daljit'")
    page = windows.open()
    to_password(page, "daljit")
    page.get_by_role("button", name="Forgot password").click()
    expect(page.locator("main")).to_contain_text("55 days")
    body = letters_to(portal, "daljit", "please write to Education ICT")[-1]
    assert "EalingEducationICT@ealing.gov.uk" in body
    assert "/password/" not in body


def test_what_do_i_do_if_an_error_message_appears_saying_oooops(windows: Windows) -> None:
    """What do I do if an error message appears saying Oooops! when I log in?"""
    page = windows.open("amina", "/nowhere")
    expect(page.locator("main")).to_contain_text("Oooops!")
    page.get_by_text("Modules").click()
    page.get_by_role("navigation", name="Modules").get_by_role("link", name="Gateway").click()
    at_gateway(page)


def test_why_does_the_portal_keep_logging_out(
    chromium: Browser, portal: Portal, make_portal: Callable[..., Portal]
) -> None:
    """Why does the portal keep logging out?"""
    brief = make_portal(PORTAL_IDLE_MINUTES="0.25", PORTAL_WARN_SECONDS="9")
    brief.secrets = portal.secrets
    windows = Windows(chromium, brief)
    client: httpx2.Client = brief.sign_in("amina")
    page = windows.open(client, "/account/email")
    other = windows.contexts[0].new_page()
    other.goto(brief.url + "/gateway")
    for tab in (page, other):
        expect(tab.locator("#idle")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Stay signed in").click()
    for tab in (page, other):
        expect(tab.locator("#idle")).to_be_hidden()
    page.get_by_label("New email address").fill("half a thought")
    page.wait_for_selector("#reauth[open]", timeout=40_000)
    expect(page.locator("#app")).to_be_hidden()
    expect(page.locator("#reauth-text")).to_contain_text("not saved")
    other.wait_for_selector("#reauth[open]", timeout=40_000)
    assert other.locator("#app").inner_html() == ""
    brief.forget_codes()
    page.fill("#reauth-password", PASSWORD)
    page.fill("#reauth-code", oath(brief.secrets["amina"]))
    page.keyboard.press("Enter")
    expect(page.locator("#app")).to_be_visible()
    expect(page.get_by_label("New email address")).to_have_value("half a thought")
    expect(other.get_by_role("heading", level=1)).to_have_text("Gateway")
    windows.close()
