"""Children from a school's list or its Common Transfer File, as a file that is brought."""

from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request

from record.children_csv import (
    COLUMNS,
    WHY,
    Child,
    Here,
    Setting,
    Sorted,
    read_children,
    settings_by_number,
    sort_children,
)
from record.ctf import read_ctf
from record.table import Line, read_table
from routes.import_run import Found, Kind, Progress, fingerprint, in_chunks
from sql import Queries
from views.sheet import csv_sheet
from views.words import day

SHOWN = 100  # of each list


@dataclass(frozen=True)
class Read:
    """A file's rows, and what the page says of it."""

    children: list[tuple[Line, Child]]
    failed: list[tuple[Line, tuple[str, ...]]]
    settings: dict[int, str]
    unused: list[str]


async def prepare(request: Request, q: Queries) -> list[Setting]:
    """The settings this person may add children to."""
    rows = await q.setting.for_children(everywhere=request.state.person.role == "ict")
    return [Setting(r.id, r.name, r.urn, r.dfe_number) for r in rows]


def read(content: bytes, settings: list[Setting], progress: Progress) -> Read:
    numbers = settings_by_number(settings)
    xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    table = read_ctf(content, numbers) if xml else read_table(content, COLUMNS)
    progress.total = len(table.lines)
    only = settings[0] if len(settings) == 1 else None
    children, failed = read_children(table.lines, numbers, only, progress.tell)
    progress.done = progress.total
    return Read(children, failed, {s.id: s.name for s in settings}, [h for h in table.unused if h != WHY])


async def match(q: Queries, it: Read) -> Found:
    here = await q.imports.children_here(
        upns=[c.upn for _, c in it.children if c.upn],
        searches=[c.search for _, c in it.children],
        dobs=[c.dob for _, c in it.children],
    )
    found = sort_children(it.children, it.failed, [Here(h.upn, h.search, h.dob, h.setting) for h in here])
    report = {
        "fingerprint": fingerprint(found.new),
        "good": len(found.new),
        "bad": len(found.failed),
        "counts": [["To be added", len(found.new)], ["In the portal already", len(found.known)]],
        "new": [[c.name, f"born {day(c.dob)} · {it.settings[c.setting]}"] for c in found.new[:SHOWN]],
        "failed": [[line.number, _name(line), list(why)] for line, why in found.failed[:SHOWN]],
        "unused": it.unused,
    }
    return Found(report, _failed(found), found)


def _name(line: Line) -> str:
    return f"{line['first_name']} {line['surname']}".strip()


def _failed(found: Sorted) -> bytes | None:
    if not found.failed:
        return None
    rows = [[*(line[c.name] for c in COLUMNS), " ".join(why)] for line, why in found.failed]
    return csv_sheet([*(c.heading for c in COLUMNS), WHY], rows)


async def apply(request: Request, q: Queries, found: Sorted, progress: Progress) -> None:
    rows: list[dict[str, Any]] = [asdict(child) for child in found.new]
    await in_chunks(rows, lambda some: q.imports.add_children(children=some), progress)


def template() -> tuple[list[str], list[list[str]]]:
    """The headings, and a child who does not exist."""
    return [c.heading for c in COLUMNS], [[c.example for c in COLUMNS]]


KIND = Kind("children", "Children", ("ict", "senco"), 5_000_000, prepare, read, match, apply, template)
