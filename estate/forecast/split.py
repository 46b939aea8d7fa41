"""Rounding and dividing pence, each once and in one place (forecast-model.md 2.14)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def to_pence(pounds: Decimal) -> int:
    """The one quantisation: half a penny goes away from zero, as Excel's ROUND does."""
    return int(pounds.scaleb(2).quantize(Decimal(1), ROUND_HALF_UP))


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
