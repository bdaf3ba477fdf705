"""Every file that somebody brings is kept as it is, or made a PDF, or refused with what to do instead."""

import asyncio
import contextlib
import io
import itertools
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageStat

from tests.fixtures_browser import need
from tests.hostile import FILES, pdf, photograph, word, word_begun_from_a_template, word_with_a_picture_from
from views.pdf import convert
from views.pdf.intake import Intake, Refused, Taken
from views.pdf.unfit import WORDS, Unfit

MOST = 3_000_000


LITTLE = 128 << 20  # bytes; the process alone takes 31 MB, the worst of these files 55 MB


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
    assert 0 < refused.value.peak < LITTLE


@pytest.mark.parametrize("name", [name for name, (reason, _) in FILES.items() if not reason])
def test_what_people_have_is_taken_and_can_be_read_by_others(name: str) -> None:
    content = FILES[name][1]()
    taken = take(content)
    assert 0 < taken.peak < LITTLE
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


def test_a_word_document_becomes_a_pdf() -> None:
    need("soffice")
    link = '<Relationship Id="r9" Type="x/hyperlink" Target="https://www.nhs.uk" TargetMode="External"/>'
    taken = take(word(link))
    assert (taken.made_from, taken.pages) == ("Word document", 1)
    text = pypdfium2.PdfDocument(taken.content)[0].get_textpage().get_text_bounded()
    assert "Provision map, Ćwiczenia" in text


def test_a_letter_begun_from_a_template_is_taken() -> None:
    need("soffice")
    assert take(word_begun_from_a_template("file:///T:/Letters/Letter%20to%20parents.dotx")).pages == 1


def test_where_there_is_no_libreoffice_a_word_document_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(convert, "PATH", str(tmp_path))
    with pytest.raises(Unfit) as refused:
        convert.from_word(word())
    assert "choose Save As, then PDF" in WORDS[str(refused.value)]


def test_libreoffice_fetches_nothing_from_elsewhere() -> None:
    """Such documents are refused before it sees them; and were there another way to say it, it would not follow."""
    need("soffice")
    asked = []

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Asked) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/there"
        made = [
            convert._by_libreoffice(make(address)) for make in (word_with_a_picture_from, word_begun_from_a_template)
        ]
        server.shutdown()
    assert all(it.startswith(b"%PDF-") for it in made)
    assert asked == []


def running(folder: str = "portal-intake-") -> list[str]:
    """The programs that run in a folder of an intake, by their command lines."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            said = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [said] if folder in said else []
    return found


def test_what_takes_long_is_ended_with_all_it_started_and_nothing_is_left_lying(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need("soffice")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def ended() -> list[str]:
        taking = asyncio.create_task(Intake().take(word("", pages=20_000), MOST))
        while not any("soffice.bin" in said for said in running(str(tmp_path))):
            assert not taking.done(), "LibreOffice was not seen at work"
            await asyncio.sleep(0.01)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        return running(str(tmp_path))

    assert asyncio.run(ended()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_word_document_that_takes_too_long_is_refused_and_nothing_runs_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need("soffice")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Refused) as refused:
        asyncio.run(Intake(word_seconds=1).take(word("", pages=20_000), MOST))
    assert str(refused.value) == WORDS["slow"]
    assert running(str(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_what_would_be_larger_than_allowed_is_refused() -> None:
    with pytest.raises(Refused, match="larger than the portal takes"):
        take(pdf(50), most=5_000)


LIMITED = """
import subprocess, sys
from views.pdf import check
check._limit({limits})
attempts = "try: bytes({memory})\\nexcept MemoryError: print('no more memory')\\n" \\
    "try:\\n with open({file!r}, 'wb') as it: it.write(bytes({size}))\\nexcept OSError: print('no larger file')"
exec(attempts) if {itself} else subprocess.run([sys.executable, '-c', attempts])
"""


@pytest.mark.parametrize(
    ("limits", "memory", "size", "itself"),
    [("", 600 << 20, 1, True), ("check.WORD_MEMORY, check.WORD_FILE, 60", 1600 << 20, 101 << 20, False)],
    ids=["this process", "LibreOffice"],
)
def test_a_file_has_so_much_memory_and_no_more(
    tmp_path: Path, limits: str, memory: int, size: int, itself: bool
) -> None:
    """Whatever it makes of it, what looks through a file cannot take more, nor write more: the kernel says no."""
    file = str(tmp_path / "large")
    program = LIMITED.format(limits=limits, memory=memory, size=size, file=file, itself=itself)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "no more memory\nno larger file\n"


def test_what_looks_through_a_file_has_no_network() -> None:
    program = """
import socket, sys
from views.pdf import check
check._leave_the_network()
try: socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5); print('reached')
except OSError: print('nobody there')
"""
    may_leave = subprocess.run(["unshare", "--map-root-user", "--net", "true"], capture_output=True, check=False)
    if may_leave.returncode:
        pytest.skip("NOT TESTED: no process may leave the network here")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        said = subprocess.run([sys.executable, "-c", program, port], capture_output=True, text=True, check=True)
    assert said.stdout == "nobody there\n"


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
