"""The pages of help: questions people ask with their answers, read from help.toml; found by page and by words."""

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("help.toml")


@dataclass(frozen=True)
class Topic:
    """A question and its answer: each part is a paragraph, or the items of a list."""

    name: str
    question: str
    parts: Sequence[str | tuple[str, ...]]
    at: Sequence[str]
    words: frozenset[str]


@cache
def topics(ersa: str, ict: str, idle: int) -> tuple[Topic, ...]:
    """All of them, with the council's addresses put in, in the order of the file."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))["topic"]
    found = []
    for it in read:
        answer = it["answer"].replace("{ersa}", ersa).replace("{ict}", ict).replace("{idle}", str(idle)).strip()
        parts: list[str | tuple[str, ...]] = [
            tuple(line[2:] for line in part.splitlines()) if part.startswith("- ") else part
            for part in answer.split("\n\n")
        ]
        words = _words(f"{it['question']} {answer}")
        found.append(Topic(it["name"], it["question"], tuple(parts), tuple(it["at"]), frozenset(words)))
    return tuple(found)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(letter if letter.isalnum() else " " for letter in plain).split()


def search(known: Sequence[Topic], typed: str) -> list[Topic]:
    """Those with words that begin like the typed ones, most of them first; all where nothing is typed."""
    wanted = [word for word in _words(typed)[:20] if len(word) > 2 or word.isdigit()]
    if not wanted:
        return list(known)
    scored = [(sum(any(w.startswith(word) for w in t.words) for word in wanted), t) for t in known]
    best = max(score for score, _ in scored)
    return [t for score, t in sorted(scored, key=lambda it: -it[0]) if score and score >= best - 1]
