"""How long a capped plan takes, and how good it is, on random programmes of 50 to 2,000 bundles over ten years.

    python benchmarks/plan.py [--bundles N ...] [--alike] [--seed N]

Each line says how many bundles there are and how many differ, the seconds (of wall and of processor), whether the plan
is proven, the gap of the first two objectives that have one, and by how much its late risk is below the greedy plan's.
With ``--alike`` bundles come in sets that differ only by name, as the same switch at forty schools does.
"""

from __future__ import annotations

import argparse
import random
import time

from estate.forecast.plan import Item, Problem, violations
from estate.forecast.solver import solve

YEARS = 10


def item(name: str, dice: random.Random) -> Item:
    """A bundle of £5,000 to £80,000, prices rising by 2.7 % and worth less by 3.5 % a year."""
    base, due = dice.randrange(500_000, 8_000_000), min(9, max(0, int(dice.triangular(-2, 10, 2))))
    cost = tuple(base * (1000 + 27 * year) // 1000 for year in range(YEARS))
    value = (*(amount * 1000**year // 1035**year + year * base // 50 for year, amount in enumerate(cost)), 0)
    return Item(
        name,
        cost,
        value,
        due,
        dice.choice((3, 6, 10)) * dice.randrange(1, 20),
        max(0, due - 1),
        YEARS - 1,
        dice.random() < 0.03,  # noqa: PLR2004 - three in a hundred are mandatory
        dice.randrange(5, 45),
        dice.choice(("High", "Medium", "Medium")),
    )


def problem(bundles: int, seed: int, *, alike: bool) -> Problem:
    """A programme whose caps come to four fifths of what is due, the same every year, with carry-forward."""
    dice = random.Random(seed)
    items: list[Item] = []
    while len(items) < bundles:
        one = item("", dice)
        for _ in range(min(bundles - len(items), dice.randrange(1, 40) if alike else 1)):
            items.append(Item(f"b{len(items):05}", *(getattr(one, name) for name in Item.__slots__[1:])))
    total = sum(one.cost[one.due] for one in items)
    return Problem(tuple(items), (total * 8 // 10 // YEARS,) * YEARS, carry=True)


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bundles", type=int, nargs="*", default=[50, 200, 500, 2000])
    parser.add_argument("--alike", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    for bundles in options.bundles:
        made = problem(bundles, options.seed, alike=options.alike)
        wall, processor = time.perf_counter(), time.process_time()
        solution = solve(made)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        if broken := violations(made, solution.plan):
            raise SystemExit(f"the plan breaks rules: {broken}")
        differ = len({tuple(getattr(one, name) for name in Item.__slots__[1:]) for one in made.items})
        gaps = ", ".join(
            f"{proof.objective} {'not sought' if proof.gap_pct is None else f'{proof.gap_pct} %'}"
            for proof in solution.proofs
            if proof.gap_pct != "0.00"
        )
        saved = solution.greedy.late_risk - solution.merit.late_risk
        print(
            f"{bundles:6} bundles ({differ} differ) {wall:6.1f} s wall {processor:6.1f} s processor  "
            f"{solution.method}, checked, {'not proven: ' + gaps if gaps else 'proven'}; "
            f"late risk {solution.merit.late_risk:,}, {saved:,} less than greedy"
        )


if __name__ == "__main__":
    main()
