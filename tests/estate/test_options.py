"""The options side by side, the confidence strip and the tornado (forecast-model.md 2.17, 3, S14)."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.sections.forecast import Simulation
from estate.cli import estate
from estate.forecast.compute import compute
from estate.forecast.confidence import confidence_of, tornado_of
from estate.forecast.inputs import Inputs, Parameters
from estate.forecast.lines import Budget
from estate.forecast.options import Option, options_of
from estate.forecast.plan_problem import Terms
from estate.forecast.planning import plan_of
from estate.forecast.uncertainty import simulation_of
from estate.forecast.version import Version
from estate.inventory.unit import Population
from tests.estate.forecast_kit import AS_OF, day, decision, fy, match, policy, price, unit
from tests.estate.test_planning import EDGE, PRICES, YEARS

SCENARIOS = ("need", "do_nothing", "capped", "minimum_compliance")


def inputs(**more: Any) -> Inputs:
    """A core switch and an edge router due in 2028/29, an overdue router that has no price, one line without assets."""
    units = (
        unit("A1", site="a", quantity=2),
        unit("B1", site="b", kind="router"),
        unit("C1", site="c", kind="server"),
    )
    made = Inputs(
        AS_OF,
        fy("2026/27"),
        5,
        Population(units, ()),
        matches={
            "A1": match(end_of_support="2028-07-31"),
            "B1": match(end_of_support="2028-07-31"),
            "C1": match(end_of_support="2026-01-31"),
        },
        policies=(policy(), EDGE, policy(policy="server", kind="server", source="policy.csv:4")),
        prices=PRICES,
        budget=(Budget("Team", fy("2027/28"), Decimal(70), "", separate=False, note="", source="budget.csv:2"),),
        parameters=Parameters(de_minimis_gbp=Decimal(1000), key_decision_gbp=Decimal(2000)),
        scenarios=SCENARIOS,
    )
    made = replace(made, **more)
    caps = dict(zip(YEARS, (0, 7000, 40_000, 0, 0), strict=True))
    return replace(made, attached={"plan": plan_of(made, Terms(caps, low_after_high=False))})


def by_name(found: list[Option]) -> dict[str, Option]:
    return {item.scenario: item for item in found}


def test_options_cost_what_the_rows_say_and_leave_what_they_do_not_replace() -> None:
    given = inputs()
    version, found = compute(given), by_name(options_of(given))
    assert list(found) == ["do_nothing", "minimum_compliance", "capped", "need"]
    for name, option in found.items():
        cut = version.header["cap_rev"][name]
        assert option.capital_pence == sum(cut["C"].values())
        assert option.revenue_pence == sum(cut["R"].values())
    # the core switch is a row of two things
    assert [option.replaced for option in found.values()] == [0, 2, 1, 3]
    # two core switches of 1,000 and a router of 400; the server is in debt too, and has no price
    assert [option.debt_pence for option in found.values()] == [240_000, 40_000, 200_000, 0]
    assert {option.debt_unpriced for option in found.values()} == {1}
    assert [option.past_security for option in found.values()] == [4, 2, 3, 1]
    # from the end of July 2028 to the end of March 2031 are 973 days, from January 2026 on 1,885
    assert found["do_nothing"].late_days == 3 * 973 + 1885
    assert found["need"].late_days == 1885
    assert [option.key_decisions for option in found.values()] == [
        (), ("a|core|new switch|1",), (), ("a|core|new switch|1",),
    ]  # fmt: skip


def test_what_has_no_price_counts_as_many_as_it_stands_for() -> None:
    units = (unit("A1", kind="server", quantity=24),)
    given = inputs(population=Population(units, ()), matches={"A1": match(end_of_support="2026-01-31")})
    assert {option.debt_unpriced for option in options_of(replace(given, attached={}))} == {24}


def test_a_line_whose_assets_have_no_rate_is_not_asked_for_as_in_the_rows() -> None:
    asks = Budget(policy().line or "", fy("2027/28"), Decimal(70), "", separate=False, note="", source="budget.csv:2")
    dollars = price(currency="USD")
    given = replace(inputs(prices=(dollars, PRICES[1]), policies=(policy(),), budget=(asks,)), attached={})
    assert given.fx == ()
    version = compute(replace(given, scenarios=("need",)))
    assert by_name(options_of(given))["need"].revenue_pence == sum(version.header["cap_rev"]["need"]["R"].values()) == 0


def test_what_is_taken_away_is_late_until_it_goes() -> None:
    gone = decision("retire", serial="C1", date=day("2026-12-31"))
    assert by_name(options_of(inputs(decisions=(gone,))))["need"].late_days == 334  # since the end of January


def test_doing_nothing_costs_no_capital_and_leaves_debt() -> None:
    nothing = options_of(inputs())[0]
    assert (nothing.title, nothing.capital_pence) == ("Do nothing", 0)
    assert nothing.debt_pence > 0
    assert nothing.revenue_pence > 0


def test_a_waiver_changes_no_debt() -> None:
    waived = inputs(decisions=(decision("waiver", serial="A1", expires=day("2030-12-31"), approver="Cabinet"),))
    assert options_of(waived)[0].debt_pence == options_of(inputs())[0].debt_pence


def test_without_a_plan_there_are_three_options() -> None:
    assert [item.scenario for item in options_of(replace(inputs(), attached={}))] == [
        "do_nothing", "minimum_compliance", "need",
    ]  # fmt: skip


def version(**more: Any) -> Version:
    given = inputs(**more)
    found = simulation_of(given, Simulation(), 50, 1, sensitive=True)
    return compute(replace(given, scenarios=("need", "do_nothing"), attached={"simulation": found}))


def test_the_confidence_strip_says_how_much_is_priced_and_dated_and_what_is_missing() -> None:
    quoted = price(policy="edge", list_price=Decimal(400), quoted_on=day("2024-01-31"), place="prices.csv:3")
    strip = confidence_of(version(prices=(PRICES[0], quoted)))
    core = 200_000 + 3 * 2 * 2000  # two at 1,000, and support of 20.00 in three years
    assert strip.need_pence == core + 40_000 + 7000
    assert (strip.recent_pence, strip.dated_pence) == (core, core + 40_000)
    assert (strip.recent_pct, strip.dated_pct) == (81, 97)
    assert strip.unquantified == 1
    assert strip.runs == 50
    assert None not in {strip.p50, strip.p80, strip.p90}
    undated = confidence_of(version(prices=(PRICES[0], replace(quoted, quoted_on=None, price_fy=None))))
    assert (undated.recent_pence, undated.recent_pct) == (core, 81)
    bare = confidence_of(compute(replace(inputs(), attached={}, scenarios=("need",))))
    assert (bare.p80, bare.runs) == (None, 0)


def test_the_tornado_has_its_widest_bar_first() -> None:
    base, bars = tornado_of(version())
    assert base > 0
    widths = [abs(bar.high_pence - bar.low_pence) for bar in bars]
    assert widths == sorted(widths, reverse=True)
    assert tornado_of(compute(replace(inputs(), attached={}, scenarios=("need",)))) == (0, [])


@pytest.mark.parametrize("planned", [False, True])
def test_the_options_of_a_stored_version(tmp_path: Path, planned: bool) -> None:  # noqa: FBT001 - a parameter
    folder = tmp_path / "estate"
    runner = CliRunner()
    runner.invoke(estate, ["init", str(folder)])
    assets = (
        "serial,vendor,part_number,kind,role,site,contract_end\nFOC1,Cisco,C9500-48Y4C,switch,core,civic,2027-07-31\n"
    )
    (folder / "assets.csv").write_text(assets, encoding="utf-8")
    asked = ["--config", str(folder), "forecast"]
    runner.invoke(estate, [*asked, "run", "--as-of", "2026-11-22"])
    if planned:
        runner.invoke(estate, [*asked, "plan", "1", "--cap", "1"])
    result = runner.invoke(estate, [*asked, "options", str(1 + planned), "-o", "json"])
    assert result.exit_code == 0, result.output
    names = [row["option"] for row in json.loads(result.stdout)]
    assert names == ["Do nothing", "Minimum compliance", *(["Capped"] if planned else []), "Full"]
    assert ("no plan" in result.stderr) != planned


def test_the_path_of_debt_ends_where_the_option_does_and_is_the_path_of_the_header() -> None:
    made = inputs()
    path = compute(made).header["debt"]["path"]
    found = by_name(options_of(made))
    for option in found.values():
        assert len(option.path_pence) == made.years
        assert option.path_pence[-1] == option.debt_pence
    for name in ("do_nothing", "need"):
        assert list(found[name].path_pence) == [row[name]["pence"] for row in path]
    assert found["need"].path_pence <= found["capped"].path_pence <= found["do_nothing"].path_pence
