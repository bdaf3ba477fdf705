"""The words at the foot of each page of a bundle: whose it is and which page of how many, in fonts the file carries."""

import io
from types import SimpleNamespace
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name
from reportlab.lib.colors import black
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from views.pdf import bidi, fonts, shaping, text

SIZE = 8.0
ROOM = 12.0  # the height of the strip, in points
FOOT = 11.0  # what is left below it: office printers leave some 4 mm of a page blank
BASELINE = 3.0  # within it
MARGIN = 4.0  # on either side of the words
LONGEST = 60  # characters of a name


class Stamp:
    """What is written on the pages of `whole`: name and reference, drawn once, and the number of each page."""

    def __init__(self, whole: pikepdf.Pdf, name: str, reference: str) -> None:
        shaping.install()
        name = " ".join(fonts.printable(text.clean(name)).split())
        words = f"{name if len(name) <= LONGEST else f'{name[: LONGEST - 1]}…'} · {reference} · "
        chosen = fonts.needed(words)
        for font in chosen:
            # Signs of English are known by their own codes, so that numbers can be written later.
            pdfmetrics.registerFont(shaping.ShapingFont(font.family, str(font.regular), asciiReadable=True))
        faces = {font.family: font.characters for font in chosen}
        look = {"fontSize": SIZE, "textColor": black, "link": None}
        line = [SimpleNamespace(text=run, fontName=face, **look) for run, face in fonts.runs(words, list(faces), faces)]
        self._base = pdfmetrics.getFont(fonts.BASE)
        self._width = bidi.width(line, "L")
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=(self._width, ROOM), initialFontName=fonts.BASE)
        written = canvas.beginText(0, 0)
        bidi.write(written, line, "L", 0, BASELINE)
        canvas.drawText(written)
        named = self._base.getSubsetInternalName(0, canvas._doc)
        # what is drawn later is embedded too
        self._base.splitString("0123456789 page of", canvas._doc)
        canvas.save()
        with pikepdf.open(out) as drawn:
            self._words = whole.copy_foreign(drawn.make_indirect(drawn.pages[0].as_form_xobject()))
        self._numbers = self._words.Resources.Font[named]

    def on(self, page: Any, number: int, total: int) -> None:
        """Write in the middle of the foot of what is shown of a page, whichever way it is turned.

        Behind what is there, as a stream of its own: the page's content is neither unpacked nor looked at. Where the
        page is too narrow, the words are smaller.
        """
        across, matrix = _foot(page)
        unit = 1 / float(page.obj.get("/UserUnit", 1) or 1)
        counted = f"page {number} of {total}"
        room = self._width + self._base.stringWidth(counted, SIZE) + 2 * MARGIN
        unit *= min(1.0, across / unit / room)
        left = across / unit / 2 - room / 2
        # its own resources: pages share theirs
        given = page.obj.get("/Resources", Dictionary())
        own = dict(given.items())
        for kind, name, it in (("/Font", "/BundleNumber", self._numbers), ("/XObject", "/BundleWords", self._words)):
            own[kind] = Dictionary({**dict(given.get(kind, Dictionary()).items()), name: it})
        page.obj.Resources = Dictionary(own)
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(
            b"\nQ /Artifact <</Type /Pagination>> BDC q %s cm %.4f 0 0 %.4f %.4f %.2f cm 1 g 0 0 %.2f %.2f re f 0 g"
            b" q 1 0 0 1 %.2f 0 cm /BundleWords Do Q BT /BundleNumber %.2f Tf %.2f %.2f Td (%s) Tj ET Q EMC\n"
            % (
                " ".join(f"{it:.2f}" for it in matrix).encode(),
                *(unit, unit, left * unit, FOOT * unit),
                *(room, ROOM),
                MARGIN,
                *(SIZE, MARGIN + self._width, BASELINE),
                counted.encode("ascii"),
            )
        )


def _seen(page: Any) -> tuple[float, float, float, float]:
    """What is shown of a page: its crop box, within its media box. Left, bottom, right, top."""
    media, crop = (
        (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
        for box in ([float(side) for side in page.mediabox], [float(side) for side in page.cropbox])
    )
    seen = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    return seen if seen[0] < seen[2] and seen[1] < seen[3] else media


def _foot(page: Any) -> tuple[float, tuple[float, ...]]:
    """How wide the page is as it is shown, and the matrix that leads to the left end of its foot."""
    left, bottom, right, top = _seen(page)
    turned = int(page.obj.get(Name.Rotate, 0) or 0) % 360
    return {
        90: (top - bottom, (0, 1, -1, 0, right, bottom)),
        180: (right - left, (-1, 0, 0, -1, right, top)),
        270: (top - bottom, (0, -1, 1, 0, left, top)),
    }.get(turned, (right - left, (1, 0, 0, 1, left, bottom)))
