"""``estate report`` on an estate folder, through the real forecast."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from config.errors import EstateError
from estate.cli import estate

ASSETS = """\
serial,vendor,part_number,kind,role,site,device,installed_on
FOC1,Cisco,WS-C3750X-48P-S,switch,edge,Depot,dp-edge-1,2013-05-01
FOC2,Cisco,WS-C3750X-48P-S,switch,edge,Depot,dp-edge-2,2013-05-01
FOC3,Cisco,N5K-C5548UP-FA,switch,core,Depot,dp-core-1,2014-02-01
X9,Nobody,X1,other,,Depot,box,
"""


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run(tmp_path, "init", str(tmp_path / "council")).exit_code == 0
    (tmp_path / "council" / "assets.csv").write_text(ASSETS)
    return tmp_path / "council"


def test_without_a_forecast_the_command_says_what_to_do(folder: Path) -> None:
    with pytest.raises(EstateError, match="estate forecast run"):
        run(folder, "report", str(folder / "out"))
    assert not (folder / "out").exists()


def test_the_report_of_a_real_forecast_agrees_with_itself(folder: Path) -> None:
    assert run(folder, "forecast", "run", "--as-of", "2026-11-22").exit_code == 0
    result = run(folder, "report", str(folder / "out"))
    assert result.exit_code == 0
    out = folder / "out"
    assert str(out / "estate.html") in result.stdout.splitlines()
    manifest = json.loads((out / "feed" / "manifest.json").read_text())
    with (out / "feed" / "fact_forecast.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["scenario"]] = totals.get(row["scenario"], 0) + int(row["amount_pence"])
    assert totals == manifest["scenario_totals_pence"]
    assert totals["need"] > 0
    assert {"FOC1", "FOC2", "FOC3"} <= {row["asset_id"] for row in rows}
    assert manifest["unquantified"]["total"] >= 1
    book = openpyxl.load_workbook(out / "estate.xlsx", data_only=True)
    assert [row[4] for row in book["Checks"].iter_rows(min_row=6, values_only=True)] == [True] * 12
    html = (out / "estate.html").read_text(encoding="utf-8")
    assert "Past support" in html
    assert "dp-edge-1" in html


def test_a_row_of_assets_that_stands_for_many_things_is_so_many(folder: Path) -> None:
    (folder / "assets.csv").write_text(
        "asset_tag,vendor,part_number,kind,site,quantity,installed_on\nB7,APC,RBC55,ups-battery,Depot,24,2022-05-01\n"
    )
    assert run(folder, "forecast", "run", "--as-of", "2026-11-22").exit_code == 0
    assert run(folder, "report", str(folder / "out")).exit_code == 0
    page = (folder / "out" / "estate.html").read_text(encoding="utf-8")
    assert "24 x RBC55 \N{RIGHTWARDS ARROW} 24 x battery set, Depot" in page.replace("\N{MULTIPLICATION SIGN}", "x")
    book = openpyxl.load_workbook(folder / "out" / "estate.xlsx", data_only=True)
    rows = list(book["Bundles"].iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == "Purchase")
    row = rows[rows.index(head) + 1]
    assert dict(zip(head, row, strict=True))["Units replaced"] == 24


def test_a_version_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(EstateError, match="77"):
        run(folder, "report", str(folder / "out"), "--version", "77")
