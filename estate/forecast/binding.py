"""Why a plan could not do a bundle when it is needed, and what would change that, to the penny (forecast-model.md 2.9).

Every other bundle stays where the plan has it; the displaced one, with those that must go in its year, is put back
into the year in which it is due (or the first in which it can be delivered). The rules that then break are the ones
that bind. Where only money binds, so many pence more in that year's cap, and not one less, make the plan sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from estate.forecast.plan import left, spending
from estate.pounds import pounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from estate.forecast.plan import Item, Problem


@dataclass(frozen=True, slots=True)
class Displaced:
    """A bundle that the plan does later than it is due, or not in these years (``planned`` = H).

    ``binds`` are sentences, the first word naming the kind: ``budget``, ``capacity``, ``precedence``, ``high_first``,
    ``together``, ``window``, or ``objective`` where nothing would break: earlier objectives were worth more.
    ``extra_pence`` is what the cap of year ``target`` lacks, 0 where money does not bind; ``restores`` says whether
    that alone is enough.
    """

    id: str
    due: int
    planned: int
    target: int
    binds: tuple[str, ...]
    extra_pence: int
    restores: bool


@dataclass(frozen=True, slots=True)
class _Case:
    """A plan that is looked at, with what it spends, and the names of its years."""

    problem: Problem
    plan: Mapping[str, int]
    spend: Sequence[int]
    names: Sequence[str]

    def name(self, year: int) -> str:
        return self.names[year] if year < self.problem.years else "beyond"


def displaced(problem: Problem, plan: Mapping[str, int], names: Sequence[str]) -> list[Displaced]:
    """Every bundle that is later than due, with what binds; by risk, the greatest first.

    ``names`` are what the sentences call the years.
    """
    case = _Case(problem, plan, spending(problem, plan), names)
    late = [item for item in problem.items if plan[item.id] > item.due]
    late.sort(key=lambda item: (-item.risk, item.id))
    return [_explained(case, item) for item in late]


def _explained(case: _Case, item: Item) -> Displaced:
    planned, target = case.plan[item.id], max(item.due, item.earliest)
    if target not in item.window or target >= planned:
        reason = f"window: it cannot be done earlier than {case.name(planned)}"
        return Displaced(item.id, item.due, planned, target, (reason,), 0, restores=False)
    block = _block(case.problem, item)
    binds = list(_others(case, block, target))
    extra = _extra(case, block, target)
    if extra:
        binds.insert(0, f"budget: {case.name(target)} lacks {pounds(extra)}")
    restores = extra > 0 and len(binds) == 1
    reasons = tuple(binds) or (f"objective: {case.name(target)} has room, but this order is worth more",)
    return Displaced(item.id, item.due, planned, target, reasons, extra, restores)


def _block(problem: Problem, item: Item) -> list[Item]:
    """The bundle and all that must go in one year with it."""
    names, before = {item.id}, 0
    while len(names) > before:
        before = len(names)
        names |= {name for group in problem.together if group & names for name in group}
    return [problem.by_id[name] for name in sorted(names)]


def _extra(case: _Case, block: list[Item], target: int) -> int:
    """The least that the cap of a year must grow by for the block to move there; 0 where it has room."""
    problem, plan = case.problem, case.plan
    if any(target not in item.window for item in block):
        return 0
    if problem.shared:
        after = spending(problem, {**plan, **dict.fromkeys((item.id for item in block), target)})
    else:
        after = list(case.spend)
        for item in block:
            if plan[item.id] < problem.years:
                after[plan[item.id]] -= item.cost[plan[item.id]]
            after[target] += item.cost[target]

    def short(extra: int) -> bool:
        caps = tuple(cap + extra * (year == target) for year, cap in enumerate(problem.caps))
        return min(left(replace(problem, caps=caps), after)) < 0

    if not short(0):
        return 0
    # what the move adds to the year is always enough: all later years are then as they were, or better
    low, high = 0, after[target] - case.spend[target]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if short(middle) else (low, middle)
    return high


def _others(case: _Case, block: list[Item], target: int) -> Iterator[str]:
    """The rules other than money that the move would break."""
    problem, plan, names = case.problem, case.plan, {item.id for item in block}
    for item in block:
        if target not in item.window:
            yield f"together: {item.id} goes with it, and cannot be done in {case.name(target)}"
    if problem.capacity is not None:
        taken = sum(item.days for item in problem.items if plan[item.id] == target or item.id in names)
        if taken > problem.capacity[target]:
            yield f"capacity: {case.name(target)} would need {taken} engineer days of {problem.capacity[target]}"
    for first, second in problem.before:
        if second in names and first not in names and plan[first] > target:
            yield f"precedence: {first} is done in {case.name(plan[first])}"
    if any(item.priority == "Low" for item in block):
        last = max(problem.first_calls, key=lambda item: plan[item.id], default=None)
        if last is not None and plan[last.id] > target:
            yield f"high_first: {last.id} is High, and is done in {case.name(plan[last.id])}"
