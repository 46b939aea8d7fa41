"""``estate lifecycle refresh``: ask the sources of lifecycle dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError, UsageError
from estate.console import DONE, PART, Context, emit, example, note, pass_context, query_options, safe, today, warn

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
