"""Recording an observation: the ledger's row, and the fold into history, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from collectors.observation import ANSWERS
from estate.inventory.facts import DeviceFacts
from estate.inventory.fold import Folded, Known, fold
from estate.inventory.pairing import Held
from estate.inventory.store.rows import (
    CHANGE,
    DEVICE,
    DEVICE_FACT,
    DEVICE_SECTION,
    READING,
    STALE_AFTER_DAYS,
    UNIT_FACT,
    Changed,
    Reading,
    day_of,
    rows_before,
    seen_unit,
)  # fmt: skip
from estate.inventory.store.screens import keep
from estate.inventory.store.silence import device_change, is_stale
from estate.inventory.store.writer import UnitWriter

if TYPE_CHECKING:
    from collectors.observation import Observation
    from collectors.targets import Target

DEVICE_FACTS = tuple(item.name for item in fields(DeviceFacts))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording an observation did. ``outcome`` may be lower than the observation's, when a table was empty."""

    run_device_id: int
    changes: tuple[Changed, ...]
    first: bool
    outcome: str
    reason: str = ""


# Built once: on a quiet night, building statements would cost more than running them.
_DONE = sa.select(READING.c.id.label("reading"), READING.c.outcome, READING.c.reason).where(
    READING.c.run_id == sa.bindparam("run"), READING.c.target == sa.bindparam("target")
)
# The device with its facts, if it has some, and its reading of this run, if there is one.
_THE_DEVICE = (
    sa.select(
        DEVICE,
        DEVICE_FACT.c.id.label("fact"),
        *(DEVICE_FACT.c[name].label(f"fact_{name}") for name in DEVICE_FACTS),
        READING.c.id.label("reading"),
        READING.c.outcome,
        READING.c.reason,
    )
    .outerjoin(DEVICE_FACT, sa.and_(DEVICE_FACT.c.device_id == DEVICE.c.id, DEVICE_FACT.c.valid_to.is_(None)))
    .outerjoin(READING, sa.and_(READING.c.target == DEVICE.c.name, READING.c.run_id == sa.bindparam("run")))
    .where(DEVICE.c.name == sa.bindparam("target"))
)
_THE_SECTIONS = sa.select(DEVICE_SECTION.c.name, DEVICE_SECTION.c.rows).where(
    DEVICE_SECTION.c.device_id == sa.bindparam("device")
)
_THE_UNITS = rows_before(sa.bindparam("run")).where(UNIT_FACT.c.device_id == sa.bindparam("device"))
_A_READING = sa.insert(READING).returning(READING.c.id)
_A_SECTION = (
    sa.update(DEVICE_SECTION)
    .where(DEVICE_SECTION.c.device_id == sa.bindparam("device"), DEVICE_SECTION.c.name == sa.bindparam("section"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("last_read", "complete", "reason")})
)
_A_WHOLE_SECTION = _A_SECTION.values({name: sa.bindparam(f"new_{name}") for name in ("last_complete", "rows")})
_DEVICE_SEEN = (
    sa.update(DEVICE).where(DEVICE.c.id == sa.bindparam("device")).values(last_seen=sa.bindparam("new_last_seen"))
)
_DEVICE_READ = _DEVICE_SEEN.values(last_complete=sa.bindparam("new_last_complete"))
# Any number will do, as long as nobody else uses it: folds take turns, as they do on SQLite.
_TURN = 0x65737461


def record(
    connection: sa.Connection,
    run_id: int,
    target: Target,
    observation: Observation,
    stale_after_days: int = STALE_AFTER_DAYS,
) -> Recorded:
    """Write what a device said in a run, and fold it into history, in the caller's transaction.

    A device that is read to its end for the first time in more than ``stale_after_days`` is back.

    Idempotent: a second observation of the same run and target changes nothing.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    here = {"run": run_id, "target": target.name}
    device = connection.execute(_THE_DEVICE, here).first()
    done = device or connection.execute(_DONE, here).first()
    if done is not None and done.reading is not None:
        return Recorded(done.reading, (), first=False, outcome=done.outcome, reason=done.reason)
    known, keys = _known(connection, device, run_id) if device else (Known(), {})
    folded = fold(known, target, observation)
    reading_id = _write_reading(connection, run_id, target, observation, folded)
    keep(connection, reading_id, observation)
    if folded.outcome not in ANSWERS:
        return Recorded(reading_id, (), first=False, outcome=folded.outcome, reason=folded.reason)
    device_id = _write_device(connection, device, target, observation, folded)
    reading = Reading(reading_id, run_id, target.name, observation.at, device is None)
    _write_sections(connection, device_id, known, folded, observation.at)
    _write_facts(connection, device_id, reading, folded)
    changes = UnitWriter(connection, device_id, reading, keys).write(folded)
    changes += _tell_back(connection, device, reading, folded, stale_after_days)
    return Recorded(reading_id, tuple(changes), first=device is None, outcome=folded.outcome, reason=folded.reason)


def _known(connection: sa.Connection, device: sa.Row[Any], run_id: int) -> tuple[Known, dict[int, sa.Row[Any]]]:
    """What was known of a device when the run began, and its rows by unit."""
    sections = connection.execute(_THE_SECTIONS, {"device": device.id})
    held, keys = [], {}
    for row in connection.execute(_THE_UNITS, {"device": device.id, "run": run_id}):
        held.append(Held(row.unit_id, seen_unit(row)))
        keys[row.unit_id] = row
    values = device._mapping  # noqa: SLF001 - the documented way to a row by name
    facts = None if device.fact is None else DeviceFacts(**{name: values[f"fact_{name}"] for name in DEVICE_FACTS})
    return Known(facts, tuple(held), {row.name: row.rows for row in sections}), keys


# ------------------------------------------------------------------------------------------------- writing a reading


def _write_reading(
    connection: sa.Connection, run_id: int, target: Target, observation: Observation, folded: Folded
) -> int:
    values = {
        "run_id": run_id,
        "target": target.name,
        "address": observation.address,
        "site": target.site,
        "transport": observation.transport,
        "at": observation.at,
        "seconds": observation.duration,
        "outcome": str(folded.outcome),
        "reason": folded.reason,
        "sections": [asdict(section) for section in folded.sections],
    }
    return int(connection.execute(_A_READING, values).scalar_one())


def _write_device(
    connection: sa.Connection, device: sa.Row[Any] | None, target: Target, observation: Observation, folded: Folded
) -> int:
    whole = all(section.complete for section in folded.sections)
    if device is None:
        values = {
            "name": target.name,
            "first_seen": observation.at,
            "last_seen": observation.at,
            "last_complete": observation.at if whole else None,
            "hints": observation.hints,
        }
        return int(connection.execute(sa.insert(DEVICE).values(values).returning(DEVICE.c.id)).scalar_one())
    times = {"device": device.id, "new_last_seen": observation.at}
    if whole:
        times["new_last_complete"] = observation.at
    statement = _DEVICE_READ if whole else _DEVICE_SEEN
    connection.execute(statement, times)
    if observation.hints and observation.hints != device.hints:
        connection.execute(sa.update(DEVICE).where(DEVICE.c.id == device.id).values(hints=observation.hints))
    return int(device.id)


def _tell_back(
    connection: sa.Connection, device: sa.Row[Any] | None, reading: Reading, folded: Folded, stale_after_days: int
) -> list[Changed]:
    """Tell of a device that had not been read to its end for long, and now was."""
    if device is None or not all(section.complete for section in folded.sections):
        return []
    heard = device.last_complete or device.first_seen
    if not is_stale(heard, reading.at, stale_after_days):
        return []
    last, now = day_of(heard), day_of(reading.at)
    row = device_change(device.id, device.name, "back", reading.at, reading.id, before=last, after=now)
    connection.execute(sa.insert(CHANGE), [row])
    return [Changed(reading.at, device.name, device.name, "back", "", str(last), str(now), reading.run)]


def _write_sections(connection: sa.Connection, device_id: int, known: Known, folded: Folded, at: dt.datetime) -> None:
    inserts = list[dict[str, Any]]()
    updates: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for section in folded.sections:
        values: dict[str, Any] = {"last_read": at, "complete": section.complete, "reason": section.reason}
        if section.complete:
            values |= {"last_complete": at, "rows": section.rows}
        if section.name in known.rows:
            new = {f"new_{name}": value for name, value in values.items()}
            updates[section.complete].append({"device": device_id, "section": section.name} | new)
        else:
            inserts.append({"device_id": device_id, "name": section.name, "last_complete": None, "rows": 0} | values)
    if inserts:
        connection.execute(sa.insert(DEVICE_SECTION), inserts)
    for statement, rows in ((_A_WHOLE_SECTION, updates[True]), (_A_SECTION, updates[False])):
        if rows:
            connection.execute(statement, rows)


def _write_facts(connection: sa.Connection, device_id: int, reading: Reading, folded: Folded) -> None:
    if folded.facts is None:
        return
    connection.execute(
        sa.update(DEVICE_FACT)
        .where(DEVICE_FACT.c.device_id == device_id, DEVICE_FACT.c.valid_to.is_(None))
        .values(valid_to=reading.at)
    )
    row = {"device_id": device_id, "valid_from": reading.at, "valid_to": None, "run_device_id": reading.id}
    connection.execute(sa.insert(DEVICE_FACT), [row | {name: getattr(folded.facts, name) for name in DEVICE_FACTS}])
