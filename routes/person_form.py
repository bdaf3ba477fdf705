"""Adding a person with an account, and changing who somebody is and where they work."""

from collections.abc import Mapping
from typing import Any

from psycopg.errors import ForeignKeyViolation, UniqueViolation
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from record import identifiers
from record.kinds import Refused, Text
from record.names import fold
from record.people import (
    OF_SENAS,
    ROLES,
    SENAS_TEAMS,
    TEAMS,
    as_username,
    looks_shared,
    suggested_username,
    team_of,
    team_words,
    username_fault,
)
from routes.guard import Person, only
from routes.password_issue import LIFE, Way, send_link, temporary
from routes.people import find_person, work
from routes.reading import Form, number, read_form
from views import letter, page

KINDS = {
    "name": Text(200),
    "email": Text(254, identifiers.email),
    "phone": Text(40, identifiers.phone),
    "job_title": Text(200),
}
LABELS = {
    "name": "Name",
    "username": "User name",
    "email": "Email",
    "phone": "Telephone",
    "job_title": "Job title",
    "role": "Role",
    "team": "Team",
    "add_setting": "Setting",
    "way": "Password",
}
TAKEN = "Somebody has this user name already. Choose another."
NO_SETTING = "Choose one of the settings in the list."
NO_ADDRESS = "Enter an email address to send the link to, or choose a temporary password to hand over."


@only("ict")
async def new(request: Request) -> Response:
    """The empty form."""
    return await _form(request, None, {}, {})


@only("ict")
async def add(request: Request) -> Response:
    """Add the person and open an account. What was typed stays on the page if it is refused."""
    person: Person = request.state.person
    form = await read_form(request)
    typed, found, refused = read(form)
    username = as_username(str(form.get("username", "")))
    way = Way.of(str(form.get("way", "")))
    if username and (fault := username_fault(username)):
        refused["username"] = fault
    if way is None:
        refused["way"] = "Choose how they get their first password."
    elif way is Way.LINK and not typed["email"].strip():
        refused["email"] = NO_ADDRESS
    if refused or way is None:
        return await _form(request, None, typed, refused)
    if doubts := await doubtful(request, 0, found, form):
        return await _form(request, None, typed, {}, doubts, sure(found))
    secret, stored = await temporary(request)
    try:
        async with request.app.state.db.writing(person.identity) as q:
            made = await q.people.add(**found, search=search(found))
            username = username or await q.people.free_username(start=suggested_username(found["name"]))
            await q.people.open_account(person=made, username=username, password=stored, life=LIFE)
            if way is Way.LINK:
                words = {"name": found["name"], "username": username, "email": found["email"]}
                await send_link(q, request, made, words, "invitation", "a new account")
            it = await q.people.look(person=made)
    except UniqueViolation:
        return await _form(request, None, typed, {"username": TAKEN})
    except ForeignKeyViolation:
        return await _form(request, None, typed, {"add_setting": NO_SETTING})
    if way is Way.LINK:
        return RedirectResponse(f"/people/{made}?done=added", 303)
    return page(request, "person_password.html", {"it": it, "username": username, "password": secret})


@only("ict")
async def edit(request: Request) -> Response:
    """The form with what is known."""
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        it = await find_person(q, request)
        settings = await q.people.settings(person=it.id)
    typed = {name: getattr(it, name) or "" for name in (*KINDS, "role", "team")}
    return await _form(request, it, typed | {"settings": [str(s.id) for s in settings]}, {})


@only("ict")
async def change(request: Request) -> Response:
    """Save the changes; a new address is announced to the old one."""
    person: Person = request.state.person
    form = await read_form(request)
    async with request.app.state.db.reading(person.identity) as q:
        it = await find_person(q, request)
    typed, found, refused = read(form, it.team)
    if it.id == person.id and found.get("role", it.role) != it.role:
        refused["role"] = "Your own role is for a colleague to change."
    if refused:
        return await _form(request, it, typed, refused)
    if doubts := await doubtful(request, it.id, found, form):
        return await _form(request, it, typed, {}, doubts, sure(found))
    try:
        async with request.app.state.db.writing(person.identity) as q:
            before = await q.people.change(person=it.id, **found, search=search(found))
            moved = bool(before) and before.casefold() != found["email"].casefold()
            if moved:
                subject, body = letter("address_changed", name=found["name"])
                await q.letter.add(recipient=before, subject=subject, body=body)
    except ForeignKeyViolation:
        return await _form(request, it, typed, {"add_setting": NO_SETTING})
    done = "readdressed" if moved and it.state == "waiting" else "changed"
    return RedirectResponse(f"/people/{it.id}?done={done}", 303)


def read(form: Form, former: str = "") -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """What was typed, what it means, and why some of it is refused; by field. ``former`` is the team until now."""
    typed: dict[str, Any] = {name: str(form.get(name, "")) for name in (*KINDS, "username", "role", "team", "way")}
    typed["settings"] = [str(s) for s in (*form.getlist("settings"), form.get("add_setting", "")) if s]
    found: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, kind in KINDS.items():
        try:
            found[name] = kind.read(typed[name])
        except Refused as why:
            refused[name] = str(why)
    if not found.get("name", "-"):
        refused["name"] = "Enter the person’s name."
    role = typed["role"] if typed["role"] in ROLES else ""
    if not role:
        refused["role"] = "Choose a role."
    team = team_of(role, typed["team"], former)
    if team is None:
        refused["team"] = "Choose a team of SENAS, or none." if role in OF_SENAS else "Choose the adviser’s team."
    places = list(dict.fromkeys(number(s) for s in typed["settings"])) if role == "senco" else []
    if role == "senco" and not places:
        refused["add_setting"] = "Choose the setting where the SENCO works."
    if None in places:
        refused["add_setting"] = NO_SETTING
    return typed, {**found, "role": role, "team": team, "settings": places}, refused


async def doubtful(request: Request, it: int, found: Mapping[str, Any], form: Form) -> list[tuple[str, str]]:
    """What ICT should think about before going on, each with an address where it can be mended, or ''.

    Empty once they have, for this name, address, role and settings.
    """
    if form.get("sure") == sure(found):
        return []
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        alike = await q.people.alike(person=it, name=found["name"], email=found["email"])
        left = await q.people.stranded(person=it, role=found["role"], settings=found["settings"])
    doubts = [(shared, "")] if (shared := looks_shared(found["name"], found["email"])) else []
    for other in alike:
        if found["email"] and other.email.casefold() == found["email"].casefold():
            doubts.append((f"{other.name} has the same email address. Each would get the other’s letters.", ""))
        else:
            known = other.email or "without an address"
            doubts.append((f"{other.name} is in the portal already, {known}. Is it the same person?", ""))
    if in_hand := work(left):
        doubts.append((f"{found['name']} is {in_hand}, and could no longer see to that.", f"/people/{it}/hand-over"))
    return doubts


def search(found: Mapping[str, Any]) -> str:
    """What the person is found by."""
    return fold(f"{found['name']} {found['email']}")


def sure(found: Mapping[str, Any]) -> str:
    """What a person who goes on all the same has been warned about."""
    return f"{found['name']} {found['email']} {found['role']} {' '.join(map(str, found['settings']))}".strip()


async def _form(
    request: Request,
    it: Any,
    typed: Mapping[str, Any],
    refused: Mapping[str, str],
    doubts: list[tuple[str, str]] | None = None,
    sure: str = "",
) -> Response:
    person: Person = request.state.person
    async with request.app.state.db.reading(person.identity) as q:
        settings = [(str(s.id), s.name) for s in await q.people.open_settings()]
        here = await q.people.settings(person=it.id) if it else []
    known = dict(settings) | {str(s.id): s.name for s in here}
    chosen = [s for s in typed.get("settings", []) if s in known]
    return page(
        request,
        "person_form.html",
        {
            "it": it,
            "typed": dict.fromkeys((*LABELS, "settings"), "") | dict(typed),
            "refused": refused,
            "errors": [
                {"href": f"#{'way-link' if name == 'way' else name}", "text": f"{LABELS[name]}: {text}"}
                for name, text in refused.items()
            ],
            "doubts": doubts or [],
            "sure": sure,
            "roles": list(ROLES.items()),
            "services": list(TEAMS.items()),
            "teams": _teams(it),
            "chosen": [(s, known[s]) for s in chosen],
            "settings": [(code, name) for code, name in settings if code not in chosen],
            "ways": Way.words(),
        },
        422 if refused or doubts else 200,
    )


def _teams(it: Any) -> list[str]:
    """The teams of SENAS, and the one that this person of SENAS is in though the council has it no more."""
    own = team_words(it.role, it.team) if it and it.role in OF_SENAS else ""
    return [*SENAS_TEAMS, *([own] if own and own not in SENAS_TEAMS else [])]
