"""Everything about one child as one archive: a cover in plain words, tables, and the documents themselves.

It is put together on the disk, piece by piece: no more than one document, or some texts, is in memory at a time.
"""

import asyncio
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from uuid import UUID

from starlette.requests import Request

from record import FORMS, correction
from record.codes import TEAMS
from record.documents import AVAILABILITY, TYPES
from record.form import Answers, Field
from record.kinds import say_date
from record.retention import OUTCOMES, Rule
from record.review import as_sent, review
from record.status import STATUS
from routes import case
from routes.advice_requests import STATES as ADVICE
from routes.document_requests import STATES as DOCUMENTS
from sql import Identity, Queries
from views import letter
from views.events import briefly
from views.sheet import csv_rows, csv_sheet
from views.words import day, local, when

SOME = 50  # texts at a time
DECIDED = {name: name.capitalize() for name in ("waiting", "applied", "refused")}
ASKED = {"open": "To open it", "remove": "To take it away"}


class Archive:
    """A ZIP file on the disk that takes tables and documents; packing goes on beside the server's other work."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.names: list[str] = []

    async def add(self, name: str, content: bytes, *, packed: bool = False) -> None:
        """A whole file; ``packed`` says that it is as small as it gets already."""
        how = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        self.names.append(name)
        await asyncio.to_thread(self._zip.writestr, name, content, how)

    async def table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table that is small enough to be made at once; none where there are no rows."""
        if rows := list(rows):
            await self.add(f"{name}.csv", await asyncio.to_thread(csv_sheet, header, rows))

    def open(self, name: str) -> IO[bytes]:
        """A file to be written piece by piece, and closed before the next."""
        self.names.append(name)
        return self._zip.open(name, "w")

    async def close(self) -> None:
        await asyncio.to_thread(self._zip.close)


async def fill(request: Request, child: UUID, facts: Any, archive: Archive) -> None:
    """Put everything in that this person may see; ``facts`` are the register's."""
    db, person = request.app.state.db, request.state.person
    async with db.reading(person.identity) as q:
        records = await q.subject_access.records(child=child)
        erased = await q.subject_access.erased(child=child)
        await archive.table(
            "people", ["Who works with the child", "Job", "Team", "Since"],
            [[p.name, p.job_title, TEAMS.get(p.team, p.team), p.since]
             for p in await q.subject_access.people(child=child)],
        )  # fmt: skip
        await archive.table(
            "readers", ["Day", "Who", "Job", "Team", "Request", "What", "How often"],
            [[r.day, r.name, r.job_title, TEAMS.get(r.team, r.team), r.reference, briefly(r.action), r.times]
             for r in await q.subject_access.readers(child=child)],
        )  # fmt: skip
    await archive.add("child.csv", csv_sheet(["What", "Is"], _register(facts)))
    for record in records:
        await _record(db, person.identity, archive, record)
    settings = request.app.state.settings
    _, words = letter(
        "subject_access",
        name=f"{facts.first_name} {facts.surname}",
        born=say_date(facts.dob),
        council=settings.council,
        email=settings.ersa_email,
        by=person.name,
        at=when(datetime.now(UTC)),
        requests=[(r.reference, STATUS[r.status]) for r in records],
        erased=[
            (e.reference, day(e.erased_at), OUTCOMES[e.outcome], Rule(e.outcome, e.since, e.years).words)
            for e in erased
        ],
        files={name.rpartition("/")[2] for name in archive.names},
        documents=any("/documents/" in name for name in archive.names),
    )
    await archive.add("README.txt", words.encode())
    await archive.close()


def _register(facts: Any) -> list[list[Any]]:
    named = [[correction.label(name), correction.show(name, _text(getattr(facts, name)))] for name in correction.FIELDS]
    return [
        *named,
        ["Setting", facts.setting],
        ["Added to the register", local(facts.added_at)],
        ["Added by", facts.added_by],
    ]


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


async def _record(db: Any, identity: Identity, archive: Archive, record: Any) -> None:
    where = record.reference
    async with db.reading(identity) as q:
        await _about(q, archive, where, record)
        await _answers(q, archive, where, record)
        await _asked(q, archive, where, record)
        documents = await q.subject_access.documents(record=record.id)
        appendices = {a.document: a for a in await q.subject_access.appendices(record=record.id)}
    names = {d.id: f"{n:03}.pdf" for n, d in enumerate(documents, 1) if d.there}
    await archive.table(
        f"{where}/documents",
        ["File", "Name", "Type", "Author", "Date", "Added by", "Added", "Advice of", "For whom", "What became of it",
         "Taken away by", "Why"],
        [
            [names.get(d.id, ""), d.name, TYPES.get(d.category, d.category), d.author, d.dated, d.added_by,
             _at(d.added_at), _advice(appendices.get(d.id)), AVAILABILITY[d.availability], _fate(d), d.withdrawn_by,
             d.withdrawn_reason]
            for d in documents
        ],
    )  # fmt: skip
    for id_, name in names.items():
        async with db.reading(identity) as q:
            found = await q.document.open(record=record.id, document=id_)
        if found is not None and found.content is not None:
            await archive.add(f"{where}/documents/{name}", found.content, packed=True)


def _advice(appendix: Any) -> str:
    if appendix is None:
        return ""
    replaced = f", replaced on {day(appendix.replaced_at)}" if appendix.replaced_at else ""
    return f"{appendix.author} ({TEAMS.get(appendix.team, appendix.team)}){replaced}"


def _fate(d: Any) -> str:
    """Why a document is not in the archive, where it is not."""
    if d.purged_at:
        return f"Taken away on {day(d.withdrawn_at)}, cleared away on {day(d.purged_at)}"
    if d.withdrawn_at:
        return f"Taken away on {day(d.withdrawn_at)}; it is cleared away soon"
    return {"waiting": "Not looked at for viruses yet", "refused": "Refused: a virus was found"}.get(d.scan, "")


async def _about(q: Queries, archive: Archive, where: str, record: Any) -> None:
    await archive.table(
        f"{where}/record", ["What", "Is"],
        [
            ["Reference", where], ["Status", STATUS[record.status]], ["Setting", record.setting],
            ["Started by", record.started_by], ["Started", _at(record.started_at)],
            ["Submitted by", record.submitted_by], ["Received by SENAS", _at(record.received_at)],
            ["Why it was submitted as incomplete", record.incomplete_reason],
            ["Receipt confirmed", _at(record.acknowledged_at)], ["Contact at the setting", record.contact],
            ["Co-ordinator", record.coordinator], ["Family invited to the Parent Portal", _at(record.invited_at)],
            ["Invited by", record.invited_by],
        ],
    )  # fmt: skip
    await archive.table(
        f"{where}/steps", ["Step", "Day", "Reason or text", "More", "By", "Noted at", "Corrected since"],
        [_step(row) for row in await q.case.steps(record=record.id)],
    )  # fmt: skip
    if record.sent is not None:
        sent = as_sent(record.sent, Answers())
        await archive.table(
            f"{where}/submission", ["Tab", "Part or entry", "Question", "Answer as it was sent"],
            [
                [tab["title"], heading, shown.label, shown.sent]
                for tab in review(FORMS[record.form], sent, sent)
                for part in tab["parts"]
                for heading, fields in _parts(part)
                for shown in fields
            ],
        )  # fmt: skip


def _step(row: Any) -> list[Any]:
    told = case.taken(row, "")
    more = "; ".join(f"{label}: {text}" for label, text in told["facts"] if label and label != "Reason")
    return [told["what"], row.happened_on, row.reason, more, told["by"], _at(row.at), "Yes" if row.corrected else ""]


def _parts(part: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    if part["kind"] == "fields":
        yield part["title"], part["fields"]
    for row in part.get("rows", ()):
        yield row["title"], row["fields"]


async def _answers(q: Queries, archive: Archive, where: str, record: Any) -> None:
    """Every answer with each earlier text, in the order of the form's entries."""
    form = FORMS[record.form]
    fields: dict[tuple[str, str], Field] = {}
    titles = {"ersa": "The form itself"}
    for tab in form.every_tab:
        fields |= {("ersa", f.name): f for section in tab.sections for f in section.fields}
        fields |= {(part.name, f.name): f for part in tab.lists for f in part.fields}
        titles |= {part.name: part.singular for part in tab.lists}
    found = await q.subject_access.fields(record=record.id)
    header = ["Part", "Entry", "Team", "Taken out", "Question", "Version", "Answer", "Written by", "Written at"]
    with archive.open(f"{where}/answers.csv") as file:
        file.write(csv_sheet(header, []))
        for it in found:
            field = fields.get((it.list, it.field))
            number = "" if it.list == "ersa" else it.position
            about = [titles.get(it.list, it.list), number, TEAMS.get(it.team, it.team), _out(it),
                     field.label if field else it.field]  # fmt: skip
            after = 0
            while some := await q.subject_access.history(entry=it.entry, field=it.field, after=after, most=SOME):
                rows = [[*about, h.version, _shown(field, h.value), h.author, _at(h.saved_at)] for h in some]
                await asyncio.to_thread(file.write, csv_rows(rows))
                after = some[-1].version


def _shown(field: Field | None, stored: str) -> str:
    """An answer in words; as it is stored where the form knows it no more."""
    try:
        return field.kind.show(stored) if field else stored
    except ValueError:
        return stored


def _out(entry: Any) -> str:
    if not entry.withdrawn_at:
        return ""
    return ": ".join(filter(None, (day(entry.withdrawn_at), entry.withdrawn_reason)))


async def _asked(q: Queries, archive: Archive, where: str, record: Any) -> None:
    """What people asked for: advice, corrections, documents; and what it is kept for."""
    tabs = {tab.name: tab.title for tab in FORMS[record.form].every_tab}
    await archive.table(
        f"{where}/advice", ["Appendix", "Asked of", "Team", "Asked by", "Asked", "By when", "What was asked",
                            "What became of it", "On", "Why"],
        [
            [tabs.get(r.list, r.list), r.asked_of, TEAMS.get(r.team, r.team), r.asked_by, _at(r.asked_at), r.due,
             r.words, ADVICE[r.state], _at(r.ended_at), r.reason]
            for r in await q.advice_request.list(record=record.id)
        ],
    )  # fmt: skip
    await archive.table(
        f"{where}/corrections", ["What", "The register said", "It should say", "How they know", "Asked by", "Asked",
                                 "Decision", "Decided by", "Decided", "Answer"],
        [
            [correction.label(k.field), correction.show(k.field, k.old), correction.show(k.field, k.new), k.reason,
             k.asked_by, _at(k.asked_at), DECIDED[k.state], k.decided_by, _at(k.decided_at), k.answer]
            for k in await q.subject_access.corrections(record=record.id)
        ],
    )  # fmt: skip
    await archive.table(
        f"{where}/document_requests", ["Document", "What was asked", "Asked by", "Asked", "Why", "Decision",
                                       "Decided by", "Decided", "Answer"],
        [
            [d.name, ASKED[d.kind], d.asked_by, _at(d.asked_at), d.reason, DOCUMENTS[d.state], d.decided_by,
             _at(d.decided_at), d.answer]
            for d in await q.subject_access.document_requests(record=record.id)
        ],
    )  # fmt: skip
    await archive.table(
        f"{where}/legal_holds", ["What it is kept for", "Put on by", "Put on", "Lifted by", "Lifted", "Why"],
        [
            [h.reason, h.placed_by, _at(h.placed_at), h.lifted_by, _at(h.lifted_at), h.lifted_reason]
            for h in await q.hold.list(record=record.id)
        ],
    )  # fmt: skip


def _at(moment: Any) -> Any:
    return local(moment) if moment else None
