"""The devices as of a day: what they said of themselves, how far they were read, and when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from collectors.observation import ANSWERS, Section
from estate.inventory.facts import DeviceFacts
from estate.inventory.store.recording import DEVICE_FACTS
from estate.inventory.store.rows import (
    CHUNK,
    DEVICE,
    DEVICE_FACT,
    DEVICE_SECTION,
    READING,
    STALE_AFTER_DAYS,
    UNIT_FACT,
    day_of,
    end_of,
    stood_at,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device as of a day. ``sections`` says how far each part of it was read; ``stale`` that it was long ago."""

    id: int
    name: str
    facts: DeviceFacts
    first_seen: dt.datetime
    last_seen: dt.datetime
    sections: tuple[Section, ...]
    complete: dict[str, dt.datetime] = field(default_factory=dict)
    stale: bool = False
    units: int = 0

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The sections that were not read to their end at the last reading."""
        return tuple(section.name for section in self.sections if not section.complete)


def devices(session: Session, as_of: dt.date, stale_after_days: int = STALE_AFTER_DAYS) -> tuple[DeviceState, ...]:
    """Every device known on a day, by name."""
    return _devices(session, as_of, stale_after_days, None)


def device(session: Session, name: str, as_of: dt.date, stale_after_days: int = STALE_AFTER_DAYS) -> DeviceState | None:
    """One device as of a day, or None where it was not known then. Names are compared case-blind."""
    found = _devices(session, as_of, stale_after_days, sa.func.lower(DEVICE.c.name) == name.lower())
    return next((state for state in found if state.name == name), next(iter(found), None))


def _devices(
    session: Session, as_of: dt.date, stale_after_days: int, only: sa.ColumnElement[bool] | None
) -> tuple[DeviceState, ...]:
    end = end_of(as_of)
    statement = (
        sa.select(DEVICE, *(DEVICE_FACT.c[name] for name in DEVICE_FACTS))
        .join(DEVICE_FACT, DEVICE_FACT.c.device_id == DEVICE.c.id)
        .where(stood_at(DEVICE_FACT, end))
        .order_by(DEVICE.c.name)
    )
    rows = session.execute(statement if only is None else statement.where(only)).all()
    read = _read(session, rows, end)
    counted = sa.select(UNIT_FACT.c.device_id, sa.func.count()).where(stood_at(UNIT_FACT, end), ~UNIT_FACT.c.claim)
    counts = {row[0]: row[1] for row in session.execute(counted.group_by(UNIT_FACT.c.device_id))}
    states = []
    for row in rows:
        last_seen, sections, complete = read[row.id]
        values = row._mapping  # noqa: SLF001 - the documented way to a row by name
        states.append(
            DeviceState(
                id=row.id,
                name=row.name,
                facts=DeviceFacts(**{name: values[name] for name in DEVICE_FACTS}),
                first_seen=row.first_seen,
                last_seen=last_seen,
                sections=sections,
                complete=complete,
                stale=is_stale(last_seen, as_of, stale_after_days),
                units=counts.get(row.id, 0),
            )
        )
    return tuple(states)


def is_stale(seen: dt.datetime, as_of: dt.date, stale_after_days: int) -> bool:
    """Whether what was last seen then is stale on a day."""
    return (as_of - day_of(seen)).days > stale_after_days


_Read = tuple[dt.datetime, tuple[Section, ...], dict[str, dt.datetime]]


def _read(session: Session, rows: Sequence[sa.Row[Any]], end: dt.datetime) -> dict[int, _Read]:
    """When each device, and each section of it, was last read before an instant.

    The device's own times say so, except for a day in the past, which the ledger remembers.
    """
    read: dict[int, _Read] = {}
    now = {row.id for row in rows if row.last_seen < end}
    sections: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for item in session.execute(sa.select(DEVICE_SECTION).order_by(DEVICE_SECTION.c.name)):
        sections[item.device_id].append(item)
    for row in rows:
        if row.id in now:
            last = tuple(Section(s.name, s.complete, s.reason, s.rows) for s in sections[row.id])
            complete = {s.name: s.last_complete for s in sections[row.id] if s.last_complete is not None}
            read[row.id] = (row.last_seen, last, complete)
    past = {row.name: row for row in rows if row.id not in now}
    names = sorted(past)
    for start in range(0, len(names), CHUNK):
        read |= _read_then(session, {name: past[name] for name in names[start : start + CHUNK]}, end)
    return read


def _read_then(session: Session, rows: dict[str, sa.Row[Any]], end: dt.datetime) -> dict[int, _Read]:
    """The same from the ledger: what the readings before an instant said."""
    latest: dict[str, dict[str, Section]] = defaultdict(dict)
    complete: dict[str, dict[str, dt.datetime]] = defaultdict(dict)
    seen: dict[str, dt.datetime] = {}
    statement = (
        sa.select(READING.c.target, READING.c.at, READING.c.sections)
        .where(READING.c.target.in_(rows), READING.c.at < end, READING.c.outcome.in_([str(o) for o in ANSWERS]))
        .order_by(READING.c.at.desc())
    )
    for item in session.execute(statement):
        seen.setdefault(item.target, item.at)
        for values in item.sections:
            section = Section(**values)
            latest[item.target].setdefault(section.name, section)
            if section.complete:
                complete[item.target].setdefault(section.name, item.at)
    return {
        row.id: (seen.get(name, row.first_seen), tuple(latest[name].values()), complete[name])
        for name, row in rows.items()
    }


def hints(session: Session) -> dict[str, dict[str, Any]]:
    """What earlier polls learned of each device for the next one, by target."""
    return {row.name: row.hints for row in session.execute(sa.select(DEVICE.c.name, DEVICE.c.hints)) if row.hints}
