"""A forecast version as plain data: what the model returns, the store keeps and the writers turn into files.

Amounts are integer pence. Field names and codes are those of forecast-model.md 2.16.

``Version.header`` is plain JSON with these keys (every FY is text such as ``2026/27``):

- ``scenarios``: the scenarios computed, in order.
- ``totals``: ``{scenario: {line: {fy: pence}}}`` over the horizon, every FY present; each figure is a sum of rows.
- ``cap_rev``: ``{scenario: {"C": {fy: pence}, "R": {fy: pence}}}``, the same rows cut the other way.
- ``beyond``: ``{scenario: {fy: pence}}``, what falls outside the horizon and is therefore not among the rows.
- ``lines``: ``[{line, name, theme, status, cost_centre, subjective, project}]``, lines.csv as read, then other
  lines used.
- ``bundles``: ``[{bundle_id, line, site, policy, replacement, assets, quantity_old, quantity_new, need_by, plan_by,
  order_by, deliver_by, live_by, spend_fy, commit_fy, mrp_first_fy, late_days, capital_pence, total_pence, key_decision,
  driver, priority, confidence, flags}]``, in order of need, those beyond the horizon too; dates are ISO text; amounts
  are those of scenario ``need``.
- ``assumptions``: sentences that a reader must see: the loud ones first, whose first words are in capitals (indices at
  zero, starter prices), then standing rules.
- ``warnings``: sentences about what is unpriced, unknown, conflicting or stale.
- ``coverage``: ``{units: {in_scope, covered, excluded}, dates: {dated|estimated|assumed|unknown: {count, grc_pence}},
  lifecycle: {dated|latest_possible|not_announced|unknown: {count, grc_pence, unpriced}}, unpriced, conflicts}``; dates
  are those that decide a need, ``lifecycle`` is what the packs say of the product; both are counted by quantity, of
  units in scope; GRC is hardware and installation at base-FY prices, of priced units only.
- ``settings``: the settings used, as text by key. ``engine``: the release of estate.
- ``plan``: only where scenario ``capped`` is there (``estate forecast plan``). ``of``: the version that was planned.
  ``years``: ``{bundle_id: FY or "beyond"}``, from which the rows of ``capped`` are computed; a line of budget.csv is
  ``budget|LINE|FY``. ``need``, ``caps``, ``spend``, ``left``: ``{fy: pence}`` of what bundles cost once (no support);
  ``caps_from``: ``stated`` or ``released``. ``carry``, ``carry_limit_pence``, ``capacity_days``, ``pull_forward``,
  ``low_after_high``, ``mandatory``, ``before``, ``together``, ``shared``: the terms. ``risk_weight``, ``discount_pct``:
  the preferences. ``objectives``: ``[{objective, value, bound, proven, gap_pct}]`` in order of merit, ``gap_pct`` None
  where no bound was sought; ``proven``: all of them; ``method``: ``milp`` or ``greedy``; ``greedy``: the objectives of
  the greedy plan. ``bundles``: ``[{bundle_id, priority, risk, due, planned, mandatory}]``. ``displaced``:
  ``[{bundle_id, due, planned, target, binds, extra_pence, restores}]``: what is later than due, what binds (sentences),
  and how much more the cap of year ``target`` needs, ``restores`` saying whether that alone is enough.
- ``simulation``: only after ``estate forecast simulate``. ``of``, ``runs``, ``seed``, ``bundles``; ``spreads``: what
  was drawn from; ``total`` and ``years`` (``{fy: ...}``): ``{need, P50, P80, P90, mean, least, most}`` in pence, of the
  total also ``at_or_below_need``, a count of runs; ``note``: that percentiles do not add. ``sensitivity``: None, or
  ``{need, swings: [{driver, step, low, high}]}``, the widest first, of bundles only (pence).
- ``deflators``: ``{fy: text}``, what a year's money is divided by to be in prices of the base year (general series).
- ``price_base``: ``cash``; ``key_decision_pence``; ``fiscal_year_start`` (``04-01``); ``files``: rows read by file.
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
