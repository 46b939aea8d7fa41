"""What the model made of its inputs, before it is described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from estate.forecast.bundles import Costed
    from estate.forecast.costs import Tariff
    from estate.forecast.spares import Use
    from estate.forecast.standing import Standing
    from estate.forecast.version import FeedRow
    from estate.forecast.worth import Worth
    from estate.inventory.unit import Population


@dataclass(frozen=True, slots=True)
class Result:
    """What the model made, before it is described."""

    population: Population
    stands: tuple[Standing, ...]
    costed: tuple[Costed, ...]
    rows: tuple[FeedRow, ...]
    worth: Worth
    tariff: Tariff
    strands: tuple[Costed, ...]  # the bundles of every scenario, each with its own amounts
    spares: tuple[Use, ...] = ()
