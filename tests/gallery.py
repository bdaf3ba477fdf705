"""Every document the portal prints, for two dozen children of many languages: ``python -m tests.gallery FOLDER``.

The children are the demo's and some more; nothing runs but the paper engine. With ``--png`` each page is drawn as a
picture too.
"""

import argparse
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrations.demo.records import Record, read_records
from migrations.demo.register import read_register
from record.clock import today
from routes import advice, family
from routes.ersa import Sent, ersa, written
from routes.review_paper import review_paper
from server import Settings
from tests.as_opened import HEALTH, PEOPLE, REFERENCE, opened, whole
from tests.fixtures_browser import need
from views.pdf import render

CHILDREN = (
    "abdirahman", "amirah", "andrei", "bilal", "danylo", "dharshini", "dhruv", "elif", "hina", "kacper", "layla",
    "nethmi", "nikolay", "simran", "sujal", "zeynab",
)  # fmt: skip
GUESTS = {"wing_yan": ("Wing Yan", "Chan")}
"""Children of languages that no child of the demo has, by the file in ``tests/children`` that tells of them."""
FILES = Path(__file__).parent / "children"
Document = tuple[str, dict[str, Any]]


def paper(record: Record, sent: Sent | None) -> dict[str, Any]:
    """The ERSA of one of the children."""
    settings, it = Settings(), opened(record)
    return ersa(settings.council, settings.request_name, it.form, it.answers, REFERENCE, sent, written(it))


def preview(record: Record) -> Document:
    """The draft, with what is missing."""
    return "ersa.pdf.html", paper(record, None)


def submitted(record: Record) -> Document:
    """What SENAS gets, made as incomplete where something is missing."""
    it = opened(record).submission
    return "ersa.pdf.html", paper(record, Sent(it.submitted_by, it.received_at, it.incomplete_reason, it.missing))


def conversation(record: Record, named: bool = True) -> Document:
    """The sheet for talking with the family."""
    data = family.sheet_paper(Settings().council, REFERENCE, record.whole(PEOPLE, today()), named)
    return "family_sheet.pdf.html", data


def unnamed(record: Record) -> Document:
    """The same, to be taken along where nobody is to see whom it is about."""
    return conversation(record, named=False)


def read_back(record: Record) -> Document:
    """What was written for the family."""
    it = opened(record)
    data = family.read_back_paper(Settings().council, REFERENCE, it.form, it.answers, written(it).tabs)
    return "family_read_back.pdf.html", data


def advising(record: Record, sent: bool = False) -> Document:
    """The therapist's advice, as its preview."""
    it = opened(record)
    tab = it.form.tab(HEALTH)
    assert tab
    entry = advice.mine(it, tab)
    return "ersa.pdf.html", advice.paper_of(it, tab, entry, Settings(), PEOPLE["daljit"], sent)


def advised(record: Record) -> Document:
    """The same, submitted."""
    return advising(record, sent=True)


def reviewed(record: Record) -> Document:
    """The review page on paper."""
    settings = Settings()
    return "review.pdf.html", review_paper(whole(record), settings.council, settings.receipt_days, PEOPLE["farah"].name)


DOCUMENTS: dict[str, Callable[[Record], Document]] = {
    "ersa-preview": preview,
    "ersa-submitted": submitted,
    "family-conversation": conversation,
    "family-conversation-unnamed": unnamed,
    "family-read-back": read_back,
    "advice-preview": advising,
    "advice-submitted": advised,
    "review": reviewed,
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
