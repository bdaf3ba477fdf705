"""An ERSA to be read whole: every answer as it was submitted, with what it says now where that has changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from record.form import Answers, Field, Form, Row, Rows, Section, Tab
from record.paper import NOTHING, language_of, titled


@dataclass(frozen=True)
class Shown:
    """One answer. ``key`` is its address in the record; ``now`` differs from ``sent`` where ``changed``.

    ``language`` is a BCP 47 tag of words that are kept in their own.
    """

    key: str
    label: str
    sent: str
    now: str
    long: bool
    changed: bool
    secret: bool
    language: str = ""


def as_sent(kept: Mapping[str, Any], now: Answers) -> Answers:
    """What a submission has kept, as the form reads it."""
    lists = {
        name: [Row(r["id"], r["answers"], r.get("author", ""), r.get("team", ""), r.get("added", "")) for r in rows]
        for name, rows in kept.get("lists", {}).items()
    }
    return Answers(kept.get("answers", {}), lists, now.today)


def review(form: Form, sent: Answers, now: Answers) -> list[dict[str, Any]]:
    """The tabs that apply: ``{"name", "title", "number", "parts", "changed"}``, ``changed`` a number of answers.

    The number is the section's in what was submitted; 0 of one that applies only since.

    A part is ``{"kind": "fields", "title", "fields": [Shown]}`` or ``{"kind": "rows", "title", "name", "empty",
    "rows": [{"id", "title", "said_there", "by", "team", "state", "unfinished", "fields"}]}``; a row's state is '',
    'added' or 'withdrawn' since submission, ``said_there`` are the keys of the answers that its title says whole, and
    ``unfinished`` says what keeps it out of the advice.
    """
    numbers = {tab.name: number for number, tab in form.numbered(sent)}
    tabs = [tab for tab in form.tabs if tab.applies(sent) or tab.applies(now)]
    return [_tab(tab, numbers.get(tab.name, 0), sent, now) for tab in tabs]


def _tab(tab: Tab, number: int, sent: Answers, now: Answers) -> dict[str, Any]:
    parts = [_section(part, sent, now) if isinstance(part, Section) else _rows(part, sent, now) for part in tab.parts]
    shown = [f for part in parts for f in part.get("fields", ())]
    rows = [row for part in parts for row in part.get("rows", ())]
    shown += [f for row in rows if not row["state"] for f in row["fields"]]
    return {
        "name": tab.name,
        "title": tab.title,
        "number": number,
        "parts": parts,
        "changed": sum(f.changed for f in shown) + sum(bool(row["state"]) for row in rows),
    }


def _section(section: Section, sent: Answers, now: Answers) -> dict[str, Any]:
    found = (_shown(f, f.name, sent, sent, now, now) for f in section.fields)
    return {"kind": "fields", "title": section.title, "fields": [f for f in found if f]}


def _rows(part: Rows, sent: Answers, now: Answers) -> dict[str, Any]:
    before = {row.id: row for row in sent.rows(part.name)}
    after = {row.id: row for row in now.rows(part.name)}
    rows = []
    for number, id_ in enumerate(dict.fromkeys((*before, *after)), 1):
        first, last = before.get(id_), after.get(id_)
        there = last or first or Row(id_, {})
        found = (
            _shown(f, f"{id_}.{f.name}", first or there, sent, last or there, now)  # alone it is compared with itself
            for f in part.fields
        )
        title, said_there = titled(part, there, number)
        rows.append(
            {
                "id": id_,
                "title": title,
                "said_there": {f"{id_}.{name}" for name in said_there},
                "by": ", ".join(words for words in (there.author, there.team, there.added) if words),
                "team": there["team"] or there.team,
                "state": "" if first and last else "added" if last else "withdrawn",
                "unfinished": part.unfinished(there) if last else "",
                "fields": [f for f in found if f],
            }
        )
    return {"kind": "rows", "title": part.title, "name": part.name, "empty": NOTHING, "rows": rows}


def _shown(f: Field, key: str, first: Answers | Row, sent: Answers, last: Answers | Row, now: Answers) -> Shown | None:
    """An answer, or None where there was none and is none, or nobody was asked."""
    before = f.kind.show(f.answer(first, sent)) if f.asked(first, sent) else ""
    after = f.kind.show(f.answer(last, now)) if f.asked(last, now) else ""
    if not before and not after:
        return None
    secret = bool(f.secret_when and (f.secret_when(first, sent) or f.secret_when(last, now)))
    # what the portal fills in by itself goes with the years and the writers: nobody has changed an answer
    changed = before != after and not f.automatic
    language = language_of(f, last) or language_of(f, first)
    return Shown(key, f.label, before, after, f.kind.control == "long", changed, secret, language)
