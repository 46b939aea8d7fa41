"""Where a unit was, from when to when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from estate.inventory.store.changes import with_serial
from estate.inventory.store.rows import DEVICE, UNIT, UNIT_FACT

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Stay:
    """A span in which a unit stood in one place. ``until`` is None while it stands there.

    ``how`` is ``held``, or ``conflict`` where another device held it meanwhile; ``reading`` is the ledger's id of the
    reading that first showed it there.
    """

    identity: str
    device: str
    slot: str
    since: dt.datetime
    until: dt.datetime | None
    how: str
    model: str | None
    part_number: str | None
    reading: int | None


def stays(session: Session, serial: str, until: dt.datetime) -> tuple[Stay, ...]:
    """Where the units with a serial were before an instant, oldest first; changed facts do not part a stay."""
    statement = (
        sa.select(UNIT_FACT, UNIT.c.identity, DEVICE.c.name.label("device"))
        .join(UNIT, UNIT.c.id == UNIT_FACT.c.unit_id)
        .join(DEVICE, DEVICE.c.id == UNIT_FACT.c.device_id)
        .where(UNIT_FACT.c.unit_id.in_(with_serial(serial)), UNIT_FACT.c.valid_from < until)
        .order_by(UNIT.c.identity, UNIT_FACT.c.claim, UNIT_FACT.c.valid_from, UNIT_FACT.c.id)
    )
    found: list[Stay] = []
    for row in session.execute(statement):
        end = row.valid_to if row.valid_to is not None and row.valid_to < until else None
        how = "conflict" if row.claim else "held"
        stay = Stay(
            row.identity, row.device, row.slot, row.valid_from, end, how, row.model, row.part_number, row.run_device_id
        )
        before = found[-1] if found else None
        if before is not None and before.until == stay.since and _place(before) == _place(stay):
            found[-1] = replace(stay, since=before.since, reading=before.reading)
        else:
            found.append(stay)
    return tuple(sorted(found, key=lambda stay: (stay.identity, stay.since, stay.how)))


def _place(stay: Stay) -> tuple[str, str, str, str]:
    return stay.identity, stay.device, stay.slot, stay.how
