"""OpenEoX Core: what is read becomes rows, what is written is what was read, and nothing unknown becomes tba."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from config.errors import EstateError
from estate.cli import estate
from estate.lifecycle.sources.changes import Cells
from estate.lifecycle.sources.openeox import CORE, SHELL, core_of, problem_of, statement_of, statements

DAY = dt.date(2026, 11, 28)
MINIMAL = {
    "$schema": CORE,
    "end_of_life": "2030-12-31T23:59:59Z",
    "end_of_security_support": "2029-12-31T12:00:00+01:00",
    "last_updated": "2026-02-01T12:00:00Z",
}
OPEN_ENDED = MINIMAL | {"end_of_life": "tba", "end_of_security_support": "tba"}
ACME = {"vendor": "Acme", "part_number": "AX-1000"}


def read(document: Any, **named: str) -> Any:
    return statements(document, dict(named), "a.json", "third-party-transcription")


def shell(core: Any, product: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"$schema": SHELL, "statements": [{"core": core, "product": product, **more}]}


# ----------------------------------------------------------------------------------------------------------- reading


def test_a_core_object_becomes_a_row_of_the_product_that_is_named() -> None:
    (row,) = read(MINIMAL | {"end_of_sales": "2027-01-31T00:00:00Z"}, **ACME).hardware
    assert row == {
        "vendor": "Acme", "part_number": "AX-1000", "end_of_sale": "2027-01-31",
        "end_of_security_support": "2029-12-31", "end_of_support": "2030-12-31",
        "source": "a.json (OpenEoX Core 1.0 CSD01, last updated 2026-02-01)",
        "source_type": "third-party-transcription",
    }  # fmt: skip


def test_to_be_announced_is_not_announced_as_of_its_last_update() -> None:
    (row,) = read(OPEN_ENDED, **ACME).hardware
    assert row["not_announced_on"] == "2026-02-01"
    assert "end_of_support" not in row
    (row,) = read(MINIMAL | {"end_of_life": "tba"}, **ACME).hardware
    assert "not_announced_on" not in row
    assert row["note"] == "to be announced: end of life"


def test_a_core_object_does_not_say_what_it_is_about() -> None:
    for named in ({}, {"vendor": "Acme"}, {"part_number": "AX-1000"}, {"vendor": "Acme", "os": "X"}):
        with pytest.raises(EstateError, match="--vendor"):
            read(MINIMAL, **named)


def test_statements_say_it_in_the_shape_of_the_working_group_and_the_older_one() -> None:
    software = {"product_name": "AcmeOS", "product_version": "5.2", "vendor_name": "Acme"}
    (row,) = read(shell(MINIMAL | {"general_availability": "2020-01-01T00:00:00Z"}, software)).software
    assert (row["os"], row["release"], row["released"]) == ("AcmeOS", "5.2", "2020-01-01")
    hardware = {"product_name": "AX 1000", "product_version": "*", "vendor_name": "Acme"}
    found = read(shell(MINIMAL, hardware, product_identification_helper={"skus": ["AX-1", "AX-2"]})).hardware
    assert [(row["part_number"], row["model"]) for row in found] == [("AX-1", "AX 1000"), ("AX-2", "AX 1000")]
    (row,) = read(shell(MINIMAL, hardware)).hardware
    assert row["model"] == "AX 1000"
    flat = {"core": MINIMAL, "productName": "AcmeOS", "productVersion": "4", "supplierName": "Acme"}
    (row,) = read({"statements": [flat]}).software
    assert row["release"] == "4"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"$schema": "https://example.test/"}, "another schema"),
        ({"colour": "red"}, "does not: colour"),
        ({"end_of_life": "2030-12-31"}, "no timestamp"),
        ({"end_of_life": "2030-02-30T00:00:00Z"}, "no timestamp"),
        ({"end_of_life": "2030-12-31t00:00:00z"}, "no timestamp"),
        ({"end_of_life": 7}, "no timestamp"),
        ({"last_updated": "tba"}, "no timestamp"),
        ({"end_of_life": "2028-12-31T00:00:00Z"}, "lies before end_of_security_support"),
        ({"general_availability": "2031-01-01T00:00:00Z"}, "lies before"),
        ({"end_of_sales": "2029-12-31T23:59:58-05:00", "end_of_life": "2030-01-01T00:00:00Z"}, "before end_of_sales"),
        ({"end_of_life": "9999-12-31T23:59:59Z"}, "lies outside 1970 to 2200"),
        ({"end_of_security_support": "1975-01-01T00:00:00Z"}, "placeholder"),
    ],
)
def test_what_the_specification_or_the_packs_do_not_allow_is_refused(change: dict[str, Any], reason: str) -> None:
    found = read(shell(MINIMAL | change, {"product_name": "AcmeOS", "product_version": "5", "vendor_name": "Acme"}))
    assert (found.hardware, found.software) == ([], [])
    assert reason in found.refused[0][1]


def test_other_documents() -> None:
    odd: tuple[Any, ...] = ([], {}, "x", {"$schema": SHELL}, {"statements": {}})
    for document in odd:
        with pytest.raises(EstateError, match="neither"):
            read(document)
    found = read({"statements": [None, {"core": MINIMAL}, {"product": {"vendor_name": "A", "product_name": "B"}}]})
    assert [where for where, _ in found.refused] == ["statement 1", "statement 2", "statement 3"]
    assert "no Core object" in found.refused[2][1]


# ----------------------------------------------------------------------------------------------------------- writing

days = st.dates(dt.date(1990, 1, 1), dt.date(2199, 12, 31))


@given(st.lists(days, min_size=4, max_size=4).map(sorted), st.booleans())
def test_what_is_written_is_what_is_read_back(dates: list[dt.date], hardware: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    begin, sale, security, end = (day.isoformat() for day in dates)
    row: Cells = {"vendor": "Acme", "source": "a (read 2026-11-28)", "end_of_sale": sale,
                  "end_of_security_support": security, "end_of_support": end}  # fmt: skip
    row |= {"part_number": "AX-1"} if hardware else {"os": "AcmeOS", "release": "5", "released": begin}
    core, reason = core_of(row, DAY)
    assert (problem_of(core), reason) == ("", "")
    found = read({"statements": [statement_of(row, core)]})
    (back,) = found.hardware or found.software
    assert {name: back.get(name) or None for name in row if name != "source"} == {
        name: value for name, value in row.items() if name != "source"
    }
    assert core["last_updated"] == "2026-11-28T00:00:00Z"


def test_what_is_unknown_never_becomes_to_be_announced() -> None:
    half = {"vendor": "Acme", "part_number": "AX-1", "end_of_support": "2030-01-31", "source": "x"}
    assert core_of(half, DAY) == ({}, "no end of security support")
    open_ended = {"vendor": "Acme", "part_number": "AX-1", "not_announced_on": "2026-05-01", "source": "x"}
    core, _ = core_of(open_ended, DAY)
    assert (core["end_of_life"], core["end_of_security_support"]) == ("tba", "tba")
    assert core["last_updated"] == "2026-05-01T00:00:00Z"
    assert "end_of_sales" not in core
    wrong = half | {"end_of_security_support": "2031-01-31"}
    assert core_of(wrong, DAY)[0] == {}


# ------------------------------------------------------------------------------------------------------ the commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate" / "estate.toml").write_text("", encoding="utf-8")
    text = (
        "serial,vendor,part_number,kind,device\nF1,Acme,AX-1000,switch,a\nF2,Acme,AX-2000,switch,b\n"
        "F3,Cisco,WS-C3850-12XS-S,switch,c\nF4,Palo Alto,PA-200,firewall,d\n"
    )
    (tmp_path / "estate" / "assets.csv").write_text(text, encoding="utf-8")
    return tmp_path / "estate"


def run(folder: Path, *arguments: str) -> Result:
    words = ["--config", str(folder), "lifecycle", *arguments]
    return CliRunner().invoke(estate, words, catch_exceptions=False, standalone_mode=False)


def test_a_document_is_taken_and_given_away_again(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "core.json"
    file.write_text(json.dumps(MINIMAL), encoding="utf-8")
    options = ("--layout", "openeox", "--vendor", "Acme", "--part-number")
    assert run(folder, "import", str(file), *options, "AX-1000").return_value == 0
    file.write_text(json.dumps(OPEN_ENDED), encoding="utf-8")
    assert run(folder, "import", str(file), *options, "AX-2000").return_value == 0
    words = ["--config", str(folder), "status", "-o", "jsonl"]
    states = {one["serial"]: one["state"] for line in CliRunner().invoke(estate, words).stdout.splitlines()
              if (one := json.loads(line))}  # fmt: skip
    assert states["F2"] == "not_announced"
    result = run(folder, "export", "--format", "openeox")
    document = json.loads(result.stdout)
    told = {one["product_identification_helper"]["skus"][0]: one["core"] for one in document["statements"]}
    assert {name: core["end_of_life"] for name, core in told.items()} == {
        "AX-1000": "2030-12-31T23:59:59Z", "AX-2000": "tba",
    }  # fmt: skip
    assert [problem_of(core) for core in told.values()] == ["", ""]
    assert "2 statements; left out: 1 with no end of security support" in result.stderr


def test_all_that_is_known_is_valid(folder: Path) -> None:
    result = run(folder, "export", "--format", "openeox", "--all")
    document = json.loads(result.stdout)
    assert len(document["statements"]) > 1000
    assert {problem_of(one["core"]) for one in document["statements"]} == {""}
    assert {one["core"]["$schema"] for one in document["statements"]} == {CORE}


def test_refused_statements_make_it_partial(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "shell.json"
    product = {"product_name": "AcmeOS", "product_version": "5", "vendor_name": "Acme"}
    document = shell(MINIMAL, product)
    document["statements"].append({"core": MINIMAL})
    file.write_text(json.dumps(document), encoding="utf-8")
    assert run(folder, "import", str(file), "--layout", "openeox").return_value == 3
    assert "Acme,AcmeOS,5," in (folder / "lifecycle" / "openeox-software.csv").read_text(encoding="utf-8")


def test_what_is_not_json_is_said(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(EstateError, match="is not JSON"):
        run(folder, "import", str(file), "--layout", "openeox")
    with pytest.raises(EstateError, match="no row gives both dates"):
        run(folder, "export", "--format", "openeox")
