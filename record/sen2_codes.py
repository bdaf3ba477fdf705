"""Codes of the DfE's SEN2 return that a council looks up for itself, because no source of ours gives them for certain.

The Department for Education changes them from year to year: they stand in the year's technical specification. A council
gives them in one setting, such as ``requestsource=3,reviewoutcome.keep=1``; nothing is guessed where a wrong code could
pass unnoticed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """One code to look up: what it stands for, and what is sent until it is given; empty where nothing is."""

    words: str
    instead: str = ""


def _yes_no(item: str, words: str) -> dict[str, Wanted]:
    return {f"{item}.yes": Wanted(f"{words}: yes", "1"), f"{item}.no": Wanted(f"{words}: no", "0")}


WANTED: Mapping[str, Wanted] = {
    "requestsource": Wanted("Source of the request: the child’s school, college or other setting"),
    "reviewoutcome.keep": Wanted("Annual review decision: keep the plan"),
    "reviewoutcome.amend": Wanted("Annual review decision: amend the plan"),
    "reviewoutcome.cease": Wanted("Annual review decision: end the plan"),
    **_yes_no("planres", "Residential setting named in the plan"),
    **_yes_no("planwbp", "Work-based learning in the plan"),
    **_yes_no("dp", "Personal budget – direct payments"),
    **_yes_no("res", "Residential setting attended"),
    **_yes_no("wbp", "Work-based learning attended"),
    **_yes_no("exported", "Moved out before the assessment was completed"),
    "softwarecode": Wanted("Code of the software the return comes from"),
    "dmo": Wanted("The council has a designated medical officer"),
    "dco": Wanted("The council has a designated clinical officer"),
    "dsco": Wanted("The council has a designated social care officer"),
}


@dataclass(frozen=True)
class Codes:
    """The codes as far as they are known."""

    given: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, WANTED[name].instead)

    def of(self, item: str, value: str) -> str:
        """The code of an item's value; empty where there is no value."""
        return self[f"{item}.{value}"] if value else ""

    def lacks(self, name: str) -> bool:
        """Whether nothing can be sent, because the code was not given."""
        return not self[name]

    def assumes(self, name: str) -> bool:
        """Whether something is sent that nobody has confirmed."""
        return name not in self.given and bool(WANTED[name].instead)


def read_codes(text: str) -> Codes:
    """The codes in a council's setting. Raises ValueError with a sentence where it cannot be read."""
    given: dict[str, str] = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        name, _, code = part.partition("=")
        if name not in WANTED:
            raise ValueError(f"it knows no {name!r}; it may give {', '.join(WANTED)}")
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,30}", code):
            raise ValueError(f"{part!r} should be a name, = and a code, such as requestsource=3")
        given[name] = code
    return Codes(given)
