"""The options a cabinet chooses between, side by side: plain data for page and workbook.

Do nothing, the minimum that keeps services compliant, what fits under a cap, and everything that is due (S14): the
same estate, the same years, the same prices.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from estate.forecast.costs import replacement_pence
from estate.forecast.indices import Indices
from estate.forecast.lines import pence
from estate.forecast.need import SECURITY, SUPPORT
from estate.forecast.purchases import bought_again, model_of
from estate.forecast.rules import CAPITAL, is_key_decision
from estate.forecast.scenarios import BEYOND, is_high, strands
from estate.forecast.split import to_pence
from estate.forecast.standing import IN_SCOPE
from estate.forecast.timing import as_scenario, once_pence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from estate.forecast.bundles import Bundle, Costed
    from estate.forecast.costs import Costing
    from estate.forecast.inputs import Inputs
    from estate.forecast.standing import Standing

OPTIONS = ("do_nothing", "minimum_compliance", "capped", "need")
TITLES = {"do_nothing": "Do nothing", "minimum_compliance": "Minimum compliance", "capped": "Capped", "need": "Full"}


@dataclass(frozen=True, slots=True)
class Option:
    """One option over all years of the forecast; amounts are pence, cash, ``debt_pence`` at base-year prices.

    Debt and kit past support are those of the last day of the last year: units whose need has passed and whose new kit
    is not live. ``past_security`` counts them where vendor support (security fixes, where a date for those is known)
    has ended; ``debt_unpriced`` counts those that are in debt without a price. A row of assets.csv that stands for
    many things counts as so many. ``late_days`` are unit days from need to live, or to the day on
    which it goes, or to that last day. ``key_decisions`` are the ids of bundles that reach the council's threshold.
    ``path_pence`` is the debt at the end of each year, the last of them ``debt_pence``.
    """

    scenario: str
    title: str
    capital_pence: int
    revenue_pence: int
    replaced: int
    debt_pence: int
    debt_unpriced: int
    past_security: int
    late_days: int
    key_decisions: tuple[str, ...]
    path_pence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """A scenario's bundles with their amounts, those that are replaced, and its lines without assets in pence."""

    scenario: str
    costed: Sequence[Costed]
    replaced: Mapping[str, Bundle]
    lines_pence: int


def options_of(inputs: Inputs) -> list[Option]:
    """Every option of a forecast's inputs; capped only where a plan is attached to them.

    Of a stored version the inputs are what :func:`estate.forecast.service.pinned_inputs` gives.
    """
    wanted = [name for name in OPTIONS if name != "capped" or "plan" in inputs.attached]
    stands, model, _ = model_of(replace(inputs, scenarios=tuple(wanted)))
    choices = _choices(model.costed, strands(model), inputs)
    return [_option(_with_cycles(choice, inputs), stands, inputs) for choice in choices]


def _with_cycles(choice: _Choice, inputs: Inputs) -> _Choice:
    """With what it buys again inside the horizon, as the version's totals have it."""
    again = bought_again(choice.costed, choice.scenario, inputs)
    return replace(choice, costed=[*choice.costed, *again]) if again else choice


def _choices(costed: Sequence[Costed], made: Sequence[Any], inputs: Inputs) -> list[_Choice]:
    by_name = {strand.scenario: strand for strand in made}
    whole = {bundle.bundle_id: bundle for bundle, costing in costed if costing}
    high = {name: bundle for name, bundle in whole.items() if is_high(bundle)}
    rules = inputs.rules
    found = [
        _Choice("do_nothing", [as_scenario(pair, None, "do_nothing", rules) for pair in costed], {}, 0),
        _Choice("minimum_compliance", by_name["minimum_compliance"].costed, high, 0),
    ]
    if "capped" in by_name:
        years = inputs.attached["plan"]["years"]
        done = {
            bundle.bundle_id: bundle
            for bundle, costing in by_name["capped"].costed
            if costing and years.get(bundle.bundle_id) != BEYOND
        }
        lines = _lines(by_name["capped"].budget, costed, inputs)
        found.append(_Choice("capped", by_name["capped"].costed, done, lines))
    need = [as_scenario(pair, pair, "need", rules) for pair in costed]
    return [*found, _Choice("need", need, whole, _lines(inputs.budget, costed, inputs))]


def _lines(budget: Sequence[Any], costed: Sequence[Costed], inputs: Inputs) -> int:
    """What lines without assets ask for inside the horizon, as in the feed: revenue, since nothing says otherwise."""
    computed = {bundle.lead.line for bundle, _ in costed}
    return sum(
        pence(row.amount) for row in budget if row.line not in computed and 0 <= row.fy - inputs.base_fy < inputs.years
    )


def _option(choice: _Choice, stands: Sequence[Standing], inputs: Inputs) -> Option:
    last = inputs.rules.calendar.first_day(inputs.base_fy + inputs.years) - dt.timedelta(days=1)
    capital = _sum(choice, inputs, capital=True)
    live = {
        member.unit.asset_id: bundle.schedule.live_by
        for bundle in choice.replaced.values()
        for member in bundle.members
        if bundle.schedule.live_by <= last
    }
    open_ = [
        stand
        for stand in stands
        if stand.standing == IN_SCOPE
        and stand.unit.asset_id not in live
        and not (stand.leaves_on and stand.leaves_on <= last)
    ]
    indices = Indices.of(inputs.indices, inputs.fx)
    owed = [(stand, _value(stand, inputs, indices)) for stand in open_ if _in_debt(stand, last)]
    threshold = to_pence(inputs.parameters.key_decision_gbp)
    path = _path(choice, stands, inputs, indices)
    return Option(
        scenario=choice.scenario,
        title=TITLES[choice.scenario],
        capital_pence=capital,
        revenue_pence=_sum(choice, inputs, capital=False) + choice.lines_pence,
        replaced=sum(stand.unit.quantity for stand in stands if stand.due and stand.unit.asset_id in live),
        debt_pence=sum(value or 0 for _, value in owed),
        debt_unpriced=sum(stand.unit.quantity for stand, value in owed if value is None),
        past_security=sum(stand.unit.quantity for stand in open_ if _unsupported(stand, last)),
        late_days=sum(
            _late(stand, live.get(stand.unit.asset_id), last) for stand in stands if stand.standing == IN_SCOPE
        ),
        key_decisions=tuple(
            sorted(
                bundle.bundle_id
                for bundle, costing in choice.costed
                if costing
                and bundle.bundle_id in choice.replaced
                and is_key_decision(_once(choice, costing), threshold)
                and 0 <= bundle.schedule.spend_fy - inputs.base_fy < inputs.years
            )
        ),
        path_pence=path,
    )


def _path(choice: _Choice, stands: Sequence[Standing], inputs: Inputs, indices: Indices) -> tuple[int, ...]:
    """What is in debt at the end of each year: its need has passed, it has not left, and its new kit is not live."""
    ends = [
        inputs.rules.calendar.first_day(inputs.base_fy + offset) - dt.timedelta(days=1)
        for offset in range(1, inputs.years + 1)
    ]
    live = {
        member.unit.asset_id: bundle.schedule.live_by
        for bundle in choice.replaced.values()
        for member in bundle.members
    }
    found = [0] * len(ends)
    for stand in stands:
        if stand.standing != IN_SCOPE or not _in_debt(stand, ends[-1]):
            continue
        gone = [day for day in (stand.leaves_on, live.get(stand.unit.asset_id)) if day]
        value = _value(stand, inputs, indices) or 0
        for place, end in enumerate(ends):
            if _in_debt(stand, end) and not any(day <= end for day in gone):
                found[place] += value
    return tuple(found)


def _sum(choice: _Choice, inputs: Inputs, *, capital: bool) -> int:
    return sum(
        amount.pence
        for _, costing in choice.costed
        for amount in (costing.amounts if costing else ())
        if (amount.cap_rev == CAPITAL) == capital and 0 <= amount.fy - inputs.base_fy < inputs.years
    )


def _once(choice: _Choice, costing: Costing) -> int:
    """What it costs once, in this scenario: support is not part of a decision to replace."""
    named = tuple(replace(amount, scenario="need") for amount in costing.amounts if amount.scenario == choice.scenario)
    return once_pence(replace(costing, amounts=named))


def _in_debt(stand: Standing, day: dt.date) -> bool:
    return stand.need is not None and stand.need.need_by is not None and stand.need.need_by < day


def _unsupported(stand: Standing, day: dt.date) -> bool:
    ended = [item.date for item in (stand.need.candidates if stand.need else ()) if item.driver in {SECURITY, SUPPORT}]
    return bool(ended) and min(ended) < day


def _late(stand: Standing, live: dt.date | None, last: dt.date) -> int:
    if stand.need is None or stand.need.need_by is None:
        return 0
    # what goes without a replacement is late no longer
    until = min(day for day in (live or last, stand.leaves_on) if day)
    return stand.unit.quantity * max(0, (until - stand.need.need_by).days)


def _value(stand: Standing, inputs: Inputs, indices: Indices) -> int | None:
    if stand.price is None or stand.policy is None:
        return None
    year, _ = stand.price.year(inputs.rules.calendar, inputs.as_of)
    return replacement_pence(stand.price, stand.policy, stand.unit.quantity, year, inputs.base_fy, indices)
