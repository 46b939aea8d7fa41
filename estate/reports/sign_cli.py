"""``estate forecast sign``: stands with the reports, because signing renders one and keeps it."""

from __future__ import annotations

import datetime as dt

import click

from estate.command import NUMBER, Context, example, pass_context
from estate.console import chosen_fields, emit, note, query_options

COLUMNS = ("version", "file", "sha256")


@click.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@click.option("--by", required=True, metavar="NAME", help="Who signs.")
@click.option("--reference", required=True, metavar="TEXT", help="The minute or decision that says so.")
@click.option("--accept-unpriced", default="", metavar="REASON", help="Sign although too much has no price, and why.")
@query_options
@pass_context
@example('estate forecast sign 3 --by "A. Officer, section 151" --reference "Cabinet 14 January 2027, minute 41"')
def sign(
    context: Context,
    version_id: int,
    by: str,
    reference: str,
    accept_unpriced: str,
    output: str,
    fields: str | None,
) -> None:
    """Sign a submitted version: its report is rendered once and kept, byte for byte.

    'estate report DIR --version ID' then writes exactly these files. An earlier signed version of the same first year
    is superseded. Prints the SHA-256 of every file.
    """
    from estate.reports.signing import sign_version
    from estate.store.database import open_database

    # before anything is signed: a signature cannot be taken back
    chosen_fields(COLUMNS, fields)
    signed = sign_version(
        open_database(context.database),
        context.folder,
        context.settings,
        version_id,
        dt.datetime.now(dt.UTC),
        by=by,
        reference=reference,
        accept_unpriced=accept_unpriced,
    )
    records = [{"version": version_id, "file": name, "sha256": digest} for name, digest in signed.event.outputs.items()]
    emit(records, COLUMNS, output, fields, shown=COLUMNS[1:])
    note(f"Forecast {version_id} is signed by {by}: content {signed.event.content_sha256}")
    if signed.supersedes is not None:
        note(f"It supersedes forecast {signed.supersedes}.")
