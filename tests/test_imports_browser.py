"""Settings and imports in a real browser: free of barriers at three sizes, and a file followed to its end by itself."""

import re

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_imports import CHILD, bring, register, school

ZOOMED = {"width": 320, "height": 256}  # a laptop's window at 400 %
SIZES = pytest.mark.parametrize("size", [LAPTOP, PHONE, ZOOMED], ids=["laptop", "phone", "400 %"])
REGISTER = register(
    school(name="Brentmere Community School"),
    school(urn="990104", number="7901", status="Closed", closed="31-08-2026", name="Larkfield Bridge School"),
    school(urn="995001", number="2999", name="École Neuve"),
    school(urn="99", number="2998", name="Broken School"),
)


@pytest.fixture(scope="module")
def ict(portal: Portal) -> httpx2.Client:
    return portal.sign_in("hassan")


def free_of_barriers(page: Page, size: dict[str, int]) -> None:
    """No fault that axe finds, and nothing to scroll sideways for."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


@SIZES
@pytest.mark.parametrize(
    ("path", "press"),
    [
        ("/settings", ""),
        ("/settings?search=zzz", ""),
        ("/settings/new", "Add the setting"),
        ("/settings/1?done=changed", ""),
        ("/imports/settings", ""),
        ("/imports/people", ""),
        ("/imports/children", "Look through it"),
    ],
)
def test_the_pages_have_no_barriers(
    windows: Windows, ict: httpx2.Client, path: str, press: str, size: dict[str, int]
) -> None:
    page = windows.open(ict, path, viewport=size, bypass_csp=True)
    if press:
        page.get_by_role("button", name=press).click()
        page.wait_for_selector(".govuk-error-summary")
    for closed in page.locator("main details:not([open]) > summary").all():
        closed.click()
    free_of_barriers(page, size)


@SIZES
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("settings", REGISTER),
        ("children", (CHILD + "Ada,Sicht,1/1/2019,F,,3072901,\r\nx,,31/2/2019,?,,1,\r\n").encode()),
        ("people", b"PK\x03\x04"),
    ],
)
def test_what_a_file_would_do_has_no_barriers(
    windows: Windows, ict: httpx2.Client, kind: str, content: bytes, size: dict[str, int]
) -> None:
    address, _ = bring(ict, kind, content)
    free_of_barriers(windows.open(ict, address, viewport=size, bypass_csp=True), size)


def test_a_file_is_followed_to_its_end_without_reloading(windows: Windows, ict: httpx2.Client) -> None:
    rows = "".join(f"Kind {n},Folge,{1 + n % 28}/{1 + n % 12}/2018,F,,3072901,\r\n" for n in range(10_000))
    page = windows.open(ict, "/imports/children")
    file = FilePayload(name="children.csv", mimeType="text/csv", buffer=(CHILD + rows).encode())
    page.set_input_files("#file", files=[file])
    page.get_by_role("button", name="Look through it").click()
    page.get_by_role("button", name="Add 10,000 children").click(timeout=60_000)
    expect(page.locator("#import [role=status]")).to_have_text(re.compile(r"of 10,000 rows"), timeout=60_000)
    expect(page.locator("#import")).to_contain_text("10,000 children added.", timeout=60_000)
    expect(page.locator("progress")).to_have_count(0)


def test_settings_are_narrowed_as_they_are_searched_for(windows: Windows, ict: httpx2.Client) -> None:
    page = windows.open(ict, "/settings")
    page.fill("#search", "larkf")
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("1 setting found")
    expect(page.locator("#search")).to_have_value("larkf")
    page.select_option("#show", "closed")
    expect(page.locator("#settings .nothing")).to_have_text("No setting matches this search.")


def test_the_list_of_children_is_taken_along_from_the_gateway(windows: Windows) -> None:
    page = windows.open("amina", "/gateway")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a table (CSV)").click()
    assert re.fullmatch(r"gateway-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    expect(page.get_by_role("heading", name="Gateway")).to_be_visible()
