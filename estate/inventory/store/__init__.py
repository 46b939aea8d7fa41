"""The inventory in the database: recording an observation, and reading back what stood when.

``record`` writes inside the caller's transaction, one observation at a time. A night without changes costs one row of
the ledger and the times of the last reading. Every other name here only reads.
"""

from estate.inventory.store.reading import (
    DeviceState,
    TargetState,
    changes,
    day_of,
    device,
    devices,
    end_of,
    hints,
    observed_units,
    target_states,
)
from estate.inventory.store.recording import Recorded, record
from estate.inventory.store.rows import Changed
from estate.inventory.store.screens import KeptScreen, screens

__all__ = [
    "Changed",
    "DeviceState",
    "KeptScreen",
    "Recorded",
    "TargetState",
    "changes",
    "day_of",
    "device",
    "devices",
    "end_of",
    "hints",
    "observed_units",
    "record",
    "screens",
    "target_states",
]
