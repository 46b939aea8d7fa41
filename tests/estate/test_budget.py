"""The Havering programme of January 2021: its identities hold, and one penny anywhere breaks them (model 1.1)."""

import csv
import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

import config
from config.errors import InputError
from config.folder import Folder
from estate.cli import estate
from estate.forecast.budget import Programme, identities, overfunded, table
from estate.forecast.calendar import FinancialYear
from estate.forecast.lines import BUDGET, CONTROLS, FUNDING, LINES

SAMPLE = Path(config.__file__).parent / "samples" / "havering"
Y0, Y1 = FinancialYear(2020), FinancialYear(2021)


def programme(folder: Path = SAMPLE) -> Programme:
    files = Folder(folder)
    return Programme(files.rows(LINES), files.rows(BUDGET), files.rows(FUNDING), files.rows(CONTROLS))


def budget(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "budget", *arguments])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "estate"))


def test_w1_the_figures_as_printed() -> None:
    plan = programme()
    assert [plan.gross(year, "Portfolio Overhead") for year in (Y0, Y1)] == [70_000_00, 517_500_00]
    assert [plan.gross(year, "Fixing the Plumbing") for year in (Y0, Y1)] == [3_907_873_00, 10_259_575_00]
    assert [plan.gross(year, "Unleashing Havering") for year in (Y0, Y1)] == [0, 365_000_00]
    assert [plan.gross(year) for year in (Y0, Y1)] == [3_977_873_00, 11_142_075_00]
    assert [plan.separate(year) for year in (Y0, Y1)] == [3_077_873_00, 3_722_075_00]
    assert [plan.asked(year) for year in (Y0, Y1)] == [900_000_00, 7_420_000_00]
    assert [plan.request(year) for year in (Y0, Y1)] == [0, 6_300_000_00]
    assert not list(overfunded(plan))


def test_r1_to_r8_hold_in_both_years() -> None:
    proofs = list(identities(programme()))
    assert all(proof.holds for proof in proofs)
    for year in (Y0, Y1):
        assert {proof.identity for proof in proofs if proof.fy == year} == {f"R{number}" for number in range(1, 9)}


def test_status_alone_would_ask_for_900000_in_the_first_year() -> None:
    plan = programme()
    assert plan.asked(Y0) == 900_000_00
    assert plan.request(Y0) == 0


def test_six_lines_of_the_second_year_are_key_decisions() -> None:
    keys = [row.line for row in table(programme(), 500_000_00) if Y1 in row.key_decision]
    assert len(keys) == 6
    assert "Integration" in keys


def cells() -> list[tuple[str, int, str]]:
    """Every amount of the sample, as file, row and the identity that first notices it."""
    found = []
    for name in ("budget", "funding", "controls"):
        with (SAMPLE / f"{name}.csv").open(encoding="utf-8") as file:
            found += [(name, number, row.get("control", "")) for number, row in enumerate(csv.DictReader(file))]
    return found


@pytest.mark.parametrize(("name", "number", "control"), cells())
def test_a_penny_in_any_cell_is_found_and_named(copied: Path, name: str, number: int, control: str) -> None:
    path = copied / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[number]["amount"] += ".01"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    broken = [proof for proof in identities(programme(copied)) if not proof.holds]
    assert broken
    if control.startswith("theme:"):
        assert [proof.name for proof in broken] == [control]
    assert all(abs(proof.left - proof.right) == 1 for proof in broken)


def test_the_command_proves_it(copied: Path) -> None:
    result = budget(copied, "check", "-o", "json")
    assert result.exit_code == 0
    proofs = json.loads(result.stdout)
    assert all(proof["holds"] for proof in proofs)
    request = [proof for proof in proofs if proof["identity"] == "R7" and proof["name"].endswith("request")]
    assert [proof["computed_gbp"] for proof in request] == ["0.00", "6300000.00"]


def test_the_command_fails_and_names_the_identity(copied: Path) -> None:
    path = copied / "budget.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("CRM,2021/22,1806575", "CRM,2021/22,1806575.01"), "utf-8")
    result = budget(copied, "check")
    assert result.exit_code == 1
    text = str(result.exception)
    assert "R2 theme:Fixing the Plumbing, 2021/22: £10,259,575.01 is not £10,259,575.00 (controls.csv:5)" in text
    assert "R5" in text


def test_funding_beyond_what_is_asked_for_is_an_error(copied: Path) -> None:
    path = copied / "funding.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1120000", "9120000"), "utf-8")
    result = budget(copied, "check")
    assert result.exit_code == 1
    assert "funding of 2021/22 exceeds" in str(result.exception)


def test_an_estate_without_a_programme_says_so(tmp_path: Path) -> None:
    for command in ("check", "show"):
        result = budget(tmp_path, command)
        assert result.exit_code == 0
        assert "No programme" in result.stderr


def test_show_has_computed_subtotals(copied: Path) -> None:
    shown = budget(copied, "show", "-o", "json")
    assert "what replacing units costs, and its request: 'estate forecast gap'" in shown.stderr
    rows = json.loads(shown.stdout)
    themes = {row["theme"]: row["2021/22"] for row in rows if row["level"] == "theme"}
    assert themes == {
        "Portfolio Overhead": "517500.00",
        "Fixing the Plumbing": "10259575.00",
        "Unleashing Havering": "365000.00",
    }
    assert [row["2021/22"] for row in rows if row["line"] == "Request"] == ["6300000.00"]
    assert len([row for row in rows if row["level"] == "line"]) == 18


def test_without_a_programme_an_answer_for_machines_is_empty(tmp_path: Path) -> None:
    (tmp_path / "estate.toml").touch()
    for command in ("check", "show"):
        result = budget(tmp_path, command, "-o", "json")
        assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_a_mistake_in_a_sheet_is_an_error_too(tmp_path: Path) -> None:
    """The same tables as sheets: a row that cannot be read is named, never left out of the sum."""
    book = openpyxl.Workbook()
    for table_of in (LINES, BUDGET, FUNDING, CONTROLS):
        sheet = book.create_sheet(table_of.name)
        with (SAMPLE / f"{table_of.name}.csv").open(encoding="utf-8") as file:
            for row in csv.reader(file):
                sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    assert budget(tmp_path, "check").exit_code == 0
    book["budget"].append(["Cyber Security", "2021/22", "1,000"])
    book.save(tmp_path / "plan.xlsx")
    result = budget(tmp_path, "check")
    assert isinstance(result.exception, InputError)
    assert "plan.xlsx#budget" in str(result.exception)


def test_funding_of_what_assets_ask_for_is_no_negative_request(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("line,name,theme\nEvergreening,Evergreening,Plumbing\n", encoding="utf-8")
    (tmp_path / "funding.csv").write_text(
        "line,fy,source,kind,level,status,amount\nEvergreening,2026/27,reserve,existing,released,approved,60000\n",
        encoding="utf-8",
    )
    result = budget(tmp_path, "check")
    assert result.exit_code == 0, result.output
    assert "2026/27: funding.csv funds what the forecast computes from assets" in result.stderr
