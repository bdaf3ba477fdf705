"""Lines with words written from right to left: each word is drawn where it is read, in the order it is read in.

xhtml2pdf draws such a line from its left end to its right; whoever reads the page's content in its order, as screen
readers and many programs do, gets the words backwards. Levels are xhtml2pdf's own (Unicode annex 9). For 0.2.28.
"""

import re
import unicodedata
from itertools import groupby
from typing import Any, NamedTuple

import xhtml2pdf.reportlab_paragraph as paragraph
import xhtml2pdf.xhtml2pdf_reportlab as drawing
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.pdfbase import pdfmetrics
from xhtml2pdf.bidi import display_order, reorder

from views.pdf import pages, shaping

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc]")
_SIGNS = "\\s!-/:-@[-`{-~\u00a0-\u00bf\u060c\u061b\u061f\u06d4\u2010-\u2027\u2030-\u205e"
_LINES = {"underline": -0.13, "strike": 0.25}  # how high each stands above the baseline, in sizes of the letters
_WORD = re.compile(f"[^{_SIGNS}]+|[{_SIGNS}]")


class _Word(NamedTuple):
    """A word, or the space between two, in one font and one direction; `width` is in points."""

    text: str
    fragment: Any
    level: int
    width: float


def _words(fragments: list[Any], base: str) -> list[_Word]:
    """The words of a line in the order they are read."""
    texts = [t if isinstance(t, str) else t.decode("utf8") for t in (fragment.text for fragment in fragments)]
    text = "".join(texts)
    _, levels = display_order(text, base)
    found: list[_Word] = []
    start = 0
    for fragment, part in zip(fragments, texts, strict=True):
        end = start + len(part)
        font = pdfmetrics.getFont(fragment.fontName)
        while start < end:
            stop = start
            while stop < end and levels[stop] == levels[start]:
                stop += 1
            run = text[start:stop]
            for word in _WORD.findall(run) if levels[start] % 2 else [run]:
                width = shaping.width(font, word, levels[start]) * fragment.fontSize
                found.append(_Word(word, fragment, levels[start], width))
            start = stop
    return found


def _draw(flowable: Any) -> None:
    canvas, style = flowable.canv, flowable.style
    base = "R" if flowable.dir == "rtl" else "L"
    canvas.saveState()
    written = canvas.beginText(0, 0)
    baseline = 0.0
    for number, line in enumerate(flowable.blPara.lines):
        above, below = pages.line_extent(line.ascent, line.descent, style.leading)
        baseline = baseline - above if number else flowable.height - line.ascent
        left = style.leftIndent + line.extraSpace * {TA_RIGHT: 1, TA_CENTER: 0.5}.get(style.alignment, 0)
        for fragment in line.words:
            if getattr(getattr(fragment, "cbDefn", None), "kind", "") == "anchor":
                canvas.bookmarkHorizontal(fragment.cbDefn.name, left, baseline + style.leading)
        write(written, [fragment for fragment in line.words if not hasattr(fragment, "cbDefn")], base, left, baseline)
        baseline -= below
    canvas.drawText(written)
    for colour, thick, left, right, height in written.__dict__.get("bidiLines", ()):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(thick)
        canvas.line(left, height, right, height)
    canvas.restoreState()


def width(fragments: list[Any], base: str) -> float:
    """How wide a line of `fragments` is, in points; its direction is `base`, "L" or "R"."""
    return sum(word.width for word in _words(fragments, base))


def write(written: Any, fragments: list[Any], base: str, left: float, baseline: float) -> None:
    """Write a line into the text object `written`, from `left` on: each word where it is read, in its order."""
    words = _words(fragments, base)
    place, begins = left, {}
    for index in reorder([word.level for word in words]):
        begins[index] = place
        place += words[index].width
    turned = _turned("".join(word.text for word in words))
    for index, word in enumerate(words):
        _write(written, word, turned, begins[index], baseline)


def _turned(line: str) -> bool:
    """Whether PDFium copies `line` from right to left: it counts the runs of letters of either direction."""
    kinds = [kind for kind, _ in groupby(line, unicodedata.bidirectional)]
    from_right = sum(kind in ("R", "AL") for kind in kinds)
    return from_right > 0 and from_right >= kinds.count("L")


def _write(written: Any, word: _Word, turned: bool, left: float, baseline: float) -> None:
    fragment = word.fragment
    written.setTextOrigin(left, baseline)
    # Setting again what is set takes as long as drawing a word.
    if fragment.textColor is not written.__dict__.get("bidiColor"):
        written.bidiColor = fragment.textColor
        written.setFillColor(fragment.textColor)
    if (fragment.fontName, fragment.fontSize) != (written._fontname, written._fontsize):
        written.setFont(fragment.fontName, fragment.fontSize)
    written._code.append(shaping.operators(written, word.text, word.level, turned))
    for name, place in _LINES.items():
        if getattr(fragment, name, 0):
            height, size = baseline + place * fragment.fontSize, fragment.fontSize
            line = fragment.textColor, size * 0.06, left, left + word.width, height
            written.__dict__.setdefault("bidiLines", []).append(line)
    if fragment.link:
        box = (left, baseline - fragment.fontSize * 0.2, left + word.width, baseline + fragment.fontSize)
        paragraph._doLink(written, fragment.link, box)


def _serves(flowable: Any) -> bool:
    """Whether the paragraph has words from right to left, and nothing in its lines but words."""
    texts = [fragment.text for fragment in flowable.frags if isinstance(getattr(fragment, "text", None), str)]
    return any(map(RIGHT_TO_LEFT.search, texts)) and all(
        fragment.cbDefn.kind == "anchor" for fragment in flowable.frags if hasattr(fragment, "cbDefn")
    )


def install() -> None:
    """Draw every paragraph with such words like this from now on. Call once."""
    usual = drawing.PmlParagraph.drawPara

    def draw(self: Any, debug: int = 0) -> None:
        if _serves(self):
            _draw(self)
        else:
            usual(self, debug)

    drawing.PmlParagraph.drawPara = draw
