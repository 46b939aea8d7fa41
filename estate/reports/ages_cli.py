"""``estate ages``: how old everything is, and how that is known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import EstateError, UsageError
from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import emit, note, query_options
from estate.reports.ages import BANDS, GROUPS, Aged, Profile, headline, oldest_first, profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.inventory.store import DeviceState, KeptScreen
    from estate.inventory.unit import Unit
    from estate.lifecycle.firmware import Built
    from estate.lifecycle.packs import Catalogue

_UNIT_COLUMNS = (
    "device", "serial", "part_number", "made_or_bought", "fact", "confidence", "age_years", "band", "firmware",
    "firmware_date", "firmware_source", "source", "site", "kind", "vendor", "model", "quantity", "asset_id",
)  # fmt: skip
_NOTHING = "There are no units yet: 'estate collect' asks the targets, and assets.csv names what no collector sees."


@click.command()
@click.option("--by", type=click.Choice(GROUPS), default=GROUPS[0], show_default=True, help="A row for.")
@click.option("--units", is_flag=True, help="List every unit with its date and what says so, the oldest first.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the profile too, as FILE.svg or FILE.png.",
)
@click.option("--as-of", type=IsoDate(), metavar="DATE", help="Answer for this day instead of today.")
@query_options
@pass_context
@example("estate ages --by site --picture ages.svg\nestate ages --units -o csv > ages.csv")
def ages(
    context: Context,
    by: str,
    units: bool,  # noqa: FBT001 - a flag of the command line
    picture: Path | None,
    as_of: dt.date | None,
    output: str,
    fields: str | None,
) -> None:
    """Say how old everything in service is, in years: by kind, by site, or by the year that it is from.

    A unit counts from its installation or purchase in assets.csv, else from its manufacture as the device says or as
    its serial number holds, else from the day on which it was first seen. The last says only 'at least': nothing is
    called new by it, so in the first three years it counts as unknown. The forecast counts from the earliest of these
    where no installation is recorded. Software dates from its build as the device says, else from its release.
    """
    if picture is not None and picture.suffix.lower() not in {".svg", ".png"}:
        raise UsageError(f"{picture} is neither .svg nor .png: name the picture so that its end says which")
    items, excluded = _aged(context, today(as_of))
    groups = profiles(items, by)
    if picture is not None:
        _draw(picture, groups, by)
    if units:
        shown = _UNIT_COLUMNS[:11]
        emit(map(_unit_record, oldest_first(items)), _UNIT_COLUMNS, output, fields, shown=shown, empty=_NOTHING)
    else:
        columns = (by, "count", "oldest", "median", "newest", *BANDS)
        emit((_group_record(group, by) for group in groups), columns, output, fields, empty=_NOTHING)
    note(headline(items, excluded))


def _aged(context: Context, day: dt.date) -> tuple[list[Aged], int]:
    """Every unit in service with its age and its software's, and how many are not in service or not counted."""
    from config.folder import Folder
    from estate.inventory.declared import ASSETS
    from estate.inventory.population import population
    from estate.inventory.store import devices, end_of, observed_units, screens
    from estate.lifecycle.packs import load_packs
    from estate.store.database import open_database

    folder, limit = Folder(context.folder), context.settings.stale_after_days
    catalogue = load_packs(folder)
    declared = folder.rows(ASSETS)
    database = open_database(context.database)
    try:
        with database.reading() as session:
            people = population(observed_units(session, day, limit), declared, day)
            states = {state.name: state for state in devices(session, day, limit)}
            said = {name: _said(state, screens(session, name, end_of(day))) for name, state in states.items()}
    finally:
        database.close()
    built = _built(states, said, catalogue, day)
    items = [Aged(unit, *unit.made_or_bought, day, built.get(_box_of(unit))) for unit in people.units]
    return items, sum(item.unit.quantity for item in people.excluded)


def _box_of(unit: Unit) -> str:
    """The device whose software a unit runs: what it says holds for its boxes, not for the parts inside them."""
    return unit.device or "" if unit.parent is None and unit.origin != "declared" else ""


def _said(state: DeviceState, kept: Sequence[KeptScreen]) -> dict[str, str]:
    """Where a device speaks of the software that it runs now: sysDescr, and the screens that show this version."""
    version = state.facts.version
    shown = {screen.command: screen.text for screen in kept if "version" in screen.command}
    return {"sysDescr": state.facts.sys_descr or ""} | {
        command: text for command, text in shown.items() if version and version in text
    }


def _built(
    states: dict[str, DeviceState], said: dict[str, dict[str, str]], catalogue: Catalogue, day: dt.date
) -> dict[str, Built | None]:
    """What the software of each device dates from."""
    from estate.lifecycle.firmware import firmware

    return {
        name: firmware(catalogue, state.facts.vendor, state.facts.os, state.facts.version, said[name], day)
        for name, state in states.items()
    }


def _draw(path: Path, groups: Sequence[Profile], by: str) -> None:
    from estate.lifecycle.sources.packfile import replace
    from estate.reports.pictures import age_profile, png

    if not groups:
        raise EstateError("There is nothing to draw: no unit is in service on that day.")
    svg = age_profile(groups, share=by != "year")
    if not path.parent.is_dir():
        raise EstateError(f"{path} cannot be written: there is no folder {path.parent}; make it, or name another")
    replace(path, png(svg) if path.suffix.lower() == ".png" else svg.encode())
    note(f"Picture: {path}")


def _group_record(group: Profile, by: str) -> dict[str, Any]:
    ages_of = {"count": group.count, "oldest": group.oldest, "median": group.median, "newest": group.newest}
    return {by: group.group, **ages_of, **group.bands}


def _unit_record(item: Aged) -> dict[str, Any]:
    unit = item.unit
    return {name: getattr(unit, name, None) for name in _UNIT_COLUMNS} | {
        "made_or_bought": item.date,
        "fact": item.fact,
        "confidence": unit.age_confidence(item.fact),
        "age_years": item.years,
        "band": item.band,
        "firmware": unit.version,
        "firmware_date": item.built.date if item.built else None,
        "firmware_source": item.built.source if item.built else None,
        "source": item.source or None,
    }
