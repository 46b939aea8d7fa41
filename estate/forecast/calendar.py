"""Financial years: ``2026/27`` is the year from 1 April 2026 to 31 March 2027 (or as ``fiscal_year_start`` says)."""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass

from config.errors import UsageError


@functools.cache  # a few years, written a million times
def _written(start: int) -> str:
    return f"{start}/{(start + 1) % 100:02d}"


@dataclass(frozen=True, slots=True, order=True)
class FinancialYear:
    """A financial year by the calendar year in which it starts."""

    start: int

    def __str__(self) -> str:
        """``2026/27``."""
        return _written(self.start)

    def __add__(self, years: int) -> FinancialYear:
        """The year so many years later."""
        return FinancialYear(self.start + years)

    def __sub__(self, other: FinancialYear) -> int:
        """How many years lie between two years."""
        return self.start - other.start

    @classmethod
    def parse(cls, text: str) -> FinancialYear:
        """Read ``2026/27``.

        Raises:
            ValueError: when it is written otherwise, or the two years do not follow each other.
        """
        return _read(text)


@functools.cache  # as many times as they are written
def _read(text: str) -> FinancialYear:
    if not re.fullmatch(r"(19|20|21)\d\d/\d\d", text, re.ASCII):
        raise ValueError(f"{text!r} is not a financial year: write 2026/27")
    year = FinancialYear(int(text[:4]))
    if str(year) != text:
        raise ValueError(f"{text!r} is not one year: after {text[:4]} comes {str(year)[-2:]}")
    return year


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which financial year a day belongs to; the year starts on a month and day (``04-01``)."""

    month: int = 4
    day: int = 1

    @classmethod
    def starting(cls, month_day: str) -> Calendar:
        """From ``fiscal_year_start`` of estate.toml."""
        return cls(int(month_day[:2]), int(month_day[3:]))

    def fy(self, day: dt.date) -> FinancialYear:
        """The financial year of a day."""
        return FinancialYear(day.year if (day.month, day.day) >= (self.month, self.day) else day.year - 1)

    def first_day(self, year: FinancialYear) -> dt.date:
        """The first day of a financial year."""
        return dt.date(year.start, self.month, self.day)


def financial_year(cell: str) -> FinancialYear:
    """A parser of ``config.tables`` for a financial year."""
    return FinancialYear.parse(cell)


def base_year(text: str | None, calendar: Calendar, as_of: dt.date) -> FinancialYear:
    """The base year: what ``--base-fy`` says, else the year of ``as_of``.

    Raises:
        UsageError: when the text is no financial year.
    """
    if text is None:
        return calendar.fy(as_of)
    try:
        return FinancialYear.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
