"""The council's own lists: the types of documents, the appendices with their authors, and the teams of SENAS.

They come from a TOML file like `record/lists.toml`, which is Ealing's and says what may stand there.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from record import codes

SHIPPED = Path(__file__).with_name("lists.toml")
LONGEST = 100  # characters of what people read


@dataclass(frozen=True)
class Appendix:
    """One appendix: its letter, title, and the teams that write it, by their codes."""

    letter: str
    title: str
    teams: tuple[str, ...]


@dataclass(frozen=True)
class Lists:
    """What a council sets. Types of documents are words by code; former ones are named, but not offered."""

    types: Mapping[str, str]
    former: Mapping[str, str]
    usual: tuple[str, ...]
    appendices: tuple[Appendix, ...]
    senas: tuple[str, ...] = ()


def read_lists(path: str = "") -> Lists:
    """The lists in that file, or those shipped. Raises ValueError with a sentence that says what to mend."""
    try:
        text = Path(path or SHIPPED).read_text("utf8")
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"{path} cannot be read. It should be a text file like record/lists.toml.") from None
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}. Write it like record/lists.toml.") from None
    _only(told, "the file", {"documents", "appendices", "senas"})
    documents = _table(told, "documents", "documents")
    _only(documents, "documents", {"types", "former", "usual"})
    types = _types(_table(documents, "types", "documents.types"), "documents.types")
    former = _types(documents.get("former", {}), "documents.former")
    if both := sorted(types.keys() & former.keys()):
        raise ValueError(f"{both[0]} stands both in documents.types and in documents.former.")
    usual = _texts(documents.get("usual", []), "documents.usual", types, "a code of documents.types")
    appendices = tuple(_appendix(*it) for it in _table(told, "appendices", "appendices").items())
    return Lists(types, former, usual, appendices, _teams(told.get("senas", {})))


def _only(table: Mapping[str, Any], where: str, known: set[str]) -> None:
    if odd := sorted(table.keys() - known):
        raise ValueError(f"{where} has {odd[0]!r}, which means nothing; it may have {', '.join(sorted(known))}.")


def _table(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    it = table.get(name)
    if not isinstance(it, dict) or not it:
        raise ValueError(f"[{where}] is missing or empty.")
    return it


def _words(it: Any, where: str) -> str:
    if not isinstance(it, str) or not it.strip() or len(it) > LONGEST or not it.isprintable():
        raise ValueError(f"{where} should be words in quotation marks, on one line, {LONGEST} characters at most.")
    return it.strip()


def _types(table: Any, where: str) -> Mapping[str, str]:
    if not isinstance(table, dict):
        raise ValueError(f"{where} should be a table of codes and what they stand for.")
    for code in table:
        if not re.fullmatch("[a-z][a-z0-9_]{0,29}", code):  # what the portal makes has capitals: ERSA, Advice
            raise ValueError(f"{where}.{code} should be a code of small letters, digits and _, 30 at most.")
    return {code: _words(words, f"{where}.{code}") for code, words in table.items()}


def _texts(it: Any, where: str, known: Mapping[str, str], what: str) -> tuple[str, ...]:
    if not isinstance(it, list):
        raise ValueError(f"{where} should be a list in square brackets.")
    for one in it:
        if not isinstance(one, str) or one not in known:
            raise ValueError(f"{where} has {one!r}, which is not {what}: {', '.join(known)}.")
    return tuple(dict.fromkeys(it))


def _teams(table: Any) -> tuple[str, ...]:
    """The teams of SENAS by name; none where it is one team."""
    if not isinstance(table, dict):
        raise ValueError("[senas] should be a table with teams.")
    _only(table, "senas", {"teams"})
    told = table.get("teams", [])
    if not isinstance(told, list):
        raise ValueError("senas.teams should be a list in square brackets.")
    teams = tuple(dict.fromkeys(_words(it, "senas.teams") for it in told))
    if services := sorted({it.casefold() for it in teams} & {it.casefold() for it in (*codes.TEAMS, "SENAS", "ICT")}):
        raise ValueError(f"senas.teams has {services[0]!r}, which is a service of its own. Give the team another name.")
    return teams


def _appendix(letter: str, it: Any) -> Appendix:
    where = f"appendices.{letter}"
    if not re.fullmatch("[a-z]", letter):
        raise ValueError(f"{where} should be named by one small letter, such as appendices.c.")
    if not isinstance(it, dict):
        raise ValueError(f"{where} should be a table with title and written_by.")
    _only(it, where, {"title", "written_by"})
    told = it.get("written_by")
    teams = tuple(codes.TEAMS) if told == "all" else _texts(told, f"{where}.written_by", codes.TEAMS, "a team")
    if not teams:
        raise ValueError(f"{where}.written_by names no team: nobody could write it.")
    return Appendix(letter, _words(it.get("title"), f"{where}.title"), teams)
