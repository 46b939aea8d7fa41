"""The ledger's readers and writers: claims, steps, and how a run ended.

A run is claimed by inserting its row: UNIQUE (job, due_at) lets one process have it, whoever else tries. A process
that is killed cannot say so; its run is called *abandoned* by whoever looks next (:func:`died`).
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from estate.store.ledger import Run, RunDevice, RunStep

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RUNNING, DONE, PART, FAILED, SKIPPED, ABANDONED = "running", "done", "part", "failed", "skipped", "abandoned"

# No night takes longer: a run that is still open after this died on a machine whose processes we cannot see.
ABANDONED_AFTER = dt.timedelta(hours=24)
_BORN = dt.datetime.now(dt.UTC)
# Reasons and details are for people; a stack of them must not grow the ledger without end.
MAX_TEXT = 8_000


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step of a run; ``ended_at`` is None while it runs."""

    position: int
    name: str
    outcome: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    detail: str


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """How one device ended in a run."""

    target: str
    address: str
    site: str | None
    transport: str
    outcome: str
    reason: str
    seconds: float
    at: dt.datetime
    sections: list[Any]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, with its steps and devices where they were asked for."""

    id: int
    job: str
    due_at: dt.datetime
    started_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: str
    host: str
    reason: str
    summary: dict[str, Any]
    steps: tuple[StepRecord, ...] = ()
    devices: tuple[DeviceRecord, ...] = field(default=(), repr=False)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs, or when nobody knows."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


# --------------------------------------------------------------------------------------------------------------- write


def claim(
    session: Session, job: str, due_at: dt.datetime, host: str, now: dt.datetime, *, pid: int | None = None
) -> int | None:
    """Take the run of a job that is due at an instant; None when another process has it already.

    Runs that died are closed on the way, so that none is shown as running for ever.
    """
    for run in session.scalars(sa.select(Run).where(Run.outcome == RUNNING)):
        if reason := died(run.host, run.pid, run.started_at, host, now):
            _abandon(session, run, reason, now)
    run = Run(
        job=job,
        due_at=due_at,
        started_at=now,
        ended_at=None,
        outcome=RUNNING,
        host=host,
        pid=pid or os.getpid(),
        reason="",
        summary={},
    )
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:
        return None
    return run.id


def died(run_host: str, run_pid: int, started_at: dt.datetime, host: str, now: dt.datetime) -> str:
    """Why a run that never ended must have died; blank where it may still be at work."""
    if now - started_at > ABANDONED_AFTER:
        return f"it never ended, {ABANDONED_AFTER.total_seconds() / 3600:.0f} hours after its start"
    # in a container that was started again, the number of the dead process is ours now
    before_us = run_pid == os.getpid() and started_at < _BORN
    if run_host == host and (before_us or not _alive(run_pid)):
        return f"its process {run_pid} on {run_host} is gone: killed, or the machine restarted"
    return ""


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # there, signal 0 is not a question; the age decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _abandon(session: Session, run: Run, reason: str, now: dt.datetime) -> None:
    run.outcome, run.reason, run.ended_at = ABANDONED, reason, now
    session.execute(
        sa.update(RunStep)
        .where(RunStep.run_id == run.id, RunStep.ended_at.is_(None))
        .values(outcome=ABANDONED, ended_at=now, detail=reason)
    )


def begin_step(session: Session, run_id: int, position: int, name: str, now: dt.datetime) -> None:
    """Record that a step has begun; positions count from 1."""
    session.add(RunStep(run_id=run_id, position=position, name=name, started_at=now, ended_at=None, outcome=RUNNING))


def end_step(session: Session, run_id: int, position: int, outcome: str, detail: str, now: dt.datetime) -> None:
    """Record how a step ended, and why."""
    session.execute(
        sa.update(RunStep)
        .where(RunStep.run_id == run_id, RunStep.position == position)
        .values(outcome=outcome, detail=detail[:MAX_TEXT], ended_at=now)
    )


def finish(
    session: Session, run_id: int, outcome: str, reason: str, now: dt.datetime, summary: dict[str, Any] | None = None
) -> None:
    """Record how a run ended; ``summary`` holds its counts as plain JSON."""
    session.execute(
        sa.update(Run)
        .where(Run.id == run_id)
        .values(outcome=outcome, reason=reason[:MAX_TEXT], ended_at=now, summary=summary or {})
    )


# ---------------------------------------------------------------------------------------------------------------- read


def runs(session: Session, limit: int, *, host: str = "", now: dt.datetime | None = None) -> list[RunRecord]:
    """The latest runs, newest first; given ``host`` and ``now``, one that died is shown as abandoned."""
    rows = session.scalars(sa.select(Run).order_by(Run.id.desc()).limit(limit)).all()
    return [_run(row, host, now) for row in rows]


def run(session: Session, run_id: int, *, host: str = "", now: dt.datetime | None = None) -> RunRecord | None:
    """One run with its steps in order and its devices by name; None where there is none of that number."""
    row = session.get(Run, run_id)
    if row is None:
        return None
    steps = session.scalars(sa.select(RunStep).where(RunStep.run_id == run_id).order_by(RunStep.position))
    devices = session.scalars(sa.select(RunDevice).where(RunDevice.run_id == run_id).order_by(RunDevice.target))
    return _run(row, host, now, tuple(_step(step) for step in steps), tuple(_device(device) for device in devices))


def _run(
    row: Run,
    host: str,
    now: dt.datetime | None,
    steps: tuple[StepRecord, ...] = (),
    devices: tuple[DeviceRecord, ...] = (),
) -> RunRecord:
    outcome, reason = row.outcome, row.reason
    if outcome == RUNNING and now and (why := died(row.host, row.pid, row.started_at, host, now)):
        outcome, reason = ABANDONED, why
    return RunRecord(
        id=row.id,
        job=row.job,
        due_at=row.due_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=outcome,
        host=row.host,
        reason=reason,
        summary=row.summary,
        steps=steps,
        devices=devices,
    )


def _step(row: RunStep) -> StepRecord:
    return StepRecord(
        position=row.position,
        name=row.name,
        outcome=row.outcome,
        started_at=row.started_at,
        ended_at=row.ended_at,
        detail=row.detail,
    )


def _device(row: RunDevice) -> DeviceRecord:
    return DeviceRecord(
        target=row.target,
        address=row.address,
        site=row.site,
        transport=row.transport,
        outcome=row.outcome,
        reason=row.reason,
        seconds=row.seconds,
        at=row.at,
        sections=row.sections,
    )
