"""Which units cost money, in which bundle, at which price; what has none is listed (model 2.2, 2.3, 2.13)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from estate.forecast.inputs import Parameters
from estate.forecast.lines import Budget, Site
from estate.inventory.unit import Excluded
from estate.lifecycle.milestones import Grade, Match
from estate.policy.policies import Policy
from tests.estate.forecast_kit import (
    bundle,
    day,
    decision,
    forecast,
    fy,
    match,
    policy,
    price,
    reasons,
    rows,
    total,
    unit,
)

SOON = match(end_of_support="2027-07-31")


def bundles(units: list, **more: object) -> dict[str, list[str]]:  # type: ignore[type-arg] # of units
    version = forecast(units, **more)  # type: ignore[arg-type] # passed on as given
    found: dict[str, list[str]] = {}
    for row in rows(version):
        found.setdefault(row.bundle_id, []).append(row.asset_id)
    return found


def test_everything_is_somewhere() -> None:
    gone = Excluded(unit("OLD"), "retired in assets.csv")
    version = forecast([unit("A1"), unit("PSU", kind="power-supply", parent="A1")], SOON, excluded=[gone])
    assert {item.asset_id: item.standing for item in version.units} == {
        "A1": "in_scope",
        "OLD": "excluded",
        "PSU": "covered",
    }
    assert version.header["coverage"]["units"] == {"in_scope": 1, "covered": 1, "excluded": 1}
    assert [(item.asset_id, item.reason, item.detail) for item in version.exceptions] == [
        ("OLD", "excluded", "retired in assets.csv")
    ]


def test_a_duplicate_that_is_held_back_has_no_money_of_its_own() -> None:
    twin = Excluded(unit("A1", device="other"), "duplicate: the same serial answers elsewhere")
    version = forecast([unit("A1")], SOON, excluded=[twin])
    assert total(version) == 1000_00
    assert [(item.standing, len(item.chain["money"])) for item in version.units] == [("in_scope", 1), ("excluded", 0)]


def module_policy() -> Policy:
    return policy(policy="supervisor", kind="module", source="policy.csv:3")


SUP_PRICE = price(policy=None, vendor="Cisco", part_number="SUP-2T", replacement="SUP-6T", place="prices.csv:3")


def test_a_unit_below_another_needs_a_row_of_its_own_kind_and_a_date() -> None:
    chassis, sup = unit("A1"), unit("SUP", kind="module", parent="A1", part_number="SUP-2T")
    dates = {"A1": match(end_of_support="2031-07-31"), "SUP": SOON}
    prices = [price(), SUP_PRICE]
    covered = forecast([chassis, sup], dates, prices=prices)
    assert {row.asset_id for row in rows(covered)} == {"A1"} or rows(covered) == []
    assert {item.asset_id: item.reason for item in covered.units}["SUP"] == "covered_by"
    own = forecast([chassis, sup], dates, prices=prices, policies=[policy(), module_policy()])
    assert {(row.asset_id, str(row.fy)) for row in rows(own)} == {("SUP", "2027/28")}
    undated = forecast([chassis, sup], {"A1": SOON}, prices=prices, policies=[policy(), module_policy()])
    assert {item.asset_id: item.reason for item in undated.units}["SUP"] == "covered_by"


def test_an_optic_without_a_parent_sits_in_its_device() -> None:
    loose = unit("SFP", kind="optic", device="core-1")
    version = forecast([unit("A1", device="core-1"), loose, unit("SFP2", kind="optic", device="core-2")], SOON)
    assert {item.asset_id: item.reason for item in version.units} == {
        "A1": "",
        "SFP": "covered_by",
        "SFP2": "no_policy",
    }


def test_a_module_folds_into_a_chassis_due_within_two_years() -> None:
    units = [unit("A1"), unit("SUP", kind="module", parent="A1", part_number="SUP-2T")]
    dates = {"A1": match(end_of_support="2029-07-31"), "SUP": SOON}
    version = forecast(units, dates, prices=[price(), SUP_PRICE], policies=[policy(), module_policy()])
    assert {row.asset_id for row in rows(version)} == {"A1"}
    assert {item.asset_id: item.reason for item in version.units}["SUP"] == "folded"


def test_a_module_keeps_its_cost_where_the_chassis_has_no_price() -> None:
    units = [
        unit("A1", part_number="ODD", kind="router"),
        unit("SUP", kind="module", parent="A1", part_number="SUP-2T"),
    ]
    terms = [policy(policy="odd", kind="router"), module_policy()]
    version = forecast(units, SOON, prices=[SUP_PRICE], policies=terms)
    assert {row.asset_id for row in rows(version)} == {"SUP"}
    assert reasons(version) == {"A1": "no_price"}


def test_class_prices_are_for_chassis_only() -> None:
    loose = unit("SUP", kind="module", part_number="SUP-2T")
    version = forecast([loose], SOON, policies=[module_policy()], prices=[price(policy="supervisor")])
    assert (rows(version), reasons(version)) == ([], {"SUP": "no_price"})


def test_what_has_no_price_or_policy_is_never_zero() -> None:
    units = [unit("A1"), unit("U1", kind="ups"), unit("B1", part_number="ODD")]
    blank = price(policy=None, vendor="Cisco", part_number="ODD", list_price=None, place="prices.csv:9")
    version = forecast(units, SOON, prices=[price(), blank])
    assert reasons(version) == {"B1": "no_price", "U1": "no_policy"}
    assert {row.asset_id for row in rows(version)} == {"A1"}
    assert version.header["coverage"]["unpriced"] == 1
    assert any("no usable price" in sentence for sentence in version.header["warnings"])


def test_the_most_specific_price_wins() -> None:
    prices = [
        price(),
        price(policy=None, vendor="Cisco", part_number="C9*", list_price=Decimal(2000), place="prices.csv:3"),
        price(policy=None, vendor="cisco", part_number="c9500", list_price=Decimal(3000), place="prices.csv:4"),
    ]
    version = forecast([unit("A1")], SOON, prices=prices)
    assert [(row.amount_pence, row.source_ref) for row in rows(version)] == [(3000_00, "prices.csv:4;cisco.csv:2")]


def test_same_terms_go_together_by_year_of_need() -> None:
    units = [unit("A1"), unit("A2"), unit("A3"), unit("B1", site="depot")]
    dates = {"A1": SOON, "A2": match(end_of_support="2028-03-31"), "A3": match(end_of_support="2028-07-31"), "B1": SOON}
    assert bundles(units, matches=dates) == {
        "civic|core|new switch|1": ["A1", "A2"],
        "civic|core|new switch|2": ["A3"],
        "depot|core|new switch|1": ["B1"],
    }


def test_pulling_forward_a_year_is_flagged() -> None:
    dates = {"A1": SOON, "A2": match(end_of_support="2028-07-31")}
    version = forecast([unit("A1"), unit("A2")], dates, parameters=Parameters(max_pull_forward=1))
    assert {(row.asset_id, str(row.fy), "pulled_forward" in row.flags) for row in rows(version)} == {
        ("A1", "2027/28", False),
        ("A2", "2027/28", True),
    }


def test_a_stack_is_one_bundle_whatever_its_members_need() -> None:
    units = [unit("A1", group="stack-1"), unit("A2", group="stack-1", part_number="OTHER"), unit("A3")]
    dates = {"A1": match(end_of_support="2030-07-31"), "A2": SOON, "A3": SOON}
    special = price(policy=None, vendor="Cisco", part_number="OTHER", replacement="other", place="prices.csv:3")
    version = forecast(units, dates, prices=[price(), special])
    stack = [row for row in rows(version) if row.asset_id in {"A1", "A2"}]
    assert {(row.bundle_id, str(row.fy), row.amount_pence) for row in stack} == {
        ("civic|core|new switch|1", "2027/28", 1000_00)
    }
    assert all("mixed_prices" in row.flags for row in stack)


def test_catch_up_is_decided_for_each_unit_of_a_bundle() -> None:
    dates = {"A1": match(end_of_support="2025-10-31"), "A2": match(end_of_support="2027-03-31")}
    version = forecast([unit("A1"), unit("A2")], dates)
    assert len(version.header["bundles"]) == 1
    assert {row.asset_id: row.catch_up_keep_pace for row in rows(version)} == {"A1": "catch_up", "A2": "keep_pace"}


def test_a_quantity_row_is_so_many_things() -> None:
    batteries = unit("tag:B7", serial=None, asset_tag="B7", quantity=24, kind="ups-battery", part_number=None)
    terms = policy(policy="battery", kind="ups-battery", ratio_old=2)
    version = forecast([batteries], SOON, policies=[terms], prices=[price(policy="battery", list_price=Decimal(10))])
    assert [(row.asset_id, row.qty, row.amount_pence) for row in rows(version)] == [("tag:B7", 12, 120_00)]


def test_a_site_that_is_written_otherwise_than_its_units_is_told() -> None:
    closing = Site("Civic", "", "", day("2027-06-30"), "", "sites.csv:2")
    version = forecast([unit("A1")], match(end_of_support="2028-07-31"), sites=(closing,))
    assert total(version) > 0
    assert (
        "sites.csv:2 says 'Civic' where units say 'civic': write it alike, or nothing of it holds"
        in version.header["warnings"]
    )
    alike = forecast([unit("A1")], match(end_of_support="2028-07-31"), sites=(replace(closing, site="civic"),))
    assert not [sentence for sentence in alike.header["warnings"] if "sites.csv" in sentence]


def test_kit_of_a_site_that_closes_first_is_not_replaced() -> None:
    closing = Site("civic", "Civic Centre", "", day("2027-06-30"), "", "sites.csv:2")
    version = forecast([unit("A1")], SOON, sites=(closing,))
    assert (rows(version), reasons(version)) == ([], {"A1": "site_closes"})
    open_until = Site("civic", "Civic Centre", "", day("2027-07-01"), "", "sites.csv:2")
    assert total(forecast([unit("A1")], SOON, sites=(open_until,))) == 1000_00


def test_priority_follows_the_reports_words() -> None:
    edge = policy(policy="edge", kind="router", tier="edge", age_mode="soft", policy_age_years=8)
    facing = policy(policy="edge", kind="firewall", tier="edge", exposure="internet")
    units = [
        unit("CORE"),
        unit("AGED", kind="router", installed_on=day("2019-05-01")),
        unit("WALL", kind="firewall"),
        unit("EDGE", kind="router"),
    ]
    dates = {"CORE": SOON, "AGED": Match(Grade.NONE), "WALL": SOON, "EDGE": SOON}
    version = forecast(units, dates, policies=[policy(), edge, facing], prices=[price(), price(policy="edge")])
    assert {row.asset_id: row.priority for row in rows(version)} == {
        "CORE": "High",
        "AGED": "Medium",
        "WALL": "High",
        "EDGE": "Medium",
    }


def test_a_line_without_assets_is_in_the_feed_with_a_blank_asset() -> None:
    team = Budget("Portfolio Team", fy("2027/28"), Decimal(517_500), "New funding", False, "", "budget.csv:2")
    computed = Budget("Evergreening Capital", fy("2027/28"), Decimal(9), "", False, "", "budget.csv:3")
    version = forecast([unit("A1")], SOON, budget=(team, computed))
    assert (
        "nothing says whether the money of Portfolio Team in budget.csv is capital: it stands as revenue, UNCLASSIFIED"
        in version.header["warnings"]
    )
    asked = [row for row in rows(version) if not row.asset_id]
    assert [(row.line_code, row.amount_pence, row.priority, row.cap_rev) for row in asked] == [
        ("Portfolio Team", 517_500_00, "Low", "R")
    ]
    assert version.header["totals"]["need"]["Evergreening Capital"]["2027/28"] == 1000_00
    assert any("asks for £9 on Evergreening Capital" in sentence for sentence in version.header["warnings"])


def test_coverage_counts_by_how_sure_the_date_is_and_by_value() -> None:
    units = [unit("A1"), unit("A2"), unit("A3", quantity=3, serial=None)]
    dates = {"A1": SOON, "A2": match(end_of_sale="2025-01-31")}
    version = forecast(units, dates, prices=[price(install=Decimal(50))])
    assert version.header["coverage"]["dates"] == {
        "dated": {"count": 1, "grc_pence": 1050_00},
        "estimated": {"count": 1, "grc_pence": 1050_00},
        "assumed": {"count": 0, "grc_pence": 0},
        "unknown": {"count": 3, "grc_pence": 3150_00},
    }


def test_coverage_counts_what_the_lifecycle_data_says_by_value_and_names_what_has_no_price() -> None:
    units = [unit("A1"), unit("A2"), unit("A3", quantity=3, serial=None), unit("A4"), unit("A5", part_number="X")]
    dates = {
        "A1": SOON,
        "A2": match(end_of_sale="2025-01-31"),  # nothing of support
        "A3": replace(SOON, grade=Grade.SERIES),
        "A4": Match(Grade.SERIES, not_announced_on=dt.date(2024, 11, 9)),
    }
    version = forecast(
        units, dates, prices=[price(vendor="Cisco", part_number="C9500", policy=None, install=Decimal(50))]
    )
    assert version.header["coverage"]["lifecycle"] == {
        "dated": {"count": 1, "grc_pence": 1050_00, "unpriced": 0},
        "latest_possible": {"count": 3, "grc_pence": 3150_00, "unpriced": 0},
        "not_announced": {"count": 1, "grc_pence": 1050_00, "unpriced": 0},
        "unknown": {"count": 2, "grc_pence": 1050_00, "unpriced": 1},
    }


def test_the_chain_leads_from_the_serial_to_the_line() -> None:
    seen = unit("FOC1", device="core-1", observation=7, evidence={"serial": "1.3.6.1.2.1.47.1.1.1.1.11.1"})
    at = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
    version = forecast([seen], SOON, readings={7: at})
    (costed,) = version.units
    links = list(costed.chain)
    assert links.index("evidence") < links.index("match") < links.index("policy") < links.index("price")
    assert links.index("price") < links.index("index") < links.index("money")
    chain = costed.chain
    assert chain["evidence"] == {"serial": "1.3.6.1.2.1.47.1.1.1.1.11.1"}
    assert (chain["observation"]["run_device_id"], chain["observation"]["at"]) == (7, "2026-11-22T02:15:00+00:00")
    assert (chain["match"]["row"], chain["match"]["bulletin"]) == ("cisco.csv:2", "EOL1")
    assert (chain["policy"]["row"], chain["price"]["row"]) == ("policy.csv:2", "prices.csv:2")
    assert chain["money"] == [
        {
            "scenario": "need",
            "line": "Evergreening Capital",
            "fy": "2027/28",
            "component": "hardware",
            "cap_rev": "R",
            "amount_pence": 1000_00,
        }
    ]
    assert chain["bundle"]["bundle_id"] == bundle(version)["bundle_id"]


def test_an_override_of_one_of_a_pair_does_not_bring_its_money_before_today() -> None:
    """The pair goes with its first member, which is overdue: money can fall no earlier than delivery can."""
    both = [unit("A1", group="pair:P"), unit("A2", group="pair:P")]
    dates = {"A1": match(end_of_support="2025-01-31"), "A2": match(end_of_support="2031-07-31")}
    later = decision("override_fy", fy="2029/30", serial="A2")
    version = forecast(both, dates, decisions=(later,), base="2024/25", years=8)
    made = bundle(version)
    assert (made["deliver_by"], made["spend_fy"]) == ("2027-03-22", "2026/27")
    assert {"late", "pulled_forward"} <= {*made["flags"]}
    assert {str(row.fy) for row in rows(version)} == {"2026/27"}


def test_rows_of_one_name_with_other_terms_are_not_one_policy() -> None:
    pairs_collapse = policy(role="core", ratio_old=2)
    one_for_one = policy(source="policy.csv:3")
    units = [unit("A1", role="core"), unit("A2", role="core"), unit("A3"), unit("A4")]
    version = forecast(units, SOON, policies=[pairs_collapse, one_for_one])
    quantities = [(item["quantity_old"], item["quantity_new"]) for item in version.header["bundles"]]
    assert (quantities, total(version)) == ([(2, 1), (2, 2)], 3000_00)
    same = forecast(units, SOON, policies=[policy(role="core"), one_for_one])
    assert bundle(same)["quantity_new"] == 4


def test_a_pair_is_one_bundle_though_only_one_of_it_has_a_date() -> None:
    both = [unit("A1", group="pair:P", part_number="X"), unit("A2", group="pair:P")]
    version = forecast(both, {"A2": SOON})
    assert (bundle(version)["quantity_new"], total(version), reasons(version)) == (2, 2000_00, {})
    found = {
        row.asset_id: (row.confidence, row.driver, "date_of_group" in row.flags.split(";")) for row in rows(version)
    }
    assert found == {"A1": ("assumed", "support", True), "A2": ("dated", "support", False)}
    assert reasons(forecast(both)) == {"A1": "no_date", "A2": "no_date"}


def test_a_lease_without_an_end_does_not_follow_its_owned_partner() -> None:
    both = [unit("A1", group="pair:P", tenure="leased"), unit("A2", group="pair:P")]
    version = forecast(both, SOON)
    assert (bundle(version)["assets"], reasons(version)) == (1, {"A1": "no_date"})


def test_a_site_that_closes_after_the_pair_is_replaced_keeps_both() -> None:
    both = [unit("A1", group="pair:P"), unit("A2", group="pair:P")]
    dates = {"A1": SOON, "A2": match(end_of_support="2031-07-31")}
    closing = Site("civic", "", "", day("2029-01-01"), "", "sites.csv:2")
    version = forecast(both, dates, sites=(closing,))
    assert (bundle(version)["quantity_new"], reasons(version)) == (2, {})
    soon = Site("civic", "", "", day("2027-01-01"), "", "sites.csv:2")
    assert reasons(forecast(both, dates, sites=(soon,))) == {"A1": "site_closes", "A2": "site_closes"}


def test_a_module_does_not_wait_for_a_chassis_that_a_decision_keeps() -> None:
    units = [unit("A1"), unit("SUP", kind="module", parent="A1", part_number="SUP-2T")]
    terms = {"prices": [price(), SUP_PRICE], "policies": [policy(), module_policy()]}
    kept = decision("waiver", expires=day("2031-07-31"))
    version = forecast(units, SOON, decisions=(kept,), **terms)  # type: ignore[arg-type] # prices and policies
    assert {(row.asset_id, str(row.fy)) for row in rows(version)} >= {("SUP", "2027/28")}
    dates = {"A1": match(end_of_support="2031-07-31"), "SUP": SOON}
    early = decision("override_fy", fy="2027/28")
    version = forecast(units, dates, decisions=(early,), **terms)  # type: ignore[arg-type] # prices and policies
    assert {row.asset_id for row in rows(version)} == {"A1"}


def test_a_module_that_is_not_replaced_says_so_itself() -> None:
    units = [unit("A1"), unit("SUP", kind="module", parent="A1", part_number="SUP-2T")]
    gone = decision("cloud", serial="SUP")
    version = forecast(
        units, SOON, prices=[price(), SUP_PRICE], policies=[policy(), module_policy()], decisions=(gone,)
    )
    assert reasons(version) == {"SUP": "cloud"}
