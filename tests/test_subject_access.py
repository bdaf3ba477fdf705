"""Subject access: the archive holds everything about one child and nothing about another, and the trail says why."""

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from playwright.sync_api import expect

from tests.desk import Record
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.hostile import pdf
from tests.past import MARK, ago, fill, past, stood
from tests.persona import NO_RIGHT, Owner, session, signed_in
from tests.test_accessible import sound
from tests.test_corrections import one, text
from tests.test_documents import bring, submitted

MOTHER = "The mother, by letter of 3 November"


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "daljit", "farah", "hassan")}


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def opened(answer: httpx2.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, text(answer)
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def whole(archive: zipfile.ZipFile) -> bytes:
    return b"".join(archive.read(name) for name in archive.namelist())


def cover(archive: zipfile.ZipFile) -> str:
    return archive.read("README.txt").decode()


def test_everything_about_one_child_is_one_archive(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    record, other = Record(portal, people["amina"], 901), Record(portal, people["amina"], 902)
    for words in ("First thought", "ਦੂਜਾ ਵਿਚਾਰ 🙂"):
        record.write(people["amina"], "reason", words)
    record.write(people["amina"], "ethnicity", "WBRI")
    other.write(people["amina"], "reason", "About another child")
    bring(people["amina"], record)
    submitted(portal, record)
    url = f"/records/{record.id}/subject-access"
    assert "Say who asked for it" in text(people["farah"].post(url, data={"reason": " "}))
    answer = people["farah"].post(url, data={"reason": MOTHER})
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    assert f'filename="{reference}-subject-access.zip"' in answer.headers["content-disposition"]
    with opened(answer) as archive:
        said = [(row["Version"], row["Answer"]) for row in table(archive, f"{reference}/answers.csv")]
        assert ("1", "First thought") in said
        assert ("2", "ਦੂਜਾ ਵਿਚਾਰ 🙂") in said
        assert ("1", "White – British") in said, "in words, not by its code"
        assert {row["Is"] for row in table(archive, "child.csv")} >= {"Test", "Child 901", "5 May 2016", "Female"}
        assert archive.read(f"{reference}/documents/001.pdf") == pdf()
        assert table(archive, f"{reference}/documents.csv")[0]["Name"] == "SLT report"
        assert {"Amina Yusuf", "Farah Siddiqui"} <= {row["Who"] for row in table(archive, "readers.csv")}
        assert b"About another child" not in whole(archive)
        assert b"Child 902" not in whole(archive)
    why = one(
        portal,
        "select detail ->> 'reason' from audit.event where record = %s and action = 'record.subject_access'",
        record.id,
    )
    assert why == MOTHER


def test_whatever_was_asked_decided_and_taken_away_is_in_it(
    portal: Portal, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    it = past(owner, "not_assess", ago(1))
    fill(owner, it)
    withdrawn = owner.execute(
        """update portal.document set withdrawn_at = now(), withdrawn_reason = 'The wrong child', purged_at = now()
           where record = %s and submission is null returning name""", [it.record]
    ).fetchone()  # fmt: skip
    owner.execute(
        "delete from portal.content c using portal.document d where d.id = c.document and d.purged_at is not null"
    )
    assert withdrawn
    second = past(owner, "withdrawn", ago(3), child=it.child)
    url = f"/records/{it.record}/subject-access"
    with opened(people["farah"].post(url, data={"reason": MOTHER})) as archive:
        names = set(archive.namelist())
        where = it.reference
        for name in ("record", "steps", "submission", "answers", "documents", "advice", "corrections",
                     "document_requests", "legal_holds"):  # fmt: skip
            assert f"{where}/{name}.csv" in names, name
            assert table(archive, f"{where}/{name}.csv"), name
        assert f"{second.reference}/answers.csv" in names, "every request of the child"
        steps = table(archive, f"{where}/steps.csv")
        assert [row["Step"] for row in steps] == ["The request was received", "SENAS decided not to assess"]
        assert f"{MARK} does not want it any more" in {row["Reason or text"] for row in steps}
        sent = table(archive, f"{where}/submission.csv")
        assert MARK in {row["Answer as it was sent"] for row in sent}
        documents = table(archive, f"{where}/documents.csv")
        (gone,) = [row for row in documents if not row["File"]]
        assert gone["What became of it"].startswith("Taken away on ")
        assert "cleared away" in gone["What became of it"]
        assert gone["Why"] == "The wrong child"
        assert gone["Advice of"] == "Daljit Gill (SLT – Speech and Language Therapy)"
        for row in documents:
            assert (f"{where}/documents/{row['File']}" in names) == bool(row["File"])
        assert table(archive, f"{where}/advice.csv")[0]["Asked of"] == "Daljit Gill"
        assert table(archive, f"{where}/corrections.csv")[0]["It should say"] == f"{MARK}s"
        assert "Daljit Gill" in {row["Who works with the child"] for row in table(archive, "people.csv")}
        facts = {row["What"]: row["Is"] for row in table(archive, f"{where}/record.csv")}
        assert facts["Status"] == "No assessment"
        assert facts["Invited by"] == "Farah Siddiqui"
        words = cover(archive)
        for name in names - {"README.txt"}:
            last = name.rpartition("/")[2] if not name.endswith(".pdf") else "documents/"
            assert re.search(rf"^{re.escape(last)}\s", words, re.MULTILINE), f"the cover does not explain {name}"
        assert f"about {MARK}" in words
        assert where in words
        assert "appendix" not in {row["Part"].lower() for row in table(archive, f"{where}/answers.csv")}


def test_advice_that_is_being_written_is_not_in_it(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    it = past(owner, "deciding", ago(1))
    fill(owner, it)
    owner.execute("update portal.answer set value = 'Half a thought', version = 2"
                  " where record = %s and field like 'appendix%%'", [it.record])  # fmt: skip
    with opened(people["farah"].post(f"/records/{it.record}/subject-access", data={"reason": MOTHER})) as archive:
        assert b"Half a thought" not in whole(archive)
        assert "Advice that a professional is still writing" in cover(archive)


def test_a_formula_in_an_answer_stays_text(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    record = Record(portal, people["amina"], 905)
    record.write(people["amina"], "reason", '=HYPERLINK("http://x.example")')
    submitted(portal, record)
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    answer = people["farah"].post(f"/records/{record.id}/subject-access", data={"reason": MOTHER})
    with opened(answer) as archive:
        said = {row["Answer"] for row in table(archive, f"{reference}/answers.csv")}
    assert '\'=HYPERLINK("http://x.example")' in said


def test_who_is_not_of_senas_gets_none(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    record = Record(portal, people["amina"], 903)
    answer = people["amina"].post(f"/records/{record.id}/subject-access", data={"reason": "I"})
    assert answer.status_code == 404
    assert people["farah"].get(f"/records/{record.id}/subject-access").status_code == 404, "a draft is not SENAS's"
    for who in ("amina", "daljit", "hassan"):
        assert people[who].post("/subject-access", data={"upn": "x", "reason": "I"}).status_code == 404


def test_looking_at_the_page_makes_no_archive(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    it = past(owner, "deciding", ago(1))
    for path in (f"/records/{it.record}/subject-access", "/subject-access"):
        for query in ("", "?reason=I", "?upn=A123"):
            answer = people["farah"].get(path + query)
            assert answer.headers["content-type"].startswith("text/html")
    asked = "select count(*) from audit.event where child = %s and action like '%%subject_access'"
    assert owner.execute(asked, [it.child]).fetchone() == (0,)


# ---------------------------------------------------------------- a child without a request at SENAS


def child_only(owner: Owner, first: str, surname: str, born: date) -> Any:
    row = owner.execute(
        """insert into portal.child (setting, first_name, surname, dob, sex, address_line1, search, demo)
           select s.id, %(first)s, %(surname)s, %(born)s, 'F', '7 Mill Lane', %(search)s, true
           from portal.setting s where s.name = 'Northmead College' returning id""",
        {"first": first, "surname": surname, "born": born, "search": f" {first} {surname}".lower()},
    ).fetchone()
    assert row
    return row[0]


def test_a_child_without_a_request_is_found_by_names_and_birthday(
    windows: Windows, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    child = child_only(owner, "Zofia", "Nowak", date(2012, 3, 9))
    page = windows.open(people["farah"], "/subject-access", bypass_csp=True)
    sound(page)
    page.get_by_role("button", name="Make the archive").click()
    expect(page.locator("#problems li")).to_have_count(2)
    expect(page.locator("#problems")).to_contain_text("Give the UPN, or the names and the date of birth")
    sound(page)
    page.get_by_label("First name").fill("ZOFIA")
    page.get_by_label("Surname").fill("Nowak")
    page.get_by_label("Date of birth").fill("9/3/2013")
    page.get_by_label("Who asked for it").fill(MOTHER)
    page.get_by_role("button", name="Make the archive").click()
    expect(page.locator("#problems")).to_contain_text("There is no such child")
    expect(page.get_by_label("Surname")).to_have_value("Nowak")
    page.get_by_label("Date of birth").fill("9 March 2012")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Make the archive").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        facts = {row["What"]: row["Is"] for row in table(archive, "child.csv")}
        assert (facts["Surname (legal)"], facts["Address"]) == ("Nowak", "7 Mill Lane")
        assert facts["Setting"] == "Northmead College"
        assert "SENAS has no request for an assessment of this child." in cover(archive)
        assert not [name for name in archive.namelist() if "/" in name]
        assert "made an archive of everything about the child" in {r["What"] for r in table(archive, "readers.csv")}
    assert "Nowak" not in waiting.value.suggested_filename
    trail = owner.execute(
        "select action, detail from audit.event where child = %s and action <> 'child.insert'", [child]
    ).fetchall()
    assert trail == [("child.subject_access", {"reason": MOTHER})]
    sought = owner.execute(
        "select detail from audit.event where action = 'child.sought' order by id desc limit 2"
    ).fetchall()
    assert sought == [({"rows": 1},), ({"rows": 0},)], "tries are on the trail, without what was typed"


def test_a_child_is_found_by_upn_and_twins_of_one_name_are_not_mixed_up(
    owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    born = date(2013, 3, 9)
    child_only(owner, "Ada", "Twin", born)
    second = child_only(owner, "Ada", "Twin", born)
    given = {"first_name": "Ada", "surname": "Twin", "dob": "9 3 2013", "reason": MOTHER}
    assert "2 children have these names" in text(people["farah"].post("/subject-access", data=given))
    upn = one_upn(owner)
    owner.execute("update portal.child set upn = %s, address_line1 = 'The second' where id = %s", [upn, second])
    answer = people["farah"].post("/subject-access", data={"upn": upn.lower(), "reason": MOTHER})
    with opened(answer) as archive:
        assert b"The second" in archive.read("child.csv")


def one_upn(owner: Owner) -> str:
    """A UPN of the demo whose child has left."""
    row = owner.execute("select id, upn from portal.child c where upn is not null and not exists"
                        " (select from portal.record r where r.child = c.id) limit 1").fetchone()  # fmt: skip
    assert row
    owner.execute("update portal.child set upn = null where id = %s", [row[0]])
    return str(row[1])


@pytest.mark.parametrize("given", [
    {"upn": "A12"}, {"first_name": "Zofia"}, {"first_name": "Zofia", "surname": "Nowak"},
    {"first_name": "Zofia", "surname": "Nowak", "dob": "31 2 2012"},
    {"first_name": "%", "surname": "_", "dob": "9 3 2012"},
    {"surname": "Nowak", "dob": "9 3 2012"}, {"first_name": "Zofia", "surname": "Nowak", "dob": "9 3 99999"},
    {"upn": "x" * 5_000}, {"first_name": "\x00", "surname": "🙂", "dob": "9 3 2012"},
])  # fmt: skip
def test_less_than_is_needed_finds_nobody(people: dict[str, httpx2.Client], given: dict[str, str]) -> None:
    answer = people["farah"].post("/subject-access", data={"reason": MOTHER, **given})
    assert answer.status_code == 422
    assert 'class="govuk-error-message"' in answer.text


def test_a_draft_is_not_told_of(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    it = past(owner, "draft", ago(1))
    assert people["amina"].get(f"/records/{it.record}/personal").status_code == 200
    name = owner.execute("select first_name, surname from portal.child where id = %s", [it.child]).fetchone()
    assert name
    given = {"first_name": name[0], "surname": name[1], "dob": "5 5 2016", "reason": MOTHER}
    with opened(people["farah"].post("/subject-access", data=given)) as archive:
        assert set(archive.namelist()) == {"README.txt", "child.csv", "readers.csv"}
        assert it.reference.encode() not in whole(archive)
        assert f"What {MARK} needs".encode() not in whole(archive)
        assert "it is with the child’s setting. Ask there." in cover(archive)


def test_what_was_deleted_is_named(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    gone = past(owner, "moved_out", ago(6, -1))
    kept = past(owner, "withdrawn", ago(1), child=gone.child)
    with owner.transaction():
        owner.execute("set local role portal_p_loop")
        owner.execute("select portal.retention_warn()")
    stood(owner, gone)
    with owner.transaction():
        owner.execute("set local role portal_p_loop")
        assert owner.execute("select portal.retention_erase(%s)", [gone.record]).fetchone() == (True,)
    with opened(people["farah"].post(f"/records/{kept.record}/subject-access", data={"reason": MOTHER})) as archive:
        assert f"- {gone.reference} (Moved to another council), deleted on" in cover(archive)
        assert not [name for name in archive.namelist() if name.startswith(gone.reference)]


# ---------------------------------------------------------------- large, and in SQL


def memory(portal: Portal) -> int:
    """The most that the server has needed since this was asked the last time."""
    assert portal.process
    process = Path(f"/proc/{portal.process.pid}")
    found = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
    assert found
    (process / "clear_refs").write_text("5")
    return int(found[1]) * 1024


def test_a_large_record_takes_little_more_memory_than_a_small_one(
    portal: Portal, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    """80 MB of documents and 40 MB of texts, beside one document and one text."""
    highest = []
    for documents, texts in ((1, 1), (27, 2_000)):
        it = past(owner, "deciding", ago(1))
        for _ in range(documents):
            document = owner.execute(
                """insert into portal.document (record, setting, child, name, category, dated, size, pages, sha256)
                   select id, setting, child, 'Scan', 'other', current_date, 3000000, 1, '' from portal.record
                   where id = %s returning id""", [it.record]
            ).fetchone()  # fmt: skip
            assert document
            owner.execute(
                "insert into portal.content (document, content) values (%s, decode(repeat(%s, 93750), 'hex'))",
                [document[0], uuid4().hex * 2],
            )
        owner.execute(
            """insert into portal.history (entry, field, version, record, setting, child, value, saved_at, client, seq)
               select e.id, 'reason', n, e.record, e.setting, e.child, repeat(md5(n::text), 625), now(), '', 0
               from portal.entry e, generate_series(2, 1 + %s) n where e.record = %s and e.list = 'ersa'""",
            [texts, it.record],
        )
        memory(portal)
        answer = people["farah"].post(f"/records/{it.record}/subject-access", data={"reason": MOTHER})
        highest.append(memory(portal))
        with opened(answer) as archive:
            assert sum(file.file_size for file in archive.infolist()) > documents * 3_000_000 + texts * 20_000
            assert len(table(archive, f"{it.reference}/answers.csv")) == texts + 1
    assert highest[1] - highest[0] < 40_000_000, highest


@pytest.mark.parametrize("who", ["amina", "ben", "daljit", "hassan"])
@pytest.mark.parametrize("call", [
    "portal.subject_find('A307290120016', null, null)", "portal.subject_open(%(child)s, 'x')",
    "portal.subject_people(%(child)s)", "audit.subject_readers(%(child)s)",
])  # fmt: skip
def test_nobody_else_asks_the_database_for_it(portal: Portal, owner: Owner, who: str, call: str) -> None:
    tokens = {who: session(owner, who)}
    child = owner.execute("select id from portal.child limit 1").fetchone()
    assert child
    with (
        psycopg.connect(portal.database.app_url, autocommit=True) as app,
        signed_in(app, tokens, who),
        pytest.raises(NO_RIGHT),
    ):
        app.execute(f"select {call}".encode(), {"child": child[0]})
