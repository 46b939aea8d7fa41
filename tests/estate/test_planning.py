"""From a stored forecast to a capped plan: rows, reasons, and the command (forecast-model.md 2.9)."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings

from config.errors import UsageError
from estate.cli import estate
from estate.forecast.binding import displaced
from estate.forecast.bridging import Side, bridge
from estate.forecast.compute import compute, money
from estate.forecast.hybrid import Pair
from estate.forecast.inputs import Inputs
from estate.forecast.lines import Budget, Funding, Site
from estate.forecast.plan import Problem, Shared, violations
from estate.forecast.plan_problem import Terms, late_band, problem_of, released
from estate.forecast.planning import make_plan, plan_of, proof_sentence
from estate.forecast.service import pinned_inputs
from estate.forecast.solver import solve
from estate.forecast.verify import identities
from estate.forecast.version import Version
from estate.inventory.unit import Population, Unit
from estate.store.database import open_database
from tests.estate.forecast_kit import AS_OF, day, decision, fy, match, policy, price, rate, rows, unit
from tests.estate.test_plan import problems

EDGE = policy(policy="edge", kind="router", tier="edge", source="policy.csv:3")
PRICES = (
    price(support_now=Decimal(50), support_new=Decimal(20)),
    price(policy="edge", list_price=Decimal(400), place="prices.csv:3"),
)
YEARS = [fy(f"20{year}/{year + 1}") for year in range(26, 31)]


def inputs(units: list[Unit], ends: dict[str, str], **more: Any) -> Inputs:
    """Each unit is at a site of its own, so each is a bundle of its own."""
    given: dict[str, Any] = {"policies": (policy(), EDGE), "prices": PRICES, "scenarios": ("need", "do_nothing")}
    return Inputs(
        AS_OF,
        fy("2026/27"),
        5,
        Population(tuple(replace(item, site=item.asset_id) for item in units), ()),
        matches={name: match(end_of_support=end) for name, end in ends.items()},
        **{**given, **more},
    )


def terms(*pounds: int, **more: Any) -> Terms:
    return Terms(dict(zip(YEARS, (amount * 100 for amount in pounds), strict=True)), **more)


def planned(given: Inputs, wanted: Terms) -> Version:
    statement = plan_of(given, wanted)
    scenarios = (*given.scenarios, "capped")
    return compute(replace(given, scenarios=scenarios, attached={"plan": statement}))


def once(version: Version, scenario: str = "capped") -> dict[str, str]:
    return {row.asset_id: str(row.fy) for row in rows(version, scenario) if row.component == "hardware"}


TWO = inputs([unit("A1"), unit("B1", kind="router")], {"A1": "2028-07-31", "B1": "2028-07-31"})
A, B = "A1|core|new switch|1", "B1|edge|new switch|1"


def test_what_does_not_fit_moves_and_pays_for_waiting() -> None:
    version = planned(TWO, terms(0, 0, 1000, 1000, 0))
    assert once(version, "need") == {"A1": "2028/29", "B1": "2028/29"}
    assert once(version) == {"A1": "2028/29", "B1": "2029/30"}
    assert version.header["plan"]["spend"] == dict(zip(map(str, YEARS), (0, 0, 100_000, 40_000, 0), strict=True))
    assert version.header["plan"]["displaced"] == [
        {
            "bundle_id": B,
            "due": "2028/29",
            "planned": "2029/30",
            "target": "2028/29",
            "binds": ["budget: 2028/29 lacks £400.00"],
            "extra_pence": 40_000,
            "restores": True,
        }
    ]
    assert planned(TWO, terms(0, 0, 1400, 0, 0)).header["plan"]["displaced"] == []


def test_what_is_left_out_goes_on_as_it_is() -> None:
    version = planned(TWO, terms(0, 0, 400, 0, 0))
    assert once(version) == {"B1": "2028/29"}
    assert version.header["plan"]["years"] == {A: "beyond", B: "2028/29"}
    support = [(str(row.fy), row.amount_pence) for row in rows(version, "capped") if row.asset_id == "A1"]
    assert support == [("2028/29", 5000), ("2029/30", 5000), ("2030/31", 5000)]


def test_the_year_moves_the_price_with_the_index() -> None:
    given = replace(TWO, indices=tuple(rate("hardware", str(year), "10") for year in YEARS[1:]))
    version = planned(given, terms(0, 0, 1300, 600, 0))
    costs = {row.asset_id: row.amount_pence for row in rows(version, "capped") if row.component == "hardware"}
    assert costs == {"A1": 121_000, "B1": 53_240}  # 1,000 x 1.1 x 1.1 in 2028/29; 400 x 1.1 x 1.1 x 1.1 in 2029/30


def test_risk_is_the_weight_of_the_band_in_which_each_unit_will_be_late() -> None:
    old = policy(policy="old", kind="server", policy_age_years=5, age_mode="hard", source="policy.csv:4")
    given = inputs(
        [
            unit("A1", quantity=3),
            unit("B1", kind="router"),
            unit("C1", kind="router", contract_end=day("2028-01-31")),
            unit("D1", kind="server", installed_on=day("2023-06-30")),
        ],
        {"A1": "2028-07-31", "B1": "2028-07-31"},
        policies=(policy(), EDGE, old),
        prices=(*PRICES, price(policy="old", place="prices.csv:4")),
    )
    problem = problem_of(given, terms(1, 1, 1, 1, 1))
    assert {item.id[:2]: item.risk for item in problem.items} == {"A1": 30, "B1": 6, "C1": 4, "D1": 3}
    assert {item.id[:2]: item.priority for item in problem.items if item.priority == "High"} == {"A1": "High"}
    assert late_band.__doc__


def test_a_deadline_is_mandatory_and_an_override_is_not_brought_forward() -> None:
    deadline = decision("deadline", serial="A1", date=day("2028-05-31"))
    moved = decision("override_fy", serial="B1", fy="2029/30", approver="Cabinet")
    given = replace(TWO, decisions=(deadline, moved))
    by_id = problem_of(given, terms(0, 0, 0, 0, 0)).by_id
    assert (by_id[A].mandatory, by_id[A].earliest, by_id[A].latest) == (True, 0, 1)
    assert (by_id[B].mandatory, by_id[B].due, by_id[B].earliest, by_id[B].latest) == (False, 3, 3, 4)
    short = plan_of(given, terms(0, 0, 0, 0, 0))
    assert short["objectives"][0] == {
        "objective": "shortfall", "value": 1, "bound": 1, "proven": True, "gap_pct": "0.00",
    }  # fmt: skip


def test_nothing_is_put_off_until_its_site_has_closed() -> None:
    given = replace(TWO, sites=(Site("A1", "", "", day("2029-03-31"), "", "sites.csv:2"),))
    assert problem_of(given, terms(0, 0, 0, 0, 0)).by_id[A].latest == 2


def test_a_line_without_assets_is_low_and_waits_for_what_is_high() -> None:
    asks = Budget("Team", fy("2027/28"), Decimal(70), "Requested", separate=False, note="", source="budget.csv:2")
    given = replace(TWO, budget=(asks,))
    version = planned(given, terms(0, 500, 500, 1000, 1000))
    assert once(version) == {"A1": "2029/30", "B1": "2028/29"}
    assert {(str(row.fy), row.amount_pence) for row in rows(version, "capped") if not row.asset_id} == {
        ("2030/31", 7000)
    }
    team = version.header["plan"]["displaced"][-1]
    assert team["binds"] == [f"high_first: {A} is High, and is done in 2029/30"]
    free = planned(given, terms(0, 500, 500, 1000, 1000, low_after_high=False))
    assert {str(row.fy) for row in rows(free, "capped") if not row.asset_id} == {"2027/28"}


def test_a_plan_applied_to_another_estate_moves_what_both_have_and_nothing_else() -> None:
    """A bridge computes one side's plan over the other side's units."""
    plan = plan_of(TWO, terms(0, 0, 1001, 1001, 0, shared=(Shared(1, frozenset({A, B})),)))
    other = inputs([unit("B1", kind="router"), unit("C1")], {"B1": "2028-07-31", "C1": "2028-07-31"})
    version = compute(replace(other, scenarios=("need", "capped"), attached={"plan": plan}))
    assert once(version) == {"B1": "2029/30", "C1": "2028/29"}


def test_released_funding_may_be_the_cap() -> None:
    def funding(level: str, status: str, pounds: int) -> Funding:
        return Funding("", fy("2028/29"), "reserve", "existing", level, False, status, Decimal(pounds), "", "")

    rows_ = (
        funding("released", "approved", 400),
        funding("released", "pending", 7),
        funding("requested", "approved", 9),
    )
    given = replace(TWO, funding=rows_)
    assert released(given) == dict(zip(YEARS, (0, 0, 40_000, 0, 0), strict=True))
    assert plan_of(given, Terms(None))["caps_from"] == "released"


def test_the_rows_of_the_plan_come_to_what_it_spends() -> None:
    version = planned(TWO, terms(900, 900, 900, 900, 900, carry=True))
    spent = dict.fromkeys(map(str, YEARS), 0)
    for row in rows(version, "capped"):
        spent[str(row.fy)] += row.amount_pence * (row.component != "support")
    assert spent == version.header["plan"]["spend"]


def test_a_line_whose_assets_are_due_after_the_horizon_is_not_planned_for_twice() -> None:
    """What budget.csv asks on a line that assets stand on is in no row, so it takes nothing of a cap either."""
    line = policy().line or ""
    asks = Budget(line, fy("2027/28"), Decimal(70), "Requested", separate=False, note="", source="budget.csv:2")
    late = inputs([unit("A1")], {"A1": "2040-07-31"}, budget=(asks,))
    version = planned(late, terms(100, 100, 100, 100, 100))
    assert rows(version, "need") == rows(version, "capped") == []
    assert set(version.header["plan"]["spend"].values()) == {0}


def test_a_shared_cost_is_paid_once_a_year_and_stands_among_the_rows_of_its_first_bundle() -> None:
    shared = (Shared(5000, frozenset({A, B})),)
    together = planned(TWO, terms(0, 0, 1450, 0, 0, shared=shared))
    assert once(together) == {"A1": "2028/29", "B1": "2028/29"}
    fixed = [
        (row.asset_id, str(row.fy), row.amount_pence) for row in rows(together, "capped") if row.component == "fixed"
    ]
    assert fixed == [("A1", "2028/29", 5000)]
    apart = planned(TWO, terms(0, 0, 1050, 450, 0, shared=shared))
    assert once(apart) == {"A1": "2028/29", "B1": "2029/30"}
    spent = {str(year): 0 for year in YEARS}
    for row in rows(apart, "capped"):
        spent[str(row.fy)] += row.amount_pence * (row.component != "support")
    assert spent == apart.header["plan"]["spend"]
    assert spent["2029/30"] == 45_000
    assert planned(TWO, terms(0, 0, 1449, 0, 0, shared=shared)).header["plan"]["years"][B] == "beyond"


def test_a_shared_cost_joins_the_fixed_cost_of_its_bundle() -> None:
    priced = replace(TWO, prices=(price(fixed=Decimal(100)), PRICES[1]))
    version = planned(priced, terms(0, 0, 2000, 0, 0, shared=(Shared(5000, frozenset({A, B})),)))
    fixed = [row.amount_pence for row in rows(version, "capped") if row.component == "fixed"]
    assert fixed == [15_000]
    assert {check.result for check in identities(version)} == {"holds"}


@pytest.mark.parametrize(("pounds", "moved"), [(40, -1000), (0, -5000)])
def test_a_shared_cost_moves_once_however_many_share_it(pounds: int, moved: int) -> None:
    """A bridge computes parts of an estate on their own: what shares a cost is one part."""
    groups = [(Shared(amount * 100, frozenset({A, B})),) if amount else () for amount in (50, pounds)]
    old, new = (
        replace(TWO, scenarios=("capped",), attached={"plan": plan_of(TWO, terms(0, 0, 1450, 0, 0, shared=shared))})
        for shared in groups
    )
    made = bridge(Pair(old, new, "capped"), Side.of(1, money(old)), Side.of(2, money(new)))
    assert [(item.driver, item.asset_id, item.pence) for item in made.effects] == [(10, "A1", moved)]


def test_names_and_years_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UsageError, match="no bundle nonsense"):
        problem_of(TWO, terms(0, 0, 0, 0, 0, mandatory=frozenset({"nonsense"})))
    asks = Budget("Team", fy("2027/28"), Decimal(70), "Requested", separate=False, note="", source="budget.csv:2")
    team = terms(0, 0, 0, 0, 0, shared=(Shared(1, frozenset({A, "budget|Team|2027/28"})),))
    with pytest.raises(UsageError, match="only bundles share"):
        problem_of(replace(TWO, budget=(asks,)), team)
    with pytest.raises(UsageError, match="no cap is given for 2027/28, 2028/29"):
        problem_of(TWO, Terms({YEARS[0]: 0}))


def test_a_plan_without_proof_says_how_far_it_may_be() -> None:
    found = plan_of(TWO, terms(0, 0, 1000, 1000, 0))
    assert proof_sentence(found) == "no plan is better: every objective is proven"
    found["proven"] = False
    found["objectives"][1] |= {"proven": False, "gap_pct": "0.05"}
    found["objectives"][4] |= {"proven": False, "gap_pct": None}
    assert "without proof: the risk of being late may be 0.05 % above the best; which of equally" in proof_sentence(
        found
    )


@settings(max_examples=60, deadline=None)
@given(problems())
def test_so_many_pence_more_restore_a_bundle_and_not_one_less(problem: Problem) -> None:
    plan = solve(problem).plan
    for item in displaced(problem, plan, ["y0", "y1", "y2"]):
        if not item.restores:
            continue
        block = {item.id}
        for group in problem.together:
            block |= group if group & block else set()
        moved = {**plan, **dict.fromkeys(block, item.target)}
        for extra, sound in ((item.extra_pence, True), (item.extra_pence - 1, False)):
            caps = tuple(cap + extra * (year == item.target) for year, cap in enumerate(problem.caps))
            # what a High waits for is judged by the caps of the plan: a larger one may let another High in
            relaxed = replace(problem, caps=caps, low_after_high=False)
            assert (not violations(relaxed, moved)) == sound


# ----------------------------------------------------------------------------------------------------- the command

ASSETS = """\
serial,vendor,part_number,kind,role,site,contract_end
FOC1,Cisco,C9500-48Y4C,switch,core,civic,2027-07-31
FOC2,Cisco,C9300-48P,switch,access,civic,2028-09-30
"""
SMALL = [f"--cap=2{year:03}/{year + 1}=0" for year in (26, 30)] + ["--cap", "30000"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    CliRunner().invoke(estate, ["init", str(tmp_path / "estate")])
    (tmp_path / "estate" / "assets.csv").write_text(ASSETS, encoding="utf-8")
    return tmp_path / "estate"


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "forecast", *arguments])


def test_a_plan_is_a_version_that_can_be_computed_again(folder: Path) -> None:
    assert call(folder, "run", "--as-of", "2026-11-22").exit_code == 0
    result = call(folder, "plan", "1", *SMALL, "--carry", "-o", "json")
    assert result.exit_code == 0, result.output
    years = {row["fy"]: row for row in json.loads(result.stdout)}
    assert (years["2027/28"]["cap_gbp"], years["2030/31"]["cap_gbp"]) == ("30000.00", "0.00")
    assert "forecast 2: the plan of forecast 1" in result.stderr
    assert "every objective is proven" in result.stderr
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    again = pinned_inputs(database, 2)
    assert again.scenarios == ("need", "do_nothing", "capped")
    from estate.forecast.store import load  # noqa: PLC0415 - beside its one use

    with database.reading() as session:
        stored = load(session, 2)
    assert compute(again).rows == stored.rows
    assert make_plan(database, 1, Terms(_caps(stored), carry=True)).header == stored.header
    shown = call(folder, "plan", "2", "--bundles", "-o", "json")
    held = {row["bundle_id"]: row["binds"] for row in json.loads(shown.stdout) if row["binds"]}
    assert held == {"civic|core-network|core switch or router|1": "budget: 2027/28 lacks £23,110.00"}


def _caps(version: Version) -> dict[Any, int]:
    return {fy(year): amount for year, amount in version.header["plan"]["caps"].items()}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--cap", "4,000"], "not a plain number"),
        (["--cap", "2050/51=1"], "2050/51 is not a year of this forecast"),
        (["--cap", "1", "--capacity", "x"], "'x' is no number of days"),
        (["--cap", "1", "--before", "A", "B"], "no bundle A, B"),
        (["--cap", "1", "--shared", "5", "A", "B", "--shared", "5", "B", "C"], "no bundle A, B, C"),
        ([], "forecast 1 holds no plan"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words(folder: Path, words: list[str], says: str) -> None:
    call(folder, "run", "--as-of", "2026-11-22")
    result = call(folder, "plan", "1", *words)
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)
