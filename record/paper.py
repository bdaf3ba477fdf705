"""The record as plain data for paper: what was answered, what is missing, nothing that is confidential."""

from collections.abc import Collection, Sequence
from typing import Any

from record.codes import LANGUAGE_TAGS, UNKNOWN_TAG
from record.form import Answers, Field, Form, Need, Row, Rows, Section, Tab, missing, said

CONFIDENTIAL = "Confidential: held by SENAS"
NOTHING = "None given."
LONGEST_TITLE = 120
"""Characters of an entry's heading that are printed."""


def paper(form: Form, record: Answers, preview: bool) -> list[dict[str, Any]]:
    """The tabs that apply, each as dicts, lists and strings, ready for another process.

    A tab is ``{"name", "title", "number", "missing": [words], "warnings": [words], "parts": [part]}``, its
    number being its place among them. A part is either
    ``{"kind": "fields", "title", "fields": [field]}`` or
    ``{"kind": "rows", "title", "empty", "left_out", "rows": [{"title", "by", "missing": [words], "unfinished",
    "fields": [field]}]}``,
    and a field ``{"label", "value", "long", "missing", "language"}``: long is flowing text, missing is what
    still blocks submission, language is a BCP 47 tag of words that are kept in their own.

    Only a preview says what is missing. What is sent leaves out the empty answers that nobody looks for: the long ones,
    and those of an entry; neither shows a question that does not apply, nor what the title of an entry says.
    """
    return [_tab(tab, number, record, preview) for number, tab in form.numbered(record)]


def _tab(tab: Tab, number: int, record: Answers, preview: bool) -> dict[str, Any]:
    lacking = missing(tab, record) if preview else []
    asked = {name for rule in tab.rules if rule.about and rule.broken(record) for name in rule.about}
    return {
        "name": tab.name,
        "title": tab.title,
        "number": number,
        "missing": said(m for m in lacking if m.need <= Need.REQUIRED),
        "warnings": said(m for m in lacking if m.need is Need.WANTED),
        "parts": [
            _section(part, record, preview, asked) if isinstance(part, Section) else _rows(part, record, preview)
            for part in tab.parts
        ],
    }


def _section(section: Section, record: Answers, preview: bool, asked: Collection[str]) -> dict[str, Any]:
    return {
        "kind": "fields",
        "title": section.title,
        "fields": _fields(section.fields, record, record, preview, asked),
    }


def titled(rows: Rows, row: Row, number: int) -> tuple[str, set[str]]:
    """The heading of an entry, and the fields whose answers it says whole."""
    title = ": ".join(filter(None, (f"{rows.singular} {number}", rows.name_of(row))))
    # of those in one group it cannot be told which word is whose
    alone = {group for group in rows.title_of if " " not in group and row[group]}
    return title, alone if len(title) <= LONGEST_TITLE else set()


def _rows(rows: Rows, record: Answers, preview: bool) -> dict[str, Any]:
    every = list(enumerate(record.rows(rows.name), 1))
    ready = [(number, row) for number, row in every if preview or not rows.unfinished(row)]
    gone = len(every) - len(ready)
    return {
        "kind": "rows",
        "title": rows.title,
        "empty": rows.empty if preview else NOTHING,
        "left_out": f"{gone} {rows.singular.lower()}{'s were' if gone > 1 else ' was'} begun and not finished, "
        f"and {'are' if gone > 1 else 'is'} not part of this document."
        if gone
        else "",
        "rows": [
            {
                "title": title,
                "by": ", ".join(words for words in (row.author, row.team, row.added) if words),
                "missing": [
                    f.says or f.label
                    for f in rows.fields
                    if preview and f.need <= Need.REQUIRED and f.lacking(row, record)
                ],
                "unfinished": rows.unfinished(row),
                "fields": _fields([f for f in rows.fields if f.name not in said_there], row, record, preview),
            }
            for number, row in ready
            for title, said_there in [titled(rows, row, number)]
        ],
    }


def _fields(
    fields: Sequence[Field], here: Answers | Row, record: Answers, preview: bool, asked: Collection[str] = ()
) -> list[dict[str, Any]]:
    shown = []
    withheld: set[str] = set()
    for f in fields:
        value, long = _value(f, here, record), f.kind.control == "long"
        looked_for = preview or f.need <= Need.WANTED or f.name in asked or not (long or isinstance(here, Row))
        if f.with_field in withheld or not f.applies(here, record) or not (value or looked_for):
            continue
        if value == CONFIDENTIAL:
            withheld.add(f.name)
        shown.append(
            {
                "label": f.label,
                "value": value,
                "long": long,
                "missing": preview and f.need <= Need.REQUIRED and f.lacking(here, record),
                "language": language_of(f, here),
            }
        )
    return shown


def language_of(f: Field, here: Answers | Row) -> str:
    """The language that an answer is kept in, where it is kept in its own, as a BCP 47 tag; else nothing."""
    return LANGUAGE_TAGS.get(here[f.language_from], UNKNOWN_TAG) if f.language_from and here[f.name] else ""


def _value(f: Field, here: Answers | Row, record: Answers) -> str:
    words = f.kind.show(f.answer(here, record))
    if words and f.secret_when and f.secret_when(here, record):
        return CONFIDENTIAL
    return words
