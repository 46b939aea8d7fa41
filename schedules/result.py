"""What a night came to, as plain data: the summary prints it and the ledger keeps its counts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estate.command import DONE, FAILED, PART
from estate.reports.night import DeviceOutcome, NightSummary
from schedules import store

if TYPE_CHECKING:
    from estate.forecast.version import Version
    from estate.lifecycle.service import EstateStatus
    from schedules.collecting import Collected
    from schedules.proposals import BlindSpot
    from schedules.step import StepResult
    from schedules.telling import Noticed


@dataclass(slots=True)
class NightResult:
    """Everything a night made, filled in step by step; what a failed or skipped step would have made is None."""

    run_id: int
    as_of: dt.date
    started_at: dt.datetime
    outcome: str = store.RUNNING
    reason: str = ""
    steps: Sequence[StepResult] = ()
    collected: Collected | None = None
    status: EstateStatus | None = None
    version: Version | None = None
    folder: Path | None = None
    latest: Path | None = None
    paths: Sequence[Path] = field(default=())
    blind_spot: BlindSpot | None = None
    noticed: Noticed | None = None

    @property
    def exit_status(self) -> int:
        """0 all done, 1 a step failed, 3 some devices did not answer in full, or a message did not get through."""
        if self.outcome == store.FAILED:
            return FAILED
        incomplete = self.outcome == store.PART or (self.collected is not None and bool(self.collected.incomplete))
        return PART if incomplete else DONE

    def night_summary(self) -> NightSummary | None:
        """How the collection went, as the report tells it; None where nothing was collected."""
        collected = self.collected
        if collected is None:
            return None
        return NightSummary(
            answered=collected.answered,
            in_part=collected.in_part,
            failed=collected.silent,
            changes=len(collected.changes),
            incomplete=tuple(
                DeviceOutcome(device.target, str(device.outcome), device.reason) for device in collected.incomplete
            ),
            run_id=self.run_id,
            started_at=self.started_at,
        )

    def counts(self) -> dict[str, Any]:
        """The numbers that the ledger keeps, as plain JSON."""
        numbers: dict[str, Any] = {}
        if self.collected:
            numbers |= {
                "asked": self.collected.asked,
                "answered": self.collected.answered,
                "in_part": self.collected.in_part,
                "not_answered": self.collected.silent,
                "changes": len(self.collected.changes),
            }
        if self.blind_spot is not None:
            numbers["not_collected"] = len(self.blind_spot.seen)
        if self.status is not None:
            states = Counter(str(item.state.state) for item in self.status.units if not item.excluded)
            numbers["states"] = dict(sorted(states.items()))
        if self.noticed is not None:
            numbers["notices"] = dict(Counter(record.what for record in self.noticed.new))
        if self.version:
            numbers["version"] = self.version.id
        if self.folder:
            numbers["folder"] = str(self.folder)
        return numbers
