"""The cells of a file that people edit: of a CSV file, or of the sheets of a workbook."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

MAX_ROWS = 2_000_000


def read_grid(path: Path) -> list[list[str]]:
    """The cells of a file that no estate folder holds: a CSV file, or the first sheet of a workbook.

    Raises:
        InputError: when it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([Problem(path.name, 0, "", f"cannot be read: {error.strerror}")]) from error
    if path.suffix.lower() == ".xlsx":
        return next(iter(workbook_grids(path.name, data).values()), [])
    grid = csv_grid(path.name, data)
    if isinstance(grid, Problem):
        raise InputError([grid])
    return grid


def csv_grid(file: str, data: bytes) -> list[list[str]] | Problem:
    """The cells of a CSV file, or why it has none."""
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(file, line, "", "is not UTF-8: save it as 'CSV UTF-8'")
    try:
        grid = []
        # strict: a quote that is never closed is an error here, not a cell that swallows the rest of the file
        for row in csv.reader(io.StringIO(content, newline=""), strict=True):
            grid.append(row)
            if len(grid) > MAX_ROWS:
                return Problem(file, len(grid), "", f"has more than {MAX_ROWS} rows")
    except csv.Error as error:
        return Problem(file, len(grid) + 1, "", f"is not CSV: {error}")
    return grid


def workbook_grids(name: str, data: bytes) -> dict[str, list[list[str]]]:
    """The cells of each sheet of a workbook, by the sheet's title in small letters.

    Raises:
        InputError: when it cannot be read.
    """
    import openpyxl  # noqa: PLC0415 - only a folder with a workbook pays for it

    try:
        # twice, since openpyxl gives either what a formula came to or the formula itself
        book, formulas = (
            openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=only) for only in (True, False)
        )
        # a sheet is parsed as its rows are read, so what is wrong with it shows only here
        return {
            sheet.title.strip().lower(): [
                [_cell(cell, made) for cell, made in zip(row, written, strict=True)]
                for row, written in zip(sheet.iter_rows(), formulas[sheet.title].iter_rows(), strict=True)
            ]
            for sheet in book.worksheets
        }
    except Exception as error:
        # openpyxl raises whatever zipfile and the XML parser raise: each of them means that the file cannot be read
        raise InputError([Problem(name, 0, "", f"cannot be read as a workbook: {error}")]) from error


def _cell(cell: Any, written: Any) -> str:
    """A worksheet cell as the text that a CSV file would hold; ``written`` has its formula, where it is one.

    A formula that no spreadsheet has calculated is no blank cell: it stands as it is, and no number is read from it.
    """
    value = cell.value
    if value is None:
        # of type str it was calculated, and came to an empty text
        return "" if written.value is None or cell.data_type == "str" else str(written.value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, int | float) and "%" in cell.number_format:
        # shown as 3 %, stored as 0.03: as a rate it would be a hundredth of what the person saw, so it is refused
        return f"{(Decimal(format(value, '.15g')) * 100).normalize():f}%"
    if isinstance(value, float):
        # a spreadsheet stores 0.1 + 0.2 as 0.30000000000000004 and shows 15 digits: read what the person saw
        return format(Decimal(format(value, ".15g")), "f")
    return str(value)
