"""What to order by when, and which prices are missing: over an estate of files alone."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import config
from config.errors import EstateError
from estate.cli import estate

STARTER = Path(config.__file__).parent / "starter"
ASSETS = """\
serial,asset_tag,vendor,part_number,kind,role,site,quantity,contract_end,state
FOC1,,Cisco,C9500-48Y4C,switch,core,civic,,2027-07-31,
FOC2,,Cisco,C9300-48P,switch,access,civic,,2028-09-30,
FOC3,,Cisco,C9300-48P,switch,access,civic,,2028-09-30,
,B7,APC,,ups-battery,,civic,24,2024-05-01,
SPARE,,Cisco,C9300-48P,switch,access,civic,,2028-09-30,spare
"""
PRICES = """\
vendor,part_number,policy,replacement,currency,list_price,install,quoted_on,valid_to,source
Cisco,C9500-48Y4C,,C9500X-28C8D,GBP,500000.00,0,2026-10-01,,quote Q1
Cisco,C9300-48P,,C9300X-48HX,USD,9000.00,350.00,2026-10-01,2026-11-01,quote Q2
APC,,ups-battery,,GBP,,,,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "estate.toml").write_text("de_minimis_gbp = 0\n")
    (tmp_path / "assets.csv").write_text(ASSETS)
    (tmp_path / "prices.csv").write_text(PRICES)
    (tmp_path / "fx.csv").write_text("currency,fy,units_per_gbp,source\nUSD,2026/27,1.25,Treasury\n")
    return tmp_path


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), *words], standalone_mode=False)


def test_orders_come_by_the_day_on_which_somebody_must_act(folder: Path) -> None:
    assert call(folder, "forecast", "run", "--as-of", "2026-11-22").exception is None
    result = call(folder, "forecast", "orders", "-o", "json")
    core, edge = json.loads(result.stdout)
    assert (core["replaces"], core["quantity"], core["replacement"]) == (["FOC1"], 1, "C9500X-28C8D")
    assert (core["key_decision"], core["order_by"]) == (True, "2027-04-05")
    assert (edge["replaces"], edge["quantity_old"]) == (["FOC2", "FOC3"], 2)
    assert core["order_by"] < edge["order_by"]
    assert "2 to order, £" in result.stderr
    assert "1 of them key decisions" in result.stderr
    near = json.loads(call(folder, "forecast", "orders", "1", "--within", "6m", "-o", "json").stdout)
    assert [order["replaces"] for order in near] == [["FOC1"]]
    assert near[0]["days_left"] == 134


def test_an_order_that_comes_too_late_says_so(folder: Path) -> None:
    (folder / "assets.csv").write_text(ASSETS.replace("2027-07-31", "2026-12-01"))
    call(folder, "forecast", "run", "--as-of", "2026-11-22")
    result = call(folder, "forecast", "orders", "-o", "json")
    first = json.loads(result.stdout)[0]
    assert (first["days_left"], first["late_days"] > 0) == (0, True)
    assert "1 of them come too late" in result.stderr


def test_what_lies_in_stock_is_not_ordered_but_what_is_to_be_kept_is(folder: Path) -> None:
    (folder / "assets.csv").write_text(ASSETS.replace("SPARE,,Cisco,C9300-48P", "SPARE,,Cisco,C9300X-48HX"))
    call(folder, "forecast", "run", "--as-of", "2026-11-22")
    edge = json.loads(call(folder, "forecast", "orders", "-o", "json").stdout)[1]
    assert (edge["replaces"], edge["quantity_old"], edge["quantity"]) == (["FOC2", "FOC3"], 2, 1)
    (folder / "estate.toml").write_text("de_minimis_gbp = 0\nspares_ratio = 1\n")
    call(folder, "forecast", "run", "--as-of", "2026-11-22")
    assert json.loads(call(folder, "forecast", "orders", "-o", "json").stdout)[1]["quantity"] == 3


def test_what_is_on_order_is_not_ordered_again(folder: Path) -> None:
    (folder / "actuals.csv").write_text(
        "serial,fy,kind,amount,on,order\nFOC1,2027/28,committed,500000,2026-11-01,PO1\n"
        "FOC2,2028/29,committed,7000,2026-11-01,PO2\n"
    )
    call(folder, "forecast", "run", "--as-of", "2026-11-22")
    found = json.loads(call(folder, "forecast", "orders", "-o", "json").stdout)
    assert [(order["replaces"], order["quantity"]) for order in found] == [(["FOC3"], 1)]


def test_without_a_forecast_there_is_nothing_to_order(folder: Path) -> None:
    result = call(folder, "forecast", "orders")
    assert isinstance(result.exception, EstateError)
    assert "there is no forecast yet" in str(result.exception)


def test_prices_wanted_names_what_nobody_should_rely_on(folder: Path) -> None:
    result = call(folder, "prices", "wanted", "--as-of", "2026-11-22", "-o", "json")
    found = {(row["part_number"], row["reason"]): row for row in json.loads(result.stdout)}
    assert {key: row["count"] for key, row in found.items()} == {("", "no price"): 24, ("C9300-48P", "stale"): 2}
    assert found["", "no price"]["share_pct"] == "88.9"
    assert found["C9300-48P", "stale"]["need_by"] == "2028-09-30"
    assert "24 of 27 things to be priced have no price at all (88.9 %)" in result.stderr
    (folder / "prices.csv").write_text(PRICES.replace("2026-11-01", "").replace("GBP,,,", "GBP,1,0,"))
    quoted = json.loads(call(folder, "prices", "wanted", "--as-of", "2026-11-22", "-o", "json").stdout)
    assert quoted == []
