"""The asset register of finance against what is seen and declared."""

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from config.errors import InputError, UsageError
from estate.cli import estate
from estate.inventory.reconcile import DIFFERENT, Entry, reconcile
from estate.inventory.unit import Excluded, Population, Unit
from tests.estate.forecast_kit import day

ASSETS = """\
serial,asset_tag,vendor,part_number,kind,site,purchased_on,state
FOC1,T1,Cisco,C9500-48Y4C,switch,civic,2021-05-01,
FOC2,T2,Cisco,C9300-48P,switch,civic,2019-03-01,
,T7,APC,,ups-battery,civic,,
OPT1,,Cisco,SFP-10G-SR,optic,civic,,
SP1,,Cisco,C9300-48P,switch,store,,spare
"""
REGISTER = """\
Asset No,Serial No,Tag,Location,Acquired,Cost,Useful life
1,foc1,T1,civic,2021-05-01,38250.00,7
2,FOC2,T2,annexe,2018-03-01,9000.00,7
3,GONE9,,civic,2015-01-01,100.00,7
4,,T7,civic,,2000.00,4
5,FOC1,,civic,,1.00,7
"""
NAMES = ("--column", "serial=Serial No", "--column", "asset_tag=Tag", "--column", "site=Location",
         "--column", "purchased_on=acquired")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "estate.toml").write_text("")
    (tmp_path / "assets.csv").write_text(ASSETS)
    (tmp_path / "register.txt").write_text(REGISTER)
    return tmp_path


def call(folder: Path, *words: str, file: str = "register.txt") -> Result:
    words = ("--config", str(folder), "reconcile", str(folder / file), *words)
    return CliRunner().invoke(estate, [*words, "--as-of", "2026-11-22"], standalone_mode=False)


def test_each_side_says_what_it_says(folder: Path) -> None:
    result = call(folder, *NAMES, "-o", "json")
    assert result.exception is None
    found = [(row["finding"], row["asset"], row["field"], row["register"], row["seen"])
             for row in json.loads(result.stdout)]  # fmt: skip
    assert found == [
        ("twice in register", "FOC1", "", "", "also register.txt:2"),
        ("different", "FOC2", "purchased_on", "2018-03-01", "2019-03-01"),
        ("different", "FOC2", "site", "annexe", "civic"),
        ("only in register", "GONE9", "", "", ""),
        ("only seen", "SP1", "", "", "Cisco C9300-48P"),
    ]
    assert "columns of register.txt that were not read: Asset No, Useful life" in result.stderr
    assert "5 rows, 3 things on both sides: 1 twice in register, 1 different, 1 only in register" in result.stderr


def test_parts_are_findings_only_when_asked(folder: Path) -> None:
    rows = json.loads(call(folder, *NAMES, "--parts", "-o", "json").stdout)
    assert [row["asset"] for row in rows if row["finding"] == "only seen"] == ["OPT1", "SP1"]


def test_a_workbook_is_read_as_well(folder: Path) -> None:
    book = openpyxl.Workbook()
    for line in REGISTER.splitlines():
        book.active.append(line.split(","))  # type: ignore[union-attr] # a new workbook has a sheet
    book.save(folder / "register.xlsx")
    assert call(folder, *NAMES, "-o", "json", file="register.xlsx").stdout == call(
        folder, *NAMES, "-o", "json"
    ).stdout.replace("register.txt", "register.xlsx")


def test_what_was_disposed_of_should_not_answer() -> None:
    unit = Unit("FOC1", "switch", device="core-1", serial="FOC1", vendor="Cisco")
    entry = Entry("FOC1", None, "Cisco Systems", None, None, None, None, day("2020-01-01"), None, "r:2")
    held_back = Excluded(Unit("FOC1", "switch", device="core-2", serial="FOC1"), "duplicate: the same serial")
    result = reconcile([entry], Population((unit,), (held_back,)), day("2026-11-22"))
    (finding,) = result.findings
    assert (finding.finding, finding.field, finding.register, finding.seen) == (
        DIFFERENT, "state", "disposed of 2020-01-01", "answers",
    )  # fmt: skip
    gone = Entry("FOC9", None, None, None, None, None, None, day("2020-01-01"), None, "r:3")
    assert not reconcile([gone], Population(()), day("2026-11-22")).findings


def test_mistakes_are_named(folder: Path) -> None:
    assert "no heading Nonsense" in str(call(folder, "--column", "serial=Nonsense").exception)
    assert isinstance(call(folder, "--column", "colour=Tag").exception, UsageError)
    assert isinstance(call(folder, "--column", "serial").exception, UsageError)
    assert "names neither serial nor asset_tag" in str(call(folder, "--column", "site=Location").exception)
    (folder / "register.txt").write_text("serial,cost,purchased_on\nA,1234.567,01/02/2020\n,5,\n")
    error = call(folder).exception
    assert isinstance(error, InputError)
    assert [(problem.row, problem.column) for problem in error.problems] == [
        (2, "cost"), (2, "purchased_on"), (3, "serial"),
    ]  # fmt: skip
    (folder / "register.txt").write_bytes(b"")
    assert "is empty" in str(call(folder).exception)
    assert "nowhere.csv: cannot be read: No such file" in str(call(folder, file="nowhere.csv").exception)
