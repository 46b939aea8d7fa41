"""``estate forecast gap``, ``debt``, ``revenue``, ``waiting`` and ``shares`` on the command line."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.errors import EstateError, UsageError
from estate.cli import estate
from estate.forecast.headers import Header

LINE = "Evergreening Capital"
FILES = {
    "estate.toml": 'entity = "Anyborough"\nborrowing_rate_pct = 4\nde_minimis_gbp = 0\n',
    "lines.csv": f"line,name,theme\n{LINE},Evergreening,Plumbing\n",
    "policy.csv": (
        "policy,kind,policy_age_years,age_mode,lead_days,install_days,buffer_days,accounting_life_years,line,tier\n"
        f"edge,switch,10,soft,42,30,30,7,{LINE},edge\n"
    ),
    "prices.csv": "policy,replacement,list_price,support_now,support_new,price_fy\nedge,new,7000,300,100,2026/27\n",
    "assets.csv": (
        "serial,kind,site,installed_on,contract_end\n"
        "A1,switch,civic,2012-01-01,\nA2,switch,civic,2019-01-01,2028-07-31\nA3,switch,civic,,\n"
    ),
    "funding.csv": (
        "line,fy,source,kind,level,status,amount,decision\n"
        f"{LINE},2026/27,borrowing,alternate,released,approved,7000,CAB\n"
        f"{LINE},2028/29,reserve,allocated,in_principle,approved,9000,CAB\n"
        f"{LINE},2027/28,reserve,allocated,released,approved,-50,LOST\n"
    ),
    "sharing.csv": f"scope,entity,share\n{LINE},South,52\n{LINE},Vale,48\n",
    "actuals.csv": "serial,fy,kind,amount,order\nA2,2026/27,committed,7000.01,PO1\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def call(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "forecast", *arguments])


def records(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    result = call(folder, *arguments, "-o", "json")
    assert result.exit_code == 0, result.output + str(result.exception)
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def made(folder: Path, as_of: str = "2026-11-22") -> None:
    assert call(folder, "run", "--as-of", as_of, "--base-fy", "2026/27").exit_code == 0


def test_the_gap_by_line_and_year(folder: Path) -> None:
    made(folder)
    cells = {row["fy"]: row for row in records(folder, "gap")}
    # A1 is overdue, A2 is on order for this year: 7,000 each, and a year's support of A1
    assert (cells["2026/27"]["need"], cells["2026/27"]["released"], cells["2026/27"]["gap"]) == (
        "14100.00", "7000.00", "-7100.00",
    )  # fmt: skip
    assert cells["2026/27"]["sources"] == {"borrowing": "7000.00"}
    assert (cells["2028/29"]["in_principle"], cells["2028/29"]["released"]) == ("9000.00", "0.00")
    assert len(records(folder, "gap", "--fy", "2026/27", "--line", LINE.upper())) == 1
    said = call(folder, "gap", "1")
    assert "TOTAL" in said.stdout
    assert "£7,000.01 is spent or committed and £7,000.00 released: £0.01 too much" in said.stderr
    assert "funding.csv:4 takes money away" in said.stderr
    assert "in principle, CAB: £9,000.00 over 1 years (2028/29 to 2028/29), £7,000.00 of it released" in said.stderr


@pytest.mark.parametrize(("option", "named"), [("--line", "Evergreen"), ("--fy", "2026/28"), ("--fy", "2099/00")])
def test_the_gap_of_a_line_or_year_that_is_not_there_is_wrong_usage(folder: Path, option: str, named: str) -> None:
    made(folder)
    asked = call(folder, "gap", option, named, "-o", "json")
    assert (asked.stdout, type(asked.exception)) == ("", UsageError)
    assert f"the forecast has no {option[2:]} {named!r}; it has " in str(asked.exception)


def test_debt_as_a_path_a_stock_and_a_flow(folder: Path) -> None:
    made(folder)
    path = records(folder, "debt")
    assert [(row["do_nothing"], row["need"]) for row in path][:3] == [
        ("7000.00", "0.00"), ("7000.00", "0.00"), ("14000.00", "0.00"),
    ]  # fmt: skip
    assert {row["certifiable"] for row in path} == {None}
    text = call(folder, "debt")
    assert "£7,000.00 in debt, 1 units, 33.33 % of £21,000.00" in text.stderr
    assert "1 units have no need date" in text.stderr
    assert "keeping pace takes £2,100.00 a year" in text.stderr
    assert [row["asset_id"] for row in records(folder, "debt", "--units")] == ["A1"]
    later = {row["band"]: row["amount"] for row in records(folder, "debt", "--as-of", "2028-08-01")}
    assert (later["Low"], later["Significant"]) == ("7000.00", "7000.00")
    (folder / "assets.csv").write_text(FILES["assets.csv"].replace("A1,switch,civic,2012-01-01,\n", ""), "utf-8")
    made(folder, "2028-09-01")
    flow = {row["term"]: row["amount"] for row in records(folder, "debt", "--from", "1")}
    assert (flow["opening"], flow["retired"], flow["newly_due"], flow["closing"]) == (
        "7000.00", "-7000.00", "7000.00", "7000.00",
    )  # fmt: skip
    moved = records(folder, "debt", "2", "--from", "1", "--units")
    assert {(row["asset_id"], row["term"]) for row in moved} == {("A1", "retired"), ("A2", "newly_due")}
    assert "adds up to the penny" in call(folder, "debt", "--from", "1").stderr


def test_what_borrowing_does_to_revenue(folder: Path) -> None:
    made(folder)
    years = {row["fy"]: row for row in records(folder, "revenue")}
    assert (years["2026/27"]["borrowed"], years["2026/27"]["interest"]) == ("7000.00", "140.00")
    # half of it buys what is in use this year, half what is delivered in March and in use in April
    assert (years["2027/28"]["mrp"], years["2027/28"]["interest"]) == ("500.00", "280.00")
    assert years["2028/29"]["mrp"] == "1000.00"
    first = records(folder, "revenue", "--reckoner")[:2]
    assert [(row["year"], row["mrp"], row["total"]) for row in first] == [
        (0, "0.00", "20000.00"), (1, "142857.14", "182857.14"),
    ]  # fmt: skip
    assert "after these years, to 2034/35" in call(folder, "revenue").stderr


def test_an_unknown_rate_is_said_and_not_counted(folder: Path) -> None:
    (folder / "estate.toml").write_text('entity = "Anyborough"\nde_minimis_gbp = 0\n', encoding="utf-8")
    made(folder)
    assert {row["interest"] for row in records(folder, "revenue")} == {None}
    assert "borrowing_rate_pct is not set" in call(folder, "revenue").stderr


def test_what_waiting_costs_and_who_shares_it(folder: Path) -> None:
    made(folder)
    (one, two) = records(folder, "waiting")
    assert (one["cost"], one["support"], one["interest"], one["net"]) == ("0.00", "200.00", "280.00", "-80.00")
    assert two["payback_years"] == "35.0"
    shares = records(folder, "shares")
    assert {row["entity"] for row in shares} == {"South", "Vale"}
    assert sum(Decimal(row["amount"]) for row in shares) == sum(Decimal(row["need"]) for row in records(folder, "gap"))


@pytest.mark.parametrize("command", ["gap", "debt", "revenue", "waiting", "shares"])
def test_without_a_forecast_there_is_nothing_to_show_and_a_wrong_one_is_an_error(folder: Path, command: str) -> None:
    assert records(folder, command) == []
    assert "There is no forecast yet" in call(folder, command).stderr
    assert isinstance(call(folder, command, "7").exception, EstateError)
    made(folder)
    assert isinstance(call(folder, command, "-f", "nonsense").exception, UsageError)


def test_a_version_of_an_older_release_says_so() -> None:
    with pytest.raises(EstateError, match="is of a release that did not compute its gap"):
        Header(7, "draft", dt.date(2026, 11, 22), {})["gap"]
