"""Every document the portal prints, for a dozen children of many languages: ``python -m tests.gallery FOLDER``.

The children are the demo's and some more; nothing runs but the paper engine. With ``--png`` each page is drawn as a
picture too.
"""

import argparse
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from migrations.demo.cast import CAST, COLLEAGUES
from migrations.demo.records import Record, read_records
from migrations.demo.register import read_register
from record.clock import today
from routes import family
from routes.ersa import Sent, Written, ersa
from server import Settings
from tests.fixtures_browser import need
from views.pdf import render
from views.words import day

CHILDREN = (
    "abdirahman", "amirah", "andrei", "bilal", "danylo", "dharshini", "dhruv", "elif", "hina", "kacper", "layla",
    "nethmi", "nikolay", "simran", "sujal", "zeynab",
)  # fmt: skip
GUESTS = {"wing_yan": ("Wing Yan", "Chan")}
"""Children of languages that no child of the demo has, by the file in ``tests/children`` that tells of them."""
FILES = Path(__file__).parent / "children"
PEOPLE = {who.username: who for who in (*CAST, *COLLEAGUES)}


def paper(record: Record, sent: Sent | None) -> dict[str, Any]:
    """The ERSA of one of the demo's children."""
    settings = Settings()
    names = {field: PEOPLE[by].name for field, by in record.answered_by.items()}
    on = day(record.changed_at)
    tabs = {
        tab.name: f"{writers[-1]}, {on}"
        for tab in record.form.tabs
        if (writers := [names[f.name] for section in tab.sections for f in section.fields if f.name in names])
    }
    written = Written(tabs, tuple(dict.fromkeys(names.values())))
    answers = record.whole(PEOPLE, today())
    return ersa(settings.council, settings.request_name, record.form, answers, "ERSA-000041", sent, written)


def preview(record: Record) -> tuple[str, dict[str, Any]]:
    """The draft, with what is missing."""
    return "ersa.pdf.html", paper(record, None)


def submitted(record: Record) -> tuple[str, dict[str, Any]]:
    """What SENAS gets, made as incomplete where something is missing."""
    lacking = [m for m in record.form.missing(record.whole(PEOPLE, today())) if m.need <= 2]
    reason = record.incomplete_reason or ("The family moves on Friday; the rest follows." if lacking else "")
    at = record.received_at or datetime.now(UTC) - timedelta(hours=1)
    return "ersa.pdf.html", paper(record, Sent(PEOPLE[record.submitted_by].name, at, reason, lacking))


def conversation(record: Record) -> tuple[str, dict[str, Any]]:
    """The sheet for talking with the family."""
    data = family.sheet_paper(Settings().council, "ERSA-000041", record.whole(PEOPLE, today()), named=True)
    return "family_sheet.pdf.html", data


def read_back(record: Record) -> tuple[str, dict[str, Any]]:
    """What was written for the family."""
    answers, by = record.whole(PEOPLE, today()), {"parent_views": PEOPLE[record.started_by].name}
    return "family_read_back.pdf.html", family.read_back_paper(
        Settings().council, "ERSA-000041", record.form, answers, by
    )


DOCUMENTS: dict[str, Callable[[Record], tuple[str, dict[str, Any]]]] = {
    "ersa-preview": preview,
    "ersa-submitted": submitted,
    "family-conversation": conversation,
    "family-read-back": read_back,
}
"""Each document of the product, made from a child's record: its template and what that is given."""


def told() -> Iterator[Record]:
    """The records of the gallery's children."""
    _, children = read_register(today())
    for record in read_records(children, today()):
        if record.child.name in CHILDREN:
            yield record
    like = next(child for child in children if child.name == "hina")
    guests = tuple(replace(like, name=name, first_name=first, surname=last) for name, (first, last) in GUESTS.items())
    yield from read_records(guests, today(), FILES)


def make(folder: Path, pictures: bool = False) -> list[tuple[Path, tuple[str, ...]]]:
    """Each file made, and what the engine had to say of it."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = render.engine()
    made = []
    for record in told():
        for name, document in DOCUMENTS.items():
            rendered = engine(*document(record))
            path = folder / f"{record.child.name}-{name}.pdf"
            path.write_bytes(rendered.pdf)
            made.append((path, rendered.warnings))
            if pictures:
                subprocess.run([need("pdftoppm"), "-r", "70", "-png", path, path.with_suffix("")], check=True)
    return made


def main() -> None:
    """Make them all and say where they are."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--png", action="store_true", help="a picture of each page too")
    options = asked.parse_args()
    for path, warnings in make(options.folder, options.png):
        print(path, *warnings, sep="  ")


if __name__ == "__main__":
    main()
