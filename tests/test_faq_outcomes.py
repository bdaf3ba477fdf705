# ruff: noqa: F811
"""The portal's frequently asked questions about outcomes, the SENCO's advice and contacts, answered in a browser."""

import re
from uuid import uuid4

import httpx2
from playwright.sync_api import Page, expect

from record.codes import OUTCOME_TYPES, TEAMS
from tests.desk import Record
from tests.fixtures_browser import PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound
from tests.test_documents import submitted
from tests.test_outcomes import add, amina, daljit, shared, stored, write  # noqa: F401
from tests.test_profiles import records, words  # noqa: F401


def saved(page: Page) -> None:
    expect(page.locator("#all-saved")).to_contain_text("Every answer here is saved")


def last_entry(page: Page) -> str:
    return (page.locator("article.entry").last.get_attribute("id") or "").removeprefix("entry-")


def test_do_i_need_to_add_outcomes(windows: Windows, portal: Portal, amina: httpx2.Client) -> None:
    """Only if you want to. If you do not select Type and Team the outcome does not appear in the advice."""
    record = Record(portal, amina, 1)
    page = windows.open(amina, record.path("outcomes"))
    expect(page.locator("main")).to_contain_text("Add outcomes only if you want to")
    expect(page.locator("main")).to_contain_text("You need not add any")
    asked = page.request.get(portal.url + record.path("submit")).text()
    assert record.path("outcomes") + "#" not in asked, "an ERSA without outcomes lacks none"
    page.get_by_role("button", name="Add outcome").click()
    expect(page.locator("article.entry")).to_have_count(1)
    entry = last_entry(page)
    box = page.locator(f"#entry-{entry}")
    expect(box).to_contain_text("Not yet in the advice: choose a type and write the outcome.")
    kind, team = box.get_by_label("Type", exact=True), box.get_by_label("Team", exact=True)
    expect(team).to_have_value("Schools")
    assert team.locator("option").all_inner_texts()[1:] == list(TEAMS.values())
    assert kind.locator("option").all_inner_texts()[1:] == list(OUTCOME_TYPES.values())
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for select in (kind, team):
        select.focus()
        place = select.bounding_box()
        assert place
        assert place["x"] >= 0, "no arrows to look for"
        assert place["x"] + place["width"] <= PHONE["width"]
    box.get_by_label("Outcome", exact=True).fill("Joins in at the carpet each morning.")
    kind.focus()
    saved(page)
    advice = portal.url + record.path("profiles/appendix_b/report?report=preview")
    assert amina.post(record.path("lists/appendix_b"), data={"entry": str(uuid4())}).status_code == 303
    assert "Not yet in the advice: choose a type." in words(page.request.get(advice).body())
    kind.select_option("SEMH")
    expect(box).not_to_contain_text("Not yet in the advice", timeout=20_000)  # counted anew every few seconds
    saved(page)
    assert stored(portal, entry)["type"] == "SEMH"
    said = words(page.request.get(advice).body())
    assert "Joins in at the carpet each morning." in said
    assert "Not yet in the advice" not in said


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


def test_how_do_i_delete_outcomes(windows: Windows, portal: Portal, amina: httpx2.Client) -> None:
    """One's own at once, undoable; after submission the co-ordinator takes out anybody's."""
    record = Record(portal, amina, 2)
    mine = add(amina, record.id)
    write(amina, record.id, mine, outcome="Written for another child.")
    page = windows.open(amina, record.path("outcomes"))
    box = page.locator(f"#entry-{mine}")
    box.get_by_role("button", name="Withdraw").click()
    expect(box).to_contain_text("was withdrawn by Amina Yusuf")
    box.get_by_role("button", name="Undo").click()
    expect(box.get_by_label("Outcome", exact=True)).to_have_value("Written for another child.")
    submitted(portal, record)
    with portal.owner() as db:
        (reference,) = db.execute("select reference from portal.record where id = %s", [record.id]).fetchone() or ("",)
    senas = windows.open("farah", "/gateway", bypass_csp=True)
    senas.get_by_text("Modules", exact=True).click()
    senas.get_by_role("link", name="Remove from a record").click()
    senas.get_by_label("Reference of the record").fill(reference)
    senas.get_by_role("button", name="Show").click()
    row = senas.locator("table.list tbody tr").filter(has_text="Outcome")
    row.locator("summary").click()
    row.get_by_label("Why").fill("It is another child’s")
    sound(senas)
    row.get_by_role("button", name="Remove").click()
    expect(senas.get_by_role("alert").first).to_contain_text("no longer in the record")
    page.reload()
    expect(box).to_contain_text("was withdrawn by Farah Siddiqui")
    expect(box).to_contain_text("SENAS and Education ICT can put it back")


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
