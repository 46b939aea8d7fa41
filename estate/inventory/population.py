"""The one way to a population: what is seen and what assets.csv says, merged by the rules of forecast-model.md 2.2.

What is seen wins for vendor, part number, site, device and presence; assets.csv wins for dates, tenure, tag, pair,
role and state; a blank never overwrites. Nothing is merged by guess: what contradicts is kept, listed as a conflict,
and counted once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from estate.inventory.apart import folded, key_of, named_apart, said_apart, same_vendor, two_rows
from estate.inventory.merging import Merging
from estate.inventory.settling import settle
from estate.inventory.unit import Excluded, Population, Unit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from estate.inventory.declared import Asset

_NOT_IN_SERVICE = {
    "spare": "a spare: not replaced of itself",
    "ordered": "ordered, not yet in service",
    "retired": "retired in assets.csv",
}
VIRTUAL = "virtual: its host carries the hardware"


def population(observed: Sequence[Unit], declared: Sequence[Asset], as_of: dt.date) -> Population:
    """The units in scope on a day, those excluded with the reason, and every conflict.

    Rows of assets.csv hold from installed_on, else purchased_on, else always; one that does not hold yet is not part
    of the inventory. The order of the arguments does not matter; the result is in order of asset_id.
    """
    inventory = Merging()
    rows = sorted((row for row in declared if row.holds(as_of)), key=_order_of_rows)
    _see(inventory, observed, said_apart(rows))
    for row in rows:
        _declare(inventory, row)
    settle(inventory, as_of)
    for place, unit in enumerate(inventory.units):
        if place not in inventory.away and unit.virtual:
            inventory.away[place] = VIRTUAL
    whole = sorted(enumerate(inventory.units), key=lambda item: (item[1].asset_id, item[1].origin, item[0]))
    return Population(
        units=tuple(unit for place, unit in whole if place not in inventory.away),
        excluded=tuple(Excluded(unit, inventory.away[place]) for place, unit in whole if place in inventory.away),
        conflicts=tuple(sorted(inventory.conflicts, key=lambda conflict: (conflict.asset_ids, conflict.reason))),
    )


def _order_of_rows(row: Asset) -> tuple[bool, str, int]:
    """Rows with a serial first, so that a tag alone is compared with everything that wears one."""
    file, _, number = row.source.rpartition(":")
    return row.serial is None, file, int(number) if number.isdecimal() else 0


# ------------------------------------------------------------------------------------------------------ what is seen


def _see(inventory: Merging, observed: Sequence[Unit], apart: set[tuple[str, str]]) -> None:
    """Take what was seen; a serial that answers on two devices counts once, on the device that holds it.

    Two models with one serial are two boxes with a serial that somebody blanked or made up; still the second one is
    held back until people say so, because nothing is counted twice by guess.
    """
    holders: dict[tuple[str, str], int] = {}
    if apart:
        observed = named_apart(observed, apart)
    for unit in sorted(observed, key=_order_of_units):
        key = key_of(unit)
        if key is None or key not in holders:
            place = inventory.add(unit)
            if key is not None:
                holders[key] = place
            continue
        other = inventory.units[holders[key]]
        inventory.add(unit, away=f"duplicate: the same serial answers on {other.device}, where it is counted")
        one, two = (thing.part_number or thing.model for thing in (other, unit))
        differ = bool(one and two and folded(one) != folded(two))
        reason = f"serial {unit.serial} answers on {other.device} and on {unit.device}"
        inventory.conflict(
            "serial-on-two-models" if differ else "serial-on-two-devices",
            [unit.asset_id, other.asset_id],
            f"{reason}, as {one} and as {two}: not one thing, whatever the serial says" if differ else reason,
            two_rows(unit, other)
            if differ
            else "see which device holds it; if both addresses are one device, keep one row of targets.csv",
            f"once, on {other.device}; held back on {unit.device}",
            (other.device, unit.device),
        )


def _order_of_units(unit: Unit) -> tuple[bool, str, str, str, str]:
    return unit.claim, unit.asset_id, unit.device or "", unit.vendor or "", unit.slot or ""


# --------------------------------------------------------------------------------------------------- what is declared


def _declare(inventory: Merging, row: Asset) -> None:
    """Take a row of assets.csv: into the unit it is about, else as a unit of its own."""
    places = [*_places(inventory, row)]
    if len(places) == 1 and places[0] not in inventory.rows:
        _merge(inventory, places[0], row)
        return
    unit = _declared_unit(row)
    if not places and (other := _other_vendor(inventory, row)) is not None:
        seen = inventory.units[other]
        inventory.add(unit, row, f"held back: serial {row.serial} is a unit of vendor {seen.vendor} on {seen.device}")
        inventory.conflict(
            "other-vendor",
            [unit.asset_id],
            f"serial {row.serial} is of vendor {seen.vendor} as seen on {seen.device}, of {row.vendor} in {row.source}",
            "correct the vendor in assets.csv, or leave it blank",
            f"what {seen.device} shows; the row is held back",
            (seen.device,),
        )
        return
    if not places:
        inventory.add(unit, row, _NOT_IN_SERVICE.get(unit.state, ""))
        return
    first = inventory.rows.get(places[0])
    inventory.add(unit, row, f"duplicate of {first.source if first else inventory.units[places[0]].asset_id}")
    inventory.conflict(
        "two-rows",
        [unit.asset_id, *(inventory.units[place].asset_id for place in places)],
        f"{row.source} is about {row.serial or row.asset_tag}, as is {first.source if first else 'more than one unit'}",
        "keep one row of assets.csv for each serial (name the vendor where two vendors share it) or asset tag",
        f"the first; {row.source} is held back",
    )


def _places(inventory: Merging, row: Asset) -> Iterator[int]:
    """Where the unit stands that a row is about: (vendor, serial) case-blind, else the asset tag.

    A vendor that one side leaves blank, or writes longer (Cisco, Cisco Systems), is the same vendor. A row that names
    a device whose own serial nobody could read is about that device, if it is of the same kind.
    """
    if row.serial:
        same = inventory.named("serial", row.serial)
        fits = [item for item in same if same_vendor(item[1].vendor, row.vendor)]
        fits = [item for item in fits if row.device and folded(item[1].device) == folded(row.device)] or fits
        fits = [item for item in fits if row.vendor and folded(item[1].vendor) == folded(row.vendor)] or fits
        yield from (place for place, _ in fits)
    else:
        same = inventory.named("asset_tag", row.asset_tag)
        yield from (place for place, _ in same)
    if not same and row.device and row.quantity == 1:
        for place, unit in inventory.named("asset_id", f"device:{row.device}"):
            if place not in inventory.rows and row.kind in {None, unit.kind}:
                yield place


def _other_vendor(inventory: Merging, row: Asset) -> int | None:
    same = inventory.named("serial", row.serial)
    return next((place for place, unit in same if unit.origin != "declared"), None)


def _merge(inventory: Merging, place: int, row: Asset) -> None:
    seen = inventory.units[place]
    state = row.state or "in_service"
    answers = not seen.stale
    if answers and state != "in_service":
        inventory.conflict(
            "answers-out-of-service",
            [seen.asset_id],
            f"{seen.asset_id} answers on {seen.device}, while {row.source} calls it {state}",
            "take it out of service, or correct its state in assets.csv; until then it is in scope",
            "as in service, because it answers",
            (seen.device,),
        )
        state = "in_service"
    unit = _with_row(seen, row)
    inventory.units[place] = replace(unit, state=state, origin="both")
    inventory.rows[place] = row
    inventory.register(place)
    if state in _NOT_IN_SERVICE:
        inventory.away[place] = _NOT_IN_SERVICE[state]


# fields for which what is seen wins, and those for which assets.csv does; in both, blank never overwrites
_SEEN_WINS = ("serial", "vendor", "part_number", "site", "device", "description")
_DECLARED_WINS = ("asset_tag", "role", "entity", "tenure", "lease_end", "contract_end", "purchased_on", "installed_on")


def _with_row(unit: Unit, row: Asset) -> Unit:
    values: dict[str, object] = {}
    for name in _SEEN_WINS:
        if not getattr(unit, name) and getattr(row, name):
            values[name] = getattr(row, name)
    for name in _DECLARED_WINS:
        if getattr(row, name) is not None:
            values[name] = getattr(row, name)
    if unit.kind == "other" and row.kind:
        values["kind"] = row.kind
    if row.notice_days:
        values["notice_days"] = row.notice_days
    if row.note:
        values["note"] = row.note
    evidence = {**unit.evidence, **dict.fromkeys(values, row.source)}
    return replace(unit, **values, evidence=evidence)  # type: ignore[arg-type] # names and types are those of Unit


def _declared_unit(row: Asset) -> Unit:
    unit = Unit(
        asset_id=row.serial or f"tag:{row.asset_tag}",
        kind=row.kind or "other",
        quantity=row.quantity,
        state=row.state or "in_service",
        origin="declared",
        evidence={"quantity": row.source, "state": row.source},
    )
    return _with_row(unit, row)
