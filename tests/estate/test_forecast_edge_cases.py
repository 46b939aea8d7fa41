"""Every edge case of the model (2.13) and every fact of finance (S1 to S30) that is proven here, and by which test.

The two tables are read by a test: a test that is renamed or lost is noticed. What had no test of its own stands below.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.folder import Folder
from estate.forecast.files import read_files
from estate.forecast.indices import FxRow
from estate.inventory.unit import Excluded
from estate.policy.policies import Policy
from tests.estate.forecast_kit import bundle, day, forecast, fy, match, policy, price, reasons, rows, total, unit
from tests.estate.test_forecast_gap import funding

HERE = Path(__file__).parent
SOON = match(end_of_support="2027-07-31")

EDGE_CASES = {
    "unknown model": ("test_what_is_unpriced_lies_between_bounds", "test_what_has_no_price_or_policy_is_never_zero"),
    "unknown age": (
        "test_an_unknown_installation_takes_the_earliest_that_is_known",
        "test_an_age_that_counts_from_the_first_sight_is_assumed",
        "test_a_date_from_the_serial_number_decides_where_nothing_better_is_known",
    ),
    "no vendor date": (
        "test_end_of_sale_plus_five_years_is_marked_estimated",
        "test_a_unit_without_any_date_is_unknown_and_listed",
    ),
    "vendor date moved": ("test_w7_a_date_that_moves_is_a_term_of_its_own",),
    "no price": ("test_what_has_no_price_or_policy_is_never_zero", "test_debt_without_a_price_is_counted"),
    "old or expired price": ("test_a_price_goes_stale",),
    "spares": (
        "test_a_spare_meets_a_need_and_its_installation_still_costs",
        "test_spares_go_to_the_earliest_need_and_no_further",
        "test_a_spares_ratio_buys_more_and_installs_no_more",
        "test_a_spare_is_in_no_replacement_cost_and_not_replaced",
    ),
    "leased": (
        "test_a_lease_ends_less_its_notice_and_the_vendor_dates_do_not_matter",
        "test_reasons_of_treatment",
    ),
    "duplicate and RMA": (
        "test_a_duplicate_that_is_held_back_has_no_money_of_its_own",
        "test_one_serial_on_two_devices_counts_once_and_is_asked_about",
        "test_an_exchange_in_its_slot_keeps_the_age",
    ),
    "virtual appliance": ("test_a_virtual_appliance_costs_no_hardware", "test_virtual_appliances_are_excluded"),
    "stack or chassis member": (
        "test_a_stack_is_one_bundle_whatever_its_members_need",
        "test_a_pair_is_one_bundle_though_only_one_of_it_has_a_date",
    ),
    "module with its own end": (
        "test_a_module_folds_into_a_chassis_due_within_two_years",
        "test_a_module_that_goes_with_its_chassis_saves_what_it_would_have_cost",
        "test_a_unit_below_another_needs_a_row_of_its_own_kind_and_a_date",
    ),
    "transceivers and cables": (
        "test_an_optic_without_a_parent_sits_in_its_device",
        "test_cables_go_by_count_and_by_their_own_long_life",
    ),
    "decommissioned since the last run": ("test_w7_the_flow_reconciles_and_names_every_term",),
    "not seen for days": ("test_what_has_not_been_seen_lately_is_still_forecast",),
    "replaced in the year": (
        "test_what_is_received_needs_nothing_more_and_the_rest_is_still_to_come",
        "test_what_is_live_is_out_of_debt_and_what_nobody_replaces_stays",
    ),
    "ordered, not delivered": (
        "test_what_is_ordered_falls_in_the_year_of_the_promise",
        "test_stages_of_an_order_are_the_same_money",
    ),
    "year-end straddle": (
        "test_w2_what_is_overdue_comes_as_soon_as_it_can",
        "test_w2e_the_year_turns_on_the_first_of_april",
    ),
    "nightly drift": ("test_w2_what_is_overdue_comes_as_soon_as_it_can",),
    "shared between councils": (
        "test_s25_a_shared_cost_adds_up_to_the_penny",
        "test_s25_shared_lines_sites_and_the_rest",
    ),
    "grant with an end": ("test_a_grant_without_a_need_in_its_year_is_lost_and_said",),
    "sold, residual value": ("test_small_proceeds_are_revenue_and_reduce_no_need",),
    "numbers that make no sense": (
        "test_mistakes_are_named_with_their_place",
        "test_numbers_that_make_no_sense_are_refused_with_their_row",
    ),
    "leap day": ("test_leap_day",),
}
FACTS = {
    "S1": ("test_r1_to_r8_hold_in_both_years", "test_a_penny_in_any_cell_is_found_and_named"),
    "S2": ("test_s2_years_are_counted_from_the_base",),
    "S3": (
        "test_s3_a_status_is_any_word_and_decides_nothing",
        "test_status_alone_would_ask_for_900000_in_the_first_year",
    ),
    "S4": ("test_s4_an_envelope_in_principle_is_not_money_to_spend",),
    "S5": ("test_s5_the_years_of_an_envelope_are_listed_and_the_doubt_is_kept",),
    "S6": ("test_s6_prose_that_does_not_add_up_is_a_conflict_and_no_total",),
    "S7": ("test_s7_a_quotation_that_lost_its_million_is_found",),
    "S8": (
        "test_six_lines_of_the_second_year_are_key_decisions",
        "test_a_bundle_is_a_key_decision_from_the_threshold_on",
    ),
    "S9": ("test_priority_follows_the_reports_words", "test_a_line_without_assets_is_in_the_feed_with_a_blank_asset"),
    "S10": ("test_s10_a_theme_without_lines_is_nil_and_changes_no_total",),
    "S11": ("test_s11_the_core_is_up_to_specification_or_says_what_is_left",),
    "S12": ("test_s12_the_shares_of_a_line",),
    "S13": ("test_a_project_pays_from_its_own_line_and_no_other",),
    "S14": ("test_s14_doing_nothing_spends_no_capital_and_has_debt_and_revenue",),
    "S15": ("test_s15_and_s23_unknown_benefits_are_left_out_and_counted",),
    "S16": ("test_s16_a_direction_of_travel_grants_nothing",),
    "S17": ("test_s17_one_off_is_not_recurrent_and_pending_is_not_approved",),
    "S18": ("test_reasons_of_treatment",),
    "S19": ("test_s19_catch_up_and_keep_pace_come_to_the_need",),
    "S20": ("test_a_line_without_assets_is_in_the_feed_with_a_blank_asset",),
    "S21": ("test_s21_projects_are_counted_by_programme_and_status",),
    "S22": ("test_w7_the_flow_reconciles_and_names_every_term",),
    "S23": ("test_s15_and_s23_unknown_benefits_are_left_out_and_counted",),
    "S24": ("test_s24_a_contract_that_has_ended_is_debt_though_support_goes_on",),
    "S25": ("test_s25_a_shared_cost_adds_up_to_the_penny",),
    "S26": ("test_s26_a_penny_beyond_what_is_released_is_too_much", "test_budget_check_fails_where_too_much_is_spent"),
    "S28": ("test_s28_new_money_and_existing_budgets_are_told_apart",),
    "S29": ("test_prices_in_another_currency", "test_s29_a_weaker_pound_costs_more"),
}


@pytest.mark.parametrize("table", [EDGE_CASES, FACTS], ids=["edge cases", "facts"])
def test_each_is_proven_by_a_test_that_exists(table: dict[str, tuple[str, ...]]) -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    known = set(re.findall(r"^def (test_\w+)\(", written, re.MULTILINE))
    assert {name for names in table.values() for name in names} - known == set()


def test_what_is_unpriced_lies_between_bounds() -> None:
    """One unknown router beside two priced ones lies between them; a kind that nobody prices has the class prices."""
    routers = [unit(f"R{number}", kind="router", part_number=f"P{number}") for number in (1, 2, 3)]
    terms: list[Policy] = [policy(), policy(policy="router", kind="router", source="policy.csv:3")]
    prices = [
        price(policy="core", list_price=Decimal(100)),
        price(policy=None, vendor="Cisco", part_number="P1", list_price=Decimal(3000), place="prices.csv:3"),
        price(policy=None, vendor="Cisco", part_number="P2", list_price=Decimal(5000), place="prices.csv:4"),
    ]
    oddity = unit("UPS", kind="ups", quantity=2)
    version = forecast([*routers, oddity], SOON, policies=terms, prices=prices)
    assert version.header["unquantified"] == {
        "units": 3,
        "reasons": {"no_policy": 1, "no_price": 1},
        "low_pence": 3000_00 + 2 * 100_00,
        "high_pence": 5000_00 + 2 * 100_00,
        "unbounded": 0,
    }
    assert total(version) == 8000_00
    assert forecast([oddity], SOON, prices=[]).header["unquantified"]["unbounded"] == 2


def test_a_spare_is_in_no_replacement_cost_and_not_replaced() -> None:
    shelf = Excluded(unit("SP1", state="spare"), "a spare: not replaced of itself")
    version = forecast([unit("A1")], SOON, excluded=[shelf])
    assert (version.header["debt"]["grc_pence"], version.header["steady_state"]["classes"][0]["grc_pence"]) == (
        1000_00,
        1000_00,
    )
    assert {row.asset_id for row in rows(version)} == {"A1"}


def test_a_virtual_appliance_costs_no_hardware() -> None:
    version = forecast([unit("V1", virtual=True)], SOON)
    assert (rows(version), reasons(version)) == ([], {"V1": "virtual"})


def test_cables_go_by_count_and_by_their_own_long_life() -> None:
    links = unit("tag:C1", kind="cabling", quantity=96, installed_on=day("2014-05-01"), part_number=None)
    terms = policy(policy="cabling", kind="cabling", policy_age_years=15, age_mode="soft", accounting_life_years=15)
    version = forecast([links], policies=[terms], prices=[price(policy="cabling", list_price=Decimal(95))])
    assert (bundle(version)["need_by"], bundle(version)["quantity_new"], total(version)) == ("2029-05-01", 96, 9120_00)


def test_what_has_not_been_seen_lately_is_still_forecast() -> None:
    version = forecast([unit("A1", stale=True)], SOON)
    assert total(version) == 1000_00
    assert all("stale" in row.flags.split(";") for row in rows(version))


def test_small_proceeds_are_revenue_and_reduce_no_need(tmp_path: Path) -> None:
    text = "fy,source,kind,level,status,amount\n"
    text += "2026/27,capital_receipt,alternate,released,approved,9999.99\n"
    text += "2026/27,capital_receipt,alternate,released,approved,10000\n"
    (tmp_path / "funding.csv").write_text(text, encoding="utf-8")
    (problem,) = read_files(Folder(tmp_path)).problems
    assert (problem.row, problem.column, problem.warning) == (2, "source", True)
    assert "below £10,000 they are revenue" in problem.text
    sold = forecast([unit("A1")], SOON, funding=(funding("2027/28", 9_999, source="capital_receipt"),))
    assert total(sold) == total(forecast([unit("A1")], SOON))


@pytest.mark.parametrize(
    ("file", "content", "column"),
    [
        ("prices.csv", "policy,list_price\ncore,-1\n", "list_price"),
        ("policy.csv", "policy,kind,ratio_old\ncore,switch,0\n", "ratio_old"),
        ("policy.csv", "policy,kind,accounting_life_years\ncore,switch,0\n", "accounting_life_years"),
        ("indices.csv", "series,fy,rate_pct\nlabour,2026/27,1\nlabour,2028/29,1\n", "fy"),
        ("sharing.csv", "scope,entity,share\n*,A,-1\n", "share"),
        ("actuals.csv", "line,fy,kind,amount\nX,2026,received,1\n", "fy"),
        ("projects.csv", "project,status\nP1,Active\nP1,Paused\n", "status"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_with_their_row(
    tmp_path: Path, file: str, content: str, column: str
) -> None:
    (tmp_path / file).write_text(content, encoding="utf-8")
    problems: list[Any] = [item for item in read_files(Folder(tmp_path)).problems if not item.warning]
    assert (file, column) in {(item.file, item.column) for item in problems}
    assert all(item.row for item in problems)


def test_s2_years_are_counted_from_the_base() -> None:
    version = forecast(
        [unit("A1")], match(end_of_support="2022-09-30"), base="2020/21", as_of=dt.date(2021, 1, 27), years=7
    )
    assert {(row.year_index, str(row.fy)) for row in rows(version)} == {(2, "2022/23")}
    assert (str(version.base_fy + 1), str(version.base_fy + 6)) == ("2021/22", "2026/27")


def test_s3_a_status_is_any_word_and_decides_nothing() -> None:
    """The funding rows decide what is released; a line may be called anything."""
    version = forecast([unit("A1")], SOON, funding=(funding("2027/28", 1000, line="Evergreening Capital"),))
    (cell,) = [cell for cell in version.header["gap"]["cells"] if cell["fy"] == "2027/28"]
    assert (cell["gap_pence"], version.header["lines"][0]["status"]) == (0, "Requested")


def test_s29_a_weaker_pound_costs_more() -> None:

    weak = [FxRow("USD", fy("2027/28"), Decimal("1.20"), "a bank", "fx.csv:2")]
    dollars = price(list_price=Decimal(52_000), currency="USD")
    assert total(forecast([unit("A1")], SOON, prices=[dollars], fx=weak)) == 43_333_33
