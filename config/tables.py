"""Tables that people edit (CSV, or sheets of one workbook) as typed rows, with every problem at once.

A package that owns a file declares a :class:`Table` of :class:`Column` and a frozen dataclass for its rows; this
module knows no domain. The rules (forecast-model.md section 4): UTF-8 with a header, a BOM is accepted; ISO dates;
money and rates as plain decimals, anything ambiguous is refused, never guessed; unknown columns are refused by name;
a missing column is the same as blank cells, except where a table requires it; every error names file, row and column.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from config.cells import text
from config.errors import InputError, Problem
from config.toml import regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Row = TypeVar("Row")

# A cell longer than this is a mistake or an attack, not a decision somebody typed.
MAX_CELL = 32_767
MAX_ROWS = 2_000_000
# What the files of an overlay are called beside those that they change.
OVERLAY = "overlay/"


# ----------------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name (and the field of the row), how a cell is read, and what a blank cell means."""

    name: str
    parse: Callable[[str], Any] = text
    blank: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A file that people edit: ``NAME.csv``, or the sheet ``NAME`` of the folder's one workbook.

    ``row`` is called with one keyword per column plus ``source`` (``prices.csv:4``, the file and row that every later
    figure cites); ``place`` names that keyword otherwise where ``source`` is a column of the file. ``any_of`` names
    groups of columns of which a row must fill at least one. ``validate`` sees a whole row and yields
    ``(column, text)`` for what is wrong in it. ``key`` says which row is about the same thing as another: such a row
    of an overlay replaces it. Without a key every row of an overlay is new.
    """

    name: str
    row: Callable[..., Row]
    columns: tuple[Column, ...]
    any_of: tuple[tuple[str, ...], ...] = ()
    validate: Callable[[Row], Iterator[tuple[str, str]]] | None = None
    place: str = "source"
    key: Callable[[Row], object] | None = None


def by(*names: str) -> Callable[[Any], object]:
    """A key of some columns, as text and case-blind."""
    return lambda row: tuple(str(getattr(row, name) or "").casefold() for name in names)


@dataclass(slots=True)
class Folder:
    """The estate folder as files: reads tables, and remembers what it read (name to bytes) for whoever pins it.

    A ``sealed`` one is what somebody pinned: it holds ``contents`` and nothing else, whatever lies at ``path``. An
    ``overlay`` is a folder whose CSV files replace and add rows, for what-if; they are remembered as ``overlay/NAME``.
    """

    path: Path
    contents: dict[str, bytes] = field(default_factory=dict)
    sealed: bool = False
    overlay: Path | None = None
    _workbook: dict[str, list[list[str]]] | None = None

    def read(self, table: Table[Row]) -> tuple[list[Row], list[Problem]]:
        """All rows of a table that have no problem, and all problems; a file that is not there has neither.

        Rows of an overlay stand where those stand that they replace, new ones before all others.
        """
        rows, problems = _parsed(table, *self._grid(table.name))
        file = f"{OVERLAY}{table.name}.csv"
        try:
            data = self.read_bytes(file)
        except InputError as error:
            return rows, [*problems, *error.problems]
        if data is None:
            return rows, problems
        over, wrong = _parsed(table, file, _csv_grid(file, data))
        return _overlaid(rows, over, table.key), [*problems, *wrong]

    def overlaid(self) -> list[str]:
        """The files of the overlay that were read, as they are remembered."""
        return sorted(name for name in self.contents if name.startswith(OVERLAY))

    def rows(self, table: Table[Row]) -> list[Row]:
        """The rows of a table.

        Raises:
            InputError: when the file holds any problem; all of them.
        """
        rows, problems = self.read(table)
        if errors := [problem for problem in problems if not problem.warning]:
            raise InputError(errors)
        return rows

    def read_bytes(self, name: str) -> bytes | None:
        """A file's bytes, remembered under its name; None where there is no such file.

        Raises:
            InputError: when it may not be read, or something lies there that is no file.
        """
        path = self.path / name
        if name.startswith(OVERLAY):
            path = self.overlay / name.removeprefix(OVERLAY) if self.overlay else path
        if name not in self.contents:
            if self.sealed or (name.startswith(OVERLAY) and self.overlay is None):
                return None
            try:
                if not regular(path):
                    return None
                self.contents[name] = path.read_bytes()
            except OSError as error:
                raise InputError([Problem(name, 0, "", f"cannot be read: {error.strerror or error}")]) from error
        return self.contents[name]

    def workbook(self) -> tuple[str, tuple[str, ...]]:
        """The name of the folder's workbook (blank where it has none) and of its sheets, as tables are named.

        Raises:
            InputError: when there are several workbooks, or the one cannot be read.
        """
        return self._workbook_name(), tuple(self._sheets())

    def hashes(self) -> dict[str, str]:
        """SHA-256 (hex) of every file read so far, by name."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(self.contents.items())}

    def _grid(self, name: str) -> tuple[str, list[list[str]] | Problem | None]:
        file = f"{name}.csv"
        try:
            data = self.read_bytes(file)
        except InputError as error:
            # one of several: what is wrong with the other files is said in the same go
            return file, error.problems[0]
        sheets = self._sheets()
        if data is not None and name in sheets:
            return file, Problem(file, 0, "", f"the workbook has a sheet {name!r} too: keep one of the two")
        if data is None:
            return f"{self._workbook_name()}#{name}", sheets.get(name)
        return file, _csv_grid(file, data)

    def _workbook_name(self) -> str:
        there = self.contents if self.sealed else [path.name for path in self.path.glob("*.xlsx")]
        names = sorted(name for name in there if name.endswith(".xlsx") and not name.startswith("~$"))
        if len(names) > 1:
            raise InputError([Problem(names[1], 0, "", f"there is also {names[0]}: an estate folder has one workbook")])
        return names[0] if names else ""

    def _sheets(self) -> dict[str, list[list[str]]]:
        if self._workbook is None:
            name = self._workbook_name()
            data = self.read_bytes(name) if name else None
            self._workbook = _workbook_grids(name, data) if data is not None else {}
        return self._workbook


def _parsed(
    table: Table[Row], file: str, grid: Sequence[Sequence[str]] | Problem | None
) -> tuple[list[Row], list[Problem]]:
    if grid is None:
        return [], []
    return ([], [grid]) if isinstance(grid, Problem) else parse(table, file, grid)


def _overlaid(rows: list[Row], over: list[Row], key: Callable[[Row], object] | None) -> list[Row]:
    if key is None:
        return [*over, *rows]
    replacing: dict[object, list[Row]] = {}
    for row in over:
        replacing.setdefault(key(row), []).append(row)
    known = {key(row) for row in rows}
    new = [row for row in over if key(row) not in known]
    kept: list[Row] = []
    for row in rows:
        # of several rows about one thing the overlay's stand for all, at the place of the first
        kept += replacing.get(key(row), [row])
        if key(row) in replacing:
            replacing[key(row)] = []
    return [*new, *kept]


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
        return next(iter(_workbook_grids(path.name, data).values()), [])
    grid = _csv_grid(path.name, data)
    if isinstance(grid, Problem):
        raise InputError([grid])
    return grid


def parse(table: Table[Row], file: str, grid: Sequence[Sequence[str]]) -> tuple[list[Row], list[Problem]]:
    """Turn a grid of cells (header first) into rows and problems."""
    if not grid:
        return [], [Problem(file, 0, "", "is empty: the first line must name the columns")]
    if mark := _separated_by(table, grid[0]):
        return [], [Problem(file, 1, "", f"its columns are separated by {mark}: save it as 'CSV UTF-8', with commas")]
    header, problems = _header(table, file, grid[0])
    rows: list[Row] = []
    for number, cells in enumerate(grid[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(grid[0]) :]):
            reason = "has more cells than the header: is a text with a comma unquoted?"
            problems.append(Problem(file, number, "", reason))
        problems += _row(table, file, number, header, cells, rows)
    return rows, problems


def _separated_by(table: Table[Row], cells: Sequence[str]) -> str:
    """What stands between the columns instead of commas, as spreadsheets of other countries write it; blank if none."""
    known = {column.name for column in table.columns}
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        parts = [part.strip().lower() for cell in cells for part in cell.split(mark)]
        if len(parts) > len(cells) and known.issuperset(filter(None, parts)):
            return name
    return ""


def _header(table: Table[Row], file: str, cells: Sequence[str]) -> tuple[dict[str, int], list[Problem]]:
    known = {column.name for column in table.columns}
    problems, header = [], dict[str, int]()
    for position, cell in enumerate(cells):
        name = cell.strip().lower()
        if not name:
            continue
        if name not in known:
            problems.append(Problem(file, 1, name, f"unknown column; this file has {', '.join(sorted(known))}"))
        elif name in header:
            problems.append(Problem(file, 1, name, "the column is there twice"))
        else:
            header[name] = position
    problems += [
        Problem(file, 1, column.name, "this column must be there")
        for column in table.columns
        if column.required and column.name not in header
    ]
    return header, problems


def _row(
    table: Table[Row], file: str, number: int, header: Mapping[str, int], cells: Sequence[str], rows: list[Row]
) -> list[Problem]:
    """Append the row that the cells make to ``rows``, or return what is wrong with them."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    filled: set[str] = set()
    whole = True
    for column in table.columns:
        position = header.get(column.name)
        cell = cells[position].strip() if position is not None and position < len(cells) else ""
        values[column.name] = column.blank
        if not cell:
            # a column that is not there at all was named once, with the header; a row without it is none
            whole &= not column.required
            if column.required and position is not None:
                problems.append(Problem(file, number, column.name, "must not be blank"))
            continue
        filled.add(column.name)
        try:
            if len(cell) > MAX_CELL:
                raise ValueError(f"is longer than {MAX_CELL} characters")  # noqa: TRY301 - one place reports both
            values[column.name] = column.parse(cell)
        except ValueError as error:
            problems.append(Problem(file, number, column.name, str(error)))
    problems += [
        Problem(file, number, group[0], f"fill {' or '.join(group)}") for group in table.any_of if not filled & {*group}
    ]
    if problems or not whole:
        return problems
    row = table.row(**values, **{table.place: f"{file}:{number}"})
    if table.validate:
        problems = [Problem(file, number, column, reason) for column, reason in table.validate(row)]
    if not problems:
        rows.append(row)
    return problems


def _csv_grid(file: str, data: bytes) -> list[list[str]] | Problem:
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


def _workbook_grids(name: str, data: bytes) -> dict[str, list[list[str]]]:
    import openpyxl  # noqa: PLC0415 - only a folder with a workbook pays for it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:
        # openpyxl raises whatever zipfile and the XML parser raise: each of them means that the file cannot be read
        raise InputError([Problem(name, 0, "", f"cannot be read as a workbook: {error}")]) from error
    return {
        sheet.title.strip().lower(): [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def _cell(value: object) -> str:
    """A worksheet cell as the text that a CSV file would hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        # a spreadsheet stores 0.1 + 0.2 as 0.30000000000000004 and shows 15 digits: read what the person saw
        return format(Decimal(format(value, ".15g")), "f")
    return str(value)
