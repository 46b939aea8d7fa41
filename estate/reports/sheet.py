"""The one seam to XlsxWriter: a book and its sheets, written row by row, with a format for each kind of value.

Text is always written as text, never as a formula or a link, and is made harmless the same way as in the feed, so
that a serial number reads the same in both. Money is written as a number of pounds. The same rows give the same bytes:
the creation date is the version's and XlsxWriter fixes the times inside the zip.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from textwrap import wrap as _wrapped
from typing import TYPE_CHECKING, Any, TypeAlias

from estate.shown import csv_cell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FONT = "Arial"
INK, SOFT, BAND, ACCENT = "#16202C", "#4A5766", "#F3F5F7", "#14365C"
MAX_TEXT = 32_767  # what a cell holds
A4, A3 = 9, 8
DATE = "d mmm yyyy"
TITLE_HEIGHT = 24
LINE_HEIGHT = 13.5  # points
WRAPS_AT = 0.92  # the part of a width in characters that a text fills before it is broken
LEAST_NOTE = 70  # characters: a note is broken at the width of its sheet, but never shorter
MAX_LINKS = 65_000  # a spreadsheet program keeps no more than 65,530 on a sheet
READABLE = 220  # characters across one landscape page of A4
READABLE_A3 = 310  # the same of A3, on which wider sheets print: over several pages, side by side


_SIGNED = re.compile(r" +(?=[=+@-])")


@dataclass(frozen=True, slots=True)
class Pounds:
    """An amount in pence, written as a number of pounds."""

    pence: int


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the value it computes, because viewers show what is stored: pence, or whether a check holds."""

    text: str
    value: int | bool

    @property
    def stored(self) -> float | bool:
        """The value as the file holds it."""
        return self.value if isinstance(self.value, bool) else self.value / 100


@dataclass(frozen=True, slots=True)
class Linked:
    """A value that leads to cells of this workbook, such as ``'Assets'!A9:AF20``; a click selects them."""

    value: str | int | Pounds | Formula
    target: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word where a number would stand, such as ``unknown``: it stands where the number would, on the right."""

    text: str


Value: TypeAlias = "str | int | Decimal | dt.date | Pounds | Formula | Linked | Word | None"


@lru_cache(maxsize=65_536)
def _text(value: str) -> str:
    return csv_cell(value)[:MAX_TEXT]


class Book:
    """A workbook that is written from top to bottom, sheet by sheet, in little memory."""

    def __init__(self, path: Path, title: str, created: dt.date, *, edition: str = "") -> None:
        """A new book; ``edition`` stands at the foot of every printed page: which version of what it is."""
        import xlsxwriter  # noqa: PLC0415 - only a report pays for it

        self._book: Any = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": DATE}
        )
        self._book.set_properties({"title": title, "created": dt.datetime.combine(created, dt.time())})
        self._book.set_calc_mode("auto")
        self._formats: dict[tuple[str, str, bool], Any] = {}
        self._edition = edition.replace("&", "&&")  # a lone one begins a code of the footer

    def sheet(self, name: str, widths: Sequence[float], *, colour: str = ACCENT) -> Sheet:
        """A new sheet with columns of these widths, in characters."""
        sheet = self._book.add_worksheet(name)
        sheet.set_tab_color(colour)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width, self.style("text", "body"))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        wide = sum(widths) > READABLE
        sheet.set_paper(A3 if wide else A4)
        sheet.fit_to_pages(math.ceil(sum(widths) / READABLE_A3) if wide else 1, 0)
        if wide:
            sheet.print_across()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        sheet.set_footer(f"&L&A&C{self._edition}&RPage &P of &N")
        return Sheet(self, name, sheet, widths)

    def define(self, name: str, sheet: str, column: int, first: int, last: int) -> None:
        """Name the rows ``first`` to ``last`` (from 0) of a column."""
        from xlsxwriter.utility import xl_col_to_name  # noqa: PLC0415 - only a workbook pays for it

        letter = xl_col_to_name(column)
        self._book.define_name(name, f"='{sheet}'!${letter}${first + 1}:${letter}${last + 1}")

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def style(self, kind: str, place: str, *, linked: bool = False) -> Any:
        """The format of a kind of value (a key of ``_KINDS``) at a place (a key of ``_PLACES``)."""
        if (kind, place, linked) not in self._formats:
            form: dict[str, Any] = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter"}
            form |= _PLACES[place] | _KINDS[kind] | (_LINK if linked else {})
            self._formats[kind, place, linked] = self._book.add_format(form)
        return self._formats[kind, place, linked]


# What stands on the right has no indent: not every viewer keeps one there, and then a figure leaves its column.
_RIGHT: dict[str, Any] = {"align": "right", "indent": 0}
_KINDS: dict[str, dict[str, Any]] = {
    "text": {"align": "left"},
    "wrapped": {"align": "left", "text_wrap": True, "valign": "top"},
    "whole": {"num_format": "#,##0"} | _RIGHT,
    "money": {"num_format": "#,##0.00;[Red]-#,##0.00"} | _RIGHT,
    "date": {"num_format": DATE, "align": "left"},
    "check": _RIGHT,
    "right": _RIGHT,
}
_LINK: dict[str, Any] = {"font_color": ACCENT, "underline": 4}
_PLACES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 15, "font_color": ACCENT, "indent": 1},
    "heading": {"bold": True, "font_size": 11, "indent": 1},
    "note": {"font_color": SOFT, "indent": 1},
    "head": {"bold": True, "bg_color": BAND, "bottom": 2, "bottom_color": INK, "text_wrap": True, "indent": 1},
    "body": {"indent": 1},
    "total": {"bold": True, "top": 1, "indent": 1},
}


class Sheet:
    """A sheet that grows downwards; ``at`` is the next row, from 0."""

    def __init__(self, book: Book, name: str, sheet: Any, widths: Sequence[float]) -> None:
        self._widths = tuple(widths)
        self.book, self.name, self._sheet, self.at = book, name, sheet, 0
        self._links = 0

    def title(self, text: str, *notes: str) -> None:
        """The sheet's title and what a reader must know of it."""
        self._sheet.set_row(self.at, TITLE_HEIGHT)
        self._write(0, text, "title", "text")
        self.at += 1
        for note in notes:
            self.note(note)
        self.at += 1

    def note(self, text: str) -> None:
        """A sentence over the width of the sheet, on as many rows as it needs."""
        # no row may begin with a sign: it would be made harmless as if it were a formula
        whole = _SIGNED.sub("\N{NO-BREAK SPACE}", text)
        for line in _wrapped(whole, int(max(LEAST_NOTE, min(READABLE * 0.6, sum(self._widths))))):
            self._write(0, line, "note", "text")
            self.at += 1

    def heading(self, text: str) -> None:
        """A heading over a table."""
        self._write(0, text, "heading", "text")
        self.at += 1

    def head(self, names: Sequence[str], *, freeze: bool = False, keep: int = 0, again: bool = False) -> int:
        """A table's header; a name that starts with ``#`` stands over numbers. Returns its row.

        ``freeze`` keeps it in view and on every printed page, and with it so many columns as ``keep`` says; ``again``
        prints it on every page, for a long table that has others above it.
        """
        self._sheet.set_row(self.at, LINE_HEIGHT * max(map(self._lines, names, self._widths), default=1))
        for column, name in enumerate(names):
            self._write(column, name.removeprefix("#"), "head", "right" if name.startswith("#") else "text")
        if freeze or again:
            self._sheet.repeat_rows(self.at)
        if freeze:
            self._sheet.freeze_panes(self.at + 1, keep)
            if keep:
                self._sheet.repeat_columns(0, keep - 1)
        self.at += 1
        return self.at - 1

    def row(self, values: Sequence[Value], place: str = "body", *, wrap: bool = False) -> None:
        """A row of values, each in the format of its kind; ``wrap`` breaks texts that are wider than their column."""
        if wrap:
            # viewers that do not fit rows to their texts would print one line over the next
            self._sheet.set_row(self.at, LINE_HEIGHT * max(map(self._lines, values, self._widths), default=1))
        for column, value in enumerate(values):
            self._write(column, value, place, "wrapped" if wrap else "text")
        self.at += 1

    @staticmethod
    def _lines(value: Value, width: float) -> int:
        text = value.value if isinstance(value, Linked) else value
        return max(1, len(_wrapped(text, max(4, int(width * WRAPS_AT))))) if isinstance(text, str) else 1

    def gap(self) -> None:
        """An empty row."""
        self.at += 1

    def filter(self, head: int, columns: int) -> None:
        """Let the reader filter and sort the table whose header is in row ``head`` and that ends above ``at``."""
        self._sheet.autofilter(head, 0, max(head, self.at - 1), columns - 1)

    def cell(self, row: int, column: int) -> str:
        """The address of a cell of this sheet for a formula of any sheet."""
        from xlsxwriter.utility import xl_rowcol_to_cell  # noqa: PLC0415 - only a workbook pays for it

        return f"'{self.name}'!{xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)}"

    def across(self, first: int, count: int, pence: int) -> Formula:
        """The sum of ``count`` cells of the row that is being written, from column ``first`` on."""
        return Formula(f"=SUM({self.cell(self.at, first)}:{self.cell(self.at, first + count - 1)})", pence)

    def protect(self) -> None:
        """Guard against slips, without a password: everybody may filter, and may lift it."""
        self._sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})

    def _write(self, column: int, value: Value, place: str, text: str, *, linked: bool = False) -> None:
        if isinstance(value, Linked):
            self._write(column, value.value, place, text, linked=self._link(column, value.target))
            return
        sheet, style = self._sheet, partial(self.book.style, linked=linked)
        if value is None or value == "":
            if place != "body":  # there it has the format of its column anyway
                sheet.write_blank(self.at, column, None, style("text", place))
        elif isinstance(value, Word):
            sheet.write_string(self.at, column, _text(value.text), style("right", place))
        elif isinstance(value, Pounds):
            sheet.write_number(self.at, column, value.pence / 100, style("money", place))
        elif isinstance(value, Formula):
            kind = "check" if isinstance(value.value, bool) else "money"
            sheet.write_formula(self.at, column, value.text, style(kind, place), value.stored)
        elif isinstance(value, dt.date):
            sheet.write_datetime(self.at, column, dt.datetime.combine(value, dt.time()), style("date", place))
        elif isinstance(value, int):
            sheet.write_number(self.at, column, value, style("whole", place))
        elif isinstance(value, Decimal):  # as many places as it has
            sheet.write_number(self.at, column, float(value), style("right", place))
        else:
            sheet.write_string(self.at, column, _text(value), style(text, place))

    def _link(self, column: int, target: str) -> bool:
        """Make a cell lead to others, as long as there is room for links; what it shows is written after it."""
        if self._links >= MAX_LINKS:
            return False
        self._links += 1
        self._sheet.write_url(self.at, column, f"internal:{target}", None, target)
        return True
