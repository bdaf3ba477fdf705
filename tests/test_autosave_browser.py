"""Every answer saves itself in a real browser, on a good line and on a bad one, for one person and for two."""

import time
from datetime import datetime, timedelta

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.desk import Desk, Record, box, focused, saved, status, until, write
from tests.line import Line

ONE, TWO = "views_strengths", "views_important"


# ---- saving ---------------------------------------------------------------------------------------------------------


def test_a_pause_in_typing_saves_once_and_says_when(page: Page, record: Record, line: Line) -> None:
    write(page, ONE, " twenty characters..", delay=40)
    assert line.saves == []
    assert saved(page, ONE)
    assert len(line.saves) == 1
    assert record.stored(ONE).endswith("characters..")


def test_leaving_the_box_saves_at_once(page: Page, record: Record) -> None:
    page.clock.install()
    page.clock.pause_at(datetime.now() + timedelta(seconds=1))  # so the pause after a word never comes to its end
    write(page, ONE, "X")
    page.keyboard.press("Tab")
    page.clock.run_for(50)
    assert until(lambda: record.stored(ONE) == "X", 5)
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
    assert until(lambda: record.stored(ONE) == "")


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


def test_going_on_with_somebody_s_earlier_text_is_no_conflict(desk: Desk, record: Record, ben: httpx2.Client) -> None:
    record.write(ben, ONE, "Ben began.")
    page = desk.open()
    write(page, ONE, " Amina went on.")
    assert until(lambda: record.stored(ONE) == "Ben began. Amina went on.")
    assert record.version(ONE) == 2
    assert page.locator(".conflict").count() == 0


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
