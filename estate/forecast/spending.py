"""What is spent and still committed, by line and year: the other side of what is released (forecast-model.md 2.6)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from estate.forecast.actuals import Spent, spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from estate.forecast.actuals import Actual
    from estate.forecast.calendar import FinancialYear


def by_line(
    actuals: Iterable[Actual], line_of: Callable[[Spent], str]
) -> dict[tuple[str, FinancialYear], tuple[int, int]]:
    """Commitment still open (in the year of its promise) and actual spending, in pence, by line and year.

    ``line_of`` says which line pays for an order: it may name only a unit or a bundle.
    """
    found: dict[tuple[str, FinancialYear], list[int]] = defaultdict(lambda: [0, 0])
    for item in spent(actuals):
        line = line_of(item)
        if item.promised is not None and item.committed_pence:
            found[line, item.promised][0] += item.committed_pence
        for year, amount in item.actual.items():
            found[line, year][1] += amount
    return {key: (committed, actual) for key, (committed, actual) in sorted(found.items())}
