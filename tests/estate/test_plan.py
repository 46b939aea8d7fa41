"""The capped plan: the published example, and what holds of every plan (forecast-model.md 2.9, 2.15 W8, 2.17)."""

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estate.forecast.greedy import greedy, risk_first
from estate.forecast.plan import Item, Merit, Problem, Shared, left, merit, spending, violations
from estate.forecast.polish import polish
from estate.forecast.solver import Proof, solve


def item(name: str, cost: int, due: int, risk: int, **changes: object) -> Item:
    """A bundle of W8: the same price in each of three years, at the earliest the year before it is due."""
    made = Item(name, (cost,) * 3, (0,) * 4, due, risk, due - 1, 2)
    return replace(made, **changes)  # type: ignore[arg-type] # the names are checked at run time


W8 = (
    item("A", 300, 0, 10),
    item("B", 120, 0, 9, mandatory=True, latest=0),
    item("C", 260, 1, 6),
    item("D", 340, 1, 4),
    item("E", 90, 2, 3),
)
CAPPED = Problem(W8, (400, 400, 400))
BEST = {"A": 1, "B": 0, "C": 0, "D": 2, "E": 1}


def every(problem: Problem) -> list[dict[str, int]]:
    """All plans that break no rule."""
    names = [item.id for item in problem.items]
    choices = itertools.product(*((*item.window, problem.years) for item in problem.items))
    plans = (dict(zip(names, years, strict=True)) for years in choices)
    return [plan for plan in plans if not violations(problem, plan)]


def best(problem: Problem) -> Merit:
    return min(merit(problem, plan) for plan in every(problem))


def test_w8_has_fifty_plans_and_one_best() -> None:
    sound = [plan for plan in every(CAPPED) if merit(CAPPED, plan).shortfall == 0]
    assert len(sound) == 50
    assert [plan for plan in sound if merit(CAPPED, plan).late_risk == 14] == [BEST]
    solution = solve(CAPPED)
    assert solution.plan == BEST
    assert spending(CAPPED, solution.plan) == [380, 390, 340]
    assert solution.merit.late_risk == 14
    assert all(proof.proven for proof in solution.proofs)


def test_w8_with_carry_forward_ties_four_times_and_the_peak_decides() -> None:
    carried = replace(CAPPED, carry=True)
    tied = [plan for plan in every(carried) if merit(carried, plan)[:2] == (0, 14)]
    assert len(tied) == 4
    solution = solve(carried)
    assert (solution.plan, solution.merit.peak_pence) == (BEST, 390)


def test_w8_by_risk_alone_leaves_no_room_for_what_is_mandatory() -> None:
    plan = risk_first(CAPPED)
    assert (plan["A"], plan["B"]) == (0, 3)  # 3: beyond
    assert merit(CAPPED, plan).shortfall == 1
    assert merit(CAPPED, greedy(CAPPED)).shortfall == 0


def test_the_need_of_w8_does_not_fit() -> None:
    need = {item.id: item.due for item in W8}
    assert spending(CAPPED, need) == [420, 600, 90]
    assert violations(CAPPED, need) == ["year 0 is overspent by 20 pence", "year 1 is overspent by 200 pence"]


def test_what_cannot_be_done_at_all_is_a_shortfall_not_an_error() -> None:
    solution = solve(replace(CAPPED, caps=(100, 400, 400)))
    assert (solution.plan["B"], solution.merit.shortfall) == (3, 1)


def test_carry_forward_moves_what_is_left_and_no_more_than_its_limit() -> None:
    carried = replace(CAPPED, carry=True, carry_limit=50)
    assert left(carried, [100, 440, 0]) == [300, 10, 410]
    assert left(carried, [100, 460, 0])[1] == -10
    assert left(replace(carried, carry_limit=None), [100, 460, 0]) == [300, 240, 640]


def test_precedence_one_year_capacity_and_a_shared_cost_are_kept() -> None:
    days = tuple(replace(item, days=5) for item in W8)
    for rules in (
        {"before": (("D", "A"),)},
        {"together": (frozenset({"A", "E"}),)},
        {"items": days, "capacity": (5, 5, 15)},
        {"shared": (Shared(20, frozenset({"A", "C", "E"})),)},
    ):
        problem = replace(CAPPED, **rules)
        solution = solve(problem)
        assert violations(problem, solution.plan) == []
        assert solution.merit == best(problem)


def test_no_low_comes_before_a_high_that_could_be_done() -> None:
    items = (
        item("H", 300, 1, 5, priority="High"),
        item("L", 100, 0, 1, priority="Low"),
        item("X", 900, 0, 50, priority="High"),  # no year has room for it: nothing waits for it
    )
    problem = Problem(items, (400, 300, 400))
    solution = solve(problem)
    assert solution.plan == {"H": 0, "L": 0, "X": 3}
    blocked = replace(problem, caps=(200, 300, 400))
    assert solve(blocked).plan == {"H": 1, "L": 2, "X": 3}
    assert solve(replace(blocked, low_after_high=False)).plan == {"H": 1, "L": 0, "X": 3}


def test_bundles_that_differ_in_nothing_but_their_name_go_by_name() -> None:
    items = tuple(item(f"S{number:02}", 100, 0, 3, earliest=0) for number in range(11))
    problem = Problem(items, (400, 400, 100))
    solution = solve(problem)
    assert [solution.plan[f"S{number:02}"] for number in range(11)] == [0] * 4 + [1] * 4 + [2, 3, 3]
    assert all(proof.proven for proof in solution.proofs)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"A": 0}, "year 0 is overspent by 280 pence"),
        ({"B": 1}, "B is done in year 1, outside -1 to 0"),
        ({"E": 0}, "E is done in year 0, outside 1 to 2"),
        ({"F": 1}, "the plan does not have exactly one year for each bundle: F"),
    ],
)
def test_the_checker_refuses_a_tampered_plan(change: dict[str, int], broken: str) -> None:
    assert violations(CAPPED, BEST) == []
    assert violations(CAPPED, BEST | change) == [broken]


def _pence(dice: random.Random, count: int) -> tuple[int, ...]:
    return tuple(dice.randrange(10**8, 10**9) for _ in range(count))


@pytest.mark.parametrize("short", [0, 1])
@pytest.mark.parametrize("carry", [False, True])
def test_a_cap_that_fits_to_the_penny_fits_and_one_a_penny_less_does_not(short: int, carry: bool) -> None:  # noqa: FBT001 - parameters
    dice = random.Random(5)
    for _ in range(8):
        items = tuple(
            Item(f"b{number}", _pence(dice, 3), _pence(dice, 4), dice.randrange(3), dice.randrange(1, 9), 0, 2)
            for number in range(4)
        )
        caps = tuple(sum(item.cost[year] for item in dice.sample(items, 2)) - short for year in range(2))
        problem = Problem(items, (*caps, 0), carry)
        solution = solve(problem)
        assert solution.merit == best(problem)
        assert all(proof.proven for proof in solution.proofs)


def test_a_gap_is_stated_rounded_up() -> None:
    assert Proof("late_risk", 1000, 999).gap_pct == "0.10"
    assert Proof("late_risk", 30_001, 30_000).gap_pct == "0.01"
    assert (Proof("late_risk", 7, 7).gap_pct, Proof("late_risk", 7, None).gap_pct) == ("0.00", None)


# ------------------------------------------------------------------------------------------------- what always holds

YEARS = 3
amounts = st.integers(1, 9)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    items = []
    for number in range(draw(st.integers(1, 5))):
        base, due = draw(amounts), draw(st.integers(0, 2))
        items.append(
            Item(
                f"b{number}",
                tuple(base + draw(st.integers(0, 2)) for _ in range(YEARS)),
                tuple(draw(st.integers(0, 20)) for _ in range(YEARS + 1)),
                due,
                draw(st.integers(0, 4)),
                draw(st.integers(0, due)),
                draw(st.integers(due, 2)),
                draw(st.booleans()),
                draw(st.integers(0, 3)),
                draw(st.sampled_from(["High", "Medium", "Low"])),
            )
        )
    names = [item.id for item in items]
    pairs = (
        st.lists(st.sampled_from([*itertools.combinations(names, 2)]), max_size=1) if len(names) > 1 else st.just([])
    )
    return Problem(
        tuple(items),
        tuple(draw(st.integers(0, 14)) for _ in range(YEARS)),
        draw(st.booleans()),
        draw(st.none() | st.integers(0, 5)),
        draw(st.none() | st.just((3, 3, 3))),
        tuple(draw(pairs)),
        tuple(frozenset(pair) for pair in draw(pairs)),
        tuple(Shared(2, frozenset(pair)) for pair in draw(pairs)),
        draw(st.booleans()),
    )


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_solver_finds_what_trying_everything_finds(problem: Problem) -> None:
    solution = solve(problem)
    assert violations(problem, solution.plan) == []
    assert solution.merit == merit(problem, solution.plan) == best(problem)
    assert solution.merit <= solution.greedy
    assert all(proof.proven for proof in solution.proofs)


@settings(max_examples=25, deadline=None)
@given(problems(), st.integers(0, 2), st.integers(1, 9))
def test_a_larger_cap_never_makes_the_best_plan_worse(problem: Problem, year: int, more: int) -> None:
    problem = replace(problem, low_after_high=False)  # a High that fits at last takes its place before the Lows
    caps = tuple(cap + more * (place == year) for place, cap in enumerate(problem.caps))
    assert solve(replace(problem, caps=caps)).merit <= solve(problem).merit


@settings(max_examples=15, deadline=None)
@given(problems(), st.randoms())
def test_the_order_of_the_bundles_makes_no_difference(problem: Problem, shuffle: random.Random) -> None:
    items = list(problem.items)
    shuffle.shuffle(items)
    assert solve(replace(problem, items=tuple(items))).plan == solve(problem).plan


@settings(max_examples=40, deadline=None)
@given(problems())
def test_polishing_never_makes_a_plan_worse_or_unsound(problem: Problem) -> None:
    start = greedy(problem)
    better = polish(problem, start)
    assert violations(problem, better) == []
    assert merit(problem, better) <= merit(problem, start)
    assert polish(problem, start) == better


def test_a_late_bundle_takes_the_place_of_one_that_can_wait() -> None:
    items = (item("A", 300, 0, 2), item("B", 300, 0, 9), item("C", 80, 0, 1))
    problem = Problem(items, (400, 400, 0))
    start = {"A": 0, "B": 1, "C": 2 + 1}
    assert polish(problem, start) == {"A": 1, "B": 0, "C": 0}


def test_nodes_that_do_not_suffice_leave_a_sound_plan_with_its_gap() -> None:
    items = tuple(
        item(f"b{number:02}", 97 + 13 * (number % 7), number % 3, 1 + number * 7 % 11, earliest=0)
        for number in range(30)
    )
    problem = Problem(items, (900, 800, 700))
    short, long = solve(problem, nodes=1), solve(problem)
    assert violations(problem, short.plan) == []
    assert max(short.merit, long.merit) <= short.greedy
    assert solve(problem, nodes=1) == short
