"""Paragraphs of text alone, which take up memory only while they are laid out and drawn.

Those in one font from left to right, nearly all of a form, are broken and drawn in a few steps: they stand where
xhtml2pdf's own paragraph would put them, line for line (`tests/test_pdf_quick.py`); but one of any length is cut
between pages without breaking the rest of it again. For xhtml2pdf 0.2.28.
"""

import re
from collections.abc import Sequence
from typing import Any

import xhtml2pdf.xhtml2pdf_reportlab as drawing
from reportlab.lib.enums import TA_LEFT
from reportlab.pdfbase import pdfmetrics

from views.pdf import pages, shaping, tags

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefc]")
_NUMBER = re.compile(r"[0-9] [0-9]")
_SPACES = re.compile(r"(?<![0-9]) | (?![0-9])")  # those that a line may end at: a telephone number stays whole
_SIDES = ("Top", "Right", "Bottom", "Left")
_MEASURED = 20_000  # widths remembered for each font
_widths: dict[str, dict[str, float]] = {}


def serves(text: str, style: Any, first: Any, faces: Sequence[str], direction: str) -> bool:
    """Whether a paragraph of `text`, otherwise like the fragment `first`, in one of `faces`, can be a plain one."""
    return (
        direction == "ltr"
        and style.alignment == TA_LEFT
        and style.wordWrap != "CJK"
        and style.letterSpacing == "normal"
        and style.wordSpacing == "normal"
        and not style.textOverflow
        and not style.firstLineIndent
        and not style.backColor
        and not style.backgroundImage
        and not any(getattr(style, f"border{side}Style") not in (None, "none") for side in _SIDES)
        and not any(getattr(style, f"padding{side}") for side in _SIDES)
        and not (first.link or first.underline or first.strike or first.rise or first.backColor)
        and not _RIGHT_TO_LEFT.search(text)
        and len(shaping.split(text, faces)) == 1
    )


class LateParagraph(drawing.PmlParagraph):
    """A paragraph whose fragments, one for each change of font, are made when it is laid out and given up when drawn.

    xhtml2pdf makes those of the whole document first, each of two kilobytes: a megabyte of text in many scripts would
    need more memory than a worker has.
    """

    outline = tocName = False
    _like: Any = None
    _fragments: list[Any] | None = None
    _known: tuple[float, tuple[float, float]] | None = None

    def of(self, like: Any, faces: Sequence[str], path: tags.Path) -> "LateParagraph":
        """Itself, now made of its text in `faces`, otherwise like the fragment `like`, in the elements of `path`."""
        self._like, self._faces, self._path, self._fragments = like, faces, path, None
        return self

    @property
    def frags(self) -> list[Any]:
        if self._fragments is None:
            self._fragments = [
                self._like.clone(text=part, fontName=face, bulletFontName=face, tagPath=self._path)
                for part, face in shaping.split(self.text, self._faces)
            ]
            # xhtml2pdf's own kind fails on a single fragment.
            self._fragments.append(self._fragments[-1].clone(text="", pageNumber=False, pageCount=False))
        return self._fragments

    @frags.setter
    def frags(self, made: list[Any]) -> None:
        self._fragments = made

    def _forget(self) -> None:
        if self._like is not None:
            self._fragments, self._known = None, None
            for name in ("blPara", "_brokenLinesCache"):
                self.__dict__.pop(name, None)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its size when it is `width` wide."""
        if self._known is None or self._known[0] != width or "blPara" not in self.__dict__:
            self._known = width, super().wrap(width, height)
        self.setMaxHeight(height)
        self.width, self.height = self._known[1]
        return self._known[1]

    def _calcImageMaxSizes(self, width: float, height: float) -> None:
        """Nothing: there is no picture in it, and xhtml2pdf would look at every fragment for one."""

    def _brokenLines(self, first: float, later: float) -> Any:
        """Its lines, kept under their widths alone: xhtml2pdf's key is as long as the paragraph."""
        if self.style.textOverflow:
            return super()._brokenLines(first, later)
        kept = self.__dict__.get("_brokenLinesCache")
        if kept is None or kept[0] != (first, later):
            broken = (self.breakLinesCJK if self.style.wordWrap == "CJK" else self.breakLines)([first, later])
            kept = self._brokenLinesCache = (first, later), broken
        return kept[1]

    def split(self, width: float, height: float) -> list[Any]:
        """The part of `height` and the rest."""
        parts: list[Any] = super().split(width, height)
        if len(parts) > 1:
            self._forget()
        return parts

    def draw(self) -> None:
        """Its lines on the canvas."""
        super().draw()
        self._forget()


class PlainParagraph(LateParagraph):
    """A paragraph for which `serves` is true; `autoLeading` is "max", as xhtml2pdf sets it."""

    _width = -1.0
    _lines: list[str] | None = None

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Its size when it is `width` wide, by lines of as many whole words as fit."""
        room = width - self.style.leftIndent - self.style.rightIndent
        if room != self._width:
            self._width, self._lines = room, self._broken(room)
        if self._lines is None:
            return super().wrap(width, height)
        self.setMaxHeight(height)
        self.width, self.height = width, len(self._lines) * sum(self._extent())
        return self.width, self.height

    def _extent(self) -> tuple[float, float]:
        """How far a line reaches above and below its baseline."""
        fragment, leading = self.frags[0], self.style.leading
        ascent, descent = pdfmetrics.getAscentDescent(fragment.fontName, fragment.fontSize)
        return pages.line_extent(ascent, descent, leading)

    def _broken(self, room: float) -> list[str] | None:
        """The lines; None where a word has to be broken, or has been, which xhtml2pdf then does."""
        if self.text is None:
            return None
        fragment = self.frags[0]
        font, size = pdfmetrics.getFont(fragment.fontName), fragment.fontSize
        known = _widths.setdefault(fragment.fontName, {})
        if len(known) > _MEASURED:
            known.clear()
        limit = (room + 1e-9) / size
        space = font.stringWidth(" ", 1)
        lines: list[str] = []
        line: list[str] = []
        taken = -space
        for word in _SPACES.split(self.text) if _NUMBER.search(self.text) else self.text.split(" "):
            width = known.get(word)
            if width is None:
                width = known[word] = font.stringWidth(word, 1)
            if taken + space + width <= limit:
                line.append(word)
                taken += space + width
                continue
            if width > limit:
                return None
            lines.append(" ".join(line))
            line, taken = [word], width
        lines.append(" ".join(line))
        return lines

    def split(self, width: float, height: float) -> list[Any]:
        """The part of `height` and the rest; neither of them one line alone."""
        self.wrap(width, height)
        if self._lines is None:
            return super().split(width, height)
        fitting = int(height / sum(self._extent()) + 1e-6)
        if fitting <= 1:
            return []
        if len(self._lines) <= fitting:
            return [self]
        if len(self._lines) == fitting + 1:
            fitting -= 1
            if fitting <= 1:
                return []
        parts = [self._part(self._lines[:fitting]), self._part(self._lines[fitting:])]
        self._forget()
        return parts

    def _forget(self) -> None:
        super()._forget()
        self._width, self._lines = -1.0, None

    def _part(self, lines: list[str]) -> "PlainParagraph":
        part = PlainParagraph(" ".join(lines), self.style, frags=self.frags, dir=self.dir)
        part.autoLeading, part._width, part._lines = self.autoLeading, self._width, lines
        return part

    def draw(self) -> None:
        """Its lines on the canvas, tagged."""
        if self._lines is None:
            super().draw()
            return
        fragment, canvas = self.frags[0], self.canv
        above, below = self._extent()
        ascent, _ = pdfmetrics.getAscentDescent(fragment.fontName, fragment.fontSize)
        with tags.text(self):
            canvas.saveState()
            written = canvas.beginText(self.style.leftIndent, self.height - ascent)
            written.setFillColor(fragment.textColor)
            written.setFont(fragment.fontName, fragment.fontSize, above + below)
            for line in self._lines:
                written._textOut(line, 1)
            canvas.drawText(written)
            canvas.restoreState()
        self._forget()


def install() -> None:
    """Keep xhtml2pdf's own paragraphs as they are when a page's end cuts them, so that they can be cut again.

    Their last line never stands alone on a page.
    """
    drawing.PmlParagraph.allowWidows = 0
    cut, broken = drawing.PmlParagraph.split, drawing.PmlParagraph.breakLinesCJK

    def split(self: Any, width: float, height: float) -> list[Any]:
        parts: list[Any] = cut(self, width, height)
        for part in parts:
            for fragment in part.frags:
                if isinstance(getattr(fragment, "text", None), bytes):
                    fragment.text = fragment.text.decode("utf8")
            # Of a single fragment it makes lines of a kind that it cannot cut.
            if len(part.frags) == 1:
                part.frags = [*part.frags, part.frags[0].clone(text="")]
        return parts

    def break_lines(self: Any, width: Any) -> Any:
        # Broken anew, in parts, a line may come out longer than the page has room for.
        return self.blPara if getattr(self, "_splitpara", 0) and hasattr(self, "blPara") else broken(self, width)

    drawing.PmlParagraph.split, drawing.PmlParagraph.breakLinesCJK = split, break_lines
