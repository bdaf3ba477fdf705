"""A bundle holds each document as it looks by itself, and its number on every page, whatever it is made of."""

import asyncio
import io
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary
from PIL import Image, ImageChops

from tests.hostile import changed, pdf
from views.pdf.bundle import BundleFailed, Part, put_together


def bundled(folder: Path, *contents: bytes) -> bytes:
    """One PDF of them all, in their order."""
    parts = []
    for n, content in enumerate(contents, 1):
        (folder / f"{n}.pdf").write_bytes(content)
        try:
            with pikepdf.open(io.BytesIO(content)) as it:
                parts.append(Part(f"Document {n}", f"{n}.pdf", len(it.pages)))
        except pikepdf.PdfError:
            parts.append(Part(f"Document {n}", f"{n}.pdf", 1))
    return asyncio.run(put_together(folder, parts, "Bundle", "ERSA-001044")).read_bytes()


def shown(content: bytes) -> list[Image.Image]:
    """Each page as a viewer shows it, its forms filled in."""
    document = pypdfium2.PdfDocument(content)
    document.init_forms()
    return [document[n].render(scale=1, may_draw_forms=True).to_pil().convert("L") for n in range(len(document))]


def dark(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box of what is not white."""
    return ImageChops.invert(picture).point(lambda dot: 255 if dot > 90 else 0).getbbox()


def blank(**boxes: object) -> bytes:
    def change(it: pikepdf.Pdf) -> None:
        it.pages[0].Contents = it.make_stream(b"")
        for name, box in boxes.items():
            it.pages[0].obj[f"/{name}"] = box

    return changed(change, pdf(1))


@pytest.mark.parametrize("turned", [0, 90, 180, 270, -90])
@pytest.mark.parametrize(
    "crop", [None, [100, 200, 400, 700], [400, 700, 100, 200], [-50, -50, 2000, 2000], [0, 0, 0, 0]]
)
def test_the_number_stands_at_the_foot_of_what_is_shown(tmp_path: Path, turned: int, crop: list[int] | None) -> None:
    boxes = {"Rotate": turned} | ({"CropBox": Array(crop)} if crop else {})
    (picture,) = shown(bundled(tmp_path, blank(**boxes)))
    ink = dark(picture)
    assert ink, "there is no number"
    left, top, right, bottom = ink
    assert right - left > 5 * (bottom - top), "it does not lie upright"
    assert picture.height - 16 < bottom < picture.height - 2
    assert abs((left + right) / 2 - picture.width / 2) < 3


def test_a_page_in_larger_units_has_a_number_of_the_same_size(tmp_path: Path) -> None:
    (picture,) = shown(bundled(tmp_path, blank(UserUnit=2)))
    ink = dark(picture)
    assert ink
    assert ink[3] - ink[1] < 9


def test_pages_that_share_their_resources_are_numbered_each_by_its_own(tmp_path: Path) -> None:
    def share(it: pikepdf.Pdf) -> None:
        fonts = it.make_indirect(Dictionary(it.pages[0].Resources))
        for page in it.pages:
            page.Resources = fonts

    texts = pypdfium2.PdfDocument(bundled(tmp_path, changed(share, pdf(3)), pdf(2)))
    words = [texts[n].get_textpage().get_text_bounded() for n in range(5)]
    assert [f"page {n} of 5" in said for n, said in enumerate(words, 1)] == [True] * 5
    assert "Speech and language therapy report, page 3" in words[2]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleFailed, match="“Document 2” could not be put in"):
        bundled(tmp_path, pdf(), b"%PDF-1.7 nothing", pdf())


def test_contents_that_would_lead_astray_are_not_made(tmp_path: Path) -> None:
    (tmp_path / "1.pdf").write_bytes(pdf(3))
    with pytest.raises(BundleFailed, match="“Report”"):
        asyncio.run(put_together(tmp_path, [Part("Report", "1.pdf", 2)], "Bundle", "ERSA-001044"))
