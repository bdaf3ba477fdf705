"""A SENCO's whole job in a real browser: from the first sign-in to the receipt, with scripts and without."""

import re
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from argon2 import PasswordHasher
from playwright.sync_api import Page, expect

from migrations import demo
from record import VNOV22
from record.kinds import say_date
from tests.filling import Filler
from tests.fixtures_browser import Windows, need
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.reading_pdf import plain, red_lines, words_of

TITLE = "ERSA – School (VNOV22)"
AMINA = next(member for member in demo.CAST if member.username == "amina")


def as_new(portal: Portal) -> None:
    """Amina as on her first day: a temporary password, and no authenticator."""
    temporary = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(AMINA.password)
    with portal.owner() as db:
        db.execute(
            "update priv.account set password = %s, temporary = true, seed = null, seed_pending = null, last_step = 0"
            " where username = 'amina'",
            [temporary],
        )
        db.execute("delete from priv.bucket")
    portal.secrets.pop("amina", None)


def scanned(page: Page, folder: Path) -> str:
    """The secret that a phone reads from the QR code on the screen."""
    picture = folder / "screen.png"
    page.locator("img.qr").evaluate("image => image.decode()")  # drawn, on a slow machine too
    page.locator("img.qr").screenshot(path=picture)
    read = subprocess.run(
        [need("zbarimg"), "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True
    )
    address = urlsplit(read.stdout.strip())
    assert address.scheme == "otpauth"
    assert address.netloc == "totp"
    return parse_qs(address.query)["secret"][0]


def sign_in_for_the_first_time(page: Page, portal: Portal, folder: Path) -> None:
    need("oathtool")
    page.get_by_label("User name").fill("amina")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password", exact=True).fill(AMINA.password)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose your own password")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The new password again").fill(PASSWORD)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your authenticator app")
    portal.secrets["amina"] = scanned(page, folder)
    page.get_by_label("Code from your authenticator app").fill(oath(portal.secrets["amina"]))
    page.get_by_role("button", name="Finish and sign in").click()
    page.get_by_role("button", name="Show me 10 recovery codes").click()
    expect(page.locator("#codes li")).to_have_count(10)
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gateway")


def child_without_ersa(portal: Portal) -> dict[str, Any]:
    """A child of Brentmere's whose ERSA nobody has started; the facts that the council holds of them."""
    with portal.owner() as db:
        found = db.execute(
            "select c.first_name, c.surname, c.dob, c.address_line1, c.postcode from portal.child c"
            " join portal.setting s on s.id = c.setting"
            " where s.name = 'Brentmere Primary School' and c.upn is not null and c.postcode <> ''"
            " and not exists (select 1 from portal.record r where r.child = c.id) order by c.surname limit 1"
        ).fetchone()
    assert found, "the demo has no child left who could be begun with"
    return dict(zip(("first_name", "surname", "dob", "address_line1", "postcode"), found, strict=True))


def open_tab(page: Page, name: str) -> None:
    """By its link in the list of tabs."""
    page.locator(f"#tab-{name}").click()
    expect(page.locator("#record")).to_have_attribute("data-tab", name)


def run_report(page: Page, name: str) -> None:
    page.get_by_label("Report", exact=True).select_option(label=name)
    page.get_by_role("button", name="Run report").click()


def preview(page: Page, portal: Portal, scripts: bool) -> bytes:
    """The preview, as Run report opens it."""
    open_tab(page, "submit")
    address = f"{page.locator('form.reports').get_attribute('action')}?report=preview"
    if scripts:  # in a window of its own
        with page.expect_popup() as opened:
            run_report(page, "ERSA VNOV22 (Preview)")
        opened.value.close()
        expect(page.locator("#record")).to_have_attribute("data-tab", "submit")
    answer = page.request.get(portal.url + address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    return answer.body()


def letters(page: Page, portal: Portal, reference: str) -> dict[str, str]:
    """What was posted about that reference, by whom it went to."""
    deadline = time.monotonic() + 15
    found: dict[str, str] = {}
    while len(found) < 2 and time.monotonic() < deadline:
        page.goto(portal.url + "/demo/mail")
        links = page.get_by_role("link", name=re.compile(rf"\b{re.escape(reference)}\b"))
        addresses = [str(links.nth(n).get_attribute("href")) for n in range(links.count())]
        if len(addresses) < 2:
            time.sleep(0.3)
            continue
        for address in addresses:
            page.goto(portal.url + address)
            to = page.locator(".govuk-summary-list__row", has_text="To").locator("dd").first.inner_text()
            found[to] = page.locator("main").inner_text()
    return found


def fill_everything(page: Page, scripts: bool) -> Filler:
    """Every tab in the order of the form, by the links at their ends."""
    filler = Filler(page)
    filled = []
    while True:
        name = str(page.locator("#record").get_attribute("data-tab"))
        tab = VNOV22.tab(name)
        if tab is None:
            break
        filler.tab(tab)
        filled.append(name)
        if scripts:
            expect(page.locator("#all-saved")).to_have_text("Every answer here is saved.")
        else:
            page.get_by_role("button", name="Update", exact=True).last.click()
            expect(page.get_by_role("alert", name="Saved")).to_contain_text("saved")
        assert page.locator(".govuk-error-message:visible").all_inner_texts() == []
        page.locator("#go-next").click()
        expect(page.locator("#record")).not_to_have_attribute("data-tab", name)
    assert filled == [tab.name for tab in VNOV22.tabs]
    return filler


def complete_and_submit(page: Page, portal: Portal, folder: Path, child: dict[str, Any], scripts: bool) -> None:
    """From the record's first tab to the receipt, and what comes of it."""
    record = urlsplit(page.url).path.split("/")[2]
    reference = page.locator(".head__facts div", has_text="Reference").locator("dd").inner_text()
    expect(page.locator(".head__name")).to_contain_text(f"{child['first_name']} {child['surname']}")
    expect(page.locator(".head__facts")).to_contain_text(say_date(child["dob"]))

    draft = preview(page, portal, scripts)
    red = red_lines(draft, folder)
    assert "DRAFT" in words_of(draft, folder)
    assert any("not complete" in line for line in red), red
    grown = page.locator("#tab-adulthood").count()
    asked = [tab.title for tab in VNOV22.tabs if grown or tab.name != "adulthood"]
    for title in ("Parents and carers", "Reason and needs", "Consent"):
        number = asked.index(title) + 1
        assert any(f"Section {number}, {title}, needs updating" in line for line in red), red
    expect(page.get_by_role("heading", name="Must be completed")).to_be_visible()
    page.get_by_role("link", name="Why an EHC needs assessment is requested").click()
    expect(page.locator("#record")).to_have_attribute("data-tab", "needs")

    open_tab(page, "personal")
    filler = fill_everything(page, scripts)
    stored = answers(portal, record)
    assert {said.key: stored.get(said.key) for said in filler.said} == {said.key: said.stored for said in filler.said}

    open_tab(page, "submit")
    expect(page.locator(".panel")).to_contain_text("Nothing is missing")
    draft = preview(page, portal, scripts)
    assert [line for line in red_lines(draft, folder) if not line.startswith("DRAFT")] == []

    run_report(page, "ERSA – NOV 22")
    expect(page.get_by_role("heading", level=1)).to_have_text("Submit this ERSA to SENAS")
    before = page.locator(".head").inner_text()
    assert "With SENAS" not in before
    page.get_by_role("button", name="Submit to SENAS").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ERSA submitted")
    expect(page.locator("#reference")).to_have_text(reference)
    receipt = page.locator(".panel").inner_text()
    with portal.owner() as db:
        sent = db.execute(
            "select to_char(received_at at time zone 'Europe/London', 'FMDD FMMonth YYYY \"at\" HH24:MI')"
            " from portal.submission where record = %s",
            [record],
        ).fetchall()
    assert len(sent) == 1
    assert f"Submitted {sent[0][0]} by {AMINA.name}" in receipt
    expect(page.locator(".head__dates")).to_contain_text(re.compile(r"With SENAS since .* receipt due by"))

    open_tab(page, "documents")
    line = page.locator("table.list tbody tr", has_text=TITLE)
    expect(line).to_have_count(1)
    expect(line.locator("td[data-label='Added by']")).to_contain_text(AMINA.name)
    download = page.request.get(portal.url + str(line.get_by_role("link").get_attribute("href")))
    assert download.status == 200
    assert "filename" in download.headers["content-disposition"]
    printed = words_of(download.body(), folder)
    missed = [(said.key, word) for said in filler.said for word in said.words if plain(word) not in printed]
    assert missed == []
    assert red_lines(download.body(), folder) == []
    assert "DRAFT" not in printed

    posted = letters(page, portal, reference)
    assert set(posted) == {AMINA.email, "ERSA@ealing.gov.uk"}
    for text in posted.values():
        assert reference in text
        assert child["first_name"] not in text
        assert child["surname"] not in text
    assert sent[0][0] in posted[AMINA.email]
    farah = portal.sign_in("farah")
    assert TITLE in farah.get(f"/records/{record}/documents").text


def answers(portal: Portal, record: str) -> dict[str, str]:
    """All that the database holds of a record, by the names of the page's controls."""
    with portal.owner() as db:
        return dict(
            db.execute(
                "select case when e.list = 'ersa' then a.field else e.id || '.' || a.field end, a.value"
                " from portal.answer a join portal.entry e on e.id = a.entry where a.record = %s",
                [record],
            ).fetchall()
        )


def test_amina_takes_a_child_of_her_school_from_first_sign_in_to_receipt(
    windows: Windows, portal: Portal, tmp_path: Path
) -> None:
    as_new(portal)
    page = windows.open()
    sign_in_for_the_first_time(page, portal, tmp_path)
    child = child_without_ersa(portal)
    page.get_by_label("Find a child").fill(f"{child['surname']} {child['first_name']}".lower())
    page.get_by_label("Find a child").press("Enter")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.get_by_role("button", name=f"Start an ERSA for {child['first_name']} {child['surname']}").click()
    complete_and_submit(page, portal, tmp_path, child, scripts=True)


def test_amina_does_the_whole_job_without_scripts_for_a_child_who_is_not_in_the_list(
    windows: Windows, portal: Portal, tmp_path: Path
) -> None:
    as_new(portal)
    page = windows.open(java_script_enabled=False)
    sign_in_for_the_first_time(page, portal, tmp_path)
    page.get_by_role("button", name="Start an ERSA", exact=True).click()
    page.get_by_label("Find a child").fill("Nobody Of This Name")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#start")).to_contain_text("No child of your setting matches this search.")
    page.get_by_label("First name").fill("Wanda")
    page.get_by_label("Surname", exact=True).fill("Świątek-O’Brien")
    page.get_by_label("Date of birth").fill("31/2/2013")
    page.get_by_label("Sex").select_option(label="Female")
    page.get_by_label("UPN").fill("V307 400 124 001")
    page.get_by_label("Address line 1").fill("7 Elm Walk")
    page.get_by_label("Postcode").fill("w13 9zz")
    page.get_by_role("button", name="Add the child and start the ERSA").click()
    expect(page.locator("#problems")).to_contain_text("There is no 31 February 2013.")
    expect(page.get_by_label("Surname", exact=True)).to_have_value("Świątek-O’Brien")
    page.get_by_label("Date of birth").fill("28/2/2013")
    page.get_by_role("button", name="Add the child and start the ERSA").click()
    with portal.owner() as db:
        found = db.execute("select first_name, surname, dob from portal.child where first_name = 'Wanda'").fetchall()
    assert len(found) == 1
    child = dict(zip(("first_name", "surname", "dob"), found[0], strict=True))
    complete_and_submit(page, portal, tmp_path, child, scripts=False)
