"""Funding against need, by line and year: what may be spent, what is asked for, and the gap (forecast-model.md 2.6).

Only money that is *released* and approved can be spent: an agreement in principle, a direction of travel and a pending
decision grant nothing yet. Funding may belong to no line at all (the portfolio's); it then stands against the total.
All amounts are pence; a negative gap is a shortfall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estate.forecast.lines import pence

if TYPE_CHECKING:
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.lines import Funding

# The words for where money comes from (2.6); a source in other words is kept as it is written, and is no borrowing.
SOURCES = (
    "borrowing", "reserve", "RCCO", "capital_receipt", "grant", "s106_cil", "base_revenue", "unallocated",
)  # fmt: skip
BORROWING, UNALLOCATED = SOURCES[0], SOURCES[-1]
REVENUE_SOURCES = frozenset({"RCCO", "base_revenue"})
PORTFOLIO = ""
# Pounds. Proceeds below it cannot be capital receipts (so says Newcastle-under-Lyme's capital strategy).
LEAST_RECEIPT = 10_000


def source_of(text: str) -> str:
    """The source as :data:`SOURCES` writes it; a blank one is ``unallocated``, another word stays as it is."""
    return next((word for word in SOURCES if word.casefold() == text.casefold()), text) or UNALLOCATED


def spendable(row: Funding) -> bool:
    """Whether a row's money may be spent: released, and by a decision that has been taken."""
    return row.level == "released" and row.status == "approved"


@dataclass(slots=True)
class Cell:
    """One line in one year, in pence; ``line`` is blank for funding of the portfolio as a whole.

    ``existing`` and ``alternate`` are of any level, as the request counts them. ``released`` is what may be spent;
    ``in_principle``, ``requested`` and ``pending`` (a decision not taken) are not, and none overlaps another.
    """

    line: str
    fy: FinancialYear
    need: int = 0
    existing: int = 0
    alternate: int = 0
    allocated: int = 0
    released: int = 0
    in_principle: int = 0
    requested: int = 0
    pending: int = 0
    recurrent: int = 0
    committed: int = 0
    actual: int = 0
    sources: dict[str, int] = field(default_factory=dict)

    @property
    def request(self) -> int:
        """Gross less existing commitment less alternate funding (R7)."""
        return self.need - self.existing - self.alternate

    @property
    def gap(self) -> int:
        """What may be spent less what is needed: negative where money is short."""
        return self.released - self.need

    @property
    def record(self) -> dict[str, object]:
        """As plain JSON."""
        names = (
            "need", "existing", "alternate", "allocated", "released", "in_principle", "requested", "pending",
            "recurrent", "committed", "actual", "request", "gap",
        )  # fmt: skip
        amounts = {f"{name}_pence": getattr(self, name) for name in names}
        return {"line": self.line, "fy": str(self.fy), **amounts, "sources": dict(sorted(self.sources.items()))}


Spent = Mapping[tuple[str, "FinancialYear"], tuple[int, int]]  # (line, year) -> committed, actual


def cells(
    need: Mapping[tuple[str, FinancialYear], int], funding: Iterable[Funding], spent: Spent | None = None
) -> list[Cell]:
    """Every line and year of which need, funding or spending says something, in order; the portfolio's come first."""
    found: dict[tuple[str, FinancialYear], Cell] = {}

    def cell(line: str, year: FinancialYear) -> Cell:
        return found.setdefault((line, year), Cell(line, year))

    for (line, year), amount in need.items():
        cell(line, year).need += amount
    for row in funding:
        _add(cell(row.line, row.fy), row)
    for (line, year), (committed, actual) in (spent or {}).items():
        cell(line, year).committed += committed
        cell(line, year).actual += actual
    return [found[key] for key in sorted(found)]


def _add(cell: Cell, row: Funding) -> None:
    amount = pence(row.amount)
    setattr(cell, row.kind, getattr(cell, row.kind) + amount)
    # what is asked for is naturally not decided; anything firmer counts as such only once it is
    level = row.level if row.status == "approved" or row.level == "requested" else "pending"
    setattr(cell, level, getattr(cell, level) + amount)
    if row.recurrent:
        cell.recurrent += amount
    if spendable(row):
        name = source_of(row.source)
        cell.sources[name] = cell.sources.get(name, 0) + amount


def totals(found: Iterable[Cell]) -> list[Cell]:
    """The whole portfolio by year: its lines, and what belongs to none."""
    years: dict[FinancialYear, Cell] = {}
    names = ("need", "existing", "alternate", "allocated", "released", "in_principle", "requested", "pending",
             "recurrent", "committed", "actual")  # fmt: skip
    for item in found:
        total = years.setdefault(item.fy, Cell("TOTAL", item.fy))
        for name in names:
            setattr(total, name, getattr(total, name) + getattr(item, name))
        for source, amount in item.sources.items():
            total.sources[source] = total.sources.get(source, 0) + amount
    return [years[year] for year in sorted(years)]


# ------------------------------------------------------------------------------------------------------- the hard check


@dataclass(frozen=True, slots=True)
class Overspent:
    """Spending and commitment of a line and year beyond what is released for them; blank line: the portfolio's."""

    line: str
    fy: FinancialYear
    spent: int
    released: int


def overspent(found: Sequence[Cell]) -> Iterator[Overspent]:
    """Where spend + commitment exceeds what is released, by a penny or more (S26).

    Lines to which nothing is released of their own spend from what is released to the portfolio, together.
    """
    pot: dict[FinancialYear, int] = defaultdict(int)
    together: dict[FinancialYear, int] = defaultdict(int)
    for item in found:
        spent = item.actual + item.committed
        if item.line == PORTFOLIO:
            pot[item.fy] += item.released
            together[item.fy] += spent
        elif not item.released:
            together[item.fy] += spent
        elif spent > item.released:
            yield Overspent(item.line, item.fy, spent, item.released)
    for year, spent in sorted(together.items()):
        if spent > pot[year]:
            yield Overspent(PORTFOLIO, year, spent, pot[year])


def small_receipts(funding: Iterable[Funding]) -> list[Funding]:
    """Proceeds of a sale too small for a capital receipt: they belong to revenue, and reduce no need (2.13)."""
    return [row for row in funding if source_of(row.source) == "capital_receipt" and 0 < row.amount < LEAST_RECEIPT]


def lost_grants(found: Iterable[Cell]) -> dict[FinancialYear, int]:
    """Grant released for a line and year beyond its need there: a grant ends with its year, so that much is lost."""
    lost: dict[FinancialYear, int] = defaultdict(int)
    for item in found:
        if item.line != PORTFOLIO and (over := min(item.sources.get("grant", 0), item.gap)) > 0:
            lost[item.fy] += over
    return dict(sorted(lost.items()))
