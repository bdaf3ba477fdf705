"""Documents as schools and services attach them, made for the demo's records; each a page that says something."""

import hashlib
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from migrations.demo.records import Record

FILE = Path(__file__).with_name("papers.toml")
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Paper:
    """A document to attach. `by` is 'setting' or the team that writes it; a `kept` one is for SENAS alone."""

    type: str
    name: str
    by: str
    author: str
    text: str
    kept: bool = False

    def printed(self) -> bytes:
        """The document as a PDF."""
        out, styles = io.BytesIO(), getSampleStyleSheet()
        paragraphs = [Paragraph(part, styles["BodyText"]) for part in self.text.strip().split("\n\n")]
        heading = [Paragraph(self.name, styles["Title"]), Paragraph(self.author, styles["Heading3"]), Spacer(1, 12)]
        SimpleDocTemplate(out, pagesize=A4, title=self.name, author=self.author, invariant=True).build(
            [*heading, *paragraphs]
        )
        return out.getvalue()


def add_papers(
    connection: Connection, records: list[Record], teams: dict[str, str], people: dict[str, int],
    numbers: dict[str, tuple[UUID, str]], today: date,
) -> None:  # fmt: skip
    """Attach some to most records. `teams` is by user name; `people` and `numbers` are ids by user and child's name."""
    papers = [Paper(**it) for it in tomllib.loads(FILE.read_text(encoding="utf-8"))["paper"]]
    printed = {paper.name: paper.printed() for paper in papers}
    for number, record in enumerate(records):
        if number % 6 == 5:
            continue  # nothing attached yet
        for paper, who in _chosen(papers, record, teams, number):
            at = min(record.received_at or record.changed_at, record.changed_at) - timedelta(days=1)
            at = at.replace(hour=9 + number % 7, minute=(7 * number) % 60)
            document = _add(
                connection, numbers[record.child.name][0], paper, printed[paper.name], people[who], at, today
            )
            if paper.kept and document and record.child.setting.name.startswith("Brentmere"):
                _ask(connection, document, people["ben"])


def _chosen(papers: list[Paper], record: Record, teams: dict[str, str], number: int) -> Iterator[tuple[Paper, str]]:
    for place, paper in enumerate(papers):
        if paper.kept and (record.received_at is None or number % 4):
            continue
        if paper.by == "setting":
            if (place + number) % 3 != 0 or paper.kept:
                yield paper, record.started_by
        else:
            advisers = [who for who in record.child.advisers if teams.get(who) == paper.by]
            yield from ((paper, who) for who in advisers[:1])


def _add(
    connection: Connection, record: UUID, paper: Paper, content: bytes, person: int, at: datetime, today: date
) -> UUID | None:
    row = connection.execute(
        """insert into portal.document (record, setting, child, name, category, author, dated, added_by, added_at,
                                        availability, size, pages, sha256)
           select r.id, r.setting, r.child, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s from portal.record r where r.id = %s
           returning id""",
        [
            paper.name, paper.type, paper.author, min(at.date(), today) - timedelta(days=12), person, at,
            "senas" if paper.kept else "all", len(content), hashlib.sha256(content).digest(), record,
        ],
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    connection.execute("insert into portal.content (document, content) values (%s, %s)", [row[0], content])
    return row[0]


def add_requests(
    connection: Connection, records: list[Record], teams: dict[str, str], people: dict[str, int],
    numbers: dict[str, tuple[UUID, str]], today: date,
) -> None:  # fmt: skip
    """SENAS has asked the advisers of the children it assesses for advice; one of them is late."""
    letters = {"SLT": "appendix_c", "EP": "appendix_d"}
    for record in records:
        if record.status != "assessing":
            continue
        for n, who in enumerate(record.child.advisers):
            if teams[who] not in letters:
                continue
            due = today + timedelta(days=23 - 30 * n)
            connection.execute(
                """insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, asked_at, due,
                                                      words, statutory)
                   select r.id, r.setting, r.child, %s, %s, %s, %s, %s, %s, s.happened_on <= %s
                   from portal.record r join portal.step s on s.record = r.id and s.kind = 'assess' where r.id = %s""",
                [
                    letters[teams[who]], people[who], people[record.coordinator or "farah"],
                    datetime(due.year, due.month, due.day, 10, 30, tzinfo=UTC) - timedelta(days=42), due,
                    "What has changed since your last report, and what would help most in class?",
                    due - timedelta(days=42),
                    numbers[record.child.name][0],
                ],
            )  # fmt: skip


def _ask(connection: Connection, document: UUID, person: int) -> None:
    connection.execute(
        """insert into portal.document_request (document, record, setting, child, kind, asked_by)
           select d.id, d.record, d.setting, d.child, 'open', %s from portal.document d where d.id = %s""",
        [person, document],
    )
