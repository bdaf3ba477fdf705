"""The same ERSA written by hand in ReportLab's platypus: the least that any engine on ReportLab can cost."""

import io
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Frame, LongTable, PageBreak, PageTemplate, Paragraph
from reportlab.platypus.tableofcontents import TableOfContents

from views.pdf import fonts

_RED = colors.HexColor("#aa2a16")
_LINE = colors.HexColor("#d3d6d8")


def _styles() -> dict[str, ParagraphStyle]:
    plain = ParagraphStyle("plain", fontName="Floor", fontSize=10.5, leading=14.9, spaceAfter=6)
    return {
        "plain": plain,
        "cell": ParagraphStyle("cell", plain, spaceAfter=0),
        "key": ParagraphStyle("key", plain, fontName="FloorBold", spaceAfter=0),
        "red": ParagraphStyle("red", plain, fontName="FloorBold", textColor=_RED),
        "h1": ParagraphStyle("h1", plain, fontName="FloorBold", fontSize=23, leading=27),
        "h2": ParagraphStyle(
            "h2", plain, fontName="FloorBold", fontSize=16, leading=20, spaceBefore=20, keepWithNext=1
        ),
        "h3": ParagraphStyle(
            "h3", plain, fontName="FloorBold", fontSize=12.5, leading=16, spaceBefore=11, keepWithNext=1
        ),
        "h4": ParagraphStyle(
            "h4", plain, fontName="FloorBold", leading=13.7, spaceBefore=8, spaceAfter=2, keepWithNext=1
        ),
    }


class _Document(BaseDocTemplate):
    def __init__(self, out: io.BytesIO, data: dict[str, Any]) -> None:
        super().__init__(out, pagesize=A4, title=data["title"], author=data["council"])
        self.data = data
        frame = Frame(20 * mm, 25 * mm, 170 * mm, 247 * mm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._edges))

    def _edges(self, canvas: Any, document: Any) -> None:
        canvas.setFont("Floor", 8)
        canvas.drawString(20 * mm, 280 * mm, f"{self.data['child']['name']} · {self.data['reference']}")
        canvas.drawString(20 * mm, 12 * mm, f"{self.data['form']} · page {canvas.getPageNumber()}")

    def afterFlowable(self, flowable: Any) -> None:
        if isinstance(flowable, Paragraph) and flowable.style.name == "h2":
            title = flowable.getPlainText()
            key = title.partition(".")[0]
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(title, key, 0)
            self.notify("TOCEntry", (0, title, self.page, key))


def maker(data: dict[str, Any], contents: bool) -> Any:
    """A function that makes the PDF of `data`; with `contents`, a second pass finds their page numbers."""
    pdfmetrics.registerFont(TTFont("Floor", fonts.FOLDER / "NotoSans-Regular.ttf"))
    pdfmetrics.registerFont(TTFont("FloorBold", fonts.FOLDER / "NotoSans-Bold.ttf"))
    pdfmetrics.registerFontFamily("Floor", normal="Floor", bold="FloorBold", italic="Floor", boldItalic="FloorBold")

    def make() -> bytes:
        out = io.BytesIO()
        document = _Document(out, data)
        story = _story(data, _styles(), contents)
        document.multiBuild(story) if contents else document.build(story)
        return out.getvalue()

    return make


def _story(data: dict[str, Any], styles: dict[str, ParagraphStyle], contents: bool) -> list[Any]:
    def says(words: str, style: str = "plain") -> Paragraph:
        return Paragraph(escape(words), styles[style])

    def answers(fields: list[dict[str, Any]]) -> list[Any]:
        shown: list[Any] = []
        table: list[Any] = []
        for field in [*fields, None]:
            if field and not field["long"]:
                lacks = "Missing" if field["missing"] and data["draft"] else "Not given"
                table.append([says(field["label"], "key"), says(field["value"] or lacks, "cell")])
                continue
            if table:
                shown.append(LongTable(table, colWidths=[61 * mm, 109 * mm], style=lines, spaceAfter=8))
                table = []
            if field and (field["value"] or data["draft"]):
                shown.append(says(field["label"], "h4"))
                shown += [says(line) for line in field["value"].split("\n")]
        return shown

    lines = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE)]
    story: list[Any] = [says(data["form"], "h1")]
    story.append(
        LongTable(
            [[says(word, "key"), says(value, "cell")] for word, value in data["child"].items()],
            colWidths=[51 * mm, 119 * mm],
        )
    )
    if contents:
        story.append(TableOfContents(levelStyles=[styles["cell"]]))
    story.append(PageBreak())
    for tab in data["tabs"]:
        story.append(says(f"{tab['number']}. {tab['title']}", "h2"))
        if tab["missing"]:
            story.append(says(f"Section {tab['number']} needs updating: {'; '.join(tab['missing'])}", "red"))
        for part in tab["parts"]:
            if part["title"]:
                story.append(says(part["title"], "h3"))
            if part["kind"] == "fields":
                story += answers(part["fields"])
            for row in part.get("rows", ()):
                story += [says(row["title"], "h4"), *answers(row["fields"])]
    return story
