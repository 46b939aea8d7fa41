"""What follows from a forecast: debt, waiting, later generations, spares, savings, borrowing (model 2.3 to 2.8)."""

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from estate.forecast.inputs import Parameters
from estate.forecast.lines import Funding, Site
from estate.forecast.version import Version
from estate.inventory.unit import Excluded, Unit
from estate.lifecycle.milestones import Grade, Match
from tests.estate.forecast_kit import (
    bundle,
    day,
    decision,
    forecast,
    fy,
    match,
    policy,
    price,
    rate,
    reasons,
    rows,
    total,
    unit,
)
from tests.estate.test_forecast_gap import actual, funding

SOON = match(end_of_support="2027-07-31")
PAST = match(end_of_support="2025-10-31")
FOUR = Parameters(borrowing_rate_pct=Decimal(4))


def component(version: Version, name: str) -> int:
    return sum(row.amount_pence for row in rows(version) if row.component == name)


# -------------------------------------------------------------------------------------------------------------- waiting


def waited(**changes: Any) -> dict[str, Any]:
    """W3 with the support of W12, a year later at a further 2 %."""
    given: dict[str, Any] = {
        "list_price": Decimal(38_250), "discount_pct": Decimal(42), "install": Decimal(1850), "fixed": Decimal(6000),
        "training": Decimal(2400), "price_fy": fy("2025/26"), "support_now": Decimal(2400), "support_new": Decimal(900),
    }  # fmt: skip
    rates = [("2026/27", "3.0"), ("2027/28", "2.5"), ("2028/29", "2.0")]
    version = forecast(
        [unit(f"S{number}") for number in range(1, 6)],
        SOON,
        policies=[policy(ratio_old=2, contingency_pct=Decimal(10))],
        prices=[price(**{**given, **changes})],
        indices=tuple(rate(series, year, pct) for series in ("hardware", "labour") for year, pct in rates),
        parameters=FOUR,
    )
    (found,) = version.header["waiting"]
    return dict(found)


def test_w12_waiting_a_year() -> None:
    found = waited()
    assert (found["cost_pence"], found["support_pence"]) == (1_814_10, 9_300_00)
    assert (found["interest_pence"], found["net_pence"]) == (3_628_21, 7_485_89)


def test_w12_what_is_not_known_is_not_nothing() -> None:
    found = waited(support_now=None)
    assert (found["cost_pence"], found["support_pence"], found["net_pence"]) == (1_814_10, None, None)
    assert (found["saving_pence"], found["payback_years"]) == (None, None)
    assert waited()["payback_years"] == "9.8"
    version = forecast([unit("A1")], SOON)
    assert [item["interest_pence"] for item in version.header["waiting"]] == [None]


# ----------------------------------------------------------------------------------------------------------------- pace


def test_s19_catch_up_and_keep_pace_come_to_the_need() -> None:
    version = forecast([unit("A1"), unit("A2")], {"A1": PAST, "A2": SOON})
    pace = version.header["pace"]
    assert pace["2026/27"] == {"catch_up": 1000_00, "keep_pace": 0}
    assert pace["2027/28"] == {"catch_up": 0, "keep_pace": 1000_00}
    assert sum(sum(cell.values()) for cell in pace.values()) == total(version)


# ---------------------------------------------------------------------------------------------------- later generations

BATTERY = policy(
    policy="battery", kind="ups-battery", policy_age_years=4, age_mode="hard", ratio_old=2, contingency_pct=Decimal(10)
)


def batteries(**changes: Any) -> Version:
    given: dict[str, Any] = {
        "policies": [BATTERY],
        "prices": [price(policy="battery", support_new=Decimal(5), training=Decimal(7))],
        "years": 10,
    }
    sets = [unit("tag:B7", kind="ups-battery", quantity=3, installed_on=day("2023-06-01"))]
    return forecast(sets, **{**given, **changes})


def test_what_is_bought_is_bought_again_when_it_reaches_its_age() -> None:
    version = batteries()
    spent = {(item["bundle_id"], item["spend_fy"]): item for item in version.header["bundles"]}
    assert [*spent] == [
        ("civic|battery|new switch|1", "2026/27"),
        ("civic|battery|new switch|1.2", "2030/31"),
        ("civic|battery|new switch|1.3", "2034/35"),
    ]
    again = spent["civic|battery|new switch|1.2", "2030/31"]
    # ordered today it is live on 6 May 2027, then four years on; two for two, whatever the first ratio was
    assert (again["need_by"], again["quantity_old"], again["quantity_new"]) == ("2031-05-06", 2, 2)
    assert (again["confidence"], again["driver"], again["priority"]) == ("assumed", "age", "Medium")


def test_later_generations_are_synthetic_and_counted_apart() -> None:
    version = batteries()
    again = [row for row in rows(version) if "synthetic=1" in row.flags.split(";")]
    assert {(row.confidence, row.driver, row.catch_up_keep_pace) for row in again} == {("assumed", "age", "keep_pace")}
    assert {row.component for row in again} == {"hardware", "contingency", "training"}
    assert version.header["cycles"] == {
        "bundles": 2, "pence": 2 * 2207_00, "years": {"2030/31": 2207_00, "2034/35": 2207_00}, "confidence": "assumed",
    }  # fmt: skip
    assert sum(row.amount_pence for row in again) == 2 * 2207_00
    # the support of the first goes on: it is not counted twice
    assert component(version, "support") == 9 * 2 * 5_00


def test_a_longer_horizon_renames_nothing_and_adds_at_the_end() -> None:
    short, long = batteries(years=5), batteries(years=10)
    assert rows(short) == [row for row in rows(long) if row.year_index < 5]


def test_nothing_comes_again_without_an_age_on_a_lease_or_where_the_site_closes() -> None:
    for changes in (
        {"policies": [policy(policy="battery", kind="ups-battery", policy_age_years=4)]},
        {"sites": (Site("civic", "", "", day("2030-01-01"), "", "sites.csv:2"),)},
    ):
        assert batteries(**changes).header["cycles"]["bundles"] == 0
    leased = unit("A1", kind="ups-battery", tenure="leased", lease_end=day("2027-01-31"))
    version = forecast([leased], policies=[BATTERY], prices=[price(policy="battery")], years=10)
    assert (len(version.header["bundles"]), version.header["cycles"]["pence"]) == (1, 0)


def test_kit_that_its_buffer_would_replace_before_it_is_in_use_does_not_come_again() -> None:
    endless = policy(policy_age_years=1, age_mode="hard", buffer_days=400)
    version = forecast([unit("A1", installed_on=day("2020-01-01"))], policies=[endless])
    assert (len(version.header["bundles"]), version.header["cycles"]["pence"]) == (1, 0)


def test_what_was_decided_about_the_old_kit_says_nothing_of_the_new() -> None:
    version = batteries(decisions=(decision("waiver", serial=None, site="civic", expires=day("2027-12-31")),))
    assert {row.bundle_id for row in rows(version) if "waiver" in row.flags.split(";")} == {
        "civic|battery|new switch|1"
    }


# --------------------------------------------------------------------------------------------------------------- spares


def spare(**changes: Any) -> Excluded:
    return Excluded(unit("SP1", part_number="NEW SWITCH", state="spare", **changes), "a spare: not replaced of itself")


def test_a_spare_meets_a_need_and_its_installation_still_costs() -> None:
    priced = [price(install=Decimal(50))]
    version = forecast([unit("A1"), unit("A2")], SOON, prices=priced, excluded=[spare()])
    assert (component(version, "hardware"), component(version, "install")) == (1000_00, 100_00)
    assert (bundle(version)["quantity_new"], bundle(version)["bought"]) == (2, 1)
    assert version.header["spares"] == [{"bundle_id": "civic|core|new switch|1", "asset_id": "SP1", "quantity": 1}]
    assert all("spare_used" in row.flags.split(";") for row in rows(version))
    assert sum(row.qty for row in rows(version)) == 1


def test_spares_go_to_the_earliest_need_and_no_further() -> None:
    dates = {"A1": match(end_of_support="2029-07-31"), "A2": SOON, "A3": SOON}
    version = forecast([unit("A1"), unit("A2", site="depot"), unit("A3")], dates, excluded=[spare(quantity=2)])
    assert {row.asset_id for row in rows(version)} == {"A1"}
    assert [item["asset_id"] for item in version.header["spares"]] == ["SP1", "SP1"]
    other = forecast([unit("A1", entity="South")], SOON, excluded=[spare(entity="Vale")])
    assert (other.header["spares"], total(other)) == ([], 1000_00)


def test_what_is_on_order_takes_no_spare() -> None:
    """The earliest need, but its switch comes from the supplier, so the one on the shelf is left for the other."""
    order = actual("committed", "2026/27", 1000, line="", serial="A1", order="PO1")
    version = forecast([unit("A1"), unit("A2", site="depot")], SOON, excluded=[spare()], actuals=(order,))
    assert {(row.asset_id, str(row.fy), row.amount_pence) for row in rows(version)} == {("A1", "2026/27", 1000_00)}
    assert [item["bundle_id"] for item in version.header["spares"]] == ["depot|core|new switch|1"]


def test_a_spares_ratio_buys_more_and_installs_no_more() -> None:
    ratio = Parameters(spares_ratio=Decimal("0.1"))
    version = forecast(
        [unit(f"A{n:02}") for n in range(11)], SOON, prices=[price(install=Decimal(1))], parameters=ratio
    )
    assert (component(version, "hardware"), component(version, "install")) == (13_000_00, 11_00)
    assert bundle(version)["bought"] == 13


# --------------------------------------------------------------------------------------------------------------- folded


def test_a_module_that_goes_with_its_chassis_saves_what_it_would_have_cost() -> None:
    units = [unit("A1"), unit("SUP", kind="module", parent="A1", part_number="SUP-2T")]
    sup = price(policy=None, vendor="Cisco", part_number="SUP-2T", list_price=Decimal(400), place="prices.csv:3")
    module = policy(policy="supervisor", kind="module", source="policy.csv:3")
    dates = {"A1": match(end_of_support="2029-07-31"), "SUP": SOON}
    version = forecast(units, dates, prices=[price(), sup], policies=[policy(), module])
    assert version.header["folded"] == {"units": 1, "saving_pence": 400_00, "unpriced": 0, "assets": {"SUP": 400_00}}
    assert total(version) == 1000_00


# ----------------------------------------------------------------------------------------------------------------- debt


def test_a_waiver_and_a_projects_cover_leave_debt_as_it_is() -> None:
    dates = {"A1": PAST, "A2": SOON}
    plain = forecast([unit("A1"), unit("A2")], dates).header["debt"]
    assert (plain["pence"], plain["units"], plain["grc_pence"], plain["tdi_pct"]) == (1000_00, 1, 2000_00, "50.00")
    assert plain["bands"]["High"]["pence"] == 1000_00
    for ruling in (
        decision("waiver", expires=day("2029-12-31"), approver="s151"),
        decision("project", line="Data Centre"),
        decision("no_replacement", approver="s151"),
    ):
        held = forecast([unit("A1"), unit("A2")], dates, decisions=(ruling,)).header["debt"]
        assert (held["pence"], held["bands"]) == (plain["pence"], plain["bands"])


def test_debt_without_a_price_is_counted() -> None:
    version = forecast(
        [unit("A1"), unit("A2", kind="router")], PAST, policies=[policy(), policy(kind="router", policy="odd")]
    )
    debt = version.header["debt"]
    assert (debt["units"], debt["unpriced"], debt["pence"], debt["grc_unpriced"]) == (2, 1, 1000_00, 1)


def test_what_is_folded_covered_or_virtual_is_in_no_debt() -> None:
    units = [unit("A1"), unit("PSU", kind="power-supply", parent="A1"), unit("V1", virtual=True)]
    assert forecast(units, PAST).header["debt"]["units"] == 1


def test_s11_the_core_is_up_to_specification_or_says_what_is_left() -> None:
    done = forecast([unit("A1")], PAST).header["debt"]["milestone"]
    assert (done["by"], done["passes"], done["do_nothing"]["pence"]) == ("2029-03-31", True, 1000_00)
    kept = decision("waiver", expires=day("2030-12-31"), approver="s151")
    late = forecast([unit("A1")], PAST, decisions=(kept,)).header["debt"]["milestone"]
    assert (late["passes"], late["residual"]) == (False, {"units": 1, "pence": 1000_00, "unpriced": 0})


def test_s14_doing_nothing_spends_no_capital_and_has_debt_and_revenue() -> None:
    version = forecast([unit("A1")], PAST, prices=[price(support_now=Decimal(300))])
    assert set(version.header["cap_rev"]["do_nothing"]["C"].values()) == {0}
    assert sum(version.header["cap_rev"]["do_nothing"]["R"].values()) > 0
    path = version.header["debt"]["path"]
    assert [(row["do_nothing"]["pence"], row["need"]["pence"]) for row in path][-1] == (1000_00, 0)


def test_what_goes_without_a_replacement_is_in_debt_until_it_goes() -> None:
    closing = (Site("civic", "", "", day("2027-01-31"), "", "sites.csv:2"),)
    retired = (decision("retire", date=day("2028-01-31")),)
    got = (actual("received", "2026/27", 990, line="", serial="A1"),)
    for changes, left in (({"sites": closing}, [0, 0]), ({"decisions": retired}, [1, 0]), ({"actuals": got}, [0, 0])):
        debt = forecast([unit("A1")], PAST, **changes).header["debt"]
        assert debt["units"] == 1
        assert [row["need"]["units"] for row in debt["path"]][:2] == left


def test_the_gap_knows_the_need_whatever_is_shown() -> None:
    version = forecast([unit("A1")], SOON, scenarios=("do_nothing",))
    assert rows(version) == []
    assert [cell["need_pence"] for cell in version.header["gap"]["total"]] == [1000_00]


def test_certification_fails_passes_or_is_unknown() -> None:
    def last(found: Match | None) -> tuple[object, int]:
        row = forecast([unit("A1")], found).header["debt"]["path"][-1]
        return row["certifiable"], row["past_security"]["units"]

    assert last(match(end_of_security_support="2028-01-31", end_of_support="2040-01-31")) == (False, 1)
    assert last(match(end_of_support="2040-01-31")) == (True, 0)
    assert last(None) == (None, 0)


def test_s24_a_contract_that_has_ended_is_debt_though_support_goes_on() -> None:
    version = forecast([unit("A1", contract_end=day("2026-01-31"))], match(end_of_support="2035-01-31"))
    assert version.header["debt"]["bands"]["Significant"]["units"] == 1


def test_steady_state_and_consumption_of_a_forecast() -> None:
    aged = policy(policy_age_years=8, age_mode="soft")
    kit = [unit("A1", installed_on=day("2022-11-22")), unit("A2", installed_on=day("2018-11-22"))]
    steady = forecast(kit, SOON, policies=[aged]).header["steady_state"]
    assert (steady["pence"], steady["consumption_pct"], steady["consumption_unknown"]) == (250_00, "75.00", 0)


# ---------------------------------------------------------------------------------------------------------- borrowing


def borrowing(year: str, pounds: int, line: str = "Evergreening Capital") -> Funding:
    return funding(year, pounds, line=line, source="borrowing")


BIG = [price(list_price=Decimal(70_000), support_now=Decimal(300), support_new=Decimal(100))]


def test_only_borrowed_capital_has_mrp_and_interest() -> None:
    none = forecast([unit("A1")], SOON, prices=BIG, parameters=FOUR).header["revenue"]
    assert (none["borrowed_pence"], [year["mrp_pence"] for year in none["years"]]) == (0, [0] * 5)
    half = forecast([unit("A1")], SOON, prices=BIG, parameters=FOUR, funding=(borrowing("2027/28", 35_000),))
    found = half.header["revenue"]
    assert [year["borrowed_pence"] for year in found["years"]] == [0, 35_000_00, 0, 0, 0]
    assert [year["mrp_pence"] for year in found["years"]] == [0, 0, 5_000_00, 5_000_00, 5_000_00]
    assert [year["interest_pence"] for year in found["years"]] == [0, 700_00, 1_400_00, 1_200_00, 1_000_00]
    assert [year["support_pence"] for year in found["years"]] == [0, -200_00, -200_00, -200_00, -200_00]
    assert found["years"][-1]["cumulative_pence"] == 15_000_00 + 4_300_00 - 800_00
    assert found["beyond"] == {"mrp_pence": 20_000_00, "interest_pence": 2_000_00, "last_fy": "2034/35"}
    assert [item["life_years"] for item in found["reckoner"]] == [7]


def test_the_portfolios_borrowing_pays_what_the_lines_did_not() -> None:
    rows_of = (borrowing("2027/28", 35_000), borrowing("2027/28", 90_000, line=""))
    found = forecast([unit("A1")], SOON, prices=BIG, funding=rows_of).header["revenue"]
    assert (found["borrowed_pence"], found["unused_pence"]) == (70_000_00, 55_000_00)
    assert (found["rate_pct"], found["years"][2]["interest_pence"], found["years"][2]["mrp_pence"]) == (
        None,
        None,
        10_000_00,
    )


def test_capital_without_an_accounting_life_is_named() -> None:
    terms = policy(accounting_life_years=None)
    found = forecast([unit("A1")], SOON, policies=[terms], prices=BIG, funding=(borrowing("2027/28", 70_000),))
    assert found.header["revenue"]["no_life"] == {"bundles": 1, "pence": 70_000_00}


# -------------------------------------------------------------------------------------------------------------- orders


def test_what_is_ordered_falls_in_the_year_of_the_promise() -> None:
    order = actual("committed", "2028/29", 1000, line="", serial="a1", order="PO1")
    version = forecast([unit("A1"), unit("A2")], SOON, actuals=(order,))
    spent = {row.asset_id: (str(row.fy), row.driver, "ordered" in row.flags.split(";")) for row in rows(version)}
    assert spent == {"A1": ("2028/29", "decision", True), "A2": ("2027/28", "support", False)}


def test_what_is_received_needs_nothing_more_and_the_rest_is_still_to_come() -> None:
    got = actual("received", "2026/27", 990, line="", serial="A1", order="PO1")
    version = forecast([unit("A1"), unit("A2")], SOON, actuals=(got,))
    assert (total(version), reasons(version)) == (1000_00, {"A1": "delivered"})
    gap = {(cell["line"], cell["fy"]): cell for cell in version.header["gap"]["cells"]}
    assert gap["Evergreening Capital", "2026/27"]["actual_pence"] == 990_00


# ---------------------------------------------------------------------------------------------------------- properties

dates = st.dates(dt.date(2020, 1, 1), dt.date(2034, 12, 31))


def estate_of(ends: list[dt.date]) -> tuple[list[Unit], dict[str, Match]]:
    units = [unit(f"A{number:02}") for number in range(len(ends))]
    return units, {
        item.asset_id: Match(Grade.EXACT, dates={"end_of_support": end}) for item, end in zip(units, ends, strict=True)
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(dates, min_size=1, max_size=8), st.integers(0, 7), dates)
def test_a_waiver_never_lowers_debt(ends: list[dt.date], which: int, until: dt.date) -> None:
    units, found = estate_of(ends)
    waiver = decision("waiver", serial=f"A{which:02}", expires=until, approver="s151")
    plain, held = (forecast(units, found, decisions=taken).header["debt"] for taken in ((), (waiver,)))
    assert held["pence"] >= plain["pence"]
    for before, after in zip(plain["path"], held["path"], strict=True):
        assert after["do_nothing"] == before["do_nothing"]
        assert after["need"]["pence"] >= before["need"]["pence"]


@settings(max_examples=25, deadline=None)
@given(st.lists(dates, min_size=1, max_size=8))
def test_delivering_everything_leaves_no_debt(ends: list[dt.date]) -> None:
    units, found = estate_of(ends)
    version = forecast(units, found, years=15)
    assert version.header["debt"]["path"][-1]["need"] == {"units": 0, "pence": 0, "unpriced": 0, "tdi_pct": "0.00"}
    bands = version.header["debt"]["bands"]
    assert sum(cell["pence"] for cell in bands.values()) == version.header["debt"]["pence"]


@settings(max_examples=25, deadline=None)
@given(st.lists(dates, min_size=1, max_size=8), st.integers(0, 500_000))
def test_what_is_borrowed_is_provided_for_in_full(ends: list[dt.date], pounds: int) -> None:
    units, found = estate_of(ends)
    rows_of = tuple(borrowing(f"20{year}/{year + 1}", pounds, line="") for year in range(26, 36))
    revenue = forecast(units, found, prices=BIG, parameters=FOUR, funding=rows_of).header["revenue"]
    provided = sum(year["mrp_pence"] for year in revenue["years"]) + revenue["beyond"]["mrp_pence"]
    assert provided == revenue["borrowed_pence"]
