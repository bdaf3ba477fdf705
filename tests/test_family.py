"""The family's part: the sheet for the conversation, what is read back to them, and the invitations to their portal."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pypdfium2
import pytest
from playwright.sync_api import expect

from record import VNOV22
from record.family import PLAIN, SHEET, THEIRS
from record.form import Answers
from routes.family import sheet_paper
from tests.desk import Record
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.paper import read, run
from tests.test_accessible import sound
from tests.test_corrections import one, text
from tests.test_documents import trail
from views.pdf import render

PANJABI = "ਉਹ ਘਰ ਵਿੱਚ ਬਹੁਤ ਖੁਸ਼ ਰਹਿੰਦੀ ਹੈ"


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "farah")}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(700, 1000))


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], numbers: Iterator[int]) -> Record:
    made = Record(portal, people["amina"], next(numbers))
    for field, words in (
        ("views_strengths", "I sing."),
        ("parent_concerns", "She cannot follow the lesson."),
        ("parent_language", "PNJ"),
        ("parent_original", PANJABI),
        ("parent_views_whose", "Her mother"),
        ("communication_method", "parent_portal"),
        ("portal_contact", "Gurpreet Kaur"),
        ("portal_email", "g.kaur@example.org"),
    ):
        made.write(people["amina"], field, words)
    return made


def agreed(portal: Portal, record: Record, on: str = "2026-11-02") -> str:
    with portal.owner() as db:
        db.execute(
            "update portal.record set status = 'assessing', received_at = %s where id = %s", ["2026-10-01", record.id]
        )
        db.execute(
            "insert into portal.step (record, setting, child, kind, happened_on)"
            " select id, setting, child, 'assess', %s from portal.record where id = %s",
            [on, record.id],
        )
    return str(one(portal, "select reference from portal.record where id = %s", record.id))


def test_the_sheet_asks_every_question_and_names_nobody_unless_wished(
    people: dict[str, httpx2.Client], record: Record, tmp_path: Path
) -> None:
    url = f"/records/{record.id}/family/conversation"
    answer = people["amina"].get(url)
    assert answer.headers["content-type"] == "application/pdf"
    said = " ".join(read(answer.content, tmp_path).split())
    for title, _, questions in SHEET:
        assert title in said
        for words, _ in questions:
            assert words.format(setting="Brentmere Primary School") in said
    assert "Room to draw" in said
    assert "Test Child" not in said
    assert "Test Child" in read(people["amina"].get(f"{url}?name=yes").content, tmp_path)


def test_what_was_written_is_read_back_in_the_familys_words_and_in_english(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, tmp_path: Path
) -> None:
    answer = people["amina"].get(f"/records/{record.id}/family/read-back")
    said = " ".join(read(answer.content, tmp_path).split())
    for words in (PANJABI, "She cannot follow the lesson.", "I sing.", "Her mother", "Is it what you said?", "Panjabi"):
        assert words in said, words
    assert "What we would like changed" in said
    assert re.search(r"Speak to: Amina Yusuf, .*Telephone: [\d ]+ Email: \S+@", said)
    for office in ("Last changed by", "Contribution and Communication Method", "They have seen the text"):
        assert office not in said
    (tmp_path / "made.pdf").write_bytes(answer.content)
    run("qpdf", "--check", str(tmp_path / "made.pdf"))
    assert "record.read_back" in trail(portal, record)


def test_what_is_said_in_plain_words_is_of_the_form() -> None:
    tabs = [tab for name in THEIRS if (tab := VNOV22.tab(name))]
    known = {name for tab in tabs for name in (tab.name, *(f"{tab.name}.{s.name}" for s in tab.sections))}
    known |= {field.name for tab in tabs for section in tab.sections for field in section.fields}
    assert set(PLAIN) - known == set()
    for tab in tabs:
        for section in tab.sections:
            labels = [field.label for field in section.fields]
            assert len(labels) == len(set(labels)), "a question is found by its label"
            said = [PLAIN.get(field.name, field.label) for field in section.fields]
            assert not any("SENAS" in words for words in said), section.title


def test_an_invitation_is_due_once_it_is_agreed_to_assess_and_is_marked_and_taken_back(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    assert record.id not in people["farah"].get("/invitations").text
    assert people["farah"].post(f"/invitations/{record.id}").status_code == 404
    reference = agreed(portal, record)
    page = text(people["farah"].get("/invitations"))
    assert "Gurpreet Kaur g.kaur@example.org" in page
    assert "2 November 2026" in page
    table = list(csv.reader(io.StringIO(people["farah"].get("/invitations/export").content.decode("utf-8-sig"))))
    row = next(row for row in table if row[0] == reference)
    assert row[1:3] == ["Gurpreet Kaur", "g.kaur@example.org"]
    for _ in range(2):  # marked twice, it is marked once
        assert people["farah"].post(f"/invitations/{record.id}").status_code == 303
    assert reference not in people["farah"].get("/invitations/export").text
    assert one(portal, "select count(*) from portal.invitation where record = %s", record.id) == 1
    people["farah"].post(f"/invitations/{record.id}", data={"undo": "yes"})
    assert reference in people["farah"].get("/invitations/export").text
    assert {"invitation.insert", "invitation.undone"} <= set(trail(portal, record))


def test_an_invitation_without_an_address_says_what_to_do(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    record.write(people["amina"], "portal_email", "")
    agreed(portal, record)
    assert "There is no email address. Ask the setting for it." in text(people["farah"].get("/invitations"))


def test_do_parents_have_access_to_the_portal(
    windows: Windows, portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    """Do parent/carers have access to the portal? Their views come through the SENCO; then they may use their own."""
    views = windows.open(people["amina"], f"/records/{record.id}/parent_views")
    views.get_by_label("Support wanted").fill("More help with reading.")
    views.keyboard.press("Tab")
    expect(views.locator("#all-saved")).to_contain_text("Every answer here is saved")
    page = windows.open(people["amina"], f"/records/{record.id}/contribution", bypass_csp=True)
    page.get_by_label("Parent Portal", exact=True).check()
    expect(page.get_by_label("Who receives the invitation to the Parent Portal")).to_have_value("Gurpreet Kaur")
    expect(page.get_by_role("link", name="a sheet for the conversation")).to_be_visible()
    expect(page.get_by_role("link", name="what was written for them")).to_be_visible()
    agreed(portal, record)
    senas = windows.open(people["farah"], "/gateway", bypass_csp=True)
    senas.get_by_text("Modules", exact=True).click()
    senas.get_by_role("link", name="Parent Portal invitations").click()
    line = senas.locator(f'[id="invitation-{record.id}"]')
    expect(line).to_contain_text("Gurpreet Kaur")
    sound(senas)
    line.get_by_role("button", name="Mark as invited").click()
    expect(senas.get_by_role("alert").first).to_contain_text("up to date")
    expect(line.get_by_role("button", name="Undo")).to_be_visible()
    sound(senas)


@pytest.mark.parametrize("named", [True, False])
def test_the_lines_to_write_on_stay_with_their_question(named: bool) -> None:
    facts = {"first_name": "Amara", "surname": "Obi", "dob": "2016-05-05", "setting_name": "Brentmere Primary School"}
    made = render.engine()("family_sheet.pdf.html", sheet_paper("Ealing", "ERSA-000041", Answers(facts), named)).pdf
    asked = {
        words.format(setting=facts["setting_name"]): lines for _, _, questions in SHEET for words, lines in questions
    }
    found = {}
    with pypdfium2.PdfDocument(made) as pdf:
        assert len(pdf) > 2
        for page in pdf:
            text = page.get_textpage()
            places = {
                words: text.get_charbox(hit[0])[1] for words in asked if (hit := text.search(words[:30]).get_next())
            }
            drawn = [it.get_bounds() for it in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_PATH])]
            lines = [top for left, bottom, right, top in drawn if right - left > 400 and top - bottom < 3]
            below = [*sorted(places.values(), reverse=True)[1:], 60]
            for (words, place), end in zip(sorted(places.items(), key=lambda it: -it[1]), below, strict=True):
                found[words] = sum(end < line < place for line in lines)
    assert {words: found[words] - lines for words, lines in asked.items() if found[words] < lines} == {}
