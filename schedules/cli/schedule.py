"""The group ``schedule``."""

from __future__ import annotations

import click

from estate.command import Context, example, pass_context


@click.group()
def schedule() -> None:
    """Run the nightly job at its configured time."""


@schedule.command()
@click.option("--once", is_flag=True, help="Serve what is due now, if nobody has, and end: for a timer or a CronJob.")
@click.option("-v", "--verbose", count=True, help="Log more on standard error.")
@example("estate --config /srv/estate schedule run")
@pass_context
def run(context: Context, verbose: int, *, once: bool) -> int:
    """Run the nightly job at schedule.at of estate.toml, every night, until SIGTERM or Ctrl-C.

    The time is read once, at start; every other setting and file is read afresh each night. A night that was missed
    while nothing ran is caught up at start, within schedule.grace_hours. Any number of schedulers may share one
    database: the first one to claim a night has it.
    """
    from schedules import logs, stop
    from schedules.serve import serve, serve_once

    # nobody watches a daemon but its log: what is done is told from the start
    logs.set_up(verbose + 1)
    with stop.on_signals() as stopping:
        return serve_once(context, stopping) if once else serve(context, stopping)
