"""The inventory in the database: recording an observation, and reading back what stood when.

``record`` writes inside the caller's transaction, one observation at a time. A night without changes costs one row of
the ledger and the times of the last reading. Every other name here only reads.
"""

from estate.inventory.store.changes import changes
from estate.inventory.store.devices import DeviceState, device, devices, hints
from estate.inventory.store.lives import Stay, stays
from estate.inventory.store.observed import observed_units
from estate.inventory.store.recording import Recorded, record
from estate.inventory.store.rows import STALE_AFTER_DAYS, Changed, day_of, end_of
from estate.inventory.store.screens import KeptScreen, screens
from estate.inventory.store.silence import release, tell_stale
from estate.inventory.store.targets import TargetState, target_states

__all__ = [
    "STALE_AFTER_DAYS",
    "Changed",
    "DeviceState",
    "KeptScreen",
    "Recorded",
    "Stay",
    "TargetState",
    "changes",
    "day_of",
    "device",
    "devices",
    "end_of",
    "hints",
    "observed_units",
    "record",
    "release",
    "screens",
    "stays",
    "target_states",
    "tell_stale",
]
