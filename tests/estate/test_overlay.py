"""What-if: the rows of an overlay replace and add to those of the estate folder, and the version says so."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import config
from config.errors import InputError, UsageError
from config.folder import Folder
from config.settings import load
from config.tables import Column, Table, by
from estate.cli import estate
from estate.forecast.compute import compute
from estate.forecast.service import pinned_inputs, run_forecast
from estate.store.database import open_database
from tests.estate.forecast_kit import day

STARTER = Path(config.__file__).parent / "starter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in STARTER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    (tmp_path / "estate.toml").write_text("")
    (tmp_path / "assets.csv").write_text(
        "serial,vendor,part_number,kind,role,site,contract_end\nFOC1,Cisco,C9300-48P,switch,access,civic,2028-09-30\n"
    )
    (tmp_path / "prices.csv").write_text("vendor,part_number,list_price,quoted_on\nCisco,C9300-48P,9000,2026-10-01\n")
    (tmp_path / "what-if").mkdir()
    return tmp_path


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(
        estate, ["--config", str(folder), "forecast", "run", "--as-of", "2026-11-22", *words], standalone_mode=False
    )


def total(result: Result) -> Decimal:
    assert result.exception is None, result.exception
    return sum((Decimal(row["total"]) for row in json.loads(result.stdout) if row["scenario"] == "need"), Decimal(0))


def test_a_row_of_the_overlay_replaces_the_one_about_the_same_thing(folder: Path) -> None:
    over = folder / "what-if"
    (over / "prices.csv").write_text("vendor,part_number,list_price,quoted_on\ncisco,C9300-48P,18000,2026-10-01\n")
    plain, dearer = call(folder, "-o", "json"), call(folder, "--overlay", str(over), "-o", "json")
    assert total(plain) * 2 == total(dearer)
    assert "WHAT IF: rows of overlay/prices.csv stand in for the estate's own" in dearer.stderr
    assert "WHAT IF" not in plain.stderr


def test_other_rows_are_added(folder: Path) -> None:
    over = folder / "what-if"
    (over / "assets.csv").write_text(
        "serial,vendor,part_number,kind,role,site,contract_end\nFOC2,Cisco,C9300-48P,switch,access,civic,2028-09-30\n"
    )
    assert total(call(folder, "--overlay", str(over), "-o", "json")) == 2 * total(call(folder, "-o", "json"))


def test_a_what_if_can_be_computed_again_without_its_folder(folder: Path) -> None:
    over = folder / "what-if"
    (over / "prices.csv").write_text("vendor,part_number,list_price,quoted_on\nCisco,C9300-48P,18000,2026-10-01\n")
    database = open_database("sqlite:///:memory:")
    made = run_forecast(database, Folder(folder, overlay=over), load(folder), as_of=day("2026-11-22"))
    shutil.rmtree(over)
    again = compute(pinned_inputs(database, made.id))
    assert (again.rows, again.header) == (made.rows, made.header)
    assert {row.source_ref for row in made.rows if row.component == "hardware"} == {"overlay/prices.csv:2;assets.csv:2"}


def test_an_overlay_that_nothing_reads_is_refused(folder: Path) -> None:
    over = folder / "what-if"
    assert "is no folder" in str(call(folder, "--overlay", str(folder / "nowhere")).exception)
    assert isinstance(call(folder, "--overlay", str(over)).exception, UsageError)
    (over / "price.csv").write_text("vendor\n")
    assert "holds what no forecast reads: price.csv" in str(call(folder, "--overlay", str(over)).exception)
    (over / "price.csv").rename(over / "prices.csv")
    (over / "prices.csv").write_text("vendor,list_price\nCisco,1.234,56\n")
    error = call(folder, "--overlay", str(over)).exception
    assert isinstance(error, InputError)
    assert error.problems[0].file == "overlay/prices.csv"


def test_what_is_replaced_keeps_its_place_and_what_is_new_comes_first(tmp_path: Path) -> None:
    rows: Table[dict[str, str]] = Table(
        "rows", dict, (Column("name"), Column("value")), key=lambda row: str(row["name"]).casefold()
    )
    (tmp_path / "rows.csv").write_text("name,value\na,1\nb,2\nB,3\nc,4\n")
    (tmp_path / "over").mkdir()
    (tmp_path / "over" / "rows.csv").write_text("name,value\nb,20\nd,40\n")
    found, problems = Folder(tmp_path, overlay=tmp_path / "over").read(rows)
    assert ([(row["name"], row["value"]) for row in found], problems) == (
        [("d", "40"), ("a", "1"), ("b", "20"), ("c", "4")], [],
    )  # fmt: skip
    unkeyed: Table[dict[str, str]] = Table("rows", dict, (Column("name"), Column("value")))
    assert [row["name"] for row in Folder(tmp_path, overlay=tmp_path / "over").read(unkeyed)[0]] == [
        "b", "d", "a", "b", "B", "c",
    ]  # fmt: skip
    assert by("real")(1.0) == ("1.0",)
