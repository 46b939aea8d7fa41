"""Where each unit stands in a forecast: replaced, covered by its parent, not replaced, or without an answer.

Every unit of the population gets exactly one standing, and whatever has no money gets its reason (2.2, 2.13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from estate.forecast.bundles import Due, group_of
from estate.forecast.lines import UNASSIGNED
from estate.forecast.need import DELIVERED, Need, need_of, override_of, own_date, plan_by, schedule
from estate.forecast.prices import price_for
from estate.lifecycle.milestones import Grade, Match
from estate.policy.decisions import decisions_for
from estate.policy.policies import policy_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from estate.forecast.lines import Site
    from estate.forecast.need import Rules
    from estate.forecast.prices import Price
    from estate.inventory.unit import Population, Unit
    from estate.policy.decisions import Decision
    from estate.policy.policies import Policy

IN_SCOPE, COVERED, EXCLUDED = "in_scope", "covered", "excluded"
NO_MATCH = Match(Grade.NONE)
# A module joins its chassis where that is replaced at most so many financial years later (2.3 item 8).
FOLD_YEARS = 2
# Why a member of a stack or pair would not be replaced on its own, though it is when the others are.
JOIN = ("no_price", "no_date", "site_closes")
GROUP_DATE = "date_of_group"


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's standing and everything that led there. ``due`` is set where money is forecast for it.

    ``reason`` is a code (blank where money is forecast), ``detail`` a sentence for a person. ``saved`` is what a
    folded unit would have been due for: its chassis takes that over. ``leaves_on`` is the day on which it goes without
    being replaced (its site closes, it is retired), or is gone from since its replacement has come.
    """

    unit: Unit
    standing: str
    reason: str = ""
    detail: str = ""
    match: Match = NO_MATCH
    policy: Policy | None = None
    need: Need | None = None
    price: Price | None = None
    due: Due | None = None
    saved: Due | None = None
    leaves_on: dt.date | None = None


@dataclass(slots=True)
class Book:
    """What people decided, with look-ups remembered by product so that ten thousand units cost little more than one."""

    policies: Sequence[Policy]
    prices: Sequence[Price]
    decisions: Sequence[Decision]
    sites: Mapping[str, Site]
    rules: Rules
    _policies: dict[tuple[str | None, ...], Policy | None] = field(default_factory=dict)
    _prices: dict[tuple[str | None, ...], Price | None] = field(default_factory=dict)

    def policy(self, unit: Unit) -> Policy | None:
        """The policy row of a unit."""
        key = (unit.kind, unit.role, unit.vendor, unit.part_number)
        if key not in self._policies:
            self._policies[key] = policy_for(unit, self.policies)
        return self._policies[key]

    def price(self, unit: Unit, policy: Policy) -> Price | None:
        """The price row of a unit that follows a policy."""
        key = (unit.kind, unit.vendor, unit.part_number, policy.policy)
        if key not in self._prices:
            self._prices[key] = price_for(unit, policy.policy, self.prices)
        return self._prices[key]

    def decided(self, unit: Unit, policy: Policy) -> Sequence[Decision]:
        """The decisions in force for a unit."""
        if not self.decisions:
            return ()
        return decisions_for(unit, policy.policy, policy.line, self.decisions, self.rules.as_of)


def standings(population: Population, matches: Mapping[str, Match], book: Book) -> list[Standing]:
    """The standing of every unit, excluded ones too, by asset_id."""
    above = _above(population.units)
    made = {
        unit.asset_id: _stand(unit, matches.get(unit.asset_id, NO_MATCH), above.get(unit.asset_id), book)
        for unit in population.units
    }
    folded = {asset_id: _fold(item, made, above, book.rules) for asset_id, item in made.items()}
    out = [Standing(item.unit, EXCLUDED, "excluded", item.reason) for item in population.excluded]
    return sorted([*_whole_groups(folded.values(), book.rules), *out], key=lambda item: item.unit.asset_id)


def _above(units: Sequence[Unit]) -> dict[str, str]:
    """What each unit sits in, by asset_id: its parent, else the chassis of its device.

    Some devices do not say in which of their chassis a module or an optic sits; that it sits in one is certain.
    """
    known = {unit.asset_id for unit in units}
    chassis: dict[str, str] = {}
    for unit in sorted(units, key=lambda unit: unit.asset_id):
        if unit.device and unit.parent is None and unit.kind not in UNIT_KINDS:
            chassis.setdefault(unit.device, unit.asset_id)
    above = {}
    for unit in units:
        if unit.parent in known and unit.parent is not None:
            above[unit.asset_id] = unit.parent
        elif unit.kind in UNIT_KINDS and unit.device in chassis:
            above[unit.asset_id] = chassis[unit.device]
    return above


def _stand(unit: Unit, match: Match, parent: str | None, book: Book) -> Standing:
    if unit.virtual:
        return Standing(unit, EXCLUDED, "virtual", "virtual: its host carries the hardware", match)
    policy = book.policy(unit)
    if parent is not None and (policy is None or not policy.names_unit_below):
        return _covered(unit, parent, match, policy, None)
    if policy is None:
        detail = f"no row of policy.csv matches kind {unit.kind}, role {unit.role or '(blank)'}"
        return Standing(unit, IN_SCOPE, "no_policy", detail, match)
    need = need_of(unit, policy, match, book.decided(unit, policy), book.rules)
    if parent is not None and not own_date(unit, need):
        return _covered(unit, parent, match, policy, need)
    stand = Standing(unit, IN_SCOPE, "", "", match, policy, need, book.price(unit, policy))
    return _due(stand, policy, need, book)


def _covered(unit: Unit, parent: str, match: Match, policy: Policy | None, need: Need | None) -> Standing:
    return Standing(unit, COVERED, "covered_by", f"covered by {parent}, in which it sits", match, policy, need)


def _due(stand: Standing, policy: Policy, need: Need, book: Book) -> Standing:
    """The standing with its ``due``, or with the reason why there is none."""
    unit, ruling = stand.unit, need.ruling
    if need.not_replaced and ruling is not None:
        what = f"order {ruling.decision}" if need.not_replaced == DELIVERED else f"decision {ruling.decision}"
        leaves = book.rules.as_of if need.not_replaced == DELIVERED else ruling.date
        detail = f"{what}: {need.not_replaced}"
        return replace(stand, reason=need.not_replaced, detail=detail, leaves_on=leaves)
    if need.need_by is None:
        return replace(stand, reason="no_date", detail="no date is known that would decide when to replace it")
    plan, override = plan_by(need, policy, book.rules), override_of(need, policy, book.rules)
    times = schedule(need.need_by, plan, policy, book.rules, override)
    site = book.sites.get(unit.site or "")
    if site and site.closes_on and site.closes_on < times.live_by:
        detail = f"site {site.site} closes on {site.closes_on}, before new kit would go live on {times.live_by}"
        return replace(stand, reason="site_closes", detail=detail, leaves_on=site.closes_on)
    if stand.price is None or stand.price.list_price is None:
        product = " ".join(filter(None, (unit.vendor, unit.part_number or unit.model))) or unit.kind
        return replace(stand, reason="no_price", detail=f"prices.csv has no price for {product}, {policy.policy}")
    due = Due(unit, policy, need, need.need_by, plan, stand.price, need.line or policy.line or UNASSIGNED, override)
    return replace(stand, due=due)


def _fold(item: Standing, made: Mapping[str, Standing], above: Mapping[str, str], rules: Rules) -> Standing:
    """Cover a module whose chassis goes with it or soon after, or is not replaced at all (2.13)."""
    parent = made.get(above.get(item.unit.asset_id, ""))
    seen = {item.unit.asset_id}
    while parent is not None and parent.standing == COVERED and parent.unit.asset_id not in seen:
        seen.add(parent.unit.asset_id)
        parent = made.get(above.get(parent.unit.asset_id, ""))
    if item.standing != IN_SCOPE or parent is None or parent.need is None or item.need is None:
        return item
    if item.need.not_replaced:
        return item
    if parent.need.not_replaced or parent.reason == "site_closes":
        covered = _covered(item.unit, parent.unit.asset_id, item.match, item.policy, item.need)
        return replace(covered, detail=parent.detail)
    if item.need.need_by is None or item.policy is None or parent.due is None:
        # a chassis without a price or a date cannot take its module's cost over: that would lose it
        return item
    # plan_by, not need_by: a chassis that a decision keeps for longer does not take its module along
    own, whole = plan_by(item.need, item.policy, rules), parent.due.plan_by
    fy = rules.calendar.fy
    if fy(max(whole, rules.as_of)) - fy(max(own, rules.as_of)) > FOLD_YEARS:
        return item
    detail = f"folded into {parent.unit.asset_id}, which is due by {whole}"
    return replace(item, standing=COVERED, reason="folded", detail=detail, due=None, saved=item.due)


def _whole_groups(items: Iterable[Standing], rules: Rules) -> list[Standing]:
    """Stacks and pairs as the wholes that they are: one date and the price row of the lowest asset_id (2.3 item 8)."""
    out, groups = list[Standing](), dict[str, list[Standing]]()
    for item in items:
        group = group_of(item.unit)
        if item.standing == IN_SCOPE and group and (item.due or item.reason in JOIN):
            groups.setdefault(group, []).append(item)
        else:
            out.append(item)
    return [*out, *(item for members in groups.values() for item in _whole(members, rules))]


def _whole(members: Sequence[Standing], rules: Rules) -> list[Standing]:
    """The members of one group: with the first of them, or all without a price where the lowest has none."""
    plans = [
        (plan_by(item.need, item.policy, rules), item.unit.asset_id, item)
        for item in members
        if item.need and item.policy and item.need.need_by
    ]
    if not plans or (first := min(plans)[2]).reason == "site_closes":
        return [*members]
    # a lease without an end beside owned kit has nothing to go by: it stays open
    alone = [item for item in members if item.reason == "no_date" and item.unit.tenure != first.unit.tenure]
    joined = [item for item in members if item not in alone]
    lowest = min(joined, key=lambda item: item.unit.asset_id)
    if lowest.price is None or lowest.price.list_price is None:
        detail = f"{lowest.unit.asset_id}, whose price counts for its stack or pair, has none"
        return [*alone, *(replace(item, reason="no_price", detail=detail, due=None) for item in joined)]
    return [*alone, *(item if item.due else _join(item, first, lowest, rules) for item in joined)]


def _join(item: Standing, first: Standing, lowest: Standing, rules: Rules) -> Standing:
    """A member that would not be replaced on its own, replaced with its group."""
    need, policy, price = item.need, item.policy, lowest.price
    winner = first.need.winner if first.need else None
    if need is None or policy is None or lowest.policy is None or price is None or winner is None:
        return item
    if need.winner is None:
        shared = replace(winner, confidence="assumed", flag=GROUP_DATE, basis=f"with {first.unit.asset_id}")
        need = replace(need, candidates=(*need.candidates, shared), winner=shared, flags=(*need.flags, GROUP_DATE))
    line = (lowest.need.line if lowest.need else None) or lowest.policy.line or UNASSIGNED
    own = need.need_by or winner.date
    override = override_of(need, policy, rules)
    due = Due(item.unit, policy, need, own, plan_by(need, policy, rules), price, line, override)
    return replace(item, reason="", detail="", need=need, price=price, due=due)
