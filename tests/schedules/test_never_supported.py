"""Nothing unknown is ever shown as supported: every output is walked, over an estate of which nothing is known.

The estate holds only units whose end of support no source gives: without any name, of vendors and part numbers that
no pack has, alike to one that a pack has, with an end of sale alone, with releases of unknown systems or of one whose
source says that it ended but not when. So nothing anywhere may read as supported, and every count of it must be 0.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner

from config.folder import Folder
from config.settings import database_url, load
from estate.cli import estate
from estate.folder.starter import write_starter
from estate.forecast.service import run_forecast
from estate.lifecycle.service import EstateStatus, load_status
from estate.reports.write import write_report
from estate.store.database import open_database
from schedules.result import NightResult
from schedules.summary import render
from tests.estate.inventory_lab import box, observed, part, run_night

AS_OF = dt.date(2026, 11, 28)
# A file of the council's own: a sale that ended says nothing of support.
PACK = "vendor,part_number,end_of_sale,source\nAcme,AX-SOLD,2024-01-31,letter\nAcme,PWR-SOLD,2024-01-31,letter\n"
ASSETS = """\
serial,asset_tag,vendor,part_number,kind,site,device,quantity
D1,,Acme,AX-1,switch,depot,declared-1,1
D2,,Cisco,WS-C9999-48P,switch,depot,declared-2,1
D3,,Cisco,C9300-NM-8XX,module,depot,declared-2,1
D4,,Palo Alto Networks,PA-99999,firewall,depot,declared-4,1
D5,,,,other,depot,declared-5,1
,T6,Acme,AX-SOLD,switch,depot,declared-6,3
"""
# What may be said of the word without saying it of a unit: headings, definitions, and that there are none.
HARMLESS = re.compile(
    r"\b0 supported\b|never (?:counted as|taken for|as) supported|what is still supported|not supported"
    r"|what is supported,|>supported</|supported 0\b|last supported day|ending soon, supported, no end announced"
    # what two standards ask for
    r"|firewalls and routers included, is supported|supported ones that run software",
    re.IGNORECASE,
)
# Commands that ask the network or have no answer about units.
ACTING = {"discover", "hostkeys", "identify", "check", "runs", "show", "refresh", "load"}
WIDE = {"COLUMNS": "1000"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("unknown") / "estate"
    write_starter(home)
    (home / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (home / "lifecycle").mkdir(exist_ok=True)
    run(home, "lifecycle", "load")
    (home / "lifecycle" / "ours.csv").write_text(PACK, encoding="utf-8")  # so that a diff has something to say
    at = dt.datetime(2026, 11, 27, 2, tzinfo=dt.UTC)
    sold = part("P1", part_number="PWR-SOLD")
    near = box("NEAR", part_number="WS-C9999-24T", model="WS-C9999-24T")
    seen = [
        replace(observed("seen-1", at, [box("S1", part_number="AX-2"), sold]), os="AcmeOS"),
        replace(observed("seen-2", at, [replace(near, vendor="Cisco")], version="99.1"), vendor="Cisco", os="IOS XE"),
        replace(observed("seen-3", at, [box(None)], version="3.30", serial="S3"), vendor="MikroTik", os="RouterOS"),
        replace(observed("seen-4", at, [box("S4", model="Mystery")], version=None), vendor=None, os=None),
    ]
    database = open_database(database_url(load(home), home))
    try:
        run_night(database, 330, seen)
    finally:
        database.close()
    return home


@pytest.fixture(scope="module")
def status(folder: Path) -> EstateStatus:
    database = open_database(database_url(load(folder), folder))
    try:
        return load_status(database, Folder(folder), load(folder), AS_OF)
    finally:
        database.close()


@pytest.fixture(scope="module")
def report(folder: Path, status: EstateStatus, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NightResult]:
    database = open_database(database_url(load(folder), folder))
    try:
        version = run_forecast(database, Folder(folder), load(folder), as_of=AS_OF)
    finally:
        database.close()
    directory = tmp_path_factory.mktemp("report")
    write_report(directory, version, status.units)
    at = dt.datetime(2026, 11, 28, 2, tzinfo=dt.UTC)
    return directory, NightResult(1, AS_OF, at, outcome="done", status=status, version=version)


def run(folder: Path, *words: str) -> str:
    """All that a command says, on both outputs."""
    result = CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False, env=WIDE)
    return result.stdout + result.stderr


def assert_harmless(text: str, where: str) -> None:
    left = HARMLESS.sub(" ", text)
    found = re.search(r"(?i)(?<![a-z])supported(?![a-z])", left)
    assert found is None, f"{where}: ...{left[max(0, found.start() - 120) : found.end() + 60]}..."


def queries(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that answers with records and needs no name to be called with."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if name in ACTING or command is None:
            continue
        if isinstance(command, click.Group):
            yield from queries(command, (*path, name))
        elif "output" in {one.name for one in command.params} and not any(one.required for one in command.params):
            yield (*path, name)


NAMED = (
    ("show", "seen-1"), ("lifecycle", "explain", "declared-2"), ("lifecycle", "explain", "D5"),
    ("lifecycle", "explain", "T6"), ("lifecycle", "explain", "seen-1"), ("lifecycle", "explain", "seen-2"),
    ("lifecycle", "explain", "seen-3"), ("lifecycle", "explain", "seen-4"), ("lifecycle", "explain", "AX-SOLD"),
    ("status", "--software"), ("status", "--devices"), ("lifecycle", "diff", "--units"), ("ages", "--units"),
    ("evidence", "--standard", "cyber-essentials", "--all"), ("evidence", "--standard", "nist-sa-22", "--all"),
    ("evidence", "--standard", "cisa-bod", "--all"), ("notices", "--all"), ("forecast", "show", "1"),
    ("forecast", "explain", "1", "--serial", "D1"),
    ("forecast", "explain", "1", "--serial", "S1"),
)  # fmt: skip


def test_the_estate_is_what_this_test_needs(status: EstateStatus) -> None:
    assert len(status.units) >= 11
    assert {str(item.state.state) for item in status.units} == {"unknown"}
    assert {item.unit.device for item in status.software} == {"seen-1", "seen-2", "seen-3"}
    assert {str(item.state.state) for item in status.software} == {"unknown"}
    assert any(item.state.match.row for item in status.units)  # a row was found, and its dates say nothing of support


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("words", [*queries(estate), *NAMED], ids=" ".join)
def test_no_command_calls_anything_supported(
    words: tuple[str, ...], form: str, folder: Path, report: tuple[Path, NightResult]
) -> None:
    assert report  # so that there is a forecast to ask for
    assert_harmless(run(folder, *words, "-o", form), " ".join(words))


@pytest.mark.parametrize("about", [(), ("--software",), ("--devices",)])
def test_the_state_of_everything_is_unknown_in_every_form(folder: Path, about: tuple[str, ...]) -> None:
    forms = [json.loads(run_out(folder, "status", *about, "-o", "json"))]
    forms.append([json.loads(line) for line in run_out(folder, "status", *about, "-o", "jsonl").splitlines()])
    for words in (("-o", "csv"), ("-f", "device,state,date")):
        text = run_out(folder, "status", *about, *words)
        forms.append([*csv.DictReader(io.StringIO(text), delimiter="," if "csv" in words else "\t")])
    for records in forms:
        assert len(records) >= 3
        assert {(one["state"], one["date"] or None) for one in records} == {("unknown", None)}


def run_out(folder: Path, *words: str) -> str:
    return CliRunner().invoke(estate, ["--config", str(folder), *words], catch_exceptions=False, env=WIDE).stdout


def test_the_chain_of_everything_says_unknown(folder: Path) -> None:
    for name in ("D1", "D2", "D3", "D4", "D5", "T6", "S1", "P1", "NEAR", "seen-3", "S4"):
        for record in json.loads(run_out(folder, "lifecycle", "explain", name, "-o", "json")):
            assert (record["state"], record["date"], record["latest_possible"]) == ("unknown", None, None), name
        text = run_out(folder, "lifecycle", "explain", name)
        assert "its support is unknown, and never counted as supported" in text
        assert "state   unknown" in text


def test_the_page_the_pictures_and_the_feed(report: tuple[Path, NightResult]) -> None:
    directory, _ = report
    texts = [path for path in directory.rglob("*") if path.suffix in {".html", ".csv", ".json", ".svg"}]
    assert len(texts) >= 9
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert_harmless(re.sub(r"<style>.*?</style>|<metadata>.*?</metadata>", "", text, flags=re.DOTALL), path.name)
    page = (directory / "estate.html").read_text(encoding="utf-8")
    table = re.search(r"Units by kind and support status.*?</table>", page, re.DOTALL)
    assert table
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]*)</th>", table[0])
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table[0], re.DOTALL)
    assert len(rows) >= 3
    for row in rows:
        cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)
        counts = dict(zip(heads, cells, strict=True))
        assert [counts[name] for name in ("Unsupported", "Ending soon", "Supported", "No end announced")] == ["0"] * 4
        assert counts["Unknown"] == counts["All"] != "0"
    for name in ("dim_asset.csv", "dim_product.csv"):
        with (directory / "feed" / name).open(encoding="utf-8", newline="") as file:
            assert {row["state"] for row in csv.DictReader(file)} == {"unknown"}


def test_the_workbook(report: tuple[Path, NightResult]) -> None:
    book = openpyxl.load_workbook(report[0] / "estate.xlsx", read_only=True, data_only=True)
    cells: list[Any] = [
        cell for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row if cell
    ]
    assert len(cells) > 100
    for cell in cells:
        assert_harmless(str(cell), "estate.xlsx")


@pytest.mark.parametrize("width", [60, 100, 300])
def test_the_summary_of_the_night(report: tuple[Path, NightResult], width: int) -> None:
    text = render(report[1], width)
    assert_harmless(re.sub(r"\s+", " ", text), "summary")
    assert "unknown (100 %)" in re.sub(r"\s+", " ", text)
    assert "covers 0 %" in re.sub(r"\s+", " ", text)
