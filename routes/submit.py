"""Submit ERSA: what is missing, the preview, the submission itself, its receipt."""

import hashlib
import io
import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pikepdf
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from record import clock
from record.case import KINDS, standing
from record.documents import TYPES, lacking
from record.form import Missing, Need
from record.kinds import LongText, Refused
from routes import paint
from routes.documents import pdf
from routes.ersa import Sent, ersa, written
from routes.guard import Person, signed_in
from routes.opened import WITHDRAWN, Opened, open_record
from routes.printing import made
from routes.reading import read_form
from sql import Queries
from views import letter, page
from views.words import day, local, when

REASON = LongText(2_000)
NOT_TOLD = ("received", "question", "answer", "exception")  # of the steps, on a receipt
TO_COME = {
    "receipt": "SENAS confirms that it has received the request",
    "decision": "The family is told whether there will be an assessment",
    "no_plan": "The family is told if there will be no plan",
    "draft": "The draft plan is sent to the family",
    "final": "The final plan is sent to the family",
}
TRIES = 4  # at a submission while others go on writing in the record


@signed_in
async def show(request: Request) -> Response:
    """What is still missing, and the reports."""
    return await _page(request, await open_record(request))


async def _page(
    request: Request,
    opened: Opened,
    confirm: bool = False,
    reason: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    person: Person = request.state.person
    lacks = opened.form.missing(opened.answers)
    tabs, progress = paint.tab_list(opened, "submit")
    why_not = "" if person.role == "senco" else "The ERSA is submitted by the child’s setting."
    if opened.head.withdrawn_at is not None:
        why_not = WITHDRAWN
    sent = opened.submission
    reports = [("preview", f"ERSA {opened.form.version} (Preview)")]
    if not why_not or sent:
        reports.append(("submit", opened.form.report))
    groups = {need: paint.by_tab(opened.form, [m for m in lacks if m.need is need], opened.id) for need in Need}
    return page(
        request,
        "submit.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "tab": {"name": "submit", "title": "Submit ERSA", "url": f"/records/{opened.id}/submit"},
            "core": groups[Need.CORE],
            "required": groups[Need.REQUIRED],
            "wanted": groups[Need.WANTED],
            "documents": [] if why_not or sent else documents_group(opened),
            "reports": reports,
            "form": opened.form,
            "may_submit": not why_not,
            "withdraw_url": "" if why_not or sent else f"/records/{opened.id}/withdraw",
            "why_not": why_not,
            "confirm": confirm,
            "reason": reason,
            "error": error,
            "submitted": submitted(request, opened) if sent else None,
            **paint.around(opened.form, opened.answers, "submit", opened.id),
        },
        status,
    )


def documents_group(opened: Opened) -> list[dict[str, Any]]:
    """What usually comes with a request and is not there, as one more group of what is good to have."""
    new = f"/records/{opened.id}/documents/new"
    items = [{"href": f"{new}?type={code}", "text": TYPES[code]} for code in not_brought(opened)]
    return [{"tab_title": "Documents", "items": items}] if items else []


def not_brought(opened: Opened) -> list[str]:
    return lacking({category for _, category in opened.documents})


def submitted(request: Request, opened: Opened) -> dict[str, Any]:
    """A submission, in words."""
    it = opened.submission
    received = local(it.received_at).date()
    due = clock.receipt_due(received, request.app.state.settings.receipt_days)
    return {
        "by": it.submitted_by,
        "at": it.received_at,
        "reference": opened.head.reference,
        "due": f"SENAS confirms receipt by {day(due)}" if opened.head.status == "submitted" else "",
        "mailed": it.mailed,
        "incomplete_reason": it.incomplete_reason,
        "href_document": f"/records/{opened.id}/documents/{it.document}" if it.document else "",
    }


@signed_in
async def report(request: Request) -> Response:
    """Run report: the preview as a PDF; or the step before submission, or what was submitted."""
    wanted = request.query_params.get("report", "")
    if wanted == "preview":
        opened = await open_record(request, "record.preview")
        making = request.app.state.paper.preview("ersa.pdf.html", draft(request, opened))
        return pdf(await made(making, opened.id), f"{opened.head.reference}-preview.pdf")
    if wanted != "submit":
        raise HTTPException(404)
    opened = await open_record(request)
    if opened.submission:
        return RedirectResponse(f"/records/{opened.id}/receipt", 303)
    return await _page(request, opened, confirm=True)


def draft(request: Request, opened: Opened) -> dict[str, Any]:
    """The preview: everything entered, with what is missing."""
    return _paper(request, opened, None)


def final(request: Request, opened: Opened, reason: str, lacks: list[Missing]) -> dict[str, Any]:
    """What is sent, by whom, and why it is incomplete if it is."""
    return _paper(request, opened, Sent(request.state.person.name, datetime.now(UTC), reason, lacks))


def _paper(request: Request, opened: Opened, sent: Sent | None) -> dict[str, Any]:
    settings = request.app.state.settings
    return ersa(
        settings.council,
        settings.request_name,
        opened.form,
        opened.answers,
        opened.head.reference,
        sent,
        written(opened),
        [TYPES[code] for code in not_brought(opened)],
    )


@signed_in
async def submit(request: Request) -> Response:
    """Send the ERSA to SENAS: answers, PDF, status and letters in one transaction, once for each record."""
    form = await read_form(request)
    person: Person = request.state.person
    for _ in range(TRIES):
        opened = await open_record(request, "record.submit")
        if opened.submission:
            break
        if person.role != "senco":
            raise HTTPException(403, "The ERSA is submitted by the child’s setting.")
        lacks = opened.form.missing(opened.answers)
        typed = str(form.get("reason", ""))
        try:
            reason = REASON.read(typed).strip()
        except Refused as refusal:
            return await _page(request, opened, True, typed, str(refusal), 422)
        if any(m.need is Need.CORE for m in lacks):
            return await _page(request, opened, True, typed, "", 422)
        if any(m.need is Need.REQUIRED for m in lacks) and not reason:
            return await _page(request, opened, True, typed, "Say why the ERSA is submitted as incomplete.", 422)
        if not any(m.need is Need.REQUIRED for m in lacks):
            reason = ""
        # made outside the transaction: nobody waits for a PDF while holding the record
        making = request.app.state.paper.render("ersa.pdf.html", final(request, opened, reason, lacks))
        content = await made(making, opened.id)
        async with request.app.state.db.writing(person.identity) as q:
            if await _store(q, request, opened, lacks, reason, content):
                break
    else:
        raise HTTPException(
            409,
            "Others are writing in this record just now, so it was not sent. Wait a moment, then submit again.",
        )
    return RedirectResponse(f"/records/{opened.id}/receipt", 303)


async def _store(
    q: Queries, request: Request, opened: Opened, lacks: list[Missing], reason: str, content: bytes
) -> bool:
    """Store the submission if nothing changed since it was printed. True when there is one now."""
    held = await q.record.hold(record=opened.id)
    if held is None:
        return True  # somebody else's submission came first: theirs is the one
    if held.withdrawn_at is not None:
        raise HTTPException(410, WITHDRAWN)
    if await q.record.fingerprint(record=opened.id) != opened.fingerprint:
        return False
    person: Person = request.state.person
    settings = request.app.state.settings
    parts = {part.name for tab in opened.form.tabs for part in tab.lists}  # advice beside the form is no part of it
    answers = {
        "answers": opened.answers.answers,
        "lists": {n: [asdict(r) for r in rows] for n, rows in opened.answers.lists.items() if n in parts},
    }
    sent = await q.submission.add(
        record=opened.id,
        incomplete_reason=reason,
        lacking=json.dumps([m.details() for m in lacks]),
        answers=json.dumps(answers),
    )
    with pikepdf.open(io.BytesIO(content)) as document:
        pages = len(document.pages)
    document = await q.document.add(
        record=opened.id,
        name=opened.form.title,
        category="ERSA",
        author=person.name,
        dated=local(sent.received_at).date(),
        submission=sent.id,
        size=len(content),
        pages=pages,
        sha256=hashlib.sha256(content).digest(),
        brought_sha256=None,
        scan="clean",
        made_from="",
    )
    await q.document.fill(document=document, content=content)
    await q.record.submit(record=opened.id)
    received = local(sent.received_at)
    words = {
        "reference": opened.head.reference,
        "at": when(received),
        "receipt_by": day(clock.receipt_due(received.date(), settings.receipt_days)),
        "decision_by": day(clock.decision_due(received.date())),
        "incomplete": bool(reason),
        "setting": opened.head.setting_name,
        "link": f"{settings.base_url}/records/{opened.id}",
        "person": person.name,
    }
    mine = await q.person.email()
    for recipient, name in ((mine, "receipt"), (settings.ersa_email, "submitted")):
        if recipient:
            subject, body = letter(name, **words)
            await q.letter.add(recipient=recipient, subject=subject, body=body)
    return True


@signed_in
async def receipt(request: Request) -> Response:
    """The receipt: that it was sent, when, by whom, under which reference, and what happens next."""
    opened = await open_record(request)
    if not opened.submission:
        return RedirectResponse(f"/records/{opened.id}/submit", 303)
    tabs, progress = paint.tab_list(opened, "submit")
    sent = submitted(request, opened)
    taken = standing(opened.steps)
    return page(
        request,
        "receipt.html",
        {
            "head": paint.head(opened),
            "tabs": tabs,
            "progress": progress,
            "tab": {"name": "submit", "title": "Submit ERSA", "url": f"/records/{opened.id}/submit"},
            "form": opened.form,
            "receipt": {
                **sent,
                "happened": [{"what": KINDS[s.kind][1], "on": day(s.on)} for s in taken if s.kind not in NOT_TOLD],
                "to_come": to_come(opened, {s.kind for s in taken}),
                "case": f"/records/{opened.id}/case",
            },
            **paint.around(opened.form, opened.answers, "submit", opened.id),
        },
    )


def to_come(opened: Opened, taken: Collection[str]) -> list[dict[str, Any]]:
    """What others wait for now; a plan only once it was decided to assess."""
    return [
        {"what": TO_COME[d.name], "by": day(d.due), "late": d.state == "late"}
        for d in opened.dates
        if d.name in TO_COME
        and d.state in ("open", "late")
        and (d.name in ("receipt", "decision") or "assess" in taken)
    ]
