"""What keeping pace costs a year, and how much of its life the estate has used up (forecast-model.md 2.8, W7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from estate.forecast.debt import Position

YEAR_DAYS = Decimal("365.25")


@dataclass(frozen=True, slots=True)
class Pace:
    """A class's part in the yearly need that keeps pace: its gross replacement cost over its life in years."""

    policy: str
    grc: int
    life: int | None

    @property
    def pence(self) -> int | None:
        """Pence a year; None where the life is unknown."""
        return None if self.life is None else rounded(Decimal(self.grc) / self.life)


def steady_state(items: Iterable[Position]) -> list[Pace]:
    """The classes by policy and life, in order of name."""
    grc: dict[tuple[str, int | None], int] = {}
    for item in items:
        if item.value is not None:
            key = (item.policy, item.life)
            grc[key] = grc.get(key, 0) + item.value
    return [
        Pace(policy, grc[policy, life], life) for policy, life in sorted(grc, key=lambda key: (key[0], key[1] or 0))
    ]


def sustains(pence_a_year: int, life: int) -> int:
    """How much kit of a life in years a yearly sum keeps up to date, in pence."""
    return pence_a_year * life


def consumption(items: Iterable[Position], day: dt.date) -> tuple[Decimal | None, int]:
    """The share of its life that the estate has used up, by value, and how many units it cannot speak for.

    sum(age/life x GRC) / sum(GRC): 1 means that everything has reached its age; more, that it is past it.
    """
    used, whole, unknown = Decimal(0), 0, 0
    for item in items:
        if item.value is None or item.life is None or item.age_from is None:
            unknown += item.quantity
            continue
        age = max((day - item.age_from).days, 0) / YEAR_DAYS
        used += age / item.life * item.value
        whole += item.value
    return (used / whole if whole else None), unknown


def rounded(value: Decimal) -> int:
    """Whole pence, half a penny away from zero."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def per_cent_of(part: Decimal | int, whole: int) -> str | None:
    """A share in per cent with two places, as text; None where there is nothing to be a share of."""
    if not whole:
        return None
    return str((Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP))
