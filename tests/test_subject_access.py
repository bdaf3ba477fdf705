"""Subject access: the archive holds everything about one child and nothing about another, and the trail says why."""

import csv
import io
import zipfile

import httpx2
import pytest

from tests.desk import Record
from tests.fixtures_server import Portal
from tests.hostile import pdf
from tests.test_corrections import one, text
from tests.test_documents import bring, submitted


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "farah")}


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_everything_about_one_child_is_one_archive(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    record, other = Record(portal, people["amina"], 901), Record(portal, people["amina"], 902)
    for words in ("First thought", "ਦੂਜਾ ਵਿਚਾਰ 🙂"):
        record.write(people["amina"], "reason", words)
    other.write(people["amina"], "reason", "About another child")
    bring(people["amina"], record)
    submitted(portal, record)
    url = f"/records/{record.id}/subject-access"
    assert "Say who asked for it" in text(people["farah"].post(url, data={"reason": " "}))
    answer = people["farah"].post(url, data={"reason": "The mother, by letter of 3 November"})
    assert answer.headers["content-type"] == "application/zip"
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        said = [(row["Version"], row["Answer"]) for row in table(archive, f"{reference}/answers.csv")]
        assert ("1", "First thought") in said
        assert ("2", "ਦੂਜਾ ਵਿਚਾਰ 🙂") in said
        assert {row["Is"] for row in table(archive, "child.csv")} >= {"Test", "Child 901"}
        assert archive.read(f"{reference}/documents/001.pdf") == pdf()
        assert table(archive, f"{reference}/documents.csv")[0]["Name"] == "SLT report"
        assert "Farah Siddiqui" in {row["Who"] for row in table(archive, f"{reference}/readers.csv")}
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"About another child" not in whole
    assert b"Child 902" not in whole
    why = one(
        portal,
        "select detail ->> 'reason' from audit.event where record = %s and action = 'record.subject_access'",
        record.id,
    )
    assert why == "The mother, by letter of 3 November"


def test_who_is_not_of_senas_gets_none(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    record = Record(portal, people["amina"], 903)
    answer = people["amina"].post(f"/records/{record.id}/subject-access", data={"reason": "I"})
    assert answer.status_code == 404
    assert people["farah"].get(f"/records/{record.id}/subject-access").status_code == 404, "a draft is not SENAS's"
