"""What follows from a forecast's rows and units: debt, funding gap, revenue consequences, waiting, who shares it.

The keys of the header that this makes are described in :mod:`estate.forecast.version`. Everything is plain JSON.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from estate.console import pounds
from estate.forecast import debt
from estate.forecast.borrowing import consequences
from estate.forecast.costs import Item, cost
from estate.forecast.debt_outlook import debt_header, pace_header, year_ends
from estate.forecast.gap_outlook import Needed, gap_header
from estate.forecast.need import schedule
from estate.forecast.sharing import Part, divide
from estate.forecast.standing import IN_SCOPE
from estate.forecast.waiting import payback_years, saving, wait, yearly_support

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from estate.forecast.bundles import Due
    from estate.forecast.compute import Inputs
    from estate.forecast.costs import Costing
    from estate.forecast.header import Result
    from estate.forecast.version import CostedUnit


def outlook(inputs: Inputs, result: Result, units: Sequence[CostedUnit], need: Sequence[Needed]) -> dict[str, Any]:
    """The header's keys that finance reads beside the totals; ``need`` is added up whatever scenarios are shown."""
    held = debt.positions(unit.chain for unit in units)
    return {
        "pace": _pace(inputs, need),
        "debt": debt_header(held, inputs),
        "steady_state": pace_header(held, inputs),
        "gap": gap_header(inputs, result, need),
        "revenue": consequences(inputs, result),
        "waiting": _waiting(inputs, result),
        "cycles": _cycles(result, need),
        "folded": _folded(inputs, result),
        "spares": [
            {"bundle_id": use.bundle_id, "asset_id": use.asset_id, "quantity": use.quantity} for use in result.spares
        ],
        "unquantified": unquantified(inputs, result),
        "entities": _entities(inputs, result, need),
    }


def told(values: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The warnings and the assumptions that belong beside the totals, of what :func:`outlook` gave."""
    warnings = [
        f"{item['line'] or 'the portfolio'}, {item['fy']}: {pounds(item['spent_pence'])} is spent or committed, and "
        f"{pounds(item['released_pence'])} released"
        for item in values["gap"]["overspent"]
    ]
    revenue, again = values["revenue"], values["cycles"]
    if revenue["borrowed_pence"] and revenue["rate_pct"] is None:
        warnings.append("borrowing_rate_pct is not set in estate.toml: interest on what is borrowed is unknown")
    assumptions = []
    if again["pence"]:
        assumptions.append(
            f"{pounds(again['pence'])} of the need is for {again['bundles']} bundles bought again at their policy age: "
            "what they replace is itself only forecast"
        )
    return warnings, assumptions


def _pace(inputs: Inputs, need: Sequence[Needed]) -> dict[str, dict[str, int]]:
    """Catch-up and keep-pace by year; together they are the need, to the penny (S19)."""
    found = {year: {"catch_up": 0, "keep_pace": 0} for year, _ in year_ends(inputs)}
    for item in need:
        found[str(item.fy)][item.pace] += item.pence
    return found


# ------------------------------------------------------------------------------------------------- waiting and saving


def _waiting(inputs: Inputs, result: Result) -> list[dict[str, Any]]:
    """What a year's delay of each bundle of the horizon costs, and when its capital pays for itself."""
    made = []
    last = inputs.base_fy + (inputs.years - 1)
    for bundle, costing in result.costed:
        if costing is None or costing.item is None or bundle.generation > 1:
            continue
        if not inputs.base_fy <= bundle.schedule.spend_fy <= last:
            continue
        made.append(_wait(bundle.bundle_id, costing, costing.item, inputs, result))
    return made


def _wait(bundle_id: str, costing: Costing, item: Item, inputs: Inputs, result: Result) -> dict[str, Any]:
    waited = wait(item, costing, result.tariff, inputs.parameters.borrowing_rate_pct)
    old, new = yearly_support(item, costing, result.tariff)
    saved = saving([old], [new])
    years = payback_years(costing.capital_pence, saved)
    return {
        "bundle_id": bundle_id,
        "cost_pence": waited.cost if waited else None,
        "support_pence": waited.support if waited else None,
        "interest_pence": waited.interest if waited else None,
        "net_pence": waited.net if waited else None,
        "saving_pence": saved,
        "payback_years": None if years is None else str(years),
    }


# -------------------------------------------------------------------------------------------------- what else is told


def _cycles(result: Result, need: Sequence[Needed]) -> dict[str, Any]:
    """What the forecast asks for a second or later time: money that rests on an assumption of its own."""
    later = {item.bundle_id for item, _ in result.costed if item.generation > 1}
    years: Counter[str] = Counter()
    for item in need:
        if item.bundle_id in later:
            years[str(item.fy)] += item.pence
    return {
        "bundles": len(later),
        "pence": sum(years.values()),
        "years": dict(sorted(years.items())),
        "confidence": "assumed",
    }


def unquantified(inputs: Inputs, result: Result) -> dict[str, Any]:
    """What has no money, and between which bounds it might lie: those of what is priced of its own kind (2.13).

    Where nothing of the kind is priced, the bounds are those of all class prices; where there are none, unknown.
    """
    kinds: dict[str, list[int]] = defaultdict(list)
    lacking = []
    for stand in result.stands:
        value = result.worth.of(stand)
        if value is not None:
            kinds[stand.unit.kind].append(value // stand.unit.quantity)
        elif stand.standing == IN_SCOPE:
            lacking.append(stand)
    rows = [price for price in inputs.prices if price.is_class and price.list_price is not None]
    classes = [value for price in rows if (value := result.worth.one(price)) is not None]
    low = high = unbounded = 0
    for stand in lacking:
        found = kinds.get(stand.unit.kind) or classes
        if found:
            low += min(found) * stand.unit.quantity
            high += max(found) * stand.unit.quantity
        else:
            unbounded += stand.unit.quantity
    return {
        "units": sum(stand.unit.quantity for stand in lacking),
        "reasons": dict(sorted(Counter(stand.reason for stand in lacking).items())),
        "low_pence": low,
        "high_pence": high,
        "unbounded": unbounded,
    }


def _folded(inputs: Inputs, result: Result) -> dict[str, Any]:
    """Modules that go with their chassis, and what replacing each on its own would have cost."""
    folded = [stand for stand in result.stands if stand.reason == "folded"]
    saved = {stand.unit.asset_id: _alone(stand.saved, inputs, result) for stand in folded if stand.saved}
    return {
        "units": len(folded),
        "saving_pence": sum(pence or 0 for pence in saved.values()),
        "unpriced": len(folded) - sum(pence is not None for pence in saved.values()),
        "assets": dict(sorted(saved.items())),
    }


def _alone(due: Due, inputs: Inputs, result: Result) -> int | None:
    calendar = inputs.rules.calendar
    times = schedule(due.need_by, due.plan_by, due.policy, inputs.rules, due.override)
    year, _ = due.price.year(calendar, inputs.as_of)
    live = calendar.fy(times.live_by)
    item = Item(due.price, due.policy, due.unit.kind, due.unit.quantity, year, times.spend_fy, live)
    costing = cost(item, result.tariff)
    return None if costing is None else costing.once_pence


def _entities(inputs: Inputs, result: Result, need: Sequence[Needed]) -> list[dict[str, Any]]:
    """Who pays what of the need, by entity, line and year."""
    site = {item.bundle_id: item.lead.unit.site or "" for item, _ in result.costed}
    parts = (Part(item.line, site.get(item.bundle_id, ""), item.fy, item.entity, item.pence) for item in need)
    return [
        {
            "entity": item.entity,
            "line": item.line,
            "fy": str(item.fy),
            "scope": item.scope,
            "pence": item.pence,
        }
        for item in divide(parts, inputs.sharing)
    ]
