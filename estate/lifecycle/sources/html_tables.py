"""The tables of a saved page as grids of text. Nothing of the page is run, and a hostile one is bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

MAX_ROWS = 100_000
MAX_CELLS = 2_000_000
MAX_SPAN_COLUMNS = 60
MAX_SPAN_ROWS = 1_000
MAX_DEPTH = 20
_SKIPPED = frozenset({"script", "style"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})


@dataclass(slots=True)
class _Open:
    """A table that is being read. ``below`` are cells that reach into following rows: column to (text, rows left)."""

    rows: list[list[str]] = field(default_factory=list)
    row: list[str] | None = None
    cell: list[str] | None = None
    span: tuple[int, int] = (1, 1)
    below: dict[int, tuple[str, int]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._open: list[_Open] = []
        self._skipping: list[str] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipping.append(tag)
        elif tag == "table" and len(self._open) < MAX_DEPTH:
            self._open.append(_Open())
        elif self._open and tag == "tr":
            self._end_row()
            self._open[-1].row = []
        elif self._open and tag in {"td", "th"}:
            self._end_cell()
            table = self._open[-1]
            if table.row is None:
                table.row = []
            given = dict(attrs)
            table.span = (_span(given.get("colspan"), MAX_SPAN_COLUMNS), _span(given.get("rowspan"), MAX_SPAN_ROWS))
            table.cell = []
        elif tag in _BREAKS:
            self._text("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
        elif self._open and tag in {"td", "th"}:
            self._end_cell()
        elif self._open and tag == "tr":
            self._end_row()
        elif self._open and tag == "table":
            self._end_row()
            self.tables.append(self._open.pop().rows)
        elif tag in _BREAKS:
            self._text("\n")

    def handle_data(self, data: str) -> None:
        self._text(data.replace("\n", " "))

    def close(self) -> None:
        super().close()
        while self._open:  # a page that was cut off
            self._end_row()
            self.tables.append(self._open.pop().rows)

    def _text(self, text: str) -> None:
        if self._open and not self._skipping and (cell := self._open[-1].cell) is not None:
            cell.append(text)

    def _end_cell(self) -> None:
        if not self._open or (table := self._open[-1]).cell is None or table.row is None:
            return
        lines = (" ".join(line.split()) for line in "".join(table.cell).split("\n"))
        text = "\n".join(line for line in lines if line)
        _fill(table)
        columns, rows = table.span
        for _ in range(columns):
            if rows > 1:
                table.below[len(table.row)] = (text, rows - 1)
            table.row.append(text)
        table.cell = None
        self._cells += columns
        if self._cells > MAX_CELLS:
            raise ValueError(f"has more than {MAX_CELLS} cells")

    def _end_row(self) -> None:
        self._end_cell()
        if not self._open or (table := self._open[-1]).row is None:
            return
        _fill(table)
        table.rows.append(table.row)
        table.row = None
        if len(table.rows) > MAX_ROWS:
            raise ValueError(f"has more than {MAX_ROWS} rows")


def _fill(table: _Open) -> None:
    """Put what reaches down from rows above where it stands."""
    row = table.row
    while row is not None and (left := table.below.pop(len(row), None)):
        text, rows = left
        if rows > 1:
            table.below[len(row)] = (text, rows - 1)
        row.append(text)


def _span(text: str | None, most: int) -> int:
    return min(max(int(text), 1), most) if text and text.strip().isdecimal() else 1


def tables_of(page: str) -> list[list[list[str]]]:
    """Every table of a page, in the order in which they end; lines within a cell stay lines.

    Raises:
        ValueError: when it has too many rows or cells.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.tables
