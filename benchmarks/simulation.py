"""How long a simulation takes: random programmes of up to 2,000 bundles over ten years.

    python benchmarks/simulation.py [--bundles N ...] [--runs N]

Each line says how many bundles and runs there are, the seconds (of wall and of processor), and P50, P80 and P90 of the
total against the need. Making the tables from a stored forecast comes on top: about two milliseconds a bundle.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

import numpy as np

from config.sections.forecast import Simulation
from estate.forecast.arrays import BACK, FORTH, Tables
from estate.forecast.quantiles import summary
from estate.forecast.simulation import certain, simulate

YEARS, FIRST = 10, 2026


def tables(bundles: int, seed: int) -> Tables:
    """Bundles of £5,000 to £80,000 with support, a fifth of them in foreign currency."""
    dice = np.random.default_rng(seed)
    width = BACK + FORTH + 1
    starts = [dt.date(FIRST + year, 4, 1).toordinal() for year in range(-width - 1, YEARS + width + 1)]
    deliver = starts[width + 1] + dice.integers(0, 365 * YEARS, bundles)
    at = np.searchsorted(starts, deliver, side="right") - width - 2
    cost = dice.integers(500_000, 8_000_000, bundles)[:, None]
    rise = np.array([1000 + 27 * shift for shift in range(-BACK, FORTH + 1)])
    support = np.repeat(dice.integers(1_000, 50_000, bundles), width * YEARS).reshape(bundles, width, YEARS)
    return Tables(
        ids=tuple(f"b{number:05}" for number in range(bundles)),
        years=YEARS,
        at=at,
        goods=cost * rise // 1000,
        labour=cost // 10 * rise // 1000,
        once=cost // 20 * rise // 1000,
        support=support,
        quantity=dice.integers(1, 40, bundles),
        deliver=deliver,
        first=np.full(bundles, starts[width + 1] + 42),
        starts=np.array(starts),
        origin=-width - 1,
        foreign=(dice.integers(0, 5, bundles) == 0).astype(np.int64),
        stale=dice.integers(0, 2, bundles),
        movable=dice.integers(0, 3, bundles),
        now=0,
        elsewhere=(0,) * YEARS,
    )


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bundles", type=int, nargs="*", default=[200, 2000])
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    for bundles in options.bundles:
        made = tables(bundles, 7)
        wall, processor = time.perf_counter(), time.process_time()
        found = simulate(made, Simulation(), options.runs, 1).sum(axis=1)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        need = int(simulate(made, certain(Simulation()), 1, 1).sum())
        parts = summary(found.tolist())
        levels = ", ".join(f"{name} {100 * parts[name] / need:.1f} %" for name in ("P50", "P80", "P90"))
        print(
            f"{bundles:6} bundles {options.runs:7} runs {wall:6.1f} s wall {processor:6.1f} s processor  "
            f"of the need: {levels}"
        )


if __name__ == "__main__":
    main()
