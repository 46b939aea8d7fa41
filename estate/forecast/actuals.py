"""actuals.csv: what was ordered, delivered and paid (forecast-model.md section 4).

The kinds are stages of the same money, so they are never added up: an order's actual is what was *received*, and only
where nothing of it was received what was *invoiced*; its commitment is what was *committed* less what was received.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.cells import date, money, one_of, text
from config.tables import Column, Table
from estate.forecast.calendar import FinancialYear, financial_year
from estate.forecast.lines import pence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COMMITTED, RECEIVED, INVOICED = "committed", "received", "invoiced"


@dataclass(frozen=True, slots=True)
class Actual:
    """A row of actuals.csv.

    ``bundle`` is a bundle's id in the forecast that was signed, ``serial`` the unit that is replaced; both blank: money
    of the line itself. ``fy`` is the year in which the money falls (for a commitment: is promised to fall), ``on`` the
    day on which it was ordered, delivered or invoiced. ``source`` is ``actuals.csv:row``.
    """

    line: str
    bundle: str
    serial: str
    fy: FinancialYear
    kind: str
    amount: Decimal
    on: dt.date | None
    order: str
    source: str

    @property
    def money(self) -> tuple[str, str, str, str]:
        """Which rows are stages of the same money: those of one order for one thing."""
        return self.order, self.line, self.bundle, self.serial


@dataclass(frozen=True, slots=True)
class Spent:
    """What came of one order for one thing: pence by financial year, what is still committed, when it last arrived.

    ``promised`` is the year for which the rest of a commitment is promised.
    """

    order: str
    line: str
    bundle: str
    serial: str
    actual: dict[FinancialYear, int]
    committed_pence: int
    promised: FinancialYear | None
    received_on: dt.date | None
    source: str


def spent(rows: Iterable[Actual], as_of: dt.date | None = None) -> list[Spent]:
    """The rows put together by order and thing.

    Args:
        rows: of actuals.csv.
        as_of: what is dated later is not known yet; None: everything counts.
    """
    grouped: dict[tuple[str, str, str, str], list[Actual]] = {}
    for row in rows:
        if as_of is None or row.kind == COMMITTED or row.on is None or row.on <= as_of:
            grouped.setdefault(row.money, []).append(row)
    return [_spent(items) for items in grouped.values()]


def _spent(rows: Sequence[Actual]) -> Spent:
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in (COMMITTED, RECEIVED, INVOICED)}
    actual: dict[FinancialYear, int] = {}
    for row in kinds[RECEIVED] or kinds[INVOICED]:
        actual[row.fy] = actual.get(row.fy, 0) + pence(row.amount)
    received = sum(pence(row.amount) for row in kinds[RECEIVED])
    ordered = sum(pence(row.amount) for row in kinds[COMMITTED])
    first = rows[0]
    return Spent(
        first.order,
        first.line,
        first.bundle,
        first.serial,
        actual,
        max(0, ordered - received),
        max((row.fy for row in kinds[COMMITTED]), default=None),
        max((row.on for row in kinds[RECEIVED] if row.on), default=None),
        (kinds[RECEIVED] or kinds[COMMITTED] or [first])[-1].source,
    )


def _check(row: Actual) -> Iterator[tuple[str, str]]:
    if row.bundle and row.serial:
        yield "serial", "names a bundle and a unit: money is of one of them, blank the other"
    if not (row.line or row.bundle or row.serial):
        yield "line", "nothing says what the money is for: name a line, a bundle or a serial"
    if row.kind == COMMITTED and row.amount < 0:
        yield "amount", f"{row.amount} is committed: write the order's value, and a credit where it is received"


ACTUALS = Table(
    "actuals",
    Actual,
    (
        Column("line", text, ""),
        Column("bundle", text, ""),
        Column("serial", text, ""),
        Column("fy", financial_year, required=True),
        Column("kind", one_of(COMMITTED, RECEIVED, INVOICED), required=True),
        Column("amount", money, Decimal(0), required=True),
        Column("on", date),
        Column("order", text, ""),
    ),
    validate=_check,
)
