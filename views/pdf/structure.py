"""Takes the tags of a document along when its pages go into another, so that a screen reader finds its way in it.

Tags are the structure tree of ISO 32000-2, 14.7. A page of a document without any becomes one paragraph of its own:
within a tagged document a reader would otherwise pass it by.
"""

from collections import defaultdict
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, NumberTree, String

MOST = 60_000  # elements of all documents: with more, a document's pages become paragraphs instead
MARKS = 20_000  # of one page

STANDARD = frozenset(
    f"/{role}"
    for role in (
        "Document DocumentFragment Part Sect Div Aside NonStruct Private Title P Note FENote Code Quote BlockQuote"
        " H H1 H2 H3 H4 H5 H6 Lbl Index Span Em Strong Reference BibEntry Link Annot Form Ruby RB RT RP Warichu WT WP"
        " L LI LBody Table TR TH TD THead TBody TFoot Caption Figure Formula TOC TOCI Art"
    ).split()
)
# What an element says of itself, besides what it holds and where it stands.
SAYS = ("/A", "/Alt", "/ActualText", "/E", "/Lang", "/T")


class Structure:
    """The structure tree of the PDF that others are appended to. None of it is there where that PDF has no tags."""

    def __init__(self, whole: pikepdf.Pdf) -> None:
        self._whole, self._left = whole, MOST
        root = whole.Root.get("/StructTreeRoot")
        self._root = root if isinstance(root, Dictionary) and "/ParentTree" in root else None
        if self._root is not None:
            self._numbers = NumberTree(self._root.ParentTree)
            self._next = max([int(self._root.get("/ParentTreeNextKey", 0)), *(key + 1 for key in self._numbers)])
            first = self._root.K[0] if isinstance(self._root.K, Array) else self._root.K
            self._top = first if first.get("/S") == Name.Document else self._root

    def take(self, part: pikepdf.Pdf, title: str, at: int) -> None:
        """Of the document `part`, whose pages are in the PDF already, from page `at` (from 0) on."""
        if self._root is None:
            return
        pages = list(self._whole.pages)[at : at + len(part.pages)]
        for page in pages:
            _forget(page.obj)
        held = self._element(Name.Part, self._top, T=String(title))
        found = _Found(part, pages)
        tree = part.Root.get("/StructTreeRoot")
        if _is_tagged(part) and isinstance(tree, Dictionary) and self._copied(tree, held, found):
            self._register(found, pages)
        else:
            held.K = Array()
            found.marks.clear()
        self._each_a_paragraph([page for n, page in enumerate(pages) if n not in found.marks], held)
        _append(self._top, held)

    def done(self) -> None:
        """Note how far the numbers have come."""
        if self._root is not None:
            self._root.ParentTreeNextKey = self._next

    def _element(self, role: Any, parent: Any, **says: Any) -> Any:
        return self._whole.make_indirect(Dictionary(Type=Name.StructElem, S=role, P=parent, K=Array(), **says))

    def _number(self, it: Any) -> int:
        key = self._next
        self._next += 1
        self._numbers[key] = it
        return key

    def _each_a_paragraph(self, pages: list[Any], held: Any) -> None:
        for page in pages:
            paragraph = self._element(Name.P, held, Pg=page.obj)
            paragraph.K = Array([0])
            held.K.append(paragraph)
            page.contents_add(b"/P <</MCID 0>> BDC\n", prepend=True)
            page.contents_add(b"\nEMC\n")
            page.obj.StructParents = self._number(self._whole.make_indirect(Array([paragraph])))
            page.obj.Tabs = Name.S

    def _copied(self, tree: Any, held: Any, found: "_Found") -> bool:
        """Copy all that is below `tree` to below `held`. False where it is no tree, or holds nothing of these pages."""
        roles = tree.get("/RoleMap", Dictionary())
        waiting: list[tuple[Any, Any, Any]] = [(kid, held, None) for kid in reversed(_kids(tree))]
        seen: set[tuple[int, int]] = set()
        while waiting:
            kid, parent, page = waiting.pop()
            if not isinstance(kid, Dictionary):
                found.mark(parent, kid, page)
            elif kid.get("/Type") in (Name.MCR, Name.OBJR) or "/S" not in kid:
                found.refer(parent, kid, page)
            else:
                self._left -= 1
                if kid.objgen in seen or self._left < 0:
                    return False
                seen |= {kid.objgen} if kid.is_indirect else set()
                role = _role(kid.S, roles)
                made = self._element(
                    Name.Part if role == Name.Document else role, parent, **self._says(kid, found.part)
                )
                page = kid.get("/Pg", page)
                if (here := found.page(page)) is not None:
                    made.Pg = here.obj
                parent.K.append(made)
                waiting += [(below, made, page) for below in reversed(_kids(kid))]
        return bool(found.marks)

    def _says(self, kid: Any, part: pikepdf.Pdf) -> dict[str, Any]:
        says: dict[str, Any] = {}
        for key in SAYS:
            if isinstance(it := kid.get(key), String):
                says[key[1:]] = String(bytes(it))
            elif isinstance(it, Dictionary | Array):
                says[key[1:]] = self._whole.copy_foreign(it if it.is_indirect else part.make_indirect(it))
        return says

    def _register(self, found: "_Found", pages: list[Any]) -> None:
        for at, marks in found.marks.items():
            parents = Array([marks.get(n) for n in range(max(marks) + 1)])
            pages[at].obj.StructParents = self._number(self._whole.make_indirect(parents))
            pages[at].obj.Tabs = Name.S
        for annotation, element in found.annotations:
            annotation.StructParent = self._number(element)


class _Found:
    """What the elements of a document hold: of each page its marks, and its annotations."""

    def __init__(self, part: pikepdf.Pdf, pages: list[Any]) -> None:
        self.part = part
        self.marks: dict[int, dict[int, Any]] = defaultdict(dict)
        self.annotations: list[tuple[Any, Any]] = []
        self._pages = pages
        self._at = {page.obj.objgen: n for n, page in enumerate(part.pages)}
        self._annotations: dict[tuple[int, int], Any] = {}
        for former, page in zip(part.pages, pages, strict=True):
            before, now = former.obj.get("/Annots"), page.obj.get("/Annots")
            if isinstance(before, Array) and isinstance(now, Array) and len(before) == len(now):
                self._annotations |= {one.objgen: two for one, two in zip(before, now, strict=True) if one.is_indirect}

    def page(self, former: Any) -> Any:
        """The page that a page of the document has become; None for what is none."""
        at = self._at.get(former.objgen) if isinstance(former, pikepdf.Object) else None
        return None if at is None else self._pages[at]

    def mark(self, element: Any, number: Any, page: Any) -> None:
        """Content of the element's own page."""
        at = self._at.get(page.objgen) if isinstance(page, pikepdf.Object) else None
        if at is not None and isinstance(number, int) and 0 <= number < MARKS:
            self.marks[at][number] = element
            element.K.append(number)

    def refer(self, element: Any, kid: Any, page: Any) -> None:
        """Content of a page that is named, or an annotation. What stands in a form of its own is left out."""
        page = kid.get("/Pg", page)
        if (here := self.page(page)) is None:
            return
        if "/Obj" in kid:
            annotation = self._annotations.get(kid.Obj.objgen)
            if annotation is not None:
                element.K.append(Dictionary(Type=Name.OBJR, Pg=here.obj, Obj=annotation))
                self.annotations.append((annotation, element))
        elif "/Stm" not in kid and isinstance(number := kid.get("/MCID"), int) and 0 <= number < MARKS:
            self.marks[self._at[page.objgen]][number] = element
            element.K.append(Dictionary(Type=Name.MCR, Pg=here.obj, MCID=number))


def _forget(page: Any) -> None:
    """The numbers under which the page was known in its own document's tree."""
    drawn = page.get("/Resources", {}).get("/XObject", {})
    annotations = page.get("/Annots", [])
    for it in (page, *(drawn.values() if isinstance(drawn, Dictionary) else ()), *annotations):
        for key in ("/StructParents", "/StructParent", "/Tabs"):
            if isinstance(it, Dictionary | pikepdf.Stream) and key in it:
                del it[key]


def _is_tagged(part: pikepdf.Pdf) -> bool:
    info = part.Root.get("/MarkInfo")
    return isinstance(info, Dictionary) and bool(info.get("/Marked", False))


def _kids(it: Any) -> list[Any]:
    kids = it.get("/K")
    return list(kids) if isinstance(kids, Array) else [] if kids is None else [kids]


def _role(role: Any, roles: Any) -> Any:
    """A role of the standard: what a document calls otherwise it says itself."""
    for _ in range(8):
        if not isinstance(role, Name):
            break
        if str(role) in STANDARD:
            return role
        role = roles.get(str(role)) if isinstance(roles, Dictionary) else None
    return Name.Div


def _append(parent: Any, kid: Any) -> None:
    if not isinstance(parent.get("/K"), Array):
        parent.K = Array([parent.K])
    parent.K.append(kid)
