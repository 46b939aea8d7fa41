"""The real view divides by general inflation on output only (forecast-model.md 2.14, 2.16)."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.errors import EstateError
from estate.cli import estate
from estate.forecast.real import real_rows, real_totals, with_real
from tests.estate.forecast_kit import forecast, match, rate, rows, total, unit

RATES = (*(rate("general", f"20{year}/{year + 1}", "2.5") for year in (27, 28)), rate("hardware", "2027/28", "10"))


def test_real_rows_stand_beside_the_cash_rows_and_change_none_of_them() -> None:
    version = forecast([unit("A1"), unit("B1")], match(end_of_support="2027-07-31"), indices=RATES)
    assert version.header["deflators"]["2028/29"] == "1.050625"
    assert total(version) == 220_000
    # 1,100 each in 2027/28: 1,100 / 1.025 = 1,073.17
    assert [row.amount_pence for row in real_rows(version)] == [107_317, 107_317]
    assert sum(sum(cells.values()) for cells in real_totals(version)["need"].values()) == 214_634
    both = with_real(version)
    assert both.rows[: len(version.rows)] == version.rows
    assert {row.basis for row in rows(both)} == {"cash", "real"}
    assert with_real(both).rows[len(both.rows) :] == both.rows[len(version.rows) :]


def test_what_is_nothing_in_real_terms_is_no_row() -> None:
    dear = (rate("general", "2027/28", "1000"), rate("hardware", "2027/28", "0"))
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"), indices=dear)
    assert [row.amount_pence for row in real_rows(version)] == [9091]


def test_a_version_that_keeps_no_index_says_so() -> None:
    version = forecast([unit("A1")], match(end_of_support="2027-07-31"))
    with pytest.raises(EstateError, match="keeps no general index"):
        list(real_rows(replace(version, header={})))


def test_the_feed_and_show_have_the_real_view_only_when_asked(tmp_path: Path) -> None:
    folder, runner = tmp_path / "estate", CliRunner()
    runner.invoke(estate, ["init", str(folder)])
    (folder / "indices.csv").write_text("series,fy,rate_pct,source\ngeneral,2027/28,10,a test\n", encoding="utf-8")
    assets = (
        "serial,vendor,part_number,kind,role,site,contract_end\nFOC1,Cisco,C9500-48Y4C,switch,core,civic,2027-07-31\n"
    )
    (folder / "assets.csv").write_text(assets, encoding="utf-8")
    asked = ["--config", str(folder)]
    runner.invoke(estate, [*asked, "forecast", "run", "--as-of", "2026-11-22"])
    shown = json.loads(runner.invoke(estate, [*asked, "forecast", "show", "1", "-o", "json"]).stdout)
    real = json.loads(runner.invoke(estate, [*asked, "forecast", "show", "1", "--real", "-o", "json"]).stdout)
    assert (shown[0]["2027/28"], real[0]["2027/28"]) == ("60511.00", "55010.00")
    for words, bases in (([], {"cash"}), (["--real"], {"cash", "real"})):
        out = tmp_path / f"out{len(words)}"
        result = runner.invoke(estate, [*asked, "report", str(out), *words])
        assert result.exit_code == 0, result.output
        with (out / "feed" / "fact_forecast.csv").open(encoding="utf-8") as file:
            assert {row["basis"] for row in csv.DictReader(file)} == bases
    totals = [
        json.loads((tmp_path / name / "feed" / "manifest.json").read_text(encoding="utf-8"))["scenario_totals_pence"]
        for name in ("out0", "out1")
    ]
    assert totals[0] == totals[1]
