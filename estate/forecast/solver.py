"""The best plan: its objectives one after the other, each minimised with the earlier ones held at what they came to.

The solver works in doubles, so nothing that it says is taken on trust: its plan is rounded to whole years, judged in
whole pence by :func:`estate.forecast.plan.violations`, and kept only where it is better than the best plan so far, the
first of which is the greedy one. Its work is limited by nodes, never by time, so the same problem gives the same plan;
an objective without proof says how far it may be from the best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from estate.forecast.greedy import greedy
from estate.forecast.improvement import improve
from estate.forecast.plan import Merit, merit
from estate.forecast.polish import polish
from estate.forecast.program import Program

if TYPE_CHECKING:
    from estate.forecast.plan import Problem

# How much work an objective may take, in columns times nodes, and how many nodes a small problem may take at most.
WORK, NODES = 1_000_000, 5_000


@dataclass(frozen=True, slots=True)
class Proof:
    """How one objective ended: its value, and the least that any plan could reach (None: it was not sought).

    Below an objective without proof only one more is sought: what comes after it decides between plans that are no
    longer known to be the best.
    """

    objective: str
    value: int
    bound: int | None

    @property
    def proven(self) -> bool:
        """Whether no plan does better, given the earlier objectives."""
        return self.bound is not None and self.bound >= self.value

    @property
    def gap_pct(self) -> str | None:
        """How far the value may be above the best, in per cent of it, rounded up to two places; ``0.00``: proven."""
        if self.bound is None:
            return None
        hundredths = -(-max(0, self.value - self.bound) * 10_000 // max(1, abs(self.value)))
        return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan that broke no rule, how good it is, what is proven, and which method found it."""

    plan: dict[str, int]
    merit: Merit
    greedy: Merit
    proofs: tuple[Proof, ...]
    method: str


def solve(problem: Problem, nodes: int | None = None) -> Solution:
    """The best plan that so many nodes an objective find (by size where None); never worse than the greedy one."""
    best = greedy(problem)
    floor = value = merit(problem, best)
    method = "greedy"
    proofs: list[Proof] = []
    program = Program(problem)
    limit = nodes or min(NODES, max(1, WORK // max(1, program.size)))
    for stage, name in enumerate(Merit._fields):
        if value[stage] == 0:  # none of the objectives can fall below nothing
            proofs.append(Proof(name, 0, 0))
            continue
        if sum(not proof.proven for proof in proofs) > 1:
            proofs.append(Proof(name, value[stage], None))
            continue
        found, bound = improve(program, stage, value, limit)
        if found is not None and merit(problem, found) < value:
            best, method = polish(problem, found), "milp"
            value = merit(problem, best)
        proofs.append(Proof(name, value[stage], None if bound is None else min(bound, value[stage])))
    if method == "greedy":
        best = polish(problem, best)
        value = merit(problem, best)
    # a later stage may better an earlier objective that was left without proof
    proofs = [replace(proof, value=value[stage]) for stage, proof in enumerate(proofs)]
    return Solution(best, value, floor, tuple(proofs), method)
