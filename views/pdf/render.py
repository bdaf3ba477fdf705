"""One document from a template and plain data, in this process: for workers, since text can make it slow."""

import io
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from views.pdf import bidi, cells, continued, fonts, layout, numbers, pages, plain, quick, reading, shaping, tags, text
from views.pdf.compared import compared

VIEWS = Path(__file__).parent.parent
_INK = "#0b0c0c"  # of rules, where no council has a colour of its own
_HAN_SHAPES = re.compile(f'class="[^"]*({"|".join(fonts.HAN_SHAPES)})')
_FONTS_GO_HERE = "/*fonts*/"
_POLICY = ResourceAccessPolicy.server(
    str(fonts.FOLDER),
    allow_remote=False,
    max_render_seconds=120,
    max_document_bytes=8 << 20,
    max_resources=60,
    max_depth=60,
)


@dataclass(frozen=True)
class Rendered:
    """A finished PDF, and what went wrong while making it (nothing, in a good document), without any of its text."""

    pdf: bytes
    warnings: tuple[str, ...]


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Where it was said, and never what: the engine's messages quote the document.
        self.messages.append(f"{record.levelname.lower()} in {record.name}, {record.funcName}, line {record.lineno}")


def paragraphs(value: str, kind: str = "", language: str = "") -> Markup:
    """Free text as one `<p>` per line, with its direction; `kind` is the class that each gets.

    `language` is its BCP 47 tag where it is not the document's English.
    """
    return Markup("\n").join(_paragraph(line, kind, language) for line in text.lines(value))


def inline(value: str, kind: str = "", turning: bool = True, link: str = "") -> Markup:
    """Text as one `<p>`, however many lines it has: for cells and headings. `link` is an address of our own.

    What begins with a name and goes on in English is not `turning`: only the name runs from right to left.
    """
    return _paragraph(" ".join(value.split()), kind, turning=turning, link=link)


def marked(field: Mapping[str, str]) -> Markup:
    """A changed answer once, as one `<p>` per line, what was added and what removed in a `<span>` of that class.

    Nothing where the two texts cannot be said together.
    """
    made = []
    for line in compared(field["value"], field["now"]):
        said = Markup().join(
            Markup('<span class="%s">%s</span>') % (kind, words) if kind else escape(words) for kind, words in line
        )
        made.append(_paragraph("".join(words for _, words in line), "", field["language_now"], said=said))
    return Markup("\n").join(made)


def _paragraph(
    line: str, kind: str, language: str = "", turning: bool = True, link: str = "", said: Markup | None = None
) -> Markup:
    turned, names = False, kind
    if not line.isascii():
        turned = turning and text.right_to_left(line)
        if turned and kind == "original":
            kind = "turned"
        written = "unspaced" * text.unspaced(line), text.han_shapes(line, language)
        names = " ".join(name for name in (kind, *written) if name)
    attributes = Markup(' class="%s"') % names if names else Markup("")
    if turned:
        attributes += Markup(' dir="rtl"')
    if language:
        attributes += Markup(' lang="%s"') % language
    if link:
        said = Markup('<a href="%s">%s</a>') % (link, line)
    return Markup("<p%s>%s</p>") % (attributes, said or line)


def _printable(value: Any, strange: set[str]) -> Any:
    """`value` with every text in it cleaned, so that no template can forget to; what no font has goes to `strange`."""
    if isinstance(value, str):
        cleaned = text.clean(value)
        if unknown := fonts.strange(cleaned):
            strange |= unknown
            return fonts.printable(cleaned)
        return cleaned
    if isinstance(value, Mapping):
        return {key: _printable(inner, strange) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(inner, strange) for inner in value]
    return value


def _refuse(address: str, base: str) -> str:
    return address if Path(address).parent == fonts.FOLDER else "data:,"


@cache
def _prepare() -> None:
    cells.install()
    shaping.install()
    numbers.install()
    bidi.install()
    plain.install()
    tags.install()
    pages.install()
    continued.install()
    quick.install()
    reading.install()
    fonts.every()


def engine(views: Path = VIEWS) -> Callable[[str, Mapping[str, Any]], Rendered]:
    """Prepare this process and return `render(template, data)`.

    `template` is the name of a file in `views`; `data` holds dicts, lists, strings, numbers and booleans.
    A true `data["draft"]` marks each page DRAFT, `data["colour"]` is that of rules (#rrggbb). `render` raises what
    Jinja2, xhtml2pdf or pikepdf raise.
    """
    _prepare()
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(views),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        paragraphs=paragraphs,
        inline=inline,
        marked=marked,
        stretches=layout.stretches,
        columns=layout.columns,
        cells=layout.cells,
    )
    templates.globals.update(
        colour=_INK, page_of=numbers.page_of, this_page=numbers.THIS_PAGE, last_page=numbers.LAST_PAGE
    )
    log = logging.getLogger("xhtml2pdf")
    log.propagate = False

    def render(template: str, data: Mapping[str, Any]) -> Rendered:
        heard = _Warnings()
        log.addHandler(heard)
        try:
            strange: set[str] = set()
            html = templates.get_template(template).render(_printable(data, strange))
            needed = fonts.needed(html, set(_HAN_SHAPES.findall(html)))
            html = html.replace(_FONTS_GO_HERE, fonts.css(needed), 1)
            pages.mark("DRAFT" if data.get("draft") else "")
            made = io.BytesIO()
            pisa.CreatePDF(
                html,
                dest=made,
                path=str(fonts.FOLDER / "document.html"),
                encoding="utf-8",
                resource_policy=_POLICY,
                link_callback=_refuse,
            )
            if strange:
                codes = ", ".join(f"U+{ord(character):04X}" for character in sorted(strange)[:20])
                heard.messages.append(f"printed as code points, since no font has them: {codes}")
            return Rendered(tags.add_structure(made.getvalue()), tuple(heard.messages))
        finally:
            log.removeHandler(heard)

    return render
