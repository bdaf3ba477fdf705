"""Turns the form's definition and what is stored into what the record's templates show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from record import correction as facts
from record.case import OPEN
from record.codes import TEAMS
from record.deadlines import next_due
from record.form import Answers, Field, Form, Missing, Need, Row, Rows, Section, Tab, missing
from record.status import STATUS
from routes import grouped
from routes.afterwards import after_submission, changed_after, reordered
from routes.dates import DUE
from routes.guard import Person
from routes.opened import NOTHING, WITHDRAWN, Opened, Stored
from views.words import day, local, stamp

COLOURS = {
    "draft": "grey",
    "submitted": "blue",
    "acknowledged": "turquoise",
    "deciding": "turquoise",
    "assessing": "purple",
    "draft_plan": "purple",
    "final_plan": "green",
    "not_assess": "yellow",
    "not_issue": "yellow",
}
BEGINS = 160  # characters of an entry's text on its card, of which the stylesheet shows two lines
FEW = 3  # a list of so many entries shows them all; in a longer one those are folded that need nothing more
SPECIAL = (("profiles", "Profiles"), ("documents", "Documents"), ("submit", "Submit ERSA"))


@dataclass(frozen=True)
class Typed:
    """What a person sent without JavaScript and what came of it, to be shown again in place."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


NOTHING_TYPED = Typed()


def head(opened: Opened) -> dict[str, Any]:
    """What stands at the top of every page of a record."""
    it = opened.head
    since = due = ""
    late = False
    if it.received_at:
        received = day(local(it.received_at).date())
        since = f"With SENAS since {received}" if it.status in OPEN else f"Submitted on {received}"
        if following := next_due(opened.dates) if it.status in OPEN else None:
            late = following.state == "late"
            due = f"{DUE[following.name].lower()} by {day(following.due)}{' – late' if late else ''}"
    if it.goes:
        due = f"{'w' if since else 'W'}ill be deleted on {day(it.goes)}"
        due += " unless somebody writes in it" if it.status == "draft" else ""
    return {
        "id": it.id,
        "name": opened.name,
        "dob": day(it.dob),
        "upn": it.upn or "",
        "setting": it.setting_name,
        "status": standing_of(it),
        "status_colour": COLOURS.get(it.status, "grey"),
        "coordinator": it.coordinator or "",
        "contact": it.contact or "",
        "reference": it.reference,
        "since": since,
        "due": due,
        "late": late,
        "sent": it.status != "draft" and it.sight == "all",
        "asked": it.sight != "all",
        "questions": it.questions,
        "withdrawn": {"at": it.withdrawn_at, "by": it.withdrawn_by or ""} if it.withdrawn_at else None,
        "earlier": [other(r) for r in opened.others if r.started_at < it.started_at],
        "later": [other(r) for r in opened.others if r.started_at >= it.started_at],
    }


def other(r: Any) -> dict[str, str]:
    """Another request for the same child, as a link with where it stands and since when."""
    return {"href": f"/records/{r.id}", "reference": r.reference, "status": standing_of(r), "since": day(r.since)}


def standing_of(r: Any) -> str:
    """Where a request stands, in words."""
    return "Draft, withdrawn" if r.withdrawn_at else STATUS[r.status]


def tab_list(opened: Opened, current: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The tab list with what each tab still needs, and how many of them are done."""
    tabs = []
    done = 0
    current = standing(current)
    for tab in opened.form.shown(opened.answers):
        lacks = missing(tab, opened.answers)
        todo = sum(m.need < Need.WANTED for m in lacks)
        state = "todo" if todo else "done" if finished(tab, opened.answers) else "optional"
        done += not todo
        tabs.append(_link(opened, tab.name, tab.title, current, state, todo, len(lacks) - todo))
    # who is asked for advice alone is not concerned with what the ERSA lacks
    progress = {"done": 0, "of": 0} if opened.form.narrow else {"done": done, "of": len(tabs)}
    tabs += [_link(opened, name, title, current, "none", 0, 0) for name, title in special(opened.form)]
    return tabs, progress


def special(form: Form) -> list[tuple[str, str]]:
    """The tabs that are no part of the form, as (name, title)."""
    return [(name, title) for name, title in SPECIAL if name != "submit" or not form.narrow]


def standing(name: str) -> str:
    """Where a page stands among the tabs: the appendices under Profiles."""
    return "profiles" if name.startswith("appendix_") else name


def _link(opened: Opened, name: str, title: str, current: str, state: str, todo: int, warn: int) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "href": f"/records/{opened.id}/{name}",
        "current": name == current,
        "state": state,
        "todo": todo,
        "warn": warn,
    }


def finished(tab: Tab, answers: Answers) -> bool:
    """True when anything in the tab was answered by a person, and no entry was begun that is no part of the advice."""
    if any(part.unfinished(row) for part in tab.lists for row in answers.rows(part.name)):
        return False
    return any(
        answers.rows(part.name)
        if isinstance(part, Rows)
        else any(answers[f.name] and not f.automatic for f in part.fields)
        for part in tab.parts
    )


def may_write(person: Person, tab: Tab) -> str:
    """Why this person may not write in this tab; empty when they may. The database decides again by itself."""
    if tab.written_by and person.role in ("senco", "adviser") and person.team not in tab.written_by:
        return f"This appendix is written by {', '.join(TEAMS[team] for team in tab.written_by)}."
    if person.role == "senco" or (person.role == "adviser" and tab.adviser_may_write):
        return ""
    if person.role == "adviser":
        return (
            "The child’s setting fills in this part. You can add your own team’s outcomes under Outcomes, and contacts "
            "under Professional Involvement if you are involved with the child."
        )
    return "SENAS reads what professionals wrote, and never changes it."


def may_write_here(person: Person, tab: Tab, opened: Opened) -> str:
    """The same of this record: nobody writes in a draft that was withdrawn."""
    return WITHDRAWN if opened.head.withdrawn_at is not None else may_write(person, tab)


def theirs(person: Person, part: Rows, ours: bool, author: str | None) -> str:
    """Why an entry is not this person's to change; empty when it is. Nobody writes over another team's outcome."""
    if (part.own_only or person.role == "adviser") and not ours:
        return f"Written by {author or 'another team'}: only their team changes it."
    return ""


def parts(opened: Opened, tab: Tab, person: Person, typed: Typed = NOTHING_TYPED, by: str = "") -> list[dict[str, Any]]:
    """The sections and lists of a tab; ``by`` is the field by which a list is to be grouped."""
    readonly = bool(may_write_here(person, tab, opened))
    painted: list[dict[str, Any]] = []
    for part in tab.parts:
        if isinstance(part, Section):
            fields = [
                _field(opened, opened.main, f, opened.answers, readonly, typed)
                for f in part.fields
                if not readonly or f.asked(opened.answers, opened.answers)
            ]
            painted.append(
                {
                    "kind": "section",
                    "name": part.name,
                    "title": part.title,
                    "about": part.about,
                    "fields": fields,
                }
            )
        else:
            painted.append(_rows(opened, tab, part, person, readonly, typed, by))
    return painted


def _rows(
    opened: Opened, tab: Tab, part: Rows, person: Person, readonly: bool, typed: Typed, asked: str
) -> dict[str, Any]:
    by = grouped.chosen(part, asked)
    again = grouped.again(part, by) if by else ""
    add_url = f"/records/{opened.id}/lists/{part.name}{again}"
    live = {row.id: row for row in opened.answers.rows(part.name)}
    shown = [e for e in opened.entries if e.list == part.name]
    alive = [e for e in shown if e.withdrawn_at is None]
    may_add = not readonly and len(alive) < part.most and not (part.one_each and any(e.mine for e in alive))
    rows = []
    for e in shown:
        row = live.get(str(e.id)) or Row(
            str(e.id), {f: a.value for (entry, f), a in opened.stored.items() if entry == e.id}
        )
        number = alive.index(e) + 1 if e in alive else 0
        why = theirs(person, part, e.ours, e.author)
        base = f"/records/{opened.id}/entries/{e.id}"
        locked = readonly or bool(why)
        fields = [
            _field(opened, e.id, f, row, locked, typed)
            for f in part.fields
            if not locked or f.asked(row, opened.answers)
        ]
        said = card(opened, part, row, number, by)
        unsaved = any(f["error"] or f["conflict"] for f in fields)
        rows.append(
            {
                **said,
                # nor does its heading tell what SENAS or ICT took out
                "title": part.singular if e.withdrawn_reason else said["title"],
                "open": len(alive) <= FEW or unsaved or not row.answers or bool(said["lacking"] or said["unfinished"]),
                "after": after_submission(opened, part, e),
                "by": f"{e.author}, {stamp(e.added_at)}" if e.author else "",
                "readonly": locked,
                "readonly_why": "" if readonly else why,
                "beside_url": f"{add_url}{'&' if again else '?'}beside={e.id}"
                if why and part.beside and may_add
                else "",
                "beside_id": uuid4(),
                "fields": fields,
                "withdrawn": e.withdrawn_at is not None,
                "withdrawn_by": e.withdrawn_by or "",
                "withdrawn_reason": e.withdrawn_reason,
                "withdraw_url": "" if locked else f"{base}/withdraw{again}",
                # what SENAS or ICT took out, with a reason, they put back
                "restore_url": "" if locked or e.withdrawn_reason else f"{base}/restore{again}",
                "up_url": f"{base}/up" if part.ordered and not locked and number > 1 else None,
                "down_url": f"{base}/down" if part.ordered and not locked and 0 < number < len(alive) else None,
            }
        )
    return {
        "kind": "rows",
        "name": part.name,
        "title": part.title,
        "about": part.about,
        "singular": part.singular,
        "empty": f"{part.empty.partition('.')[0]}." if readonly else part.empty,  # what follows is for who writes
        "ordered": part.ordered,
        "reordered": reordered(opened, part),
        "may_add": may_add,
        "full": f"No more than {part.most} can be added." if len(alive) >= part.most else "",
        "add_url": add_url,
        "new_id": uuid4(),
        "rows": rows,
        "groups": grouped.groups(opened, part, rows, by) if by else [],
        "links": grouped.links(opened, part, tab.name, by) if by and rows else [],
    }


def card(opened: Opened, part: Rows, row: Row, number: int, by: str) -> dict[str, Any]:
    """What stands on an entry also while it is folded: its name and what it still needs; 0 is for a withdrawn one.

    ``by`` is the field by which its list is grouped.
    """
    return {
        "id": UUID(row.id),
        "title": part.called(row, number),
        "begins": part.called(row, number, BEGINS),
        "sort": part.sort_of(row, by) if part.opening and row[part.opening] else "",
        "lacking": sum(f.lacking(row, opened.answers) and f.need < Need.WANTED for f in part.fields) if number else 0,
        "unfinished": part.unfinished(row) if number else "",
    }


def _field(opened: Opened, entry: UUID, f: Field, here: Answers | Row, readonly: bool, typed: Typed) -> dict[str, Any]:
    key = opened.key(entry, f.name)
    stored = opened.stored.get((entry, f.name), NOTHING)
    answer = f.answer(here, opened.answers)
    fixed = f.locked or f.automatic
    kind = f.kind
    conflict = typed.conflicts.get(key)
    return {
        "key": key,
        "label": f.label,
        "hint": f.hint,
        "kind": kind.control,
        "value": typed.values.get(key, kind.typed(here[f.name])),
        "shown": kind.show(answer),
        "version": conflict["version"] if conflict else stored.version,
        "options": list(getattr(kind, "options", {}).items()),
        "many": getattr(kind, "many", False),
        "rows": getattr(kind, "rows", 0),
        "most": getattr(kind, "most", 0),
        "width": getattr(kind, "width", 0),
        "autocomplete": getattr(kind, "autocomplete", ""),
        "inputmode": getattr(kind, "inputmode", ""),
        "prefix": getattr(kind, "prefix", ""),
        "unit": getattr(kind, "unit", "").strip(),
        "suggest": getattr(kind, "suggest", ""),
        "sentence": getattr(kind, "sentence", ""),
        "error": typed.errors.get(key, ""),
        "conflict": conflict,
        "locked": f.locked,
        "automatic": f.automatic,
        "worked_out": f.work_out is not None,
        "readonly": readonly or fixed,
        "need": f.need.name.lower(),
        "lacking": f.lacking(here, opened.answers),
        "when": {"field": opened.key(entry, f.when.field), "values": " ".join(f.when.values)} if f.when else None,
        "saved": saved(stored),
        "changed_after": changed_after(stored, opened) and not f.name.startswith("appendix_"),
        "history_href": f"/records/{opened.id}/fields/{key}/history",
        "correct_href": f"/records/{opened.id}/corrections/{f.name}" if f.locked and opened.head.sight == "all" else "",
        "correction": next((correction(c) for c in opened.corrections if f.locked and c.field == f.name), None),
    }


def correction(c: Any) -> dict[str, Any]:
    """A correction that was asked for, and what became of it, in words."""
    asked = f"{'You' if c.mine else c.asked_by} asked on {day(c.asked_at)}"
    became = "waiting" if c.state == "waiting" else f"{c.state} by {c.decided_by} on {day(c.decided_at)}"
    return {
        "words": f"{asked}: {became}",
        "state": c.state,
        "old": facts.show(c.field, c.old),
        "new": facts.show(c.field, c.new),
        "reason": c.reason,
        "answer": c.answer,
    }


def saved(stored: Stored) -> dict[str, str] | None:
    """By whom and when an answer was saved, in words."""
    return {"by": stored.author, "label": stamp(stored.saved_at)} if stored.saved_at else None


def needs(opened: Opened, tab: Tab) -> dict[str, list[dict[str, Any]]]:
    """What a tab still needs, and what would be good to have, each with a link to its field."""
    lacks = missing(tab, opened.answers)
    return {
        "needed": _by_entry(tab, [m for m in lacks if m.need < Need.WANTED]),
        "wanted": _by_entry(tab, [m for m in lacks if m.need >= Need.WANTED]),
    }


def _by_entry(tab: Tab, lacks: Iterable[Missing]) -> list[dict[str, Any]]:
    """In the order of the page; of an entry that lacks several things its name stands once (``of``), before them."""
    groups = []
    for _, found in groupby(lacks, lambda m: m.key.rpartition(".")[0] or m.key):
        some = list(found)
        several = len(some) > 1
        links = [{"href": f"#{anchor(tab, m.key)}", "text": m.what if several else m.says} for m in some]
        groups.append({"of": some[0].where if several else "", "links": links, "count": len(links)})
    return groups


def anchor(tab: Tab | None, key: str) -> str:
    """Where on its tab's page something missing is: a field, or a list that should have more entries."""
    return key if tab and any(part.name == key for part in tab.lists) else f"f-{key}"


def around(form: Form, answers: Answers, current: str, record: UUID) -> dict[str, Any]:
    """The tabs before and after the current one."""
    links = [(t.name, t.title) for t in form.shown(answers)] + special(form)
    at = next((n for n, (name, _) in enumerate(links) if name == standing(current)), 0)

    def link(n: int) -> dict[str, str] | None:
        return {"href": f"/records/{record}/{links[n][0]}", "title": links[n][1]} if 0 <= n < len(links) else None

    return {"previous": link(at - 1), "next": link(at + 1)}


def by_tab(form: Form, lacks: Iterable[Missing], record: UUID) -> list[dict[str, Any]]:
    """What is missing, grouped by tab, each a link to its field."""
    groups: dict[str, dict[str, Any]] = {}
    for m in lacks:
        tab = form.tab(m.tab)
        group = groups.setdefault(m.tab, {"tab_title": tab.title if tab else m.tab, "items": []})
        group["items"].append({"href": f"/records/{record}/{m.tab}#{anchor(tab, m.key)}", "text": m.says})
    return list(groups.values())
