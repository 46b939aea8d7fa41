"""The Assets sheet: each unit with the chain from its serial number to its money (forecast-model.md 2.16)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from estate.reports import places
from estate.reports.sheet import Formula, Pounds
from estate.reports.wording import DRIVERS, SPLITS, STANDINGS, STATES, at_the_latest, kind_words, plain, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.version import CostedUnit, FeedRow
    from estate.reports.places import Map
    from estate.reports.report import Report
    from estate.reports.sheet import Book, Value

COLUMNS = (
    "Unit", "Device", "Site", "Kind", "Vendor", "Part number", "Serial read from", "Support", "Milestone", "Date",
    "At the latest", "No end announced on", "Known on",
    "Match", "Source", "Bulletin", "Row of the milestone", "Policy", "Row of the policy", "Standing", "Why no money",
    "Needed by", "Driver", "Catch up or keep pace", "Priority", "Purchase", "Row of the price", "Budget line", "Year",
    "#Units bought", "#Capital, £", "#Revenue, £", "#Amount, £",
)  # fmt: skip
WIDTHS = (
    24, 22, 18, 22, 18, 24, 30, 18, 24, 13, 10, 13, 13, 10, 60, 20, 38, 20, 16, 18, 44, 13, 24, 14, 10, 46, 18, 36, 10,
    9, 15, 15, 15,
)  # fmt: skip
AMOUNT = len(COLUMNS) - 1


def write(book: Book, report: Report, map_: Map) -> dict[str, str]:
    """Write the sheet; returns where the sum of its amounts stands."""
    sheet = book.sheet("Assets", WIDTHS)
    sheet.title(
        "Each unit, and the chain behind its money, £",
        f"Scenario: {plain(report.scenario)}. A unit has a row for each year and line in which it costs "
        "money, else one row.",
        "In order of year, budget line and purchase. Filter any column: the sum below follows the filter.",
    )
    sheet.at = places.ASSETS_HEAD - 1
    last = max(places.ASSETS_FIRST, places.ASSETS_FIRST + min(len(map_.order), places.MAX_ROWS + 1) - 1)
    span = f"{sheet.cell(places.ASSETS_FIRST, AMOUNT)}:{sheet.cell(last, AMOUNT)}"
    shown = Formula(f"=SUBTOTAL(109,{span})", report.total)
    # beside its words, which stay in view: the amounts themselves stand a long way to the right
    sheet.row(("Sum of the rows shown", shown, *(None for _ in COLUMNS[2:])), "total")
    head = sheet.head(COLUMNS, freeze=True, keep=1)
    left = 0
    for count, (cells, capital, revenue) in enumerate(rows(report, map_)):
        if count < places.MAX_ROWS:
            sheet.row((*cells, *(Pounds(pence) if pence else None for pence in (capital, revenue, capital + revenue))))
        else:
            left += capital + revenue
    if len(map_.order) > places.MAX_ROWS:
        # a sum must never hold what no row shows
        note = f"(units beyond row {places.MAX_ROWS:,}: see feed/fact_forecast.csv)"
        sheet.row((note, *(None for _ in COLUMNS[2:]), Pounds(left)))
    sheet.filter(head, len(COLUMNS))
    total = Formula(f"=SUM({span})", report.total)
    sheet.at = last + 1
    sheet.row(("All", *(None for _ in COLUMNS[2:]), total), "total")
    sheet.protect()
    return {"Assets": sheet.cell(sheet.at - 1, AMOUNT)}


def rows(report: Report, map_: Map) -> Iterator[tuple[tuple[Value, ...], int, int]]:
    """The cells of each row but the amounts, and its capital and revenue in pence, in the order of the map."""
    money: dict[places.Key, list[FeedRow]] = {}
    for row in report.rows:
        money.setdefault(places.key_of(row), []).append(row)
    for key in map_.order:
        found = money.get(key, ())
        price = next((row.source_ref.split(";")[0] for row in found if row.source_ref), "")
        driver = found[0].driver if found else _chain(report, key.asset_id, "need", "driver")
        split = SPLITS.get(found[0].catch_up_keep_pace, "") if found else ""
        priority = plain(found[0].priority) if found else ""
        quantity = sum(row.qty for row in found) if found else None
        bundle, line = map_.bundle_link(key.bundle_id), map_.line_link(key.line) if found else ""
        capital = sum(row.amount_pence for row in found if row.cap_rev == "C")
        revenue = sum(row.amount_pence for row in found if row.cap_rev != "C")
        known = _known(report, key.asset_id)
        yield (
            (*known, DRIVERS.get(driver, plain(driver)), split, priority, bundle, price, line, key.fy, quantity),
            capital,
            revenue,
        )


def _known(report: Report, asset_id: str) -> tuple[Value, ...]:
    """What is known of a unit apart from its money; blank where nothing is."""
    status, costed = report.statuses.get(asset_id), report.costed.get(asset_id)
    standing: tuple[Value, ...] = _standing(costed) if costed else ("", "")
    need_by = _chain(report, asset_id, "need", "need_by")
    later: tuple[Value, ...] = (*standing, dt.date.fromisoformat(need_by) if need_by else None)
    if status is None:
        return (asset_id, *(None for _ in range(18)), *later)
    unit, state, match, policy = status.unit, status.state, status.state.match, status.policy
    return (
        asset_id, unit.device, unit.site, kind_words(unit.kind), unit.vendor, unit.part_number or unit.model,
        unit.evidence.get("serial", ""), STATES[state.state], plain(state.milestone or ""), state.date,
        at_the_latest(state), match.not_announced_on, match.known_on, plain(match.grade.value),
        match.source, match.bulletin, match.row, policy.policy if policy else "",
        policy.source if policy else "", *later,
    )  # fmt: skip


def _standing(costed: CostedUnit) -> tuple[str, str]:
    """How a unit stands in the forecast and why it has no money, in words."""
    return STANDINGS.get(costed.standing, plain(costed.standing)), reason(costed.reason) if costed.reason else ""


def _chain(report: Report, asset_id: str, link: str, name: str) -> str:
    """A text of the version's chain for a unit; blank where that link does not exist."""
    costed = report.costed.get(asset_id)
    part: dict[str, Any] | None = costed.chain.get(link) if costed else None
    return (part or {}).get(name) or ""
