"""What an order does to the forecast of the unit that it replaces (forecast-model.md 2.13).

An order that is placed puts the money into the year for which delivery is promised; one that was received leaves
nothing to forecast. Both hold whatever else was decided about the unit: they have happened. Only rows of actuals.csv
that name a unit's serial can be followed; those that name a bundle or a line count for accuracy alone.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from estate.forecast.actuals import spent
from estate.forecast.need import DELIVERED, ORDERED
from estate.policy.decisions import Decision

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from estate.forecast.actuals import Actual


def placed(actuals: Sequence[Actual], as_of: dt.date) -> list[Decision]:
    """What is known on a day of orders for single units, as rulings that go before every other."""
    made = []
    for item in spent((row for row in actuals if row.serial), as_of):
        given: dict[str, Any] = {field.name: None for field in fields(Decision)}
        given |= {"decision": item.order or "an order", "serial": item.serial, "source": item.source}
        if item.committed_pence and item.promised is not None:
            made.append(Decision(**{**given, "kind": ORDERED, "fy": str(item.promised)}))
        elif any(item.actual.values()):
            made.append(Decision(**{**given, "kind": DELIVERED}))
    return made
