"""Glyphs drawn as shapes, which no reader takes for text. For ReportLab 5.1."""

from collections.abc import Iterable
from typing import Any

from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase.pdfdoc import PDFFormXObject, PDFResourceDictionary

Placed = tuple[int, float, float]
"""A glyph and where it stands, from the left and from the baseline in thousandths of the size."""


class _Outline:
    """A pen that writes PDF operators."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._at = (0.0, 0.0)

    def _write(self, operator: str, *points: tuple[float, float]) -> None:
        self.written.append(" ".join([*(fp_str(*point) for point in points), operator]))
        self._at = points[-1]

    def moveTo(self, point: tuple[float, float]) -> None:
        self._write("m", point)

    def lineTo(self, point: tuple[float, float]) -> None:
        self._write("l", point)

    def curveTo(self, *points: tuple[float, float]) -> None:
        self._write("c", *points)

    def qCurveTo(self, turn: tuple[float, float], end: tuple[float, float]) -> None:
        (x, y), (u, v), (p, q) = self._at, turn, end
        self._write("c", ((x + 2 * u) / 3, (y + 2 * v) / 3), ((p + 2 * u) / 3, (q + 2 * v) / 3), end)

    def closePath(self) -> None:
        self.written.append("h")


def _form(shaper: Any, glyph: int) -> PDFFormXObject:
    """The shape of `glyph`, in its own units."""
    pen, box = _Outline(), shaper.get_glyph_extents(glyph)
    shaper.draw_glyph_with_pen(glyph, pen)
    form = PDFFormXObject(box.x_bearing, box.y_bearing + box.height, box.x_bearing + box.width, box.y_bearing)
    form.Resources = PDFResourceDictionary()
    form.setStreamList([*pen.written, "f"])
    return form


def operators(writer: Any, font: str, shaper: Any, glyphs: Iterable[Placed]) -> str:
    """The PDF operators that draw `glyphs` of `shaper`, which is called `font`, where the text object `writer` stands.

    Each shape is in the file once.
    """
    canvas, size, left, bottom = writer._canvas, writer._fontsize, writer._x, writer._y
    scale = fp_str(size / shaper.face.upem)
    drawn = []
    for glyph, x, y in glyphs:
        name = f"{font}.{glyph}"
        if not canvas.hasForm(name):
            canvas._doc.addForm(name, _form(shaper, glyph))
        if name not in canvas._formsinuse:
            canvas._formsinuse.append(name)
        place = fp_str(left + x * size / 1000, bottom + y * size / 1000)
        drawn.append(f"q {scale} 0 0 {scale} {place} cm /{canvas._doc.getXObjectName(name)} Do Q")
    return " ".join(drawn)
