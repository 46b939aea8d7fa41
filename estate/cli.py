"""The command line: composes the rooms' commands by dotted name, so that ``estate --help`` imports none of them."""

from __future__ import annotations

import click

from estate.command import Context, LazyGroup, run

COMMANDS = {
    "init": ("estate.folder.cli:init", "Write a starter set of files into a new estate folder."),
    "check": ("estate.folder.cli:check", "Read every file and report every error at once."),
    "targets": ("estate.inventory.cli:targets", "List the targets, and how each last answered."),
    "identify": ("collectors.cli.identify:identify", "Say what a captured device is."),
    "lab": ("collectors.cli.lab:lab", "Run a simulated estate on loopback to try settings against."),
    "collect": ("schedules.cli.collect:collect", "Ask the targets now and store what they say."),
    "discover": ("schedules.cli.discover:discover", "Propose targets: in a network, or seen by the targets."),
    "hostkeys": ("collectors.cli.hostkeys:hostkeys", "Scan, approve and list the SSH host keys of the devices."),
    "nightly": ("schedules.cli.nightly:nightly", "Collect, match, forecast and report: the whole night, now."),
    "notify": ("schedules.cli.notify:notify", "Send the notices that wait, or try the mail and webhook settings."),
    "schedule": ("schedules.cli.schedule:schedule", "Run the nightly job at its configured time."),
    "runs": ("schedules.cli.runs:runs", "List the runs, or show how one ended."),
    "devices": ("estate.inventory.cli:devices", "List the devices."),
    "show": ("estate.inventory.history_cli:show", "Show all that is known of one device, or of one unit."),
    "components": ("estate.inventory.cli:components", "List the units inside the devices."),
    "changes": ("estate.inventory.history_cli:changes", "List what changed, newest first."),
    "conflicts": ("estate.inventory.conflicts_cli:conflicts", "List what contradicts itself, and how to settle it."),
    "reconcile": ("estate.inventory.reconcile_cli:reconcile", "Compare the finance asset register with what is seen."),
    "status": ("estate.lifecycle.cli:status", "Say what is supported, ending, unsupported or unknown."),
    "notices": ("estate.notices.cli:notices", "List what newly became unsupported, ending or dated."),
    "lifecycle": ("estate.lifecycle.explain_cli:lifecycle", "Explain a product's dates; list what no source dates."),
    "ages": ("estate.reports.ages_cli:ages", "Say how old everything is, and how that is known."),
    "forecast": ("estate.forecast.cli:forecast", "Compute, list and explain forecasts."),
    "budget": ("estate.forecast.budget_cli:budget", "Check and show the funding identities of a programme."),
    "prices": ("estate.forecast.buying_cli:prices", "List the parts without a usable price."),
    "evidence": ("estate.evidence.cli:evidence", "List what an auditor asks for: what is out of support, or unknown."),
    "report": ("estate.reports.cli:report", "Write the workbook, the page and the feed."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config", "chosen", metavar="DIR", help="The estate folder (else ESTATE_CONFIG, else estate.toml above)."
)
@click.version_option(package_name="estate-evergreen", prog_name="estate")
@click.pass_context
def estate(context: click.Context, chosen: str | None) -> None:
    """Know what the council runs, how old it is, and what replacing it costs by financial year.

    \b
    Start:    estate init my-estate && cd my-estate && estate check
    By night: estate nightly
    Ask:      estate devices; estate status --within 18m; estate forecast list
    """  # noqa: D301 - \b keeps click from rewrapping
    context.obj = Context(chosen)


def main() -> None:
    """Entry point of the ``estate`` command."""
    run(estate)
