"""``estate report``: the workbook, the page and the feed of a forecast version."""

from __future__ import annotations

from pathlib import Path

import click

from estate.console import Context, example, note, pass_context, warn


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--version", "version_id", type=int, metavar="ID", help="Which version, instead of the newest.")
@click.option("--real", is_flag=True, help="Add to the feed every row in prices of the base year too (basis real).")
@click.option(
    "--redact", is_flag=True, help="For a public paper: no serials, device names, addresses or software versions."
)
@pass_context
@example("""estate report reports/december --version 12
estate report reports/public --redact""")
def report(context: Context, directory: Path, version_id: int | None, *, real: bool, redact: bool) -> None:
    """Write the workbook, the page and the CSV feed of a forecast version into DIR.

    DIR is made where it does not exist; the files of an earlier report in it are replaced. The support status shown is
    that of the version's own date, and the names of the files written go to standard output.
    """
    from config.errors import EstateError
    from config.tables import Folder
    from estate.forecast.real import with_real
    from estate.forecast.store import latest, load
    from estate.lifecycle.service import load_status
    from estate.reports.write import write_report
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        with database.reading() as session:
            chosen = version_id if version_id is not None else latest(session)
            if chosen is None:
                raise EstateError("There is no forecast yet. Compute one first: estate forecast run")
            version = load(session, chosen)
        if real:
            version = with_real(version)
        known = load_status(database, Folder(context.folder), context.settings, version.as_of)
    finally:
        database.close()
    units = known.units
    if redact:
        from estate.reports.redact import redacted

        version, units = redacted(version, units)
    paths = write_report(directory, version, units)
    for path in paths:
        click.echo(path)
    note(f"Version {version.id} ({version.state}, as of {version.as_of.isoformat()}): {len(paths)} files.")
    if version.exceptions:
        warn(f"{len(version.exceptions):,} entries have no money and are in no total: see sheet Exceptions.")
