"""``estate report``: the workbook, the page and the feed of a forecast version."""

from __future__ import annotations

from pathlib import Path

import click

from estate.command import NUMBER, Context, example, pass_context
from estate.console import note, warn


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--version", "version_id", type=NUMBER, metavar="ID", help="Which version, instead of the newest.")
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
    that of the version's own date, and the names of the files written go to standard output. A signed version gives
    exactly the files that were made when it was signed, except for its copy for a public paper.
    """
    from config.errors import EstateError
    from estate.forecast.real import with_real
    from estate.forecast.states import signed_report
    from estate.forecast.store import latest, load
    from estate.reports.gather import gather_newest, status_of
    from estate.reports.write import write_files, write_report
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        with database.reading() as session:
            chosen = version_id if version_id is not None else latest(session)
            if chosen is None:
                raise EstateError("There is no forecast yet. Compute one first: estate forecast run")
            version = load(session, chosen)
        if not (redact or real) and (signed := signed_report(database, chosen)):
            paths = write_files(directory, signed)
        else:
            version = with_real(version) if real else version
            status = status_of(database, context.folder, context.settings, version)
            extras = gather_newest(database, version)
            if redact:
                from estate.reports.redact import public_extras, redacted

                version, status = redacted(version, status)
                extras = public_extras(extras)
            paths = write_report(directory, version, status, extras=extras)
    finally:
        database.close()
    for path in paths:
        click.echo(path)
    note(f"Version {version.id} ({version.state}, as of {version.as_of.isoformat()}): {len(paths)} files.")
    if version.exceptions:
        warn(f"{len(version.exceptions):,} entries have no money and are in no total: see sheet Exceptions.")
