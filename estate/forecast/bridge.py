"""A bridge from one forecast to another, as plain data: what each driver moved, cell by cell, and its waterfall."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from estate.forecast.hybrid import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from estate.forecast.version import FeedRow

# What no driver of the inputs moved: the model itself, where another release of estate made one of the versions.
RELEASE = 0
WORDS = {RELEASE: "Another release of estate", **DRIVERS}


class Cell(NamedTuple):
    """Where money stands in both versions; blank asset: what a line asks for without any."""

    line: str
    fy: str
    asset_id: str
    component: str


Money = Counter[Cell]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a driver moved in a cell, in pence; ``bundle_id`` is the new version's, else the old one's."""

    driver: int
    line: str
    fy: str
    bundle_id: str
    asset_id: str
    component: str
    pence: int


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the waterfall: the opening, a driver that moved something, or the closing; ``end - start = pence``."""

    words: str
    pence: int
    start: int
    end: int
    driver: int | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """From ``opening`` to ``closing`` (ids of versions). ``effects`` holds no zero and adds up to the difference."""

    opening: int
    closing: int
    scenario: str
    shapley: bool
    before: Money
    after: Money
    effects: tuple[Effect, ...]
    # the exact share of each driver, in pence, of Shapley's view; empty in the published order
    exact: Mapping[int, Fraction] = field(default_factory=dict)

    @property
    def years(self) -> tuple[str, ...]:
        """Every financial year with money in either version."""
        return tuple(sorted({cell.fy for cell in (*self.before, *self.after)}))

    @property
    def drivers(self) -> tuple[int, ...]:
        """The drivers that moved anything, in the published order."""
        return tuple(sorted({effect.driver for effect in self.effects}))

    def moved(self, driver: int, *, line: str | None = None, fy: str | None = None) -> int:
        """What a driver moved, of one line, one year, or all."""
        return sum(
            effect.pence
            for effect in self.effects
            if effect.driver == driver and line in {None, effect.line} and fy in {None, effect.fy}
        )

    def steps(self, *, line: str | None = None, fy: str | None = None) -> tuple[Step, ...]:
        """The waterfall: opening, each driver that moved the total, closing."""
        first, last = (_sum(money, line, fy) for money in (self.before, self.after))
        made, at = [Step(f"Forecast {self.opening}", first, 0, first)], first
        for driver in self.drivers:
            if pence := self.moved(driver, line=line, fy=fy):
                made.append(Step(WORDS[driver], pence, at, at + pence, driver))
                at += pence
        return (*made, Step(f"Forecast {self.closing}", last, 0, last))


def _sum(money: Money, line: str | None, fy: str | None) -> int:
    return sum(pence for cell, pence in money.items() if line in {None, cell.line} and fy in {None, cell.fy})


def cells_of(rows: Iterable[FeedRow]) -> Money:
    """Rows by cell."""
    found: Money = Counter()
    for row in rows:
        found[Cell(row.line_code, str(row.fy), row.asset_id, row.component)] += row.amount_pence
    return found
