"""Every answer saves itself in a real browser, on a good line and on a bad one, and no word is lost."""

import itertools
import re
import time
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk import Desk, Record, box, focused, saved, status, until, write
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.line import Line

ONE, TWO, THREE = "views_strengths", "views_important", "views_communication"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def ben(portal: Portal) -> httpx2.Client:
    return portal.sign_in("ben")


@pytest.fixture(scope="module")
def one_line(portal: Portal) -> Iterator[Line]:
    line = Line(int(portal.url.rsplit(":", 1)[1]))
    yield line
    line.close()


@pytest.fixture
def line(one_line: Line) -> Line:
    one_line.mend()
    return one_line


@pytest.fixture
def record(portal: Portal, amina: httpx2.Client) -> Record:
    return Record(portal, amina, next(numbers))


@pytest.fixture
def desk(chromium: Browser, line: Line, record: Record, amina: httpx2.Client) -> Iterator[Desk]:
    desk = Desk(chromium, line, record, amina)
    yield desk
    desk.close()


@pytest.fixture
def page(desk: Desk) -> Page:
    return desk.open()


# ---- saving ---------------------------------------------------------------------------------------------------------


def test_a_pause_in_typing_saves_once_and_says_when(page: Page, record: Record, line: Line) -> None:
    write(page, ONE, " twenty characters..", delay=40)
    assert line.saves == []
    assert saved(page, ONE)
    assert len(line.saves) == 1
    assert record.stored(ONE).endswith("characters..")


def test_leaving_the_box_saves_at_once(page: Page, record: Record) -> None:
    write(page, ONE, "X")
    started = time.monotonic()
    page.keyboard.press("Tab")
    assert until(lambda: record.stored(ONE) == "X", 3)
    assert time.monotonic() - started < 0.9
    assert focused(page) != ONE


def test_what_is_typed_during_a_slow_save_is_saved_too_and_the_caret_stays(
    page: Page, record: Record, line: Line
) -> None:
    line.before = [1.5]
    write(page, ONE, "word one")
    page.wait_for_timeout(1200)
    page.keyboard.type(" two", delay=30)
    page.evaluate("k => document.getElementById(k).setSelectionRange(4, 4)", ONE)
    page.keyboard.type("#")
    assert until(lambda: record.stored(ONE) == "word# one two", 8)
    assert page.input_value(box(ONE)) == "word# one two"
    assert page.evaluate("() => document.activeElement.id + document.activeElement.selectionStart") == ONE + "5"
    assert page.locator(".conflict").count() == 0


def test_someone_who_types_without_a_pause_is_saved_every_eight_seconds(page: Page, record: Record) -> None:
    page.focus(box(ONE))
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        page.keyboard.type("word ", delay=60)
    assert record.stored(ONE).startswith("word word")


def test_undo_reaches_back_over_saves(page: Page, record: Record) -> None:
    write(page, ONE, "abc", delay=20)
    assert saved(page, ONE)
    page.keyboard.type(" def", delay=20)
    assert until(lambda: record.stored(ONE) == "abc def")
    for _ in range(30):
        if page.input_value(box(ONE)) == "":
            break
        page.keyboard.press("Control+z")
    assert page.input_value(box(ONE)) == ""


def test_nothing_is_saved_in_the_middle_of_composing_a_character(
    desk: Desk, page: Page, record: Record, line: Line
) -> None:
    keyboard = desk.context.new_cdp_session(page)
    page.focus(box(ONE))
    keyboard.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    page.wait_for_timeout(1500)
    assert line.saves == []
    keyboard.send("Input.insertText", {"text": "日本"})
    assert until(lambda: record.stored(ONE) == "日本")


def test_nothing_of_a_child_is_left_in_the_browser_s_storage(page: Page) -> None:
    write(page, ONE, "secret")
    assert saved(page, ONE)
    assert page.evaluate("async () => localStorage.length + sessionStorage.length + (await caches.keys()).length") == 0


def test_update_saves_everything_and_says_so(page: Page, record: Record) -> None:
    write(page, ONE, "u")
    page.click("#update")
    expect(page.locator("#live")).to_have_text("All answers saved")
    assert record.stored(ONE) == "u"


def test_the_page_is_quiet_while_one_types_and_tells_a_screen_reader_once(page: Page) -> None:
    write(page, ONE, "something")
    assert saved(page, ONE)
    assert page.inner_text("#live") == ""
    write(page, ONE, " more")
    page.keyboard.press("Tab")
    expect(page.locator("#live")).to_contain_text("saved")


# ---- a bad line -----------------------------------------------------------------------------------------------------


def test_text_typed_offline_is_saved_when_the_line_is_back(desk: Desk, page: Page, record: Record) -> None:
    desk.context.set_offline(True)
    write(page, ONE, "offline text")
    assert until(lambda: "Trying again" in status(page, ONE))
    assert page.is_visible("#net")
    assert "Not saved" in page.inner_text("#live") + page.inner_text("#alert")
    page.wait_for_timeout(1500)
    desk.context.set_offline(False)
    assert until(lambda: record.stored(ONE) == "offline text", 9)
    assert saved(page, ONE)
    assert page.is_hidden("#net")


def test_a_portal_that_is_not_itself_is_asked_again_until_it_is(page: Page, record: Record, line: Line) -> None:
    line.instead = [503, 500, 502]
    write(page, ONE, "retry")
    assert until(lambda: record.stored(ONE) == "retry", 20)
    assert [s["status"] for s in line.saves] == [503, 500, 502, 200]


@pytest.mark.parametrize("fault", ["lost", "cut"])
def test_an_answer_lost_after_the_text_was_stored_makes_no_second_version(
    page: Page, record: Record, line: Line, fault: str
) -> None:
    setattr(line, fault, 1)
    write(page, ONE, "once")
    assert saved(page, ONE, 12)
    assert record.version(ONE) == 1
    assert [s["state"] for s in line.saves][-1] in ("same", "superseded")
    assert page.locator(".conflict").count() == 0


def test_an_answer_lost_and_more_typed_is_no_conflict_with_oneself(page: Page, record: Record, line: Line) -> None:
    line.lost = 1
    write(page, ONE, "once")
    page.wait_for_timeout(1100)
    page.keyboard.type(" more")
    assert until(lambda: record.stored(ONE) == "once more", 12)
    assert page.locator(".conflict").count() == 0


def test_refused_text_stays_says_why_and_is_not_sent_again_until_it_changes(
    page: Page, record: Record, line: Line
) -> None:
    page.fill(box(ONE), "x" * 20_001)
    assert until(lambda: "20,001 characters long" in status(page, ONE))
    assert page.get_attribute(box(ONE), "aria-invalid") == "true"
    assert "20,001" in page.inner_text("#alert")
    page.wait_for_timeout(2500)
    assert len(line.saves) == 1
    assert len(page.input_value(box(ONE))) == 20_001
    write(page, TWO, "the rest goes on")
    assert until(lambda: record.stored(TWO) == "the rest goes on")
    page.fill(box(ONE), "short")
    assert until(lambda: record.stored(ONE) == "short")
    assert page.get_attribute(box(ONE), "aria-invalid") is None


def test_an_impossible_date_is_refused_in_place(desk: Desk, record: Record) -> None:
    page = desk.open()
    page.fill(box("views_recorded_on"), "31 2 2026")
    page.keyboard.press("Tab")
    assert until(lambda: "There is no 31 February 2026" in status(page, "views_recorded_on"))
    assert page.input_value(box("views_recorded_on")) == "31 2 2026"
    page.fill(box("views_recorded_on"), "3.2.26")
    page.keyboard.press("Tab")
    assert until(lambda: record.stored("views_recorded_on") == "2026-02-03")
    expect(page.locator(box("views_recorded_on"))).to_have_value("3 February 2026")


# ---- two people, two windows ----------------------------------------------------------------------------------------


@pytest.fixture
def at_odds(page: Page, record: Record, ben: httpx2.Client) -> Page:
    """Ben saved in the box in which Amina is writing."""
    record.write(ben, ONE, "Ben's text")
    write(page, ONE, "mine")
    page.wait_for_selector(f"[id='c-{ONE}'] .conflict")
    return page


def test_two_people_in_one_field_see_both_texts(at_odds: Page, record: Record) -> None:
    assert at_odds.input_value(box(ONE)) == "mine"
    assert at_odds.inner_text("[data-theirs]") == "Ben's text"
    assert "Ben" in at_odds.inner_text("[data-who]")
    assert "changed this answer" in at_odds.inner_text("#alert")
    assert focused(at_odds) == ONE
    assert record.stored(ONE) == "Ben's text"


def test_the_writer_may_keep_their_own(at_odds: Page, record: Record) -> None:
    at_odds.click("[data-choice=mine]")
    assert until(lambda: record.stored(ONE) == "mine")
    assert at_odds.locator(".conflict").count() == 0


def test_the_writer_may_take_the_other_s_and_undo_that(at_odds: Page, record: Record) -> None:
    at_odds.click("[data-choice=theirs]")
    assert at_odds.input_value(box(ONE)) == "Ben's text"
    at_odds.wait_for_timeout(1500)
    assert record.version(ONE) == 1
    at_odds.focus(box(ONE))
    at_odds.keyboard.press("Control+z")
    assert "mine" in at_odds.input_value(box(ONE))
    assert until(lambda: "mine" in record.stored(ONE))


def test_the_writer_may_keep_both(at_odds: Page, record: Record) -> None:
    at_odds.click("[data-choice=both]")
    assert until(lambda: "mine" in record.stored(ONE) and "Ben's text" in record.stored(ONE))
    assert record.stored(ONE) == at_odds.input_value(box(ONE))


def test_two_windows_of_one_person_follow_each_other_and_lose_nothing(desk: Desk, page: Page, record: Record) -> None:
    other = desk.open()
    page.bring_to_front()
    write(page, ONE, "from one")
    page.keyboard.press("Tab")
    expect(other.locator(box(ONE))).to_have_value("from one")
    other.bring_to_front()
    write(other, ONE, " then two")
    other.keyboard.press("Tab")
    assert until(lambda: record.stored(ONE) == "from one then two")
    page.bring_to_front()
    write(page, TWO, "P")
    other.bring_to_front()
    write(other, TWO, "Q")
    at_odds = until(lambda: page.locator(".conflict").count() + other.locator(".conflict").count() == 1)
    assert at_odds
    window = page if page.locator(".conflict").count() else other
    assert "another window" in window.inner_text("[data-who]")
    assert {page.input_value(box(TWO)), other.input_value(box(TWO))} == {"P", "Q"}


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


def test_a_session_that_ended_with_everything_saved_leaves_the_page(own_session: Desk, portal: Portal) -> None:
    page = own_session.open()
    end_sessions(portal)
    page.evaluate("() => void self.autosave.revalidate()")
    page.wait_for_url(re.compile("signed-out"))


# ---- leaving --------------------------------------------------------------------------------------------------------


def test_going_elsewhere_at_once_keeps_the_last_words(page: Page, record: Record, line: Line) -> None:
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
    assert until(lambda: asked, 5)
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
