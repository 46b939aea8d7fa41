"""``estate forecast simulate``: how sure the need is, and what it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from estate.command import NUMBER, Context, example, pass_context
from estate.console import chosen_fields, emit, note, query_options
from estate.pounds import decimal_pounds

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("version", "fy", "need_gbp", "p50_gbp", "p80_gbp", "p90_gbp", "mean_gbp", "least_gbp", "most_gbp")
SWINGS = ("version", "driver", "step", "low_gbp", "need_gbp", "high_gbp")


@click.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@click.option("--runs", type=click.IntRange(1, 100_000), default=10_000, show_default=True, help="How many times.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="The same seed, the same answer."
)
@click.option(
    "--sensitivity", is_flag=True, help="Answer with what the need hangs on: one thing at a time, up and down."
)
@query_options
@pass_context
@example("estate forecast simulate 3 --runs 10000 --seed 7")
def simulate(
    context: Context, version_id: int, runs: int, seed: int, *, sensitivity: bool, output: str, fields: str | None
) -> None:
    """Simulate forecast ID, and store a new draft with its percentiles for the page and the workbook.

    What is drawn stands in [simulation] of estate.toml: wide assumptions until a council narrows them by its own
    outturn. P80 is the least outcome that eight in ten runs do not exceed. Percentiles of years do not add up.
    """
    from estate.forecast.uncertainty import make_simulation
    from estate.store.database import open_database

    columns = SWINGS if sensitivity else COLUMNS
    chosen_fields(columns, fields)
    database = open_database(context.database)
    version = make_simulation(database, version_id, context.settings.simulation, runs, seed, sensitive=sensitivity)
    found = version.header["simulation"]
    total = found["total"]
    note(f"forecast {version.id}: forecast {version_id} with {runs:,} runs of seed {seed}; {found['note']}")
    note(f"{100 * total['at_or_below_need'] // runs} % of the runs come to no more than the need")
    note(f"drawn from: {_spreads(found['spreads'])}")
    records = _swings(version.id, found["sensitivity"]) if sensitivity else _years(version.id, found)
    emit(records, columns, output, fields, shown=columns[1:])


def _years(version_id: int, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    cells = {**found["years"], "total": found["total"]}
    return [
        {
            "version": version_id,
            "fy": year,
            **{f"{name.lower()}_gbp": decimal_pounds(cell[name]) for name in cell if name != "at_or_below_need"},
        }
        for year, cell in cells.items()
    ]


def _swings(version_id: int, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "version": version_id,
            "driver": item["driver"],
            "step": item["step"],
            "low_gbp": decimal_pounds(item["low"]),
            "need_gbp": decimal_pounds(found["need"]),
            "high_gbp": decimal_pounds(item["high"]),
        }
        for item in found["swings"]
    ]


def _spreads(spreads: Mapping[str, Any]) -> str:
    """The assumptions in one line."""
    words = []
    for name, value in spreads.items():
        text = value if isinstance(value, int) else ", ".join(f"{shift:+} at {chance} %" for shift, chance in value)
        words.append(f"{name} {text if text != '' else 'none'}")
    return "; ".join(words)
