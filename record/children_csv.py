"""Children as a school lists them, row by row: each is ready to be added, here already, or has reasons why not."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from record import clock
from record.kinds import Choice, Date, Refused, Text
from record.names import filed
from record.personal import TAB as PERSONAL
from record.table import Column, Line

COLUMNS = (
    Column("first_name", "First name", True, ("Forename", "Legal forename"), "Kacper"),
    Column("middle_names", "Middle names", False, ("Middle name",), ""),
    Column("surname", "Surname", True, ("Last name", "Legal surname"), "Wiśniewski"),
    Column("dob", "Date of birth", True, ("DOB", "Born"), "14/09/2018"),
    Column("sex", "Sex", True, ("Gender", "Legal sex"), "M"),
    Column("upn", "UPN", False, ("Unique pupil number",), ""),
    Column("address_line1", "Address line 1", False, ("Address",), "4 Ashbourne Parade"),
    Column("address_line2", "Address line 2", False, (), ""),
    Column("address_line3", "Town", False, ("Address line 3", "Town or city"), "London"),
    Column("address_line4", "County", False, ("Address line 4",), ""),
    Column("postcode", "Postcode", False, (), "W7 3SZ"),
    Column("setting", "Setting (URN or DfE number)", False, ("Setting", "School", "DfE number", "URN"), ""),
    Column("apart", "Different child", False, (), ""),
)
# Beside the columns, what the file of failed rows says.
WHY = "Why not"
_KINDS: dict[str, Text | Date | Choice] = {
    f.name: f.kind  # type: ignore[misc]
    for part in PERSONAL.sections
    for f in part.fields
    if f.locked
}
_SEXES = {"f": "F", "female": "F", "girl": "F", "m": "M", "male": "M", "boy": "M", "u": "U", "w": "U", "not known": "U"}
_NEEDED = ("first_name", "surname", "dob", "sex")
_HEADING = {c.name: c.heading for c in COLUMNS}
OLDEST = 26  # years, roughly: an ERSA is for 0 to 25


@dataclass(frozen=True)
class Setting:
    """A setting children may be added to."""

    id: int
    name: str
    urn: str | None
    dfe_number: str | None


@dataclass(frozen=True)
class Child:
    """A child as portal.child holds them. ``apart``: of the same names and birthday as another, but not the same."""

    row: int
    setting: int
    first_name: str
    middle_names: str
    surname: str
    dob: date
    sex: str
    upn: str | None
    address_line1: str
    address_line2: str
    address_line3: str
    address_line4: str
    postcode: str
    search: str
    apart: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.surname}"


@dataclass(frozen=True)
class Here:
    """A child the portal has. Where the person may not see them, only that there is one with this UPN."""

    upn: str | None
    search: str | None
    dob: date | None
    setting: int | None


@dataclass(frozen=True)
class Sorted:
    """What would become of each row. ``known`` are here already, just so: nothing is to do."""

    new: tuple[Child, ...]
    known: tuple[Child, ...]
    failed: tuple[tuple[Line, tuple[str, ...]], ...]


def settings_by_number(settings: Iterable[Setting]) -> dict[str, Setting]:
    """The settings by URN, by DfE number (also written 307/2901) and by name."""
    found: dict[str, Setting] = {}
    for s in settings:
        for key in (s.urn, s.dfe_number, s.name):
            if key:
                found[_key(key)] = s
    return found


def _key(text: str) -> str:
    return re.sub(r"[\s/‐‑–—-]", "", text).casefold()


def read_child(line: Line, settings: Mapping[str, Setting], only: Setting | None) -> tuple[Child | None, list[str]]:
    """A row as a child, or the reasons why it is none; ``only`` is meant where the row names no setting."""
    reasons: list[str] = []
    read: dict[str, str] = {}
    for name, kind in _KINDS.items():
        typed = line[name]
        if name == "sex":
            typed = _SEXES.get(typed.casefold(), typed)
            if typed and typed not in _SEXES.values():
                reasons.append(f"Sex: “{typed[:20]}” is none of F, M and U.")
                continue
        try:
            read[name] = kind.read(typed)
        except Refused as why:
            reasons.append(f"{_HEADING[name]}: {why}")
            continue
        if not read[name] and name in _NEEDED:
            reasons.append(f"{_HEADING[name]}: there is none.")
    if read.get("dob") and clock.today().year - int(read["dob"][:4]) > OLDEST:
        reasons.append("Date of birth: an ERSA is for children and young people up to 25.")
    setting = settings.get(_key(line["setting"])) if line["setting"] else only
    if setting is None and line["setting"]:
        reasons.append(
            f"Setting: the portal has no open setting “{line['setting'][:60]}” that you may add children to."
        )
    elif setting is None:
        reasons.append("Setting: write its URN or DfE number.")
    if line["apart"].casefold() not in ("", "yes", "no"):
        reasons.append("Different child: write yes or leave it empty.")
    if reasons or setting is None:
        return None, reasons
    return Child(
        row=line.number,
        setting=setting.id,
        dob=date.fromisoformat(read.pop("dob")),
        upn=read.pop("upn") or None,
        search=filed(read["surname"], read["first_name"], read["middle_names"]),
        apart=line["apart"].casefold() == "yes",
        **read,
    ), []


def read_children(
    lines: Iterable[Line],
    settings: Mapping[str, Setting],
    only: Setting | None,
    done: Callable[[int], None] = lambda count: None,
) -> tuple[list[tuple[Line, Child]], list[tuple[Line, tuple[str, ...]]]]:
    """Every row read: the children, and the rows that failed. ``done`` is told now and then how many are."""
    read: list[tuple[Line, Child]] = []
    failed: list[tuple[Line, tuple[str, ...]]] = []
    for count, line in enumerate(lines, 1):
        child, reasons = read_child(line, settings, only)
        if child is None:
            failed.append((line, tuple(reasons)))
        else:
            read.append((line, child))
        if count % 250 == 0:
            done(count)
    return read, failed


def sort_children(
    read: Iterable[tuple[Line, Child]], failed: Iterable[tuple[Line, tuple[str, ...]]], here: Iterable[Here]
) -> Sorted:
    """Find the children who are here already, or twice in the file, by UPN and by names and birthday."""
    by_upn = {h.upn: h for h in here if h.upn}
    by_name = {(h.search, h.dob): h for h in here if h.search}
    rows_by_upn: dict[str, int] = {}
    rows_by_name: dict[tuple[str, date], int] = {}
    new: list[Child] = []
    known: list[Child] = []
    wrong = list(failed)
    for line, child in read:
        named = (child.search, child.dob)
        with_upn = by_upn.get(child.upn) if child.upn else None
        with_name = by_name.get(named)
        why = ""
        if child.upn and child.upn in rows_by_upn:
            why = f"UPN: row {rows_by_upn[child.upn]} has the same."
        elif named in rows_by_name and not child.apart:
            why = (
                f"Row {rows_by_name[named]} has the same names and date of birth. If this is another child, write yes "
            )
            why += "under “Different child”."
        elif with_upn and with_upn.setting != child.setting:
            why = "UPN: a child with this number is in the portal at another setting. Ask SENAS to move the record."
        elif with_upn and (with_upn.search, with_upn.dob) != named:
            why = "UPN: the child with this number has another name or date of birth in the portal. Check all three."
        elif with_name and not with_upn and not child.apart:
            if with_name.setting != child.setting or (child.upn and with_name.upn):
                why = "A child of these names and this date of birth is in the portal already, with another UPN or at "
                why += "another setting. If this is another child, write yes under “Different child”."
            elif child.upn:
                why = "This child is in the portal already without a UPN. Ask for it to be added on their record."
        if why:
            wrong.append((line, (why,)))
            continue
        rows_by_name.setdefault(named, child.row)
        if child.upn:
            rows_by_upn[child.upn] = child.row
        there = with_upn or (with_name if not child.apart else None)
        (known if there else new).append(child)
    return Sorted(tuple(new), tuple(known), tuple(sorted(wrong, key=lambda pair: pair[0].number)))
