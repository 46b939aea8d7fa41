"""Spares in stock that meet a need: the part that would be bought lies on the shelf already (forecast-model.md 2.13).

A spare meets the need of a bundle whose replacement is its own part number. The hardware of so many is not bought;
installing them still costs. Spares go to needs in order, the earliest first, and every use is logged; what is on order
already takes none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from estate.forecast.costs import quantity_new
from estate.forecast.need import ORDERED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from estate.forecast.bundles import Bundle
    from estate.inventory.unit import Population, Unit

SPARE_USED = "spare_used"


@dataclass(frozen=True, slots=True)
class Use:
    """So many of a spare that go into a bundle."""

    bundle_id: str
    asset_id: str
    quantity: int


@dataclass(slots=True)
class Shelf:
    """The spares that are left, by part number, and what was taken from them."""

    left: dict[str, list[tuple[Unit, int]]] = field(default_factory=lambda: defaultdict(list))
    uses: list[Use] = field(default_factory=list)

    @classmethod
    def of(cls, population: Population) -> Shelf:
        """The spares of a population, in order of asset_id."""
        shelf = cls()
        spares = (item.unit for item in population.excluded if item.unit.state == "spare" and item.unit.part_number)
        for unit in sorted(spares, key=lambda unit: unit.asset_id):
            shelf.left[(unit.part_number or "").casefold()].append((unit, unit.quantity))
        return shelf

    def take(self, bundle: Bundle, wanted: int) -> int:
        """Take up to so many for a bundle, from spares of the same entity or of none; how many there were."""
        taken = 0
        stock = self.left.get(bundle.lead.replacement.casefold(), [])
        for place, (unit, count) in enumerate(stock):
            used = min(count, wanted - taken)
            if used <= 0 or (unit.entity and unit.entity != bundle.lead.unit.entity):
                continue
            stock[place] = (unit, count - used)
            self.uses.append(Use(bundle.bundle_id, unit.asset_id, used))
            taken += used
        return taken


def stocked(bundles: Iterable[Bundle], population: Population) -> tuple[list[Bundle], tuple[Use, ...]]:
    """The bundles, in their order of need, with the spares that meet theirs, and the log of it."""
    shelf, made = Shelf.of(population), []
    for bundle in bundles:
        # what is on order comes from the supplier: a spare is left for the next need
        ordered = all(item.need.ruling and item.need.ruling.kind == ORDERED for item in bundle.members)
        taken = 0 if ordered else shelf.take(bundle, quantity_new(bundle.quantity, bundle.lead.policy))
        made.append(replace(bundle, from_stock=taken, flags=(*bundle.flags, SPARE_USED)) if taken else bundle)
    return made, tuple(shelf.uses)


def to_keep(quantity: int, ratio: Decimal) -> int:
    """How many spares are bought beside so many new ones: rounded up, once a bundle."""
    return int((quantity * ratio).to_integral_value(ROUND_CEILING))
