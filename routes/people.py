"""ICT's list of people, and the page of each: who they are, how their account stands, what can be done about it."""

from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from record.names import fold
from record.people import ROLES, looks_shared, team_words
from routes.gateway import like
from routes.guard import Person, only
from routes.limits import in_words
from routes.reading import Form, number, read_form
from routes.slowed import seconds_slowed
from sql import Queries
from views import page
from views.words import day, plural, when

PAGE = 30  # people
STATES = {"on": "Active", "waiting": "Not signed in yet", "off": "Disabled", "none": "No account"}
COLOURS = {"on": "green", "waiting": "yellow", "off": "grey", "none": "grey"}
# What has just been done, as the page says it.
DONE = {
    "added": "The person has been added and has an account.",
    "changed": "The changes are saved.",
    "readdressed": "The changes are saved. A link to set a password that was sent to the old address no longer works: "
    "give them another one.",
    "invited": "A link to set a password is on its way by email. It works once, within 24 hours.",
    "reset": "The account is reset. At the next sign-in the QR code is shown again, to be scanned.",
    "unlocked": "Wrong tries are forgotten: signing in is possible again at once.",
    "disabled": "The account is disabled, and every session of it has ended.",
    "enabled": "The account is enabled again.",
}


@only("ict")
async def show(request: Request) -> Response:
    """The list as it opens: everybody, in order of their names."""
    return await _list(request, Form())


@only("ict")
async def find(request: Request) -> Response:
    """What is searched for comes by POST, so that no name is ever in an address."""
    return await _list(request, await read_form(request))


async def _list(request: Request, form: Form) -> Response:
    person: Person = request.state.person
    typed, role, state, setting = (str(form.get(name, "")) for name in ("search", "role", "state", "setting"))
    # the last person of each page so far: going back needs no statement of its own
    trail = [t for t in str(form.get("older") or form.get("newer") or "").split(".") if t.isdecimal()][:2000]
    async with request.app.state.db.reading(person.identity) as q:
        rows = await q.people.list(
            words=[f"% {like(word)}%" for word in fold(typed)[:200].split()],
            role=role if role in ROLES else None,
            setting=number(setting),
            state=state if state in STATES else None,
            after=number(trail[-1]) if trail else None,
            most=PAGE + 1,
        )
        settings = await q.people.open_settings()
    return page(
        request,
        "people.html",
        {
            "rows": [line(r) for r in rows[:PAGE]],
            "total": plural(rows[0].total if rows else 0, "person", "people"),
            "search": typed,
            "filters": [
                ("role", "Role", list(ROLES.items()), role),
                ("setting", "Setting", [(str(s.id), s.name) for s in settings], setting),
                ("state", "Account", list(STATES.items()), state),
            ],
            "newer": (".".join(trail[:-1]) or "first") if trail else "",
            "older": ".".join([*trail, str(rows[PAGE - 1].id)]) if len(rows) > PAGE else "",
        },
    )


def line(r: Any) -> dict[str, Any]:
    """One person as a line of the list."""
    return {
        "id": r.id,
        "name": r.name,
        "href": f"/people/{r.id}",
        "job_title": r.job_title,
        "username": r.username or "",
        "email": r.email,
        "role": role_words(r.role, r.team),
        "settings": r.settings if r.role == "senco" else [],
        "state": STATES[r.state],
        "state_colour": COLOURS[r.state],
        "signed_in": r.signed_in_at,
    }


def role_words(role: str, team: str) -> str:
    """``SENCO``, ``Adviser, EP``, ``SENAS officer, Secondary``"""
    words = team if role == "adviser" else team_words(role, team)
    return f"{ROLES[role]}, {words}" if words else ROLES[role]


async def find_person(q: Queries, request: Request) -> Any:
    """The person in the address. Raises HTTPException 404 where there is none."""
    asked = number(request.path_params["person"])
    found = await q.people.look(person=asked) if asked is not None else None
    if found is None:
        raise HTTPException(404)
    return found


@only("ict")
async def open_person(request: Request) -> Response:
    """One person: the facts, the account, and what ICT can do."""
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        it = await find_person(q, request)
        settings = await q.people.settings(person=it.id) if it.role == "senco" else []
        slowed = await seconds_slowed(q, request, it)
    base = f"/people/{it.id}"
    mine = it.id == person.id
    return page(
        request,
        "person.html",
        {
            "it": it,
            "state": STATES[it.state],
            "state_colour": COLOURS[it.state],
            "done": DONE.get(request.query_params.get("done", ""), ""),
            "facts": [
                {"key": "Role", "value": ROLES[it.role]},
                *place(it, [s.name for s in settings]),
                {"key": "Job title", "value": it.job_title or "–"},
                {"key": "Email", "value": it.email or "None: letters cannot reach them"},
                {"key": "Telephone", "value": it.phone or "–"},
            ],
            "account": account(it),
            "slowed": f"Too many wrong tries: signing in is slowed down for {in_words(slowed)} more." if slowed else "",
            "shared": looks_shared(it.name, it.email),
            "work": work(it),
            "mine": mine,
            "base": base,
        },
    )


def place(it: Any, settings: list[str]) -> list[dict[str, str]]:
    """Where somebody belongs: a SENCO to settings, an adviser to a service, some of SENAS to a team."""
    if it.role == "senco":
        return [{"key": "Settings", "value": ", ".join(settings) or "None"}]
    words = team_words(it.role, it.team)
    return [{"key": "Team", "value": words}] if words else []


def account(it: Any) -> list[dict[str, str]]:
    """How an account stands, in words."""
    if it.state == "none":
        return []
    waits = it.temporary_until and it.temporary_until < datetime.now(UTC)
    password = "Their own"  # noqa: S105
    if it.temporary:
        password = "Not chosen yet" if not it.temporary_until else f"Temporary, until {when(it.temporary_until)}"
        password = "The temporary one is too old" if waits else password
    return [
        {"key": "User name", "value": it.username},
        {"key": "Password", "value": password},
        {"key": "Authenticator", "value": "Set up" if it.enrolled else "Not set up: the QR code is shown at sign-in"},
        {"key": "Last signed in", "value": when(it.signed_in_at) if it.signed_in_at else "Never"},
        {"key": "Signed in now", "value": plural(it.sessions, "session") if it.sessions else "No"},
        *([{"key": "Disabled", "value": f"Since {day(it.disabled_at)}"}] if it.disabled_at else []),
    ]


def work(it: Any) -> str:
    """What somebody else would have to take over if this person left, in words; '' if nothing."""
    parts = [
        f"contact of {plural(it.contact_of, 'live record')}" if it.contact_of else "",
        f"co-ordinator of {plural(it.coordinates, 'live record')}" if it.coordinates else "",
        f"involved with {plural(it.involved, 'child', 'children')}" if it.involved else "",
        f"asked for {plural(it.asked, 'piece')} of advice" if it.asked else "",
    ]
    return ", ".join(filter(None, parts))
