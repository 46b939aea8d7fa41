"""How sure the need is (forecast-model.md 2.10, 2.15 W9)."""

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import EstateError
from config.sections.forecast import Simulation
from estate.forecast.arrays import tables_of
from estate.forecast.compute import compute
from estate.forecast.draws import MILLION, Stream, below, shifts, spread, times
from estate.forecast.indices import FxRow
from estate.forecast.inputs import Inputs
from estate.forecast.lines import Budget
from estate.forecast.quantiles import quantile, summary
from estate.forecast.simulation import simulate
from estate.inventory.unit import Population
from estate.lifecycle.milestones import Grade, Match
from tests.estate.forecast_kit import AS_OF, fy, policy, price, rate, unit

NOTHING = Simulation(
    price_pct=0, own_price_pct=0, stale_price_pct=0, index_points=0, fx_pct=0, ratio_pct=0,
    lead_days=(), date_days=(), unsure_date_days=(), slip_years=(),
)  # fmt: skip
BASE_YEARS = range(2026, 2031)


def inputs(ends: list[dt.date], **more: Any) -> Inputs:
    names = [f"S{number:03}" for number in range(len(ends))]
    kinds = ["switch", "router"]
    units = [unit(name, kind=kinds[at % 2], site=f"site{at % 3}", quantity=1 + at % 4) for at, name in enumerate(names)]
    given: dict[str, Any] = {
        "policies": (
            policy(contingency_pct=Decimal("7.5"), ratio_old=2),
            policy(policy="edge", kind="router", lead_days=42, source="policy.csv:3"),
        ),
        "prices": (
            price(list_price=Decimal("1234.56"), install=Decimal("33.37"), fixed=Decimal(100), training=Decimal("10.1"),
                  support_now=Decimal("9.99"), support_new=Decimal("7.77")),
            price(policy="edge", currency="USD", list_price=Decimal("99.99"), place="prices.csv:3"),
        ),
        "indices": tuple(rate(name, f"20{y}/{y + 1}", "2.7") for name in ("hardware", "labour") for y in range(27, 36)),
        "fx": (FxRow("USD", fy("2026/27"), Decimal("1.27"), "", "fx.csv:2"),),
        "budget": (Budget("Team", fy("2027/28"), Decimal(70), "", separate=False, note="", source="budget.csv:2"),),
    }  # fmt: skip
    matches = {name: Match(Grade.EXACT, dates={"end_of_support": end}) for name, end in zip(names, ends, strict=True)}
    return Inputs(AS_OF, fy("2026/27"), 5, Population(tuple(units), ()), matches=matches, **{**given, **more})


def need(given: Inputs) -> list[int]:
    found = dict.fromkeys(BASE_YEARS, 0)
    for row in compute(given).rows:
        if row.scenario == "need":
            found[row.fy.start] += row.amount_pence
    return list(found.values())


ENDS = [dt.date(2026 + year, 3 + year, 1) for year in range(-1, 7)]


def test_w9_percentiles_are_real_outcomes_and_do_not_add() -> None:
    parts = ([100_000] * 6 + [130_000] * 4, [200_000] * 5 + [240_000] * 5, [50_000] * 8 + [90_000] * 2)
    totals = [sum(choice) for choice in itertools.product(*parts)]
    assert {at: quantile(totals, at) for at in (50, 80, 90, 95)} == {50: 390_000, 80: 420_000, 90: 420_000, 95: 430_000}
    assert summary(totals)["mean"] == 390_000
    assert sum(quantile(part, 50) for part in parts) == 350_000
    assert sum(quantile(part, 90) for part in parts) == 460_000
    assert sum(total <= 420_000 for total in totals) == 900  # of 1,000: exactly enough


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 100))
def test_a_percentile_is_the_least_outcome_that_enough_do_not_exceed(outcomes: list[int], per_cent: int) -> None:
    found = quantile(outcomes, per_cent)
    assert found in outcomes
    assert 100 * sum(x <= found for x in outcomes) >= per_cent * len(outcomes)
    assert 100 * sum(x < found for x in outcomes) < per_cent * len(outcomes)


dates = st.dates(dt.date(2024, 1, 1), dt.date(2034, 12, 31))


@settings(max_examples=25, deadline=None)
@given(st.lists(dates, min_size=1, max_size=12))
def test_without_any_spread_every_run_is_the_need_to_the_penny(ends: list[dt.date]) -> None:
    given = inputs(ends)
    found = simulate(tables_of(given), NOTHING, 3, 1)
    assert found.tolist() == [need(given)] * 3


def test_what_is_bought_a_second_time_inside_the_years_is_in_every_run() -> None:
    again = inputs([dt.date(2026, 12, 31)], policies=(policy(policy_age_years=2, age_mode="hard", lead_days=0),))
    bought = {row.bundle_id for row in compute(again).rows if "synthetic=1" in row.flags}
    assert bought
    assert simulate(tables_of(again), NOTHING, 2, 1).tolist() == [need(again)] * 2


def test_what_was_replaced_long_before_the_first_year_is_still_supported() -> None:
    given = replace(inputs([dt.date(2027, 3, 1)]), base_fy=fy("2036/37"))
    found = simulate(tables_of(given), NOTHING, 1, 1)
    assert found.tolist() == [_yearly(given)]
    assert found.sum() == 5 * 777


def _yearly(given: Inputs) -> list[int]:
    found = [0] * given.years
    for row in compute(given).rows:
        found[row.year_index] += row.amount_pence * (row.scenario == "need")
    return found


def test_the_same_seed_gives_the_same_runs_and_how_many_go_together_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = tables_of(inputs(ENDS))
    first = simulate(tables, Simulation(), 400, 7)
    assert (first == simulate(tables, Simulation(), 400, 7)).all()
    assert (first != simulate(tables, Simulation(), 400, 8)).any()
    monkeypatch.setattr("estate.forecast.simulation.CELLS", 50)
    assert (first == simulate(tables, Simulation(), 400, 7)).all()
    # numpy promises the bits, integer arithmetic the rest: these figures are the same on every machine
    assert first.sum(axis=1)[:3].tolist() == PINNED


PINNED = [651_360, 558_322, 712_362]


def test_the_order_of_assets_makes_no_difference() -> None:
    given = inputs(ENDS)
    other = replace(given, population=Population(tuple(reversed(given.population.units)), ()))
    assert (simulate(tables_of(given), Simulation(), 50, 1) == simulate(tables_of(other), Simulation(), 50, 1)).all()


def one(**changes: Any) -> tuple[list[int], list[int]]:
    """The totals and the first year that has money, of 200 runs in which only one thing is unsure."""
    tables = replace(tables_of(inputs(ENDS, budget=())), stale=np.array([0, 1] * 4))
    spreads = NOTHING.model_copy(update=changes)
    found = simulate(tables, spreads, 200, 3)
    return sorted(set(found.sum(axis=1).tolist())), found.sum(axis=0).tolist()


@pytest.mark.parametrize(
    "changes",
    [
        {"price_pct": 15}, {"own_price_pct": 15}, {"stale_price_pct": 15}, {"index_points": 2}, {"fx_pct": 15},
        {"ratio_pct": 30}, {"lead_days": ((258, 50),)}, {"date_days": ((-365, 50),)}, {"slip_years": ((1, 50),)},
    ],
)  # fmt: skip
def test_each_thing_that_is_unsure_moves_the_total_on_its_own(changes: dict[str, Any]) -> None:
    assert len(one(**changes)[0]) > 1


def test_a_slip_moves_money_into_the_next_year_at_its_prices() -> None:
    given = inputs([dt.date(2027, 3, 1)], budget=())
    found = simulate(tables_of(given), NOTHING.model_copy(update={"slip_years": ((1, 100),)}), 1, 1)
    base = need(given)
    assert base[0] > 0
    (late,) = found.tolist()
    # one year's inflation of 2.7 %; live in the same year as before, so its support, 7.77, is as it was
    assert (late[0], base[1]) == (0, 777)
    assert late[1] == pytest.approx(base[0] * 1.027 + 777, abs=3)
    assert late[2:] == base[2:]


def test_what_is_unsure_of_money_stays_inside_its_bounds() -> None:
    pairs = Stream(5, 0).pairs(20_000)
    factors = spread(pairs, 15)
    assert (factors.min() >= 850_000, factors.max() <= 1_150_000) == (True, True)
    assert abs(int(factors.sum()) // 20_000 - MILLION) < 2_000
    assert (spread(pairs, 0) == MILLION).all()
    drawn = shifts(pairs[0], ((60, 15), (150, 10)))
    assert set(drawn.tolist()) == {0, 60, 150}
    assert abs(int((drawn == 60).sum()) - 3_000) < 200
    assert set(below(pairs[1], 6).tolist()) == set(range(6))
    assert times(np.array([5, -1]), np.array([500_000, MILLION])).tolist() == [3, -1]


def test_an_amount_that_would_overflow_is_refused() -> None:
    tables = tables_of(inputs(ENDS))
    with pytest.raises(EstateError, match="too large to simulate"):
        simulate(replace(tables, goods=tables.goods + 2**60), Simulation(), 1, 1)
