"""What is typed is stored letter for letter, or refused with a reason; what is stored can be typed again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record import VNOV22, clock
from record.kinds import (
    LONG,
    MONTHS,
    Choice,
    Choices,
    Date,
    Kind,
    LongText,
    Number,
    Refused,
    Text,
    Tick,
    read_date,
    say_date,
)

EVERY_KIND = list({repr(f.kind): f.kind for tab in VNOV22.tabs for part in tab.parts for f in part.every()}.values())


@pytest.mark.parametrize(
    "typed",
    [
        "5/3/2026",
        "05/03/2026",
        "5.3.26",
        "5-3-2026",
        "5 3 2026",
        " 5  3  2026 ",
        "5 March 2026",
        "5th March 2026",
        "5 mar 2026",
        "5 MAR, 2026",
        "5March2026",
        "2026-03-05",
        "2026/3/5",
        "5 Mar. 2026",
        "5-Mar-26",
        "２０２６－０３－０５",
        "٥/٣/٢٠٢٦",
    ],
)
def test_a_date_is_read_however_people_write_it(typed: str) -> None:
    assert Date().read(typed) == "2026-03-05"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31 2 2026", "There is no 31 February 2026"),
        ("29/2/2025", "There is no 29 February 2025"),
        ("5/13/2026", "There is no month 13"),
        ("5 Marzec 2026", "There is no month called “marzec”"),
        ("tomorrow", "day, month and year"),
        ("5 March", "day, month and year"),
        ("5 3 1066", "Check the year"),
        ("5 3 2326", "Check the year"),
        ("5/3/0026", "Check the year"),
        ("5/3/226", "Check the year"),
        ("532026", "day, month and year"),
        ("0 3 2026", "There is no 0 March 2026"),
    ],
)
def test_an_impossible_date_is_refused_with_the_reason(typed: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        Date().read(typed)


def test_a_leap_day_is_a_date() -> None:
    assert Date().read("29/2/2024") == "2024-02-29"


def test_a_day_to_come_is_refused_only_where_it_must_be_past() -> None:
    tomorrow = clock.today() + timedelta(days=1)
    assert Date().read(say_date(tomorrow)) == tomorrow.isoformat()
    assert Date(past=True).read(say_date(clock.today())) == clock.today().isoformat()
    with pytest.raises(Refused, match="still to come"):
        Date(past=True).read(say_date(tomorrow))


def test_an_empty_date_is_no_answer() -> None:
    assert Date().read("  ") == ""
    assert Date().show("") == ""


@given(st.dates())
def test_every_date_reads_back_as_it_is_shown(day: date) -> None:
    if day.year >= 1000:
        assert read_date(say_date(day)) == day
        assert read_date(day.isoformat()) == day


def test_two_figures_of_a_year_mean_a_year_near_ours() -> None:
    assert read_date("1/9/25").year == 2025
    assert read_date("1/9/98").year == 1998
    assert len(MONTHS) == 12


@given(st.text().filter(lambda t: "\r" not in t and "\0" not in t and t.strip()), st.integers(1, 400))
def test_a_long_text_is_kept_letter_for_letter(words: str, times: int) -> None:
    text = (words * times)[:LONG]
    if text.strip():
        assert LongText().read(text) == text


@given(st.lists(st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8"), max_size=20)))
def test_a_line_end_of_any_system_is_one_line_end(lines: list[str]) -> None:
    text = "\n".join(["first", *lines, "last"])
    assert LongText().read(text.replace("\n", "\r\n")) == text
    assert LongText().read(text.replace("\n", "\r")) == text


def test_what_a_database_cannot_hold_is_left_out_and_nothing_else() -> None:
    assert LongText().read("a\0b \ud83d c \U0001f600") == "ab  c \U0001f600"


def test_exactly_as_much_as_promised_fits() -> None:
    assert LongText().read("ż" * 20_000) == "ż" * 20_000
    with pytest.raises(Refused, match=r"20,001 characters long\. It can be 20,000 at most"):
        LongText().read("ż" * 20_001)


def test_text_of_one_line_loses_only_spare_spaces() -> None:
    assert Text().read("  Anna \n Kowalska ") == "Anna Kowalska"
    with pytest.raises(Refused, match="It can be 5 at most"):
        Text(5).read("Kowalska")


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("1,234", "1234", "£1,234"),
        ("£ 1 234.50", "1234.5", "£1,234.5"),
        ("0", "0", "£0"),
        ("-0", "0", "£0"),
        ("", "", ""),
        ("٣", "3", "£3"),
    ],
)
def test_a_number_is_read_however_people_write_it(typed: str, stored: str, shown: str) -> None:
    money = Number(0, 1_000_000, places=2, prefix="£")
    assert money.read(typed) == stored
    assert money.show(stored) == shown


def test_a_number_is_refused_rather_than_rounded() -> None:
    with pytest.raises(Refused, match="whole number"):
        Number().read("12.7")
    with pytest.raises(Refused, match="1 decimal place at most"):
        Number(0, 100, places=1).read("92.55")


@pytest.mark.parametrize("typed", ["many", "1e5", "12 or 13", "--1", "1.2.3", "NaN"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        Number().read(typed)


@pytest.mark.parametrize("typed", ["95,5", " 95,5 % "])
def test_a_decimal_comma_is_told_from_a_comma_between_thousands(typed: str) -> None:
    with pytest.raises(Refused, match=r"Use a point for decimals: 95\.5"):
        Number(0, 100, places=1, unit="%").read(typed)
    assert Number(places=2, prefix="£").read("£1,200.50") == "1200.5"
    assert Number(places=2, prefix="£").read("12,000") == "12000"


@pytest.mark.parametrize("typed", ["-1", "101"])
def test_a_number_out_of_bounds_is_refused_with_the_bounds(typed: str) -> None:
    with pytest.raises(Refused, match="between 0 and 100"):
        Number(0, 100, unit="%").read(typed)


def test_a_choice_takes_only_what_it_offers() -> None:
    colours = Choice({"r": "Red", "g": "Green"})
    assert colours.show(colours.read("g")) == "Green"
    assert colours.read("") == ""
    with pytest.raises(Refused):
        colours.read("Green")


def test_choices_are_kept_in_the_order_of_the_list_and_once() -> None:
    colours = Choices({"r": "Red", "g": "Green", "b": "Blue"})
    assert colours.read("b r b") == "r b"
    assert colours.show("r b") == "Red, Blue"
    with pytest.raises(Refused):
        colours.read("r x")


def test_a_code_of_an_older_list_is_still_shown() -> None:
    assert Choice({"r": "Red"}).show("old") == "old"


def test_a_tick_is_yes_or_nothing() -> None:
    agree = Tick("I agree")
    assert agree.read("yes") == agree.read(" yes\n") == "yes"
    assert agree.read("") == agree.read(" ") == ""
    for other in ("maybe", "no", "on", "true", "yes yes"):
        with pytest.raises(Refused, match="Tick the box"):
            agree.read(other)
    assert agree.show("yes") == "I agree"


def _typed(kind: Kind) -> st.SearchStrategy[str]:
    if isinstance(kind, Date):
        return st.dates().map(str) | st.text("0123456789/ .-abejmnruyMar", max_size=14)
    if isinstance(kind, Number):
        return st.decimals(-9, 2_000_000, places=2).map(str) | st.text("0123456789.,£% -", max_size=9)
    if isinstance(kind, Choice | Choices):
        return st.lists(st.sampled_from([*kind.options, "?"]), max_size=3).map(" ".join)
    return st.text() | st.text("0123456789ABVW @.-\r\n\t", max_size=20)


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda k: type(k).__name__)
@given(data=st.data())
def test_what_is_stored_can_be_typed_again_and_stays_the_same(kind: Kind, data: st.DataObject) -> None:
    try:
        stored = kind.read(data.draw(_typed(kind) | st.text(max_size=30)))
    except Refused:
        return
    assert kind.read(kind.typed(stored)) == stored
    assert bool(kind.show(stored)) == bool(stored)
