"""Settings from the DfE's register, as a file that is brought: new, changed and closed ones."""

from typing import Any

from starlette.requests import Request

from record.gias import COLUMNS, FIELDS, Change, Known, News, Place, Register, compare, read_gias
from record.register import KINDS
from routes.import_run import Found, Kind, Progress, fingerprint, in_chunks
from sql import Queries
from views.sheet import csv_sheet
from views.words import day

SHOWN = 300  # of each list


async def prepare(request: Request, q: Queries) -> str:
    """The council's own authority code."""
    return str(request.app.state.settings.la_code)


def read(content: bytes, la: str, progress: Progress) -> Register:
    return read_gias(content, la)


async def match(q: Queries, register: Register) -> Found:
    known = [Known(**{n: getattr(s, n) for n in Known.__dataclass_fields__}) for s in await q.setting.list()]
    news = compare(register, known)
    work = (news.new, news.changed, news.closed)
    report = {
        "fingerprint": fingerprint(work),
        "good": sum(map(len, work)),
        "bad": len(news.failed),
        "counts": [
            ["New", len(news.new)],
            ["Changed", len(news.changed)],
            ["Closed", len(news.closed)],
            ["As the portal has them", news.same],
            ["Of other authorities, left out", news.elsewhere],
            ["Closed before, or not open yet, left out", news.past],
        ],
        "new": [[p.name, f"{KINDS[p.kind]} · URN {p.urn}"] for p in news.new[:SHOWN]],
        "changed": [_words(c) for c in news.changed[:SHOWN]],
        "closed": [[c.name, f"closed on {day(c.place.closed_on)}"] for c in news.closed[:SHOWN]],
        "absent": list(news.absent[:SHOWN]),
        "failed": [[line.number, line["name"] or line["urn"], list(why)] for line, why in news.failed[:SHOWN]],
        "unused": [],
    }
    return Found(report, _failed(news), news)


def _words(change: Change) -> dict[str, Any]:
    def say(field: str, value: str) -> str:
        return KINDS.get(value, value) if field == "kind" else value

    fields = [[FIELDS[f], say(f, before), say(f, after)] for f, before, after in change.fields]
    return {"name": change.name, "fields": fields}


def _failed(news: News) -> bytes | None:
    if not news.failed:
        return None
    headings = [c.heading for c in COLUMNS]
    rows = [[*(line[c.name] for c in COLUMNS), " ".join(why)] for line, why in news.failed]
    return csv_sheet([*headings, "Why not"], rows)


async def apply(request: Request, q: Queries, news: News, progress: Progress) -> None:
    await q.setting.because(reason="from the DfE’s register")
    await in_chunks([_row(p) for p in news.new], lambda rows: q.setting.add_many(settings=rows), progress)
    # what is closed gives its numbers to nobody: a successor keeps the setting itself
    changes = [
        {"id": c.setting, **{f: getattr(c.place, f) for f, _, _ in c.fields}} for c in news.closed + news.changed
    ]
    await in_chunks(changes, lambda rows: q.setting.change_many(settings=rows), progress)


def _row(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in FIELDS}


def template() -> tuple[list[str], list[list[str]]]:
    """The register's own headings, for who makes such a file by hand."""
    example = ["990101", "307", "2901", "Brentmere Primary School", "Community school", "Open", "", "Primary"]
    example += ["Quince Road", "Hanwell", "", "London", "", "W7 8QD", "02079460110"]
    return [c.heading for c in COLUMNS], [example]


KIND = Kind("settings", "Settings", ("ict",), 20_000_000, prepare, read, match, apply, template)
