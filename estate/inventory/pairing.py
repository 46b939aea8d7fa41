"""Which of what a reading shows is what the device held before: by identity, then by serial, and never by guess.

A box whose serial could not be read tonight has not been replaced by a nameless one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from estate.inventory.relocation import is_box
from estate.inventory.seen import SeenUnit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Held:
    """A unit that the device held before this reading. ``key`` is the store's id of the unit."""

    key: int
    seen: SeenUnit


def believed(units: Sequence[Held], seen: Sequence[SeenUnit], complete: set[str]) -> list[SeenUnit]:
    """The units seen, without boxes that an incomplete reading makes up.

    A chassis known by its serial whose serial could not be read tonight has not been replaced by a nameless one, nor
    by another serial that only the sections still answering give: it stays until a complete reading of the sections it
    was read from does not show it.
    """
    by_identity = {unit.identity for unit in seen}
    boxes = [held.seen for held in units if is_box(held.seen)]
    missing = [box for box in boxes if box.identity not in by_identity and box.serial]
    unread = [box for box in missing if not complete.issuperset(box.sections)]
    renamed: dict[str, str] = {}
    kept: list[SeenUnit] = []
    for unit in seen:
        stand_in = None
        if is_box(unit) and unit.identity not in {box.identity for box in boxes}:
            same_place = [box for box in (missing if unit.serial is None else unread) if box.slot == unit.slot]
            stand_in = next(iter(same_place), None)
        if stand_in is not None:
            renamed[unit.identity] = stand_in.identity
            if stand_in in missing and stand_in not in unread:
                kept.append(_still(stand_in, unit))
        else:
            kept.append(unit)
    return [_renamed(unit, renamed) for unit in kept]


def _renamed(unit: SeenUnit, names: Mapping[str, str]) -> SeenUnit:
    """A unit under the identities that it, and what it sits in, are known by."""
    identity, parent = names.get(unit.identity, unit.identity), names.get(unit.parent or "", unit.parent)
    if (identity, parent) == (unit.identity, unit.parent):
        return unit
    return replace(unit, identity=identity, parent=parent)


def _still(box: SeenUnit, unit: SeenUnit) -> SeenUnit:
    """A box that stands where it stood, but did not give its serial this time."""
    evidence = {**unit.evidence, **({"serial": box.evidence["serial"]} if "serial" in box.evidence else {})}
    return replace(
        unit, identity=box.identity, serial=box.serial, vendor=box.vendor, section=box.section, evidence=evidence
    )


def pair(
    held: Sequence[Held], seen: Sequence[SeenUnit]
) -> tuple[list[tuple[Held, SeenUnit]], list[SeenUnit], list[Held]]:
    """Pair what was held with what is seen: by identity, then by serial alone (its vendor is now written otherwise)."""
    held_by = {item.seen.identity: item for item in held}
    unmatched = [unit for unit in seen if unit.identity not in held_by]
    shown = {unit.identity for unit in seen}
    by_serial = _unique((unit.serial, unit) for unit in unmatched)
    lost = _unique((item.seen.serial, item) for item in held if item.seen.identity not in shown)
    same = {by_serial[serial].identity: item.seen.identity for serial, item in lost.items() if serial in by_serial}
    settled = [_renamed(unit, same) for unit in seen]
    pairs = [(held_by[unit.identity], unit) for unit in settled if unit.identity in held_by]
    arrived = [unit for unit in settled if unit.identity not in held_by]
    paired = {item.key for item, _ in pairs}
    return pairs, arrived, [item for item in held if item.key not in paired]


def _unique(items: Iterable[tuple[str | None, Thing]]) -> dict[str, Thing]:
    found: dict[str, list[Thing]] = defaultdict(list)
    for serial, thing in items:
        if serial:
            found[serial.casefold()].append(thing)
    return {serial: things[0] for serial, things in found.items() if len(things) == 1}
