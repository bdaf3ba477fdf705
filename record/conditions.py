"""What several tabs ask of a record: ages, dates long ago, which of some answers are given."""

from collections.abc import Callable
from datetime import date

from record import years
from record.form import Answers, Condition, Row


def day(stored: str) -> date | None:
    """A stored date; None where there is none (or none that can be read)."""
    try:
        return date.fromisoformat(stored)
    except ValueError:
        return None


def out_of_order(earlier: str, later: str, same_day: bool = True) -> Condition:
    """Holds where ``later`` is before ``earlier`` (or, unless ``same_day``, on it). Both are of ``here``."""

    def holds(here: Answers | Row, record: Answers) -> bool:
        first, second = day(here[earlier]), day(here[later])
        return bool(first and second and (second < first or (second == first and not same_day)))

    return holds


def before_birth(name: str) -> Condition:
    """Holds where the date in ``name`` is before the child was born."""

    def holds(here: Answers | Row, record: Answers) -> bool:
        born, then = day(record["dob"]), day(here[name])
        return bool(born and then and then < born)

    return holds


def far_ahead(name: str, months: int = 12) -> Condition:
    """Holds where the date in ``name`` is more than ``months`` to come."""

    def holds(here: Answers | Row, record: Answers) -> bool:
        then = day(here[name])
        return then is not None and months_ago(then, months) > record.today

    return holds


def of_record(check: Condition) -> Callable[[Answers], bool]:
    """The same, of the record's own answers."""
    return lambda record: check(record, record)


def months_ago(today: date, months: int) -> date:
    """The same day ``months`` earlier; the month's last day where it is shorter."""
    index = today.year * 12 + today.month - 1 - months
    year, month = divmod(index, 12)
    for last in (today.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(today.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def age(record: Answers) -> int | None:
    """Whole years today; None while the date of birth is not known."""
    born = day(record["dob"])
    if born is None:
        return None
    today = record.today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def aged(least: int) -> Condition:
    """Holds for someone of at least ``least`` years."""

    def holds(here: Answers | Row, record: Answers) -> bool:
        years_old = age(record)
        return years_old is not None and years_old >= least

    return holds


def year_by_age(record: Answers) -> str:
    born = day(record["dob"])
    return years.year_by_age(born, record.today) if born else ""


def from_year(least: int, record: Answers) -> bool:
    """In year ``least`` or above: by the year group given, else by age."""
    year = years.number(record["nc_year"])
    if year is None and (born := day(record["dob"])):
        year = years.number_by_age(born, record.today)
    return year is not None and year >= least


def given(*names: str) -> Condition:
    """Holds when any of ``names`` is answered."""
    return lambda here, record: any(here[name] for name in names)


def none_given(*names: str) -> Condition:
    """Holds when not one of ``names`` is answered."""
    return lambda here, record: not any(here[name] for name in names)


def answered(name: str, *values: str) -> Condition:
    """Holds when ``name`` has one of ``values``."""
    return lambda here, record: here[name] in values
