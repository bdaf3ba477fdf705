"""Numbers and addresses are taken in any sensible writing, and a mistyped one is refused with a reason."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record import identifiers
from record.kinds import Refused

CHECKS = [getattr(identifiers, n) for n in ["upn", "uln", "nhs_number", "postcode", "email", "phone", "urn"]]


@pytest.mark.parametrize(
    "number", ["B801200005001", "A950000178301", "H243278544154", "V307400124001", "U30740012401A"]
)
def test_a_right_upn_is_taken(number: str) -> None:
    assert identifiers.upn(number) == number


def test_a_upn_may_be_typed_small_and_with_spaces() -> None:
    assert identifiers.upn("v307 400 124 001") == "V307400124001"


def test_a_wrong_check_letter_is_named_with_the_right_one() -> None:
    with pytest.raises(Refused, match="check letter of this UPN should be P, not Q"):
        identifiers.upn("Q207000016049")
    assert identifiers.upn("P207000016049") == "P207000016049"


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("V30740012400", "13 characters; this has 12"),
        ("V3074001240011", "13 characters; this has 14"),
        ("V30740O124001", "never used"),
        ("V30740A124001", "a letter, then 12 digits"),
        ("1307400124001", "a letter, then 12 digits"),
    ],
)
def test_a_upn_of_the_wrong_shape_is_refused(number: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        identifiers.upn(number)


@pytest.mark.parametrize("place", range(1, 13))
def test_one_wrong_digit_of_a_upn_is_found(place: int) -> None:
    right = "V307400124001"
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
    with pytest.raises(Refused):
        identifiers.upn(wrong)


def test_a_right_uln_is_taken() -> None:
    assert identifiers.uln("1000 102 504") == "1000102504"


@pytest.mark.parametrize("number", ["1000102505", "100010250", "100010250A", "0000000000"])
def test_a_wrong_uln_is_refused(number: str) -> None:
    with pytest.raises(Refused):
        identifiers.uln(number)


@pytest.mark.parametrize("typed", ["9434765919", "943 476 5919", "943-476-5919", "９４３４７６５９１９"])
def test_an_nhs_number_is_written_in_three_groups(typed: str) -> None:
    assert identifiers.nhs_number(typed) == "943 476 5919"


@pytest.mark.parametrize("number", ["9434765918", "943476591", "94347659190", "NHS4765919"])
def test_a_wrong_nhs_number_is_refused(number: str) -> None:
    with pytest.raises(Refused):
        identifiers.nhs_number(number)


def test_an_nhs_number_whose_check_would_be_ten_is_refused() -> None:
    """Nine digits whose check comes to 10 make no NHS number, whatever the tenth is."""
    for last in "0123456789":
        with pytest.raises(Refused):
            identifiers.nhs_number("100000001" + last)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("w52hl", "W5 2HL"),
        ("ub1  3hw", "UB1 3HW"),
        ("NW10 1AA", "NW10 1AA"),
        ("sw1a 1aa", "SW1A 1AA"),
        ("w1a1aa", "W1A 1AA"),
        ("ec1a-1bb", "EC1A 1BB"),
        ("gir0aa", "GIR 0AA"),
        ("zz99 3vz", "ZZ99 3VZ"),
    ],
)
def test_a_postcode_gets_capitals_and_its_space(typed: str, written: str) -> None:
    assert identifiers.postcode(typed) == written


@pytest.mark.parametrize("typed", ["W5", "Q1 1AA", "UBI 3HF", "W5 2CI", "90210", "W5 2HLL", "A", "W5 2HL W5"])
def test_what_cannot_be_a_postcode_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="not a United Kingdom postcode"):
        identifiers.postcode(typed)


@pytest.mark.parametrize("typed", ["a@b.example", "anna.o'neil+senco@school.example", "ż@szkoła.example"])
def test_an_email_address_is_taken_as_it_is(typed: str) -> None:
    assert identifiers.email(typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "anna",
        "anna@school",
        "@school.example",
        "a@@b.example",
        "a@b..example",
        "a b@c.example",
        "a@b.c,d@e.f",
    ],
)
def test_what_cannot_be_an_email_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="email address"):
        identifiers.email(typed)


@pytest.mark.parametrize(
    "typed", ["020 8825 6910", "(020) 8825-6910", "+44 20 8825 6910", "020 8825 6910 ext 12", "07700900123x4"]
)
def test_a_telephone_number_is_taken_as_it_is_written(typed: str) -> None:
    assert identifiers.phone(typed) == typed


@pytest.mark.parametrize("typed", ["6910", "after four o'clock", "020 8825 6910 or 07700 900123", "1" * 16])
def test_what_cannot_be_a_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        identifiers.phone(typed)


@pytest.mark.parametrize(("typed", "written"), [("101899", "101899"), ("ey123456", "EY123456")])
def test_a_urn_is_taken(typed: str, written: str) -> None:
    assert identifiers.urn(typed) == written


@pytest.mark.parametrize("typed", ["10189", "1018999", "EX123456"])
def test_a_wrong_urn_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        identifiers.urn(typed)


@pytest.mark.parametrize("check", CHECKS)
@given(typed=st.text(min_size=1) | st.text("0123456789ABVWX @.x-", min_size=1, max_size=16))
def test_any_text_is_refused_or_tidied_once_and_for_all(check: Callable[[str], str], typed: str) -> None:
    try:
        tidied = check(typed)
    except Refused:
        return
    assert check(tidied) == tidied
