"""How answers reach a person or a program: formats, fields, and that device text cannot do harm."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UsageError
from estate.console import Window, csv_cell, decimal_pounds, emit, pounds, safe, warn

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


@given(st.text())
def test_no_text_moves_the_terminal_or_starts_a_formula(text: str) -> None:
    shown = safe(text)
    assert len(shown) == len(text)
    assert all(char.isprintable() or char.isspace() or ord(char) > 159 for char in shown)
    assert not any(char in shown for char in "\x1b\x07\r\n\t\u202e\u2066")
    assert csv_cell(text).lstrip()[:1] not in {"=", "+", "-", "@"}


def test_money_for_people_and_for_files() -> None:
    assert [pounds(pence) for pence in (0, 5, -5, 123456789)] == ["£0.00", "£0.05", "-£0.05", "£1,234,567.89"]
    assert str(decimal_pounds(-105)) == "-1.05"


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("18m", 548), ("2y", 730), ("1W", 7)])
def test_spans(text: str, days: int) -> None:
    assert Window().convert(text, None, None) == days


def test_a_wrong_span_is_wrong_usage() -> None:
    @click.command()
    @click.option("--within", type=Window())
    def command(within: int) -> None:
        del within

    result = CliRunner().invoke(command, ["--within", "soon"])
    assert result.exit_code == 2
    assert "write 90d, 18m or 2y" in result.output


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
