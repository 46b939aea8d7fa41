"""What people are told of a subject, a unit or the software of a device, and of what in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What is told, the worst first. ``first`` is the one notice of the first night.
UNSUPPORTED, ENDING, MOVED, DATED, UNDATED, FIRST = "unsupported", "ending", "moved", "dated", "undated", "first"
WHATS = (UNSUPPORTED, ENDING, MOVED, DATED, UNDATED, FIRST)
UNIT, SOFTWARE = "unit", "software"


@dataclass(frozen=True, slots=True)
class Detail:
    """What people are told of a subject. ``thing`` is ``unit`` or ``software``; what is not known is None.

    ``was`` and ``was_date`` are its state and date before, None for a subject that was not there before. The one notice
    of the first night has ``counts`` and nothing else: how many are in each state, units and software apart.
    """

    thing: str = UNIT
    device: str | None = None
    site: str | None = None
    kind: str | None = None
    serial: str | None = None
    asset_id: str | None = None
    vendor: str | None = None
    part_number: str | None = None
    model: str | None = None
    os: str | None = None
    version: str | None = None
    quantity: int = 1
    state: str | None = None
    milestone: str | None = None
    date: str | None = None
    latest_possible: bool = False
    source: str | None = None
    bulletin: str | None = None
    replacement: str | None = None
    was: str | None = None
    was_date: str | None = None
    counts: dict[str, dict[str, int]] | None = None

    @property
    def product(self) -> str:
        """What it is in words: vendor with part number or model, or with operating system and version."""
        words = (self.os, self.version) if self.thing == SOFTWARE else (self.part_number or self.model or self.kind,)
        return " ".join(filter(None, (self.vendor, *words)))

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Detail:
        """What :meth:`as_json` wrote; keys that a later release added are left out."""
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})
