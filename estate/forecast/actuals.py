"""actuals.csv: what was ordered, received and invoiced: stages of the same money (forecast-model.md section 4).

So the actual of an order is what was received, else what was invoiced; its commitment is what was committed less what
was received. Rows without an order are matched by the serial or bundle that they name, else by their line.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.tables import Column, Table, date, money, one_of
from estate.forecast.calendar import FinancialYear, financial_year
from estate.forecast.lines import pence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

COMMITTED, RECEIVED, INVOICED = "committed", "received", "invoiced"


@dataclass(frozen=True, slots=True)
class Actual:
    """A row of actuals.csv. ``fy`` is the year in which the money falls: for a commitment, of the promised delivery."""

    line: str | None
    bundle: str | None
    serial: str | None
    fy: FinancialYear
    kind: str
    amount: Decimal
    on: dt.date | None
    order: str | None
    source: str

    @property
    def money(self) -> tuple[str, str]:
        """What its stages share."""
        if self.order:
            return "order", self.order.casefold()
        if self.serial:
            return "serial", self.serial.casefold()
        return ("bundle", self.bundle) if self.bundle else ("line", self.line or "")


ACTUALS = Table(
    "actuals",
    Actual,
    (
        Column("line"),
        Column("bundle"),
        Column("serial"),
        Column("fy", financial_year, required=True),
        Column("kind", one_of(COMMITTED, RECEIVED, INVOICED), required=True),
        Column("amount", money, Decimal(0), required=True),
        Column("on", date),
        Column("order"),
    ),
    any_of=(("line", "bundle", "serial"),),
)


def spent(
    actuals: Iterable[Actual], line_of: Callable[[Actual], str]
) -> dict[tuple[str, FinancialYear], tuple[int, int]]:
    """Commitment still open and actual spending, in pence, by line and year.

    ``line_of`` says which line pays for a row. What is received comes off an order's commitment year by year, the
    earliest first.
    """
    groups: dict[tuple[str, tuple[str, str]], list[Actual]] = defaultdict(list)
    for row in actuals:
        groups[line_of(row), row.money].append(row)
    found: dict[tuple[str, FinancialYear], list[int]] = defaultdict(lambda: [0, 0])
    for (line, _), rows in sorted(groups.items()):
        real = _by_year(rows, RECEIVED) or _by_year(rows, INVOICED)
        left = sum(_by_year(rows, RECEIVED).values())
        for year, amount in sorted(_by_year(rows, COMMITTED).items()):
            used = min(max(amount, 0), left)
            left -= used
            found[line, year][0] += amount - used
        for year, amount in real.items():
            found[line, year][1] += amount
    return {key: (committed, actual) for key, (committed, actual) in found.items()}


def _by_year(rows: Sequence[Actual], kind: str) -> dict[FinancialYear, int]:
    years: dict[FinancialYear, int] = defaultdict(int)
    for row in rows:
        if row.kind == kind:
            years[row.fy] += pence(row.amount)
    return dict(years)


@dataclass(frozen=True, slots=True)
class Orders:
    """What actuals say of single units, by serial (case-blind): when one is promised, and what has come."""

    promised: dict[str, FinancialYear]
    received: frozenset[str]

    @classmethod
    def of(cls, actuals: Iterable[Actual]) -> Orders:
        """Arrange the rows that name a serial; the last commitment of one counts."""
        promised: dict[str, FinancialYear] = {}
        received = set()
        for row in actuals:
            if row.serial and row.kind == COMMITTED:
                promised[row.serial.casefold()] = row.fy
            elif row.serial and row.kind == RECEIVED:
                received.add(row.serial.casefold())
        return cls(promised, frozenset(received))
