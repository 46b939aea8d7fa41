"""The command ``discover``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import DONE, PART, Context, example, pass_context
from estate.console import Bar, chosen_fields, emit, note, query_options, warn

if TYPE_CHECKING:
    from schedules.discover import Discovered
    from schedules.proposals import Proposal

COLUMNS = (
    "address", "name", "platform", "kind", "vendor", "model", "serial", "credential", "seen_by", "state", "note",
    "port", "site", "target", "addresses", "capabilities", "description",
)  # fmt: skip
SHOWN = (
    "state", "address", "name", "platform", "kind", "vendor", "model", "serial", "credential", "seen_by", "note",
)  # fmt: skip


@click.command()
@click.argument("networks", nargs=-1, metavar="[CIDR]...")
@click.option("--neighbours", is_flag=True, help="Ask the targets whom they see on their ports (LLDP, CDP, FDP).")
@click.option("--accept", "accepted", multiple=True, metavar="ADDRESS|NAME", help="Append this one to targets.csv.")
@click.option("--accept-all", is_flag=True, help="Append every new one that answered to targets.csv.")
@click.option("--site", metavar="SITE", help="The site of what is accepted [that of the device that sees it].")
@click.option("--port", type=click.IntRange(1, 65535), help="The UDP port to probe instead of 161.")
@query_options
@example("estate discover 10.20.1.0/24\nestate discover --neighbours --accept dp-edge-9 --site depot")
@pass_context
def discover(
    context: Context,
    networks: tuple[str, ...],
    accepted: tuple[str, ...],
    site: str | None,
    port: int | None,
    output: str,
    fields: str | None,
    *,
    neighbours: bool,
    accept_all: bool,
) -> int:
    """Propose targets: who answers SNMP in a network, and whom the targets see on their ports.

    Nothing outside discovery.ranges of estate.toml is ever probed, only discovery.credentials are tried, and nothing
    joins the estate until it is accepted. STATE says what each is: new, outside (of the ranges, never probed),
    no_address (seen, but it tells none), known (a target already). Exit status 3 when some target did not tell whom it
    sees.
    """
    from schedules import logs
    from schedules.discover import discover as look

    logs.set_up(0)
    chosen_fields(COLUMNS, fields)  # before anybody is asked
    if not networks and not neighbours:
        raise UsageError("name a network such as 10.20.1.0/24, or ask the targets with --neighbours")
    bar = _Watch()
    try:
        found = look(context, networks, bar.moved, neighbours=neighbours, port=port)
    finally:
        bar.close()
    emit([_record(row) for row in found.proposals], COLUMNS, output, fields, shown=SHOWN, empty="Nobody was found.")
    _tell(found)
    if accepted or accept_all:
        _accept(context, found, accepted, site, everything=accept_all)
    return PART if found.unread else DONE


def _accept(
    context: Context, found: Discovered, accepted: tuple[str, ...], site: str | None, *, everything: bool
) -> None:
    from schedules.accept import accept, chosen

    rows = chosen(found.proposals, accepted, everything=everything)
    if not rows:
        note("Nothing to accept: targets.csv is as it was.")
        return
    lines = accept(context.folder, rows, site)
    note(f"Appended to targets.csv ({len(lines)}):")
    for line in lines:
        note(f"  {line}")


def _tell(found: Discovered) -> None:
    fresh = sum(row.state == "new" for row in found.proposals)
    asked = f", {found.asked} targets asked whom they see" if found.asked else ""
    note(f"{found.probed} addresses probed{asked}: {fresh} new. --accept ADDRESS appends one to targets.csv.")
    if found.left_out:
        warn(f"addresses of neighbours beyond discovery.max_addresses not probed: {found.left_out}")
    for name in found.refused:
        warn(f"the credential {name} was refused by several devices and not tried any further")
    for target, reason in found.unread:
        warn(f"{target} did not tell whom it sees: {reason}")


def _record(row: Proposal) -> dict[str, Any]:
    record: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
    return record | {name: record[name] or None for name in ("note", "seen_by", "addresses", "capabilities")}


class _Watch:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: Bar | None = None

    def moved(self, done: int, total: int, last: str) -> None:
        """Move the bar, which is drawn when the first address is done."""
        if self._bar is None and sys.stderr.isatty():
            self._bar = Bar("probing", total)
        if self._bar:
            self._bar.move(done, last)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar:
            self._bar.close()
