"""From a stored forecast and a council's limits to a capped plan, stored as a new draft beside its need.

A plan is worked out once and kept as a statement (``header["plan"]``, see :mod:`estate.forecast.version`); the version
that holds it is computed from the years in that statement, so it can be computed again without solving anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from estate.forecast.binding import displaced
from estate.forecast.inputs import SCENARIOS
from estate.forecast.plan import left, spending
from estate.forecast.plan_problem import DISCOUNT_PCT, Terms, problem_of, years_of
from estate.forecast.scenarios import BEYOND
from estate.forecast.service import pinned_contents, pinned_inputs, store_forecast
from estate.forecast.solver import Solution, solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from estate.forecast.inputs import Inputs
    from estate.forecast.plan import Problem
    from estate.forecast.version import Version
    from estate.store.database import Database


def make_plan(database: Database, version_id: int, terms: Terms) -> Version:
    """Plan a stored forecast within its terms, and store the plan as a new draft: scenario ``capped`` beside ``need``.

    Raises:
        EstateError: when there is no such version, or it cannot be computed again.
        UsageError: when the terms name a bundle or year that it does not have, or leave a year without a cap.
    """
    inputs = pinned_inputs(database, version_id)
    statement = {"of": version_id, **plan_of(inputs, terms)}
    wanted = {*inputs.scenarios, "need", "capped"}
    planned = replace(
        inputs,
        scenarios=tuple(name for name in SCENARIOS if name in wanted),
        attached={**inputs.attached, "plan": statement},
    )
    return store_forecast(database, planned, pinned_contents(database, version_id), None)


def plan_of(inputs: Inputs, terms: Terms) -> dict[str, Any]:
    """The plan of these inputs as the statement that is stored: plain JSON, amounts in pence."""
    problem = problem_of(inputs, terms)
    solution = solve(problem, terms.nodes)
    return _statement(inputs, terms, problem, solution)


def _statement(inputs: Inputs, terms: Terms, problem: Problem, solution: Solution) -> dict[str, Any]:
    names = [str(year) for year in years_of(inputs)]
    plan, spend = solution.plan, spending(problem, solution.plan)

    def name(year: int) -> str:
        return names[year] if year < problem.years else BEYOND

    need = [0] * problem.years
    for item in problem.items:
        need[item.due] += item.cost[item.due]
    return {
        "years": {item.id: name(plan[item.id]) for item in problem.items},
        "caps": dict(zip(names, problem.caps, strict=True)),
        "caps_from": "released" if terms.caps is None else "stated",
        "need": dict(zip(names, need, strict=True)),
        "spend": dict(zip(names, spend, strict=True)),
        "left": dict(zip(names, left(problem, spend), strict=True)),
        "carry": problem.carry,
        "carry_limit_pence": problem.carry_limit,
        "capacity_days": None if problem.capacity is None else dict(zip(names, problem.capacity, strict=True)),
        "pull_forward": terms.pull_forward,
        "low_after_high": problem.low_after_high,
        "mandatory": [item.id for item in problem.items if item.mandatory],
        "before": [list(pair) for pair in problem.before],
        "together": [sorted(group) for group in problem.together],
        "shared": [{"pence": group.pence, "bundles": sorted(group.members)} for group in problem.shared],
        "risk_weight": dict(inputs.parameters.risk_weight),
        "discount_pct": str(DISCOUNT_PCT),
        "objectives": [
            {
                "objective": proof.objective,
                "value": proof.value,
                "bound": proof.bound,
                "proven": proof.proven,
                "gap_pct": proof.gap_pct,
            }
            for proof in solution.proofs
        ],
        "proven": all(proof.proven for proof in solution.proofs),
        "method": solution.method,
        "greedy": solution.greedy._asdict(),
        "bundles": [
            {"bundle_id": item.id, "priority": item.priority, "risk": item.risk, "due": names[item.due],
             "planned": name(plan[item.id]), "mandatory": item.mandatory}
            for item in problem.items
        ],
        "displaced": [
            {
                "bundle_id": item.id,
                "due": name(item.due),
                "planned": name(item.planned),
                "target": name(item.target),
                "binds": list(item.binds),
                "extra_pence": item.extra_pence,
                "restores": item.restores,
            }
            for item in displaced(problem, plan, names)
        ],
    }  # fmt: skip


# What makes one plan better than another, in words.
OBJECTIVES = {
    "shortfall": "the number of mandatory bundles left out",
    "late_risk": "the risk of being late",
    "discounted_pence": "the discounted cost",
    "peak_pence": "the dearest year",
    "tie_break": "which of equally good plans",
}


def proof_sentence(statement: Mapping[str, Any]) -> str:
    """Whether the plan is the best one, in words."""
    if statement["proven"]:
        return "no plan is better: every objective is proven"
    gaps = [
        f"{OBJECTIVES[item['objective']]} is not sought further" if item["gap_pct"] is None
        else f"{OBJECTIVES[item['objective']]} may be {item['gap_pct']} % above the best"
        for item in statement["objectives"]
        if not item["proven"]
    ]  # fmt: skip
    return f"the best plan found, checked in whole pence, without proof: {'; '.join(gaps)}"
