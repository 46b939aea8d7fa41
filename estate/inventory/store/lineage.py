"""Which unit took the place of which: a repair by exchange (RMA) keeps the age of what it replaced.

The same part number in the same slot of the same device, at most thirty days after the old one was no longer there,
is a replacement under warranty and not a renewal (forecast-model.md 2.3 item 8). Any other swap starts anew, and so
does a unit that was known before or whose forerunner only moved.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from estate.inventory.store.rows import UNIT, UNIT_FACT, day_of, stood_at

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WITHIN = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a unit took the place of: its serial (None: it had none), and since when the line is known."""

    replaces: str | None
    since: dt.date


def lineages(session: Session, end: dt.datetime) -> dict[int, Lineage]:
    """The lineage of every unit that is such an exchange, by the unit's id, as known at an instant.

    An exchange of an exchange goes back to the first of them.
    """
    old, new, still = UNIT_FACT.alias("old"), UNIT_FACT.alias("new"), UNIT_FACT.alias("still")
    before, after = UNIT.alias("before"), UNIT.alias("after")
    remains = sa.exists().where(still.c.unit_id == old.c.unit_id, stood_at(still, end))
    same = sa.func.lower(new.c.part_number) == sa.func.lower(old.c.part_number)
    statement = (
        sa.select(
            new.c.unit_id,
            new.c.valid_from,
            sa.and_(same, sa.not_(remains)).label("exchange"),
            old.c.unit_id.label("old_id"),
            old.c.serial.label("old_serial"),
            old.c.valid_to.label("left"),
            before.c.first_seen.label("since"),
        )
        .select_from(old)
        .join(new, sa.and_(new.c.device_id == old.c.device_id, new.c.slot == old.c.slot))
        .join(before, before.c.id == old.c.unit_id)
        .join(after, after.c.id == new.c.unit_id)
        .where(
            old.c.valid_to.is_not(None),
            old.c.valid_to < end,
            new.c.valid_from < end,
            # nobody knew it before it stood here
            new.c.valid_from == after.c.first_seen,
            old.c.valid_to <= new.c.valid_from,
            new.c.unit_id != old.c.unit_id,
            sa.not_(old.c.claim),
            sa.not_(new.c.claim),
        )
        .order_by(new.c.unit_id, old.c.valid_to.desc(), old.c.id)
    )
    found: dict[int, tuple[int, Lineage]] = {}
    looked: set[int] = set()
    for row in session.execute(statement):
        # only what stood in the slot last counts
        if row.unit_id not in looked and row.exchange and row.valid_from - row.left <= WITHIN:
            found[row.unit_id] = (row.old_id, Lineage(row.old_serial, day_of(row.since)))
        looked.add(row.unit_id)
    return {unit: _first(unit, found) for unit in found}


def _first(unit: int, found: dict[int, tuple[int, Lineage]]) -> Lineage:
    """The lineage with the earliest day of the whole line; a circle cannot arise, because each unit arrives once."""
    step, since = found[unit], found[unit][1].since
    while step[0] in found:
        step = found[step[0]]
        since = min(since, step[1].since)
    return Lineage(found[unit][1].replaces, since)
