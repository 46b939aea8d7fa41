"""The workbook: what finance opens. Summary cells are live sums over the Fact sheet, stored with their value.

Sheets: About, Summary, Lines x FY, Funding, Options, Debt, Revenue (those three where a version has them), Bundles,
Assets, Fact, Assumptions, Bridge, Accuracy, Exceptions, Checks (forecast-model.md 2.16).
The Fact sheet holds a row for each bundle and component in cash; the split over assets stands in the feed and, as far
as there is room, in Assets.
"""

from __future__ import annotations

import dataclasses
import operator
from typing import TYPE_CHECKING

from estate.forecast.version import FeedRow
from estate.lifecycle.coverage import cost_sentence, sentence
from estate.reports import assets, assumed, choices, debts, outturns, purchases, revenues, sums, waterfall, wording
from estate.reports.feed import FACT_COLUMNS, fact_hash
from estate.reports.places import map_of
from estate.reports.sheet import SOFT, Book, Linked, Pounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from estate.reports.places import Map
    from estate.reports.report import Report
    from estate.reports.sheet import Value

NAME = "estate.xlsx"

# The columns of the Fact sheet: those of the feed without the asset and the pence, and under its names. What a person
# looks for comes first, what is the same in every row last. Each that a sum selects by, or adds up, is a named range.
FIRST = (
    "scenario", "fy", "line_code", "bundle_id", "component", "qty", "amount_gbp", "cap_rev", "priority",
    "catch_up_keep_pace", "driver", "confidence", "flags", "source_ref",
)  # fmt: skip
LAST = ("entity", "basis", "version_id", "status", "as_of", "base_fy")
FACT = (
    *FIRST,
    *(name for name in FACT_COLUMNS if name not in {"asset_id", "amount_pence", *FIRST, *LAST}),
    *LAST,
)
NAMED = {
    "scenario": "fact_scenario",
    "line_code": "fact_line",
    "fy": "fact_fy",
    "catch_up_keep_pace": "fact_split",
    "cap_rev": "fact_cap_rev",
    "priority": "fact_priority",
    "amount_gbp": "fact_amount",
}
CONTENTS = (
    ("Summary", "The need by financial year: catch up and keep pace, capital and revenue, priority"),
    ("Lines x FY", "The need by budget line and financial year"),
    ("Funding", "The need against approved funding, and every funding record"),
    ("Options", "Doing nothing, the minimum, what fits under a cap, and everything, side by side"),
    ("Debt", "Technology debt: what is past its replacement date, by band, and its path by scenario"),
    ("Revenue", "Minimum revenue provision, interest and support by year, and what each £1m borrowed costs"),
    ("Bundles", "Each purchase with its dates, priority, units and money"),
    ("Assets", "Each unit with the chain behind its money: device, milestone and source, policy, bundle, year, line"),
    ("Fact", "The atomic amounts by bundle and component, every scenario; all sums are made from this sheet"),
    ("Assumptions", "What was assumed, the settings, and the files that were read"),
    ("Bridge", "Why the need differs from an earlier forecast, driver by driver; nothing is left over"),
    ("Accuracy", "Earlier signed forecasts against what was spent: slippage, acceleration, price, scope"),
    ("Exceptions", "What has no money, and why; it is in no total"),
    ("Checks", "The identities that must hold between the sheets"),
)


FOLLOW = {
    "From a year": (
        "Click a figure of Summary or Funding: the rows of its year on Assets are selected. Filter Catch up or keep "
        "pace, or Priority, there: the sum on top follows, and gives the figure again."
    ),
    "From a line and year": (
        "Click a figure of Lines x FY: exactly the units behind it are selected on Assets, and the status bar shows "
        "their sum."
    ),
    "From a total": "Click it: the head of Assets is selected. Filter Budget line, or leave it for all units.",
    "From a purchase": (
        "Click a purchase on Bundles: the units that it replaces are selected, in its first year; filter Purchase "
        "for other years."
    ),
    "From a unit back": "On Assets, Purchase leads to sheet Bundles, and Budget line to the line and its figures.",
    "From an atomic amount": "On Fact and Bridge, the purchase leads to Bundles; on Exceptions, the unit to Assets.",
    "From debt": "On Assets, filter Needed by before the day of the forecast, and Standing In scope.",
}
# Sheets that a version need not have, and what to say then.
ABSENT: dict[str, Callable[[Report], str]] = {
    "Options": lambda report: "" if choices.options(report) else choices.sentence(report),
    "Debt": lambda report: "" if debts.held(report) else debts.MISSING,
    "Revenue": lambda report: "" if revenues.held(report) else next(iter(revenues.sentences(report))),
}
# What is the same in all rows that are added up: every other field of a row is summed, joined or left out.
_ALIKE = operator.attrgetter(
    *(
        field.name
        for field in dataclasses.fields(FeedRow)
        if field.name not in {"asset_id", "qty", "amount_pence", "source_ref", "flags"}
    )
)


class Workbook:
    """Writes ``estate.xlsx``."""

    def write(self, report: Report, directory: Path) -> tuple[str, ...]:
        """Write the workbook."""
        version = report.version
        book = Book(
            directory / NAME,
            f"Infrastructure renewal forecast, version {version.id}",
            version.as_of,
            edition=report.edition,
        )
        facts = fact_rows(report)
        _about(book, report)
        map_ = map_of(report)
        totals = sums.summary(book, report, map_)
        found, more = sums.lines(book, report, map_)
        totals |= found | sums.funding(book, report, map_)
        choices.sheet(book, report)
        more += debts.sheet(book, report) + revenues.sheet(book, report) + purchases.write(book, report, map_)
        totals |= assets.write(book, report, map_)
        _fact(book, report, facts, map_)
        _assumptions(book, report)
        more += waterfall.sheet(book, report, map_) + outturns.sheet(book, report)
        _exceptions(book, report, map_)
        sums.checks(book, report, totals, more)
        book.close()
        return (NAME,)


def fact_rows(report: Report) -> list[FeedRow]:
    """The feed without its split over assets: rows that differ in nothing else are added up."""
    found: dict[tuple[object, ...], list[FeedRow]] = {}
    for row in report.cash:
        found.setdefault(_ALIKE(row), []).append(row)
    return [
        dataclasses.replace(
            rows[0],
            asset_id="",
            qty=sum(row.qty for row in rows),
            amount_pence=sum(row.amount_pence for row in rows),
            source_ref=_union(row.source_ref for row in rows),
            flags=_union(row.flags for row in rows),
        )
        for rows in found.values()
    ]


def _union(lists: Iterable[str]) -> str:
    """The members of some ``;``-separated lists, each once, in the order in which they first appear."""
    return ";".join(dict.fromkeys(part for text in lists for part in text.split(";") if part))


def _about(book: Book, report: Report) -> None:
    version = report.version
    sheet = book.sheet("About", (24, 110))
    sheet.title(f"Infrastructure renewal forecast: {version.entity}", *([report.what_if] if report.what_if else []))
    made = f"{wording.day(version.created_at)}, {version.created_at:%H:%M}" if version.created_at else ""
    for label, value in (
        ("Version", report.named.removeprefix("Version ")),
        ("As of", wording.day(version.as_of)),
        ("Computed", made),
        ("Financial years", ", ".join(map(str, report.years))),
        (
            "Amounts",
            "Pounds in cash of the year in which they are spent, without recoverable VAT; spending is positive",
        ),
        ("Scenario shown", wording.plain(report.scenario)),
        ("Not in any total", f"{len(version.exceptions):,} units or questions without money: see Exceptions"),
        ("Lifecycle data", _coverage(report)),
        ("SHA-256 of the feed", fact_hash(report)),
        *([("SHA-256 of all content", report.signature.content_sha256)] if report.signature else []),
        ("Contact", f"The infrastructure team of {version.entity}"),
        ("Next update", "With the next forecast version: a version never changes once it is made"),
    ):
        sheet.row((label, value), wrap=True)
    sheet.gap()
    sheet.heading("On each sheet")
    for name, text in CONTENTS:
        missing = ABSENT[name](report) if name in ABSENT else ""
        sheet.row((name if missing else Linked(name, f"'{name}'!A1"), missing or text), wrap=True)
    sheet.gap()
    sheet.heading("From a figure to the devices, and back")
    for step, text in FOLLOW.items():
        sheet.row((step, text), wrap=True)
    sheet.gap()
    sheet.heading("Definitions")
    for word, meaning in wording.DEFINITIONS:
        sheet.row((word, meaning), wrap=True)
    sheet.protect()


def _coverage(report: Report) -> str:
    cells = report.version.header.get("coverage", {}).get("lifecycle", {})
    told = [text for text in (sentence(report.population), cost_sentence(cells)) if text]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}" or "No unit is known"


def _fact(book: Book, report: Report, rows: Sequence[FeedRow], map_: Map) -> None:
    version = report.version
    widths = {"scenario": 20, "line_code": 36, "bundle_id": 46, "amount_gbp": 15, "catch_up_keep_pace": 20, "flags": 24,
              "source_ref": 40, "theme": 24, "subjective_code": 16, "entity": 20}  # fmt: skip
    sheet = book.sheet("Fact", [widths.get(name, 13) for name in FACT], colour=SOFT)
    sheet.title(
        "Atomic amounts by bundle and component, £",
        "Every scenario stands here: filter one before adding up. All other sheets are sums of these rows.",
        "Columns and codes are those of feed/fact_forecast.csv, which splits the same money over assets; cap_rev is C "
        "for capital and R for revenue.",
    )
    numbers = {"amount_gbp", "qty", "year_index", "version_id"}
    head = sheet.head([f"#{name}" if name in numbers else name for name in FACT], freeze=True)
    fixed: dict[str, Value] = {
        "version_id": version.id,
        "status": version.state,
        "as_of": version.as_of,
        "base_fy": str(version.base_fy),
    }
    for row in rows:
        bundle = map_.bundle_link(row.bundle_id)
        own: dict[str, Value] = fixed | {"amount_gbp": Pounds(row.amount_pence), "fy": str(row.fy), "bundle_id": bundle}
        sheet.row([own[name] if name in own else getattr(row, name) for name in FACT])
    last = max(head + 1, sheet.at - 1)
    for name, range_name in NAMED.items():
        book.define(range_name, "Fact", FACT.index(name), head + 1, last)
    sheet.filter(head, len(FACT))
    sheet.protect()


def _assumptions(book: Book, report: Report) -> None:
    header = report.version.header
    sheet = book.sheet("Assumptions", (30, 86, 40), colour=SOFT)
    sheet.title("What was assumed, and what was read")
    for heading, items in (("Assumptions", assumed.assumptions(report)), ("Warnings", header.get("warnings", ()))):
        sheet.heading(heading)
        for place, text in enumerate(items, start=1):
            sheet.note(f"{place}. {wording.sentence(text)}")
        if not items:
            sheet.note("None.")
        sheet.gap()
    sheet.heading("Settings of estate.toml")
    sheet.head(("Setting", "What it decides", "Value"))
    for name, value in sorted(header.get("settings", {}).items()):
        sheet.row((name, assumed.SETTINGS.get(name, ""), assumed.setting(value)))
    sheet.gap()
    sheet.heading("Files read, with the SHA-256 of their content")
    for row in sorted(report.version.inputs.items()):
        sheet.row(row)
    sheet.protect()


def _exceptions(book: Book, report: Report, map_: Map) -> None:
    held = report.version.exceptions
    sheet = book.sheet("Exceptions", (28, 48, 24, 18, 90), colour=SOFT)
    note = "Nothing here is in any total; nothing here is zero." if held else "Nothing: everything in scope has money."
    sheet.title("What has no money, and why", note)
    if held:
        sheet.heading("How many, by reason")
        for reason, count in report.unquantified.most_common():
            sheet.row((wording.counted(count, "entry", "entries"), wording.reason(reason)))
        sheet.gap()
    head = sheet.head(("Unit", "Reason", "Device", "Site", "Detail"), freeze=True, keep=1)
    for item in sorted(held, key=lambda item: (wording.reason(item.reason), item.asset_id)):
        status = report.statuses.get(item.asset_id)
        place = (status.unit.device, status.unit.site) if status else (None, None)
        detail = wording.dated(item.detail)
        sheet.row((map_.asset_rows(item.asset_id), wording.reason(item.reason), *place, detail))
    sheet.filter(head, 5)
    sheet.protect()
