"""How the story is laid on pages: contents in two passes, headings that stay with their text, the DRAFT mark.

Written for xhtml2pdf 0.2.28 and ReportLab 5.1.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import xhtml2pdf.xhtml2pdf_reportlab as engine
from reportlab.platypus import CondPageBreak
from reportlab.platypus.tables import Table

from views.pdf import tags

_mark: list[str] = []
_ROOM_FOR_TEXT = 54.0
_ROOM_PER_HEADING = 30.0


def mark(word: str) -> None:
    """Print `word` large and pale across each page of the next document; "" for none."""
    _mark[:] = [word] if word else []


def _headings(flowables: Iterable[Any]) -> Iterator[Any]:
    for flowable in flowables:
        if getattr(flowable, "outline", False):
            yield flowable
        for name in ("_content", "content", "flowables"):
            inner = getattr(flowable, name, None)
            if isinstance(inner, (list, tuple)):
                yield from _headings(inner)
        if isinstance(flowable, Table):
            for row in flowable._cellvalues:
                for cell in row:
                    if isinstance(cell, (list, tuple)):
                        yield from _headings(cell)


def _keeps(flowable: Any) -> bool:
    return bool(flowable.getKeepWithNext())


def _with_room(story: list[Any]) -> list[Any]:
    """`story` with each heading asking for room for a few lines after it instead of for all that follows.

    ReportLab moves a heading and the whole of the next paragraph or table to a new page: half-empty pages.
    """
    arranged: list[Any] = []
    index = 0
    while index < len(story):
        chain = index
        while chain < len(story) and _keeps(story[chain]):
            chain += 1
        if chain > index:
            arranged.append(CondPageBreak(_ROOM_FOR_TEXT + _ROOM_PER_HEADING * (chain - index)))
            for flowable in story[index:chain]:
                flowable.keepWithNext = 0
                arranged.append(flowable)
            index = chain
        else:
            arranged.append(story[index])
            index += 1
    return arranged


def _seed_contents(story: list[Any]) -> None:
    """Lay the contents out at their final length from the first pass on, so that the second is the last."""
    contents = [flowable for flowable in story if isinstance(flowable, engine.PmlTableOfContents)]
    if len(contents) != 1:
        return
    entries = [(heading.outlineLevel, engine.html_escape(str(heading.text)), 88, None) for heading in _headings(story)]
    if entries:
        contents[0]._lastEntries = contents[0]._entries = entries


def install() -> None:
    """Make every document built from now on follow these rules. Call once, after `tags.install()`."""
    build_all, build_once = engine.PmlBaseDoc.multiBuild, engine.PmlBaseDoc.build

    def multi_build(self: Any, story: list[Any], *args: Any, **options: Any) -> Any:
        story = _with_room(story)
        _seed_contents(story)
        return build_all(self, story, *args, **options)

    def build(self: Any, flowables: list[Any], *args: Any, **options: Any) -> Any:
        return build_once(self, _with_room(flowables), *args, **options)

    engine.PmlBaseDoc.multiBuild, engine.PmlBaseDoc.build = multi_build, build
    plain = engine.MarkedCanvas

    class DraftCanvas(plain):  # type: ignore[misc, valid-type]
        def showPage(self) -> None:
            if _mark:
                with tags.artifact(self, "Background"):
                    width, height = self._pagesize
                    self.saveState()
                    self.setFillAlpha(0.09)
                    self.setFillColorRGB(0.83, 0.21, 0.11)
                    self.translate(width / 2, height / 2)
                    self.rotate(54)
                    self.setFont("Helvetica-Bold", 150)
                    self.drawCentredString(0, -50, _mark[0])
                    self.restoreState()
            super().showPage()

    engine.MarkedCanvas = DraftCanvas
