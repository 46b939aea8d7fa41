"""What a capped plan is: bundles, years and limits as whole numbers, what makes one plan better, and the checker.

Years are 0 .. H-1, and H stands for *beyond*: not in these years. All money is integer pence, so a plan is judged
without any rounding, whatever found it (forecast-model.md 2.9). The order of merit, the least first:

1. ``shortfall``: mandatory bundles that are left out;
2. ``late_risk``: risk times years late, summed;
3. ``discounted_pence``: what the years cost, support while waiting included, at today's value;
4. ``peak_pence``: the dearest year;
5. ``tie_break``: rank (the lowest id the highest) times year, summed: so that one plan is the best.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Item:
    """A bundle as the plan sees it.

    ``cost`` has the pence of each year in which it could be done; ``value`` the discounted pence of doing it in each
    year and, last, of not doing it. ``due`` is the year in which it is needed, ``earliest`` and ``latest`` the years
    between which it may be done. ``days`` are engineer days, ``priority`` the word of S9.
    """

    id: str
    cost: tuple[int, ...]
    value: tuple[int, ...]
    due: int
    risk: int
    earliest: int
    latest: int
    mandatory: bool = False
    days: int = 0
    priority: str = "Medium"

    @property
    def window(self) -> range:
        """The years in which it may be done."""
        return range(max(0, self.earliest), min(self.latest, len(self.cost) - 1) + 1)

    def lateness(self, year: int) -> int:
        """Risk times years late."""
        return self.risk * max(0, year - self.due)


@dataclass(frozen=True, slots=True)
class Shared:
    """A fixed cost that is paid once in a year, however many of these bundles are done in it."""

    pence: int
    members: frozenset[str]


class Merit(NamedTuple):
    """How good a plan is; compared from the left, the least is the best."""

    shortfall: int
    late_risk: int
    discounted_pence: int
    peak_pence: int
    tie_break: int


@dataclass(frozen=True)
class Problem:
    """Everything that a plan must keep to. ``caps`` has the pence of each year.

    ``carry``: what is left of a year may be spent in the next, at most ``carry_limit`` pence of it where one is given.
    ``capacity`` is engineer days a year; ``before`` pairs of ids, the first being done no later than the second;
    ``together`` sets of ids done in one year; ``low_after_high``: no Low before every High that has a feasible year.
    """

    items: tuple[Item, ...]
    caps: tuple[int, ...]
    carry: bool = False
    carry_limit: int | None = None
    capacity: tuple[int, ...] | None = None
    before: tuple[tuple[str, str], ...] = ()
    together: tuple[frozenset[str], ...] = ()
    shared: tuple[Shared, ...] = ()
    low_after_high: bool = True

    @property
    def years(self) -> int:
        """H: how many years there are; also the index that means beyond."""
        return len(self.caps)

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The weight of an id in the tie-break: the lowest id has the highest."""
        ids = sorted((item.id for item in self.items), reverse=True)
        return {name: place for place, name in enumerate(ids, 1)}

    @cached_property
    def by_id(self) -> dict[str, Item]:
        """Items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def first_calls(self) -> tuple[Item, ...]:
        """The Highs for which every Low waits: those that fit into a year of their window on their own."""
        if not self.low_after_high:
            return ()
        return tuple(item for item in self.items if item.priority == "High" and self._fits_alone(item))

    @cached_property
    def lows(self) -> tuple[Item, ...]:
        """The Lows that wait for them."""
        return tuple(item for item in self.items if item.priority == "Low") if self.low_after_high else ()

    def _fits_alone(self, item: Item) -> bool:
        for year in item.window:
            spend = [0] * self.years
            spend[year] = item.cost[year]
            if min(left(self, spend)) >= 0 and (self.capacity is None or item.days <= self.capacity[year]):
                return True
        return False


def spending(problem: Problem, plan: Mapping[str, int]) -> list[int]:
    """Pence spent in each year, shared costs included."""
    spend = [0] * problem.years
    for item in problem.items:
        if plan[item.id] < problem.years:
            spend[plan[item.id]] += item.cost[plan[item.id]]
    for group in problem.shared:
        for year in {plan[name] for name in group.members if plan[name] < problem.years}:
            spend[year] += group.pence
    return spend


def left(problem: Problem, spend: Sequence[int]) -> list[int]:
    """What is left of each year's cap after carrying forward; negative where it is overspent."""
    found, before = [], 0
    for cap, spent in zip(problem.caps, spend, strict=True):
        over = cap + before - spent
        found.append(over)
        kept = max(0, over) if problem.carry else 0
        before = kept if problem.carry_limit is None else min(kept, problem.carry_limit)
    return found


def merit(problem: Problem, plan: Mapping[str, int]) -> Merit:
    """How good a plan is."""
    spend = spending(problem, plan)
    return Merit(
        sum(item.mandatory and plan[item.id] == problem.years for item in problem.items),
        sum(item.lateness(plan[item.id]) for item in problem.items),
        sum(item.value[plan[item.id]] for item in problem.items),
        max(spend, default=0),
        sum(problem.ranks[item.id] * plan[item.id] for item in problem.items),
    )


def violations(problem: Problem, plan: Mapping[str, int]) -> list[str]:
    """Every rule that a plan breaks, in words, judged in whole pence; a sound plan breaks none.

    That a mandatory bundle is left out breaks no rule here: it is the first thing that merit counts.
    """
    if plan.keys() != problem.by_id.keys():
        missing = sorted(plan.keys() ^ problem.by_id.keys())
        return [f"the plan does not have exactly one year for each bundle: {', '.join(missing)}"]
    found = [
        f"{item.id} is done in year {plan[item.id]}, outside {item.earliest} to {item.latest}"
        for item in problem.items
        if plan[item.id] not in item.window and plan[item.id] != problem.years
    ]
    if found:
        return found
    return [*_limits(problem, plan), *_order(problem, plan)]


def _limits(problem: Problem, plan: Mapping[str, int]) -> Iterator[str]:
    for year, over in enumerate(left(problem, spending(problem, plan))):
        if over < 0:
            yield f"year {year} is overspent by {-over} pence"
    if problem.capacity is not None:
        days: dict[int, int] = defaultdict(int)
        for item in problem.items:
            days[plan[item.id]] += item.days
        for year, capacity in enumerate(problem.capacity):
            if days[year] > capacity:
                yield f"year {year} needs {days[year]} engineer days of {capacity}"


def _order(problem: Problem, plan: Mapping[str, int]) -> Iterator[str]:
    for first, second in problem.before:
        if plan[first] > plan[second]:
            yield f"{first} must not come after {second}"
    for group in problem.together:
        if len({plan[name] for name in group}) > 1:
            yield f"{', '.join(sorted(group))} must be done in one year"
    last = max((plan[item.id] for item in problem.first_calls), default=0)
    for item in problem.lows:
        if plan[item.id] < last:
            yield f"{item.id} is Low and comes before a High that could be done"


def broken_names(problem: Problem) -> list[str]:
    """Names in the rules that no bundle has."""
    named = {name for pair in problem.before for name in pair}
    named |= {name for group in problem.together for name in group}
    named |= {name for group in problem.shared for name in group.members}
    return sorted(named - problem.by_id.keys())
