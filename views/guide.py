"""The guide in pictures: its parts and steps, read from guide.toml, and how large the pictures of static/guide are."""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
MANIFEST = HERE.parent / "static" / "guide" / "manifest.json"


@dataclass(frozen=True)
class Step:
    """One step: what to do, and its picture; `width` and `height` in pixels of the page, 0 before it is taken."""

    picture: str
    says: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Part:
    """One job in pictures. `topics` are the questions of help.toml whose answer it shows."""

    name: str
    title: str
    about: str
    topics: tuple[str, ...]
    steps: tuple[Step, ...]


@cache
def parts(**facts: str) -> tuple[Part, ...]:
    """All of them in the order of the file, with the facts put in. Raises KeyError where one is not given."""
    sizes = json.loads(MANIFEST.read_text(encoding="utf-8"))
    found = []
    for part in tomllib.loads((HERE / "guide.toml").read_text(encoding="utf-8"))["part"]:
        steps = tuple(
            Step(
                it["picture"],
                it["says"].format_map(facts),
                it["alt"].format_map(facts),
                sizes.get(it["picture"], {}).get("width", 0),
                sizes.get(it["picture"], {}).get("height", 0),
            )
            for it in part["step"]
        )
        found.append(Part(part["name"], part["title"], part["about"], tuple(part["topics"]), steps))
    return tuple(found)
