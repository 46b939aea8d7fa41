"""The bundles of a need as arrays, in whole pence: what a simulation draws over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from estate.forecast.draws import MILLION, times
from estate.forecast.lines import pence
from estate.forecast.need import SECURITY, SUPPORT
from estate.forecast.purchases import bought_again, cost_bundles, costed
from estate.forecast.timing import moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.bundles import Bundle, Costed
    from estate.forecast.costs import Costing
    from estate.forecast.draws import Whole
    from estate.forecast.inputs import Inputs

# By how many years a bundle may land before or after the one of its need: vendor's date, lead time and slippage.
BACK, FORTH = 2, 5
GOODS = ("hardware", "optics", "software")
ONCE = ("fixed", "training", "disposal")


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
            found[row.fy - inputs.base_fy] += pence(row.amount)
    again = bought_again(everything, "need", inputs)
    before = [pair for pair in everything if pair[0].schedule.spend_fy - inputs.base_fy < -FORTH]
    for _, costing in (*before, *again):
        if costing:
            for amount in costing.amounts:
                if amount.scenario == "need" and 0 <= amount.fy - inputs.base_fy < inputs.years:
                    found[amount.fy - inputs.base_fy] += amount.pence
    return tuple(found)


def with_quantities(tables: Tables, per_cent: int) -> Tables:
    """The same with so many per cent more or fewer new ones in each bundle, to the nearest whole, at least one."""
    new = np.maximum(1, times(tables.quantity, np.int64(MILLION + per_cent * MILLION // 100)))[:, None]
    old = tables.quantity[:, None]
    return replace(tables, goods=tables.goods * new // old, labour=tables.labour * new // old)
