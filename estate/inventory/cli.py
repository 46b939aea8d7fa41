"""``estate targets``, ``devices``, ``show``, ``components`` and ``changes``: what is there, and how we know."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from config.errors import UsageError
from estate.console import Context, IsoDate, cell, emit, example, note, pass_context, query_options, say, today, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.targets import Target
    from estate.inventory.store import DeviceState, TargetState
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
SCREEN_COLUMNS = ("command", "at", "run", "text")
CHANGE_COLUMNS = ("at", "device", "subject", "what", "field", "before", "after", "run")


@contextlib.contextmanager
def _reading(context: Context) -> Iterator[Any]:
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
    from config.tables import Folder
    from estate.inventory.store import target_states

    listed = Folder(context.folder).rows(TARGETS)
    with _reading(context) as session:
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

    with _reading(context) as session:
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
    emit(records, DEVICE_COLUMNS, output, fields, shown=shown, empty=_nothing(as_of))
    _say_what_is_doubtful(sum(s.stale for s in states), sum(bool(s.incomplete) for s in states), 0, "device")


def _nothing(as_of: dt.date | None) -> str:
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
    with _reading(context) as session:
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
    emit(records, COMPONENT_COLUMNS, output, fields, shown=shown, empty=_nothing(as_of))
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


@click.command()
@click.option("--since", type=IsoDate(), metavar="DATE", help="From this day on [all].")
@as_of_option
@query_options
@pass_context
@example("estate changes --since 2026-11-01\nestate changes -o jsonl")
def changes(context: Context, since: dt.date | None, as_of: dt.date | None, output: str, fields: str | None) -> None:
    """List what changed, newest first: installed, removed, back, moved, in conflict, or a changed fact.

    'discovered' is what a device's first reading found: nobody knows since when it has been there.
    """
    from estate.inventory.store import changes as all_changes
    from estate.inventory.store import end_of

    if since is not None and since > today(as_of):
        raise UsageError(f"--since {since} lies after the day that is asked about ({today(as_of)})")
    start = end_of(since - dt.timedelta(days=1)) if since else None
    with _reading(context) as session:
        found = all_changes(session, start, end_of(today(as_of)))
    records = [{name: getattr(change, name) for name in CHANGE_COLUMNS} for change in found]
    empty = f"Nothing has changed since {since}." if since else _nothing(as_of)
    emit(records, CHANGE_COLUMNS, output, fields, shown=CHANGE_COLUMNS[:-1], empty=empty)


@click.command()
@click.argument("name")
@click.option("--screens", is_flag=True, help="Show what it printed over SSH instead: the evidence, without secrets.")
@as_of_option
@query_options
@pass_context
@example("estate show core-sw-1\nestate show core-sw-1 -o json\nestate show core-sw-1 --screens")
def show(context: Context, name: str, as_of: dt.date | None, output: str, fields: str | None, *, screens: bool) -> None:
    """Show all that is known of one device: what it is, where each fact was read, its units, and what changed.

    NAME is the device's name in targets.csv.
    """
    if screens:
        _show_screens(context, name, today(as_of), output, fields)
        return
    from estate.inventory.page import COLUMNS, page, record_of
    from estate.inventory.store import changes as all_changes
    from estate.inventory.store import device, end_of, observed_units, target_states

    day, limit = today(as_of), context.settings.stale_after_days
    with _reading(context) as session:
        state = device(session, name, day, limit)
        units = [unit for unit in observed_units(session, day, limit) if state and unit.device == state.name]
        recent = all_changes(session, None, end_of(day), device=state.name, limit=20) if state else ()
        wanted = (state.name if state else name).casefold()
        asked = next((one for target, one in target_states(session).items() if target.casefold() == wanted), None)
    if state is None:
        note(_unknown_device(context, name, day, asked))
        if output != "table":
            emit([], COLUMNS, output, fields)
        return
    if output == "table" and fields is None:
        say(page(state, units, recent, asked))
    else:
        emit([record_of(state, units, recent)], COLUMNS, output, fields)


def _show_screens(context: Context, name: str, day: dt.date, output: str, fields: str | None) -> None:
    """Print the screens of a device that were last kept."""
    from estate.inventory.store import end_of, target_states
    from estate.inventory.store import screens as kept_screens

    with _reading(context) as session:
        asked = next((target for target in target_states(session) if target.casefold() == name.casefold()), name)
        kept = kept_screens(session, asked, end_of(day))
    if output != "table" or fields or not kept:
        records = [{column: getattr(item, column) for column in SCREEN_COLUMNS} for item in kept]
        emit(records, SCREEN_COLUMNS, output, fields, empty=f"No screens of {name} are kept: it was not read over SSH.")
        return
    for item in kept:
        say(f"{item.command}  ({cell(item.at)}, run {item.run})\n\n{item.text}\n")


def _unknown_device(context: Context, name: str, day: dt.date, asked: TargetState | None) -> str:
    """What is to be said of a device that nothing is known of: whether it was asked, and what else might be meant."""
    from difflib import get_close_matches

    from collectors.targets import TARGETS
    from config.tables import Folder

    if asked is not None and asked.outcome not in {"answered", "partial"}:
        return (
            f"{name} has never answered by {day}. When last asked ({cell(asked.at)}): {asked.outcome}, {asked.reason}."
        )
    if asked is not None:
        return f"{name} had not answered by {day}; it first did later: leave --as-of out."
    listed = {target.name.casefold(): target.name for target in Folder(context.folder).rows(TARGETS)}
    if name.casefold() in listed:
        return f"{name} is in targets.csv, and has not been asked yet: 'estate collect' asks it."
    near = [listed[found] for found in get_close_matches(name.casefold(), listed)]
    meant = f" Did you mean {' or '.join(near)}?" if near else " 'estate devices' and 'estate targets' list the names."
    return f"No device or target is called {name}.{meant}"
