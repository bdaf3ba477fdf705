"""Reads the pupils of a Common Transfer File, the XML that schools' systems hand children's details over with.

The names of its elements are the DfE's (CTF specification, chapter 4). Only what a register needs is read.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from record.table import MOST_CELL, MOST_ROWS, Line, Table, Unreadable

_OUTER = ("SAON", "PAON", "Street", "Locality", "Town", "PostTown")


def read_ctf(content: bytes, settings: Mapping[str, Any]) -> Table:
    """The pupils as rows with the columns of children; row 1 is the first pupil.

    ``settings`` are those the person may add children to, by DfE number and URN: where the sending school is none
    of them but the receiving one is, the children are the receiving one's. Raises Unreadable.
    """
    try:
        root = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise Unreadable(
            "This file declares a document type or entities, which a Common Transfer File never does. It was not read."
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        line = getattr(error, "position", (0,))[0]
        where = f" Line {line} is where it stops making sense." if line else ""
        raise Unreadable(f"This is not a whole XML file.{where} Export it from your school’s system again.") from None
    if _name(root) != "ctfile":
        raise Unreadable("This XML file is not a Common Transfer File: those begin with <CTfile>.")
    head = _child(root, "Header")
    setting = _setting(head, settings)
    pupils = [
        Line(number, {**_cells(pupil), "setting": setting})
        for number, pupil in enumerate(_children(_child(root, "CTFpupilData"), "Pupil"), 1)
    ]
    if not pupils:
        raise Unreadable("There is no pupil in this Common Transfer File.")
    if len(pupils) > MOST_ROWS:
        raise Unreadable(f"There are more than {MOST_ROWS:,} pupils in this file.")
    return Table(tuple(pupils), ())


def _setting(head: Element | None, settings: Mapping[str, Any]) -> str:
    """The DfE number or URN of the school the pupils are at."""
    named = []
    for which in ("SourceSchool", "DestSchool"):
        school = _child(head, which)
        number = (_text(school, "LEA") or _text(school, "LA")) + _text(school, "Estab")
        named += [n for n in (number, _text(school, "URN")) if n]
    return next((n for n in named if n in settings), named[0] if named else "")


def _cells(pupil: Element) -> dict[str, str]:
    more = _child(pupil, "BasicDetails")
    address = _child(pupil, "Address")
    return {
        "upn": _text(pupil, "UPN"),
        "surname": _text(pupil, "Surname") or _text(more, "LegalSurname"),
        "first_name": _text(pupil, "Forename") or _text(more, "LegalForename"),
        "middle_names": _text(pupil, "MiddleNames") or _text(more, "MiddleNames"),
        "dob": _text(pupil, "DOB") or _text(more, "DOB"),
        "sex": _text(pupil, "Sex") or _text(pupil, "Gender") or _text(more, "Sex") or _text(more, "Gender"),
        **_address(address),
    }


def _address(address: Element | None) -> dict[str, str]:
    """Either five plain lines, or the parts of BS 7666: flat, house, street, locality, town, post town."""
    if address is None:
        return {}
    everything = {_name(it): " ".join((it.text or "").split()) for it in address.iter() if not len(it)}
    plain = [everything.get(f"addressline{n}", "") for n in range(1, 6)]
    if any(plain):
        lines = [it for it in plain if it]
        county = everything.get("county", "")
        lines = [*lines[:2], *([", ".join(lines[2:])] if lines[2:] else [])]
        lines += [""] * (3 - len(lines)) + [county]
    else:
        flat, house, street, locality, town, post_town = (everything.get(n.casefold(), "") for n in _OUTER)
        number = f"{house} {street}".strip() if house[:1].isdigit() else ", ".join(filter(None, (house, street)))
        lines = [", ".join(filter(None, (flat, number))), locality, post_town or town]
        lines.append(everything.get("county", "") or everything.get("administrativearea", ""))
    cells = {f"address_line{n}": line for n, line in enumerate(lines, 1)}
    return {**cells, "postcode": everything.get("postcode", "")}


def _name(element: Element) -> str:
    """An element's own name in lower case: systems differ in capitals and namespaces."""
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].casefold()


def _children(element: Element | None, name: str) -> Iterable[Element]:
    return (it for it in (element if element is not None else ()) if _name(it) == name.casefold())


def _child(element: Element | None, name: str) -> Element | None:
    return next(iter(_children(element, name)), None)


def _text(element: Element | None, name: str) -> str:
    found = _child(element, name)
    text = " ".join((found.text or "").split()) if found is not None else ""
    if len(text) > MOST_CELL:
        raise Unreadable(f"<{name}> holds more than {MOST_CELL:,} characters.")
    return text
