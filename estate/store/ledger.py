"""Tables of the ledger: which run was claimed, how each step and each device ended, and why.

``RunDevice`` is also the observation that every fact cites: one row a device and run, whatever it said.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.store.base import Base


class Run(Base):
    """One run of a job. The UNIQUE claim (job, due_at) makes it exactly-once, however many schedulers there are."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("job", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    due_at: Mapped[dt.datetime]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str]  # running, done, part, failed, abandoned
    host: Mapped[str]
    pid: Mapped[int]  # with the host: whether the process that claimed it still lives
    reason: Mapped[str] = mapped_column(default="")
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RunStep(Base):
    """How one step of a run (check, collect, neighbours, inventory, lifecycle, notices, forecast, report ...) ended."""

    __tablename__ = "run_step"
    __table_args__ = (UniqueConstraint("run_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    outcome: Mapped[str]  # running, done, part, failed, skipped, abandoned
    detail: Mapped[str] = mapped_column(default="")


class RunDevice(Base):
    """What one device did in one run: outcome (:class:`collectors.observation.Outcome`), reason, sections, seconds."""

    __tablename__ = "run_device"
    __table_args__ = (UniqueConstraint("run_id", "target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    site: Mapped[str | None]
    transport: Mapped[str]
    at: Mapped[dt.datetime]
    seconds: Mapped[float]
    outcome: Mapped[str]
    reason: Mapped[str]
    sections: Mapped[list[Any]] = mapped_column(default=list)  # of {name, complete, reason, rows}


class ReadingScreen(Base):
    """What a device printed for a show command in one reading: evidence, kept when what the device says has changed.

    The text is a blob by its SHA-256; ``said`` is the SHA-256 of all that was read from the device.
    """

    __tablename__ = "reading_screen"

    run_device_id: Mapped[int] = mapped_column(ForeignKey("run_device.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    command: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    said: Mapped[str]
