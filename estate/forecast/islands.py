"""Parts of an estate whose money depends on nothing outside: so that a bridge recomputes only what changed.

Units depend on each other through the box they sit in, their stack or pair, what may be bought together (one site,
one policy), and what shares a cost in a capped plan; what a line asks for depends on whether anything computed pays
from that line. Whatever may be so in one of the mixtures of two forecasts counts as so: an island can be larger than
it need be, never smaller.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from estate.forecast.bundles import group_of
from estate.forecast.hybrid import (
    CAPPED,
    DECISIONS,
    DELIVERED,
    ESTATE,
    INFLATION,
    LIFECYCLE,
    POLICY,
    PRICES,
    TIME,
    Change,
    Pair,
    spares_of,
)
from estate.forecast.lines import UNASSIGNED
from estate.forecast.prices import price_for
from estate.forecast.scenarios import funded_years
from estate.policy.policies import policy_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.actuals import Actual
    from estate.forecast.inputs import Inputs
    from estate.forecast.prices import Price
    from estate.inventory.unit import Unit
    from estate.lifecycle.milestones import Match
    from estate.policy.decisions import Decision
    from estate.policy.policies import Policy

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Island:
    """Some units and lines, and the drivers that can move their money."""

    asset_ids: tuple[str, ...]
    lines: frozenset[str]
    drivers: tuple[int, ...]


def islands(pair: Pair) -> list[Island]:
    """Every unit of either forecast and every line that asks for something, each in one island."""
    rules = _Rules(pair)
    joined = _Joined()
    asked = {row.line for side in (pair.old, pair.new) for row in side.budget}
    for key, change in pair.changes.items():
        joined.join(("unit", key), *rules.ties(change, asked))
    for line in asked:
        joined.join(("line", line))
    groups: dict[Hashable, tuple[list[str], set[str]]] = {}
    for key in pair.changes:
        groups.setdefault(joined.root(("unit", key)), ([], set()))[0].append(key)
    for line in asked:
        groups.setdefault(joined.root(("line", line)), ([], set()))[1].add(line)
    return [
        Island(tuple(ids), frozenset(lines), tuple(sorted(rules.drivers(ids, lines)))) for ids, lines in groups.values()
    ]


class _Joined:
    """Which things hang together (union and find)."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def root(self, item: Hashable) -> Hashable:
        above = self._above.setdefault(item, item)
        while above != item:
            self._above[item] = self._above[above]
            item, above = above, self._above[above]
        return item

    def join(self, first: Hashable, *others: Hashable) -> None:
        root = self.root(first)
        for other in others:
            self._above[self.root(other)] = root


class _Rules:
    """What each unit meets in either forecast, remembered by product."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._policies: dict[tuple[Hashable, ...], tuple[Policy | None, Policy | None]] = {}
        self._prices: dict[tuple[Hashable, ...], tuple[Price | None, Price | None]] = {}
        self._matches: dict[tuple[int, int], bool] = {}
        self.everywhere = set(self._global())
        self._decided = tuple(_bare(side.decisions, "source") for side in (pair.old, pair.new))
        self._orders = tuple(_by_serial(side.actuals) for side in (pair.old, pair.new))
        shelves = [_shelf(side) for side in (pair.old, pair.new)]
        self._spares = shelves[0].keys() | shelves[1].keys()
        self._other_spares = {part for part in self._spares if shelves[0].get(part) != shelves[1].get(part)}
        self._same_decisions = self._decided[0] == self._decided[1]
        self._shared = _shared(pair)

    def _global(self) -> Iterator[int]:
        """The drivers that differ for everybody."""
        old, new = self.pair.old, self.pair.new
        if (old.as_of, old.base_fy, old.years) != (new.as_of, new.base_fy, new.years):
            yield TIME
        if self.pair.parameters_differ():
            yield POLICY
        rates = [(_bare(side.indices, "place", "source"), _bare(side.fx, "place", "source")) for side in (old, new)]
        if rates[0] != rates[1]:
            yield INFLATION
        if self.pair.scenario == "freeze" and funded_years(old) != funded_years(new):
            yield DECISIONS
        if self.pair.scenario == "capped" and old.attached.get("plan") != new.attached.get("plan"):
            yield CAPPED

    def policies(self, unit: Unit) -> tuple[Policy | None, Policy | None]:
        """Its policy row in each."""
        key = (unit.kind, unit.role, unit.vendor, unit.part_number)
        if key not in self._policies:
            one, two = (policy_for(unit, side.policies) for side in (self.pair.old, self.pair.new))
            self._policies[key] = (one, two)
        return self._policies[key]

    def prices(self, unit: Unit, policy: str) -> tuple[Price | None, Price | None]:
        """Its price row in each, under a policy."""
        key = (unit.kind, unit.vendor, unit.part_number, policy)
        if key not in self._prices:
            one, two = (price_for(unit, policy, side.prices) for side in (self.pair.old, self.pair.new))
            self._prices[key] = (one, two)
        return self._prices[key]

    def met_by(self, unit: Unit, policy: str) -> set[str]:
        """The spares that may meet its need: those of what would be bought for it, in either forecast."""
        if not self._spares:
            return set()
        return {name.casefold() for name in self.bought_for(unit, policy)} & self._spares

    def bought_for(self, unit: Unit, policy: str) -> set[str]:
        """What would be bought for it, in either forecast."""
        same = unit.part_number or unit.model or unit.kind
        return {price.replacement or same for price in self.prices(unit, policy) if price is not None}

    def shared_by(self, unit: Unit, policy: str) -> Iterator[tuple[int, int]]:
        """The costs that its bundle may share with others in a capped plan."""
        for name in self.bought_for(unit, policy) if self._shared else ():
            yield from self._shared.get(f"{unit.site or ''}|{policy}|{name}", ())

    def decisions(self, unit: Unit, side: int) -> tuple[Decision, ...]:
        """The decisions of one forecast that are about a unit, whenever they hold."""
        decided = self._decided[side]
        if not decided:
            return ()
        known = [policy for policy in self.policies(unit) if policy is not None]
        return tuple(item for item in decided if any(item.covers(unit, p.policy, p.line) for p in known))

    def ties(self, change: Change, asked: set[str]) -> Iterator[Hashable]:
        """What a unit may depend on."""
        for unit in change.variants:
            if unit.device:
                yield "device", unit.device
            if unit.parent:
                yield "unit", unit.parent
            if group := group_of(unit):
                yield "group", group
            for policy in self.policies(unit):
                if policy is None:
                    continue
                yield "bundle", unit.site or "", policy.policy
                yield from (("spare", part) for part in self.met_by(unit, policy.policy))
                yield from (("shared", cost) for cost in self.shared_by(unit, policy.policy))
                if (line := policy.line or UNASSIGNED) in asked:
                    yield "line", line
            for side in (0, 1):
                yield from (("line", item.line) for item in self.decisions(unit, side) if item.line in asked)

    def drivers(self, asset_ids: Sequence[str], lines: set[str]) -> set[int]:
        """The drivers that differ for these units and lines."""
        found = set(self.everywhere)
        for key in asset_ids:
            change = self.pair.changes[key]
            if change.driver:
                found.add(change.driver)
            for unit in change.variants:
                found |= set(self._of(unit))
            if change.old is not None and change.new is not None and not self._same_match(key):
                found.add(LIFECYCLE)
            if self._orders[0].get(key.casefold()) != self._orders[1].get(key.casefold()):
                found.add(DELIVERED)
        old, new = self.pair.old, self.pair.new
        budgets = [[row for row in _bare(side.budget, "source") if row.line in lines] for side in (old, new)]
        if lines and budgets[0] != budgets[1]:
            found.add(DECISIONS)
        return found

    def _of(self, unit: Unit) -> Iterator[int]:
        one, two = self.policies(unit)
        if _without(one, "source") != _without(two, "source"):
            yield POLICY
        for policy in {policy.policy for policy in (one, two) if policy is not None}:
            left, right = self.prices(unit, policy)
            if _without(left, "place", "source") != _without(right, "place", "source"):
                yield PRICES
            if self.met_by(unit, policy) & self._other_spares:
                yield ESTATE
        if not self._same_decisions and self.decisions(unit, 0) != self.decisions(unit, 1):
            yield DECISIONS
        if _closing(self.pair.old, unit.site) != _closing(self.pair.new, unit.site):
            yield DECISIONS

    def _same_match(self, key: str) -> bool:
        one, two = self.pair.old.matches.get(key), self.pair.new.matches.get(key)
        both = (id(one), id(two))
        if both not in self._matches:
            self._matches[both] = _dates(one) == _dates(two)
        return self._matches[both]


def _shared(pair: Pair) -> dict[str, list[tuple[int, int]]]:
    """The costs that capped plans share over bundles, by the name of a bundle without its number."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, side in enumerate((pair.old, pair.new)):
        plan = side.attached.get("plan", {}) if pair.scenario == "capped" else {}
        for number, group in enumerate(plan.get("shared", ())):
            for name in group["bundles"]:
                found.setdefault(name.rpartition("|")[0], []).append((place, number))
    return found


def _by_serial(actuals: Sequence[Actual]) -> dict[str, list[Actual]]:
    """What is known of orders for each unit, wherever it stands in the file."""
    found: dict[str, list[Actual]] = {}
    for row in _bare(actuals, "source"):
        if row.serial:
            found.setdefault(row.serial.casefold(), []).append(row)
    return found


def _shelf(side: Inputs) -> dict[str, list[tuple[str, int, str | None]]]:
    """The spares of a forecast by part number."""
    found: dict[str, list[tuple[str, int, str | None]]] = {}
    for item in spares_of(side):
        unit = item.unit
        found.setdefault((unit.part_number or "").casefold(), []).append((unit.asset_id, unit.quantity, unit.entity))
    return {part: sorted(units, key=str) for part, units in found.items()}


def _dates(match: Match | None) -> object:
    return match.dates if match is not None else {}


def _closing(side: Inputs, site: str | None) -> object:
    return next((item.closes_on for item in side.sites if item.site == (site or "")), None)


def _bare(rows: Sequence[Row], *texts: str) -> tuple[Row, ...]:
    """Rows without where they stand: a row that moved down the file moved no money."""
    return tuple(_without(row, *texts) for row in rows)


def _without(row: Any, *texts: str) -> Any:
    return None if row is None else replace(row, **dict.fromkeys(texts, ""))
