"""What replacing one bundle costs: exact to the end, rounded once an amount (forecast-model.md 2.4, 2.14)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from estate.forecast.indices import Factor, Indices
from estate.forecast.rules import CAPITAL_ABOVE, treatment
from estate.forecast.split import to_pence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.prices import Price
    from estate.policy.policies import Policy

# The precision in which amounts are carried until their one rounding (2.14 asks for 28 or more).
EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
# The standard rate since 4 January 2011 (Finance (No. 2) Act 2010, section 3); only its irrecoverable part is a cost.
VAT_RATE = Decimal("0.20")
# What the list price buys, by kind of unit; every other kind is hardware.
LIST_COMPONENT = {"optic": "optics", "licence": "software"}


@dataclass(frozen=True, slots=True)
class Tariff:
    """What holds for every bundle of a run. Percentages are of 100; the horizon is the FYs whose rows are kept."""

    indices: Indices
    horizon: tuple[FinancialYear, ...]
    de_minimis_pence: int
    irrecoverable_vat_pct: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be costed: one bundle's quantity, price and years."""

    price: Price
    policy: Policy
    kind: str
    quantity_old: int
    price_fy: FinancialYear
    spend_fy: FinancialYear
    live_fy: FinancialYear
    leased: bool = False
    from_stock: int = 0  # of the new ones, how many are spares that the council has: no hardware is bought for them
    to_stock: int = 0  # spares that are bought beside the new ones, and not installed


@dataclass(frozen=True, slots=True)
class Amount:
    """A component in a year, capital or revenue, in pence. ``exact`` is the pounds before rounding."""

    scenario: str
    component: str
    fy: FinancialYear
    cap_rev: str
    reason: str
    pence: int
    exact: Decimal


@dataclass(frozen=True, slots=True)
class Costing:
    """A bundle's amounts, and what they were made with."""

    quantity_new: int
    amounts: tuple[Amount, ...]
    capital_pence: int
    factors: dict[str, Factor]  # hardware, labour, and support as of the last year in which it is paid
    units_per_gbp: Decimal
    exchange_place: str
    exchange_assumed: bool
    bought: int = 0  # hardware that is paid for: the new ones, less spares used, and spares to keep
    item: Item | None = None  # what was costed

    @property
    def once_pence(self) -> int:
        """What is spent once, in scenario ``need``: everything except support."""
        return sum(item.pence for item in self.amounts if item.scenario == "need" and item.component != "support")


def quantity_new(quantity_old: int, policy: Policy) -> int:
    """How many new ones replace so many old ones: rounded up, once a bundle."""
    return -(-quantity_old * policy.ratio_new // policy.ratio_old)


def cost(item: Item, tariff: Tariff) -> Costing | None:
    """All amounts of a bundle in scenarios ``need`` and ``do_nothing``; None where its currency has no rate.

    Doing nothing spends no capital: it goes on paying today's support, where that has a price.
    """
    once = _once(item, tariff)
    if once is None:
        return None
    amounts = [
        _amount("need", name, item.spend_fy, pounds, once.capital, item, tariff) for name, pounds in once.exact.items()
    ]
    for scenario, quantity, unit_price in (
        ("need", once.new, item.price.support_new),
        ("do_nothing", item.quantity_old, item.price.support_now),
    ):
        if unit_price is not None:
            amounts += _support(scenario, quantity * unit_price, once.capital, item, tariff)
    kept = tuple(amount for amount in amounts if amount.pence)
    factors = {"hardware": once.hardware, "labour": once.labour}
    if any(amount.component == "support" for amount in kept):
        factors["support"] = tariff.indices.factor("general", item.price_fy, tariff.horizon[-1])
    rate, place, assumed = once.exchange
    # support is paid at the rate of each of its years, not at that of the purchase
    paid = {amount.fy for amount in kept if amount.component == "support"}
    assumed = assumed or any(tariff.indices.assumes(item.price.currency, year) for year in paid)
    return Costing(once.new, kept, once.capital, factors, rate, place, assumed, once.bought, item)


def capital_pence(item: Item, tariff: Tariff) -> int | None:
    """What the capital components of a bundle come to, without its other amounts; None as for :func:`cost`."""
    once = _once(item, tariff)
    return once.capital if once else None


@dataclass(frozen=True, slots=True)
class _Once:
    """What a bundle costs once: unrounded pounds by component, what of it may be capital, and what they rest on."""

    new: int
    bought: int
    exact: dict[str, Decimal]
    capital: int  # pence
    hardware: Factor
    labour: Factor
    exchange: tuple[Decimal, str, bool]


def _once(item: Item, tariff: Tariff) -> _Once | None:
    price, policy = item.price, item.policy
    exchange = tariff.indices.exchange(price.currency, item.spend_fy)
    if exchange is None:
        return None
    hardware = tariff.indices.factor("hardware", item.price_fy, item.spend_fy)
    labour = tariff.indices.factor("labour", item.price_fy, item.spend_fy)
    new = quantity_new(item.quantity_old, policy)
    bought = max(new - item.from_stock, 0) + item.to_stock
    exact = {
        LIST_COMPONENT.get(item.kind, "hardware"): bought * price.net / exchange[0] * hardware.value,
        "install": new * price.install * labour.value,
        "fixed": price.fixed * labour.value,
    }
    exact["contingency"] = policy.contingency_pct / 100 * sum(exact.values(), Decimal(0))
    exact["vat"] = VAT_RATE * tariff.irrecoverable_vat_pct / 100 * sum(exact.values(), Decimal(0))
    capital = sum(to_pence(pounds) for pounds in exact.values())
    exact["training"] = price.training * labour.value
    return _Once(new, bought, exact, capital, hardware, labour, exchange)


def _amount(
    scenario: str, name: str, year: FinancialYear, pounds: Decimal, capital: int, item: Item, tariff: Tariff
) -> Amount:
    treated = treatment(name, capital, tariff.de_minimis_pence, leased=item.leased and name in CAPITAL_ABOVE)
    return Amount(scenario, name, year, treated.cap_rev, treated.reason, to_pence(pounds), pounds)


def _support(scenario: str, pounds: Decimal, capital: int, item: Item, tariff: Tariff) -> list[Amount]:
    """Support of every year of the horizon from the year in which the new kit is live, at that year's prices."""
    made = []
    for year in tariff.horizon:
        in_year = None if year < item.live_fy else support_in(year, pounds, item, tariff.indices)
        if in_year is not None:
            made.append(_amount(scenario, "support", year, in_year, capital, item, tariff))
    return made


def support_in(year: FinancialYear, pounds: Decimal, item: Item, indices: Indices) -> Decimal | None:
    """A year's support at that year's prices and rate, unrounded; None where the currency has no rate."""
    exchange = indices.exchange(item.price.currency, year)
    if exchange is None:
        return None
    return pounds / exchange[0] * indices.factor("general", item.price_fy, year).value


def replacement_pence(
    price: Price, policy: Policy, quantity: int, price_fy: FinancialYear, base_fy: FinancialYear, indices: Indices
) -> int | None:
    """A unit's part in gross replacement cost: hardware and installation at base-FY prices, in plan quantities."""
    exchange = indices.exchange(price.currency, base_fy)
    if price.list_price is None or exchange is None:
        return None
    hardware = price.net / exchange[0] * indices.factor("hardware", price_fy, base_fy).value
    install = price.install * indices.factor("labour", price_fy, base_fy).value
    return to_pence(quantity * (hardware + install) * policy.ratio_new / policy.ratio_old)


def total(amounts: Sequence[Amount], scenario: str) -> int:
    """What a scenario comes to, in pence."""
    return sum(amount.pence for amount in amounts if amount.scenario == scenario)
