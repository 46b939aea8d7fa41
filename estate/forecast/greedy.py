"""Plans by rule of thumb: the floor below which no plan may fall, and an answer where the solver finds none.

Bundles are placed one after the other, the most urgent first, each in the best year that still has room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estate.forecast.plan import Item, Problem, left, merit, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Order = Callable[[list[Item]], tuple[int, ...]]


def greedy(problem: Problem) -> dict[str, int]:
    """The best of the plans that simple orders give; always one that breaks no rule (doing nothing is one)."""
    orders: tuple[Order, ...] = (_mandatory_first, _by_value, _by_due)
    plans = [by_order(problem, order) for order in orders]
    sound = [plan for plan in plans if not violations(problem, plan)]
    nothing = dict.fromkeys(problem.by_id, problem.years)
    return min((*sound, nothing), key=lambda plan: merit(problem, plan))


def risk_first(problem: Problem) -> dict[str, int]:
    """The order that first comes to mind: by risk alone, whatever is mandatory. It can leave no room for that."""
    return by_order(problem, lambda items: (-max(item.risk for item in items),))


def by_order(problem: Problem, order: Order) -> dict[str, int]:
    """Place every block of bundles in an order, each in the first of its preferred years in which all limits hold."""
    plan = dict.fromkeys(problem.by_id, problem.years)
    room = _Room(problem)
    blocks = sorted(_blocks(problem), key=lambda items: (_class(items), *order(items), items[0].id))
    done: set[str] = set()
    waiting = blocks
    while waiting:
        ready = [items for items in waiting if _ready(problem, items, done)]
        for items in ready or waiting[:1]:
            _place(room, plan, items)
            done |= {item.id for item in items}
        waiting = [items for items in waiting if items[0].id not in done]
    return plan


def _blocks(problem: Problem) -> list[list[Item]]:
    """Bundles that go in one year as one block; sets that share a member are one."""
    block: dict[str, set[str]] = {name: {name} for name in problem.by_id}
    for group in problem.together:
        whole = set().union(*(block[name] for name in group))
        for name in whole:
            block[name] = whole
    distinct = {id(names): names for names in block.values()}
    return [sorted((problem.by_id[name] for name in names), key=lambda item: item.id) for names in distinct.values()]


def _class(items: list[Item]) -> int:
    """Lows go last of all: they wait for the Highs."""
    return int(any(item.priority == "Low" for item in items))


def _mandatory_first(items: list[Item]) -> tuple[int, ...]:
    return (-any(item.mandatory for item in items), -sum(item.risk for item in items))


def _by_value(items: list[Item]) -> tuple[int, ...]:
    """Much risk for little money first, in whole numbers: risk a million pounds."""
    cost = max(1, sum(max(item.cost, default=0) for item in items))
    return (-any(item.mandatory for item in items), -(sum(item.risk for item in items) * 10**8 // cost))


def _by_due(items: list[Item]) -> tuple[int, ...]:
    return (-any(item.mandatory for item in items), min(item.due for item in items), -sum(item.risk for item in items))


def _ready(problem: Problem, items: list[Item], done: set[str]) -> bool:
    """Whether everything that must not come after these is placed."""
    names = {item.id for item in items}
    return all(first in done or first in names for first, second in problem.before if second in names)


@dataclass(slots=True)
class _Room:
    """What is taken so far, kept up as blocks are placed."""

    problem: Problem
    spend: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    paid: set[tuple[int, int]] = field(default_factory=set)  # shared costs, by place and year

    def __post_init__(self) -> None:
        self.spend = [0] * self.problem.years
        self.days = [0] * self.problem.years

    def take(self, items: Sequence[Item], year: int) -> bool:
        """Place a block in a year if all limits hold with it; otherwise leave everything as it is."""
        names = {item.id for item in items}
        groups = [
            place
            for place, group in enumerate(self.problem.shared)
            if (place, year) not in self.paid and names & group.members
        ]
        spend = list(self.spend)
        spend[year] += sum(item.cost[year] for item in items) + sum(self.problem.shared[at].pence for at in groups)
        days = self.days[year] + sum(item.days for item in items)
        capacity = self.problem.capacity
        if min(left(self.problem, spend)) < 0 or (capacity is not None and days > capacity[year]):
            return False
        self.spend, self.days[year] = spend, days
        self.paid.update((place, year) for place in groups)
        return True


def _place(room: _Room, plan: dict[str, int], items: list[Item]) -> None:
    problem, names = room.problem, {item.id for item in items}
    not_before = max((plan[a] for a, b in problem.before if b in names and a not in names), default=0)
    if any(item.priority == "Low" for item in items):
        not_before = max([not_before, *(plan[item.id] for item in problem.first_calls)])
    years = set(range(not_before, problem.years)).intersection(*(item.window for item in items))
    for year in sorted(years, key=lambda year: _cost_of(items, year)):
        if room.take(items, year):
            plan.update(dict.fromkeys(names, year))
            return


def _cost_of(items: Sequence[Item], year: int) -> tuple[int, int, int]:
    late = sum(item.lateness(year) for item in items)
    return late, sum(item.value[year] for item in items), year
