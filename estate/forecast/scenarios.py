"""The scenarios beside ``need`` and ``do_nothing``: what else the same estate could cost (forecast-model.md 2.9).

- ``capped``: the years that a stored plan gives each bundle (:mod:`estate.forecast.plan`).
- ``minimum_compliance``: only bundles with a unit of priority High are replaced; the rest goes on as it is.
- ``shock``: everything computed again with the long leads, dearer prices and weaker pound of ``[shock]``.
- ``freeze``: from a day on only what is committed, contracted or statutory goes ahead; the rest, if its money falls
  before the next approved financial year, slips into that year.

What goes on as it is pays today's support, as in ``do_nothing``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from estate.forecast.calendar import FinancialYear
from estate.forecast.costs import Amount
from estate.forecast.need import COMPLIANCE, CONTRACT
from estate.forecast.rules import REVENUE, priority
from estate.forecast.timing import as_scenario, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from estate.forecast.bundles import Bundle, Costed
    from estate.forecast.inputs import Inputs
    from estate.forecast.lines import Budget
    from estate.policy.policies import Policy


BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class Strand:
    """A scenario's bundles with their amounts, and what its lines ask for without assets."""

    scenario: str
    costed: tuple[Costed, ...]
    budget: tuple[Budget, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What a scenario may ask of the engine: a bundle's cost, and the whole thing computed from other inputs."""

    inputs: Inputs
    costed: Sequence[Costed]
    cost: Callable[[Iterable[Bundle]], list[Costed]]
    again: Callable[[Inputs], list[Costed]]


def strands(model: Model) -> list[Strand]:
    """Every scenario that the inputs ask for, but the two standard ones."""
    makers = {"capped": _capped, "minimum_compliance": _minimum, "shock": _shock, "freeze": _freeze}
    return [makers[name](model) for name in model.inputs.scenarios if name in makers]


def stated(inputs: Inputs) -> Iterator[str]:
    """What the scenarios that the inputs ask for assume, as sentences."""
    settings = inputs.parameters
    if "shock" in inputs.scenarios:
        leads = "".join(f", {kind} {days}" for kind, days in settings.shock_lead_days)
        yield (
            f"scenario shock: list prices {settings.shock_price_pct} % up, foreign currency {settings.shock_fx_factor} "
            f"times as dear, and deliveries in {settings.shock_other_days} days{leads}, where they do not take longer"
        )
    if "freeze" in inputs.scenarios:
        yield (
            f"scenario freeze: from {freeze_day(inputs)} only what is committed, contracted or statutory goes ahead; "
            f"the rest waits for {approved_year(inputs)}"
        )
    if "minimum_compliance" in inputs.scenarios:
        yield "scenario minimum_compliance: only bundles with a unit of priority High are replaced"
    if "capped" in inputs.scenarios:
        yield (
            f"scenario capped: the cap is on what replacing costs once; a year's delay weighs "
            f"{', '.join(f'{band} {weight}' for band, weight in settings.risk_weight)}: a stated preference"
        )


def is_high(bundle: Bundle) -> bool:
    """Whether a unit of the bundle is needed to keep services as they are (S9); a bundle is never split."""
    return any(
        priority(member.need.winner.driver, member.policy.tier, member.policy.exposure) == "High"
        for member in bundle.members
        if member.need.winner
    )


def _minimum(model: Model) -> Strand:
    name, rules = "minimum_compliance", model.inputs.rules
    made = [as_scenario(pair, pair if is_high(pair[0]) else None, name, rules) for pair in model.costed]
    return Strand(name, tuple(made), ())


# --------------------------------------------------------------------------------------------------------------- shock


def shocked(inputs: Inputs) -> Inputs:
    """The inputs with the shock's leads, prices and exchange rates; a lead that is longer already stays."""
    settings = inputs.parameters

    def lead(policy: Policy) -> int:
        return max(policy.lead_days, dict(settings.shock_lead_days).get(policy.kind or "", settings.shock_other_days))

    rise = 1 + settings.shock_price_pct / Decimal(100)
    return replace(
        inputs,
        policies=tuple(replace(policy, lead_days=lead(policy)) for policy in inputs.policies),
        prices=tuple(
            replace(price, list_price=None if price.list_price is None else price.list_price * rise)
            for price in inputs.prices
        ),
        fx=tuple(replace(row, units_per_gbp=row.units_per_gbp / settings.shock_fx_factor) for row in inputs.fx),
    )


def _shock(model: Model) -> Strand:
    rules = model.inputs.rules
    made = [as_scenario(pair, pair, "shock", rules) for pair in model.again(shocked(model.inputs))]
    return Strand("shock", tuple(made), model.inputs.budget)


# -------------------------------------------------------------------------------------------------------------- freeze


def freeze_day(inputs: Inputs) -> dt.date:
    """The day from which spending is frozen: as the run says, else the day of the forecast."""
    return inputs.parameters.freeze_from or inputs.as_of


def funded_years(inputs: Inputs) -> frozenset[FinancialYear]:
    """The financial years for which funding.csv has released and approved money."""
    rows = (row for row in inputs.funding if row.level == "released" and row.status == "approved" and row.amount)
    return frozenset(row.fy for row in rows)


def approved_year(inputs: Inputs) -> FinancialYear:
    """The first financial year after the freeze for which funding.csv has released and approved money, else the next.

    A freeze ends with a budget that was set after it.
    """
    frozen = inputs.rules.calendar.fy(freeze_day(inputs))
    return min((year for year in funded_years(inputs) if year > frozen), default=frozen + 1)


def goes_ahead(bundle: Bundle, inputs: Inputs) -> str:
    """Why a freeze does not hold a bundle up: ``committed``, ``contracted``, ``statutory``, or blank where it does.

    Committed: it is ordered before the freeze. Contracted: a lease or contract ends. Statutory: a deadline of
    decisions.csv binds.
    """
    drivers = {member.need.winner.driver for member in bundle.members if member.need.winner}
    if bundle.schedule.order_by < freeze_day(inputs):
        return "committed"
    if CONTRACT in drivers:
        return "contracted"
    return "statutory" if COMPLIANCE in drivers else ""


def _freeze(model: Model) -> Strand:
    inputs, rules = model.inputs, model.inputs.rules
    frozen, until = rules.calendar.fy(freeze_day(inputs)), approved_year(inputs)
    held = {
        pair[0].bundle_id: moved(pair[0], until, rules)
        for pair in model.costed
        if pair[0].schedule.spend_fy < until and not goes_ahead(pair[0], inputs)
    }
    late = {bundle.bundle_id: (bundle, costing) for bundle, costing in model.cost(held.values())}
    made = [as_scenario(pair, late.get(pair[0].bundle_id, pair), "freeze", rules) for pair in model.costed]
    budget = tuple(replace(row, fy=until) if frozen <= row.fy < until else row for row in inputs.budget)
    return Strand("freeze", tuple(made), budget)


# -------------------------------------------------------------------------------------------------------------- capped


def budget_id(row: Budget) -> str:
    """What a plan calls the money of a line and year that no asset stands behind."""
    return f"budget|{row.line}|{row.fy}"


def _capped(model: Model) -> Strand:
    """The stored plan applied: nothing is solved again, so a version is computed again in no time and the same."""
    years: dict[str, str] = model.inputs.attached["plan"]["years"]
    rules = model.inputs.rules
    placed = [
        moved(bundle, FinancialYear.parse(years[bundle.bundle_id]), rules)
        for bundle, _ in model.costed
        if years.get(bundle.bundle_id, BEYOND) != BEYOND
    ]
    found: dict[str, Costed] = {bundle.bundle_id: (bundle, costing) for bundle, costing in model.cost(placed)}
    for group in model.inputs.attached["plan"].get("shared", ()):
        # of a plan that was made for other units, only what is here pays
        here = sorted(name for name in group["bundles"] if name in found)
        for year in {years[name] for name in here}:
            first = next(name for name in here if years[name] == year)
            found[first] = _paying(found[first], group["pence"])
    made = [
        as_scenario(pair, found.get(pair[0].bundle_id) if pair[0].bundle_id in years else pair, "capped", rules)
        for pair in model.costed
    ]
    budget = [
        replace(row, fy=FinancialYear.parse(year))
        for row in model.inputs.budget
        if (year := years.get(budget_id(row), str(row.fy))) != BEYOND
    ]
    return Strand("capped", tuple(made), tuple(budget))


def _paying(placed: Costed, amount: int) -> Costed:
    """A bundle with a fixed cost that it shares with others of its year: in its own rows, as its other money is."""
    bundle, costing = placed
    if costing is None:
        return placed
    own = next((item for item in costing.amounts if item.scenario == "need" and item.component == "fixed"), None)
    if own is not None:
        # one component of one bundle and year is one amount: a second one would be its rows twice
        both = replace(own, pence=own.pence + amount, exact=own.exact + Decimal(amount) / 100)
        return bundle, replace(costing, amounts=tuple(both if item is own else item for item in costing.amounts))
    # capital where the bundle's own money is
    treated = next((item.cap_rev for item in costing.amounts if item.component != "support"), REVENUE)
    year, pounds = bundle.schedule.spend_fy, Decimal(amount) / 100
    shared = Amount("need", "fixed", year, treated, "SHARED_FIXED", amount, pounds)
    return bundle, replace(costing, amounts=(*costing.amounts, shared))
