"""``estate status`` over an estate of assets.csv alone: every unit, its state, and what is not known."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.folder import Folder
from config.settings import load
from estate.cli import estate
from estate.lifecycle import store
from estate.lifecycle.packs import catalogue_hash
from estate.lifecycle.service import load_status
from estate.store.database import open_database

ASSETS = """\
serial,vendor,part_number,kind,site,device,quantity,state
FOX1,Cisco,WS-C3850-24T-S,switch,Town Hall,core1,1,
FOX2,Cisco,WS-C3850-12XS-S,switch,Town Hall,core2,1,
FOX3,Cisco,WS-C2960X-24TS-L,switch,Library,edge1,1,
FOX4,Palo Alto Networks,PA-440,firewall,Library,fw1,1,
FOX5,Cisco,C9300-24T,switch,Library,edge2,1,
FOX6,Cisco,WS-C3850-24T-S,switch,Depot,old,1,retired
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (tmp_path / "estate.toml").write_text('entity = "Havering"\n', encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(
        estate, ["--config", str(folder), "status", "--as-of", "2026-11-22", *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0
    return result


def test_every_unit_worst_first_with_the_headline_apart(folder: Path) -> None:
    result = run(folder, "-o", "csv")
    rows = [*csv.reader(io.StringIO(result.stdout))]
    assert rows[0][:10] == [
        "device", "serial", "part_number", "state", "milestone", "date", "grade", "source", "bulletin",
        "decisions",
    ]  # fmt: skip
    assert [row[:7] for row in rows[1:]] == [
        ["core1", "FOX1", "WS-C3850-24T-S", "unsupported", "end_of_support", "2025-10-31", "exact"],
        ["core2", "FOX2", "WS-C3850-12XS-S", "ending", "end_of_support", "2027-04-30", "series"],
        ["edge1", "FOX3", "WS-C2960X-24TS-L", "ending", "end_of_support", "2027-10-31", "exact"],
        ["fw1", "FOX4", "PA-440", "unknown", "", "", "none"],
        ["edge2", "FOX5", "C9300-24T", "not_announced", "", "", "series"],
        ["old", "FOX6", "WS-C3850-24T-S", "unsupported", "end_of_support", "2025-10-31", "exact"],
    ]
    assert result.stderr == (
        "5 units of equipment: 1 unsupported, 2 ending, 0 supported, 1 not announced, 1 unknown (20 %); "
        "1 not in service or not counted\n"
        "lifecycle data covers 80 % of the equipment (40 % dated, 20 % only the latest possible date, "
        "20 % no end announced), 20 % unknown\n"
    )


def test_json_has_null_for_what_is_unknown_and_the_window_is_the_users(folder: Path) -> None:
    units = {row["serial"]: row for row in json.loads(run(folder, "--within", "30d", "-o", "json").stdout)}
    assert units["FOX4"]["date"] is None
    assert units["FOX4"]["latest_possible"] is None
    assert units["FOX3"]["state"] == "supported"
    assert units["FOX3"]["latest_possible"] is False
    assert units["FOX2"]["state"] == "supported"
    assert units["FOX2"]["latest_possible"] is True
    assert units["FOX5"]["not_announced_on"] == "2024-11-09"
    assert units["FOX6"]["excluded"].startswith("retired")
    assert all(units["FOX1"][name] for name in ("source", "row", "matched"))


def test_a_person_reads_at_the_latest(folder: Path) -> None:
    result = run(folder, "--within", "30d", "-f", "serial,state")
    assert "FOX2\tsupported, at the latest" in result.stdout
    assert "1 only at the latest" in result.stderr


def test_what_is_not_announced_is_so_as_of_a_day(folder: Path) -> None:
    assert "FOX5\tnot announced as of 2024-11-09\n" in run(folder, "-f", "serial,state").stdout
    assert "edge2\tnot announced as of 2024-11-09\n" in run(folder, "--devices", "-f", "device,state").stdout
    devices = {row["device"]: row for row in json.loads(run(folder, "--devices", "-o", "json").stdout)}
    assert (devices["edge2"]["state"], devices["edge2"]["not_announced_on"]) == ("not_announced", "2024-11-09")
    assert devices["core2"]["latest_possible"] is True


def test_a_pipe_gets_the_ten_columns(folder: Path) -> None:
    header = run(folder).stdout.split("\n", 1)[0]
    assert header.split("\t") == [
        "device", "serial", "part_number", "state", "milestone", "date", "grade", "source", "bulletin",
        "decisions",
    ]  # fmt: skip


DECISIONS = """\
decision,kind,serial,device,date,fy,expires,approver,decided_on,reference
W-1,waiver,FOX1,,,,2027-03-31,S151 officer,2026-01-01,RISK-7
W-2,waiver,FOX3,,,,2026-03-31,S151 officer,2026-01-01,
D-3,defer,,fw1,,2028/29,,CIO,2026-01-01,
"""


def test_a_waiver_stands_beside_the_state_and_never_instead(folder: Path) -> None:
    before = {row["serial"]: row for row in json.loads(run(folder, "-o", "json").stdout)}
    (folder / "decisions.csv").write_text(DECISIONS, encoding="utf-8")
    result = run(folder, "-o", "json")
    after = {row["serial"]: row for row in json.loads(result.stdout)}
    assert [{**row, "decisions": []} for row in after.values()] == list(before.values())
    (waiver,) = after["FOX1"]["decisions"]
    assert (waiver["decision"], waiver["kind"], waiver["expires"], waiver["source"]) == (
        "W-1", "waiver", "2027-03-31", "decisions.csv:2",
    )  # fmt: skip
    assert after["FOX3"]["decisions"] == []  # it has expired
    assert "; 1 with a waiver; " in result.stderr
    table = run(folder, "-f", "device,state,decisions").stdout
    assert "core1\tunsupported\twaiver W-1 until 2027-03-31\n" in table
    assert "fw1\tunknown\tdefer D-3 to 2028/29\n" in table
    devices = run(folder, "--devices", "-f", "device,state,decisions", "-o", "csv").stdout
    assert "core1,unsupported,waiver W-1 until 2027-03-31\n" in devices


def test_a_query_stores_nothing_and_the_night_stores_each_product_once(folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'estate.db'}")
    as_of = dt.date(2026, 11, 22)
    try:
        counts = []
        for keep in (False, True, True):
            load_status(database, Folder(folder), load(folder), as_of, keep_matches=keep)
            with database.reading() as session:
                counts.append(len(store.stored(session, catalogue_hash(Folder(folder)))))
    finally:
        database.close()
    assert counts == [0, 5, 5]


def test_no_files_and_no_database(tmp_path: Path) -> None:
    (tmp_path / "estate.toml").write_text("", encoding="utf-8")
    result = run(tmp_path, "-o", "json")
    assert json.loads(result.stdout) == []
    assert result.stderr.startswith("0 units")
    assert load_status(None, Folder(tmp_path), load(tmp_path), dt.date(2026, 11, 22)).units == ()


def test_what_has_no_serial_can_be_told_by_its_asset_id(folder: Path) -> None:
    (folder / "assets.csv").write_text(
        "asset_tag,serial,kind,description\nIT-9,,ups-battery,Batteries of the depot\n", encoding="utf-8"
    )
    (record,) = json.loads(run(folder, "-o", "json", "-f", "serial,asset_id,description").stdout)
    assert record == {"serial": None, "asset_id": "tag:IT-9", "description": "Batteries of the depot"}
