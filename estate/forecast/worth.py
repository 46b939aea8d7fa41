"""Gross replacement cost, unit by unit: hardware and installation at base-FY prices, in plan quantities (2.8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estate.forecast.costs import replacement_pence
from estate.forecast.split import to_pence
from estate.forecast.standing import IN_SCOPE

if TYPE_CHECKING:
    import datetime as dt

    from estate.forecast.calendar import Calendar, FinancialYear
    from estate.forecast.indices import Indices
    from estate.forecast.prices import Price
    from estate.forecast.standing import Standing


@dataclass(slots=True)
class Worth:
    """Values units, and remembers each price, policy and quantity: a hundred thousand units have few of them."""

    indices: Indices
    calendar: Calendar
    as_of: dt.date
    base_fy: FinancialYear
    _known: dict[tuple[int, int, int], int | None] = field(default_factory=dict)

    def of(self, stand: Standing) -> int | None:
        """A unit's value in pence; None where it is out of scope, or has no price, policy or exchange rate."""
        price, policy, quantity = stand.price, stand.policy, stand.unit.quantity
        if stand.standing != IN_SCOPE or price is None or policy is None:
            return None
        # by identity: the rows live as long as the inputs do, and comparing them is what would take time
        key = (id(price), id(policy), quantity)
        if key not in self._known:
            year, _ = price.year(self.calendar, self.as_of)
            self._known[key] = replacement_pence(price, policy, quantity, year, self.base_fy, self.indices)
        return self._known[key]

    def one(self, price: Price) -> int | None:
        """What one new unit of a price row costs, installed, in pence; None where its currency has no rate."""
        exchange = self.indices.exchange(price.currency, self.base_fy)
        if exchange is None:
            return None
        year, _ = price.year(self.calendar, self.as_of)
        hardware = price.net / exchange[0] * self.indices.factor("hardware", year, self.base_fy).value
        return to_pence(hardware + price.install * self.indices.factor("labour", year, self.base_fy).value)
