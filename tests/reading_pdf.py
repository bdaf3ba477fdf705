"""What a PDF says, as read by tools that are not ours: its words, and those of them in red."""

import re
import subprocess
import unicodedata
from html import unescape
from pathlib import Path

from tests.fixtures_browser import need

RED = "#aa2a16"
# Marks of direction, which a reader adds and no person types.
UNSEEN = dict.fromkeys((0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069))


def plain(text: str) -> str:
    """Text without anything that is not ink: a line may break anywhere on paper."""
    return "".join(unicodedata.normalize("NFC", text).translate(UNSEEN).split())


def words_of(pdf: bytes, folder: Path) -> str:
    """All text of ``pdf``, as drawn (cells of a table one after the other), then line by line; without spaces."""
    return "".join(plain(_run("pdftotext", *how, pdf=pdf, folder=folder)) for how in (("-raw",), ()))


def red_lines(pdf: bytes, folder: Path) -> list[str]:
    """What stands in red, line by line."""
    page = _run("pdftohtml", "-xml", "-i", "-stdout", pdf=pdf, folder=folder)
    fonts = {number for number, colour in re.findall(r'<fontspec id="(\d+)".*?color="(#\w+)"', page) if colour == RED}
    lines = re.findall(r'<text [^>]*font="(\d+)"[^>]*>(.*?)</text>', page)
    return [unescape(re.sub("<[^>]+>", "", words)).strip() for number, words in lines if number in fonts]


def _run(tool: str, *how: str, pdf: bytes, folder: Path) -> str:
    assert pdf.startswith(b"%PDF-"), pdf[:300]
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    target = ["-"] if tool == "pdftotext" else []
    done = subprocess.run([need(tool), *how, str(path), *target], capture_output=True, check=True)
    return done.stdout.decode("utf-8")
