"""The waterfall: from an earlier forecast to this one on the page, as a picture, and as a sheet of live sums."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

import config
from estate.cli import estate
from estate.forecast import store
from estate.forecast.bridge import Bridge, Step
from estate.reports.gather import bridge_to
from estate.reports.waterfall import axis_start, picture
from estate.store.database import open_database

STARTER = Path(config.__file__).parent / "starter"
HEAD = "serial,vendor,part_number,kind,role,site,installed_on,contract_end\n"
CORE = "FOC1,Cisco,C9500-48Y4C,switch,core,civic,2021-05-01,2027-07-31\n"
EDGE = "FOC2,Cisco,C9300-48P,switch,access,civic,2026-12-01,2028-09-30\n"


def call(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(estate, ["--config", str(folder), *words])
    assert result.exit_code == 0, (result.output, result.exception)
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "estate.toml").write_text('entity = "Anyborough"\n', encoding="utf-8")
    (tmp_path / "assets.csv").write_text(HEAD + CORE, encoding="utf-8")
    call(tmp_path, "forecast", "run", "--as-of", "2026-11-22", "--base-fy", "2026/27")
    return tmp_path


def changed(folder: Path) -> None:
    (folder / "assets.csv").write_text(HEAD + CORE + EDGE, encoding="utf-8")
    prices = (folder / "prices.csv").read_text().replace("38250", "30000")
    (folder / "prices.csv").write_text(prices, encoding="utf-8")
    call(folder, "forecast", "run", "--as-of", "2026-12-22", "--base-fy", "2026/27")


def test_the_report_bridges_from_the_version_before(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    call(folder, "report", str(out))
    assert not (out / "bridge.svg").exists()
    assert "There is no earlier forecast to compare with" in (out / "estate.html").read_text()
    changed(folder)
    call(folder, "report", str(out))
    html = (out / "estate.html").read_text()
    assert "Compared with forecast 1 (draft, as of 22 Nov 2026)." in html
    assert "most of it by: price book" in html
    svg = (out / "bridge.svg").read_text()
    for words in ("Forecast 1", "Estate added and removed", "Price book", "Forecast 2"):
        assert words in svg
    assert "other" not in svg.lower()
    assert (out / "bridge.png").read_bytes().startswith(b"\x89PNG")
    book = openpyxl.load_workbook(out / "estate.xlsx", data_only=True)
    rows = [row for row in book["Bridge"].iter_rows(values_only=True) if row[1]]
    steps = {str(row[1]): float(str(row[-1])) for row in rows[1:5]}
    assert list(steps) == ["Forecast 1", "Estate added and removed", "Price book", "Forecast 2"]
    assert steps["Price book"] == -8250 * 1.1
    assert round(sum(list(steps.values())[:3]), 2) == steps["Forecast 2"]
    checks = list(book["Checks"].iter_rows(min_row=6, values_only=True))
    assert [row[4] for row in checks] == [True] * 14
    assert {"The bridge closes at the need of the feed", "Opening + every driver = closing"} <= {
        row[0] for row in checks
    }
    live = openpyxl.load_workbook(out / "estate.xlsx")
    formulas = [cell.value for row in live["Bridge"].iter_rows(min_row=8, max_row=8) for cell in row]
    assert any("SUMIFS(bridge_amount,bridge_driver" in str(value) for value in formulas)


def test_the_last_signed_version_is_what_a_report_bridges_from(folder: Path, tmp_path: Path) -> None:
    call(folder, "forecast", "submit", "1")
    call(folder, "forecast", "sign", "1", "--by", "A. Officer", "--reference", "minute 41")
    call(folder, "forecast", "run", "--as-of", "2026-12-01", "--base-fy", "2026/27")
    changed(folder)
    call(folder, "report", str(tmp_path / "out"))
    assert "Compared with forecast 1 (signed " in (tmp_path / "out" / "estate.html").read_text()


def test_a_version_that_cannot_be_computed_again_is_named_and_the_report_made(folder: Path) -> None:
    changed(folder)
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    with database.reading() as session:
        version = store.load(session, 2)
    found, note = bridge_to(database, replace(version, id=99), 1)
    assert found is None
    assert "Why it moved cannot be told: there is no forecast 99" in note


def test_a_small_move_is_seen_and_a_large_one_starts_at_nothing() -> None:
    def steps(old: int, new: int) -> tuple[Step, ...]:
        return (
            Step("Forecast 1", old, 0, old),
            Step("Price book", new - old, old, new, 8),
            Step("Forecast 2", new, 0, new),
        )

    assert axis_start(steps(100_000_00, 101_000_00)) == 99_000_00
    assert axis_start(steps(100_000_00, 50_000_00)) == 0
    assert axis_start(steps(0, 50_000_00)) == 0


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert "Forecast 2" in picture(Bridge(1, 2, "need", shapley=False, before=Counter(), after=Counter(), effects=()))
