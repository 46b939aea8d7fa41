"""The CSV feed: its columns, its numbers, what it does to hostile text, and the manifest that proves it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from estate.reports.feed import FACT_COLUMNS, FUNDING_COLUMNS, Feed
from estate.reports.report import Report
from tests.estate.report_factory import report_of

# forecast-model.md 2.16, word for word
COLUMNS_OF_THE_MODEL = (
    "version_id, status, as_of, base_fy, basis, scenario, quantile, entity, theme, line_code, project_code, "
    "cost_centre, subjective_code, cap_rev, fy, year_index, priority, catch_up_keep_pace, driver, bundle_id, asset_id, "
    "component, qty, amount_pence, amount_gbp, confidence, flags, source_ref"
)


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.fixture
def report() -> Report:
    return Report(*report_of())


def test_the_columns_are_those_of_the_model_in_their_order() -> None:
    assert ", ".join(FACT_COLUMNS) == COLUMNS_OF_THE_MODEL
    assert FUNDING_COLUMNS == (
        "version_id", "line_code", "fy", "source", "status", "level", "amount_pence", "decision_ref",
    )  # fmt: skip


def test_rows_are_atomic_and_pence_and_pounds_agree(tmp_path: Path, report: Report) -> None:
    Feed().write(report, tmp_path)
    rows = read(tmp_path / "feed" / "fact_forecast.csv")
    assert tuple(rows[0]) == FACT_COLUMNS
    assert sum(int(row["amount_pence"]) for row in rows) == report.total
    assert all(Decimal(row["amount_gbp"]) * 100 == int(row["amount_pence"]) != 0 for row in rows)
    assert {row["as_of"] for row in rows} == {"2026-11-22"}
    assert {row["fy"] for row in rows} <= {str(year) for year in report.years}
    assert {row["asset_id"] for row in rows} == {row.asset_id for row in report.rows}


def test_a_row_of_nothing_is_no_row_and_a_negative_amount_stays_a_number(tmp_path: Path) -> None:
    version, status = report_of()
    first, second, *others = version.rows
    changed = (replace(first, amount_pence=0), replace(second, amount_pence=-1234), *others)
    Feed().write(Report(replace(version, rows=changed), status), tmp_path)
    rows = read(tmp_path / "feed" / "fact_forecast.csv")
    assert len(rows) == len(version.rows) - 1
    assert (rows[0]["amount_pence"], rows[0]["amount_gbp"]) == ("-1234", "-12.34")


def test_hostile_text_comes_out_inert_and_a_serial_as_it_is_stored(tmp_path: Path) -> None:
    version, status = report_of(device="=cmd|' /C calc'!A0", serial="@SUM(1+1)\u202e")
    version = replace(version, exceptions=(replace(version.exceptions[0], asset_id="+44", detail="a\x1b[31m\nb"),))
    Feed().write(Report(version, status), tmp_path)
    text = b"".join(path.read_bytes() for path in sorted((tmp_path / "feed").glob("*.csv"))).decode()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+@\t\r")]
    assert not [cell for cell in cells if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()]
    assert not set("\u202e\x1b\n") & set("".join(cells))
    assert "'=cmd|' /C calc'!A0" in cells
    assert "'@SUM(1+1) " in cells
    assert "7R+ETH-CORE0002" in cells  # a plus sign further on is part of the serial


def test_the_manifest_proves_every_file(tmp_path: Path, report: Report) -> None:
    names = Feed().write(report, tmp_path)
    assert names[-1] == "feed/manifest.json"
    manifest = json.loads((tmp_path / names[-1]).read_text())
    assert (manifest["version_id"], manifest["state"], manifest["as_of"]) == (12, "draft", "2026-11-22")
    assert manifest["unquantified"] == {"total": 7, "by_reason": {"no_date": 5, "no_price": 2}}
    assert {f"feed/{name}" for name in manifest["files"]} == {*names[:-1]}
    for name, facts in manifest["files"].items():
        data = (tmp_path / "feed" / name).read_bytes()
        assert facts["sha256"] == hashlib.sha256(data).hexdigest()
        assert facts["rows"] == len(read(tmp_path / "feed" / name))
        if facts["control_total_pence"] is not None:
            amounts = [int(row["amount_pence"]) for row in read(tmp_path / "feed" / name)]
            assert facts["control_total_pence"] == sum(amounts)
    assert manifest["scenario_totals_pence"] == {"need": report.total}


def test_dimensions_cover_the_facts(tmp_path: Path, report: Report) -> None:
    Feed().write(report, tmp_path)
    facts = read(tmp_path / "feed" / "fact_forecast.csv")
    for file, key, column in (
        ("dim_asset", "asset_id", "asset_id"),
        ("dim_line", "line_code", "line_code"),
        ("dim_fy", "fy", "fy"),
    ):
        known = {row[key] for row in read(tmp_path / "feed" / f"{file}.csv")}
        assert {row[column] for row in facts} <= known
    products = read(tmp_path / "feed" / "dim_product.csv")
    assert sum(int(row["units"]) for row in products) == len(report.status)
    assert {row["state"] for row in products if not row["part_number"]} == {"unknown"}
