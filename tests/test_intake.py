"""Every file that somebody brings is kept as it is, or made a PDF, or refused with what to do instead."""

import asyncio
import io
import itertools
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageStat

from tests.hostile import FILES, pdf, photograph, word
from views.pdf.convert import PATH
from views.pdf.intake import Intake, Refused, Taken
from views.pdf.unfit import WORDS

MOST = 3_000_000


def take(content: bytes, most: int = MOST) -> Taken:
    async def taking() -> Taken:
        return await Intake().take(content, most)

    return asyncio.run(taking())


@pytest.mark.parametrize("name", [name for name, (reason, _) in FILES.items() if reason])
def test_what_may_do_harm_or_cannot_be_read_is_refused_and_the_person_told_why(name: str) -> None:
    reason, make = FILES[name]
    content = make()
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        take(content)
    assert str(refused.value) == WORDS[reason]
    assert time.monotonic() - began < 30, "it is ended at 25 seconds"


@pytest.mark.parametrize("name", [name for name, (reason, _) in FILES.items() if not reason])
def test_what_people_have_is_taken_and_can_be_read_by_others(name: str) -> None:
    content = FILES[name][1]()
    taken = take(content)
    if content.startswith(b"%PDF-"):
        assert taken.content == content, "evidence is never altered"
        assert taken.made_from == ""
    else:
        assert taken.made_from == "photograph"
    document = pypdfium2.PdfDocument(taken.content)
    assert len(document) == taken.pages
    document[0].render(scale=0.3).to_pil()


def test_a_photograph_stands_upright_and_does_not_say_where_it_was_taken() -> None:
    taken = take(FILES["jpeg"][1]())
    assert b"Phone of a teacher" not in taken.content
    assert b"Exif" not in taken.content
    with pikepdf.open(io.BytesIO(taken.content)) as it:
        (picture,) = it.pages[0].get_images().values()
        assert picture.Width < picture.Height, "the camera lay on its side"
        assert it.pages[0].mediabox[2] < it.pages[0].mediabox[3]


GREYS = Image.linear_gradient("L").rotate(90).resize((512, 512))  # black at the left, white at the right
TINTS = Image.merge("RGB", (GREYS, GREYS.rotate(90), GREYS.rotate(180)))


def in_sixteen_bits(**saving: object) -> bytes:
    wide = GREYS.convert("I").point(lambda step: step * 256).convert("I;16")
    return saved(wide, "PNG", **saving)


def saved(picture: Image.Image, kind: str, **saving: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **saving)
    return out.getvalue()


def in_ten_bits() -> bytes:
    import pillow_heif

    out = io.BytesIO()
    wide = b"".join(struct.pack("<H", step << 8) for step in TINTS.tobytes())
    pillow_heif.encode("RGB;16", TINTS.size, wide, out, quality=-1)
    return out.getvalue()


PICTURES: dict[str, tuple[Callable[[], bytes], Image.Image]] = {
    "PNG, grey": (lambda: saved(GREYS, "PNG"), GREYS),
    "PNG, grey in 16 bits": (in_sixteen_bits, GREYS),
    "PNG, grey in 16 bits, black is clear": (lambda: in_sixteen_bits(transparency=0), GREYS),
    "PNG, grey and clear": (lambda: saved(Image.merge("LA", (GREYS, GREYS.point(lambda _: 255))), "PNG"), GREYS),
    "PNG, black and white": (lambda: saved(GREYS.convert("1"), "PNG"), GREYS),
    "PNG, colours": (lambda: saved(TINTS, "PNG"), TINTS),
    "PNG, colours and clear": (lambda: saved(TINTS.convert("RGBA"), "PNG"), TINTS),
    "PNG, palette": (lambda: saved(GREYS.convert("P"), "PNG"), GREYS),
    "PNG, palette, one colour is clear": (lambda: saved(GREYS.convert("P"), "PNG", transparency=0), GREYS),
    "JPEG, grey": (lambda: saved(GREYS, "JPEG"), GREYS),
    "JPEG, colours": (lambda: saved(TINTS, "JPEG"), TINTS),
    "JPEG, for print": (lambda: saved(TINTS.convert("CMYK"), "JPEG"), TINTS),
    "HEIC, colours in 10 bits": (in_ten_bits, TINTS),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_on_its_page_as_it_did(name: str) -> None:
    make, looks = PICTURES[name]
    page = pypdfium2.PdfDocument(take(make()).content)[0]
    shown = page.render(scale=1).to_pil().convert("RGB")
    side = shown.width - 2 * 28
    left, top = 28, (shown.height - side) // 2
    for x in (1, 3, 5, 7):
        for y in (1, 3, 5, 7):
            at = (left + side * x // 8, top + side * y // 8)
            around = shown.crop((at[0] - 8, at[1] - 8, at[0] + 8, at[1] + 8))  # dots of a raster, made one
            found = [round(mean) for mean in ImageStat.Stat(around).mean]
            wanted = looks.convert("RGB").getpixel((512 * x // 8, 512 * y // 8))
            assert all(abs(a - b) < 16 for a, b in zip(found, wanted, strict=True)), (x, y, found, wanted)


def test_thin_lines_of_a_large_scan_are_not_lost() -> None:
    """A scan of 600 dots to the inch in black and white, or in a palette, is halved: each line becomes grey."""
    drawn = Image.new("1", (4960, 7016), 1)
    lines = range(20, 4940, 33)
    for x in lines:
        drawn.paste(0, (x, 0, x + 1, 7016))
    for content in (saved(drawn, "PNG"), saved(drawn.convert("P"), "PNG")):
        with pikepdf.open(io.BytesIO(take(content).content)) as it:
            (raw,) = it.pages[0].get_images().values()
            kept = pikepdf.PdfImage(raw).as_pil_image().convert("L")
        dark = [kept.getpixel((x, 1000)) < 220 for x in range(kept.width)]
        begun = sum(now and not before for before, now in itertools.pairwise(dark))
        assert begun == len(lines), "a line went missing"


def test_a_large_photograph_becomes_small_enough_to_keep() -> None:
    large = photograph(size=(8_000, 6_000), quality=97)
    assert len(take(large).content) < MOST


def test_a_word_document_becomes_a_pdf_where_libreoffice_is_and_is_refused_with_the_way_out_where_not() -> None:
    link = '<Relationship Id="r9" Type="x/hyperlink" Target="https://www.nhs.uk" TargetMode="External"/>'
    if shutil.which("soffice", path=PATH):
        taken = take(word(link))
        assert (taken.made_from, taken.pages) == ("Word document", 1)
        text = pypdfium2.PdfDocument(taken.content)[0].get_textpage().get_text_bounded()
        assert "Provision map, Ćwiczenia" in text
    else:
        with pytest.raises(Refused, match="choose Save As, then PDF"):
            take(word(link))


def test_what_would_be_larger_than_allowed_is_refused() -> None:
    with pytest.raises(Refused, match="larger than the portal takes"):
        take(pdf(50), most=5_000)


def test_a_file_has_so_much_memory_and_no_more() -> None:
    """Whatever it makes of it, the process that looks through a file cannot take more: the kernel says no."""
    program = """
import sys; from views.pdf import check
check._limit(word=False)
try: bytes(600 << 20)
except MemoryError: print('no more')
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "no more\n"


def test_many_at_once_each_get_their_own_answer() -> None:
    names = ["report", "bomb", "scan", "password", "jpeg", "empty"]
    made = [FILES[name][1]() if name in FILES else FILES["report_with_a_password"][1]() for name in names]

    async def taking() -> list[object]:
        intake = Intake()
        return await asyncio.gather(*(intake.take(content, MOST) for content in made), return_exceptions=True)

    answers = asyncio.run(taking())
    assert [type(answer) for answer in answers] == [Taken, Refused, Taken, Refused, Taken, Refused]


def test_every_refusal_says_what_to_do_instead() -> None:
    for reason, words in WORDS.items():
        assert any(word in words.lower() for word in ("bring", "choose", "save", "take it again")), reason
