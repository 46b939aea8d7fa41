"""The model as one pure function: what people decided and what is known go in, a version comes out.

Nothing here reads a file, a clock or a database; the same inputs give the same version, whatever order they come in.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

from estate.forecast.actuals import Actual
from estate.forecast.bundles import Bundle, bundle
from estate.forecast.calendar import Calendar, FinancialYear
from estate.forecast.chain import Chains
from estate.forecast.costs import Amount, Costing, Item, Tariff, cost, quantity_new
from estate.forecast.cycles import Horizon, cycles
from estate.forecast.gap_outlook import needed
from estate.forecast.header import Result, header
from estate.forecast.indices import FxRow, IndexRow, Indices
from estate.forecast.lines import Budget, Funding, Line, Site, pence
from estate.forecast.need import Rules
from estate.forecast.outlook import outlook
from estate.forecast.placed import placed
from estate.forecast.prices import Price
from estate.forecast.revenue import EQUAL
from estate.forecast.rows import Ledger, budget_rows, bundle_rows
from estate.forecast.rules import COMPONENTS
from estate.forecast.scenarios import STANDARD, Model, shocked, strands
from estate.forecast.sharing import Share
from estate.forecast.spares import Use, stocked, to_keep
from estate.forecast.split import to_pence
from estate.forecast.standing import COVERED, Book, Standing, standings
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version
from estate.forecast.worth import Worth
from estate.inventory.unit import Population
from estate.lifecycle.milestones import Match
from estate.policy.decisions import Decision
from estate.policy.policies import Policy

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
    borrowing_rate_pct: Decimal | None = None
    mrp_method: str = EQUAL
    interest_half_year: bool = True
    spares_ratio: Decimal = Decimal(0)
    risk_weight: tuple[tuple[str, int], ...] = (("high", 10), ("significant", 6), ("moderate", 4), ("low", 3))
    shock_price_pct: Decimal = Decimal(7)
    shock_fx_factor: Decimal = Decimal("1.20")
    shock_lead_days: tuple[tuple[str, int], ...] = ()
    shock_other_days: int = 300
    freeze_from: dt.date | None = None
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a forecast is made from. ``matches`` is by asset_id; a unit without one matched nothing.

    ``readings`` says when each observation that a unit cites was made; ``files`` is the SHA-256 of each file read.
    ``attached`` is what was worked out on top and stored with the version: header entries ``plan`` and ``simulation``.
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
    sharing: tuple[Share, ...] = ()
    parameters: Parameters = Parameters()
    scenarios: tuple[str, ...] = STANDARD
    readings: Mapping[int, dt.datetime] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    attached: Mapping[str, Any] = field(default_factory=dict)

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
        rows = _modelled(inputs, found or LookUps()).rows
    return [row for row in rows if row.scenario in inputs.scenarios]


def costed(inputs: Inputs) -> list[tuple[Bundle, Costing | None]]:
    """Every bundle with its amounts, before anything is split over assets: what a plan and a simulation start from."""
    with localcontext(EXACT):
        return _cost(_bundled(inputs, LookUps())[1], inputs)


def cost_bundles(bundles: Iterable[Bundle], inputs: Inputs) -> list[tuple[Bundle, Costing | None]]:
    """The amounts of bundles as they are scheduled."""
    with localcontext(EXACT):
        return _cost(bundles, inputs)


def bought_again(
    bought: Sequence[tuple[Bundle, Costing | None]], scenario: str, inputs: Inputs
) -> list[tuple[Bundle, Costing | None]]:
    """What a scenario buys a second or later time inside the horizon (:mod:`estate.forecast.cycles`)."""
    with localcontext(EXACT):
        return _repeated(bought, scenario, inputs)


def model_of(inputs: Inputs) -> tuple[list[Standing], Model]:
    """Where every unit stands, and what scenarios are made from."""
    stands, model, _ = _model(inputs, LookUps())
    return stands, model


def _model(inputs: Inputs, found: LookUps) -> tuple[list[Standing], Model, tuple[Use, ...]]:
    with localcontext(EXACT):
        stands, bundles, uses = _bundled(inputs, found)
        made = _cost(bundles, inputs)
    return stands, Model(inputs, made, lambda more: cost_bundles(more, inputs), costed), uses


def _bundled(inputs: Inputs, found: LookUps) -> tuple[list[Standing], list[Bundle], tuple[Use, ...]]:
    """Where every unit stands, what is bought together, and the spares that are used for it."""
    rules = inputs.rules
    sites = {site.site: site for site in inputs.sites}
    decided = (*placed(inputs.actuals, inputs.as_of), *inputs.decisions)
    book = Book(inputs.policies, inputs.prices, decided, sites, rules, found.policies, found.prices)
    stands = standings(inputs.population, inputs.matches, book)
    return stands, *stocked(bundle((stand.due for stand in stands if stand.due), rules), inputs.population)


@dataclass(frozen=True, slots=True)
class _Modelled:
    """Where every unit stands, what rows are made with, the bundles of the need and of all scenarios, and all rows."""

    stands: list[Standing]
    ledger: Ledger
    costed: list[tuple[Bundle, Costing | None]]
    every: list[tuple[Bundle, Costing | None]]
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
    stands, model, uses = _model(inputs, found)
    needed_bundles = [*model.costed, *_repeated(model.costed, "need", inputs)]
    rows = _rows(needed_bundles, inputs.budget, "need", ledger)
    every = list(needed_bundles)
    for strand in strands(model):
        # what is bought again in a shock is bought at its exchange rates too
        world = shocked(inputs) if strand.scenario == "shock" else inputs
        made = [*strand.costed, *_repeated(strand.costed, strand.scenario, world)]
        rows += _rows(made, strand.budget, strand.scenario, ledger)
        every += made
    return _Modelled(stands, ledger, needed_bundles, every, uses, rows)


def _rows(
    made: Sequence[tuple[Bundle, Costing | None]], budget: Sequence[Budget], scenario: str, ledger: Ledger
) -> list[FeedRow]:
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
        _tariff(inputs),
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


def _tariff(inputs: Inputs) -> Tariff:
    return Tariff(
        Indices.of(inputs.indices, inputs.fx),
        tuple(inputs.base_fy + offset for offset in range(inputs.years)),
        to_pence(inputs.parameters.de_minimis_gbp),
        inputs.parameters.irrecoverable_vat_pct,
    )


def _cost(bundles: Iterable[Bundle], inputs: Inputs) -> list[tuple[Bundle, Costing | None]]:
    """Each bundle with its costing, or None where its currency has no rate."""
    tariff = _tariff(inputs)
    calendar = inputs.rules.calendar
    made: list[tuple[Bundle, Costing | None]] = []
    for item in bundles:
        lead = item.lead
        new = quantity_new(item.quantity, lead.policy)
        what = Item(
            price=lead.price,
            policy=lead.policy,
            kind=lead.unit.kind,
            quantity_old=item.quantity,
            price_fy=lead.price.year(calendar, inputs.as_of)[0],
            spend_fy=item.schedule.spend_fy,
            live_fy=calendar.fy(item.schedule.live_by),
            leased=lead.unit.tenure == "leased",
            from_stock=item.from_stock,
            to_stock=to_keep(new, inputs.parameters.spares_ratio) if item.generation == 1 else 0,
        )
        made.append((item, cost(what, tariff)))
    return made


def _repeated(
    bought: Sequence[tuple[Bundle, Costing | None]], scenario: str, inputs: Inputs
) -> list[tuple[Bundle, Costing | None]]:
    """The later generations of what a scenario buys; their support is already paid as that of the first."""
    sites = {site.site: site for site in inputs.sites}
    horizon = Horizon(inputs.base_fy, inputs.base_fy + (inputs.years - 1), sites)
    first = [(item, costing.quantity_new) for item, costing in bought if costing and _buys(costing, scenario)]
    return [
        (item, costing and replace(costing, amounts=tuple(_once(costing, scenario))))
        for item, costing in _cost(cycles(first, horizon, inputs.rules), inputs)
    ]


def _buys(costing: Costing, scenario: str) -> bool:
    return any(part.component != "support" and part.scenario == scenario for part in costing.amounts)


def _once(costing: Costing, scenario: str) -> Iterator[Amount]:
    return (replace(part, scenario=scenario) for part in costing.amounts if part.component != "support")


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
    stands: list[Standing], costed: Sequence[tuple[Bundle, Costing | None]], population: Population
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
    costed: Sequence[tuple[Bundle, Costing | None]],
    rows: list[FeedRow],
    readings: Mapping[int, dt.datetime],
    worth: Worth,
) -> list[CostedUnit]:
    by_asset: dict[str, list[FeedRow]] = defaultdict(list)
    for row in rows:
        by_asset[row.asset_id].append(row)
    chains = Chains(readings)
    where: dict[str, dict[str, Any]] = {}
    for item, costing in costed:
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
