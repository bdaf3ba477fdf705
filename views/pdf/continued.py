"""What goes on from the page before is named again at the head of the page: the section, the entry and the question.

A table that goes on would otherwise be rows of nobody knows what. For xhtml2pdf 0.2.28.
"""

from itertools import takewhile
from types import SimpleNamespace
from typing import Any

import xhtml2pdf.xhtml2pdf_reportlab as engine
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm

from views.pdf import bidi, tags
from views.pdf.headings import Heading, taken

LEFT, ABOVE = 20 * mm, 22.4 * mm  # where the line stands on the page, from its left and upper edge
WIDTH = 170 * mm
_SIZE, _COLOUR = 8.0, HexColor("#505a5f")
_SECTION = 2  # the level of its heading
_IS_ENTRY = "row"
_LONGEST = 70  # characters of one heading


def _under(canvas: Any) -> list[Heading]:
    """The headings that what the page begins with stands under, but for those that it begins with."""
    found: dict[int, Heading] = canvas.__dict__.setdefault("headingsInForce", {})
    drawn = taken()
    opening = len(list(takewhile(lambda heading: heading.first, drawn)))
    highest = min((heading.level for heading in drawn[:opening]), default=7)
    section, part, *rest = (found.get(level) if level < highest else None for level in range(_SECTION, 7))
    for heading in drawn:
        for level in range(heading.level, 7):
            found.pop(level, None)
        found[heading.level] = heading
    if section is None:
        return []
    entry = next((it for it in rest if it and it.kind == _IS_ENTRY), None)
    # A table may come after the answer to a question that was asked under a heading of its own.
    in_table = tags.begins_in(canvas.getPageNumber(), "Table")
    question = None if in_table else next((it for it in rest if it and it is not entry), None)
    return [it for it in (section, entry or part, question) if it]


def _shortened(words: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    room = _LONGEST
    for text, font in words:
        if len(text) > room:
            return [*found, (f"{text[:room].rpartition(' ')[0] or text[:room]}…", font)]
        found.append((text, font))
        room -= len(text)
    return found


def _line(headings: list[Heading]) -> list[Any]:
    font = headings[0].words[0][1]
    words: list[tuple[str, str]] = []
    for heading in headings:
        words += [*([(" · ", font)] if words else []), *_shortened(heading.words)]
    look = {"fontSize": _SIZE, "textColor": _COLOUR, "link": None}
    return [SimpleNamespace(text=text, fontName=name, **look) for text, name in [*words, (" (continued)", font)]]


def draw(canvas: Any) -> None:
    """Write on the page of `canvas`, which is done, what of the one before goes on."""
    headings = _under(canvas)
    while len(headings) > 1 and bidi.width(_line(headings), "L") > WIDTH:
        headings.pop()
    if not headings:
        return
    with tags.artifact(canvas, "Pagination"):
        written = canvas.beginText(0, 0)
        bidi.write(written, _line(headings), "L", LEFT, canvas._pagesize[1] - ABOVE)
        canvas.drawText(written)


def install() -> None:
    """Say it in every document made from now on. Call once, after `tags.install()`."""
    plain = engine.MarkedCanvas

    class ContinuingCanvas(plain):  # type: ignore[misc, valid-type]
        def showPage(self) -> None:
            draw(self)
            super().showPage()

    engine.MarkedCanvas = ContinuingCanvas
