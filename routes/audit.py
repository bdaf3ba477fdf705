"""The audit trail: looked through and exported by ICT, and for a record's own people who has opened it."""

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from record.identifiers import upn
from record.kinds import Refused, read_date
from record.names import fold
from routes import paint
from routes.gateway import like
from routes.guard import Person, only
from routes.opened import open_record
from routes.reading import Form, number, read_form
from sql import Queries
from views import page
from views.events import KINDS, WORDS, Told, briefly, tell
from views.sheet import csv_headers, csv_sheet
from views.words import LONDON, clock, day, local, when

LINES = 50  # on a page
BATCH = 500  # events read for it: those of one person in one record within a quarter of an hour make one line
TOGETHER = timedelta(minutes=15)
MOST = 100_000  # events in one export
DAYS = 30  # of a record's readers on a page
NO_CHILD = "Write the reference of a record, for example ERSA-001044, or the child’s UPN."
ASKED = ("who", "reference", "since", "until", "kind")
REFERENCE = re.compile(r"(?:ERSA[\s-]*)?(\d{1,9})", re.IGNORECASE)


@dataclass
class Search:
    """What ICT looks for: as typed, and as sql/log.sql takes it; ``nobody`` where no person has that name."""

    given: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    nobody: bool = False


async def read_search(form: Form, q: Queries) -> Search:
    """The filters of the form."""
    found = Search({name: str(form.get(name, ""))[:200].strip() for name in ASKED})
    given = found.given
    found.query = {"people": None, "reference": None, "upn": None, "since": None, "until": None, "actions": None}
    if given["who"]:
        words = [f"% {like(word)}%" for word in fold(given["who"]).split()]
        people = await q.log.people(words=words) if words else []
        found.query["people"] = [p.id for p in people]
        found.nobody = not people
    if given["reference"]:
        like_one = REFERENCE.fullmatch(given["reference"])
        if like_one:
            found.query["reference"] = f"ERSA-{int(like_one[1]):06}"
        else:
            try:
                found.query["upn"] = upn(given["reference"])
            except Refused as refusal:
                looks_like_one = sum(c.isdecimal() for c in given["reference"]) > 9
                found.errors["reference"] = str(refusal) if looks_like_one else NO_CHILD
    for name, later in (("since", 0), ("until", 1)):
        try:
            if given[name]:
                found.query[name] = midnight(read_date(given[name]) + timedelta(days=later))
        except (Refused, OverflowError) as refusal:
            found.errors[name] = str(refusal) if isinstance(refusal, Refused) else "Check the year."
    first, end = found.query["since"], found.query["until"]
    if first and end and first >= end:
        found.errors["until"] = "The last day is before the first."
    if given["kind"] in WORDS:
        found.query["actions"] = list(WORDS[given["kind"]])
    return found


def midnight(day: date) -> datetime:
    """The moment a day begins in England."""
    return datetime.combine(day, time.min, LONDON)


@dataclass
class Line:
    """One line of the page: what one person did, perhaps several times within a while. ``first`` is the earlier end."""

    told: Told
    address: str
    last: datetime
    first: datetime
    times: int = 1

    @property
    def key(self) -> tuple[Told, str]:
        return self.told, self.address

    @property
    def at(self) -> str:
        """``24 November 2026 at 10:02``, or until when it went on."""
        if clock(self.first) == clock(self.last):
            return when(self.last)
        return f"{when(self.first)} to {clock(self.last) if day(self.first) == day(self.last) else when(self.last)}"


def lines(events: Iterable[Any]) -> tuple[list[Line], int | None]:
    """Events, newest first, as at most LINES lines, and the event the next page begins after; None at the end."""
    made: list[Line] = []
    latest: dict[tuple[Told, str], Line] = {}
    count, last = 0, None
    for event in events:
        told, address = tell(event), event.address or ""
        line = latest.get((told, address))
        if line and line.first - event.at <= TOGETHER:
            line.first, line.times = event.at, line.times + 1
        elif len(made) == LINES:
            return made, last
        else:
            line = Line(told, address, event.at, event.at)
            latest[line.key] = line
            made.append(line)
        count, last = count + 1, event.id
    return made, last if count == BATCH else None


@only("ict")
async def show(request: Request) -> Response:
    """The trail, newest first."""
    return await _page(request, Form())


@only("ict")
async def find(request: Request) -> Response:
    """As far as it is asked for, by POST: nobody's name or number is ever in an address."""
    return await _page(request, await read_form(request))


async def _page(request: Request, form: Form) -> Response:
    person: Person = request.state.person
    before = str(form.get("before", ""))
    async with request.app.state.db.reading(person.identity) as q:
        search = await read_search(form, q)
        events: list[Any] = []
        if not search.errors:
            after = number(before, most=2**63 - 1)
            events = await q.log.list(**search.query, before=after, most=BATCH)
    shown, older = lines(events)
    return page(
        request,
        "log.html",
        {
            "lines": shown,
            "given": search.given,
            "kinds": list(KINDS.items()),
            "refused": {"reference": "", "since": "", "until": "", **search.errors},
            "errors": [{"href": f"#{name}", "text": why} for name, why in search.errors.items()],
            "empty": "Nobody’s name or address has these words." if search.nobody else "Nothing like this happened.",
            "older": older or "",
            "newest": bool(before),
        },
        422 if search.errors else 200,
    )


HEADER = ("When", "Who", "What", "Reference", "About whom", "Why", "Kind", "Internet address")


@only("ict")
async def export(request: Request) -> Response:
    """The same events, each on a row of its own, as a file for a spreadsheet; that it was taken is on the trail."""
    person: Person = request.state.person
    form = await read_form(request)
    async with request.app.state.db.writing(person.identity) as q:
        search = await read_search(form, q)
        if search.errors:
            raise HTTPException(422, " ".join(search.errors.values()))
        events = await q.log.list(**search.query, before=None, most=MOST + 1)
        if len(events) > MOST:
            raise HTTPException(422, f"These are more than {MOST:,} events. Choose fewer days, then export again.")
        asked = search.given | ({"reference": "a UPN"} if search.query["upn"] else {})  # which is not for the trail
        detail = json.dumps({"rows": len(events), **asked})
        await q.audit.note(action="log.exported", child=None, record=None, entry=None, field=None, detail=detail)
    content = await asyncio.to_thread(csv_sheet, HEADER, (row(event) for event in events))
    return Response(content, headers=csv_headers("audit"))


def row(event: Any) -> list[Any]:
    """An event as a row of the export."""
    told = tell(event)
    return [
        f"{local(event.at):%d/%m/%Y %H:%M:%S}",
        told.who,
        told.what,
        event.record,
        event.whom,
        told.reason,
        KINDS.get(told.kind, ""),
        event.address,
    ]


# ---------------------------------------------------------------- a record's own people


@only("senco", "senas", "manager")
async def readers(request: Request) -> Response:
    """Who has opened this record and what they did there, day by day."""
    opened = await open_record(request)
    person: Person = request.state.person
    try:
        before = date.fromisoformat(request.query_params.get("before", "")[:10])
    except ValueError:
        before = None
    async with request.app.state.db.reading(person.identity) as q:
        rows = await q.log.readers(record=opened.id, before=before, days=DAYS)
    days = list(dict.fromkeys(r.day for r in rows))
    return page(
        request,
        "log_readers.html",
        {
            "head": paint.head(opened),
            "back": f"/records/{opened.id}/personal",
            "visits": [visit(list(group)) for _, group in groupby(rows, lambda r: (r.day, r.person))],
            "older": f"/records/{opened.id}/readers?before={days[-1]}" if len(days) == DAYS else "",
        },
    )


def visit(rows: list[Any]) -> dict[str, Any]:
    """What one person did in a record on one day, in words."""
    first, last = clock(min(r.earliest for r in rows)), clock(max(r.latest for r in rows))
    # the page counts by itself what is missing: said only where nothing else tells that it was open
    done = [r for r in rows if r.action != "record.count"] or rows
    counted: dict[str, int] = {}
    for r in done:
        what = briefly(r.action)
        counted[what] = counted.get(what, 0) + r.times
    return {
        "day": rows[0].day,
        "at": first if first == last else f"{first} to {last}",
        "name": rows[0].name,
        "job": rows[0].job_title or rows[0].team,
        "did": [f"{what} ({times:,} times)" if times > 1 else what for what, times in counted.items()],
    }


ROUTES = [
    Route("/audit", show),
    Route("/audit", find, methods=["POST"]),
    Route("/audit/export", export, methods=["POST"]),
    Route("/records/{record}/readers", readers),
]
