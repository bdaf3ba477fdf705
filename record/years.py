"""School years: which one a child's age puts them in, and which come with preparing for adulthood."""

from datetime import date


def number_by_age(dob: date, today: date) -> int:
    """Age on the 31 August before this school year, less 4: Reception is 0, Year 9 is 9.

    Below 0 before Reception, and from -5 (born since September) to about 20 for ages 0 to 25.
    """
    start = today.year if today.month >= 9 else today.year - 1
    age = start - dob.year - ((dob.month, dob.day) > (8, 31))
    return age - 4


def year_by_age(dob: date, today: date) -> str:
    """The year group's code by age alone (``N2``, ``R``, ``5``); empty once past Year 14.

    Years are those of the school census; the school year begins on 1 September in England.
    """
    number = number_by_age(dob, today)
    if number > 14:
        return ""
    if number > 0:
        return str(number)
    return {0: "R", -1: "N2", -2: "N1", -3: "E2"}.get(number, "E1")


def number(code: str) -> int | None:
    """A year group's code as a number: ``R`` is 0, ``9`` is 9. None where it has none (``X``, no answer)."""
    early = {"E1": -4, "E2": -3, "N1": -2, "N2": -1, "R": 0}
    return early.get(code, int(code) if code.isdecimal() else None)
