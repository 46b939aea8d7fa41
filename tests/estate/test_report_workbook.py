"""The workbook: numbers are numbers, sums are live, and everything agrees with the feed to the penny."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook as OpenedBook
from openpyxl.worksheet.worksheet import Worksheet

from estate.reports.report import Report
from estate.reports.workbook import FACT, Workbook
from tests.estate.report_factory import extras_of, lots, report_of

SHEETS = ["About", "Summary", "Lines x FY", "Funding", "Options", "Debt", "Revenue", "Bundles", "Assets", "Fact",
          "Exceptions",
          "Checks"]  # fmt: skip
OFFICE = shutil.which("soffice")


def write(directory: Path, report: Report) -> Path:
    return directory / Workbook().write(report, directory)[0]


def table(sheet: Worksheet, first: str) -> Iterator[dict[str, object]]:
    """The rows below the header that starts with a name, up to the first row without a first cell."""
    rows = iter(sheet.iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == first)
    for row in rows:
        if row[0] is None:
            return
        yield {str(name): value for name, value in zip(head, row, strict=True) if name is not None}


def pence(value: object) -> int:
    assert isinstance(value, int | float), value
    return round(value * 100)


def formulas(book: OpenedBook) -> dict[tuple[str, str], str]:
    return {
        (sheet.title, cell.coordinate): str(cell.value)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


@pytest.fixture(scope="module")
def report() -> Report:
    version, status = report_of(lots(15))
    return Report(version, status, None, extras_of(version))


@pytest.fixture(scope="module")
def path(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("book"), report)


@pytest.fixture(scope="module")
def shown(path: Path) -> OpenedBook:
    """What a viewer shows: the stored values."""
    return openpyxl.load_workbook(path, data_only=True)


@pytest.fixture(scope="module")
def live(path: Path) -> OpenedBook:
    """What the cells hold: formulas."""
    return openpyxl.load_workbook(path)


def test_the_sheets_are_there_short_named_and_protected_without_a_password(live: OpenedBook) -> None:
    assert live.sheetnames == SHEETS
    assert all(len(name) < 31 for name in SHEETS)
    assert all(sheet.protection.sheet and sheet.protection.password is None for sheet in live.worksheets)
    for name in ("Lines x FY", "Assets", "Fact", "Exceptions"):
        assert live[name].freeze_panes
        assert live[name].auto_filter.ref


def test_fact_holds_numbers_and_adds_up_to_the_feed(shown: OpenedBook, report: Report) -> None:
    rows = list(table(shown["Fact"], "version_id"))
    assert tuple(rows[0]) == FACT
    assert all(isinstance(row["amount_gbp"], int | float) and isinstance(row["qty"], int) for row in rows)
    assert sum(pence(row["amount_gbp"]) for row in rows) == sum(row.amount_pence for row in report.feed)
    assert sum(int(str(row["qty"])) for row in rows) == sum(row.qty for row in report.feed)
    assert len(rows) == len({(row.bundle_id, row.component) for row in report.feed})
    assert rows[0]["flags"] == "catch_up"
    assert rows[0]["source_ref"] == "prices.csv:2;cisco.csv:12"


def test_every_formula_is_stored_with_its_value(shown: OpenedBook, live: OpenedBook, report: Report) -> None:
    found = formulas(live)
    assert sum(text.startswith("=SUMIFS(fact_amount,") for text in found.values()) > 50
    assert all(shown[sheet][cell].value is not None for sheet, cell in found)
    for row in table(shown["Lines x FY"], "line"):
        if row["line"] == "All lines":
            assert pence(row["Total"]) == report.total
            continue
        for year in report.years:
            assert pence(row[str(year)]) == report.cells[str(row["line"]), year]


def test_assets_and_exceptions_hold_every_unit(shown: OpenedBook, report: Report) -> None:
    rows = [row for row in table(shown["Assets"], "asset_id") if row["asset_id"] != "All"]
    assert {row["asset_id"] for row in rows} == {item.unit.asset_id for item in report.status}
    money: dict[object, int] = {}
    for row in rows:
        amount = 0 if row["amount_gbp"] is None else pence(row["amount_gbp"])
        money[row["asset_id"]] = money.get(row["asset_id"], 0) + amount
    assert {name: amount for name, amount in money.items() if amount} == dict(report.by_asset)
    first = next(row for row in rows if row["bulletin"] == "EOL9009")
    assert (first["milestone row"], first["price row"], first["policy row"]) == (
        "cisco.csv:19", "prices.csv:9", "policy.csv:3",
    )  # fmt: skip
    assert str(first["serial read from"]).startswith("1.3.6.1.2.1.47.")
    assert len(list(table(shown["Exceptions"], "asset_id"))) == len(report.version.exceptions)


def test_all_checks_hold(shown: OpenedBook) -> None:
    rows = list(table(shown["Checks"], "Check"))
    assert len(rows) == 15
    assert all(row["Holds"] is True for row in rows)
    assert all(row["Difference, £"] == 0 for row in rows[:-1])


def test_hostile_text_is_text(tmp_path: Path) -> None:
    version, status = report_of(device="=cmd|' /C calc'!A0\x07", serial="https://evil.example/\u202e")
    version = replace(version, header={**version.header, "assumptions": ["=HYPERLINK(1)", "+1", "{=A1}"]})
    book = openpyxl.load_workbook(write(tmp_path, Report(version, status)))
    texts = [
        str(cell.value)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type != "f" and isinstance(cell.value, str)
    ]
    assert "'=cmd|' /C calc'!A0 " in texts
    assert "'=HYPERLINK(1)" in texts
    assert not [text for text in texts if text[:1] in set("=+@")]
    links = [cell.hyperlink for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert links
    assert all(link.target is None and re.match(r"'[\w ]+'![A-Z]+\d+", str(link.location)) for link in links)
    starts = ("=SUMIFS(", "=SUM(", "=SUBTOTAL(", "=ROUND(", "=AND(", "='Funding'!")
    assert all(
        text.startswith(starts) or re.fullmatch(r"='[\w ]+'!\S+|=\d+/100", text) for text in formulas(book).values()
    )


def test_the_steps_of_the_bridge_are_sums_of_its_records(shown: OpenedBook, report: Report) -> None:
    steps = {str(row[1]): row[-1] for row in shown["Bridge"].iter_rows(values_only=True) if row[1] and row[-1]}
    assert pence(steps["Estate added and removed"]) == 1_234_567
    assert pence(steps["Price book"]) == -7_001
    assert pence(steps["Forecast 12"]) == report.total
    first = next(row for row in shown["Accuracy"].iter_rows(values_only=True) if row[0] == 3)
    amounts = [pence(value) for value in first[4:12]]
    assert amounts == [36_000_000, 13_350_000, -22_650_000, -26_000_000, 2_500_000, 850_000, 0, 23_500_000]


def test_an_empty_version_still_makes_a_workbook_whose_checks_hold(tmp_path: Path) -> None:
    version, _ = report_of()
    empty = replace(version, rows=(), funding=(), exceptions=(), units=(), header={})
    book = openpyxl.load_workbook(write(tmp_path, Report(empty)), data_only=True)
    assert all(row["Holds"] is True for row in table(book["Checks"], "Check"))


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed: nothing else here recalculates a workbook")
def test_a_hard_recalculation_gives_the_stored_values(tmp_path: Path, path: Path, shown: OpenedBook) -> None:
    """Blank every stored value of a formula, let LibreOffice compute all of them, and compare."""
    blanked = tmp_path / "blanked.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(blanked, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1<v>0</v>", data)
            new.writestr(name, data)
    profile = tmp_path / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE)
    subprocess.run(  # noqa: S603 - a program of this machine, on a file of this test
        [str(OFFICE), f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(blanked)],
        check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    found = formulas(openpyxl.load_workbook(path))
    before = openpyxl.load_workbook(blanked, data_only=True)
    assert not any(before[sheet][cell].value for sheet, cell in found)
    computed = openpyxl.load_workbook(tmp_path / "out" / "blanked.xlsx", data_only=True)
    for sheet, cell in found:
        assert computed[sheet][cell].value == pytest.approx(shown[sheet][cell].value, abs=1e-6), (sheet, cell)


ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def test_how_much_the_lifecycle_data_covers_stands_in_front(tmp_path: Path) -> None:
    version, status = report_of()
    cells = {"dated": {"count": 2, "grc_pence": 75_000_00, "unpriced": 0}}
    header = {**version.header, "coverage": {"lifecycle": cells}}
    book = openpyxl.load_workbook(write(tmp_path, Report(replace(version, header=header), status)))
    about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True) if row[0]}
    text = str(about["Lifecycle data"])
    assert text.startswith("lifecycle data covers 87 % of the equipment (")
    assert text.endswith("by replacement cost (£75,000) it covers 100 % (100 % dated), 0 % unknown")
    row = next(table(book["Assets"], "asset_id"))
    assert {"at the latest", "no end announced on", "known on"} <= row.keys()
