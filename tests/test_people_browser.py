"""ICT's People pages in a real browser: free of barriers at three sizes, quick to narrow, and a new phone set up."""

import re

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.test_people import LINK, newest_letter, person

ZOOMED = {"width": 320, "height": 256}  # a laptop's window at 400 %
REFUSED = "refused"  # the form, sent empty


@pytest.fixture(scope="module")
def ict(portal: Portal) -> httpx2.Client:
    return portal.sign_in("hassan")


def barriers(windows: Windows, portal: Portal, ict: httpx2.Client, path: str, size: dict[str, int], then: str) -> None:
    """No fault that axe finds, and nothing to scroll sideways for."""
    page = windows.open(ict, path.replace("{it}", str(person(portal, "Amina Yusuf"))), viewport=size, bypass_csp=True)
    if then == REFUSED:
        page.locator("main form button").last.click()
        page.wait_for_selector(".govuk-error-summary")
    elif then:
        page.select_option("#colleague", label=then)
        page.wait_for_selector("#reason")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("size", [LAPTOP, PHONE, ZOOMED], ids=["laptop", "phone", "400 %"])
@pytest.mark.parametrize(
    ("path", "then"),
    [
        ("/people", ""),
        ("/people/add", ""),
        ("/people/add", REFUSED),
        ("/people/{it}", ""),
        ("/people/{it}?done=changed", ""),
        ("/people/{it}/change", ""),
        ("/people/{it}/password", REFUSED),
        ("/people/{it}/reset", ""),
        ("/people/{it}/reset", REFUSED),
        ("/people/{it}/unlock", ""),
        ("/people/{it}/disable", ""),
        ("/people/{it}/hand-over", ""),
        ("/people/{it}/hand-over", "Ben Carter, Deputy SENCO, Brentmere Primary School"),
        ("/password", ""),
        ("/password/set", ""),
    ],
)
def test_the_pages_have_no_barriers(
    windows: Windows, portal: Portal, ict: httpx2.Client, path: str, then: str, size: dict[str, int]
) -> None:
    barriers(windows, portal, ict, path, size, then)


def test_the_page_that_shows_a_temporary_password_and_the_one_that_sets_one_have_no_barriers(
    windows: Windows, portal: Portal, ict: httpx2.Client
) -> None:
    it = person(portal, "Grace Mensah")
    page = windows.open(ict, f"/people/{it}/password", viewport=PHONE, bypass_csp=True)
    page.check("#way-hand")
    page.fill("#reason", "mail is down")
    page.get_by_role("button", name="Give a new password").click()
    expect(page.locator("#temporary")).to_have_text(re.compile(r"^[a-z]+-[a-z]+-[a-z]+-\d{4}$"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(f"{portal.url}/people/{it}/password")
    page.fill("#reason", "mail is back")
    page.get_by_role("button", name="Give a new password").click()
    expect(page.get_by_role("alert").filter(has_text="on its way by email")).to_be_visible()
    link = LINK.search(newest_letter(portal, "grace.mensah@council.example"))
    assert link
    page = windows.open("", link[1], viewport=PHONE, bypass_csp=True)
    assert page.url == f"{portal.url}/password", "the token is out of sight"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_list_narrows_as_one_chooses_and_keeps_the_focus(
    windows: Windows, portal: Portal, ict: httpx2.Client
) -> None:
    page = windows.open(ict, "/people")
    page.evaluate("() => { window.here = true; }")
    page.focus("#role")
    page.select_option("#role", "adviser")
    expect(page.locator("#total")).to_have_text("2 people")
    assert page.evaluate("() => document.activeElement.id") == "role"
    page.fill("#search", "zielinska")
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("1 person")
    expect(page.get_by_role("link", name="Ewa Zielińska")).to_be_visible()
    assert page.evaluate("() => window.here"), "the page was not loaded again"
    assert "zielinska" not in page.url


def test_without_scripts_the_list_and_the_hand_over_work_as_well(
    windows: Windows, portal: Portal, ict: httpx2.Client
) -> None:
    page = windows.open(ict, "/people", java_script_enabled=False)
    page.fill("#search", "yusuf")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Amina Yusuf").click()
    page.get_by_role("button", name="Hand over to a colleague").click()
    page.select_option("#colleague", label="Ben Carter, Deputy SENCO, Brentmere Primary School")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Goes to Ben Carter")).to_be_visible()


def test_i_have_a_new_phone_how_do_i_set_up_the_security_authentication(windows: Windows, portal: Portal) -> None:
    """ICT resets the account; at the next sign-in the QR code is there again, and the old phone is worth nothing."""
    portal.sign_in("carys")
    old = portal.secrets["carys"]
    hassan = portal.sign_in("hassan")
    portal.forget_codes()
    page = windows.open(hassan, "/people")
    page.fill("#search", "carys")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Carys Morgan").click()
    page.get_by_role("link", name="Reset account").click()
    page.fill("#reason", "new phone; spoke to her on the school's number")
    page.fill("#code", oath(portal.secrets["hassan"]))
    page.get_by_role("button", name="Reset account").click()
    expect(page.get_by_role("alert").filter(has_text="The account is reset")).to_be_visible()
    assert "scan the QR code" in newest_letter(portal, "carys.morgan@stoswins.example")

    hers = windows.open("", "/sign-in")
    hers.fill("#username", "carys")
    hers.keyboard.press("Enter")
    hers.fill("#password", PASSWORD)
    hers.keyboard.press("Enter")
    hers.wait_for_url("**/sign-in/authenticator")
    key = "".join(str(hers.locator(".setup-key").text_content()).split())
    assert key != old
    hers.fill("#code", oath(old))
    hers.keyboard.press("Enter")
    expect(hers.locator(".govuk-error-summary")).to_be_visible()
    hers.fill("#code", oath(key))
    hers.keyboard.press("Enter")
    hers.wait_for_url(re.compile(r"/(gateway|account/)"))
    expect(hers.locator(".top__who")).to_contain_text("Carys Morgan")
