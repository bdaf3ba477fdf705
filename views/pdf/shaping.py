"""HarfBuzz shaping for xhtml2pdf: letters that join, reorder or carry marks look as their readers know them.

xhtml2pdf breaks lines and draws with its own paragraph, which never asks ReportLab to shape. Both measure
with `font.stringWidth()` and draw with `PDFTextObject._formatText()`: a font class and that method will do.

What is copied: from left to right, what is said of a run (`ActualText`). From right to left PDFium (126 to 159, but
for 153, which turns nothing round) needs each letter's glyph in its place, marks and joiners too, and Poppler the word
said backwards: so glyphs without ink carry marks and joiners, the marks' ink is drawn as shapes, and both are written.
A row of a table counts as one line to PDFium: where its label has more words than the answer, parts of a marked word
may be copied in another order.
Written for xhtml2pdf 0.2.28 and ReportLab 5.1.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import reportlab.pdfbase.ttfonts as ttfonts
import uharfbuzz
import xhtml2pdf.context
import xhtml2pdf.util
from reportlab.lib.rl_accel import fp_str
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapeData, ShapedStr, TTFont
from reportlab.pdfgen.textobject import PDFTextObject
from xhtml2pdf.bidi import mirrored

from views.pdf import fonts, ink

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
_JOINERS = "\u200c\u200d"
_UNSEEN_WIDTH = 120  # thousandths of the size: PDFium does not always copy what has no width
_REMEMBERED = 20_000


class Run(NamedTuple):
    """Text as it is drawn, in drawing order; `width` is at size 1.

    `apart` are marks that are drawn as shapes.
    """

    drawn: ShapedStr
    width: float
    apart: tuple[ink.Placed, ...]


class ShapingFont(TTFont):
    """An embedded font whose text is measured and drawn as HarfBuzz shapes it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "shapable": True})
        self._face = uharfbuzz.Face(uharfbuzz.Blob(self.face._ttf_data))
        self.shaper = uharfbuzz.Font(self._face)
        self._unseen = _add_unseen(self.face)
        self._private_of_glyph: dict[int, int] = {}
        self._text_of_private: dict[int, str] = {}
        self._next_private = _PRIVATE_FIRST
        self._carriers: dict[str, int] = {}
        self._remembered: dict[tuple[str, str], Run] = {}
        self._said: dict[str, str] = {}

    def _character_of(self, glyph: int) -> int:
        """A code point that ReportLab maps to `glyph`; a private one where the font itself has none."""
        face = self.face
        known = face.glyphToChar.get(glyph)
        if known:
            return known[0]
        if glyph not in self._private_of_glyph:
            code = self._private(glyph, self.pdfScale(self.shaper.get_glyph_h_advance(glyph)))
            self._private_of_glyph[glyph] = code
            face.glyphToChar.setdefault(glyph, []).append(code)
        return self._private_of_glyph[glyph]

    def _private(self, glyph: int, width: float) -> int:
        """A new code point for `glyph`, which is `width` thousandths of the size wide."""
        face = self.face
        while self._next_private in face.charToGlyph:
            self._next_private += 1
        if self._next_private > _PRIVATE_LAST:
            raise ValueError(f"{self.fontName} has more unnamed glyphs than the private area can name")
        code = self._next_private
        face.charToGlyph[code], face.charWidths[code] = glyph, width
        return code

    def _carrier_of(self, mark: str) -> int:
        """A code point without ink that is copied as `mark`."""
        if mark not in self._carriers:
            self._carriers[mark] = self._private(self._unseen, _UNSEEN_WIDTH)
            self._text_of_private[self._carriers[mark]] = mark
        return self._carriers[mark]

    def _shape(self, text: str, direction: str) -> "Run":
        """One run of `text` in reading order, in drawing order."""
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        # Not as guessed: the digits of Arabic script run from left to right.
        buffer.direction = direction
        if direction == "rtl":
            buffer.invisible_glyph = self._unseen
        uharfbuzz.shape(self.shaper, buffer, {"kern": True, "liga": True})
        infos, scale = buffer.glyph_infos, self.pdfScale
        starts = sorted({info.cluster for info in infos})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        parts = {start: text[start : ends[start]] for start in starts}
        carried = self._carried(parts, infos) if direction == "rtl" else {}
        codes = [
            _unseen(parts[info.cluster]) if info.codepoint == self._unseen else self._character_of(info.codepoint)
            for info in infos
        ]
        own_in = {start: set(carried.get(start, "")) for start in starts}
        for info, code in zip(infos, codes, strict=True):
            own_in[info.cluster].add(chr(code))
        characters, positions, told, apart, width = [], [], set(), [], 0.0
        for info, code, place in zip(infos, codes, buffer.glyph_positions, strict=True):
            if info.cluster in carried and self._is_mark(info.codepoint):
                apart.append((info.codepoint, width + scale(place.x_offset), scale(place.y_offset)))
                marks, carried[info.cluster] = carried[info.cluster], ""
                characters += [chr(self._carrier_of(mark)) for mark in reversed(marks)]
                positions += [ShapeData(info.cluster, 0, 0, 0, 0, _UNSEEN_WIDTH)] * len(marks)
                continue
            if _PRIVATE_FIRST <= code <= _PRIVATE_LAST:
                # The letters of the cluster that no glyph of its own stands for; the first such glyph tells them.
                part = "" if info.cluster in told else parts[info.cluster]
                told.add(info.cluster)
                rest = "".join(one for one in part if one not in own_in[info.cluster])
                self._text_of_private.setdefault(code, rest or _NOTHING)
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
            width += scale(place.x_advance)
        return Run(ShapedStr("".join(characters), shapeData=positions), width / 1000, tuple(apart))

    def _is_mark(self, glyph: int) -> bool:
        return self._face.get_layout_glyph_class(glyph) == uharfbuzz.OTLayoutGlyphClass.MARK

    def _carried(self, parts: dict[int, str], infos: Sequence[Any]) -> dict[int, str]:
        """By cluster, the marks in it, where they have glyphs of their own."""
        drawn = {info.cluster for info in infos if self._is_mark(info.codepoint)}
        return {start: _marks(part) for start, part in parts.items() if start in drawn and _marks(part)}

    def shaped(self, text: str, direction: str = "ltr") -> "Run":
        """`text`, which is in reading order and of one direction."""
        key = (text, direction)
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = self._shape(text, direction)
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
        return sum(self.shaped(part, direction).width for part, direction in _parts(text)) * size

    def addObjects(self, doc: Any) -> None:
        _naming.append(self)
        try:
            super().addObjects(doc)
        finally:
            _naming.pop()


def _add_unseen(face: Any) -> int:
    """A new glyph of `face` without ink, which joiners and marks are copied by."""
    glyph = len(face.hmetrics)
    face.hmetrics.append((_UNSEEN_WIDTH, 0))
    face.glyphPos.append(face.glyphPos[-1])
    for joiner in map(ord, _JOINERS):
        # Many fonts draw a sign for theirs.
        face.charToGlyph[joiner], face.charWidths[joiner] = glyph, _UNSEEN_WIDTH
    return glyph


def _marks(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter)[0] == "M")


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
        return font.shaped(text, "rtl").width
    return float(font.stringWidth(text, 1))


def operators(writer: Any, text: str, level: int, turned: bool) -> str:
    """The PDF operators that draw `text`, of one direction, where the text object `writer` stands.

    `turned` is whether the most of its line runs from right to left.
    """
    font = pdfmetrics.getFont(writer._fontname)
    if not level % 2 or not isinstance(font, ShapingFont):
        return str(writer._formatText(text))
    run = font.shaped(text, "rtl")
    drawn = _operators(writer, font, run.drawn)
    if said := font.said(text):
        drawn = _saying(_unsaid(drawn) if turned else drawn, said)
    return f"{drawn} ET {ink.operators(writer, font.fontName, font.shaper, run.apart)} BT" if run.apart else drawn


def _to_say(font: ShapingFont, text: str) -> str:
    taken = "".join(font.letters(ord(code)) for code in reversed(font.shaped(text, "rtl").drawn))
    if taken == "".join(mirrored(letter, 1) for letter in text) and not _marks(text) and not set(_JOINERS) & set(text):
        return ""
    # Readers take what is said of a word like its letters, from left to right, and turn it round one by one. They do
    # not turn round a mark that comes first.
    said = text[::-1]
    return f"\u200f{said}" if _marks(said.lstrip()[:1]) or said[0] in _JOINERS else said


def _unsaid(drawn: str) -> str:
    """`drawn`, for PDFium to copy by its glyphs whatever is said around it.

    To PDFium what is said inside counts, and nothing means the glyphs; to Poppler, and to the letter of the standard,
    what is said outside does. PDFium 156 takes the parts of a word that marks or joiners part in another order when
    they are said than when they are drawn, in a line from right to left; in other lines the other way round.
    """
    return f"/Drawn<</ActualText()>>BDC {drawn} EMC"


def _saying(drawn: str, text: str) -> str:
    return f"/Span<</ActualText<FEFF{text.encode('utf-16-be').hex().upper()}>>>BDC {drawn} EMC"


def _format_text(self: Any, text: Any) -> str:
    font = pdfmetrics.getFont(self._fontname)
    if isinstance(font, ShapingFont) and text and not isinstance(text, ShapedStr):
        if isinstance(text, bytes):
            text = text.decode("utf8")
        if _COMPLEX.search(text):
            return _saying(_operators(self, font, font.shaped(text).drawn), text)
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
