"""``estate changes`` and ``show``: what happened, to a device or to a unit, and what is known now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from config.errors import UsageError
from estate.command import Context, IsoDate, example, pass_context, today
from estate.console import emit, note, query_options, say
from estate.inventory.cli import as_of_option, nothing, reading
from estate.inventory.sentences import EVENTS, sentence
from estate.shown import cell

if TYPE_CHECKING:
    from estate.inventory.store import TargetState

SCREEN_COLUMNS = ("command", "at", "run", "text")
CHANGE_COLUMNS = ("at", "device", "subject", "what", "field", "before", "after", "run", "sentence")


@click.command()
@click.option("--since", type=IsoDate(), metavar="DATE", help="From this day on [all].")
@click.option("--what", type=click.Choice(EVENTS), multiple=True, help="Only these events; may be repeated [all].")
@click.option("--device", metavar="NAME", help="Only of this device.")
@click.option("--serial", metavar="SERIAL", help="Only of the unit with this serial, also what it was swapped with.")
@as_of_option
@query_options
@pass_context
@example("estate changes --since 2026-11-01 --what swapped --what moved\nestate changes -o jsonl -f at,device,sentence")
def changes(
    context: Context,
    since: dt.date | None,
    what: tuple[str, ...],
    device: str | None,
    serial: str | None,
    as_of: dt.date | None,
    output: str,
    fields: str | None,
) -> None:
    """List what changed, newest first: swapped, moved, renumbered, joined, removed, or a changed fact.

    'discovered' is what a device's first reading found: nobody knows since when it has been there. A swap goes from
    the serial of the old unit to that of the new one. 'sentence' says each in words.
    """
    from estate.inventory.store import changes as all_changes
    from estate.inventory.store import end_of

    if since is not None and since > today(as_of):
        raise UsageError(f"--since {since} lies after the day that is asked about ({today(as_of)})")
    start = end_of(since - dt.timedelta(days=1)) if since else None
    with reading(context) as session:
        found = all_changes(session, start, end_of(today(as_of)), device=device, what=what, serial=serial)
    records = [
        {name: getattr(change, name) for name in CHANGE_COLUMNS[:-1]} | {"sentence": sentence(change)}
        for change in found
    ]
    narrowed = what or device or serial
    empty = f"Nothing has changed since {since}." if since else "Nothing of that kind." if narrowed else nothing(as_of)
    emit(records, CHANGE_COLUMNS, output, fields, shown=CHANGE_COLUMNS[:-2], empty=empty)


@click.command()
@click.argument("name", required=False)
@click.option("--serial", metavar="SERIAL", help="Tell the life of one unit instead: where it was, and its swaps.")
@click.option("--screens", is_flag=True, help="Show what it printed over SSH instead: the evidence, without secrets.")
@as_of_option
@query_options
@pass_context
@example("estate show core-sw-1\nestate show core-sw-1 -o json\nestate show --serial FOC1234X0AB")
def show(
    context: Context,
    name: str | None,
    serial: str | None,
    as_of: dt.date | None,
    output: str,
    fields: str | None,
    *,
    screens: bool,
) -> None:
    """Show all that is known of one device: what it is, where each fact was read, its units, and what changed.

    NAME is the device's name in targets.csv. With --serial: where a unit was, from when to when.
    """
    if (name is None) == (serial is None):
        raise UsageError("name a device, or a unit by --serial SERIAL")
    if name is None:
        _show_life(context, serial or "", today(as_of), output, fields)
        return
    if screens:
        _show_screens(context, name, today(as_of), output, fields)
        return
    from estate.inventory.page import COLUMNS, page, record_of
    from estate.inventory.store import changes as all_changes
    from estate.inventory.store import device, end_of, observed_units, target_states

    day, limit = today(as_of), context.settings.stale_after_days
    with reading(context) as session:
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


def _show_life(context: Context, serial: str, day: dt.date, output: str, fields: str | None) -> None:
    """Print where the units with a serial were, and what happened to them."""
    from estate.inventory.page import LIFE_COLUMNS, life
    from estate.inventory.store import changes as all_changes
    from estate.inventory.store import end_of, stays

    with reading(context) as session:
        found = stays(session, serial, end_of(day))
        told = all_changes(session, None, end_of(day), serial=serial)
    if output == "table" and fields is None and found:
        say(life(serial, found, told))
        return
    records = [{name: getattr(stay, name) for name in LIFE_COLUMNS} for stay in found]
    empty = f"No unit with the serial {serial} was seen by {day}: 'estate components' lists the serials."
    emit(records, LIFE_COLUMNS, output, fields, empty=empty)


def _show_screens(context: Context, name: str, day: dt.date, output: str, fields: str | None) -> None:
    """Print the screens of a device that were last kept."""
    from estate.inventory.store import end_of, target_states
    from estate.inventory.store import screens as kept_screens

    with reading(context) as session:
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
    from config.folder import Folder

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
