"""A forecast version as plain data: what the model returns, the store keeps and the writers turn into files.

Amounts are integer pence. Field names and codes are those of forecast-model.md 2.16.

``Version.header`` is plain JSON with these keys (every FY is text such as ``2026/27``):

- ``scenarios``: the scenarios computed, in order.
- ``totals``: ``{scenario: {line: {fy: pence}}}`` over the horizon, every FY present; each figure is a sum of rows.
- ``cap_rev``: ``{scenario: {"C": {fy: pence}, "R": {fy: pence}}}``, the same rows cut the other way.
- ``beyond``: ``{scenario: {fy: pence}}``, what falls outside the horizon and is therefore not among the rows.
- ``lines``: ``[{line, name, theme, status, cost_centre, subjective, project}]``, lines.csv as read, then other
  lines used.
- ``bundles``: ``[{bundle_id, generation, line, site, criticality, policy, replacement, assets, quantity_old,
  quantity_new, bought, need_by, plan_by, order_by, deliver_by, live_by, spend_fy, commit_fy, mrp_first_fy, late_days,
  capital_pence, total_pence, key_decision, driver, priority, confidence, flags}]``, in order of need, those beyond the
  horizon too, then the later generations; dates are ISO text; amounts are those of scenario ``need``. ``bought`` is the
  hardware that is paid for: ``quantity_new`` less spares used, and spares to keep.
- ``assumptions``: sentences that a reader must see: the loud ones first, whose first words are in capitals (indices at
  zero, starter prices), then standing rules.
- ``warnings``: sentences about what is unpriced, unknown, conflicting or stale.
- ``coverage``: ``{units: {in_scope, covered, excluded}, dates: {dated|estimated|assumed|unknown: {count, grc_pence}},
  lifecycle: {dated|latest_possible|not_announced|unknown: {count, grc_pence, unpriced}}, unpriced, conflicts}``; dates
  are those that decide a need, ``lifecycle`` is what the packs say of the product; both are counted by quantity, of
  units in scope; GRC is hardware and installation at base-FY prices, of priced units only.
- ``settings``: the settings used, as text by key. ``engine``: the release of estate.
- ``pace``: ``{fy: {catch_up, keep_pace}}`` in pence; together they are the need.
- ``debt``: technology debt at ``at`` (the day of the forecast): ``units``, ``pence``, ``unpriced`` (units without a
  price, in no pound), ``undated`` (units of which nobody knows a need date), ``grc_pence`` and ``grc_unpriced`` (gross
  replacement cost of all in scope), ``tdi_pct`` (debt as a share of it, text or null); ``bands``: ``{High, Significant,
  Moderate, Low: {units, pence, unpriced}}``, which come to the stock; ``coming``: what is not in debt yet but ends
  before its replacement could be in service; ``path``: a row a year end, ``{fy, at, do_nothing, need: {units, pence,
  unpriced, tdi_pct}, past_security: {...}, security_unknown, certifiable}``, the last three if nothing is replaced;
  ``certifiable`` is null where nothing is known to be past security support but some is unknown; ``milestone``:
  ``{name, by, passes, residual, do_nothing: {...}}`` for tier core at the end of Year 2; ``received``: serials whose
  replacement actuals.csv says has come.
- ``steady_state``: ``pence`` a year that keep pace: gross replacement cost over life, by class in ``classes``:
  ``[{policy, grc_pence, life_years, pence}]``; ``no_life_pence``; ``consumption_pct``: age over life, by value.
- ``gap``: ``cells``: a row a line and year (blank line: the portfolio's own funding) and ``total``: a row a year, each
  ``{line, fy, need_, existing_, alternate_, allocated_, released_, in_principle_, requested_, pending_, recurrent_,
  committed_, actual_, request_, gap_pence, sources: {source: pence}}``; a negative gap is a shortfall, and sources are
  of spendable money; ``funded_pct``: ``{fy: text}``, spendable over needed; ``envelopes``: ``[{decision, pence, years,
  released_pence, includes_year1, remaining_pence, open_years, mean_pence}]``; ``events``: carry-forwards and virements;
  ``unbalanced``: places of rows that take money away without saying where it goes; ``overspent``: ``[{line, fy,
  spent_pence, released_pence}]``; ``lost_grants``: ``{fy: pence}``.
- ``revenue``: ``rate_pct`` (text, or null: unknown, and then interest is null), ``method``, ``half_year``,
  ``borrowed_pence``, ``unused_pence`` (borrowing without capital to pay for), ``years``: ``[{fy, borrowed_, mrp_,
  interest_, support_, effect_, cumulative_pence}]``; ``beyond``: ``{mrp_pence, interest_pence, last_fy}``; ``no_life``:
  borrowed capital without an accounting life, ``{bundles, pence}``; ``support_unknown``: bundles of which one side's
  support has no price; ``reckoner``: ``[{life_years, years: [{year, mrp_pence, interest_pence, total_pence}]}]``, for
  each £1m.
- ``waiting``: ``[{bundle_id, cost_, support_, interest_, net_, saving_pence, payback_years}]`` of the horizon's
  bundles: what a year's delay changes; what is not known is null, and payback counts support alone.
- ``cycles``: ``{bundles, pence, years: {fy: pence}, confidence}``: what is replaced a second time inside the horizon.
- ``folded``: ``{units, saving_pence, unpriced, assets: {asset_id: pence}}``: modules that go with their chassis.
- ``spares``: ``[{bundle_id, asset_id, quantity}]``: needs that the shelf meets.
- ``unquantified``: ``{units, reasons: {reason: count}, low_pence, high_pence, unbounded}``: units in scope without a
  price, and the bounds of what is priced of their kind; they are in no total. ``unbounded`` have nothing to compare.
- ``entities``: ``[{entity, line, fy, scope, pence}]``: who pays what of the need, shared by sharing.csv.
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

    @property
    def counts(self) -> bool:
        """Whether it may be added up with others: a real view or a quantile shows the same money another way."""
        return self.basis == "cash" and not self.quantile


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
