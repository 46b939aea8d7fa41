"""What waiting costs, and what replacing saves: a bundle a year later (W12), and invest to save (2.17)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from estate.forecast.costs import Costing, Item, Tariff, capital_pence, support_in
from estate.forecast.revenue import interest_on
from estate.forecast.split import to_pence

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Waiting:
    """What putting a bundle off by one year changes, in pence, before any value of the risk. None: not known.

    ``cost``: by how much its capital rises. ``support``: what keeping the old kit supported costs above the support of
    the new, in the first year in which the new would have been in use. ``interest``: a year's interest on the capital,
    which is not borrowed yet.
    """

    cost: int
    support: int | None
    interest: int | None

    @property
    def net(self) -> int | None:
        """The net cost of waiting; None where a part of it is unknown, which is not nothing."""
        if self.support is None or self.interest is None:
            return None
        return self.cost + self.support - self.interest


def wait(item: Item, costing: Costing, tariff: Tariff, rate_pct: Decimal | None) -> Waiting | None:
    """The cost of waiting a year with a bundle; None where next year's cost is not known."""
    later = capital_pence(replace(item, spend_fy=item.spend_fy + 1, live_fy=item.live_fy + 1), tariff)
    if later is None:
        return None
    now, new = yearly_support(item, costing, tariff)
    return Waiting(
        cost=later - costing.capital_pence,
        support=None if now is None or new is None else now - new,
        interest=None if rate_pct is None else interest_on(costing.capital_pence, rate_pct),
    )


def yearly_support(item: Item, costing: Costing, tariff: Tariff) -> tuple[int | None, int | None]:
    """The support of the old kit and of the new, in pence, in the first year of the new; None where it has no price."""
    price = item.price
    quantities = ((item.quantity_old, price.support_now), (costing.quantity_new, price.support_new))
    both = []
    for quantity, unit_price in quantities:
        pounds = None
        if unit_price is not None:
            pounds = support_in(item.live_fy, quantity * unit_price, item, tariff.indices)
        both.append(None if pounds is None else to_pence(pounds))
    return both[0], both[1]


def saving(old: Sequence[int | None], new: Sequence[int | None]) -> int | None:
    """The net annual saving: old running costs (support, power, rent) less new; None where any part is unknown."""
    if any(part is None for part in (*old, *new)):
        return None
    return sum(part for part in old if part is not None) - sum(part for part in new if part is not None)


def payback_years(capital: int | None, net_saving: int | None) -> Decimal | None:
    """Years until savings have paid for the capital, one decimal place; None: not quantified.

    It is None where a part is unknown, and where nothing is saved (S23, 2.17).
    """
    if capital is None or net_saving is None or net_saving <= 0:
        return None
    return (Decimal(capital) / net_saving).quantize(Decimal("0.1"), ROUND_HALF_UP)


def quantified(benefits: Sequence[int | None]) -> tuple[int, int]:
    """The sum of the benefits that somebody has put a figure to, and how many have none (S15: unknown is not 0)."""
    known = [benefit for benefit in benefits if benefit is not None]
    return sum(known), len(benefits) - len(known)
