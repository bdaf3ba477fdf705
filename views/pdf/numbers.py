"""Page numbers that are known only when the last page is drawn, so that a document is laid out only once.

A template writes a sign where such a number belongs; it is measured as digits, kept out of the page until the end, and
then written as text. Written for xhtml2pdf 0.2.28 and ReportLab 5.1.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import xhtml2pdf.context
import xhtml2pdf.util
import xhtml2pdf.xhtml2pdf_reportlab as engine
from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.textobject import PDFTextObject

from views.pdf.shaping import ShapingFont

_FIRST_SECTION, _LAST_SECTION = 0xF000, 0xF7FF
THIS_PAGE, LAST_PAGE = "\uf8fe", "\uf8ff"
_SIGNS = {THIS_PAGE, LAST_PAGE, *map(chr, range(_FIRST_SECTION, _LAST_SECTION + 1))}
_MEASURED = dict.fromkeys(map(ord, _SIGNS), "00")


def page_of(section: int) -> str:
    """The sign for the number of the page on which the element with the id `section-<section>` stands."""
    return chr(_FIRST_SECTION + section)


@dataclass(frozen=True)
class _Waiting:
    """A run of text that holds signs, where it stands, and the state of the text object around it."""

    font: ShapingFont
    size: float
    leading: float
    subset: int
    text: str
    page: int

    def operators(self, canvas: Any, numbers: dict[str, int]) -> str:
        """The PDF operators that draw the text with its `numbers`, ending where the text was measured to end."""
        document = canvas._doc
        written = self.text.replace(THIS_PAGE, str(self.page))
        for sign in _SIGNS.intersection(written):
            written = written.replace(sign, str(numbers.get(sign, "")))
        gap = self.font.stringWidth(self.text, 1000) - self.font.stringWidth(written, 1000)
        parts = [self._choose(self.subset, document), f"[{fp_str(-gap)}] TJ"]
        for subset, codes in self.font.splitString(written, document):
            parts.append(f"{self._choose(subset, document)} ({canvas._escape(codes)}) Tj")
        return " ".join([*parts, self._choose(self.subset, document)])

    def _choose(self, subset: int, document: Any) -> str:
        name = self.font.getSubsetInternalName(subset, document)
        return f"{name} {fp_str(self.size)} Tf {fp_str(self.leading)} TL"


def _place(number: int) -> str:
    # A character that text in a page's content is never written with.
    return f"\x01{number}\x01"


_PLACE = re.compile("\x01(\\d+)\x01")


def install() -> None:
    """Make signs work in every document made from now on. Call once, after `shaping.install()`."""
    format_text, measure, drawable = (
        PDFTextObject._formatText,
        ShapingFont.stringWidth,
        xhtml2pdf.util.font_has_glyph,
    )

    def has_glyph(face: str, character: str) -> bool:
        return character in _SIGNS or bool(drawable(face, character))

    def string_width(self: ShapingFont, text: Any, size: float, encoding: str = "utf8") -> float:
        if isinstance(text, bytes):
            text = text.decode(encoding)
        if not _SIGNS.isdisjoint(text):
            text = text.translate(_MEASURED)
        return measure(self, text, size, encoding)

    def format_with_signs(self: Any, text: Any) -> str:
        font = pdfmetrics.getFont(self._fontname)
        if not isinstance(text, str) or _SIGNS.isdisjoint(text) or not isinstance(font, ShapingFont):
            return str(format_text(self, text))
        canvas = self._canvas
        # Digits that are first needed at the end would come too late for the font.
        font.splitString("0123456789", canvas._doc)
        subset = max(self._curSubset, 0)
        waiting = _Waiting(font, self._fontsize, self._leading, subset, text, canvas.getPageNumber())
        canvas.waiting.append(waiting)
        return _place(len(canvas.waiting) - 1)

    xhtml2pdf.context.font_has_glyph = has_glyph
    ShapingFont.stringWidth = string_width  # type: ignore[method-assign]
    PDFTextObject._formatText = format_with_signs
    plain = engine.MarkedCanvas

    class NumberingCanvas(plain):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **options: Any) -> None:
            self.waiting: list[_Waiting] = []
            self.sections: dict[str, int] = {}
            super().__init__(*args, **options)

        def bookmarkHorizontal(self, key: str, *args: Any, **options: Any) -> Any:
            self.sections[key] = self.getPageNumber()
            return super().bookmarkHorizontal(key, *args, **options)

        def again(self, code: str) -> str:
            """`code`, which was written on an earlier page, with the number of this page where it has its own."""

            def here(found: re.Match[str]) -> str:
                self.waiting.append(replace(self.waiting[int(found[1])], page=self.getPageNumber()))
                return _place(len(self.waiting) - 1)

            return _PLACE.sub(here, code)

        def save(self) -> Any:
            if self._code:
                self.showPage()
            numbers = {LAST_PAGE: self.getPageNumber() - 1}
            for key, page in self.sections.items():
                name, _, section = key.rpartition("-")
                if name == "section" and section.isdecimal():
                    numbers[page_of(int(section))] = page
            for number, waiting in enumerate(self.waiting):
                page = self._doc.Pages.pages[waiting.page - 1]
                page.stream = page.stream.replace(_place(number), waiting.operators(self, numbers))
            return super().save()

    engine.MarkedCanvas = NumberingCanvas
