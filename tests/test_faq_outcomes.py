# ruff: noqa: F811
"""The portal's frequently asked questions about outcomes, the SENCO's advice and contacts, answered in a browser."""

import re

import httpx2
from playwright.sync_api import Page, expect

from record.codes import TEAMS
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.test_outcomes import add, amina, daljit, shared, stored, write  # noqa: F401
from tests.test_profiles import records  # noqa: F401


def saved(page: Page) -> None:
    expect(page.locator("#all-saved")).to_contain_text("Every answer here is saved")


def last_entry(page: Page) -> str:
    return (page.locator("article.entry").last.get_attribute("id") or "").removeprefix("entry-")


def test_do_i_need_to_add_outcomes(windows: Windows, portal: Portal, shared: str, amina: httpx2.Client) -> None:
    """Only if you want to. If you do not select Type and Team the outcome does not appear in the advice."""
    page = windows.open(amina, f"/records/{shared}/outcomes")
    expect(page.locator("main")).to_contain_text("Add outcomes only if you want to")
    before = page.locator("article.entry").count()
    page.get_by_role("button", name="Add outcome").click()
    expect(page.locator("article.entry")).to_have_count(before + 1)
    entry = last_entry(page)
    box = page.locator(f"#entry-{entry}")
    expect(box).to_contain_text("Not yet in the advice: choose a type and write the outcome.")
    expect(box.get_by_label("Team", exact=True)).to_have_value("Schools")
    assert box.get_by_label("Team", exact=True).locator("option").all_inner_texts()[1:] == list(TEAMS.values())
    box.get_by_label("Outcome", exact=True).fill("Joins in at the carpet each morning.")
    box.get_by_label("Type", exact=True).select_option("SEMH")
    expect(box).not_to_contain_text("Not yet in the advice", timeout=20_000)  # counted anew every few seconds
    saved(page)
    assert stored(portal, entry)["type"] == "SEMH"


def test_select_new_and_not_edit_when_adding_an_outcome(
    windows: Windows,
    portal: Portal,
    shared: str,
    amina: httpx2.Client,
    daljit: httpx2.Client,
) -> None:
    """Nobody can save over another professional's outcome: theirs can be read, and ours added beside it."""
    theirs = add(daljit, shared)
    write(daljit, shared, theirs, type="Comms", outcome="Answers a question with two words.")
    page = windows.open(amina, f"/records/{shared}/outcomes")
    box = page.locator(f"#entry-{theirs}")
    expect(box).to_contain_text("only their team changes it")
    expect(box.locator("input:not([type=hidden]), textarea, select")).to_have_count(0)
    ours = box.get_by_role("button", name="Add ours beside it").get_attribute("value") or ""
    box.get_by_role("button", name="Add ours beside it").click()
    mine = page.locator(f"#entry-{ours}")
    expect(mine.get_by_label("Type", exact=True)).to_have_value("Comms")
    mine.get_by_label("Outcome", exact=True).fill("Ours, beside theirs.")
    mine.get_by_label("By when").focus()
    saved(page)
    assert stored(portal, theirs)["outcome"] == "Answers a question with two words."
    assert stored(portal, ours)["outcome"] == "Ours, beside theirs."
    page.get_by_role("link", name="By team").click()
    expect(page.get_by_role("heading", level=2, name=TEAMS["SLT"])).to_be_visible()


def test_how_do_i_add_senco_advice_after_the_ersa_was_submitted(
    windows: Windows,
    portal: Portal,
    records: dict[str, str],
    amina: httpx2.Client,
) -> None:
    """In the Profiles tab select Appendix B from the dropdown."""
    page = windows.open(amina, f"/records/{records['sent']}/submit")
    page.get_by_role("link", name="Profiles", exact=True).click()
    page.get_by_label("Appendix").select_option(label="Appendix B: Setting (SENCO’s advice)")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Appendix B: Setting (SENCO’s advice)")
    page.get_by_role("button", name="Add advice").click()
    page.get_by_label("Date of advice").fill("3 November 2026")
    page.get_by_label("Recommended provision").fill("A key adult at every arrival.")
    page.get_by_label("Background").focus()
    saved(page)
    page.get_by_label("Report", exact=True).select_option(label="Appendix B: submit the advice")
    page.get_by_role("button", name="Run report").click()
    page.get_by_role("button", name="Submit the advice").click()
    expect(page.locator("main")).to_contain_text("The advice was submitted")
    page.get_by_role("link", name="Documents", exact=True).click()
    row = page.get_by_role("row").filter(has_text="Appendix B: Setting (SENCO’s advice)")
    expect(row).to_contain_text("Amina Yusuf")


def test_where_do_i_add_professional_contacts(
    windows: Windows,
    portal: Portal,
    shared: str,
    amina: httpx2.Client,
) -> None:
    """To add professional contacts, use the Professional Involvement tab."""
    page = windows.open(amina, f"/records/{shared}/outcomes")
    page.get_by_role("link", name=re.compile("Professional Involvement")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Professional Involvement")
    before = page.locator("article.entry").count()
    page.get_by_role("button", name="Add professional").click()
    expect(page.locator("article.entry")).to_have_count(before + 1)
    entry = last_entry(page)
    page.locator(f"#entry-{entry}").get_by_label("Name", exact=True).fill("Noor Rahman")
    page.locator(f"#entry-{entry}").get_by_label("Team", exact=True).focus()
    saved(page)
    assert "Noor Rahman" in stored(portal, entry).values()
