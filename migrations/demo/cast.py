"""The people of the demo: the eight to sign in as, and colleagues who only appear as authors."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("cast.toml")


@dataclass(frozen=True)
class Castmember:
    """One person. ``password`` is temporary, and empty for a colleague, who has no account."""

    name: str
    username: str
    role: str
    team: str
    job_title: str
    email: str
    phone: str
    setting: str = ""
    password: str = ""
    what: str = ""


def _read(key: str) -> tuple[Castmember, ...]:
    people: list[dict[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))[key]
    return tuple(Castmember(**person) for person in people)


CAST = _read("cast")
COLLEAGUES = _read("colleague")
