"""What to order by when: the bundles of a version in the order in which somebody has to act."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.need import ORDERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.version import Version


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase to make. ``days_left`` counts from the version's as_of; 0 or less: it is due now.

    ``quantity`` is what is to be bought: without the spares that are used, with those that are to be kept.
    ``capital_pence`` and ``total_pence`` are the bundle's, of scenario need; ``replaces`` are asset_ids.
    """

    order_by: dt.date
    days_left: int
    quantity: int
    replacement: str
    replaces: tuple[str, ...]
    quantity_old: int
    site: str
    line: str
    deliver_by: dt.date
    need_by: dt.date
    late_days: int
    spend_fy: str
    commit_fy: str
    total_pence: int
    capital_pence: int
    key_decision: bool
    priority: str
    bundle_id: str


def orders(version: Version, within: int | None = None) -> Iterator[Order]:
    """The bundles by order_by, those that are due within so many days of the version's as_of; all where None.

    What actuals.csv says is ordered already is none of them.
    """
    members: dict[str, list[str]] = defaultdict(list)
    still_open = set[str]()
    for unit in version.units:
        if unit.chain["bundle"]:
            bundle_id = unit.chain["bundle"]["bundle_id"]
            members[bundle_id].append(unit.asset_id)
            if (unit.chain["decision"] or {}).get("kind") != ORDERED:
                still_open.add(bundle_id)
    for item in sorted(version.header["bundles"], key=lambda item: (item["order_by"], item["bundle_id"])):
        order_by = dt.date.fromisoformat(item["order_by"])
        left = (order_by - version.as_of).days
        if within is not None and left > within:
            return
        if members[item["bundle_id"]] and item["bundle_id"] not in still_open:
            continue
        yield Order(
            order_by=order_by,
            days_left=left,
            quantity=item["bought"],
            replacement=item["replacement"],
            replaces=tuple(members[item["bundle_id"]]),
            quantity_old=item["quantity_old"],
            site=item["site"],
            line=item["line"],
            deliver_by=dt.date.fromisoformat(item["deliver_by"]),
            need_by=dt.date.fromisoformat(item["need_by"]),
            late_days=item["late_days"],
            spend_fy=item["spend_fy"],
            commit_fy=item["commit_fy"],
            total_pence=item["total_pence"],
            capital_pence=item["capital_pence"],
            key_decision=item["key_decision"],
            priority=item["priority"],
            bundle_id=item["bundle_id"],
        )
