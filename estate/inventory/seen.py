"""A unit as one reading of its device showed it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SeenUnit:
    """A unit as one reading of its device showed it.

    ``identity`` is ``vendor|serial`` case-blind, else ``@device`` or ``@device#slot``. ``parent`` is the identity of
    the nearest unit above it. ``section`` names the sections of the observation (joined by ``+``) that must be read to
    their end before its absence means anything.
    """

    identity: str
    slot: str
    kind: str
    section: str
    index: str
    cls: str
    parent: str | None = None
    position: int | None = None
    name: str | None = None
    description: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    hardware_revision: str | None = None
    firmware_revision: str | None = None
    software_revision: str | None = None
    manufactured_on: dt.date | None = None
    fru: bool | None = None
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def sections(self) -> tuple[str, ...]:
        """The names in ``section``."""
        return tuple(self.section.split("+"))

    @property
    def subject(self) -> str:
        """What a person calls it: its serial, else its place."""
        return self.serial or self.slot


def identity_of(vendor: str | None, serial: str) -> str:
    """The key of a unit with a serial: vendor and serial, compared case-blind (forecast-model.md 2.2)."""
    return f"{(vendor or '').strip().casefold()}|{serial.strip().casefold()}"
