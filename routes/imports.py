"""Bringing settings, people and children as a file: looked through first, then applied whole or not at all."""

from typing import Any
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from routes import import_children, import_people, import_run, import_settings
from routes.failure import Explained, Words
from routes.guard import Person, only
from routes.import_run import Kind
from routes.opened import identifier
from routes.reading import read_form, storable
from views import page
from views.sheet import csv_headers, csv_sheet
from views.words import plural, size

KINDS: dict[str, Kind] = {k.name: k for k in (import_settings.KIND, import_people.KIND, import_children.KIND)}
OVER = Words("This file is no longer there", "The half hour for which it was kept is over.")
WAITING = ("brought", "reading", "applying")
ONE = {"settings": ("setting", "settings"), "people": ("person", "people"), "children": ("child", "children")}


def kind_of(request: Request) -> Kind:
    """The kind of file in the address. Raises HTTPException 404 where it is none this person may bring."""
    kind = KINDS.get(request.path_params["kind"])
    if kind is None or request.state.person.role not in kind.roles:
        raise HTTPException(404)
    return kind


@only("ict", "senco")
async def first(request: Request) -> Response:
    """The first kind of file this person may bring."""
    name = next(k.name for k in KINDS.values() if request.state.person.role in k.roles)
    return RedirectResponse(f"/imports/{name}", 303)


@only("ict", "senco")
async def choose(request: Request) -> Response:
    """What can be brought, and where to choose the file."""
    return _bring(request, kind_of(request))


def _bring(request: Request, kind: Kind, error: str = "") -> Response:
    others = [k for k in KINDS.values() if request.state.person.role in k.roles]
    return page(
        request,
        "import_bring.html",
        {
            "kind": kind,
            "kinds": others if len(others) > 1 else [],
            "most": f"{kind.most // 1_000_000} MB",
            "la_code": request.app.state.settings.la_code,
            "error": error,
        },
        422 if error else 200,
    )


@only("ict", "senco")
async def template(request: Request) -> Response:
    """An empty table with the headings, and one row that shows how it is meant."""
    kind = kind_of(request)
    headings, rows = kind.template()
    return Response(csv_sheet(headings, rows), headers=csv_headers(f"{kind.name}-template"))


@only("ict", "senco")
async def bring(request: Request) -> Response:
    """Take the file, and begin to look through it."""
    kind = kind_of(request)
    form = await request.form(max_files=1, max_fields=10, max_part_size=1_000)
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _bring(request, kind, "Choose a file.")
    content = await file.read()
    if not content:
        return _bring(request, kind, "The file is empty.")
    if len(content) > kind.most:
        return _bring(request, kind, f"The file is {size(len(content))}. It can be {size(kind.most)} at most.")
    name = " ".join(storable(file.filename.replace("\\", "/").rpartition("/")[2]).split())[:100]
    async with request.app.state.db.writing(request.state.person.identity) as q:
        await q.imports.put_away(kind=kind.name)
        made = await q.imports.bring(kind=kind.name, name=name or "file", content=content)
    await import_run.start(request, kind, made)
    return RedirectResponse(f"/imports/{kind.name}/{made}", 303)


async def _open(request: Request) -> tuple[Kind, UUID, Any]:
    kind, file = kind_of(request), identifier(request.path_params["file"])
    async with request.app.state.db.reading(request.state.person.identity) as q:
        it = await q.imports.look(file=file, kind=kind.name)
    if it is None:
        raise Explained(410, OVER, (f"/imports/{kind.name}", "Bring the file again"))
    return kind, file, it


@only("ict", "senco")
async def look(request: Request) -> Response:
    """How far it is; then what would become of each row; then what has."""
    kind, file, it = await _open(request)
    if it.stopped or it.state == "brought":
        await import_run.start(request, kind, file)
        kind, file, it = await _open(request)
    return _page(request, kind, it)


def _page(request: Request, kind: Kind, it: Any, error: str = "") -> Response:
    one, many = ONE[kind.name]
    lists: dict[str, Any] = {name: [] for name in ("counts", "failed", "unused", "new", "changed", "closed", "absent")}
    report = {**lists, "good": 0, "bad": 0, "message": "", **it.report}
    return page(
        request,
        "import.html",
        {
            "kind": kind,
            "it": it,
            "report": report,
            "base": f"/imports/{kind.name}/{it.id}",
            "waiting": it.state in WAITING,
            "good": plural(report["good"], one, many),
            "bad": plural(report["bad"], "row"),
            "error": error,
        },
        422 if error else 200,
    )


@only("ict", "senco")
async def progress(request: Request) -> Response:
    """The same page, asked for by itself once a second: no sign that anybody is there."""
    return await look(request)


@only("ict", "senco")
async def apply(request: Request) -> Response:
    """Apply what was looked through: every row, or the good ones where that was chosen in so many words."""
    form = await read_form(request)
    kind, file, it = await _open(request)
    if it.state == "read" and it.report.get("good"):
        if it.report["bad"] and form.get("part") != "yes":
            return _page(request, kind, it, "Say whether the rows that failed may be left out.")
        await import_run.start(request, kind, file, seen=str(form.get("seen", "")))
    return RedirectResponse(f"/imports/{kind.name}/{file}", 303)


@only("ict", "senco")
async def failed(request: Request) -> Response:
    """The rows that cannot be used, each with its reasons, to be put right and brought again."""
    kind, file = kind_of(request), identifier(request.path_params["file"])
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        content = await q.imports.failed(file=file, kind=kind.name)
    if content is None:
        raise HTTPException(404)
    return Response(bytes(content), headers=csv_headers(f"{kind.name}-failed"))


ROUTES: list[BaseRoute] = [
    Route("/imports", first),
    Route("/imports/{kind}", choose),
    Route("/imports/{kind}", bring, methods=["POST"]),
    Route("/imports/{kind}/template", template),
    Route("/imports/{kind}/{file}", look),
    Route("/imports/{kind}/{file}/progress", progress),
    Route("/imports/{kind}/{file}/apply", apply, methods=["POST"]),
    Route("/imports/{kind}/{file}/failed", failed),
]
