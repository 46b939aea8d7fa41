"""What the statements of the inventory share: tables, and rows of history as the domain's own types."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from estate.inventory.seen import SeenUnit
from estate.store.tables import Base

# Core tables: a night is thousands of small statements, and an ORM object a row would cost more than SQLite does.
DEVICE, DEVICE_FACT, DEVICE_SECTION, UNIT, UNIT_FACT, CHANGE, RUN, READING = (
    Base.metadata.tables[name]
    for name in ("device", "device_fact", "device_section", "unit", "unit_fact", "change", "run", "run_device")
)
SEEN = tuple(item.name for item in fields(SeenUnit) if item.name not in {"identity", "parent"})
# Values in one statement's IN list; SQLite takes 32,766 bound parameters.
CHUNK = 5_000
STALE_AFTER_DAYS = 14

OPENED = READING.alias("opened")
CLOSED = READING.alias("closed")
PARENT = UNIT.alias("parent_unit")


@dataclass(frozen=True, slots=True)
class Changed:
    """A change, as people read it.

    ``what`` is an event of a unit (discovered, installed, joined, returned, removed, moved, renumbered, swapped,
    conflict), of a device (moved, stale, back), or ``changed``: a fact, named by ``field``. A swap goes from the serial
    of the old unit to that of the new one.
    """

    at: dt.datetime
    device: str
    subject: str
    what: str
    field: str = ""
    before: str | None = None
    after: str | None = None
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading being recorded; ``first`` is the device's first ever."""

    id: int
    run: int
    device: str
    at: dt.datetime
    first: bool


def day_of(at: dt.datetime) -> dt.date:
    """The day of an instant, in the machine's zone."""
    return at.astimezone().date()


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which a day ends: midnight of the machine's own zone, as ``today`` does on the command line."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time()).astimezone()


def stood_at(table: sa.FromClause, end: dt.datetime) -> sa.ColumnElement[bool]:
    """That a history row stood at an instant."""
    return sa.and_(table.c.valid_from < end, sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= end))


def unit_rows() -> sa.Select[Any]:
    """History rows of units, with their identity, their parent's, and the runs that opened and closed them."""
    return (
        sa.select(
            UNIT_FACT,
            UNIT.c.identity,
            PARENT.c.identity.label("parent"),
            OPENED.c.run_id.label("opened_run"),
            CLOSED.c.run_id.label("closed_run"),
        )
        .join(UNIT, UNIT.c.id == UNIT_FACT.c.unit_id)
        .outerjoin(PARENT, PARENT.c.id == UNIT_FACT.c.parent_unit_id)
        .outerjoin(OPENED, OPENED.c.id == UNIT_FACT.c.run_device_id)
        .outerjoin(CLOSED, CLOSED.c.id == UNIT_FACT.c.closed_by)
    )


def rows_before(run_id: sa.BindParameter[Any]) -> sa.Select[Any]:
    """The rows that stood when a run began: open now or closed in the run, and not opened in it."""
    return unit_rows().where(
        sa.or_(UNIT_FACT.c.valid_to.is_(None), CLOSED.c.run_id == run_id),
        sa.or_(OPENED.c.run_id.is_(None), OPENED.c.run_id != run_id),
    )


def seen_unit(row: sa.Row[Any]) -> SeenUnit:
    """A row of :func:`unit_rows` as the domain knows it."""
    values = row._mapping  # noqa: SLF001 - the documented way to a row by name
    return SeenUnit(identity=row.identity, parent=row.parent, **{name: values[name] for name in SEEN})
