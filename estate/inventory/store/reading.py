"""Reading the inventory back as of a day: units, devices, sections, changes, and how each target last answered.

A day ends at midnight of the machine's own zone, as ``today`` does on the command line.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from collectors.observation import UNIT_KINDS, Section
from estate.inventory.fold import ANSWERS, DeviceFacts
from estate.inventory.store.lineage import lineages
from estate.inventory.store.recording import DEVICE_FACTS
from estate.inventory.store.rows import (
    CHANGE,
    CHUNK,
    DEVICE,
    DEVICE_FACT,
    DEVICE_SECTION,
    PARENT,
    READING,
    STALE_AFTER_DAYS,
    UNIT,
    UNIT_FACT,
    Changed,
    day_of,
)
from estate.inventory.unit import Unit
from estate.inventory.virtual import is_virtual

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


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which a day ends, in the machine's zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time()).astimezone()


def _at(table: sa.Table, end: dt.datetime) -> sa.ColumnElement[bool]:
    """That a history row stood at an instant."""
    return sa.and_(table.c.valid_from < end, sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= end))


# ---------------------------------------------------------------------------------------------------------- devices


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
        .where(_at(DEVICE_FACT, end))
        .order_by(DEVICE.c.name)
    )
    rows = session.execute(statement if only is None else statement.where(only)).all()
    read = _read(session, rows, end)
    counted = sa.select(UNIT_FACT.c.device_id, sa.func.count()).where(_at(UNIT_FACT, end), ~UNIT_FACT.c.claim)
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
                stale=_stale(last_seen, as_of, stale_after_days),
                units=counts.get(row.id, 0),
            )
        )
    return tuple(states)


def _stale(seen: dt.datetime, as_of: dt.date, stale_after_days: int) -> bool:
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


# ------------------------------------------------------------------------------------------------------------- units

_FROM_FACT = (
    "kind", "serial", "vendor", "model", "part_number", "description", "slot", "position", "manufactured_on", "claim",
)  # fmt: skip


def observed_units(session: Session, as_of: dt.date, stale_after_days: int = STALE_AFTER_DAYS) -> tuple[Unit, ...]:
    """The units that stood at the end of a day, with what their device is; by device, parents first.

    A unit is as stale as the last complete reading of the sections it is read from. Claims (a second device with the
    same serial) are among them, marked: :func:`estate.inventory.population.population` counts each serial once.
    """
    end = end_of(as_of)
    states = {state.id: state for state in devices(session, as_of, stale_after_days)}
    statement = (
        sa.select(
            UNIT_FACT,
            UNIT.c.identity,
            UNIT.c.first_seen,
            PARENT.c.identity.label("parent"),
        )
        .join(UNIT, UNIT.c.id == UNIT_FACT.c.unit_id)
        .outerjoin(PARENT, PARENT.c.id == UNIT_FACT.c.parent_unit_id)
        .where(_at(UNIT_FACT, end))
        .order_by(UNIT_FACT.c.device_id, UNIT_FACT.c.id)
    )
    rows = [row for row in session.execute(statement) if row.device_id in states]
    named = {(row.device_id, row.identity): _asset_id(row, states[row.device_id]) for row in rows}
    boxes = Counter(row.device_id for row in rows if _is_box(row))
    lines = lineages(session, end)
    units = [_unit(row, states[row.device_id], named, as_of, stale_after_days) for row in rows]
    units = [
        replace(unit, replaces=line.replaces, served_since=line.since) if (line := lines.get(row.unit_id)) else unit
        for row, unit in zip(rows, units, strict=True)
    ]
    units = [
        replace(unit, device_serial=_other_serial(row, states[row.device_id])) if boxes[row.device_id] == 1 else unit
        for row, unit in zip(rows, units, strict=True)
    ]
    return tuple(sorted(units, key=lambda unit: (unit.device or "", unit.parent is not None, unit.slot or "")))


def _is_box(row: sa.Row[Any]) -> bool:
    return row.parent is None and row.kind not in UNIT_KINDS and not row.claim


def _other_serial(row: sa.Row[Any], state: DeviceState) -> str | None:
    """What the device calls its serial where its only chassis has another one in ENTITY-MIB, as Brocade's have."""
    said = state.facts.serial
    if not said or not row.serial or not _is_box(row):
        return None
    return said if said.casefold() != row.serial.casefold() else None


def _asset_id(row: sa.Row[Any], state: DeviceState) -> str:
    if row.serial:
        return str(row.serial)
    whole = row.identity == f"@{state.name}"
    return f"device:{state.name}" if whole else f"device:{state.name}#{row.slot}"


def _unit(
    row: sa.Row[Any],
    state: DeviceState,
    named: dict[tuple[int, str], str],
    as_of: dt.date,
    stale_after_days: int,
) -> Unit:
    last_seen = _last_seen(row, state)
    facts = state.facts
    values = {name: getattr(row, name) for name in _FROM_FACT}
    evidence = dict(row.evidence)
    if facts.site:
        evidence["site"] = "targets.csv"
    if facts.role:
        evidence["role"] = "targets.csv"
    outermost = row.parent is None
    if outermost and facts.version:
        evidence |= {name: facts.evidence[name] for name in ("os", "version") if name in facts.evidence}
    return Unit(
        asset_id=named[row.device_id, row.identity],
        device=state.name,
        site=facts.site,
        role=facts.role,
        parent=named.get((row.device_id, row.parent or "")),
        os=facts.os,
        version=facts.version if outermost else row.software_revision or row.firmware_revision,
        address=facts.address,
        first_seen=day_of(row.first_seen),
        last_seen=day_of(last_seen),
        stale=_stale(last_seen, as_of, stale_after_days),
        virtual=is_virtual(values["model"], values["part_number"], values["serial"]),
        evidence=evidence,
        observation=row.run_device_id,
        **values,
    )


def _last_seen(row: sa.Row[Any], state: DeviceState) -> dt.datetime:
    """The last reading that would have noticed its absence, never before it came to stand where it does."""
    read: Iterable[dt.datetime | None] = [state.complete.get(name) for name in row.section.split("+")]
    times = [at for at in read if at is not None]
    oldest = min(times) if times and len(times) == len(row.section.split("+")) else row.valid_from
    return max(oldest, row.valid_from)  # type: ignore[no-any-return] # a row's columns are untyped


# ----------------------------------------------------------------------------------------------- changes and targets


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


def hints(session: Session) -> dict[str, dict[str, Any]]:
    """What earlier polls learned of each device for the next one, by target."""
    return {row.name: row.hints for row in session.execute(sa.select(DEVICE.c.name, DEVICE.c.hints)) if row.hints}
