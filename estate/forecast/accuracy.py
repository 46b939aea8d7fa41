"""How good an earlier forecast was: its variance against what was spent, split without a rest (forecast-model.md 2.12).

For each thing that was forecast or paid in a financial year, what it cost less what was forecast is

- *slippage*: forecast for the year and not delivered in it (negative), or slipped from an earlier one and delivered now
  (positive);
- *acceleration*: forecast for a later year and delivered now (positive), or delivered in an earlier one (negative);
- *price*: delivered in the year that was forecast, at another price, or the difference in price of what moved;
- *scope*: never forecast, or forecast and given up.

Support is left out: it is paid by contract every year, not by order.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from estate.forecast.actuals import spent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from estate.forecast.actuals import Actual
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.version import Version

P80 = "P80"
OF_LINE, OF_UNIT = "line ", "unit "  # how an item is called that is no bundle
# Decisions after which nothing is bought in a unit's place (estate.forecast.need), and its site's closing.
GIVEN_UP = ("retire", "no_replacement", "cloud", "site_closes")


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in one year, in pence: a bundle, a unit that no bundle holds, or what a line spends without any."""

    item: str
    line: str
    policy: str
    forecast: int
    actual: int
    slippage: int
    acceleration: int
    price: int
    scope: int
    days_late: int | None = None

    @property
    def variance(self) -> int:
        """What it cost less what was forecast: the four parts together."""
        return self.actual - self.forecast


@dataclass(frozen=True, slots=True)
class Outturn:
    """A version against one financial year. ``p80`` is its simulated 80th percentile of the year, or None."""

    version_id: int
    signed_on: dt.date | None
    fy: FinancialYear
    items: tuple[Item, ...]
    p80: int | None = None

    def total(self, part: str) -> int:
        """A field of the items added up."""
        return sum(getattr(item, part) for item in self.items)

    @property
    def carry_forward(self) -> int:
        """What slips out of the year less what was brought into it."""
        return -(self.total("slippage") + self.total("acceleration"))

    @property
    def wape_pct(self) -> Decimal | None:
        """The sum of absolute errors in per cent of what was spent; None where nothing was."""
        return _pct(sum(abs(item.variance) for item in self.items), self.total("actual"))

    @property
    def bias_pct(self) -> Decimal | None:
        """What was spent more (or less) than forecast, in per cent of the forecast; None where nothing was forecast."""
        return _pct(self.total("variance"), self.total("forecast"))

    @property
    def p80_hit(self) -> bool | None:
        """Whether the year came in at or below its 80th percentile; None where nothing was simulated."""
        return None if self.p80 is None else self.total("actual") <= self.p80

    def days_late(self) -> dict[str, tuple[int, Decimal]]:
        """By policy: how many deliveries, and the median of days after the day that was forecast (early: negative)."""
        found: dict[str, list[int]] = {}
        for item in self.items:
            if item.days_late is not None:
                found.setdefault(item.policy, []).append(item.days_late)
        return {policy: (len(days), Decimal(str(statistics.median(days)))) for policy, days in sorted(found.items())}


def _pct(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01")) if whole else None


@dataclass(slots=True)
class _Thing:
    """All that is known of an item over all years."""

    line: str
    policy: str
    forecast: Counter[FinancialYear]
    actual: Counter[FinancialYear]
    committed: int = 0
    deliver_by: dt.date | None = None
    received_on: dt.date | None = None


def outturn(
    version: Version,
    fy: FinancialYear,
    actuals: Iterable[Actual],
    *,
    given_up: Collection[str] = (),
    signed_on: dt.date | None = None,
) -> Outturn:
    """Compare a version with one year.

    Args:
        version: the forecast; its scenario ``need`` counts.
        fy: the year.
        actuals: every row of actuals.csv, of other years too.
        given_up: asset_ids that will not be replaced any more.
        signed_on: the day of its signature.
    """
    things = _things(version, actuals)
    assets: dict[str, set[str]] = {}
    for row in version.rows:
        assets.setdefault(row.bundle_id, set()).add(row.asset_id)
    items = []
    for name in sorted(things):
        gone = bool(name in assets and assets[name] and assets[name] <= set(given_up))
        if item := _item(name, things[name], fy, gone=gone):
            items.append(item)
    return Outturn(version.id, signed_on, fy, tuple(items), _p80(version, fy))


def _p80(version: Version, fy: FinancialYear) -> int | None:
    """What eight in ten runs of the version's simulation do not exceed in a year, without the support of its need.

    Support is paid by contract and is no part of this comparison. None where nobody simulated the version.
    """
    year = (version.header.get("simulation") or {}).get("years", {}).get(str(fy))
    if year is None:
        return None
    support = sum(
        row.amount_pence
        for row in version.rows
        if row.scenario == "need" and row.counts and row.component == "support" and row.fy == fy
    )
    return int(year[P80]) - support


def _things(version: Version, actuals: Iterable[Actual]) -> dict[str, _Thing]:
    facts = {item["bundle_id"]: item for item in version.header.get("bundles", ())}
    found: dict[str, _Thing] = {}
    bundle_of: dict[str, str] = {}
    for row in version.rows:
        if row.scenario != "need" or not row.counts or row.component == "support":
            continue
        name = row.bundle_id or f"{OF_LINE}{row.line_code}"
        thing = found.setdefault(name, _thing(row.line_code, facts.get(row.bundle_id, {})))
        thing.forecast[row.fy] += row.amount_pence
        bundle_of[row.asset_id.casefold()] = name
    for money in spent(actuals):
        name = money.bundle or (f"{OF_LINE}{money.line}" if not money.serial else "")
        name = name or bundle_of.get(money.serial.casefold(), f"{OF_UNIT}{money.serial}")
        thing = found.setdefault(name, _thing(money.line, {}))
        thing.actual.update(money.actual)
        thing.committed += money.committed_pence
        if money.received_on:
            thing.received_on = max(thing.received_on or money.received_on, money.received_on)
    return found


def _thing(line: str, facts: Mapping[str, str]) -> _Thing:
    due = facts.get("deliver_by")
    day = dt.date.fromisoformat(due) if due else None
    return _Thing(line, facts.get("policy", ""), Counter(), Counter(), deliver_by=day)


def _item(name: str, thing: _Thing, fy: FinancialYear, *, gone: bool) -> Item | None:
    forecast, actual = thing.forecast[fy], thing.actual[fy]
    if not forecast and not actual:
        return None
    slippage = acceleration = scope = 0
    if forecast and actual:
        # what of it is still on order slips; the rest came, at its price
        slippage = -min(thing.committed, forecast)
    elif forecast:
        if any(pence for year, pence in thing.actual.items() if year < fy):
            acceleration = -forecast
        elif gone and not thing.actual.total():
            scope = -forecast
        else:
            slippage = -forecast
    else:
        later = sum(pence for year, pence in thing.forecast.items() if year > fy)
        earlier = sum(pence for year, pence in thing.forecast.items() if year < fy)
        planned = max(0, (later or earlier) - thing.committed)
        if later:
            acceleration = planned
        elif earlier:
            slippage = planned
        else:
            scope = actual
    moved = slippage + acceleration + scope
    late = None
    if actual and thing.deliver_by and thing.received_on:
        late = (thing.received_on - thing.deliver_by).days
    return Item(
        name, thing.line, thing.policy, forecast, actual, slippage, acceleration, actual - forecast - moved, scope, late
    )
