"""How answers reach a person or a program: formats and fields."""

import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal
from typing import Any

import click
import pytest
from click.testing import CliRunner

from config.errors import UsageError
from estate.console import emit, warn

RECORDS: list[dict[str, Any]] = [
    {"name": "core-1", "on": dt.date(2027, 3, 31), "count": 2, "cost": Decimal("1.50")},
    {"name": "\x1b[31mred\u202e", "count": None},
]
COLUMNS = ("name", "on", "count", "cost")


def test_json_keeps_what_was_stored_and_unknown_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    emit(RECORDS, COLUMNS, "json")
    answer = json.loads(capsys.readouterr().out)
    assert answer[0] == {"name": "core-1", "on": "2027-03-31", "count": 2, "cost": "1.50"}
    assert answer[1] == {"name": "\x1b[31mred\u202e", "on": None, "count": None, "cost": None}


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        """Whether it is one."""
        return True


def test_on_a_terminal_amounts_stand_below_each_other_with_separators(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    serials = ("940001051000", "7")
    records = [
        {"serial": serial, "need": need, "cost_gbp": Decimal(cost)}
        for serial, need, cost in zip(serials, ("1,121,282", "-73"), ("474130.83", "0.00"), strict=True)
    ]
    emit(records, ("serial", "need", "cost_gbp"), "table")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in out.getvalue().splitlines()]
    assert lines[2].split() == ["940001051000", "1,121,282", "474,130.83"]
    assert lines[3].startswith("7 ")  # an identity is no amount
    assert lines[2].index("1,121,282") + len("1,121,282") == lines[3].index("-73") + len("-73")


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def command() -> None:
        warn("stale")

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[33m" in CliRunner().invoke(command, color=True).stderr
    monkeypatch.setenv("NO_COLOR", "1")
    assert CliRunner().invoke(command, color=True).stderr == "warning: stale\n"


def test_jsonl_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit(RECORDS, COLUMNS, "jsonl", "count,name")
    lines = capsys.readouterr().out.splitlines()
    assert [list(json.loads(line)) for line in lines] == [["count", "name"], ["count", "name"]]


def test_csv_round_trips(capsys: pytest.CaptureFixture[str]) -> None:
    emit([*RECORDS, {"name": "=1+1", "count": -3}], COLUMNS, "csv")
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == list(COLUMNS)
    assert rows[3] == ["'=1+1", "", "-3", ""]


def test_an_empty_answer(capsys: pytest.CaptureFixture[str]) -> None:
    emit([], COLUMNS, "json")
    assert json.loads(capsys.readouterr().out) == []
    emit([], COLUMNS, "table", empty="No device yet.")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "No device yet.\n")


def test_an_unknown_field_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no field colour; this answer has name, on"):
        emit(RECORDS, COLUMNS, "table", "name,colour")


@pytest.mark.parametrize("variable", ["NO_COLOR=1", "TERM=dumb", ""])
def test_colour_is_for_those_who_want_it(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if variable:
        monkeypatch.setenv(*variable.split("="))
    with click.Context(click.Command("estate"), color=True):  # as on a terminal, which tests have not
        warn("old")
    assert capsys.readouterr().err == ("warning: old\n" if variable else "\x1b[33mwarning: old\x1b[0m\n")
