"""How long each command on forecast versions takes and how much memory, one after the other on one estate.

The estate is that of benchmarks/forecast.py; its prices rise between two versions, so that the bridge has something to
tell. Every command runs as a person runs it, in a process of its own. Run it from the root of the repository:

    python benchmarks/commands.py [--units 10000] [--plan]

With ``--plan`` a capped plan of four fifths of the need is made too, which is for estates of a few thousand units.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from forecast import AS_OF, estate_of

COMMANDS = (
    "forecast run --as-of {first}",
    "forecast run --as-of {second}",
    "forecast verify 2",
    "forecast bridge 1 2",
    "forecast simulate 2",
    "report out --version 2",
    "forecast submit 2",
    "forecast sign 2 --by Nobody --reference benchmark",
    "forecast verify 2",
)
# The need of that estate comes to so many pounds a unit and year.
POUNDS_A_UNIT = 200


def run(command: str, folder: Path) -> None:
    """Run a command in an estate folder and print what it took."""
    begun = time.perf_counter()
    root = str(Path(__file__).parents[1])
    arguments = [sys.executable, "-m", "estate", *command.split()]
    with (folder / "said.txt").open("w+") as said:
        process = subprocess.Popen(
            arguments, cwd=folder, stdout=said, stderr=said, env={**os.environ, "PYTHONPATH": root}
        )
        _, status, used = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status):
            said.seek(0)
            raise SystemExit(f"estate {command} failed: {said.read()}")
    wall, processor = time.perf_counter() - begun, used.ru_utime + used.ru_stime
    print(f"{wall:8.1f} s wall {processor:8.1f} s processor {used.ru_maxrss / 1024:8.0f} MB  estate {command}")


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--plan", action="store_true")
    options = parser.parse_args()
    cap = options.units * POUNDS_A_UNIT * 4 // 5
    planned = (f"forecast plan 1 --cap {cap}",) if options.plan else ()
    print(f"{options.units:,} units")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        estate_of(folder, options.units)
        for place, command in enumerate((*COMMANDS, *planned)):
            if place == 1:
                prices = folder / "prices.csv"
                prices.write_text(prices.read_text().replace(",150,500,", ",155,510,"))
            run(command.format(first=AS_OF, second=AS_OF.replace(day=AS_OF.day + 1)), folder)


if __name__ == "__main__":
    main()
