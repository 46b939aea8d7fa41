"""A forecast and a council's limits as the whole numbers that a plan is made of.

What is planned: every bundle whose money falls inside the years of the forecast, and the lines of budget.csv that no
asset stands behind. The cap is on what a bundle costs once; support is paid every year, planned or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.errors import UsageError
from estate.forecast.indices import Indices
from estate.forecast.lines import pence
from estate.forecast.need import AGE, COMPLIANCE, SECURITY, SUPPORT
from estate.forecast.plan import Item, Problem, Shared, broken_names
from estate.forecast.purchases import cost_bundles, costed
from estate.forecast.scenarios import budget_id, is_high
from estate.forecast.timing import as_scenario, earliest_year, moved, once_pence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from estate.forecast.bundles import Bundle, Costed, Due
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.costs import Costing
    from estate.forecast.inputs import Inputs
    from estate.forecast.lines import Budget

# The social time preference rate of the Green Book, in real terms.
DISCOUNT_PCT = Decimal("3.5")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """A council's limits. ``caps`` has the pence of each year, or is None: what funding.csv has released.

    ``pull_forward`` is by how many years a bundle may be done before it is due; ``by`` the last year of a bundle by
    id, as text; the rest is as in :class:`estate.forecast.plan.Problem`.
    """

    caps: Mapping[FinancialYear, int] | None
    carry: bool = False
    carry_limit: int | None = None
    capacity: Mapping[FinancialYear, int] | None = None
    pull_forward: int = 1
    mandatory: frozenset[str] = frozenset()
    by: Mapping[str, FinancialYear] | None = None
    before: tuple[tuple[str, str], ...] = ()
    together: tuple[frozenset[str], ...] = ()
    shared: tuple[Shared, ...] = ()
    low_after_high: bool = True
    nodes: int | None = None


def problem_of(inputs: Inputs, terms: Terms) -> Problem:
    """The bundles of these inputs as whole numbers, and the limits.

    Raises:
        UsageError: as in :func:`make_plan`.
    """
    years = years_of(inputs)
    caps = released(inputs) if terms.caps is None else terms.caps
    if missing := [str(year) for year in years if year not in caps]:
        raise UsageError(f"no cap is given for {', '.join(missing)}: --cap {missing[0]}=AMOUNT, 0 for a year without")
    if terms.capacity is not None and (gone := [str(year) for year in years if year not in terms.capacity]):
        raise UsageError(f"no capacity is given for {', '.join(gone)}: --capacity {gone[0]}=DAYS")
    problem = Problem(
        items=tuple(sorted(_items(inputs, terms), key=lambda item: item.id)),
        caps=tuple(caps[year] for year in years),
        carry=terms.carry,
        carry_limit=terms.carry_limit,
        capacity=None if terms.capacity is None else tuple(terms.capacity[year] for year in years),
        before=terms.before,
        together=terms.together,
        shared=terms.shared,
        low_after_high=terms.low_after_high,
    )
    if lines := sorted(name for group in terms.shared for name in group.members if name in _line_ids(inputs)):
        raise UsageError(f"{', '.join(lines)} is a line without assets: only bundles share a fixed cost")
    named = {*terms.mandatory, *(terms.by or {})} - problem.by_id.keys()
    if unknown := sorted({*broken_names(problem), *named}):
        raise UsageError(
            f"no bundle {', '.join(unknown)} is in these years: 'estate forecast plan' names those there are"
        )
    return problem


def _line_ids(inputs: Inputs) -> set[str]:
    return {budget_id(row) for row in inputs.budget}


def released(inputs: Inputs) -> dict[FinancialYear, int]:
    """What funding.csv has approved and released in each year, all lines and sources together; 0 where nothing is."""
    found = dict.fromkeys(years_of(inputs), 0)
    for row in inputs.funding:
        if row.level == "released" and row.status == "approved" and row.fy in found:
            found[row.fy] += pence(row.amount)
    return found


def years_of(inputs: Inputs) -> list[FinancialYear]:
    """The financial years of the forecast."""
    return [inputs.base_fy + offset for offset in range(inputs.years)]


def _items(inputs: Inputs, terms: Terms) -> Iterator[Item]:
    weights = _weights(inputs)
    everything = costed(inputs)
    needed = [
        (bundle, costing)
        for bundle, costing in everything
        if costing and 0 <= bundle.schedule.spend_fy - inputs.base_fy < inputs.years
    ]
    windows = [[moved(bundle, year, inputs.rules) for year in _window(bundle, inputs, terms)] for bundle, _ in needed]
    placed = iter(cost_bundles([bundle for window in windows for bundle in window], inputs))
    for pair, window in zip(needed, windows, strict=True):
        yield _item(pair, [next(placed) for _ in window], inputs, terms, weights)
    # as in the rows: a line on which assets stand is not asked for, though they be due after the horizon
    lines = {bundle.lead.line for bundle, _ in everything}
    for row in inputs.budget:
        if pence(row.amount) > 0 and row.line not in lines and 0 <= row.fy - inputs.base_fy < inputs.years:
            yield _budget(row, inputs, terms, weights)


def _window(bundle: Bundle, inputs: Inputs, terms: Terms) -> list[FinancialYear]:
    """The years in which a bundle may be done.

    Not before it can come, nor long before it is due; not where its site has closed when it would be live; and not
    after the end that the law or the council sets.
    """
    due = bundle.schedule.spend_fy
    first = due if bundle.lead.override else max(due + -terms.pull_forward, earliest_year(bundle, inputs.rules))
    last = (terms.by or {}).get(bundle.bundle_id, inputs.base_fy + (inputs.years - 1))
    if _statutory(bundle):
        last = min(last, due)
    closes = next((site.closes_on for site in inputs.sites if site.site == bundle.lead.unit.site), None)
    return [
        year
        for year in years_of(inputs)
        if min(first, due) <= year <= last
        and (closes is None or year <= due or moved(bundle, year, inputs.rules).schedule.live_by <= closes)
    ]


def _item(
    pair: tuple[Bundle, Costing],
    placed: Sequence[Costed],
    inputs: Inputs,
    terms: Terms,
    weights: Sequence[int],
) -> Item:
    bundle = pair[0]
    base, rules = inputs.base_fy, inputs.rules
    cost, value = [0] * inputs.years, [0] * inputs.years
    cost[bundle.schedule.spend_fy - base] = once_pence(pair[1])
    for late in placed:
        if late[1] is not None:
            year = late[0].schedule.spend_fy - base
            cost[year] = once_pence(late[1])
            value[year] = _value(as_scenario(pair, late, "capped", rules)[1], inputs, weights)
    window = [late[0].schedule.spend_fy - base for late in placed] or [inputs.years]
    return Item(
        id=bundle.bundle_id,
        cost=tuple(cost),
        value=(*value, _value(as_scenario(pair, None, "capped", rules)[1], inputs, weights)),
        due=bundle.schedule.spend_fy - base,
        risk=sum(member.unit.quantity * _risk(member, inputs) for member in bundle.members),
        earliest=window[0],
        latest=window[-1],
        mandatory=_statutory(bundle) or bundle.bundle_id in terms.mandatory,
        days=bundle.lead.policy.install_days,
        priority="High" if is_high(bundle) else "Medium",
    )


def _budget(row: Budget, inputs: Inputs, terms: Terms, weights: Sequence[int]) -> Item:
    """A line without assets: S9's Low, the same money whenever it is spent, not before the year that asks for it."""
    due, amount, name = row.fy - inputs.base_fy, pence(row.amount), budget_id(row)
    last = (terms.by or {}).get(name)
    return Item(
        id=name,
        cost=(amount,) * inputs.years,
        value=(*(_rounded(amount * weight) for weight in weights), 0),
        due=due,
        risk=dict(inputs.parameters.risk_weight)["low"],
        earliest=due,
        latest=last - inputs.base_fy if last else inputs.years - 1,
        mandatory=name in terms.mandatory,
        priority="Low",
    )


def _statutory(bundle: Bundle) -> bool:
    return any(member.need.winner.driver == COMPLIANCE for member in bundle.members if member.need.winner)


def late_band(member: Due) -> str:
    """The band in which a unit will stand when it is late (2.8): what its delay weighs.

    High: vendor support has ended, and it is core or faces the internet; significant: it has ended elsewhere;
    moderate: a contract, lease or deadline has passed; low: it is only old.
    """
    driver = member.need.winner.driver if member.need.winner else ""
    if driver in {SECURITY, SUPPORT}:
        exposed = member.policy.tier == "core" or member.policy.exposure == "internet"
        return "high" if exposed else "significant"
    return "low" if driver == AGE else "moderate"


def _risk(member: Due, inputs: Inputs) -> int:
    return dict(inputs.parameters.risk_weight)[late_band(member)]


def _weights(inputs: Inputs) -> list[int]:
    """What a penny of each year is worth today, in millionths: without general inflation, discounted in real terms."""
    indices = Indices.of(inputs.indices, inputs.fx)
    return [
        round(
            MILLION
            / indices.factor("general", inputs.base_fy, year).value
            / (1 + DISCOUNT_PCT / 100) ** (year - inputs.base_fy)
        )
        for year in years_of(inputs)
    ]


def _value(costing: Costing | None, inputs: Inputs, weights: Sequence[int]) -> int:
    amounts = costing.amounts if costing else ()
    return _rounded(
        sum(
            item.pence * weights[item.fy - inputs.base_fy]
            for item in amounts
            if item.scenario == "capped" and 0 <= item.fy - inputs.base_fy < inputs.years
        )
    )


def _rounded(millionths: int) -> int:
    return (millionths + MILLION // 2) // MILLION
