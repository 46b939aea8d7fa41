"""What a report says beside its version's own rows: status as pinned, signature, bridge, accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import EstateError
from config.folder import Folder
from estate.forecast import store
from estate.forecast.bridges import bridge_versions
from estate.forecast.options import options_of
from estate.forecast.outturns import outturns, pinned_actuals
from estate.forecast.pin import POPULATION
from estate.forecast.pinned import pinned_status
from estate.forecast.service import pinned_inputs
from estate.forecast.signature import SIGNED
from estate.forecast.store import states
from estate.lifecycle.service import load_status
from estate.reports.extras import Extras
from estate.reports.wording import day

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from config.settings import Settings
    from estate.forecast.bridge import Bridge
    from estate.forecast.options import Option
    from estate.forecast.signature import Event
    from estate.forecast.version import Version
    from estate.lifecycle.status import UnitStatus
    from estate.store.database import Database


def status_of(database: Database, folder: Path, settings: Settings, version: Version) -> tuple[UnitStatus, ...]:
    """The support status of every unit on the version's date, from what the version pinned.

    A version of a release that did not keep its population takes what is known now of that date.
    """
    if POPULATION in version.inputs:
        return pinned_status(pinned_inputs(database, version.id))
    return load_status(database, Folder(folder), settings, version.as_of).units


def gather(database: Database, version: Version, opening: int | None, signature: Event | None = None) -> Extras:
    """Everything else that the report of a version tells.

    Args:
        database: where earlier versions are.
        version: the one that is reported.
        opening: the version from which its report bridges, or None.
        signature: the event by which it is being signed, or None.
    """
    bridge, note = bridge_to(database, version, opening)
    found = outturns(database, pinned_actuals(database, version.id), version.as_of, latest=version)
    options, why, waivers = _choices(database, version)
    return Extras(
        signature=signature,
        bridge=bridge,
        bridge_note=note,
        outturns=tuple(found),
        options=options,
        options_note=why,
        waivers=waivers,
    )


def _choices(database: Database, version: Version) -> tuple[tuple[Option, ...], str, tuple[dt.date, ...] | None]:
    """What can be chosen, or why nothing can be compared, and the last day of each waiver in force."""
    try:
        inputs = pinned_inputs(database, version.id)
        options = tuple(options_of(inputs))
    except EstateError as error:
        return (), f"The options cannot be compared: {error}.", None
    held = (item.expires for item in inputs.decisions if item.kind == "waiver" and item.holds(version.as_of))
    return options, "", tuple(sorted(day for day in held if day))


def gather_newest(database: Database, version: Version) -> Extras:
    """As :func:`gather`, for a version that was just computed: against the last signed, else the one before it."""
    with database.reading() as session:
        opening = states.opening(session, version.id)
    return gather(database, version, opening)


def bridge_to(database: Database, version: Version, opening: int | None) -> tuple[Bridge | None, str]:
    """Why a version differs from an earlier one, and in a sentence from which; None and the reason where none can be.

    A report without its bridge is still a report: what cannot be compared is said, and nothing fails.
    """
    if opening is None:
        return None, ""
    with database.reading() as session:
        earlier = store.load(session, opening, with_units=False)
        signed = [event for event in states.events(session, opening) if event.state == SIGNED]
    what = f"signed {day(signed[-1].at.date())}" if signed else earlier.state
    since = f"Compared with forecast {opening} ({what}, as of {day(earlier.as_of)})."
    try:
        found, _ = bridge_versions(database, opening, version.id)
    except EstateError as error:
        return None, f"{since} Why it moved cannot be told: {error}."
    return found, since
