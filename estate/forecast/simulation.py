"""How sure the need is: the same bundles with other prices, years and quantities, thousands of times (2.10).

Every run draws once for all bundles a price level, a path of inflation, the value of foreign currency and a lead time;
and for each bundle, in the order of their ids, its own price, its quantity, whether the vendor moves its date, and
whether its delivery slips. A bundle that lands in another year costs what the model says for that year. Money is
integer pence throughout; with every spread at nothing the result is the need, to the penny.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from config.errors import EstateError
from estate.forecast.compute import bought_again, cost_bundles, costed
from estate.forecast.draws import MILLION, Stream, shifts, spread, times
from estate.forecast.need import SECURITY, SUPPORT
from estate.forecast.timing import moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Simulation
    from estate.forecast.bundles import Bundle
    from estate.forecast.compute import Inputs
    from estate.forecast.costs import Costing
    from estate.forecast.draws import Bits, Whole

    Costed = tuple[Bundle, Costing | None]

# By how many years a bundle may land before or after the one of its need: vendor's date, lead time and slippage.
BACK, FORTH = 2, 5
GOODS = ("hardware", "optics", "software")
ONCE = ("fixed", "training", "disposal")
# Runs at a time: what they need of memory stays in the processor's reach.
CELLS = 500_000


@dataclass(frozen=True, slots=True)
class Tables:
    """The bundles as arrays, by bundle id. Years count from the base year; ``at`` is the year of the need.

    ``goods``, ``labour``, ``once``: pence by bundle and by years from ``at`` (from -BACK to FORTH): what scales with
    price and quantity, with quantity only, and with neither. ``support``: pence by bundle, the same shift, and year of
    the horizon. ``deliver``, ``first``: days since the year 1 on which it is delivered, and before which it cannot be.
    ``years`` is the horizon, ``elsewhere`` the pence of each year that no draw touches.
    """

    ids: tuple[str, ...]
    years: int
    at: Whole
    goods: Whole
    labour: Whole
    once: Whole
    support: Whole
    quantity: Whole
    deliver: Whole
    first: Whole
    starts: Whole  # the first day of each year from at - BACK on, for the whole axis
    origin: int  # which year, counted from the base, the first of ``starts`` is
    foreign: Whole
    stale: Whole
    movable: Whole  # 0: its date is a decision's; 1: dated by a vendor; 2: estimated or assumed
    now: int  # the year of as_of, counted from the base: prices are known up to it
    elsewhere: tuple[int, ...]


# -------------------------------------------------------------------------------------------------------- the tables


def tables_of(inputs: Inputs) -> Tables:
    """The need of these inputs as arrays: every bundle that could cost something inside the horizon."""
    everything = costed(inputs)
    needed = [pair for pair in everything if pair[1] is not None and _near(pair[0], inputs)]
    needed.sort(key=lambda pair: pair[0].bundle_id)
    span = range(-BACK, FORTH + 1)
    asked = [moved(bundle, bundle.schedule.spend_fy + shift, inputs.rules) for bundle, _ in needed for shift in span]
    priced = iter(cost_bundles(asked, inputs))
    rows = [[next(priced) for _ in span] for _ in needed]
    calendar, base = inputs.rules.calendar, inputs.base_fy
    origin = -BACK - FORTH - 2
    starts = [calendar.first_day(base + year).toordinal() for year in range(origin, inputs.years + BACK + FORTH + 3)]
    parts = [[_parts(costing) for _, costing in row] for row in rows]
    first = [inputs.as_of + dt.timedelta(days=bundle.lead.policy.lead_days) for bundle, _ in needed]
    return Tables(
        ids=tuple(bundle.bundle_id for bundle, _ in needed),
        years=inputs.years,
        at=_whole([bundle.schedule.spend_fy - base for bundle, _ in needed]),
        goods=_whole([[part[0] for part in row] for row in parts], len(span)),
        labour=_whole([[part[1] for part in row] for row in parts], len(span)),
        once=_whole([[part[2] for part in row] for row in parts], len(span)),
        support=_support(needed, rows, inputs),
        quantity=_whole([costing.quantity_new for _, costing in needed if costing]),
        deliver=_whole([bundle.schedule.deliver_by.toordinal() for bundle, _ in needed]),
        first=_whole([day.toordinal() for day in first]),
        starts=_whole(starts),
        origin=origin,
        foreign=_whole([bundle.lead.price.currency != "GBP" for bundle, _ in needed]),
        stale=_whole([_doubtful(bundle, inputs) for bundle, _ in needed]),
        movable=_whole([_movable(bundle) for bundle, _ in needed]),
        now=calendar.fy(inputs.as_of) - base,
        elsewhere=_elsewhere(inputs, everything),
    )


def _whole(values: Sequence[object], width: int | None = None) -> Whole:
    shape = (len(values),) if width is None else (len(values), width)
    return np.array(values, dtype=np.int64).reshape(shape)


def _near(bundle: Bundle, inputs: Inputs) -> bool:
    return -FORTH <= bundle.schedule.spend_fy - inputs.base_fy < inputs.years + BACK


def _doubtful(bundle: Bundle, inputs: Inputs) -> bool:
    price, months = bundle.lead.price, inputs.parameters.price_stale_months
    return price.is_starter or price.is_class or price.is_stale(inputs.as_of, months, inputs.rules.calendar)


def _movable(bundle: Bundle) -> int:
    """Whether and how a date may move: a decision's does not, a vendor's may, an estimate is wide."""
    member = min(bundle.members, key=lambda member: (member.need_by, member.unit.asset_id))
    winner = member.need.winner
    if winner is None or member.need.ruling is not None:
        return 0
    if winner.confidence != "dated":
        return 2
    return 1 if winner.driver in {SECURITY, SUPPORT} else 0


def _parts(costing: Costing | None) -> tuple[int, int, int]:
    """What replacing costs once, by how it scales; contingency and tax go with what they are on, by largest share."""
    pence = dict.fromkeys((*GOODS, "install", *ONCE, "contingency", "vat"), 0)
    for amount in costing.amounts if costing else ():
        if amount.scenario == "need" and amount.component != "support":
            pence[amount.component] += amount.pence
    goods, labour, fixed = sum(pence[name] for name in GOODS), pence["install"], pence["fixed"]
    extra, whole = pence["contingency"] + pence["vat"], goods + labour + fixed
    on_goods = extra * goods // whole if whole else 0
    on_labour = extra * labour // whole if whole else 0
    once = fixed + pence["training"] + pence["disposal"] + extra - on_goods - on_labour
    return goods + on_goods, labour + on_labour, once


def _support(needed: Sequence[Costed], rows: Sequence[Sequence[Costed]], inputs: Inputs) -> Whole:
    """Support of each year of the horizon, by shift: today's from the need's year on until the new kit is live."""
    found = np.zeros((len(needed), BACK + FORTH + 1, inputs.years), dtype=np.int64)
    fy, base = inputs.rules.calendar.fy, inputs.base_fy
    for place, (pair, row) in enumerate(zip(needed, rows, strict=True)):
        waiting = [amount for amount in pair[1].amounts if amount.scenario == "do_nothing"] if pair[1] else []
        for shift, (late, costing) in enumerate(row):
            live = fy(late.schedule.live_by)
            for amount in costing.amounts if costing else ():
                if amount.scenario == "need" and amount.component == "support":
                    found[place, shift, amount.fy - base] += amount.pence
            for amount in waiting:
                if amount.fy < live:
                    found[place, shift, amount.fy - base] += amount.pence
    return found


def _elsewhere(inputs: Inputs, everything: Sequence[Costed]) -> tuple[int, ...]:
    """What no draw touches.

    Lines that no asset stands behind, support of what was replaced long before, and what is bought a second time inside
    the horizon, which stands in the year in which the need has it.
    """
    lines, found = {bundle.lead.line for bundle, _ in everything}, [0] * inputs.years
    for row in inputs.budget:
        if row.line not in lines and 0 <= row.fy - inputs.base_fy < inputs.years:
            found[row.fy - inputs.base_fy] += int(row.amount.scaleb(2))
    again = bought_again(everything, "need", inputs)
    before = [pair for pair in everything if pair[0].schedule.spend_fy - inputs.base_fy < -FORTH]
    for _, costing in (*before, *again):
        if costing:
            for amount in costing.amounts:
                if amount.scenario == "need" and 0 <= amount.fy - inputs.base_fy < inputs.years:
                    found[amount.fy - inputs.base_fy] += amount.pence
    return tuple(found)


# ---------------------------------------------------------------------------------------------------------- the runs


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


def with_quantities(tables: Tables, per_cent: int) -> Tables:
    """The same with so many per cent more or fewer new ones in each bundle, to the nearest whole, at least one."""
    new = np.maximum(1, times(tables.quantity, np.int64(MILLION + per_cent * MILLION // 100)))[:, None]
    old = tables.quantity[:, None]
    return replace(tables, goods=tables.goods * new // old, labour=tables.labour * new // old)


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
