"""The shortcuts through the engine change nothing on any page: drawn with and without them, all words stand alike."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.story import story
from tests.paper import SCRIPTS, field, fields, record, row, rows, run, tab
from views.pdf.workers import VIEWS

WITHOUT = """
import json, sys
from pathlib import Path
from views.pdf import quick, reading, render
quick.install = reading.install = lambda: None
made = render.engine()("ersa.pdf.html", json.load(sys.stdin))
assert not made.warnings, made.warnings
Path(sys.argv[1]).write_bytes(made.pdf)
"""
WITH = WITHOUT.replace("quick.install = reading.install = lambda: None", "")
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<')


def drawn(script: str, data: dict[str, Any], path: Path) -> list[list[tuple[str, list[float]]]]:
    """Each page's words and the boxes they fill, in points."""
    subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=VIEWS.parent, input=json.dumps(data).encode(), check=True
    )
    pages = run("pdftotext", "-bbox", str(path), "-").split("<page ")[1:]
    return [
        sorted((word, [float(place) for place in places]) for *places, word in WORD.findall(page)) for page in pages
    ]


def mixed() -> dict[str, Any]:
    """Every kind of paragraph, cell and table, in every script."""
    words = " ".join(SCRIPTS.values())
    long = "\n".join(
        [words, "plain words " * 90, "w" * 400, "非空白" * 90, "a\u00a0b c", "x &amp; <b>y</b>", "plain again"] * 3
    )
    short = [
        row(f"Result {n}", field("Date", "12 May 2026"), field("Score", "91" if n % 5 else ""), by="A B")
        for n in range(99)
    ]
    wide = [row(f"Cycle {n}", field("Review", long, long=True), field("Next", words)) for n in range(3)]
    turned = "\n".join([SCRIPTS["Urdu"] + " in English", SCRIPTS["Arabic, Farsi"] * 30, "24 مايو"] * 3)
    some = [field(label, value) for label in ("Name", words) for value in ("", "Anna", words, "one\ntwo\n" + words)]
    said = (
        field("In their words", turned, long=True, language="ur"),
        field("Said", turned),
        field("More", long + turned),
    )
    story = field("Story", long, long=True, missing=True)
    return record(
        tab(1, "First", fields("Part", *some, story, *some, *said, *said), missing=["Name"]),
        tab(2, "Second", rows("Results", *short), rows("Cycles", *wide), rows("Nothing")),
        draft=False,
    )


@pytest.mark.parametrize("data", [story(20, 30, draft=False), mixed()], ids=["a whole ERSA", "all kinds and scripts"])
def test_every_word_stands_where_the_engine_itself_puts_it(data: dict[str, Any], tmp_path: Path) -> None:
    usual = drawn(WITHOUT, data, tmp_path / "without.pdf")
    quick = drawn(WITH, data, tmp_path / "with.pdf")
    assert len(quick) == len(usual) > 5
    for number, (here, there) in enumerate(zip(quick, usual, strict=True), 1):
        assert [word for word, _ in here] == [word for word, _ in there], f"page {number}"
        for (word, place), (_, expected) in zip(here, there, strict=True):
            assert place == pytest.approx(expected, abs=0.02), f"{word} on page {number}"
