"""How long requests are kept, for SENAS: what comes up for deletion, the rules, legal holds, and what was deleted."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from record.clock import today
from record.retention import AGAIN_DAYS, OUTCOMES, SINCE, STAND_DAYS, WARN_DAYS, WHY, Rule, read
from routes.case_form import Control, long_text
from routes.documents import SENAS
from routes.exports import note, sheet
from routes.guard import only
from routes.reading import read_form
from routes.trail import listed
from sql import Queries
from views import page
from views.words import local

PAGE = 50  # requests
SHOWN = 20  # of those that were deleted
MOST = 100_000  # in one file


@only(*SENAS)
async def show(request: Request) -> Response:
    """All of it on one page; what comes up by pages."""
    typed = request.query_params.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 1
    async with request.app.state.db.reading(request.state.person.identity) as q:
        counts = await q.retention.counts()
        pages = max(1, -(-counts.coming // PAGE))
        number = min(max(number, 1), pages)
        coming = await q.retention.coming(most=PAGE, skip=PAGE * (number - 1))
        rules = await q.retention.rules()
        holds = await q.hold.standing()
        erased = await q.retention.erased(most=SHOWN)
    await listed(request, {r.child for r in (*coming, *holds) if r.child})
    newest = {r.outcome: r for r in reversed(rules)}
    return page(
        request,
        "retention.html",
        {
            "counts": counts,
            "coming": [_coming(r) for r in coming],
            "rules": [_rule(newest[outcome]) for outcome in OUTCOMES],
            "changes": [_rule(r) for r in rules if r.set_by],
            "holds": [{**h._asdict(), "name": f"{h.first_name} {h.surname}"} for h in holds],
            "erased": [_erased(r) for r in erased],
            "may_change": request.state.person.role == "manager",
            "days": {"warn": WARN_DAYS, "again": AGAIN_DAYS, "stand": STAND_DAYS},
            "page": number,
            "pages": pages,
            "newer": f"/retention?page={number - 1}" if number > 1 else "",
            "older": f"/retention?page={number + 1}" if number < pages else "",
            "done": OUTCOMES.get(request.query_params.get("done", ""), ""),
        },
    )


def _coming(r: Any) -> dict[str, Any]:
    """A request that comes up, with how its date comes about; of a draft no child is known."""
    return {
        "record": r.record,
        "reference": r.reference,
        "name": f"{r.first_name} {r.surname}" if r.child else "",
        "setting": r.setting,
        "outcome": OUTCOMES[r.outcome],
        "how": Rule(r.outcome, r.since, r.years).derive(r.closed_on, r.dob),
        "warned_on": r.warned_on,
        "later": r.goes > r.due,
        "goes": r.goes,
        "days": (r.goes - today()).days,
    }


def _rule(r: Any) -> dict[str, Any]:
    return {
        "outcome": r.outcome,
        "title": OUTCOMES[r.outcome],
        "words": Rule(r.outcome, r.since, r.years).words,
        "why": WHY[r.outcome],
        "reason": r.reason if r.set_by else "",
        "by": r.set_by or "",
        "at": r.set_at,
        "href": f"/retention/rules/{r.outcome}",
    }


def _erased(r: Any) -> dict[str, Any]:
    return {
        **r._asdict(),
        "outcome": OUTCOMES[r.outcome],
        "rule": Rule(r.outcome, r.since, r.years).words,
        "on": local(r.erased_at).date(),
    }


@only(*SENAS)
async def export(request: Request) -> Response:
    """What was deleted, as a file: the proof that it was."""
    async with request.app.state.db.writing(request.state.person.identity) as q:
        rows = await q.retention.erased(most=MOST)
        await note(q, "deletions", len(rows))
    header = ["Reference", "Setting", "Outcome", "Started", "Received", "Closed", "Kept until", "Warned", "Deleted"]
    return sheet(
        "deletions",
        header,
        [
            [r["reference"], r["setting"], r["outcome"], r["started_on"], r["received_on"], r["closed_on"], r["rule"],
             r["warned_on"], r["on"]]
            for r in map(_erased, rows)
        ],
    )  # fmt: skip


# ---------------------------------------------------------------- changing a rule


def _outcome(request: Request) -> str:
    wanted = str(request.path_params["outcome"])
    if wanted not in OUTCOMES:
        raise HTTPException(404)
    return wanted


async def _now(q: Queries, outcome: str) -> Any:
    return next(r for r in await q.retention.rules() if r.outcome == outcome)


@only("manager")
async def edit(request: Request) -> Response:
    """The form for one rule."""
    outcome = _outcome(request)
    async with request.app.state.db.reading(request.state.person.identity) as q:
        now = await _now(q, outcome)
    return _form(request, now, {"since": now.since, "years": str(now.years), "reason": ""}, {})


def _controls(outcome: str) -> list[Control]:
    closed = "the last change" if outcome == "draft" else SINCE["closed"]
    return [
        Control("since", "Count from", options=(("closed", closed), ("birth", SINCE["birth"]))),
        Control("years", "Years", "A whole number", width=3),
        Control("reason", "Why", "Who decided it, and where it can be read", rows=3),
    ]


def _form(request: Request, now: Any, given: dict[str, str], refused: dict[str, str], effect: Any = None) -> Response:
    """``effect``: how many requests come up with the rule that was typed, to be confirmed."""
    return page(
        request,
        "retention_rule.html",
        {
            "title": OUTCOMES[now.outcome],
            "why": WHY[now.outcome],
            "present": Rule(now.outcome, now.since, now.years).words,
            "controls": _controls(now.outcome),
            "given": given,
            "refused": refused,
            "errors": [{"href": f"#{name}", "text": refused[name]} for name in given if name in refused],
            "effect": effect,
            "wanted": Rule(now.outcome, given["since"], int(given["years"])).words if effect else "",
            "days": {"warn": WARN_DAYS, "stand": STAND_DAYS},
            "url": f"/retention/rules/{now.outcome}",
        },
        422 if refused else 200,
    )


@only("manager")
async def change(request: Request) -> Response:
    """At first say what the rule would bring about; once that is confirmed, set it."""
    form = await read_form(request)
    outcome, act = _outcome(request), form.get("act", "")
    given = {name: str(form.get(name, "")) for name in ("since", "years", "reason")}
    rule, refused = read(outcome, given["since"], given["years"])
    reason, why = long_text(given["reason"], "Say why: this is shown beside the rule and on the audit trail.")
    if why:
        refused["reason"] = why
    async with request.app.state.db.writing(request.state.person.identity) as q:
        now = await _now(q, outcome)
        if rule and (now.since, now.years) == (rule.since, rule.years):
            refused["years"] = "This is the rule already."
        if refused or rule is None or act == "back":
            return _form(request, now, given, refused)
        wanted = {"outcome": outcome, "since": rule.since, "years": rule.years}
        if act != "set":
            return _form(request, now, {**given, "years": str(rule.years)}, {}, await q.retention.test(**wanted))
        await q.retention.set(**wanted, reason=reason)
    return RedirectResponse(f"/retention?done={outcome}", 303)


ROUTES = [
    Route("/retention", show),
    Route("/retention/export", export),
    Route("/retention/rules/{outcome}", edit),
    Route("/retention/rules/{outcome}", change, methods=["POST"]),
]
