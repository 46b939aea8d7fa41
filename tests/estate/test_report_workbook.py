"""The workbook: numbers are numbers, sums are live, and everything agrees with the feed to the penny."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl import Workbook as OpenedBook
from openpyxl.worksheet.worksheet import Worksheet

from estate.reports.feed import Feed
from estate.reports.report import Report
from estate.reports.wording import CAP_REV, SPLITS, plain
from estate.reports.workbook import FACT, Workbook
from tests.estate.report_factory import lots, report_of
from tests.estate.report_whole import chosen, whole

SHEETS = ["About", "Summary", "Lines x FY", "Funding", "Options", "Debt", "Revenue", "Bundles", "Assets", "Fact",
          "Assumptions", "Bridge", "Accuracy", "Exceptions", "Checks"]  # fmt: skip
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
    version = whole(version)
    return Report(version, status, None, chosen(version))


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


def rewritten(path: Path, change: Callable[[str, bytes], bytes], target: Path) -> Path:
    """A copy of a workbook in which each sheet went through a function of its name and bytes."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(name, data) if name.startswith("xl/worksheets/sheet") else data)
    return target


def blank(_: str, data: bytes) -> bytes:
    return re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1<v>0</v>", data)


def recalculated(path: Path, folder: Path) -> OpenedBook:
    """What LibreOffice computes of a workbook when its settings make it compute every formula on loading."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE)
    subprocess.run(  # noqa: S603 - a program of this machine, on a file of this test
        [str(OFFICE), f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
         "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(path)],
        check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    return openpyxl.load_workbook(folder / "out" / path.name, data_only=True)


needs_office = pytest.mark.skipif(
    OFFICE is None, reason="LibreOffice is not installed: nothing else here recalculates a workbook"
)


@pytest.mark.slow
@needs_office
def test_a_hard_recalculation_gives_the_stored_values_and_the_feed(
    tmp_path: Path, path: Path, shown: OpenedBook, report: Report
) -> None:
    """Blank every stored value of a formula, let LibreOffice compute all of them, and compare."""
    blanked = rewritten(path, blank, tmp_path / "blanked.xlsx")
    found = formulas(openpyxl.load_workbook(path))
    before = openpyxl.load_workbook(blanked, data_only=True)
    assert not any(before[sheet][cell].value for sheet, cell in found)
    computed = recalculated(blanked, tmp_path)
    for sheet, cell in found:
        assert computed[sheet][cell].value == pytest.approx(shown[sheet][cell].value, abs=1e-6), (sheet, cell)
    rows = [row for row in feed(report, tmp_path) if row["scenario"] == report.scenario]
    compared = 0
    heads: list[str] = []
    for cells in computed["Summary"].iter_rows(min_row=5, values_only=True):
        if cells[1] == str(report.years[0]):
            heads = [str(head) for head in cells]
        elif cells[0] and heads and cells[1] is not None:
            for head, value in zip(heads[1:], cells[1:], strict=True):
                mine = [row for row in rows if head in {row["fy"], "Total"} and str(cells[0]) in {"All", *words(row)}]
                assert pence(value) == sum(int(row["amount_pence"]) for row in mine), (cells[0], head)
                compared += 1
    assert compared == (len(report.years) + 1) * (2 + 1 + 2 + 1 + 3 + 1)


def feed(report: Report, folder: Path) -> list[dict[str, str]]:
    Feed().write(report, folder)
    with (folder / "feed" / "fact_forecast.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(row: dict[str, str]) -> set[str]:
    """The rows of Summary to which a row of the feed belongs."""
    return {SPLITS[row["catch_up_keep_pace"]], CAP_REV[row["cap_rev"]], plain(row["priority"])}


@pytest.mark.slow
@needs_office
@pytest.mark.parametrize(
    ("sheet", "column", "check"),
    [
        ("Fact", "amount_gbp", "Fact, every scenario = control total of the feed"),
        ("Assets", "amount_gbp", "The assets add up to the need of the feed"),
        ("Bundles", "amount_gbp", "The bundles add up to the need of the feed that has a bundle"),
    ],
)
def test_a_penny_altered_fails_its_own_check_and_no_other(
    tmp_path: Path, path: Path, live: Any, sheet: str, column: str, check: str
) -> None:
    head = next(row for row in live[sheet].iter_rows() if any(cell.value == column for cell in row))
    place = next(cell.column for cell in head if cell.value == column)
    cell = live[sheet].cell(head[0].row + 1, place)
    number = live.sheetnames.index(sheet) + 1

    def alter(name: str, data: bytes) -> bytes:
        if not name.endswith(f"/sheet{number}.xml"):
            return data
        amount = f"{cell.value + 0.01:.2f}".encode()
        changed, count = re.subn(rf'(<c r="{cell.coordinate}"[^>]*><v>)[^<]*'.encode(), rb"\g<1>" + amount, data)
        assert count == 1
        return changed

    computed = recalculated(rewritten(path, alter, tmp_path / "altered.xlsx"), tmp_path)
    rows = {str(row["Check"]): row for row in table(computed["Checks"], "Check")}
    assert {name: pence(row["Difference, £"]) for name, row in rows.items() if row["Difference, £"]} == {check: 1}
    assert [name for name, row in rows.items() if row["Holds"] is not True] == [check, "All of them hold"]


def test_every_figure_leads_to_the_devices_behind_it_and_back(live: Any, shown: Any) -> None:
    lines, assets = live["Lines x FY"], shown["Assets"]
    head = next(row for row in assets.iter_rows() if row[0].value == "asset_id")
    amount = next(cell.column for cell in head if cell.value == "amount_gbp")
    followed = 0
    for row in shown["Lines x FY"].iter_rows(min_row=6):
        for cell in row[4:-1]:
            link = lines[cell.coordinate].hyperlink
            if link is None or not isinstance(cell.value, int | float):
                continue
            first, last = (int(found) for found in re.findall(r"[A-Z]+(\d+)", str(link.location)))
            behind = [assets.cell(number, amount).value for number in range(first, last + 1)]
            assert sum(pence(value) for value in behind if value is not None) == pence(cell.value)
            followed += 1
    assert followed > 8
    bundle = next(cell.column for cell in head if cell.value == "bundle_id")
    for number in range(head[0].row + 1, assets.max_row):
        cell = live["Assets"].cell(number, bundle)
        if cell.value:
            target = str(cell.hyperlink.location).split("!")[1]
            assert shown["Bundles"][target].value == cell.value
            back = re.findall(r"[A-Z]+(\d+)", str(live["Bundles"][target].hyperlink.location))
            assert int(back[0]) <= number


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
