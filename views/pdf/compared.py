"""An answer that has changed, said once: its words in their order, with which of them were added and which removed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from views.pdf import text

LONGEST = 200_000  # characters of both texts
MOST_PAIRS = 60_000
"""Of equal words, one in either text: the time that comparing takes goes with their number."""
_APART = 3  # fewer words than this that stayed between two changes are said with them: scraps are hard to read
_LINE_END = "\n"
# Each character of Chinese and Japanese, else what stands between two spaces.
_CHARACTERS = "\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_CHARACTERS}]|[^\\s{_CHARACTERS}]+")
Piece = tuple[str, str]
"""What became of some words, "added", "removed" or "" where they stayed; and the words."""


class _Word(NamedTuple):
    said: str
    before: str  # the space before it; the first of a line has one, for where it follows what was removed


def compared(first: str, last: str) -> list[list[Piece]]:
    """The lines of `first` and `last` together. None at all where the texts have little in common, or are too long."""
    if len(first) + len(last) > LONGEST:
        return []
    old, new = list(_words(first)), list(_words(last))
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    was, now = old[head : len(old) - tail], new[head : len(new) - tail]
    counts = Counter(word.said for word in now)
    if sum(counts[word.said] for word in was) > MOST_PAIRS:
        return []
    steps = [
        (word[0] == "equal", was[word[1] : word[2]], now[word[3] : word[4]])
        for word in SequenceMatcher(None, [w.said for w in was], [w.said for w in now], autojunk=False).get_opcodes()
    ]
    steps = list(
        _together([(True, new[:head], new[:head]), *steps, (True, new[len(new) - tail :], new[len(new) - tail :])])
    )
    stayed = sum(len(now) for same, _, now in steps if same)
    if stayed * 2 < min(len(old), len(new)):
        return []
    return list(_lines(steps))


def _words(value: str) -> Iterator[_Word]:
    for number, line in enumerate(text.lines(value)):
        if number:
            yield _Word(_LINE_END, "")
        end = 0
        for found in _WORD.finditer(line):
            yield _Word(found[0], "" if 0 < found.start() == end else " ")
            end = found.end()


def _same(old: Sequence[_Word], new: Sequence[_Word]) -> int:
    """How many words both begin with."""
    return next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a.said != b.said), min(len(old), len(new))
    )


_Step = tuple[bool, list[_Word], list[_Word]]
"""Whether the words stayed; those of the first text; those of the last."""


def _together(steps: Sequence[_Step]) -> Iterator[_Step]:
    """`steps` with the few words that stayed between two changes made part of one change."""
    held: _Step | None = None
    for number, (same, was, now) in enumerate(steps):
        between = held is not None and number < len(steps) - 1
        if same and not (between and len(now) < _APART and _LINE_END not in (word.said for word in now)):
            if held:
                yield held
            held = None
            yield same, was, now
        elif was or now:
            held = (False, held[1] + was, held[2] + now) if held else (False, was, now)
    if held:
        yield held


def _lines(steps: Sequence[_Step]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for same, was, now in steps:
        for kind, words in (("", now),) if same else (("removed", was), ("added", now)):
            for word in words:
                if word.said != _LINE_END:
                    _say(line, kind, word)
                elif line:
                    yield line
                    line = []
    if line:
        yield line


def _say(line: list[Piece], kind: str, word: _Word) -> None:
    last, said = line[-1] if line else ("", "")
    before = word.before if line else ""
    if line and last == kind:
        line[-1:] = [(kind, f"{said}{before}{word.said}")]
    elif before and not last and line:
        line[-1:] = [("", said + before), (kind, word.said)]
    elif before and kind:
        line += [("", before), (kind, word.said)]  # a space is neither added nor removed
    else:
        line.append((kind, before + word.said))
