"""The inventory's commands: every answer works on an estate where nothing has happened yet, and on one with a past."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collectors.observation import Outcome
from config.errors import UsageError
from estate.cli import estate
from estate.inventory.cli import COMPONENT_COLUMNS, DEVICE_COLUMNS, TARGET_COLUMNS
from estate.inventory.history_cli import CHANGE_COLUMNS
from estate.store.database import open_database
from tests.estate.inventory_lab import box, night, observed, part, run_night

HOSTILE = "evil\x1b[31m\u202e\nname"
AS_OF = ("--as-of", "2026-01-03")


def ask(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def lived(empty: Path) -> Path:
    (empty / "targets.csv").write_text(
        "address,name,site,role,credential\n127.0.0.1,a,town-hall,core,lab\n127.0.0.2,b,depot,edge,lab\n",
        encoding="utf-8",
    )
    database = open_database(f"sqlite:///{empty / 'estate.db'}")
    parts = [box("A"), part("P1", description=HOSTILE)]
    run_night(database, 0, [observed("a", night(0), parts), observed("old", night(0), [box("O")])])
    run_night(database, 1, [observed("a", night(1), [box("A")], cut=True, version="2.0")])
    run_night(database, 2, [observed("b", night(2), [box("B"), part("P1", slot=3)], version=HOSTILE)])
    run_night(database, 3, [observed("b", night(3), [], outcome=Outcome.SILENT)])
    database.close()
    return empty


@pytest.mark.parametrize("command", ["targets", "devices", "components", "changes"])
def test_nothing_yet_is_an_empty_answer_and_a_note(empty: Path, command: str) -> None:
    table = ask(empty, command)
    assert (table.exit_code, table.stdout) == (0, "")
    assert table.stderr.strip()
    assert json.loads(ask(empty, command, "-o", "json").stdout) == []
    assert ask(empty, command, "-o", "jsonl").stdout == ""
    assert len(ask(empty, command, "-o", "csv").stdout.splitlines()) == 1


def test_show_of_what_is_not_known(empty: Path) -> None:
    answer = ask(empty, "show", "nobody")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "No device or target is called nobody." in answer.stderr
    (empty / "targets.csv").write_text("address,name,credential\n192.0.2.1,core-1,lab\n")
    assert "Did you mean core-1?" in ask(empty, "show", "core-2").stderr
    assert "has not been asked yet" in ask(empty, "show", "CORE-1").stderr
    assert "Nothing had been collected by 2020-01-01." in ask(empty, "devices", "--as-of", "2020-01-01").stderr
    assert json.loads(ask(empty, "show", "nobody", "-o", "json").stdout) == []


@pytest.mark.parametrize(
    ("command", "columns"),
    [
        ("targets", TARGET_COLUMNS),
        ("devices", DEVICE_COLUMNS),
        ("components", COMPONENT_COLUMNS),
        ("changes", CHANGE_COLUMNS),
    ],
)
def test_every_form_has_the_same_columns(lived: Path, command: str, columns: tuple[str, ...]) -> None:
    records = json.loads(ask(lived, command, "-o", "json").stdout)
    lines = [json.loads(line) for line in ask(lived, command, "-o", "jsonl").stdout.splitlines()]
    assert lines == records
    assert [list(record) for record in records] == [list(columns)] * len(records)
    table = list(csv.DictReader(io.StringIO(ask(lived, command, "-o", "csv").stdout)))
    assert [list(row) for row in table] == [list(columns)] * len(records)
    first = json.loads(ask(lived, command, "-o", "json", "-f", columns[1]).stdout)
    assert [list(record) for record in first] == [[columns[1]]] * len(records)
    with pytest.raises(UsageError, match="no field colour"):
        ask(lived, command, "-f", "colour")


def test_targets_say_how_each_last_answered(lived: Path) -> None:
    answer = ask(lived, "targets", "-o", "json")
    found = {record["name"]: record for record in json.loads(answer.stdout)}
    assert [(found[name]["outcome"], found[name]["stale"]) for name in "ab"] == [("partial", True), ("silent", True)]
    assert (found["b"]["reason"], found["b"]["last_answered"]) == ("no answer", "2026-01-03T02:00:00+00:00")
    assert "no longer in targets.csv: old" in answer.stderr


def test_devices_show_what_is_stale_and_incomplete(lived: Path) -> None:
    answer = ask(lived, "devices", "-o", "json", *AS_OF)
    found = {record["name"]: record for record in json.loads(answer.stdout)}
    assert (found["a"]["incomplete"], found["a"]["version"], found["a"]["site"]) == (["entity"], "2.0", "town-hall")
    assert "1 device with an incomplete last reading" in answer.stderr
    earlier = json.loads(ask(lived, "devices", "-o", "json", "--as-of", "2026-01-01").stdout)
    assert [record["name"] for record in earlier] == ["a", "old"]
    assert "3 devices stale" in ask(lived, "devices", "--as-of", "2026-03-01").stderr


def test_components_follow_a_unit_from_device_to_device(lived: Path) -> None:
    def where(day: str) -> list[tuple[str, str]]:
        records = json.loads(ask(lived, "components", "-o", "json", "--as-of", day).stdout)
        return [(record["device"], record["slot"]) for record in records if record["serial"] == "P1"]

    assert where("2026-01-02") == [("a", "powerSupply 1")]
    assert where("2026-01-03") == [("b", "powerSupply 3")]


def test_changes_since_a_day(lived: Path) -> None:
    records = json.loads(ask(lived, "changes", "-o", "json", "--since", "2026-01-03").stdout)
    assert [(record["subject"], record["what"]) for record in records] == [("B", "discovered"), ("P1", "moved")]
    with pytest.raises(UsageError, match="lies after"):
        ask(lived, "changes", "--since", "2026-02-01", *AS_OF)


def test_the_page_of_a_device_says_what_how_and_since_when(lived: Path) -> None:
    page = ask(lived, "show", "a", *AS_OF).stdout
    for words in (
        "version      2.0",
        "1.3.6.1.2.1.1.1.0",
        "INCOMPLETE: it stopped answering; last read to its end 2026-01-01",
        "chassis: switch, unknown product, serial A (1.3.6.1.2.1.47.1.1.1.1.11.1)",
        "a version: 1.0 -> 2.0",
        "A discovered (chassis)",
    ):
        assert words in page, page
    assert "STALE" in ask(lived, "show", "a", "--as-of", "2026-06-01").stdout
    record = json.loads(ask(lived, "show", "b", "-o", "json").stdout)[0]
    assert [(unit["slot"], unit["parent"]) for unit in record["units"]] == [("chassis", None), ("powerSupply 3", "B")]
    assert record["evidence"] == {"version": "1.3.6.1.2.1.1.1.0"}


def test_what_a_device_says_cannot_move_the_cursor(lived: Path) -> None:
    for words in (("show", "b"), ("devices",), ("components",), ("changes",), ("changes", "-o", "csv")):
        answer = ask(lived, *words).stdout
        assert not {"\x1b", "\u202e"} & set(answer), words
        assert "evil" in answer or words[0] == "changes", words
