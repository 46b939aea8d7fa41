"""``estate identify``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from collectors.cli.identify import COLUMNS, identify

WALK = """.1.3.6.1.2.1.1.1.0 = STRING: "Cisco IOS Software, C2960 (C2960-LANBASEK9-M), Version 15.0(2)SE11, RELEASE"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9.1.716
.1.3.6.1.2.1.47.1.1.1.1.5.1001 = INTEGER: chassis(3)
.1.3.6.1.2.1.47.1.1.1.1.11.1001 = STRING: "FOC1234X0AB"
.1.3.6.1.2.1.47.1.1.1.1.13.1001 = STRING: "WS-C2960-24TT-L"
.1.3.6.1.2.1.47.1.1.1.1.17.1001 = Hex-STRING: 07 DA 03 0F 00 00 00 00
"""


def test_one_object_a_capture_and_a_broken_one_is_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.snmprec"
    good.write_text(WALK, encoding="utf-8")
    bad.write_bytes(b"nothing")
    result = CliRunner().invoke(identify, [str(bad), str(good), "-o", "jsonl"], standalone_mode=False)
    assert result.return_value == 1
    assert "bad.snmprec" in result.stderr
    (line,) = result.stdout.splitlines()
    record = json.loads(line)
    assert tuple(record) == COLUMNS
    assert (record["source"], record["platform"], record["model"]) == (str(good), "cisco-ios", "WS-C2960-24TT-L")
    assert (record["serial"], record["version"], record["os"]) == ("FOC1234X0AB", "15.0(2)SE11", "IOS")
    assert record["evidence"]["serial"] == "1.3.6.1.2.1.47.1.1.1.1.11.1001"
    assert record["components"] == [
        {
            "index": "1001",
            "parent": None,
            "class": "chassis",
            "name": None,
            "description": None,
            "vendor": None,
            "model": "WS-C2960-24TT-L",
            "part_number": "WS-C2960-24TT-L",
            "serial": "FOC1234X0AB",
            "hardware_revision": None,
            "firmware_revision": None,
            "software_revision": None,
            "manufactured_on": "2010-03-15",
            "fru": None,
        }
    ]


def test_the_table_shows_a_sensible_part(tmp_path: Path) -> None:
    path = tmp_path / "good.txt"
    path.write_text(WALK, encoding="utf-8")
    result = CliRunner().invoke(identify, [str(path)], standalone_mode=False)
    assert result.return_value == 0
    header, row = result.stdout.splitlines()
    assert header.split("\t")[-1] == "parts"
    assert "WS-C2960-24TT-L" in row
    assert "evidence" not in header


def test_explain_shows_every_candidate_and_why_the_winner_won(tmp_path: Path) -> None:
    capture = tmp_path / "walk.txt"
    capture.write_text(f'{WALK}.1.3.6.1.4.1.9.5.1.2.19.0 = STRING: "N/A"\n', encoding="utf-8")
    result = CliRunner().invoke(identify, ["--explain", str(capture)], standalone_mode=False)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert result.return_value == 0
    assert any(line.startswith("* cisco-ios sysObjectID under 1.3.6.1.4.1.9.1, sysDescr fits") for line in lines)
    assert "cisco sysObjectID under 1.3.6.1.4.1.9" in lines
    assert "* FOC1234X0AB rule: wins: the first accepted in the order of evidence" in lines
    assert "N/A rule: a placeholder" in lines
    assert "CISCO-STACK-MIB::chassisSerialNumberString 1.3.6.1.4.1.9.5.1.2.19.0" in lines
    assert "C2960 sysDescr: comes later in the order" in lines
    assert any(line.startswith("not answered: OLD-CISCO-CHASSIS-MIB::chassisId") for line in lines)


def test_explain_as_json_marks_what_the_record_says(tmp_path: Path) -> None:
    capture = tmp_path / "walk.txt"
    capture.write_text(WALK, encoding="utf-8")
    result = CliRunner().invoke(identify, ["--explain", str(capture), "-o", "jsonl"], standalone_mode=False)
    record = json.loads(result.stdout)
    winners = {item["field"]: item["value"] for item in record["candidates"] if item["wins"]}
    fields = ("vendor", "kind", "model", "part_number", "serial", "version")
    assert {name: record[name] for name in fields} == {name: winners[name] for name in fields}
    assert [rule["platform"] for rule in record["rules"] if rule["chosen"]] == ["cisco-ios"]


def test_what_a_device_says_is_harmless_in_an_explanation(tmp_path: Path) -> None:
    capture = tmp_path / "walk.snmprec"
    capture.write_bytes(b"1.3.6.1.2.1.1.1.0|4x|" + b"\x1b[31mAcme X100 v1.2.3".hex().encode() + b"\n")
    result = CliRunner().invoke(identify, ["--explain", str(capture)], standalone_mode=False)
    assert "X100" in result.stdout
    assert "\x1b" not in result.stdout
