"""How long a forecast takes and how much memory, by size: is it linear in the number of units?

Makes an estate folder of assets.csv alone (every unit with a date inside ten financial years, a price with five cost
components, forty products at two hundred sites), and in a fresh process for each size computes and stores a version,
then writes its feed. Run it from the root of the repository:

    python benchmarks/forecast.py [--sizes 1000 10000 100000] [--json]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import config
from config.folder import Folder
from config.settings import load
from estate.forecast.service import run_forecast
from estate.reports.feed import Feed
from estate.reports.report import Report
from estate.store.database import open_database

AS_OF = dt.date(2026, 11, 22)
SIZES = (1_000, 10_000, 100_000)
PRODUCTS, SITES, YEARS = 40, 200, 10
COLUMNS = ("units", "rows", "forecast_s", "feed_s", "total_s", "cpu_s", "peak_mb", "us_a_unit")


def estate_of(folder: Path, units: int) -> None:
    """Write an estate folder with so many units."""
    starter = Path(config.__file__).parent / "starter"
    for name in ("policy.csv", "lines.csv"):
        shutil.copy(starter / name, folder)
    (folder / "estate.toml").write_text(f"horizon = {YEARS}\n")
    first = dt.date(2027, 6, 1)
    with (folder / "assets.csv").open("w") as file:
        file.write("serial,vendor,part_number,kind,role,site,contract_end\n")
        for number in range(units):
            end = first + dt.timedelta(days=(number * 7919) % (365 * (YEARS - 1)))
            product, site = number % PRODUCTS, (number // PRODUCTS) % SITES
            file.write(f"SN{number:07},Acme,P-{product},switch,access,site-{site},{end}\n")
    with (folder / "prices.csv").open("w") as file:
        file.write("vendor,part_number,list_price,install,fixed,training,quoted_on,source\n")
        for product in range(PRODUCTS):
            file.write(f"Acme,P-{product},{1000 + product},150,500,40,2026-10-01,quotation {product}\n")


def measure(folder: Path) -> dict[str, float]:
    """Compute, store and write the feed of an estate folder in this process; seconds and megabytes."""
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    begun = time.perf_counter()
    version = run_forecast(database, Folder(folder), load(folder), as_of=AS_OF)
    computed = time.perf_counter()
    out = folder / "feed-out"
    out.mkdir()
    Feed().write(Report(version), out)
    done = time.perf_counter()
    return {
        "rows": len(version.rows),
        "forecast_s": computed - begun,
        "feed_s": done - computed,
        "total_s": done - begun,
        "cpu_s": time.process_time(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Measure each size in a process of its own and print the table, as text or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    rows = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as scratch:
            estate_of(Path(scratch), size)
            command = [sys.executable, __file__, "--one", scratch]
            made = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(made.stdout)
        rows.append({"units": size, **found, "us_a_unit": 1e6 * found["cpu_s"] / size})
    if options.json:
        print(json.dumps(rows))
        return
    print("  ".join(f"{name:>10}" for name in COLUMNS))
    for row in rows:
        print(
            "  ".join(
                f"{row[name]:>10,.1f}" if isinstance(row[name], float) else f"{row[name]:>10,}" for name in COLUMNS
            )
        )


if __name__ == "__main__":
    main()
