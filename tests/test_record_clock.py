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
    assert clock.NO_PLAN.due(received) == date(2025, 12, 22)
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
    assert clock.receipt_due(received, 3) == due


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


# ---------------------------------------------------------------- worked by hand, on paper


@pytest.mark.parametrize(
    ("received", "decision", "no_plan", "final"),
    [
        # a leap day within the six weeks: 12 days of January, 29 of February and 1 of March
        (date(2028, 1, 19), date(2028, 3, 1), date(2028, 5, 10), date(2028, 6, 7)),
        # the same days a year later, without one
        (date(2027, 1, 19), date(2027, 3, 2), date(2027, 5, 11), date(2027, 6, 8)),
        # received on the leap day itself
        (date(2028, 2, 29), date(2028, 4, 11), date(2028, 6, 20), date(2028, 7, 18)),
        # falls on Christmas Day, and stays there: the law knows no bank holidays
        (date(2026, 11, 13), date(2026, 12, 25), date(2027, 3, 5), date(2027, 4, 2)),
        # a Saturday leads to a Saturday
        (date(2026, 11, 28), date(2027, 1, 9), date(2027, 3, 20), date(2027, 4, 17)),
        # 2100 is no leap year
        (date(2100, 1, 19), date(2100, 3, 2), date(2100, 5, 11), date(2100, 6, 8)),
        # across the end of summer time
        (date(2026, 10, 1), date(2026, 11, 12), date(2027, 1, 21), date(2027, 2, 18)),
    ],
)
def test_six_sixteen_and_twenty_weeks_are_counted_in_calendar_days(
    received: date, decision: date, no_plan: date, final: date
) -> None:
    assert clock.DECISION.due(received) == clock.decision_due(received) == decision
    assert clock.NO_PLAN.due(received) == no_plan
    assert clock.FINAL.due(received) == clock.final_due(received) == final


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2026, 11, 24), date(2027, 1, 5)),
        (date(2028, 2, 1), date(2028, 3, 14)),
        (date(2027, 2, 1), date(2027, 3, 15)),
    ],
)
def test_an_adviser_has_six_weeks_from_the_day_they_were_asked(asked: date, due: date) -> None:
    assert clock.ADVICE.due(asked) == due


@pytest.mark.parametrize(
    ("served", "last"),
    [
        (date(2025, 9, 1), date(2025, 9, 15)),
        (date(2028, 2, 20), date(2028, 3, 5)),  # 10 days of February with its 29th, then 5 of March
        (date(2027, 2, 20), date(2027, 3, 6)),
        (date(2026, 12, 18), date(2027, 1, 1)),  # New Year's Day counts, and may be the last
    ],
)
def test_the_family_s_fifteen_days_begin_with_the_day_the_draft_was_served(served: date, last: date) -> None:
    assert clock.COMMENTS.due(served) == last
    assert (last - served).days + 1 == 15


@pytest.mark.parametrize(
    ("rule", "start", "said"),
    [
        (clock.DECISION, date(2025, 9, 1), "received Mon 1 Sep 2025 + 42 days = Mon 13 Oct 2025"),
        (clock.NO_PLAN, date(2025, 9, 1), "received Mon 1 Sep 2025 + 112 days = Mon 22 Dec 2025"),
        (clock.FINAL, date(2025, 9, 1), "received Mon 1 Sep 2025 + 140 days = Mon 19 Jan 2026"),
        (clock.ADVICE, date(2025, 10, 13), "asked Mon 13 Oct 2025 + 42 days = Mon 24 Nov 2025"),
        (clock.COMMENTS, date(2025, 12, 1), "served Mon 1 Dec 2025, which is day 1 of 15 = Mon 15 Dec 2025"),
        (clock.RECEIPT, date(2026, 11, 24), "received Tue 24 Nov 2026 + 3 working days = Fri 27 Nov 2026"),
        (
            clock.RECEIPT,
            date(2026, 12, 23),
            "received Wed 23 Dec 2026 + 3 working days = Wed 30 Dec 2026"
            " (not counting the bank holidays Fri 25 Dec 2026, Mon 28 Dec 2026)",
        ),
        (
            clock.RECEIPT,
            date(2027, 4, 30),
            "received Fri 30 Apr 2027 + 3 working days = Thu 6 May 2027 (not counting the bank holiday Mon 3 May 2027)",
        ),
    ],
)
def test_each_date_can_tell_how_it_comes_about(rule: clock.Rule, start: date, said: str) -> None:
    assert rule.derive(start) == said


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 8, 31),  # summer
        date(2022, 9, 19),  # the late Queen's funeral
        date(2023, 5, 8),  # the King's coronation
        date(2022, 1, 3),  # in place of a New Year's Day on a Saturday
        date(2027, 12, 27),
        date(2027, 12, 28),  # in place of Christmas on a weekend
    ],
)
def test_england_s_own_bank_holidays_are_known(day: date) -> None:
    assert not clock.is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 8, 3), date(2026, 3, 17), date(2026, 11, 30), date(2026, 1, 2)])
def test_scotland_s_and_ireland_s_bank_holidays_are_working_days_here(day: date) -> None:
    assert clock.is_working_day(day)


@given(DAYS)
def test_every_derivation_ends_in_its_own_date(start: date) -> None:
    for rule in (clock.RECEIPT, clock.DECISION, clock.NO_PLAN, clock.FINAL, clock.ADVICE, clock.COMMENTS):
        assert clock.say(rule.due(start)) in rule.derive(start)
        assert clock.say(start) in rule.derive(start)
