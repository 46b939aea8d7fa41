"""Tables of forecast versions: what a version read, the population it costed, and its atomic rows in integer pence."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.store.base import Base


class Blob(Base):
    """The content of an input file, stored once by its SHA-256, compressed with zlib."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ForecastVersion(Base):
    """One forecast; ``header`` holds scenarios, totals, assumptions and settings as JSON."""

    __tablename__ = "forecast_version"
    # at most one version of an entity and base year is signed; a later signature supersedes the earlier one
    __table_args__ = (
        Index(
            "ix_forecast_version_signed",
            "entity",
            "base_fy",
            unique=True,
            sqlite_where=text("state = 'signed'"),
            postgresql_where=text("state = 'signed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]  # draft, submitted, signed, superseded
    created_at: Mapped[dt.datetime]
    as_of: Mapped[dt.date]
    base_fy: Mapped[str]  # 2026/27
    years: Mapped[int]
    entity: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    header: Mapped[dict[str, Any]]


class ForecastInput(Base):
    """Which file, at which content, a version read."""

    __tablename__ = "forecast_input"

    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"), primary_key=True)
    file: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)


class ForecastUnit(Base):
    """A unit as this version costed it (or excluded, or covered it): the whole chain as JSON."""

    __tablename__ = "forecast_unit"
    __table_args__ = (Index("ix_forecast_unit_asset", "version_id", "asset_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"))
    asset_id: Mapped[str]
    standing: Mapped[str]  # in_scope, covered, excluded
    reason: Mapped[str]
    chain: Mapped[dict[str, Any]]


class ForecastRow(Base):
    """An atomic row of the feed (forecast-model.md 2.14, 2.16): an asset's share of a component's pence."""

    __tablename__ = "forecast_row"
    __table_args__ = (Index("ix_forecast_row_cell", "version_id", "scenario", "line_code", "fy"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"))
    basis: Mapped[str]
    scenario: Mapped[str]
    quantile: Mapped[str]
    entity: Mapped[str]
    theme: Mapped[str]
    line_code: Mapped[str]
    project_code: Mapped[str]
    cost_centre: Mapped[str]
    subjective_code: Mapped[str]
    cap_rev: Mapped[str]
    fy: Mapped[str]
    year_index: Mapped[int]
    priority: Mapped[str]
    catch_up_keep_pace: Mapped[str]
    driver: Mapped[str]
    bundle_id: Mapped[str]
    asset_id: Mapped[str]
    component: Mapped[str]
    qty: Mapped[int]
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    confidence: Mapped[str]
    flags: Mapped[str]
    source_ref: Mapped[str]


class ForecastFunding(Base):
    """A row of ``fact_funding``: what funding.csv said when the version was made."""

    __tablename__ = "forecast_funding"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"), index=True)
    line_code: Mapped[str]
    fy: Mapped[str]
    source: Mapped[str]
    status: Mapped[str]
    level: Mapped[str]
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    decision_ref: Mapped[str]


class ForecastException(Base):
    """What has no money and why: unpriced, unclassified, excluded, conflicting, assumed."""

    __tablename__ = "forecast_exception"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"), index=True)
    asset_id: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str]


class ForecastEvent(Base):
    """A version was submitted, signed or superseded; ``seal`` is the SHA-256 over all that the event says.

    ``refers_to`` is the version that the report of a signature bridges from, or the one that supersedes.
    """

    __tablename__ = "forecast_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[str]
    reference: Mapped[str]
    content_sha256: Mapped[str]
    refers_to: Mapped[int | None] = mapped_column(ForeignKey("forecast_version.id"), index=True)
    details: Mapped[dict[str, Any]]
    seal: Mapped[str]


class ForecastOutput(Base):
    """A file of the report of a signed version, as it was rendered when it was signed."""

    __tablename__ = "forecast_output"

    version_id: Mapped[int] = mapped_column(ForeignKey("forecast_version.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)
