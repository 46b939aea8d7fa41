"""``estate lifecycle diff`` and ``load``: what the packs change in the catalogue, before and after they are loaded."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import chosen_fields, emit, note, query_options
from estate.shown import cell

if TYPE_CHECKING:
    from estate.lifecycle.difference import Touched
    from estate.lifecycle.rows import Change

CHANGE_COLUMNS = (
    "what", "kind", "vendor", "name", "dates", "moved", "source", "source_before", "other", "source_type", "as_of",
    "model", "pack", "row",
)  # fmt: skip
UNIT_COLUMNS = (
    "device", "serial", "product", "about", "state_before", "state_after", "date_before", "date_after", "days",
    "grade_before", "grade_after", "milestone_before", "milestone_after", "source_before", "source_after", "quantity",
    "site", "kind", "vendor", "model", "asset_id",
)  # fmt: skip
LOAD_COLUMNS = ("pack", "rows", "added", "removed", "changed")


@click.command()
@click.argument("pack", required=False, type=click.Path(path_type=Path))
@click.option("--since", type=IsoDate(), metavar="DATE", help="What the loads from this day on have changed instead.")
@click.option("--units", is_flag=True, help="List the units that it touches, with their state before and after.")
@click.option("--as-of", type=IsoDate(), metavar="DATE", help="The day of which the states are told [today].")
@query_options
@pass_context
@example("estate lifecycle diff\nestate lifecycle diff new-dates.csv --units\nestate lifecycle diff --since 2026-11-01")
def diff(
    context: Context,
    pack: Path | None,
    since: dt.date | None,
    units: bool,  # noqa: FBT001 - as click calls it
    as_of: dt.date | None,
    output: str,
    fields: str | None,
) -> None:
    """Say what loading would change: rows added, removed, with other dates or sources, and whose state that touches.

    Without PACK the files that there are now (ours, and lifecycle/ of the estate folder) are compared with what is
    loaded. PACK is a file, or a folder of them, that is read as if it lay in lifecycle/ of the estate folder, in place
    of the one of its name. With --since it tells what loads have changed from that day on. Loading itself is done by
    each night, and by 'estate lifecycle load'.
    """
    from config.folder import Folder
    from estate.lifecycle.loading import difference
    from estate.store.database import open_database

    if pack is not None and since is not None:
        raise UsageError("name either a pack, or a day with --since")
    day = today(as_of)
    if since is not None and since > day:
        raise UsageError(f"--since {since} lies after the day that is asked about ({day})")
    given = _given(pack) if pack is not None else None
    database = open_database(context.database)
    try:
        found = difference(database, Folder(context.folder), context.settings, day, given=given, since=since)
    finally:
        database.close()
    plain = output in {"table", "csv"}
    if units:
        records = (_unit_record(item) for item in found.touched)
        emit(records, UNIT_COLUMNS, output, fields, shown=UNIT_COLUMNS[:9], empty="No unit is touched.")
    else:
        records = (_change_record(item, as_text=plain) for item in found.changes)
        emit(records, CHANGE_COLUMNS, output, fields, shown=CHANGE_COLUMNS[:9], empty="No row changes.")
    for remark in found.remarks:
        note(remark)
    if found.changes:
        note(found.sentence() + ("" if units or not found.touched else " (--units lists them)"))


def _given(path: Path) -> dict[str, bytes]:
    """The packs of a file or folder, as if they lay in the estate folder."""
    if not path.exists():
        raise UsageError(f"there is no {path}: name a pack, or a folder of packs")
    if path.is_file():
        if path.suffix.lower() != ".csv":
            raise UsageError(f"{path} is no CSV file: save the table as CSV UTF-8, with the columns of a pack")
        return {f"lifecycle/{path.name}": path.read_bytes()}
    folder = path / "lifecycle" if (path / "lifecycle").is_dir() else path
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise UsageError(f"{folder} holds no CSV file")
    return {f"lifecycle/{file.name}": file.read_bytes() for file in files}


def _change_record(change: Change, *, as_text: bool) -> dict[str, Any]:
    from estate.lifecycle.rows import SOURCE, kind_of, name_of, pack_name

    row, changed, moved = change.row, change.fields, change.moved
    source = [name for name in SOURCE if name in changed]
    dates = getattr(row, "dates", {})
    if getattr(row, "not_announced_on", None):
        dates = {**dates, "not_announced_on": getattr(row, "not_announced_on", None)}
    other = [name for name in changed if name not in moved and name not in SOURCE]
    told = [
        {"milestone": name, "before": old, "after": new, "days": (new - old).days if old and new else None}
        for name, (old, new) in moved.items()
    ]
    return {
        "what": change.what,
        "kind": kind_of(row),
        "vendor": row.vendor,
        "name": name_of(row),
        "dates": dates if not as_text else [f"{name} {day}" for name, day in dates.items()],
        "moved": told if not as_text else [_moved(item) for item in told],
        "source": _source(change.after) if source or change.what == "added" else None,
        "source_before": _source(change.before) if source or change.what == "removed" else None,
        "other": [f"{name}: {cell(changed[name][0])} -> {cell(changed[name][1])}" for name in other],
        "source_type": getattr(row, "source_type", None),
        "as_of": getattr(row, "as_of", None),
        "model": getattr(row, "model", None),
        "pack": pack_name(row),
        "row": row.place,
    }


def _moved(item: dict[str, Any]) -> str:
    days = f" ({item['days']:+d} days)" if item["days"] is not None else ""
    return f"{item['milestone']} {cell(item['before']) or 'none'} -> {cell(item['after']) or 'none'}{days}"


def _source(row: object) -> str | None:
    """Where a row comes from: its bulletin, its source and the kind of it, and how new it is."""
    told = [getattr(row, name, None) for name in ("bulletin", "source", "source_type")]
    day = getattr(row, "as_of", None)
    return ", ".join([*filter(None, told), *([f"as of {day}"] if day else [])]) or None


def _unit_record(item: Touched) -> dict[str, Any]:
    unit, before, after = item.unit, item.before, item.after
    record: dict[str, Any] = {"product": item.product, "about": item.about, "serial": unit.serial}
    for name in ("device", "quantity", "site", "kind", "vendor", "model", "asset_id"):
        record[name] = getattr(unit, name)
    for when, state in (("before", before), ("after", after)):
        record |= {
            f"state_{when}": str(state.state),
            f"date_{when}": state.date,
            f"grade_{when}": str(state.match.grade),
            f"milestone_{when}": state.milestone or None,
            f"source_{when}": state.match.source or None,
        }
    return record | {"days": (after.date - before.date).days if before.date and after.date else None}


@click.command()
@query_options
@pass_context
@example("estate lifecycle load")
def load(context: Context, output: str, fields: str | None) -> None:
    """Load the packs whose files have changed, ours and those in lifecycle/ of the estate folder; each night does it.

    Rows are written only where they say something else than before, with the time from which we know it.
    """
    from config.folder import Folder
    from estate.lifecycle.loading import load_catalogue
    from estate.lifecycle.rows import count
    from estate.store.database import open_database

    chosen_fields(LOAD_COLUMNS, fields)  # before anything is stored
    database = open_database(context.database)
    try:
        loaded = load_catalogue(database, Folder(context.folder), dt.datetime.now(dt.UTC))
    finally:
        database.close()
    records = [{"pack": item.pack, "rows": item.rows, **count(item.changes)} for item in loaded]
    emit(records, LOAD_COLUMNS, output, fields, empty="No pack has changed since the last load.")
