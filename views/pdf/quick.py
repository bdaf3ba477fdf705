"""Shortcuts through xhtml2pdf: what was worked out once for an element is used for the next one like it.

None of them changes a page; `tests/test_pdf_quick.py` draws the same document with and without. For xhtml2pdf 0.2.28.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import Any
from xml.dom.minidom import Node

import xhtml2pdf.builders.flex as flex
import xhtml2pdf.context
import xhtml2pdf.parser as parser
import xhtml2pdf.properties as properties
import xhtml2pdf.xhtml2pdf_reportlab as drawing
from reportlab.lib.fonts import tt2ps

from views.pdf import plain, tags

_ORDINARY = re.compile(r"[^\xa0\xad\uf000-\uf8ff]*")
"""Text that a paragraph takes as it is: no space or hyphen with rules of its own, no sign of `numbers`."""
_ROLES = {"p": "P", "h3": "H3", "h4": "H4", "h5": "H5", "h6": "H6"}
"""Elements that may be made like another, and what each is to a screen reader."""


def install() -> None:
    """Take the shortcuts in every document made from now on. Call once, after `tags.install()`."""
    _cascade()
    _defaults()
    _paragraphs()
    _static_frames()
    # The fonts are ours and stay as they are: reading one file to know it again takes longer than a page.
    xhtml2pdf.context._file_digest = cache(xhtml2pdf.context._file_digest)


_known: dict[Any, int] = {}
"""The kin of the document being read."""


def _kin(node: Any) -> int:
    """A number that elements share whose tag and attributes, and those of all around them, are the same."""
    number: int | None = node.__dict__.get("quickKin")
    if number is None:
        above = node.parentNode
        around = _kin(above) if above is not None and above.nodeType == Node.ELEMENT_NODE else 0
        attribute = node.getAttribute
        key = around, node.tagName, *map(attribute, ("class", "id", "style", "dir", "lang"))
        number = node.quickKin = _known.setdefault(key, len(_known) + 1)
    return number


def _cascade() -> None:
    """Styles are looked up once for each kind of element, not for the children of each parent anew.

    Only where no rule asks for an element's place: the portal's templates, like xhtml2pdf's own style sheet, ask it of
    `div` at most.
    """
    exact, rems = parser.getCSSAttrCacheKey, parser.resolveRootEm

    def key(node: Any, positional: frozenset[str] = frozenset(), attributes: frozenset[str] = frozenset()) -> Any:
        if positional - {"div"} or node.tagName == "div" or node.parentNode.nodeType != Node.ELEMENT_NODE:
            return exact(node, positional, attributes)
        return (_kin(node), tuple(node.getAttribute(name) for name in sorted(attributes)))

    def without_rems(attributes: Any, context: Any) -> Any:
        found = context.__dict__.setdefault("quickRems", {})
        if id(attributes) not in found:
            # Held, so that its id stays its own.
            found[id(attributes)] = attributes, rems(attributes, context)
        return found[id(attributes)][1]

    loop = parser.pisaPreLoop

    def before(document: Any, context: Any, *rest: Any, **more: Any) -> Any:
        if document.nodeType == Node.DOCUMENT_NODE:
            _known.clear()
        return loop(document, context, *rest, **more)

    parser.getCSSAttrCacheKey, parser.resolveRootEm, parser.pisaPreLoop = key, without_rems, before


def _defaults() -> None:
    """What an element does not inherit is put back by what it holds of its own, not by all that it could hold."""
    initials = properties.NON_INHERITED_FRAG_INITIALS
    plain_box = vars(flex.BoxStyle())
    known: dict[type, tuple[frozenset[str], dict[str, Any]]] = {}

    def reset(frag: Any) -> None:
        kind = type(frag)
        if kind not in known:
            shared = frozenset(name for name, value in initials.items() if getattr(kind, name, known) is value)
            known[kind] = shared, {name: value for name, value in initials.items() if name not in shared}
        shared, others = known[kind]
        own = frag.__dict__
        for name in shared.intersection(own):
            del own[name]
        own.update(others)

    def box(self: Any, frag: Any = None, **overrides: Any) -> None:
        own = self.__dict__
        own.update(plain_box)
        if frag is not None:
            for name in plain_box:
                value = getattr(frag, name, None)
                if value is not None:
                    own[name] = value
        own.update(overrides)

    parser.reset_non_inherited, flex.BoxStyle.__init__ = reset, box


def _text_of(node: Any) -> str | None:
    """The text of a paragraph or heading that holds nothing else; None of any other element."""
    if node.nodeType != Node.ELEMENT_NODE or node.tagName not in _ROLES or len(node.childNodes) != 1:
        return None
    (child,) = node.childNodes
    if child.nodeType != Node.TEXT_NODE or node.hasAttribute("id"):
        return None
    return child.data if _ORDINARY.fullmatch(child.data) else None


class _Models:
    """What one document's paragraphs and rows were like, by their kin."""

    def __init__(self) -> None:
        self.paragraphs: dict[Any, _Paragraph] = {}
        self.rows: dict[Any, _Row] = {}


class _Paragraph:
    """A paragraph as xhtml2pdf made it, to make others like it."""

    def __init__(self, made: Any) -> None:
        self.made = made
        first = made.frags[0]
        self.faces = [tt2ps(family, first.bold, first.italic) for family in first.fontFamilies]

    def like(self, text: str, path: tags.Path, context: Any) -> Any:
        """One of the same style that says `text`, standing in the elements of `path`; None where that says nothing."""
        words = " ".join(text.split())
        if not words:
            return None
        model = self.made
        context._warn_missing_glyphs(words, self.faces)
        plainly = plain.serves(words, model.style, model.frags[0], self.faces, model.dir)
        kind = plain.PlainParagraph if plainly else plain.LateParagraph
        made = kind(words, model.style, frags=[], dir=model.dir).of(model.frags[0], self.faces, path)
        for name in ("keepWithNext", "autoLeading"):
            setattr(made, name, getattr(model, name))
        return made


class _Row:
    """A table row as xhtml2pdf made it: what it told the table, and the elements around each of its cells."""

    steps: Sequence[tags.Path] = ()

    def __init__(self, table: Any, styles: list[Any]) -> None:
        self.styles = styles
        self.height, self.widths, self.with_content = table.rowh[-1], table.colw, set(table.col_with_content)

    def tell_widths(self, table: Any, before: list[Any]) -> None:
        """Let the table, whose widths were those `before`, have those that the cells of the row ask for."""
        missing = [None] * (len(self.widths) - len(before))
        table.colw = [own or known for own, known in zip_longest(self.widths, [*before, *missing])]


def _paragraphs() -> None:
    """Paragraphs of text alone, and rows of them, are made like the last one of their kind, with other words."""
    loop = parser.pisaLoop

    def visit(node: Any, context: Any, **margins: Any) -> Any:
        if node.nodeType != Node.ELEMENT_NODE or context.flexData.collecting_item or context.frag.insideStaticFrame:
            return loop(node, context, **margins)
        models = context.__dict__.setdefault("quickModels", _Models())
        if node.tagName == "tr":
            return _row(node, context, models, lambda: loop(node, context, **margins))
        text = _text_of(node)
        if text is None:
            return loop(node, context, **margins)
        context.addPara()
        key = (_kin(node), context.dir, *margins.values())
        model = models.paragraphs.get(key)
        if model is None:
            before = len(context.story)
            loop(node, context, **margins)
            made = context.story[before:]
            if len(made) == 1 and type(made[0]) is drawing.PmlParagraph and not (made[0].bulletText or made[0].outline):
                models.paragraphs[key] = _Paragraph(made[0])
            return None
        parser.check_deadline()
        alone = tags.alone_in_cell(node)
        path = (
            context.frag.tagPath if alone else tags.entered(context.frag, _ROLES[node.tagName], **tags.language(node))
        )
        made = model.like(text, path, context)
        context.clearFrag()
        if made:
            context.addStory(made)
        return None

    parser.pisaLoop = visit


def _row(node: Any, context: Any, models: _Models, usual: Any) -> Any:
    cells = [child for child in node.childNodes if child.nodeType == Node.ELEMENT_NODE]
    texts = [[_text_of(child) for child in cell.childNodes] for cell in cells]
    inside = [child for cell in cells for child in cell.childNodes if child.nodeType == Node.ELEMENT_NODE]
    attributes = {name for element in (node, *cells, *inside) for name in element.attributes.keys()}  # noqa: SIM118
    table = context.tableData
    if not cells or not all(texts) or any(None in some for some in texts) or attributes - {"class"} or table.span:
        return usual()
    key = (context.dir, *(tuple(_kin(child) for child in cell.childNodes) for cell in cells))
    model = models.rows.get(key)
    if model is None:
        styles, around = len(table.styles), len(getattr(context.frag, "tagPath", ()))
        before, table.colw = table.colw, []
        usual()
        model = _Row(table, table.styles[styles:])
        model.tell_widths(table, before)
        made = table.data[-1]
        if all(isinstance(cell, list) and cell and hasattr(cell[0], "frags") for cell in made):
            model.steps = [cell[0].frags[0].tagPath[around:] for cell in made]
            models.rows[key] = model
        return None
    parsed = [
        [models.paragraphs.get((_kin(child), context.dir, 0, 0, 0, 0)) for child in cell.childNodes] for cell in cells
    ]
    if any(None in some for some in parsed):
        return usual()
    parser.check_deadline()
    return _row_like(model, parsed, texts, context)


def _row_like(model: _Row, paragraphs: Any, texts: Any, context: Any) -> None:
    table = context.tableData
    row = table.row
    for name, (left, _), (right, _), *rest in model.styles:
        table.styles.append((name, (left, row), (right, row), *rest))
    outside = tags.entered(context.frag, "TR")
    made = []
    for steps, some, words in zip(model.steps, paragraphs, texts, strict=True):
        cell = tags.within(outside, steps[1])
        alone = len(some) == 1
        said = [
            model.like(text, cell if alone else tags.within(cell, tags.P), context)
            for model, text in zip(some, words, strict=True)
        ]
        made.append([one for one in said if one])
    table.data.append(made)
    table.rowh.append(model.height)
    model.tell_widths(table, table.colw)
    table.col_with_content |= model.with_content
    table.col = len(made)
    table.row += 1


def _static_frames() -> None:
    """Header and footer are laid out on the first page, and written again on each other one."""
    draw = drawing.PmlPageTemplate._drawStaticFrame

    def draw_static_frame(self: Any, frame: Any, canvas: Any, renumber: Any) -> Any:
        drawn = canvas.__dict__.setdefault("quickFrames", {})
        if id(frame) in drawn:
            canvas._code += [canvas.again(part) for part in drawn[id(frame)][1]]
            return None
        begun = len(canvas._code)
        answer = draw(self, frame, canvas, renumber)
        drawn[id(frame)] = frame, canvas._code[begun:]
        return answer

    drawing.PmlPageTemplate._drawStaticFrame = draw_static_frame
