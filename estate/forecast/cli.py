"""``estate forecast`` and ``estate budget``: compute, list and explain forecasts; prove a programme."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError, InputError, UsageError
from estate.console import (
    Context,
    IsoDate,
    LazyGroup,
    chosen_fields,
    decimal_pounds,
    emit,
    example,
    note,
    pass_context,
    pounds,
    query_options,
    today,
    warn,
    whole_pounds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from estate.forecast.budget import Programme
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.signature import Event
    from estate.forecast.version import Version

    Write = Callable[[int], object]

STANDARD_NAMES = ("need", "do_nothing")
RUN_NAMES = (*STANDARD_NAMES, "minimum_compliance", "shock", "freeze")
SCENARIO_NAMES = (*RUN_NAMES, "capped")
NO_PROGRAMME = "No programme: budget.csv, funding.csv and controls.csv hold no rows, so there is nothing to prove."


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
    from config.tables import Folder
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
@click.argument("version_id", metavar="ID", type=int)
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
@click.argument("version_id", metavar="ID", type=int)
@click.option("--line", metavar="L", help="Every atomic row of this line ...")
@click.option("--fy", metavar="FY", help="... in this financial year, such as 2027/28.")
@click.option("--serial", metavar="S", help="The whole chain behind one unit, by serial, asset tag or asset id.")
@click.option("--scenario", type=click.Choice(SCENARIO_NAMES), default="need", show_default=True)
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


@click.group()
def budget() -> None:
    """Check and show the programme of lines.csv, budget.csv, funding.csv and controls.csv."""


@budget.command()
@query_options
@pass_context
@example("estate budget check")
def check(context: Context, output: str, fields: str | None) -> None:
    """Prove the programme: every printed total equals what the rows come to, and status agrees with funding.

    Also that what actuals.csv says is spent or committed on a line is not more than what is released for it. Ends with
    status 1 when an identity does not hold, naming it with both sides.
    """
    from estate.forecast.budget import identities, overfunded
    from estate.forecast.claims import quoted

    columns = ("identity", "name", "fy", "computed_gbp", "stated_gbp", "difference_gbp", "holds", "source")
    programme = _programme(context)
    if programme is None:
        emit([], columns, output, fields, empty=NO_PROGRAMME)
        return
    proofs = list(identities(programme))
    records = [
        {
            "identity": proof.identity,
            "name": proof.name,
            "fy": str(proof.fy),
            "computed_gbp": decimal_pounds(proof.left),
            "stated_gbp": decimal_pounds(proof.right),
            "difference_gbp": decimal_pounds(proof.left - proof.right),
            "holds": proof.holds,
            "source": proof.source,
        }
        for proof in proofs
    ]
    emit(records, columns, output, fields, empty="No printed totals: controls.csv has none to prove.")
    failures = [
        f"{proof.identity} {proof.name}, {proof.fy}: {pounds(proof.left)} is not {pounds(proof.right)}"
        + (f" ({proof.source})" if proof.source else "")
        for proof in proofs
        if not proof.holds
    ]
    failures += [
        f"{item.line or 'the portfolio'}, {item.fy}: {pounds(item.spent)} is spent or committed, and "
        f"{pounds(item.released)} released"
        for item in programme.overspent
    ]
    failures += [
        f"funding of {year} exceeds what is asked for: the request is negative" for year in overfunded(programme)
    ]
    for sentence in quoted(programme.quotations):
        warn(sentence)
    if failures:
        raise EstateError("the programme does not add up:\n  " + "\n  ".join(failures))
    note(f"{len(proofs)} identities hold")
    if unstated := [str(year) for year in programme.years if year not in programme.stated]:
        note(
            f"{', '.join(unstated)}: funding.csv funds what the forecast computes from assets, and neither budget.csv "
            "nor controls.csv states a figure to prove it against"
        )


@budget.command("show")
@query_options
@pass_context
@example("estate budget show")
def show_budget(context: Context, output: str, fields: str | None) -> None:
    """Show the programme: theme, line and year with computed subtotals, funding, and the request."""
    from estate.forecast.budget import table
    from estate.forecast.split import to_pence

    columns = ("level", "theme", "line", "status", "separate")
    programme = _programme(context)
    if programme is None:
        emit([], (*columns, "key_decision"), output, fields, empty=NO_PROGRAMME)
        return
    years = [str(year) for year in programme.years]
    records = [
        {
            "level": row.level,
            "theme": row.theme,
            "line": row.line,
            "status": row.status,
            "separate": row.separate,
            **{str(year): decimal_pounds(amount) for year, amount in row.amounts.items()},
            "key_decision": [str(year) for year in row.key_decision],
        }
        for row in table(programme, to_pence(context.settings.key_decision_gbp))
    ]
    emit(records, (*columns, *years, "key_decision"), output, fields)


def _table_of(file: str) -> str:
    return file.rpartition("#")[2].removesuffix(".csv")


def _programme(context: Context) -> Programme | None:
    """The programme of the estate folder; None where it has none.

    Raises:
        InputError: when its files hold errors.
    """
    from config.tables import Folder
    from estate.forecast.budget import Programme
    from estate.forecast.files import read_files

    files = read_files(Folder(context.folder))
    ours = ("lines", "budget", "funding", "controls", "actuals")
    # a file of its own (budget.csv), or a sheet of the workbook (plan.xlsx#budget)
    if errors := [item for item in files.problems if not item.warning and _table_of(item.file) in ours]:
        raise InputError(errors)
    if not (files.budget or files.funding or files.controls):
        return None
    return Programme(files.lines, files.budget, files.funding, files.controls, files.actuals)


@budget.command()
@query_options
@pass_context
@example("estate budget projects")
def projects(context: Context, output: str, fields: str | None) -> None:
    """List the projects of projects.csv with their status and people, and count them by programme."""
    from config.tables import Folder
    from estate.forecast.projects import PROJECTS, STATUSES, TO_BE_CONFIRMED, count

    rows = Folder(context.folder).rows(PROJECTS)
    columns = ("project", "programme", "name", "status", "sponsor", "manager")
    records = [
        {
            **{name: getattr(row, name) for name in columns},
            **dict.fromkeys(row.unnamed, TO_BE_CONFIRMED),
        }
        for row in rows
    ]
    emit(records, columns, output, fields, empty="No projects: projects.csv holds no rows.")
    for programme, counted in count(rows).items():
        figures = ", ".join(f"{counted[status]} {status}" for status in STATUSES)
        note(f"{programme or 'no programme'}: {figures}")
    if rows:
        figures = ", ".join(f"{sum(row.status == status for row in rows)} {status}" for status in STATUSES)
        unnamed = sum(bool(row.unnamed) for row in rows)
        note(f"{len(rows)} projects: {figures}; {unnamed} with somebody to be named")


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
