"""Tables of the lifecycle: what each distinct product matched, stored once per catalogue."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint
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
