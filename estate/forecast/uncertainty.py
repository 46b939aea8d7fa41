"""From a stored forecast to how sure it is, stored as a new draft (``header["simulation"]``).

The percentiles are kept in the header and not as rows of the feed: a percentile of a year is no sum of atomic rows,
and no sum of percentiles is a percentile of the sum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from config.errors import UsageError
from estate.forecast.arrays import tables_of
from estate.forecast.quantiles import summary
from estate.forecast.sensitivity import swings
from estate.forecast.service import pinned_contents, pinned_inputs, store_forecast
from estate.forecast.simulation import certain, simulate

if TYPE_CHECKING:
    from config.sections.forecast import Simulation
    from estate.forecast.inputs import Inputs
    from estate.forecast.version import Version
    from estate.store.database import Database

MAX_RUNS = 100_000
NOTE = "percentiles of years do not add to the percentile of the total: not every year is dear in the same run"


def make_simulation(
    database: Database, version_id: int, spreads: Simulation, runs: int, seed: int, *, sensitive: bool = False
) -> Version:
    """Simulate a stored forecast and store a new draft that says how sure it is.

    Raises:
        EstateError: when there is no such version, or it cannot be computed again.
        UsageError: when it has no scenario need, or the number of runs makes no sense.
    """
    inputs = pinned_inputs(database, version_id)
    if "need" not in inputs.scenarios:
        raise UsageError(f"forecast {version_id} has no scenario need: 'estate forecast run' makes one that has")
    statement = {"of": version_id, **simulation_of(inputs, spreads, runs, seed, sensitive=sensitive)}
    attached = {**inputs.attached, "simulation": statement}
    return store_forecast(database, replace(inputs, attached=attached), pinned_contents(database, version_id), None)


def simulation_of(
    inputs: Inputs, spreads: Simulation, runs: int, seed: int, *, sensitive: bool = False
) -> dict[str, Any]:
    """How sure these inputs are, as the statement that is stored: plain JSON, amounts in pence.

    Raises:
        UsageError: when the number of runs makes no sense.
    """
    if not 1 <= runs <= MAX_RUNS or not 0 <= seed < 2**63:
        raise UsageError(f"{runs} runs of seed {seed}: say 1 to {MAX_RUNS:,} runs and a seed of zero or more")
    tables = tables_of(inputs)
    found = simulate(tables, spreads, runs, seed)
    need = simulate(tables, certain(spreads), 1, seed)[0].tolist()
    names = [str(inputs.base_fy + offset) for offset in range(inputs.years)]
    totals = found.sum(axis=1).tolist()
    statement: dict[str, Any] = {
        "runs": runs,
        "seed": seed,
        "bundles": len(tables.ids),
        "note": NOTE,
        "spreads": spreads.model_dump(mode="json"),
        "total": {
            "need": sum(need),
            **summary(totals),
            "at_or_below_need": sum(total <= sum(need) for total in totals),
        },
        "years": {name: {"need": need[place], **summary(found[:, place].tolist())} for place, name in enumerate(names)},
        "sensitivity": None,
    }
    if sensitive:
        base, cases = swings(inputs, tables, spreads)
        statement["sensitivity"] = {
            "need": base,
            "swings": [
                {"driver": case.driver, "step": case.step, "low": case.low_pence, "high": case.high_pence}
                for case in cases
            ],
        }
    return statement
