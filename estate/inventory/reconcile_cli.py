"""``estate reconcile``: the finance asset register against what is seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import click

from config.errors import UsageError
from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import emit, note, query_options
from estate.inventory.cli import reading
from estate.inventory.reconcile import COLUMNS, DIFFERENT, ONLY_REGISTER, ONLY_SEEN, TWICE

FIELDS = ("finding", "asset", "field", "register", "seen", "device", "site", "cost", "row")


@click.command()
@click.argument("register", metavar="REGISTER", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADING",
    help=f"What the register calls a column of ours ({', '.join(COLUMNS)}).",
)
@click.option("--parts", is_flag=True, help="Parts inside devices that the register does not list are findings too.")
@click.option("--as-of", type=IsoDate(), help="The day that the answer is for; today unless told otherwise.")
@query_options
@pass_context
@example("""estate reconcile register.csv
estate reconcile register.xlsx --column serial="Serial No" --column purchased_on="Acquired" -o csv > differences.csv""")
def reconcile(
    context: Context,
    register: Path,
    columns: tuple[str, ...],
    *,
    parts: bool,
    as_of: dt.date | None,
    output: str,
    fields: str | None,
) -> None:
    """Compare the finance asset register (CSV, or the first sheet of an .xlsx) with what is seen.

    Things are matched by serial number, else by asset tag. Listed are those on one side only, those whose particulars
    differ, those disposed of that still answer, and those that the register lists twice.
    """
    from config.folder import Folder
    from estate.inventory.declared import ASSETS
    from estate.inventory.population import population
    from estate.inventory.reconcile import read_register
    from estate.inventory.reconcile import reconcile as compare
    from estate.inventory.store import observed_units

    entries, unread = read_register(register, _names(columns))
    day = today(as_of)
    with reading(context) as session:
        units = observed_units(session, day, context.settings.stale_after_days)
    result = compare(entries, population(units, Folder(context.folder).rows(ASSETS), day), day, parts=parts)
    records = [asdict(item) for item in result.findings]
    emit(records, FIELDS, output, fields, empty="The register and the estate agree.")
    if unread:
        note(f"columns of {register.name} that were not read: {', '.join(unread)}")
    counts = ", ".join(f"{result.count(kind)} {kind}" for kind in (TWICE, DIFFERENT, ONLY_REGISTER, ONLY_SEEN))
    note(f"{len(entries)} rows, {result.matched} things on both sides: {counts}")


def _names(columns: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for word in columns:
        name, equals, heading = word.partition("=")
        if not equals or not heading.strip():
            raise UsageError(f"--column {word} is not NAME=HEADING, such as serial='Serial No'")
        names[name.strip()] = heading.strip()
    return names
