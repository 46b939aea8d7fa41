"""``estate forecast submit`` and ``verify``. Signing renders a report and stands with the reports."""

from __future__ import annotations

import datetime as dt

import click

from config.errors import EstateError
from estate.command import NUMBER, Context, example, pass_context
from estate.console import emit, note, query_options

COLUMNS = ("version", "check", "result", "detail")


@click.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@pass_context
@example("estate forecast submit 3")
def submit(context: Context, version_id: int) -> None:
    """Freeze a draft for signature; from then on nothing of it can change.

    Prints the hash over all its inputs and outputs. What is wrong with a submitted version is mended in a new one.
    """
    from estate.forecast.states import submit_version
    from estate.store.database import open_database

    event = submit_version(open_database(context.database), version_id, dt.datetime.now(dt.UTC))
    click.echo(event.content_sha256)
    note(
        f"Forecast {version_id} is submitted. To sign it: "
        f'estate forecast sign {version_id} --by "NAME" --reference "MINUTE OR DECISION"'
    )


@click.command()
@click.argument("version_id", metavar="ID", type=NUMBER)
@query_options
@pass_context
@example("estate forecast verify 3")
def verify(context: Context, version_id: int, output: str, fields: str | None) -> None:
    """Prove a version: hash, seals, identities and cross-casts, and the same money again from its pinned inputs.

    Ends with status 1 when anything differs, naming it.
    """
    from estate.forecast.states import verify_version
    from estate.forecast.verify import DIFFERS, SKIPPED
    from estate.store.database import open_database

    version, checks = verify_version(open_database(context.database), version_id)
    records = [
        {"version": version_id, "check": item.check, "result": item.result, "detail": item.detail} for item in checks
    ]
    emit(records, COLUMNS, output, fields, shown=COLUMNS[1:])
    wrong = [f"{item.check}: {item.detail}" for item in checks if item.result == DIFFERS]
    if wrong:
        raise EstateError(f"forecast {version_id} does not verify:\n  " + "\n  ".join(wrong))
    skipped = sum(item.result == SKIPPED for item in checks)
    note(
        f"Forecast {version_id} ({version.state}): {len(checks) - skipped} checks hold"
        + (f", {skipped} not checked" if skipped else "")
    )
