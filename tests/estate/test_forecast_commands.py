"""``estate forecast``: from a folder of files, without any collector, to a stored version and back to a serial."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

import config
from config.errors import EstateError, InputError, UsageError
from config.folder import Folder
from config.settings import load
from estate.cli import estate
from estate.forecast import store
from estate.forecast.compute import compute
from estate.forecast.pin import POPULATION
from estate.forecast.service import pinned_inputs, run_forecast
from estate.store.database import Database, open_database
from estate.store.forecast import ForecastInput
from tests.estate.forecast_kit import day

STARTER = Path(config.__file__).parent / "starter"
ASSETS = """\
serial,asset_tag,vendor,part_number,kind,role,site,quantity,installed_on,contract_end
FOC1,,Cisco,C9500-48Y4C,switch,core,civic,,2021-05-01,2027-07-31
FOC2,,Cisco,C9300-48P,switch,access,civic,,2019-03-01,2028-09-30
FOC3,,Cisco,C9300-48P,switch,access,civic,,2019-03-01,2028-09-30
,B7,APC,,ups-battery,,civic,24,2024-05-01,
NODATE,,Acme,Z9,switch,,civic,,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (tmp_path / "estate.toml").write_text('entity = "Anyborough"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Database:
    return open_database(f"sqlite:///{folder / 'estate.db'}")


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "forecast", *arguments])


def made(folder: Path) -> Result:
    return call(folder, "run", "--as-of", "2026-11-22", "-o", "json")


def test_assets_alone_make_a_forecast(folder: Path) -> None:
    result = made(folder)
    assert result.exit_code == 0, result.output
    totals = {(row["scenario"], row["line"]): row for row in json.loads(result.stdout)}
    core = totals["need", "Data Centre & Core Network Refresh"]
    # 38,250 + 1,850 + 6,000 and 10 % of that, 2,400 of training, and a year's support
    assert Decimal(core["2027/28"]) == Decimal("50710.00") + 2400 + 1900
    assert sum(Decimal(core[year]) for year in ("2026/27", "2027/28", "2028/29", "2029/30", "2030/31")) == Decimal(
        core["total"]
    )
    assert "forecast 1 (draft) as of 2026-11-22" in result.stderr
    assert "warning: 1 units have no date" in result.stderr
    assert "warning: STARTER PRICES" in result.stderr


def test_the_same_inputs_give_the_same_version(folder: Path, database: Database) -> None:
    settings = load(folder)
    first, second = (
        run_forecast(database, Folder(folder), settings, as_of=day("2026-11-22"), base_fy="2027/28", years=3)
        for _ in range(2)
    )
    assert (first.id, second.id) == (1, 2)
    assert (first.rows, first.units, first.exceptions, first.header) == (
        second.rows,
        second.units,
        second.exceptions,
        second.header,
    )
    assert first.inputs == second.inputs
    assert {str(year) for year in first.horizon} == {"2027/28", "2028/29", "2029/30"}


def test_a_version_is_loaded_as_it_was_saved(folder: Path, database: Database) -> None:
    saved = run_forecast(database, Folder(folder), load(folder), as_of=day("2026-11-22"))
    with database.reading() as session:
        assert store.load(session, saved.id) == saved
        assert store.latest(session) == saved.id
        (summary,) = store.versions(session)
        digest = saved.inputs["assets.csv"]
        assert store.content(session, digest) == ASSETS.encode()
    assert summary.total_pence() == sum(row.amount_pence for row in saved.rows if row.scenario == "need")
    assert saved.entity == "Anyborough"


def test_a_version_can_be_computed_again_from_what_it_pinned(folder: Path, database: Database) -> None:
    saved = run_forecast(database, Folder(folder), load(folder), as_of=day("2026-11-22"), base_fy="2027/28", years=3)
    (folder / "prices.csv").unlink()
    (folder / "assets.csv").write_text("serial\n")
    again = compute(pinned_inputs(database, saved.id))
    assert (again.rows, again.units, again.exceptions, again.funding, again.header) == (
        saved.rows,
        saved.units,
        saved.exceptions,
        saved.funding,
        saved.header,
    )
    assert again.inputs == {name: digest for name, digest in saved.inputs.items() if name != POPULATION}
    with pytest.raises(EstateError, match="there is no forecast 9"):
        pinned_inputs(database, 9)
    with database.writing() as session:
        session.execute(sa.delete(ForecastInput).where(ForecastInput.file == POPULATION))
    with pytest.raises(EstateError, match="did not keep the units as costed"):
        pinned_inputs(database, saved.id)


def test_explaining_a_cell_adds_up_to_the_total(folder: Path) -> None:
    totals = {(row["scenario"], row["line"]): row for row in json.loads(made(folder).stdout)}
    result = call(folder, "explain", "1", "--line", "evergreening capital", "--fy", "2027/28", "-o", "json")
    rows = json.loads(result.stdout)
    whole = sum(Decimal(row["amount_gbp"]) for row in rows)
    assert whole == Decimal(totals["need", "Evergreening Capital"]["2027/28"])
    assert f"{len(rows)} rows, £{whole:,}" in result.stderr
    assert {row["asset_id"] for row in rows} == {"tag:B7"}


def test_explaining_a_serial_reads_from_the_unit_to_the_money(folder: Path) -> None:
    made(folder)
    text = call(folder, "explain", "1", "--serial", "foc1").stdout
    places = [
        text.index(word)
        for word in (
            "UNIT FOC1",
            "assets.csv:2",
            "core-network (policy.csv:2)",
            "WINS",
            "BUNDLE",
            "prices.csv:2",
            "MONEY",
        )
    ]
    assert places == sorted(places)
    assert "Data Centre & Core Network Refresh (hardware C, need)" in text
    (chain,) = json.loads(call(folder, "explain", "1", "--serial", "FOC1", "-o", "json").stdout)
    assert chain["need"]["driver"] == "contract"
    assert chain["price"]["source"].startswith("starter assumption")
    batteries = call(folder, "explain", "1", "--serial", "B7").stdout
    assert "quantity 24" in batteries


def test_a_unit_without_money_says_why(folder: Path) -> None:
    made(folder)
    text = call(folder, "explain", "1", "--serial", "NODATE").stdout
    assert "no date is known that would decide when to replace it" in text


def test_lists_and_shows(folder: Path) -> None:
    assert json.loads(call(folder, "list", "-o", "json").stdout) == []
    made(folder)
    (listed,) = json.loads(call(folder, "list", "-o", "json").stdout)
    assert (listed["id"], listed["state"], listed["base_fy"]) == (1, "draft", "2026/27")
    shown = call(folder, "show", "1")
    assert shown.exit_code == 0
    assert "assumes: amounts are cash" in shown.stderr
    assert "TOTAL" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (("show", "9"), "there is no forecast 9", 1),
        (("explain", "1", "--serial", "NOPE"), "knows no unit 'NOPE'", 1),
        (("explain", "1", "--line", "Nope", "--fy", "2027/28"), "has no line 'Nope'", 1),
        (("explain", "1", "--line", "Evergreening Capital", "--fy", "2047/48"), "has no year '2047/48'", 1),
        (("explain", "1"), "say what to explain", 2),
        (("run", "--base-fy", "2027"), "is not a financial year", 2),
    ],
)
def test_mistakes_say_what_to_do(folder: Path, arguments: tuple[str, ...], said: str, status: int) -> None:
    made(folder)
    result = call(folder, *arguments)
    assert said in str(result.exception)
    assert getattr(result.exception, "exit_status", None) == status


def test_all_errors_of_the_files_come_at_once(folder: Path) -> None:
    (folder / "prices.csv").write_text("policy,list_price\nnowhere,5\ncore-network,x\n", encoding="utf-8")
    (folder / "lines.csv").write_text("line\nOther\n", encoding="utf-8")
    message = str(made(folder).exception)
    assert "prices.csv, row 2, column policy" in message
    assert "prices.csv, row 3, column list_price" in message
    assert "policy.csv, row 2, column line" in message


def test_one_scenario_only(folder: Path) -> None:
    result = call(folder, "run", "--as-of", "2026-11-22", "--scenario", "do_nothing", "-o", "json")
    assert {row["scenario"] for row in json.loads(result.stdout)} == {"do_nothing"}


def test_assets_without_policies_are_all_listed_and_none_is_zero(tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    result = call(tmp_path, "run", "--as-of", "2026-11-22", "-o", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "5 units match no row of policy.csv" in result.stderr


def test_the_sample_programme_is_a_folder_that_can_be_asked(tmp_path: Path) -> None:
    sample = shutil.copytree(STARTER.parent / "samples" / "havering", tmp_path / "havering")
    assert call(sample, "run", "--as-of", "2020-11-01").exit_code == 0
    result = call(sample, "explain", "1", "--line", "CRM", "--fy", "2021/22", "-o", "json")
    assert [(row["asset_id"], row["amount_pence"]) for row in json.loads(result.stdout)] == [("", 1_806_575_00)]


def test_funding_goes_into_the_version_as_it_stands(tmp_path: Path) -> None:
    sample = shutil.copytree(STARTER.parent / "samples" / "havering", tmp_path / "havering")
    database = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    version = run_forecast(database, Folder(sample), load(sample), as_of=day("2020-11-01"))
    assert [(row.line_code, str(row.fy), row.source, row.amount_pence) for row in version.funding] == [
        ("", "2021/22", "existing capital commitment", 1_120_000_00),
        ("", "2020/21", "alternate funding", 3_977_873_00),
        ("", "2021/22", "alternate funding", 3_722_075_00),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as-of", "0001-01-01"], "lies outside 1970 to 2099"),
        (["--as-of", "9999-12-31"], "lies outside 1970 to 2099"),
        (["--as-of", "2026-11-22", "--base-fy", "2199/00"], "lies more than 30 years from 2026-11-22"),
    ],
)
def test_days_and_years_that_no_forecast_can_be_for(folder: Path, arguments: list[str], said: str) -> None:
    result = call(folder, "run", *arguments)
    assert isinstance(result.exception, SystemExit | UsageError)
    assert said in result.output + str(result.exception)
    assert json.loads(call(folder, "list", "-o", "json").stdout) == []


def test_an_amount_that_no_ledger_holds_is_refused(folder: Path) -> None:
    (folder / "assets.csv").write_text(
        "asset_tag,kind,contract_end,quantity\nT,switch,2027-07-31,999999999\n", encoding="utf-8"
    )
    (folder / "prices.csv").write_text("policy,list_price\nedge-switch,999999999999999\n", encoding="utf-8")
    result = call(folder, "run", "--as-of", "2026-11-22")
    assert isinstance(result.exception, EstateError)
    assert "tag:T would cost £" in str(result.exception)
    assert "prices.csv:2;assets.csv:2" in str(result.exception)


def test_a_cell_is_one_line_even_where_another_has_its_code_for_a_name(folder: Path) -> None:
    (folder / "lines.csv").write_text(
        "line,name\nEvergreening Capital,Both\nData Centre & Core Network Refresh,Both\nBoth,Evergreening Capital\n",
        encoding="utf-8",
    )
    totals = {(row["scenario"], row["line"]): row for row in json.loads(made(folder).stdout)}
    for line in ("Evergreening Capital", "Data Centre & Core Network Refresh"):
        found = call(
            folder, "explain", "1", "--line", line.lower(), "--fy", "2028/29", "-o", "json", "-f", "amount_gbp"
        )
        cell = sum((Decimal(row["amount_gbp"]) for row in json.loads(found.stdout)), Decimal(0))
        assert cell == Decimal(totals["need", line]["2028/29"])
    (folder / "lines.csv").write_text(
        "line,name\nEvergreening Capital,Both\nData Centre & Core Network Refresh,Both\n", encoding="utf-8"
    )
    made(folder)
    unclear = call(folder, "explain", "2", "--line", "both", "--fy", "2028/29")
    assert "several lines are called 'both'" in str(unclear.exception)


def test_a_notice_that_leaves_the_calendar_is_refused(folder: Path) -> None:
    (folder / "assets.csv").write_text(
        "serial,kind,tenure,lease_end,notice_days\nL1,switch,leased,2027-07-31,999999999\n", encoding="utf-8"
    )
    result = call(folder, "run")
    assert isinstance(result.exception, InputError)
    assert "assets.csv, row 2, column notice_days" in str(result.exception)


def test_a_field_that_is_not_there_leaves_no_version_behind(folder: Path) -> None:
    result = call(folder, "run", "-f", "line,colour")
    assert result.exit_code != 0
    assert isinstance(result.exception, UsageError)
    assert "2027/28" in str(result.exception)
    assert json.loads(call(folder, "list", "-o", "json").stdout) == []
