"""The statement that a simulation leaves with a version, what the need hangs on, and the command."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.errors import InputError, UsageError
from config.sections.forecast import Simulation
from config.settings import Settings, load
from estate.cli import estate
from estate.forecast.arrays import tables_of
from estate.forecast.compute import compute
from estate.forecast.indices import FxRow
from estate.forecast.sensitivity import Swing, need_pence, swings
from estate.forecast.service import pinned_inputs
from estate.forecast.store import load as load_version
from estate.forecast.uncertainty import make_simulation, simulation_of
from estate.store.database import open_database
from tests.estate.forecast_kit import fy, policy, price, rate
from tests.estate.test_simulation import ENDS, inputs, need

SPREADS = Simulation()
GIVEN = inputs(ENDS)


def test_the_statement_has_the_need_itself_and_the_quantiles_of_each_year() -> None:
    found = simulation_of(GIVEN, SPREADS, 200, 1)
    assert [cell["need"] for cell in found["years"].values()] == need(GIVEN)
    assert found["total"]["need"] == sum(need(GIVEN))
    for cell in (found["total"], *found["years"].values()):
        assert cell["least"] <= cell["P50"] <= cell["P80"] <= cell["P90"] <= cell["most"]
    assert found["spreads"]["slip_years"] == [[1, 30], [2, 10]]
    assert json.loads(json.dumps(found)) == found
    assert found == simulation_of(GIVEN, SPREADS, 200, 1)


def test_what_the_need_hangs_on_is_computed_again_for_each_step() -> None:
    base, found = swings(GIVEN, tables_of(GIVEN), SPREADS)
    by_driver = {item.driver: item for item in found}
    assert base == need_pence(GIVEN) == sum(need(GIVEN)) - 7000  # less the team
    prices = by_driver["prices"]
    assert prices.high_pence == pytest.approx(base * 1.15, abs=100)
    assert prices.low_pence == pytest.approx(base * 0.85, abs=100)
    assert by_driver["currency"].high_pence > base > by_driver["currency"].low_pence
    assert by_driver["inflation"].high_pence > base > by_driver["inflation"].low_pence
    # three years and more of dates inside ten: earlier ends bring more of them into these five years
    assert by_driver["vendor dates"].low_pence > base > by_driver["vendor dates"].high_pence
    assert by_driver["quantity"].high_pence >= base >= by_driver["quantity"].low_pence
    assert [item.width for item in found] == sorted((item.width for item in found), reverse=True)
    assert Swing("x", "", 5, 3).width == 2


def test_a_policy_age_and_an_index_that_are_not_given_move_too() -> None:
    aged = inputs(
        [dt.date(2040, 1, 1)],
        policies=(policy(policy_age_years=5, age_mode="hard"),),
        prices=(price(),),
        indices=(rate("general", "2027/28", "1"),),
        fx=(FxRow("USD", fy("2026/27"), Decimal(1), "", "fx.csv:2"),),
        budget=(),
    )
    _, found = swings(aged, tables_of(aged), SPREADS)
    assert {item.driver for item in found if item.width == 0} >= {"currency", "lead time"}


def test_settings_refuse_chances_that_cannot_be(tmp_path: Path) -> None:
    for text, says in (
        ("slip_years = [[1, 60], [2, 50]]", "more than 100 per cent"),
        ("lead_days = [[-5, 10]]", "nothing arrives before it is due"),
        ("price_pct = 150", "less than or equal to 90"),
    ):
        (tmp_path / "estate.toml").write_text(f"[simulation]\n{text}\n", encoding="utf-8")
        with pytest.raises(InputError, match=says):
            load(tmp_path)
    (tmp_path / "estate.toml").write_text("[simulation]\nslip_years = [[1, 60]]\n", encoding="utf-8")
    assert load(tmp_path).simulation.slip_years == ((1, 60),)


def test_the_starter_file_states_the_defaults(tmp_path: Path) -> None:
    CliRunner().invoke(estate, ["init", str(tmp_path / "estate")])
    stated = load(tmp_path / "estate")
    assert (stated.simulation, stated.shock) == (Settings().simulation, Settings().shock)


# ----------------------------------------------------------------------------------------------------- the command

ASSETS = """\
serial,vendor,part_number,kind,role,site,contract_end
FOC1,Cisco,C9500-48Y4C,switch,core,civic,2027-07-31
FOC2,Cisco,C9300-48P,switch,access,civic,2028-09-30
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    CliRunner().invoke(estate, ["init", str(tmp_path / "estate")])
    (tmp_path / "estate" / "assets.csv").write_text(ASSETS, encoding="utf-8")
    return tmp_path / "estate"


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "forecast", *arguments])


def test_a_simulation_is_stored_with_a_new_draft(folder: Path) -> None:
    call(folder, "run", "--as-of", "2026-11-22")
    result = call(folder, "simulate", "1", "--runs", "300", "--seed", "5", "-o", "json")
    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)
    assert [row["fy"] for row in records] == ["2026/27", "2027/28", "2028/29", "2029/30", "2030/31", "total"]
    assert "percentiles of years do not add" in result.stderr
    assert "slip_years +1 at 30 %" in result.stderr
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    with database.reading() as session:
        first, second = load_version(session, 1), load_version(session, 2)
    assert (second.rows, second.header["totals"]) == (first.rows, first.header["totals"])
    assert second.header["simulation"]["of"] == 1
    again = make_simulation(database, 1, Simulation(), 300, 5)
    assert json.dumps(again.header) == json.dumps(second.header)
    # a plan of the simulated version keeps what was simulated, and both can be computed again
    assert call(folder, "plan", "2", "--cap", "30000").exit_code == 0
    both = compute(pinned_inputs(database, 4)).header
    assert both["simulation"] == second.header["simulation"]
    assert both["plan"]["of"] == 2


def test_the_tornado_is_an_answer_too(folder: Path) -> None:
    call(folder, "run", "--as-of", "2026-11-22")
    result = call(folder, "simulate", "1", "--runs", "10", "--sensitivity", "-o", "json", "-f", "driver,low_gbp")
    assert {row["driver"] for row in json.loads(result.stdout)} >= {"prices", "inflation", "vendor dates"}


def test_a_version_without_need_cannot_be_simulated(folder: Path) -> None:
    call(folder, "run", "--scenario", "do_nothing")
    assert isinstance(call(folder, "simulate", "1").exception, UsageError)
