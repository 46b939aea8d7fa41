"""The CSV feed: one fact table, one funding table, the exceptions, the dimensions, and a manifest that proves them.

UTF-8, a header line, ISO dates, plain numbers, no row for an amount of 0 (forecast-model.md 2.16). Text that a
spreadsheet would take for a formula gets a leading apostrophe (CWE-1236) and control characters become spaces; every
other text, serial numbers above all, stands exactly as it is stored. Numbers stay numbers, negative ones too.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from estate import heap
from estate.pounds import decimal_pounds
from estate.reports.wording import at_the_latest
from estate.shown import csv_cell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from estate.lifecycle.status import UnitStatus
    from estate.reports.report import Report

FOLDER = "feed"
MANIFEST = "manifest.json"

FACT_COLUMNS = (
    "version_id", "status", "as_of", "base_fy", "basis", "scenario", "quantile", "entity", "theme", "line_code",
    "project_code", "cost_centre", "subjective_code", "cap_rev", "fy", "year_index", "priority", "catch_up_keep_pace",
    "driver", "bundle_id", "asset_id", "component", "qty", "amount_pence", "amount_gbp", "confidence", "flags",
    "source_ref",
)  # fmt: skip
FUNDING_COLUMNS = ("version_id", "line_code", "fy", "source", "status", "level", "amount_pence", "decision_ref")
EXCEPTION_COLUMNS = ("version_id", "asset_id", "reason", "detail")
ASSET_COLUMNS = (
    "asset_id", "serial", "device", "site", "entity", "vendor", "part_number", "kind", "role", "parent", "state",
    "milestone", "date", "grade", "source", "bulletin", "policy", "standing", "reason",
    "latest_possible", "not_announced_on", "known_on",
)  # fmt: skip
LINE_COLUMNS = ("line_code", "name", "theme", "project_code", "cost_centre", "subjective_code")
FY_COLUMNS = ("fy", "year_index", "in_horizon")
PRODUCT_COLUMNS = (
    "vendor", "part_number", "kind", "units", "state", "milestone", "date", "grade", "replacement", "source",
    "source_type", "bulletin", "latest_possible", "not_announced_on", "known_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the feed; ``control_pence`` is the sum of its amounts, None where it holds none."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    control_pence: int | None = None

    def encode(self) -> bytes:
        """The file's bytes."""
        made = io.BytesIO()
        # encoded as it comes: text that waits for its end takes up to four bytes a character
        with io.TextIOWrapper(made, "utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(self.columns)
            writer.writerows([_cell(value) for value in row] for row in self.rows)
            file.flush()
            return made.getvalue()


@lru_cache(maxsize=65_536, typed=True)
def _cell(value: object) -> str:
    """A cell's text; most of a feed's cells repeat, and looking at each of their characters is what takes time."""
    return csv_cell(value)


class Feed:
    """Writes the CSV files and their manifest."""

    @heap.growing()
    def write(self, report: Report, directory: Path) -> tuple[str, ...]:
        """Write ``feed/*.csv`` and, last, ``feed/manifest.json``."""
        folder = directory / FOLDER
        folder.mkdir()
        files: dict[str, dict[str, object]] = {}
        for table in tables(report):
            data = table.encode()
            (folder / table.name).write_bytes(data)
            files[table.name] = {
                "rows": len(table.rows),
                "control_total_pence": table.control_pence,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        text = json.dumps(_manifest(report, files), indent=2, ensure_ascii=True)
        (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8", newline="\n")
        return tuple(f"{FOLDER}/{name}" for name in (*files, MANIFEST))


def fact_hash(report: Report) -> str:
    """The SHA-256 of ``fact_forecast.csv``: what ties another file to one feed."""
    return hashlib.sha256(_forecast(report).encode()).hexdigest()


def tables(report: Report) -> tuple[Table, ...]:
    """Every table of the feed, in the order of the manifest."""
    return (_forecast(report), _funding(report), _exceptions(report), _assets(report), _lines(report), _years(report),
            _products(report))  # fmt: skip


def _manifest(report: Report, files: dict[str, dict[str, object]]) -> dict[str, object]:
    version = report.version
    scenarios: Counter[str] = Counter()
    for row in report.cash:
        scenarios[row.scenario] += row.amount_pence
    return {
        "format": 1,
        "version_id": version.id,
        "state": version.state,
        "as_of": version.as_of.isoformat(),
        "base_fy": str(version.base_fy),
        "years": version.years,
        "entity": version.entity,
        "scenario_totals_pence": dict(sorted(scenarios.items())),
        "unquantified": {"total": len(version.exceptions), "by_reason": dict(sorted(report.unquantified.items()))},
        "inputs_sha256": dict(sorted(version.inputs.items())),
        "files": files,
    }


def _forecast(report: Report) -> Table:
    version = report.version
    rows = [
        (
            version.id, version.state, version.as_of, str(version.base_fy), row.basis, row.scenario, row.quantile,
            row.entity, row.theme, row.line_code, row.project_code, row.cost_centre, row.subjective_code, row.cap_rev,
            str(row.fy), row.year_index, row.priority, row.catch_up_keep_pace, row.driver, row.bundle_id, row.asset_id,
            row.component, row.qty, row.amount_pence, decimal_pounds(row.amount_pence), row.confidence, row.flags,
            row.source_ref,
        )
        for row in report.feed
    ]  # fmt: skip
    return Table("fact_forecast.csv", FACT_COLUMNS, rows, sum(row.amount_pence for row in report.feed))


def _funding(report: Report) -> Table:
    found = [item for item in report.version.funding if item.amount_pence]
    rows = [
        (report.version.id, item.line_code, str(item.fy), item.source, item.status, item.level, item.amount_pence,
         item.decision_ref)
        for item in found
    ]  # fmt: skip
    return Table("fact_funding.csv", FUNDING_COLUMNS, rows, sum(item.amount_pence for item in found))


def _exceptions(report: Report) -> Table:
    rows = [(report.version.id, item.asset_id, item.reason, item.detail) for item in report.version.exceptions]
    return Table("exceptions.csv", EXCEPTION_COLUMNS, rows)


def _assets(report: Report) -> Table:
    rows: list[tuple[object, ...]] = []
    for asset_id in sorted({*report.statuses, *report.costed}):
        status, costed = report.statuses.get(asset_id), report.costed.get(asset_id)
        standing = (costed.standing, costed.reason) if costed else ("", "")
        if status is None:
            rows.append((asset_id, *("",) * (len(ASSET_COLUMNS) - 6), *standing, *("",) * 3))
            continue
        unit, state = status.unit, status.state
        rows.append(
            (
                asset_id, unit.serial, unit.device, unit.site, unit.entity, unit.vendor, unit.part_number, unit.kind,
                unit.role, unit.parent, state.state.value, state.milestone, state.date, state.match.grade.value,
                state.match.source, state.match.bulletin, status.policy.policy if status.policy else "", *standing,
                at_the_latest(state), state.match.not_announced_on, state.match.known_on,
            )
        )  # fmt: skip
    return Table("dim_asset.csv", ASSET_COLUMNS, rows)


def _lines(report: Report) -> Table:
    rows = [
        (line.code, line.name, line.theme, line.project, line.cost_centre, line.subjective) for line in report.lines
    ]
    return Table("dim_line.csv", LINE_COLUMNS, rows)


def _years(report: Report) -> Table:
    version = report.version
    years = {*version.horizon, *(row.fy for row in report.feed), *(item.fy for item in version.funding)}
    rows = [(str(year), year - version.base_fy, "yes" if year in version.horizon else "no") for year in sorted(years)]
    return Table("dim_fy.csv", FY_COLUMNS, rows)


def _products(report: Report) -> Table:
    counts = Counter(_product(item) for item in report.status)
    rows = [
        (*key[:3], count, *key[3:]) for key, count in sorted(counts.items(), key=lambda pair: [str(v) for v in pair[0]])
    ]
    return Table("dim_product.csv", PRODUCT_COLUMNS, rows)


def _product(item: UnitStatus) -> tuple[object, ...]:
    unit, state, match = item.unit, item.state, item.state.match
    return (unit.vendor, unit.part_number, unit.kind, state.state.value, state.milestone, state.date,
            match.grade.value, match.replacement, match.source, match.source_type, match.bulletin,
            at_the_latest(state), match.not_announced_on, match.known_on)  # fmt: skip
