"""What else the same estate could cost (forecast-model.md 2.9, S9, S29)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from estate.forecast.indices import FxRow
from estate.forecast.inputs import SCENARIOS, Inputs, Parameters
from estate.forecast.lines import Budget, Funding
from estate.forecast.scenarios import shocked
from estate.inventory.unit import Population
from tests.estate.forecast_kit import (
    AS_OF,
    LINE,
    day,
    decision,
    forecast,
    fy,
    match,
    policy,
    price,
    rate,
    rows,
    total,
    unit,
)

EDGE = policy(policy="edge", kind="router", tier="edge", source="policy.csv:3")
PRICES = (
    price(support_now=Decimal(50), support_new=Decimal(20)),
    price(policy="edge", list_price=Decimal(400), support_now=Decimal(9), place="prices.csv:3"),
)
END = match(end_of_support="2028-07-31")


def years(version: object, scenario: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows(version, scenario):  # type: ignore[arg-type] # it is a version
        if row.component != "support":
            found[str(row.fy)] = found.get(str(row.fy), 0) + row.amount_pence
    return found


def test_minimum_compliance_replaces_what_is_high_and_goes_on_paying_for_the_rest() -> None:
    version = forecast(
        [unit("A1"), unit("B1", kind="router")],
        END,
        policies=(policy(), EDGE),
        prices=PRICES,
        scenarios=(*SCENARIOS[:2], "minimum_compliance"),
    )
    assert {row.priority for row in rows(version, "need")} == {"High", "Medium"}
    assert years(version, "minimum_compliance") == {"2028/29": 100_000}
    kept = [row for row in rows(version, "minimum_compliance") if row.asset_id == "B1"]
    idle = [row for row in rows(version, "do_nothing") if row.asset_id == "B1"]
    assert [replace(row, scenario="") for row in kept] == [replace(row, scenario="") for row in idle]


def test_a_stack_with_one_high_member_is_replaced_whole() -> None:
    members = [unit("A1", group="pair:1"), unit("A2", group="pair:1", kind="router")]
    version = forecast(members, END, policies=(policy(), EDGE), prices=PRICES, scenarios=("need", "minimum_compliance"))
    assert years(version, "minimum_compliance") == years(version, "need")


def test_a_shock_lengthens_leads_and_raises_prices_and_currencies() -> None:
    dollars = price(currency="USD", list_price=Decimal(52_000))
    rates = (FxRow("USD", fy("2026/27"), Decimal("1.25"), "", "fx.csv:2"),)
    soon = match(end_of_support="2027-07-31")  # at a lead of 120 days delivered in 2027/28 on time
    version = forecast([unit("A1")], soon, prices=(dollars,), fx=rates, scenarios=("need", "shock"))
    assert total(version, "need") == 4_160_000  # S29: 52,000 at 1.25
    # 52,000 x 1.07 / (1.25 / 1.20) = 53,414.40; ordered today it comes 300 days later, on 18 September 2027
    assert years(version, "shock") == {"2027/28": 5_341_440}
    assert {row.flags for row in rows(version, "shock")} == {"class_price;late"}


def test_what_is_bought_again_in_a_shock_is_as_dear() -> None:
    young = policy(policy_age_years=2, age_mode="hard", lead_days=300, install_days=0, buffer_days=0)
    dollars = price(currency="USD", list_price=Decimal(1250))
    rates = (FxRow("USD", fy("2026/27"), Decimal("1.25"), "", "fx.csv:2"),)
    old = unit("A1", installed_on=day("2020-01-01"))
    version = forecast([old], policies=(young,), prices=(dollars,), fx=rates, scenarios=("need", "shock"))
    assert years(version, "need") == {"2027/28": 100_000, "2029/30": 100_000}
    # 1,250 x 1.07 / (1.25 / 1.20), the second time too
    assert years(version, "shock") == {"2027/28": 128_400, "2029/30": 128_400}


def test_a_weaker_pound_alone() -> None:
    dollars = price(currency="USD", list_price=Decimal(52_000))
    rates = (FxRow("USD", fy("2026/27"), Decimal("1.20"), "", "fx.csv:2"),)
    assert total(forecast([unit("A1")], END, prices=(dollars,), fx=rates)) == 4_333_333  # S29


def test_a_lead_that_is_longer_than_the_shock_stays_and_each_kind_has_its_own() -> None:
    rows_ = tuple(policy(kind=kind, lead_days=days) for kind, days in (("switch", 400), ("server", 42), ("ups", 42)))
    settings = Parameters(shock_lead_days=(("server", 200),), shock_other_days=300)
    inputs = Inputs(AS_OF, fy("2026/27"), 5, Population((), ()), rows_, parameters=settings)
    assert [row.lead_days for row in shocked(inputs).policies] == [400, 200, 300]


def test_a_freeze_holds_up_what_nobody_has_promised_until_the_next_approved_year() -> None:
    units = [unit(name, site=name) for name in ("A1", "B1", "C1", "D1")]
    units[1] = replace(units[1], contract_end=day("2027-07-31"))
    dates = {name: match(end_of_support="2027-09-30") for name in ("A1", "B1", "C1")}
    dates["D1"] = match(end_of_support="2030-07-31")
    version = forecast(
        units,
        dates,
        decisions=(decision("deadline", serial="C1", date=day("2027-08-31")),),
        funding=(
            Funding("", fy("2028/29"), "borrowing", "allocated", "requested", False, "pending", Decimal(9), "", ""),
            Funding("", fy("2029/30"), "borrowing", "allocated", "released", False, "approved", Decimal(9), "", ""),
        ),
        budget=(
            Budget("Team", fy("2026/27"), Decimal(70), "Requested", separate=False, note="", source="budget.csv:2"),
        ),
        prices=PRICES,
        scenarios=("need", "do_nothing", "freeze"),
    )
    spent = {row.asset_id: str(row.fy) for row in rows(version, "freeze") if row.component != "support"}
    assert spent == {"A1": "2029/30", "B1": "2027/28", "C1": "2027/28", "D1": "2030/31", "": "2029/30"}
    waiting = {(str(row.fy), row.amount_pence) for row in rows(version, "freeze") if row.asset_id == "A1"}
    # today's support, 50.00 a year, until the new kit is live; 20.00 from then on
    assert waiting == {("2027/28", 5000), ("2028/29", 5000), ("2029/30", 100_000), ("2029/30", 2000), ("2030/31", 2000)}


def test_what_is_ordered_before_the_freeze_is_committed() -> None:
    given: dict[str, Any] = {"scenarios": ("need", "freeze"), "prices": PRICES}
    soon = match(end_of_support="2027-07-31")  # to be ordered by 17 January 2027
    given["funding"] = (Funding("", fy("2028/29"), "", "existing", "released", False, "approved", Decimal(9), "", ""),)
    held = forecast([unit("A1")], soon, parameters=Parameters(freeze_from=day("2027-01-17")), **given)
    assert years(held, "freeze") == {"2028/29": 100_000}
    ordered = forecast([unit("A1")], soon, parameters=Parameters(freeze_from=day("2027-01-18")), **given)
    assert years(ordered, "freeze") == {"2027/28": 100_000}


@pytest.mark.parametrize("name", ["minimum_compliance", "shock", "freeze"])
def test_the_totals_of_every_scenario_are_sums_of_its_rows(name: str) -> None:
    version = forecast([unit("A1")], END, prices=PRICES, scenarios=("need", name))
    assert sum(sum(cells.values()) for cells in version.header["totals"][name].values()) == total(version, name)
    assert {row.line_code for row in rows(version, name)} == {LINE}


def test_years_without_a_rate_into_which_a_scenario_moves_money_are_said() -> None:
    """The need is all in 2027/28, of which the rate is known; the freeze pays in 2028/29 at nothing per cent."""
    known = tuple(rate(series, "2027/28", "3") for series in ("hardware", "labour"))
    given: dict[str, Any] = {"indices": known}
    soon = match(end_of_support="2027-09-30")
    said = "NO INFLATION is applied to hardware, labour in 2028/29: indices.csv has no rate for it"
    assert said not in forecast([unit("A1")], soon, **given).header["assumptions"]
    funds = (Funding("", fy("2028/29"), "", "existing", "released", False, "approved", Decimal(9), "", ""),)
    frozen = forecast([unit("A1")], soon, scenarios=("need", "freeze"), funding=funds, **given)
    assert years(frozen, "freeze") == {"2028/29": 103_000}
    assert said in frozen.header["assumptions"]


def test_what_a_scenario_assumes_is_said() -> None:
    settings = Parameters(shock_lead_days=(("server", 200),), freeze_from=day("2027-01-31"))
    version = forecast([unit("A1")], END, scenarios=("need", "shock", "freeze"), parameters=settings)
    said = [line for line in version.header["assumptions"] if line.startswith("scenario")]
    assert said == [
        (
            "scenario shock: list prices 7 % up, foreign currency 1.20 times as dear, and deliveries in 300 days, "
            "server 200, where they do not take longer"
        ),
        (
            "scenario freeze: from 2027-01-31 only what is committed, contracted or statutory goes ahead; the rest "
            "waits for 2027/28"
        ),
    ]
