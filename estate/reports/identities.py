"""The identities that a report's figures hold, worked out again from its atomic rows: the checks of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.reports import ledger
from estate.reports.grid import Grid
from estate.reports.wording import exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.reports.report import Report


def identities(report: Report) -> Iterator[tuple[str, int, int]]:
    """Each identity with its two sides, in pence."""
    header, need = report.version.header, report.total
    yield "Catch up + keep pace = need", sum(report.by_split.values()), need
    yield "Capital + revenue = need", sum(report.by_cap_rev.values()), need
    yield "The lines add up to the need", sum(report.by_line.values()), need
    yield "The years add up to the need", sum(report.by_year.values()), need
    yield "Bundles + lines without assets = need", _bundles(report), need
    stored = header.get("totals", {}).get(report.scenario)
    if stored is not None:
        yield "The stored totals = the atomic rows", sum(sum(years.values()) for years in stored.values()), need
    if report.ledger is not None:
        told = sum(report.ledger.get(str(year), {}).get("request_pence", 0) for year in report.years)
        yield "The request of the table = the request of the ledger", sum(ledger.request(report)), told
    debt = header.get("debt")
    if debt:
        yield (
            "The bands of technology debt = its stock",
            sum(cell["pence"] for cell in debt["bands"].values()),
            debt["pence"],
        )
    if report.bridge:
        moved = sum(effect.pence for effect in report.bridge.effects)
        yield "Earlier forecast + every driver = need", sum(report.bridge.before.values()) + moved, need


def _bundles(report: Report) -> int:
    alone = sum(row.amount_pence for row in report.rows if not row.bundle_id)
    return sum(bundle.amount_pence for bundle in report.bundles) + alone


def table(report: Report) -> Grid:
    """The checks as the annex shows them."""
    rows = tuple(
        (text, exact(one), exact(other), exact(one - other), "holds" if one == other else "FAILS")
        for text, one, other in identities(report)
    )
    return Grid("Checks, £", ("Check", "#One side", "#Other side", "#Difference", "=Result"), rows)
