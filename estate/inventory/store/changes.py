"""What changed, as it was recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.inventory.store.rows import CHANGE, DEVICE, READING, UNIT, Changed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def changes(
    session: Session,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    *,
    device: str | None = None,
    run: int | None = None,
    what: Collection[str] = (),
    serial: str | None = None,
    limit: int | None = None,
) -> tuple[Changed, ...]:
    """What changed, newest first: in a span of time, of one device, told by one run, of some kinds, or of one serial.

    Serials are compared case-blind; a swap is told of both of its units.
    """
    statement = (
        sa.select(CHANGE, DEVICE.c.name.label("device"), READING.c.run_id)
        .join(DEVICE, DEVICE.c.id == CHANGE.c.device_id)
        .outerjoin(READING, READING.c.id == CHANGE.c.run_device_id)
        .order_by(CHANGE.c.at.desc(), DEVICE.c.name, CHANGE.c.subject, CHANGE.c.what, CHANGE.c.field)
        .limit(limit)
    )
    if since is not None:
        statement = statement.where(CHANGE.c.at >= since)
    if until is not None:
        statement = statement.where(CHANGE.c.at < until)
    if device is not None:
        statement = statement.where(DEVICE.c.name == device)
    if run is not None:
        statement = statement.where(READING.c.run_id == run)
    if what:
        statement = statement.where(CHANGE.c.what.in_(what))
    if serial is not None:
        units = with_serial(serial)
        statement = statement.where(sa.or_(CHANGE.c.unit_id.in_(units), CHANGE.c.other_unit_id.in_(units)))
    return tuple(
        Changed(row.at, row.device, row.subject, row.what, row.field, row.before, row.after, row.run_id)
        for row in session.execute(statement)
    )


def with_serial(serial: str) -> sa.Select[Any]:
    """The ids of the units with a serial, of any vendor."""
    wanted = serial.strip().casefold()
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return sa.select(UNIT.c.id).where(UNIT.c.identity.like(f"%|{escaped}", escape="\\"))
