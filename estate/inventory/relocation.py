"""What happened to the places inside one device between two readings: moved, renumbered, or swapped.

Only relative places count. When a stack member is renumbered, or a module moves with all that it carries, what sits
inside has not moved: it stands where it stood in the thing around it. A place that is only written otherwise (a stack
of one that grew, a label that a new release spells differently) is not another place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import DEVICE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from estate.inventory.seen import SeenUnit

MOVED, RENUMBERED, CHANGED = "moved", "renumbered", "changed"
_NUMBER = re.compile(r"(\d+)", re.ASCII)
_MEMBER = re.compile(r"[^#]*?(\d+)", re.ASCII)
_ALONE = "chassis"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stood and where it stands; a unit that came has no ``before``, one that went no ``now``."""

    before: SeenUnit | None
    now: SeenUnit | None


def is_box(unit: SeenUnit) -> bool:
    """Whether a unit is a chassis or a stack member: what has the device's own kind."""
    return unit.kind in DEVICE_KINDS and unit.cls == "chassis"


def shift(before: SeenUnit, now: SeenUnit, places: Mapping[str, Place]) -> str | None:
    """What to call another slot of a unit: moved, renumbered, changed (spelt otherwise), or None for no news.

    Args:
        before: the unit as its device held it.
        now: the unit as it is now seen.
        places: all units of the device by identity, for what is around this one.
    """
    if before.slot == now.slot:
        return None
    if is_box(before) and is_box(now):
        return _of_box(before.slot, now.slot)
    around = places.get(now.parent or "")
    if before.parent == now.parent and around is not None and _follows(before.slot, now.slot, around):
        return None
    renamed = (before.index, before.position, before.parent) == (now.index, now.position, now.parent)
    elsewhere = not set(before.sections) & set(now.sections)
    return CHANGED if renamed or elsewhere else MOVED


def follows(field: str, before: SeenUnit, now: SeenUnit, places: Mapping[str, Place]) -> bool:
    """Whether a text of a unit changed only because the place around it did, as ``Switch 1 - Fan`` does."""
    around = places.get(now.parent or "")
    old, new = getattr(before, field), getattr(now, field)
    if not isinstance(old, str) or not isinstance(new, str) or around is None or before.parent != now.parent:
        return False
    return _follows(old, new, around)


def _of_box(before: str, now: str) -> str | None:
    if _ALONE in {before, now}:
        # one box is not numbered: a second one joined it, or left it
        return None
    old, new = _MEMBER.fullmatch(before), _MEMBER.fullmatch(now)
    if old is None or new is None:
        return CHANGED
    return RENUMBERED if int(old[1]) != int(new[1]) else CHANGED


def _follows(before: str, now: str, around: Place) -> bool:
    """Whether a text differs only where the place around it does."""
    if around.before is None or around.now is None:
        return False
    outer, inner = around.before.slot, around.now.slot
    if _below(before, outer) == _below(now, inner):
        return True
    old, new = _NUMBER.split(before), _NUMBER.split(now)
    numbers = set(zip(_NUMBER.findall(outer), _NUMBER.findall(inner), strict=False))
    return len(old) == len(new) and all(
        one == other or (one, other) in numbers for one, other in zip(old, new, strict=True)
    )


def _below(text: str, outer: str) -> str:
    """A place inside another one, without it; the one box of a device stands in no path."""
    return text.removeprefix(outer).lstrip("/") if outer != _ALONE else text


def swaps(gone: Iterable[SeenUnit], places: Mapping[str, Place]) -> list[tuple[SeenUnit, SeenUnit]]:
    """The old and the new unit of every slot where another one of the same kind now stands.

    The old one is gone, or has moved within the device; the new one came with this reading, or with an earlier one
    that could not yet say that the old one is gone. A stack member that took another number was not swapped.
    """
    gone = tuple(gone)
    left = {unit.identity for unit in gone}
    away = [
        place.before
        for place in places.values()
        if place.before and place.now and not is_box(place.before) and shift(place.before, place.now, places) == MOVED
    ]
    came = _by_slot([place.now for place in places.values() if place.now and place.before is None])
    stood = _by_slot([place.now for place in places.values() if place.now and place.before])
    found = []
    for old in sorted((*gone, *away), key=lambda unit: unit.identity):
        slot = _slot_now(old, places)
        new = came.pop((slot, _family(old)), None)
        if new is None and old.identity in left:
            # two may be gone from one slot at once; what stands there now took the place of one of them
            new = stood.pop((slot, _family(old)), None)
            if new is not None and _stood_elsewhere(new, places):
                new = None
        if old.serial and new is not None and new.serial:
            found.append((old, new))
    return found


def _stood_elsewhere(unit: SeenUnit, places: Mapping[str, Place]) -> bool:
    before = places[unit.identity].before
    return before is None or shift(before, unit, places) is not None


def _by_slot(units: Sequence[SeenUnit]) -> dict[tuple[str, str], SeenUnit]:
    return {(unit.slot, _family(unit)): unit for unit in sorted(units, key=lambda unit: unit.identity, reverse=True)}


def _family(unit: SeenUnit) -> str:
    """What may stand in for what: a box for a box, whatever each is recognised as; else the same kind."""
    return "box" if is_box(unit) else unit.kind


def _slot_now(unit: SeenUnit, places: Mapping[str, Place]) -> str:
    """What the slot of a unit is called now: the box around it may have another number."""
    around = places.get(unit.parent or "")
    if around is None or around.before is None or around.now is None or around.before.slot == around.now.slot:
        return unit.slot
    below = _below(unit.slot, around.before.slot)
    return below if around.now.slot == _ALONE else f"{around.now.slot}/{below}"
