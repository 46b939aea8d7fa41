"""Small steps from a plan to a better one, in whole numbers: what the solver leaves on the table in a large programme.

One bundle moves to another year, or a late one takes the place of one that can wait. A step is taken only where it
makes the plan better by the order of merit and every limit still holds; the order of steps is fixed, so the same plan
always becomes the same plan. Bundles that a rule ties to others stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.plan import left, merit, spending, violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from estate.forecast.plan import Item, Problem

PASSES = 3
# How many pairs of bundles may be looked at: what keeps thousands of bundles to seconds.
PAIRS = 150_000


def polish(problem: Problem, plan: Mapping[str, int]) -> dict[str, int]:
    """The plan after as many better steps as there are in a few passes; never a worse one, never an unsound one."""
    board = _Board(problem, dict(plan), spending(problem, plan), _days(problem, plan))
    free = _free(problem)
    pairs = PAIRS
    for _ in range(PASSES):
        before = dict(board.plan)
        for item in free:
            _move(board, item)
        pairs = _exchange(board, free, pairs)
        if board.plan == before:
            break
    if violations(problem, board.plan) or merit(problem, board.plan) >= merit(problem, plan):
        return dict(plan)
    return board.plan


def _free(problem: Problem) -> list[Item]:
    """Bundles that may move without regard to others: no rule names them, and nothing waits for them."""
    tied = {name for pair in problem.before for name in pair}
    tied |= {name for group in problem.together for name in group}
    tied |= {name for group in problem.shared for name in group.members}
    if problem.lows:
        tied |= {item.id for item in (*problem.first_calls, *problem.lows)}
    return sorted((item for item in problem.items if item.id not in tied), key=lambda item: item.id)


def _days(problem: Problem, plan: Mapping[str, int]) -> list[int]:
    found = [0] * (problem.years + 1)
    for item in problem.items:
        found[plan[item.id]] += item.days
    return found


@dataclass(slots=True)
class _Board:
    """A plan with what it spends and how many days it takes, kept up as bundles move."""

    problem: Problem
    plan: dict[str, int]
    spend: list[int]
    days: list[int]

    def take(self, *moves: tuple[Item, int]) -> bool:
        """Make some moves at once where they make the plan better and all limits hold; else leave it as it is."""
        spend, days = list(self.spend), list(self.days)
        gain = [0, 0, 0, 0, 0]
        for item, year in moves:
            was = self.plan[item.id]
            if was < self.problem.years:
                spend[was] -= item.cost[was]
            if year < self.problem.years:
                spend[year] += item.cost[year]
            days[was] -= item.days
            days[year] += item.days
            for place, change in enumerate(change_of(self.problem, item, was, year)):
                gain[place] += change
        gain[3] = max(spend) - max(self.spend)
        gain[4] = sum(self.problem.ranks[item.id] * (year - self.plan[item.id]) for item, year in moves)
        if gain >= [0, 0, 0, 0, 0] or min(left(self.problem, spend)) < 0:
            return False
        capacity = self.problem.capacity
        if capacity is not None and any(days[year] > limit for year, limit in enumerate(capacity)):
            return False
        self.spend, self.days = spend, days
        self.plan.update({item.id: year for item, year in moves})
        return True


def change_of(problem: Problem, item: Item, was: int, year: int) -> tuple[int, int, int]:
    """What moving a bundle does to the first three objectives."""
    shortfall = item.mandatory * ((year == problem.years) - (was == problem.years))
    return shortfall, item.lateness(year) - item.lateness(was), item.value[year] - item.value[was]


def _choices(problem: Problem, item: Item) -> Iterator[int]:
    yield from item.window
    yield problem.years


def _move(board: _Board, item: Item) -> None:
    for year in _choices(board.problem, item):
        if year != board.plan[item.id] and change_of(board.problem, item, board.plan[item.id], year) <= (0, 0, 0):
            board.take((item, year))


def _exchange(board: _Board, free: list[Item], pairs: int) -> int:
    """Let every late bundle take the place of one that loses less by going later; what is left of ``pairs``."""
    problem = board.problem
    late = sorted((item for item in free if board.plan[item.id] > item.due), key=lambda item: (-item.risk, item.id))
    for item in late:
        was = board.plan[item.id]
        for year in (year for year in item.window if year < was):
            gain = change_of(problem, item, was, year)
            for other in free:
                if board.plan[other.id] != year or other is item:
                    continue
                pairs -= 1
                if pairs < 0:
                    return 0
                if _traded(board, item, year, other, gain):
                    break
            if board.plan[item.id] != was:
                break
    return pairs


def _traded(board: _Board, item: Item, year: int, other: Item, gain: tuple[int, int, int]) -> bool:
    """Whether the other bundle went later, so that the item could take its year."""
    for later in _choices(board.problem, other):
        if later <= year:
            continue
        loss = change_of(board.problem, other, year, later)
        total = (gain[0] + loss[0], gain[1] + loss[1], gain[2] + loss[2])
        if total < (0, 0, 0) and board.take((item, year), (other, later)):
            return True
    return False
