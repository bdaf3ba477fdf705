"""Schools as the DfE's register "Get Information about Schools" (GIAS) lists them, and what of it is news to us."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from record import identifiers
from record.kinds import Refused, read_date, say_date
from record.table import Column, Line, Unreadable, read_table

# The headings of the register's own download, "Establishment fields CSV".
COLUMNS = (
    Column("urn", "URN", needed=True),
    Column("la", "LA (code)", needed=True),
    Column("number", "EstablishmentNumber", needed=True),
    Column("name", "EstablishmentName", needed=True),
    Column("type", "TypeOfEstablishment (name)"),
    Column("status", "EstablishmentStatus (name)", needed=True),
    Column("closed", "CloseDate"),
    Column("phase", "PhaseOfEducation (name)"),
    Column("street", "Street"),
    Column("locality", "Locality"),
    Column("address3", "Address3"),
    Column("town", "Town"),
    Column("county", "County (name)"),
    Column("postcode", "Postcode"),
    Column("phone", "TelephoneNum"),
)
FIELDS = {
    "name": "Name",
    "kind": "Kind",
    "urn": "URN",
    "dfe_number": "DfE number",
    "address": "Address",
    "postcode": "Postcode",
    "phone": "Telephone",
    "closed_on": "Closed on",
}
PHASES = {
    "nursery": "nursery",
    "primary": "primary",
    "middle deemed primary": "primary",
    "secondary": "high",
    "middle deemed secondary": "high",
    "all-through": "high",
    "all through": "high",
    "16 plus": "college",
}


@dataclass(frozen=True)
class Place:
    """A school of the register. ``closed_on`` is None while it is open."""

    row: int
    name: str
    kind: str
    urn: str
    dfe_number: str | None
    address: str
    postcode: str
    phone: str
    closed_on: date | None


@dataclass(frozen=True)
class Known:
    """A setting the portal has already, with the fields a register can change."""

    id: int
    name: str
    kind: str
    urn: str | None
    dfe_number: str | None
    address: str
    postcode: str
    phone: str
    closed_on: date | None


@dataclass(frozen=True)
class Change:
    """A setting of ours that the register says otherwise of: field, ours, the register's."""

    setting: int
    place: Place
    name: str
    fields: tuple[tuple[str, str, str], ...]

    @property
    def closes(self) -> bool:
        return self.place.closed_on is not None


@dataclass(frozen=True)
class News:
    """What a register brings: ``failed`` are rows that cannot be used, each with its reasons."""

    new: tuple[Place, ...]
    changed: tuple[Change, ...]
    closed: tuple[Change, ...]
    failed: tuple[tuple[Line, tuple[str, ...]], ...]
    same: int
    elsewhere: int  # rows of other councils
    past: int  # closed before the portal knew them, or not open yet
    absent: tuple[str, ...]  # open settings of ours with a URN that the file does not have


@dataclass(frozen=True)
class Register:
    """What a register's file says of one council's schools; ``lines`` are its rows by number."""

    places: tuple[Place, ...]
    failed: tuple[tuple[Line, tuple[str, ...]], ...]
    lines: Mapping[int, Line]
    elsewhere: int
    unopened: int


def read_gias(content: bytes, la: str) -> Register:
    """The schools of the council ``la`` (three digits) in a register's file.

    Raises Unreadable, also where no row is of that council.
    """
    table = read_table(content, COLUMNS)
    ours = [line for line in table.lines if line["la"].lstrip("0") == la.lstrip("0")]
    if not ours:
        raise Unreadable(
            f"No row of this file is of local authority {la}. Choose the register’s file for your own authority."
        )
    places: list[Place] = []
    failed: list[tuple[Line, tuple[str, ...]]] = []
    unopened = 0
    for line in ours:
        if line["status"].casefold() == "proposed to open":
            unopened += 1
            continue
        place, reasons = _place(line, la)
        if place is None:
            failed.append((line, reasons))
        else:
            places.append(place)
    elsewhere = len(table.lines) - len(ours)
    return Register(tuple(places), tuple(failed), {line.number: line for line in ours}, elsewhere, unopened)


def _place(line: Line, la: str) -> tuple[Place | None, tuple[str, ...]]:
    reasons = []
    urn, postcode, closed_on, number = line["urn"], line["postcode"], None, line["number"]
    try:
        urn = identifiers.urn(urn)
    except Refused as why:
        reasons.append(f"URN: {why}")
    if not line["name"]:
        reasons.append("EstablishmentName: there is none.")
    if number and not (number.isascii() and number.isdigit() and len(number) <= 4):
        reasons.append("EstablishmentNumber: this should be up to four digits.")
    status = line["status"].casefold()
    if status == "closed":
        try:
            closed_on = read_date(line["closed"]) if line["closed"] else None
        except Refused as why:
            reasons.append(f"CloseDate: {why}")
        if not line["closed"]:
            reasons.append("CloseDate: the school is closed, and there is no date.")
    elif status not in ("open", "open, but proposed to close"):
        reasons.append(f"EstablishmentStatus: “{line['status']}” is none the register uses.")
    if postcode:
        with contextlib.suppress(Refused):  # a school abroad: kept as the register has it
            postcode = identifiers.postcode(postcode)
    if reasons:
        return None, tuple(reasons)
    parts = (line["street"], line["locality"], line["address3"], line["town"], line["county"])
    kept = [p for p in dict.fromkeys(" ".join(p.split()) for p in parts) if p and p != "Not recorded"]
    return Place(
        row=line.number,
        name=" ".join(line["name"].split())[:200],
        kind=_kind(line),
        urn=urn,
        dfe_number=f"{la}{int(number):04}" if number else None,
        address=", ".join(kept)[:500],
        postcode=postcode[:10],
        phone=_phone(line["phone"]),
        closed_on=closed_on,
    ), ()


def _kind(line: Line) -> str:
    """Ours for the register's phase and type of establishment."""
    of = line["type"].casefold()
    if "special" in of and "college" not in of and "post" not in of:
        return "special"
    if "further education" in of or "sixth form" in of or "16-19" in of or "college" in of:
        return "college"
    if "pupil referral" in of or "alternative provision" in of:
        return "other"
    return PHASES.get(line["phase"].casefold(), "nursery" if "nursery" in of else "other")


def _phone(number: str) -> str:
    """Excel drops the zero a number begins with."""
    digits = "".join(number.split())
    if digits.isascii() and digits.isdigit() and len(digits) in (9, 10) and digits[0] in "12378":
        number = f"0{number}"
    return " ".join(number.split())[:40]


def compare(register: Register, known: Iterable[Known]) -> News:
    """What the register says otherwise than the portal."""
    places, lines, known = register.places, register.lines, list(known)
    by_urn = {k.urn: k for k in known if k.urn}
    by_number = {k.dfe_number: k for k in known if k.dfe_number}
    urns = Counter(p.urn for p in places)
    living = Counter(p.dfe_number for p in places if p.dfe_number and not p.closed_on)
    new: list[Place] = []
    changes: list[Change] = []
    failed = list(register.failed)
    same = past = 0
    for place in places:
        ours = by_urn.get(place.urn)
        why = ""
        if urns[place.urn] > 1:
            why = f"The URN {place.urn} is in more than one row."
        elif place.dfe_number and not place.closed_on and living[place.dfe_number] > 1:
            why = f"Another open school of this file has the DfE number {place.dfe_number} too."
        elif place.closed_on and (not ours or (place.dfe_number and living[place.dfe_number])):
            past += 1  # unknown to us, or its successor goes on under the same DfE number
            continue
        elif not place.closed_on:
            # a school that becomes an academy gets a new URN and keeps its DfE number: it stays one setting
            holder = by_number.get(place.dfe_number) if place.dfe_number else None
            if ours and holder and holder.id != ours.id:
                why = f"The portal has the DfE number {place.dfe_number} for another setting, {holder.name}."
            elif holder and not ours and holder.urn and urns[holder.urn] and _is_open(places, holder.urn):
                why = f"The portal has the DfE number {place.dfe_number} for {holder.name}, which is open as well."
            ours = ours or holder
        if why:
            failed.append((lines[place.row], (why,)))
        elif ours is None:
            new.append(place)
        elif fields := _differences(ours, place):
            changes.append(Change(ours.id, place, ours.name, fields))
        else:
            same += 1
    there = set(urns)
    reached = {change.setting for change in changes}
    absent = sorted(k.name for k in known if k.urn and not k.closed_on and k.urn not in there and k.id not in reached)
    return News(
        tuple(new),
        tuple(c for c in changes if not c.closes),
        tuple(c for c in changes if c.closes),
        tuple(sorted(failed, key=lambda pair: pair[0].number)),
        same,
        register.elsewhere,
        past + register.unopened,
        tuple(absent),
    )


def _is_open(places: Iterable[Place], urn: str) -> bool:
    return any(p.urn == urn and not p.closed_on for p in places)


def _differences(ours: Known, place: Place) -> tuple[tuple[str, str, str], ...]:
    """What the register has otherwise; where it has nothing, ours stays. A closed school keeps all but its date."""
    found = []
    for field in FIELDS:
        before, after = getattr(ours, field), getattr(place, field)
        if field != "closed_on" and (place.closed_on or after in ("", None)):
            continue
        if field == "kind" and after == "other":
            continue  # the register does not say, and we may know better
        if before != after and (before or after):
            found.append((field, _say(before), _say(after)))
    return tuple(found)


def _say(value: str | date | None) -> str:
    return say_date(value) if isinstance(value, date) else value or ""
