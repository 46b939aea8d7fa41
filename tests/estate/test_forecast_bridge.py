"""Why a forecast moved (forecast-model.md 2.11): W2h, W11, and what holds of every pair."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from config.errors import EstateError, UsageError
from estate.cli import estate
from estate.forecast import bridging
from estate.forecast.actuals import Actual
from estate.forecast.bridge import Bridge, Cell, cells_of
from estate.forecast.bridge_why import why
from estate.forecast.bridging import Side, bridge
from estate.forecast.compute import money
from estate.forecast.hybrid import DRIVERS, FIELDS, WITHOUT_MONEY, Pair
from estate.forecast.inputs import Inputs, Parameters
from estate.forecast.lines import Budget, Funding, Line, Site
from estate.forecast.shapley import largest_remainder
from estate.inventory.unit import Excluded, Population, Unit
from estate.lifecycle.milestones import Match
from tests.estate.forecast_kit import LINE, day, decision, fy, match, policy, price, rate, unit

STARTER = Path(config.__file__).parent / "starter"


def inputs(units: Sequence[Unit], matches: dict[str, Match] | None = None, **changes: Any) -> Inputs:
    given: dict[str, Any] = {
        "as_of": day("2026-11-22"),
        "base_fy": fy("2026/27"),
        "years": 5,
        "population": Population(tuple(units)),
        "matches": {item.asset_id: match(end_of_support="2027-07-31") for item in units}
        if matches is None
        else matches,
        "policies": (policy(),),
        "prices": (price(),),
        "lines": (Line(LINE, LINE, "", "Requested", "", "", "", "lines.csv:2"),),
        "scenarios": ("need",),
    }
    return Inputs(**{**given, **changes})


def bridged(old: Inputs, new: Inputs, *, shapley: bool = False) -> Bridge:
    pair = Pair(old, new, new.scenarios[0])
    return bridge(pair, Side.of(1, money(old)), Side.of(2, money(new)), shapley=shapley)


def moves(made: Bridge) -> dict[int, int]:
    return {driver: made.moved(driver) for driver in made.drivers}


# ------------------------------------------------------------------------------------------------------ worked examples


def test_w2h_one_night_moves_the_money_and_is_the_passage_of_time() -> None:
    things, matches = [unit("A1")], {"A1": match(end_of_support="2025-10-31")}
    made = bridged(inputs(things, matches, as_of=day("2026-12-01")), inputs(things, matches, as_of=day("2026-12-02")))
    assert {(item.driver, item.fy, item.pence) for item in made.effects} == {
        (1, "2026/27", -100_000),
        (1, "2027/28", 100_000),
    }
    assert [step.words for step in made.steps()] == ["Forecast 1", "Forecast 2"]
    assert [step.pence for step in made.steps(fy="2027/28")] == [0, 100_000, 100_000]


def w11() -> tuple[Inputs, Inputs]:
    old = [unit(f"A{number:02}", first_seen=day("2026-01-01")) for number in range(10)]
    new = [unit(f"B{number}", first_seen=day("2026-12-10")) for number in range(2)]
    given: dict[str, Any] = {"policies": (policy(contingency_pct=Decimal(10)),)}
    # bought in 2027/28 at prices of 2026/27: one year of inflation
    return (
        inputs(old, prices=(price(list_price=Decimal(4000)),), indices=(rate("hardware", "2027/28", "3"),), **given),
        inputs(
            [*old, *new],
            prices=(price(list_price=Decimal(4200)),),
            indices=(rate("hardware", "2027/28", "4"),),
            as_of=day("2026-12-22"),
            **given,
        ),
    )


def test_w11_in_the_published_order_and_backwards() -> None:
    old, new = w11()
    made = bridged(old, new)
    assert made.steps()[0].pence == 4_532_000
    assert made.steps()[-1].pence == 5_765_760
    assert moves(made) == {3: 906_400, 8: 271_920, 9: 55_440}
    # the reverse of the same drivers, one after the other
    assert moves(bridged(new, old)) == {3: -960_960, 8: -228_800, 9: -44_000}


@pytest.mark.parametrize("shapley", [False, True])
def test_a_spare_that_comes_to_the_shelf_meets_a_need_wherever_it_is(*, shapley: bool) -> None:
    """Two sites want the same thing: whoever needs it first has it, so neither is told without the other."""
    things = [unit("A1", site="civic"), unit("B1", site="depot"), unit("C1", site="park", kind="router")]
    dates = {
        "A1": match(end_of_support="2028-07-31"),
        "B1": match(end_of_support="2027-07-31"),
        "C1": match(end_of_support="2027-07-31"),
    }
    given: dict[str, Any] = {
        "policies": (policy(), policy(policy="edge", kind="router", source="policy.csv:3")),
        "prices": (price(), price(policy="edge", replacement="router", place="prices.csv:3")),
    }
    spare = Excluded(unit("SP1", part_number="new switch", state="spare"), "a spare: not replaced of itself")
    shelf = Population(tuple(things), (spare,))
    without, stocked = inputs(things, dates, **given), inputs(things, dates, population=shelf, **given)
    made = bridged(without, stocked, shapley=shapley)
    assert {(item.driver, item.fy, item.pence) for item in made.effects} == {(3, "2027/28", -100_000)}
    later = replace(stocked, matches={**dates, "A1": match(end_of_support="2026-12-31")})
    moved = bridged(stocked, later, shapley=shapley)
    assert sum(moves(moved).values()) == 0
    assert {item.driver for item in moved.effects} == {5}


def test_w11_as_the_mean_over_all_orders() -> None:
    made = bridged(*w11(), shapley=True)
    assert {driver: share / 100 for driver, share in made.exact.items() if share} == {
        3: Fraction(140_041, 15),
        8: Fraction(37_576, 15),
        9: Fraction(7_447, 15),
    }
    assert moves(made) == {3: 933_607, 8: 250_506, 9: 49_647}
    assert sum(moves(made).values()) == 1_233_760


# ------------------------------------------------------------------------------------------------- what is which driver


def test_each_driver_alone_is_called_by_its_name() -> None:
    base = inputs([unit("A1"), unit("A2", device="core-1", slot="1")], years=3)
    later: dict[str, Any] = {"as_of": day("2026-12-22")}
    swap = unit("N1", device="core-1", slot="1", first_seen=day("2026-12-01"))
    everybody = {**base.matches, "N1": match(end_of_support="2027-07-31"), "N2": match(end_of_support="2027-07-31")}
    cases: dict[int, Inputs] = {
        1: replace(base, years=1),
        2: replace(
            base,
            **later,
            population=Population((unit("A1"), swap)),
            matches={**everybody, "N1": match(end_of_support="2040-01-01")},
        ),
        3: replace(base, **later, population=Population((unit("A1"),)), matches=everybody),
        4: replace(base, population=Population((unit("A1", quantity=2), *base.population.units[1:]))),
        5: replace(base, matches={**base.matches, "A1": match(end_of_support="2029-07-31")}),
        6: replace(base, policies=(policy(contingency_pct=Decimal(5)),)),
        7: replace(base, decisions=(decision("override_fy", fy="2028/29", approver="A"),)),
        8: replace(base, prices=(price(place="prices.csv:3"), price(part_number="C9500", policy=None, vendor="Cisco",
                                                                      list_price=Decimal(1500)))),
        9: replace(base, indices=(rate("hardware", "2027/28", "4"),)),
    }  # fmt: skip
    for driver, other in cases.items():
        made = bridged(base, other)
        assert made.drivers == (driver,), DRIVERS[driver]
        units = {item.asset_id for item in made.effects}
        said = {name: why(Pair(base, other), driver, name) for name in units}
        assert all(said.values())
    assert why(Pair(base, cases[5]), 5, "A1") == "end of support 2027-07-31 -> 2029-07-31 (cisco.csv:2)"
    assert why(Pair(base, cases[8]), 8, "A1").startswith("vendor blank -> Cisco")
    assert why(Pair(base, cases[2]), 2, "A2") == "replaced by what stands in its place"
    assert why(Pair(base, cases[7]), 7, "A1") == "no decision -> D1 (override_fy)"


def test_what_is_found_late_is_a_correction_and_what_is_new_is_not() -> None:
    base = inputs([unit("A1")])
    found = unit("F1", first_seen=day("2026-12-10"), installed_on=day("2020-05-01"))
    came = unit("N1", first_seen=day("2026-12-10"))
    spare = unit("S1", first_seen=day("2020-01-01"), state="spare")
    old = replace(base, population=Population((unit("A1"),), (Excluded(spare, "spare"),)))
    everybody = inputs([unit("A1"), found, came, replace(spare, state="in_service")], as_of=day("2026-12-22"))
    driver = {key: change.driver for key, change in Pair(old, everybody).changes.items()}
    assert driver == {"A1": 0, "F1": 4, "N1": 3, "S1": 3}
    gone = inputs([unit("D1", origin="declared"), unit("A1")])
    left = {key: change.driver for key, change in Pair(gone, replace(base, as_of=day("2026-12-22"))).changes.items()}
    assert left == {"A1": 0, "D1": 4}


def test_a_night_without_news_moves_nothing() -> None:
    old = inputs([unit("A1", last_seen=day("2026-11-22"), observation=1)])
    new = inputs([unit("A1", last_seen=day("2026-11-23"), observation=9, stale=True)], as_of=day("2026-11-23"))
    assert bridged(old, new).effects == ()


def test_a_line_that_is_asked_for_and_then_computed() -> None:
    asked = Budget(LINE, fy("2027/28"), Decimal(500), "", separate=False, note="", source="budget.csv:2")
    old = inputs([], budget=(asked,))
    new = inputs([unit("A1", first_seen=day("2026-12-01"))], budget=(asked,), as_of=day("2026-12-22"))
    made = bridged(old, new)
    assert {(item.driver, item.asset_id, item.pence) for item in made.effects} == {(3, "", -50_000), (3, "A1", 100_000)}


def test_a_spare_is_of_no_use_to_another_entity() -> None:
    """Whose a unit is decides which spares may meet its need: a corrected entity moves money."""
    spare = Excluded(unit("X1", state="spare", part_number="new switch", entity="South"), "spare")
    population = [Population((unit("A1", entity=name),), (spare,)) for name in ("South", "Vale")]
    old, new = (inputs([unit("A1")], population=item) for item in population)
    assert moves(bridged(old, new)) == {4: 100_000}


@pytest.mark.parametrize("shapley", [False, True])
def test_the_year_that_is_funded_next_moves_what_a_freeze_holds_up(shapley: bool) -> None:  # noqa: FBT001 - a view
    """A freeze lasts until a year has released money: who funds when is a decision, and moves nothing else."""

    def funded(year: str) -> tuple[Funding, ...]:
        return (Funding("", fy(year), "", "existing", "released", False, "approved", Decimal(9), "", "funding.csv:2"),)

    given: dict[str, Any] = {"scenarios": ("freeze",), "as_of": day("2026-11-23"), "prices": (price(),)}
    old, new = (inputs([unit("A1")], funding=funded(year), **given) for year in ("2028/29", "2029/30"))
    assert {(item.driver, item.fy, item.pence) for item in bridged(old, new, shapley=shapley).effects} == {
        (7, "2028/29", -100_000),
        (7, "2029/30", 100_000),
    }
    need: dict[str, Any] = {**given, "scenarios": ("need",)}
    old, new = (inputs([unit("A1")], funding=funded(year), **need) for year in ("2028/29", "2029/30"))
    assert bridged(old, new).effects == ()
    later = inputs([unit("A1")], funding=funded("2028/29"), **{**given, "prices": (price(list_price=Decimal(900)),)})
    assert moves(bridged(inputs([unit("A1")], funding=funded("2028/29"), **given), later)) == {8: -10_000}


def test_every_input_belongs_to_a_driver_or_moves_no_money() -> None:
    names = {item.name for item in dataclasses.fields(Inputs)}
    assert names == {*FIELDS, *WITHOUT_MONEY}


# ------------------------------------------------------------------------------------------------------- for every pair

days = st.dates(dt.date(2025, 1, 1), dt.date(2031, 12, 31))
things = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["switch", "router"]),
        "site": st.sampled_from(["civic", "depot"]),
        "quantity": st.integers(1, 3),
        "group": st.sampled_from([None, None, "pair:1"]),
        "first_seen": st.sampled_from([day("2020-01-01"), day("2026-12-05")]),
        "origin": st.sampled_from(["seen", "declared"]),
    }
)


@st.composite
def sides(draw: st.DrawFn) -> Inputs:
    """An estate of up to eight units out of the same twelve, with files that differ a little."""
    ids = draw(st.sets(st.integers(0, 11), max_size=8))
    units = [unit(f"U{number:02}", device=f"d{number // 2}", slot=str(number % 2), **draw(things)) for number in ids]
    ends = draw(st.lists(days, min_size=2, max_size=2))
    line = draw(st.sampled_from([LINE, "Team"]))
    return inputs(
        units,
        {item.asset_id: match(end_of_support=str(ends[len(item.asset_id + str(item.site)) % 2])) for item in units},
        as_of=draw(st.sampled_from([day("2026-11-22"), day("2026-12-22")])),
        years=draw(st.integers(4, 5)),
        policies=(
            policy(contingency_pct=draw(st.sampled_from([Decimal(0), Decimal("7.5")])), ratio_old=2),
            policy(policy="edge", kind="router", lead_days=42, line=line, source="policy.csv:3"),
        ),
        prices=(
            price(list_price=draw(st.sampled_from([Decimal("1234.56"), Decimal(999)])), fixed=Decimal("100.01")),
            price(policy="edge", list_price=Decimal("99.99"), place="prices.csv:3"),
        ),
        indices=(rate("hardware", "2027/28", draw(st.sampled_from(["2.7", "3"]))),),
        decisions=(decision("override_fy", serial="U0*", fy="2029/30"),) if draw(st.booleans()) else (),
        sites=(Site("depot", "", "", day("2028-01-01"), "", "sites.csv:2"),) if draw(st.booleans()) else (),
        budget=(Budget("Team", fy("2027/28"), Decimal("70.50"), "", separate=False, note="", source="budget.csv:2"),),
        actuals=tuple(
            Actual("", "", f"u0{place}", fy("2028/29"), kind, Decimal(5), None, "PO1", "actuals.csv:2")
            for place, kind in enumerate(draw(st.lists(st.sampled_from(["committed", "received"]), max_size=4)))
        ),
        parameters=Parameters(max_pull_forward=draw(st.integers(0, 1))),
    )


@settings(max_examples=60, deadline=None)
@given(sides(), sides())
def test_the_effects_are_full_runs_and_come_to_the_difference(old: Inputs, new: Inputs) -> None:
    made = bridged(old, new)
    pair, chosen = Pair(old, new), frozenset[int]()
    before = cells_of(money(pair.mixed(chosen)))
    assert +before == +made.before
    for driver in DRIVERS:
        chosen |= {driver}
        after = cells_of(money(pair.mixed(chosen)))
        effect = {cell: after[cell] - before[cell] for cell in after.keys() | before.keys()}
        ours: Counter[Cell] = Counter()
        for item in made.effects:
            if item.driver == driver:
                ours[Cell(item.line, item.fy, item.asset_id, item.component)] += item.pence
        assert {cell: pence for cell, pence in effect.items() if pence} == ours
        before = after
    assert +before == +made.after


@settings(max_examples=25, deadline=None)
@given(sides(), sides())
def test_shapley_adds_up_and_turns_its_sign_with_the_direction(old: Inputs, new: Inputs) -> None:
    there, back = bridged(old, new, shapley=True), bridged(new, old, shapley=True)
    assert {driver: -share for driver, share in back.exact.items()} == there.exact
    assert sum(there.exact.values()) == there.after.total() - there.before.total()
    for line, year in {(cell.line, cell.fy) for cell in (*there.before, *there.after)}:
        steps = there.steps(line=line, fy=year)
        assert sum(step.pence for step in steps[1:-1]) == steps[-1].pence - steps[0].pence


@given(st.dictionaries(st.integers(), st.fractions(-1000, 1000, max_denominator=720), min_size=1, max_size=9))
def test_the_largest_rests_take_the_odd_pence(parts: dict[int, Fraction]) -> None:
    whole = sum(parts.values(), Fraction(0))
    made = largest_remainder(parts, whole.numerator // whole.denominator)
    assert sum(made.values()) == whole.numerator // whole.denominator
    assert all(abs(made[key] - part) < 1 for key, part in parts.items())


def test_shapley_of_too_much_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridging, "MAX_EVALUATIONS", 3)
    with pytest.raises(EstateError, match="would evaluate 16 bundles, more than 3"):
        bridged(*w11(), shapley=True)


def test_a_version_that_is_not_what_its_inputs_give_is_no_bridge() -> None:
    old, new = w11()
    rows = tuple(money(new))
    wrong = (replace(rows[0], amount_pence=rows[0].amount_pence + 1), *rows[1:])
    with pytest.raises(EstateError, match="differ by 1p"):
        bridge(Pair(old, new), Side.of(1, money(old)), Side.of(2, wrong))
    # another release computed it: then that is what moved it
    made = bridge(Pair(old, new), Side.of(1, money(old)), Side.of(2, wrong, ours=False))
    assert moves(made) == {0: 1, 3: 906_400, 8: 271_920, 9: 55_440}
    assert made.steps()[1].words == "Another release of estate"


# -------------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "estate.toml").write_text('entity = "Anyborough"\n', encoding="utf-8")
    assets = "serial,vendor,part_number,kind,role,site,installed_on,contract_end\n"
    core = "FOC1,Cisco,C9500-48Y4C,switch,core,civic,2021-05-01,2027-07-31\n"
    (tmp_path / "assets.csv").write_text(assets + core, encoding="utf-8")
    assert (
        CliRunner().invoke(estate, ["--config", str(tmp_path), "forecast", "run", "--as-of", "2026-11-22"]).exit_code
        == 0
    )
    edge = "FOC2,Cisco,C9300-48P,switch,access,civic,2026-12-01,2028-09-30\n"
    (tmp_path / "assets.csv").write_text(assets + core + edge, encoding="utf-8")
    prices = (tmp_path / "prices.csv").read_text().replace("38250", "40000")
    (tmp_path / "prices.csv").write_text(prices, encoding="utf-8")
    run = ["--config", str(tmp_path), "forecast", "run", "--as-of", "2026-12-22"]
    assert CliRunner().invoke(estate, run).exit_code == 0
    return tmp_path


def ask(folder: Path, *words: str) -> Any:
    result = CliRunner().invoke(estate, ["--config", str(folder), "forecast", "bridge", *words, "-o", "json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


def test_the_command_bridges_two_versions_down_to_the_units(folder: Path) -> None:
    rows = ask(folder, "1", "2")
    assert [row["name"] for row in rows] == ["Forecast 1", "Estate added and removed", "Price book", "Forecast 2"]
    totals = [Decimal(row["total"]) for row in rows]
    assert totals[0] + totals[1] + totals[2] == totals[3]
    assert totals[2] == Decimal("1750.00") * Decimal("1.10")
    core = ask(folder, "1", "2", "--line", "data centre & core network refresh", "--fy", "2027/28")
    assert [row["name"] for row in core] == ["Forecast 1", "Price book", "Forecast 2"]
    units = ask(folder, "1", "2", "--units")
    assert sum(Decimal(row["amount_gbp"]) for row in units) == totals[3] - totals[0]
    said = {(row["driver"], row["asset_id"]): row["why"] for row in units}
    assert said == {
        (3, "FOC2"): "new, known since 2026-12-01",
        (8, "FOC1"): "list price 38250 -> 40000 (prices.csv:2)",
    }
    assert [row["total"] for row in ask(folder, "1", "2", "--shapley")] == [row["total"] for row in rows]
    with pytest.raises(UsageError, match="on line 'nope'"):
        ask(folder, "1", "2", "--line", "nope")
    with pytest.raises(EstateError, match="there is no forecast 9"):
        ask(folder, "1", "9")
