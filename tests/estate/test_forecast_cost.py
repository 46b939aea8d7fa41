"""What a bundle costs, how it is rounded and split, and what is capital (forecast-model.md 2.4, 2.5, 2.14, W3-W6)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from estate.forecast.costs import EXACT
from estate.forecast.indices import FxRow, Indices
from estate.forecast.inputs import Parameters
from estate.forecast.rules import treatment
from estate.forecast.split import rotate, split_components, to_pence
from estate.forecast.version import Version
from estate.reports.wording import thousands
from tests.estate.forecast_kit import bundle, day, decision, forecast, fy, match, policy, price, rate, rows, total, unit

W3_PRICE = price(
    list_price=Decimal("38250.00"),
    discount_pct=Decimal(42),
    install=Decimal(1850),
    fixed=Decimal(6000),
    training=Decimal(2400),
    price_fy=fy("2025/26"),
)
W3_POLICY = policy(ratio_old=2, contingency_pct=Decimal(10))
W3_RATES = tuple(
    rate(series, year, pct)
    for series in ("hardware", "labour")
    for year, pct in (("2026/27", "3.0"), ("2027/28", "2.5"))
)


def w3(parameters: Parameters = Parameters()) -> Version:  # noqa: B008 - it is frozen
    """Five old chassis, delivered on 17 May 2027."""
    return forecast(
        [unit(f"S{number}") for number in range(1, 6)],
        match(end_of_support="2027-07-31"),
        policies=[W3_POLICY],
        prices=[W3_PRICE],
        indices=W3_RATES,
        parameters=parameters,
    )


def component(version: Version, name: str) -> int:
    return sum(row.amount_pence for row in rows(version) if row.component == name)


def test_w3_components() -> None:
    version = w3()
    assert {name: component(version, name) for name in ("hardware", "install", "fixed", "contingency", "training")} == {
        "hardware": 70_265_44,
        "install": 5_859_41,
        "fixed": 6_334_50,
        "contingency": 8_245_94,
        "training": 2_533_80,
    }
    assert {str(row.fy) for row in rows(version)} == {"2027/28"}
    assert (bundle(version)["capital_pence"], bundle(version)["quantity_new"]) == (90_705_29, 3)
    assert version.header["cap_rev"]["need"] == {
        code: {"2026/27": 0, "2027/28": amount, "2028/29": 0, "2029/30": 0, "2030/31": 0}
        for code, amount in (("C", 90_705_29), ("R", 2_533_80))
    }


def test_w3_splits_capital_over_the_assets_to_the_penny() -> None:
    capital = {
        name: sum(row.amount_pence for row in rows(w3()) if row.asset_id == name and row.cap_rev == "C")
        for name in ("S1", "S2", "S3", "S4", "S5")
    }
    assert capital == {"S1": 18_141_06, "S2": 18_141_06, "S3": 18_141_06, "S4": 18_141_06, "S5": 18_141_05}
    assert sum(capital.values()) == 90_705_29


def test_w3_new_units_stand_on_the_first_hardware_rows() -> None:
    quantities = {row.asset_id: row.qty for row in rows(w3()) if row.component == "hardware"}
    assert quantities == {"S1": 1, "S2": 1, "S3": 1, "S4": 0, "S5": 0}
    assert {row.qty for row in rows(w3()) if row.component != "hardware"} == {0}


def test_w3_irrecoverable_vat_is_a_cost() -> None:
    version = w3(Parameters(irrecoverable_vat_pct=Decimal(100)))
    assert component(version, "vat") == 18_141_06
    assert component(w3(), "vat") == 0


def test_w3_like_for_like_buys_five() -> None:
    with_five = forecast(
        [unit(f"S{number}") for number in range(1, 6)],
        match(end_of_support="2027-07-31"),
        policies=[policy()],
        prices=[W3_PRICE],
        indices=W3_RATES,
    )
    assert component(with_five, "hardware") == 117_109_07


def test_w4_an_index_carries_a_price() -> None:
    assert to_pence(Decimal(7_400_000) * Decimal("102.789") / Decimal("91.031")) == 8_355_819_45
    assert to_pence(Decimal(85_320_000) * Decimal("77.756") / Decimal(100)) == 66_341_419_20


def test_w6_half_a_penny_goes_away_from_zero_and_thousands_round_the_exact_total() -> None:
    assert thousands(100_400_00) == "100"
    assert thousands(3 * 100_400_00) == "301"
    assert [to_pence(Decimal(text)) for text in ("2.675", "-0.005", "0.005", "0.0049")] == [268, -1, 1, 0]


def test_rotation_gives_the_first_members_the_odd_pence() -> None:
    assert rotate(8, [1, 1, 1]) == [3, 3, 2]
    assert rotate(7, [24]) == [7]
    assert rotate(10, [2, 1, 1]) == [6, 2, 2]


def test_a_component_is_the_difference_of_running_splits() -> None:
    assert split_components([10, 10, 1], [1, 1, 1]) == [[4, 3, 3], [3, 4, 3], [0, 0, 1]]


def test_inflation_falls_back_to_general_and_then_to_nothing_loudly() -> None:
    general = Indices.of([rate("general", "2027/28", "4")], [])
    assert general.factor("hardware", fy("2026/27"), fy("2027/28")).value == Decimal("1.04")
    nothing = Indices.of([], []).factor("hardware", fy("2026/27"), fy("2028/29"))
    assert (nothing.value, [str(year) for year in nothing.assumed]) == (Decimal(1), ["2027/28", "2028/29"])
    assert general.factor("labour", fy("2027/28"), fy("2027/28")).steps == ()
    version = forecast([unit("A1")], match(end_of_support="2028-07-31"))
    assert version.header["assumptions"][0].startswith(
        "NO INFLATION is applied to hardware, labour in 2027/28 to 2028/29"
    )


def test_years_before_the_first_rate_are_said_too_though_they_lie_before_the_horizon() -> None:
    """A quotation of 2023/24 with rates from 2026/27 on has two years at nothing per cent in its price."""
    old = price(price_fy=fy("2023/24"))
    rates = [rate(series, year, "3") for series in ("hardware", "labour") for year in ("2026/27", "2027/28")]
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), prices=[old], indices=rates)
    assert total(version) == 106090
    assert version.header["assumptions"][0].startswith(
        "NO INFLATION is applied to hardware, labour in 2024/25 to 2025/26"
    )


def test_prices_in_another_currency() -> None:
    dollars = price(list_price=Decimal(52_000), currency="USD")
    rates = [FxRow("USD", fy("2027/28"), Decimal("1.25"), "a bank", "fx.csv:2")]
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), prices=[dollars], fx=rates)
    assert component(version, "hardware") == 41_600_00
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), prices=[dollars])
    assert rows(version) == []
    assert [(item.asset_id, item.reason) for item in version.exceptions] == [("A1", "no_rate")]
    assert version.header["coverage"]["unpriced"] == 1


@pytest.mark.parametrize(("limit", "code"), [("1000", "C"), ("1000.01", "R")])
def test_the_de_minimis_is_tested_on_the_bundle_and_changes_no_amount(limit: str, code: str) -> None:
    small = Parameters(de_minimis_gbp=Decimal(limit))
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), parameters=small)
    assert [(row.cap_rev, row.amount_pence) for row in rows(version)] == [(code, 1000_00)]


@pytest.mark.parametrize(("list_price", "key"), [("500000", True), ("499999.99", False)])
def test_a_bundle_is_a_key_decision_from_the_threshold_on(list_price: str, key: bool) -> None:  # noqa: FBT001 - the answer
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), prices=[price(list_price=Decimal(list_price))])
    assert bundle(version)["key_decision"] is key


def test_the_nearest_rate_stands_in_for_a_year_without_one() -> None:
    rates = [
        FxRow("USD", fy(year), Decimal(units), "a bank", "fx.csv:2") for year, units in (("2025/26", 1), ("2026/27", 2))
    ]
    dollars = price(currency="USD", list_price=Decimal(100))
    version = forecast([unit("A1")], match(end_of_support="2028-07-31"), prices=[dollars], fx=rates)
    assert component(version, "hardware") == 50_00
    assert any("the nearest given year stands in" in sentence for sentence in version.header["assumptions"])


def test_a_rate_that_stands_in_for_the_years_of_support_is_said_too() -> None:
    dollars = price(currency="USD", support_new=Decimal(10))
    rates = [FxRow("USD", fy("2026/27"), Decimal(2), "a bank", "fx.csv:2")]
    soon = match(end_of_support="2027-05-31")  # delivered in 2026/27, of which the rate is known; supported for longer
    version = forecast([unit("A1")], soon, prices=[dollars], fx=rates)
    assert component(version, "support") == 4 * 5_00
    assert any("the nearest given year stands in" in sentence for sentence in version.header["assumptions"])
    version = forecast([unit("A1")], soon, prices=[replace(dollars, support_new=None)], fx=rates)
    assert not any("the nearest given year stands in" in sentence for sentence in version.header["assumptions"])


def test_reasons_of_treatment() -> None:
    assert treatment("support", 10_000_00, 0).reason == "BAU_SUPPORT"
    assert treatment("training", 10_000_00, 0).cap_rev == "R"
    assert treatment("hardware", 10_000_00, 0, leased=True).reason == "LEASE_RIGHT_OF_USE"
    assert (treatment("cake", 1, 0).cap_rev, treatment("cake", 1, 0).reason) == ("R", "UNCLASSIFIED")


def test_doing_nothing_costs_support_and_no_capital() -> None:
    supported = price(support_now=Decimal(300), support_new=Decimal(100))
    version = forecast([unit("A1"), unit("A2")], match(end_of_support="2028-07-31"), prices=[supported])
    idle = rows(version, "do_nothing")
    assert {(row.component, row.cap_rev) for row in idle} == {("support", "R")}
    assert {str(row.fy): 0 for row in idle}.keys() == {"2028/29", "2029/30", "2030/31"}
    assert total(version, "do_nothing") == 3 * 2 * 300_00
    assert component(version, "support") == 3 * 2 * 100_00


def test_a_blank_support_price_has_no_rows_and_a_free_one_neither() -> None:
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), prices=[price(support_new=Decimal(0))])
    assert {row.component for row in version.rows} == {"hardware"}


def test_what_falls_beyond_the_horizon_is_named_and_not_among_the_rows() -> None:
    version = forecast([unit("A1")], match(end_of_support="2035-07-31"))
    assert rows(version) == []
    assert version.header["beyond"]["need"] == {"2035/36": 1000_00}


@pytest.mark.parametrize(
    ("terms", "stale"),
    [
        ({}, False),
        ({"quoted_on": day("2025-05-22")}, False),
        ({"quoted_on": day("2025-05-21")}, True),
        ({"quoted_on": day("2025-05-22"), "price_fy": fy("2019/20")}, False),
        ({"price_fy": fy("2025/26")}, False),  # until 31 March 2026, at the latest
        ({"price_fy": fy("2024/25")}, True),  # until 31 March 2025: more than 18 months ago
        ({"valid_to": day("2026-11-21")}, True),
        ({"valid_to": day("2026-11-22")}, False),
    ],
)
def test_a_price_goes_stale(terms: dict[str, Any], stale: bool) -> None:  # noqa: FBT001 - the expected answer
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), prices=[price(**terms)])
    assert {"stale_price" in row.flags.split(";") for row in rows(version)} == {stale}


def test_a_decision_that_needs_nothing_new_costs_nothing() -> None:
    version = forecast(
        [unit("A1")], match(end_of_support="2027-07-31"), decisions=(decision("no_replacement", approver="s151"),)
    )
    assert (total(version), version.exceptions[0].reason) == (0, "no_replacement")


def test_precision_is_more_than_asked_for() -> None:
    assert EXACT.prec >= 28
