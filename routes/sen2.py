"""The SEN2 return for SENAS: what must be mended first, and the files, one a module or all of them."""

import asyncio
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from record import VNOV22
from record.case import KINDS
from record.clock import LONDON, today
from record.sen2 import MODULES, Row, modules
from record.sen2_case import Case, Child, Period, due_next, told
from record.sen2_codes import WANTED
from record.sen2_rules import ERROR, RULES, Fault, Lacking, faults, lacking
from routes.case import as_steps
from routes.documents import SENAS
from routes.exports import sheet
from routes.guard import only
from routes.trail import listed
from sql import Queries
from views import page
from views.sheet import bare_sheet, csv_headers
from views.words import day, plural

MOST = 50  # cases shown of each kind of fault; all of them are in the table
TITLES = {
    "sen2": "The return itself",
    "person": "Children and young people",
    "requests": "Requests for an assessment",
    "assessment": "Assessments",
    "namedplan": "Plans",
    "plandetail": "Settings named in plans",
    "activeplans": "Plans that run, with their last review",
    "placementdetail": "Where children go",
    "senneed": "Needs in plans",
}
TAB_OF = {f.name: tab.name for tab in VNOV22.tabs for section in tab.sections for f in section.fields}


@dataclass(frozen=True)
class Return:
    """The return of one year, worked out: the rows of its modules, and what must be mended first."""

    period: Period
    years: Sequence[int]
    rows: dict[str, list[Row]]
    faults: list[Fault]
    lacking: list[Lacking]

    @property
    def children(self) -> list[str]:
        """Whom it is about."""
        return sorted({row.case.child.id for row in self.rows["person"] if row.case})


async def _made(request: Request, q: Queries) -> Return:
    """The return of the year in the address, of the one due next where none is given. Raises HTTPException 404."""
    settings, now = request.app.state.settings, today()
    cases = await read_cases(q)
    newest = now.year + 1  # about this year; it can be prepared all along
    first = min((step.on.year for case in cases for step in case.steps if step.kind == "received"), default=newest)
    years = range(newest, min(first, newest - 2), -1)
    wanted = request.query_params.get("year", str(due_next(now)))
    if wanted not in {str(year) for year in years}:
        raise HTTPException(404)
    period, codes = Period(int(wanted)), settings.sen2_codes
    header = {"lea": settings.la_code, "datetime": datetime.now(LONDON).strftime("%Y-%m-%dT%H:%M:%S")}

    def work_out() -> Return:
        about = told(cases, period, now)
        return Return(period, years, modules(about, codes, header), faults(about), lacking(about, codes))

    return await asyncio.to_thread(work_out)  # thousands of cases take a second of work


async def read_cases(q: Queries) -> list[Case]:
    """Every request that was received, in two statements however many there are."""
    found = await q.sen2.cases()
    steps: dict[UUID, list[Any]] = defaultdict(list)
    for step in await q.case.of_many(records=[r.record for r in found]):
        steps[step.record].append(step)
    return [
        Case(
            str(r.record),
            r.reference,
            Child(str(r.child), r.surname, r.first_name, r.dob, r.sex, r.postcode, r.upn),
            as_steps(steps[r.record]),
            r.answers,
        )
        for r in found
    ]


@only(*SENAS)
async def show(request: Request) -> Response:
    """How many rows each module has, and what must be mended before it is sent."""
    async with request.app.state.db.reading(request.state.person.identity) as q:
        made = await _made(request, q)
    groups = [group(rule, list(those)) for rule, those in groupby(made.faults, lambda it: it.rule)]
    shown = {fault.case.child.id for it in groups for fault in it["faults"]}
    await listed(request, map(UUID, sorted(shown)))
    year, period = made.period.year, made.period
    past = period.reference <= today()
    return page(
        request,
        "sen2.html",
        {
            "year": year,
            "years_options": [(str(it), f"January {it}") for it in made.years],
            "about": f"It is about the year {year - 1} and tells each case as it "
            + (
                f"stood on {day(period.reference)}."
                if past
                else f"stands today; the reference date is {day(period.reference)}."
            ),
            "modules_of": [
                {
                    "name": name,
                    "title": TITLES[name],
                    "rows": len(rows),
                    "href": f"/sen2/file?year={year}&module={name}",
                }
                for name, rows in made.rows.items()
            ],
            "children": plural(len(made.rows["person"]), "child or young person", "children and young people"),
            "empty": not made.rows["requests"],
            "errors_count": sum(it.level == ERROR for it in made.faults)
            + sum(it.level == ERROR for it in made.lacking),
            "groups": groups,
            "codes": codes_of(made.lacking),
            "all": f"/sen2/all?year={year}",
            "mend": f"/sen2/mend?year={year}",
        },
    )


def codes_of(those: Sequence[Lacking]) -> list[dict[str, Any]]:
    """The codes to look up; those for yes and for no of one item stand together."""
    found: list[dict[str, Any]] = []
    for (_, error), pair in groupby(those, lambda it: (it.name.partition(".")[0], it.level == ERROR)):
        its = list(pair)
        if all(it.name.endswith((".yes", ".no")) for it in its):
            sent = ", ".join(f"{it.sent} for {it.name.partition('.')[2]}" for it in its)
            words = WANTED[its[0].name].words.rpartition(":")[0]
            found.append({"names": [it.name for it in its], "words": words, "sent": sent, "error": error})
        else:
            found += [
                {"names": [it.name], "words": WANTED[it.name].words, "sent": it.sent, "error": error} for it in its
            ]
    return found


def group(rule: str, those: list[Fault]) -> dict[str, Any]:
    """All cases in which the same is to be mended, as far as they are shown."""
    return {
        "name": rule,
        "says": RULES[rule].says,
        "error": RULES[rule].level == ERROR,
        "count": len(those),
        "faults": those[:MOST],
        "lines": [
            {
                "reference": it.case.reference,
                "href": f"/records/{it.case.record}/review",
                "detail": it.detail,
                "mend": dict(zip(("words", "href"), way(it), strict=True)),
            }
            for it in those[:MOST]
        ],
        "more": len(those) - MOST,
    }


def way(it: Fault) -> tuple[str, str]:
    """Where a fault is mended: in words, and the address."""
    kind, which = it.mend
    base = f"/records/{it.case.record}"
    if kind == "step":
        return "Correct the step", f"{base}/steps/{which}"
    if kind == "take":
        return KINDS[which][0], f"{base}/case/{which}"
    if kind == "register":
        return "Ask for a correction", f"{base}/corrections/{which}"
    if kind == "answer":
        return "Ask the setting to answer it", f"{base}/{TAB_OF[which]}#f-{which}"
    return "Open the case", f"{base}/case"


# ---------------------------------------------------------------- the files


async def _taken(request: Request, what: str) -> Return:
    """The return that somebody takes away; who took what, and about which children, is on the audit trail."""
    async with request.app.state.db.writing(request.state.person.identity) as q:
        made = await _made(request, q)
        rows = made.rows.get(what, [row for those in made.rows.values() for row in those])
        detail = {"kind": what, "rows": len(rows), "year": made.period.year, "children": made.children}
        await q.audit.note(
            action="sen2.exported", child=None, record=None, entry=None, field=None, detail=json.dumps(detail)
        )
    return made


def table(name: str, rows: list[Row], lea: str) -> bytes:
    """One module as COLLECT's own files have it; ``sourceid`` is the reference of the case a row comes from."""
    parent, items = MODULES[name]
    above = [f"{parent}tableid"] if parent else []
    return bare_sheet(
        [f"{name}tableid", "NativeId", f"{name}orderseqcolumn", "sourceid", *above, *items],
        [
            [
                str(row.id),
                lea,
                str(number),
                row.case.reference if row.case else "",
                *([str(row.parent)] if parent else []),
                *(row.values.get(item, "") for item in items),
            ]
            for number, row in enumerate(rows, 1)
        ],
    )


@only(*SENAS)
async def file(request: Request) -> Response:
    """One module."""
    name = request.query_params.get("module", "sen2")
    if name not in MODULES:
        raise HTTPException(404)
    made = await _taken(request, name)
    content = table(name, made.rows[name], request.app.state.settings.la_code)
    return Response(content, headers=csv_headers(f"sen2-{made.period.year}-{name}"))


@only(*SENAS)
async def everything(request: Request) -> Response:
    """Every module, in one archive."""
    made = await _taken(request, "all")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, rows in made.rows.items():
            packed.writestr(f"{name}.csv", table(name, rows, request.app.state.settings.la_code))
    name = f"sen2-{made.period.year}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(archive.getvalue(), media_type="application/zip", headers=headers)


@only(*SENAS)
async def mend(request: Request) -> Response:
    """All that must be mended, as a table for a spreadsheet."""
    made = await _taken(request, "mend")
    base = request.app.state.settings.base_url
    rows = []
    for it in made.faults:
        words, address = way(it)
        level = "Error" if it.level == ERROR else "Query"
        rows.append([it.case.reference, level, it.rule, RULES[it.rule].says, it.detail, words, base + address])
    header = ["Reference", "Error or query", "Rule", "What is wrong", "In particular", "How it is mended", "Where"]
    return sheet(f"sen2-{made.period.year}-to-mend", header, rows)


ROUTES = [
    Route("/sen2", show),
    Route("/sen2/file", file),
    Route("/sen2/all", everything),
    Route("/sen2/mend", mend),
]
