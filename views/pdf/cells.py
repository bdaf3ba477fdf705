"""Table cells with more text than fits a page flow on at full size, where xhtml2pdf would shrink them."""

from collections.abc import Iterable
from typing import Any

import xhtml2pdf.tables as tables

from views.pdf.plain import LateParagraph

LONG = 500
"""Characters. A shorter cell cannot be taller than a page, and the flowing kind takes longer to lay out."""


def _characters(flowables: Iterable[Any] | None) -> int:
    return sum(map(_length, flowables or ()))


def _length(flowable: Any) -> int:
    if isinstance(flowable, LateParagraph) and flowable.text is not None:
        return len(flowable.text)
    fragments = getattr(flowable, "frags", ()) or ()
    return sum(len(one.text) for one in fragments if isinstance(getattr(one, "text", None), str))


def install() -> None:
    """Give long cells of every table made from now on the flowing container (xhtml2pdf 0.2.28)."""
    shrinking = tables.PmlKeepInFrame

    def container(maxWidth: float = 0, maxHeight: float = 0, mode: str = "shrink", content: Any = ()) -> Any:
        if mode == "shrink":
            return tables.PmlFlowingCell(content) if _characters(content) > LONG else content
        return shrinking(maxWidth=maxWidth, maxHeight=maxHeight, mode=mode, content=content)

    tables.PmlKeepInFrame = container
