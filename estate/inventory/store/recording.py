"""Recording an observation: the ledger's row, and the fold into history, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.inventory.fold import ANSWERS, DeviceFacts, Folded, Known, fold
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
    from sqlalchemy.orm import Session

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
_DONE = sa.select(READING.c.id, READING.c.outcome, READING.c.reason).where(
    READING.c.run_id == sa.bindparam("run"), READING.c.target == sa.bindparam("target")
)
_THE_DEVICE = sa.select(DEVICE).where(DEVICE.c.name == sa.bindparam("name"))
_THE_FACTS = sa.select(*(DEVICE_FACT.c[name] for name in DEVICE_FACTS)).where(
    DEVICE_FACT.c.device_id == sa.bindparam("device"), DEVICE_FACT.c.valid_to.is_(None)
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
    session: Session,
    run_id: int,
    target: Target,
    observation: Observation,
    stale_after_days: int = STALE_AFTER_DAYS,
) -> Recorded:
    """Write what a device said in a run, and fold it into history, in the caller's transaction.

    A device that is read to its end for the first time in more than ``stale_after_days`` is back.

    Idempotent: a second observation of the same run and target changes nothing.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    done = session.execute(_DONE, {"run": run_id, "target": target.name}).first()
    if done is not None:
        return Recorded(done.id, (), first=False, outcome=done.outcome, reason=done.reason)
    device = session.execute(_THE_DEVICE, {"name": target.name}).first()
    known, keys = _known(session, device.id, run_id) if device else (Known(), {})
    folded = fold(known, target, observation)
    reading_id = _write_reading(session, run_id, target, observation, folded)
    keep(session, reading_id, observation)
    if folded.outcome not in ANSWERS:
        return Recorded(reading_id, (), first=False, outcome=folded.outcome, reason=folded.reason)
    device_id = _write_device(session, device, target, observation, folded)
    reading = Reading(reading_id, run_id, target.name, observation.at, device is None)
    _write_sections(session, device_id, known, folded, observation.at)
    _write_facts(session, device_id, reading, folded)
    changes = UnitWriter(session, device_id, reading, keys).write(folded)
    changes += _tell_back(session, device, reading, folded, stale_after_days)
    return Recorded(reading_id, tuple(changes), first=device is None, outcome=folded.outcome, reason=folded.reason)


def _known(session: Session, device_id: int, run_id: int) -> tuple[Known, dict[int, sa.Row[Any]]]:
    """What was known of a device when the run began, and its rows by unit."""
    fact = session.execute(_THE_FACTS, {"device": device_id}).first()
    sections = session.execute(_THE_SECTIONS, {"device": device_id})
    held, keys = [], {}
    for row in session.execute(_THE_UNITS, {"device": device_id, "run": run_id}):
        held.append(Held(row.unit_id, seen_unit(row)))
        keys[row.unit_id] = row
    facts = DeviceFacts(**fact._mapping) if fact else None  # noqa: SLF001 - the documented way to a row by name
    return Known(facts, tuple(held), {row.name: row.rows for row in sections}), keys


# ------------------------------------------------------------------------------------------------- writing a reading


def _write_reading(session: Session, run_id: int, target: Target, observation: Observation, folded: Folded) -> int:
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
    return int(session.execute(_A_READING, values).scalar_one())


def _write_device(
    session: Session, device: sa.Row[Any] | None, target: Target, observation: Observation, folded: Folded
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
        return int(session.execute(sa.insert(DEVICE).values(values).returning(DEVICE.c.id)).scalar_one())
    times = {"device": device.id, "new_last_seen": observation.at}
    if whole:
        times["new_last_complete"] = observation.at
    statement = _DEVICE_READ if whole else _DEVICE_SEEN
    # not by the session, for which an update with parameters would have to be one by primary key
    session.connection().execute(statement, times)
    if observation.hints and observation.hints != device.hints:
        session.execute(sa.update(DEVICE).where(DEVICE.c.id == device.id).values(hints=observation.hints))
    return int(device.id)


def _tell_back(
    session: Session, device: sa.Row[Any] | None, reading: Reading, folded: Folded, stale_after_days: int
) -> list[Changed]:
    """Tell of a device that had not been read to its end for long, and now was."""
    if device is None or not all(section.complete for section in folded.sections):
        return []
    heard = device.last_complete or device.first_seen
    if not is_stale(heard, reading.at, stale_after_days):
        return []
    last, now = day_of(heard), day_of(reading.at)
    row = device_change(device.id, device.name, "back", reading.at, reading.id, before=last, after=now)
    session.execute(sa.insert(CHANGE), [row])
    return [Changed(reading.at, device.name, device.name, "back", "", str(last), str(now), reading.run)]


def _write_sections(session: Session, device_id: int, known: Known, folded: Folded, at: dt.datetime) -> None:
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
        session.execute(sa.insert(DEVICE_SECTION), inserts)
    for statement, rows in ((_A_WHOLE_SECTION, updates[True]), (_A_SECTION, updates[False])):
        if rows:
            session.connection().execute(statement, rows)


def _write_facts(session: Session, device_id: int, reading: Reading, folded: Folded) -> None:
    if folded.facts is None:
        return
    session.execute(
        sa.update(DEVICE_FACT)
        .where(DEVICE_FACT.c.device_id == device_id, DEVICE_FACT.c.valid_to.is_(None))
        .values(valid_to=reading.at)
    )
    row = {"device_id": device_id, "valid_from": reading.at, "valid_to": None, "run_device_id": reading.id}
    session.execute(sa.insert(DEVICE_FACT), [row | {name: getattr(folded.facts, name) for name in DEVICE_FACTS}])
