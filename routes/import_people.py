"""People as a table that is brought: each new one gets an account and a letter with a link to set a password."""

from dataclasses import dataclass

from starlette.requests import Request

from record.children_csv import WHY, Setting, settings_by_number
from record.names import fold
from record.people import ROLES
from record.people_csv import COLUMNS, Here, Newcomer, Sorted, read_people, sort_people
from record.table import Line, read_table
from routes.import_run import Found, Kind, Progress, fingerprint
from routes.password_issue import LIFE, send_link
from sql import Queries
from views.sheet import csv_sheet

SHOWN = 100  # of each list
NO_PASSWORD = "!"  # noqa: S105  the hash of no password at all: the link is the only way in


@dataclass(frozen=True)
class Read:
    """A file's rows, and what the page says of it."""

    people: list[tuple[Line, Newcomer]]
    failed: list[tuple[Line, tuple[str, ...]]]
    unused: list[str]


async def prepare(request: Request, q: Queries) -> list[Setting]:
    """Every open setting."""
    return [Setting(r.id, r.name, r.urn, r.dfe_number) for r in await q.setting.for_children(everywhere=True)]


def read(content: bytes, settings: list[Setting], progress: Progress) -> Read:
    table = read_table(content, COLUMNS)
    progress.total = len(table.lines)
    people, failed = read_people(table.lines, settings_by_number(settings), progress.tell)
    progress.done = progress.total
    return Read(people, failed, [h for h in table.unused if h != WHY])


async def match(q: Queries, it: Read) -> Found:
    here = await q.imports.accounts_here(usernames=[p.username for _, p in it.people])
    everybody = [Here(h.name, h.email, h.username) for h in await q.imports.people_here()]
    found = sort_people(it.people, it.failed, {h.username: (h.name, h.role) for h in here}, everybody)
    report = {
        "fingerprint": fingerprint(found.new),
        "good": len(found.new),
        "bad": len(found.failed),
        "counts": [["To be added", len(found.new)], ["Have an account already", len(found.known)]],
        "new": [[p.name, " ".join((f"{ROLES[p.role]} · {p.email}.", p.shared)).strip()] for p in found.new[:SHOWN]],
        "failed": [[line.number, line["name"], list(why)] for line, why in found.failed[:SHOWN]],
        "unused": it.unused,
    }
    return Found(report, _failed(found), found)


def _failed(found: Sorted) -> bytes | None:
    if not found.failed:
        return None
    rows = [[*(line[c.name] for c in COLUMNS), " ".join(why)] for line, why in found.failed]
    return csv_sheet([*(c.heading for c in COLUMNS), WHY], rows)


async def apply(request: Request, q: Queries, found: Sorted, progress: Progress) -> None:
    for it in found.new:
        made = await q.people.add(
            name=it.name,
            email=it.email,
            phone=it.phone,
            job_title=it.job_title,
            role=it.role,
            team=it.team,
            search=fold(f"{it.name} {it.email}"),
            settings=list(it.settings),
        )
        await q.people.open_account(person=made, username=it.username, password=NO_PASSWORD, life=LIFE)
        words = {"email": it.email, "username": it.username, "name": it.name}
        await send_link(q, request, made, words, "invitation", "imported")
        progress.done += 1


def template() -> tuple[list[str], list[list[str]]]:
    """The headings, and somebody who does not exist."""
    return [c.heading for c in COLUMNS], [[c.example for c in COLUMNS]]


KIND = Kind("people", "People", ("ict",), 5_000_000, prepare, read, match, apply, template)
