"""The pages about one's own account as people meet them: nothing for axe to find, no sideways scrolling, printable."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal, oath
from tests.test_forgot import letters_to, link_in
from tests.test_sign_in_browser import sound

SIZES = {"laptop": LAPTOP, "phone": PHONE}
PICTURES = os.environ.get("PICTURES", "")  # a folder to look at the pages in


def looked_at(page: Page, size: str, name: str) -> None:
    sound(page)
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}-{size}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_my_account_is_sound(chromium: Browser, portal: Portal, size: str) -> None:
    windows = Windows(chromium, portal)
    client = portal.sign_in("ben")
    portal.forget_codes()
    client.post("/account/authenticator/second", data={"code": oath(portal.secrets["ben"])})
    page = windows.open(client, "/account", viewport=SIZES[size], bypass_csp=True)
    for name in (
        "account",
        "account/password",
        "account/email",
        "account/recovery-codes",
        "account/authenticator/first",
        "account/authenticator/second",
        "account/authenticator/second/remove",
        "account/authenticator/scan",
        "address/nothing",
        "unlock/nothing",
    ):
        page.goto(f"{portal.url}/{name}")
        looked_at(page, size, name.replace("/", "-"))
    for name in ("password", "email", "authenticator/first", "authenticator/scan"):
        page.goto(f"{portal.url}/account/{name}")
        page.locator("main form button:not([type=button])").click()
        expect(page.locator("#problems")).to_be_focused()
        looked_at(page, size, "refused-" + name.replace("/", "-"))
    windows.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_a_forgotten_password_are_sound(chromium: Browser, portal: Portal, size: str) -> None:
    portal.sign_in("carys")
    portal.forget_codes()
    windows = Windows(chromium, portal)
    page = windows.open("", "/sign-in", viewport=SIZES[size], bypass_csp=True)
    page.get_by_label("User name").fill("carys")
    page.keyboard.press("Enter")
    page.wait_for_url("**/password")
    looked_at(page, size, "password")
    for _ in range(12):
        page.get_by_label("Password", exact=True).fill("wrong words here")
        page.keyboard.press("Enter")
        page.wait_for_selector("#problems")
    looked_at(page, size, "slowed")
    page.goto(portal.url + link_in(letters_to(portal, "carys", "Many wrong tries")[-1], "unlock"))
    looked_at(page, size, "unlock")
    page.goto(f"{portal.url}/sign-in/password")
    page.get_by_role("button", name="Forgot password").click()
    looked_at(page, size, "forgotten")
    windows.close()


def test_a_hint_says_how_a_new_password_is_doing(windows: Windows) -> None:
    page = windows.open("ben", "/account/password")
    box, hint = page.get_by_label("New password", exact=True), page.locator("#password-strength")
    for typed, said in (
        ("short", "7 more characters"),
        ("aaaaaaaaaaaaaa", "Weak"),
        ("twelve words", "Fair"),
        ("marmalade lighthouse tuesday", "Strong"),
        ("", ""),
    ):
        box.fill(typed)
        expect(hint).to_contain_text(said) if said else expect(hint).to_be_empty()


def test_a_password_may_be_pasted(windows: Windows) -> None:
    page = windows.open("ben", "/account/password")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("() => navigator.clipboard.writeText('marmalade lighthouse tuesday')")
    box = page.get_by_label("New password", exact=True)
    box.focus()
    page.keyboard.press("ControlOrMeta+V")
    expect(box).to_have_value("marmalade lighthouse tuesday")


LINES = "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"


def test_my_account_says_what_is_and_gives_it_room(portal: Portal, windows: Windows) -> None:
    others = [portal.sign_in("ben") for _ in range(2)]
    page = windows.open("ben", "/account")
    rows = page.locator(".govuk-summary-list__row")
    expect(rows.filter(has_text="Password").locator("dd").first).to_have_text("Set")
    address = rows.filter(has_text="Email").locator("dd").first
    assert address.evaluate(LINES) == 1, "an address is on one line where there is room beside it"
    sessions = page.locator("#sessions > li")
    boxes = [box for one in sessions.all() if (box := one.bounding_box())]
    assert len(boxes) >= len(others)
    gaps = [below["y"] - above["y"] - above["height"] for above, below in pairwise(boxes)]
    assert min(gaps) >= 20
    button = sessions.nth(1).get_by_role("button", name="Sign out there").bounding_box()
    last = sessions.nth(1).evaluate("e => Math.max(...[...(() => { const r = document.createRange(); r.setStart(e, 0);"
                                    " r.setEndBefore(e.querySelector('button')); return r })().getClientRects()]"
                                    ".map(rect => rect.bottom))")  # fmt: skip
    assert button
    assert button["y"] + page.evaluate("scrollY") - last >= 8


# The text of an element as it is broken into lines.
BROKEN = """e => { const text = e.firstChild, r = document.createRange(), lines = []; let top = NaN;
    for (let at = 0; at < text.length; at++) {
        r.setStart(text, at); r.setEnd(text, at + 1);
        const y = r.getBoundingClientRect().top;
        if (Math.abs(y - top) < 4) lines[lines.length - 1] += text.data[at]; else lines.push(text.data[at]);
        top = y;
    } return lines }"""


@pytest.mark.parametrize("size", SIZES)
def test_a_recovery_code_breaks_in_its_middle_and_its_number_stands_beside_it(
    portal: Portal, chromium: Browser, size: str
) -> None:
    client = portal.sign_in("ben")
    portal.forget_codes()
    windows = Windows(chromium, portal)
    page = windows.open(client, "/account/recovery-codes", viewport=SIZES[size], bypass_csp=True)
    if page.locator("#code").count():
        page.locator("#code").fill(oath(portal.secrets["ben"]))
    page.get_by_role("button", name="recovery codes").click()
    expect(page.locator("#codes li")).to_have_count(10)
    for item in page.locator("#codes li").all():
        code = item.locator("code")
        parts = code.evaluate(BROKEN)
        assert [len(part) for part in parts] == ([29] if size == "laptop" else [15, 14]), parts
        beside, line = code.bounding_box(), item.bounding_box()
        assert beside
        assert line
        assert beside["y"] - line["y"] < 12, "the number's line is the code's first"
    looked_at(page, size, "recovery-codes")
    windows.close()
