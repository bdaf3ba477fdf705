"""A case from receipt to decision in a real browser: farah records, amina answers, both read the same dates."""

import io
import re
from datetime import timedelta

import pikepdf
from playwright.sync_api import Page, expect

from record.clock import decision_due, final_due, say, today
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from views.words import day


def submitted(portal: Portal) -> tuple[str, str, str]:
    """A request of Brentmere's as it came in, also where this runs again: record, reference and the child's name."""
    with portal.owner() as db:
        found = db.execute(
            "select r.id::text, r.reference, c.first_name || ' ' || c.surname from portal.record r"
            " join portal.child c on c.id = r.child join portal.setting s on s.id = r.setting"
            " where s.name = 'Brentmere Primary School' and r.status <> 'draft' order by r.received_at desc limit 1"
        ).fetchone()
        assert found
        db.execute("set session_replication_role = replica")
        db.execute("delete from portal.step where record = %s and kind <> 'received'", [found[0]])
        db.execute("update portal.record set status = 'submitted', coordinator = null where id = %s", [found[0]])
    return found


def record(page: Page, link: str, **boxes: str) -> None:
    """Take one step from the review page or the case's own page."""
    page.get_by_role("link", name=link, exact=True).click()
    for label, text in boxes.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("button", name=link).click()
    expect(page.get_by_role("alert", name="Recorded")).to_contain_text("The people it concerns are told by email.")


def bring(page: Page, name: str) -> None:
    """A document of one empty page, added."""
    content = io.BytesIO()
    with pikepdf.new() as paper:
        paper.add_blank_page(page_size=(595, 842))
        paper.save(content)
    page.get_by_label("Name").fill(name)
    page.locator("select[name=type]").select_option("medical")
    page.locator("[name=dated]").fill("1 5 2026")
    page.locator("input[type=file]").set_input_files(
        {"name": "hearing.pdf", "mimeType": "application/pdf", "buffer": content.getvalue()}
    )
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_role("heading", name="Document list")).to_be_visible(timeout=20_000)


def test_farah_takes_a_request_from_receipt_to_decision_and_amina_answers_her(windows: Windows, portal: Portal) -> None:
    id_, reference, name = submitted(portal)
    with portal.owner() as db:
        (received,) = db.execute(
            "select happened_on from portal.step where record = %s and kind = 'received'", [id_]
        ).fetchone() or (today(),)
        db.execute("delete from portal.letter")
    page = windows.open("farah", "/gateway")
    page.get_by_label("Find a child").fill(name)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Review of {reference}")
    expect(page.locator("#date-decision")).to_contain_text(
        f"received {say(received)} + 42 days = {say(decision_due(received))}"
    )
    expect(page.locator("#review textarea, #review input, #review select")).to_have_count(0)

    # the ERSA as it was sent, beside the text of it
    page.get_by_role("link", name=re.compile("Show beside")).last.click()
    expect(page.locator("#viewer iframe")).to_be_visible()
    text, viewer = page.locator(".review__text").bounding_box(), page.locator("#viewer").bounding_box()
    assert text
    assert viewer
    assert text["x"] + text["width"] <= viewer["x"], "side by side"
    with portal.owner() as db:  # that the page was opened is a look, and what goes on beside it none
        db.execute("update portal.look set at = now() - interval '1 hour' where record = %s", [id_])
    page.locator("#viewer").get_by_role("link", name="Close").click()
    expect(page.locator("#viewer iframe")).to_have_count(0)
    with portal.owner() as db:
        ago = db.execute("select now() - max(at) from portal.look where record = %s", [id_]).fetchone()
    assert ago
    assert ago[0] > timedelta(minutes=50)

    record(page, "Confirm receipt")
    expect(page.locator(".head")).to_contain_text("Receipt confirmed")
    record(page, "Ask for more information", Question_to_the_setting="Has the hearing test taken place?")

    hers = windows.open("amina", f"/records/{id_}/documents/new")
    bring(hers, "Hearing test, spring")
    page.goto(f"{portal.url}/records/{id_}/review")
    expect(page.locator("#documents-list")).to_contain_text("Hearing test, spring")
    page.get_by_role("link", name=re.compile("Make documents available")).click()
    page.get_by_role("button", name=re.compile("Keep to SENAS.*Hearing test")).click()
    page.goto(f"{portal.url}/records/{id_}/review")
    expect(page.locator("#documents-list")).to_contain_text("for SENAS, and who added it")
    page.get_by_role("link", name=re.compile("Make documents available")).click()
    page.get_by_role("button", name=re.compile("Make available.*Hearing test")).click()
    expect(page.get_by_role("button", name=re.compile("Keep to SENAS.*Hearing test"))).to_be_visible()
    page.goto(f"{portal.url}/records/{id_}/case")

    hers.goto(f"{portal.url}/records/{id_}/needs")
    expect(hers.get_by_text("1 question", exact=True)).to_be_visible()
    hers.get_by_role("link", name="Case and dates").click()
    expect(hers.locator("#date-decision")).to_contain_text(day(decision_due(received)))
    hers.get_by_role("button", name="Send the answer").click()
    expect(hers.locator(".govuk-error-summary")).to_contain_text("Write the answer first.")
    hers.get_by_label("Your answer").fill("Yes, in May: no loss was found.")
    hers.get_by_role("button", name="Send the answer").click()
    expect(hers.get_by_role("heading", name="Questions that wait")).to_have_count(0)
    expect(hers.get_by_role("link", name="Decide to assess")).to_have_count(0)

    page.reload()
    expect(page.locator("#steps")).to_contain_text("Yes, in May: no loss was found.")
    page.get_by_role("link", name="Decide to assess").click()
    page.get_by_role("button", name="Decide to assess").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Give the reasons.")
    tomorrow = today() + timedelta(days=1)
    page.get_by_label("Reasons for the decision").fill("What was tried has not been enough.")
    page.get_by_label("The family was told on").fill(f"{tomorrow.day} {tomorrow.month} {tomorrow.year}")
    page.get_by_role("button", name="Decide to assess").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("is in the future")
    expect(page.get_by_label("Reasons for the decision")).to_have_value("What was tried has not been enough.")
    page.get_by_label("The family was told on").fill(f"{today().day} {today().month} {today().year}")
    page.get_by_role("button", name="Decide to assess").click()
    expect(page.locator(".head")).to_contain_text("Assessment agreed")
    expect(page.locator("#date-final")).to_contain_text(day(final_due(received)))

    hers.reload()
    expect(hers.locator("#steps")).to_contain_text("What was tried has not been enough.")
    hers.goto(f"{portal.url}/records/{id_}/readers")
    expect(hers.locator("#readers")).to_contain_text("read it on the review page")
    with portal.owner() as db:
        letters = db.execute("select recipient, subject, body from portal.letter order by id").fetchall()
    assert [subject for _, subject, _ in letters if subject.startswith(reference)]
    told = {to for to, _, _ in letters}
    assert {"amina.yusuf@brentmere.example", "ERSA@ealing.gov.uk"} <= told
    for part in name.split():
        assert not [body for _, subject, body in letters if part in subject + body], "letters name no child"


def test_without_scripts_everything_can_be_done(windows: Windows, portal: Portal) -> None:
    with portal.owner() as db:
        (id_,) = db.execute("select id from portal.record where status = 'submitted' limit 1").fetchone() or ("",)
    page = windows.open("farah", f"/records/{id_}/review", java_script_enabled=False)
    page.get_by_role("link", name=re.compile("Show beside")).first.click()
    expect(page.locator("#viewer iframe")).to_be_visible()
    record(page, "Confirm receipt")
    page.locator("#steps a").first.click()
    page.get_by_label("Why it is corrected").fill("A slip of the hand.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#steps")).to_contain_text("A slip of the hand.")
    expect(page.locator(".head")).to_contain_text("With SENAS")
