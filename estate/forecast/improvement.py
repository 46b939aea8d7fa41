"""A better plan by one objective: the program run by HiGHS (through scipy), and what it answers judged in whole pence.

HiGHS works in doubles, so what it answers is rounded to whole years and confirmed before anybody sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from estate.forecast.objectives import Extra, objective
from estate.forecast.plan import left, spending, violations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from estate.forecast.plan import Merit
    from estate.forecast.program import Program

# How often another plan is asked for where whole pence refute one: the fewer, the more columns there are.
ATTEMPTS, ATTEMPT_COLUMNS = 20, 20_000
# How much of the solver's bound is not believed, in whole units of an objective (points of risk, pence): two thousand
# columns at its tolerance of 1e-7, in pounds, are a fiftieth of a penny.
DOUBT = 0.05


def improve(program: Program, stage: int, value: Merit, nodes: int) -> tuple[dict[str, int] | None, int | None]:
    """A plan that minimises an objective, the earlier ones being no worse than ``value``, and the bound proven.

    The plan is one that its whole pence confirm, or None.
    """
    rows = program.rows.copy()
    extra = Extra(list(program.upper), list(program.whole), rows)
    for earlier in range(stage):
        terms, unit = objective(program, earlier, extra)
        # whole numbers: half of one more is as good as none more, and leaves the doubles room
        rows.add(terms, high=(value[earlier] + 0.5) / unit)
    terms, unit = objective(program, stage, extra)
    costs = np.zeros(len(extra.upper))
    for column, factor in terms.items():
        costs[column] = factor
    bound: int | None = None
    for _ in range(max(2, min(ATTEMPTS, ATTEMPT_COLUMNS // max(1, program.size)))):
        answer = _run(costs, extra, nodes)
        if answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound):
            bound = int(np.ceil(answer.mip_dual_bound * unit - DOUBT))
        if answer.x is None:
            return None, bound
        plan = _plan(program, answer.x)
        if not violations(program.problem, plan):
            return plan, bound
        cover = _overspent(program, plan)
        if cover is None:
            return None, bound
        # true of every plan: so it holds for the bound, and for the objectives to come
        for rows_ in (rows, program.rows):
            rows_.add(dict.fromkeys(cover, 1.0), high=len(cover) - 1)
    return None, bound


def _overspent(program: Program, plan: Mapping[str, int]) -> list[int] | None:
    """The columns of what together overspends the first year that is; None where one of them is not of one bundle.

    Doubles may take a sum for a penny less than it is; whatever else a plan does, it cannot do all of these.
    """
    over = [year for year, rest in enumerate(left(program.problem, spending(program.problem, plan))) if rest < 0]
    if not over:
        return None
    years = range(over[0] + 1) if program.problem.carry else range(over[0], over[0] + 1)
    chosen = [(program.of[item.id], plan[item.id]) for item in program.problem.items if plan[item.id] in years]
    if any(group.size > 1 for group, _ in chosen):
        return None
    return [dict(group.columns(program.problem.years))[year] for group, year in chosen]


def _run(costs: Any, extra: Extra, nodes: int) -> Any:
    rows = extra.rows
    matrix = csr_array((rows.data, (rows.rows, rows.columns)), shape=(len(rows.low), len(extra.upper)))
    return milp(
        costs,
        integrality=np.array(extra.whole),
        bounds=Bounds(np.zeros(len(extra.upper)), np.array(extra.upper)),
        constraints=LinearConstraint(matrix, np.array(rows.low), np.array(rows.high)),
        options={"node_limit": nodes, "mip_rel_gap": 0.0},
    )


def _plan(program: Program, answer: Any) -> dict[str, int]:
    """The years of every bundle: within a group the lowest ids go first."""
    plan: dict[str, int] = {}
    for group in program.groups:
        taken = [
            year for year, column in group.columns(program.problem.years) for _ in range(round(float(answer[column])))
        ]
        # doubles may leave one over or short; the checker then judges what comes of it
        taken += [program.problem.years] * (group.size - len(taken))
        plan |= {item.id: year for item, year in zip(group.items, taken, strict=False)}
    return plan
