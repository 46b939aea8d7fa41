"""What contradicts itself in the inventory, with the evidence, what is counted meanwhile, and how to settle it.

:func:`estate.inventory.population.population` finds every conflict and counts nothing twice. Here those that share
a cause are put together: one box under two addresses shares all of its serials, and is one question, not thirty.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import DEVICE_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from estate.inventory.store import DeviceState
    from estate.inventory.unit import Conflict, Population, Unit

SHARED = "serial-on-two-devices"
MAX_SERIALS = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A question to people. ``kind`` is a stable word; ``asset_ids`` are the units it is about."""

    kind: str
    devices: tuple[str, ...]
    asset_ids: tuple[str, ...]
    what: str
    evidence: tuple[str, ...]
    counted: str
    settle: str


def cases(
    people: Population, states: Sequence[DeviceState], listed: Collection[str] | None = None
) -> tuple[tuple[Case, ...], int]:
    """Every open question, and how many the next collection closes.

    Args:
        people: the population, with its conflicts.
        states: the devices as they stand.
        listed: the names in targets.csv. Two devices of which one is listed no more are settled: the next collection
            gives the units of that one to the other.
    """
    known = _Known(people, states)
    found: list[Case] = []
    pairs: dict[tuple[str, ...], list[Conflict]] = defaultdict(list)
    settled = 0
    for conflict in people.conflicts:
        twice = conflict.kind.startswith("serial-on-two-")
        if twice and listed is not None and not set(conflict.devices) <= set(listed):
            settled += 1
        elif conflict.kind == SHARED:
            pairs[conflict.devices].append(conflict)
        else:
            found.append(known.case(conflict))
    found += [known.pair(devices, conflicts) for devices, conflicts in pairs.items()]
    return tuple(sorted(found, key=lambda case: (case.kind, case.devices, case.asset_ids))), settled


class _Known:
    """What evidence is taken from."""

    def __init__(self, people: Population, states: Sequence[DeviceState]) -> None:
        self.states = {state.name: state for state in states}
        self.units: dict[str, list[Unit]] = defaultdict(list)
        for unit in (*people.units, *(item.unit for item in people.excluded)):
            self.units[unit.asset_id].append(unit)

    def case(self, conflict: Conflict) -> Case:
        evidence = [_device(self.states[name]) for name in dict.fromkeys(conflict.devices) if name in self.states]
        evidence += [_unit(unit) for asset_id in conflict.asset_ids for unit in self.units[asset_id]]
        return Case(
            conflict.kind,
            conflict.devices,
            conflict.asset_ids,
            conflict.reason,
            tuple(evidence),
            conflict.counted,
            conflict.settle,
        )

    def pair(self, devices: tuple[str, ...], conflicts: Sequence[Conflict]) -> Case:
        """Two devices that show the same serials: one box under two addresses, or a part that both answer with."""
        one, two = devices[0], devices[-1]
        shared = sorted({asset_id for conflict in conflicts for asset_id in conflict.asset_ids})
        boxes = [name for name in shared if any(_is_box(unit) for unit in self.units[name])]
        addresses = " or ".join(f"{name} ({self._address(name)})" for name in (one, two))
        serials = ", ".join(shared[:MAX_SERIALS]) + (
            f" and {len(shared) - MAX_SERIALS} more" * (len(shared) > MAX_SERIALS)
        )
        if boxes:
            kind = "box-under-two-addresses" if len(boxes) == 1 else "stack-seen-twice"
            whole = "box" if len(boxes) == 1 else f"stack of {len(boxes)}"
            what = f"{one} and {two} answer with the same serials ({serials}): probably one {whole} under two addresses"
            settle = (
                f"keep one row of targets.csv, {addresses}: the next collection leaves the units with that one. If "
                f"they are two boxes, give each a row in assets.csv with serial {boxes[0]}, its device, and an "
                f"asset_tag of its own"
            )
        else:
            kind = "part-in-two-devices"
            what = f"{one} and {two} both answer with {serials}"
            settle = (
                f"see which of them holds it: when the other one is next read to its end without it, this is settled. "
                f"If both addresses are one device, keep one row of targets.csv, {addresses}; if they are two things, "
                f"give each a row in assets.csv with the serial, its device and an asset_tag of its own"
            )
        evidence = [_device(self.states[name]) for name in (one, two) if name in self.states]
        evidence += [_unit(unit) for name in shared[:MAX_SERIALS] for unit in self.units[name]]
        return Case(kind, devices, tuple(shared), what, tuple(evidence), f"once, on {one}; held back on {two}", settle)

    def _address(self, name: str) -> str:
        state = self.states.get(name)
        return state.facts.address if state is not None else "address unknown"


def _is_box(unit: Unit) -> bool:
    return unit.parent is None and unit.kind in DEVICE_KINDS


def _device(state: DeviceState) -> str:
    called = f", calls itself {state.facts.sys_name}" if state.facts.sys_name else ""
    what = " ".join(filter(None, (state.facts.vendor, state.facts.model))) or "unknown model"
    return (
        f"{state.name}: address {state.facts.address}{called}, {what}, {state.units} units of its own, last answered "
        f"{state.last_seen.date().isoformat()}"
    )


def _unit(unit: Unit) -> str:
    product = unit.part_number or unit.model or "unknown product"
    if unit.device is None or unit.origin == "declared":
        return f"{unit.asset_id}: {product}, {', '.join(sorted(set(unit.evidence.values()))) or 'assets.csv'}"
    where = unit.evidence.get("serial", "an unknown object")
    seen = f", last seen {unit.last_seen.isoformat()}" if unit.last_seen else ""
    said = f" in reading {unit.observation}" if unit.observation is not None else ""
    return f"{unit.asset_id} on {unit.device}, {unit.slot or 'no slot'}: {product}, serial by {where}{said}{seen}"
