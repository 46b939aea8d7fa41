"""Totals: what rows and units add up to by some key of theirs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from estate.forecast.version import FeedRow
    from estate.lifecycle.milestones import State
    from estate.lifecycle.status import UnitStatus

Key = TypeVar("Key")


def quantity(items: Iterable[UnitStatus]) -> int:
    """How many things some entries stand for: one of assets.csv can stand for several."""
    return sum(item.unit.quantity for item in items)


def states(items: Iterable[UnitStatus]) -> Counter[State]:
    """How many things are in each state."""
    return totals((item.state.state, item.unit.quantity) for item in items)


def sums(rows: Iterable[FeedRow], key: Callable[[FeedRow], Key]) -> Counter[Key]:
    """The money in pence of rows by some key of theirs."""
    return totals((key(row), row.amount_pence) for row in rows)


def totals(pairs: Iterable[tuple[Key, int]]) -> Counter[Key]:
    """What pairs of a key and a number add up to by key."""
    found: Counter[Key] = Counter()
    for key, number in pairs:
        found[key] += number
    return found


def largest(sums: Counter[str]) -> str:
    """The key of the largest sum, the first in the alphabet of several; blank where there is none."""
    return min(sums, key=lambda name: (-sums[name], name)) if sums else ""
