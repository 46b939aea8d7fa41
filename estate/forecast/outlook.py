"""What follows from a forecast's rows and units: debt, funding gap, revenue consequences, waiting, who shares it.

The keys of the header that this makes are described in :mod:`estate.forecast.version`. Everything is plain JSON.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from estate.forecast import debt
from estate.forecast.actuals import Actual, spent
from estate.forecast.borrowing import consequences
from estate.forecast.calendar import FinancialYear
from estate.forecast.costs import Item, cost
from estate.forecast.gap import cells, envelopes, events, lost_grants, overspent, totals, unbalanced
from estate.forecast.need import schedule
from estate.forecast.sharing import Part, divide
from estate.forecast.standing import IN_SCOPE
from estate.forecast.waiting import payback_years, saving, wait, yearly_support

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from estate.forecast.bundles import Due
    from estate.forecast.compute import Inputs
    from estate.forecast.costs import Costing
    from estate.forecast.header import Result
    from estate.forecast.version import CostedUnit, FeedRow

MILESTONE_YEAR = 2  # the core is up to specification by the end of Year 2 (S11)


def outlook(inputs: Inputs, result: Result, units: Sequence[CostedUnit]) -> dict[str, Any]:
    """The header's keys that finance reads beside the totals."""
    held = debt.positions(unit.chain for unit in units)
    need = needed(result.rows)
    return {
        "pace": _pace(inputs, need),
        "debt": debt_header(held, inputs),
        "steady_state": _steady_state(held, inputs),
        "gap": _gap(inputs, result, need),
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


def year_ends(inputs: Inputs) -> list[tuple[str, dt.date]]:
    """The years of the horizon, each with its last day."""
    calendar = inputs.rules.calendar
    years = [inputs.base_fy + offset for offset in range(inputs.years)]
    return [(str(year), calendar.first_day(year + 1) - dt.timedelta(days=1)) for year in years]


@dataclass(frozen=True, slots=True)
class Needed:
    """What the rows of scenario ``need`` come to for one bundle, line, year and entity, by pace."""

    line: str
    fy: FinancialYear
    bundle_id: str
    entity: str
    pace: str
    pence: int


def needed(rows: Iterable[FeedRow]) -> list[Needed]:
    """The rows of scenario ``need``, added up once for all that is made of them below."""
    found: dict[tuple[str, int, str, str, str], int] = defaultdict(int)
    for row in rows:
        if row.scenario == "need":
            key = (row.line_code, row.fy.start, row.bundle_id, row.entity, row.catch_up_keep_pace)
            found[key] += row.amount_pence
    return [
        Needed(line, FinancialYear(start), name, entity, pace, pence)
        for (line, start, name, entity, pace), pence in sorted(found.items())
    ]


def _pace(inputs: Inputs, need: Sequence[Needed]) -> dict[str, dict[str, int]]:
    """Catch-up and keep-pace by year; together they are the need, to the penny (S19)."""
    found = {year: {"catch_up": 0, "keep_pace": 0} for year, _ in year_ends(inputs)}
    for item in need:
        found[str(item.fy)][item.pace] += item.pence
    return found


# ---------------------------------------------------------------------------------------------------------------- debt


def debt_header(held: Sequence[debt.Position], inputs: Inputs) -> dict[str, Any]:
    """The stock on the day of the forecast, its bands, and the path to the end of each year."""
    day = inputs.as_of
    whole, now = debt.sum_of(held), debt.stock(held, day)
    return {
        "at": str(day),
        **now.record,
        "undated": sum(item.quantity for item in held if item.need_by is None),
        "grc_pence": whole.pence,
        "grc_unpriced": whole.unpriced,
        "tdi_pct": debt.per_cent_of(now.pence, whole.pence),
        "bands": {name: cell.record for name, cell in debt.bands(held, day).items()},
        "coming": debt.coming(held, day).record,
        "path": [_year_end(held, year, end, whole.pence) for year, end in year_ends(inputs)],
        "milestone": milestone(held, inputs),
        "received": sorted({row.serial for row in inputs.actuals if row.serial and row.kind == "received"}),
    }


def _year_end(held: Sequence[debt.Position], year: str, end: dt.date, grc: int) -> dict[str, Any]:
    nothing = debt.sum_of(debt.left_on(held, end))
    replaced = debt.sum_of(debt.left_on(held, end, lambda item: item.live_by))
    past = debt.past_security(held, end)
    unknown = sum(item.quantity for item in held if item.security is None)
    return {
        "fy": year,
        "at": str(end),
        "do_nothing": {**nothing.record, "tdi_pct": debt.per_cent_of(nothing.pence, grc)},
        "need": {**replaced.record, "tdi_pct": debt.per_cent_of(replaced.pence, grc)},
        "past_security": past.record,
        "security_unknown": unknown,
        "certifiable": False if past.units else None if unknown else True,
    }


def milestone(held: Sequence[debt.Position], inputs: Inputs) -> dict[str, Any]:
    """Whether nothing of tier core is in debt at the end of Year 2, as the need plans it, and what is left if not."""
    year = inputs.base_fy + MILESTONE_YEAR
    end = inputs.rules.calendar.first_day(year + 1) - dt.timedelta(days=1)
    core = [item for item in held if item.tier == debt.CORE]
    left = debt.sum_of(debt.left_on(core, end, lambda item: item.live_by))
    idle = debt.sum_of(debt.left_on(core, end))
    return {
        "name": "core and data-centre debt is nil",
        "by": str(end),
        "passes": left.units == 0,
        "residual": left.record,
        "do_nothing": idle.record,
    }


def _steady_state(held: Sequence[debt.Position], inputs: Inputs) -> dict[str, Any]:
    classes = debt.steady_state(held)
    used, unknown = debt.consumption(held, inputs.as_of)
    return {
        "pence": sum(item.pence or 0 for item in classes),
        "classes": [
            {"policy": item.policy, "grc_pence": item.grc, "life_years": item.life, "pence": item.pence}
            for item in classes
        ],
        "no_life_pence": sum(item.grc for item in classes if item.life is None),
        "consumption_pct": None if used is None else debt.per_cent_of(used, 1),
        "consumption_unknown": unknown,
    }


# ----------------------------------------------------------------------------------------------------------------- gap


def _gap(inputs: Inputs, result: Result, need: Sequence[Needed]) -> dict[str, Any]:
    by_line: Counter[tuple[str, FinancialYear]] = Counter()
    for item in need:
        by_line[item.line, item.fy] += item.pence
    found = cells(by_line, inputs.funding, spent(inputs.actuals, _line_of(result)))
    whole = totals(found)
    return {
        "cells": [cell.record for cell in found],
        "total": [cell.record for cell in whole],
        "funded_pct": {str(cell.fy): debt.per_cent_of(cell.released, cell.need) for cell in whole},
        "envelopes": [
            {
                "decision": item.decision,
                "pence": item.pence,
                "years": [str(year) for year in item.years],
                "released_pence": item.released,
                "includes_year1": item.includes_year1,
                "remaining_pence": item.remaining,
                "open_years": [str(year) for year in item.open_years],
                "mean_pence": item.mean,
            }
            for item in envelopes(inputs.funding)
        ],
        "events": [
            {
                "kind": item.kind,
                "decision": item.decision,
                "pence": item.pence,
                "from_line": item.from_line,
                "from_fy": str(item.from_fy),
                "to_line": item.to_line,
                "to_fy": str(item.to_fy),
            }
            for item in events(inputs.funding)
        ],
        "unbalanced": [row.place for row in unbalanced(inputs.funding)],
        "overspent": [
            {"line": item.line, "fy": str(item.fy), "spent_pence": item.spent, "released_pence": item.released}
            for item in (overspent(found) if inputs.funding else ())
        ],
        "lost_grants": {str(year): pence for year, pence in lost_grants(found).items()},
    }


def _line_of(result: Result) -> Any:
    """Which line pays for a row of actuals.csv: its own, else that of the unit or bundle that it names."""
    of_bundle = {item.bundle_id: item.lead.line for item, _ in result.costed}
    of_serial = {
        (member.unit.serial or "").casefold(): item.lead.line for item, _ in result.costed for member in item.members
    }
    for stand in result.stands:
        if stand.policy and stand.unit.serial:
            of_serial.setdefault(stand.unit.serial.casefold(), stand.policy.line or "")

    def line(row: Actual) -> str:
        if row.line:
            return row.line
        return of_serial.get(row.serial.casefold(), "") if row.serial else of_bundle.get(row.bundle or "", "")

    return line


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
