"""``estate lab``: a simulated estate on loopback."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from estate.command import example
from estate.console import emit, note

if TYPE_CHECKING:
    from collectors.lab.estate import Started

_COLUMNS = ("name", "address", "port", "protocol", "answers_from", "fault")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--devices", type=click.IntRange(1), metavar="N", help="Start only the first N devices.")
@click.option(
    "--night", type=click.IntRange(1, 2), default=1, help="By night 2 things were swapped, moved and renumbered [1]."
)
@click.option(
    "--with-assets", is_flag=True, help="Also write their purchase records and the like, unless DIR has its own."
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
@click.pass_context
@example(
    """
    estate init lab && estate lab lab
    estate lab lab -- estate nightly
    estate lab --night 2 lab -- estate collect
    """
)
def lab(
    context: click.Context,
    folder: Path,
    devices: int | None,
    night: int,
    command: tuple[str, ...],
    *,
    with_assets: bool,
) -> None:
    """Run a simulated estate on loopback to try settings against.

    Devices answer over SNMP from captures of real ones, some over SSH from written screens; one is dead, one has
    another password and one stops answering half way. By night 2 a switch was swapped, optics and stack members stand
    in other places, and one more device stops half way. The estate folder DIR then holds their targets, credentials
    and host keys; files of your own are never overwritten. Runs until Ctrl-C, or until COMMAND ends, which finds the
    estate folder in ESTATE_CONFIG and whose exit status is passed on.
    """
    import asyncio

    from collectors.lab.estate import run

    def announce(started: list[Started]) -> None:
        if not command:
            emit([asdict(device) for device in started], _COLUMNS, "table")
        hint = "" if command else f"; Ctrl-C stops them. In another shell: ESTATE_CONFIG={folder} estate nightly"
        note(f"{len(started)} simulated devices on loopback, described in {folder}{hint}")

    context.exit(asyncio.run(run(folder.resolve(), command, announce, devices, with_assets=with_assets, night=night)))
