"""What a report rests on beside its data: every assumption in words, and what moves the need most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from estate.forecast.confidence import tornado_of
from estate.reports.grid import Grid
from estate.reports.wording import ROUNDED, plain, thousands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from estate.reports.report import Report

# What the settings of [simulation] in estate.toml are about, in words.
SPREADS = {
    "price_pct": "all prices together, per cent",
    "own_price_pct": "each purchase's price beside it, per cent",
    "stale_price_pct": "the same where the price is stale or an assumption, per cent",
    "index_points": "a year's inflation, percentage points",
    "fx_pct": "foreign currency, per cent",
    "ratio_pct": "how many new ones replace the old, per cent",
    "lead_days": "days by which deliveries take longer",
    "date_days": "days by which a vendor moves a date",
    "unsure_date_days": "the same where the date is estimated or assumed",
    "slip_years": "years by which a delivery slips",
}


# What the settings that a version was computed with decide, in words.
SETTINGS = {
    "borrowing_rate_pct": "Interest on what is borrowed, per cent a year; not set: interest is unknown",
    "cyber_essentials": "Whether the end of security updates binds everywhere, not only where kit faces the internet",
    "de_minimis_gbp": "A purchase below so many pounds is revenue, not capital",
    "entity": "Who the money belongs to, where assets.csv does not say",
    "fiscal_year_start": "Month and day on which a financial year begins",
    "freeze_from": "Day on which scenario freeze begins; not set: the day of the forecast",
    "interest_half_year": "Whether money spent in a year bears half of that year's interest",
    "irrecoverable_vat_pct": "VAT that cannot be recovered, per cent of what is bought",
    "key_decision_gbp": "A purchase from so many pounds on is a key decision",
    "max_pull_forward": "Years by which a purchase may be brought forward to join another",
    "mrp_method": "How borrowed capital is written off over its life",
    "price_stale_months": "A quote that is older than so many months is named as stale",
    "risk_weight": "What a year's delay weighs in a plan, by band: a stated preference",
    "shock_fx_factor": "Scenario shock: how many times dearer foreign currency becomes",
    "shock_lead_days": "Scenario shock: days from order to delivery, by kind",
    "shock_other_days": "Scenario shock: the same for every other kind",
    "shock_price_pct": "Scenario shock: by how many per cent list prices rise",
    "spares_ratio": "Spares to buy for each unit in service",
}


def setting(value: object) -> str:
    """The value of a setting for a person; a header keeps it as text."""
    words = {"True": "yes", "False": "no", "None": "not set", "": "not set"}
    return words.get(str(value), str(value))


def assumptions(report: Report) -> tuple[str, ...]:
    """What the version assumes, then what its plan and its simulation assume: professional knowledge, not facts."""
    header = report.version.header
    made = [str(text) for text in header.get("assumptions", ())]
    if discount := header.get("plan", {}).get("discount_pct"):
        made.append(
            f"PROFESSIONAL KNOWLEDGE: the plan discounts later cost at {discount}% a year in real terms; the "
            "weights of its risks are a stated preference, not probabilities"
        )
    if spreads := header.get("simulation", {}).get("spreads"):
        made.append(f"PROFESSIONAL KNOWLEDGE: the simulation draws from wide assumptions: {_spreads(spreads)}")
    return tuple(made)


def _spreads(spreads: Mapping[str, Any]) -> str:
    words = []
    for name, value in spreads.items():
        shown = f"{value}"
        if isinstance(value, list):
            shown = " or ".join(f"{shift:+} (in {chance} of 100)" for shift, chance in value) or "none"
        words.append(f"{SPREADS.get(name, plain(name).lower())}: {shown}")
    return "; ".join(words)


def sensitivity(report: Report) -> Grid | None:
    """One thing at a time a step down and a step up; None before ``estate forecast simulate --sensitivity``."""
    need, bars = tornado_of(report.version)
    if not bars:
        return None
    rows = tuple(
        (plain(bar.driver), bar.step, thousands(bar.low_pence), thousands(bar.high_pence),
         thousands(abs(bar.high_pence - bar.low_pence)))
        for bar in bars
    )  # fmt: skip
    return Grid(
        "What moves the need most, £000",
        ("One thing at a time", "=By", "#Need, a step down", "#Need, a step up", "#Between them"),
        rows,
        note=f"Of purchases alone, {thousands(need)} as forecast, everything computed again for each. {ROUNDED}",
    )


def no_sensitivity(report: Report) -> str:
    """How to learn what moves the need most."""
    number = report.version.id
    return f"What moves the need most was not worked out: 'estate forecast simulate {number} --sensitivity' does."
