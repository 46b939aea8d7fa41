"""The second night of the simulated estate: what has happened to it since the first, as data.

``config/lab/second-night.toml`` says what was replaced, moved, renumbered or fell silent; here that is done to what
the devices answer with.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from collectors.lab.captures import OCTETS, Typed
from collectors.lab.plan import Plan, Planned
from config.errors import EstateError

FIRST, SECOND = 1, 2
ENTITY_COLUMN = "1.3.6.1.2.1.47.1.1.1.1"  # ENTITY-MIB::entPhysicalEntry
_CONTAINED_IN, _NAME = "4", "7"
Answers = dict[str, dict[str, Typed]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A row of entPhysicalTable that went to another place: another index, around it another thing, maybe elsewhere."""

    device: str
    index: int
    to_device: str
    to_index: int
    parent: int
    name: str


@dataclass(frozen=True, slots=True)
class Night:
    """What has happened: another ``fault`` or ``screens`` by device, new serials by device, and rows that moved."""

    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    serials: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    moves: tuple[Moved, ...] = ()

    def devices(self, planned: Iterable[Planned]) -> tuple[Planned, ...]:
        """The devices as they stand this night."""
        return tuple(self._device(device) for device in planned)

    def _device(self, device: Planned) -> Planned:
        now = self.fields.get(device.name, {})
        return replace(device, screens=now.get("screens", device.screens), fault=now.get("fault", device.fault))

    def answers(self, answers: Answers) -> Answers:
        """What the devices answer with this night, by device; a device that does not run takes no part."""
        now = {name: dict(objects) for name, objects in answers.items()}
        for name, serials in self.serials.items():
            if name in now:
                now[name] = _replaced(name, now[name], serials)
        for move in self.moves:
            row = _take(now, move)
            if move.to_device in now:
                now[move.to_device] |= row
        return now


def load_night(plan: Plan, number: int) -> Night:
    """What has happened by a night; by the first, nothing.

    Raises:
        EstateError: when the file names a device that the plan does not have.
    """
    if number == FIRST:
        return Night()
    file = plan.folder / "second-night.toml"
    data: dict[str, Any] = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    devices: dict[str, dict[str, Any]] = data["devices"]
    serials = {name: table.pop("serials") for name, table in devices.items() if "serials" in table}
    moves = tuple(
        Moved(
            row["device"], row["index"], row["to"]["device"], row["to"]["index"], row["to"]["parent"], row["to"]["name"]
        )
        for row in data["moves"]
    )
    named = {*devices, *(name for move in moves for name in (move.device, move.to_device))}
    if unknown := named - {device.name for device in plan.devices}:
        raise EstateError(f"{file.name} names {', '.join(sorted(unknown))}, which the plan of the lab does not have")
    return Night(devices, serials, moves)


def _replaced(name: str, objects: Mapping[str, Typed], serials: Mapping[str, str]) -> dict[str, Typed]:
    """What a device answers when parts of it have been replaced: the new serial wherever the old one stood."""
    now = dict(objects)
    for old, new in serials.items():
        found = {oid: value for oid, value in now.items() if _holds(value, old)}
        if not found:
            raise EstateError(f"no object of {name} holds the serial {old}: correct second-night.toml")
        now |= {oid: Typed(tag, bytes(raw).replace(old.encode(), new.encode())) for oid, (tag, raw) in found.items()}  # type: ignore[arg-type] # an OCTET STRING is bytes
    return now


def _holds(value: Typed, serial: str) -> bool:
    tag, raw = value
    return tag == OCTETS and isinstance(raw, bytes) and serial.encode() in raw


def _take(answers: Answers, move: Moved) -> dict[str, Typed]:
    """Take a row out of a device; the row as it stands in its new place."""
    objects = answers.get(move.device, {})
    row: dict[str, Typed] = {}
    for oid in [oid for oid in objects if oid.startswith(f"{ENTITY_COLUMN}.") and oid.endswith(f".{move.index}")]:
        column = oid.removeprefix(f"{ENTITY_COLUMN}.").partition(".")[0]
        tag, value = objects.pop(oid)
        if column == _CONTAINED_IN:
            value = move.parent
        elif column == _NAME:
            value = move.name.encode()
        row[f"{ENTITY_COLUMN}.{column}.{move.to_index}"] = Typed(tag, value)
    return row
