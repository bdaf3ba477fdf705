"""The Gateway: the children a person may see, found, sorted and paged."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

import record
from record import clock
from record.deadlines import next_due
from record.form import Answers, Need, Row
from record.kinds import Refused, looks_like_date, read_date
from record.names import fold
from record.status import STATUS
from routes import paint
from routes.dates import DUE, NO_DATES, Dates, dates_of
from routes.guard import Person, signed_in
from routes.opened import identifier
from routes.reading import Form, read_form
from routes.trail import listed
from sql import Queries
from views import page
from views.words import plural

PAGE = 20  # children
COUNTED = 1_000  # children, at most
SORTS = (("change", "Last changed"), ("name", "Surname"))
UPN = re.compile(r"[A-Za-z]\d{2,11}[0-9A-Za-z]?", re.ASCII)  # all of one, or its beginning
REFERENCE = re.compile(r"(?:ERSA[\s‐‑–-]*)?(\d{1,9})", re.IGNORECASE | re.ASCII)


def wanted(typed: str) -> dict[str, Any]:
    """What a search looks for: a reference, the beginning of a UPN, a birthday, or the beginnings of names.

    Raises ``Refused`` with the reason where it could find nobody.
    """
    text = typed.replace("\x00", "").strip()
    search: dict[str, Any] = {"words": [], "upn": None, "dob": None, "reference": None, "all": bool(text)}
    if number := REFERENCE.fullmatch(text):
        return search | {"reference": f"ERSA-{int(number[1]):06}"}
    if UPN.fullmatch(text.replace(" ", "")):
        return search | {"upn": text.replace(" ", "").upper()}
    try:
        return search | {"dob": read_date(text)}
    except Refused as refusal:
        if looks_like_date(text):
            raise Refused(f"{refusal} So no child was looked for.") from None
    words = fold(text)[:200].split()
    if text and not words:
        raise Refused("There is nothing to look for in this: write letters of a name, or digits.")
    return search | {"words": [f"% {like(word)}%" for word in words]}


def like(word: str) -> str:
    """A word to be found as it is typed, its ``%`` and ``_`` too."""
    return re.sub(r"([\\%_])", r"\\\1", word)


@dataclass(frozen=True)
class Found:
    """One page of children with what is said of each, and how many there are in all."""

    rows: Sequence[Any] = ()  # one more than a page where there is a next one
    total: int = 0
    lacking: Mapping[UUID, int] = field(default_factory=dict)  # by record
    earlier: Mapping[UUID, Sequence[Any]] = field(default_factory=dict)  # other requests, by child
    dates: Dates = NO_DATES


async def look(q: Queries, search: Mapping[str, Any], sort: str, after: UUID | None) -> Found:
    """The page of children that comes ``after`` that child."""
    listing = q.gateway.by_name if sort == "name" else q.gateway.by_change
    rows = await listing(**search, after=after, most=PAGE + 1)
    shown = rows[:PAGE]
    records = [r.record for r in shown if r.record]
    earlier: dict[UUID, list[Any]] = defaultdict(list)
    for it in await q.record.others(children=[r.id for r in shown], records=records):
        earlier[it.child].append(it)
    drafts = [r for r in shown if r.record and r.status == "draft"]
    narrow = {it.id for it in await q.advice_request.narrow(records=[r.record for r in drafts])} if drafts else set()
    return Found(
        rows,
        await q.gateway.count(**search, most=COUNTED + 1),
        await lacks(q, [r for r in drafts if r.record not in narrow]),
        earlier,
        await dates_of(q, records),
    )


@signed_in
async def show(request: Request) -> Response:
    """The list: by GET as it opens, by POST what is searched for, so that no name is ever in an address."""
    person: Person = request.state.person
    form = await read_form(request) if request.method == "POST" else Form()
    typed, sort = str(form.get("search", "")), str(form.get("sort", "change"))
    sort = sort if sort in dict(SORTS) else "change"
    # the children at the head of each page so far: going back needs no statement of its own
    trail = [t for t in str(form.get("older") or form.get("newer") or "").split(".") if t and t != "first"][:500]
    found, empty, total = Found(), nothing(person, typed), ""
    settings: list[Any] = []
    if person.sees_children:
        async with request.app.state.db.reading(person.identity) as q:
            settings = await q.child.settings() if person.role == "senco" else []
            try:
                found = await look(q, wanted(typed), sort, identifier(trail[-1]) if trail else None)
                total = counted(found.total, typed)
            except Refused as refusal:
                empty = str(refusal)
    shown = found.rows[:PAGE]
    await listed(request, (r.id for r in shown))
    days = request.app.state.settings.receipt_days
    return page(
        request,
        "gateway.html",
        {
            "rows": [line(r, found, bool(settings), next_date(r, found.dates, days)) for r in shown],
            "searchable": person.sees_children,
            "search": typed,
            "sort": sort,
            "sorts": SORTS,
            "total": total,
            "newer": (".".join(trail[:-1]) or "first") if trail else "",
            "older": ".".join([*trail, str(shown[-1].id)]) if len(found.rows) > PAGE else "",
            "may_start": bool(settings),
            "settings": [(s.id, s.name) for s in settings],
            "empty": empty,
        },
    )


def counted(total: int, typed: str) -> str:
    """How many children the list holds, in words."""
    words = plural(total, "child", "children") if total <= COUNTED else f"More than {COUNTED:,} children"
    return f"{words} found" if typed.strip() else words


def nothing(person: Person, typed: str) -> str:
    """What an empty list says to this person."""
    if typed.strip() and person.sees_children:
        return "No child matches this search."
    return {
        "senco": "There is no child here yet. Press “Start an ERSA” to begin with the first.",
        "adviser": "You are not involved with any child here yet. SENAS gives you access to a child’s record "
        "when you are asked for advice: write to SENAS if you expected to find one.",
        "ict": "Your work is with accounts and settings. Children’s records are not opened by Education ICT.",
    }.get(person.role, "No request has been submitted yet.")


def line(r: Any, found: Found, may_start: bool, due: tuple[str, date, bool] | None) -> dict[str, Any]:
    """One child as a line of the list."""
    return {
        "id": r.id,
        "name": f"{r.first_name} {r.surname}",
        "dob": r.dob,
        "upn": r.upn or "",
        "setting": r.setting,
        "status": STATUS[r.status] if r.record else "",
        "status_colour": paint.COLOURS.get(r.status, "grey"),
        "missing": found.lacking.get(r.record),
        "earlier": [paint.other(it) for it in found.earlier.get(r.id, ())],
        "next_date": due,
        "updated": r.changed_at,
        "href": f"/records/{r.record}" if r.record else "",
        "start": f"/start/{r.id}" if may_start and not r.record else "",
    }


def next_date(r: Any, dates: Dates, receipt_days: int) -> tuple[str, date, bool] | None:
    """The next date somebody waits for: what, when, and whether it is past. One's own advice comes first."""
    if own := [a.due for a in dates.asked.get(r.record, ()) if a.mine and a.state == "asked"]:
        return "Your advice due", min(own), min(own) < clock.today()
    found = next_due(dates.of(r.record, receipt_days)) if r.record else None
    return (DUE[found.name], found.due, found.state == "late") if found else None


async def lacks(q: Queries, rows: list[Any]) -> dict[UUID, int]:
    """How many answers each record still needs before it can be submitted as complete."""
    ids = [r.record for r in rows]
    if not ids:
        return {}
    answers: dict[UUID, dict[UUID, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for a in await q.gateway.answers(records=ids):
        answers[a.record][a.entry][a.field] = a.value
    own: dict[UUID, dict[str, str]] = {}
    lists: dict[UUID, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for e in await q.gateway.entries(records=ids):
        if e.list == "ersa":
            own[e.record] = answers[e.record][e.id]
        else:
            lists[e.record][e.list].append(Row(str(e.id), answers[e.record][e.id]))
    found = {}
    forms = {r.record: r.form for r in rows}
    for fact in await q.gateway.facts(records=ids):
        facts = {name: "" if text is None else str(text) for name, text in fact._asdict().items() if name != "record"}
        everything = Answers({**own.get(fact.record, {}), **facts}, lists[fact.record], clock.today())
        form = record.FORMS[forms[fact.record]]
        found[fact.record] = sum(m.need < Need.WANTED for m in form.missing(everything))
    return found
