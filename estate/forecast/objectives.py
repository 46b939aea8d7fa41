"""The objectives of a plan as terms of its program: what each costs, and the columns and rows that it needs."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from estate.forecast.plan import Merit
from estate.forecast.program import POUND, Program, Rows


@dataclass(slots=True)
class Extra:
    """Columns and rows of one run, the objectives' own included."""

    upper: list[float]
    whole: list[int]
    rows: Rows

    def columns(self, count: int, upper: float) -> int:
        """New continuous columns; the first one's place."""
        first = len(self.upper)
        self.upper += [upper] * count
        self.whole += [0] * count
        return first


def objective(program: Program, stage: int, extra: Extra) -> tuple[dict[int, float], float]:
    """An objective's terms, and how many of its whole units one unit of the terms is."""
    years = program.problem.years
    pairs = [(group, year, column) for group in program.groups for year, column in group.columns(years)]
    name = Merit._fields[stage]
    if name == "shortfall":
        return {column: float(group.items[0].mandatory and year == years) for group, year, column in pairs}, 1.0
    if name == "late_risk":
        return {column: float(group.items[0].lateness(year)) for group, year, column in pairs}, 1.0
    if name == "discounted_pence":
        return {column: group.items[0].value[year] / POUND for group, year, column in pairs}, POUND
    if name == "peak_pence":
        peak = extra.columns(1, np.inf)
        for spend in program.spend:
            extra.rows.add(spend | {peak: -1.0}, high=0)
        return {peak: 1.0}, POUND
    return _tie_break(program, extra), 1.0


def _tie_break(program: Program, extra: Extra) -> dict[int, float]:
    """Rank times year. Of a group those of the lowest rank go last: what that costs is convex in how many do."""
    terms: dict[int, float] = defaultdict(float)
    years = program.problem.years
    for group in program.groups:
        ranks = sorted(program.problem.ranks[item.id] for item in group.items)
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
