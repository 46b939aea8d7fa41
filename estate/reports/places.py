"""Where things stand in the workbook, known before they are written: what lets a figure lead to the devices behind it.

The rows of sheet Assets are ordered by year, line, bundle and asset, so that those behind a year, a cell of Lines x FY
or a bundle lie together and one link selects them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from estate.reports.sheet import Linked

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from estate.forecast.version import FeedRow
    from estate.reports.report import Report
    from estate.reports.sheet import Formula, Pounds, Value

# Rows from 0: the title, its notes and what else stands above each table.
ASSETS_HEAD, ASSETS_FIRST = 5, 6
BUNDLES_FIRST = 5
LINES_FIRST = 5
LAST_COLUMN = "AG"
MAX_ROWS = 200_000


class Key(NamedTuple):
    """What a row of Assets is about; blank year: a unit without money."""

    fy: str
    line: str
    bundle_id: str
    asset_id: str


def key_of(row: FeedRow) -> Key:
    """The row of Assets in which a row of the feed is added up."""
    return Key(str(row.fy), row.line_code, row.bundle_id, row.asset_id)


@dataclass(frozen=True, slots=True)
class Map:
    """The rows of Assets in order, and the first and last row (from 0) behind each year, cell, bundle and asset."""

    order: tuple[Key, ...]
    spans: Mapping[Hashable, tuple[int, int]]
    bundles: Mapping[str, int]
    lines: Mapping[str, int]

    def behind(self, value: Formula | Pounds, *about: str) -> Value:
        """A figure that leads to the rows of Assets behind a year, or a line and year; itself where none are."""
        return self._to(value, about)

    def all_units(self, value: Formula) -> Value:
        """A total that leads to the head of Assets, to be filtered there."""
        return Linked(value, f"'Assets'!A{ASSETS_HEAD + 1}:{LAST_COLUMN}{ASSETS_HEAD + 1}")

    def bundle_rows(self, bundle_id: str) -> Value:
        """A bundle's id that leads to its rows of Assets in the first year in which it costs money."""
        return self._to(bundle_id, ("bundle", "", bundle_id))

    def asset_rows(self, asset_id: str) -> Value:
        """A unit's id that leads to its first row of Assets."""
        return self._to(asset_id, ("asset", "", asset_id))

    def bundle_link(self, bundle_id: str) -> Value:
        """A bundle's id that leads to its row of sheet Bundles."""
        place = self.bundles.get(bundle_id)
        return bundle_id if place is None else Linked(bundle_id, f"'Bundles'!A{place + 1}")

    def line_link(self, code: str) -> Value:
        """A line's code that leads to its row of sheet Lines x FY."""
        place = self.lines.get(code)
        return code if place is None or not code else Linked(code, f"'Lines x FY'!A{place + 1}")

    def _to(self, value: str | Formula | Pounds, about: Hashable) -> Value:
        span = self.spans.get(about)
        if span is None or not value:
            return value
        return Linked(value, f"'Assets'!A{span[0] + 1}:{LAST_COLUMN}{span[1] + 1}")


def map_of(report: Report) -> Map:
    """Where everything of a report will stand."""
    with_money = sorted({key_of(row) for row in report.rows})
    paid = {key.asset_id for key in with_money}
    others = sorted({*report.statuses, *report.costed} - paid)
    order = (*with_money, *(Key("", "", "", asset_id) for asset_id in others))
    spans: dict[Hashable, tuple[int, int]] = {}
    for place, key in enumerate(order[:MAX_ROWS], start=ASSETS_FIRST):
        abouts: list[tuple[str, ...]] = [("asset", "", key.asset_id)]
        if key.fy:
            abouts += [(key.fy,), (key.line, key.fy), ("bundle", "", key.bundle_id)]
        for about in abouts:
            first, last = spans.get(about, (place, place))
            spans[about] = (first, place if last >= place - 1 else last)
    return Map(
        order,
        spans,
        {bundle.bundle_id: place for place, bundle in enumerate(report.bundles, start=BUNDLES_FIRST)},
        {line.code: place for place, line in enumerate(report.lines, start=LINES_FIRST)},
    )
