"""What a night notices of devices that it did not hear, and of those that targets.csv no longer names."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.inventory.store.rows import CHANGE, DEVICE, READING, SEEN, UNIT, UNIT_FACT, day_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session


def tell_stale(session: Session, run_id: int, at: dt.datetime, stale_after_days: int) -> None:
    """Tell once of every device that was not read to its end for so many days.

    The run that first notices tells it; the device is told again only after it has been back.
    """
    heard = sa.func.coalesce(DEVICE.c.last_complete, DEVICE.c.first_seen)
    told = sa.select(CHANGE.c.id).where(
        CHANGE.c.device_id == DEVICE.c.id, CHANGE.c.what == "stale", CHANGE.c.at > heard
    )
    statement = (
        sa.select(
            DEVICE.c.id, DEVICE.c.name, DEVICE.c.last_complete, DEVICE.c.first_seen, READING.c.id.label("reading")
        )
        .outerjoin(READING, sa.and_(READING.c.target == DEVICE.c.name, READING.c.run_id == run_id))
        .where(heard < at - dt.timedelta(days=stale_after_days), ~told.exists())
        .order_by(DEVICE.c.name)
    )
    rows = [
        device_change(row.id, row.name, "stale", at, row.reading, before=day_of(row.last_complete or row.first_seen))
        for row in session.execute(statement)
        if is_stale(row.last_complete or row.first_seen, at, stale_after_days)
    ]
    if rows:
        session.execute(sa.insert(CHANGE), rows)


def is_stale(heard: dt.datetime, at: dt.datetime, stale_after_days: int) -> bool:
    """Whether a device that was last heard at one time is stale at another."""
    return (day_of(at) - day_of(heard)).days > stale_after_days


def device_change(
    device: int,
    name: str,
    what: str,
    at: dt.datetime,
    reading: int | None,
    *,
    before: dt.date | None = None,
    after: dt.date | None = None,
) -> dict[str, Any]:
    """The row of an event of a whole device."""
    return {
        "at": at, "run_device_id": reading, "device_id": device, "unit_id": None, "other_unit_id": None,
        "subject": name, "what": what, "field": "", "before": before and before.isoformat(),
        "after": after and after.isoformat(),
    }  # fmt: skip


def release(session: Session, run_id: int, listed: Collection[str], at: dt.datetime) -> None:
    """Let devices that targets.csv no longer names give up the units that another device shows too.

    That is how people settle one box under two addresses: they keep one row. What no other device shows stays, because
    silence, even for ever, removes nothing.
    """
    statement = (
        sa.select(UNIT_FACT, UNIT.c.identity, DEVICE.c.name.label("device"), READING.c.id.label("reading"))
        .join(UNIT, UNIT.c.id == UNIT_FACT.c.unit_id)
        .join(DEVICE, DEVICE.c.id == UNIT_FACT.c.device_id)
        .outerjoin(READING, sa.and_(READING.c.target == DEVICE.c.name, READING.c.run_id == run_id))
    )
    shared = sa.select(UNIT_FACT.c.unit_id).where(UNIT_FACT.c.valid_to.is_(None), UNIT_FACT.c.claim)
    rows: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in session.execute(statement.where(UNIT_FACT.c.valid_to.is_(None), UNIT_FACT.c.unit_id.in_(shared))):
        rows[row.unit_id].append(row)
    for unit in rows.values():
        _release(session, sorted(unit, key=lambda row: (row.claim, row.device)), set(listed), at)


def _release(session: Session, unit: list[sa.Row[Any]], listed: set[str], at: dt.datetime) -> None:
    """Close what the unlisted devices hold of one unit; its place goes to the first listed one, if none held it."""
    kept = [row for row in unit if row.device in listed]
    owner = next((row for row in unit if not row.claim), None)
    if not kept or len(kept) == len(unit):
        return
    heir = kept[0] if owner is not None and owner.device not in listed else None
    closing = [row.id for row in unit if row.device not in listed] + ([heir.id] if heir is not None else [])
    at = max(at, *(row.valid_from for row in unit))
    session.execute(sa.update(UNIT_FACT).where(UNIT_FACT.c.id.in_(closing)).values(valid_to=at))
    if heir is None or owner is None:
        return
    values = heir._mapping  # noqa: SLF001 - the documented way to a row by name
    place = {name: values[name] for name in ("unit_id", "device_id", "parent_unit_id", "run_device_id", *SEEN)}
    session.execute(sa.insert(UNIT_FACT), [place | {"valid_from": at, "valid_to": None, "claim": False}])
    change = {
        "at": at, "run_device_id": heir.reading, "device_id": heir.device_id, "unit_id": heir.unit_id,
        "other_unit_id": None, "subject": heir.serial or heir.slot, "what": "moved", "field": "",
        "before": f"{owner.device}: {owner.slot}", "after": f"{heir.device}: {heir.slot}",
    }  # fmt: skip
    session.execute(sa.insert(CHANGE), [change])
