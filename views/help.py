"""The pages of help: questions people ask with their answers, read from help.toml; found by page and by words."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path

import snowballstemmer

FILE = Path(__file__).with_name("help.toml")
# Whose work a question is about, in the order the pages have them.
ABOUT = {
    "everybody": "For everybody",
    "settings": "For settings and advisers",
    "senas": "For SENAS",
    "ict": "For Education ICT",
}
THEIRS = {"senco": "settings", "adviser": "settings", "senas": "senas", "manager": "senas", "ict": "ict"}
LIST = re.compile(r"(- |\d+\. )")
TITLE = 3.0  # how much more a word of the question counts than one of the answer
ENOUGH = 0.25  # of the best answer's score: what falls below is not shown
_stem = cache(snowballstemmer.stemmer("english").stemWord)


@dataclass(frozen=True)
class Part:
    """A paragraph ("text", of one item), points, or steps in their order."""

    kind: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """A question and its answer. `words` is how much each stem in it counts for a search."""

    name: str
    question: str
    about: str
    at: tuple[str, ...]
    parts: tuple[Part, ...]
    words: dict[str, float]


@cache
def _read() -> tuple[dict, ...]:
    return tuple(tomllib.loads(FILE.read_text(encoding="utf-8"))["topic"])


@cache
def topics(**facts: str) -> tuple[Topic, ...]:
    """All of them, in the order of the file, with the facts put in. Raises KeyError where one is not given."""
    return tuple(_topic(it, it["answer"].format_map(facts).strip()) for it in _read())


def _topic(it: dict, answer: str) -> Topic:
    words = dict.fromkeys(_stems(answer), 1.0) | dict.fromkeys(_stems(f"{it['question']} {it['also']}"), TITLE)
    parts = tuple(_part(text) for text in re.split(r"\n{2,}", answer))
    return Topic(it["name"], it["question"], it["about"], tuple(it["at"]), parts, words)


def _part(text: str) -> Part:
    lines = text.splitlines()
    if not LIST.match(text):
        return Part("text", (" ".join(lines),))
    return Part("points" if text.startswith("- ") else "steps", tuple(LIST.sub("", line, count=1) for line in lines))


@cache
def places() -> frozenset[str]:
    """The tabs and pages that have questions of their own."""
    return frozenset(at for it in _read() for at in it["at"])


def place(path: str) -> str:
    """Which of them an address is: by its last words, the nearest to its end; '' where it is none.

    Only ever what help.toml says: an address must not stand in a page that says it does not exist.
    """
    if path == "/" or path.startswith("/sign-in"):
        return "sign_in"
    words = path.strip("/").replace("-", "_").split("/")
    ends = (tail for end in range(len(words), 0, -1) for tail in ("/".join(words[:end][-2:]), words[end - 1]))
    return next((tail for tail in ends if tail in places()), "")


def questions(at: str, role: str = "", writes: bool = True) -> list[tuple[str, str]]:
    """Name and words of the questions that arise on a tab or page: those about one's own work first.

    What SENAS and Education ICT do is not what a setting asks about its own tabs; nor does who only reads one ask what
    ``writes`` brings up.
    """
    own = THEIRS.get(role, "settings")
    here = (it for it in _read() if at in it["at"] and (writes or not it.get("writes")))
    mine = [it for it in here if (own != "settings" or it["about"] in ("everybody", "settings"))]
    return [(it["name"], it["question"]) for it in sorted(mine, key=lambda it: it["about"] != own)]


def _stems(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.replace("’", "")).encode("ascii", "ignore").decode().lower()
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", plain)]


def search(known: Sequence[Topic], typed: str) -> list[Topic]:
    """Those with words of the same stem, or that begin like what was typed; the best first.

    A word counts the more, the fewer answers have it: "QR" more than "the".
    """
    scores: Counter[int] = Counter()
    for stem in set(_stems(typed)[:20]):
        found = {
            number: max(weights)
            for number, topic in enumerate(known)
            if (weights := [w for word, w in topic.words.items() if _same(stem, word)])
        }
        for number, weight in found.items():
            scores[number] += weight * log(len(known) / len(found))  # type: ignore[assignment]
    best = max(scores.values(), default=0)
    ranked = sorted(scores.items(), key=lambda it: -it[1])
    return [known[number] for number, score in ranked if score > 0 and score >= best * ENOUGH]


def _same(typed: str, word: str) -> bool:
    return typed == word or (len(typed) > 3 and word.startswith(typed))
