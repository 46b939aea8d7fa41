"""``estate lifecycle``: why a product has the dates that it has, and which products no source dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from config.errors import UsageError
from estate.command import Context, IsoDate, LazyGroup, example, pass_context, today
from estate.console import emit, note, query_options, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.inventory.unit import Unit
    from estate.lifecycle.explaining import Explained
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.service import EstateStatus

APPROVED_COLUMNS = (
    "device", "os", "version", "verdict", "should_run", "rule", "platform", "site", "role", "kind",
)  # fmt: skip
WANTED_COLUMNS = ("vendor", "part_number", "model", "count", "grade", "devices")

as_of_option = click.option("--as-of", type=IsoDate(), metavar="DATE", help="As of the end of this day [today].")


ELSEWHERE = {
    "diff": ("estate.lifecycle.catalogue_cli:diff", "Say what a pack changes, and which units that touches."),
    "load": ("estate.lifecycle.catalogue_cli:load", "Load the packs that have changed into the catalogue."),
    "refresh": ("estate.lifecycle.sources_cli:refresh", "Ask the sources of dates about what the estate has."),
    "import": ("estate.lifecycle.sources_cli:import_table", "Take the dates of a table that a vendor publishes."),
    "export": ("estate.lifecycle.sources_cli:export", "Write dates in a format that other programs read."),
}


@click.group(cls=LazyGroup, commands_at=ELSEWHERE)
def lifecycle() -> None:
    """Say why products have the dates that they have and what a pack changes; ask the sources for what is missing."""


@lifecycle.command()
@click.argument("name")
@click.option("--vendor", metavar="NAME", help="Whose part number it is, where the packs or the estate do not tell.")
@as_of_option
@query_options
@pass_context
@example("estate lifecycle explain N5K-C5548UP\nestate lifecycle explain core-1")
def explain(
    context: Context, name: str, vendor: str | None, as_of: dt.date | None, output: str, fields: str | None
) -> None:
    """Show the chain from NAME to its dates: what was tried, which row decided, its source, and what came near.

    NAME is a part number, a serial number or asset tag, or a device, whose units and software are all told, with the
    policy that each follows and the date that binds. Rows that lost against the one that counts are shown with the
    reason; the age is that of the source's knowledge.
    """
    from config.folder import Folder
    from estate.lifecycle.explain_page import COLUMNS, lines, record
    from estate.lifecycle.packs import load_packs

    if not name.strip():
        raise UsageError("name a part number, a serial number or asset tag, or a device")
    catalogue = load_packs(Folder(context.folder))
    day = today(as_of)
    told = _with_history(context, _explained(context, catalogue, _status(context, day), name, vendor))
    if output == "table" and fields is None:
        say("\n\n".join("\n".join(lines(item, day)) for item in told))
    else:
        as_text = output in {"table", "csv"}
        emit([record(item, day, as_text=as_text) for item in told], COLUMNS, output, fields)


def _status(context: Context, day: dt.date) -> EstateStatus:
    from config.folder import Folder
    from estate.lifecycle.service import load_status
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        return load_status(database, Folder(context.folder), context.settings, day)
    finally:
        database.close()


def _explained(
    context: Context, catalogue: Catalogue, status: EstateStatus, name: str, vendor: str | None
) -> list[Explained]:
    """The chains of what a name means: units of the estate by serial, tag or device, else a part number."""
    from estate.lifecycle.explaining import explain_product, explain_unit, vendors_of

    wanted = name.casefold()
    called = [item for item in status.units if wanted in _names(item.unit)]
    called.sort(key=lambda item: item.unit.parent is not None)  # the box before what is in it
    if called:
        programs = {item.unit.device: item for item in status.software}
        essentials = context.settings.cyber_essentials
        return [
            one
            for item in called
            for one in explain_unit(catalogue, item, programs.get(item.unit.device), cyber_essentials=essentials)
        ]
    units = [item.unit for item in status.units]
    owners = [unit for unit in units if wanted in {(text or "").casefold() for text in (unit.part_number, unit.model)}]
    makers = [vendor] if vendor else sorted({unit.vendor or "" for unit in owners} | {*vendors_of(catalogue, name)})
    if not makers:
        raise UsageError(f"{name} is no serial, tag, device or part number that is known here: name its --vendor")
    return [explain_product(catalogue, f"part number {name}", maker, name, "") for maker in makers]


def _with_history(context: Context, told: Sequence[Explained]) -> list[Explained]:
    from estate.lifecycle.explaining import with_history
    from estate.lifecycle.store import history
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        with database.reading() as session:
            return [with_history(one, history(session, one.row) if one.row else ()) for one in told]
    finally:
        database.close()


def _names(unit: Unit) -> set[str]:
    return {(text or "").casefold() for text in (unit.asset_id, unit.serial, unit.asset_tag, unit.device)}


@lifecycle.command()
@query_options
@pass_context
@example("estate lifecycle wanted\nestate lifecycle wanted -o csv -f part_number > to-look-up.csv")
def wanted(context: Context, output: str, fields: str | None) -> None:
    """List the products of the estate that no source dates, or only by their series; the most frequent first.

    Ready to be pasted into a vendor's tool; what it answers goes into lifecycle/*.csv of the estate folder.
    """
    from estate.lifecycle.explaining import wanted as products_wanted

    found = products_wanted(_status(context, today(None)).units)
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

    from config.folder import Folder
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
