"""The support status of every unit as a version pinned it: no file and no device is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.states import unit_state
from estate.lifecycle.status import UnitStatus, product_of
from estate.policy.policies import policy_for

if TYPE_CHECKING:
    from estate.forecast.inputs import Inputs
    from estate.inventory.unit import Unit

UNMATCHED = Match(Grade.NONE)


def pinned_status(inputs: Inputs) -> tuple[UnitStatus, ...]:
    """The status of every unit in the order of the population, the excluded ones after the others."""
    products = {
        product_of(unit): inputs.matches[unit.asset_id]
        for unit in inputs.population.units
        if unit.asset_id in inputs.matches
    }

    def one(unit: Unit, match: Match, excluded: str = "") -> UnitStatus:
        policy = policy_for(unit, inputs.policies)
        state = unit_state(match, policy, inputs.as_of, None, inputs.parameters.cyber_essentials)
        return UnitStatus(unit, policy, state, excluded)

    # matches are kept by unit in scope; what is excluded is matched as a unit of the same product is
    return (
        *(one(unit, inputs.matches.get(unit.asset_id, UNMATCHED)) for unit in inputs.population.units),
        *(
            one(item.unit, products.get(product_of(item.unit), UNMATCHED), item.reason)
            for item in inputs.population.excluded
        ),
    )
