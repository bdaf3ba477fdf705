"""The end of a session: the clock, the warning before it, and signing in again without losing a word."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures_server import PASSWORD, Portal, oath

SHORT = {"PORTAL_IDLE_MINUTES": "0.1", "PORTAL_WARN_SECONDS": "4"}  # six seconds, and a warning after two
# The page makes these itself: a signed-out session answers 401.
EXPECTED = ("Failed to load resource",)


@pytest.fixture(scope="module")
def brief(make_portal: Callable[..., Portal], portal: Portal) -> Portal:
    """A portal that signs people out after six seconds."""
    made = make_portal(**SHORT)
    made.secrets = portal.secrets
    return made


def record_of(portal: Portal) -> str:
    """A draft at Brentmere, where amina and ben work."""
    with portal.owner() as connection:
        found = connection.execute(
            "select r.id from portal.record r join portal.setting s on s.id = r.setting"
            " where r.status = 'draft' and s.name = 'Brentmere Primary School' order by r.reference limit 1"
        ).fetchone()
    assert found
    return str(found[0])


def value(portal: Portal, client: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/session").json()
    return found


# ---------------------------------------------------------------- the clock


def test_a_page_that_only_looks_is_signed_out_all_the_same(brief: Portal) -> None:
    client = brief.sign_in("amina")
    record = record_of(brief)
    looks = (
        ("/session", {}),
        (f"/records/{record}/versions?tab=child_views", {}),
        (f"/records/{record}/fields/views_strengths", {}),
        (f"/records/{record}/needs-attention", {}),
        ("/gateway", {"X-Background": "1"}),
    )
    before = value(brief, client)["remaining"]
    deadline = time.monotonic() + 8
    statuses = []
    while time.monotonic() < deadline:
        statuses = [client.get(path, headers=headers).status_code for path, headers in looks]
        if statuses[0] == 401:
            break
        time.sleep(0.5)
    assert before <= 6
    assert statuses[0] == 401
    assert time.monotonic() < deadline


@pytest.mark.parametrize(("method", "path"), [("GET", "/gateway"), ("POST", "/session")])
def test_a_sign_of_the_person_begins_the_time_anew(brief: Portal, method: str, path: str) -> None:
    client = brief.sign_in("amina")
    for _ in range(5):
        time.sleep(2)
        assert client.request(method, path).status_code == 200
    assert value(brief, client)["remaining"] >= 5


def test_every_answer_says_how_long_is_left(portal: Portal) -> None:
    client = portal.sign_in("amina")
    for path in ("/gateway", "/session", "/nowhere"):
        assert 0 < int(client.get(path).headers["x-idle-remaining"]) <= 600
    assert "x-idle-remaining" not in portal.client().get("/sign-in").headers


def test_no_session_is_endless_however_busy_the_person(portal: Portal) -> None:
    client = portal.sign_in("amina")
    with portal.owner() as connection:
        connection.execute(
            "update priv.session set ends_at = clock_timestamp() + interval '90 seconds' where ended_at is null"
        )
        client.get("/gateway")
        assert value(portal, client)["remaining"] <= 90
        assert value(portal, client)["last"] is True
        connection.execute("update priv.session set ends_at = clock_timestamp() where ended_at is null")
    assert client.get("/session").status_code == 401


def test_the_time_is_written_down_at_most_twice_a_minute(portal: Portal) -> None:
    client = portal.sign_in("amina")
    with portal.owner() as connection:
        seen = "select max(seen_at) from priv.session where ended_at is null"
        before = connection.execute(seen).fetchone()
        for _ in range(5):
            client.get("/gateway")
        assert connection.execute(seen).fetchone() == before


def test_a_closed_account_is_out_at_once(portal: Portal) -> None:
    client = portal.sign_in("ewa")
    with portal.owner() as connection:
        try:
            connection.execute("update priv.account set disabled_at = now() where username = 'ewa'")
            assert client.get("/session").status_code == 401
        finally:
            connection.execute("update priv.account set disabled_at = null where username = 'ewa'")


def test_old_sessions_are_forgotten_after_a_month(portal: Portal) -> None:
    portal.sign_in("amina")
    with portal.owner() as connection:
        old = (
            "insert into priv.session (token_hash, person, stage, ends_at, idle)"
            " select sha256('old'), person, 'full', now() - interval '31 days', '10 minutes' from priv.account limit 1"
        )
        connection.execute(old)
        live = connection.execute("select count(*) from priv.session where ends_at > now()").fetchone()
        connection.execute("set role portal_p_loop")
        connection.execute("select priv.session_purge()")
        connection.execute("reset role")
        left = connection.execute("select count(*) from priv.session where token_hash = sha256('old')").fetchone()
        assert left == (0,)
        assert connection.execute("select count(*) from priv.session where ends_at > now()").fetchone() == live


# ---------------------------------------------------------------- again, in place


def expire(portal: Portal) -> None:
    """Ten minutes have passed for everybody."""
    with portal.owner() as connection:
        connection.execute("update priv.session set seen_at = clock_timestamp() - idle where ended_at is null")
    portal.forget_codes()


def test_the_same_person_goes_on_with_password_and_code(portal: Portal) -> None:
    client = portal.sign_in("amina")
    me = value(portal, client)["user"]
    expire(portal)
    assert client.get("/session").status_code == 401
    given = {"password": PASSWORD, "code": oath(portal.secrets["amina"]), "user": str(me)}
    answer = client.post("/session/again", json=given)
    assert answer.json() == {"user": me, "remaining": 600}
    assert value(portal, client)["last"] is False
    assert client.get("/gateway").status_code == 200


@pytest.mark.parametrize(
    ("password", "code", "said"),
    [
        ("wrong words here", "right", "The password is not right."),
        (PASSWORD, "000000", "That code is not right."),
        (PASSWORD, "", "Type the six figures"),
        ("", "right", "Type your password."),
    ],
)
def test_again_needs_both_right(portal: Portal, password: str, code: str, said: str) -> None:
    client = portal.sign_in("amina")
    expire(portal)
    right = oath(portal.secrets["amina"])
    answer = client.post("/session/again", json={"password": password, "code": right if code == "right" else code})
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(said)
    assert client.get("/session").status_code == 401


def test_again_is_for_the_person_whose_page_it_is(portal: Portal) -> None:
    client = portal.sign_in("amina")
    other = value(portal, portal.sign_in("carys"))["user"]
    expire(portal)
    given = {"password": PASSWORD, "code": oath(portal.secrets["amina"]), "user": str(other)}
    answer = client.post("/session/again", json=given)
    assert answer.status_code == 409
    assert "Somebody else" in answer.json()["message"]


def test_again_is_not_possible_after_a_sign_out_or_without_a_session(portal: Portal) -> None:
    client = portal.sign_in("amina")
    token = client.cookies["sid"]
    client.post("/sign-out")
    client.cookies.set("sid", token)
    portal.forget_codes()
    given = {"password": PASSWORD, "code": oath(portal.secrets["amina"])}
    for one in (client, portal.client()):
        assert one.post("/session/again", json=given).status_code == 409


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"password": 1, "code": {}}', b"[" * 100_000, b'{"password": "\\ud800"}']
)
def test_rubbish_is_answered_in_words(portal: Portal, body: bytes) -> None:
    client = portal.sign_in("amina")
    answer = client.post("/session/again", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["message"]


def test_another_persons_page_is_not_served_as_this_persons(portal: Portal) -> None:
    client = portal.sign_in("amina")
    me = value(portal, client)["user"]
    assert client.get("/session", headers={"X-Person": str(me)}).status_code == 200
    assert client.get("/session", headers={"X-Person": str(me + 1)}).status_code == 401
    record = record_of(portal)
    body = {"value": "x", "base": 0, "client": "elsewhere-0123456789", "seq": 1, "person": str(me + 1)}
    assert client.post(f"/records/{record}/fields/views_strengths", json=body).status_code == 401


# ---------------------------------------------------------------- in the browser


class Window:
    """A browser somebody is signed in with, whose pages must not complain."""

    def __init__(self, chromium: Browser, portal: Portal, username: str) -> None:
        self.portal = portal
        self.context: BrowserContext = chromium.new_context(viewport={"width": 1366, "height": 768})
        self.context.set_default_timeout(12_000)
        self.complaints: list[str] = []
        self.become(username)

    def become(self, username: str) -> None:
        """Signed in as that person, in whatever window."""
        client = self.portal.sign_in(username)
        self.context.clear_cookies()
        self.context.add_cookies(
            [{"name": c.name, "value": c.value or "", "url": self.portal.url} for c in client.cookies.jar]
        )

    def open(self, path: str = "/gateway") -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.goto(self.portal.url + path)
        return page

    def _note(self, text: str) -> None:
        if not any(known in text for known in EXPECTED):
            self.complaints.append(text)


@pytest.fixture
def window(chromium: Browser, brief: Portal) -> Iterator[Callable[[str], Window]]:
    made: list[Window] = []

    def open_one(username: str) -> Window:
        made.append(Window(chromium, brief, username))
        return made[-1]

    yield open_one
    for one in made:
        one.context.close()
        assert one.complaints == []


@pytest.fixture
def tab(brief: Portal) -> str:
    return f"/records/{record_of(brief)}/child_views"


def test_a_warning_comes_in_time_and_one_key_stays(window: Callable[[str], Window]) -> None:
    page = window("amina").open()
    expect(page.locator("#idle")).to_be_visible()
    expect(page.locator("#idle-stay")).to_be_focused()
    expect(page.locator("#idle-saved")).to_be_hidden()  # nothing here saves itself
    expect(page.locator("#idle-spoken")).to_contain_text("We will sign you out in")
    page.keyboard.press("Enter")
    expect(page.locator("#idle")).to_be_hidden()
    expect(page.locator("#idle")).to_be_visible()
    page.keyboard.press("Escape")  # Esc means stay as well
    expect(page.locator("#idle")).to_be_hidden()
    assert page.url.endswith("/gateway")


def last_minutes(portal: Portal, seconds: int) -> None:
    """The twelve hours are over in so many seconds for everybody."""
    with portal.owner() as connection:
        connection.execute(
            "update priv.session set ends_at = clock_timestamp() + make_interval(secs => %s) where ended_at is null",
            [seconds],
        )


def test_the_last_minutes_of_twelve_hours_are_said_once_and_not_called_idle(chromium: Browser, portal: Portal) -> None:
    browser = Window(chromium, portal, "amina")
    last_minutes(portal, 60)
    page, other = browser.open(f"/records/{record_of(portal)}/child_views"), browser.open("/account")
    for one in (page, other):
        expect(one.locator("#idle-last")).to_contain_text("You have been signed in for 12 hours.")
        expect(one.locator("#idle-text")).to_be_hidden()
        expect(one.get_by_role("button", name="Stay signed in")).to_be_hidden()
    expect(page.locator("#idle-saved")).to_be_visible()
    expect(other.locator("#idle-saved")).to_be_hidden()
    page.get_by_role("button", name="Go on until then").click()
    expect(page.locator("#idle")).to_be_hidden()
    expect(other.locator("#idle")).to_be_hidden()
    for _ in range(3):  # it does not come back, however busy one is, nor on the next page
        page.keyboard.press("Shift")
        page.wait_for_timeout(400)
    page.goto(f"{portal.url}/gateway")
    page.wait_for_function("() => self.session")
    page.wait_for_timeout(800)
    expect(page.locator("#idle")).to_be_hidden()
    last_minutes(portal, 2)
    page.reload()
    page.wait_for_selector("#reauth[open]")
    portal.forget_codes()
    page.fill("#reauth-password", PASSWORD)
    page.fill("#reauth-code", oath(portal.secrets["amina"]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gateway")
    expect(page.locator("#idle")).to_be_hidden()
    browser.context.close()
    assert browser.complaints == []


def test_the_idle_time_counts_from_the_last_key(chromium: Browser, portal: Portal) -> None:
    """A sign just after another is not told at once, but it is told: nobody loses the minute in between."""
    browser = Window(chromium, portal, "amina")
    browser.context.clock.install()
    page = browser.open()
    told: list[str] = []
    page.on("request", lambda sent: told.append(sent.method) if sent.url.endswith("/session") else None)
    with portal.owner() as connection:
        seen = "select extract(epoch from clock_timestamp() - max(seen_at)) from priv.session where ended_at is null"
        page.keyboard.press("Shift")
        page.clock.run_for(20_000)
        page.keyboard.press("Shift")
        assert told == [], "the page itself was a sign, a moment ago"
        connection.execute("update priv.session set seen_at = seen_at - interval '90 seconds' where ended_at is null")
        page.clock.run_for(25_000)
        page.wait_for_timeout(500)
        assert told == ["POST"]
        (ago,) = connection.execute(seen).fetchone() or (99,)
        assert ago < 30
        page.clock.run_for(120_000)
        page.wait_for_timeout(300)
        assert told == ["POST"], "without another sign there is nothing to tell"
    browser.context.close()


def test_moving_about_while_the_warning_is_open_is_no_answer_to_it(window: Callable[[str], Window]) -> None:
    page = window("amina").open()
    expect(page.locator("#idle")).to_be_visible()
    for step in range(5):
        page.mouse.click(5 + step, 5)
    page.wait_for_selector("#reauth[open]")


def test_working_keeps_the_warning_away(window: Callable[[str], Window]) -> None:
    page = window("amina").open()
    for _ in range(16):
        page.keyboard.press("Shift")
        page.wait_for_timeout(500)
        assert not page.locator("#idle").is_visible()


def test_work_in_one_tab_keeps_the_other_signed_in(window: Callable[[str], Window]) -> None:
    browser = window("amina")
    quiet, busy = browser.open(), browser.open()
    for _ in range(16):
        busy.keyboard.press("Shift")
        busy.wait_for_timeout(500)
    assert not quiet.locator("#idle").is_visible()
    assert quiet.url.endswith("/gateway")


def test_at_the_end_nothing_of_a_saved_record_stays_and_signing_in_goes_on_with_it(
    window: Callable[[str], Window], portal: Portal, tab: str
) -> None:
    page = window("amina").open(tab)
    page.wait_for_selector("#reauth[open]")
    assert page.locator("#app").inner_html() == ""
    expect(page.locator("#reauth-clean")).to_be_visible()
    expect(page.locator("#reauth-text")).to_be_hidden()
    portal.forget_codes()
    page.fill("#reauth-password", PASSWORD)
    page.fill("#reauth-code", oath(portal.secrets["amina"]))
    page.keyboard.press("Enter")
    expect(page.locator("#answers")).to_be_visible()
    assert page.url.endswith(tab)


def write_unsaved(page: Page, text: str) -> None:
    """Type something that does not get through to the portal."""
    page.route("**/fields/**", lambda route: route.abort())
    page.locator('[id="views_strengths"]').fill(text)


def test_unsaved_words_wait_behind_a_lock_until_the_same_person_is_back(
    window: Callable[[str], Window], brief: Portal, tab: str
) -> None:
    page = window("amina").open(tab)
    write_unsaved(page, "She builds bridges out of anything.")
    page.wait_for_selector("#reauth[open]")
    expect(page.locator('[id="views_strengths"]')).to_be_hidden()
    expect(page.locator("#reauth-until")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(page.locator("#reauth-password")).to_be_focused()
    page.evaluate("() => document.getElementById('reauth').removeAttribute('closedby')")  # not every browser knows it
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.locator("#reauth")).to_be_visible()
    page.unroute("**/fields/**")
    brief.forget_codes()
    page.fill("#reauth-password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#reauth-problem")).to_contain_text("six figures")
    expect(page.locator("#reauth-code")).to_be_focused()
    page.fill("#reauth-code", oath(brief.secrets["amina"]))
    page.keyboard.press("Enter")
    expect(page.locator("#reauth")).to_be_hidden()
    expect(page.locator('[id="views_strengths"]')).to_be_focused()
    expect(page.locator('[id="s-views_strengths"]')).to_contain_text("Saved")
    assert page.locator("#reauth-password").input_value() == ""


def test_signing_in_again_in_another_tab_unlocks_this_one(
    window: Callable[[str], Window], brief: Portal, tab: str
) -> None:
    browser = window("amina")
    page = browser.open(tab)
    write_unsaved(page, "She laughs with her whole body.")
    page.wait_for_selector("#reauth[open]")
    page.unroute("**/fields/**")
    browser.become("amina")
    browser.open("/gateway")
    expect(page.locator("#reauth")).to_be_hidden()
    expect(page.locator('[id="s-views_strengths"]')).to_contain_text("Saved")


def test_the_page_leaves_at_once_when_another_person_signs_in(chromium: Browser, portal: Portal) -> None:
    browser = Window(chromium, portal, "amina")
    page = browser.open(f"/records/{record_of(portal)}/child_views")
    write_unsaved(page, "Words of Amina’s, never Carys’s.")
    browser.become("carys")
    page.unroute("**/fields/**")
    browser.open("/gateway")
    expect(page).to_have_url(f"{portal.url}/gateway")
    with portal.owner() as connection:
        found = connection.execute("select count(*) from portal.answer where value like 'Words of Amina%'").fetchone()
    assert found == (0,)
    browser.context.close()
    assert browser.complaints == []


def test_unsaved_words_are_given_up_after_a_quarter_of_an_hour(window: Callable[[str], Window], tab: str) -> None:
    browser = window("amina")
    browser.context.clock.install()
    page = browser.open(tab)
    write_unsaved(page, "Nobody comes back for this.")
    page.clock.run_for(8_000)
    page.wait_for_selector("#reauth[open]")
    page.clock.run_for(14 * 60_000)
    expect(page.locator("#reauth")).to_be_visible()
    page.clock.run_for(61_000)
    page.wait_for_url("**/signed-out?why=idle*")
    assert "Nobody comes back" not in page.content()
