"""The screens of a reading, kept as evidence: only when the device says something else than when they were last kept.

A screen's text is a blob by its SHA-256, so that one that has not changed is stored once. ``said`` is the SHA-256 of
all that was read from the device: the time it has been up changes its screens every night, and is no evidence.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from estate.store.forecast import Blob
from estate.store.ledger import ReadingScreen, RunDevice

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from collectors.observation import Observation

# What differs every night although the device is the same.
_PASSING = ("at", "duration", "uptime", "hints", "screens", "address")


@dataclass(frozen=True, slots=True)
class KeptScreen:
    """What a device printed for a command; ``at`` is the reading's time (UTC)."""

    command: str
    text: str
    at: dt.datetime
    run: int


def keep(connection: sa.Connection, reading_id: int, observation: Observation) -> None:
    """Keep the screens of a reading, in the caller's transaction."""
    if not observation.screens:
        return
    facts = {name: value for name, value in observation.to_dict().items() if name not in _PASSING}
    said = _digest(json.dumps(facts, sort_keys=True))
    if said == connection.scalar(_last(observation.target, ReadingScreen.said)):
        return
    for position, (command, text) in enumerate(observation.screens.items()):
        digest = _digest(text)
        if connection.scalar(sa.select(Blob.sha256).where(Blob.sha256 == digest)) is None:
            connection.execute(sa.insert(Blob).values(sha256=digest, data=zlib.compress(text.encode())))
        row = {"run_device_id": reading_id, "position": position, "command": command, "sha256": digest, "said": said}
        connection.execute(sa.insert(ReadingScreen).values(row))


def screens(session: Session, target: str, before: dt.datetime) -> list[KeptScreen]:
    """The screens of a device that were last kept before a time, in the order in which they were asked for."""
    newest = _last(target, ReadingScreen.run_device_id, before).scalar_subquery()
    query = (
        sa.select(ReadingScreen.command, Blob.data, RunDevice.at, RunDevice.run_id)
        .join(Blob, Blob.sha256 == ReadingScreen.sha256)
        .join(RunDevice, RunDevice.id == ReadingScreen.run_device_id)
        .where(ReadingScreen.run_device_id == newest)
        .order_by(ReadingScreen.position)
    )
    return [
        KeptScreen(row.command, zlib.decompress(row.data).decode(), row.at, row.run_id)
        for row in session.execute(query)
    ]


def _last(target: str, column: Any, before: dt.datetime | None = None) -> sa.Select[Any]:
    """A column of the reading whose screens were last kept."""
    query = (
        sa.select(column)
        .join(RunDevice, RunDevice.id == ReadingScreen.run_device_id)
        .where(RunDevice.target == target)
        .order_by(RunDevice.at.desc(), RunDevice.id.desc())
        .limit(1)
    )
    return query if before is None else query.where(RunDevice.at < before)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
