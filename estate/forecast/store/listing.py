"""Versions without their rows: which there are, which is the newest, which were made for a what-if."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from config.errors import EstateError
from config.folder import OVERLAY
from estate.forecast.calendar import FinancialYear
from estate.store.forecast import ForecastInput, ForecastVersion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Summary:
    """A version without its rows, for lists."""

    id: int
    state: str
    created_at: dt.datetime
    as_of: dt.date
    base_fy: FinancialYear
    years: int
    entity: str
    run_id: int | None
    header: dict[str, Any]

    def total_pence(self, scenario: str = "need") -> int:
        """What a scenario comes to over the horizon."""
        lines = self.header.get("totals", {}).get(scenario, {})
        return sum(amount for years in lines.values() for amount in years.values())


def stored_version(session: Session, version_id: int) -> ForecastVersion:
    """A version as its own row has it.

    Raises:
        EstateError: when there is none of this id.
    """
    stored = session.get(ForecastVersion, version_id)
    if stored is None:
        raise EstateError(f"there is no forecast {version_id}; 'estate forecast list' shows those there are")
    return stored


def header(session: Session, version_id: int) -> dict[str, Any]:
    """The header of a version.

    Raises:
        EstateError: when there is none of this id.
    """
    return stored_version(session, version_id).header


def latest(session: Session) -> int | None:
    """The id of the newest version, or None where there is none."""
    return session.scalar(sa.select(sa.func.max(ForecastVersion.id)))


def versions(session: Session) -> list[Summary]:
    """Every version without its rows, the newest first."""
    found = session.scalars(sa.select(ForecastVersion).order_by(ForecastVersion.id.desc()))
    return [
        Summary(
            item.id,
            item.state,
            item.created_at,
            item.as_of,
            FinancialYear.parse(item.base_fy),
            item.years,
            item.entity,
            item.run_id,
            item.header,
        )
        for item in found
    ]


def what_ifs() -> sa.Select[int]:
    """The ids of the versions that were made with an overlay, as a query."""
    return sa.select(ForecastInput.version_id).where(ForecastInput.file.startswith(OVERLAY, autoescape=True))


def newest_plan(session: Session) -> Summary | None:
    """The newest version that was made of the estate's own files alone: a what-if is nobody's plan."""
    newest = session.scalar(sa.select(sa.func.max(ForecastVersion.id)).where(ForecastVersion.id.not_in(what_ifs())))
    return next((item for item in versions(session) if item.id == newest), None)
