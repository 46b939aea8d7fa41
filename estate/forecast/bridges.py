"""Bridging two versions of the database: both sides are computed again from what they pinned."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from config.errors import UsageError
from estate import heap
from estate.forecast import store
from estate.forecast.bridge import Bridge, Cell, Money
from estate.forecast.bridging import Side, bridge
from estate.forecast.hybrid import Pair
from estate.forecast.service import pinned_inputs, release

if TYPE_CHECKING:
    from estate.store.database import Database


@heap.growing()
def bridge_versions(
    database: Database, old: int, new: int, *, scenario: str = "need", shapley: bool = False
) -> tuple[Bridge, Pair]:
    """Why a version differs from another, and the inputs of both for whoever asks for more.

    Raises:
        EstateError: when one of them is not there or cannot be computed again.
        UsageError: when one of them does not hold the scenario.
    """
    sides = []
    for version_id in (old, new):
        with database.reading() as session:
            header = store.header(session, version_id)
            if scenario not in header.get("scenarios", ()):
                raise UsageError(f"forecast {version_id} holds no scenario {scenario}")
            cells = store.cells(session, version_id, scenario)
        found: Money = Counter()
        for line, fy, asset_id, component, _, pence in cells:
            found[Cell(line, fy, asset_id, component)] += pence
        places = {asset_id: bundle_id for _, _, asset_id, _, bundle_id, _ in cells if asset_id}
        sides.append(Side(version_id, found, places, header.get("engine") == release()))
    pair = Pair(pinned_inputs(database, old), pinned_inputs(database, new), scenario)
    return bridge(pair, *sides, shapley=shapley), pair
