"""``estate status``: what is supported, ending, unsupported, not announced or unknown."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from estate.command import Context, IsoDate, Window, example, pass_context, today
from estate.console import emit, note, query_options
from estate.lifecycle.words import decisions_of, state_words

if TYPE_CHECKING:
    from estate.lifecycle.rollup import DeviceStatus
    from estate.lifecycle.service import EstateStatus
    from estate.lifecycle.status import SoftwareStatus, UnitStatus

COLUMNS = (
    "device", "serial", "part_number", "state", "milestone", "date", "grade", "source", "bulletin",
    "decisions", "site", "kind", "vendor", "model", "quantity", "policy", "latest_possible", "not_announced_on",
    "replacement", "matched", "rule", "row", "note", "excluded", "asset_id", "description", "known_on",
)  # fmt: skip
# what fits a screen; a pipe gets the first ten, -f any, and the other formats all of them
SOFTWARE_COLUMNS = (
    "device", "vendor", "os", "version", "state", "milestone", "date", "grade", "matched", "site", "kind", "model",
    "source", "bulletin", "rule", "row", "note", "not_announced_on", "known_on", "decisions",
)  # fmt: skip
DEVICE_COLUMNS = (
    "device", "state", "date", "decided_by", "unsupported", "ending", "unknown", "remedy", "milestone", "site", "kind",
    "decisions", "latest_possible", "not_announced_on",
)  # fmt: skip
DEVICES_SHOWN = (*DEVICE_COLUMNS[:8], "decisions")
SOFTWARE_SHOWN = ("device", "os", "version", "state", "date", "grade", "matched", "decisions")
SHOWN = ("device", "serial", "part_number", "state", "date", "grade", "bulletin", "decisions")


NO_SOFTWARE = "No device has told which version it runs."


@click.command()
@click.option("--as-of", type=IsoDate(), help="Answer for this day instead of today.")
@click.option(
    "--within", type=Window(), metavar="SPAN", help="Call a unit ending this long before its date (90d, 18m, 2y)."
)
@click.option("--software", "about", flag_value="software", help="Say it of what the devices run instead.")
@click.option("--devices", "about", flag_value="devices", help="Say it of whole devices: their units and software.")
@query_options
@pass_context
@example("estate status --within 18m -o csv > status.csv\nestate status --software\nestate status --devices")
def status(
    context: Context, as_of: dt.date | None, within: int | None, output: str, fields: str | None, about: str | None
) -> None:
    """Say of every unit whether it is supported, the worst first.

    A unit is ending from so long before its date as its policy needs to replace it (lead, install and buffer days; 365
    days without a policy), or as --within says, to the date itself; unsupported from the day after. The grade says how
    it was matched: exact, alias, series or none. A date of a series is the latest possible one. What nobody knows is
    unknown, never supported.

    With --software it says the same of the version that each device runs. The grade is then exact for a row about that
    very release, or train for one about the train that the vendor's numbering puts it into. With --devices, a device is
    as its worst unit or its software is; everything in it that is out of support is named, and what would mend it.

    Decisions of the council that hold on the day (a waiver with its last day, a deferral) stand beside the state.
    """
    from config.folder import Folder
    from estate.lifecycle.service import load_status
    from estate.lifecycle.status import software_headline, worst_first
    from estate.store.database import open_database

    database = open_database(context.database)
    try:
        answer = load_status(database, Folder(context.folder), context.settings, today(as_of), within)
    finally:
        database.close()
    as_text, for_people = output in {"table", "csv"}, output == "table"
    if about == "devices":
        from estate.lifecycle.rollup import roll_up

        found = roll_up(answer.units, answer.software)
        records = (asdict(item) | {"state": _device_state(item, for_people=for_people)} for item in found)
        emit(records, DEVICE_COLUMNS, output, fields, shown=DEVICES_SHOWN, empty="No device is known.")
        _headlines(answer)
        return
    if about == "software":
        records = (_software_record(item, as_text=as_text, for_people=for_people) for item in answer.software)
        emit(records, SOFTWARE_COLUMNS, output, fields, shown=SOFTWARE_SHOWN, empty=NO_SOFTWARE)
        note(software_headline(answer.software))
        return
    units = worst_first(answer.units)
    on_screen = for_people and sys.stdout.isatty()
    records = (
        _record(item, for_people=for_people, on_screen=on_screen)
        | {"decisions": decisions_of(item.decisions, as_text=as_text)}
        for item in units
    )
    emit(records, COLUMNS, output, fields, shown=SHOWN if on_screen else COLUMNS[:10])
    _headlines(answer)


def _device_state(item: DeviceStatus, *, for_people: bool) -> str:
    latest, silent_on = item.latest_possible, item.not_announced_on
    return state_words(item.state, latest=latest, plain=not for_people, silent_on=silent_on)


def _headlines(answer: EstateStatus) -> None:
    from estate.lifecycle.coverage import sentence
    from estate.lifecycle.status import headline

    note(headline(answer.units))
    if covered := sentence(answer.units):
        note(covered)


def _software_record(item: SoftwareStatus, *, as_text: bool, for_people: bool) -> dict[str, Any]:
    unit, state, found = item.unit, item.state, item.state.match
    said = {name: getattr(unit, name) for name in ("device", "vendor", "os", "version", "site", "kind", "model")}
    texts = {name: getattr(found, name) or None for name in ("matched", "source", "bulletin", "rule", "row", "note")}
    word = state_words(state.state, latest=False, plain=not for_people, silent_on=found.not_announced_on)
    decided = {"state": word, "milestone": state.milestone or None, "date": state.date}
    told = {"decisions": decisions_of(item.decisions, as_text=as_text), "known_on": found.known_on}
    return said | texts | decided | told | {"grade": str(found.grade), "not_announced_on": found.not_announced_on}


def _record(item: UnitStatus, *, for_people: bool, on_screen: bool) -> dict[str, Any]:
    unit, state, found = item.unit, item.state, item.state.match
    latest = state.date is not None and not state.confirmed
    return {
        "device": unit.device,
        # a person must be able to tell what has no serial; the next program finds its asset_id in a column of its own
        "serial": unit.serial or (unit.asset_id if on_screen else None),
        "part_number": unit.part_number,
        "state": state_words(state.state, latest=latest, plain=not for_people, silent_on=found.not_announced_on),
        "milestone": state.milestone or None,
        "date": state.date,
        "grade": str(found.grade),
        "source": found.source or None,
        "bulletin": found.bulletin or None,
        "site": unit.site,
        "kind": unit.kind,
        "vendor": unit.vendor,
        "model": unit.model,
        "quantity": unit.quantity,
        "policy": item.policy.policy if item.policy else None,
        "latest_possible": latest if state.date else None,
        "not_announced_on": found.not_announced_on,
        "replacement": found.replacement,
        "matched": found.matched or None,
        "rule": found.rule or None,
        "row": found.row or None,
        "note": found.note or None,
        "excluded": item.excluded or None,
        "asset_id": unit.asset_id,
        "description": unit.description,
        "known_on": found.known_on,
    }
