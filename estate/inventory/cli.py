"""``estate targets``, ``devices`` and ``components``: what is there, and how we know."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import emit, query_options, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.targets import Target
    from estate.inventory.store import DeviceState
    from estate.inventory.unit import Unit

NOTHING_YET = "Nothing has been collected yet: 'estate collect' asks the targets of targets.csv."
NOTHING_BY = "Nothing had been collected by {day}."
as_of_option = click.option("--as-of", type=IsoDate(), metavar="DATE", help="As of the end of this day [today].")

TARGET_COLUMNS = (
    "name", "address", "site", "role", "transport", "port", "credential", "tags", "outcome", "reason", "last_asked",
    "last_answered", "stale", "seconds",
)  # fmt: skip
DEVICE_COLUMNS = (
    "name", "address", "site", "role", "kind", "vendor", "model", "part_number", "serial", "platform", "os", "version",
    "location", "units", "first_seen", "last_seen", "stale", "incomplete",
    "disagreements",
)  # fmt: skip
COMPONENT_COLUMNS = (
    "device", "slot", "kind", "vendor", "model", "part_number", "serial", "version", "description", "site", "parent",
    "asset_id", "manufactured_on", "first_seen", "last_seen", "stale", "incomplete", "conflict",
)  # fmt: skip


@contextlib.contextmanager
def reading(context: Context) -> Iterator[Any]:
    """A session on the estate's database, which is created when there is none yet."""
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        with database.reading() as session:
            yield session
    finally:
        database.close()


@click.command()
@query_options
@pass_context
@example("estate targets -f name,outcome,reason\nestate targets -o csv > targets-tonight.csv")
def targets(context: Context, output: str, fields: str | None) -> None:
    """List the targets of targets.csv, and how each last answered.

    A target that was never asked has no outcome.
    """
    from collectors.targets import TARGETS
    from config.folder import Folder
    from estate.inventory.store import target_states

    listed = Folder(context.folder).rows(TARGETS)
    with reading(context) as session:
        states = target_states(session)
    limit, now = context.settings.stale_after_days, dt.datetime.now(dt.UTC)
    records = []
    for target in listed:
        state = states.get(target.name)
        answered = state.last_answered if state else None
        records.append(
            {name: getattr(target, name) for name in TARGET_COLUMNS[:8]}
            | {
                "credential": " ".join(way.credential or "-" for way in target.ways),
                "port": _ports(target),
                "outcome": state.outcome if state else None,
                "reason": state.reason if state else None,
                "last_asked": state.at if state else None,
                "last_answered": answered,
                "stale": None if state is None else answered is None or (now - answered).days > limit,
                "seconds": round(state.seconds, 1) if state else None,
            }
        )
    shown = ("name", "address", "site", "role", "outcome", "reason", "last_answered", "stale")
    emit(records, TARGET_COLUMNS, output, fields, shown=shown, empty="targets.csv names no targets.")
    gone = sorted(states.keys() - {target.name for target in listed})
    if gone:
        warn(f"known from earlier runs, no longer in targets.csv: {', '.join(gone)}")


def _ports(target: Target) -> int | str | None:
    """The port of a target; of one that is asked by two credentials both, as the file writes them."""
    ports = [way.port for way in target.ways]
    if len(ports) == 1 or not any(ports):
        return target.port
    return " ".join("-" if port is None else str(port) for port in ports)


@click.command()
@as_of_option
@query_options
@pass_context
@example("estate devices\nestate devices --as-of 2026-04-01 -o jsonl -f name,version,last_seen")
def devices(context: Context, as_of: dt.date | None, output: str, fields: str | None) -> None:
    """List every device that ever answered, as it was at the end of a day.

    'stale' says that it has not answered for stale_after_days; 'incomplete' names what its last reading cut short;
    'disagreements' are the facts of which SNMP and SSH say something else.
    """
    from estate.inventory.store import devices as all_devices

    with reading(context) as session:
        states = all_devices(session, today(as_of), context.settings.stale_after_days)
    records = [_device_record(state) for state in states]
    shown = (
        "name",
        "site",
        "kind",
        "vendor",
        "model",
        "serial",
        "version",
        "units",
        "last_seen",
        "stale",
        "incomplete",
    )
    emit(records, DEVICE_COLUMNS, output, fields, shown=shown, empty=nothing(as_of))
    _say_what_is_doubtful(sum(s.stale for s in states), sum(bool(s.incomplete) for s in states), 0, "device")


def nothing(as_of: dt.date | None) -> str:
    """What an answer without rows says; in the past, that says nothing of today."""
    return NOTHING_YET if as_of is None else NOTHING_BY.format(day=as_of)


def _device_record(state: DeviceState) -> dict[str, Any]:
    facts = state.facts
    record = {name: getattr(facts, name, None) for name in DEVICE_COLUMNS}
    return record | {
        "name": state.name,
        "units": state.units,
        "first_seen": state.first_seen,
        "last_seen": state.last_seen,
        "stale": state.stale,
        "incomplete": list(state.incomplete),
    }


def _say_what_is_doubtful(stale: int, incomplete: int, conflicts: int, what: str) -> None:
    if stale:
        warn(f"{stale} {what}{'s' * (stale != 1)} stale: shown as last known")
    if incomplete:
        warn(f"{incomplete} {what}{'s' * (incomplete != 1)} with an incomplete last reading: the rest is as last known")
    if conflicts:
        warn(f"{conflicts} {what}{'s' * (conflicts != 1)} answering in a second place too: see the column 'conflict'")


@click.command()
@as_of_option
@query_options
@pass_context
@example("estate components -f device,slot,part_number,serial\nestate components -o csv > components.csv")
def components(context: Context, as_of: dt.date | None, output: str, fields: str | None) -> None:
    """List the units that were seen: chassis, stack members, and what has a serial inside them.

    A unit is 'stale' when the table it is read from has not been read to its end for stale_after_days. In 'conflict'
    stands the device that holds a serial which this one answers with too.
    """
    from estate.inventory.store import devices as all_devices
    from estate.inventory.store import observed_units

    day, limit = today(as_of), context.settings.stale_after_days
    with reading(context) as session:
        states = {state.name: state for state in all_devices(session, day, limit)}
        units = observed_units(session, day, limit)
    holders = {_key(unit): unit.device for unit in units if not unit.claim}
    records = [_component_record(unit, states, holders) for unit in units]
    shown = (
        "device",
        "slot",
        "kind",
        "part_number",
        "serial",
        "parent",
        "vendor",
        "version",
        "last_seen",
        "stale",
        "conflict",
    )
    emit(records, COMPONENT_COLUMNS, output, fields, shown=shown, empty=nothing(as_of))
    doubtful = sum(bool(record["incomplete"]) for record in records)
    _say_what_is_doubtful(sum(u.stale for u in units), doubtful, sum(u.claim for u in units), "unit")


def _key(unit: Unit) -> tuple[str, str]:
    return (unit.vendor or "").casefold(), (unit.serial or unit.asset_id).casefold()


def _component_record(
    unit: Unit, states: dict[str, DeviceState], holders: dict[tuple[str, str], str | None]
) -> dict[str, Any]:
    record = {name: getattr(unit, name, None) for name in COMPONENT_COLUMNS}
    record["incomplete"] = list(states[unit.device or ""].incomplete)
    record["conflict"] = holders.get(_key(unit)) if unit.claim else None
    return record
