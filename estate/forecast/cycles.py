"""Repeat cycles: what is replaced inside a long horizon is replaced again (forecast-model.md 2.3 item 9).

A replacement re-enters at the day on which it went live plus its policy's age. Nobody owns it yet, so its rows carry
``synthetic=1``, their confidence is always ``assumed``, and they are counted apart.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from estate.forecast.bundles import Bundle
from estate.forecast.need import add_years, schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.lines import Site
    from estate.forecast.need import Rules

SYNTHETIC = "synthetic=1"


@dataclass(frozen=True, slots=True)
class Horizon:
    """The first and the last financial year, and what ends a cycle early: the day on which a site closes."""

    first: FinancialYear
    last: FinancialYear
    sites: Mapping[str, Site]


def cycles(bundles: Sequence[tuple[Bundle, int]], horizon: Horizon, rules: Rules) -> Iterator[Bundle]:
    """The later generations of bundles, each given with how many new things its first generation buys.

    They are like for like: so many new ones for as many. Kit without a policy age, or on lease, does not re-enter, nor
    does what would be replaced by its age before it is in use.
    The second generation of ``...|3`` is ``...|3.2``: a longer horizon renames nothing.
    """
    for item, quantity in bundles:
        yield from _later(item, quantity, horizon, rules)


def _later(item: Bundle, quantity: int, horizon: Horizon, rules: Rules) -> Iterator[Bundle]:
    age, lead = item.lead.policy.policy_age_years, item.lead
    if age is None or lead.policy.age_mode == "ignore" or lead.unit.tenure == "leased":
        return
    site = horizon.sites.get(lead.unit.site or "")
    policy = replace(lead.policy, ratio_new=1, ratio_old=1)
    live = item.schedule.live_by
    for generation in itertools.count(2):
        need_by = add_years(live, age)
        times = schedule(need_by, need_by, policy, rules)
        if times.spend_fy > horizon.last or (site and site.closes_on and site.closes_on < times.live_by):
            return
        if times.live_by <= live:
            # a buffer as long as the age would have the next one in use before this one: no cycle, and no end
            return
        if times.spend_fy >= horizon.first:
            yield replace(
                item,
                bundle_id=f"{item.bundle_id}.{generation}",
                lead=replace(lead, policy=policy),
                schedule=times,
                flags=(SYNTHETIC,),
                generation=generation,
                count=quantity,
                from_stock=0,
            )
        live = times.live_by
