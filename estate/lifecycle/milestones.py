"""The words of lifecycle: milestones with their source, the grade of a match, and a unit's support state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Grade(StrEnum):
    """How a unit or a version was matched. A series date is only ever the latest possible one; a train's is its own."""

    EXACT = "exact"
    ALIAS = "alias"
    TRAIN = "train"
    SERIES = "series"
    NONE = "none"


class State(StrEnum):
    """Whether a unit is supported, as of a date. Unknown is never shown as supported."""

    SUPPORTED = "supported"
    ENDING = "ending"
    UNSUPPORTED = "unsupported"
    NOT_ANNOUNCED = "not_announced"
    UNKNOWN = "unknown"


# The dated events of a product, in the order in which vendors let them happen.
MILESTONES = (
    "eox_announced", "end_of_sale", "end_of_sw_maintenance", "end_of_security_support", "last_renewal",
    "end_of_support",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """What the catalogue says of one product: milestones, where they come from, and how it was matched.

    ``dates`` holds only the milestones that the source gives (keys of :data:`MILESTONES`); a vendor date is the last
    supported day. ``not_announced_on`` is the day on which the source said that no end is announced. ``row`` is the
    pack's ``file:row``; ``rule`` names the alias or series rule where one was used; ``matched`` is the part number or
    series that the row is about. ``known_on`` is how new the row's knowledge is, None where nothing tells.
    """

    grade: Grade
    rule: str = ""
    row: str = ""
    vendor: str = ""
    matched: str = ""
    dates: dict[str, dt.date] = field(default_factory=dict)
    not_announced_on: dt.date | None = None
    replacement: str | None = None
    source: str = ""
    source_type: str = ""
    bulletin: str = ""
    note: str = ""
    known_on: dt.date | None = None

    @property
    def latest_possible(self) -> bool:
        """Whether its dates are those of the last model of a series to end, so that this unit may have ended before."""
        return self.grade is Grade.SERIES


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit's support state as of a date, with the milestone that decides it.

    ``milestone`` and ``date`` are blank for not_announced and unknown. ``confirmed`` is False where the date is only
    the latest possible one; such a date never makes a unit count as confirmed supported. ``window_days`` is how long
    before the date the unit counts as ending.
    """

    state: State
    milestone: str
    date: dt.date | None
    confirmed: bool
    window_days: int
    match: Match
