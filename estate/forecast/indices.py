"""indices.csv and fx.csv: what a year does to a price, and what a pound buys (forecast-model.md 2.4, section 4)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from config.cells import amount, one_of, per_cent, text
from config.errors import Problem
from config.tables import Column, Table, by
from estate.forecast.calendar import FinancialYear, financial_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SERIES = ("hardware", "labour", "general")
HOME = "GBP"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """By how many per cent a series rises from the year before into ``fy``."""

    series: str
    fy: FinancialYear
    rate_pct: Decimal
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class FxRow:
    """How many units of a currency a pound buys in a financial year."""

    currency: str
    fy: FinancialYear
    units_per_gbp: Decimal
    source: str
    place: str


def currency_code(cell: str) -> str:
    """An ISO 4217 code such as ``USD``; blank cells mean pounds."""
    code = cell.upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004 - the length of a currency code
        raise ValueError(f"{cell!r} is no currency code: write GBP, USD or EUR")
    return code


def rate(cell: str) -> Decimal:
    """Units a pound: more than zero."""
    value = amount(cell)
    if value == 0:
        raise ValueError("a rate of 0 units a pound has no price")
    return value


@dataclass(frozen=True, slots=True)
class Step:
    """One year's part in a factor: the rate, and the row that gave it (blank where it is assumed to be 0 %)."""

    fy: FinancialYear
    rate_pct: Decimal
    place: str


@dataclass(frozen=True, slots=True)
class Factor:
    """E(series): the unrounded product over the years after the price year up to the spend year."""

    value: Decimal
    series: str
    steps: tuple[Step, ...]

    @property
    def assumed(self) -> tuple[FinancialYear, ...]:
        """The years for which no rate is given, so that 0 % stands in."""
        return tuple(step.fy for step in self.steps if not step.place)


@dataclass(frozen=True, slots=True)
class Indices:
    """All series and rates, ready to look up."""

    series: Mapping[str, Mapping[FinancialYear, IndexRow]]
    fx: Mapping[str, Mapping[FinancialYear, FxRow]]
    # a hundred thousand bundles ask for the same few factors, of one precision: each forecast arranges its own indices
    _made: dict[tuple[str, int, int], Factor] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, rows: Iterable[IndexRow], fx: Iterable[FxRow]) -> Indices:
        """Arrange the rows of both files."""
        series: dict[str, dict[FinancialYear, IndexRow]] = {}
        for row in rows:
            series.setdefault(row.series, {})[row.fy] = row
        currencies: dict[str, dict[FinancialYear, FxRow]] = {}
        for rate_row in fx:
            currencies.setdefault(rate_row.currency, {})[rate_row.fy] = rate_row
        return cls(series, currencies)

    def factor(self, series: str, price_fy: FinancialYear, spend_fy: FinancialYear) -> Factor:
        """E(series) from the year of a price to the year in which it is paid; 1 inside the price year.

        A series that is absent takes ``general``; a year without a rate is 0 % and listed as assumed. Asked again, it
        is the same object.
        """
        key = (series, price_fy.start, spend_fy.start)
        if key not in self._made:
            self._made[key] = self._factor(series, price_fy, spend_fy)
        return self._made[key]

    def _factor(self, series: str, price_fy: FinancialYear, spend_fy: FinancialYear) -> Factor:
        name = series if series in self.series else "general"
        rates = self.series.get(name, {})
        value, steps = Decimal(1), []
        for start in range(price_fy.start + 1, spend_fy.start + 1):
            year = FinancialYear(start)
            row = rates.get(year)
            rate_pct = row.rate_pct if row else Decimal(0)
            value *= 1 + rate_pct / 100
            steps.append(Step(year, rate_pct, row.place if row else ""))
        return Factor(value, name, tuple(steps))

    def exchange(self, currency: str, year: FinancialYear) -> tuple[Decimal, str, bool] | None:
        """Units a pound in a year, the row that says so, and whether another year's rate stands in for it.

        Before the first and after the last given year the nearest one stands in. None where the currency has no rate.
        """
        if currency == HOME:
            return Decimal(1), "", False
        rates = self.fx.get(currency)
        if not rates:
            return None
        nearest = min(rates, key=lambda given: (abs(given - year), given))
        return rates[nearest].units_per_gbp, rates[nearest].place, nearest != year

    def assumes(self, currency: str, year: FinancialYear) -> bool:
        """Whether another year's rate stands in for that of a year."""
        found = self.exchange(currency, year)
        return found is not None and found[2]


class _Yearly(Protocol):
    @property
    def fy(self) -> FinancialYear: ...

    @property
    def place(self) -> str: ...


def check_indices(rows: Sequence[IndexRow], fx: Sequence[FxRow]) -> list[Problem]:
    """Years given twice, and holes between two given years: both are errors, never guessed."""
    series: dict[str, list[_Yearly]] = {}
    for row in rows:
        series.setdefault(row.series, []).append(row)
    currencies: dict[str, list[_Yearly]] = {}
    for rate_row in fx:
        currencies.setdefault(rate_row.currency, []).append(rate_row)
    problems = []
    for name, group in (*series.items(), *currencies.items()):
        problems += list(_holes(name, group))
    return problems


def _holes(name: str, rows: Sequence[_Yearly]) -> Iterator[Problem]:
    ordered = sorted(rows, key=lambda row: row.fy)
    for before, after in itertools.pairwise(ordered):
        file, _, number = after.place.rpartition(":")
        if after.fy == before.fy:
            yield Problem(file, int(number), "fy", f"{name} {after.fy} is given twice")
        elif after.fy - before.fy > 1:
            missing = ", ".join(str(before.fy + gap) for gap in range(1, after.fy - before.fy))
            yield Problem(file, int(number), "fy", f"{name} has no row for {missing}: give one, 0 if nothing changes")


INDICES = Table(
    "indices",
    IndexRow,
    (
        Column("series", one_of(*SERIES), required=True),
        Column("fy", financial_year, required=True),
        Column("rate_pct", per_cent, Decimal(0), required=True),
        Column("source", text, ""),
    ),
    place="place",
    key=by("series", "fy"),
)
FX = Table(
    "fx",
    FxRow,
    (
        Column("currency", currency_code, required=True),
        Column("fy", financial_year, required=True),
        Column("units_per_gbp", rate, required=True),
        Column("source", text, ""),
    ),
    place="place",
    key=by("currency", "fy"),
)
