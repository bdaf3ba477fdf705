"""Reads a template's markup: as XML, by Python's own parser in C, and only where it is none as HTML."""

import xml.dom.minidom
from types import SimpleNamespace
from typing import Any
from xml.parsers import expat

import html5lib
import xhtml2pdf.parser as parser

_HOLDING_ELEMENTS = frozenset("html head body div table thead tbody tr th td ul ol".split())
"""White space between the elements of these is only the template's layout."""


def _read(markup: bytes) -> Any:
    """The document as xhtml2pdf walks it. Raises `expat.ExpatError` where `markup` is not well-formed XML."""
    document = xml.dom.minidom.Document()
    open_elements: list[Any] = [document]
    words: list[str] = []

    def text() -> None:
        if not words:
            return
        joined = "".join(words)
        words.clear()
        around = open_elements[-1]
        if around is document or (around.tagName in _HOLDING_ELEMENTS and joined.isspace()):
            return
        around.appendChild(document.createTextNode(joined))

    def start(name: str, attributes: dict[str, str]) -> None:
        text()
        element = document.createElement(name)
        for key, value in attributes.items():
            element.setAttribute(key, value)
        open_elements[-1].appendChild(element)
        open_elements.append(element)

    def end(name: str) -> None:
        text()
        open_elements.pop()

    def refuse(*declared: Any) -> None:
        raise expat.ExpatError("templates declare no entities")

    reader = expat.ParserCreate("utf-8")
    reader.buffer_text = True
    reader.StartElementHandler, reader.EndElementHandler = start, end
    reader.CharacterDataHandler = words.append
    reader.EntityDeclHandler = refuse
    reader.Parse(markup, True)
    return document


class _Reader:
    """Stands where xhtml2pdf makes html5lib's parser, which takes ten times as long."""

    def __init__(self, **options: Any) -> None:
        self._options = options

    def parse(self, source: Any, **options: Any) -> Any:
        if hasattr(source, "read"):
            source = source.read()
        try:
            return _read(source)
        except expat.ExpatError:
            return html5lib.HTMLParser(**self._options).parse(source, **options)


def install() -> None:
    """Read every document like this from now on (xhtml2pdf 0.2.28)."""
    parser.html5lib = SimpleNamespace(HTMLParser=_Reader)
