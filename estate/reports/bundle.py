"""A bundle as its rows tell of it: what is bought and installed as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.reports.totals import largest, sums

if TYPE_CHECKING:
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.version import FeedRow

PRIORITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is bought and installed as one: its rows of the headline scenario, added up.

    ``rows`` is never empty. ``priority``, ``line_code`` and ``theme`` are one for a bundle; ``driver`` is that of its
    most expensive part.
    """

    bundle_id: str
    rows: tuple[FeedRow, ...]

    @property
    def amount_pence(self) -> int:
        """All its money."""
        return sum(row.amount_pence for row in self.rows)

    @property
    def fy(self) -> FinancialYear:
        """The first financial year in which it costs money."""
        return min(row.fy for row in self.rows)

    @property
    def line_code(self) -> str:
        """Its budget line."""
        return self.rows[0].line_code

    @property
    def priority(self) -> str:
        """The most urgent priority of its rows."""
        found = {row.priority for row in self.rows}
        return next((name for name in PRIORITIES if name in {item.lower() for item in found}), min(found))

    @property
    def driver(self) -> str:
        """What makes most of its money necessary."""
        return largest(sums(self.rows, lambda row: row.driver))

    @property
    def asset_ids(self) -> tuple[str, ...]:
        """The units that it replaces, in order."""
        return tuple(sorted({row.asset_id for row in self.rows if row.asset_id}))

    @property
    def new_units(self) -> int:
        """How many units are bought."""
        return sum(row.qty for row in self.rows)
