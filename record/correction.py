"""Which facts of the register may be put right on request, and how the right one is read as it was typed."""

from datetime import date

from record import clock
from record.form import Field
from record.kinds import Refused
from record.personal import TAB

SETTING = "setting"  # a child's move is asked for in the same way, and chosen from the list of settings
FIELDS: dict[str, Field] = {f.name: f for part in TAB.sections for f in part.fields if f.locked}
NEVER_EMPTY = frozenset(("first_name", "surname", "dob", "sex"))
SAME = "This is what the register says already."
OLDEST = 26  # years: an ERSA is for children and young people up to 25


def label(name: str) -> str:
    """The fact as the page calls it."""
    return "Setting" if name == SETTING else FIELDS[name].label


def show(name: str, stored: str) -> str:
    """The fact in words. A setting's stored text is its name already."""
    return stored if name == SETTING else FIELDS[name].kind.show(stored)


def read(name: str, typed: str, old: str, empty: bool) -> str:
    """What the fact should be instead of ``old``, as it is stored; ``empty`` where it was said that it should be none.

    Raises ``Refused`` with a sentence for the person who typed it.
    """
    value = FIELDS[name].kind.read(typed)
    if value and empty:
        raise Refused("You wrote something and also ticked that it should be empty. Do one of the two.")
    if not value and (name in NEVER_EMPTY or not old):
        raise Refused("Enter what it should be.")
    if not value and not empty:
        raise Refused("Enter what it should be, or tick that it should be empty.")
    if value == old:
        raise Refused(SAME)
    if name == "dob" and clock.today().year - date.fromisoformat(value).year > OLDEST:
        raise Refused("Check the year: an ERSA is for children and young people up to 25.")
    return value
