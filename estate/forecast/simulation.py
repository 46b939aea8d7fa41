"""How sure the need is: the same bundles with other prices, years and quantities, thousands of times (2.10).

Every run draws once for all bundles a price level, a path of inflation, the value of foreign currency and a lead time;
and for each bundle, in the order of their ids, its own price, its quantity, whether the vendor moves its date, and
whether its delivery slips. A bundle that lands in another year costs what the model says for that year. Money is
integer pence throughout; with every spread at nothing the result is the need, to the penny.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from config.errors import EstateError
from estate.forecast.arrays import BACK, FORTH, Tables
from estate.forecast.draws import MILLION, Stream, shifts, spread, times

if TYPE_CHECKING:
    from config.sections.forecast import Simulation
    from estate.forecast.draws import Bits, Whole

# Runs at a time: what they need of memory stays in the processor's reach.
CELLS = 500_000


def simulate(tables: Tables, spreads: Simulation, runs: int, seed: int) -> Whole:
    """The pence of each run (row) and year of the horizon (column).

    Raises:
        EstateError: when an amount is so large that its product with a factor would not fit.
    """
    _fits(tables, spreads)
    own = Stream(seed, 1)
    common = _Common.drawn(tables, spreads, runs, Stream(seed, 0))
    found = np.empty((runs, tables.years), dtype=np.int64)
    step = max(1, CELLS // max(1, len(tables.ids)))
    for start in range(0, runs, step):
        chosen = slice(start, min(runs, start + step))
        found[chosen] = _chunk(tables, spreads, common.part(chosen), own)
    return found + np.array(tables.elsewhere, dtype=np.int64)


def certain(spreads: Simulation) -> Simulation:
    """The same with nothing unsure: what comes of it is the need itself."""
    return spreads.model_copy(
        update={name: 0 if isinstance(value, int) else () for name, value in spreads.model_dump().items()}
    )


def _fits(tables: Tables, spreads: Simulation) -> None:
    most = 1
    widths = (spreads.price_pct, max(spreads.own_price_pct, spreads.stale_price_pct), spreads.fx_pct)
    factor = MILLION
    for width in widths:
        factor = factor * (100 + width) // 100 + 1
    for _ in range(tables.years + FORTH):
        factor = factor * (100 + spreads.index_points) // 100 + 1
    for table in (tables.goods, tables.labour, tables.once, tables.support):
        most = max(most, int(table.max(initial=0)))
    quantity = int(tables.quantity.max(initial=1))
    if most * factor * 2 * max(1, len(tables.ids)) > 2**62 * MILLION or most * max(factor, 2 * quantity) * 2 > 2**62:
        raise EstateError("an amount of this forecast is too large to simulate: see 'estate forecast explain' for it")


@dataclass(frozen=True, slots=True)
class _Common:
    """What a run draws once for all bundles: the price level, the currency, the path of inflation, the lead time."""

    price: Whole
    currency: Whole
    path: Whole  # by run and year of the axis, from BACK + FORTH before the base
    lead: Whole

    @classmethod
    def drawn(cls, tables: Tables, spreads: Simulation, runs: int, stream: Stream) -> _Common:
        width = tables.years + 2 * (BACK + FORTH)
        price = spread(stream.pairs(runs), spreads.price_pct)
        currency = spread(stream.pairs(runs), spreads.fx_pct)
        lead = shifts(stream.pairs(runs)[0], spreads.lead_days)
        path = np.full((runs, width), MILLION, dtype=np.int64)
        for place in range(1, width):
            step = spread(stream.pairs(runs), spreads.index_points)
            known = place - BACK - FORTH <= tables.now
            path[:, place] = path[:, place - 1] if known else times(path[:, place - 1], step)
        return cls(price, currency, path, lead)

    def part(self, chosen: slice) -> _Common:
        return _Common(self.price[chosen], self.currency[chosen], self.path[chosen], self.lead[chosen])


def _chunk(tables: Tables, spreads: Simulation, common: _Common, own: Stream) -> Whole:
    runs, bundles = len(common.price), len(tables.ids)
    price_pair, ratio_pair, (date_bits, slip_bits) = _bits(own, runs, bundles)
    price = spread(price_pair, spreads.own_price_pct)
    doubtful = tables.stale == 1
    price[:, doubtful] = spread((price_pair[0][:, doubtful], price_pair[1][:, doubtful]), spreads.stale_price_pct)
    price = times(price, common.price[:, None])
    price = np.where(tables.foreign == 1, times(price, common.currency[:, None]), price)
    shift = _landed(tables, spreads, common, date_bits) + shifts(slip_bits, spreads.slip_years)
    shift = np.clip(shift, -BACK, FORTH)
    each, column = np.arange(bundles), shift + BACK
    year = tables.at + shift
    path = np.take_along_axis(common.path, year + BACK + FORTH, axis=1)
    new = np.maximum(1, times(tables.quantity, spread(ratio_pair, spreads.ratio_pct)))
    goods = times(times(tables.goods[each, column], price), path) * new // tables.quantity
    labour = times(tables.labour[each, column], path) * new // tables.quantity
    amount = goods + labour + times(tables.once[each, column], path)
    found = np.empty((runs, tables.years), dtype=np.int64)
    held = bool(tables.support.any())
    for place in range(tables.years):
        found[:, place] = np.where(year == place, amount, 0).sum(axis=1)
        if held:
            level = times(common.price, common.path[:, place + BACK + FORTH])
            found[:, place] += times(tables.support[each, column, place].sum(axis=1), level)
    return found


def _bits(own: Stream, runs: int, bundles: int) -> list[tuple[Bits, Bits]]:
    """Three pairs of draws for each run and bundle, bundle by bundle: how many runs go together changes nothing."""
    low, high = own.pairs(runs, bundles, 3)
    return [(low[:, :, place], high[:, :, place]) for place in range(3)]


def _landed(tables: Tables, spreads: Simulation, common: _Common, bits: Bits) -> Whole:
    """By how many years the delivery moves, from the vendor's date and the lead time; never before it can come."""
    days = np.where(
        tables.movable == 1,
        shifts(bits, spreads.date_days),
        np.where(tables.movable == 2, shifts(bits, spreads.unsure_date_days), 0),  # noqa: PLR2004 - see Tables
    )
    earliest = tables.first + common.lead[:, None]
    asked = tables.deliver + days
    # what the need has before today's lead is a decision's or already late: a longer lead still holds it up
    floor = np.where((days < 0) | (common.lead[:, None] > 0), earliest, asked)
    deliver = np.maximum(asked, floor)
    year = np.searchsorted(tables.starts, deliver, side="right") - 1 + tables.origin
    return np.asarray(year - tables.at, dtype=np.int64)
