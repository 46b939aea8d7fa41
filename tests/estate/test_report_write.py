"""Writing a whole report: the files, their agreement, their bytes, and what a failure leaves behind."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from config.errors import EstateError
from estate.reports.report import Report
from estate.reports.wording import exact
from estate.reports.write import write_report
from tests.estate.report_factory import night, report_of

FILES = [
    "estate.html", "estate.xlsx", "feed/dim_asset.csv", "feed/dim_fy.csv", "feed/dim_line.csv", "feed/dim_product.csv",
    "feed/exceptions.csv", "feed/fact_forecast.csv", "feed/fact_funding.csv", "feed/manifest.json", "need-by-year.png",
    "need-by-year.svg", "support-status.png", "support-status.svg",
]  # fmt: skip


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_the_same_version_gives_the_same_bytes_and_replaces_an_earlier_report(tmp_path: Path) -> None:
    version, status = report_of()
    one, two = tmp_path / "one", tmp_path / "two" / "deeper"
    paths = write_report(one, replace(version, id=11), status)
    assert sorted(path.relative_to(one).as_posix() for path in paths) == FILES
    assert paths[-1].name == "manifest.json"
    write_report(one, version, status, night=night())
    write_report(two, version, status, night=night())
    assert sorted(files(one)) == FILES
    assert files(one) == files(two)


def test_page_workbook_and_feed_agree_to_the_penny(tmp_path: Path) -> None:
    version, status = report_of()
    write_report(tmp_path, version, status)
    total = Report(version, status).total
    with (tmp_path / "feed" / "fact_forecast.csv").open(encoding="utf-8", newline="") as file:
        assert sum(int(row["amount_pence"]) for row in csv.DictReader(file)) == total
    html = (tmp_path / "estate.html").read_text(encoding="utf-8")
    annex = html[html.index('id="annex-pounds"') :]
    totals = re.findall(r'<td class="number">([\d,.]+)</td>', annex[: annex.index("</tfoot>")])
    assert totals[-1] == exact(total)
    book = openpyxl.load_workbook(tmp_path / "estate.xlsx", data_only=True)
    stored = {row[0]: row[-1] for row in book["Summary"].iter_rows(values_only=True) if row[0] == "All"}
    assert stored["All"] == pytest.approx(total / 100, abs=0.001)


def test_a_directory_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    version, status = report_of()
    blocked = tmp_path / "file"
    blocked.write_text("here already")
    with pytest.raises(EstateError, match=r"cannot be written to .*file: File exists\. Name another"):
        write_report(blocked, version, status)
    assert blocked.read_text() == "here already"
