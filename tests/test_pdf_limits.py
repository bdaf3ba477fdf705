"""Time grows with the text and not faster; the worst that anybody can type ends as a document or with a sentence."""

import gc
import random
import re
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.paper import engine_here, field, fields, read, record, row, rows, tab

WORDS = "the and support lesson morning quiet reads writes picture sentence programme".split()


def prose(characters: int) -> str:
    chance = random.Random(1)
    said = " ".join(chance.choice(WORDS) for _ in range(characters // 5))
    assert len(said) >= characters
    return said[:characters]


def one_answer(text: str) -> dict[str, Any]:
    return record(tab(1, "Views", fields("", field("Answer", text, long=True))), draft=False)


def many_rows(count: int, *, short: bool) -> dict[str, Any]:
    some = [field("Date", "12 May 2026"), field("Score", "91")]
    if not short:
        some.append(field("Review", prose(200), long=True))
    return record(tab(1, "Progress", rows("Results", *[row(f"Result {n}", *some) for n in range(count)])), draft=False)


def cost(data: dict[str, Any]) -> float:
    """The least CPU seconds of two tries."""
    make = engine_here()
    taken = []
    for _ in range(2):
        gc.collect()
        gc.disable()
        begun = time.process_time()
        assert make("ersa.pdf.html", data).pdf
        taken.append(time.process_time() - begun)
        gc.enable()
    return min(taken)


GROWING: dict[str, tuple[Callable[[int], dict[str, Any]], int, int]] = {
    "paragraphs": (lambda n: one_answer("\n".join(prose(400) for _ in range(n * 1000 // 400))), 100, 800),
    "one paragraph": (lambda n: one_answer(prose(n * 1000)), 100, 800),
    "a word without end": (lambda n: one_answer("x" * n * 1000), 50, 400),
    "Arabic": (lambda n: one_answer("كان الولد يلعب في الحديقة " * (n * 40)), 12, 100),
    "Chinese": (lambda n: one_answer("他喜欢画画和数学" * (n * 125)), 12, 100),
    "short lines": (lambda n: one_answer("a\n" * n), 1000, 8000),
    "rows of a table": (lambda n: many_rows(n, short=True), 250, 2000),
    "rows with long answers": (lambda n: many_rows(n, short=False), 250, 2000),
    "questions": (lambda n: record(tab(1, "T", fields("", *[field(f"Q{k}", "a") for k in range(n)]))), 250, 2000),
}


@pytest.mark.parametrize("kind", GROWING)
def test_time_grows_with_the_text_and_not_faster(kind: str) -> None:
    make, little, much = GROWING[kind]
    # What every document costs is in both; a quadratic part would make the larger take 64 times as long.
    assert cost(make(much)) < 14 * cost(make(little))


WORST = {
    "a pile of accents": "a" + "\u0301" * 19_000,
    "piles of accents": ("a" + "\u0301" * 50 + " ") * 380,
    "joiners": "क\u200d" * 10_000,
    "brackets in Arabic": "ب" + "(" * 9_900 + ")" * 9_900,
    "directions mixed": "aب1(" * 5_000,
    "vowels without a space": "بُ" * 10_000,
    "conjuncts without a space": "क्ष" * 6_600,
    "Khmer without a space": "ក្ក" * 6_600,
    "Thai without a space": "ก" * 20_000,
    "emoji": "🐶" * 20_000,
    "another font for each letter": "aбكह中🐶ก" * 2_800,
    "characters of no font": "\ue123" * 20_000,
    "no-break spaces": "a\u00a0" * 10_000,
    "nothing but no-break spaces": "\u00a0" * 20_000,
    "a new line for each letter": "a\n" * 10_000,
    "elements": "<div><table><tr><td>" * 1_000,
    "entities": "&amp;&#x41;&lt;" * 1_300,
}
"""Texts of the length that one answer may have."""


@pytest.mark.parametrize("kind", WORST)
def test_the_worst_that_can_be_typed_is_printed_in_seconds(kind: str) -> None:
    text = WORST[kind]
    assert len(text) <= 20_000
    data = record(
        tab(
            1,
            f"Views {text[:200]}",
            fields(text[:200], field(text[:200], text, long=True), field("Short", text[:299]), field(text[:299], text)),
            rows("Many", *[row(text[:200], field("A", text[:40]), by=text[:200]) for _ in range(30)]),
            missing=[text[:300]],
        ),
        child={"name": text[:200], "dob": "5 May 2016", "setting": text[:200], "year": ""},
    )
    begun = time.process_time()
    assert engine_here()("ersa.pdf.html", data).pdf.startswith(b"%PDF-")
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("text", ["他喜欢画画和数学，每天都去学校。" * 1200, "ภาษาไทย" * 2500], ids=["Chinese", "Thai"])
def test_no_letter_is_lost_where_pages_end_in_a_text_without_spaces(text: str, tmp_path: Path) -> None:
    made = engine_here()("ersa.pdf.html", one_answer(text))
    body = read(made.pdf, tmp_path, "-x", "0", "-y", "70", "-W", "600", "-H", "705")
    found = re.sub(r"\s+", "", unicodedata.normalize("NFC", body))
    assert unicodedata.normalize("NFC", text) in found
