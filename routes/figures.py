"""The service's figures for SENAS: charts with a table beside each, and each as a file for a spreadsheet."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from record.clock import today
from record.figures import Case, Table, asked, ended, tables
from routes.dates import dates_of
from routes.documents import SENAS
from routes.exports import note, sheet
from routes.guard import only
from views import page
from views.words import local


async def _tables(request: Request) -> list[Table]:
    days = request.app.state.settings.receipt_days
    async with request.app.state.db.reading(request.state.person.identity) as q:
        rows = await q.figures.cases()
        dates = await dates_of(q, [r.record for r in rows])
    cases = []
    for r in rows:
        steps = dates.steps.get(r.record, ())
        received, kept = local(r.received_at).date(), dates.of(r.record, days)
        cases.append(Case(r.status, r.setting, received, kept, ended(steps, r.status), asked(steps)))
    return tables(cases, today())


@only(*SENAS)
async def show(request: Request) -> Response:
    """All of them."""
    found = await _tables(request)
    return page(request, "figures.html", {"tables": [_drawn(it) for it in found]})


def _drawn(it: Table) -> dict[str, object]:
    """A figure with the lengths of its bars, as parts of the longest; percents are parts of a hundred."""
    values = [row[it.bars] if isinstance(row[it.bars], int) else 0 for row in it.rows]
    longest = 100 if it.percent else max([1, *(v for v in values if isinstance(v, int))])
    return {
        "name": it.name,
        "title": it.title,
        "about": it.about,
        "head": it.head,
        "rows": it.rows,
        "total": it.total if it.rows else (),
        "measure": it.head[it.bars],
        "bars": [
            {"label": str(row[0]), "part": int(v) / longest, "value": _said(row[it.bars], it.percent)}
            for row, v in zip(it.rows, values, strict=True)
        ],
        "drawn": any(isinstance(row[it.bars], int) for row in it.rows) if it.percent else any(values),
        "empty": it.empty,
        "href": f"/figures/export?table={it.name}",
    }


def _said(value: str | int, percent: bool) -> str:
    """What stands at the end of a bar."""
    if value == "":
        return "none due"
    return f"{value}%" if percent else str(value)


@only(*SENAS)
async def export(request: Request) -> Response:
    """One of them as a table."""
    wanted = request.query_params.get("table", "stages")
    it = next((t for t in await _tables(request) if t.name == wanted), None)
    if it is None:
        raise HTTPException(404)
    async with request.app.state.db.writing(request.state.person.identity) as q:
        await note(q, "figures", len(it.lines))
    return sheet(f"figures-{it.name}", list(it.head), [list(row) for row in it.lines])


ROUTES = [
    Route("/figures", show),
    Route("/figures/export", export),
]
