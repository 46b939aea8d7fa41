"""Whom the devices see: what stood in their tables of neighbours, and since when.

Silence removes nothing: a neighbour is gone when a complete reading of the device that saw it no longer tells of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from collectors.neighbour import Neighbour
from collectors.neighbours import Heard
from collectors.text import MAX_TEXT
from estate.inventory.store.rows import DEVICE
from estate.store.tables import Base

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NEIGHBOUR = Base.metadata.tables["neighbour"]
_FACTS = ("name", "addresses", "description", "capabilities", "chassis", "serial", "remote_port")


@dataclass(frozen=True, slots=True)
class SeenNeighbour:
    """A neighbour that stands in the inventory: who sees it, and when last."""

    device: str
    neighbour: Neighbour
    first_seen: dt.datetime
    last_seen: dt.datetime


def record_neighbours(session: Session, device: str, heard: Heard, at: dt.datetime) -> None:
    """Write whom a device sees; a device that the inventory does not know is passed over."""
    device_id = session.scalar(sa.select(DEVICE.c.id).where(DEVICE.c.name == device))
    if device_id is None:
        return
    rows = session.execute(sa.select(NEIGHBOUR).where(NEIGHBOUR.c.device_id == device_id)).all()
    before = {(row.protocol, row.port, row.key): row for row in rows}
    now = {(each.protocol, each.port, _key(each)): each for each in heard.neighbours}
    inserts, updates = [], []
    for key, each in now.items():
        facts = _facts(each)
        if row := before.get(key):
            updates.append({"row": row.id, **facts, "last_seen": at, "gone_at": None})
            continue
        protocol, port, known_by = key
        inserts.append(
            {"device_id": device_id, "protocol": protocol, "port": port, "key": known_by, **facts}
            | {"first_seen": at, "last_seen": at, "gone_at": None}
        )
    if inserts:
        session.execute(sa.insert(NEIGHBOUR), inserts)
    if updates:
        columns: dict[str, object] = {name: sa.bindparam(name) for name in (*_FACTS, "last_seen", "gone_at")}
        statement = sa.update(NEIGHBOUR).where(NEIGHBOUR.c.id == sa.bindparam("row")).values(columns)
        session.connection().execute(statement, updates)
    gone = [row.id for key, row in before.items() if key not in now and row.gone_at is None] if heard.complete else []
    if gone:
        session.connection().execute(
            sa.update(NEIGHBOUR).where(NEIGHBOUR.c.id == sa.bindparam("row")).values(gone_at=at),
            [{"row": each} for each in gone],
        )


def seen_neighbours(session: Session) -> tuple[SeenNeighbour, ...]:
    """Every neighbour that is not gone, by the device that sees it and its port."""
    statement = (
        sa.select(NEIGHBOUR, DEVICE.c.name.label("device"))
        .join(DEVICE, DEVICE.c.id == NEIGHBOUR.c.device_id)
        .where(NEIGHBOUR.c.gone_at.is_(None))
        .order_by(DEVICE.c.name, NEIGHBOUR.c.port, NEIGHBOUR.c.id)
    )
    return tuple(
        SeenNeighbour(
            row.device,
            Neighbour(
                protocol=row.protocol,
                port=row.port,
                name=row.name,
                addresses=tuple(row.addresses),
                description=row.description,
                capabilities=tuple(row.capabilities),
                chassis=row.chassis,
                serial=row.serial,
                remote_port=row.remote_port,
            ),
            row.first_seen,
            row.last_seen,
        )
        for row in session.execute(statement)
    )


def _key(each: Neighbour) -> str:
    """What a neighbour is known by on its port; PostgreSQL takes no longer text into an index."""
    return (each.chassis or each.name or next(iter(each.addresses), "") or each.description or "")[:MAX_TEXT]


def _facts(each: Neighbour) -> dict[str, object]:
    facts: dict[str, object] = {name: getattr(each, name) for name in _FACTS}
    return facts | {"addresses": list(each.addresses), "capabilities": list(each.capabilities)}
