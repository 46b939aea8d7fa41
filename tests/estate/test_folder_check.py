"""`estate check`: every mistake of every file at once, each with its place."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from config.errors import Problem
from estate.cli import estate
from estate.folder.check import check

CREDENTIALS = '[core]\nkind = "snmpv2c"\ncommunity = "env:CORE"\n'


def write(folder: Path, **files: str) -> None:
    """Files by their name, with ``__`` for the dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")


def places(problems: list[Problem]) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.row, problem.column) for problem in problems]


def test_an_empty_folder_has_no_problem(tmp_path: Path) -> None:
    assert check(tmp_path) == []


def test_a_file_of_authorities_that_is_not_there_is_told(tmp_path: Path) -> None:
    write(tmp_path, estate__toml='[mail]\nca_file = "own.pem"\n[webhook]\nca_file = "own.pem"\n')
    assert places(check(tmp_path)) == [("estate.toml", 0, "mail.ca_file"), ("estate.toml", 0, "webhook.ca_file")]
    (tmp_path / "own.pem").write_text("")
    assert check(tmp_path) == []


def test_mail_in_clear_is_a_warning(tmp_path: Path) -> None:
    mail = '[mail]\nsender = "e@a.example"\nto = ["n@a.example"]\ntls = "none"\n'
    write(tmp_path, estate__toml=mail)
    assert check(tmp_path) == []
    write(tmp_path, estate__toml=f'{mail}host = "relay.a.example"\n')
    assert [(problem.column, problem.warning) for problem in check(tmp_path)] == [("mail.tls", True)]


def test_every_file_is_read_and_every_problem_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        estate__toml='horizon = "soon"\ncolour = "red"\n',
        credentials__toml='[core]\nkind = "snmpv2c"\ncommunity = "public"\n',
        targets__csv="address,credential\n192.0.2.300,core\n",
        assets__csv="serial,state\nA1,lost\n",
        policy__csv="policy,kind\ncore,toaster\n",
        prices__csv='vendor,list_price\nCisco,"1,234.00"\n',
        indices__csv="series,fy,rate_pct\nhardware,2027/29,3\n",
        fx__csv="currency,fy,units_per_gbp\nUSD,2027/28,0\n",
        lines__csv="line,colour\nL1,red\n",
        budget__csv="line,fy,amount\nL1,2027/28,1.234\n",
        funding__csv="line,fy,amount,level\nL1,2027/28,1,maybe\n",
        controls__csv="control,fy,amount\nnobody,2027/28,1\n",
        decisions__csv="decision,kind\nD1,guess\n",
        sites__csv="site,closes_on\nX,31/12/2027\n",
    )  # fmt: skip
    (tmp_path / "lifecycle").mkdir()
    (tmp_path / "lifecycle" / "own.csv").write_text("vendor,part_number,source,end_of_support\nCisco,X,me,soon\n")
    problems = check(tmp_path)
    found = set(places(problems))
    assert found >= {
        ("estate.toml", 0, "horizon"),
        ("estate.toml", 0, "colour"),
        ("credentials.toml", 0, "core.community"),
        ("targets.csv", 2, "address"),
        ("assets.csv", 2, "state"),
        ("policy.csv", 2, "kind"),
        ("prices.csv", 2, "list_price"),
        ("indices.csv", 2, "fy"),
        ("fx.csv", 2, "units_per_gbp"),
        ("lines.csv", 1, "colour"),
        ("budget.csv", 2, "amount"),
        ("funding.csv", 2, "level"),
        ("controls.csv", 2, "control"),
        ("decisions.csv", 2, "kind"),
        ("sites.csv", 2, "closes_on"),
        ("lifecycle/own.csv", 2, "end_of_support"),
    }
    assert problems == sorted(problems)
    assert not any("public" in problem.text for problem in problems)


def test_targets_are_checked_between_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        credentials__toml=CREDENTIALS,
        sites__csv="site\ntown-hall\n",
        targets__csv=(
            "address,name,credential,site\n192.0.2.1,a,core,town-hall\n192.0.2.2,A,core,town-hall\n"
            "192.0.2.1,c,core,town-hall\n192.0.2.4,d,cor,depot\n"
        ),
    )
    problems = check(tmp_path)
    assert [(problem.row, problem.column, problem.warning) for problem in problems] == [
        (3, "name", False),
        (4, "address", True),
        (5, "credential", False),
        (5, "site", True),
    ]
    assert problems[0].text == "is the name of another target in row 2"


def test_one_address_with_two_ports_is_two_devices(tmp_path: Path) -> None:
    targets = "address,name,credential,port\n127.0.0.1,a,core,1161\n127.0.0.1,b,core,1162\n"
    write(tmp_path, credentials__toml=CREDENTIALS, targets__csv=targets)
    assert check(tmp_path) == []


def test_a_broken_credentials_file_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, credentials__toml="[core", targets__csv="address,credential\n192.0.2.1,core\n")
    assert [problem.file for problem in check(tmp_path)] == ["credentials.toml"]


def test_an_asset_stands_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        assets__csv="serial,asset_tag,vendor\nF1,,Cisco\nf1,,CISCO\nF1,,HPE\n,T1,\n,t1,\n",
    )
    problems = check(tmp_path)
    assert places(problems) == [("assets.csv", 3, "serial"), ("assets.csv", 6, "asset_tag")]
    assert "row 2" in problems[0].text


@pytest.mark.parametrize(
    ("name", "hint"),
    [("target.csv", ": is targets.csv meant?"), ("Prices.csv", ": is prices.csv meant?"), ("sharing.csv", ""),
     ("credential.toml", ": is credentials.toml meant?")],
)  # fmt: skip
def test_a_file_that_nobody_reads_is_a_warning(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).write_text("")
    [problem] = check(tmp_path)
    assert problem.warning
    assert problem.text == f"is not read by this release{hint}"


def test_sheets_of_a_workbook_are_checked_as_files_are(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "assets"
    for row in (["serial", "state"], ["A1", "lost"]):
        sheet.append(row)
    book.create_sheet("price")
    book.save(tmp_path / "estate.xlsx")
    problems = check(tmp_path)
    assert places(problems) == [("estate.xlsx#assets", 2, "state"), ("estate.xlsx#price", 0, "")]
    assert "is prices meant?" in problems[1].text


def test_two_workbooks_are_one_problem(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        openpyxl.Workbook().save(tmp_path / name)
    assert places(check(tmp_path)) == [("b.xlsx", 0, "")]


# -------------------------------------------------------------------------------------------------------- the command


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), "check", *arguments], standalone_mode=False)


def test_no_problem_is_said_and_done(tmp_path: Path) -> None:
    write(tmp_path, lines__csv="line\nL1\n", assets__csv="serial\nA1\n")
    result = run(tmp_path)
    assert (result.return_value, result.stdout) == (0, "")
    assert "2 files read, no problems" in result.stderr


def test_warnings_alone_are_no_failure(tmp_path: Path) -> None:
    write(tmp_path, sharing__csv="")
    result = run(tmp_path, "-o", "json")
    assert result.return_value == 0
    [record] = json.loads(result.stdout)
    assert record == {
        "file": "sharing.csv", "row": None, "column": None, "level": "warning", "text": "is not read by this release",
    }  # fmt: skip
    assert "0 errors, 1 warning" in result.stderr


def test_an_error_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, assets__csv="serial,state\nA1,lost\n")
    result = run(tmp_path, "-o", "csv", "-f", "file,row,column,level")
    assert result.return_value == 1
    assert result.stdout == "file,row,column,level\nassets.csv,2,state,error\n"


def test_settings_that_cannot_be_read_do_not_hide_the_rest(tmp_path: Path) -> None:
    write(tmp_path, estate__toml="horizon =", assets__csv="serial,state\nA1,lost\n")
    result = run(tmp_path, "-o", "csv", "-f", "file")
    assert result.stdout == "file\nassets.csv\nestate.toml\n"
