"""What a forecast is made from: what people decided, what is known, and the settings that the model uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from estate.forecast.actuals import Actual
from estate.forecast.calendar import Calendar, FinancialYear
from estate.forecast.indices import FxRow, IndexRow
from estate.forecast.lines import Budget, Funding, Line, Site
from estate.forecast.need import Rules
from estate.forecast.prices import Price
from estate.forecast.revenue import EQUAL
from estate.forecast.sharing import Share
from estate.inventory.unit import Population
from estate.lifecycle.milestones import Match
from estate.policy.decisions import Decision
from estate.policy.policies import Policy

# What the scenarios are called (forecast-model.md 2.9).
STANDARD = ("need", "do_nothing")
SCENARIOS = (*STANDARD, "capped", "minimum_compliance", "shock", "freeze")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The keys of estate.toml that the model uses (section 4), and the release of estate."""

    entity: str = "Council"
    fiscal_year_start: str = "04-01"
    de_minimis_gbp: Decimal = Decimal(10_000)
    key_decision_gbp: Decimal = Decimal(500_000)
    cyber_essentials: bool = True
    irrecoverable_vat_pct: Decimal = Decimal(0)
    max_pull_forward: int = 0
    price_stale_months: int = 18
    borrowing_rate_pct: Decimal | None = None
    mrp_method: str = EQUAL
    interest_half_year: bool = True
    spares_ratio: Decimal = Decimal(0)
    risk_weight: tuple[tuple[str, int], ...] = (("high", 10), ("significant", 6), ("moderate", 4), ("low", 3))
    shock_price_pct: Decimal = Decimal(7)
    shock_fx_factor: Decimal = Decimal("1.20")
    shock_lead_days: tuple[tuple[str, int], ...] = ()
    shock_other_days: int = 300
    freeze_from: dt.date | None = None
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a forecast is made from. ``matches`` is by asset_id; a unit without one matched nothing.

    ``readings`` says when each observation that a unit cites was made; ``files`` is the SHA-256 of each file read.
    ``attached`` is what was worked out on top and stored with the version: header entries ``plan`` and ``simulation``.
    """

    as_of: dt.date
    base_fy: FinancialYear
    years: int
    population: Population
    policies: tuple[Policy, ...]
    matches: Mapping[str, Match] = field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    indices: tuple[IndexRow, ...] = ()
    fx: tuple[FxRow, ...] = ()
    lines: tuple[Line, ...] = ()
    budget: tuple[Budget, ...] = ()
    funding: tuple[Funding, ...] = ()
    sites: tuple[Site, ...] = ()
    decisions: tuple[Decision, ...] = ()
    actuals: tuple[Actual, ...] = ()
    sharing: tuple[Share, ...] = ()
    parameters: Parameters = Parameters()
    scenarios: tuple[str, ...] = STANDARD
    readings: Mapping[int, dt.datetime] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    attached: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """What holds for every unit."""
        settings = self.parameters
        calendar = Calendar.starting(settings.fiscal_year_start)
        return Rules(self.as_of, calendar, settings.cyber_essentials, settings.max_pull_forward)
