"""What can be told only across all units of an estate: tags, parents, groups, names that clash, and ages."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.observation import DEVICE_KINDS
from estate.inventory.apart import folded
from estate.inventory.serials import made_on
from estate.inventory.unit import Unit

if TYPE_CHECKING:
    import datetime as dt

    from estate.inventory.merging import Merging


def settle(inventory: Merging, as_of: dt.date) -> None:
    """Settle what concerns more than one unit, in place, and list what contradicts itself."""
    _tags(inventory)
    _parents(inventory)
    _groups(inventory)
    _distinct_ids(inventory)
    _ages(inventory, as_of)
    _exchanged(inventory)


def _tags(inventory: Merging) -> None:
    """An asset tag on two different things is a conflict; both stay, because their serials differ."""
    wearing: dict[str, list[int]] = defaultdict(list)
    for place, unit in enumerate(inventory.units):
        if unit.asset_tag and not inventory.duplicate(place):
            wearing[folded(unit.asset_tag)].append(place)
    for places in wearing.values():
        if len(places) > 1:
            units = [inventory.units[place] for place in places]
            inventory.conflict(
                "tag-on-two-things",
                [unit.asset_id for unit in units],
                f"asset tag {units[0].asset_tag} stands on {len(units)} things",
                "correct the tag in assets.csv",
                "each of them, because their serials differ",
                [unit.device for unit in units],
            )


def _parents(inventory: Merging) -> None:
    """Find what each declared unit sits in; a parent that nobody knows is a conflict, not a unit."""
    by_serial: dict[str, str] = {}
    for place, unit in enumerate(inventory.units):
        if unit.serial and not inventory.duplicate(place):
            by_serial.setdefault(folded(unit.serial), unit.asset_id)
    above = {unit.asset_id: unit.parent for unit in inventory.units}
    for place, row in sorted(inventory.rows.items()):
        unit = inventory.units[place]
        if not row.parent_serial or unit.parent is not None:
            continue
        parent = by_serial.get(folded(row.parent_serial))
        if parent is None or _inside(above, parent, unit.asset_id):
            what = "is nowhere" if parent is None else "sits in it"
            inventory.conflict(
                "no-such-parent",
                [unit.asset_id],
                f"{row.source} puts {unit.asset_id} into {row.parent_serial}, which {what}",
                "correct parent_serial in assets.csv, or add the row of what it names",
                "on its own, inside nothing",
                (unit.device,),
            )
            continue
        above[unit.asset_id] = parent
        evidence = {**unit.evidence, "parent": row.source}
        inventory.units[place] = replace(unit, parent=parent, evidence=evidence)


def _inside(above: dict[str, str | None], inner: str, outer: str) -> bool:
    """Whether ``inner`` is ``outer``, or sits in it at any depth."""
    seen: set[str] = set()
    step: str | None = inner
    while step is not None and step not in seen:
        if step == outer:
            return True
        seen.add(step)
        step = above.get(step)
    return False


def _groups(inventory: Merging) -> None:
    """A stack is replaced as one, and so is a ``pair`` of assets.csv, which wins."""
    members: Counter[str] = Counter()
    for place, unit in enumerate(inventory.units):
        if _stands_alone(unit) and unit.device and not inventory.duplicate(place):
            members[unit.device] += 1
    for place, unit in enumerate(inventory.units):
        row = inventory.rows.get(place)
        if row is not None and row.pair:
            inventory.units[place] = replace(unit, group=f"pair:{row.pair}")
        elif _stands_alone(unit) and unit.device and members[unit.device] > 1:
            inventory.units[place] = replace(unit, group=unit.device)


def _stands_alone(unit: Unit) -> bool:
    return unit.origin != "declared" and unit.parent is None and unit.kind in DEVICE_KINDS


def _distinct_ids(inventory: Merging) -> None:
    """Two vendors may have used one serial: the later unit is told apart by its vendor, and the clash is listed."""
    taken: dict[str, int] = {}
    for place, unit in enumerate(inventory.units):
        if inventory.duplicate(place):
            continue
        key = unit.asset_id.casefold()
        if key not in taken:
            taken[key] = place
            continue
        other = inventory.units[taken[key]]
        named = f"{unit.asset_id}@{unit.vendor or unit.device or place}"
        if named.casefold() in taken:
            named = f"{named}@{place}"
        taken[named.casefold()] = place
        inventory.units[place] = replace(unit, asset_id=named)
        rows = (inventory.rows.get(taken[key]), inventory.rows.get(place))
        if all(row is not None and row.vendor for row in rows):
            # people named both: two vendors used one number
            continue
        inventory.conflict(
            "serial-of-two-vendors",
            [other.asset_id, named],
            f"{unit.asset_id} is a serial of {other.vendor or 'an unknown vendor'} and of {unit.vendor or 'another'}",
            "name the vendor of each in assets.csv, if they are two things",
            "both, the later one told apart by its vendor",
            (other.device, unit.device),
        )


def _exchanged(inventory: Merging) -> None:
    """Give a unit that took another's place under warranty the installation that assets.csv knows of the other one."""
    for place, unit in enumerate(inventory.units):
        if not unit.replaces or unit.installed_on or unit.purchased_on:
            continue
        for other, _ in inventory.named("serial", unit.replaces):
            before = inventory.units[other]
            start = before.installed_on or before.purchased_on
            if other != place and start is not None:
                source = before.evidence.get("installed_on") or before.evidence.get("purchased_on", "assets.csv")
                evidence = {**unit.evidence, "installed_on": f"{source}: of {unit.replaces}, whose place it took"}
                inventory.units[place] = replace(unit, installed_on=start, evidence=evidence)
                break


def _ages(inventory: Merging, as_of: dt.date) -> None:
    """Read the date of manufacture from the serial numbers that hold one that can be true."""
    for place, unit in enumerate(inventory.units):
        model = " ".join(text for text in (unit.part_number, unit.model) if text)
        made = made_on(unit.vendor, unit.serial, unit.first_seen or as_of, model)
        if made is not None:
            evidence = {**unit.evidence, "serial_made": f"serials.toml: {made.rule}, {made.source}"}
            inventory.units[place] = replace(unit, serial_made=made, evidence=evidence)
