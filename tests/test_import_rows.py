"""Rows of children and people that somebody brings: each is added, known already, or says why not."""

import time
from datetime import date
from typing import Any

import pytest

from record.children_csv import (
    COLUMNS as CHILD_COLUMNS,
)
from record.children_csv import (
    Here,
    Setting,
    Sorted,
    read_child,
    read_children,
    settings_by_number,
    sort_children,
)
from record.ctf import read_ctf
from record.names import filed
from record.people_csv import Here as Doubted
from record.people_csv import read_people, read_person, sort_people
from record.table import Line, Unreadable, bare, read_table

BRENTMERE = Setting(1, "Brentmere Primary School", "990101", "3072901")
OSWIN = Setting(2, "St Oswin's High School", "990102", "3074901")
SETTINGS = settings_by_number([BRENTMERE, OSWIN])
UPN, OTHER_UPN = "B307290118001", "Q307290118002"
KACPER = {"first_name": "Kacper", "surname": "Wiśniewski", "dob": "14/09/2018", "sex": "M", "setting": "3072901"}


def sort(*rows: dict[str, str], here: tuple[Here, ...] = (), only: Setting | None = None) -> Sorted:
    read, failed = read_children([Line(n, row) for n, row in enumerate(rows, 2)], SETTINGS, only)
    return sort_children(read, failed, here)


def reasons(found: Any) -> list[str]:
    return [reason for _, why in found.failed for reason in why]


# ---------------------------------------------------------------- children


@pytest.mark.parametrize("setting", ["3072901", "307/2901", "990101", "brentmere primary school"])
def test_a_childs_setting_is_found_by_any_of_its_numbers_or_its_name(setting: str) -> None:
    (child,) = sort({**KACPER, "setting": setting}).new
    assert (child.setting, child.dob, child.search) == (1, date(2018, 9, 14), " wisniewski  kacper")


def test_a_row_without_a_setting_is_for_the_only_one_the_person_works_at() -> None:
    assert sort({**KACPER, "setting": ""}, only=OSWIN).new[0].setting == OSWIN.id
    assert reasons(sort({**KACPER, "setting": ""})) == ["Setting: write its URN or DfE number."]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"first_name": ""}, "First name: there is none."),
        ({"first_name": "x" * 101}, "First name: This is 101 characters long."),
        ({"dob": "31/2/2018"}, "Date of birth: There is no 31 February 2018."),
        ({"dob": "1/1/2999"}, "Date of birth: Check the year"),
        ({"dob": "1/1/1995"}, "Date of birth: an ERSA is for children and young people up to 25."),
        ({"sex": "X"}, "Sex: “X” is none of F, M and U."),
        ({"sex": ""}, "Sex: there is none."),
        ({"upn": "A307290118001"}, "UPN: The check letter of this UPN should be"),
        ({"postcode": "W7"}, "Postcode: This is not a United Kingdom postcode."),
        ({"setting": "1234567"}, "Setting: the portal has no open setting “1234567”"),
        ({"apart": "perhaps"}, "Different child: write yes or leave it empty."),
    ],
)
def test_a_childs_row_that_cannot_be_used_says_why(wrong: dict[str, str], says: str) -> None:
    found = sort({**KACPER, **wrong})
    assert not found.new
    assert reasons(found)[0].startswith(says)


def test_every_reason_of_a_row_is_given_at_once() -> None:
    assert len(reasons(sort({**KACPER, "first_name": "", "dob": "x", "sex": "?", "setting": "?"}))) == 4


def test_the_same_upn_twice_in_a_file_is_noticed() -> None:
    found = sort({**KACPER, "upn": UPN}, {**KACPER, "first_name": "Jan", "upn": UPN})
    assert len(found.new) == 1
    assert reasons(found) == ["UPN: row 2 has the same."]


def test_the_same_names_and_birthday_twice_in_a_file_are_noticed_unless_they_are_two_children() -> None:
    assert reasons(sort(KACPER, KACPER))[0].startswith("Row 2 has the same names and date of birth.")
    assert len(sort(KACPER, {**KACPER, "apart": "yes"}).new) == 2


NAMED = {"search": filed("Wiśniewski", "Kacper"), "dob": date(2018, 9, 14)}


@pytest.mark.parametrize(
    ("here", "outcome"),
    [
        (Here(UPN, setting=1, **NAMED), "known"),
        (Here(None, setting=1, **NAMED), "in the portal already without a UPN"),
        (Here(OTHER_UPN, setting=1, **NAMED), "with another UPN or at another setting"),
        (Here(UPN, setting=2, **NAMED), "in the portal at another setting"),
        (Here(UPN, search=None, dob=None, setting=None), "in the portal at another setting"),
        (
            Here(UPN, search=filed("Nowak", "Jan"), dob=date(2018, 9, 14), setting=1),
            "has another name or date of birth",
        ),
        (Here(OTHER_UPN, search=filed("Nowak", "Jan"), dob=date(2018, 9, 14), setting=1), "new"),
    ],
)
def test_a_child_who_is_here_already_is_noticed_by_upn_and_by_name_and_birthday(here: Here, outcome: str) -> None:
    found = sort({**KACPER, "upn": UPN}, here=(here,))
    assert outcome in ("new" if found.new else "known" if found.known else reasons(found)[0])


def test_a_different_child_of_the_same_names_and_birthday_can_be_added() -> None:
    found = sort({**KACPER, "upn": UPN, "apart": "yes"}, here=(Here(OTHER_UPN, setting=1, **NAMED),))
    assert len(found.new) == 1


def test_twenty_thousand_rows_are_read_in_seconds() -> None:
    lines = [Line(n, {**KACPER, "first_name": f"Kacper {n}", "upn": "", "postcode": "W7 3SZ"}) for n in range(20_000)]
    began = time.process_time()
    read, failed = read_children(lines, SETTINGS, None)
    assert len(sort_children(read, failed, ()).new) == 20_000
    assert time.process_time() - began < 10


# ---------------------------------------------------------------- Common Transfer Files

CTF = """<?xml version="1.0" encoding="UTF-8"?>
<CTfile><Header><DocumentName>Common Transfer File</DocumentName><CTFversion>21.0</CTFversion>
<SourceSchool><LEA>{lea}</LEA><Estab>{estab}</Estab><SchoolName>Brentmere</SchoolName></SourceSchool>
<DestSchool><LEA>307</LEA><Estab>4901</Estab></DestSchool></Header>
<CTFpupilData><Pupil><UPN>{upn}</UPN><Surname>Wiśniewski</Surname><Forename>Kacper</Forename><DOB>2018-09-14</DOB>
<{sex}>M</{sex}><BasicDetails><MiddleNames>Jan Paweł</MiddleNames></BasicDetails>
<Address>{address}</Address></Pupil></CTFpupilData></CTfile>"""
LINES = "<AddressLines><AddressLine1>4 Ashbourne Parade</AddressLine1><AddressLine2>Hanwell</AddressLine2>"
LINES += "<AddressLine3>London</AddressLine3></AddressLines><PostCode>W7 3SZ</PostCode>"
PARTS = "<BS7666Address><SAON>Flat 2</SAON><PAON>4</PAON><Street>Ashbourne Parade</Street><Town>Hanwell</Town>"
PARTS += "<PostTown>London</PostTown></BS7666Address><PostCode>W7 3SZ</PostCode>"


def ctf(lea: str = "307", estab: str = "2901", sex: str = "Gender", address: str = LINES) -> bytes:
    return CTF.format(lea=lea, estab=estab, sex=sex, address=address, upn=UPN).encode()


@pytest.mark.parametrize("sex", ["Gender", "Sex"])
def test_a_pupil_of_a_common_transfer_file_becomes_a_child(sex: str) -> None:
    (line,) = read_ctf(ctf(sex=sex), SETTINGS).lines
    child, why = read_child(line, SETTINGS, None)
    assert child, why
    assert (child.name, child.middle_names, child.upn, child.setting) == ("Kacper Wiśniewski", "Jan Paweł", UPN, 1)
    assert (child.address_line1, child.address_line2, child.address_line3, child.postcode) == (
        "4 Ashbourne Parade",
        "Hanwell",
        "London",
        "W7 3SZ",
    )


def test_an_address_in_its_parts_is_put_together() -> None:
    (line,) = read_ctf(ctf(address=PARTS), SETTINGS).lines
    assert (line["address_line1"], line["address_line3"]) == ("Flat 2, 4 Ashbourne Parade", "London")


def test_a_pupil_sent_from_elsewhere_belongs_to_the_school_that_receives_them() -> None:
    (line,) = read_ctf(ctf(lea="304", estab="1234"), SETTINGS).lines
    assert line["setting"] == "3074901"


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><CTfile>&b;</CTfile>'
READS = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><CTfile><Header>&a;</Header></CTfile>'


@pytest.mark.parametrize("hostile", [LAUGHS, READS, '<!DOCTYPE CTfile SYSTEM "http://example.org/x.dtd"><CTfile/>'])
def test_a_file_with_entities_or_a_document_type_is_not_read(hostile: str) -> None:
    with pytest.raises(Unreadable, match="It was not read"):
        read_ctf(hostile.encode(), SETTINGS)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a whole XML file"),
        (ctf()[:-30], "not a whole XML file. Line 7"),
        (b"<html/>", "not a Common Transfer File"),
        (b"<CTfile/>", "no pupil"),
        (b'<?xml version="1.0" encoding="nonsense"?><CTfile/>', "not a whole XML file"),
        (b"<a>" * 100_000, "not a whole XML file"),
        (b"<CTfile>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</CTfile>", "no pupil"),
        (ctf().replace(b"Kacper", b"K" * 20_000), "<Forename> holds more than"),
    ],
)
def test_xml_that_is_no_common_transfer_file_says_so(content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_ctf(content, SETTINGS)


# ---------------------------------------------------------------- people

AMINA = {
    "name": "Amina Noor",
    "username": "Amina.Noor",
    "email": "a.noor@brentmere.example",
    "role": "SENCO",
    "settings": "3072901; 990102",
}


def test_a_senco_is_read_with_the_settings_they_work_at() -> None:
    person, why = read_person(Line(2, AMINA), SETTINGS)
    assert person, why
    assert (person.username, person.team, person.settings) == ("amina.noor", "Schools", (1, 2))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Name: there is none."),
        ({"username": "amina noor"}, "User name: Use 2 to 64 plain letters"),
        ({"email": "amina"}, "Email: An email address has one @"),
        ({"email": ""}, "Email: there is none."),
        ({"role": "Head"}, "Role: write one of SENCO, Adviser"),
        ({"role": "Adviser", "settings": "", "team": "?"}, "Team: an adviser belongs to one of SLT"),
        (
            {"role": "SENAS officer", "settings": "", "team": "?"},
            "Team: SENAS has none of this name; write one of Early",
        ),
        ({"settings": ""}, "Settings: a SENCO works at one or more."),
        ({"settings": "999"}, "Settings: the portal has no open setting “999”."),
        ({"role": "ICT"}, "Settings: only a SENCO works at a setting."),
        ({"phone": "ask reception"}, "Telephone: Write only the number here"),
    ],
)
def test_a_persons_row_that_cannot_be_used_says_why(wrong: dict[str, str], says: str) -> None:
    person, why = read_person(Line(2, {**AMINA, **wrong}), SETTINGS)
    assert person is None
    assert [reason[: len(says)] for reason in why] == [says]


def test_a_user_name_that_is_taken_is_noticed_and_the_same_person_is_known() -> None:
    person, _ = read_person(Line(2, AMINA), SETTINGS)
    assert person
    pairs = [(Line(2, AMINA), person)]
    assert len(sort_people(pairs, [], {}).new) == 1
    assert len(sort_people(pairs, [], {"amina.noor": ("Amina Noor", "senco")}).known) == 1
    assert reasons(sort_people(pairs, [], {"amina.noor": ("Anita Noor", "senco")})) == [
        "User name: it belongs to Anita Noor already. Choose another."
    ]
    assert reasons(sort_people(pairs * 2, [], {})) == ["User name: row 2 has the same."]


def doubts(*rows: dict[str, str], here: tuple[Doubted, ...] = ()) -> tuple[list[str], int]:
    """Why rows cannot be used yet, and how many people would be added."""
    read, failed = read_people([Line(n, {**AMINA, **row}) for n, row in enumerate(rows, 2)], SETTINGS)
    found = sort_people(read, failed, {}, here)
    return reasons(found), len(found.new)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"username": "a.n", "email": "A.NOOR@brentmere.example"}, "Email: Amina Noor has the same address, and"),
        (
            {"username": "a.n", "email": "new@brentmere.example"},
            "Name: Amina Noor (a.noor@brentmere.example) is in the portal already.",
        ),
        (
            {"username": "a.n", "name": "Amína NOOR", "email": "x@brentmere.example"},
            "Name: Amina Noor (a.noor@brentmere.example) is",
        ),
    ],
)
def test_somebody_of_the_same_name_or_address_is_asked_about(row: dict[str, str], says: str) -> None:
    here = (Doubted("Amina Noor", "a.noor@brentmere.example", "amina.noor"),)
    why, added = doubts(row, here=here)
    assert [reason[: len(says)] for reason in why] == [says]
    assert why[0].endswith("If this is another person, write yes under “Different person”.")
    assert added == 0
    assert doubts({**row, "apart": "Yes"}, here=here) == ([], 1)
    assert doubts({**row, "apart": "perhaps"}, here=here)[0] == ["Different person: write yes or leave it empty."]


def test_somebody_without_an_account_is_said_to_have_none() -> None:
    why, _ = doubts({}, here=(Doubted("Amina Noor", "", ""),))
    assert why[0].startswith("Name: Amina Noor (no address, no account yet) is in the portal already.")


def test_two_rows_of_the_same_address_or_name_are_asked_about() -> None:
    twice = ({"username": "one"}, {"username": "two", "name": "Another Person"})
    assert doubts(*twice)[0][0].startswith("Email: row 2 has the same address")
    twice = ({"username": "one"}, {"username": "two", "email": "other@brentmere.example"})
    assert doubts(*twice)[0][0].startswith("Name: row 2 has the same.")
    assert doubts(twice[0], {**twice[1], "apart": "yes"}) == ([], 2)


# ---------------------------------------------------------------- the file itself


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_file_may_have_commas_semicolons_or_tabs_and_other_headings(mark: str) -> None:
    rows = [["forename", "LAST NAME", "DOB", "gender", "Shoe size"], ["Kacper", "Wiśniewski", "14/09/2018", "M", "31"]]
    table = read_table("\r\n".join(mark.join(r) for r in rows).encode("utf-8-sig"), CHILD_COLUMNS)
    assert table.lines == (Line(2, {"first_name": "Kacper", "surname": "Wiśniewski", "dob": "14/09/2018", "sex": "M"}),)
    assert table.unused == ("Shoe size",)


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    content = 'First name,Surname,Date of birth,Sex,Address\r\n\r\nA,B,1/1/2018,F,"two\nlines"\r\nC,D,1/1/2018,F,\r\n'
    assert [line.number for line in read_table(content.encode(), CHILD_COLUMNS).lines] == [3, 4]


def test_a_column_twice_is_asked_about() -> None:
    with pytest.raises(Unreadable, match="two columns “First name”"):
        read_table(b"First name,Forename,Surname,Date of birth,Sex\nA,B,C,D,E", CHILD_COLUMNS)


@pytest.mark.parametrize("cell", ["+44 20 7946 0000", "=1", "-", "\t=1", "@x"])
def test_a_cell_that_an_export_has_made_harmless_is_read_as_it_was(cell: str) -> None:
    assert bare(f"'{cell}") == cell
    assert bare("'s-Gravenhage") == "'s-Gravenhage"
