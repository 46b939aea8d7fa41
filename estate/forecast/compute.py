"""The model as one pure function: what people decided and what is known go in, a version comes out.

Nothing here reads a file, a clock or a database; the same inputs give the same version, whatever order they come in.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import localcontext
from typing import Any

from estate.forecast.bundles import Costed
from estate.forecast.chain import Chains
from estate.forecast.costs import EXACT
from estate.forecast.gap_outlook import needed
from estate.forecast.header import header
from estate.forecast.indices import Indices
from estate.forecast.inputs import Inputs
from estate.forecast.lines import Budget, Funding, pence
from estate.forecast.outlook import outlook
from estate.forecast.purchases import LookUps, bought_again, model_of, tariff_of
from estate.forecast.result import Result
from estate.forecast.rows import Ledger, budget_rows, bundle_rows
from estate.forecast.rules import COMPONENTS
from estate.forecast.scenarios import shocked, strands
from estate.forecast.spares import Use
from estate.forecast.standing import COVERED, Standing
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version
from estate.forecast.worth import Worth
from estate.inventory.unit import Population


def compute(inputs: Inputs) -> Version:
    """The forecast of these inputs, as a version without an id."""
    with localcontext(EXACT):
        return _compute(inputs)


def money(inputs: Inputs, found: LookUps | None = None) -> list[FeedRow]:
    """The atomic rows of these inputs and nothing else, in no order: what a bridge asks for again and again."""
    with localcontext(EXACT):
        rows = _modelled(inputs, found or LookUps()).rows
    return [row for row in rows if row.scenario in inputs.scenarios]


@dataclass(frozen=True, slots=True)
class _Modelled:
    """Where every unit stands, what rows are made with, the bundles of the need and of all scenarios, and all rows."""

    stands: list[Standing]
    ledger: Ledger
    costed: list[Costed]
    every: list[Costed]
    uses: tuple[Use, ...]
    rows: list[FeedRow]


def _modelled(inputs: Inputs, found: LookUps) -> _Modelled:
    ledger = Ledger(
        {line.line: line for line in inputs.lines},
        {site.site: site for site in inputs.sites},
        inputs.parameters.entity,
        inputs.base_fy,
        inputs.years,
        inputs.parameters.price_stale_months,
        inputs.rules,
    )
    stands, model, uses = model_of(inputs, found)
    needed_bundles = [*model.costed, *bought_again(model.costed, "need", inputs)]
    rows = _rows(needed_bundles, inputs.budget, "need", ledger)
    every = list(needed_bundles)
    for strand in strands(model):
        # what is bought again in a shock is bought at its exchange rates too
        world = shocked(inputs) if strand.scenario == "shock" else inputs
        made = [*strand.costed, *bought_again(strand.costed, strand.scenario, world)]
        rows += _rows(made, strand.budget, strand.scenario, ledger)
        every += made
    return _Modelled(stands, ledger, needed_bundles, every, uses, rows)


def _rows(made: Sequence[Costed], budget: Sequence[Budget], scenario: str, ledger: Ledger) -> list[FeedRow]:
    rows = [row for item, costing in made if costing for row in bundle_rows(item, costing, ledger)]
    lines = {item.lead.line for item, _ in made}
    return rows + [replace(row, scenario=scenario) for row in budget_rows(budget, lines, ledger)]


def _compute(inputs: Inputs) -> Version:
    model = _modelled(inputs, LookUps())
    stands, ledger, bought = model.stands, model.ledger, model.costed
    need = needed(model.rows)
    rows = _arranged([row for row in model.rows if row.scenario in inputs.scenarios], inputs.scenarios)
    indices = Indices.of(inputs.indices, inputs.fx)
    worth = Worth(indices, inputs.rules.calendar, inputs.as_of, inputs.base_fy)
    units = _units(stands, bought, rows, inputs.readings, worth)
    result = Result(
        inputs.population,
        tuple(stands),
        tuple(bought),
        tuple(rows),
        worth,
        tariff_of(inputs),
        tuple(model.every),
        model.uses,
    )
    return Version(
        as_of=inputs.as_of,
        base_fy=inputs.base_fy,
        years=inputs.years,
        entity=inputs.parameters.entity,
        rows=tuple(rows),
        funding=tuple(_funding(row) for row in inputs.funding),
        exceptions=tuple(_exceptions(stands, bought, inputs.population)),
        units=tuple(units),
        inputs=dict(inputs.files),
        header=header(inputs, result, ledger, outlook(inputs, result, units, need)),
    )


def _arranged(rows: list[FeedRow], scenarios: tuple[str, ...]) -> list[FeedRow]:
    """Rows in the order of the feed: scenario, line, year, bundle, asset, component."""
    return sorted(
        rows,
        key=lambda row: (
            scenarios.index(row.scenario),
            row.line_code,
            row.fy,
            row.bundle_id,
            row.asset_id,
            COMPONENTS.index(row.component),
            row.source_ref,
        ),
    )


def _funding(row: Funding) -> FundingRow:
    return FundingRow(row.line, row.fy, row.source, row.status, row.level, pence(row.amount), row.decision)


def _exceptions(stands: list[Standing], bought: Sequence[Costed], population: Population) -> list[Unquantified]:
    """What has no money, and why, by asset; then what is in conflict."""
    found = [
        Unquantified(stand.unit.asset_id, stand.reason, stand.detail)
        for stand in stands
        if stand.reason and stand.standing != COVERED
    ]
    for item, costing in bought:
        if costing is None:
            currency = item.lead.price.currency
            detail = f"{item.lead.price.place} is in {currency}, for which fx.csv has no rate"
            found += [Unquantified(member.unit.asset_id, "no_rate", detail) for member in item.members]
    found.sort(key=lambda item: (item.asset_id, item.reason))
    found += [
        Unquantified(asset_id, "conflict", f"{conflict.reason}; {conflict.settle}")
        for conflict in population.conflicts
        for asset_id in conflict.asset_ids
    ]
    return found


def _units(
    stands: list[Standing],
    bought: Sequence[Costed],
    rows: list[FeedRow],
    readings: Mapping[int, dt.datetime],
    worth: Worth,
) -> list[CostedUnit]:
    by_asset: dict[str, list[FeedRow]] = defaultdict(list)
    for row in rows:
        by_asset[row.asset_id].append(row)
    chains = Chains(readings)
    where: dict[str, dict[str, Any]] = {}
    for item, costing in bought:
        if item.generation == 1:
            where |= dict.fromkeys((member.unit.asset_id for member in item.members), chains.links(item, costing))
    made = []
    for stand in stands:
        asset_id = stand.unit.asset_id
        # a duplicate that is excluded has the name of the unit that is counted, and none of its money
        shared = where.get(asset_id) if stand.due else None
        whole = chains.chain(stand, shared, by_asset[asset_id] if stand.due else (), worth.of(stand))
        made.append(CostedUnit(asset_id, stand.standing, stand.reason, whole))
    return made
