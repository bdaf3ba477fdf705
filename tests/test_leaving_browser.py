"""Nothing typed is lost when a page is left, a session ends, or there are no scripts at all."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk import Desk, Record, box, focused, until, write
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.line import Line

ONE, TWO, THREE = "views_strengths", "views_important", "views_communication"


# ---- the end of a session -------------------------------------------------------------------------------------------


def end_sessions(portal: Portal) -> None:
    with portal.owner() as db:
        db.execute("update priv.session set seen_at = clock_timestamp() - interval '2 hours'")


@pytest.fixture
def own_session(chromium: Browser, line: Line, record: Record, portal: Portal) -> Iterator[Desk]:
    """A session that may end without ending everybody else's."""
    desk = Desk(chromium, line, record, portal.sign_in("amina"))
    with portal.owner() as db:
        kept = [row[0] for row in db.execute("select token_hash from priv.session where stage = 'full'")]
    yield desk
    desk.close()
    with portal.owner() as db:
        db.execute(
            "update priv.session set seen_at = clock_timestamp(), ended_at = null where token_hash = any(%s)", [kept]
        )


def test_a_session_that_ended_is_begun_again_in_place_and_the_text_is_saved(
    own_session: Desk, portal: Portal, record: Record
) -> None:
    page = own_session.open()
    end_sessions(portal)
    write(page, ONE, "precious")
    page.wait_for_selector("#reauth[open]")
    assert page.is_hidden("#app")
    page.fill("#reauth-password", "not the password")
    page.fill("#reauth-code", "000000")
    page.click("#reauth-go")
    expect(page.locator("#reauth-problem")).not_to_be_empty()
    portal.forget_codes()
    page.fill("#reauth-password", PASSWORD)
    page.fill("#reauth-code", oath(portal.secrets["amina"]))
    page.keyboard.press("Enter")
    assert until(lambda: record.stored(ONE) == "precious")
    assert page.is_visible("#app")
    assert page.input_value(box(ONE)) == "precious"
    assert focused(page) == ONE


def test_a_session_that_ended_with_everything_saved_empties_the_page(own_session: Desk, portal: Portal) -> None:
    page = own_session.open()
    end_sessions(portal)
    page.evaluate("() => void self.autosave.revalidate()")
    page.wait_for_selector("#reauth[open]")
    assert page.locator("#app").inner_html() == ""


# ---- leaving --------------------------------------------------------------------------------------------------------


def test_going_elsewhere_at_once_keeps_the_last_words(page: Page, record: Record, line: Line) -> None:
    line.before = [0.4]  # a slow line: what the browser gives up as the page goes never arrives
    write(page, ONE, "last words", delay=0)
    page.evaluate("u => { location.href = u }", line.url + "/gateway")
    assert until(lambda: record.stored(ONE) == "last words", 3)


def test_closing_the_window_at_once_keeps_the_last_words(desk: Desk, page: Page, record: Record) -> None:
    desk.open()
    page.bring_to_front()
    write(page, ONE, "closing", delay=0)
    page.close(run_before_unload=True)
    assert until(lambda: record.stored(ONE) == "closing", 3)


def test_leaving_during_a_save_keeps_the_newest_words(page: Page, record: Record, line: Line) -> None:
    line.after = [1.2]
    write(page, ONE, "A", delay=0)
    assert until(lambda: line.saves)
    page.keyboard.type(" B")
    page.evaluate("u => { location.href = u }", line.url + "/gateway")
    assert until(lambda: record.stored(ONE) == "A B", 4)


def test_going_to_another_tab_waits_for_the_save_and_back_shows_it(page: Page, record: Record, line: Line) -> None:
    line.before = [0.5]
    write(page, ONE, "kept", delay=0)
    page.click("#tab-parent_views")
    page.wait_for_url(re.compile("parent_views"))
    assert record.stored(ONE) == "kept"
    assert record.version(ONE) == 1
    page.go_back()
    expect(page.locator(box(ONE))).to_have_value("kept")


def test_loading_the_page_again_right_after_typing_shows_what_was_typed(page: Page, record: Record, line: Line) -> None:
    line.before = [0.6]
    write(page, ONE, "reloaded", delay=0)
    page.reload()
    expect(page.locator(box(ONE))).to_have_value("reloaded")
    assert record.stored(ONE) == "reloaded"


def fill_at_once(page: Page, text: str, *keys: str) -> None:
    page.evaluate(
        """([text, keys]) => { for (const key of keys) { const e = document.getElementById(key); e.focus();
           e.value = text; e.dispatchEvent(new Event('input', {bubbles: true})); } }""",
        [text, list(keys)],
    )


def test_twenty_thousand_letters_with_accents_outlive_the_page(page: Page, record: Record, line: Line) -> None:
    fill_at_once(page, "é" * 20_000, ONE)
    page.evaluate("u => { location.href = u }", line.url + "/gateway")
    assert until(lambda: record.stored(ONE) == "é" * 20_000, 5)


def test_of_three_full_boxes_none_is_lost_on_leaving_by_a_link(page: Page, record: Record) -> None:
    fill_at_once(page, "é" * 19_000, ONE, TWO, THREE)
    page.click("#tab-parent_views")
    page.wait_for_url(re.compile("parent_views"))
    assert [len(record.stored(key)) for key in (ONE, TWO, THREE)] == [19_000] * 3


def test_words_that_cannot_be_saved_are_not_left_behind_unasked(desk: Desk, page: Page, record: Record) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    desk.context.set_offline(True)
    write(page, ONE, "stuck")
    page.click("#tab-parent_views")
    assert until(lambda: page.wait_for_timeout(50) or asked, 8)  # Playwright hears of a dialog only while it waits
    assert "not saved" in asked[0]
    assert page.url.endswith("child_views")
    desk.context.set_offline(False)
    assert until(lambda: record.stored(ONE) == "stuck", 9)


def test_text_waiting_on_a_bad_line_survives_a_change_of_tabs(page: Page, record: Record, line: Line) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    line.instead = [503] * 3
    write(page, ONE, "waits")
    page.click("#tab-parent_views")
    page.wait_for_url(re.compile("parent_views"))
    assert until(lambda: record.stored(ONE) == "waits", 20)


# ---- without a script -----------------------------------------------------------------------------------------------


def test_without_a_script_update_saves_and_two_people_lose_nothing(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client, ben: httpx2.Client
) -> None:
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open()
    page.fill(box(ONE), "line1\nline2")
    page.click("#update")
    assert record.stored(ONE) == "line1\nline2"
    assert "saved=1" in page.url
    expect(page.locator("main")).to_contain_text("1 answer saved")
    page.fill(box(TWO), "mine without a script")
    record.write(ben, TWO, "Ben's second")
    record.write(ben, THREE, "Ben's third")
    page.click("#update")
    assert record.stored(TWO) == "Ben's second"
    assert record.stored(THREE) == "Ben's third"
    expect(page.locator(f"[id='c-{TWO}'] .conflict")).to_contain_text("Ben's second")
    assert page.input_value(box(TWO)) == "mine without a script"
    page.click("#update")
    assert record.stored(TWO) == "mine without a script"
    assert record.stored(THREE) == "Ben's third"
    desk.close()


def test_without_a_script_a_refused_date_stays_in_its_box_and_the_rest_is_saved(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client
) -> None:
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open()
    page.fill(box(ONE), "kept")
    page.fill(box("views_recorded_on"), "31 2 2026")
    page.click("#update")
    expect(page.locator("#problems")).to_contain_text("There is no 31 February 2026")
    assert page.input_value(box("views_recorded_on")) == "31 2 2026"
    assert record.stored(ONE) == "kept"
    desk.close()
