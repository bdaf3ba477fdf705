"""Questions about documents offer the record's own; what usually comes with a request is named where it is missing."""

import html
import io
import re
from typing import Any

import httpx2
import pypdf
import pytest

from record import VNOV22
from record.documents import FOLLOWS, TYPES, USUAL
from record.form import Field
from tests.desk import Record
from tests.fixtures_server import Portal
from tests.test_documents import bring, newest

ABOUT_DOCUMENTS = {
    "provision": "provision_map",
    "consent": "consent_doc",
    "personal": "early_help_doc",
    "health": "healthcare_plan",
}


def suggesting() -> set[str]:
    every: list[Field] = [f for tab in VNOV22.tabs for part in tab.parts for f in part.every()]
    return {f.name for f in every if getattr(f.kind, "suggest", "") == "documents"}


def test_every_question_about_a_document_offers_the_record_s_own() -> None:
    assert suggesting() == {*ABOUT_DOCUMENTS.values(), "transition_plan", "diagnosis_doc", "report_doc"}


def offered(page: str) -> list[str]:
    found = re.search(r'<datalist id="of-documents">(.*?)</datalist>', page, re.S)
    assert found
    return [html.unescape(name) for name in re.findall(r'<option value="([^"]*)"', found[1])]


@pytest.mark.parametrize(("tab", "field"), ABOUT_DOCUMENTS.items())
def test_the_documents_are_offered_while_they_are_there(
    portal: Portal, amina: httpx2.Client, record: Record, tab: str, field: str
) -> None:
    name = 'The "spring" report <2026>'
    assert bring(amina, record, name=name).status_code == 303
    record.write(amina, field, FOLLOWS) if tab == "personal" else None  # it is asked upon another answer
    page = amina.get(record.path(tab)).text
    assert re.search(rf'<input[^>]*id="{field}"[^>]* list="of-documents"', page)
    assert offered(page) == [name, FOLLOWS]
    amina.post(f"/records/{record.id}/documents/{newest(portal, record)}/remove", data={"reason": "Another child's"})
    assert offered(amina.get(record.path(tab)).text) == [FOLLOWS]


def test_other_words_will_do_too(amina: httpx2.Client, record: Record) -> None:
    record.write(amina, "provision_map", "Sent by post on Monday")
    assert record.stored("provision_map") == "Sent by post on Monday"


def usual(page: str) -> list[str]:
    return re.findall(r'documents/new\?type=(\w+)"', page)


def test_what_usually_comes_and_is_missing_is_good_to_have(amina: httpx2.Client, record: Record) -> None:
    page = amina.get(record.path("submit")).text
    good = page.partition('id="missing-wanted"')[2]
    assert usual(good) == list(USUAL)
    bring(amina, record, type="attendance")
    assert usual(amina.get(record.path("submit")).text) == [code for code in USUAL if code != "attendance"]
    form = amina.get(record.path("documents/new?type=consent")).text
    assert re.search(r'<option value="consent"[^>]* selected', form)
    assert not re.search(r"<option[^>]* selected", amina.get(record.path("documents/new?type=nothing")).text)


def test_the_preview_names_what_usually_comes_and_is_missing(amina: httpx2.Client, record: Record) -> None:
    bring(amina, record, type="attendance")
    lacking = "; ".join(TYPES[code] for code in USUAL if code != "attendance")
    pdf = amina.get(record.path("report?report=preview")).content
    cover = " ".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages[:2]).split())
    assert f"not among its documents yet: {lacking}." in cover


def test_after_submission_no_document_is_asked_for(amina: httpx2.Client, record: Record, portal: Portal) -> None:
    with portal.owner() as db:
        found: Any = db.execute("select id from portal.record where status = 'submitted' limit 1").fetchone()
    assert usual(portal.sign_in("farah").get(f"/records/{found[0]}/submit").text) == []
