"""Tables of the lifecycle: the rows of all packs with what was known when, and what each distinct product matched."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.store.base import Base


class ProductMatch(Base):
    """The match of one distinct product against one catalogue (the hash of all pack files)."""

    __tablename__ = "product_match"
    __table_args__ = (UniqueConstraint("catalogue", "vendor", "part_number", "model"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    catalogue: Mapped[str]
    vendor: Mapped[str]  # as the unit has it; blank where it has none, as are the next two
    part_number: Mapped[str]  # of a version of an operating system: software: and the system's name
    model: Mapped[str]
    grade: Mapped[str]  # exact, alias, train, series, none
    match: Mapped[dict[str, Any]]  # estate.lifecycle.milestones.Match as JSON


class CatalogueRow(Base):
    """A row of a pack as it stood from one load to another: its dates are the facts, the last two when we knew them.

    A row that says something else from a load on ends there and a new one begins; a file that only moves its lines
    changes nothing but ``position``.
    """

    __tablename__ = "catalogue_row"
    __table_args__ = (
        Index("ix_catalogue_row_pack", "pack", "recorded_to"),
        Index("ix_catalogue_row_part", "part_number", "vendor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pack: Mapped[str]  # config/lifecycle/cisco-hardware.csv; lifecycle/ours.csv for one of the council
    position: Mapped[int]  # its line in the file, at the last load at which it stood
    kind: Mapped[str]  # hardware, software, series, alias
    vendor: Mapped[str]
    part_number: Mapped[str | None]
    model: Mapped[str | None]  # of a series pattern: the model whose row has its dates
    os: Mapped[str | None]
    release: Mapped[str | None]
    pattern: Mapped[str | None]
    becomes: Mapped[str | None]
    reason: Mapped[str | None]
    released: Mapped[dt.date | None]
    eox_announced: Mapped[dt.date | None]
    end_of_sale: Mapped[dt.date | None]
    end_of_sw_maintenance: Mapped[dt.date | None]
    end_of_security_support: Mapped[dt.date | None]
    last_renewal: Mapped[dt.date | None]
    end_of_support: Mapped[dt.date | None]
    not_announced_on: Mapped[dt.date | None]
    replacement_part: Mapped[str | None]
    latest: Mapped[str | None]
    source: Mapped[str | None]
    as_of: Mapped[dt.date | None]
    bulletin: Mapped[str | None]
    source_type: Mapped[str | None]
    note: Mapped[str | None]
    recorded_from: Mapped[dt.datetime]  # the load from which it stood so
    recorded_to: Mapped[dt.datetime | None]  # the load that changed or dropped it; None while it stands


class PackLoad(Base):
    """A load of a pack whose file had changed; the last one of a pack says what is loaded."""

    __tablename__ = "pack_load"

    id: Mapped[int] = mapped_column(primary_key=True)
    pack: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str]  # of the file; blank where it was gone
    at: Mapped[dt.datetime]
    rows: Mapped[int]
    added: Mapped[int]
    removed: Mapped[int]
    changed: Mapped[int]
