"""Which units are replaced together (forecast-model.md 2.3 item 8)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from estate.forecast.costs import Costing
from estate.forecast.need import Need, Rules, Schedule, schedule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.prices import Price
    from estate.inventory.unit import Unit
    from estate.policy.policies import Policy


@dataclass(frozen=True, slots=True)
class Due:
    """A unit that is to be replaced, with all that decides when and for what."""

    unit: Unit
    policy: Policy
    need: Need
    need_by: dt.date
    plan_by: dt.date
    price: Price
    line: str
    override: FinancialYear | None = None

    @property
    def replacement(self) -> str:
        """What is bought: as prices.csv says, else the same again."""
        return self.price.replacement or self.unit.part_number or self.unit.model or self.unit.kind


@dataclass(frozen=True, slots=True)
class Bundle:
    """Units bought and put in together: one site, policy, replacement, price row and line; members by asset_id.

    ``generation`` 1 replaces what is there; a later one replaces what an earlier one bought, ``count`` of it
    (:mod:`estate.forecast.cycles`), and stands on the same members. ``from_stock`` of the new ones are spares that the
    council has (:mod:`estate.forecast.spares`), whenever the bundle is bought.
    """

    bundle_id: str
    members: tuple[Due, ...]
    lead: Due  # the member whose policy, price and line count: the lowest asset_id
    schedule: Schedule
    flags: tuple[str, ...]
    generation: int = 1
    count: int | None = None
    from_stock: int = 0

    @property
    def quantity(self) -> int:
        """How many old things are replaced."""
        if self.count is not None:
            return self.count
        return sum(member.unit.quantity for member in self.members)


# A bundle with its amounts, or None where its currency has no rate.
Costed = tuple[Bundle, Costing | None]


def group_of(unit: Unit) -> str | None:
    """The stack or pair that a chassis or member belongs to; what sits inside one is not replaced as one with it."""
    return unit.group if unit.kind not in UNIT_KINDS else None


def bundle(due: Iterable[Due], rules: Rules) -> list[Bundle]:
    """Put units together; the order in which they are given makes no difference.

    A group (a stack, a pair) is one bundle whatever its members need. Others of one site, policy, replacement, price
    row and line join in order of effective need while it lies within ``max_pull_forward`` financial years. Rows of
    policy.csv that share a name but not their times and ratio are not one policy, leased kit is kept apart from
    owned, and what an override moves from what it does not. Effective need counts from ``plan_by``, so that a waiver
    is not undone by its neighbours; without a decision that is ``need_by``.
    """
    groups: dict[tuple[str, ...], list[Due]] = defaultdict(list)
    for item in due:
        unit = item.unit
        if group := group_of(unit):
            groups["group", group].append(item)
        else:
            override = str(item.override or "")
            key = (unit.site or "", item.policy.policy, item.replacement, item.price.place, item.line)
            groups["", *key, *_terms(item.policy), unit.tenure, override].append(item)
    batches: list[list[Due]] = []
    for named, items in groups.items():
        batches += [items] if named[0] == "group" else _by_year(items, rules)
    return list(_numbered(batches, rules))


def _terms(policy: Policy) -> tuple[str, ...]:
    """What of a policy's row decides a bundle's dates and amounts."""
    days = (policy.buffer_days, policy.lead_days, policy.install_days)
    return tuple(map(str, (*days, policy.ratio_new, policy.ratio_old, policy.contingency_pct.normalize())))


def _effective(item: Due, rules: Rules) -> dt.date:
    return max(item.plan_by, rules.as_of)


def _by_year(items: list[Due], rules: Rules) -> Iterator[list[Due]]:
    ordered = sorted(items, key=lambda item: (_effective(item, rules), item.unit.asset_id))
    batch: list[Due] = []
    for item in ordered:
        year = rules.calendar.fy(_effective(item, rules))
        if batch and year - rules.calendar.fy(_effective(batch[0], rules)) > rules.max_pull_forward:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def _numbered(batches: Sequence[list[Due]], rules: Rules) -> Iterator[Bundle]:
    """Name every batch ``site|policy|replacement|n``, n counting in order of effective need."""
    counts: dict[str, int] = defaultdict(int)
    for members in batches:
        members.sort(key=lambda item: item.unit.asset_id)
    for members in sorted(batches, key=lambda batch: (min(_effective(m, rules) for m in batch), _first_id(batch))):
        lead = members[0]
        stem = f"{lead.unit.site or ''}|{lead.policy.policy}|{lead.replacement}"
        counts[stem] += 1
        # a group goes with its first member: an override of a later one neither holds it up nor brings it forward
        first = min(members, key=lambda member: (member.plan_by, member.override is None))
        times = schedule(min(member.need_by for member in members), first.plan_by, lead.policy, rules, first.override)
        flags = ["override_outside"] if times.outside else []
        if len({member.price.place for member in members}) > 1:
            flags.append("mixed_prices")
        yield Bundle(f"{stem}|{counts[stem]}", tuple(members), lead, times, tuple(flags))


def _first_id(batch: Sequence[Due]) -> str:
    return batch[0].unit.asset_id


def pulled_forward(member: Due, bundle: Bundle, rules: Rules) -> bool:
    """Whether a member is paid for in an earlier year than it would need on its own."""
    own = schedule(member.need_by, member.plan_by, member.policy, rules, member.override)
    return own.spend_fy > bundle.schedule.spend_fy
