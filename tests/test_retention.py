"""How long requests are kept: dates worked out by hand, and the same in the database that decides."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from record.retention import MOST, OUTCOMES, SINCE, WHY, Rule, read, years_after
from tests.fixtures_database import TestDatabase


@pytest.fixture(scope="module")
def owner(database: TestDatabase) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection


# outcome, since, years, closed, born, due: each worked out on paper
EXAMPLES = [
    ("withdrawn", "closed", 6, "2025-09-01", "2016-05-05", "2031-09-01"),
    # closed on a leap day: six years later there is none, so it is kept until the first of March
    ("withdrawn", "closed", 6, "2024-02-29", "2016-05-05", "2030-03-01"),
    ("withdrawn", "closed", 4, "2024-02-29", "2016-05-05", "2028-02-29"),
    # 2100 is no leap year
    ("withdrawn", "closed", 76, "2024-02-29", "2016-05-05", "2100-03-01"),
    ("plan", "birth", 31, "2034-07-20", "2016-05-05", "2047-05-05"),
    # born on a leap day: 31 years later is 2047, without one
    ("plan", "birth", 31, "2034-07-20", "2016-02-29", "2047-03-01"),
    ("plan", "birth", 32, "2034-07-20", "2016-02-29", "2048-02-29"),
    # an old rule and a late end: two years from its end in any case
    ("plan", "birth", 18, "2034-07-20", "2016-05-05", "2036-07-20"),
    ("plan", "birth", 18, "2034-05-05", "2016-05-05", "2036-05-05"),
    ("not_issue", "birth", 25, "2026-03-31", "2010-12-31", "2035-12-31"),
    ("draft", "closed", 2, "2026-11-27", "2016-05-05", "2028-11-27"),
    ("draft", "closed", 1, "2024-02-29", "2016-05-05", "2025-03-01"),
    # of a draft one year
    ("draft", "birth", 18, "2034-07-20", "2016-05-05", "2035-07-20"),
]


@pytest.mark.parametrize(("outcome", "since", "years", "closed", "born", "due"), EXAMPLES)
def test_a_date_is_as_worked_out_by_hand(
    owner: psycopg.Connection[Any], outcome: str, since: str, years: int, closed: str, born: str, due: str
) -> None:
    days = date.fromisoformat(closed), date.fromisoformat(born)
    assert Rule(outcome, since, years).due(*days) == date.fromisoformat(due)
    found = owner.execute("select portal.kept_until(%s, %s, %s, %s, %s)", [outcome, since, years, *days]).fetchone()
    assert found == (date.fromisoformat(due),)


def test_the_database_and_the_page_count_alike_on_every_day(owner: psycopg.Connection[Any]) -> None:
    """Four years of closings, ten years of births beside them, every outcome and way of counting."""
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(0, 4 * 366)]
    births = [date(2006, 12, 28) + timedelta(days=n * 3) for n in range(len(days))]
    for outcome in OUTCOMES:
        for since in SINCE:
            rule = Rule(outcome, since, 19)
            found = owner.execute(
                """select portal.kept_until(%s, %s, %s, d.closed, d.born)
                   from unnest(%s::date[], %s::date[]) with ordinality d(closed, born, n) order by d.n""",
                [outcome, since, rule.years, days, births],
            ).fetchall()
            assert [row[0] for row in found] == [rule.due(c, b) for c, b in zip(days, births, strict=True)]


@pytest.mark.parametrize(("day", "years", "after"), [
    (date(2020, 2, 29), 1, date(2021, 3, 1)),
    (date(2020, 2, 29), 4, date(2024, 2, 29)),
    (date(2020, 2, 28), 1, date(2021, 2, 28)),
    (date(2021, 3, 1), 3, date(2024, 3, 1)),
    (date(2000, 2, 29), 100, date(2100, 3, 1)),
])  # fmt: skip
def test_years_after_a_day(owner: psycopg.Connection[Any], day: date, years: int, after: date) -> None:
    assert years_after(day, years) == after
    assert owner.execute("select portal.years_after(%s, %s)", [day, years]).fetchone() == (after,)


def test_a_date_says_how_it_comes_about() -> None:
    closed, born = date(2025, 9, 1), date(2016, 5, 5)
    assert Rule("withdrawn", "closed", 6).derive(closed, born) == "closed Mon 1 Sep 2025 + 6 years = Mon 1 Sep 2031"
    assert Rule("draft", "closed", 1).derive(closed, born) == "last changed Mon 1 Sep 2025 + 1 year = Tue 1 Sep 2026"
    assert Rule("plan", "birth", 31).derive(closed, born) == "born 5 May 2016 + 31 years = Sun 5 May 2047"
    assert Rule("plan", "birth", 18).derive(date(2034, 7, 20), born) == (
        "born 5 May 2016 + 18 years = Fri 5 May 2034, but kept at least until "
        "closed Thu 20 Jul 2034 + 2 years = Sun 20 Jul 2036"
    )
    # a plan that nobody recorded as ended
    assert Rule("plan", "closed", 6).derive(date(2042, 5, 5), born) == (
        "26th birthday Mon 5 May 2042 + 6 years = Tue 5 May 2048"
    )
    # of a draft SENAS knows no child
    assert Rule("draft", "birth", 18).derive(closed, None) == "18 years after the child’s birth"


def test_what_comes_out_of_the_words_is_the_date() -> None:
    for outcome, since, years, closed, born, due in EXAMPLES:
        words = Rule(outcome, since, years).derive(date.fromisoformat(closed), date.fromisoformat(born))
        day = date.fromisoformat(due)
        assert words.endswith(f"{day:%a} {day.day} {day:%b %Y}"), words


def test_every_outcome_is_explained() -> None:
    assert set(WHY) == set(OUTCOMES)


def test_the_rules_it_comes_with_are_those_it_explains(owner: psycopg.Connection[Any]) -> None:
    for outcome, since, years, by in owner.execute(
        "select outcome, since, years, set_by from portal.retention_rule"
    ).fetchall():
        assert f"{years} years{' after birth' if since == 'birth' else ':'}" in WHY[outcome]
        assert by is None
        assert read(outcome, since, str(years)) == (Rule(outcome, since, years), {})


@pytest.mark.parametrize(("since", "years", "wrong"), [
    ("closed", "", "years"), ("closed", "two", "years"), ("closed", "-3", "years"), ("closed", "1", "years"),
    ("closed", "0", "years"), ("closed", "101", "years"), ("closed", "2.5", "years"), ("birth", "17", "years"),
    ("closed", "٣", "years"), ("closed", "9" * 5000, "years"), ("", "6", "since"), ("death", "6", "since"),
])  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_with_a_sentence(since: str, years: str, wrong: str) -> None:
    rule, refused = read("withdrawn", since, years)
    assert rule is None
    assert list(refused) == [wrong]
    assert refused[wrong].endswith(".")


@pytest.mark.parametrize(("outcome", "since", "years"), [
    ("withdrawn", "closed", 1), ("draft", "closed", 0), ("plan", "birth", 17), ("plan", "closed", 101),
    ("other", "closed", 6), ("plan", "death", 6),
])  # fmt: skip
def test_the_database_takes_no_rule_that_cannot_be(
    owner: psycopg.Connection[Any], outcome: str, since: str, years: int
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), owner.transaction(force_rollback=True):
        owner.execute(
            "insert into portal.retention_rule (outcome, since, years, reason) values (%s, %s, %s, 'x')",
            [outcome, since, years],
        )


def test_the_longest_rule_can_be_counted() -> None:
    assert Rule("plan", "birth", MOST).due(date(2049, 1, 1), date(2016, 5, 5)) == date(2116, 5, 5)
