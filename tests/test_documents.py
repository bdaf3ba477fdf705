"""Documents: brought, listed, kept from whom SENAS keeps them, asked for, taken back, cleared away, put together."""

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pikepdf
import pypdf
import pytest

from routes import upload
from routes.document_requests import STATES
from tests.desk import Record
from tests.fixtures_browser import need
from tests.fixtures_server import Portal
from tests.hostile import FILES, pdf, word
from tests.test_corrections import letters, one, text
from views.pdf.unfit import WORDS

FIELDS = {"name": "SLT report", "type": "slt", "author": "D. Singh, SLT", "dated": "5 May 2026"}


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "carys", "daljit", "ewa", "farah", "hassan")}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(300, 1000))


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], numbers: Iterator[int]) -> Record:
    """A child of Brentmere's whose ERSA is being written, with daljit involved."""
    made = Record(portal, people["amina"], next(numbers))
    with portal.owner() as db:
        db.execute(
            "insert into portal.involvement (child, person) select r.child, a.person"
            " from portal.record r, priv.account a where r.id = %s and a.username = 'daljit'",
            [made.id],
        )
    return made


def submitted(portal: Portal, record: Record) -> None:
    with portal.owner() as db:
        db.execute("update portal.record set status = 'submitted', received_at = now() where id = %s", [record.id])


def bring(client: httpx2.Client, record: Record, content: bytes | None = None, **more: str) -> httpx2.Response:
    files = {"file": ("report.pdf", pdf() if content is None else content)}
    return client.post(f"/records/{record.id}/documents/new", data={**FIELDS, **more}, files=files)


def newest(portal: Portal, record: Record) -> str:
    statement = "select id from portal.document where record = %s order by added_at desc limit 1"
    return str(one(portal, statement, record.id))


def count(portal: Portal, record: Record) -> int:
    return int(one(portal, "select count(*) from portal.document where record = %s", record.id))


def trail(portal: Portal, record: Record) -> list[str]:
    with portal.owner() as db:
        rows = db.execute("select action from audit.event where record = %s order by id", [record.id])
        return [row[0] for row in rows]


# ---------------------------------------------------------------- bringing


def test_a_document_is_listed_with_all_that_is_known_of_it_and_served_as_it_came(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    content = FILES["scan"][1]()
    answer = bring(people["amina"], record, content)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/records/{record.id}/documents?done=inserted")
    listed = text(people["amina"].get(answer.headers["location"]))
    for words in (
        "SLT report",
        "Speech and language report (SLT)",
        "D. Singh, SLT",
        "5 May 2026",
        "Amina Yusuf",
        "1 page",
        "Everybody on the record",
    ):
        assert words in listed, words
    served = people["daljit"].get(f"/records/{record.id}/documents/{newest(portal, record)}")
    assert served.content == content
    assert served.headers["content-type"] == "application/pdf"
    assert "script" not in served.headers["content-security-policy"]
    assert {"document.insert", "document.read"} <= set(trail(portal, record))


def test_an_adviser_brings_a_report_too(portal: Portal, people: dict[str, httpx2.Client], record: Record) -> None:
    assert bring(people["daljit"], record).status_code == 303
    assert "Daljit" in text(people["amina"].get(f"/records/{record.id}/documents"))


@pytest.mark.parametrize("name", [name for name, (reason, _) in FILES.items() if reason])
def test_a_hostile_file_is_refused_in_place_and_the_form_keeps_what_was_typed(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, name: str
) -> None:
    reason, make = FILES[name]
    content = make()
    answer = bring(people["amina"], record, content, name="Raport logopedy – ਪੰਜਾਬੀ")
    assert answer.status_code == 422
    words = "This is not a file the portal can keep. Bring a PDF" if reason == "unknown" else WORDS[reason]
    assert ("It can be 3 MB at most" if len(content) > 3_000_000 else words) in text(answer)
    assert 'value="Raport logopedy – ਪੰਜਾਬੀ"' in answer.text
    assert count(portal, record) == 0


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Give the document a name"),
        ("name", "x" * 121, "It can be 120 at most"),
        ("type", "", "Choose what type"),
        ("type", "made up", "Choose one of the answers"),
        ("dated", "", "Give the date"),
        ("dated", "31 February 2026", ""),
        ("dated", "1 January 2090", "still to come"),
        ("file", "", "Choose the file"),
    ],
)
def test_what_is_missing_or_impossible_is_said_beside_its_field(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, field: str, typed: str, words: str
) -> None:
    url, data = f"/records/{record.id}/documents/new", {**FIELDS, field: typed}
    files = {"file": ("", b"")} if field == "file" else {"file": ("report.pdf", pdf())}
    answer = people["amina"].post(url, data=data, files=files)
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'id="{field}-error"' in answer.text
    assert count(portal, record) == 0


def over(portal: Portal) -> None:
    """The session that began last has ended."""
    with portal.owner() as db:
        db.execute(
            "update priv.session set seen_at = clock_timestamp() - idle"
            " where token_hash = (select token_hash from priv.session order by created_at desc limit 1)"
        )


def test_an_upload_after_the_session_has_ended_keeps_all_that_was_typed(portal: Portal, numbers: Iterator[int]) -> None:
    amina = portal.sign_in("amina")
    record = Record(portal, amina, next(numbers))
    over(portal)
    late = bring(amina, record, name="Raport – ਪੰਜਾਬੀ <b>")
    assert late.status_code == 401
    assert "choose the file once more" in text(late)
    kept = {n: html.unescape(v) for n, v in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', late.text)}
    assert kept == {**FIELDS, "name": "Raport – ਪੰਜਾਬੀ <b>"}
    again = portal.sign_in("amina").post(f"/records/{record.id}/documents/new", data=kept)
    assert again.status_code == 422
    assert "Choose the file." in text(again)
    assert 'value="Raport – ਪੰਜਾਬੀ &lt;b&gt;"' in again.text


def test_the_script_that_uploads_is_told_that_the_session_has_ended(portal: Portal, numbers: Iterator[int]) -> None:
    amina = portal.sign_in("amina")
    record = Record(portal, amina, next(numbers))
    url, files = f"/records/{record.id}/documents/new", {"file": ("report.pdf", pdf())}
    another = amina.post(url, data={**FIELDS, "person": "0"}, files=files, headers={"X-Upload": "yes"})
    assert (another.status_code, another.headers["content-type"]) == (401, "application/json")
    over(portal)
    late = amina.post(url, data=FIELDS, files=files, headers={"X-Upload": "yes"})
    assert (late.status_code, late.headers["content-type"]) == (401, "application/json")
    assert late.json()["message"].startswith("You have been signed out")


def test_a_text_that_is_far_too_long_is_told_so_beside_its_field(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    for field, most in (("author", 150), ("name", 120)):
        answer = bring(people["amina"], record, **{field: "x" * 9_000})
        assert answer.status_code == 422
        assert f"This is 9,000 characters long. It can be {most} at most" in text(answer)
    far = bring(people["amina"], record, author="x" * 3_000_000)
    assert far.status_code == 400
    assert "a text in it is far too long" in text(far)
    assert "Part exceeded" not in text(far)


def test_a_file_larger_than_the_limit_is_refused_with_both_sizes(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    answer = bring(people["amina"], record, b"%PDF-1.7" + bytes(3_000_001))
    assert answer.status_code == 422
    assert "It can be 3 MB at most" in text(answer)
    assert bring(people["amina"], record, bytes(22_000_000)).status_code == 413
    assert count(portal, record) == 0


def test_the_same_file_is_noticed_and_kept_twice_only_where_that_is_meant(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    assert bring(people["amina"], record).status_code == 303
    answer = bring(people["daljit"], record, name="Report again")
    assert answer.status_code == 422
    assert "The same file is in this record already, as “SLT report”, added by Amina Yusuf" in text(answer)
    assert count(portal, record) == 1
    assert bring(people["daljit"], record, again="yes").status_code == 303
    assert count(portal, record) == 2


def test_the_same_word_document_is_noticed_although_its_pdf_is_dated_anew(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    need("soffice")
    assert bring(people["amina"], record, word()).status_code == 303
    assert "made from a Word document" in text(people["amina"].get(f"/records/{record.id}/documents"))
    answer = bring(people["daljit"], record, word(), name="Report again")
    assert answer.status_code == 422
    assert "The same file is in this record already, as “SLT report”, added by Amina Yusuf" in text(answer)
    assert bring(people["daljit"], record, word(), again="yes").status_code == 303
    sums = "select count(distinct sha256) from portal.document where record = %s"
    assert one(portal, sums, record.id) == 2, "the PDFs differ"


def test_a_photograph_becomes_a_pdf_and_says_so(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    assert bring(people["amina"], record, FILES["heic"][1]()).status_code == 303
    assert "made from a photograph" in text(people["amina"].get(f"/records/{record.id}/documents"))
    served = people["amina"].get(f"/records/{record.id}/documents/{newest(portal, record)}")
    assert len(pypdf.PdfReader(io.BytesIO(served.content)).pages) == 1


def test_a_word_document_is_offered_only_where_there_is_libreoffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SimpleNamespace(upload_types=("pdf", "photo", "word"))
    monkeypatch.setattr(upload, "PATH", str(tmp_path))
    assert upload.kinds(settings) == ("pdf", "photo")
    assert "a PDF or a photograph" in upload.unknown(upload.kinds(settings))
    (tmp_path / "soffice").touch(0o755)
    assert upload.kinds(settings) == ("pdf", "photo", "word")
    assert "a PDF, a photograph (JPEG, PNG, HEIC) or a Word document." in upload.unknown(upload.kinds(settings))


def test_every_page_about_documents_has_a_title_of_its_own(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    url, _ = kept(portal, people, record)
    at = f"/records/{record.id}"
    titles = [
        re.findall("<title>(.*?) – ERSA-", people[who].get(address).text)
        for who, address in (
            ("amina", f"{at}/documents"),
            ("amina", f"{at}/documents/new"),
            ("amina", url),
            ("daljit", f"{url}/remove"),
            ("farah", f"{url}/remove"),
            ("farah", f"{at}/bundle"),
        )
    ]
    assert [it for found in titles for it in found] == [
        "Documents", "New document", "This document is not available to you", "Ask SENAS to remove this document",
        "Remove this document", "Make a bundle",
    ]  # fmt: skip
    assert "<title>Error: Make a bundle" in people["farah"].post(f"{at}/bundle", data={"purpose": "panel"}).text


def test_what_is_saved_is_called_by_record_type_and_date_and_by_no_name(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["amina"], record, name="Report of Test Child")
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    answer = people["amina"].get(f"/records/{record.id}/documents/{newest(portal, record)}")
    assert answer.headers["content-disposition"] == f'inline; filename="{reference}-slt-2026-05-05.pdf"'


# ---------------------------------------------------------------- who may open it


def test_what_senas_keeps_to_itself_is_listed_but_not_opened_until_senas_grants_it(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["daljit"], record)
    submitted(portal, record)
    document = newest(portal, record)
    url = f"/records/{record.id}/documents/{document}"
    assert people["amina"].get(url).status_code == 200
    set_to = people["farah"].post(f"{url}/availability", data={"availability": "senas"})
    assert set_to.status_code == 303
    assert people["daljit"].get(url).status_code == 200, "who brought it may open it"
    assert people["farah"].get(url).status_code == 200
    refused = people["amina"].get(url)
    assert refused.status_code == 403
    assert b"%PDF" not in refused.content
    assert "SENAS decides for each document who may open it" in text(refused)
    assert "Ask SENAS to make this available" in text(refused)
    assert "Not available to you" in text(people["amina"].get(f"/records/{record.id}/documents"))
    assert "document.denied" in trail(portal, record)
    for _ in range(2):  # asked twice, it is one request
        assert people["amina"].post(f"{url}/ask").status_code == 303
    assert one(portal, "select count(*) from portal.document_request where document = %s", document) == 1
    assert [subject for _, subject, _ in letters(portal, record)] == [
        f"Document request: {one(portal, 'select reference from portal.record where id = %s', record.id)}"
    ]
    queue = people["farah"].get("/document-requests")
    wanted = one(portal, "select id from portal.document_request where document = %s", document)
    assert f"request-{wanted}" in queue.text
    assert "Amina Yusuf" in text(queue)
    assert people["farah"].post(f"/document-requests/{wanted}/grant").status_code == 303
    assert people["amina"].get(url).content == pdf()
    assert people["ben"].get(url).status_code == 403, "granted to who asked, and to nobody else"
    assert people["farah"].post(f"/document-requests/{wanted}/grant").status_code == 409


def test_a_request_is_declined_with_a_reason_that_who_asked_reads(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["daljit"], record)
    submitted(portal, record)
    document = newest(portal, record)
    url = f"/records/{record.id}/documents/{document}"
    people["farah"].post(f"{url}/availability", data={"availability": "senas"})
    people["amina"].post(f"{url}/ask")
    wanted = one(portal, "select id from portal.document_request where document = %s", document)
    assert "Say why" in text(people["farah"].post(f"/document-requests/{wanted}/decline", data={"answer": " "}))
    people["farah"].post(f"/document-requests/{wanted}/decline", data={"answer": "It is about a sibling."})
    assert "SENAS declined your request: It is about a sibling." in text(people["amina"].get(url))
    recipients = [(to, subject) for to, subject, _ in letters(portal, record) if "declined" in subject]
    assert len(recipients) == 1
    assert recipients[0][0].startswith("amina")


def kept(portal: Portal, people: dict[str, httpx2.Client], record: Record) -> tuple[str, str]:
    """A document that SENAS keeps to itself and amina has asked for: its address, and the request."""
    bring(people["daljit"], record)
    submitted(portal, record)
    document = newest(portal, record)
    url = f"/records/{record.id}/documents/{document}"
    people["farah"].post(f"{url}/availability", data={"availability": "senas"})
    assert people["amina"].post(f"{url}/ask").status_code == 303
    return url, one(portal, "select id from portal.document_request where document = %s", document)


def test_what_can_be_opened_or_by_nobody_is_not_asked_for(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["amina"], record)
    document = newest(portal, record)
    url = f"/records/{record.id}/documents/{document}"
    for scan, words in (("clean", "open this document already"), ("waiting", "looked at"), ("refused", "a virus")):
        with portal.owner() as db:
            db.execute("update portal.document set scan = %s where id = %s", [scan, document])
        refused = people["daljit"].post(f"{url}/ask")
        assert refused.status_code == 422
        assert words in text(refused)
    people["amina"].post(f"{url}/remove", data={"reason": "Mistake"})
    assert "was taken away" in text(people["amina"].post(f"{url}/ask"))
    assert people["daljit"].post(f"{url}/ask").status_code == 404
    # nor does the database take a request made before it saw that the document is gone
    with portal.owner() as db, db.transaction(force_rollback=True):
        made = db.execute(
            "insert into portal.document_request (document, record, setting, child, kind, asked_by)"
            " select d.id, d.record, d.setting, d.child, 'open', d.added_by"
            " from portal.document d where d.id = %s returning id",
            [document],
        ).fetchall()
    assert made == []


@pytest.mark.parametrize("by", ["SENAS", "ICT", "granting a request"])
def test_with_a_document_go_the_requests_that_wait_for_it_and_who_asked_is_told(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, by: str
) -> None:
    url, wanted = kept(portal, people, record)
    people["daljit"].post(f"{url}/remove", data={"reason": "Of another child"})
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    document = url.rpartition("/")[2]
    theirs = one(portal, "select id from portal.document_request where document = %s and kind = 'remove'", document)
    if by == "SENAS":
        people["farah"].post(f"{url}/remove", data={"reason": "Of another child"})
    elif by == "ICT":
        done = people["hassan"].post(f"/removals/{reference}/document/{document}/remove", data={"reason": "A mistake"})
        assert done.status_code == 303
    else:
        assert people["farah"].post(f"/document-requests/{theirs}/grant").status_code == 303
    queue = people["farah"].get("/document-requests").text
    assert f"request-{wanted}" not in queue
    assert f"request-{theirs}" not in queue
    states = "select kind, state from portal.document_request where document = %s order by kind"
    with portal.owner() as db:
        assert db.execute(states, [document]).fetchall() == [("open", "gone"), ("remove", "granted")]
    told = [(to.split(".")[0], subject) for to, subject, _ in letters(portal, record) if "request:" not in subject]
    assert sorted(told) == [
        ("amina", f"A document of {reference} that you asked for was taken away"),
        ("daljit", f"Your document request for {reference} was granted"),
    ]
    assert people["farah"].post(f"/document-requests/{wanted}/grant").status_code == 409
    assert "Document taken away" in text(people["farah"].get("/document-requests?show=decided"))


def test_what_was_granted_is_shown_and_taken_back(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    url, wanted = kept(portal, people, record)
    people["farah"].post(f"/document-requests/{wanted}/grant")
    assert people["amina"].get(url).status_code == 200
    at = f"/records/{record.id}/documents"
    assert "SENAS, and who added it and Amina Yusuf" in text(people["farah"].get(at))
    assert "and Amina Yusuf" not in text(people["daljit"].get(at)), "whom SENAS lets open it is between them"
    assert people["amina"].post(f"/document-requests/{wanted}/revoke").status_code == 404
    assert people["farah"].post(f"/document-requests/{wanted}/revoke").headers["location"].startswith(at)
    assert people["farah"].post(f"/document-requests/{wanted}/revoke").status_code == 409
    refused = people["amina"].get(url)
    assert refused.status_code == 403
    assert "has taken that back" in text(refused)
    assert people["amina"].post(f"{url}/ask").status_code == 303, "asked anew"


def test_keeping_a_document_to_senas_ends_what_was_granted_before(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    url, wanted = kept(portal, people, record)
    people["farah"].post(f"/document-requests/{wanted}/grant")
    for availability, status in (("all", 200), ("senas", 403)):
        people["farah"].post(f"{url}/availability", data={"availability": availability})
        assert people["amina"].get(url).status_code == status


def test_the_submitted_ersa_is_kept_from_nobody_on_the_record(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    with portal.owner() as db:
        record, document = db.execute(
            "select d.record, d.id from portal.document d join portal.membership m on m.setting = d.setting"
            " join priv.account a on a.person = m.person and a.username = 'amina'"
            " where d.submission is not null limit 1"
        ).fetchone() or ("", "")
    url = f"/records/{record}/documents/{document}"
    refused = people["farah"].post(f"{url}/availability", data={"availability": "senas"})
    assert refused.status_code == 409
    assert "open to everybody on the record" in text(refused)
    assert people["ben"].get(url).status_code == 200
    with portal.owner() as db, db.transaction(force_rollback=True):  # whatever a route forgets
        db.execute("select set_config('app.tok', %s, true)", [people["farah"].cookies["sid"].rpartition(".")[0]])
        db.execute("set local role portal_p_senas")
        kept = "update portal.document set availability = 'senas' where id = %s returning id"
        assert db.execute(kept, [document]).fetchall() == []


def test_every_state_of_a_request_has_words(portal: Portal) -> None:
    definition = one(
        portal,
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'document_request_state_check'",
    )
    assert set(re.findall(r"'(\w+)'", definition)) == set(STATES)


def test_the_database_itself_keeps_the_content(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    """Whatever a route forgets: as the person's own identity there is no row to read."""
    bring(people["daljit"], record)
    document = newest(portal, record)
    with portal.owner() as db:
        db.execute("update portal.document set availability = 'senas' where id = %s", [document])
        token = "t" * 40
        db.execute(
            "insert into priv.session (token_hash, person, stage, ends_at, idle)"
            " select sha256(convert_to(%s, 'UTF8')), person, 'full', now() + interval '1 hour', interval '1 hour'"
            " from priv.account where username = 'amina'",
            [token],
        )
        with db.transaction(force_rollback=True):
            db.execute("select set_config('app.tok', %s, true), set_config('role', 'portal_p_senco', true)", [token])
            assert db.execute("select name from portal.document where id = %s", [document]).fetchall() != []
            assert db.execute("select * from portal.content where document = %s", [document]).fetchall() == []


# ---------------------------------------------------------------- taking it back


def test_a_mistaken_upload_is_withdrawn_by_its_author_at_once_and_kept_for_a_month(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["amina"], record)
    document = newest(portal, record)
    url = f"/records/{record.id}/documents/{document}"
    assert people["ben"].post(f"{url}/remove", data={"reason": "Wrong"}).status_code == 403
    assert "Say why" in text(people["amina"].post(f"{url}/remove", data={"reason": ""}))
    assert people["amina"].post(f"{url}/remove", data={"reason": "Another child's"}).status_code == 303
    assert people["ben"].get(url).status_code == 404
    assert "SLT report" not in text(people["ben"].get(f"/records/{record.id}/documents"))
    mine = text(people["amina"].get(f"/records/{record.id}/documents"))
    assert "Another child's" in mine
    assert "Bring back" in mine
    assert "You can bring it back from the document list" in text(people["amina"].get(url))
    assert people["ben"].post(f"{url}/restore").status_code == 404, "it is gone for everybody else"
    assert people["amina"].post(f"{url}/restore").status_code == 303
    assert people["ben"].get(url).content == pdf()
    assert people["amina"].post(f"{url}/restore").status_code == 404, "there is nothing to bring back"
    assert people["amina"].post(f"{url}/remove", data={"reason": "Another child's"}).status_code == 303
    submitted(portal, record)
    assert "SENAS can bring it back for 30 days" in text(people["amina"].get(f"/records/{record.id}/documents"))
    assert "SENAS can bring it back as long" in text(people["amina"].get(url))
    assert people["amina"].post(f"{url}/restore").status_code == 403, "SENAS brings it back"
    assert "Bring back" in text(people["farah"].get(f"/records/{record.id}/documents"))
    assert people["farah"].post(f"{url}/restore").status_code == 303
    assert people["ben"].get(url).content == pdf()


def test_an_adviser_brings_back_what_they_took_away_and_nobody_else_s(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    for who in ("daljit", "amina"):
        content = pdf(2 if who == "daljit" else 3)
        bring(people[who], record, content)
        url = f"/records/{record.id}/documents/{newest(portal, record)}"
        people[who].post(f"{url}/remove", data={"reason": "Mistake"})
        other = "amina" if who == "daljit" else "daljit"
        assert people[other].post(f"{url}/restore").status_code == 404
        assert people[who].post(f"{url}/restore").status_code == 303
        assert people[other].get(url).content == content


def test_after_submission_its_author_asks_and_senas_takes_it_away(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["amina"], record)
    submitted(portal, record)
    document = newest(portal, record)
    url = f"/records/{record.id}/documents/{document}"
    assert "SENAS decides" in text(people["amina"].get(f"{url}/remove"))
    people["amina"].post(f"{url}/remove", data={"reason": "Old version"})
    assert people["ben"].get(url).status_code == 200, "it stays until SENAS has decided"
    wanted = one(portal, "select id from portal.document_request where document = %s", document)
    assert people["farah"].post(f"/document-requests/{wanted}/grant").status_code == 303
    assert people["ben"].get(url).status_code == 404
    assert "Old version" in text(people["farah"].get(f"/records/{record.id}/documents"))


def test_what_was_taken_back_is_cleared_away_after_a_month_and_the_trace_stays(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["amina"], record)
    document = newest(portal, record)
    people["amina"].post(f"/records/{record.id}/documents/{document}/remove", data={"reason": "Mistake"})
    with portal.owner() as db:
        assert db.execute("select portal.document_purge('30 days')").fetchone() == (0,)
        db.execute("alter table portal.document disable trigger withdrawn")
        db.execute("update portal.document set withdrawn_at = now() - interval '31 days' where id = %s", [document])
        db.execute("alter table portal.document enable trigger withdrawn")
        assert db.execute("select portal.document_purge('30 days')").fetchone() == (1,)
    assert one(portal, "select count(*) from portal.content where document = %s", document) == 0
    submitted(portal, record)
    assert "Cleared away" in text(people["farah"].get(f"/records/{record.id}/documents"))
    assert people["farah"].post(f"/records/{record.id}/documents/{document}/restore").status_code == 409
    assert "document.purged" in trail(portal, record)


# ---------------------------------------------------------------- the bundle


def test_a_bundle_has_a_cover_contents_numbers_across_and_a_bookmark_for_each(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, tmp_path: Path
) -> None:
    def turned(it: pikepdf.Pdf) -> None:
        it.pages[0].Rotate = 90

    from tests.hostile import changed

    made = {"Plan": pdf(2, "Plan"), "Report": changed(turned, pdf(3, "Report")), "Scan": FILES["scan"][1]()}
    for name, content in made.items():
        assert bring(people["amina"], record, content, name=name).status_code == 303
    submitted(portal, record)
    page = people["farah"].get(f"/records/{record.id}/bundle")
    ids = dict(re.findall(r'<bdi class="name">(.*?)</bdi>.*?id="document-([0-9a-f-]+)"', page.text, re.DOTALL))
    assert set(ids) == set(made)
    data: dict[str, Any] = {"purpose": "tribunal", "document": [ids["Report"], ids["Plan"]],
                            f"place-{ids['Report']}": "1", f"place-{ids['Plan']}": "2"}  # fmt: skip
    answer = people["farah"].post(f"/records/{record.id}/bundle", data=data)
    assert answer.status_code == 200, text(answer)
    (tmp_path / "bundle.pdf").write_bytes(answer.content)
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    pages = [p.extract_text() for p in reader.pages]
    assert len(pages) == 6
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    whose = one(
        portal,
        "select c.first_name || ' ' || c.surname from portal.record r join portal.child c on c.id = r.child"
        " where r.id = %s",
        record.id,
    )
    for n, words in enumerate(pages, 1):
        assert f"{whose} · {reference} ·" in words
        assert f"page {n} of 6" in words
    assert str(reader.metadata.title) == f"Bundle – {whose} – {reference}"  # type: ignore[union-attr]
    assert str(reader.metadata.author).endswith("SENAS")  # type: ignore[union-attr]
    assert "For the tribunal" in pages[0]
    cover = " ".join(pages[0].split())
    assert "2 documents, 5 pages" in cover
    assert re.search(r"ask SENAS .* ERSA@ealing\.gov\.uk.* 1\. Report .* 2–4 2\. Plan .* 5–6", cover)
    assert "Report, page 1" in pages[1]
    assert "Plan, page 1" in pages[4]
    led_to = [reader.get_page_number(it.get_object()["/Dest"][0].get_object()) for it in reader.pages[0]["/Annots"]]  # type: ignore[attr-defined]
    assert led_to == [1, 4], "the entries of the contents lead to their pages"
    marks = [(str(it.title), reader.get_destination_page_number(it)) for it in reader.outline]  # type: ignore[union-attr,arg-type]
    assert marks == [("Contents", 0), ("Report", 1), ("Plan", 4)]
    assert trail(portal, record).count("document.bundled") == 2
    assert people["farah"].post(f"/records/{record.id}/bundle", data={"purpose": "panel"}).status_code == 422


def test_a_document_that_waits_for_the_scanner_is_not_left_out_in_silence(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    bring(people["amina"], record)
    bring(people["amina"], record, pdf(2), name="Still waiting")
    with portal.owner() as db:
        db.execute("update portal.document set scan = 'waiting' where id = %s", [newest(portal, record)])
    submitted(portal, record)
    page = people["farah"].get(f"/records/{record.id}/bundle")
    assert "1 document is not yet available" in text(page)
    assert "Still waiting" not in text(page)


def test_one_bad_document_stops_no_bundle_or_is_named(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    """Such as were kept before they were looked at as they are today."""
    kept = {}
    for name, content in {"Folded": FILES["bomb_in_hex"][1](), "Broken": b"%PDF-1.7\nno more"}.items():
        assert bring(people["amina"], record, pdf(len(kept) + 1), name=name).status_code == 303
        kept[name] = newest(portal, record)
        with portal.owner() as db, db.transaction():
            db.execute("alter table portal.content disable trigger keep")
            db.execute("update portal.content set content = %s where document = %s", [content, kept[name]])
            db.execute("alter table portal.content enable trigger keep")
    with portal.owner() as db:
        db.execute("update portal.document set pages = 3 where id = %s", [kept["Folded"]])
    submitted(portal, record)
    url = f"/records/{record.id}/bundle"
    made = people["farah"].post(url, data={"purpose": "panel", "document": kept["Folded"]})
    assert made.status_code == 200, text(made)
    assert len(made.content) < 2_000_000, "it stays packed"
    refused = people["farah"].post(url, data={"purpose": "panel", "document": list(kept.values())})
    assert refused.status_code == 422
    assert "“Broken” could not be put in. Leave it out of the bundle" in text(refused)


def test_a_bundle_takes_only_documents_of_its_own_record(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, numbers: Iterator[int]
) -> None:
    other = Record(portal, people["amina"], next(numbers))
    bring(people["amina"], other)
    submitted(portal, record)
    answer = people["farah"].post(f"/records/{record.id}/bundle", data={"document": newest(portal, other)})
    assert answer.status_code == 404
