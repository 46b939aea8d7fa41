"""``estate forecast bridge``: why a forecast moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import NUMBER, Context, example, pass_context
from estate.console import emit, note, query_options
from estate.pounds import decimal_pounds, pounds, whole_pounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from estate.forecast.bridge import Bridge
    from estate.forecast.hybrid import Pair

UNIT_COLUMNS = (
    "driver", "name", "line", "fy", "bundle_id", "asset_id", "component", "amount_gbp", "amount_pence", "why",
)  # fmt: skip
SCENARIO_NAMES = ("need", "do_nothing")


@click.command()
@click.argument("old", metavar="A", type=NUMBER)
@click.argument("new", metavar="B", type=NUMBER)
@click.option("--shapley", is_flag=True, help="The mean over all orders of the drivers instead of the published one.")
@click.option("--line", metavar="L", help="Only this budget line.")
@click.option("--fy", metavar="FY", help="Only this financial year, such as 2027/28.")
@click.option("--units", is_flag=True, help="Down to the units that moved it, and what of them changed.")
@click.option(
    "--scenario", type=click.Choice(SCENARIO_NAMES), default="need", show_default=True,
    help="The scenario whose money it is; both versions must have it.",
)  # fmt: skip
@query_options
@pass_context
@example("""estate forecast bridge 3 4
estate forecast bridge 3 4 --line "Evergreening Capital" --units""")
def bridge(
    context: Context,
    old: int,
    new: int,
    *,
    shapley: bool,
    line: str | None,
    fy: str | None,
    units: bool,
    scenario: str,
    output: str,
    fields: str | None,
) -> None:
    """Say why forecast B differs from forecast A, driver by driver, to the penny.

    Each effect is a full run with the drivers up to it as in B and the rest as in A, in the published order, so that
    the effects add up to the difference and nothing is left over.
    """
    from estate.forecast.bridges import bridge_versions
    from estate.store.database import open_database

    made, pair = bridge_versions(open_database(context.database), old, new, scenario=scenario, shapley=shapley)
    line = _known_line(made, line)
    if fy is not None and fy not in made.years:
        raise UsageError(f"neither forecast has money in {fy!r}; there is in {', '.join(made.years) or 'no year'}")
    if units:
        emit(_units(made, pair, line, fy), UNIT_COLUMNS, output, fields, empty="Nothing moved.")
    else:
        years = [fy] if fy else list(made.years)
        write = whole_pounds if output == "table" else decimal_pounds
        columns = ("driver", "name", *years, "total")
        emit(_steps(made, line, years, write), columns, output, fields)
    first, *_, last = made.steps(line=line, fy=fy)
    order = "the mean over all orders (Shapley)" if shapley else "the published order of drivers"
    note(
        f"From {pounds(first.pence)} to {pounds(last.pence)}: {pounds(last.pence - first.pence)}, in {order}; "
        "nothing is left over"
    )
    if shapley and not units and line is None and fy is None:
        for driver, share in made.exact.items():
            note(f"driver {driver}: exactly {share / 100} pounds")


def _known_line(made: Bridge, line: str | None) -> str | None:
    """The code of a line as it is written in the versions."""
    if line is None:
        return None
    known = {cell.line for cell in (*made.before, *made.after)}
    found = next((code for code in sorted(known) if code.casefold() == line.casefold()), None)
    if found is None:
        raise UsageError(f"neither forecast has money on line {line!r}; there is on {', '.join(sorted(known))}")
    return found


def _steps(made: Bridge, line: str | None, years: list[str], write: Callable[[int], object]) -> list[dict[str, Any]]:
    from estate.forecast.bridge import WORDS

    def record(driver: int | None, name: str, amounts: list[int]) -> dict[str, Any]:
        by_year = {year: write(pence) for year, pence in zip(years, amounts, strict=True)}
        return {"driver": driver, "name": name, **by_year, "total": write(sum(amounts))}

    def ends(money: dict[Any, int]) -> list[int]:
        return [
            sum(pence for cell, pence in money.items() if cell.fy == year and line in {None, cell.line})
            for year in years
        ]

    rows = [record(None, f"Forecast {made.opening}", ends(made.before))]
    for driver in made.drivers:
        amounts = [made.moved(driver, line=line, fy=year) for year in years]
        if any(amounts):
            rows.append(record(driver, WORDS[driver], amounts))
    return [*rows, record(None, f"Forecast {made.closing}", ends(made.after))]


def _units(made: Bridge, pair: Pair, line: str | None, fy: str | None) -> list[dict[str, Any]]:
    from estate.forecast.bridge import WORDS
    from estate.forecast.bridge_why import why

    said: dict[tuple[int, str], str] = {}
    records = []
    for item in made.effects:
        if line not in {None, item.line} or fy not in {None, item.fy}:
            continue
        key = (item.driver, item.asset_id)
        if key not in said:
            said[key] = why(pair, *key)
        records.append(
            {
                "driver": item.driver,
                "name": WORDS[item.driver],
                "line": item.line,
                "fy": item.fy,
                "bundle_id": item.bundle_id,
                "asset_id": item.asset_id,
                "component": item.component,
                "amount_gbp": decimal_pounds(item.pence),
                "amount_pence": item.pence,
                "why": said[key],
            }
        )
    return records
