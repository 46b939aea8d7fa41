"""How the collection behind a report went: what the page says about devices that answered, in part, or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """A device that did not answer in full: ``outcome`` is the ledger's word, ``reason`` a sentence for a person."""

    device: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class NightSummary:
    """One collection run as the report tells it.

    ``answered``, ``in_part`` and ``failed`` count devices; ``incomplete`` names every device of the last two.
    ``changes`` counts the changes to the inventory that the run wrote.
    """

    answered: int
    in_part: int
    failed: int
    changes: int = 0
    incomplete: tuple[DeviceOutcome, ...] = ()
    run_id: int | None = None
    started_at: dt.datetime | None = None

    @property
    def asked(self) -> int:
        """How many devices were asked."""
        return self.answered + self.in_part + self.failed
