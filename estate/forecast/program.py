"""A capped plan as a mixed-integer program: its columns, and the rows that hold it to the rules.

Bundles that differ in nothing but their name are one whole-number column a year.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from estate.forecast.plan import Item, Problem, Shared

# Money stands in the program in pounds: a tolerance of the solver is then less than a penny.
POUND = 100.0


@dataclass(slots=True)
class Group:
    """Items that differ in nothing but their id, and their first column; one a year of the window, then beyond."""

    items: list[Item]
    first: int

    @property
    def size(self) -> int:
        """How many items it has."""
        return len(self.items)

    def columns(self, years: int) -> Iterator[tuple[int, int]]:
        """Each year that the group may take, beyond last, with its column."""
        return zip((*self.items[0].window, years), itertools.count(self.first), strict=False)


@dataclass(slots=True)
class Rows:
    """Constraints ``low <= row <= high`` in sparse form."""

    data: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Mapping[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """Add a constraint on the sum of some columns, each times its factor."""
        for column, factor in terms.items():
            if factor:
                self.rows.append(len(self.low))
                self.columns.append(column)
                self.data.append(factor)
        self.low.append(low)
        self.high.append(high)

    def copy(self) -> Rows:
        """The same, to add to."""
        return Rows(list(self.data), list(self.rows), list(self.columns), list(self.low), list(self.high))


class Program:
    """The problem as columns and rows; what every plan must keep is added as it comes up."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.upper: list[float] = []
        self.whole: list[int] = []
        self.rows = Rows()
        self.groups = [Group(items, 0) for items in _alike(problem)]
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

    def _by(self, group: Group, year: int) -> dict[int, float]:
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


def _alike(problem: Problem) -> list[list[Item]]:
    """Items that differ in nothing but their id, together; those that a rule names stay alone."""
    named = {name for pair in problem.before for name in pair}
    named |= {name for group in problem.together for name in group}
    named |= {name for group in problem.shared for name in group.members}
    groups: dict[object, list[Item]] = defaultdict(list)
    for item in sorted(problem.items, key=lambda item: item.id):
        groups[item.id if item.id in named else replace(item, id="")].append(item)
    return list(groups.values())


def _distinct(groups: Iterator[Group]) -> list[Group]:
    return list({group.first: group for group in groups}.values())
