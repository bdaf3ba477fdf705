"""The portal's frequently asked questions about documents, each answered by what a person does in a real browser."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.desk import Record
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.hostile import FILES, pdf
from tests.test_accessible import sound
from tests.test_corrections import one
from tests.test_documents import bring, newest, over, submitted
from tests.test_profiles import NEEDED, begin, write


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "farah")}


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], request: pytest.FixtureRequest) -> Record:
    return Record(portal, people["amina"], 400 + len(request.node.name))


def chosen(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def filled(page: Page) -> None:
    page.get_by_label("Name of the document").fill("SLT report, spring 2026")
    page.get_by_label("Type", exact=True).select_option(label="Speech and language report (SLT)")
    page.get_by_label("Date of the document").fill("5/3/2026")


def test_how_do_i_upload_a_document(windows: Windows, people: Any, record: Record) -> None:
    """How do I upload a document?"""
    page = windows.open(people["amina"], f"/records/{record.id}/personal", bypass_csp=True)
    page.locator("#tab-documents").click()
    expect(page.get_by_role("heading", name="Document list")).to_be_visible()
    expect(page.locator(".nothing")).to_contain_text("Choose New document to bring one")
    page.get_by_role("button", name="New document").click()
    filled(page)
    expect(page.locator("#file-hint")).to_contain_text("3 MB or less")
    page.get_by_label("Upload new file").set_input_files(chosen("report.pdf", pdf()))
    sound(page)
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record")
    row = page.locator("table.list tbody tr")
    expect(row).to_contain_text("SLT report, spring 2026")
    expect(row).to_contain_text("Amina Yusuf")
    sound(page)


def test_a_file_of_the_wrong_kind_or_size_is_noticed_before_it_is_sent(
    windows: Windows, people: Any, record: Record
) -> None:
    page = windows.open(people["amina"], f"/records/{record.id}/documents/new", viewport=PHONE)
    sent: list[str] = []
    page.on("request", lambda it: sent.append(it.url) if it.method == "POST" else None)
    file = page.get_by_label("Upload new file")
    for name, words in (
        ("notes.pages", "This is not a file the portal can keep. Bring a PDF"),
        ("notes.pages", "Open it, choose Print, then “Save as PDF”"),
        ("report.doc", "a Word document of the old kind"),
        ("photo.webp", "save or share it as JPEG"),
    ):
        file.set_input_files(chosen(name, b"x"))
        expect(page.locator("#file-error")).to_contain_text(words)
    file.set_input_files(chosen("scan.pdf", b"%PDF-1.7" + bytes(3_100_000)))
    expect(page.locator("#file-error")).to_contain_text("The file is too large. It can be 3 MB at most")
    page.get_by_role("button", name="Insert").click()
    summary = page.locator("#problems")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: New document – ERSA-"))
    summary.get_by_role("link", name="The file is too large").click()
    expect(file).to_be_focused()
    file.set_input_files(chosen("scan.pdf", pdf()))
    expect(page.locator("#file-error")).to_have_count(0)
    assert not [url for url in sent if url.endswith("/documents/new")]


def test_a_file_whose_name_has_no_ending_is_looked_into(windows: Windows, people: Any, record: Record) -> None:
    page = windows.open(people["amina"], f"/records/{record.id}/documents/new")
    filled(page)
    for name in ("report", "report of 5.3.2026"):
        page.get_by_label("Upload new file").set_input_files(chosen(name, b"neither PDF nor picture"))
        page.get_by_role("button", name="Insert").click()
        expect(page.locator("#problems")).to_contain_text("This is not a file the portal can keep. Bring a PDF")
    page.get_by_label("Upload new file").set_input_files(chosen("report", pdf()))
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record")


def test_the_same_file_is_kept_twice_by_a_tick_that_is_for_this_file_alone(
    windows: Windows, portal: Portal, people: Any, record: Record
) -> None:
    bring(people["amina"], record, pdf())
    page = windows.open(people["amina"], f"/records/{record.id}/documents/new", bypass_csp=True)
    filled(page)
    file, again = page.get_by_label("Upload new file"), page.get_by_label("Keep the same file a second time")
    file.set_input_files(chosen("report.pdf", pdf()))
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#problems")).to_contain_text("tick the box below and select Insert again")
    sound(page)
    again.check()
    file.set_input_files(chosen("other.pdf", pdf(2)))
    expect(again).to_be_hidden()
    file.set_input_files(chosen("report.pdf", pdf()))
    page.get_by_role("button", name="Insert").click()
    expect(again).not_to_be_checked()
    again.check()
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record")
    assert one(portal, "select count(*) from portal.document where record = %s", record.id) == 2


def test_an_upload_that_fails_keeps_the_form_and_the_file(windows: Windows, people: Any, record: Record) -> None:
    page = windows.open(people["amina"], f"/records/{record.id}/documents/new", bypass_csp=True)
    filled(page)
    page.get_by_label("Upload new file").set_input_files(chosen("report.pdf", FILES["script_when_opened"][1]()))
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#file-error")).to_contain_text("This PDF holds a script")
    expect(page.get_by_label("Name of the document")).to_have_value("SLT report, spring 2026")
    sound(page)
    page.get_by_label("Upload new file").set_input_files(chosen("report.pdf", pdf()))

    def cut(route: Route) -> None:
        route.abort("connectionreset")

    page.route("**/documents/new", cut)
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#file-error")).to_contain_text("The connection was lost")
    page.unroute("**/documents/new", cut)
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record")


def test_an_upload_goes_on_once_its_person_has_signed_in_again(windows: Windows, portal: Portal) -> None:
    amina = portal.sign_in("amina")
    record = Record(portal, amina, 399)
    page = windows.open(amina, f"/records/{record.id}/documents/new", viewport=PHONE)
    filled(page)
    page.get_by_label("Upload new file").set_input_files(chosen("report.pdf", pdf()))
    over(portal)
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#reauth-password")).to_be_focused()
    portal.forget_codes()
    page.fill("#reauth-password", PASSWORD)
    page.fill("#reauth-code", oath(portal.secrets["amina"]))
    page.get_by_role("button", name="Sign in and save").click()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record")
    expect(page.locator("table.list tbody tr")).to_contain_text("SLT report, spring 2026")


def test_its_progress_is_shown_on_a_slow_line(windows: Windows, people: Any, record: Record) -> None:
    page = windows.open(people["amina"], f"/records/{record.id}/documents/new")
    filled(page)
    page.get_by_label("Upload new file").set_input_files(chosen("scan.pdf", FILES["scan"][1]()))
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 150_000}
    line.send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#upload-words")).to_contain_text("%")
    expect(page.locator("#upload-progress progress")).to_be_visible()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record", timeout=20_000)


def test_it_works_without_a_script_too(windows: Windows, people: Any, record: Record) -> None:
    page = windows.open(people["amina"], f"/records/{record.id}/documents/new", java_script_enabled=False)
    filled(page)
    page.get_by_role("button", name="Insert").click()
    expect(page.locator("#file-error")).to_contain_text("Choose the file")
    expect(page.get_by_label("Name of the document")).to_have_value("SLT report, spring 2026")
    page.get_by_label("Upload new file").set_input_files(chosen("report.pdf", pdf()))
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("alert").first).to_contain_text("The document is in the record")


def test_i_get_an_access_denied_message_when_trying_to_download_a_document(
    windows: Windows, portal: Portal, people: Any, record: Record
) -> None:
    """I get an access denied message when trying to download a document?"""
    bring(people["amina"], record)
    submitted(portal, record)
    url = f"/records/{record.id}/documents/{newest(portal, record)}"
    senas = windows.open(people["farah"], f"/records/{record.id}/documents", bypass_csp=True)
    row = senas.get_by_role("row").filter(has=senas.locator(f'a[href^="{url}"]'))
    row.get_by_role("button", name="Keep to SENAS").click()
    expect(senas.get_by_role("button", name="Make available")).to_be_visible()
    page = windows.open(people["ben"], f"/records/{record.id}/documents", bypass_csp=True)
    page.get_by_role("link", name="(not available").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This document is not available to you")
    sound(page)
    page.get_by_role("button", name="Ask SENAS to make this available").click()
    expect(page.get_by_role("alert").first).to_contain_text("SENAS has been asked")
    senas.goto(f"{portal.url}/document-requests")
    sound(senas)
    asked = senas.get_by_role("row").filter(has_text="Test Child")
    asked.get_by_role("button", name="Grant").click()
    expect(senas.get_by_role("alert").first).to_contain_text("told by email")
    assert people["ben"].get(url).headers["content-type"] == "application/pdf"
    senas.goto(f"{portal.url}/records/{record.id}/documents")
    senas.get_by_role("button", name="Take back").click()
    page.goto(portal.url + url)
    page.get_by_role("button", name="Ask SENAS to make this available").click()
    senas.goto(f"{portal.url}/document-requests")
    asked.locator("summary").click()
    asked.get_by_role("button", name="Decline").click()
    expect(senas.locator("#problems")).to_contain_text("Say why")
    asked.get_by_label("Why").fill("It is about a sibling")
    asked.get_by_role("button", name="Decline").click()
    expect(senas.get_by_role("alert").first).to_contain_text("told by email")
    page.goto(portal.url + url)
    expect(page.locator("main")).to_contain_text("SENAS declined your request: It is about a sibling")


def test_how_do_i_delete_incorrectly_uploaded_documents(
    windows: Windows, portal: Portal, people: Any, record: Record
) -> None:
    """How do I delete ... incorrectly uploaded documents?"""
    bring(people["amina"], record)
    page = windows.open(people["amina"], f"/records/{record.id}/documents", bypass_csp=True)
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("#problems")).to_contain_text("Say why")
    sound(page)
    page.get_by_label("Why?").fill("It belongs to another record")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("alert").first).to_contain_text("You can bring it back below for 30 days")
    expect(page.locator("table[aria-labelledby=withdrawn]")).to_contain_text("It belongs to another record")
    sound(page)
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("alert").first).to_contain_text("back in the record")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_label("Why?").fill("It does belong to another record")
    page.get_by_role("button", name="Withdraw").click()
    submitted(portal, record)
    senas = windows.open(people["farah"], f"/records/{record.id}/documents", bypass_csp=True)
    sound(senas)
    senas.get_by_role("button", name="Bring back").click()
    expect(senas.get_by_role("alert").first).to_contain_text("back in the record")
    page.reload()
    page.get_by_role("link", name="Ask to remove").click()
    page.get_by_label("Why?").fill("It belongs to another record all the same")
    page.get_by_role("button", name="Ask SENAS").click()
    expect(page.get_by_role("main")).to_contain_text("SENAS has been asked to remove it")
    senas.goto(f"{portal.url}/document-requests")
    asked = senas.get_by_role("row").filter(has_text="belongs to another record all the same")
    expect(asked).to_contain_text("Take it away")
    asked.get_by_role("button", name="Grant").click()
    expect(senas.get_by_role("alert").first).to_contain_text("told by email")
    page.reload()
    expect(page.locator("table.list")).to_have_count(0)
    senas.goto(f"{portal.url}/records/{record.id}/documents")
    expect(senas.locator("table[aria-labelledby=withdrawn]")).to_contain_text("another record all the same")


def test_how_do_i_delete_duplicate_appendices(windows: Windows, portal: Portal, people: Any, record: Record) -> None:
    """How do I delete ... duplicate appendices ...?"""
    hassan = portal.sign_in("hassan")
    submitted(portal, record)
    entry = begin(people["amina"], str(record.id), "appendix_b")
    write(people["amina"], str(record.id), entry, **NEEDED)
    for _ in range(2):
        assert people["amina"].post(f"/records/{record.id}/profiles/appendix_b/submit").status_code == 303
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    page = windows.open(hassan, f"/removals?reference={reference}", bypass_csp=True)
    rows = page.locator("table.list tbody tr").filter(has_text="Appendix B")
    expect(rows).to_have_count(2)
    for size, least in ((PHONE, 44), (LAPTOP, 24)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        target = rows.first.locator("summary").bounding_box()
        assert target
        assert min(target["height"], target["width"]) >= least
    rows.first.locator("summary").click()
    rows.first.get_by_label("Why").fill("It was submitted twice")
    rows.first.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("alert").first).to_contain_text("no longer in the record")
    sound(page)
    tabs = windows.open(people["ben"], f"/records/{record.id}/documents", bypass_csp=True)
    listed = tabs.locator("table.list").first.locator("tbody tr").filter(has_text="Appendix B")
    expect(listed).to_have_count(1)
    tabs.goto(f"{portal.url}/records/{record.id}/profiles")
    gone = str(one(portal, "select id from portal.document where record = %s and withdrawn_at is not null", record.id))
    assert gone not in tabs.content(), "the tab leads to what was removed"
    sound(tabs)
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_role("alert").first).to_contain_text("back in the record")
    tabs.goto(f"{portal.url}/records/{record.id}/documents")
    expect(listed).to_have_count(2)
