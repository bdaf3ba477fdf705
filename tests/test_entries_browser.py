"""A list's entries can be folded: what needs nothing more is one line, and nothing that is folded is lost or hidden."""

from uuid import uuid4

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.desk import Desk, Record, box, focused, saved, until
from tests.fixtures_browser import PHONE
from tests.line import Line

LONG = "By the end of the summer term, " * 5  # more than the box takes


def outcome(who: httpx2.Client, record: Record, **answers: str) -> str:
    entry = str(uuid4())
    assert who.post(f"/records/{record.id}/lists/outcomes", data={"entry": entry}).status_code == 303
    for field, value in answers.items():
        record.write(who, f"{entry}.{field}", value)
    return entry


@pytest.fixture
def whole(record: Record, amina: httpx2.Client) -> list[str]:
    """Five outcomes that need nothing more."""
    return [outcome(amina, record, type="SEMH", outcome=f"He will zip coat {n} by himself.") for n in range(5)]


def fold(page: Page, entry: str) -> None:
    page.locator(f"#d-{entry} > summary").click()


def is_open(page: Page, entry: str) -> bool:
    return page.locator(f"#d-{entry}").get_attribute("open") is not None


def folded(page: Page, entries: list[str]) -> list[bool]:
    return [not is_open(page, entry) for entry in entries]


def test_what_needs_nothing_more_is_one_line_and_the_rest_is_open(
    desk: Desk, record: Record, amina: httpx2.Client, whole: list[str]
) -> None:
    begun = outcome(amina, record, outcome="He will ask for help.")
    empty = outcome(amina, record)
    page = desk.open("outcomes")
    assert folded(page, whole) == [True] * 5
    expect(page.locator(".over-list")).to_contain_text("In each group, in the order they were added")
    assert is_open(page, begun)
    assert is_open(page, empty)
    card = page.locator(f"#entry-{whole[0]}")
    expect(card.get_by_role("heading")).to_be_visible()
    expect(card.get_by_role("button", name="Withdraw")).to_be_visible()
    box_of = card.bounding_box()
    assert box_of
    assert box_of["height"] < 90
    assert (
        Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]}).violations_count == 0
    )
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_short_list_is_open(desk: Desk, record: Record, amina: httpx2.Client) -> None:
    few = [outcome(amina, record, type="SEMH", outcome=f"He will zip coat {n}.") for n in range(3)]
    assert folded(desk.open("outcomes"), few) == [False] * 3


def test_all_are_opened_and_closed_at_once_and_stay_so(desk: Desk, record: Record, whole: list[str]) -> None:
    page = desk.open("outcomes")
    page.get_by_role("button", name="Open all").click()
    assert folded(page, whole) == [False] * 5
    page.get_by_role("button", name="Close all").click()
    assert folded(page, whole) == [True] * 5
    page.locator(f"#d-{whole[1]} > summary").press("Enter")
    assert is_open(page, whole[1])
    page.get_by_role("button", name="Add outcome").click()
    expect(page.locator("article.entry")).to_have_count(6)
    new = str(page.locator("article.entry").last.get_attribute("id")).removeprefix("entry-")
    assert is_open(page, new)
    assert until(lambda: focused(page).startswith(new))
    assert folded(page, whole) == [True, False, True, True, True]
    page.locator("#tab-consent").click()
    expect(page.locator("#tab-title")).to_have_text("Consent")
    page.go_back()
    expect(page.locator("article.entry")).to_have_count(6)
    assert until(lambda: folded(page, whole) == [True, False, True, True, True])


def test_a_link_to_a_question_of_a_folded_entry_opens_it(desk: Desk, record: Record, whole: list[str]) -> None:
    page = desk.open("outcomes")
    page.locator(f"#d-{whole[2]} > summary").click()
    page.locator(box(f"{whole[2]}.outcome")).fill("")
    assert until(lambda: record.stored(f"{whole[2]}.outcome") == "")
    link = page.locator(f"#needs a[href='#f-{whole[2]}.outcome']").first
    expect(link).to_be_attached(timeout=15_000)
    page.locator("#good-to-have > summary").click()
    expect(link).to_be_visible()
    expect(page.locator(f"#t-{whole[2]}")).to_contain_text("Not yet in the advice")  # said on the folded card too
    fold(page, whole[2])
    link.click()
    assert is_open(page, whole[2])
    assert focused(page) == f"{whole[2]}.outcome"


def test_what_is_typed_is_saved_though_its_entry_is_folded_at_once(
    desk: Desk, record: Record, whole: list[str]
) -> None:
    page = desk.open("outcomes")
    fold(page, whole[0])
    page.locator(box(f"{whole[0]}.outcome")).fill("He will tie his shoes.")
    page.evaluate("id => { document.getElementById(id).open = false }", f"d-{whole[0]}")
    assert until(lambda: record.stored(f"{whole[0]}.outcome") == "He will tie his shoes.")
    assert saved(page, f"{whole[0]}.outcome") or not is_open(page, whole[0])
    expect(page.locator(f"#t-{whole[0]}")).to_contain_text("shoes", timeout=15_000)  # the card has its new name


def test_what_cannot_be_saved_opens_its_entry(
    desk: Desk, line: Line, record: Record, ben: httpx2.Client, whole: list[str]
) -> None:
    page = desk.open("outcomes")
    fold(page, whole[0])
    fold(page, whole[3])
    record.write(ben, f"{whole[0]}.outcome", "Ben's words.")
    for entry, field, typed in ((whole[0], "outcome", "Amina's words."), (whole[3], "by_when", LONG)):
        page.locator(box(f"{entry}.{field}")).fill(typed)
        page.evaluate("id => { document.getElementById(id).open = false }", f"d-{entry}")  # before the answer comes
    expect(page.locator(f"#d-{whole[0]} .conflict")).to_be_visible()
    expect(page.locator(f"#d-{whole[3]} .govuk-form-group--error")).to_be_visible()
    page.get_by_role("button", name="Close all").click()
    page.get_by_role("button", name="Add outcome").click()
    expect(page.locator("article.entry")).to_have_count(6)
    assert folded(page, whole) == [False, True, True, False, True]
    assert page.input_value(box(f"{whole[0]}.outcome")) == "Amina's words."


def test_on_paper_every_entry_is_open_and_afterwards_as_it_was(desk: Desk, whole: list[str]) -> None:
    page = desk.open("outcomes")
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert folded(page, whole) == [False] * 5
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert folded(page, whole) == [True] * 5


def test_without_a_script_entries_fold_print_whole_and_are_sent_though_folded(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client, whole: list[str]
) -> None:
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open("outcomes")
    expect(page.get_by_role("button", name="Open all")).to_have_count(0)
    text = page.locator(box(f"{whole[0]}.outcome"))
    expect(text).not_to_be_visible()
    page.emulate_media(media="print")
    expect(text).to_be_visible()
    page.emulate_media(media="screen")
    fold(page, whole[0])
    text.fill("Typed, then folded.")
    fold(page, whole[0])
    expect(text).not_to_be_visible()
    page.locator("#update").click()
    page.wait_for_url("**saved=1")
    assert record.stored(f"{whole[0]}.outcome") == "Typed, then folded."
    desk.close()


def test_without_a_script_an_entry_in_which_something_was_refused_comes_back_open(
    chromium: Browser, line: Line, record: Record, amina: httpx2.Client, whole: list[str]
) -> None:
    desk = Desk(chromium, line, record, amina, java_script_enabled=False)
    page = desk.open("outcomes")
    fold(page, whole[4])
    page.locator(box(f"{whole[4]}.by_when")).fill(LONG)
    page.locator("#update").click()
    expect(page.locator(box(f"{whole[4]}.by_when"))).to_have_value(LONG)
    assert folded(page, whole) == [True] * 4 + [False]
    desk.close()
