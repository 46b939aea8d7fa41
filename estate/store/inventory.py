"""Tables of the inventory: devices, units, and their facts as history rows ``[valid_from, valid_to)``.

A history row is written only when something changed; that a thing was seen again is ``last_seen``, once a device and
run. A unit's identity is its vendor and serial; its place, name and revisions are facts that change.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.store.base import Base


class Device(Base):
    """What is managed under one name (a target's name)."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    first_seen: Mapped[dt.datetime]
    last_seen: Mapped[dt.datetime]  # it answered at least in part
    last_complete: Mapped[dt.datetime | None]  # every section was read to its end
    hints: Mapped[dict[str, Any]] = mapped_column(default=dict)


class DeviceFact(Base):
    """What a device was, from ``valid_from`` until ``valid_to`` (NULL: still)."""

    __tablename__ = "device_fact"
    __table_args__ = (
        Index("ix_device_fact_current", "device_id", unique=True, sqlite_where=text("valid_to IS NULL"),
              postgresql_where=text("valid_to IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    valid_from: Mapped[dt.datetime]
    valid_to: Mapped[dt.datetime | None]
    run_device_id: Mapped[int | None] = mapped_column(ForeignKey("run_device.id", ondelete="SET NULL"))
    address: Mapped[str]
    site: Mapped[str | None]
    role: Mapped[str | None]
    platform: Mapped[str | None]
    kind: Mapped[str | None]
    vendor: Mapped[str | None]
    model: Mapped[str | None]
    part_number: Mapped[str | None]
    serial: Mapped[str | None]
    os: Mapped[str | None]
    version: Mapped[str | None]
    sys_name: Mapped[str | None]
    sys_descr: Mapped[str | None]
    sys_object_id: Mapped[str | None]
    location: Mapped[str | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    disagreements: Mapped[list[Any]] = mapped_column(default=list)  # between SNMP and SSH, each as a mapping


class DeviceSection(Base):
    """When a section of a device was last read, and last read to its end: only that can say something is gone."""

    __tablename__ = "device_section"

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    last_read: Mapped[dt.datetime]
    last_complete: Mapped[dt.datetime | None]
    complete: Mapped[bool]
    reason: Mapped[str]
    rows: Mapped[int]  # of the last complete reading


class Unit(Base):
    """A physical unit for as long as it lives. ``identity`` is ``vendor|serial`` case-blind.

    A unit without a serial is known only by where it sits: its identity is ``@device#slot`` and dies with the place.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(unique=True)
    first_seen: Mapped[dt.datetime]


class UnitFact(Base):
    """Where a unit was and what it said of itself, from ``valid_from`` until ``valid_to`` (NULL: still).

    A unit is in one place at a time. Where a second device answers with the same serial, its row is a ``claim``: kept
    and shown as a conflict, never counted. ``run_device_id`` is the reading that opened the row, ``closed_by`` the one
    that closed it.
    """

    __tablename__ = "unit_fact"
    __table_args__ = (
        Index("ix_unit_fact_current", "unit_id", unique=True, sqlite_where=text("valid_to IS NULL AND NOT claim"),
              postgresql_where=text("valid_to IS NULL AND NOT claim")),
        Index("ix_unit_fact_device_current", "device_id", "valid_to"),
        Index("ix_unit_fact_closed_by", "closed_by"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    valid_from: Mapped[dt.datetime]
    valid_to: Mapped[dt.datetime | None]
    run_device_id: Mapped[int | None] = mapped_column(ForeignKey("run_device.id", ondelete="SET NULL"))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("run_device.id", ondelete="SET NULL"))
    claim: Mapped[bool] = mapped_column(default=False)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    section: Mapped[str]  # the sections (joined by +) whose complete reading can say that it is gone
    slot: Mapped[str]  # a path a person can follow, unique within the device
    parent_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    index: Mapped[str]
    cls: Mapped[str]
    kind: Mapped[str]
    position: Mapped[int | None]
    name: Mapped[str | None]
    description: Mapped[str | None]
    vendor: Mapped[str | None]
    model: Mapped[str | None]
    part_number: Mapped[str | None]
    serial: Mapped[str | None]
    hardware_revision: Mapped[str | None]
    firmware_revision: Mapped[str | None]
    software_revision: Mapped[str | None]
    manufactured_on: Mapped[dt.date | None]
    fru: Mapped[bool | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Change(Base):
    """What a reading changed: a life event of a unit or a changed fact, derived when the observation was folded."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    run_device_id: Mapped[int | None] = mapped_column(ForeignKey("run_device.id", ondelete="SET NULL"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    other_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # of a swap: what stood there before
    subject: Mapped[str]  # the device's name, or the unit's serial or place
    what: Mapped[str]  # the words of estate.inventory.store.rows.Changed
    field: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]


class Neighbour(Base):
    """Somebody whom a device sees on a port. ``gone_at`` is when a complete reading no longer told of it."""

    __tablename__ = "neighbour"
    __table_args__ = (UniqueConstraint("device_id", "protocol", "port", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"))
    protocol: Mapped[str]  # lldp, cdp, fdp
    port: Mapped[str]
    key: Mapped[str]  # what it is known by on this port: its chassis, name, address or description
    name: Mapped[str | None]
    addresses: Mapped[list[Any]] = mapped_column(default=list)
    description: Mapped[str | None]
    capabilities: Mapped[list[Any]] = mapped_column(default=list)
    chassis: Mapped[str | None]
    serial: Mapped[str | None]
    remote_port: Mapped[str | None]
    first_seen: Mapped[dt.datetime]
    last_seen: Mapped[dt.datetime]
    gone_at: Mapped[dt.datetime | None]
