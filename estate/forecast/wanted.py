"""Which prices are missing, stale or assumed, by what has to be asked for: a product, or a class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from estate.forecast.standing import COVERED, EXCLUDED, Book, Standing, standings

if TYPE_CHECKING:
    import datetime as dt

    from estate.forecast.inputs import Inputs
    from estate.forecast.prices import Price

NO_PRICE, NO_RATE, STALE, STARTER = "no price", "no exchange rate", "stale", "starter assumption"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product whose price nobody should rely on, and why.

    ``count`` is how many things are waiting for it and ``share_pct`` that count of all that are to be priced, in per
    cent with one decimal; ``need_by`` is when the first of them is needed (None: nobody knows); ``price`` is the row
    used now, as ``prices.csv:row``, or blank.
    """

    vendor: str
    part_number: str
    model: str
    policy: str
    reason: str
    count: int
    share_pct: Decimal
    need_by: dt.date | None
    price: str


@dataclass(frozen=True, slots=True)
class Wants:
    """All that is wanted, and ``things``: how many things are to be priced in all."""

    items: tuple[Wanted, ...]
    things: int

    @property
    def unpriced(self) -> int:
        """How many things have no price at all."""
        return sum(item.count for item in self.items if item.reason in {NO_PRICE, NO_RATE})

    @property
    def unpriced_pct(self) -> Decimal:
        """Their share of all that is to be priced, in per cent with one decimal; 0 where nothing is."""
        return share(self.unpriced, self.things)


def share(count: int, whole: int) -> Decimal:
    """A count as per cent of a whole, with one decimal; 0 of nothing."""
    return (Decimal(100 * count) / (whole or 1)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def wanted(inputs: Inputs) -> Wants:
    """Every product without a usable price, those without any first, then by how many wait for it."""
    sites = {site.site: site for site in inputs.sites}
    book = Book(inputs.policies, inputs.prices, inputs.decisions, sites, inputs.rules)
    rates = {row.currency for row in inputs.fx} | {"GBP"}
    groups: dict[tuple[str, str, str, str, str, str], list[Standing]] = defaultdict(list)
    whole = 0
    for stand in standings(inputs.population, inputs.matches, book):
        if stand.standing in {COVERED, EXCLUDED} or stand.policy is None:
            continue
        whole += stand.unit.quantity
        reason = _reason(stand, inputs, rates)
        if reason:
            unit, place = stand.unit, stand.price.place if stand.price else ""
            named = (unit.vendor or "", unit.part_number or "", unit.model or "")
            groups[(*named, stand.policy.policy, reason, place)].append(stand)
    found = [_of(key, members, whole) for key, members in groups.items()]
    order = (NO_PRICE, NO_RATE, STALE, STARTER)
    found.sort(key=lambda item: (order.index(item.reason), -item.count, item.vendor, item.part_number, item.model))
    return Wants(tuple(found), whole)


def _of(key: tuple[str, str, str, str, str, str], members: list[Standing], whole: int) -> Wanted:
    vendor, part_number, model, policy, reason, place = key
    count = sum(stand.unit.quantity for stand in members)
    dates = [stand.need.need_by for stand in members if stand.need and stand.need.need_by]
    first = min(dates, default=None)
    return Wanted(vendor, part_number, model, policy, reason, count, share(count, whole), first, place)


def _reason(stand: Standing, inputs: Inputs, rates: set[str]) -> str:
    """Why the price of a unit is not to be relied on; blank where it is, or where none is needed."""
    if stand.reason not in {"", "no_price", "no_date"}:
        return ""
    price = stand.price
    if price is None or price.list_price is None:
        return NO_PRICE
    return _doubt(price, inputs, rates)


def _doubt(price: Price, inputs: Inputs, rates: set[str]) -> str:
    if price.currency not in rates:
        return NO_RATE
    if price.is_stale(inputs.as_of, inputs.parameters.price_stale_months, inputs.rules.calendar):
        return STALE
    return STARTER if price.is_starter else ""
