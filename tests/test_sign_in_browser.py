"""The pages of signing in as people meet them: nothing for axe to find, no sideways scrolling, a password shown."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from migrations.demo import CAST
from tests.fixtures_browser import LAPTOP, PHONE
from tests.fixtures_server import PASSWORD, Portal, oath

TEMPORARY = {member.username: member.password for member in CAST}
SIZES = {"ben": LAPTOP, "ewa": PHONE, "carys": {"width": 320, "height": 256}}


@pytest.fixture(params=SIZES, ids=["laptop", "phone", "400 %"])
def someone(request: pytest.FixtureRequest) -> str:
    """A person who signs in for the first time, each on a screen of another size."""
    return str(request.param)


@pytest.fixture
def page(chromium: Browser, portal: Portal, someone: str) -> Iterator[Page]:
    context = chromium.new_context(viewport=SIZES[someone], bypass_csp=True)  # axe is not of the page's own scripts
    context.set_default_timeout(8000)
    portal.forget_codes()
    yield context.new_page()
    context.close()


def sound(page: Page) -> None:
    """Nothing for axe to find, and nothing beyond the edge of the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, page.url


def test_every_page_of_signing_in_is_sound(page: Page, portal: Portal, someone: str) -> None:
    for path in ("/sign-in", "/sign-in?late=1", "/signed-out", "/signed-out?why=idle", "/nowhere", "/demo/mail"):
        page.goto(portal.url + path)
        sound(page)
    page.goto(portal.url)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#problems")).to_be_focused()
    sound(page)
    page.get_by_label("User name").fill(someone)
    page.keyboard.press("Enter")
    page.wait_for_url("**/password")
    sound(page)
    page.get_by_label("Password").fill("wrong words here")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problems")
    sound(page)
    page.get_by_label("Password").fill(TEMPORARY[someone])
    page.keyboard.press("Enter")
    page.wait_for_url("**/choose")
    sound(page)
    page.get_by_role("button", name="Next").click()
    page.wait_for_selector("#problems")
    sound(page)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The new password again").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/authenticator")
    for summary in page.locator("summary").all():
        summary.click()
    sound(page)
    secret = page.locator(".setup-key").inner_text().replace(" ", "")
    page.get_by_role("button", name="Finish and sign in").click()
    page.wait_for_selector("#problems")
    sound(page)
    page.get_by_label("Code from your authenticator app").fill(oath(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes?next=*")
    sound(page)
    page.get_by_role("button", name="Show me 10 recovery codes").click()
    page.wait_for_selector("#codes")
    sound(page)
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url("**/gateway")
    page.evaluate("() => document.getElementById('idle').showModal()")
    sound(page)
    page.evaluate("() => { document.getElementById('idle').close(); document.getElementById('reauth').showModal() }")
    sound(page)
    page.goto(f"{portal.url}/demo/code/{someone}")
    sound(page)
    portal.forget_codes()
    page.reload()
    sound(page)
    page.goto(f"{portal.url}/gateway")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/signed-out")
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("User name").fill(someone)
    page.keyboard.press("Enter")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/code")
    sound(page)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#problems")
    sound(page)


def test_a_password_can_be_shown_and_is_hidden_again_before_it_is_sent(chromium: Browser, portal: Portal) -> None:
    portal.forget_codes()
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("User name").fill("daljit")
    page.keyboard.press("Enter")
    field = page.get_by_label("Password", exact=True)
    field.fill("wrong words here")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show password").click()
    page.evaluate("() => document.querySelector('main form').addEventListener('submit', e => e.preventDefault())")
    page.get_by_role("button", name="Next").click()
    expect(field).to_have_attribute("type", "password")
    context.close()


def test_password_managers_and_phones_are_told_what_each_box_is(portal: Portal) -> None:
    portal.forget_codes()
    client = portal.client()
    assert 'autocomplete="username"' in client.get("/sign-in").text
    client.post("/sign-in", data={"username": "farah"})
    page = client.get("/sign-in/password").text
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="username"' in page
    client.post("/sign-in/password", data={"password": TEMPORARY["farah"]})
    assert client.get("/sign-in/choose").text.count('autocomplete="new-password"') == 2
    client.post("/sign-in/choose", data={"password": PASSWORD, "again": PASSWORD})
    page = client.get("/sign-in/authenticator").text
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
