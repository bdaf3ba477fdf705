"""The headings of the page that is being drawn."""

from typing import Any, NamedTuple


class Heading(NamedTuple):
    """One that was drawn, and whether before all else on its page.

    `words` are (text, font); `kind` is the class it has in the template.
    """

    level: int
    kind: str
    words: tuple[tuple[str, str], ...]
    first: bool


_drawn: list[Heading] = []


def note(flowable: Any, level: int, first: bool) -> None:
    """Remember the paragraph `flowable`, which is being drawn."""
    some = [fragment for fragment in flowable.frags if isinstance(getattr(fragment, "text", None), str)]
    words = tuple((fragment.text, fragment.fontName) for fragment in some if fragment.text)
    _drawn.append(Heading(level, getattr(some[0], "tagKind", ""), words, first))


def taken() -> list[Heading]:
    """Those noted since they were last taken, in their order."""
    found = _drawn[:]
    _drawn.clear()
    return found
