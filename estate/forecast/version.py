"""A forecast version as plain data: what the model returns, the store keeps and the writers turn into files.

Amounts are integer pence. Field names and codes are those of forecast-model.md 2.16.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from estate.forecast.calendar import FinancialYear


@dataclass(frozen=True, slots=True)
class FeedRow:
    """An atomic row of ``fact_forecast``: one asset's share of one component of one bundle."""

    scenario: str
    entity: str
    theme: str
    line_code: str
    project_code: str
    cost_centre: str
    subjective_code: str
    cap_rev: str
    fy: FinancialYear
    year_index: int
    priority: str
    catch_up_keep_pace: str
    driver: str
    bundle_id: str
    asset_id: str
    component: str
    qty: int
    amount_pence: int
    confidence: str
    flags: str
    source_ref: str
    basis: str = "cash"
    quantile: str = ""


@dataclass(frozen=True, slots=True)
class FundingRow:
    """A row of ``fact_funding``."""

    line_code: str
    fy: FinancialYear
    source: str
    status: str
    level: str
    amount_pence: int
    decision_ref: str


@dataclass(frozen=True, slots=True)
class Unquantified:
    """Something that has no money and why: it stands in exceptions.csv, never as zero."""

    asset_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class CostedUnit:
    """A unit as the version costed it. ``chain`` is the whole trace, plain JSON, in the order a reader follows it."""

    asset_id: str
    standing: str  # in_scope, covered, excluded
    reason: str
    chain: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """One forecast. ``id`` is 0 until the store gave it one; ``header`` holds totals, assumptions and settings."""

    as_of: dt.date
    base_fy: FinancialYear
    years: int
    entity: str
    rows: tuple[FeedRow, ...]
    funding: tuple[FundingRow, ...]
    exceptions: tuple[Unquantified, ...]
    units: tuple[CostedUnit, ...]
    inputs: dict[str, str] = field(default_factory=dict)  # file -> SHA-256
    header: dict[str, Any] = field(default_factory=dict)
    state: str = "draft"
    id: int = 0
    created_at: dt.datetime | None = None

    @property
    def horizon(self) -> tuple[FinancialYear, ...]:
        """The financial years that the version covers."""
        return tuple(self.base_fy + offset for offset in range(self.years))
