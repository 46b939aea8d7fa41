"""The Assets sheet: each unit with the chain from its serial number to its money (forecast-model.md 2.16)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from estate.reports.sheet import Formula, Pounds
from estate.reports.wording import at_the_latest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.version import FeedRow
    from estate.reports.report import Report
    from estate.reports.sheet import Book, Value

MAX_ROWS = 200_000
COLUMNS = (
    "asset_id", "device", "site", "kind", "vendor", "part_number", "serial read from", "state", "milestone", "date",
    "at the latest", "no end announced on", "known on",
    "grade", "source", "bulletin", "milestone row", "policy", "policy row", "standing", "why no money", "need_by",
    "driver", "bundle_id", "price row", "line", "fy", "#qty", "#amount_gbp",
)  # fmt: skip
WIDTHS = (
    22, 22, 18, 16, 16, 22, 30, 14, 20, 12, 12, 12, 12, 10, 40, 18, 22, 18, 14, 12, 30, 12, 12, 44, 16, 16, 10, 6, 15,
)  # fmt: skip


def write(book: Book, report: Report) -> dict[str, str]:
    """Write the sheet; returns where the sum of its amounts stands."""
    sheet = book.sheet("Assets", WIDTHS)
    sheet.title(
        "Each unit, and the chain behind its money, £",
        f"Scenario: {report.scenario}. A unit has a row for each year and line in which it costs money, else one row.",
    )
    head = sheet.head(COLUMNS, freeze=True)
    first, left = sheet.at, 0
    for count, (cells, pence) in enumerate(rows(report)):
        if count < MAX_ROWS:
            sheet.row((*cells, Pounds(pence) if pence else None))
        else:
            left += pence
    if left:
        # a sum must never hold what no row shows
        note = f"(units beyond row {MAX_ROWS:,}: see feed/fact_forecast.csv)"
        sheet.row((note, *(None for _ in COLUMNS[2:]), Pounds(left)))
    sheet.filter(head, len(COLUMNS))
    last = max(first, sheet.at - 1)
    amounts = len(COLUMNS) - 1
    total = Formula(f"=SUM({sheet.cell(first, amounts)}:{sheet.cell(last, amounts)})", report.total)
    sheet.row(("All", *(None for _ in COLUMNS[2:]), total), "total")
    sheet.protect()
    return {"Assets": sheet.cell(sheet.at - 1, amounts)}


def rows(report: Report) -> Iterator[tuple[tuple[Value, ...], int]]:
    """The cells of each row but the amount, and the amount in pence; by asset, then by year."""
    money: dict[str, dict[tuple[str, str, str], list[FeedRow]]] = {}
    for row in report.rows:
        money.setdefault(row.asset_id, {}).setdefault((str(row.fy), row.line_code, row.bundle_id), []).append(row)
    for asset_id in sorted({*report.statuses, *report.costed, *money}):
        known = _known(report, asset_id)
        for (fy, line, bundle), found in sorted(money.get(asset_id, {}).items()) or [(("", "", ""), [])]:
            price = next((row.source_ref.split(";")[0] for row in found if row.source_ref), "")
            driver = found[0].driver if found else _chain(report, asset_id, "need", "driver")
            quantity = sum(row.qty for row in found) if found else None
            yield ((*known, driver, bundle, price, line, fy, quantity), sum(row.amount_pence for row in found))


def _known(report: Report, asset_id: str) -> tuple[Value, ...]:
    """What is known of a unit apart from its money; blank where nothing is."""
    status, costed = report.statuses.get(asset_id), report.costed.get(asset_id)
    standing: tuple[Value, ...] = (costed.standing, costed.reason) if costed else ("", "")
    need_by = _chain(report, asset_id, "need", "need_by")
    later: tuple[Value, ...] = (*standing, dt.date.fromisoformat(need_by) if need_by else None)
    if status is None:
        return (asset_id, *(None for _ in range(18)), *later)
    unit, state, match, policy = status.unit, status.state, status.state.match, status.policy
    return (
        asset_id, unit.device, unit.site, unit.kind, unit.vendor, unit.part_number or unit.model,
        unit.evidence.get("serial", ""), state.state.value, state.milestone, state.date,
        at_the_latest(state), match.not_announced_on, match.known_on, match.grade.value,
        match.source, match.bulletin, match.row, policy.policy if policy else "",
        policy.source if policy else "", *later,
    )  # fmt: skip


def _chain(report: Report, asset_id: str, link: str, name: str) -> str:
    """A text of the version's chain for a unit; blank where that link does not exist."""
    costed = report.costed.get(asset_id)
    part: dict[str, Any] | None = costed.chain.get(link) if costed else None
    return (part or {}).get(name) or ""
