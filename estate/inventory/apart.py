"""One serial on two things: when they are one, and how people say that they are two.

Agents blank serials, and factories give out placeholders. Nobody can tell from the serial alone; two rows of
assets.csv can, each with the serial, its device, and an asset tag of its own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.inventory.declared import Asset
    from estate.inventory.unit import Unit


def said_apart(rows: Sequence[Asset]) -> set[tuple[str, str]]:
    """The serials, each with a device, that people say are two things: a row and an asset tag for each device."""
    tagged: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.serial and row.device and row.asset_tag:
            tagged[folded(row.serial)][folded(row.device)] = folded(row.asset_tag)
    return {
        (serial, device)
        for serial, tags in tagged.items()
        if len(tags) > 1 and len(set(tags.values())) == len(tags)
        for device in tags
    }


def named_apart(observed: Sequence[Unit], apart: set[tuple[str, str]]) -> list[Unit]:
    """The units, with their device in the asset_id of those that only share a serial; what sits in them follows."""
    own = {
        (unit.device, unit.asset_id): f"{unit.asset_id}@{unit.device}"
        for unit in observed
        if unit.serial and (folded(unit.serial), folded(unit.device)) in apart
    }
    named = []
    for unit in observed:
        asset_id = own.get((unit.device, unit.asset_id), unit.asset_id)
        parent = own.get((unit.device, unit.parent or ""), unit.parent)
        claim = unit.claim and asset_id == unit.asset_id
        named.append(replace(unit, asset_id=asset_id, parent=parent, claim=claim))
    return named


def two_rows(unit: Unit, other: Unit) -> str:
    """What to write where one serial is on two things."""
    return (
        f"give each a row of its own in assets.csv, with serial {unit.serial}, its device ({other.device}, "
        f"{unit.device}) and an asset_tag that only it has: then both are counted"
    )


def key_of(unit: Unit) -> tuple[str, str] | None:
    """What is counted once: vendor and serial, case-blind, and the device where people told two things apart."""
    if not unit.serial:
        return None
    own = unit.asset_id if unit.asset_id == f"{unit.serial}@{unit.device}" else unit.serial
    return folded(unit.vendor), folded(own)


def folded(text: str | None) -> str:
    """A text as it is compared: case and the blanks around it do not count."""
    return (text or "").strip().casefold()


def same_vendor(one: str | None, other: str | None) -> bool:
    """Whether two names may be those of one vendor: one is blank, or begins the other (Cisco, Cisco Systems)."""
    first, second = sorted([folded(one).split(), folded(other).split()], key=len)
    return second[: len(first)] == first
