"""Everything by keyboard: each control is reached in the order of reading, marked, and never under a bar."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.desk import Record, until, write
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import ENDED, ZOOMED, record_of, sound


@pytest.fixture(scope="module")
def draft(portal: Portal) -> str:
    """The fullest draft, and so the longest pages."""
    return record_of(portal, "s.name = 'Brentmere Primary School' and r.status = 'draft'")


# Numbers each control that can be seen, in the order of reading; a group of radio buttons is one.
NUMBER = """() => {
  const seen = e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0;
  const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary');
  const names = [], groups = new Map();
  for (const e of [...all].filter(seen)) {
    const known = e.type === 'radio' ? groups.get(e.name) : undefined;
    e.dataset.number = known ?? names.length;
    if (known !== undefined) continue;
    if (e.type === 'radio') groups.set(e.name, names.length);
    names.push(e.tagName + ' ' + (e.id || e.getAttribute('href') || e.textContent.trim()));
  }
  return names;
}"""
FOCUSED = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const drawn = e.matches('[type=radio], [type=checkbox]') ? [e.nextElementSibling, '::before'] : [e, null];
  const look = getComputedStyle(...drawn);
  const outlined = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
  const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.1], [0.1, 0.9], [0.9, 0.9]];
  const covered = points.every(([x, y]) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return !top || !(e.contains(top) || top.contains(e) || e.parentElement.contains(top));
  });
  const number = 'number' in e.dataset ? +e.dataset.number : -1;
  return { number, unmarked: !outlined && look.boxShadow === 'none', covered, around: e === document.body };
}"""


def walked(page: Page, most: int = 400) -> list[dict[str, Any]]:
    """What has the focus, one press of Tab after the other, once around the page."""
    steps: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUSED)
        if step["around"] and steps:
            return steps
        steps.append(step)
    raise AssertionError("Tab never came around")


@pytest.mark.parametrize(
    ("tab", "size"),
    [(tab, size) for tab in ("parents", "needs", "submit") for size in (LAPTOP, PHONE)] + [("health", ZOOMED)],
    ids=lambda it: it if isinstance(it, str) else f"{it['width']}x{it['height']}",
)
def test_everything_on_a_tab_is_reached_by_tab_seen_there_and_marked(
    windows: Windows, amina: httpx2.Client, draft: str, tab: str, size: dict[str, int]
) -> None:
    page = windows.open(amina, f"/records/{draft}/{tab}", viewport=size)
    names = page.evaluate(NUMBER)
    steps = walked(page)
    assert names[0] == "A #main", "the first is the link that leads past the menu"
    faults = [f"{names[s['number']]}: {fault}" for s in steps for fault in ("unmarked", "covered") if s[fault]]
    assert not faults, "\n".join(faults)
    order = [step["number"] for step in steps if step["number"] >= 0]
    assert order == sorted(order), "not in the order of reading"
    assert [names[number] for number in range(len(names)) if number not in order] == []


# How much of the window's height what stays in sight takes, sampled down the middle, and whether it tells whose it is.
TAKEN = """() => {
  const rows = [...Array(innerHeight).keys()].map(y => document.elementsFromPoint(innerWidth / 2, y));
  const name = document.querySelector('.head__name').getBoundingClientRect();
  const stays = e => ['sticky', 'fixed'].includes(getComputedStyle(e).position);
  return { share: rows.filter(all => all.some(stays)).length / innerHeight, top: name.top, bottom: name.bottom };
}"""


OFFLINE = """() => Object.assign(document.getElementById('net'), { hidden: false, textContent:
  'The portal cannot be reached. Keep this page open: what you typed is kept, and saved as soon as it answers.' })"""


@pytest.mark.parametrize(
    "size", [ZOOMED, {"width": 844, "height": 390}, PHONE], ids=["400 %", "phone on its side", "phone"]
)
def test_the_child_s_name_stays_in_sight_and_leaves_room_to_read(
    windows: Windows, portal: Portal, amina: httpx2.Client, draft: str, size: dict[str, int]
) -> None:
    with portal.owner() as db:
        db.execute(
            "update portal.child set surname = 'Wiśniewski-Brzęczyszczykiewicz of Chrząszczyżewoszyce'"
            " where id = (select child from portal.record where id = %s)",
            [draft],
        )
    page = windows.open(amina, f"/records/{draft}/needs", viewport=size)
    for where in (900, 4_000):
        page.evaluate("y => scrollTo(0, y)", where)
        taken = page.evaluate(TAKEN)
        assert 0 <= taken["top"] < taken["bottom"] <= size["height"] / 4
        assert taken["share"] <= (0.2 if size is PHONE else 0.5)
    page.goto(f"{portal.url}/records/{draft}/needs#f-secondary_need")
    page.locator("#secondary_need").focus()
    assert not page.evaluate(FOCUSED)["covered"]
    page.evaluate(OFFLINE)
    for box in ("#thresholds_checked_on", "#secondary_need"):
        page.locator(box).focus()
        assert not page.evaluate(FOCUSED)["covered"]
    assert page.evaluate(TAKEN)["share"] <= 0.5


def test_the_skip_link_leads_past_the_menu(windows: Windows, amina: httpx2.Client) -> None:
    page = windows.open(amina, "/gateway")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.getElementById('main').contains(document.activeElement)")


def test_the_focus_stays_in_the_lock_over_a_page(windows: Windows, portal: Portal, record: Record) -> None:
    page = windows.open("ben", record.path(), bypass_csp=True)
    with portal.owner() as db:
        db.execute(ENDED, ["ben"])
    write(page, "views_strengths", "Not saved yet.")
    page.keyboard.press("Tab")
    expect(page.locator("#reauth-password")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        focused = page.evaluate("() => document.activeElement.closest('dialog, body').id")
        assert focused in ("reauth", ""), "in the dialog, or in the browser's own bars"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()
    sound(page)


def test_a_child_is_found_and_written_about_without_a_mouse(
    windows: Windows, amina: httpx2.Client, record: Record
) -> None:
    page = windows.open(amina, "/gateway")
    page.get_by_label("Find a child").focus()
    with record.portal.owner() as db:
        found = db.execute(
            "select c.surname from portal.child c join portal.record r on r.child = c.id where r.id = %s", [record.id]
        ).fetchone()
    assert found
    page.keyboard.type(f"Test {found[0]}")
    page.keyboard.press("Enter")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.classList.contains('name')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#record")).to_have_attribute("data-tab", "personal")
    page.locator("#tab-child_views").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tab-title")).to_be_focused()
    write(page, "views_strengths", "By keyboard.")
    page.keyboard.press("Tab")
    assert until(lambda: record.stored("views_strengths") == "By keyboard.")
