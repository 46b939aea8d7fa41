"""A bundle in another year than the one that it needs: its dates, and what it costs there.

A capped plan, a freeze and a slipped delivery all move bundles between financial years; this is the one place that
says what such a move does. The amounts are computed afresh for the year, so indices and currencies follow.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from estate.forecast.need import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from estate.forecast.bundles import Bundle, Costed
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.costs import Amount, Costing
    from estate.forecast.need import Rules, Schedule

    Cost = Callable[[Bundle], Costing | None]


def moved(bundle: Bundle, year: FinancialYear, rules: Rules) -> Bundle:
    """The bundle delivered in a year: on the day of it that lies nearest to the day on which it is needed."""
    times = bundle.schedule
    if year == times.spend_fy:
        return bundle
    return replace(bundle, schedule=_delivered(bundle, nearest(rules.calendar, year, times.deliver_by), rules))


def _delivered(bundle: Bundle, deliver: dt.date, rules: Rules) -> Schedule:
    policy, times, fy = bundle.lead.policy, bundle.schedule, rules.calendar.fy
    live = deliver + dt.timedelta(days=policy.install_days)
    order = deliver - dt.timedelta(days=policy.lead_days)
    return replace(
        times,
        order_by=order,
        deliver_by=deliver,
        live_by=live,
        spend_fy=fy(deliver),
        commit_fy=fy(order),
        mrp_first_fy=max(fy(deliver), fy(live)) + 1,
        late_days=max(0, (live - times.need_by).days),
    )


def earliest_year(bundle: Bundle, rules: Rules) -> FinancialYear:
    """The first financial year in which a bundle that is ordered today can be delivered (2.3 item 5)."""
    return rules.calendar.fy(rules.as_of + dt.timedelta(days=bundle.lead.policy.lead_days))


def as_scenario(needed: Costed, placed: Costed | None, scenario: str, rules: Rules) -> Costed:
    """A bundle's amounts in a scenario that replaces it in another year than it needs, or never (``placed`` None).

    From the year in which the need would have new kit, today's support is paid on until the new kit is live, where
    prices.csv prices it: that is what waiting costs in cash.
    """
    bundle, costing = needed
    if costing is None:
        return needed
    fy = rules.calendar.fy
    if placed is None or placed[1] is None:
        return bundle, replace(costing, amounts=_tagged(costing, "do_nothing", scenario))
    late, spent = placed[0], placed[1]
    until = fy(late.schedule.live_by)
    waiting = tuple(amount for amount in _tagged(costing, "do_nothing", scenario) if amount.fy < until)
    return late, replace(spent, amounts=(*_tagged(spent, "need", scenario), *waiting))


def _tagged(costing: Costing, name: str, scenario: str) -> tuple[Amount, ...]:
    return tuple(replace(amount, scenario=scenario) for amount in costing.amounts if amount.scenario == name)


def once_pence(costing: Costing) -> int:
    """What replacing a bundle takes once, in pence: all but support, which is paid every year."""
    return sum(item.pence for item in costing.amounts if item.scenario == "need" and item.component != "support")
