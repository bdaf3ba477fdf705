"""Exports: what a spreadsheet opens shows every character and runs nothing."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from record.table import bare
from tests.fixtures_server import Portal
from views.sheet import bare_sheet, csv_headers, csv_sheet


def read(sheet: bytes) -> list[list[str]]:
    """The cells as a spreadsheet reads them."""
    return list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+44 20 7946 0000",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =cmd|' /C calc'!A0",
        "\u00a0=1",
        "＝1",
        '=HYPERLINK("https://example.org";"here")',
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_shown_instead(cell: str) -> None:
    assert read(csv_sheet(["name"], [[cell]]))[1] == [f"'{cell}"]


def test_a_heading_is_no_formula_either() -> None:
    assert read(csv_sheet(["=name"], [])) == [["'=name"]]


@pytest.mark.parametrize("cell", ["Wiśniewski", "O’Brien", "a, b", 'say "so"', "two\nlines", "ਗੁਰਪ੍ਰੀਤ 💜", "1-2", "a=b"])
def test_every_other_cell_is_what_it_was(cell: str) -> None:
    assert read(csv_sheet(["name", "next"], [[cell, "x"]]))[1] == [cell, "x"]


def test_a_sheet_carries_the_mark_by_which_excel_knows_its_characters() -> None:
    assert csv_sheet(["Ł"], []) == b"\xef\xbb\xbf" + "Ł\r\n".encode()


def test_a_sheet_for_another_program_carries_nothing_of_its_own() -> None:
    assert (
        bare_sheet(["surname"], [["Wiśniewski"], ["O'Brien, Jr"]])
        == 'surname\r\nWiśniewski\r\n"O\'Brien, Jr"\r\n'.encode()
    )


def test_dates_numbers_and_nothing_are_written_as_a_reader_writes_them() -> None:
    row = [date(2026, 11, 4), datetime(2026, 11, 4, 9, 5, tzinfo=UTC), -3, None, True]
    assert read(csv_sheet(["a"] * 5, [row]))[1] == ["04/11/2026", "04/11/2026 09:05", "-3", "", "True"]


def test_a_sheet_is_saved_under_its_name_and_never_shown_as_a_page() -> None:
    headers = csv_headers("people")
    assert headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert headers["Content-Type"].startswith("text/csv")


# ---------------------------------------------------------------- over HTTP


@pytest.fixture(scope="module")
def odd(portal: Portal) -> None:
    """A child and a setting whose names a spreadsheet would take for formulas."""
    with portal.owner() as db:
        db.execute("update portal.setting set address = '+44 Street' where dfe_number = '3072901'")
        db.execute(
            "insert into portal.child (setting, first_name, surname, dob, sex, search)"
            " select id, '=cmd|'' /C calc''!A0', 'Ţurcanu', '2018-01-02', 'F', ' turcanu  cmd' from portal.setting"
            " where dfe_number = '3072901'"
        )


def test_the_gateways_children_are_those_the_person_may_see(portal: Portal, odd: None) -> None:
    def exported(who: str, **search: str) -> list[list[str]]:
        answer = portal.sign_in(who).post("/gateway/export", data=search)
        assert answer.headers["content-disposition"].startswith('attachment; filename="gateway-')
        return read(answer.content)[1:]

    amina, carys = exported("amina"), exported("carys")
    assert {row[4] for row in amina} == {"Brentmere Primary School"}
    assert {row[4] for row in carys} == {"St Oswin's High School"}
    assert ["'=cmd|' /C calc'!A0", "Ţurcanu", "02/01/2018"] in [row[:3] for row in amina]
    assert [row[1] for row in exported("amina", search="Ţurc")] == ["Ţurcanu"]
    with portal.owner() as db:
        everything = db.execute(
            "select c.first_name, c.surname from portal.child c join portal.setting s on s.id = c.setting"
            " where s.dfe_number = '3072901'"
        ).fetchall()
        told = db.execute("select detail from audit.event where action = 'gateway.exported' order by id").fetchone()
    assert len(amina) == len(everything)
    assert told
    assert told[0]["rows"] == len(amina) == len(told[0]["children"])


def test_settings_and_people_are_exported_for_ict(portal: Portal, odd: None) -> None:
    hassan = portal.sign_in("hassan")
    header, *settings = read(hassan.get("/settings/export").content)
    assert header[:4] == ["Name", "Kind", "URN", "DfE number"]
    assert "'+44 Street" in [cell for row in settings for cell in row]
    header, *people = read(hassan.get("/people/export").content)
    assert header[:2] == ["Name", "User name"]
    with portal.owner() as db:
        names = {name for (name,) in db.execute("select name from portal.person").fetchall()}
    assert {row[0] for row in people} == names
    assert len(people) == len(names)


def test_an_exported_cell_is_read_back_as_it_was(portal: Portal) -> None:
    for cell in ("=1", "+44 20 7946 0000", "-", "@x", " =1", "＝1", "\t=1", "plain", "'s-Gravenhage"):
        assert bare(read(csv_sheet(["a"], [[cell]]))[1][0]) == cell
