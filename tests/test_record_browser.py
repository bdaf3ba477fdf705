"""A record's page in a real browser: every kind of question, entries of lists, history, tabs, who only reads."""

import re

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from record import VNOV22
from tests.desk import Desk, Record, box, focused, saved, status, until, write
from tests.fixtures_browser import LAPTOP, PHONE
from tests.fixtures_server import Portal
from tests.line import Line

TABS = [tab.name for tab in VNOV22.tabs if tab.name != "adulthood"] + ["documents", "submit"]


def unit(page: Page, key: str) -> str:
    return f'[data-key="{key}"]'


def add(page: Page, what: str) -> str:
    """Add an entry; its identifier."""
    button = page.get_by_role("button", name=f"Add {what}")
    entry = str(button.get_attribute("value"))
    button.click()
    page.wait_for_selector(f"#entry-{entry}")
    return entry


# ---- every kind of question -----------------------------------------------------------------------------------------


def test_a_radio_button_saves_at_once_and_can_be_cleared(desk: Desk, record: Record) -> None:
    page = desk.open("personal")
    page.locator(unit(page, "no_fixed_abode")).get_by_label("Yes").check()
    assert until(lambda: record.stored("no_fixed_abode") == "yes")
    assert saved(page, "no_fixed_abode")
    page.locator('[id="f-no_fixed_abode"]').get_by_role("button", name="Clear").click()
    assert until(lambda: record.stored("no_fixed_abode") == "" and record.version("no_fixed_abode") == 2)
    assert page.locator(unit(page, "no_fixed_abode")).locator(":checked").count() == 0


def test_radio_buttons_are_reached_by_keyboard_after_a_change_of_tabs(desk: Desk, record: Record) -> None:
    page = desk.open("setting")
    page.click("#tab-personal")
    group = page.locator(unit(page, "no_fixed_abode"))
    expect(group).to_be_visible()
    page.locator("#section-contact > summary").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "no_fixed_abode"
    assert group.get_by_role("radio", include_hidden=True).count() == 2, "the choice meant for pages without scripts"
    page.keyboard.press("Space")
    assert until(lambda: record.stored("no_fixed_abode") == "yes")


def test_a_list_to_choose_from_saves_at_once(desk: Desk, record: Record) -> None:
    page = desk.open("personal")
    page.select_option(box("first_language"), "PNJ" if page.locator('option[value="PNJ"]').count() else index(page, 3))
    assert until(lambda: record.stored("first_language") == page.input_value(box("first_language")) != "")


def index(page: Page, number: int) -> str:
    return str(page.locator(box("first_language")).locator("option").nth(number).get_attribute("value"))


def test_ticks_and_several_choices_save_at_once(desk: Desk, record: Record) -> None:
    found = [
        (tab.name, field)
        for tab in VNOV22.tabs
        for part in tab.sections
        for field in part.fields
        if field.kind.control in ("choices", "tick") and not field.when and tab.name in TABS
    ]
    assert found, "the form has no question of these kinds: this test has nothing to prove"
    for tab, field in {f.kind.control: (t, f) for t, f in found}.values():
        page = desk.open(tab)
        boxes = page.locator(unit(page, field.name)).locator("input[type=checkbox]")
        for number in range(min(2, boxes.count())):
            boxes.nth(number).check()
        wanted = " ".join(str(boxes.nth(n).get_attribute("value")) for n in range(min(2, boxes.count())))
        assert until(lambda key=field.name, w=wanted: record.stored(key) == w)
        page.reload()
        expect(boxes.first).to_be_checked()


def test_a_postcode_and_a_date_are_shown_as_they_are_stored_once_the_box_is_left(desk: Desk, record: Record) -> None:
    page = desk.open("personal")
    write(page, "date_arrival_uk", "3.2.19")
    assert until(lambda: record.stored("date_arrival_uk") == "2019-02-03")
    assert page.input_value(box("date_arrival_uk")) == "3.2.19"
    page.keyboard.press("Tab")
    expect(page.locator(box("date_arrival_uk"))).to_have_value("3 February 2019")
    page.wait_for_timeout(1500)
    assert record.version("date_arrival_uk") == 1


def test_a_question_shows_when_it_applies_and_never_hides_words(desk: Desk, record: Record) -> None:
    page = desk.open("parents")
    entry = add(page, "parent or carer")
    other = page.locator(f'[id="f-{entry}.relationship_other"]')
    expect(other).to_be_hidden()
    page.select_option(box(f"{entry}.relationship"), "other")
    expect(other).to_be_visible()
    page.fill(box(f"{entry}.relationship_other"), "Godmother")
    page.keyboard.press("Tab")
    assert saved(page, f"{entry}.relationship_other")
    page.select_option(box(f"{entry}.relationship"), index_of(page, entry))
    page.wait_for_timeout(300)
    expect(other).to_be_visible()
    page.fill(box(f"{entry}.relationship_other"), "")
    page.keyboard.press("Tab")  # to the history of the same question
    assert until(lambda: record.stored(f"{entry}.relationship_other") == "")
    page.wait_for_timeout(300)
    expect(other).to_be_visible()
    page.locator(box(f"{entry}.surname")).focus()
    expect(other).to_be_hidden()


def index_of(page: Page, entry: str) -> str:
    options = page.locator(box(f"{entry}.relationship")).locator("option")
    return next(str(o.get_attribute("value")) for o in options.all() if o.get_attribute("value") not in ("", "other"))


def test_what_the_council_holds_is_shown_with_whom_to_ask_and_cannot_be_typed_in(desk: Desk) -> None:
    page = desk.open("personal")
    held = page.locator("#section-held")
    assert held.locator("input:not([type=hidden]), select, textarea").count() == 0
    expect(held).to_contain_text("5 May 2016")
    expect(held.locator(".held")).to_contain_text("Ask for the move")
    expect(held.locator("a[href*='/corrections/']").first).to_be_visible()


def test_the_length_shows_only_near_its_end(page: Page) -> None:
    count = page.locator("#n-views_strengths")
    page.fill(box("views_strengths"), "x" * 100)
    expect(count).to_be_hidden()
    page.fill(box("views_strengths"), "x" * 19_000)
    expect(count).to_have_text("1,000 characters left")
    page.fill(box("views_strengths"), "x" * 20_002)
    expect(count).to_have_text("2 characters too many")


# ---- entries --------------------------------------------------------------------------------------------------------


def test_an_entry_is_added_in_place_and_takes_the_focus(desk: Desk, record: Record) -> None:
    page = desk.open("parents")
    page.evaluate("() => { self.stayed = true }")
    entry = add(page, "parent or carer")
    assert until(lambda: focused(page).startswith(entry))
    page.fill(box(f"{entry}.first_name"), "Anna")
    page.keyboard.press("Tab")
    assert until(lambda: record.stored(f"{entry}.first_name") == "Anna")
    assert page.evaluate("() => self.stayed"), "the page was loaded anew"


def test_adding_twice_by_a_double_click_adds_one(desk: Desk, portal: Portal, record: Record) -> None:
    page = desk.open("parents")
    page.get_by_role("button", name="Add parent or carer").dblclick()
    page.wait_for_selector(".entry")
    page.wait_for_timeout(800)
    with portal.owner() as db:
        found = db.execute("select count(*) from portal.entry where record = %s and list = 'parents'", [record.id])
        assert found.fetchone() == (1,)


def test_withdrawing_leaves_an_undo_and_loses_no_word(desk: Desk, record: Record) -> None:
    page = desk.open("parents")
    entry = add(page, "parent or carer")
    write(page, f"{entry}.first_name", "Anna", delay=0)
    page.locator(f"#entry-{entry}").get_by_role("button", name="Withdraw").click()
    gone = page.locator(f"#entry-{entry}")
    expect(gone).to_contain_text("was withdrawn")
    assert record.stored(f"{entry}.first_name") == "Anna"
    gone.get_by_role("button", name="Undo").click()
    expect(page.locator(box(f"{entry}.first_name"))).to_have_value("Anna")
    write(page, f"{entry}.surname", "Nowak", delay=0)
    page.keyboard.press("Tab")
    assert until(lambda: record.stored(f"{entry}.surname") == "Nowak")


def test_an_entry_moves_up_and_keeps_what_is_not_saved_yet(desk: Desk, line: Line, record: Record) -> None:
    page = desk.open("parents")
    first = add(page, "parent or carer")
    second = add(page, "parent or carer")
    line.instead = [503]
    write(page, f"{second}.first_name", "Second", delay=0)
    page.locator(f"#entry-{second}").get_by_role("button", name="Up").click()
    expect(page.locator(".entry").first).to_have_id(f"entry-{second}")
    assert page.locator(".entry").last.get_attribute("id") == f"entry-{first}"
    assert page.input_value(box(f"{second}.first_name")) == "Second"
    assert until(lambda: record.stored(f"{second}.first_name") == "Second", 15)


def test_enter_in_a_box_never_withdraws_anything_without_a_script(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client
) -> None:
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open("parents")
    page.get_by_role("button", name="Add parent or carer").click()
    page.wait_for_selector(".entry")
    name = page.locator(".entry input[data-url][name$='.first_name']")
    name.fill("Anna")
    name.press("Enter")
    page.wait_for_url(re.compile("saved=1"))
    expect(page.locator(".entry input[data-url][name$='.first_name']")).to_have_value("Anna")
    expect(page.locator(".entry--gone")).to_have_count(0)
    desk.close()


def test_without_a_script_a_button_of_an_entry_saves_what_was_typed_elsewhere_too(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client
) -> None:
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open("parents")
    page.get_by_role("button", name="Add parent or carer").click()
    page.locator(".entry input[data-url][name$='.first_name']").fill("Anna")
    page.get_by_role("button", name="Add parent or carer").click()
    expect(page.locator(".entry")).to_have_count(2)
    expect(page.locator(".entry input[data-url][name$='.first_name']").first).to_have_value("Anna")
    desk.close()


# ---- history --------------------------------------------------------------------------------------------------------


def test_history_shows_beside_the_field_and_an_earlier_text_comes_back(
    page: Page, record: Record, ben: httpx2.Client
) -> None:
    record.write(ben, "views_strengths", "Ben's first words")
    record.write(ben, "views_strengths", "Ben's second words")
    page.reload()
    title = page.title()
    page.locator("#f-views_strengths .history summary").click()
    earlier = page.locator("#f-views_strengths .history li")
    expect(earlier).to_have_count(2)
    expect(earlier.last).to_contain_text("Ben's first words")
    expect(earlier.last).to_contain_text("Ben Carter")
    assert page.title() == title
    earlier.last.get_by_role("button", name="Bring this back").click()
    expect(page.locator(box("views_strengths"))).to_have_value("Ben's first words")
    assert record.version("views_strengths") == 3


def test_history_is_a_page_of_its_own_without_a_script(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client
) -> None:
    record.write(amina, "views_strengths", "one")
    record.write(amina, "views_strengths", "two")
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open()
    page.locator("#f-views_strengths .history summary").click()
    page.locator("#f-views_strengths .history a").click()
    page.get_by_role("button", name="Bring this back").click()
    expect(page.locator(box("views_strengths"))).to_have_value("one")
    assert record.version("views_strengths") == 3
    desk.close()


# ---- the list of tabs -----------------------------------------------------------------------------------------------


def test_tabs_change_in_place_with_their_own_address_and_going_back(desk: Desk, page: Page) -> None:
    page.evaluate("() => { self.stayed = true }")
    page.click("#tab-parent_views")
    page.wait_for_url(re.compile("parent_views"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Parent and carer’s views")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert "views" in page.title()
    expect(page.locator("#tabs [aria-current]")).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Child’s views")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Parent and carer’s views")
    assert page.evaluate("() => self.stayed"), "the page was loaded anew"


def test_after_going_back_answers_go_on_saving(page: Page, record: Record) -> None:
    page.click("#tab-parent_views")
    page.wait_for_url(re.compile("parent_views"))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Child’s views")
    write(page, "views_strengths", "after going back")
    assert until(lambda: record.stored("views_strengths") == "after going back")


def test_counts_follow_what_is_saved_while_one_types_on(desk: Desk, line: Line) -> None:
    page = desk.open("needs")
    needed = page.locator("#tab-needs .need")
    before = int(re.sub(r"\D", "", needed.inner_text()))
    assert page.locator("#f-reason.field--lacking").count() == 1
    assert page.locator('#needs a[href="#f-reason"]').count() == 1
    write(page, "reason", "Because")
    expect(needed).to_contain_text(str(before - 1))
    assert page.locator('#needs a[href="#f-reason"]').count() == 0
    assert page.locator("#f-reason.field--lacking").count() == 0
    page.keyboard.type(" and so on")
    assert focused(page) == "reason"
    assert page.input_value(box("reason")) == "Because and so on"
    assert all("needs-attention" in path or "/versions" in path for path in line.background)


def test_what_is_still_needed_leads_to_its_question(desk: Desk) -> None:
    page = desk.open("needs")
    page.locator("#section-why > summary").click()
    expect(page.locator(box("reason"))).to_be_hidden()
    page.locator('#needs a[href="#f-reason"]').click()
    assert focused(page) == "reason"
    expect(page.locator(box("reason"))).to_be_in_viewport()


def test_sections_that_were_closed_are_printed_open(desk: Desk) -> None:
    page = desk.open("needs")
    page.locator("#section-why > summary").click()
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(box("reason"))).to_be_visible()


# ---- who only reads -------------------------------------------------------------------------------------------------


def test_who_may_only_read_sees_words_and_no_control(chromium: Browser, portal: Portal, line: Line) -> None:
    with portal.owner() as db:
        found = db.execute("select id from portal.record where status = 'submitted' limit 1").fetchone()
    assert found
    record = Record.__new__(Record)
    record.portal, record.id = portal, str(found[0])
    desk = Desk(chromium, line, record, portal.sign_in("farah"))
    page = desk.open("needs")
    panel = page.locator(".panel")
    expect(panel.get_by_role("heading", level=1)).to_have_text("Reason and needs")
    assert panel.locator("input:not([type=hidden]), select, textarea, #update, [data-act]").count() == 0
    desk.close()


# ---- for everybody's eyes and hands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [LAPTOP, PHONE, {"width": 320, "height": 256}], ids=["laptop", "phone", "400 %"])
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_free_of_faults_that_axe_finds_and_needs_no_sideways_scrolling(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client, tab: str, size: dict[str, int]
) -> None:
    desk = Desk(chromium, line, record, amina, viewport=size, bypass_csp=True)
    page = desk.open(tab)
    if tab == "parents":
        add(page, "parent or carer")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
    desk.close()


def test_two_texts_side_by_side_are_free_of_faults_too(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client, ben: httpx2.Client
) -> None:
    desk = Desk(chromium, line, record, amina, bypass_csp=True)
    page = desk.open()
    record.write(ben, "views_strengths", "Ben's text")
    write(page, "views_strengths", "mine")
    page.wait_for_selector(".conflict")
    page.fill(box("views_recorded_on"), "31 2 2026")
    page.keyboard.press("Tab")
    assert until(lambda: "31 February" in status(page, "views_recorded_on"))
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    desk.close()


def test_the_first_page_of_a_record_comes_in_at_most_sixty_thousand_bytes(desk: Desk) -> None:
    page = desk.context.new_page()
    counted = desk.context.new_cdp_session(page)
    counted.send("Network.enable")
    sizes: list[int] = []
    counted.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(desk.record.portal.url + desk.record.path("personal"))
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(sizes) <= 60_000
    assert len(sizes) <= 10
