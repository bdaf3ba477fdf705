"""HarfBuzz shaping for xhtml2pdf: letters that join, reorder or carry marks look as their readers know them.

xhtml2pdf breaks lines and draws with its own paragraph, which never asks ReportLab to shape. Both measure
with `font.stringWidth()` and draw with `PDFTextObject._formatText()`: a font class and that method will do.
Written for xhtml2pdf 0.2.28 and ReportLab 5.1.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import reportlab.pdfbase.ttfonts as ttfonts
import uharfbuzz
import xhtml2pdf.context
import xhtml2pdf.util
from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapeData, ShapedStr, TTFont
from reportlab.pdfgen.textobject import PDFTextObject
from xhtml2pdf.bidi import mirrored

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
_NOTHING = "\u200b"
_NON_JOINER = "\u200c"
_JOINERS = f"{_NON_JOINER}\u200d"
# Thousandths of the size. To Poppler a letter is the shadow of one less than 100 from it, and far from it another word.
_JOINER_WIDTH = 120
_REMEMBERED = 20_000


class ShapingFont(TTFont):
    """An embedded font whose text is measured and drawn as HarfBuzz shapes it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "shapable": True})
        self._shaper = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(self.face._ttf_data)))
        self._unseen = _add_space(self.face)
        self._private_of_glyph: dict[int, int] = {}
        self._text_of_private: dict[int, str] = {}
        self._next_private = _PRIVATE_FIRST
        self._remembered: dict[tuple[str, str], tuple[ShapedStr, float]] = {}
        self._said: dict[str, str] = {}

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
        if direction == "rtl":
            buffer.invisible_glyph = self._unseen
        uharfbuzz.shape(self._shaper, buffer, {"kern": True, "liga": True})
        infos, scale = buffer.glyph_infos, self.pdfScale
        starts = sorted({info.cluster for info in infos})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        codes = [
            _unseen(text[info.cluster : ends[info.cluster]])
            if info.codepoint == self._unseen
            else self._character_of(info.codepoint)
            for info in infos
        ]
        known_in: dict[int, list[int]] = {}
        for info, code in zip(infos, codes, strict=True):
            known_in.setdefault(info.cluster, []).append(code)
        characters, positions, told = [], [], set()
        for info, code, place in zip(infos, codes, buffer.glyph_positions, strict=True):
            if _PRIVATE_FIRST <= code <= _PRIVATE_LAST:
                # The letters of the cluster that no glyph of its own stands for; the first such glyph tells them.
                part = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
                told.add(info.cluster)
                own = {chr(code) for code in known_in[info.cluster]}
                self._text_of_private.setdefault(code, "".join(one for one in part if one not in own) or _NOTHING)
            characters.append(chr(code))
            aside = _JOINER_WIDTH if characters[-1] in _JOINERS else 0
            positions.append(
                ShapeData(
                    info.cluster,
                    scale(place.x_advance),
                    scale(place.y_advance),
                    scale(place.x_offset) - aside,
                    scale(place.y_offset),
                    self.face.charWidths.get(code, 0),
                )
            )
        return characters, positions

    def shaped(self, text: str, direction: str = "ltr") -> tuple[ShapedStr, float]:
        """`text`, which is in reading order and of one direction, shaped in drawing order; its width at size 1."""
        key = (text, direction)
        known = self._remembered.get(key)
        if known is None:
            characters, positions = self._shape(text, direction)
            width = sum(placed.x_advance for placed in positions) / 1000
            known = ShapedStr("".join(characters), shapeData=positions), width
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = known
        return known

    def letters(self, code: int) -> str:
        """What a reader takes the glyph drawn for `code` to be."""
        return self._text_of_private.get(code) or _letters(code) or chr(code)

    def said(self, text: str) -> str:
        """What has to be said of `text`, drawn from right to left, so that readers get it right; "" for nothing."""
        known = self._said.get(text)
        if known is None:
            if len(self._said) > _REMEMBERED:
                self._said.clear()
            known = self._said[text] = _to_say(self, text)
        return known

    def stringWidth(self, text: str | bytes, size: float, encoding: str = "utf8") -> float:
        if isinstance(text, bytes):
            text = text.decode(encoding)
        if not text or isinstance(text, ShapedStr) or not _COMPLEX.search(text):
            return float(super().stringWidth(text, size, encoding))
        return sum(self.shaped(part, direction)[1] for part, direction in _parts(text)) * size

    def addObjects(self, doc: Any) -> None:
        _naming.append(self)
        try:
            super().addObjects(doc)
        finally:
            _naming.pop()


def _add_space(face: Any) -> int:
    """A new glyph of `face`, for joiners to be copied by: without ink, where many fonts draw a sign for theirs."""
    glyph = len(face.hmetrics)
    face.hmetrics.append((_JOINER_WIDTH, 0))
    face.glyphPos.append(face.glyphPos[-1])
    for joiner in map(ord, _JOINERS):
        face.charToGlyph[joiner], face.charWidths[joiner] = glyph, _JOINER_WIDTH
    return glyph


def _unseen(cluster: str) -> int:
    """What a glyph without ink is copied as: the joiner in the `cluster` of letters it comes from, else a space."""
    return ord(next((letter for letter in cluster if letter in _JOINERS), " "))


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


def _parts(text: str) -> list[tuple[str, str]]:
    """`text` cut into (part, direction), to be measured."""
    found, position = [], 0
    for turned in _RIGHT_TO_LEFT.finditer(text):
        if turned.start() > position:
            found.append((text[position : turned.start()], "ltr"))
        # Joiners alone turn nothing.
        found.append((turned.group(0), "rtl" if turned.group(0).strip(_JOINERS) else "ltr"))
        position = turned.end()
    return [*found, (text[position:], "ltr")] if position < len(text) else found


def width(font: Any, text: str, level: int) -> float:
    """How wide `text`, which is of one direction, is in `font` at size 1; an odd `level` runs from right to left."""
    if level % 2 and isinstance(font, ShapingFont):
        return font.shaped(text, "rtl")[1]
    return float(font.stringWidth(text, 1))


def operators(writer: Any, text: str, level: int, base: str) -> str:
    """The PDF operators that draw `text`, of one direction, where the text object `writer` stands in a line of `base`.

    `base` is "L" or "R", for which PDFium orders the parts of a word with a joiner differently.
    """
    font = pdfmetrics.getFont(writer._fontname)
    if not level % 2 or not isinstance(font, ShapingFont):
        return str(writer._formatText(text))
    drawn = _operators(writer, font, font.shaped(text, "rtl")[0])
    said = font.said(text) or (text[::-1] if base == "L" and _NON_JOINER in text else "")
    return _saying(drawn, said) if said else drawn


def _to_say(font: ShapingFont, text: str) -> str:
    marked = any(unicodedata.category(letter)[0] == "M" for letter in text)
    taken = "".join(font.letters(ord(code)) for code in reversed(font.shaped(text, "rtl")[0]))
    if not marked and taken == "".join(mirrored(letter, 1) for letter in text):
        return ""
    # Readers take what is said of a word like its letters, from left to right, and turn it round one by one. They do
    # not turn round a mark that comes first.
    said = text[::-1]
    return f"\u200f{said}" if unicodedata.category(said.lstrip()[:1] or " ")[0] == "M" else said


def _saying(drawn: str, text: str) -> str:
    return f"/Span<</ActualText<FEFF{text.encode('utf-16-be').hex().upper()}>>>BDC {drawn} EMC"


def _format_text(self: Any, text: Any) -> str:
    font = pdfmetrics.getFont(self._fontname)
    if isinstance(font, ShapingFont) and text and not isinstance(text, ShapedStr):
        if isinstance(text, bytes):
            text = text.decode("utf8")
        if _COMPLEX.search(text):
            return _saying(_operators(self, font, font.shaped(text)[0]), text)
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


def split(text: str, faces: Sequence[str]) -> list[tuple[str, str]]:
    """`text` as (run, face), each run in the first of the registered `faces` that can draw it."""
    if not text or not faces:
        return []
    first = _coverage(faces[0])
    if len(faces) < 2 or first.issuperset(map(ord, text)):
        return [(text, faces[0])]
    return fonts.runs(text, faces, {face: _coverage(face) for face in faces})


def install() -> None:
    """Make every font embedded from now on a shaping one, and keep marks with their letters. Call once."""
    xhtml2pdf.context.TTFont = ShapingFont
    xhtml2pdf.context.split_by_coverage = split
    # HarfBuzz joins Arabic letters itself; presentation forms would keep it from doing so.
    xhtml2pdf.util._reshape_for = lambda text, font_name: text
    PDFTextObject._formatText = _format_text
    ttfonts.makeToUnicodeCMap = _to_unicode
