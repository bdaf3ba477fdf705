"""A request from submission to decision, everybody in a browser of their own, and how it comes to be counted."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from record.clock import add_working_days, decision_due, final_due, say, today
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.hostile import pdf
from tests.reading_pdf import plain, words_of
from tests.test_case import typed
from tests.test_case_browser import record as take
from tests.test_sen2 import YEAR, of, read
from tests.test_story import child_without_ersa, run_report
from views.words import day

BRENTMERE = "Brentmere Primary School"
REASON = "He needs more than the school can give."
QUESTION = "Has the hearing test taken place?"
ANSWER = "Yes, in May. No loss was found, and the clinic’s letter is added."
LETTER = "Clinic letter, May"
WHY = "What was tried with advice has not been enough."
# Who is asked for which appendix, as the page offers them, and what they advise.
ADVICE = (
    ("ewa", "EP", "Appendix D: Educational psychology", "A quiet place to work, each day."),
    ("daljit", "SLT", "Appendix C: Health and therapies", "Six sessions a term."),
)
FIGURES = ("stages", "decisions", "finals", "settings", "services")
Figures = dict[str, dict[str, dict[str, int]]]


@pytest.fixture(scope="module")
def cast(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "daljit", "ewa", "farah", "grace")}


@dataclass
class Story:
    """One telling of it: windows of the cast, with scripts or without."""

    windows: Windows
    portal: Portal
    cast: dict[str, httpx2.Client]
    scripts: bool

    def open(self, who: str, path: str) -> Page:
        return self.windows.open(self.cast[who], path, java_script_enabled=self.scripts)

    def write(self, page: Page, answers: dict[Locator, str]) -> None:
        """Fill boxes of a record and leave them saved."""
        for box, text in answers.items():
            box.fill(text)
            box.press("Tab") if self.scripts else None
        if self.scripts:
            expect(page.locator("#all-saved")).to_have_text("Every answer here is saved.")
        else:
            page.get_by_role("button", name="Update", exact=True).last.click()
            expect(page.get_by_role("alert", name="Saved")).to_contain_text("saved")

    def submit(self, page: Page) -> tuple[str, str, dict[str, Any]]:
        """Amina begins a child's ERSA with what the law asks for and sends it: record, reference, child."""
        child = child_without_ersa(self.portal)
        name = f"{child['first_name']} {child['surname']}"
        page.get_by_label("Find a child").fill(name)
        page.get_by_label("Find a child").press("Enter")
        page.get_by_role("button", name=f"Start an ERSA for {name}").click()
        expect(page.locator("#record")).to_be_visible()
        id_ = page.url.split("/records/")[1].split("/")[0]
        reference = page.locator(".head__facts div", has_text="Reference").locator("dd").inner_text()
        page.goto(f"{self.portal.url}/records/{id_}/needs")
        self.write(page, {page.locator("#reason"): REASON})
        page.goto(f"{self.portal.url}/records/{id_}/parents")
        page.get_by_role("button", name="Add parent").click()
        expect(page.locator("article.entry")).to_have_count(1)
        self.write(page, {page.locator("article.entry").get_by_label("Phone").first: "020 7946 0123"})
        page.goto(f"{self.portal.url}/records/{id_}/submit")
        run_report(page, "ERSA – NOV 22")
        page.get_by_label("Why is it submitted as incomplete?").fill("The school closes tomorrow.")
        page.get_by_role("button", name="Submit to SENAS").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("ERSA submitted")
        return id_, reference, child

    def bring(self, page: Page) -> None:
        page.get_by_label("Name of the document").fill(LETTER)
        page.get_by_label("Type", exact=True).select_option("medical")
        page.get_by_label("Date of the document").fill(typed(today()))
        brought = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": pdf()}
        page.get_by_label("Upload new file").set_input_files(brought)  # type: ignore[arg-type]
        page.get_by_role("button", name="Insert").click()
        expect(page.get_by_role("row").filter(has_text=LETTER)).to_be_visible(timeout=20_000)

    def advise(self, page: Page, reference: str, appendix: str, words: str) -> None:
        """Give the advice that the page “Advice asked of you” says is asked for."""
        line = page.get_by_role("listitem").filter(has_text=reference)
        expect(line).to_contain_text("What would help in class?")
        line.get_by_role("button", name="Write the advice").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(appendix)
        page.get_by_role("button", name="Add advice").click()
        entry = page.locator("article.entry")
        boxes = {"Date of advice": say_day(), "Recommended provision": words}
        self.write(page, {entry.get_by_label(label): text for label, text in boxes.items()})
        run_report(page, f"{appendix.split(':')[0]}: submit the advice")
        page.get_by_role("button", name="Submit the advice").click()
        expect(page.locator("main")).to_contain_text(re.compile("advice was submitted"))


def say_day() -> str:
    return f"{today():%d %B %Y}"


def figures(page: Page) -> Figures:
    """What the tables of the figures say, by figure, row and heading."""
    found: Figures = {}
    for name in FIGURES:
        place = page.locator(f"section[aria-labelledby='{name}'] table")
        head, *rows = [row.locator("th, td").all_inner_texts() for row in place.locator("tr").all()]
        found[name] = {
            row[0]: {title: int(cell) for title, cell in zip(head, row, strict=True) if cell.isdecimal()}
            for row in rows
        }
    return found


def grown(before: Figures, after: Figures) -> Figures:
    """By how much each number of cases became more; parts of a hundred aside, and rows that sum others."""
    return {
        name: {
            label: more
            for label, row in rows.items()
            if (
                more := {
                    title: n - before[name].get(label, {}).get(title, 0)
                    for title, n in row.items()
                    if "%" not in title and n != before[name].get(label, {}).get(title, 0)
                }
            )
        }
        for name, rows in after.items()
    }


def ask(page: Page, appendix: str, whom: str) -> None:
    page.get_by_label("Appendix", exact=True).select_option(label=appendix)
    page.get_by_role("button", name="Next: whom to ask").click()
    page.get_by_label("Whom").select_option(whom)
    page.get_by_label("What you would like to know").fill("What would help in class?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("told by email")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_request_is_taken_from_its_submission_to_the_decision_and_counted(
    windows: Windows, portal: Portal, cast: dict[str, httpx2.Client], scripts: bool, tmp_path: Path
) -> None:
    story = Story(windows, portal, cast, scripts)
    grace = story.open("grace", "/figures")
    before = figures(grace)
    with portal.owner() as db:
        db.execute("delete from portal.letter")

    amina = story.open("amina", "/gateway")
    id_, reference, child = story.submit(amina)
    at, name = f"{portal.url}/records/{id_}", f"{child['first_name']} {child['surname']}"
    with portal.owner() as db:  # the council knows that he works with the child
        db.execute(
            "insert into portal.involvement (child, person) select r.child, a.person from portal.record r,"
            " priv.account a where r.id = %s and a.username = 'daljit' on conflict do nothing",
            [id_],
        )

    # farah finds it among the new ones and confirms receipt, in time
    farah = story.open("farah", "/queue")
    farah.get_by_role("navigation", name="Whose cases").get_by_role("link", name="Nobody’s yet").click()
    line = farah.locator(f"[id='case-{id_}']")
    expect(line).to_contain_text("Receipt due")
    line.get_by_role("link", name=name).click()
    expect(farah.get_by_role("heading", level=1)).to_have_text(f"Review of {reference}")
    expect(farah.locator("#date-receipt")).to_contain_text(
        f"received {say(today())} + 3 working days = {say(add_working_days(today(), 3))}"
    )
    take(farah, "Confirm receipt")
    expect(farah.locator("#date-receipt")).to_contain_text("Done")

    # she asks a question; amina answers on the record and adds what it speaks of
    take(farah, "Ask for more information", Question_to_the_setting=QUESTION)
    amina.goto(f"{at}/case")
    amina.get_by_label("Your answer").fill(ANSWER)
    amina.get_by_role("button", name="Send the answer").click()
    expect(amina.locator("#steps")).to_contain_text(ANSWER)
    amina.goto(f"{at}/documents/new")
    story.bring(amina)
    farah.goto(f"{portal.url}/queue?whose=none&kind=question")
    expect(line).to_be_visible()
    line.get_by_role("link", name=name).click()
    expect(farah.locator("#review")).to_contain_text(ANSWER)

    # a document that she has kept to SENAS is asked for by who was refused it, and released
    farah.goto(f"{at}/documents")
    farah.get_by_role("button", name=re.compile(f"Keep to SENAS.*{LETTER}")).click()
    expect(farah.get_by_role("alert").first).to_contain_text("Who may open the document has been changed.")
    daljit = story.open("daljit", f"/records/{id_}/documents")
    daljit.get_by_role("link", name=LETTER).click()
    expect(daljit.get_by_role("heading", level=1)).to_have_text("This document is not available to you")
    daljit.get_by_role("button", name="Ask SENAS to make this available").click()
    expect(daljit.get_by_role("alert").first).to_contain_text("SENAS has been asked")
    farah.goto(f"{portal.url}/queue")
    farah.get_by_role("link", name=re.compile("^Documents to make available")).click()
    farah.get_by_role("row").filter(has_text=reference).get_by_role("button", name="Grant").click()
    expect(farah.get_by_role("alert").first).to_contain_text("The person who asked is told by email.")
    daljit.reload()
    address = daljit.get_by_role("row").filter(has_text=LETTER).get_by_role("link").first.get_attribute("href")
    assert daljit.request.get(f"{portal.url}{address}").body().startswith(b"%PDF-")

    # she asks two services for advice, and they give it
    ewa = story.open("ewa", "/advice")
    with portal.owner() as db:
        people = dict(db.execute("select username, person::text from priv.account").fetchall())
    for who, _, appendix, words in ADVICE:
        farah.goto(f"{at}/advice-requests")
        ask(farah, appendix, people[who])
        page = {"ewa": ewa, "daljit": daljit}[who]
        page.goto(f"{portal.url}/advice")
        story.advise(page, reference, appendix, words)
    farah.goto(f"{at}/review")
    for _, _, appendix, words in ADVICE:
        paper = farah.locator("section[aria-labelledby='appendices']").get_by_role("link", name=appendix).first
        given = farah.request.get(f"{portal.url}{paper.get_attribute('href')}")
        assert plain(words) in words_of(given.body(), tmp_path)

    # the decision, with its reasons
    take(farah, "Decide to assess", Reasons_for_the_decision=WHY, The_family_was_told_on=typed(today()))
    expect(farah.locator("#date-decision")).to_contain_text(day(decision_due(today())))
    expect(farah.locator("#date-final")).to_contain_text(day(final_due(today())))
    amina.goto(f"{at}/case")
    expect(amina.locator("#steps")).to_contain_text(WHY)

    # grace sees it in the figures
    grace.reload()
    month = f"{today():%B %Y}"
    asked = {team: {"Asked": 1, "In time": 1} for _, team, _, _ in ADVICE}
    more = grown(before, figures(grace))
    for rows in more.values():  # what is counted once is counted once more in the total
        rows.pop("Total")
    assert more == {
        "stages": {"Assessment agreed": {"Cases": 1}},
        "decisions": {month: {"Received": 1, "In time": 1}},
        "finals": {month: {"Received": 1, "Not due yet": 1}},
        "settings": {BRENTMERE: {"Received": 1, "In time": 1}},
        "services": asked,
    }

    # and the return to the Department has it right
    grace.get_by_role("link", name="SEN2 return").click()
    grace.get_by_label("Return of").select_option(str(YEAR))
    grace.get_by_role("button", name="Show").click()
    expect(grace.get_by_role("heading", level=1)).to_have_text(f"SEN2 return {YEAR}")
    with grace.expect_download() as saved:
        grace.get_by_role("button", name="Download all (ZIP)").click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        files = {it.removesuffix(".csv"): read(archive.read(it)) for it in archive.namelist()}
    person = of(files, "person", reference)
    assert {key: person[key] for key in ("surname", "forename", "personbirthdate", "postcode")} == {
        "surname": child["surname"],
        "forename": child["first_name"],
        "personbirthdate": child["dob"].isoformat(),
        "postcode": child["postcode"],
    }
    iso = today().isoformat()
    assert of(files, "requests", reference) == {
        "receiveddate": iso, "requestoutcome": "Y", "requestoutcomedate": iso,
        "rya": "0", "requestmediation": "0", "requesttribunal": "0", "exported": "0",
    }  # fmt: skip
    assert of(files, "assessment", reference) == {"assessmentoutcome": "A"}  # not decided yet

    # whom it concerned was told, by the reference
    with portal.owner() as db:
        letters = db.execute("select recipient, subject, body from portal.letter").fetchall()
    told = {to for to, subject, body in letters if reference in subject + body}
    assert {"amina.yusuf@brentmere.example", "daljit.gill@therapies.example", "ewa.zielinska@council.example"} <= told
    assert not [subject for _, subject, body in letters if child["surname"] in subject + body]
