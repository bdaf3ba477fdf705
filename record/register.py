"""The register of settings as ICT keeps it: what a school or other provider is known by, and what is valid there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from record import identifiers
from record.kinds import Choice, Refused, Text

KINDS = {
    "nursery": "Nursery or early years",
    "primary": "Primary school",
    "high": "High school",
    "special": "Special school",
    "college": "College or sixth form",
    "other": "Other provider",
}


def _dfe_number(typed: str) -> str:
    number = re.sub(r"[\s/‐‑–—-]", "", typed)
    if not re.fullmatch(r"[0-9]{7}", number):
        raise Refused("A DfE number has seven digits: the authority’s three, then the school’s four, such as 307/2901.")
    return number


@dataclass(frozen=True)
class Held:
    """A fact about a setting: its kind of field, and whether it may be empty."""

    label: str
    kind: Text | Choice
    needed: bool = False
    hint: str = ""


FIELDS: Mapping[str, Held] = {
    "name": Held("Name", Text(200), True),
    "kind": Held("Kind", Choice(KINDS), True),
    "urn": Held("URN", Text(10, identifiers.urn), hint="Six digits, or EY and six digits. Empty where there is none."),
    "dfe_number": Held("DfE number", Text(12, _dfe_number), hint="For example 307/2901. Empty where there is none."),
    "address": Held("Address", Text(500)),
    "postcode": Held("Postcode", Text(10, identifiers.postcode)),
    "phone": Held("Telephone", Text(40, identifiers.phone)),
    "email": Held("Email", Text(254, identifiers.email)),
}
ASKED: Mapping[str, str] = {"name": "Enter the setting’s name.", "kind": "Choose what kind of setting it is."}


def read_setting(typed: Callable[[str], str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """What was typed as the columns of portal.setting, and the refusals by field. A number left empty is None."""
    read: dict[str, str | None] = {}
    refused: dict[str, str] = {}
    for name, field in FIELDS.items():
        try:
            value = field.kind.read(typed(name))
        except Refused as why:
            refused[name] = str(why)
            continue
        if field.needed and not value:
            refused[name] = ASKED[name]
        read[name] = value or (None if name in ("urn", "dfe_number") else "")
    return read, refused
