"""What the need hangs on: one thing at a time a step down and a step up, with everything computed again (2.10).

Nothing is interpolated: a lead or a date that moves takes bundles, years and prices with it. The steps are the spreads
that the simulation draws from, so that the two can be read side by side.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from estate.forecast.arrays import with_quantities
from estate.forecast.indices import SERIES, IndexRow
from estate.forecast.need import add_years
from estate.forecast.purchases import costed
from estate.forecast.simulation import certain, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from config.sections.forecast import Simulation
    from estate.forecast.arrays import Tables
    from estate.forecast.inputs import Inputs
    from estate.lifecycle.milestones import Match

MOVING = ("end_of_sale", "end_of_security_support", "end_of_support")
AGE_YEARS = 1


@dataclass(frozen=True, slots=True)
class Swing:
    """One thing's two steps: what it is, how far each step goes (words), and what the need then comes to, in pence."""

    driver: str
    step: str
    low_pence: int
    high_pence: int

    @property
    def width(self) -> int:
        """How far apart the two are: what a tornado is ordered by."""
        return abs(self.high_pence - self.low_pence)


def swings(inputs: Inputs, tables: Tables, spreads: Simulation) -> tuple[int, list[Swing]]:
    """The need as it is, and every thing's swing, the widest first.

    Quantities come from the simulation's tables: a ratio that is a little higher would double every single thing,
    since the model rounds up.
    """
    base = need_pence(inputs)
    found = [Swing(name, step, need_pence(low), need_pence(high)) for name, step, low, high in _cases(inputs, spreads)]
    low, high = (base + _quantity(tables, spreads, step) for step in (-spreads.ratio_pct, spreads.ratio_pct))
    found.append(Swing("quantity", f"{spreads.ratio_pct} %", low, high))
    return base, sorted(found, key=lambda swing: (-swing.width, swing.driver))


def need_pence(inputs: Inputs) -> int:
    """What bundles need inside the horizon, support included; lines without assets hang on none of this."""
    last = inputs.base_fy + (inputs.years - 1)
    return sum(
        amount.pence
        for _, costing in costed(inputs)
        for amount in (costing.amounts if costing else ())
        if amount.scenario == "need" and inputs.base_fy <= amount.fy <= last
    )


def _cases(inputs: Inputs, spreads: Simulation) -> Iterator[tuple[str, str, Inputs, Inputs]]:
    yield "prices", f"{spreads.price_pct} %", *_both(lambda step: _prices(inputs, step), spreads.price_pct)
    yield "inflation", f"{spreads.index_points} points", *_both(lambda step: _rates(inputs, step), spreads.index_points)
    yield "currency", f"{spreads.fx_pct} %", *_both(lambda step: _currency(inputs, step), spreads.fx_pct)
    lead = max((days for days, _ in spreads.lead_days), default=0)
    yield "lead time", f"{lead} days", *_both(lambda step: _lead(inputs, step), lead)
    # a vendor that moves a date back is the dearer case for years, not for pounds: low is the earlier date
    date = max((abs(days) for days, _ in spreads.date_days), default=0)
    yield "vendor dates", f"{date} days", *_both(lambda step: _dates(inputs, step), date)
    yield "policy age", f"{AGE_YEARS} year", *_both(lambda step: _ages(inputs, step), AGE_YEARS)


def _quantity(tables: Tables, spreads: Simulation, step: int) -> int:
    """By how much the need changes with so many per cent more things."""
    known = certain(spreads)
    return int(simulate(with_quantities(tables, step), known, 1, 0).sum() - simulate(tables, known, 1, 0).sum())


def _both(change: Callable[[int], Inputs], step: int) -> tuple[Inputs, Inputs]:
    return change(-step), change(step)


def _prices(inputs: Inputs, step: int) -> Inputs:
    factor = 1 + Decimal(step) / 100
    return replace(
        inputs,
        prices=tuple(
            replace(
                price,
                list_price=None if price.list_price is None else price.list_price * factor,
                install=price.install * factor,
                fixed=price.fixed * factor,
                training=price.training * factor,
                support_now=None if price.support_now is None else price.support_now * factor,
                support_new=None if price.support_new is None else price.support_new * factor,
            )
            for price in inputs.prices
        ),
    )


def _rates(inputs: Inputs, step: int) -> Inputs:
    """Every year after that of the forecast so many points up or down; a year that has no rate has 0 to begin with."""
    now = inputs.rules.calendar.fy(inputs.as_of)
    given = {(row.series, row.fy): row for row in inputs.indices}
    names = {row.series for row in inputs.indices} or set(SERIES)
    for name in names:
        for offset in range(1, inputs.base_fy - now + inputs.years):
            given.setdefault((name, now + offset), IndexRow(name, now + offset, Decimal(0), "", ""))
    moved = (row if row.fy <= now else replace(row, rate_pct=row.rate_pct + step) for row in given.values())
    return replace(inputs, indices=tuple(moved))


def _currency(inputs: Inputs, step: int) -> Inputs:
    """What foreign currency costs in pounds, up or down."""
    factor = 1 + Decimal(step) / 100
    return replace(inputs, fx=tuple(replace(row, units_per_gbp=row.units_per_gbp / factor) for row in inputs.fx))


def _lead(inputs: Inputs, step: int) -> Inputs:
    return replace(
        inputs, policies=tuple(replace(row, lead_days=max(0, row.lead_days + step)) for row in inputs.policies)
    )


def _ages(inputs: Inputs, step: int) -> Inputs:
    return replace(
        inputs,
        policies=tuple(
            row if row.policy_age_years is None else replace(row, policy_age_years=max(1, row.policy_age_years + step))
            for row in inputs.policies
        ),
    )


def _dates(inputs: Inputs, step: int) -> Inputs:
    made: dict[int, Match] = {}
    for match in inputs.matches.values():
        if id(match) not in made:
            made[id(match)] = replace(match, dates=_shifted(match.dates, step))
    return replace(inputs, matches={name: made[id(match)] for name, match in inputs.matches.items()})


def _shifted(dates: Mapping[str, dt.date], days: int) -> dict[str, dt.date]:
    return {name: _shift(day, days) if name in MOVING else day for name, day in dates.items()}


def _shift(day: dt.date, days: int) -> dt.date:
    """A whole number of years keeps the day of the year, so that a leap day does not move a financial year."""
    years, rest = divmod(abs(days), 365)
    sign = 1 if days > 0 else -1
    return add_years(day, sign * years) + dt.timedelta(days=sign * rest)
