"""Every document the portal prints, for two dozen children of many languages: ``python -m tests.gallery FOLDER``.

The children are the demo's and some more; nothing runs but the paper engine. With ``--png`` each page is drawn as a
picture too.
"""

import argparse
import asyncio
import tempfile
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from migrations.demo import papers
from migrations.demo.records import Record, read_records
from migrations.demo.register import read_register
from record.clock import today
from routes import advice, family
from routes.bundle import PURPOSES, counted, front_paper
from routes.ersa import Sent, ersa, written
from routes.review_paper import review_paper
from server import Settings
from tests.as_opened import HEALTH, PEOPLE, REFERENCE, opened, whole
from views.pdf import render
from views.pdf.bundle import Part, put_together

CHILDREN = (
    "abdirahman", "amirah", "andrei", "bilal", "danylo", "dharshini", "dhruv", "elif", "hina", "kacper", "layla",
    "nethmi", "nikolay", "simran", "sujal", "zeynab",
)  # fmt: skip
GUESTS = {
    "ani": ("Ani", "Petrosyan"),
    "eleni": ("Eleni", "Papadaki"),
    "haruto": ("Haruto", "Takahashi"),
    "kavya": ("Kavya", "Mishra"),
    "luka": ("Luka", "Beridze"),
    "min_jun": ("Min-jun", "Kim"),
    "ngoc_anh": ("Ngọc Ánh", "Nguyễn-Adébáyọ̀"),
    "selam": ("Selam", "Tesfay"),
    "tasnim": ("Tasnim", "Choudhury"),
    "wing_yan": ("Wing Yan", "Chan"),
}
"""Children of languages that no child of the demo has, by the file in ``tests/children`` that tells of them."""
BOYS = ("haruto", "luka", "min_jun")
NAMES = (*CHILDREN, *GUESTS)
FILES = Path(__file__).parent / "children"
SCALE = 1.0  # pixels a point
ACROSS, DOWN, GAP = 5, 3, 4
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
    data = family.read_back_paper(Settings().council, REFERENCE, it.form, it.answers)
    return "family_read_back.pdf.html", data


def advising(record: Record, sent: bool = False) -> Document:
    """The therapist's advice, as its preview."""
    it = opened(record)
    tab = it.form.tab(HEALTH)
    assert tab
    entry = next(e for e in it.entries if e.list == HEALTH)
    return "ersa.pdf.html", advice.paper_of(it, tab, entry, Settings(), PEOPLE["daljit"], sent)


def advised(record: Record) -> Document:
    """The same, submitted."""
    return advising(record, sent=True)


def reviewed(record: Record, pages: Mapping[str, int] | None = None) -> Document:
    """The review page on paper; ``pages`` are those of the documents it names, by their category."""
    settings = Settings()
    return "review.pdf.html", review_paper(whole(record, pages), settings.council, PEOPLE["farah"].name)


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


def told(names: Collection[str] = NAMES) -> Iterator[Record]:
    """The records of the gallery's children."""
    _, children = read_register(today())
    for record in read_records(children, today()):
        if record.child.name in CHILDREN and record.child.name in names:
            yield record
    like = next(child for child in children if child.name == "hina")
    guests = tuple(
        replace(like, name=name, first_name=first, middle_names="", surname=last, sex="M" if name in BOYS else "F")
        for name, (first, last) in GUESTS.items()
    )
    yield from (record for record in read_records(guests, today(), FILES) if record.child.name in names)


BUNDLED = {"ersa-submitted": "Submitted ERSA", "advice-submitted": "Appendix C: Health and therapies"}


def bundle(record: Record, found: dict[str, bytes]) -> bytes:
    """A bundle of what of the child was ``found``, by its name, and of what the demo's professionals bring."""
    brought = tomllib.loads(papers.FILE.read_text(encoding="utf-8"))["paper"]
    contents = [(title, "", found[name]) for name, title in BUNDLED.items()]
    contents += [(it.name, it.author, it.printed()) for it in (papers.Paper(**told) for told in brought)]
    with tempfile.TemporaryDirectory() as name:
        folder, documents = Path(name), []
        for n, (title, about, content) in enumerate(contents, 1):
            (folder / f"{n}.pdf").write_bytes(content)
            documents.append({"title": title, "about": about, "file": f"{n}.pdf", "pages": _pages(content)})
        it = opened(record)
        settings, by = Settings(), PEOPLE["farah"].name
        engine = render.engine()

        async def drawn(front: int) -> bytes:
            whom = settings.council, settings.ersa_email, PURPOSES["tribunal"], by
            return engine(
                "bundle.pdf.html", {"colour": settings.colour, **front_paper(it, *whom, documents, front)}
            ).pdf

        front, pages = asyncio.run(counted(drawn))
        (folder / "front.pdf").write_bytes(front)
        parts = [Part("Contents", "front.pdf", pages)]
        parts += [Part(str(it["title"]), str(it["file"]), int(str(it["pages"]))) for it in documents]
        return asyncio.run(put_together(folder, parts, it.name, REFERENCE)).read_bytes()


def _pages(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def _counted(found: Mapping[str, bytes]) -> dict[str, int]:
    """How many pages the documents named in the review have, by category."""
    brought = tomllib.loads(papers.FILE.read_text(encoding="utf-8"))["paper"]
    (report,) = (papers.Paper(**told) for told in brought if told["type"] == "ep")
    return {
        "ERSA": _pages(found["ersa-submitted"]),
        "Advice": _pages(found["advice-submitted"]),
        "ep": _pages(report.printed()),
    }


def made(record: Record) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    """Each document of a child: its name, the PDF, and what the engine had to say of it."""
    engine, found = render.engine(), {}
    for name, document in DOCUMENTS.items():
        template, data = reviewed(record, _counted(found)) if document is reviewed else document(record)
        rendered = engine(template, {"colour": Settings().colour, **data})
        found[name] = rendered.pdf
        yield name, rendered.pdf, rendered.warnings
    yield "bundle", bundle(record, found), ()


def draw(pdf: bytes, path: Path) -> list[Image.Image]:
    """Its pages as pictures, each kept beside ``path``."""
    pages = []
    with pypdfium2.PdfDocument(pdf) as document:
        for number, page in enumerate(document, 1):
            pages.append(page.render(scale=SCALE).to_pil())
            pages[-1].save(path.with_name(f"{path.stem}-{number:02}.png"))
    return pages


def tile(pages: list[Image.Image], path: Path) -> None:
    """The pages side by side on sheets beside ``path``, to be looked through."""
    for sheet, first in enumerate(range(0, len(pages), ACROSS * DOWN), 1):
        some = pages[first : first + ACROSS * DOWN]
        width, height = (max(side) + GAP for side in zip(*(page.size for page in some), strict=True))
        whole = Image.new("RGB", (ACROSS * width, -(-len(some) // ACROSS) * height), "grey")
        for n, page in enumerate(some):
            whole.paste(page, (n % ACROSS * width, n // ACROSS * height))
        whole.save(path.with_name(f"{path.stem}-{sheet}.png"))


def main() -> None:
    """Make them all and say where they are, and what went wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument(
        "--png", action="store_true", help="a picture of each page too, and sheets of them for each child"
    )
    asked.add_argument(
        "--child", action="append", choices=NAMES, help="of this child alone; may be given several times"
    )
    options = asked.parse_args()
    for record in told(options.child or NAMES):
        folder, pages = options.folder / record.child.name, []
        folder.mkdir(parents=True, exist_ok=True)
        for name, pdf, warnings in made(record):
            path = folder / f"{name}.pdf"
            path.write_bytes(pdf)
            print(path, *warnings, sep="  ")
            pages += draw(pdf, path) if options.png else []
        tile(pages, options.folder / f"{record.child.name}.png")


if __name__ == "__main__":
    main()
