"""How each target last answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from estate.inventory.store.rows import DEVICE, READING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class TargetState:
    """How a target last answered, and when it last answered at all."""

    target: str
    at: dt.datetime
    outcome: str
    reason: str
    seconds: float
    transport: str
    last_answered: dt.datetime | None
    run: int


def target_states(session: Session) -> dict[str, TargetState]:
    """How each target that was ever asked last answered, by name."""
    latest = sa.select(sa.func.max(READING.c.id)).group_by(READING.c.target)
    answered = sa.select(DEVICE.c.name, DEVICE.c.last_seen)
    seen = {row.name: row.last_seen for row in session.execute(answered)}
    rows = session.execute(sa.select(READING).where(READING.c.id.in_(latest)))
    return {
        row.target: TargetState(
            row.target, row.at, row.outcome, row.reason, row.seconds, row.transport, seen.get(row.target), row.run_id
        )
        for row in rows
    }
