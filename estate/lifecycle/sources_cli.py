"""``estate lifecycle refresh``, ``import`` and ``export``: where lifecycle dates come from, and where they go."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError, UsageError
from estate.command import DONE, PART, Context, IsoDate, example, pass_context, today
from estate.console import chosen_fields, emit, note, query_options, warn
from estate.shown import safe

if TYPE_CHECKING:
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.service import EstateStatus
    from estate.lifecycle.sources.changes import Change
    from estate.lifecycle.sources.refresh import Refreshed

COLUMNS = ("kind", "source", "subject", "milestone", "before", "after", "note")
OPENEOX = "openeox"
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
    from estate.lifecycle.sources.refresh import Refreshed

    chosen_fields(COLUMNS, fields)  # before anybody is asked
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
        except EstateError as error:
            if source:
                raise
            done.append(Refreshed(name, stopped=str(error)))
        if done and done[-1].interrupted:
            break
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
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--layout", required=True, metavar="NAME", help="Whose table it is (juniper, palo-alto ...), or openeox.")
@click.option("--address", metavar="URL", help="Where the table was found [the vendor's page].")
@click.option("--read-on", type=IsoDate(), metavar="DATE", help="The day on which it was saved [today].")
@click.option("--vendor", metavar="NAME", help="Whose product an OpenEoX Core object is about, which does not say it:")
@click.option("--part-number", metavar="PART", help="its part number,")
@click.option("--os", "system", metavar="NAME", help="or the system,")
@click.option("--release", metavar="RELEASE", help="and its release.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@query_options
@pass_context
@example(
    "estate lifecycle import saved-page.html --layout juniper --dry-run\n"
    "estate lifecycle import core.json --layout openeox --vendor Acme --part-number AX-1000"
)
def import_table(
    context: Context,
    file: Path,
    layout: str,
    address: str | None,
    read_on: dt.date | None,
    vendor: str | None,
    part_number: str | None,
    system: str | None,
    release: str | None,
    output: str,
    fields: str | None,
    *,
    dry_run: bool,
) -> int:
    """Take the dates of FILE, a vendor's table that was saved as a page or workbook or pasted into a text file.

    FILE may also be an OpenEoX document.

    The rows go into lifecycle/LAYOUT.csv of the estate folder; what FILE says nothing of stays as it was. How each
    vendor's table is read stands in layouts.toml. Every row that cannot be read is named with its number, and rows that
    announce no end are left out and counted. Exit status 3 when some row could not be read.
    """
    from config.folder import Folder
    from estate.lifecycle.entries import HARDWARE
    from estate.lifecycle.packs import load_packs
    from estate.lifecycle.sources.grids import read_grids
    from estate.lifecycle.sources.importing import into_pack, unread
    from estate.lifecycle.sources.layouts import layouts
    from estate.lifecycle.sources.vendor_table import read_tables

    chosen_fields(COLUMNS, fields)  # before anything is written
    if layout == OPENEOX:
        named = {"vendor": vendor, "part_number": part_number, "os": system, "release": release}
        given = {name: text for name, text in named.items() if text}
        return _import_openeox(context, file, given, address, output, fields, dry_run=dry_run)
    if layout not in layouts():
        raise UsageError(f"no layout {layout}; there are {', '.join(sorted({*layouts(), OPENEOX}))}")
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


def _import_openeox(
    context: Context,
    file: Path,
    named: dict[str, str],
    address: str | None,
    output: str,
    fields: str | None,
    *,
    dry_run: bool,
) -> int:
    """Take the statements of an OpenEoX document."""
    import json

    from config.folder import Folder
    from estate.lifecycle.entries import HARDWARE, SOFTWARE
    from estate.lifecycle.packs import load_packs
    from estate.lifecycle.sources.grids import read_bounded
    from estate.lifecycle.sources.importing import into_pack, unread
    from estate.lifecycle.sources.openeox import COLUMNS as DATES
    from estate.lifecycle.sources.openeox import statements

    try:
        document = json.loads(read_bounded(file))
    except (ValueError, RecursionError):
        raise EstateError(f"{file} is not JSON") from None
    found = statements(document, named, address or file.name, "third-party-transcription")
    catalogue, changes = load_packs(Folder(context.folder)), []
    columns = {*DATES.values(), "not_announced_on"}
    for name, table, rows in ((OPENEOX, HARDWARE, found.hardware), (f"{OPENEOX}-software", SOFTWARE, found.software)):
        changes += into_pack(context.folder, name, table, rows, columns, catalogue, dry_run=dry_run)
    return _told(OPENEOX, [*changes, *unread(OPENEOX, found.refused, ())], output, fields, dry_run=dry_run)


@click.command()
@click.option("--format", "form", type=click.Choice([OPENEOX]), required=True, help="In which format.")
@click.option("--all", "everything", is_flag=True, help="All that is known, not only what the estate has.")
@pass_context
@example("estate lifecycle export --format openeox > dates.json")
def export(context: Context, form: str, *, everything: bool) -> None:
    """Write the dates of what the estate has to standard output, for other programs.

    OpenEoX Core 1.0 (Committee Specification Draft 01) demands an end of security support and an end of life: what has
    only one of them is left out and counted, and so is what only a series dates. 'tba' stands where a source announces
    no end, never for what is unknown.
    """
    import json

    from estate.lifecycle.sources.exporting import openeox, rows_of_catalogue, rows_of_estate

    catalogue, status = _known(context)
    rows = rows_of_catalogue(catalogue) if everything else rows_of_estate(catalogue, status)
    document, left_out = openeox(rows, status.as_of)
    click.echo(json.dumps(document, indent=1, ensure_ascii=True))
    told = ", ".join(f"{count} with {reason}" for reason, count in left_out.most_common())
    note(f"{form}: {len(document['statements'])} statements" + (f"; left out: {told}" if told else ""))


def _told(source: str, changes: list[Change], output: str, fields: str | None, *, dry_run: bool) -> int:
    """Say what an import changed, and whether all of it could be read."""
    from estate.lifecycle.sources.changes import counted

    records = [_record(change) for change in changes if change.kind != "same"]
    emit(records, COLUMNS, output, fields, empty="Nothing changed.")
    note(f"{source}: {counted(changes)}" + ("; nothing was written" if dry_run else ""))
    return PART if any(change.kind == "refused" for change in changes) else DONE


def _known(context: Context) -> tuple[Catalogue, EstateStatus]:
    from config.folder import Folder
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
