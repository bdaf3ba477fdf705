"""Reads a table that somebody brings as a CSV file, or says in a sentence why it cannot be read and where."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_ROWS = 50_000
MOST_CELL = 10_000  # characters


class Unreadable(ValueError):
    """The file as a whole cannot be used; the message says why and what to do, to whoever chose it."""


@dataclass(frozen=True)
class Line:
    """One row of the table: its number as a spreadsheet counts (the headings are 1), its cells by column."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """The rows that hold something. ``unused`` are headings that no column of ours answers to."""

    lines: tuple[Line, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column by its heading; ``also`` are other headings it is known by, ``needed`` that it may not be left out."""

    name: str
    heading: str
    needed: bool = False
    also: tuple[str, ...] = ()
    example: str = ""


def read_table(content: bytes, columns: Sequence[Column]) -> Table:
    """The rows of a CSV file with commas, semicolons or tabs, in UTF-8 or Windows' own characters.

    Raises Unreadable.
    """
    text = _decoded(content)
    records = _records(text)
    if not records:
        raise Unreadable("The file is empty.")
    first, headings = records[0]
    by_heading = {_folded(h): c for c in columns for h in (c.heading, c.name, *c.also)}
    found: dict[int, Column] = {}
    unused = []
    for place, heading in enumerate(headings):
        column = by_heading.get(_folded(heading))
        if column is None:
            unused += [heading.strip()] if heading.strip() else []
        elif column in found.values():
            raise Unreadable(f"There are two columns “{column.heading}”. Delete one of them.")
        else:
            found[place] = column
    missing = [c.heading for c in columns if c.needed and c not in found.values()]
    if missing:
        raise Unreadable(
            f"Row {first} should hold the headings, and these are missing: {', '.join(missing)}. "
            "The template shows how they are written."
        )
    lines = [
        Line(number, {column.name: bare(cells[at].strip()) for at, column in found.items() if at < len(cells)})
        for number, cells in records[1:]
    ]
    if not lines:
        raise Unreadable("There is no row below the headings.")
    return Table(tuple(lines), tuple(unused))


def bare(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if re.match(r"'[\s\u200b\ufeff]*[=+\-@\t\r\n＝＋－＠]", cell) else cell


def _folded(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(c for c in plain if c.isalnum())


WORKBOOK = "This is a workbook. In Excel choose Save as, then “CSV UTF-8 (Comma delimited)”."
SEVERAL = "There is not one table in this zip but {}. Open the zip, and choose the file that is meant."


def unpacked(content: bytes, most: int) -> bytes:
    """The one table in a zip, as the DfE hands its downloads out, of at most so many bytes; anything else as it is.

    Raises Unreadable.
    """
    if not content.startswith(b"PK\x03\x04"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = [it.filename for it in packed.infolist() if not it.is_dir()]
            if "[Content_Types].xml" in names or "mimetype" in names:  # of Microsoft's kind, or OpenDocument's
                raise Unreadable(WORKBOOK)
            tables = [name for name in names if re.search(r"(?i)(^|/)[^./][^/]*\.(csv|txt|xml)$", name)]
            if len(tables) != 1:
                raise Unreadable(SEVERAL.format(", ".join(sorted(tables)[:5]) or "none"))
            with packed.open(tables[0]) as table:  # what a zip says of sizes may be untrue
                text = table.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise Unreadable("This zip is damaged. Open it yourself, and choose the CSV file in it.") from None
    except RuntimeError:
        raise Unreadable("This zip asks for a password. Open it yourself, and choose the CSV file in it.") from None
    if len(text) > most:
        raise Unreadable(
            f"The table in this zip has more than {most // 1_000_000} MB. If it is the DfE’s whole register: search "
            "there for the schools of your own council, and download those results only."
        )
    return text


def _decoded(content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(WORKBOOK)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("This is “Unicode text”. In Excel choose Save as, then “CSV UTF-8 (Comma delimited)”.")
    if b"\x00" in content:
        row = content[: content.index(b"\x00")].count(b"\n") + 1
        raise Unreadable(f"Line {row} holds a character that no text has: this does not look like a CSV file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise Unreadable(
            f"Line {row} holds a character that could not be read. "
            "In Excel choose Save as, then “CSV UTF-8 (Comma delimited)”."
        ) from None


def _records(text: str) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, each with its number."""
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if not any(cell.strip() for cell in cells):
                continue
            if any(len(cell) > MOST_CELL for cell in cells):
                raise Unreadable(f"Row {number} has a cell of more than {MOST_CELL:,} characters.")
            records.append((number, cells))
            if len(records) > MOST_ROWS:
                raise Unreadable(f"There are more than {MOST_ROWS:,} rows. Cut the file into several.")
    except csv.Error as error:
        if "limit" in str(error):
            raise Unreadable(f"Row {number + 1} has a cell of more than {MOST_CELL:,} characters.") from None
        raise Unreadable(
            f"Row {number + 1} cannot be read: a quotation mark is opened there and not closed where it should be."
        ) from None
    return records
