"""SENAS's work queue: every open case with the date that is next, oldest first, and what else waits to be decided."""

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.clock import today
from record.deadlines import Deadline, next_due
from record.status import STATUS
from routes import paint
from routes.case_steps import WHY_NOT, allocate
from routes.dates import DUE, dates_of
from routes.documents import SENAS
from routes.guard import Person, only
from routes.opened import identifier
from routes.reading import number, read_form
from routes.trail import listed
from views import page
from views.words import plural

PAGE = 60  # cases
SOON = 7  # days
# What a case waits for, as the filter names it; by the name of the deadline that is next.
KINDS = {
    "all": "Everything",
    "late": "Late",
    "soon": f"Due within {SOON} days",
    "receipt": "Receipts to confirm",
    "decision": "Decisions to make",
    "advice": "Advice to come",
    "plan": "Plans to write",
    "question": "Answered questions",
}
WHOSE = {"mine": "Mine", "none": "Nobody’s yet", "all": "The whole service"}
PLAN = ("no_plan", "final")


@dataclass(frozen=True)
class Line:
    """One open case: what is next, in how many days (fewer than none when late), and why it needs somebody."""

    case: Any
    due: Deadline | None
    left: int
    answered: bool

    @property
    def kinds(self) -> set[str]:
        """Which filters show it."""
        found = {"all"}
        if self.due:
            found.add("plan" if self.due.name in PLAN else self.due.name)
            if self.left < 0:
                found.add("late")
            elif self.left <= SOON:
                found.add("soon")
        if self.answered:
            found.add("question")
        return found

    def when(self) -> str:
        """``2 days late``, ``today``, ``in 5 days``."""
        if self.left < 0:
            return f"{plural(-self.left, 'day')} late"
        return "today" if self.left == 0 else f"in {plural(self.left, 'day')}"


def mine(it: Line, whose: str, me: int) -> bool:
    """Whether a line belongs to whom was asked for: 'mine', 'none', 'all', or a co-ordinator's number."""
    at = it.case.coordinator
    return whose == "all" or (at is None if whose == "none" else at == (me if whose == "mine" else int(whose)))


async def lines(request: Request) -> list[Line]:
    """Every open case, the one whose date is first at the head; without a date last."""
    days, now = request.app.state.settings.receipt_days, today()
    async with request.app.state.db.reading(request.state.person.identity) as q:
        cases = await q.queue.cases()
        dates = await dates_of(q, [case.record for case in cases])
    found = []
    for case in cases:
        those = dates.steps.get(case.record, ())
        due = next_due(dates.of(case.record, days))
        asked = [s for s in those if s.kind in ("question", "answer")]
        answered = bool(asked) and asked[-1].kind == "answer"
        found.append(Line(case, due, (due.due - now).days if due else 0, answered))
    return sorted(found, key=lambda it: (it.due is None, it.due.due if it.due else now, it.case.reference))


def _asked(request: Request, person: Person) -> tuple[str, str, int]:
    """The filters in the address: whose, what, and which page."""
    given = request.query_params
    whose = given.get("whose", "all" if person.role == "manager" else "mine")
    if whose not in WHOSE and number(whose) is None:
        whose = "all"
    kind = given.get("kind", "all")
    return whose, kind if kind in KINDS else "all", number(given.get("page", "")) or 1


@only(*SENAS)
async def show(request: Request) -> Response:
    """The queue as the address filters it."""
    return await _page(request)


async def _page(request: Request, error: str = "", status: int = 200) -> Response:
    person: Person = request.state.person
    whose, kind, at = _asked(request, person)
    everything = await lines(request)
    theirs = [it for it in everything if mine(it, whose, person.id)]
    wanted = [it for it in theirs if kind in it.kinds]
    pages = max(1, -(-len(wanted) // PAGE))
    at = max(1, min(at, pages))
    shown = wanted[(at - 1) * PAGE : at * PAGE]
    async with request.app.state.db.reading(person.identity) as q:
        waiting = await q.queue.waiting()
        people = await q.case.coordinators()
    await listed(request, (it.case.child for it in shown))

    def address(**more: str) -> str:
        given = {"whose": whose, "kind": kind, **more}
        return "/queue?" + "&".join(f"{name}={value}" for name, value in given.items())

    known = {str(p.id): p.name for p in people}
    return page(
        request,
        "queue.html",
        {
            "whose": [
                {"name": words, "href": address(whose=code), "current": code == whose,
                 "count": sum(mine(it, code, person.id) for it in everything)}
                for code, words in WHOSE.items()
            ],
            "others": [(p.id, p.name) for p in people if p.id != person.id],
            "other": whose if whose in known else "",
            "other_name": known.get(whose, ""),
            "kinds": [
                {"name": words, "href": address(kind=code), "current": code == kind,
                 "count": sum(code in it.kinds for it in theirs)}
                for code, words in KINDS.items()
            ],
            "kind": kind,
            "rows": [_row(it) for it in shown],
            "total": plural(len(wanted), "case"),
            "page": at,
            "pages": pages,
            "newer": address(page=str(at - 1)) if at > 1 else "",
            "older": address(page=str(at + 1)) if at < pages else "",
            "waiting": [
                {"name": "Documents to make available", "href": "/document-requests", "count": waiting.open},
                {"name": "Documents to take away", "href": "/document-requests", "count": waiting.remove},
                {"name": "Corrections", "href": "/corrections", "count": waiting.corrections},
            ],
            "people": [(p.id, p.name + (" (you)" if p.id == person.id else "")) for p in people],
            "here": address(page=str(at)),
            "done": request.query_params.get("done", "") if not error else "",
            "errors": [{"text": error, "href": "#whom"}] if error else [],
        },
        status,
    )  # fmt: skip


def _row(it: Line) -> dict[str, Any]:
    case = it.case
    return {
        "id": case.record,
        "name": f"{case.first_name} {case.surname}",
        "reference": case.reference,
        "setting": case.setting,
        "status": STATUS[case.status],
        "status_colour": paint.COLOURS.get(case.status, "grey"),
        "coordinator": case.coordinator_name or "",
        "received": case.received_at,
        "what": DUE.get(it.due.name, it.due.title) if it.due else "",
        "due": it.due.due if it.due else None,
        "how": it.due.how if it.due else "",
        "when": it.when() if it.due else "",
        "late": it.left < 0,
        "answered": it.answered,
        "new_document": case.new_document,
        "href": f"/records/{case.record}/review",
        "case": f"/records/{case.record}/case",
    }


@only(*SENAS)
async def allocate_many(request: Request) -> Response:
    """Give the chosen cases to one co-ordinator; each of them and their settings are told."""
    form = await read_form(request)
    chosen = [identifier(it) for it in dict.fromkeys(form.getlist("case"))][:PAGE]
    whom = number(str(form.get("whom", "")))
    if not chosen:
        return await _page(request, "Choose the cases first: tick the box at the head of each.", 422)
    if whom is None:
        return await _page(request, "Choose who is to have them.", 422)
    done = 0
    async with request.app.state.db.writing(request.state.person.identity) as q:
        for record in chosen:
            head = await q.record.open(record=record)
            if head is None:
                raise HTTPException(404)
            verdict = await allocate(request, q, record, head.reference, whom)
            if verdict == "nobody":
                return await _page(request, "Choose somebody of SENAS.", 422)
            done += verdict not in WHY_NOT
    back = request.url.query.partition("&done=")[0]
    return RedirectResponse(f"/queue?{back}&done={done}", 303)


ROUTES = [
    Route("/queue", show),
    Route("/queue", allocate_many, methods=["POST"]),
]
