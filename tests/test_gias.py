"""The DfE's register of schools: its file is read as it comes, and only what is news is shown as news."""

from dataclasses import replace
from datetime import date

import pytest

from record.gias import COLUMNS, Known, News, compare, read_gias
from record.table import Unreadable

HEADINGS = [column.heading for column in COLUMNS]
OPEN = {
    "URN": "990101",
    "LA (code)": "307",
    "EstablishmentNumber": "2901",
    "EstablishmentName": "Brentmere Primary School",
    "TypeOfEstablishment (name)": "Community school",
    "EstablishmentStatus (name)": "Open",
    "PhaseOfEducation (name)": "Primary",
    "Street": "Quince Road",
    "Locality": "Hanwell",
    "Town": "London",
    "Postcode": "W7 8QD",
    "TelephoneNum": "02079460110",
}
OURS = Known(
    1,
    "Brentmere Primary School",
    "primary",
    "990101",
    "3072901",
    "Quince Road, Hanwell, London",
    "W7 8QD",
    "02079460110",
    None,
)


def register(*rows: dict[str, str], encoding: str = "cp1252") -> bytes:
    """A file as the register writes it, with a column that is not ours."""
    lines = [",".join(f'"{h}"' for h in [*HEADINGS, "SchoolWebsite"])]
    lines += [",".join(f'"{row.get(h, "")}"' for h in [*HEADINGS, "SchoolWebsite"]) for row in rows]
    return "\r\n".join(lines).encode(encoding)


def read(*rows: dict[str, str], known: tuple[Known, ...] = (OURS,)) -> News:
    return compare(read_gias(register(*rows), "307"), known)


def test_a_school_that_is_as_the_portal_has_it_is_no_news() -> None:
    news = read(OPEN)
    assert (news.new, news.changed, news.closed, news.failed, news.same) == ((), (), (), (), 1)


def test_a_school_the_portal_does_not_have_is_new() -> None:
    (place,) = read(OPEN, known=()).new
    assert (place.name, place.kind, place.urn, place.dfe_number) == (
        "Brentmere Primary School",
        "primary",
        "990101",
        "3072901",
    )
    assert place.address == "Quince Road, Hanwell, London"


def test_what_the_register_has_otherwise_is_shown_old_and_new() -> None:
    (change,) = read({**OPEN, "EstablishmentName": "Brentmere Community School", "Postcode": "w78qe"}).changed
    assert change.fields == (
        ("name", "Brentmere Primary School", "Brentmere Community School"),
        ("postcode", "W7 8QD", "W7 8QE"),
    )


def test_what_the_register_leaves_empty_stays_ours() -> None:
    assert read({**OPEN, "TelephoneNum": "", "Postcode": ""}).same == 1


def test_a_closed_school_is_closed_on_its_day_and_keeps_the_rest() -> None:
    news = read({**OPEN, "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2026", "EstablishmentName": "Old"})
    (change,) = news.closed
    assert change.place.closed_on == date(2026, 8, 31)
    assert change.fields == (("closed_on", "", "31 August 2026"),)
    assert not news.changed


def test_a_school_that_opens_again_is_open_again() -> None:
    (change,) = read(OPEN, known=(replace(OURS, closed_on=date(2025, 8, 31)),)).changed
    assert change.fields == (("closed_on", "31 August 2025", ""),)


def test_a_school_that_closed_before_the_portal_knew_it_is_left_out() -> None:
    news = read(OPEN, {**OPEN, "URN": "990555", "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-1999"})
    assert news.past == 1
    assert not news.new


def test_a_school_that_becomes_an_academy_stays_the_same_setting() -> None:
    academy = {**OPEN, "URN": "995000", "TypeOfEstablishment (name)": "Academy converter"}
    news = read({**OPEN, "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2026"}, academy)
    (change,) = news.changed
    assert change.setting == OURS.id
    assert change.fields == (("urn", "990101", "995000"),)
    assert not news.closed
    assert not news.new


def test_a_school_still_open_does_not_lose_its_number_to_another() -> None:
    news = read(OPEN, {**OPEN, "URN": "995000", "EstablishmentName": "Another"})
    assert [reasons for _, reasons in news.failed] == [
        ("Another open school of this file has the DfE number 3072901 too.",)
    ] * 2


def test_other_councils_schools_are_counted_and_left_out() -> None:
    news = read(OPEN, {**OPEN, "URN": "990102", "LA (code)": "304"})
    assert news.elsewhere == 1


def test_a_school_of_ours_that_is_not_in_the_file_is_named_and_left_as_it_is() -> None:
    other = replace(OURS, id=2, urn="990199", dfe_number="3072999", name="Larkfield Bridge School")
    news = read(OPEN, known=(OURS, other))
    assert news.absent == ("Larkfield Bridge School",)
    assert not news.closed


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"URN": "99"}, "URN: A URN has six digits"),
        ({"EstablishmentName": ""}, "EstablishmentName: there is none."),
        ({"EstablishmentNumber": "29 01 x"}, "EstablishmentNumber: this should be up to four digits."),
        ({"EstablishmentStatus (name)": "Ajar"}, "EstablishmentStatus: “Ajar” is none"),
        ({"EstablishmentStatus (name)": "Closed"}, "CloseDate: the school is closed, and there is no date."),
        ({"EstablishmentStatus (name)": "Closed", "CloseDate": "31-13-2026"}, "CloseDate: There is no month 13"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(wrong: dict[str, str], reason: str) -> None:
    ((line, reasons),) = read({**OPEN, **wrong}).failed
    assert line.number == 2
    assert reasons[0].startswith(reason)


@pytest.mark.parametrize(
    ("of", "phase", "kind"),
    [
        ("Community school", "Primary", "primary"),
        ("Local authority nursery school", "Nursery", "nursery"),
        ("Academy converter", "Secondary", "high"),
        ("Free schools", "All-through", "high"),
        ("Community special school", "Not applicable", "special"),
        ("Academy special converter", "Not applicable", "special"),
        ("Further education", "16 plus", "college"),
        ("Special post 16 institution", "Not applicable", "other"),
        ("Pupil referral unit", "Not applicable", "other"),
        ("Other independent school", "Not applicable", "other"),
    ],
)
def test_the_registers_phase_and_type_become_our_kind(of: str, phase: str, kind: str) -> None:
    row = {**OPEN, "TypeOfEstablishment (name)": of, "PhaseOfEducation (name)": phase}
    assert read(row, known=()).new[0].kind == kind


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_names_keep_their_letters_in_either_encoding(encoding: str) -> None:
    content = register({**OPEN, "EstablishmentName": "St Oswin’s École"}, encoding=encoding)
    assert read_gias(content, "307").places[0].name == "St Oswin’s École"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"URN,LA (code)\n1,307\n", "these are missing: EstablishmentNumber, EstablishmentName"),
        (register({**OPEN, "LA (code)": "304"}), "No row of this file is of local authority 307"),
        (register(), "no row below the headings"),
        (b"PK\x03\x04rest", "This is a workbook"),
        (b"\xff\xfeU\x00", "“Unicode text”"),
        (register(OPEN) + b"\r\n\x00", "Line 3 holds a character that no text has"),
        (register(OPEN) + b"\r\n\x81", "Line 3 holds a character that could not be read"),
        (register(OPEN) + b'\r\n"open', "Row 3 cannot be read: a quotation mark"),
        (register(OPEN) + b"\r\n" + b"x" * 10_001, "Row 3 has a cell of more than 10,000 characters"),
        (register(OPEN) + b"\r\n" + b"x" * 200_000, "Row 3 has a cell of more than 10,000 characters"),
        (register(OPEN) + b"\r\nx" * 50_001, "more than 50,000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says.replace("(", r"\(").replace(")", r"\)")):
        read_gias(content, "307")
