"""The factory's version with everything that a version may hold: gap, debt, revenue, waiting, a plan, a simulation."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

from estate.forecast.options import Option
from estate.forecast.version import Version
from estate.reports.extras import Extras
from tests.estate.report_factory import AS_OF, extras_of

DEBT = (38_000_000, 21_000_000, 9_000_000, 0, 0, 0)
IDLE = (38_000_000, 40_000_000, 45_000_000, 52_000_000, 52_000_000, 60_000_000)


def whole(version: Version) -> Version:
    """With every key of the header that a report reads, in agreement with the rows."""
    years = [str(year) for year in version.horizon]
    need: Counter[str] = Counter()
    for row in version.rows:
        need[str(row.fy)] += row.amount_pence
    first = next(row.bundle_id for row in version.rows if row.priority == "high")
    header: dict[str, Any] = {
        **version.header,
        "key_decision_pence": 50_000_000,
        "gap": _gap(years, need),
        "debt": _debt(years),
        "steady_state": {"pence": 7_100_000, "classes": [], "no_life_pence": 0, "consumption_pct": "80.00"},
        "revenue": _revenue(years),
        "waiting": [{"bundle_id": first, "cost_pence": 181_410, "support_pence": 930_000, "interest_pence": 362_821,
                     "net_pence": 748_589, "saving_pence": None, "payback_years": None}],
        "unquantified": {"units": 7, "reasons": {}, "low_pence": 100_000_00, "high_pence": 240_000_00, "unbounded": 0},
        "simulation": {
            "of": 11, "runs": 500, "seed": 1, "note": "",
            "spreads": {"price_pct": 15, "slip_years": [[1, 30], [2, 10]]},
            "sensitivity": {"need": 40_000_000, "swings": [{"driver": "lead time", "step": "258 days",
                                                            "low": 41_000_000, "high": 39_000_000}]},
            "total": {"need": need.total(), "P50": 48_000_000, "P80": 55_000_000, "P90": 60_000_000},
            "years": {year: {"need": need[year], "P50": 1, "P80": need[year] + 2_000_000} for year in years},
        },
        "plan": {"discount_pct": "3.5",
                 "displaced": [{"bundle_id": first, "due": years[0], "planned": years[1], "target": years[0],
                                "binds": ["budget"], "extra_pence": 2_311_000, "restores": True}]},
    }  # fmt: skip
    return replace(version, header=header)


def _gap(years: list[str], need: Counter[str]) -> dict[str, Any]:
    rows = []
    for place, year in enumerate(years):
        existing, alternate = (5_000_000, 1_000_000) if not place else (0, 0)
        rows.append({"line": "TOTAL", "fy": year, "need_pence": need[year], "existing_pence": existing,
                     "alternate_pence": alternate, "request_pence": need[year] - existing - alternate})  # fmt: skip
    envelope = {"decision": "COU-2026-003", "pence": 20_000_000, "years": years[1:], "released_pence": 0,
                "includes_year1": False, "remaining_pence": 20_000_000, "open_years": years[1:],
                "mean_pence": 5_000_000}  # fmt: skip
    return {"cells": [], "total": rows, "envelopes": [envelope]}


def _debt(years: list[str]) -> dict[str, Any]:
    def total(pence: int) -> dict[str, Any]:
        return {"units": 9 if pence else 0, "pence": pence, "unpriced": 0, "tdi_pct": "9.07"}

    return {
        "at": AS_OF.isoformat(), "units": 9, "pence": DEBT[0], "unpriced": 2, "undated": 1, "grc_pence": 420_000_000,
        "grc_unpriced": 0, "tdi_pct": "9.07",
        "bands": {"High": {"units": 4, "pence": 30_000_000, "unpriced": 1}, "Low": {"units": 5, "pence": 8_000_000,
                                                                                    "unpriced": 1}},
        "coming": {"units": 1, "pence": 100, "unpriced": 0},
        "path": [
            {"fy": year, "at": f"{2027 + place}-03-31", "do_nothing": total(IDLE[place + 1]),
             "need": total(DEBT[place + 1]), "past_security": {"units": 9 + place, "pence": 0, "unpriced": 0}}
            for place, year in enumerate(years)
        ],
        "milestone": {"name": "", "by": "2029-03-31", "passes": False, "residual": {"units": 2, "pence": 1_234_500,
                                                                                    "unpriced": 0}},
    }  # fmt: skip


def _revenue(years: list[str]) -> dict[str, Any]:
    rows, so_far = [], 0
    for place, year in enumerate(years):
        mrp, interest, support = 100_001 * place, 40_000, -7_005
        so_far += mrp + interest + support
        rows.append({"fy": year, "borrowed_pence": 0, "mrp_pence": mrp, "interest_pence": interest,
                     "support_pence": support, "effect_pence": mrp + interest + support,
                     "cumulative_pence": so_far})  # fmt: skip
    return {
        "rate_pct": "4", "method": "equal_instalments", "half_year": True, "borrowed_pence": 21_000_000,
        "unused_pence": 0, "years": rows,
        "beyond": {"mrp_pence": 700_000, "interest_pence": 60_000, "last_fy": "2034/35"},
        "no_life": {"bundles": 0, "pence": 0}, "support_unknown": 1,
        "reckoner": [{"life_years": 5, "years": [{"year": 1, "mrp_pence": 20_000_000, "interest_pence": 4_000_000,
                                                  "total_pence": 24_000_000}]}],
    }  # fmt: skip


def chosen(version: Version) -> Extras:
    """The factory's bridge and accuracy, the four options, and two waivers."""
    capital = sum(row.amount_pence for row in version.rows if row.cap_rev == "C")
    revenue = sum(row.amount_pence for row in version.rows if row.cap_rev == "R")
    options = (
        Option("do_nothing", "Do nothing", 0, 4_000_000, 0, IDLE[-1], 2, 22, 120_693, (), IDLE[1:]),
        Option("minimum_compliance", "Minimum compliance", 20_000_000, 3_000_000, 9, 30_000_000, 2, 11, 90_000, ()),
        Option("capped", "Capped", capital, revenue, 30, 1_000_000, 0, 3, 60_000, ("b1",), (*IDLE[1:4], 9_000, 100)),
        Option("need", "Full", capital, revenue, 33, 0, 0, 0, 50_000, ("b1", "b2"), DEBT[1:]),
    )
    return replace(extras_of(version), options=options, waivers=(dt.date(2027, 3, 31), dt.date(2028, 3, 31)))
