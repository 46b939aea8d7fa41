"""The command ``collect``."""

from __future__ import annotations

import click

from estate.command import Context, example, pass_context
from estate.console import say


@click.command()
@click.option("--site", "sites", multiple=True, metavar="SITE", help="Only targets of this site; may be repeated.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="Only this target; * is allowed; may be repeated.")
@click.option("-v", "--verbose", count=True, help="Log what is done (-v), or everything (-vv), on standard error.")
@example("estate collect --site town-hall --name 'core-*'")
@pass_context
def collect(context: Context, sites: tuple[str, ...], names: tuple[str, ...], verbose: int) -> int:
    """Ask the targets now and store what they say.

    Exit status 3 when some device did not answer in full: the rest is kept, and each is named with its reason.
    """
    from schedules import logs, stop, summary
    from schedules.collect import collect as collect_now
    from schedules.progress import watcher
    from schedules.steps import utc_now

    logs.set_up(verbose)
    with stop.on_signals() as stopping:
        result = collect_now(context, utc_now(), watcher(), sites=sites, names=names, stop=stopping)
    say(summary.render(result, summary.columns()))
    return result.exit_status
