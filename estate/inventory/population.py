"""The one way to a population: what is seen and what assets.csv says, merged by the rules of forecast-model.md 2.2.

What is seen wins for vendor, part number, site, device and presence; assets.csv wins for dates, tenure, tag, pair,
role and state; a blank never overwrites. Nothing is merged by guess: what contradicts is kept, listed as a conflict,
and counted once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from collectors.observation import DEVICE_KINDS
from estate.inventory.apart import folded, key_of, named_apart, said_apart, same_vendor, two_rows
from estate.inventory.serials import made_on
from estate.inventory.unit import Conflict, Excluded, Population, Unit

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


@dataclass(slots=True)
class _Inventory:
    """The units while they are being merged; ``away`` holds the reason for those that are not in scope."""

    units: list[Unit] = field(default_factory=list)
    away: dict[int, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    rows: dict[int, Asset] = field(default_factory=dict)
    counted: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, unit: Unit, row: Asset | None = None, away: str = "") -> int:
        self.units.append(unit)
        place = len(self.units) - 1
        if row is not None:
            self.rows[place] = row
        if away:
            self.away[place] = away
        if not _twice(away):
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
        named = tuple(device for device in devices if device)
        self.conflicts.append(Conflict(tuple(sorted(set(asset_ids))), reason, settle, kind, counted, named))


def population(observed: Sequence[Unit], declared: Sequence[Asset], as_of: dt.date) -> Population:
    """The units in scope on a day, those excluded with the reason, and every conflict.

    Rows of assets.csv hold from installed_on, else purchased_on, else always; one that does not hold yet is not part
    of the inventory. The order of the arguments does not matter; the result is in order of asset_id.
    """
    inventory = _Inventory()
    rows = sorted((row for row in declared if row.holds(as_of)), key=_order_of_rows)
    _see(inventory, observed, said_apart(rows))
    for row in rows:
        _declare(inventory, row)
    _tags(inventory)
    _parents(inventory)
    _groups(inventory)
    _distinct_ids(inventory)
    _ages(inventory, as_of)
    _exchanged(inventory)
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


def _see(inventory: _Inventory, observed: Sequence[Unit], apart: set[tuple[str, str]]) -> None:
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


def _declare(inventory: _Inventory, row: Asset) -> None:
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


def _places(inventory: _Inventory, row: Asset) -> Iterator[int]:
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


def _duplicate(inventory: _Inventory, place: int) -> bool:
    return _twice(inventory.away.get(place, ""))


def _twice(reason: str) -> bool:
    return reason.startswith(("duplicate", "held back"))


def _other_vendor(inventory: _Inventory, row: Asset) -> int | None:
    same = inventory.named("serial", row.serial)
    return next((place for place, unit in same if unit.origin != "declared"), None)


def _merge(inventory: _Inventory, place: int, row: Asset) -> None:
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


# ------------------------------------------------------------------------------------------------ across all units


def _tags(inventory: _Inventory) -> None:
    """An asset tag on two different things is a conflict; both stay, because their serials differ."""
    wearing: dict[str, list[int]] = defaultdict(list)
    for place, unit in enumerate(inventory.units):
        if unit.asset_tag and not _duplicate(inventory, place):
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


def _parents(inventory: _Inventory) -> None:
    """Find what each declared unit sits in; a parent that nobody knows is a conflict, not a unit."""
    by_serial: dict[str, str] = {}
    for place, unit in enumerate(inventory.units):
        if unit.serial and not _duplicate(inventory, place):
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


def _groups(inventory: _Inventory) -> None:
    """A stack is replaced as one, and so is a ``pair`` of assets.csv, which wins."""
    members: Counter[str] = Counter()
    for place, unit in enumerate(inventory.units):
        if _stands_alone(unit) and unit.device and not _duplicate(inventory, place):
            members[unit.device] += 1
    for place, unit in enumerate(inventory.units):
        row = inventory.rows.get(place)
        if row is not None and row.pair:
            inventory.units[place] = replace(unit, group=f"pair:{row.pair}")
        elif _stands_alone(unit) and unit.device and members[unit.device] > 1:
            inventory.units[place] = replace(unit, group=unit.device)


def _stands_alone(unit: Unit) -> bool:
    return unit.origin != "declared" and unit.parent is None and unit.kind in DEVICE_KINDS


def _distinct_ids(inventory: _Inventory) -> None:
    """Two vendors may have used one serial: the later unit is told apart by its vendor, and the clash is listed."""
    taken: dict[str, int] = {}
    for place, unit in enumerate(inventory.units):
        if _duplicate(inventory, place):
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


def _exchanged(inventory: _Inventory) -> None:
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


def _ages(inventory: _Inventory, as_of: dt.date) -> None:
    """Read the date of manufacture from the serial numbers that hold one that can be true."""
    for place, unit in enumerate(inventory.units):
        model = " ".join(text for text in (unit.part_number, unit.model) if text)
        made = made_on(unit.vendor, unit.serial, unit.first_seen or as_of, model)
        if made is not None:
            evidence = {**unit.evidence, "serial_made": f"serials.toml: {made.rule}, {made.source}"}
            inventory.units[place] = replace(unit, serial_made=made, evidence=evidence)
