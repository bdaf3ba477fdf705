"""A table as a CSV file that a spreadsheet opens with the right characters and never runs as a formula."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from datetime import date, datetime

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
# A cell that begins with one of these may be taken for a formula: OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain_cell(value: object) -> str:
    """One cell as text. What a spreadsheet might run as a formula gets an apostrophe in front, so that it is shown.

    Dates are written as 24/11/2026, times as 24/11/2026 09:05 on the clock they come with; None is empty.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0\ufeff\u200b").startswith(FORMULA) or text.startswith(FORMULA) else text


def csv_sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The whole file: UTF-8 with the byte order mark that Excel asks for, commas, CRLF (RFC 4180)."""
    return BOM_UTF8 + csv_rows([header]) + csv_rows(rows)


def csv_rows(rows: Iterable[Sequence[object]]) -> bytes:
    """Some lines of it, for a file that is written piece by piece."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([plain_cell(it) for it in row] for row in rows)
    return out.getvalue().encode("utf-8", errors="replace")


def bare_sheet(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file for another program's reader: the same without byte order mark and without apostrophes before a formula.

    Whoever makes the rows sees to it that no cell is one.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode("utf-8", errors="replace")


def csv_headers(name: str) -> dict[str, str]:
    """The answer's headers that make a browser save the file as ``<name>.csv``; ``name`` is ASCII."""
    return {"Content-Type": MEDIA_TYPE, "Content-Disposition": f'attachment; filename="{name}.csv"'}
