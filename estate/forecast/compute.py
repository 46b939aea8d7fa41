"""The model as one pure function: what people decided and what is known go in, a version comes out.

Nothing here reads a file, a clock or a database; the same inputs give the same version, whatever order they come in.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from estate.forecast.actuals import Actual
from estate.forecast.bundles import Bundle, bundle
from estate.forecast.calendar import Calendar, FinancialYear
from estate.forecast.chain import chain
from estate.forecast.costs import Costing, Item, Tariff, cost
from estate.forecast.header import Result, header
from estate.forecast.indices import FxRow, IndexRow, Indices
from estate.forecast.lines import Budget, Funding, Line, Site, pence
from estate.forecast.need import Rules
from estate.forecast.placed import placed
from estate.forecast.prices import Price
from estate.forecast.rows import Ledger, budget_rows, bundle_rows
from estate.forecast.rules import COMPONENTS
from estate.forecast.split import to_pence
from estate.forecast.standing import COVERED, Book, Standing, standings
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version
from estate.inventory.unit import Population
from estate.lifecycle.milestones import Match
from estate.policy.decisions import Decision
from estate.policy.policies import Policy

SCENARIOS = ("need", "do_nothing")
# The precision in which amounts are carried until their one rounding (2.14 asks for 28 or more).
EXACT = Context(prec=40, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The keys of estate.toml that the model uses (section 4), and the release of estate."""

    entity: str = "Council"
    fiscal_year_start: str = "04-01"
    de_minimis_gbp: Decimal = Decimal(10_000)
    key_decision_gbp: Decimal = Decimal(500_000)
    cyber_essentials: bool = True
    irrecoverable_vat_pct: Decimal = Decimal(0)
    max_pull_forward: int = 0
    price_stale_months: int = 18
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a forecast is made from. ``matches`` is by asset_id; a unit without one matched nothing.

    ``readings`` says when each observation that a unit cites was made; ``files`` is the SHA-256 of each file read.
    """

    as_of: dt.date
    base_fy: FinancialYear
    years: int
    population: Population
    policies: tuple[Policy, ...]
    matches: Mapping[str, Match] = field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    indices: tuple[IndexRow, ...] = ()
    fx: tuple[FxRow, ...] = ()
    lines: tuple[Line, ...] = ()
    budget: tuple[Budget, ...] = ()
    funding: tuple[Funding, ...] = ()
    sites: tuple[Site, ...] = ()
    decisions: tuple[Decision, ...] = ()
    actuals: tuple[Actual, ...] = ()
    parameters: Parameters = Parameters()
    scenarios: tuple[str, ...] = SCENARIOS
    readings: Mapping[int, dt.datetime] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """What holds for every unit."""
        settings = self.parameters
        calendar = Calendar.starting(settings.fiscal_year_start)
        return Rules(self.as_of, calendar, settings.cyber_essentials, settings.max_pull_forward)


@dataclass(slots=True)
class LookUps:
    """Policy and price rows by product, remembered between runs over the same two files."""

    policies: dict[tuple[str | None, ...], Policy | None] = field(default_factory=dict)
    prices: dict[tuple[str | None, ...], Price | None] = field(default_factory=dict)


def compute(inputs: Inputs) -> Version:
    """The forecast of these inputs, as a version without an id."""
    with localcontext(EXACT):
        return _compute(inputs)


def money(inputs: Inputs, found: LookUps | None = None) -> list[FeedRow]:
    """The atomic rows of these inputs and nothing else, in no order: what a bridge asks for again and again."""
    with localcontext(EXACT):
        return _model(inputs, found or LookUps())[3]


def _model(
    inputs: Inputs, found: LookUps
) -> tuple[list[Standing], Ledger, list[tuple[Bundle, Costing | None]], list[FeedRow]]:
    """Where every unit stands, what rows are made with, the costed bundles, and the rows."""
    rules = inputs.rules
    sites = {site.site: site for site in inputs.sites}
    decided = (*placed(inputs.actuals, inputs.as_of), *inputs.decisions)
    book = Book(inputs.policies, inputs.prices, decided, sites, rules, found.policies, found.prices)
    stands = standings(inputs.population, inputs.matches, book)
    ledger = Ledger(
        {line.line: line for line in inputs.lines},
        sites,
        inputs.parameters.entity,
        inputs.base_fy,
        inputs.years,
        inputs.parameters.price_stale_months,
        rules,
    )
    bundles = bundle((stand.due for stand in stands if stand.due), rules)
    costed = _cost(bundles, inputs)
    rows = [row for item, costing in costed if costing for row in bundle_rows(item, costing, ledger)]
    rows += budget_rows(inputs.budget, {item.lead.line for item in bundles}, ledger)
    return stands, ledger, costed, [row for row in rows if row.scenario in inputs.scenarios]


def _compute(inputs: Inputs) -> Version:
    stands, ledger, costed, rows = _model(inputs, LookUps())
    rows = _arranged(rows, inputs.scenarios)
    result = Result(inputs.population, tuple(stands), tuple(costed), tuple(rows), Indices.of(inputs.indices, inputs.fx))
    return Version(
        as_of=inputs.as_of,
        base_fy=inputs.base_fy,
        years=inputs.years,
        entity=inputs.parameters.entity,
        rows=tuple(rows),
        funding=tuple(_funding(row) for row in inputs.funding),
        exceptions=tuple(_exceptions(stands, costed, inputs.population)),
        units=tuple(_units(stands, costed, rows, inputs.readings)),
        inputs=dict(inputs.files),
        header=header(inputs, result, ledger),
    )


def _cost(bundles: list[Bundle], inputs: Inputs) -> list[tuple[Bundle, Costing | None]]:
    """Each bundle with its costing, or None where its currency has no rate."""
    tariff = Tariff(
        Indices.of(inputs.indices, inputs.fx),
        tuple(inputs.base_fy + offset for offset in range(inputs.years)),
        to_pence(inputs.parameters.de_minimis_gbp),
        inputs.parameters.irrecoverable_vat_pct,
    )
    calendar = inputs.rules.calendar
    made: list[tuple[Bundle, Costing | None]] = []
    for item in bundles:
        lead = item.lead
        what = Item(
            price=lead.price,
            policy=lead.policy,
            kind=lead.unit.kind,
            quantity_old=item.quantity,
            price_fy=lead.price.year(calendar, inputs.as_of)[0],
            spend_fy=item.schedule.spend_fy,
            live_fy=calendar.fy(item.schedule.live_by),
            leased=lead.unit.tenure == "leased",
        )
        made.append((item, cost(what, tariff)))
    return made


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


def _exceptions(
    stands: list[Standing], costed: list[tuple[Bundle, Costing | None]], population: Population
) -> list[Unquantified]:
    """What has no money, and why, by asset; then what is in conflict."""
    found = [
        Unquantified(stand.unit.asset_id, stand.reason, stand.detail)
        for stand in stands
        if stand.reason and stand.standing != COVERED
    ]
    for item, costing in costed:
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
    costed: list[tuple[Bundle, Costing | None]],
    rows: list[FeedRow],
    readings: Mapping[int, dt.datetime],
) -> list[CostedUnit]:
    by_asset: dict[str, list[FeedRow]] = defaultdict(list)
    for row in rows:
        by_asset[row.asset_id].append(row)
    where = {member.unit.asset_id: pair for pair in costed for member in pair[0].members}
    made = []
    for stand in stands:
        asset_id = stand.unit.asset_id
        # a duplicate that is excluded has the name of the unit that is counted, and none of its money
        item, costing = where.get(asset_id, (None, None)) if stand.due else (None, None)
        links = chain(stand, item, costing, by_asset[asset_id] if stand.due else (), readings)
        made.append(CostedUnit(asset_id, stand.standing, stand.reason, links))
    return made
