"""The demo's settings and children, read from their files and dated for today."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from migrations.demo.days import born, day_of

_FOLDER = Path(__file__).parent
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
# Older children were given their number by whichever primary school they began at.
_FIRST_SCHOOL = "3072917"


@dataclass(frozen=True)
class Setting:
    """A school or other setting; the fields are the columns of portal.setting."""

    name: str
    kind: str
    urn: str
    dfe_number: str
    address: str
    postcode: str
    phone: str
    email: str


@dataclass(frozen=True)
class Child:
    """A child of the register. ``year`` is the school year by age, ``name`` that of their file."""

    name: str
    setting: Setting
    first_name: str
    middle_names: str
    surname: str
    sex: str
    year: str
    dob: date
    upn: str | None
    address: tuple[str, ...]
    postcode: str
    advisers: tuple[str, ...]

    @property
    def facts(self) -> dict[str, str]:
        """What the council holds, under the form's field names."""
        lines = (*self.address, "", "", "", "")
        return {
            "first_name": self.first_name,
            "middle_names": self.middle_names,
            "surname": self.surname,
            "dob": self.dob.isoformat(),
            "sex": self.sex,
            "upn": self.upn or "",
            **{f"address_line{n + 1}": lines[n] for n in range(4)},
            "postcode": self.postcode,
            "setting_name": self.setting.name,
            "setting_address": f"{self.setting.address}\n{self.setting.postcode}",
            "setting_phone": self.setting.phone,
            "setting_email": self.setting.email,
        }


def upn(establishment: str, year: int, serial: int) -> str:
    """A unique pupil number with its check letter, from a DfE number and the year of allocation."""
    digits = f"{establishment}{year % 100:02}{serial:03}"
    return _UPN_LETTERS[sum(place * int(d) for place, d in enumerate(digits, 2)) % 23] + digits


def read_register(today: date) -> tuple[tuple[Setting, ...], tuple[Child, ...]]:
    """Every setting and every child, as they are on ``today``."""
    settings = tuple(Setting(**line) for line in _lines("settings.toml", "setting"))
    by_name = {setting.name: setting for setting in settings}
    lines = _lines("children.toml", "child")
    return settings, tuple(_child(n, line, by_name, today) for n, line in enumerate(lines, 1))


def _child(serial: int, line: dict[str, Any], settings: dict[str, Setting], today: date) -> Child:
    setting = settings[line["setting"]]
    number = None
    if line.get("has_upn", True):
        early = setting.kind in ("nursery", "primary", "special")
        allocated = min(today, day_of("start of R", today, line["year"])).year
        number = upn(setting.dfe_number if early else _FIRST_SCHOOL, allocated, serial)
    return Child(
        name=line["name"],
        setting=setting,
        first_name=line["first_name"],
        middle_names=line.get("middle_names", ""),
        surname=line["surname"],
        sex=line["sex"],
        year=line["year"],
        dob=born(line["birthday"], line["year"], today),
        upn=number,
        address=tuple(line["address"]),
        postcode=line["postcode"],
        advisers=tuple(line.get("advisers", ())),
    )


def _lines(file: str, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((_FOLDER / file).read_text(encoding="utf-8"))[key]
    return found
