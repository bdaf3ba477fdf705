"""How the story is laid on pages: headings that stay with their text, and the DRAFT mark.

Written for xhtml2pdf 0.2.28 and ReportLab 5.1.
"""

from typing import Any

import xhtml2pdf.reportlab_paragraph as paragraph
import xhtml2pdf.xhtml2pdf_reportlab as engine
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import CondPageBreak, PageBreak, Table
from reportlab.platypus.tables import CellStyle

from views.pdf import fonts, tags
from views.pdf.shaping import ShapingFont

_FACE = "a page's own"
# Under this name xhtml2pdf registers the bold face of the font that every document has.
_BOLD = f"{fonts.BASE.lower()}_10"
_mark: list[str] = []
_LINES_AFTER = 34.0
_FEW_HEADINGS = 90.0
_FEW_LINES = 70.0  # more than a paragraph that cannot be cut
_TALL = 250.0  # points: a table's first row that is taller flows over the page's end
_NEARLY_EMPTY = 350.0  # points left of the 700 that a page has
_LOW = 50.0  # points: a table's row that leaves no large gap where it goes to the next page
_PLENTY = 400.0  # points: room for any headings and what may begin under them


def mark(word: str) -> None:
    """Print `word` large and pale across each page of the next document; "" for none."""
    _mark[:] = [word] if word else []


class _Room(CondPageBreak):
    """A new page unless there is room for some headings and what may begin under them.

    ReportLab would move the headings and the whole of the next paragraph or table: half-empty pages.
    """

    def __init__(self, headings: list[Any], after: Any) -> None:
        super().__init__(0)
        self._headings, self._after = headings, after

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        # Nothing is measured where it cannot matter.
        if height > _PLENTY:
            return 0, 0
        self.height = above = 0.0  # the space kept after what comes before ends here
        for flowable in self._headings:
            _, tall = flowable.wrapOn(self.canv, width, height)
            self.height += _space_between(above, flowable) + tall
            above = max(flowable.getSpaceAfter(), 0)
            self.height += above
        if self._after is not None:
            self.height += _space_between(above, self._after)
            if self.height <= height < self.height + _TALL:
                self.height += self._beginning(width, height)
        return super().wrap(width, height)

    def _beginning(self, width: float, height: float) -> float:
        """How tall the least is that may stand of what comes next; of what is neither text nor table, a few lines."""
        if isinstance(self._after, Table):
            self._after.wrapOn(self.canv, width, height)
            rows, head = self._after._rowHeights, self._after._repeatCount()
            # The head and two rows, or one under many headings; nothing of a row that flows by itself.
            some = (2, 1) if self.height < _FEW_HEADINGS else (1,)
            return next((tall for n in some if (tall := sum(rows[: head + n])) < _TALL), 0)
        if height - self.height > _FEW_LINES or not isinstance(self._after, paragraph.Paragraph):
            return _LINES_AFTER
        _, tall = self._after.wrapOn(self.canv, width, height)
        lines = len(getattr(self._after, "_lines", None) or self._after.blPara.lines)
        # neither the first nor the last line stands alone
        return tall if lines < 4 else tall - (lines - 2) * self._after.style.leading


def _space_between(above: float, flowable: Any) -> float:
    """How much `flowable` adds to the space that is kept after what it follows."""
    return max(flowable.getSpaceBefore() - above, 0)


def _is_heading(flowable: Any) -> bool:
    return bool(getattr(flowable, "staysWithText", False) or flowable.getKeepWithNext())


def _with_room(story: list[Any]) -> list[Any]:
    """`story` with each group of headings asking for room instead of holding on to all that follows it.

    A new page that is asked for is not begun where this one is nearly empty.
    """
    story = [CondPageBreak(_NEARLY_EMPTY) if type(flowable) is PageBreak else flowable for flowable in story]
    arranged: list[Any] = []
    headings: list[Any] = []
    for flowable in [*story, None]:
        if flowable is not None and _is_heading(flowable):
            flowable.staysWithText, flowable.keepWithNext = True, 0
            headings.append(flowable)
            continue
        if headings:
            arranged += [_Room(headings, flowable), *headings]
            headings = []
        if flowable is not None:
            arranged.append(flowable)
    return arranged


def _rule_of_the_head_stays(kind: Any) -> None:
    """Under a table's head that is repeated on a next page stands its own rule, not that of the row before the cut."""
    usual = kind._splitLineCmds

    def split(self: Any, n: int, doInRowSplit: int = 0) -> list[Any]:
        lines: list[Any] = usual(self, n, doInRowSplit=doInRowSplit)
        if not self._repeatCount():
            return lines
        return [it for it in lines if it[0] != "LINEABOVE" or it[1][1] != n or it in self._linecmds]

    kind._splitLineCmds = split


def _no_row_alone(kind: Any) -> None:
    """The last row of a table takes the one before it along to the next page."""
    usual = kind.split

    def split(self: Any, width: float, height: float) -> list[Any]:
        parts: list[Any] = usual(self, width, height)
        if len(parts) != 2 or parts[1]._rowCutTop:
            return parts
        head = self._repeatCount()
        stay, go = (part._nrows - head for part in parts)
        rows = self._rowHeights
        if go != 1 or stay < 3 or rows[-2] > _LOW:
            return parts
        fewer: list[Any] = usual(self, width, sum(rows[:-2]) + 0.01)
        # one of the two would still find room on this page
        return [fewer[0], CondPageBreak(sum(rows[-2:])), fewer[1]] if len(fewer) == 2 else parts

    kind.split = split


def line_extent(ascent: float, descent: float, leading: float) -> tuple[float, float]:
    """How far a line reaches above and below its baseline, in points: `leading` in all, more for taller letters."""
    below = max(leading / 6, -descent)
    return max(leading - below, ascent), below


def install() -> None:
    """Make every document built from now on follow these rules. Call once, after `tags.install()`."""
    build_as_is = engine.PmlBaseDoc.build

    def build(self: Any, flowables: list[Any], *args: Any, **options: Any) -> Any:
        return build_as_is(self, _with_room(flowables), *args, **options)

    engine.PmlBaseDoc.build = build
    _rule_of_the_head_stays(engine.PmlTable)
    _no_row_alone(engine.PmlTable)
    # Pages and cells begin with a font; ReportLab's own is one that no file embeds.
    pdfmetrics.registerFont(ShapingFont(_FACE, fonts.every()[0].regular))
    CellStyle.fontname = _FACE
    # Otherwise lines stand apart as asked in the rest of a paragraph that a page's end has cut, and wider elsewhere.
    paragraph._maxLeadingExtent = lambda line, leading: line_extent(line.ascent, line.descent, leading)
    plain = engine.MarkedCanvas

    class DraftCanvas(plain):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "initialFontName": _FACE})

        def showPage(self) -> None:
            if _mark:
                with tags.artifact(self, "Background"):
                    width, height = self._pagesize
                    self.saveState()
                    self.setFillAlpha(0.09)
                    self.setFillGray(0.2)  # red is for what is missing
                    self.translate(width / 2, height / 2)
                    self.rotate(54)
                    self.setFont(_BOLD, 150)
                    self.drawCentredString(0, -50, _mark[0])
                    self.restoreState()
            super().showPage()

    engine.MarkedCanvas = DraftCanvas
