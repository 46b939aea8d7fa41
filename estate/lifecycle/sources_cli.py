"""``estate lifecycle refresh``, ``import`` and ``export``: where lifecycle dates come from, and where they go."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError, UsageError
from estate.console import (
    DONE,
    PART,
    Context,
    IsoDate,
    emit,
    example,
    note,
    pass_context,
    query_options,
    safe,
    today,
    warn,
)

if TYPE_CHECKING:
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.service import EstateStatus
    from estate.lifecycle.sources.changes import Change
    from estate.lifecycle.sources.refresh import Refreshed

COLUMNS = ("kind", "source", "subject", "milestone", "before", "after", "note")
SOURCES = ("cisco-eox", "endoflife.date")


@click.command()
@click.option("--source", type=click.Choice(SOURCES), help="Ask this one alone [every one that is set up].")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Ask each about so many products at most.")
@query_options
@pass_context
@example("estate lifecycle refresh\nestate lifecycle refresh --source cisco-eox --limit 100")
def refresh(context: Context, source: str | None, limit: int | None, output: str, fields: str | None) -> int:
    """Ask the sources about what the estate has, and say what that changes.

    What nothing dates is asked for first, then what was last asked the longest ago. Answers go into
    lifecycle/SOURCE.csv of the estate folder as they come: a run that a quota ends loses nothing, and the next one asks
    only for the rest.

    KIND is new, moved (a date), added, gone, not_announced (no end as of today), conflict (another source has a date
    that is kept), refused (an answer that cannot be true), left_out (never asked) or unanswered. Exit status 3 when
    something that was asked for was not answered.
    """
    _tell_retries()
    catalogue, status = _known(context)
    done: list[Refreshed] = []
    for name in (source,) if source else SOURCES:
        try:
            done.append(_refreshed(context, name, catalogue, status, limit))
        except UsageError as error:
            if source:
                raise
            note(f"{name}: left out. {error}")
    records = [_record(change) for result in done for change in result.changes if change.kind != "same"]
    emit(records, COLUMNS, output, fields, empty="Nothing changed.")
    for result in done:
        _sum_up(result)
    if done and all(result.stopped and not result.answered for result in done):
        raise EstateError("no source answered; what was known before is as it was")
    return PART if any(result.partly for result in done) else DONE


def _refreshed(context: Context, name: str, catalogue: Catalogue, status: EstateStatus, limit: int | None) -> Refreshed:
    from estate.lifecycle.sources.refresh import CISCO_EOX, refresh_cisco, refresh_endoflife

    ask = refresh_cisco if name == CISCO_EOX else refresh_endoflife
    return ask(context.folder, context.settings.lifecycle, catalogue, status, limit)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--layout", required=True, metavar="NAME", help="Whose table it is: juniper, palo-alto, extreme, ...")
@click.option("--address", metavar="URL", help="Where the table was found [the vendor's page].")
@click.option("--read-on", type=IsoDate(), metavar="DATE", help="The day on which it was saved [today].")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@query_options
@pass_context
@example("estate lifecycle import saved-page.html --layout juniper --dry-run")
def import_table(
    context: Context,
    file: Path,
    layout: str,
    address: str | None,
    read_on: dt.date | None,
    output: str,
    fields: str | None,
    *,
    dry_run: bool,
) -> int:
    """Take the dates of FILE, a vendor's table that was saved as a page or workbook or pasted into a text file.

    The rows go into lifecycle/LAYOUT.csv of the estate folder; what FILE says nothing of stays as it was. How each
    vendor's table is read stands in layouts.toml. Every row that cannot be read is named with its number, and rows that
    announce no end are left out and counted. Exit status 3 when some row could not be read.
    """
    from config.tables import Folder
    from estate.lifecycle.entries import HARDWARE
    from estate.lifecycle.packs import load_packs
    from estate.lifecycle.sources.grids import read_grids
    from estate.lifecycle.sources.importing import into_pack, unread
    from estate.lifecycle.sources.layouts import layouts
    from estate.lifecycle.sources.vendor_table import read_tables

    if layout not in layouts():
        raise UsageError(f"no layout {layout}; there are {', '.join(sorted(layouts()))}")
    chosen, day = layouts()[layout], today(read_on)
    found = read_tables(read_grids(file), chosen, day, f"{address or chosen.source} (saved {day})")
    if not found.tables:
        wanted = ", ".join(sorted(chosen.columns))
        raise EstateError(f"{file} holds no table with the headings of {layout}, which has columns for {wanted}")
    catalogue = load_packs(Folder(context.folder))
    changes = into_pack(
        context.folder, layout, HARDWARE, found.rows.values(), found.columns, catalogue, dry_run=dry_run
    )
    return _told(layout, [*changes, *unread(layout, found.refused, found.left_out)], output, fields, dry_run=dry_run)


def _told(source: str, changes: list[Change], output: str, fields: str | None, *, dry_run: bool) -> int:
    """Say what an import changed, and whether all of it could be read."""
    from estate.lifecycle.sources.changes import counted

    records = [_record(change) for change in changes if change.kind != "same"]
    emit(records, COLUMNS, output, fields, empty="Nothing changed.")
    note(f"{source}: {counted(changes)}" + ("; nothing was written" if dry_run else ""))
    return PART if any(change.kind == "refused" for change in changes) else DONE


def _known(context: Context) -> tuple[Catalogue, EstateStatus]:
    from config.tables import Folder
    from estate.lifecycle.packs import load_packs
    from estate.lifecycle.service import load_status
    from estate.store.database import open_database

    folder = Folder(context.folder)
    database = open_database(context.database)
    try:
        return load_packs(folder), load_status(database, folder, context.settings, today(None))
    finally:
        database.close()


def _record(change: Change) -> dict[str, Any]:
    from dataclasses import asdict

    return {name: value or None for name, value in (asdict(change) | {"kind": str(change.kind)}).items()}


def _sum_up(result: Refreshed) -> None:
    from estate.lifecycle.sources.changes import counted

    note(f"{result.source}: {result.answered} of {result.asked} answered: {counted(result.changes)}")
    for remark in result.remarks:
        warn(f"{result.source}: {remark}")
    if result.stopped:
        warn(f"{result.source}: {result.stopped}")
    if result.left:
        note(f"{result.source}: {result.left} are left; run it again to ask for them")


def _tell_retries() -> None:
    """Let a second attempt be heard on standard error, where it disturbs no answer."""
    from stamina.instrumentation import RetryDetails, set_on_retry_hooks

    def tell(details: RetryDetails) -> None:
        note(f"asking again: {safe(details.caused_by)[:200]}")

    set_on_retry_hooks([tell])
