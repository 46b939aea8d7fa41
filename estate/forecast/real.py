"""The real view: the same rows in prices of the base year, divided by general inflation on output only (2.14).

Each atomic row is divided and rounded on its own, so a total is still a sum of rows. Real rows stand beside the cash
ones, with basis ``real``: a sum takes the one or the other.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from config.errors import EstateError
from estate.forecast.split import to_pence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.indices import Indices
    from estate.forecast.version import FeedRow, Version

REAL = "real"


def deflators(indices: Indices, base_fy: FinancialYear, years: int) -> dict[str, str]:
    """By what each year's money is divided to be in prices of the base year: the general series, unrounded, as text."""
    return {
        str(base_fy + offset): format(indices.factor("general", base_fy, base_fy + offset).value.normalize(), "f")
        for offset in range(years)
    }


def real_rows(version: Version) -> Iterator[FeedRow]:
    """Every cash row in prices of the base year; what comes to less than half a penny is no row.

    Raises:
        EstateError: when the version was made by a release that kept no deflators.
    """
    if "deflators" not in version.header:
        raise EstateError(f"forecast {version.id} keeps no general index to divide by: 'estate forecast run' makes one")
    factors = {year: Decimal(text) for year, text in version.header["deflators"].items()}
    for row in version.rows:
        amount = to_pence(Decimal(row.amount_pence) / 100 / factors[str(row.fy)])
        if row.basis != REAL and amount:
            yield replace(row, basis=REAL, amount_pence=amount)


def with_real(version: Version) -> Version:
    """The version with its real rows after its cash rows."""
    return replace(version, rows=(*version.rows, *real_rows(version)))


def real_totals(version: Version) -> dict[str, dict[str, dict[str, int]]]:
    """``header["totals"]`` in prices of the base year."""
    years = [str(year) for year in version.horizon]
    found: dict[str, dict[str, dict[str, int]]] = {name: {} for name in version.header["totals"]}
    for row in real_rows(version):
        cells = found[row.scenario].setdefault(row.line_code, dict.fromkeys(years, 0))
        cells[str(row.fy)] += row.amount_pence
    return found
