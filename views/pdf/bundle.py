"""Puts documents together into one PDF: numbered across, with a bookmark for each, as it goes to a panel or a tribunal.

The work is done in a process of its own (`python -m views.pdf.bundle FOLDER`) that finds the parts as files in a folder
and leaves the bundle there, so that neither the server's memory nor its time depends on how much there is.
"""

import asyncio
import contextlib
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
AT = "at"  # the place of the part that is worked on
PAGE = "https://page.invalid/"  # before the number of a page, where the contents lead to it


class BundleFailed(Exception):
    """The bundle could not be made; `str()` is a sentence for the person."""


@dataclass(frozen=True)
class Part:
    """One document of a bundle: its bookmark, the file in the folder that holds it, and how many pages it has."""

    title: str
    file: str
    pages: int


async def put_together(folder: Path, parts: list[Part], name: str, reference: str) -> Path:
    """The bundle of the files in `folder`, in the order of `parts`; whose it is stands on each page.

    What the first file says of itself (title, author) is said of the whole. Raises BundleFailed.
    """
    order = {"name": name, "reference": reference, "parts": [[part.title, part.file, part.pages] for part in parts]}
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
        raise BundleFailed(_at(folder, parts, "took too long to put in")) from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, 9)
            await child.wait()
    if child.returncode != 0:
        raise BundleFailed(_at(folder, parts, "could not be put in"))
    return folder / BUNDLE


def _at(folder: Path, parts: list[Part], what: str) -> str:
    """Which document it was, and what to do without it."""
    try:
        part = parts[int((folder / AT).read_text())]
    except (OSError, ValueError, IndexError):
        return "The bundle could not be put together. Choose fewer documents, and try again."
    return f"“{part.title}” {what}. Leave it out of the bundle and send it by itself, or ask for a new copy of it."


def _links(pages: Any, whole: Any) -> None:
    """Lead the entries of the contents, which name a page by its number, to that page."""
    from pikepdf import Array, Name

    for page in pages:
        for it in page.obj.get("/Annots", []):
            address = str(it.get("/A", {}).get("/URI", ""))
            number = address.removeprefix(PAGE)
            if address != number and number.isdecimal() and 0 < int(number) <= len(whole.pages):
                del it["/A"]
                it.Dest = Array([whole.pages[int(number) - 1].obj, Name.Fit])


def make(folder: Path) -> None:
    """The bundle of the folder's order, left in the folder: the other parts are appended to the first."""
    import pikepdf
    from pikepdf import Dictionary, Name, OutlineItem, String

    from views.pdf.forms import as_drawn, draws_anew, read_only
    from views.pdf.stamp import Stamp
    from views.pdf.structure import Structure

    order = json.loads((folder / ORDER).read_text())
    at = folder / AT
    with contextlib.ExitStack() as open_files:
        opened = []
        for place, (title, file, pages) in enumerate(order["parts"]):
            at.write_text(str(place))
            part = open_files.enter_context(pikepdf.open(folder / file))
            if len(part.pages) != pages:
                raise ValueError("the contents would send people to the wrong pages")
            opened.append((title, part))
        title, whole = opened[0]
        anew = [draws_anew(part) for _, part in opened]
        structure = Structure(whole)
        with whole.open_outline() as outline:
            outline.root[:] = [OutlineItem(title, 0)]
        front = len(whole.pages)
        for place, (title, part) in enumerate(opened[1:], 1):
            at.write_text(str(place))
            start = len(whole.pages)
            if part.acroform.exists:
                part.acroform.disable_digital_signatures()  # none can hold in another file
                if any(anew) and not anew[place]:
                    as_drawn(part)
            whole.add_pages_from(part)
            structure.take(part, title, start)
            with whole.open_outline() as outline:
                # the document's own bookmarks, which came last, are below its name
                mark = OutlineItem(title, start)
                mark.children.extend(outline.root[place:])
                mark.is_closed = True
                outline.root[place:] = [mark]
        at.unlink()
        structure.done()
        read_only(whole, any(anew))
        _links(list(whole.pages)[:front], whole)
        stamp = Stamp(whole, order["name"], order["reference"])
        for number, page in enumerate(whole.pages, 1):
            stamp.on(page, number, len(whole.pages))
        whole.Root.Lang = String("en-GB")
        whole.Root.PageMode = Name.UseOutlines
        whole.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        # what is packed stays packed: nothing in a document is undone here, whatever would come out of it
        whole.save(
            folder / BUNDLE,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make(Path(sys.argv[1]))
