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
from record.people import SENAS_TEAMS, team_words
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
URGENT = ("new", "late", "soon")  # shown on a phone though the filters are folded
WHERE = {"receipt": "case/receipt", "advice": "advice-requests"}  # each is seen to; all else on the case's page
WHOSE = {"mine": "Mine", "team": "My team’s", "none": "Nobody’s yet", "all": "The whole service"}
TEAM = "team:"  # before the name of one


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


@dataclass(frozen=True)
class Staff:
    """Everybody of SENAS, in the order of their names, and who of them is asking."""

    people: Sequence[Any]
    me: int

    @property
    def team(self) -> str:
        """My team within SENAS; '' without one."""
        return next((team_words("senas", p.team) for p in self.people if p.id == self.me), "")

    @property
    def teams(self) -> list[str]:
        """Those that somebody is in, in the council's order, and then others."""
        found = {words for p in self.people if (words := team_words("senas", p.team))}
        return [*(it for it in SENAS_TEAMS if it in found), *sorted(found - set(SENAS_TEAMS))]

    def has(self, it: Line, whose: str) -> bool:
        """Whether a case is of whom was asked for: a key of WHOSE, ``team:`` and its name, or somebody's number."""
        if whose == "all":
            return True
        if whose == "none" or it.case.coordinator is None:
            return whose == "none" and it.case.coordinator is None
        if whose == "team" or whose.startswith(TEAM):
            return bool(it.case.team == (self.team if whose == "team" else whose.removeprefix(TEAM)))
        return bool(it.case.coordinator == (self.me if whose == "mine" else int(whose)))

    def words(self, whose: str) -> str:
        """The team or the colleague whose cases are shown; '' where it is neither."""
        name = next((p.name for p in self.people if str(p.id) == whose and p.id != self.me), "")
        return name or (whose.removeprefix(TEAM) if whose.startswith(TEAM) else "")


async def lines(request: Request) -> tuple[list[Line], Staff]:
    """Every open case, and whose they can be."""
    days, now = request.app.state.settings.receipt_days, today()
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        staff = Staff(await q.queue.people(), person.id)
        cases = await q.queue.cases()
        dates = await dates_of(q, [case.record for case in cases])
    found = []
    for case in cases:
        asked = [s for s in dates.steps.get(case.record, ()) if s.kind in ("question", "answer")]
        answered = bool(asked) and asked[-1].kind == "answer"
        found.append(Line(case, waiting(dates.of(case.record, days), case.status), now, answered))
    return found, staff


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
    if whose not in WHOSE and not whose.startswith(TEAM) and number(whose) is None:
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
    everything, staff = await lines(request)
    theirs = [it for it in everything if staff.has(it, asked.whose)]
    wanted = sorted((it for it in theirs if asked.kind in it.kinds), key=lambda it: it.urgency(asked.kind))
    pages = max(1, -(-len(wanted) // PAGE))
    at = max(1, min(asked.page, pages))
    shown = wanted[(at - 1) * PAGE : at * PAGE]
    async with request.app.state.db.reading(person.identity) as q:
        also = await q.queue.waiting()
    await listed(request, (it.case.child for it in shown))
    return page(
        request,
        "queue.html",
        {
            "whose": [
                {"name": words, "href": asked.address(whose=code), "current": code == asked.whose,
                 "count": sum(staff.has(it, code) for it in everything)}
                for code, words in WHOSE.items() if code != "team" or staff.team
            ],
            "others": [group for group in _others(everything, staff) if group["options"]],
            "other": asked.whose if staff.words(asked.whose) else "",
            "other_name": staff.words(asked.whose),
            "kinds": [
                {"name": words, "href": asked.address(kind=code), "current": code == asked.kind,
                 "count": sum(code in it.kinds for it in theirs), "urgent": code in URGENT}
                for code, words in KINDS.items()
            ],
            "kind": asked.kind,
            "chosen": " · ".join(
                filter(None, (staff.words(asked.whose) or WHOSE.get(asked.whose), KINDS[asked.kind]))
            ),
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
            "people": [(p.id, p.name + (" (you)" if p.id == person.id else "")) for p in staff.people if p.here],
            "here": asked.address(page=str(at)),
            "done": request.query_params.get("done", "") if not error else "",
            "errors": [{"text": error, "href": "#whom"}] if error else [],
        },
        status,
    )  # fmt: skip


def _others(everything: Sequence[Line], staff: Staff) -> list[dict[str, Any]]:
    """Teams and colleagues to choose from, each with how many open cases they have; who has left, while any has."""

    def counted(whose: str) -> int:
        return sum(staff.has(it, whose) for it in everything)

    people = [(p, counted(str(p.id))) for p in staff.people if p.id != staff.me]
    return [
        {"name": "Teams", "options": [(f"{TEAM}{it}", f"{it} ({counted(TEAM + it)})") for it in staff.teams]},
        {
            "name": "Colleagues",
            "options": [
                (str(p.id), f"{p.name} ({count})" if p.here else f"{p.name}, who has left ({count})")
                for p, count in people
                if p.here or count
            ],
        },
    ]


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
        everything, staff = await lines(request)
        chosen = [
            it.case.record
            for it in everything
            if staff.has(it, asked.whose) and asked.kind in it.kinds and it.case.coordinator != whom
        ]
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
