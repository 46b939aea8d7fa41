"""How answers reach a person or a program: formats and fields."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from config.errors import UsageError
from estate.console import emit

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
