"""SENAS's work queue: every open case with all that it waits for, the oldest date first, and what else is to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.clock import today
from record.deadlines import Deadline
from record.status import STATUS
from record.waiting import KIND, waiting
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
# What a case waits for, as the filter names it. A case stands under each that holds for it.
KINDS = {
    "all": "Everything",
    "new": "New submissions",
    "late": "Late",
    "soon": f"Due within {SOON} days",
    "receipt": "Receipts to confirm",
    "decision": "Decisions to make",
    "advice": "Advice to come",
    "advice-late": "Advice late",
    "plan": "Plans to write",
    "question": "Answered questions",
}
WHERE = {"receipt": "case/receipt", "advice": "advice-requests"}  # each is seen to; all else on the case's page
WHOSE = {"mine": "Mine", "none": "Nobody’s yet", "all": "The whole service"}


@dataclass(frozen=True)
class Line:
    """One open case: what it waits for, the shortest first, and why it needs somebody."""

    case: Any
    waits: Sequence[Deadline]
    today: date
    answered: bool

    @property
    def kinds(self) -> set[str]:
        """Which filters show it."""
        found = {"all"} | {KIND[it.name] for it in self.waits}
        if not self.case.seen:
            found.add("new")
        if any(it.state == "late" for it in self.waits):
            found.add("late")
        if any(0 <= self.left(it) <= SOON for it in self.waits):
            found.add("soon")
        if any(it.name == "advice" and it.state == "late" for it in self.waits):
            found.add("advice-late")
        if self.answered:
            found.add("question")
        return found

    def left(self, it: Deadline) -> int:
        """Days until a date; fewer than none when it has passed."""
        return (it.due - self.today).days

    def when(self, it: Deadline) -> str:
        """``2 days late``, ``today``, ``in 5 days``."""
        left = self.left(it)
        if left < 0:
            return f"{plural(-left, 'day')} late"
        return "today" if left == 0 else f"in {plural(left, 'day')}"

    def urgency(self, kind: str) -> tuple[bool, date, str]:
        """What a list of that kind is in order of: the date it is about, the oldest first; without one last."""
        about = [it.due for it in self.waits if KIND[it.name] == kind.partition("-")[0]] or [w.due for w in self.waits]
        return not about, min(about, default=self.today), self.case.reference


def mine(it: Line, whose: str, me: int) -> bool:
    """Whether a line belongs to whom was asked for: 'mine', 'none', 'all', or a co-ordinator's number."""
    at = it.case.coordinator
    return whose == "all" or (at is None if whose == "none" else at == (me if whose == "mine" else int(whose)))


async def lines(request: Request) -> list[Line]:
    """Every open case."""
    days, now = request.app.state.settings.receipt_days, today()
    async with request.app.state.db.reading(request.state.person.identity) as q:
        cases = await q.queue.cases()
        dates = await dates_of(q, [case.record for case in cases])
    found = []
    for case in cases:
        asked = [s for s in dates.steps.get(case.record, ()) if s.kind in ("question", "answer")]
        answered = bool(asked) and asked[-1].kind == "answer"
        found.append(Line(case, waiting(dates.of(case.record, days), case.status), now, answered))
    return found


@dataclass(frozen=True)
class Filters:
    """What the address asks for: whose cases, waiting for what, and which page of them."""

    whose: str
    kind: str
    page: int

    def address(self, **more: str) -> str:
        """The queue with some of it another way; the first page of it unless one is named."""
        return "/queue?" + urlencode({"whose": self.whose, "kind": self.kind, **more})


def _asked(request: Request, person: Person) -> Filters:
    given = request.query_params
    whose = given.get("whose", "all" if person.role == "manager" else "mine")
    if whose not in WHOSE and number(whose) is None:
        whose = "all"
    kind = given.get("kind", "all")
    return Filters(whose, kind if kind in KINDS else "all", number(given.get("page", "")) or 1)


@only(*SENAS)
async def show(request: Request) -> Response:
    """The queue as the address filters it."""
    return await _page(request)


async def _page(request: Request, error: str = "", status: int = 200) -> Response:
    person: Person = request.state.person
    asked = _asked(request, person)
    everything = await lines(request)
    theirs = [it for it in everything if mine(it, asked.whose, person.id)]
    wanted = sorted((it for it in theirs if asked.kind in it.kinds), key=lambda it: it.urgency(asked.kind))
    pages = max(1, -(-len(wanted) // PAGE))
    at = max(1, min(asked.page, pages))
    shown = wanted[(at - 1) * PAGE : at * PAGE]
    async with request.app.state.db.reading(person.identity) as q:
        also = await q.queue.waiting()
        people = await q.case.coordinators()
    await listed(request, (it.case.child for it in shown))
    known = {str(p.id): p.name for p in people}
    return page(
        request,
        "queue.html",
        {
            "whose": [
                {"name": words, "href": asked.address(whose=code), "current": code == asked.whose,
                 "count": sum(mine(it, code, person.id) for it in everything)}
                for code, words in WHOSE.items()
            ],
            "others": [(p.id, p.name) for p in people if p.id != person.id],
            "other": asked.whose if asked.whose in known else "",
            "other_name": known.get(asked.whose, ""),
            "kinds": [
                {"name": words, "href": asked.address(kind=code), "current": code == asked.kind,
                 "count": sum(code in it.kinds for it in theirs)}
                for code, words in KINDS.items()
            ],
            "kind": asked.kind,
            "rows": [_row(it) for it in shown],
            "total": plural(len(wanted), "case"),
            "page": at,
            "pages": pages,
            "newer": asked.address(page=str(at - 1)) if at > 1 else "",
            "older": asked.address(page=str(at + 1)) if at < pages else "",
            "also": [
                {"name": "Documents to make available", "href": "/document-requests", "count": also.open},
                {"name": "Documents to take away", "href": "/document-requests", "count": also.remove},
                {"name": "Corrections", "href": "/corrections", "count": also.corrections},
                {"name": "Requests due to be erased", "href": "/retention", "count": also.erased},
            ],
            "people": [(p.id, p.name + (" (you)" if p.id == person.id else "")) for p in people],
            "here": asked.address(page=str(at)),
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
        "waits": [
            {
                "what": f"{wait.title} due" if wait.name == "advice" else DUE[wait.name],
                "href": f"/records/{case.record}/{WHERE.get(wait.name, 'case')}",
                "when": it.when(wait),
                "due": wait.due,
                "late": wait.state == "late",
            }
            for wait in it.waits
        ],
        "new": not case.seen,
        "answered": it.answered,
        "new_document": case.new_document,
        "href": f"/records/{case.record}/review",
    }


@only(*SENAS)
async def allocate_many(request: Request) -> Response:
    """Give the chosen cases, or all of the list, to one co-ordinator; each of them and their settings are told."""
    form = await read_form(request)
    chosen = [identifier(it) for it in dict.fromkeys(form.getlist("case"))][:PAGE]
    whom = number(str(form.get("whom", "")))
    if form.get("every") == "yes":
        person: Person = request.state.person
        asked = _asked(request, person)
        all_of_them = [it for it in await lines(request) if mine(it, asked.whose, person.id) and asked.kind in it.kinds]
        chosen = [it.case.record for it in all_of_them if it.case.coordinator != whom]
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
