"""Rows written by the batch."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

# A database limits how many values one statement may hold; executemany goes in batches below every limit known.
BATCH = 5_000


def insert(session: Session, table: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows by the batch, into the table itself: 200,000 of them need neither the ORM nor to be there at once."""
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    connection, into = session.connection(), sa.insert(table.__table__).inline()
    statement = into.compile(connection, column_keys=[*first])
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
        session.execute(into, batch)
