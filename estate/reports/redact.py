"""A report that may be published: the same money and counts, without what would help somebody to break in.

Serial numbers, asset tags, device names, addresses, slots and software versions are withheld, and so is every sentence
that could hold one. A unit is called ``unit 1``, ``unit 2`` ... instead, the same in every file of one report, so that
sums still tie to their rows. Products, sites, policies, dates and amounts stay: they are what a public paper is about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from estate.forecast.accuracy import OF_UNIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from estate.forecast.accuracy import Item
    from estate.forecast.version import CostedUnit, Version
    from estate.inventory.unit import Unit
    from estate.lifecycle.status import UnitStatus
    from estate.reports.extras import Extras

WITHHELD = "withheld in this copy"
SENTENCE = "REDACTED: serial numbers, device names, addresses and software versions are withheld in this copy"
# Links of a unit's chain that name no device: its product, its dates, its money.
_LINKS = ("kind", "role", "quantity", "standing", "reason", "product", "age", "match", "policy", "need", "bundle",
          "price", "index", "money")  # fmt: skip


def redacted(version: Version, status: Sequence[UnitStatus]) -> tuple[Version, tuple[UnitStatus, ...]]:
    """A version and the status of its units without what identifies a device; ids, totals and order stay."""
    names = _names(
        [
            *(unit.asset_id for unit in version.units),
            *(row.asset_id for row in version.rows),
            *(item.asset_id for item in version.exceptions),
            *(item.unit.asset_id for item in status),
        ]
    )
    header: dict[str, Any] = {
        **version.header,
        "redacted": True,
        "assumptions": [SENTENCE, *version.header.get("assumptions", [])],
    }
    public = replace(
        version,
        rows=tuple(replace(row, asset_id=names[row.asset_id]) for row in version.rows),
        exceptions=tuple(replace(item, asset_id=names[item.asset_id], detail=WITHHELD) for item in version.exceptions),
        units=tuple(_unit(unit, names) for unit in version.units),
        header=header,
    )
    return public, tuple(_status(item, names) for item in status)


def public_extras(extras: Extras) -> Extras:
    """The bridge and the accuracy without a unit's name; why something could not be made may hold one, and goes."""
    return replace(
        extras,
        bridge_note=extras.bridge_note if extras.bridge else "",
        options_note=f"The options cannot be compared ({WITHHELD})." if extras.options_note else "",
        outturns=tuple(
            replace(each, items=tuple(_public_item(item) for item in each.items)) for each in extras.outturns
        ),
    )


def _public_item(item: Item) -> Item:
    """Bundles and lines keep their names; a unit that no bundle holds has none in public."""
    return replace(item, item=f"unit ({WITHHELD})") if item.item.startswith(OF_UNIT) else item


def _names(asset_ids: Iterable[str]) -> dict[str, str]:
    """What each unit is called: counted in order of asset_id; a blank one stays blank."""
    known = sorted({asset_id for asset_id in asset_ids if asset_id})
    width = len(str(len(known)))
    return {"": "", **{asset_id: f"unit {number:0{width}}" for number, asset_id in enumerate(known, start=1)}}


def _unit(unit: CostedUnit, names: Mapping[str, str]) -> CostedUnit:
    kept = {name: unit.chain[name] for name in _LINKS if name in unit.chain}
    hidden = {name: None for name in unit.chain if name not in kept}
    chain = {**hidden, **kept, "asset_id": names[unit.asset_id], "detail": WITHHELD, "evidence": {}}
    return replace(unit, asset_id=names[unit.asset_id], chain=chain)


def _status(item: UnitStatus, names: Mapping[str, str]) -> UnitStatus:
    return replace(item, unit=_anonymous(item.unit, names), excluded=item.excluded.partition(":")[0])


def _anonymous(unit: Unit, names: Mapping[str, str]) -> Unit:
    return replace(
        unit,
        asset_id=names[unit.asset_id],
        parent=names.get(unit.parent or "", None) or None,
        device=None,
        serial=None,
        asset_tag=None,
        device_serial=None,
        description=None,
        slot=None,
        group=None,
        address=None,
        version=None,
        evidence={},
        observation=None,
        note="",
    )
