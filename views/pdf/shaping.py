"""HarfBuzz shaping for xhtml2pdf: letters that join, reorder or carry marks look as their readers know them.

xhtml2pdf breaks lines and draws with its own paragraph, which never asks ReportLab to shape. Both measure
with `font.stringWidth()` and draw with `PDFTextObject._formatText()`: a font class and that method will do.
Written for xhtml2pdf 0.2.28 and ReportLab 5.1.
"""

import re
import unicodedata
from typing import Any

import reportlab.pdfbase.ttfonts as ttfonts
import uharfbuzz
import xhtml2pdf.context
import xhtml2pdf.util
from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapeData, ShapedStr, TTFont
from reportlab.pdfgen.textobject import PDFTextObject

from views.pdf import fonts

# Scripts that cannot be drawn one code point to one glyph.
_COMPLEX = re.compile(
    "[\u0300-\u036f\u0590-\u08ff\u0900-\u0dff\u0e00-\u109f\u1780-\u17ff\u200c\u200d\ufb1d-\ufdff\ufe70-\ufefc]"
)
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u065f\u066a-\u06ef\u06fa-\u07bf\u0840-\u08ff\u200c\u200d\ufb1d-\ufdff\ufe70-\ufefc]+"
)
_JOINED_FORMS = {*range(0xFB1D, 0xFE00), *range(0xFE70, 0xFEFD)}
_PRIVATE_FIRST, _PRIVATE_LAST = 0xE000, 0xEFFF
_REMEMBERED = 20_000


class ShapingFont(TTFont):
    """An embedded font whose text is measured and drawn as HarfBuzz shapes it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "shapable": True})
        self._shaper = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(self.face._ttf_data)))
        self._private_of_glyph: dict[int, int] = {}
        self._text_of_private: dict[int, str] = {}
        self._next_private = _PRIVATE_FIRST
        self._remembered: dict[tuple[str, bool], tuple[ShapedStr, float, str]] = {}

    def _character_of(self, glyph: int) -> int:
        """A code point that ReportLab maps to `glyph`; a private one where the font itself has none."""
        face = self.face
        known = face.glyphToChar.get(glyph)
        if known:
            return known[0]
        if glyph not in self._private_of_glyph:
            while self._next_private in face.charToGlyph:
                self._next_private += 1
            if self._next_private > _PRIVATE_LAST:
                raise ValueError(f"{self.fontName} has more unnamed glyphs than the private area can name")
            code = self._private_of_glyph[glyph] = self._next_private
            face.charToGlyph[code] = glyph
            face.glyphToChar.setdefault(glyph, []).append(code)
            face.charWidths[code] = self.pdfScale(self._shaper.get_glyph_h_advance(glyph))
        return self._private_of_glyph[glyph]

    def _shape(self, text: str, direction: str) -> tuple[list[str], list[ShapeData]]:
        """The characters and positions, in drawing order, of one run of `text` in reading order."""
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        # Not as guessed: the digits of Arabic script run from left to right.
        buffer.direction = direction
        uharfbuzz.shape(self._shaper, buffer, {"kern": True, "liga": True})
        infos, scale = buffer.glyph_infos, self.pdfScale
        starts = sorted({info.cluster for info in infos})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        characters, positions, told = [], [], set()
        for info, place in zip(infos, buffer.glyph_positions, strict=True):
            code = self._character_of(info.codepoint)
            if _PRIVATE_FIRST <= code <= _PRIVATE_LAST:
                part = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
                self._text_of_private.setdefault(code, part)
            told.add(info.cluster)
            characters.append(chr(code))
            positions.append(
                ShapeData(
                    info.cluster,
                    scale(place.x_advance),
                    scale(place.y_advance),
                    scale(place.x_offset),
                    scale(place.y_offset),
                    self.face.charWidths.get(code, 0),
                )
            )
        return characters, positions

    def shaped(self, text: str, visual: bool) -> tuple[ShapedStr, float, str]:
        """`text` shaped, its width at size 1, and its reading order; `visual`: it comes in drawing order."""
        key = (text, visual)
        known = self._remembered.get(key)
        if known:
            return known
        characters: list[str] = []
        positions: list[ShapeData] = []
        reading: list[str] = []

        def add(part: str, direction: str) -> None:
            some, placed = self._shape(part, direction)
            characters.extend(some)
            positions.extend(placed)
            reading.append(part)

        position, turned = 0, False
        for token in _RIGHT_TO_LEFT.finditer(text):
            if not token.group(0).strip("\u200c\u200d"):
                continue
            turned = True
            if token.start() > position:
                add(text[position : token.start()], "ltr")
            add(token.group(0)[::-1] if visual else token.group(0), "rtl")
            position = token.end()
        if position < len(text):
            add(text[position:], "ltr")
        width = sum(placed.x_advance for placed in positions) / 1000
        original = "".join(reversed(reading)) if turned and visual else text
        result = (ShapedStr("".join(characters), shapeData=positions), width, original)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = result
        return result

    def stringWidth(self, text: str | bytes, size: float, encoding: str = "utf8") -> float:
        if isinstance(text, bytes):
            text = text.decode(encoding)
        if not text or isinstance(text, ShapedStr) or not _COMPLEX.search(text):
            return float(super().stringWidth(text, size, encoding))
        return self.shaped(text, False)[1] * size

    def addObjects(self, doc: Any) -> None:
        _naming.append(self)
        try:
            super().addObjects(doc)
        finally:
            _naming.pop()


_naming: list[ShapingFont] = []
_plain_cmap = ttfonts.makeToUnicodeCMap
_plain_format = PDFTextObject._formatText


def _operators(writer: Any, font: ShapingFont, shaped: ShapedStr) -> str:
    """The PDF operators that draw `shaped`; ReportLab's own writer fails on a first glyph that is raised."""
    canvas, size, rise = writer._canvas, writer._fontsize, writer._rise
    escape, places = canvas._escape, shaped.__shapeData__
    written, done = [], 0
    for subset, codes in font.splitString(shaped, canvas._doc):
        if subset != writer._curSubset:
            name = font.getSubsetInternalName(subset, canvas._doc)
            written.append(f"{name} {fp_str(size)} Tf {fp_str(writer._leading)} TL")
            writer._curSubset = subset
        index = 0
        while index < len(codes):
            raised = places[done + index].y_offset
            parts: list[str] = []
            letters, move = b"", 0.0
            while index < len(codes) and places[done + index].y_offset == raised:
                place = places[done + index]
                move -= place.x_offset
                if abs(move) > 1e-6:
                    if letters:
                        parts.append(f"({escape(letters)})")
                        letters = b""
                    parts.append(fp_str(move))
                    move = 0.0
                letters += codes[index : index + 1]
                move += place.width - place.x_advance + place.x_offset
                index += 1
            if letters:
                parts.append(f"({escape(letters)})")
            if abs(move) > 1e-6:
                parts.append(fp_str(move))
            line = f"[{' '.join(parts)}] TJ"
            if raised:
                line = f"{fp_str(rise + size * raised / 1000)} Ts {line} {fp_str(rise)} Ts"
            written.append(line)
        done += len(codes)
    return " ".join(written)


def _format_text(self: Any, text: Any) -> str:
    font = pdfmetrics.getFont(self._fontname)
    if isinstance(font, ShapingFont) and text and not isinstance(text, ShapedStr):
        if isinstance(text, bytes):
            text = text.decode("utf8")
        if _COMPLEX.search(text):
            shaped, _, original = font.shaped(text, True)
            drawn = _operators(self, font, shaped)
            if original != text:
                # Readers turn right-to-left runs round themselves, and would turn an ActualText round again.
                return drawn
            return f"/Span<</ActualText<FEFF{original.encode('utf-16-be').hex().upper()}>>>BDC {drawn} EMC"
    return str(_plain_format(self, text))


def _letters(code: int) -> str:
    """What stands for `code` in copied text where that is not the code itself: the letter of a joined form.

    A ligature stays: readers turn right-to-left text round letter by letter, and would turn its letters too.
    """
    if code in _JOINED_FORMS:
        letter = unicodedata.normalize("NFKC", chr(code)).strip()
        return letter if len(letter) == 1 else ""
    return chr(code) if code > 0xFFFF else ""


def _to_unicode(name: str, subset: list[int]) -> str:
    """ReportLab's map from glyphs to text, in UTF-16 and with the letters that shaped glyphs stand for."""
    made = str(_plain_cmap(name, subset))
    texts = _naming[-1]._text_of_private if _naming else {}
    for code in subset:
        text = texts.get(code) or _letters(code)
        if text:
            made = made.replace(f"<{code:04X}>", f"<{text.encode('utf-16-be').hex().upper()}>")
    return made


def _coverage(face: str) -> frozenset[int]:
    known = xhtml2pdf.util._coverage(face)
    return known if known is not None else frozenset()


def _split(text: str, faces: list[str]) -> list[tuple[str, str]]:
    if not text or not faces:
        return []
    first = _coverage(faces[0])
    if len(faces) < 2 or first.issuperset(map(ord, text)):
        return [(text, faces[0])]
    return fonts.runs(text, faces, {face: _coverage(face) for face in faces})


def install() -> None:
    """Make every font embedded from now on a shaping one, and keep marks with their letters. Call once."""
    xhtml2pdf.context.TTFont = ShapingFont
    xhtml2pdf.context.split_by_coverage = _split
    # HarfBuzz joins Arabic letters itself; presentation forms would keep it from doing so.
    xhtml2pdf.util._reshape_for = lambda text, font_name: text
    PDFTextObject._formatText = _format_text
    ttfonts.makeToUnicodeCMap = _to_unicode
