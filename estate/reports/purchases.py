"""The sheet Bundles: each purchase with its dates and money, between the figures and the devices behind them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from estate.reports import places
from estate.reports.choices import slips
from estate.reports.sheet import Formula, Pounds
from estate.reports.wording import DRIVERS, plain

if TYPE_CHECKING:
    from estate.reports.bundle import Bundle
    from estate.reports.places import Map
    from estate.reports.report import Report
    from estate.reports.sheet import Book, Value

COLUMNS = (
    "Purchase", "Budget line", "Site", "Bought", "Priority", "Driver", "Needed by", "Order by", "Deliver by", "Year",
    "Key decision", "#Units replaced", "#Units bought", "If not funded", "#Amount, £",
)  # fmt: skip
WIDTHS = (44, 35, 14, 24, 10, 23, 12, 12, 12, 9, 9, 9, 9, 30, 15)


def write(book: Book, report: Report, map_: Map) -> list[tuple[str, str, str, int]]:
    """Write the sheet; returns the identity that it must hold, for Checks."""
    sheet = book.sheet("Bundles", WIDTHS)
    sheet.title(
        "What is bought and installed as one, the dearest first, £",
        f"Scenario: {plain(report.scenario)}. A purchase leads to the units that it replaces, on sheet Assets.",
    )
    sheet.at = places.BUNDLES_FIRST - 1
    head = sheet.head(COLUMNS, freeze=True, keep=1)
    for bundle in report.bundles:
        sheet.row((*_cells(report, bundle, map_), Pounds(bundle.amount_pence)))
    sheet.filter(head, len(COLUMNS))
    amount = len(COLUMNS) - 1
    last = max(places.BUNDLES_FIRST, sheet.at - 1)
    total = sum(bundle.amount_pence for bundle in report.bundles)
    span = f"{sheet.cell(places.BUNDLES_FIRST, amount)}:{sheet.cell(last, amount)}"
    sheet.at = last + 1
    sheet.row(("All", *(None for _ in COLUMNS[2:]), Formula(f"=SUM({span})", total)), "total")
    own = sheet.cell(sheet.at - 1, amount)
    sheet.protect()
    need = report.total - sum(row.amount_pence for row in report.rows if not row.bundle_id)
    return [("The bundles add up to the need of the feed that has a bundle", own, f"{need}/100", total)]


def _cells(report: Report, bundle: Bundle, map_: Map) -> tuple[Value, ...]:
    facts = report.facts(bundle.bundle_id)
    key = facts.get("key_decision")
    return (
        map_.bundle_rows(bundle.bundle_id),
        map_.line_link(bundle.line_code),
        str(facts.get("site") or ""),
        str(facts.get("replacement") or ""),
        plain(bundle.priority),
        DRIVERS.get(bundle.driver, plain(bundle.driver)),
        *(_day(facts.get(name)) for name in ("need_by", "order_by", "deliver_by")),
        str(bundle.fy),
        "" if key is None else "yes" if key else "no",
        facts.get("quantity_old", len(bundle.asset_ids)),
        bundle.new_units,
        slips(report, bundle.bundle_id),
    )


def _day(value: object) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else None
