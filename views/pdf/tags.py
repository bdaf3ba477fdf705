"""Tagged PDF for screen readers: content is marked while xhtml2pdf draws, the structure tree is added after.

Headings, paragraphs, lists, tables with their header cells, the table of the class `contents`, and links are
tagged; headers, footers, rules, backgrounds and repeated header rows are artifacts (ISO 32000-1, 14.7 and 14.8).
For xhtml2pdf 0.2.28.
"""

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pikepdf
import xhtml2pdf.builders.block as block
import xhtml2pdf.reportlab_paragraph as paragraph
import xhtml2pdf.tables as tables
import xhtml2pdf.tags as html
import xhtml2pdf.xhtml2pdf_reportlab as drawing
from pikepdf import Array, Dictionary, Name, String
from reportlab.pdfgen.textobject import PDFTextObject

from views.pdf import bidi, headings


class Step(NamedTuple):
    """One element on the way from the document to some content; `number` tells elements of one role apart."""

    role: str
    number: int
    attributes: tuple[tuple[str, str | int], ...] = ()


Path = tuple[Step, ...]


class _Marks:
    """What was marked in the document being drawn. Each layout pass starts it anew."""

    def __init__(self) -> None:
        self.contents: list[tuple[int, int, Path]] = []  # page (from 1), marked-content number, path
        self.links: list[tuple[int, int, Path | None]] = []  # page, index among the page's annotations, path
        self.next_on_page: dict[int, int] = {}
        self.begins: dict[int, Path] = {}
        self.said: dict[tuple[str, int], list[str]] = {}  # by an element's role and number, its text where that is told
        self.depth = 0
        self.current: Path | None = None
        self.drawn_headers: set[int] = set()


_marks = _Marks()
_numbers = itertools.count(1)
_HEADINGS = {f"H{level}": level for level in range(1, 7)}
_HOLDING_TEXT = {"P", "TD", "TH", "LBody", *_HEADINGS}


@contextmanager
def _marked(canvas: Any, operator: Callable[[], str], path: Path | None) -> Iterator[None]:
    if _marks.depth:
        yield
        return
    _marks.depth, _marks.current = 1, path
    canvas._code.append(operator())
    begun = len(canvas._code)
    try:
        yield
    finally:
        _marks.depth, _marks.current = 0, None
        if path or len(canvas._code) > begun:
            canvas._code.append("EMC")
        else:
            canvas._code.pop()


def artifact(canvas: Any, kind: str = "Layout") -> Any:
    """A context in which what `canvas` draws is decoration; `kind` is Layout, Pagination or Background."""
    return _marked(canvas, lambda: f"/Artifact <</Type/{kind}>> BDC", None)


def _content(canvas: Any, path: Path) -> Any:
    def operator() -> str:
        page = canvas.getPageNumber()
        number = _marks.next_on_page.get(page, 0)
        _marks.next_on_page[page] = number + 1
        _marks.begins.setdefault(page, path)
        _marks.contents.append((page, number, path))
        return f"/{path[-1].role} <</MCID {number}>> BDC"

    return _marked(canvas, operator, path)


def _as_artifact(owner: Any, name: str, canvas_of: Callable[..., Any]) -> None:
    drawn = getattr(owner, name)

    def wrapped(*args: Any, **options: Any) -> Any:
        with artifact(canvas_of(*args)):
            return drawn(*args, **options)

    setattr(owner, name, wrapped)


P = Step("P", 0)


def within(path: Path, like: Step) -> Path:
    """The path of a new element inside that of `path`, of the role and with the attributes of the step `like`."""
    return (*path, like._replace(number=next(_numbers)))


def entered(fragment: Any, role: str, **attributes: str | int) -> Path:
    """The path of a new element of `role` in the elements that `fragment` stands in."""
    return within(getattr(fragment, "tagPath", ()), Step(role, 0, tuple(sorted(attributes.items()))))


def alone_in_cell(node: Any) -> bool:
    """Whether the element `node` is all that a table's cell holds: the cell then needs no paragraph in it."""
    around = node.parentNode
    return len(around.childNodes) == 1 and around.tagName in ("td", "th") and not node.hasAttribute("lang")


def _enter(fragment: Any, role: str, **attributes: str | int) -> None:
    fragment.tagPath = entered(fragment, role, **attributes)


def _own_number(flowable: Any) -> int:
    """A number that the parts of a paragraph cut by a page end share, since they share their dictionary."""
    return int(flowable.__dict__.setdefault("_tagNumber", next(_numbers)))


def language(node: Any) -> dict[str, str]:
    """What the element `node` says of the language of its text, as an attribute of its own in the structure tree."""
    tag = node.getAttribute("lang")
    return {"Lang": tag} if tag else {}


def _tag_elements() -> None:
    """Remember, on each fragment of text, the elements that it stands in."""

    def on_start(element: Any, note: Callable[..., None]) -> None:
        begun = element.start

        def start(self: Any, context: Any) -> Any:
            note(self, context.frag)
            return begun(self, context)

        element.start = start

    def simple(role: str) -> Callable[..., None]:
        def enter(element: Any, fragment: Any) -> None:
            _enter(fragment, role, **language(element.node))
            fragment.tagKind = element.node.getAttribute("class")

        return enter

    def item(element: Any, fragment: Any) -> None:
        _enter(fragment, "LI")
        _enter(fragment, "LBody")

    def plain_paragraph(element: Any, fragment: Any) -> None:
        if type(element) is html.pisaTagP and not alone_in_cell(element.node):
            _enter(fragment, "P", **language(element.node))

    def in_contents(fragment: Any) -> bool:
        return any(step.role == "TOC" for step in getattr(fragment, "tagPath", ()))

    def table(element: Any, fragment: Any) -> None:
        _enter(fragment, "TOC" if element.node.getAttribute("class") == "contents" else "Table")

    def table_row(element: Any, fragment: Any) -> None:
        _enter(fragment, "TOCI" if in_contents(fragment) else "TR")

    def group(element: Any, fragment: Any) -> None:
        if not in_contents(fragment):
            _enter(fragment, "THead" if type(element) is tables.pisaTagTHEAD else "TBody")

    def cell(element: Any, fragment: Any) -> None:
        if in_contents(fragment):
            return
        attributes: dict[str, str | int] = {}
        heading = isinstance(element, tables.pisaTagTH)
        if heading:
            in_head = any(step.role == "THead" for step in getattr(fragment, "tagPath", ()))
            attributes["Scope"] = "Column" if in_head else "Row"
        if (element.attr.colspan or 1) > 1:
            attributes["ColSpan"] = int(element.attr.colspan)
        _enter(fragment, "TH" if heading else "TD", **attributes)

    for level in range(1, 7):
        on_start(getattr(html, f"pisaTagH{level}"), simple(f"H{level}"))
    on_start(html.pisaTagP, plain_paragraph)
    on_start(html.pisaTagUL, simple("L"))
    if "start" in html.pisaTagOL.__dict__:
        on_start(html.pisaTagOL, simple("L"))
    on_start(html.pisaTagLI, item)
    on_start(tables.pisaTagTABLE, table)
    on_start(tables.pisaTagTR, table_row)
    on_start(tables.pisaTagTBODY, group)
    on_start(tables.pisaTagTD, cell)


def _path_of(flowable: Any) -> Path | None:
    fragments = [f for f in flowable.frags if isinstance(getattr(f, "text", None), str)]
    # An anchor, which has no text, may come before the first words.
    path: Path | None = next((getattr(f, "tagPath", ()) for f in fragments if f.text.strip()), None)
    if path is None:
        return None
    if not path or path[-1].role not in _HOLDING_TEXT:
        path = (*path, Step("P", _own_number(flowable)))
    if _marks.depth == 0 and any(step.role == "THead" for step in path):
        if id(flowable) in _marks.drawn_headers:
            return None
        _marks.drawn_headers.add(id(flowable))
    return path


def text(flowable: Any) -> Any:
    """A context in which the paragraph `flowable` is drawn: marked by the elements it stands in."""
    path = _path_of(flowable)
    if not path:
        return artifact(flowable.canv)
    words = "".join(f.text for f in flowable.frags if isinstance(getattr(f, "text", None), str))
    if not _marks.depth and bidi.RIGHT_TO_LEFT.search(words):
        # What is drawn of it is, in part, said letter by letter from the left.
        _marks.said.setdefault(path[-1][:2], []).append(words)
    if not _marks.depth and path[-1].role in _HEADINGS:
        headings.note(flowable, _HEADINGS[path[-1].role], flowable.canv.getPageNumber() not in _marks.begins)
    return _content(flowable.canv, path)


def begins_in(page: int, role: str) -> bool:
    """Whether what `page` begins with stands in an element of `role`."""
    return any(step.role == role for step in _marks.begins.get(page, ()))


def _tag_drawing() -> None:
    """Mark what is drawn: text by the elements it stands in, everything else as artifact."""
    draw_text = drawing.PmlParagraph.draw

    def draw(self: Any) -> Any:
        with text(self):
            return draw_text(self)

    drawing.PmlParagraph.draw = draw

    put_text = PDFTextObject._textOut

    def text_out(self: Any, words: str | bytes, TStar: int = 0) -> Any:
        # Readers would join the last word of a line to the first of the next.
        if isinstance(words, bytes):
            words = words.decode("utf8")
        if TStar and words and words[-1] not in " \u00ad-":
            words += " "
        return put_text(self, words, TStar)

    PDFTextObject._textOut = text_out

    for name in ("_drawBkgrnd", "_drawLines"):
        _as_artifact(drawing.PmlTable, name, lambda table, *rest: table.canv)
    for module in (block, drawing, paragraph):
        for name in ("drawBoxBackground", "drawBoxBorders"):
            _as_artifact(module, name, lambda canvas, *rest: canvas)

    draw_static, begin = drawing.PmlPageTemplate._drawStaticFrame, drawing.PmlBaseDoc.beforeDocument

    def draw_static_frame(self: Any, frame: Any, canvas: Any, renumber: Any) -> Any:
        with artifact(canvas, "Pagination"):
            return draw_static(self, frame, canvas, renumber)

    def before_document(self: Any) -> Any:
        global _marks
        _marks = _Marks()
        headings.taken()
        return begin(self)

    drawing.PmlPageTemplate._drawStaticFrame = draw_static_frame
    drawing.PmlBaseDoc.beforeDocument = before_document

    plain = drawing.MarkedCanvas

    class TaggingCanvas(plain):  # type: ignore[misc, valid-type]
        def _addAnnotation(self, *args: Any, **options: Any) -> Any:
            _marks.links.append((self.getPageNumber(), len(self._annotationrefs), _marks.current))
            return super()._addAnnotation(*args, **options)

    drawing.MarkedCanvas = TaggingCanvas


def install() -> None:
    """Mark everything drawn from now on in this process. Call once, before `pages.install()`."""
    _tag_elements()
    _tag_drawing()


class _Tree:
    """The structure tree of one document, grown from the paths of its marked content."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.root = self._new(Type=Name.StructTreeRoot)
        self.document = self._new(Type=Name.StructElem, S=Name.Document, P=self.root, K=Array())
        self.root.K = Array([self.document])
        self._elements: dict[tuple[str, int], Any] = {}

    def _new(self, **entries: Any) -> Any:
        return self.pdf.make_indirect(Dictionary(**entries))

    def element(self, path: Path) -> Any:
        if not path:
            return self.document
        role, number, attributes = path[-1]
        known = self._elements.get((role, number))
        if known is None:
            parent = self.element(path[:-1])
            known = self._new(Type=Name.StructElem, S=Name("/" + role), P=parent, K=Array())
            self._elements[role, number] = known
            of_cell = Dictionary(O=Name.Table)
            for name, value in attributes:
                if name == "Lang":
                    known.Lang = String(str(value))
                else:
                    of_cell[f"/{name}"] = Name("/" + value) if isinstance(value, str) else value
            if len(of_cell) > 1:
                known.A = of_cell
            if said := _marks.said.get((role, number)):
                known.ActualText = String(" ".join(said))
            parent.K.append(known)
        return known

    def link(self, path: Path, page: Any, annotation: Any) -> Any:
        parent = self.element(path)
        reference = Dictionary(Type=Name.OBJR, Obj=annotation, Pg=page)
        link = self._new(Type=Name.StructElem, S=Name.Link, P=parent, K=Array([reference]))
        parent.K.append(link)
        return link


def add_structure(data: bytes) -> bytes:
    """The PDF just drawn, `data`, with its structure tree; title and language are repeated as metadata."""
    pdf = pikepdf.open(io.BytesIO(data))
    tree = _Tree(pdf)
    parents: dict[int, Array] = {}
    for number, content, path in _marks.contents:
        element, page = tree.element(path), pdf.pages[number - 1].obj
        element.K.append(Dictionary(Type=Name.MCR, Pg=page, MCID=content))
        parents.setdefault(number, Array()).append(element)
    numbers: Any = Array()
    for index, sheet in enumerate(pdf.pages):
        sheet.obj.StructParents = index
        sheet.obj.Tabs = Name.S
        numbers.append(index)
        numbers.append(pdf.make_indirect(parents.get(index + 1, Array())))
    following = len(pdf.pages)
    for number, index, surrounding in _marks.links:
        page = pdf.pages[number - 1].obj
        annotations = page.get(Name.Annots)
        if annotations is None or index >= len(annotations) or not surrounding:
            continue
        annotation = annotations[index]
        annotation.StructParent = following
        if Name.Contents not in annotation:
            annotation.Contents = String("Go to this section")
        numbers.append(following)
        numbers.append(tree.link(surrounding, page, annotation))
        following += 1
    tree.root.ParentTree = pdf.make_indirect(Dictionary(Nums=numbers))
    tree.root.ParentTreeNextKey = following
    pdf.Root.StructTreeRoot = tree.root
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:title"] = str(pdf.docinfo.get("/Title", ""))
        metadata["dc:creator"] = [str(pdf.docinfo.get("/Author", ""))]
        if Name.Lang in pdf.Root:
            metadata["dc:language"] = [str(pdf.Root.Lang)]
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
