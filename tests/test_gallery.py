"""Every document of the product, for a dozen children of many languages: sound, complete and in characters we have."""

import asyncio
import re
import subprocess
import sys
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest

from routes.bundle import counted, front_paper
from tests import gallery
from tests.as_opened import opened
from tests.paper import read, run
from views.pdf import fonts, render, text
from views.pdf.compared import compared

RECORDS = {record.child.name: record for record in gallery.told()}
UNSEEN = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])


def ink(found: str) -> str:
    """Text without space and marks of direction, in one form."""
    return "".join(unicodedata.normalize("NFKC", found.translate(UNSEEN)).split())


def written(data: dict[str, Any]) -> set[str]:
    """The words of all that people wrote, of its questions and of who wrote it, cut where a line of paper may end."""
    parts = [part for tab in data.get("tabs", ()) for part in tab["parts"]] + data.get("teams", [])
    rows = [row for part in parts for row in part.get("rows", ())]
    fields = [field for holder in (*parts, *rows) for field in holder.get("fields", ()) if field["value"]]
    said = [row["by"] for row in rows] + [field["label"] for field in fields]
    said += [field["value"] for field in fields if not field.get("now")]
    # what only the review has
    for first, last in ((field["value"], field["now"]) for field in fields if field.get("now")):
        said += [words for line in compared(first, last) for _, words in line] or [first, last]
    said += [words for step in data.get("steps", ()) for fact in step["facts"] for words in fact]
    said += [words for name in ("documents", "changes", "dates") for it in data.get(name, ()) for words in it.values()]
    cleaned = unicodedata.normalize("NFC", text.clean("\n".join(said)))
    return set(re.findall(r"[^\W\d_][\w\u0300-\u036f\u0900-\u0dff]*", cleaned))


def test_the_gallerys_children_speak_many_languages() -> None:
    assert len(RECORDS) >= 12
    scripts = {
        unicodedata.name(letter).split()[0]
        for record in RECORDS.values()
        for answer in record.answers.values()
        for letter in set(answer)
        if letter.isalpha()
    }
    asked = "LATIN GURMUKHI DEVANAGARI GUJARATI BENGALI TAMIL SINHALA ARABIC CYRILLIC GREEK ETHIOPIC ARMENIAN GEORGIAN"
    assert {*asked.split(), "CJK", "HIRAGANA", "KATAKANA", "HANGUL"} <= scripts
    languages = {record.answers.get("parent_language", "") for record in RECORDS.values()}
    assert {"ARA", "PRS", "URD", "POL", "SOM", "RMN", "PNJ", "HIN", "GUJ"} <= {code[:3] for code in languages}


FOR_EACH = ("ersa-preview", "review")
"""Documents that hold all that was written of a child. The others are made for two alone: tests are to be quick."""


@pytest.mark.parametrize(
    ("name", "document"),
    [(n, d) for d in gallery.DOCUMENTS for n in (RECORDS if d in FOR_EACH else ("zeynab", "tasnim"))],
)
def test_a_document_is_sound_and_holds_every_word(name: str, document: str, tmp_path: Path) -> None:
    template, data = gallery.DOCUMENTS[document](RECORDS[name])
    made = render.engine()(template, data)
    assert made.warnings == ()
    path = tmp_path / "made.pdf"
    path.write_bytes(made.pdf)
    run("qpdf", "--check", str(path))
    strict = pypdf.PdfReader(BytesIO(made.pdf), strict=True)
    assert len(pypdfium2.PdfDocument(made.pdf)) == len(strict.pages)
    found = ink(read(made.pdf, tmp_path, "-raw")) + ink(read(made.pdf, tmp_path))
    assert {word for word in written(data) if ink(word) not in found} == set()


def test_the_contents_of_a_bundle_count_their_own_pages_too() -> None:
    many = [{"title": f"Document {n}", "about": "By somebody", "pages": 1} for n in range(1, 21)]
    engine = render.engine()

    async def drawn(front: int) -> bytes:
        data = front_paper(
            opened(RECORDS["hina"]), "The Council", "x@council.example", "For a panel", "F.", many, front
        )
        return engine("bundle.pdf.html", data).pdf

    content, pages = asyncio.run(counted(drawn))
    with pypdfium2.PdfDocument(content) as pdf:
        first = pdf[0].get_textpage().get_text_bounded()
        assert (len(pdf), pages) == (2, 2)
    assert re.search(r"1\. Document 1\s+(By somebody\s+)?3\s", first)
    assert "20 documents, 20 pages" in first


def test_every_font_but_no_other_is_embedded(tmp_path: Path) -> None:
    template, data = gallery.preview(RECORDS["simran"])
    path = tmp_path / "fonts.pdf"
    path.write_bytes(render.engine()(template, data).pdf)
    rows = run("pdffonts", str(path)).splitlines()[2:]
    assert rows
    for row in rows:
        assert re.search(r"[A-Z0-9]{6}\+NotoSans|NotoEmoji", row), row
        assert re.search(r"TrueType\s+\S+\s+yes yes yes", row), row


def test_the_portals_own_words_need_no_character_that_is_missing() -> None:
    for path in sorted(render.VIEWS.glob("*.pdf.html")):
        assert fonts.strange(path.read_text(encoding="utf-8").replace("\n", " ")) == set(), path.name


def test_the_command_leaves_each_document_and_a_picture_of_each_page(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.gallery", str(tmp_path), "--png", "--child", "nikolay"],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.splitlines()) == sorted(
        str(tmp_path / "nikolay" / f"{it}.pdf") for it in (*gallery.DOCUMENTS, "bundle")
    )
    for path in (tmp_path / "nikolay").glob("*.pdf"):
        run("qpdf", "--check", str(path))
        pypdf.PdfReader(path, strict=True)
        assert re.search(r"Tagged:\s+yes", run("pdfinfo", str(path)))
        with pypdfium2.PdfDocument(path) as pdf:
            assert len(list(path.parent.glob(f"{path.stem}-[0-9][0-9].png"))) == len(pdf)
    assert list(tmp_path.glob("nikolay-*.png"))
