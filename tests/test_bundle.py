"""A bundle holds each document as it looks by itself, and its number on every page, whatever it is made of."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.hostile import FILES, changed, pdf
from tests.paper import field, fields, printed, run, tab
from tests.test_gallery import ink
from views.pdf.bundle import BUNDLE, ORDER, BundleFailed, Part, put_together

WHOSE = ("Zuzanna Kowalczyk", "ERSA-001044")


def bundled(folder: Path, *contents: bytes, whose: tuple[str, str] = WHOSE) -> bytes:
    """One PDF of them all, in their order."""
    parts = []
    for n, content in enumerate(contents, 1):
        (folder / f"{n}.pdf").write_bytes(content)
        try:
            with pikepdf.open(io.BytesIO(content)) as it:
                parts.append(Part(f"Document {n}", f"{n}.pdf", len(it.pages)))
        except pikepdf.PdfError:
            parts.append(Part(f"Document {n}", f"{n}.pdf", 1))
    return asyncio.run(put_together(folder, parts, *whose)).read_bytes()


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
        asyncio.run(put_together(tmp_path, [Part("Report", "1.pdf", 2)], *WHOSE))


# ---------------------------------------------------------------- forms


def consent(drawn: bool = True, anew: bool = False, typed: str = "Zofia Kowalska") -> bytes:
    """A consent form that was filled in: a line of text, and a box that was ticked.

    `drawn` says whether the text's look is in the file, `anew` whether viewers are to draw the fields by themselves.
    """
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.drawString(72, 760, "Consent")
    canvas.acroForm.textfield(name="name", x=72, y=700, width=200, height=24, value=typed, borderWidth=1)
    canvas.acroForm.checkbox(name="agreed", x=72, y=650, checked=True)
    canvas.save()

    def change(it: pikepdf.Pdf) -> None:
        for one in it.pages[0].Annots:
            if Name.Tx == one.FT and not drawn:
                del one["/AP"]
        if anew:
            it.Root.AcroForm.NeedAppearances = True

    return changed(change, out.getvalue())


def filled(picture: Image.Image) -> Image.Image:
    """The part of a page where the form is; the tint of what can be filled in left out."""
    return picture.crop((60, 110, 300, 200)).point(lambda dot: 255 if dot > 150 else 0)


def alike(one: Image.Image, two: Image.Image) -> bool:
    """The same but for a few dots of a letter's edge."""
    different = ImageChops.difference(one, two).histogram()[255]
    return one.size == two.size and different < 40


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("anew", [True, False])
def test_what_was_filled_in_in_a_form_is_seen_in_the_bundle(tmp_path: Path, drawn: bool, anew: bool) -> None:
    form = consent(drawn, anew)
    (before,) = shown(form)
    assert dark(filled(before)), "the form itself shows it"
    for n, picture in enumerate(shown(bundled(tmp_path, pdf(1), form, form))[1:]):
        assert alike(filled(before), filled(picture)), n


def test_two_forms_with_fields_of_the_same_name_keep_each_its_own(tmp_path: Path) -> None:
    one, two = consent(typed="Amina"), consent(typed="Benedikta")
    for form, picture in zip((one, two), shown(bundled(tmp_path, one, two)), strict=True):
        assert alike(filled(shown(form)[0]), filled(picture))
    assert not alike(filled(shown(one)[0]), filled(shown(two)[0])), "they can be told apart"


def test_a_form_that_viewers_draw_anew_changes_the_look_of_no_other(tmp_path: Path) -> None:
    def odd(it: pikepdf.Pdf) -> None:
        """A tick as only this document draws it."""
        box = it.pages[0].Annots[1]
        look = it.make_stream(b"0 g 0 0 20 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 20, 20])
        box.AP.N[str(box.AS)] = look

    own = changed(odd, consent())
    (before,) = shown(own)
    pictures = shown(bundled(tmp_path, pdf(1), own, consent(anew=True)))
    assert alike(filled(before), filled(pictures[1]))
    assert dark(filled(pictures[2]))


def test_nobody_fills_in_the_form_of_a_bundle(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(bundled(tmp_path, pdf(1), consent()))) as it:
        assert [field.obj.Ff & 1 for field in it.acroform.fields] == [1, 1]


# ---------------------------------------------------------------- layers, links, passwords


def layered(hidden_by: str) -> bytes:
    """A page with a black square on a layer that is off."""

    def change(it: pikepdf.Pdf) -> None:
        layer = it.make_indirect(Dictionary(Type=Name.OCG, Name="Notes"))
        state = {"OFF": Array([layer])} if hidden_by == "off" else {"BaseState": Name.OFF, "ON": Array()}
        it.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(**state))
        it.pages[0].Resources.Properties = Dictionary(Notes=layer)
        it.pages[0].Contents = it.make_stream(b"/OC /Notes BDC 72 650 100 100 re f EMC")

    return changed(change, pdf(1))


@pytest.mark.parametrize("hidden_by", ["off", "base"])
def test_a_layer_that_is_off_stays_hidden(tmp_path: Path, hidden_by: str) -> None:
    (before,) = shown(layered(hidden_by))
    assert dark(before) is None
    hidden = shown(bundled(tmp_path, pdf(1), layered(hidden_by), layered(hidden_by)))[1:]
    assert [dark(picture.crop((0, 0, 595, 820))) for picture in hidden] == [None, None]


def test_links_within_a_document_lead_to_its_own_pages(tmp_path: Path) -> None:
    def link(it: pikepdf.Pdf) -> None:
        """One by the name of a place, as Word makes them, one straight to its page; and a bookmark."""
        places = Array([pikepdf.String("end"), Array([it.pages[1].obj, Name.Fit])])
        it.Root.Names = Dictionary(Dests=Dictionary(Names=places))
        it.pages[0].Annots = Array(
            it.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 99, 99], Dest=to))
            for to in (pikepdf.String("end"), Array([it.pages[1].obj, Name.Fit]))
        )
        with it.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("The end", 1))

    linked = changed(link, pdf(2))
    reader = pypdf.PdfReader(io.BytesIO(bundled(tmp_path, pdf(2), linked, linked)))
    for at in (2, 4):
        named, straight = (it.get_object()["/Dest"] for it in reader.pages[at]["/Annots"])  # type: ignore[attr-defined]
        assert reader.get_destination_page_number(reader.named_destinations[named]) == at + 1
        assert reader.get_page_number(straight[0].get_object()) == at + 1
    top = [it for it in reader.outline if not isinstance(it, list)]
    below = [it for it in reader.outline if isinstance(it, list)]
    assert [it.title for it in top] == ["Document 1", "Document 2", "Document 3"]
    assert [[reader.get_destination_page_number(it) for it in some] for some in below] == [[3], [5]]  # type: ignore[arg-type]


def test_a_document_with_an_owner_password_is_read_like_any_other(tmp_path: Path) -> None:
    texts = pypdfium2.PdfDocument(bundled(tmp_path, pdf(1), FILES["report_with_an_owner_password"][1]()))
    assert "Speech and language therapy report, page 1" in texts[1].get_textpage().get_text_bounded()


# ---------------------------------------------------------------- what is written on each page


@pytest.mark.parametrize(
    "name",
    ["Zuzanna Kowalczyk", "Ngọc Ánh Nguyễn-Adébáyọ̀", "ਗੁਰਪ੍ਰੀਤ ਕੌਰ", "فاطمة الزهراء", "陳詠欣 Wing Yan", "Name " * 40],
)
def test_each_page_says_whose_it_is_and_which_it_is_in_fonts_that_the_file_carries(tmp_path: Path, name: str) -> None:
    letter = printed(tab(1, "Letter", fields("", field("Dear all", "It is about somebody.")))).pdf
    made = bundled(tmp_path, letter, letter, whose=(name, "ERSA-001044"))
    (tmp_path / "made.pdf").write_bytes(made)
    rows = run("pdffonts", str(tmp_path / "made.pdf")).splitlines()[2:]
    assert rows
    for row in rows:
        assert re.search(r"[A-Z]{6}\+Noto.*\s(yes)\s+yes\s+yes\s", row), row
    pages = run("pdftotext", "-raw", str(tmp_path / "made.pdf"), "-").split("\f")[:-1]
    kept = name if len(name) <= 60 else f"{name[:59]}…"
    for number, page in enumerate(pages, 1):
        words = [ink(word) for word in f"{kept} · ERSA-001044 · page".split()]
        assert [word for word in words if word not in ink(page)] == []
        assert ink(f"· ERSA-001044 · page {number} of {len(pages)}") in ink(page)


def test_a_page_too_narrow_for_the_words_has_them_smaller(tmp_path: Path) -> None:
    (picture,) = shown(bundled(tmp_path, blank(CropBox=Array([100, 100, 220, 400]))))
    found = dark(picture)
    assert found
    assert 1 < found[0] < found[2] < picture.width - 1


def test_a_bundle_says_of_itself_what_its_first_document_says(tmp_path: Path) -> None:
    first = paper("First of all.")
    with pikepdf.open(io.BytesIO(bundled(tmp_path, first, pdf(1)))) as made, pikepdf.open(io.BytesIO(first)) as alone:
        assert str(alone.docinfo.Author) == "London Borough of Ealing, SENAS"
        for name in ("/Title", "/Author"):
            assert made.docinfo[name] == alone.docinfo[name]
        with made.open_metadata() as said:
            assert said["dc:title"] == str(alone.docinfo.Title)
        assert made.Root.MarkInfo.Marked


# ---------------------------------------------------------------- tags


def paper(*texts: str) -> bytes:
    """Paper of ours, tagged."""
    return printed(tab(1, "Reason", fields("", *(field("The reason", text) for text in texts)))).pdf


def told(content: bytes, folder: Path) -> str:
    """What a screen reader finds."""
    path = folder / "told.pdf"
    path.write_bytes(content)
    run("qpdf", "--check", str(path))
    return run("pdfinfo", "-struct-text", str(path))


def test_a_screen_reader_finds_all_documents_tagged_or_not(tmp_path: Path) -> None:
    made = bundled(tmp_path, paper("First of all."), paper("The second."), pdf(2, "A letter"), paper("At last."))
    said = told(made, tmp_path)
    places = [said.index(words) for words in ("First of all.", "The second.", "A letter, page 2", "At last.")]
    assert places == sorted(places)
    assert len(re.findall(r"^\s+Part \"Document \d\"", said, re.MULTILINE)) == 3
    assert said.count("Table (block)") == 3 * told(paper("One."), tmp_path).count("Table (block)")
    assert "page 1 of" not in said, "the numbers are for who sees them"
    assert said.count(WHOSE[0]) == told(paper("One."), tmp_path).count(WHOSE[0]) * 3
    reader = pypdf.PdfReader(io.BytesIO(made))
    keys = [page["/StructParents"] for page in reader.pages]
    assert len(set(keys)) == len(keys), "each page has its own"


def test_odd_tags_are_left_behind_and_their_words_told_all_the_same(tmp_path: Path) -> None:
    def bent(it: pikepdf.Pdf) -> None:
        element = it.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P))
        element.K = Array([element, element])
        it.Root.StructTreeRoot = it.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=element))
        it.Root.MarkInfo = Dictionary(Marked=True)

    def own(it: pikepdf.Pdf) -> None:
        """Its own word for a heading, in a tree without a number tree."""
        page = it.pages[0]
        page.Contents = it.make_stream(b"/Big <</MCID 0>> BDC " + page.Contents.read_bytes() + b" EMC")
        element = it.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Big, Pg=page.obj, K=0))
        it.Root.StructTreeRoot = it.make_indirect(
            Dictionary(Type=Name.StructTreeRoot, K=Array([element]), RoleMap=Dictionary(Big=Name.H1))
        )
        it.Root.MarkInfo = Dictionary(Marked=True)

    made = bundled(tmp_path, paper("Front."), changed(bent, pdf(1, "Bent")), changed(own, pdf(2, "Own")))
    said = told(made, tmp_path)
    assert "Bent, page 1" in said
    assert re.search(r"H1[^\n]*\n\s+\"Own, page 1", said)
    assert re.search(r"P[^\n]*\n\s+\"Own, page 2", said), "a page without tags among tagged ones"


# ---------------------------------------------------------------- size


def test_forty_documents_of_three_megabytes_need_no_more_memory_than_a_few(tmp_path: Path) -> None:
    """Half of the memory that its process may have; the documents alone are 120 MB."""
    picture = io.BytesIO()
    Image.frombytes("L", (1700, 1760), os.urandom(1700 * 1760)).save(picture, "JPEG", quality=92)
    picture.seek(0)
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    canvas.save()
    assert 2_500_000 < len(out.getvalue()) < 3_500_000
    for n in range(40):
        (tmp_path / f"{n}.pdf").write_bytes(out.getvalue())
    order = {"name": WHOSE[0], "reference": WHOSE[1], "parts": [[f"Scan {n}", f"{n}.pdf", 1] for n in range(40)]}
    (tmp_path / ORDER).write_text(json.dumps(order))
    program = (
        "import resource, sys; from pathlib import Path; from views.pdf.bundle import MEMORY, make;"
        "resource.setrlimit(resource.RLIMIT_AS, (MEMORY // 2, MEMORY // 2)); make(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    made = tmp_path / BUNDLE
    assert made.stat().st_size > 40 * 2_500_000
    assert len(pypdfium2.PdfDocument(made)) == 40
