"""An answer that has changed, said once: what was added and removed is marked, in every script, and no word is lost."""

import random
import time
from pathlib import Path

import pypdfium2
import pytest

from tests.paper import SCRIPTS
from views.pdf import render
from views.pdf.compared import LONGEST, compared

PAGE = "<html><head><style>/*fonts*/ STYLE</style></head><body>{{ field|marked }}</body></html>"
MARKS = "span.added { text-decoration: underline } span.removed { text-decoration: line-through }"


def told(first: str, last: str) -> list[str]:
    """The lines, what was added in +, what was removed in -."""
    sign = {"added": "+", "removed": "-", "": ""}
    return ["".join(f"{sign[kind]}{words}{sign[kind]}" for kind, words in line) for line in compared(first, last)]


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        ("He is in Year 3, and walks.", "He is in Year 4, and walks.", ["He is in Year -3,- +4,+ and walks."]),
        ("One line here.", "One line here.\nAnd a second.", ["One line here.", "+And a second.+"]),
        ("One two.\nThree.\nFour five six.", "One two.\nFour five six.", ["One two.", "-Three.-", "Four five six."]),
        (
            "a b c d e one two three four five",
            "v w c x y one two three four five",
            ["-a b c d e- +v w c x y+ one two three four five"],
        ),
        ("one two three one", "one  two\n\nthree one", ["one two", "three one"]),
        ("他喜欢画画和数学", "他很喜欢画画和数学", ["他+很+喜欢画画和数学"]),
        ("Yes", "No", []),
        ("He walks to school alone.", "Nobody knows why this was asked.", []),
    ],
)
def test_each_text_is_said_once_with_what_changed(first: str, last: str, lines: list[str]) -> None:
    assert told(first, last) == lines


def test_no_word_of_either_text_is_lost() -> None:
    choose = random.Random(7)
    words = ["a", "b", "c,", "dog", "\n", "她", "كان", "e."]
    found = 0
    for _ in range(300):
        first, last = (" ".join(choose.choice(words) for _ in range(choose.randint(0, 30))) for _ in range(2))
        lines = compared(first, last)
        for text, other in ((first, "added"), (last, "removed")) if lines else ():
            kept = " ".join("".join(words for kind, words in line if kind != other) for line in lines)
            assert "".join(kept.split()) == "".join(text.split())
            found += 1
    assert found > 60


def test_long_texts_are_compared_in_time_or_not_at_all() -> None:
    choose = random.Random(7)
    begun = time.process_time()
    long = " ".join(f"word{n}" for n in range(LONGEST // 25))
    assert told(long, f"{long} more")[-1].endswith("+more+")
    assert compared(long * 4, f"{long * 4} more") == []
    for words, length in ((1, 4000), (20, 4000), (400, 4000)):
        first, last = (" ".join(f"w{choose.randrange(words)}" for _ in range(length)) for _ in range(2))
        compared(first, last)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_marks_are_drawn_in_every_script(script: str, tmp_path: Path) -> None:
    words = SCRIPTS[script]
    both = {"value": f"{words} one {words} two", "now": f"one {words} two {words}", "language_now": ""}
    strokes = []
    for style in ("", MARKS):
        (tmp_path / "marked.html").write_text(PAGE.replace("STYLE", style), encoding="utf-8")
        made = render.engine(tmp_path)("marked.html", {"field": both})
        with pypdfium2.PdfDocument(made.pdf) as pdf:
            strokes.append([it.get_bounds() for it in pdf[0].get_objects([pypdfium2.raw.FPDF_PAGEOBJ_PATH])])
    assert strokes[0] == []
    heights = {round((low + high) / 2) for _, low, _, high in strokes[1]}
    assert len(heights) > 1, "a line under what was added, one through what was removed"
