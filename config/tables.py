"""Tables that people edit (CSV, or sheets of one workbook) as typed rows, with every problem at once.

A package that owns a file declares a :class:`Table` of :class:`Column` and a frozen dataclass for its rows; this
module knows no domain. The rules (forecast-model.md section 4): UTF-8 with a header, a BOM is accepted; ISO dates;
money and rates as plain decimals, anything ambiguous is refused, never guessed; unknown columns are refused by name;
a missing column is the same as blank cells, except where a table requires it; every error names file, row and column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from config.cells import text
from config.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Row = TypeVar("Row")

# A cell longer than this is a mistake or an attack, not a decision somebody typed.
MAX_CELL = 32_767


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
