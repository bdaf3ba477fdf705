"""SENAS and ICT take out of a record what should not be there: with a reason, undoable, and ICT sees no answers."""

from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import expect

from tests.desk import Record
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.persona import becoming, session
from tests.test_accessible import sound
from tests.test_corrections import letters, one, text
from tests.test_documents import bring, newest, submitted


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "daljit", "farah", "hassan")}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(500, 1000))


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], numbers: Iterator[int]) -> Record:
    """A record with an outcome of the school's."""
    made = Record(portal, people["amina"], next(numbers))
    assert people["amina"].post(f"/records/{made.id}/lists/outcomes", data={"entry": str(uuid4())}).status_code == 303
    made.write(people["amina"], f"{outcome(portal, made)}.outcome", "Asks for help with a picture card")
    return made


def outcome(portal: Portal, record: Record) -> str:
    return str(one(portal, "select id from portal.entry where record = %s and list = 'outcomes'", record.id))


def reference(portal: Portal, record: Record) -> str:
    return str(one(portal, "select reference from portal.record where id = %s", record.id))


def test_how_do_i_delete_outcomes(windows: Windows, portal: Portal, people: dict, record: Record) -> None:
    """How do I delete outcomes, duplicate appendices or incorrectly uploaded documents?"""
    page = windows.open(people["hassan"], f"/removals?reference={reference(portal, record).lower()}", bypass_csp=True)
    expect(page.locator("table")).to_contain_text("Outcome")
    expect(page.locator("main")).not_to_contain_text("picture card")
    page.locator("table summary").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#problems")).to_contain_text("Say why")
    sound(page)
    page.get_by_label("Why").fill("Written by mistake for another child")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("alert").first).to_contain_text("no longer in the record")
    tab = f"/records/{record.id}/outcomes"
    assert "picture card" not in people["ben"].get(tab).text
    assert [subject for _, subject, _ in letters(portal, record)] == [
        f"An outcome of {reference(portal, record)} was removed"
    ]
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_role("alert").first).to_contain_text("back in the record")
    assert "picture card" in people["ben"].get(tab).text


def test_ict_takes_out_a_document_it_cannot_open(portal: Portal, people: dict, record: Record) -> None:
    bring(people["amina"], record)
    document, it = newest(portal, record), reference(portal, record)
    assert people["hassan"].get(f"/records/{record.id}/documents/{document}").status_code == 404
    answer = people["hassan"].post(f"/removals/{it}/document/{document}/remove", data={"reason": "Wrong child"})
    assert answer.status_code == 303
    assert people["ben"].get(f"/records/{record.id}/documents/{document}").status_code == 404
    with portal.owner() as db:
        trail = db.execute("select p.name from audit.event e join portal.person p on p.id = e.person"
                           " where e.record = %s and e.action = 'document.update'", [record.id]).fetchall()  # fmt: skip
    assert trail == [("Hassan Abdi",)]


def test_senas_takes_out_of_what_it_was_sent_and_of_nothing_else(portal: Portal, people: dict, record: Record) -> None:
    it, thing = reference(portal, record), outcome(portal, record)
    url = f"/removals/{it}/outcome/{thing}"
    assert "no such record" in text(people["farah"].get(f"/removals?reference={it}"))
    assert people["farah"].post(f"{url}/remove", data={"reason": "Twice"}).status_code == 404
    submitted(portal, record)
    assert people["farah"].post(f"{url}/remove", data={"reason": "Twice"}).status_code == 303
    assert people["farah"].post(f"{url}/remove", data={"reason": "Twice"}).status_code == 404
    assert people["amina"].post(f"{url}/restore").status_code == 404
    assert people["farah"].post(f"{url}/restore").status_code == 303


def test_what_senas_removed_its_team_does_not_put_back_but_reads_why(
    portal: Portal, people: dict, record: Record
) -> None:
    submitted(portal, record)
    it, thing = reference(portal, record), outcome(portal, record)
    at, tab = f"/records/{record.id}/entries/{thing}", f"/records/{record.id}/outcomes"
    assert people["farah"].post(f"/removals/{it}/outcome/{thing}/remove", data={"reason": "Twin’s."}).status_code == 303
    page = text(people["amina"].get(tab))
    assert "withdrawn by Farah Siddiqui" in page
    assert "Why: Twin’s. SENAS and Education ICT can put it back." in page
    assert f"{at}/restore" not in people["amina"].get(tab).text
    for who in ("amina", "ben"):
        answer = people[who].post(f"{at}/restore")
        assert answer.status_code == 403
        assert "Farah Siddiqui removed this: Twin’s." in text(answer)
    assert one(portal, "select withdrawn_at is null from portal.entry where id = %s", thing) is False
    assert people["farah"].post(f"/removals/{it}/outcome/{thing}/restore").status_code == 303
    assert one(portal, "select withdrawn_reason from portal.entry where id = %s", thing) == ""
    assert people["amina"].post(f"{at}/withdraw").status_code == 303
    assert "Why:" not in text(people["amina"].get(tab))
    assert people["ben"].post(f"{at}/restore").status_code == 303, "what the team withdrew, the team restores"


def test_the_database_itself_keeps_what_was_taken_out(portal: Portal, people: dict, record: Record) -> None:
    thing = outcome(portal, record)
    with portal.owner() as db:
        db.execute("update portal.entry set withdrawn_at = now(), withdrawn_reason = 'x' where id = %s", [thing])
        with becoming(db, "portal_p_senco", session(db, "amina")):
            back = "update portal.entry set withdrawn_at = null where id = %s"
            assert db.execute(back, [thing]).rowcount == 0


@pytest.mark.parametrize("typed", ["abc", "ERSA-", "ERSA-12345678901", "x" * 5000, "1'; drop table"])
def test_what_is_no_reference_is_said_to_be_none(people: dict, typed: str) -> None:
    answer = people["farah"].get("/removals", params={"reference": typed})
    assert answer.status_code == 422
    assert "A reference is like ERSA-001044" in text(answer)


def test_what_was_submitted_is_not_taken_out(portal: Portal, people: dict) -> None:
    document, it = one_submitted(portal)
    answer = people["farah"].post(f"/removals/{it}/document/{document}/remove", data={"reason": "No"})
    assert answer.status_code == 404


def one_submitted(portal: Portal) -> tuple[str, str]:
    with portal.owner() as db:
        found = db.execute(
            "select d.id, r.reference from portal.document d join portal.record r on r.id = d.record"
            " where d.submission is not null limit 1"
        ).fetchone()
    assert found
    return str(found[0]), found[1]
