"""People as a council lists them, row by row: each is ready to be added, here already, or has reasons why not."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from record import identifiers
from record.children_csv import Setting
from record.kinds import Refused, Text
from record.names import fold
from record.people import OF_SENAS, ROLES, SENAS_TEAMS, TEAMS, as_username, looks_shared, team_of, username_fault
from record.table import Column, Line

COLUMNS = (
    Column("name", "Name", True, ("Full name",), "Amina Yusuf"),
    Column("username", "User name", True, ("Username", "Login"), "amina.yusuf"),
    Column("email", "Email", True, ("E-mail", "Email address", "Mail"), "a.yusuf@brentmere.example"),
    Column("role", "Role", True, (), "SENCO"),
    Column("team", "Team", False, (), ""),
    Column("job_title", "Job title", False, ("Title",), "SENCO"),
    Column("phone", "Telephone", False, ("Phone",), "020 7946 0110"),
    Column("settings", "Settings (URN or DfE number)", False, ("Settings", "Setting", "School"), ""),
    Column("apart", "Different person", False, ("Another person",), ""),
)
_ROLE = {**{words.casefold(): code for code, words in ROLES.items()}, **{code: code for code in ROLES}}
_KINDS = {
    "name": Text(200),
    "email": Text(254, identifiers.email),
    "job_title": Text(200),
    "phone": Text(40, identifiers.phone),
}
_HEADING = {c.name: c.heading for c in COLUMNS}


@dataclass(frozen=True)
class Newcomer:
    """Somebody who is to have an account. ``settings`` are ids; only a SENCO works at any.

    ``apart``: of the same name or address as another, but not the same person.
    """

    row: int
    name: str
    username: str
    email: str
    role: str
    team: str
    job_title: str
    phone: str
    settings: tuple[int, ...]
    apart: bool = False

    @property
    def shared(self) -> str:
        """A sentence where this looks like an office rather than a person, else ''."""
        return looks_shared(self.name, self.email)


@dataclass(frozen=True)
class Here:
    """Somebody the portal has. ``username`` is '' without an account."""

    name: str
    email: str
    username: str


@dataclass(frozen=True)
class Sorted:
    """What would become of each row. ``known`` have an account under that name already: nothing is to do."""

    new: tuple[Newcomer, ...]
    known: tuple[Newcomer, ...]
    failed: tuple[tuple[Line, tuple[str, ...]], ...]


def read_person(line: Line, settings: Mapping[str, Setting]) -> tuple[Newcomer | None, list[str]]:
    """A row as a person, or the reasons why it is none."""
    reasons: list[str] = []
    read: dict[str, str] = {}
    for name, kind in _KINDS.items():
        try:
            read[name] = kind.read(line[name])
        except Refused as why:
            reasons.append(f"{_HEADING[name]}: {why}")
            continue
        if not read[name] and name in ("name", "email"):
            reasons.append(f"{_HEADING[name]}: there is none.")
    username = as_username(" ".join(line["username"].split()))
    if fault := username_fault(username):
        reasons.append(f"User name: {fault}")
    role = _ROLE.get(line["role"].casefold(), "")
    if not role:
        reasons.append(f"Role: write one of {', '.join(ROLES.values())}.")
    team = team_of(role, line["team"])
    if team is None and role in OF_SENAS:
        known = f"write one of {', '.join(SENAS_TEAMS)}, or leave" if SENAS_TEAMS else "leave"
        reasons.append(f"Team: SENAS has none of this name; {known} it empty.")
    elif team is None:
        reasons.append(f"Team: an adviser belongs to one of {', '.join(TEAMS)}.")
    places = []
    for part in filter(None, (p.strip() for p in re.split(r"[;,|\n]", line["settings"]))):
        if found := settings.get(re.sub(r"[\s/‐‑–—-]", "", part).casefold()):
            places.append(found.id)
        else:
            reasons.append(f"Settings: the portal has no open setting “{part[:60]}”.")
    if role == "senco" and not places and not any(r.startswith("Settings") for r in reasons):
        reasons.append("Settings: a SENCO works at one or more. Write its URN or DfE number.")
    if places and role and role != "senco":
        reasons.append("Settings: only a SENCO works at a setting. Leave this empty.")
    if line["apart"].casefold() not in ("", "yes", "no"):
        reasons.append("Different person: write yes or leave it empty.")
    if reasons or team is None:
        return None, reasons
    return Newcomer(
        row=line.number,
        username=username,
        role=role,
        team=team,
        settings=tuple(dict.fromkeys(places)),
        apart=line["apart"].casefold() == "yes",
        **read,
    ), []


def read_people(
    lines: Iterable[Line], settings: Mapping[str, Setting], done: Callable[[int], None] = lambda count: None
) -> tuple[list[tuple[Line, Newcomer]], list[tuple[Line, tuple[str, ...]]]]:
    """Every row read: the people, and the rows that failed. ``done`` is told now and then how many are."""
    read: list[tuple[Line, Newcomer]] = []
    failed: list[tuple[Line, tuple[str, ...]]] = []
    for count, line in enumerate(lines, 1):
        person, reasons = read_person(line, settings)
        if person is None:
            failed.append((line, tuple(reasons)))
        else:
            read.append((line, person))
        if count % 250 == 0:
            done(count)
    return read, failed


IF_OTHER = "If this is another person, write yes under “Different person”."


class _Alike:
    """Who bears a name or has an address, found however their accents and capitals are typed."""

    def __init__(self, people: Iterable[Here]) -> None:
        self.by_email: dict[str, str] = {}
        self.by_name: dict[str, str] = {}
        for one in people:
            known = ", ".join((one.email or "no address", *(() if one.username else ("no account yet",))))
            self.add(one.name, one.email, one.name, f"{one.name} ({known}) is in the portal already.")

    def add(self, name: str, email: str, who: str, sentence: str) -> None:
        if email:
            self.by_email.setdefault(
                email.casefold(), f"Email: {who} has the same address, and would get their letters."
            )
        self.by_name.setdefault(fold(name), f"Name: {sentence}")

    def doubt(self, person: Newcomer) -> str:
        """Why this may be somebody who is there already, or ''."""
        return self.by_email.get(person.email.casefold()) or self.by_name.get(fold(person.name)) or ""


def sort_people(
    read: Iterable[tuple[Line, Newcomer]],
    failed: Iterable[tuple[Line, tuple[str, ...]]],
    accounts: Mapping[str, tuple[str, str]],
    people: Iterable[Here] = (),
) -> Sorted:
    """Find who has an account already, who stands there twice, and who may be somebody else.

    ``accounts``: name and role by user name, folded; ``people``: everybody the portal has.
    """
    rows: dict[str, int] = {}
    new: list[Newcomer] = []
    known: list[Newcomer] = []
    wrong = list(failed)
    alike = _Alike(people)
    for line, person in read:
        here = accounts.get(person.username)
        if person.username in rows:
            wrong.append((line, (f"User name: row {rows[person.username]} has the same.",)))
            continue
        if here and (here[0].casefold(), here[1]) != (person.name.casefold(), person.role):
            wrong.append((line, (f"User name: it belongs to {here[0]} already. Choose another.",)))
            continue
        if not here and not person.apart and (doubt := alike.doubt(person)):
            wrong.append((line, (f"{doubt} {IF_OTHER}",)))
            continue
        rows[person.username] = person.row
        alike.add(person.name, person.email, f"row {person.row}", f"row {person.row} has the same.")
        (known if here else new).append(person)
    return Sorted(tuple(new), tuple(known), tuple(sorted(wrong, key=lambda pair: pair[0].number)))
