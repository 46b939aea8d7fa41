"""Percentiles that are real outcomes, by whole counts (forecast-model.md 2.10, W9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PERCENTILES = {"P50": 50, "P80": 80, "P90": 90}


def quantile(outcomes: Iterable[int], per_cent: int) -> int:
    """The least outcome x for which at least so many per cent of all outcomes are x or less.

    Counted in whole numbers: in binary floats 0.9 of the outcomes can come out as less than 0.9.

    Raises:
        ValueError: when there is no outcome.
    """
    ordered = sorted(outcomes)
    if not ordered:
        raise ValueError("no outcomes, so no percentile")
    needed = -(-per_cent * len(ordered) // 100)
    return int(ordered[max(1, needed) - 1])


def summary(outcomes: Iterable[int]) -> dict[str, int]:
    """P50, P80 and P90, the mean to the penny, the least and the most."""
    ordered = sorted(int(outcome) for outcome in outcomes)
    found = {name: quantile(ordered, per_cent) for name, per_cent in PERCENTILES.items()}
    count = len(ordered)
    return {**found, "mean": (2 * sum(ordered) + count) // (2 * count), "least": ordered[0], "most": ordered[-1]}
