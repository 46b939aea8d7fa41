"""Versions in the database: saved once, whole, with the files they were made from; nothing updates one."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import marshal
import operator
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from config.errors import EstateError
from config.folder import OVERLAY
from estate import heap
from estate.forecast.calendar import FinancialYear
from estate.forecast.version import CostedUnit, FeedRow, FundingRow, Unquantified, Version
from estate.store.forecast import (
    Blob,
    ForecastException,
    ForecastFunding,
    ForecastInput,
    ForecastRow,
    ForecastUnit,
    ForecastVersion,
)
from estate.store.ledger import RunDevice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

# A database limits how many values one statement may hold; executemany goes in batches below every limit known.
BATCH = 5_000
# The links of a chain that many units have alike (estate.forecast.chain).
SHARED = frozenset({"match", "policy", "bundle", "price", "index", "decision"})


@dataclass(frozen=True, slots=True)
class Summary:
    """A version without its rows, for lists."""

    id: int
    state: str
    created_at: dt.datetime
    as_of: dt.date
    base_fy: FinancialYear
    years: int
    entity: str
    run_id: int | None
    header: dict[str, Any]

    def total_pence(self, scenario: str = "need") -> int:
        """What a scenario comes to over the horizon."""
        lines = self.header.get("totals", {}).get(scenario, {})
        return sum(amount for years in lines.values() for amount in years.values())


def save(session: Session, version: Version, contents: Mapping[str, bytes], run_id: int | None = None) -> Version:
    """Store a version with the content of its files, and return it with its id and time.

    ``contents`` maps a file's name to its bytes; a content that is stored already is not stored again.
    """
    created = dt.datetime.now(dt.UTC)
    stored = ForecastVersion(
        state=version.state,
        created_at=created,
        as_of=version.as_of,
        base_fy=str(version.base_fy),
        years=version.years,
        entity=version.entity,
        run_id=run_id,
        header=version.header,
    )
    session.add(stored)
    session.flush()
    inputs = pin(session, contents)
    pinned = [{"version_id": stored.id, "file": file, "sha256": digest} for file, digest in inputs.items()]
    _insert(session, ForecastInput, pinned)
    _insert(session, ForecastUnit, _plain(version.units, stored.id))
    _insert(session, ForecastRow, _plain(version.rows, stored.id))
    _insert(session, ForecastFunding, _plain(version.funding, stored.id))
    _insert(session, ForecastException, _plain(version.exceptions, stored.id))
    return replace(version, id=stored.id, created_at=created, inputs=inputs)


def pin(session: Session, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Store each content once and return its SHA-256 by file."""
    digests = {file: hashlib.sha256(data).hexdigest() for file, data in sorted(contents.items())}
    wanted = {digests[file]: data for file, data in contents.items()}
    # locked, so that nobody who drops what nothing refers to takes away what is about to be referred to
    here = sa.select(Blob.sha256).where(Blob.sha256.in_(list(wanted))).with_for_update(read=True, key_share=True)
    known = set(session.scalars(here))
    _insert(
        session,
        Blob,
        [{"sha256": key, "data": zlib.compress(data)} for key, data in wanted.items() if key not in known],
    )
    return digests


def _insert(session: Session, table: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows by the batch, into the table itself: 200,000 of them need neither the ORM nor to be there at once."""
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    connection, insert = session.connection(), sa.insert(table.__table__).inline()
    statement = insert.compile(connection, column_keys=[*first])
    columns, dialect = table.__table__.columns, connection.dialect
    waiting = itertools.chain([first], waiting)
    if statement.positiontup and not any(
        columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in first
    ):
        # nothing to translate on the way to the driver: without asking each value for it, a third of the time
        values = map(operator.itemgetter(*statement.positiontup), waiting)
        while some := list(itertools.islice(values, BATCH)):
            connection.exec_driver_sql(str(statement), some)
        return
    while batch := list(itertools.islice(waiting, BATCH)):
        session.execute(insert, batch)


def _plain(
    items: Sequence[FeedRow | FundingRow | Unquantified | CostedUnit], version_id: int
) -> Iterator[dict[str, Any]]:
    """The items of one class as rows of its table."""
    names = tuple(items[0].__dataclass_fields__) if items else ()
    for item in items:
        values = {name: getattr(item, name) for name in names}
        if "fy" in values:
            values["fy"] = str(values["fy"])
        yield {"version_id": version_id} | values


@heap.growing()
def load(session: Session, version_id: int, *, with_units: bool = True) -> Version:
    """A version with all its rows, as it was saved; without its units where only the money is wanted.

    Raises:
        EstateError: when there is none of this id.
    """
    stored = session.get(ForecastVersion, version_id)
    if stored is None:
        raise _no_version(version_id)
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


def what_ifs() -> sa.Select[int]:
    """The ids of the versions that were made with an overlay, as a query."""
    return sa.select(ForecastInput.version_id).where(ForecastInput.file.startswith(OVERLAY, autoescape=True))


def newest_plan(session: Session) -> Summary | None:
    """The newest version that was made of the estate's own files alone: a what-if is nobody's plan."""
    newest = session.scalar(sa.select(sa.func.max(ForecastVersion.id)).where(ForecastVersion.id.not_in(what_ifs())))
    return next((item for item in versions(session) if item.id == newest), None)


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


def header(session: Session, version_id: int) -> dict[str, Any]:
    """The header of a version.

    Raises:
        EstateError: when there is none of this id.
    """
    stored = session.get(ForecastVersion, version_id)
    if stored is None:
        raise _no_version(version_id)
    return stored.header


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


def content(session: Session, digest: str) -> bytes:
    """The content of a file that a version pinned, by its SHA-256.

    Raises:
        EstateError: when it is not stored.
    """
    data = session.scalar(sa.select(Blob.data).where(Blob.sha256 == digest))
    if data is None:
        raise EstateError(f"no file of content {digest} is stored")
    return zlib.decompress(data)


def contents(session: Session, version_id: int) -> dict[str, bytes]:
    """Every document that a version pinned, by name: the files that it read, and its population.

    Raises:
        EstateError: when there is no such version.
    """
    query = sa.select(ForecastInput.file, Blob.data).join(Blob, Blob.sha256 == ForecastInput.sha256)
    found = session.execute(query.where(ForecastInput.version_id == version_id))
    documents = {row.file: zlib.decompress(row.data) for row in found}
    if not documents and session.get(ForecastVersion, version_id) is None:
        raise _no_version(version_id)
    return documents


def _no_version(version_id: int) -> EstateError:
    return EstateError(f"there is no forecast {version_id}; 'estate forecast list' shows those there are")


def reading_times(session: Session, readings: Collection[int]) -> dict[int, dt.datetime]:
    """When each reading of the ledger (``Unit.observation``) was made; one that the ledger has dropped is missing."""
    ids, found = sorted(readings), dict[int, dt.datetime]()
    for start in range(0, len(ids), BATCH):
        query = sa.select(RunDevice.id, RunDevice.at).where(RunDevice.id.in_(ids[start : start + BATCH]))
        found |= {row.id: row.at for row in session.execute(query)}
    return found


def latest(session: Session) -> int | None:
    """The id of the newest version, or None where there is none."""
    return session.scalar(sa.select(sa.func.max(ForecastVersion.id)))


def versions(session: Session) -> list[Summary]:
    """Every version without its rows, the newest first."""
    found = session.scalars(sa.select(ForecastVersion).order_by(ForecastVersion.id.desc()))
    return [
        Summary(
            item.id,
            item.state,
            item.created_at,
            item.as_of,
            FinancialYear.parse(item.base_fy),
            item.years,
            item.entity,
            item.run_id,
            item.header,
        )
        for item in found
    ]
