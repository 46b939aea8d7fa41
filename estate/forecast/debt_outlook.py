"""A forecast's technology debt as its header shows it: stock, bands, path, milestone, and what keeps pace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from estate.forecast import debt
from estate.forecast.pace import consumption, per_cent_of, steady_state

if TYPE_CHECKING:
    from estate.forecast.inputs import Inputs

MILESTONE_YEAR = 2  # the core is up to specification by the end of Year 2 (S11)


def year_ends(inputs: Inputs) -> list[tuple[str, dt.date]]:
    """The years of the horizon, each with its last day."""
    calendar = inputs.rules.calendar
    years = [inputs.base_fy + offset for offset in range(inputs.years)]
    return [(str(year), calendar.first_day(year + 1) - dt.timedelta(days=1)) for year in years]


def debt_header(held: Sequence[debt.Position], inputs: Inputs) -> dict[str, Any]:
    """The stock on the day of the forecast, its bands, and the path to the end of each year."""
    day = inputs.as_of
    whole, now = debt.sum_of(held), debt.stock(held, day)
    return {
        "at": str(day),
        **now.record,
        "undated": sum(item.quantity for item in held if item.need_by is None),
        "grc_pence": whole.pence,
        "grc_unpriced": whole.unpriced,
        "tdi_pct": per_cent_of(now.pence, whole.pence),
        "bands": {name: cell.record for name, cell in debt.bands(held, day).items()},
        "coming": debt.coming(held, day).record,
        "path": [_year_end(held, year, end, whole.pence) for year, end in year_ends(inputs)],
        "milestone": milestone(held, inputs),
        "received": sorted({row.serial for row in inputs.actuals if row.serial and row.kind == "received"}),
    }


def _year_end(held: Sequence[debt.Position], year: str, end: dt.date, grc: int) -> dict[str, Any]:
    nothing = debt.sum_of(debt.left_on(held, end))
    replaced = debt.sum_of(debt.left_on(held, end, lambda item: item.live_by))
    past = debt.past_security(held, end)
    unknown = sum(item.quantity for item in held if item.security is None)
    return {
        "fy": year,
        "at": str(end),
        "do_nothing": {**nothing.record, "tdi_pct": per_cent_of(nothing.pence, grc)},
        "need": {**replaced.record, "tdi_pct": per_cent_of(replaced.pence, grc)},
        "past_security": past.record,
        "security_unknown": unknown,
        "certifiable": False if past.units else None if unknown else True,
    }


def milestone(held: Sequence[debt.Position], inputs: Inputs) -> dict[str, Any]:
    """Whether nothing of tier core is in debt at the end of Year 2, as the need plans it, and what is left if not."""
    year = inputs.base_fy + MILESTONE_YEAR
    end = inputs.rules.calendar.first_day(year + 1) - dt.timedelta(days=1)
    core = [item for item in held if item.tier == debt.CORE]
    left = debt.sum_of(debt.left_on(core, end, lambda item: item.live_by))
    idle = debt.sum_of(debt.left_on(core, end))
    return {
        "name": "core and data-centre debt is nil",
        "by": str(end),
        "passes": left.units == 0,
        "residual": left.record,
        "do_nothing": idle.record,
    }


def pace_header(held: Sequence[debt.Position], inputs: Inputs) -> dict[str, Any]:
    """What keeps pace, class by class, and how much of its life the estate has used up."""
    classes = steady_state(held)
    used, unknown = consumption(held, inputs.as_of)
    return {
        "pence": sum(item.pence or 0 for item in classes),
        "classes": [
            {"policy": item.policy, "grc_pence": item.grc, "life_years": item.life, "pence": item.pence}
            for item in classes
        ],
        "no_life_pence": sum(item.grc for item in classes if item.life is None),
        "consumption_pct": None if used is None else per_cent_of(used, 1),
        "consumption_unknown": unknown,
    }
