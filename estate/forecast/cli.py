"""``estate forecast``: compute, list, show and explain versions; all else it composes by name."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import NUMBER, Context, IsoDate, LazyGroup, example, pass_context, today
from estate.console import chosen_fields, emit, note, query_options, warn
from estate.pounds import decimal_pounds, pounds, whole_pounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.signature import Event
    from estate.forecast.version import Version

    Write = Callable[[int], object]

STANDARD_NAMES = ("need", "do_nothing")
RUN_NAMES = (*STANDARD_NAMES, "minimum_compliance", "shock", "freeze")
SCENARIO_NAMES = (*RUN_NAMES, "capped")


# what stands in a module of its own: composed by name
COMMANDS = {
    "orders": ("estate.forecast.buying_cli:orders", "List what to order by when."),
    "gap": ("estate.forecast.money_cli:gap", "Show need against funding: the request, what may be spent, the gap."),
    "debt": ("estate.forecast.debt_cli:debt", "Show technology debt: its stock, its path, and what moved it."),
    "revenue": ("estate.forecast.money_cli:revenue", "Show MRP, interest and support by year."),
    "waiting": ("estate.forecast.money_cli:waiting", "Show what a year's delay of each bundle costs."),
    "shares": ("estate.forecast.money_cli:shares", "Show who pays what, by entity."),
    "plan": ("estate.forecast.plan_cli:plan", "Fit a forecast under a cap: what goes when, and what holds up what."),
    "simulate": ("estate.forecast.simulate_cli:simulate", "Say how sure a forecast is: P50, P80, P90, and why."),
    "options": ("estate.forecast.options_cli:options", "Compare doing nothing, the minimum, the plan and all of it."),
    "accuracy": ("estate.forecast.accuracy_cli:accuracy", "Compare signed forecasts with what was spent."),
    "bridge": ("estate.forecast.bridge_cli:bridge", "Say why a forecast moved, to the penny."),
    "submit": ("estate.forecast.states_cli:submit", "Freeze a draft for signature."),
    "sign": ("estate.reports.sign_cli:sign", "Sign a submitted version: its report is kept byte for byte."),
    "verify": ("estate.forecast.states_cli:verify", "Prove a version: hash, identities, and computed again."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def forecast() -> None:
    """Compute, list, show and explain forecasts; say what to order."""


@forecast.command()
@click.option("--as-of", type=IsoDate(), help="The day that the forecast is for; today unless told otherwise.")
@click.option("--base-fy", metavar="FY", help="The first financial year, such as 2026/27; the one of that day.")
@click.option("--years", type=click.IntRange(1, 30), help="How many financial years; 'horizon' of estate.toml.")
@click.option(
    "--overlay",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="What if: rows of the CSV files in DIR replace and add to those of the estate folder.",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    type=click.Choice(RUN_NAMES),
    help="Only this scenario; give it again for more. need and do_nothing unless told otherwise.",
)
@click.option("--freeze-from", type=IsoDate(), help="The day on which scenario freeze begins; --as-of unless told.")
@query_options
@pass_context
@example("""estate forecast run --as-of 2026-11-22 --base-fy 2027/28 --years 5
estate forecast run --overlay what-if/dearer-switches""")
def run(
    context: Context,
    as_of: dt.date | None,
    base_fy: str | None,
    years: int | None,
    scenarios: tuple[str, ...],
    overlay: Path | None,
    freeze_from: dt.date | None,
    output: str,
    fields: str | None,
) -> None:
    """Compute a draft version, store it, and print its totals by line and year.

    The version's id is said on standard error, with what is unpriced, unknown or assumed. A row of an overlay replaces
    the row about the same thing (the same line and year, serial, policy, product ...); where there is none it is added.
    """
    from config.folder import Folder
    from estate.forecast.calendar import Calendar, base_year
    from estate.forecast.service import MAX_YEARS, run_forecast
    from estate.store.database import open_database

    settings = context.settings
    first = base_year(base_fy, Calendar.starting(settings.fiscal_year_start), today(as_of))
    # before anything is computed and stored: a version must not come of a call that was not meant so
    horizon = min(years or settings.horizon, MAX_YEARS)
    chosen_fields(_columns([first + offset for offset in range(horizon)]), fields)
    database = open_database(context.database)
    version = run_forecast(
        database,
        Folder(context.folder, overlay=overlay),
        settings,
        as_of=today(as_of),
        base_fy=base_fy,
        years=years,
        scenarios=scenarios or STANDARD_NAMES,
        freeze_from=freeze_from,
    )
    _introduce(version)
    _totals(version, output, fields)


@forecast.command("list")
@query_options
@pass_context
@example("estate forecast list -o json")
def list_versions(context: Context, output: str, fields: str | None) -> None:
    """List the versions, the newest first."""
    from estate.forecast import store
    from estate.store.database import open_database

    with open_database(context.database).reading() as session:
        records = [
            {
                "id": item.id,
                "state": item.state,
                "created_at": item.created_at,
                "as_of": item.as_of,
                "base_fy": str(item.base_fy),
                "years": item.years,
                "entity": item.entity,
                "run": item.run_id,
                "need_gbp": decimal_pounds(item.total_pence()),
            }
            for item in store.versions(session)
        ]
    columns = ("id", "state", "created_at", "as_of", "base_fy", "years", "entity", "run", "need_gbp")
    emit(records, columns, output, fields, empty="There is no forecast yet: 'estate forecast run' makes one.")


@forecast.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@click.option("--real", is_flag=True, help="In prices of the base year: divided by the general index of indices.csv.")
@query_options
@pass_context
@example("estate forecast show 3")
def show(context: Context, version_id: int, *, real: bool, output: str, fields: str | None) -> None:
    """Show one version: its totals by line and year, and what it assumes."""
    from estate.forecast.real import real_totals

    version = _load(context, version_id)
    _introduce(version)
    for event in _events(context, version_id):
        by = f" by {event.by} ({event.reference})" if event.by else ""
        note(f"{event.state} {event.at:%Y-%m-%d}{by}, content {event.content_sha256}")
    for sentence in version.header.get("assumptions", []):
        note(f"assumes: {sentence}")
    if real:
        note(f"in prices of {version.base_fy}; each row is rounded on its own")
        version = replace(version, header={**version.header, "totals": real_totals(version)})
    _totals(version, output, fields)


@forecast.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@click.option("--line", metavar="L", help="Every atomic row of this line ...")
@click.option("--fy", metavar="FY", help="... in this financial year, such as 2027/28.")
@click.option("--serial", metavar="S", help="The whole chain behind one unit, by serial, asset tag or asset id.")
@click.option(
    "--scenario", type=click.Choice(SCENARIO_NAMES), default="need", show_default=True,
    help="The scenario whose money it is.",
)  # fmt: skip
@query_options
@pass_context
@example("""estate forecast explain 3 --line "Evergreening Capital" --fy 2027/28
estate forecast explain 3 --serial FOC1234X0AB""")
def explain(
    context: Context,
    version_id: int,
    line: str | None,
    fy: str | None,
    serial: str | None,
    scenario: str,
    output: str,
    fields: str | None,
) -> None:
    """Follow money back: a cell to its atomic rows, or a unit to the device that answered."""
    from estate.forecast.explain import CELL, cell_rows, find_units, page

    if (serial is None) == (line is None or fy is None):
        raise UsageError("say what to explain: either --line and --fy, or --serial")
    version = _load(context, version_id)
    if serial is None:
        rows = cell_rows(version, str(line), str(fy), scenario)
        emit([row.record for row in rows], CELL, output, fields, empty=f"{line} has no money in {fy}.")
        note(f"{len(rows)} rows, {pounds(sum(row.pence for row in rows))} in all")
        return
    units = find_units(version, serial)
    if output != "table":
        chains = [unit.chain for unit in units]
        emit(chains, tuple(chains[0]), output, fields)
        return
    for unit in units:
        for text in page(unit.chain):
            click.echo(text)


def _load(context: Context, version_id: int) -> Version:
    from estate.forecast import store
    from estate.store.database import open_database

    with open_database(context.database).reading() as session:
        return store.load(session, version_id)


def _events(context: Context, version_id: int) -> list[Event]:
    from estate.forecast.store import states
    from estate.store.database import open_database

    with open_database(context.database).reading() as session:
        return states.events(session, version_id)


def _introduce(version: Version) -> None:
    note(
        f"forecast {version.id} ({version.state}) as of {version.as_of}, {version.base_fy} and "
        f"{version.years - 1} years on, for {version.entity}"
    )
    for sentence in version.header.get("warnings", []):
        warn(sentence)
    for sentence in version.header.get("assumptions", []):
        if sentence.startswith(("WHAT IF", "NO INFLATION", "STARTER PRICES")):
            warn(sentence)
    for scenario, years in version.header.get("beyond", {}).items():
        if years:
            warn(f"{scenario}: {pounds(sum(years.values()))} falls outside these years ({', '.join(years)})")


def _totals(version: Version, output: str, fields: str | None) -> None:
    years = [str(year) for year in version.horizon]
    # pence do not fit a screen; every other format is exact
    write: Write = whole_pounds if output == "table" else decimal_pounds
    records: list[dict[str, Any]] = []
    for scenario, lines in version.header["totals"].items():
        for line, cells in sorted(lines.items()):
            records.append(_total_row(version, scenario, line, [cells.get(year, 0) for year in years], write))
        sums = [sum(cells.get(year, 0) for cells in lines.values()) for year in years]
        if output == "table" and lines:
            records.append(_total_row(version, scenario, "TOTAL", sums, write))
    columns = _columns(version.horizon)
    emit(records, columns, output, fields, shown=columns[1:], empty="Nothing is due.")


def _columns(years: Sequence[FinancialYear]) -> tuple[str, ...]:
    return ("version", "scenario", "line", *map(str, years), "total")


def _total_row(version: Version, scenario: str, line: str, pence: list[int], write: Write) -> dict[str, Any]:
    amounts = {str(year): write(amount) for year, amount in zip(version.horizon, pence, strict=True)}
    return {"version": version.id, "scenario": scenario, "line": line, **amounts, "total": write(sum(pence))}
