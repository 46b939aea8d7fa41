"""From exact fractions to pence that still add up: the largest remainders take the odd pence (forecast-model.md 2.14).

Within each line and year the drivers share the difference; then each driver's pence are shared by its units.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from estate.forecast.bridge import Cell

Key = TypeVar("Key")


def shares(exact: Mapping[int, Mapping[Cell, Fraction]], codes: Mapping[int, str]) -> dict[int, Counter[Cell]]:
    """Whole pence for each driver and cell.

    In each (line, year) the drivers' pence add up to the whole difference, which is a whole number of pence; a driver's
    pence over its units add up to the driver's. Of equal remainders the first by ``codes`` goes first (W11).
    """
    grouped: dict[tuple[str, str], dict[int, dict[Cell, Fraction]]] = {}
    for driver, cells in exact.items():
        for cell, share in cells.items():
            grouped.setdefault((cell.line, cell.fy), {}).setdefault(driver, {})[cell] = share
    made: dict[int, Counter[Cell]] = {}
    for drivers in grouped.values():
        sums = {driver: sum(cells.values(), Fraction(0)) for driver, cells in drivers.items()}
        whole = largest_remainder(sums, int(sum(sums.values(), Fraction(0))), codes.__getitem__)
        for driver, cells in drivers.items():
            made.setdefault(driver, Counter()).update(largest_remainder(cells, whole[driver]))
    return made


def largest_remainder(parts: Mapping[Key, Fraction], total: int, name: Callable[[Key], str] = str) -> dict[Key, int]:
    """Whole numbers next to fractions that add up to ``total``: the floor of each, and one more to the largest rests.

    Ties go to the first by ``name``. ``total`` must lie between the sum of the floors and that of the ceilings.
    """
    floors = {key: part.numerator // part.denominator for key, part in parts.items()}
    spare = total - sum(floors.values())
    order = sorted(parts, key=lambda key: (floors[key] - parts[key], name(key)))
    return {key: floors[key] + (place < spare) for place, key in enumerate(order)}
