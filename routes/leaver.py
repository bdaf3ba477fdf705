"""When somebody leaves: all their live work goes to a colleague in one go, so that nothing is stuck with a login."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from record.kinds import Refused, Text
from routes.guard import Person, only
from routes.people import find_person
from routes.reading import Form, number, read_form
from sql import Queries
from views import letter, page
from views.words import day, plural

REASON = Text(500)
KINDS = {"contact": "Contact", "coordinator": "Co-ordinator", "involved": "Involved", "advice": "Advice asked of them"}
CHANGED = "Something has changed since you saw this list. Look through it again, then hand over."


@only("ict")
async def show(request: Request) -> Response:
    """What the person has in hand, and who could take it over."""
    return await _page(request, Form())


@only("ict")
async def preview(request: Request) -> Response:
    """What would go to the colleague that was chosen, and what would stay."""
    form = await read_form(request)
    chosen = number(str(form.get("colleague", "")))
    return await _page(request, form, {} if chosen else {"colleague": "Choose a colleague."})


@only("ict")
async def hand_over(request: Request) -> Response:
    """Hand over exactly what the preview showed; the colleague is told by mail, by references."""
    person: Person = request.state.person
    form = await read_form(request)
    colleague = number(str(form.get("colleague", "")))
    refused: dict[str, str] = {}
    reason = ""
    try:
        reason = REASON.read(str(form.get("reason", "")))
    except Refused as why:
        refused["reason"] = str(why)
    if not reason and not refused:
        refused["reason"] = "Write why. It is kept with what was done, by whom and when."
    if colleague is None:
        refused = {"colleague": "Choose a colleague."}
    if refused:
        return await _page(request, form, refused)
    disables = form.get("disable") == "yes"
    async with request.app.state.db.writing(person.identity) as q:
        it = await find_person(q, request)
        moving = [r for r in await q.people.work(person=it.id, colleague=colleague) if r.moves]
        unseen = mark(moving) != form.get("shown") or not moving
        if not unseen:
            moved = await q.people.hand_over(
                person=it.id,
                colleague=colleague,
                kinds=[r.kind for r in moving],
                ids=[r.id for r in moving],
                reason=reason,
            )
            other = await q.people.look(person=colleague)
            await _tell(q, request, it, other, moving)
            if disables and it.id != person.id and it.state in ("on", "waiting"):
                await q.people.disable(person=it.id, reason=reason)
            left = await q.people.work(person=it.id, colleague=None)
    if unseen:
        return await _page(request, form, {"colleague": CHANGED})
    context = {
        "it": it,
        "other": other,
        "moved": plural(moved, "item"),
        "left": plural(len(left), "item") if left else "",
        "disabled": disables and it.id != person.id,
    }
    return page(request, "leaver_done.html", context)


async def _tell(q: Queries, request: Request, it: Any, other: Any, moving: list[Any]) -> None:
    """Write to the colleague what is theirs now, and to whoever waits for advice that somebody else gives it."""
    base = request.app.state.settings.base_url
    if other.email:
        lines = sorted({f"{r.reference or 'A child without an ERSA yet'} – {r.setting}{asked(r)}" for r in moving})
        subject, body = letter("handed_over", name=other.name, before=it.name, lines=lines, link=base)
        await q.letter.add(recipient=other.email, subject=subject, body=body)
    for r in moving:
        if r.asker:
            link = f"{base}/records/{r.record}/advice-requests"
            subject, body = letter("advice_passed", reference=r.reference, link=link)
            await q.letter.add(recipient=r.asker, subject=subject, body=body)


def asked(r: Any) -> str:
    """That a line is about advice, and by when it is due."""
    return f": your advice is asked for, by {day(r.due)}" if r.kind == "advice" else ""


def mark(moving: Iterable[Any]) -> str:
    """A mark of what a preview showed, to notice when it is no longer so."""
    return sha256("\n".join(sorted(f"{r.kind} {r.id}" for r in moving)).encode()).hexdigest()[:32]


async def _page(request: Request, form: Form, refused: dict[str, str] | None = None) -> Response:
    person: Person = request.state.person
    refused = refused or {}
    chosen = number(str(form.get("colleague", "")))
    async with request.app.state.db.reading(person.identity) as q:
        it = await find_person(q, request)
        successors = await q.people.successors(person=it.id)
        other = next((s for s in successors if s.id == chosen), None)
        work = await q.people.work(person=it.id, colleague=other.id if other else None)
    moving = [r for r in work if r.moves]
    return page(
        request,
        "leaver.html",
        {
            "it": it,
            "other": other,
            "successors": [(s.id, ", ".join(filter(None, (s.name, s.job_title, *s.settings)))) for s in successors],
            "moving": groups(moving),
            "staying": groups(r for r in work if not r.moves),
            "count": plural(len(moving), "item"),
            "shown": mark(moving),
            "reason": str(form.get("reason", "")),
            "disable": form.get("disable") == "yes",
            "may_disable": it.id != person.id and it.state in ("on", "waiting"),
            "refused": refused,
            "errors": [{"href": f"#{name}", "text": text} for name, text in refused.items()],
        },
        422 if refused else 200,
    )


def groups(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """References by setting and by what the person is to them; a child without a live request has none."""
    found: dict[tuple[str, str], list[str]] = {}
    for r in rows:
        found.setdefault((KINDS[r.kind], r.setting), []).append(r.reference or "")
    return [
        {
            "kind": kind,
            "setting": setting,
            "references": [r for r in references if r],
            "others": plural(n, "child", "children") + " without an ERSA" if (n := references.count("")) else "",
        }
        for (kind, setting), references in found.items()
    ]
