"""A capped plan as a mixed-integer program for HiGHS (through scipy): columns, rows and objectives.

Bundles that differ in nothing but their name are one whole-number column a year. HiGHS works in doubles, so what it
answers is rounded to whole years and judged in whole pence before anybody sees it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from estate.forecast.plan import Merit, left, spending, violations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from estate.forecast.plan import Item, Problem, Shared

# How often another plan is asked for where whole pence refute one: the fewer, the more columns there are.
ATTEMPTS, ATTEMPT_COLUMNS = 20, 20_000
# Money stands in the program in pounds: a tolerance of the solver is then less than a penny.
POUND = 100.0
# How much of the solver's bound is not believed, in whole units of an objective (points of risk, pence): two thousand
# columns at its tolerance of 1e-7, in pounds, are a fiftieth of a penny.
DOUBT = 0.05


@dataclass(slots=True)
class _Group:
    """Items that differ in nothing but their id, and their first column; one a year of the window, then beyond."""

    items: list[Item]
    first: int

    @property
    def size(self) -> int:
        return len(self.items)

    def columns(self, years: int) -> Iterator[tuple[int, int]]:
        """Each year that the group may take, beyond last, with its column."""
        return zip((*self.items[0].window, years), itertools.count(self.first), strict=False)


@dataclass(slots=True)
class _Rows:
    """Constraints ``low <= row <= high`` in sparse form."""

    data: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Mapping[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        for column, factor in terms.items():
            if factor:
                self.rows.append(len(self.low))
                self.columns.append(column)
                self.data.append(factor)
        self.low.append(low)
        self.high.append(high)

    def copy(self) -> _Rows:
        return _Rows(list(self.data), list(self.rows), list(self.columns), list(self.low), list(self.high))


class Program:
    """The problem as columns and rows; objectives are added as they come up."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.upper: list[float] = []
        self.whole: list[int] = []
        self.rows = _Rows()
        self.groups = [_Group(items, 0) for items in _alike(problem)]
        for group in self.groups:
            window = (*group.items[0].window, problem.years)
            group.first = self._columns(len(window), group.size)
            self.rows.add({column: 1 for _, column in group.columns(problem.years)}, group.size, group.size)
        self.of = {item.id: group for group in self.groups for item in group.items}
        self.spend: list[dict[int, float]] = [{} for _ in range(problem.years)]
        self._budget()
        self._capacity()
        self._order()
        self._low_after_high()

    @property
    def size(self) -> int:
        """How many columns it has."""
        return len(self.upper)

    def _columns(self, count: int, upper: float, *, whole: bool = True) -> int:
        first = len(self.upper)
        self.upper += [upper] * count
        self.whole += [int(whole)] * count
        return first

    def _budget(self) -> None:
        years = self.problem.years
        for group in self.groups:
            for year, column in group.columns(years):
                if year < years:
                    self.spend[year][column] = group.items[0].cost[year] / POUND
        for shared in self.problem.shared:
            self._shared(shared)
        limit = self.problem.carry_limit
        kept = self._columns(years, np.inf if limit is None else limit / POUND, whole=False)
        for year, cap in enumerate(self.problem.caps):
            terms = self.spend[year] | {kept + year: 1.0}
            if year and self.problem.carry:
                terms[kept + year - 1] = -1.0
            self.rows.add(terms, high=cap / POUND)

    def _shared(self, shared: Shared) -> None:
        years = self.problem.years
        paid = self._columns(years, 1, whole=False)
        for year in range(years):
            self.spend[year][paid + year] = shared.pence / POUND
        for name in sorted(shared.members):
            for year, column in self.of[name].columns(years):
                if year < years:
                    self.rows.add({paid + year: 1, column: -1}, low=0)

    def _capacity(self) -> None:
        for year, days in enumerate(self.problem.capacity or ()):
            terms = {
                column: float(group.items[0].days)
                for group in self.groups
                for when, column in group.columns(self.problem.years)
                if when == year
            }
            self.rows.add(terms, high=days)

    def _by(self, group: _Group, year: int) -> dict[int, float]:
        """How many of a group are done by the end of a year."""
        return {column: 1.0 for when, column in group.columns(self.problem.years) if when <= year}

    def _order(self) -> None:
        years = self.problem.years
        for first, second in self.problem.before:
            for year in range(years):
                later = dict.fromkeys(self._by(self.of[second], year), -1.0)
                self.rows.add(self._by(self.of[first], year) | later, low=0)
        for names in self.problem.together:
            one, *others = (dict(self.of[name].columns(years)) for name in sorted(names))
            for other in others:
                for year in range(years + 1):
                    terms = {}
                    if year in one:
                        terms[one[year]] = 1.0
                    if year in other:
                        terms[other[year]] = -1.0
                    self.rows.add(terms, 0, 0)

    def _low_after_high(self) -> None:
        lows = _distinct(self.of[item.id] for item in self.problem.lows)
        highs = _distinct(self.of[item.id] for item in self.problem.first_calls)
        if not lows or not highs:
            return
        years = self.problem.years
        start = min(year for group in lows for year, _ in group.columns(years))
        gate = self._columns(years, 1)
        for year in range(start, years):
            for group in highs:
                self.rows.add(self._by(group, year) | {gate + year: -float(group.size)}, low=0)
            for group in lows:
                self.rows.add(self._by(group, year) | {gate + year: -float(group.size)}, high=0)

    # -------------------------------------------------------------------------------------------------- objectives

    def improve(self, stage: int, value: Merit, nodes: int) -> tuple[dict[str, int] | None, int | None]:
        """A plan that minimises an objective, the earlier ones being no worse than ``value``, and the bound proven.

        The plan is one that its whole pence confirm, or None.
        """
        rows = self.rows.copy()
        extra = _Extra(list(self.upper), list(self.whole), rows)
        for earlier in range(stage):
            terms, unit = self._objective(earlier, extra)
            # whole numbers: half of one more is as good as none more, and leaves the doubles room
            rows.add(terms, high=(value[earlier] + 0.5) / unit)
        terms, unit = self._objective(stage, extra)
        costs = np.zeros(len(extra.upper))
        for column, factor in terms.items():
            costs[column] = factor
        bound: int | None = None
        for _ in range(max(2, min(ATTEMPTS, ATTEMPT_COLUMNS // max(1, self.size)))):
            answer = self._run(costs, extra, nodes)
            if answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound):
                bound = int(np.ceil(answer.mip_dual_bound * unit - DOUBT))
            if answer.x is None:
                return None, bound
            plan = self._plan(answer.x)
            if not violations(self.problem, plan):
                return plan, bound
            cover = self._overspent(plan)
            if cover is None:
                return None, bound
            # true of every plan: so it holds for the bound, and for the objectives to come
            for rows_ in (rows, self.rows):
                rows_.add(dict.fromkeys(cover, 1.0), high=len(cover) - 1)
        return None, bound

    def _overspent(self, plan: Mapping[str, int]) -> list[int] | None:
        """The columns of what together overspends the first year that is; None where one of them is not of one bundle.

        Doubles may take a sum for a penny less than it is; whatever else a plan does, it cannot do all of these.
        """
        over = [year for year, rest in enumerate(left(self.problem, spending(self.problem, plan))) if rest < 0]
        if not over:
            return None
        years = range(over[0] + 1) if self.problem.carry else range(over[0], over[0] + 1)
        chosen = [(self.of[item.id], plan[item.id]) for item in self.problem.items if plan[item.id] in years]
        if any(group.size > 1 for group, _ in chosen):
            return None
        return [dict(group.columns(self.problem.years))[year] for group, year in chosen]

    def _run(self, costs: Any, extra: _Extra, nodes: int) -> Any:
        rows = extra.rows
        matrix = csr_array((rows.data, (rows.rows, rows.columns)), shape=(len(rows.low), len(extra.upper)))
        return milp(
            costs,
            integrality=np.array(extra.whole),
            bounds=Bounds(np.zeros(len(extra.upper)), np.array(extra.upper)),
            constraints=LinearConstraint(matrix, np.array(rows.low), np.array(rows.high)),
            options={"node_limit": nodes, "mip_rel_gap": 0.0},
        )

    def _objective(self, stage: int, extra: _Extra) -> tuple[dict[int, float], float]:
        """An objective's terms, and how many of its whole units one unit of the terms is."""
        years = self.problem.years
        pairs = [(group, year, column) for group in self.groups for year, column in group.columns(years)]
        name = Merit._fields[stage]
        if name == "shortfall":
            return {column: float(group.items[0].mandatory and year == years) for group, year, column in pairs}, 1.0
        if name == "late_risk":
            return {column: float(group.items[0].lateness(year)) for group, year, column in pairs}, 1.0
        if name == "discounted_pence":
            return {column: group.items[0].value[year] / POUND for group, year, column in pairs}, POUND
        if name == "peak_pence":
            peak = extra.columns(1, np.inf)
            for spend in self.spend:
                extra.rows.add(spend | {peak: -1.0}, high=0)
            return {peak: 1.0}, POUND
        return self._tie_break(extra), 1.0

    def _tie_break(self, extra: _Extra) -> dict[int, float]:
        """Rank times year. Of a group those of the lowest rank go last: what that costs is convex in how many do."""
        terms: dict[int, float] = defaultdict(float)
        years = self.problem.years
        for group in self.groups:
            ranks = sorted(self.problem.ranks[item.id] for item in group.items)
            if group.size == 1:
                for year, column in group.columns(years):
                    terms[column] += float(ranks[0] * year)
                continue
            sums = [0, *itertools.accumulate(ranks)]
            for least in range(1, years + 1):
                later = {column: 1.0 for year, column in group.columns(years) if year >= least}
                weight = extra.columns(1, np.inf)
                for done, rank in enumerate(ranks):
                    # the line through (done, sums[done]) and the next point: weight >= it
                    line = {weight: 1.0} | {column: -float(rank) for column in later}
                    extra.rows.add(line, low=float(sums[done] - rank * done))
                terms[weight] = 1.0
        return terms

    def _plan(self, answer: Any) -> dict[str, int]:
        """The years of every bundle: within a group the lowest ids go first."""
        plan: dict[str, int] = {}
        for group in self.groups:
            taken = [
                year for year, column in group.columns(self.problem.years) for _ in range(round(float(answer[column])))
            ]
            # doubles may leave one over or short; the checker then judges what comes of it
            taken += [self.problem.years] * (group.size - len(taken))
            plan |= {item.id: year for item, year in zip(group.items, taken, strict=False)}
        return plan


@dataclass(slots=True)
class _Extra:
    """Columns and rows of one run, the objectives' own included."""

    upper: list[float]
    whole: list[int]
    rows: _Rows

    def columns(self, count: int, upper: float) -> int:
        """New continuous columns; the first one's place."""
        first = len(self.upper)
        self.upper += [upper] * count
        self.whole += [0] * count
        return first


def _alike(problem: Problem) -> list[list[Item]]:
    """Items that differ in nothing but their id, together; those that a rule names stay alone."""
    named = {name for pair in problem.before for name in pair}
    named |= {name for group in problem.together for name in group}
    named |= {name for group in problem.shared for name in group.members}
    groups: dict[object, list[Item]] = defaultdict(list)
    for item in sorted(problem.items, key=lambda item: item.id):
        groups[item.id if item.id in named else replace(item, id="")].append(item)
    return list(groups.values())


def _distinct(groups: Iterator[_Group]) -> list[_Group]:
    return list({group.first: group for group in groups}.values())
