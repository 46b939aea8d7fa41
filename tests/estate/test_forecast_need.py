"""Which date binds, and what it means for ordering, delivery and the financial year (forecast-model.md 2.3, W2)."""

import datetime as dt

import pytest

from estate.forecast.calendar import Calendar
from estate.forecast.need import Rules, add_years, need_of, schedule
from estate.inventory.unit import Unit
from estate.lifecycle.milestones import Grade, Match
from tests.estate.forecast_kit import AS_OF, bundle, day, decision, forecast, fy, match, policy, reasons, rows, unit

RULES = Rules(AS_OF, Calendar())


def due(need: str, as_of: str = "2025-01-01") -> tuple[str, ...]:
    """Live, deliver, order, spend FY, commit FY and first MRP year of a need date under W2's policy."""
    times = schedule(day(need), day(need), policy(), Rules(day(as_of), Calendar()))
    dates = (times.live_by, times.deliver_by, times.order_by)
    return (*map(str, dates), str(times.spend_fy), str(times.commit_fy), str(times.mrp_first_fy))


def test_w2_counts_backwards_from_the_need_date() -> None:
    assert due("2027-07-31") == ("2027-07-01", "2027-05-17", "2027-01-17", "2027/28", "2026/27", "2028/29")


@pytest.mark.parametrize(
    ("need", "deliver", "year"),
    [
        ("2027-06-30", "2027-04-16", "2027/28"),  # b
        ("2027-05-31", "2027-03-17", "2026/27"),  # c: the year before the one in which support ends
        ("2028-04-01", "2028-01-17", "2027/28"),  # d
    ],
)
def test_w2_money_falls_when_it_is_delivered(need: str, deliver: str, year: str) -> None:
    assert due(need)[1::2] == (deliver, year, due(need)[5])


def test_w2e_the_year_turns_on_the_first_of_april() -> None:
    assert [str(Calendar().fy(day(text))) for text in ("2027-03-31", "2027-04-01")] == ["2026/27", "2027/28"]


@pytest.mark.parametrize(
    ("as_of", "deliver", "year", "live"),
    [
        ("2026-11-22", "2027-03-22", "2026/27", "2027-05-06"),  # f
        ("2026-12-01", "2027-03-31", "2026/27", "2027-05-15"),  # g
        ("2026-12-02", "2027-04-01", "2027/28", "2027-05-16"),  # h: one night moves the money
    ],
)
def test_w2_what_is_overdue_comes_as_soon_as_it_can(as_of: str, deliver: str, year: str, live: str) -> None:
    times = schedule(day("2025-10-31"), day("2025-10-31"), policy(), Rules(day(as_of), Calendar()))
    assert (str(times.deliver_by), str(times.spend_fy), str(times.live_by)) == (deliver, year, live)
    assert times.late_days == (day(live) - day("2025-10-31")).days


def test_w2f_counts_552_days_late_and_is_catch_up() -> None:
    version = forecast([unit("A1")], match(end_of_support="2025-10-31"))
    assert bundle(version)["late_days"] == 552
    assert (AS_OF - day("2025-10-31")).days == 387
    assert {row.catch_up_keep_pace for row in rows(version)} == {"catch_up"}


def winner(item: Unit, found: Match, **terms: object) -> tuple[str, str] | None:
    need = need_of(item, policy(**terms), found, (), RULES)
    return (need.winner.driver, str(need.winner.date)) if need.winner else None


def test_security_binds_before_support_and_alone_where_the_council_says_so() -> None:
    both = match(end_of_security_support="2026-01-31", end_of_support="2028-01-31")
    assert winner(unit("A"), both) == ("security", "2026-01-31")
    plain = Rules(AS_OF, Calendar(), cyber_essentials=False)
    chosen = need_of(unit("A"), policy(), both, (), plain).winner
    assert chosen is not None
    assert (chosen.driver, str(chosen.date)) == ("support", "2028-01-31")
    facing = need_of(unit("A"), policy(exposure="internet"), both, (), plain).winner
    assert facing is not None
    assert facing.driver == "security"


def test_the_only_vendor_date_stands_for_both() -> None:
    plain = Rules(AS_OF, Calendar(), cyber_essentials=False)
    alone = need_of(unit("A"), policy(), match(end_of_security_support="2027-01-31"), (), plain).winner
    assert alone is not None
    assert (alone.driver, alone.binds) == ("security", True)


def test_ties_go_to_security() -> None:
    same = match(end_of_security_support="2027-01-31", end_of_support="2027-01-31")
    assert winner(unit("A", contract_end=day("2027-01-31")), same) == ("security", "2027-01-31")


def test_soft_age_decides_only_without_a_vendor_date_and_hard_age_always() -> None:
    old = unit("A", installed_on=day("2018-02-01"))
    dated = match(end_of_support="2029-01-31")
    terms: dict[str, object] = {"policy_age_years": 8}
    assert winner(old, dated, age_mode="soft", **terms) == ("support", "2029-01-31")
    assert winner(old, dated, age_mode="hard", **terms) == ("age", "2026-02-01")
    assert winner(old, Match(Grade.NONE), age_mode="soft", **terms) == ("age", "2026-02-01")
    announced = match(end_of_sale="2025-01-31", end_of_sw_maintenance="2026-01-31")
    assert winner(old, announced, age_mode="soft", **terms) == ("support", "2030-01-31")


def test_end_of_sale_plus_five_years_is_marked_estimated() -> None:
    version = forecast([unit("A1")], match(end_of_sale="2022-02-28"))
    assert {(row.driver, row.confidence) for row in rows(version)} == {("support", "estimated")}
    assert all("estimated" in row.flags.split(";") for row in rows(version))


def test_a_series_date_is_only_the_latest_possible_one() -> None:
    series = Match(Grade.SERIES, dates={"end_of_support": day("2027-07-31")}, row="cisco.csv:9")
    version = forecast([unit("A1")], series)
    assert {(row.confidence, "series_date" in row.flags) for row in rows(version)} == {("estimated", True)}


def test_an_age_that_counts_from_the_first_sight_is_assumed() -> None:
    terms = policy(age_mode="soft", policy_age_years=8)
    version = forecast([unit("A1", first_seen=day("2019-06-01"))], policies=[terms])
    assert {(row.confidence, row.flags) for row in rows(version)} == {("assumed", "age_from_first_seen;class_price")}


def test_a_lease_ends_less_its_notice_and_the_vendor_dates_do_not_matter() -> None:
    leased = unit("A1", tenure="leased", lease_end=day("2028-09-30"), notice_days=90)
    version = forecast([leased], match(end_of_support="2027-01-31"))
    assert bundle(version)["need_by"] == "2028-07-02"
    assert {row.driver for row in rows(version)} == {"contract"}


def test_a_deadline_and_a_contract_are_dates_too() -> None:
    late = match(end_of_support="2030-01-31")
    version = forecast([unit("A1")], late, decisions=(decision("deadline", date=day("2028-01-31")),))
    assert (bundle(version)["need_by"], bundle(version)["driver"]) == ("2028-01-31", "compliance")
    version = forecast([unit("A1", contract_end=day("2028-02-28"))], late)
    assert (bundle(version)["need_by"], bundle(version)["driver"]) == ("2028-02-28", "contract")


def test_a_unit_without_any_date_is_unknown_and_listed() -> None:
    version = forecast([unit("A1")])
    assert (rows(version), reasons(version)) == ([], {"A1": "no_date"})
    assert version.header["coverage"]["dates"]["unknown"]["count"] == 1


def test_a_waiver_moves_the_plan_and_not_the_need_until_it_ends() -> None:
    waiver = decision("waiver", expires=day("2029-12-31"), approver="s151")
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), decisions=(waiver,))
    assert (bundle(version)["need_by"], bundle(version)["plan_by"]) == ("2027-07-31", "2029-12-31")
    assert bundle(version)["spend_fy"] == "2029/30"
    assert "waiver" in bundle(version)["flags"]
    version = forecast(
        [unit("A1")], match(end_of_support="2031-07-31"), decisions=(waiver,), as_of=day("2030-01-01"), base="2029/30"
    )
    assert bundle(version)["plan_by"] == "2031-07-31"


def test_a_deferral_moves_the_plan_to_its_day_or_year() -> None:
    day_of = decision("defer", date=day("2028-12-31"), approver="s151")
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), decisions=(day_of,))
    assert (bundle(version)["plan_by"], bundle(version)["need_by"]) == ("2028-12-31", "2027-07-31")
    year_of = decision("defer", fy="2028/29", approver="s151")
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), decisions=(year_of,))
    assert bundle(version)["spend_fy"] == "2028/29"


@pytest.mark.parametrize("year", ["2025/26", "2027/28", "2029/30"])
def test_a_deferral_to_an_earlier_year_brings_nothing_forward(year: str) -> None:
    early = decision("defer", fy=year, approver="s151")
    version = forecast([unit("A1")], match(end_of_support="2030-07-31"), decisions=(early,))
    assert (bundle(version)["plan_by"], bundle(version)["spend_fy"]) == ("2030-07-31", "2030/31")
    assert {row.driver for row in rows(version)} == {"support"}


def test_an_override_puts_the_money_in_its_year_and_says_when_that_is_odd() -> None:
    override = decision("override_fy", fy="2029/30", approver="s151")
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), decisions=(override,))
    assert (bundle(version)["spend_fy"], bundle(version)["deliver_by"]) == ("2029/30", "2029-04-01")
    assert {row.driver for row in rows(version)} == {"decision"}
    assert "override_outside" in bundle(version)["flags"]
    sooner = decision("override_fy", fy="2027/28", approver="s151")
    version = forecast([unit("A1")], match(end_of_support="2029-07-31"), decisions=(sooner,))
    assert (bundle(version)["spend_fy"], bundle(version)["flags"]) == ("2027/28", ["class_price", "override_fy"])


def test_decisions_in_their_order() -> None:
    waiver = decision("waiver", expires=day("2029-12-31"), approver="s151")
    retire = decision("retire", date=day("2027-03-31"))
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), decisions=(waiver, retire))
    assert (rows(version), reasons(version)) == ([], {"A1": "retire"})


def test_a_project_pays_from_its_own_line_and_no_other() -> None:
    project = decision("project", line="Data Centre & Core Network Refresh")
    version = forecast([unit("A1"), unit("A2")], match(end_of_support="2027-07-31"), decisions=(project,))
    assert {(row.asset_id, row.line_code) for row in rows(version)} == {
        ("A1", "Data Centre & Core Network Refresh"),
        ("A2", "Evergreening Capital"),
    }


def test_leap_day() -> None:
    assert add_years(dt.date(2020, 2, 29), 5) == dt.date(2025, 2, 28)
    assert add_years(dt.date(2020, 2, 29), 8) == dt.date(2028, 2, 29)


def test_a_financial_year_may_start_in_august() -> None:
    university = Calendar.starting("08-01")
    assert (university.fy(day("2027-07-31")), university.fy(day("2027-08-01"))) == (fy("2026/27"), fy("2027/28"))


def test_an_unknown_installation_takes_the_earliest_that_is_known() -> None:
    made = unit("A1", purchased_on=day("2020-06-01"), manufactured_on=day("2018-05-01"), first_seen=day("2021-01-01"))
    assert made.age_from == (day("2018-05-01"), "manufactured_on")
    assert unit("A1", purchased_on=day("2020-06-01"), first_seen=day("2020-06-01")).age_from[1] == "purchased_on"
    put_in = unit("A1", installed_on=day("2021-02-01"), manufactured_on=day("2018-05-01"))
    assert put_in.age_from == (day("2021-02-01"), "installed_on")
    assert unit("A1").age_from == (None, "unknown")
