"""Puts documents together into one PDF: numbered across, with a bookmark for each, as it goes to a panel or a tribunal.

The work is done in a process of its own (`python -m views.pdf.bundle FOLDER`) that finds the parts as files in a folder
and leaves the bundle there, so that neither the server's memory nor its time depends on how much there is.
"""

import asyncio
import contextlib
import io
import json
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
SECONDS = 120.0
MEMORY = 1 << 30
BUNDLE = "bundle.pdf"
ORDER = "order.json"


class BundleFailed(Exception):
    """The bundle could not be made; `str()` is a sentence for the person."""


@dataclass(frozen=True)
class Part:
    """One document of a bundle: its bookmark, and the file in the folder that holds it."""

    title: str
    file: str


async def put_together(folder: Path, parts: list[Part], title: str, reference: str) -> Path:
    """The bundle of the files in `folder`, in the order of `parts`. Raises BundleFailed."""
    order = {"title": title, "reference": reference, "parts": [[part.title, part.file] for part in parts]}
    (folder / ORDER).write_text(json.dumps(order))
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "views.pdf.bundle",
        str(folder),
        cwd=ROOT,
        env={},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(child.wait(), SECONDS)
    except TimeoutError:
        raise BundleFailed("The bundle took too long to put together. Choose fewer documents.") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, 9)
            await child.wait()
    if child.returncode != 0:
        raise BundleFailed("The bundle could not be put together. Leave out one document, and try again.")
    return folder / BUNDLE


def _stamp(width: float, height: float, words: str) -> Any:
    """A page of that size, empty but for the words at its foot."""
    import pikepdf
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    canvas.setFont("Helvetica", 8)
    room = canvas.stringWidth(words, "Helvetica", 8) + 8
    canvas.setFillGray(1)
    canvas.rect((width - room) / 2, 5, room, 12, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.drawCentredString(width / 2, 8, words)
    canvas.save()
    out.seek(0)
    return pikepdf.open(out)


def make(folder: Path) -> None:
    """The bundle of the folder's order, left in the folder."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name, OutlineItem, Rectangle, String

    order = json.loads((folder / ORDER).read_text())
    with contextlib.ExitStack() as open_files:
        opened = [(title, open_files.enter_context(pikepdf.open(folder / file))) for title, file in order["parts"]]
        total = sum(len(part.pages) for _, part in opened)
        whole = open_files.enter_context(pikepdf.new())
        starts = []
        for title, part in opened:
            starts.append((title, len(whole.pages)))
            whole.pages.extend(part.pages)
        for number, page in enumerate(whole.pages, 1):
            left, bottom, right, top = (float(side) for side in page.mediabox)
            width, height = abs(right - left), abs(top - bottom)
            if int(page.obj.get("/Rotate", 0) or 0) % 180:
                width, height = height, width
            with _stamp(width, height, f"{order['reference']}   page {number} of {total}") as stamp:
                page.add_overlay(stamp.pages[0], Rectangle(Array([left, bottom, right, top])))
        with whole.open_outline() as outline:
            outline.root.extend(OutlineItem(title, at) for title, at in starts)
        whole.Root.Lang = String("en-GB")
        whole.Root.PageMode = Name.UseOutlines
        whole.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        whole.docinfo = whole.make_indirect(Dictionary(Title=String(order["title"])))
        whole.save(folder / BUNDLE, object_stream_mode=pikepdf.ObjectStreamMode.generate)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make(Path(sys.argv[1]))
