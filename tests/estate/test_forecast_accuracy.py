"""Earlier forecasts against what was spent (forecast-model.md 2.12, W10), and what an order does to one (2.13)."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import config
from config.errors import UsageError
from config.folder import Folder
from estate.cli import estate
from estate.folder.check import check
from estate.forecast.accuracy import Outturn, outturn
from estate.forecast.actuals import ACTUALS, Actual, spent
from estate.forecast.bridge_why import why
from estate.forecast.bridging import Side, bridge
from estate.forecast.compute import money
from estate.forecast.hybrid import Pair
from estate.forecast.inputs import Inputs
from estate.forecast.version import FeedRow, Version
from estate.inventory.unit import Population
from tests.estate.forecast_kit import LINE, bundle, day, forecast, fy, match, policy, price, reasons, total, unit

STARTER = Path(config.__file__).parent / "starter"
YEAR, NEXT = fy("2026/27"), fy("2027/28")


def row(bundle_id: str, year: str, pence: int, component: str = "hardware", **changes: Any) -> FeedRow:
    texts = dict.fromkeys(
        ("entity", "theme", "project_code", "cost_centre", "subjective_code", "priority", "catch_up_keep_pace",
         "driver", "confidence", "flags", "source_ref"), "",
    )  # fmt: skip
    given: dict[str, Any] = {
        **texts, "scenario": "need", "line_code": LINE, "cap_rev": "C", "fy": fy(year), "year_index": 0,
        "bundle_id": bundle_id, "asset_id": bundle_id.upper(), "component": component, "qty": 1,
        "amount_pence": pence,
    }  # fmt: skip
    return FeedRow(**{**given, **changes})


def version(*rows: FeedRow, deliver: Mapping[str, str] | None = None) -> Version:
    bundles = [{"bundle_id": name, "policy": "core", "deliver_by": when} for name, when in (deliver or {}).items()]
    return Version(
        as_of=day("2026-04-20"), base_fy=YEAR, years=3, entity="Council", rows=rows, funding=(), exceptions=(),
        units=(), header={"bundles": bundles}, id=7,
    )  # fmt: skip


def actual(name: str, amount: str, kind: str = "received", year: str = "2026/27", **changes: Any) -> Actual:
    given: dict[str, Any] = {
        "line": LINE, "bundle": name, "serial": "", "fy": fy(year), "kind": kind, "amount": Decimal(amount),
        "on": None, "order": "", "source": "actuals.csv:2",
    }  # fmt: skip
    return Actual(**{**given, **changes})


def parts(found: Outturn) -> dict[str, int]:
    return {
        name: found.total(name) // 100
        for name in ("forecast", "actual", "variance", "slippage", "acceleration", "price", "scope")
    }


def test_w10_the_outturn_of_a_year() -> None:
    signed = version(
        row("b1", "2026/27", 10_000_000),
        row("b2", "2026/27", 26_000_000),
        row("b3", "2026/27", 4_000_000),
        row("b4", "2027/28", 2_500_000),
        row("b1", "2026/27", 999, component="support"),
    )
    found = outturn(signed, YEAR, [actual("b1", "108000"), actual("b3", "38500"), actual("b4", "25500")])
    assert parts(found) == {
        "forecast": 400_000, "actual": 172_000, "variance": -228_000,
        "slippage": -260_000, "acceleration": 25_000, "price": 7_000, "scope": 0,
    }  # fmt: skip
    assert found.carry_forward == 26_000_000 - 2_500_000
    assert (found.wape_pct, found.bias_pct) == (Decimal("171.51"), Decimal("-57.00"))
    # what slipped and what came early turn up in the year after with the other sign
    later = outturn(signed, NEXT, [actual("b4", "25500"), actual("b2", "262000", year="2027/28")])
    assert parts(later) == {
        "forecast": 25_000, "actual": 262_000, "variance": 237_000,
        "slippage": 260_000, "acceleration": -25_000, "price": 2_000, "scope": 0,
    }  # fmt: skip


def test_half_of_an_order_delivered_slips_the_other_half() -> None:
    found = outturn(
        version(row("b1", "2026/27", 1_000_000)),
        YEAR,
        [actual("b1", "10000", "committed", order="PO1"), actual("b1", "4100", order="PO1")],
    )
    assert parts(found) | {"forecast": 0} == {
        "forecast": 0, "actual": 4_100, "variance": -5_900,
        "slippage": -5_900, "acceleration": 0, "price": 0, "scope": 0,
    }  # fmt: skip


def test_what_was_never_forecast_or_is_given_up_is_scope() -> None:
    signed = version(row("b1", "2026/27", 1_000_000), row("", "2026/27", 7_000_000, asset_id=""))
    found = outturn(
        signed,
        YEAR,
        [actual("", "12.34", serial="UNKNOWN"), actual("", "71000")],
        given_up={"B1"},
    )
    assert {item.item: (item.scope, item.price) for item in found.items} == {
        "b1": (-1_000_000, 0),
        f"line {LINE}": (0, 100_000),
        "unit UNKNOWN": (1_234, 0),
    }


def test_stages_of_the_same_money_are_not_added_up() -> None:
    both = [
        actual("b1", "100", "committed", order="PO1"),
        actual("b1", "60", order="PO1"),
        actual("b1", "90", "invoiced", order="PO1"),
        actual("b1", "5", "invoiced", order="PO2"),
    ]
    first, second = spent(both)
    assert (first.actual, first.committed_pence) == ({YEAR: 6_000}, 4_000)
    assert (second.actual, second.committed_pence) == ({YEAR: 500}, 0)


def test_days_late_by_policy_and_a_percentile() -> None:
    signed = version(
        *(row(name, "2026/27", 100) for name in ("b1", "b2", "b3")),
        row("b1", "2026/27", 40, component="support"),
        deliver={"b1": "2026-06-01", "b2": "2026-06-01"},
    )
    simulated = {**signed.header, "simulation": {"years": {"2026/27": {"P50": 300, "P80": 330}}}}
    signed = replace(signed, header=simulated)
    came = [
        actual(name, "1", on=day(when))
        for name, when in (("b1", "2026-06-11"), ("b2", "2026-06-30"), ("b3", "2026-07-01"))
    ]
    found = outturn(signed, YEAR, came)
    assert found.days_late() == {"core": (2, Decimal("19.5"))}
    assert (found.p80, found.p80_hit) == (290, False)
    assert outturn(version(row("b1", "2026/27", 100)), YEAR, came).p80_hit is None


names = st.sampled_from(["b1", "b2", "b3", "b4"])
years = st.sampled_from(["2026/27", "2027/28", "2028/29"])


@given(
    st.lists(st.tuples(names, years, st.integers(1, 10**9)), max_size=8),
    st.lists(
        st.tuples(names, years, st.integers(-(10**8), 10**9), st.sampled_from(["received", "invoiced"])), max_size=8
    ),
    st.sets(st.sampled_from(["B1", "B2"])),
)
def test_the_four_parts_are_the_variance(
    plan: list[tuple[str, str, int]], came: list[tuple[str, str, int, str]], given_up: set[str]
) -> None:
    signed = version(*(row(*each) for each in plan))
    money_of = [actual(name, str(Decimal(pence) / 100), kind, year) for name, year, pence, kind in came]
    for year in signed.horizon:
        found = outturn(signed, year, money_of, given_up=given_up)
        for item in found.items:
            assert item.variance == item.slippage + item.acceleration + item.price + item.scope
        assert found.total("forecast") == sum(pence for _, when, pence in plan if fy(when) == year)


# ------------------------------------------------------------------------------------------- an order and the forecast


def test_an_order_puts_the_money_where_delivery_is_promised_and_a_delivery_leaves_none() -> None:
    ends = match(end_of_support="2027-07-31")
    ordered = actual("", "1100", "committed", "2028/29", serial="a1", order="PO1")
    received = actual("", "1100", "received", "2026/27", serial="A1", order="PO1", on=day("2026-11-20"))
    free = forecast([unit("A1")], ends)
    assert bundle(free)["spend_fy"] == "2027/28"
    waiting = forecast([unit("A1")], ends, actuals=(ordered,))
    assert bundle(waiting)["spend_fy"] == "2028/29"
    assert "ordered" in bundle(waiting)["flags"]
    done = forecast([unit("A1")], ends, actuals=(ordered, received))
    assert (total(done), reasons(done)) == (0, {"A1": "delivered"})
    early = forecast([unit("A1")], ends, actuals=(ordered, received), as_of=day("2026-11-19"))
    assert bundle(early)["spend_fy"] == "2028/29"


def test_an_order_is_the_bridge_s_second_driver() -> None:
    def side(*rows: Actual) -> Inputs:
        return Inputs(
            as_of=day("2026-11-22"), base_fy=YEAR, years=5, population=Population((unit("A1"),)),
            matches={"A1": match(end_of_support="2027-07-31")}, policies=(policy(),), prices=(price(),),
            scenarios=("need",), actuals=rows,
        )  # fmt: skip

    old, new = side(), side(actual("", "1100", serial="A1", order="PO1", on=day("2026-11-20")))
    made = bridge(Pair(old, new), Side.of(1, money(old)), Side.of(2, money(new)))
    assert {(item.driver, item.pence) for item in made.effects} == {(2, -100_000)}
    assert why(Pair(old, new), 2, "A1") == "no order -> received PO1 2026/27 (actuals.csv)"


# --------------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "estate.toml").write_text('entity = "Anyborough"\n', encoding="utf-8")
    assets = (
        "serial,vendor,part_number,kind,role,site,contract_end\nFOC1,Cisco,C9500-48Y4C,switch,core,civic,2026-12-31\n"
    )
    (tmp_path / "assets.csv").write_text(assets, encoding="utf-8")
    for words in (
        ("run", "--as-of", "2026-04-20"),
        ("submit", "1"),
        ("sign", "1", "--by", "A. Officer", "--reference", "minute 41"),
    ):
        result = CliRunner().invoke(estate, ["--config", str(tmp_path), "forecast", *words])
        assert result.exit_code == 0, result.exception
    return tmp_path


def ask(folder: Path, *words: str) -> Any:
    result = CliRunner().invoke(estate, ["--config", str(folder), "forecast", "accuracy", *words, "-o", "json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


def write(folder: Path, *rows: str) -> None:
    text = "\n".join(("line,bundle,serial,fy,kind,amount,on,order", *rows)) + "\n"
    (folder / "actuals.csv").write_text(text, encoding="utf-8")


def test_signed_forecasts_are_compared_with_the_years_that_are_over(folder: Path) -> None:
    assert ask(folder, "--as-of", "2027-04-01") == []
    write(folder, ",,FOC1,2026/27,received,54000.00,2026-12-01,PO1")
    assert ask(folder, "--as-of", "2027-03-31") == []
    (found,) = ask(folder, "--as-of", "2027-04-01")
    assert (found["version"], found["fy"], found["actual_gbp"]) == (1, "2026/27", "54000.00")
    assert Decimal(found["price_gbp"]) == Decimal(found["variance_gbp"]) == 54000 - Decimal(found["forecast_gbp"])
    (item,) = ask(folder, "1", "--fy", "2026/27", "--items")
    assert (item["policy"], item["item"].split("|")[0]) == ("core-network", "civic")
    (late,) = ask(folder, "1", "--fy", "2026/27", "--classes")
    assert (late["deliveries"], late["median_days_late"]) == (1, str(item["days_late"]) + "")
    with pytest.raises(UsageError, match="has no year 2040/41"):
        ask(folder, "1", "--fy", "2040/41")
    with pytest.raises(UsageError, match="2026"):
        ask(folder, "1", "--fy", "2026")


def test_the_workbook_has_the_accuracy_of_signed_forecasts(folder: Path, tmp_path: Path) -> None:
    write(folder, ",,FOC1,2026/27,received,54000.00,2026-12-01,PO1")
    for words in (("forecast", "run", "--as-of", "2027-04-20"), ("report", str(tmp_path / "out"))):
        assert CliRunner().invoke(estate, ["--config", str(folder), *words]).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "out" / "estate.xlsx", data_only=True)
    first = next(row for row in book["Accuracy"].iter_rows(values_only=True) if row[0] == 1)
    assert (first[1], first[5]) == ("2026/27", 54000)
    checks = {row[0]: row[4] for row in book["Checks"].iter_rows(min_row=5, values_only=True)}
    assert checks["Variance = slippage + acceleration + price + scope"] is True
    assert all(checks.values())


def test_a_public_copy_names_no_unit_that_was_paid_for(folder: Path, tmp_path: Path) -> None:
    write(folder, ",,SECRET1,2026/27,received,12.00,2026-12-01,PO1")
    for words in (("forecast", "run", "--as-of", "2027-04-20"), ("report", str(tmp_path / "out"), "--redact")):
        assert CliRunner().invoke(estate, ["--config", str(folder), *words]).exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "out" / "estate.xlsx", data_only=True)
    cells = [str(value) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for value in row]
    assert not [text for text in cells if "SECRET1" in text or "FOC1" in text]
    assert any("withheld" in text for text in cells)


def test_mistakes_in_actuals_come_all_at_once(folder: Path) -> None:
    write(
        folder,
        "Nowhere,,,2026/27,received,1.00,,",
        ",b1,S1,2026/27,received,1.00,,",
        ",,,2026/27,received,1.00,,",
        ",b1,,2026/27,paid,1.00,,",
        ",b1,,2026/27,committed,-1.00,,",
        ',b1,,2026/27,received,"1,000",,',
    )
    said = [(problem.row, problem.column) for problem in check(folder) if problem.file == "actuals.csv"]
    assert said == [(2, "line"), (3, "serial"), (4, "line"), (5, "kind"), (6, "amount"), (7, "amount")]
    assert Folder(folder).read(ACTUALS)[1]


def test_a_day_without_files_has_no_accuracy(tmp_path: Path) -> None:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    assert ask(tmp_path, "--as-of", dt.date(2027, 4, 1).isoformat()) == []
