"""Loading a version as it was saved, or what somebody needs of it."""

from __future__ import annotations

import datetime as dt
import marshal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate import heap
from estate.forecast.calendar import FinancialYear
from estate.forecast.store.batches import BATCH
from estate.forecast.store.listing import stored_version
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version
from estate.store.forecast import ForecastException, ForecastFunding, ForecastInput, ForecastRow, ForecastUnit
from estate.store.ledger import RunDevice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy.orm import Session

# The links of a chain that many units have alike (estate.forecast.chain).
SHARED = frozenset({"match", "policy", "bundle", "price", "index", "decision"})


@heap.growing()
def load(session: Session, version_id: int, *, with_units: bool = True) -> Version:
    """A version with all its rows, as it was saved; without its units where only the money is wanted.

    Raises:
        EstateError: when there is none of this id.
    """
    stored = stored_version(session, version_id)
    inputs = session.execute(
        sa.select(ForecastInput.file, ForecastInput.sha256).where(ForecastInput.version_id == version_id)
    )
    return Version(
        as_of=stored.as_of,
        base_fy=FinancialYear.parse(stored.base_fy),
        years=stored.years,
        entity=stored.entity,
        rows=tuple(_select(session, ForecastRow, FeedRow, version_id)),
        funding=tuple(_select(session, ForecastFunding, FundingRow, version_id)),
        exceptions=tuple(_select(session, ForecastException, Unquantified, version_id)),
        units=tuple(costed_units(session, version_id)) if with_units else (),
        inputs=dict(sorted((row.file, row.sha256) for row in inputs)),
        header=stored.header,
        state=stored.state,
        id=stored.id,
        created_at=stored.created_at,
    )


def costed_units(session: Session, version_id: int) -> Iterator[CostedUnit]:
    """The units of a version as it costed them, without its other rows, one by one.

    As when they were computed, the parts of their chains that are equal are one object: a version of a hundred
    thousand units has few of them.
    """
    known: dict[tuple[str, bytes], Any] = {}
    for unit in _select(session, ForecastUnit, CostedUnit, version_id):
        for name in SHARED & unit.chain.keys():
            part = unit.chain[name]
            # the second version of the format writes equal things in equal bytes
            unit.chain[name] = known.setdefault((name, marshal.dumps(part, 2)), part)
        yield unit


def _select(session: Session, table: type[Any], plain: type[Any], version_id: int) -> Iterator[Any]:
    """The rows of a version in the order in which they were saved, as a dataclass; equal texts are one object."""
    names = [*plain.__dataclass_fields__]
    query = sa.select(*(getattr(table, name) for name in names)).where(table.version_id == version_id)
    found = session.execute(query.order_by(table.id), execution_options={"yield_per": BATCH})
    known: dict[object, object] = {}
    for row in found:
        values = [known.setdefault(value, value) if isinstance(value, str) else value for value in row]
        if "fy" in names:
            place = names.index("fy")
            values[place] = FinancialYear.parse(row[place])
        yield plain(*values)


def cells(session: Session, version_id: int, scenario: str) -> list[tuple[str, str, str, str, str, int]]:
    """Line, year, asset, component, bundle and pence of each row of a scenario: all of it that a bridge needs."""
    row = ForecastRow
    query = sa.select(row.line_code, row.fy, row.asset_id, row.component, row.bundle_id, row.amount_pence).where(
        row.version_id == version_id, row.scenario == scenario, row.quantile == "", row.basis == "cash"
    )
    return [
        (found.line_code, found.fy, found.asset_id, found.component, found.bundle_id, found.amount_pence)
        for found in session.execute(query)
    ]


def reading_times(session: Session, readings: Collection[int]) -> dict[int, dt.datetime]:
    """When each reading of the ledger (``Unit.observation``) was made; one that the ledger has dropped is missing."""
    ids, found = sorted(readings), dict[int, dt.datetime]()
    for start in range(0, len(ids), BATCH):
        query = sa.select(RunDevice.id, RunDevice.at).where(RunDevice.id.in_(ids[start : start + BATCH]))
        found |= {row.id: row.at for row in session.execute(query)}
    return found
