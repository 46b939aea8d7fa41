"""Capital or revenue, and the priority that a cabinet reads: rules with a reason code (forecast-model.md 2.5, S9)."""

from __future__ import annotations

from dataclasses import dataclass

from estate.forecast.need import SECURITY, SUPPORT

CAPITAL, REVENUE = "C", "R"
HIGH, MEDIUM, LOW = "High", "Medium", "Low"
COMPONENTS = (
    "hardware", "optics", "software", "install", "fixed", "contingency", "vat", "disposal", "training", "support",
)  # fmt: skip
# Reason codes of components that are revenue whatever the amount, and of those that are capital above the de-minimis.
ALWAYS_REVENUE = {"support": "BAU_SUPPORT", "training": "TRAINING", "disposal": "DISPOSAL"}
CAPITAL_ABOVE = {
    "hardware": "HARDWARE",
    "optics": "HARDWARE",
    "software": "SOFTWARE_RIGHT",
    "install": "DIRECT_COST",
    "fixed": "DIRECT_COST",
    "contingency": "CONTINGENCY",
    "vat": "IRRECOVERABLE_VAT",
}


@dataclass(frozen=True, slots=True)
class Treatment:
    """``C`` or ``R``, and why."""

    cap_rev: str
    reason: str


def treatment(component: str, capital_pence: int, de_minimis_pence: int, *, leased: bool = False) -> Treatment:
    """How a component of a bundle is treated.

    Args:
        component: one of :data:`COMPONENTS`; anything else is revenue, UNCLASSIFIED.
        capital_pence: what all of the bundle's capital components come to, contingency included.
        de_minimis_pence: below it, all is revenue; the amounts stay.
        leased: the new kit is leased like the old: a right of use rather than a purchase.
    """
    if component in ALWAYS_REVENUE:
        return Treatment(REVENUE, ALWAYS_REVENUE[component])
    if component not in CAPITAL_ABOVE:
        return Treatment(REVENUE, "UNCLASSIFIED")
    if capital_pence < de_minimis_pence:
        return Treatment(REVENUE, "LEASE_LOW_VALUE" if leased else "DE_MINIMIS")
    return Treatment(CAPITAL, "LEASE_RIGHT_OF_USE" if leased else CAPITAL_ABOVE[component])


def priority(driver: str, tier: str, exposure: str) -> str:
    """High, Medium or Low, in the words of the council's report (S9).

    High, "needed to maintain current service levels": security fixes or support end by the need date, of kit that is
    core or faces the internet. Medium: every other replacement. Low, "pipeline": a line's new capability, which
    replaces nothing (rows that come from budget.csv).
    """
    if driver in {SECURITY, SUPPORT} and (tier == "core" or exposure == "internet"):
        return HIGH
    return MEDIUM


def is_key_decision(pence: int, threshold_pence: int) -> bool:
    """Whether expenditure reaches the council's threshold for a key decision; the threshold itself does (S8)."""
    return pence >= threshold_pence
