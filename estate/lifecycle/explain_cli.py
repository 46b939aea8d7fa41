"""``estate lifecycle``: why a product has the dates that it has, and which products no source dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.console import (
    Context,
    IsoDate,
    LazyGroup,
    cell,
    emit,
    example,
    note,
    pass_context,
    query_options,
    safe,
    say,
    today,
)

if TYPE_CHECKING:
    from estate.lifecycle.explaining import Explained
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.service import EstateStatus

EXPLAIN_COLUMNS = (
    "subject", "vendor", "part_number", "model", "grade", "rule", "matched", "dates", "not_announced_on", "source",
    "source_type", "bulletin", "row", "note", "steps", "near",
)  # fmt: skip
APPROVED_COLUMNS = (
    "device", "os", "version", "verdict", "should_run", "rule", "platform", "site", "role", "kind",
)  # fmt: skip
WANTED_COLUMNS = ("vendor", "part_number", "model", "count", "grade", "devices")
MAX_NOTE = 400

as_of_option = click.option("--as-of", type=IsoDate(), metavar="DATE", help="As of the end of this day [today].")


COMMANDS = {
    "refresh": ("estate.lifecycle.sources_cli:refresh", "Ask the sources of dates about what the estate has."),
    "import": ("estate.lifecycle.sources_cli:import_table", "Take the dates of a table that a vendor publishes."),
    "export": ("estate.lifecycle.sources_cli:export", "Write dates in a format that other programs read."),
}


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def lifecycle() -> None:
    """Say why products have the dates that they have, which no source dates, and ask the sources."""


@lifecycle.command()
@click.argument("name")
@click.option("--vendor", metavar="NAME", help="Whose part number it is, where the packs or the estate do not tell.")
@query_options
@pass_context
@example("estate lifecycle explain WS-C3850-48P\nestate lifecycle explain core-1")
def explain(context: Context, name: str, vendor: str | None, output: str, fields: str | None) -> None:
    """Show the chain from NAME to its dates: what was tried, which row decided, its source, and what came near.

    NAME is a part number, a serial number or asset tag, or a device, whose units and software are all told.
    """
    from config.tables import Folder
    from estate.lifecycle.packs import load_packs

    catalogue = load_packs(Folder(context.folder))
    told = _explained(catalogue, _status(context), name, vendor)
    if output == "table" and fields is None:
        say("\n\n".join("\n".join(_lines(item)) for item in told))
    else:
        emit([_record(item) for item in told], EXPLAIN_COLUMNS, output, fields)


def _status(context: Context) -> EstateStatus:
    from config.tables import Folder
    from estate.lifecycle.service import load_status
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        return load_status(database, Folder(context.folder), context.settings, today(None))
    finally:
        database.close()


def _explained(catalogue: Catalogue, status: EstateStatus, name: str, vendor: str | None) -> list[Explained]:
    """The chains of what a name means: units of the estate by serial, tag or device, else a part number."""
    from estate.lifecycle.explaining import explain_product, explain_unit, vendors_of

    wanted = name.casefold()
    units = [item.unit for item in status.units]
    called = [
        unit
        for unit in units
        if wanted in {(text or "").casefold() for text in (unit.asset_id, unit.serial, unit.asset_tag, unit.device)}
    ]
    if called:
        return [one for unit in called for one in explain_unit(catalogue, unit)]
    owners = [unit for unit in units if wanted in {(text or "").casefold() for text in (unit.part_number, unit.model)}]
    makers = [vendor] if vendor else sorted({unit.vendor or "" for unit in owners} | {*vendors_of(catalogue, name)})
    if not makers:
        raise UsageError(f"{name} is no serial, tag, device or part number that is known here: name its --vendor")
    return [explain_product(catalogue, f"part number {name}", maker, name, "") for maker in makers]


def _record(item: Explained) -> dict[str, Any]:
    vendor, part_number, model = item.product
    found = item.found
    taken = EXPLAIN_COLUMNS[4:14]
    return {
        "subject": item.subject,
        "vendor": vendor,
        "part_number": part_number,
        "model": model,
        **{field: getattr(found, field) or None for field in taken},
        "steps": [{"tried": step.tried, "rule": step.rule or "exact", "rows": len(step.found)} for step in item.steps],
        "near": list(item.near),
    }


def _lines(item: Explained) -> Iterator[str]:
    """One chain as text for a person."""
    found = item.found
    yield safe(f"{item.subject}: {' '.join(text for text in item.product if text) or 'nothing known of what it is'}")
    for step in item.steps:
        rows = ", ".join(f"{pack.origin}{entry.place}" for pack, entry in step.found[:3])
        yield safe(f"  tried   {step.tried or '(blank)'}: {step.rule or 'exactly as it is'}: {rows or 'no row'}")
    if not found.dates and not found.not_announced_on:
        yield "  found   nothing: its support is unknown, and never counted as supported"
    else:
        yield safe(f"  found   {found.grade} {found.matched} in {found.row}")
        for name, day in found.dates.items():
            late = " at the latest" if found.latest_possible else ""
            yield f"          {name.replace('_', ' ')} {cell(day)}{late}"
        if found.not_announced_on:
            yield f"          no end announced as of {cell(found.not_announced_on)}"
        yield safe(f"  source  {found.source}" + (f", {found.source_type}" if found.source_type else ""))
    for label, text in (("bulletin", found.bulletin), ("note", found.note[:MAX_NOTE])):
        if text:
            yield safe(f"  {label:9} {text}")
    if item.near:
        yield safe(f"  near    {', '.join(item.near)} (alike, and not matched)")


@lifecycle.command()
@query_options
@pass_context
@example("estate lifecycle wanted\nestate lifecycle wanted -o csv -f part_number > to-look-up.csv")
def wanted(context: Context, output: str, fields: str | None) -> None:
    """List the products of the estate that no source dates, or only by their series; the most frequent first.

    Ready to be pasted into a vendor's tool; what it answers goes into lifecycle/*.csv of the estate folder.
    """
    from dataclasses import asdict

    from estate.lifecycle.explaining import wanted as products_wanted

    found = products_wanted(_status(context).units)
    records = [asdict(item) | {"grade": str(item.grade), "devices": list(item.devices)} for item in found]
    emit(records, WANTED_COLUMNS, output, fields, empty="Every product of the estate has a date of its own.")
    note(f"{len(found)} products, {sum(item.count for item in found)} units without an exact date")


@lifecycle.command()
@as_of_option
@query_options
@pass_context
@example("estate lifecycle approved\nestate lifecycle approved -o csv > to-update.csv")
def approved(context: Context, as_of: dt.date | None, output: str, fields: str | None) -> None:
    """Say which devices run a release that software_policy.csv approves, and what the others should run.

    'outside' is neither the preferred release nor an approved one or of an approved train; 'unknown' is a version that
    nobody could read; 'no_rule' that no row is about such a device.
    """
    from collections import Counter
    from dataclasses import asdict

    from config.tables import Folder
    from estate.inventory.store import devices
    from estate.lifecycle.approved import Verdict, running
    from estate.policy.software import SOFTWARE_POLICY
    from estate.store.database import open_database

    rules, day = Folder(context.folder).rows(SOFTWARE_POLICY), today(as_of)
    database = open_database(context.database)
    try:
        with database.reading() as session:
            found = running(devices(session, day, context.settings.stale_after_days), rules, day)
    finally:
        database.close()
    records = [asdict(item) | {"verdict": str(item.verdict)} for item in found]
    emit(records, APPROVED_COLUMNS, output, fields, shown=APPROVED_COLUMNS[:6], empty="No device is known.")
    counts = Counter(item.verdict for item in found)
    note(", ".join(f"{counts[verdict]} {str(verdict).replace('_', ' ')}" for verdict in Verdict))
