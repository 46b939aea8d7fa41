"""What is bought together, and what each bundle costs, before anything is split over assets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import localcontext

from estate.forecast.bundles import Bundle, Costed, bundle
from estate.forecast.costs import EXACT, Amount, Costing, Item, Tariff, cost, quantity_new
from estate.forecast.cycles import Horizon, cycles
from estate.forecast.indices import Indices
from estate.forecast.inputs import Inputs
from estate.forecast.placed import placed
from estate.forecast.prices import Price
from estate.forecast.scenarios import Model
from estate.forecast.spares import Use, stocked, to_keep
from estate.forecast.split import to_pence
from estate.forecast.standing import Book, Standing, standings
from estate.policy.policies import Policy


@dataclass(slots=True)
class LookUps:
    """Policy and price rows by product, remembered between runs over the same two files."""

    policies: dict[tuple[str | None, ...], Policy | None] = field(default_factory=dict)
    prices: dict[tuple[str | None, ...], Price | None] = field(default_factory=dict)


def model_of(inputs: Inputs, found: LookUps | None = None) -> tuple[list[Standing], Model, tuple[Use, ...]]:
    """Where every unit stands, what scenarios are made from, and the spares that are used."""
    with localcontext(EXACT):
        stands, bundles, uses = _bundled(inputs, found or LookUps())
        made = _cost(bundles, inputs)
    return stands, Model(inputs, made, lambda more: cost_bundles(more, inputs), costed), uses


def costed(inputs: Inputs) -> list[Costed]:
    """Every bundle with its amounts, before anything is split over assets: what a plan and a simulation start from."""
    with localcontext(EXACT):
        return _cost(_bundled(inputs, LookUps())[1], inputs)


def cost_bundles(bundles: Iterable[Bundle], inputs: Inputs) -> list[Costed]:
    """The amounts of bundles as they are scheduled."""
    with localcontext(EXACT):
        return _cost(bundles, inputs)


def tariff_of(inputs: Inputs) -> Tariff:
    """What holds for the cost of every bundle of these inputs."""
    return Tariff(
        Indices.of(inputs.indices, inputs.fx),
        tuple(inputs.base_fy + offset for offset in range(inputs.years)),
        to_pence(inputs.parameters.de_minimis_gbp),
        inputs.parameters.irrecoverable_vat_pct,
    )


def _cost(bundles: Iterable[Bundle], inputs: Inputs) -> list[Costed]:
    """Each bundle with its costing, or None where its currency has no rate."""
    tariff = tariff_of(inputs)
    calendar = inputs.rules.calendar
    made: list[Costed] = []
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


def bought_again(bought: Sequence[Costed], scenario: str, inputs: Inputs) -> list[Costed]:
    """What a scenario buys a second or later time inside the horizon (:mod:`estate.forecast.cycles`).

    Its support is already paid as that of the first.
    """
    sites = {site.site: site for site in inputs.sites}
    horizon = Horizon(inputs.base_fy, inputs.base_fy + (inputs.years - 1), sites)
    first = [(item, costing.quantity_new) for item, costing in bought if costing and _buys(costing, scenario)]
    with localcontext(EXACT):
        made = _cost(cycles(first, horizon, inputs.rules), inputs)
    return [(item, costing and replace(costing, amounts=tuple(_once(costing, scenario)))) for item, costing in made]


def _buys(costing: Costing, scenario: str) -> bool:
    return any(part.component != "support" and part.scenario == scenario for part in costing.amounts)


def _once(costing: Costing, scenario: str) -> Iterator[Amount]:
    return (replace(part, scenario=scenario) for part in costing.amounts if part.component != "support")


def _bundled(inputs: Inputs, found: LookUps) -> tuple[list[Standing], list[Bundle], tuple[Use, ...]]:
    """Where every unit stands, what is bought together, and the spares that are used for it."""
    rules = inputs.rules
    sites = {site.site: site for site in inputs.sites}
    decided = (*placed(inputs.actuals, inputs.as_of), *inputs.decisions)
    book = Book(inputs.policies, inputs.prices, decided, sites, rules, found.policies, found.prices)
    stands = standings(inputs.population, inputs.matches, book)
    return stands, *stocked(bundle((stand.due for stand in stands if stand.due), rules), inputs.population)
