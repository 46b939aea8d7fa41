"""What somebody saved or pasted, as grids of text: the tables of a page, the sheets of a workbook, or copied lines."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from config.errors import EstateError
from estate.lifecycle.sources.dates import EPOCH
from estate.lifecycle.sources.html_tables import tables_of

MAX_BYTES = 30_000_000
MAX_UNPACKED = 300_000_000
MAX_MEMBERS = 2_000
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELL = 10_000
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: what it is called, its rows with the number that each has in the file, and day 0 of its serials."""

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    epoch: dt.date = EPOCH


def read_grids(path: Path) -> list[Grid]:
    """Every table of a file; what kind of file it is shows in its first bytes, not in its name.

    Raises:
        EstateError: when it cannot be read, is too large, or holds no table.
    """
    data = read_bounded(path)
    try:
        if data.startswith(_ZIP):
            found = _workbook(data)
        elif data.startswith(_OLD_EXCEL):
            raise ValueError("is a workbook of the old kind (.xls): save it as .xlsx")  # noqa: TRY301 - one place tells
        else:
            found = _text(_decoded(data))
    except ValueError as error:
        raise EstateError(f"{path}: {error}") from error
    if not any(grid.rows for grid in found):
        raise EstateError(f"{path} holds no table: save the whole page, or paste the table with its headings")
    return found


def read_bounded(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        EstateError: when it cannot be read, or is larger than any table.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise EstateError(f"{path} cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise EstateError(f"{path} is larger than {MAX_BYTES} bytes: is it the right file?")
    return data


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("is neither text nor a workbook")


def _text(content: str) -> list[Grid]:
    if "<table" in content.lower():
        return [_numbered(f"table {number}", rows) for number, rows in enumerate(tables_of(content), start=1)]
    delimiter = "\t" if "\t" in content else ","
    try:
        rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"cannot be read as lines of cells: {error}") from None
    return [_numbered("the lines", rows)]


def _workbook(data: bytes) -> list[Grid]:
    import openpyxl  # noqa: PLC0415 - only a workbook pays for it
    from openpyxl.utils.datetime import CALENDAR_MAC_1904  # noqa: PLC0415 - only a workbook pays for it

    try:
        _bounded(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        epoch = CALENDAR_MAC_1904.date() if book.epoch == CALENDAR_MAC_1904 else EPOCH
        return [_numbered(sheet.title, _cells(sheet), epoch) for sheet in book.worksheets]
    except ValueError:
        raise
    except Exception as error:
        # openpyxl raises whatever zipfile and the XML parser raise: each of them means that it cannot be read
        raise ValueError(f"cannot be read as a workbook: {error}") from error


def _bounded(data: bytes) -> None:
    """Refuse what would not fit unpacked. zipfile reads no more of a member than it declares, so these figures hold."""
    members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise ValueError("would be far larger unpacked than any table of dates is")


def _cells(sheet: object) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS):  # type: ignore[attr-defined] # read-only sheets have no type of their own
        rows.append([_cell(value) for value in line])
        if len(rows) > MAX_ROWS:
            raise ValueError(f"has more than {MAX_ROWS} rows")
    return rows


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _numbered(name: str, rows: list[list[str]], epoch: dt.date = EPOCH) -> Grid:
    if len(rows) > MAX_ROWS:
        raise ValueError(f"has more than {MAX_ROWS} rows")
    numbered = enumerate(rows, start=1)
    kept = [(number, tuple(cell.strip()[:MAX_CELL] for cell in row[:MAX_COLUMNS])) for number, row in numbered]
    return Grid(name, tuple((number, row) for number, row in kept if any(row)), epoch)
