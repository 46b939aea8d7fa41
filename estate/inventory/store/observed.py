"""The observed units as of a day, each with what its device is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from collectors.observation import UNIT_KINDS
from estate.inventory.store.devices import DeviceState, devices, is_stale
from estate.inventory.store.lineage import lineages
from estate.inventory.store.rows import PARENT, STALE_AFTER_DAYS, UNIT, UNIT_FACT, day_of, end_of, stood_at
from estate.inventory.unit import Unit
from estate.inventory.virtual import is_virtual

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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
        .where(stood_at(UNIT_FACT, end))
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
        stale=is_stale(last_seen, as_of, stale_after_days),
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
