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

from estate.reports.assumed import SETTINGS
from estate.reports.feed import Feed
from estate.reports.report import Report
from estate.reports.wording import CAP_REV, SPLITS, plain
from estate.reports.workbook import FACT, Workbook
from tests.estate.report_factory import LINES, lots, report_of
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
    rows = list(table(shown["Fact"], "scenario"))
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
    for row in table(shown["Lines x FY"], "Budget line"):
        if row["Budget line"] == "All lines":
            assert pence(row["Total"]) == report.total
            continue
        for year in report.years:
            assert pence(row[str(year)]) == report.cells[str(row["Budget line"]), year]


def test_assets_and_exceptions_hold_every_unit(shown: OpenedBook, report: Report) -> None:
    rows = [row for row in table(shown["Assets"], "Unit") if row["Unit"] != "All"]
    assert {row["Unit"] for row in rows} == {item.unit.asset_id for item in report.status}
    money: dict[object, int] = {}
    for row in rows:
        amount = 0 if row["Amount, £"] is None else pence(row["Amount, £"])
        money[row["Unit"]] = money.get(row["Unit"], 0) + amount
    assert {name: amount for name, amount in money.items() if amount} == dict(report.by_asset)
    first = next(row for row in rows if row["Bulletin"] == "EOL9009")
    assert (first["Row of the milestone"], first["Row of the price"], first["Row of the policy"]) == (
        "cisco.csv:19", "prices.csv:9", "policy.csv:3",
    )  # fmt: skip
    assert str(first["Serial read from"]).startswith("1.3.6.1.2.1.47.")
    assert len(list(table(shown["Exceptions"], "Unit"))) == len(report.version.exceptions)


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
    assert "1.\N{NO-BREAK SPACE}=HYPERLINK(1)" in texts
    assert "'=cmd|' /C calc'!A0 " in texts
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


@pytest.mark.slow
@needs_office
def test_a_line_whose_name_is_a_pattern_adds_up_its_own_rows_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LINES, "E*", ("Everything else", "Fixing the plumbing"))
    others = [replace(lot, line="E*") if lot.kind == "power-supply" else lot for lot in lots(15)]
    others[0] = replace(others[0], line="E*")
    version, status = report_of(tuple(others))
    version = whole(version)
    report = Report(version, status, None, chosen(version))
    path = write(tmp_path, report)
    computed = recalculated(rewritten(path, blank, tmp_path / "blanked.xlsx"), tmp_path)
    told = {str(row["Budget line"]): row["Total"] for row in table(computed["Lines x FY"], "Budget line")}
    assert {code: pence(told[code]) for code in ("E*", "EDGE")} == {
        code: report.by_line[code] for code in ("E*", "EDGE")
    }


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
        ("Assets", "Amount, £", "The assets add up to the need of the feed"),
        ("Bundles", "Amount, £", "The bundles add up to the need of the feed that has a bundle"),
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
    head = next(row for row in assets.iter_rows() if row[0].value == "Unit")
    amount = next(cell.column for cell in head if cell.value == "Amount, £")
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
    bundle = next(cell.column for cell in head if cell.value == "Purchase")
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
    assert text.startswith("Lifecycle data covers 87 % of the equipment (")
    assert text.endswith("by replacement cost (£75,000) it covers 100 % (100 % dated), 0 % unknown")
    row = next(table(book["Assets"], "Unit"))
    assert {"At the latest", "No end announced on", "Known on"} <= row.keys()


def flat(sheet: Worksheet) -> list[str]:
    """Every text of a sheet, in order."""
    return [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)]


def test_every_sheet_prints_on_few_pages_that_say_which_version_they_are(live: Any) -> None:
    for sheet in live.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert int(sheet.page_setup.fitToWidth or 1) <= 3
        assert str(sheet.oddFooter.center.text) == "Version 12, draft, as of 22 Nov 2026"
    a3 = {sheet.title for sheet in live.worksheets if int(sheet.page_setup.paperSize) == 8}
    assert a3 == {"Bundles", "Assets", "Fact", "Accuracy"}
    for name in ("Lines x FY", "Bundles", "Assets"):
        assert live[name].print_title_cols == "$A:$A"
    for name in ("Funding", "Revenue", "Bundles", "Assets", "Fact", "Bridge", "Accuracy", "Exceptions", "Checks"):
        assert live[name].print_title_rows, name


def test_dates_are_dates_that_people_read_and_numbers_stand_under_their_headings(live: Any) -> None:
    dates = 0
    for sheet in live.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.is_date:
                    dates += 1
                    assert cell.number_format == "d mmm yyyy"
                if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
                    # not every viewer keeps an indent on the right, and then a figure leaves its column
                    assert not (cell.alignment.horizontal == "right" and cell.alignment.indent), cell
    assert dates > 20
    iso = re.compile(r"\d{4}-\d{2}-\d{2}")
    for name in ("About", "Bundles", "Bridge", "Accuracy", "Exceptions"):
        assert not [text for text in flat(live[name]) if iso.search(text)], name


def test_no_sheet_but_fact_shows_codes_and_every_total_is_told_apart(live: OpenedBook, shown: OpenedBook) -> None:
    codes = re.compile(r"[a-z]+_[a-z]+")
    for name in ("Summary", "Lines x FY", "Funding", "Options", "Debt", "Revenue", "Bundles", "Assets", "Bridge",
                 "Accuracy", "Exceptions", "Checks"):  # fmt: skip
        found = {text for text in flat(shown[name]) if codes.search(text) and "|" not in text and "'" not in text}
        assert not found, (name, found)
    for name, labels in {"Funding": ("All years", "All records"), "Bundles": ("All",), "Assets": ("All",)}.items():
        rows = {str(row[0].value): row for row in live[name].iter_rows()}
        assert all(rows[label][0].font.bold for label in labels), name


def test_funding_adds_up_by_level_and_in_all(shown: OpenedBook, report: Report) -> None:
    rows = [row for row in shown["Funding"].iter_rows(values_only=True) if row[0]]
    total = next(row for row in rows if row[0] == "All years")
    assert pence(total[1]) == report.total
    assert pence(total[2]) == sum(report.funded("released").values())
    assert pence(total[5]) == pence(total[1]) - pence(total[2])
    every = next(row for row in rows if row[0] == "All records")
    assert pence(every[5]) == sum(item.amount_pence for item in report.version.funding)
    head = next(row for row in rows if row[0] == "Year" and row[1] == "Budget line")
    assert head[:7] == ("Year", "Budget line", "Source", "Level", "Status", "Amount, £", "Decision")


def test_accuracy_holds_numbers_with_their_totals(shown: OpenedBook) -> None:
    rows = list(shown["Accuracy"].iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == "Version")
    first = next(row for row in rows if row[0] == 3)
    for name in ("Absolute error, %", "Bias, %"):
        assert isinstance(first[head.index(name)], int | float), name
    total = next(row for row in rows if str(row[2]).startswith("All of"))
    assert [pence(value) for value in total[4:11]] == [pence(value) for value in first[4:11]]


def test_what_is_unknown_has_no_sum(tmp_path: Path) -> None:
    version, status = report_of()
    version = whole(version)
    revenue = version.header["revenue"]
    years = [
        {**row, "interest_pence": None, "effect_pence": None, "cumulative_pence": None} for row in revenue["years"]
    ]
    beyond = {**revenue["beyond"], "interest_pence": None}
    header = {**version.header, "revenue": {**revenue, "rate_pct": None, "years": years, "beyond": beyond}}
    book = openpyxl.load_workbook(write(tmp_path, Report(replace(version, header=header), status)), data_only=True)
    rows = {str(row[0]): row for row in book["Revenue"].iter_rows(values_only=True) if row[0]}
    assert set(rows["Interest"][1:]) == {"unknown"}
    assert set(rows["Effect of the year"][1:]) == {"unknown"}
    assert any(text.endswith("of MRP and interest that is not known are still to be paid.") for text in rows)


def test_sheets_without_content_say_why(tmp_path: Path) -> None:
    version, _ = report_of()
    empty = replace(version, rows=(), funding=(), exceptions=(), units=(), header={})
    book = openpyxl.load_workbook(write(tmp_path, Report(empty)), data_only=True)
    for name, words in {
        "Funding": "No funding: funding.csv holds no row",
        "Bridge": "There is no earlier forecast to compare with",
        "Accuracy": "Nothing to compare yet",
        "Exceptions": "Nothing: everything in scope has money.",
        "Assumptions": "None.",
    }.items():
        assert any(text.startswith(words) for text in flat(book[name])), name
    assert not any("records below" in text for text in flat(book["Bridge"]))


def test_every_setting_is_explained_and_texts_begin_no_row_with_a_sign(tmp_path: Path) -> None:
    version, status = report_of()
    settings = dict.fromkeys(SETTINGS, "1") | {"borrowing_rate_pct": "None", "cyber_essentials": "True"}
    long = "a long text " * 9 + "+365 or -180 days, until 2030-03-31"
    header = {**version.header, "settings": settings, "assumptions": [long, "fx.csv has no rate"]}
    book = openpyxl.load_workbook(write(tmp_path, Report(replace(version, header=header), status)))
    rows = {str(row[0]): row for row in book["Assumptions"].iter_rows(values_only=True)}
    assert rows["borrowing_rate_pct"][2] == "not set"
    assert rows["cyber_essentials"][2] == "yes"
    assert all(rows[name][1] for name in settings)
    texts = flat(book["Assumptions"])
    assert not [text for text in texts if text.startswith("'")]
    assert any("31 Mar 2030" in text for text in texts)
    assert "2. fx.csv has no rate" in texts
