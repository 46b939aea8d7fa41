"""The group ``runs``: the ledger."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError
from estate.command import DONE, NUMBER, Context, example, pass_context
from estate.console import emit, query_options, say
from estate.shown import cell

if TYPE_CHECKING:
    from schedules.store import RunRecord

RUN = ("run", "job", "due_at", "started_at", "seconds", "outcome", "asked", "answered", "in_part", "not_answered",
       "changes", "reason")  # fmt: skip
RUN_SHOWN = ("run", "job", "started_at", "seconds", "outcome", "asked", "answered", "reason")
DETAIL = ("run", "part", "name", "address", "site", "transport", "outcome", "seconds", "reason", "sections")
DETAIL_SHOWN = ("part", "name", "outcome", "seconds", "reason")


@click.group(invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=30, show_default=True, help="How many, newest first.")
@query_options
@example("estate runs --limit 7; estate runs show 12 -o json")
@click.pass_context
def runs(ctx: click.Context, limit: int, output: str, fields: str | None) -> int:
    """List the runs, newest first, or show how one ended."""
    if ctx.invoked_subcommand:
        return DONE
    from estate.store.database import open_database
    from schedules import store
    from schedules.steps import this_host, utc_now

    database = open_database(ctx.ensure_object(Context).database)
    with database.reading() as session:
        found = store.runs(session, limit, host=this_host(), now=utc_now())
    database.close()
    emit([_run(run) for run in found], RUN, output, fields, shown=RUN_SHOWN, empty="No run yet: estate nightly.")
    return DONE


@runs.command()
@click.argument("number", metavar="ID", type=NUMBER)
@query_options
@example("estate runs show 12 -o json")
@pass_context
def show(context: Context, number: int, output: str, fields: str | None) -> int:
    """Show how every step and every device of run ID ended, how long it took, and why."""
    from estate.store.database import open_database
    from schedules import store
    from schedules.steps import this_host, utc_now

    database = open_database(context.database)
    with database.reading() as session:
        run = store.run(session, number, host=this_host(), now=utc_now())
    database.close()
    if run is None:
        raise EstateError(f"there is no run {number}: 'estate runs' lists those there are")
    if output == "table" and not fields and sys.stdout.isatty():
        say(_headline(run))
    emit([*_steps(run), *_devices(run)], DETAIL, output, fields, shown=DETAIL_SHOWN)
    return DONE


def _run(run: RunRecord) -> dict[str, Any]:
    record = {name: run.summary.get(name) for name in ("asked", "answered", "in_part", "not_answered", "changes")}
    return record | {
        "run": run.id,
        "job": run.job,
        "due_at": run.due_at,
        "started_at": run.started_at,
        "seconds": _seconds(run.seconds),
        "outcome": run.outcome,
        "reason": run.reason or None,
    }


def _steps(run: RunRecord) -> list[dict[str, Any]]:
    return [
        {
            "run": run.id,
            "part": "step",
            "name": step.name,
            "outcome": step.outcome,
            "seconds": _seconds((step.ended_at - step.started_at).total_seconds() if step.ended_at else None),
            "reason": step.detail or None,
        }
        for step in run.steps
    ]


def _devices(run: RunRecord) -> list[dict[str, Any]]:
    return [
        {
            "run": run.id,
            "part": "device",
            "name": device.target,
            "address": device.address,
            "site": device.site,
            "transport": device.transport,
            "outcome": device.outcome,
            "seconds": _seconds(device.seconds),
            "reason": device.reason or None,
            "sections": device.sections,
        }
        for device in run.devices
    ]


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _headline(run: RunRecord) -> str:
    took = f" in {run.seconds:.1f} s" if run.seconds is not None else ""
    reason = f": {run.reason}" if run.reason else ""
    return f"Run {run.id}, {run.job}, due {cell(run.due_at)} UTC, on {run.host}: {run.outcome}{took}{reason}"
