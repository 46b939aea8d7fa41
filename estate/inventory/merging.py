"""The units of an estate while what is seen and what is declared are being merged (forecast-model.md 2.2)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from estate.inventory.apart import folded
from estate.inventory.unit import Conflict, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.inventory.declared import Asset


@dataclass(slots=True)
class Merging:
    """The units while they are being merged; ``away`` holds the reason for those that are not in scope."""

    units: list[Unit] = field(default_factory=list)
    away: dict[int, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    rows: dict[int, Asset] = field(default_factory=dict)
    counted: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, unit: Unit, row: Asset | None = None, away: str = "") -> int:
        """Take a unit, with the row that it came of and why it is not in scope; returns where it stands."""
        self.units.append(unit)
        place = len(self.units) - 1
        if row is not None:
            self.rows[place] = row
        if away:
            self.away[place] = away
        if not twice(away):
            self.register(place)
        return place

    def register(self, place: int) -> None:
        """Let a unit be found by its serial, asset tag and asset_id."""
        unit = self.units[place]
        for name, value in (
            ("serial", unit.serial),
            ("serial", unit.device_serial),
            ("asset_tag", unit.asset_tag),
            ("asset_id", unit.asset_id),
        ):
            if value:
                places = self.counted[name, folded(value)]
                if place not in places:
                    places.append(place)

    def named(self, name: str, value: str | None) -> list[tuple[int, Unit]]:
        """The counted units with a serial, asset_tag or asset_id, case-blind, and where they stand."""
        return [(place, self.units[place]) for place in self.counted.get((name, folded(value)), [])] if value else []

    def conflict(
        self,
        kind: str,
        asset_ids: Sequence[str],
        reason: str,
        settle: str,
        counted: str,
        devices: Sequence[str | None] = (),
    ) -> None:
        """List two statements that cannot both be true."""
        named = tuple(device for device in devices if device)
        self.conflicts.append(Conflict(tuple(sorted(set(asset_ids))), reason, settle, kind, counted, named))

    def duplicate(self, place: int) -> bool:
        """Whether a unit is held back as the second of one thing."""
        return twice(self.away.get(place, ""))


def twice(reason: str) -> bool:
    """Whether this reason for not being in scope says that the thing is counted elsewhere."""
    return reason.startswith(("duplicate", "held back"))
