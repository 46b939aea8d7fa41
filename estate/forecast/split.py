"""Rounding and dividing pence, each once and in one place (forecast-model.md 2.14)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_WHOLE = Decimal(1)


def to_pence(pounds: Decimal) -> int:
    """The one quantisation: half a penny goes away from zero, as Excel's ROUND does."""
    return int(pounds.scaleb(2).quantize(_WHOLE, ROUND_HALF_UP))


def rotate(total: int, weights: Sequence[int]) -> list[int]:
    """Whole things over members: floor(total/n) each, one more to each of the first (total mod n).

    A member of weight w counts as w members in a row (a quantity row of assets.csv).
    """
    count = sum(weights)
    each, spare = divmod(total, count)
    shares = []
    for weight in weights:
        extra = min(weight, spare)
        spare -= extra
        shares.append(each * weight + extra)
    return shares


def split_components(amounts: Sequence[int], weights: Sequence[int]) -> list[list[int]]:
    """Split components of one (bundle, FY, line, C/R) over its members, in pence.

    Each running total is rotated over the members; a component's shares are the differences between successive
    splits. So the shares of a component add to it, those of a member differ by a penny at most from another's, and
    none is negative.

    Args:
        amounts: the components' pence, in the order of section 2.4; none negative.
        weights: how many things each member stands for, by asset_id.

    Returns:
        For each component, the pence of each member.
    """
    before = [0] * len(weights)
    running, shares = 0, []
    for amount in amounts:
        running += amount
        after = rotate(running, weights)
        shares.append([new - old for new, old in zip(after, before, strict=True)])
        before = after
    return shares


def largest_remainder(total: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Divide pence in proportion to weights, losing none: what the floors leave goes to the largest fractions.

    Ties go to whichever stands first, so give the weights in order of id (2.14). Exact whatever the weights are.

    Args:
        total: pence; a negative total is divided as its positive is.
        weights: none negative, and at least one above 0.

    Raises:
        ValueError: when no weight is above 0, or one is below.
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if whole <= 0 or min(exact) < 0:
        raise ValueError(f"{total} pence cannot be divided by the weights {', '.join(map(str, weights))}")
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * weight / whole for weight in exact]
    shares = [int(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda place: (shares[place] - parts[place], place))
    for place in order[: size - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]
