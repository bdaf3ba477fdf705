"""Exports: what a spreadsheet opens shows every character and runs nothing."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from views.sheet import csv_headers, csv_sheet


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


def test_dates_numbers_and_nothing_are_written_as_a_reader_writes_them() -> None:
    row = [date(2026, 11, 4), datetime(2026, 11, 4, 9, 5, tzinfo=UTC), -3, None, True]
    assert read(csv_sheet(["a"] * 5, [row]))[1] == ["04/11/2026", "04/11/2026 09:05", "-3", "", "True"]


def test_a_sheet_is_saved_under_its_name_and_never_shown_as_a_page() -> None:
    headers = csv_headers("people")
    assert headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert headers["Content-Type"].startswith("text/csv")
