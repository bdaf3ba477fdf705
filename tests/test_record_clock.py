"""Statutory dates are calendar weeks from receipt; the council's promise is counted in working days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record import clock, years
from record.codes import NC_YEARS
from record.conditions import age, months_ago
from record.form import Answers

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def test_a_request_of_1_september_2025_falls_due_as_the_law_says() -> None:
    received = date(2025, 9, 1)
    assert clock.decision_due(received) == date(2025, 10, 13)
    assert clock.no_plan_due(received) == date(2025, 12, 22)
    assert clock.final_due(received) == date(2026, 1, 19)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 11, 24), date(2026, 11, 27)),
        (date(2026, 11, 26), date(2026, 12, 1)),
        (date(2026, 11, 28), date(2026, 12, 2)),
        (date(2026, 12, 23), date(2026, 12, 30)),
        (date(2026, 4, 2), date(2026, 4, 9)),
        (date(2027, 12, 24), date(2027, 12, 31)),
    ],
)
def test_a_receipt_is_promised_within_three_working_days(received: date, due: date) -> None:
    assert clock.receipt_due(received) == due


@given(DAYS, st.integers(1, 30))
def test_working_days_end_on_a_working_day_with_that_many_between(start: date, days: int) -> None:
    due = clock.add_working_days(start, days)
    between = (start + timedelta(days=n) for n in range(1, (due - start).days + 1))
    assert clock.is_working_day(due)
    assert sum(clock.is_working_day(day) for day in between) == days


def test_no_working_days_is_the_same_day() -> None:
    assert clock.add_working_days(date(2026, 11, 28), 0) == date(2026, 11, 28)


@pytest.mark.parametrize(
    ("dob", "year"),
    [
        ("2016-05-05", "6"),
        ("2016-08-31", "6"),
        ("2016-09-01", "5"),
        ("2022-08-31", "R"),
        ("2022-09-01", "N2"),
        ("2023-09-01", "N1"),
        ("2024-09-01", "E2"),
        ("2025-09-01", "E1"),
        ("2026-11-01", "E1"),
        ("2007-09-01", "14"),
        ("2007-08-31", ""),
    ],
)
def test_a_year_group_follows_from_age_on_31_august(dob: str, year: str) -> None:
    assert years.year_by_age(date.fromisoformat(dob), date(2026, 11, 24)) == year
    assert not year or year in NC_YEARS


def test_the_school_year_begins_on_1_september() -> None:
    dob = date(2016, 5, 5)
    assert years.year_by_age(dob, date(2026, 8, 31)) == "5"
    assert years.year_by_age(dob, date(2026, 9, 1)) == "6"


def test_every_year_group_but_x_has_its_number_in_order() -> None:
    numbers = [years.number(code) for code in NC_YEARS if code != "X"]
    assert numbers == list(range(-4, 15))
    assert years.number("X") is None
    assert years.number("") is None


@given(DAYS, DAYS)
def test_an_age_changes_on_the_birthday(born: date, today: date) -> None:
    years_old = age(Answers({"dob": born.isoformat()}, today=today))
    assert years_old is not None
    assert (today.year - born.year) - years_old == ((today.month, today.day) < (born.month, born.day))


@pytest.mark.parametrize("dob", ["", "5 May 2016"])
def test_without_a_date_of_birth_there_is_no_age(dob: str) -> None:
    assert age(Answers({"dob": dob})) is None


@pytest.mark.parametrize(
    ("today", "months", "then"),
    [
        (date(2026, 11, 24), 12, date(2025, 11, 24)),
        (date(2026, 11, 24), 18, date(2025, 5, 24)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)),
    ],
)
def test_months_ago_is_the_same_day_of_the_month_or_its_last(today: date, months: int, then: date) -> None:
    assert months_ago(today, months) == then
