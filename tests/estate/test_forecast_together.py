"""Figures that several parts of the forecast tell must be one figure: options, totals, debt and later generations."""

from __future__ import annotations

from typing import Any

from estate.forecast.compute import compute
from estate.forecast.inputs import Inputs
from estate.forecast.options import options_of
from estate.inventory.unit import Population
from tests.estate.forecast_kit import AS_OF, LINE, decision, fy, match, policy, price, unit


def inputs(**changes: Any) -> Inputs:
    """A core switch past its date, one that is retired, and one whose policy age of five years comes round again."""
    units = tuple(unit(name) for name in ("A1", "A2", "A3"))
    dates = {
        "A1": match(end_of_support="2025-10-31"),
        "A2": match(end_of_support="2025-10-31"),
        "A3": match(end_of_support="2029-07-31"),
    }
    given: dict[str, Any] = {
        "as_of": AS_OF,
        "base_fy": fy("2026/27"),
        "years": 10,
        "population": Population(units),
        "matches": dates,
        "policies": (policy(policy_age_years=5, age_mode="soft", line=LINE),),
        "prices": (price(),),
        "decisions": (decision("retire", serial="A2", date=AS_OF, approver="s151"),),
        "scenarios": ("need", "do_nothing", "minimum_compliance"),
    }
    return Inputs(**{**given, **changes})


def test_options_and_totals_have_the_same_capital_and_revenue() -> None:
    made = inputs()
    version = compute(made)
    assert version.header["cycles"]["pence"] > 0
    for option in options_of(made):
        cut = version.header["cap_rev"][option.scenario]
        whole = (sum(cut["C"].values()), sum(cut["R"].values()))
        assert (option.capital_pence, option.revenue_pence) == whole, option.scenario


def test_options_and_debt_leave_the_same_at_the_end() -> None:
    made = inputs()
    end = compute(made).header["debt"]["path"][-1]
    options = {option.scenario: option for option in options_of(made)}
    for name in ("need", "do_nothing"):
        assert options[name].debt_pence == end[name]["pence"], name
    assert options["do_nothing"].past_security == end["past_security"]["units"]
