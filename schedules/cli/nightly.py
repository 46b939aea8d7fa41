"""The command ``nightly``."""

from __future__ import annotations

from pathlib import Path

import click

from estate.command import DONE, Context, example, pass_context
from estate.console import note, say


@click.command()
@click.option(
    "--report",
    "report_dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Make the night's folder below DIR instead of schedule.report_dir.",
)
@click.option("-v", "--verbose", count=True, help="Log what is done (-v), or everything (-vv), on standard error.")
@example("estate nightly --report /srv/reports")
@pass_context
def nightly(context: Context, report_dir: Path | None, verbose: int) -> int:
    """Collect, match, forecast and report: the whole night, now.

    Exit status 0 when all was done, 3 when some device did not answer in full or a mail or webhook did not get
    through (the night is kept, and each is named with its reason), 1 when a step failed.
    """
    from schedules import logs, stop, summary
    from schedules.nightly import nightly as run_night
    from schedules.progress import watcher
    from schedules.steps import utc_now

    logs.set_up(verbose)
    with stop.on_signals() as stopping:
        result = run_night(context, utc_now(), report_dir, watcher(), stop=stopping)
    if result is None:
        note("Another process began this night at this very instant; nothing was done here.")
        return DONE
    say(summary.render(result, summary.columns()))
    return result.exit_status
