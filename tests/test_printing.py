"""What a person is told when a PDF cannot be made: why, what to shorten, and the way back to where they were."""

import re
from datetime import date
from html import unescape
from pathlib import Path

import httpx2
import pytest

from record import FORMS
from record.form import Answers
from routes.family import read_back_paper
from tests.desk import Record
from tests.fixtures_server import Portal
from tests.paper import read


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def endless(portal: Portal, amina: httpx2.Client) -> Record:
    """A record with more text than a PDF can hold, most of it in one answer."""
    made = Record(portal, amina, 640)
    for field in ("reason", "parent_concerns", "views_strengths"):
        made.write(amina, field, "Because.")
    with portal.owner() as db:
        for field, megabytes in (("reason", 4), ("parent_concerns", 9)):
            db.execute(
                "update portal.answer set value = repeat('word ', %s), version = version + 1"
                " where record = %s and field = %s",
                [megabytes * 200_000, made.id, field],
            )
    return made


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize(
    ("path", "longest", "back"),
    [
        ("report?report=preview", "7. Parent and carer’s views; 8. Reason and needs.", ("submit", "Submit ERSA")),
        ("family/read-back", "2. The views of parents and carers.", ("parent_views", "Parent and carer’s views")),
    ],
)
def test_a_record_too_long_for_a_pdf_leads_to_its_longest_sections(
    portal: Portal, amina: httpx2.Client, endless: Record, path: str, longest: str, back: tuple[str, str]
) -> None:
    before = len(portal.logged())
    answer = amina.get(f"/records/{endless.id}/{path}")
    assert answer.status_code == 422
    said = words(answer.text)
    assert "The PDF could not be made" in said
    assert "more text than one PDF can hold" in said
    assert f"Most of it is in: {longest}" in said
    assert "Wait a moment" not in said
    assert "cannot save or show" not in said
    name, title = back
    assert f'<a class="govuk-link" href="/records/{endless.id}/{name}">Go back to {title}</a>' in unescape(answer.text)
    assert "portal.paper WARNING a document was not made: PaperTooLarge: " in portal.logged()[before:]


def test_a_pdf_is_sent_as_it_is_not_packed_once_more(portal: Portal, amina: httpx2.Client) -> None:
    record = Record(portal, amina, 642)
    record.write(amina, "reason", "Because.")
    answer = amina.get(f"/records/{record.id}/report?report=preview", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "application/pdf"
    assert "content-encoding" not in answer.headers
    page = amina.get(f"/records/{record.id}/reason", headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"


def test_the_ersas_of_the_demo_say_who_wrote_them(portal: Portal, tmp_path: Path) -> None:
    with portal.owner() as db:
        content, reference, authors = db.execute(
            """select c.content, r.reference, array(
                   select distinct p.name from portal.answer a join portal.person p on p.id = a.author
                   where a.record = r.id and a.value <> '')
               from portal.content c join portal.document d on d.id = c.document
               join portal.record r on r.id = d.record join portal.person s on s.id = d.added_by
               where d.category = 'ERSA' and s.demo order by cardinality(array(
                   select distinct a.author from portal.answer a where a.record = r.id)) desc limit 1"""
        ).fetchone()
    said = " ".join(read(bytes(content), tmp_path).split())
    assert reference in said
    assert len(authors) > 1
    assert "Written by " in said
    cover = said.partition("Submitted by")[0]
    assert [name for name in authors if name not in cover] == []
    assert "Last changed by " in said


def test_a_family_looks_through_what_was_written_and_nothing_else() -> None:
    form = FORMS["VNOV22"]
    answers = Answers({"first_name": "Zuzanna", "parent_concerns": "She cannot sleep."}, {}, date(2026, 11, 24))
    tabs = read_back_paper("Ealing", "ERSA-000041", form, answers)["tabs"]
    fields = [field for tab in tabs for part in tab["parts"] if part["kind"] == "fields" for field in part["fields"]]
    assert "She cannot sleep." in [field["value"] for field in fields]
    assert [field["label"] for field in fields if not field["value"]] == []
