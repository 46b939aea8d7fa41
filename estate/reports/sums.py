"""The sheets of live sums: Summary, Lines x FY, Funding and Checks.

Each figure is a formula over the named ranges of the Fact sheet or of the funding records, stored with the value that
:class:`~estate.reports.report.Report` computes for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from estate.reports import ledger, places, wording
from estate.reports.feed import FUNDING_COLUMNS
from estate.reports.sheet import Book, Formula, Pounds, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.reports.places import Map
    from estate.reports.report import Report

LINE_HEADS = ("line", "name", "theme", "status")
# What must hold: a text, the formulas of two sides, and the pence that both must give.
Identity: TypeAlias = tuple[str, str, str, int]
FUNDING = tuple("amount_gbp" if name == "amount_pence" else name for name in FUNDING_COLUMNS)


def sumifs(amount: str, *selected: tuple[str, str]) -> str:
    """The formula that adds up a named range where others hold given values."""
    return f"=SUMIFS({amount},{','.join(f'{name},{value}' for name, value in selected)})"


def summary(book: Book, report: Report, map_: Map) -> dict[str, str]:
    """The need by year, cut in three ways that must agree; returns where the totals stand."""
    years = report.years
    sheet = book.sheet("Summary", (24, *(15 for _ in years), 16))
    sheet.title(
        "Need by financial year, £",
        "Every figure is a live sum over the Fact sheet, and leads to the units of its year on sheet Assets.",
    )
    sheet.row(("Scenario", report.scenario))
    scenario = sheet.cell(sheet.at - 1, 1)
    sheet.gap()
    totals: dict[str, str] = {}
    for heading, name, words in (
        ("Catch up and keep pace", "fact_split", wording.SPLITS),
        ("Capital and revenue", "fact_cap_rev", wording.CAP_REV),
        ("Priority", "fact_priority", {code: wording.plain(code) for code in _priorities(report)}),
    ):
        sheet.heading(heading)
        head = sheet.head(("", *(f"#{year}" for year in years), "#Total"))
        first, found = sheet.at, _sums(report, _FIELDS[name])
        for code, word in words.items():
            cells = [
                Formula(
                    sumifs("fact_amount", ("fact_scenario", scenario), (name, f'"{code}"'),
                            ("fact_fy", sheet.cell(head, 1 + place))),
                    found[code, year],
                )
                for place, year in enumerate(years)
            ]  # fmt: skip
            whole = sheet.across(1, len(years), sum(int(cell.value) for cell in cells))
            shown = [map_.behind(cell, str(year)) for cell, year in zip(cells, years, strict=True)]
            sheet.row((word, *shown, map_.all_units(whole)))
        total_row(sheet, first, ("All",), [report.by_year[year] for year in years], map_, years)
        totals[heading] = sheet.cell(sheet.at - 1, 1 + len(years))
        sheet.gap()
    sheet.protect()
    return totals


def _priorities(report: Report) -> list[str]:
    order = ("high", "medium", "low")
    found = {row.priority for row in report.rows}
    return sorted(found, key=lambda code: (order.index(code.lower()) if code.lower() in order else len(order), code))


_FIELDS = {"fact_split": "catch_up_keep_pace", "fact_cap_rev": "cap_rev", "fact_priority": "priority"}


def _sums(report: Report, field: str) -> Counter[tuple[str, FinancialYear]]:
    """Money by a field of the rows and financial year."""
    found: Counter[tuple[str, FinancialYear]] = Counter()
    for row in report.rows:
        found[getattr(row, field), row.fy] += row.amount_pence
    return found


def total_row(
    sheet: Sheet,
    first: int,
    labels: Sequence[str],
    pence: Sequence[int],
    map_: Map | None = None,
    years: Sequence[FinancialYear] = (),
) -> None:
    """A row of sums over the rows from ``first`` on, and their sum at the end; with a map, each leads to its year."""
    cells = [
        Formula(f"=SUM({sheet.cell(first, column)}:{sheet.cell(max(first, sheet.at - 1), column)})", amount)
        for column, amount in enumerate(pence, start=len(labels))
    ]
    shown = [map_.behind(cell, str(year)) for cell, year in zip(cells, years, strict=True)] if map_ else cells
    whole = sheet.across(len(labels), len(cells), sum(pence))
    sheet.row((*labels, *shown, map_.all_units(whole) if map_ else whole), "total")


def lines(book: Book, report: Report, map_: Map) -> tuple[dict[str, str], list[Identity]]:
    """The need by line and year, and the request; returns where its total stands, and what it must hold."""
    years, texts = report.years, len(LINE_HEADS)
    code_width = min(40, max((len(line.code) + 3 for line in report.lines), default=12))
    sheet = book.sheet("Lines x FY", (code_width, 30, 22, 14, *(14 for _ in years), 16))
    sheet.title(
        "Need by budget line and financial year, £",
        f"Scenario: {report.scenario}. Live sums over the Fact sheet; each leads to its units on sheet Assets.",
    )
    sheet.at = places.LINES_FIRST - 1
    head = sheet.head((*LINE_HEADS, *(f"#{year}" for year in years), "#Total"), freeze=True)
    first = sheet.at
    known = [(line.code, line.name, line.theme) for line in report.lines]
    if report.by_line[""]:
        known.append(("", "(no line)", ""))
    for code, name, theme in known:
        cells = [
            Formula(
                sumifs("fact_amount", ("fact_scenario", f'"{report.scenario}"'),
                        ("fact_line", f'"="&{sheet.cell(sheet.at, 0)}'), ("fact_fy", sheet.cell(head, texts + place))),
                report.cells[code, year],
            )
            for place, year in enumerate(years)
        ]  # fmt: skip
        shown = [map_.behind(cell, code, str(year)) for cell, year in zip(cells, years, strict=True)]
        whole = sheet.across(texts, len(years), report.by_line[code])
        sheet.row((code, name, theme, ledger.status_of(report, code), *shown, map_.all_units(whole)))
    sheet.filter(head, texts + 1 + len(years))
    labels = ("All lines", *("" for _ in LINE_HEADS[1:]))
    total_row(sheet, first, labels, [report.by_year[year] for year in years], map_, years)
    total = sheet.cell(sheet.at - 1, texts + len(years))
    more = ledger.below(sheet, report, sheet.at - 1, texts)
    sheet.protect()
    return {"Lines x FY": total}, more


def funding(book: Book, report: Report, map_: Map) -> dict[str, str]:
    """Need against approved funding, then the records themselves; returns where their sum stands."""
    records = [item for item in report.version.funding if item.amount_pence]
    years = sorted({*report.years, *(item.fy for item in records)})
    sheet = book.sheet("Funding", (12, 16, 18, 16, 16, 16, 18, 30))
    sheet.title("Need and approved funding, £", "Only released money can be spent. Pending decisions are not counted.")
    sheet.head(("fy", "#Need", *(f"#{word}" for word in wording.LEVELS.values()), "#Need less released"))
    for year in years:
        own = sheet.cell(sheet.at, 0)
        need = Formula(sumifs("fact_amount", ("fact_scenario", f'"{report.scenario}"'), ("fact_fy", own)),
                       report.by_year[year])  # fmt: skip
        levels = [
            Formula(
                sumifs("funding_amount", ("funding_fy", own), ("funding_level", f'"{level}"'),
                        ("funding_status", '"<>pending"')),
                report.funded(level)[year],
            )
            for level in wording.LEVELS
        ]  # fmt: skip
        left = Formula(f"={sheet.cell(sheet.at, 1)}-{sheet.cell(sheet.at, 2)}", int(need.value) - int(levels[0].value))
        sheet.row((str(year), map_.behind(need, str(year)), *levels, left))
    sheet.gap()
    sheet.heading("Funding records")
    head = sheet.head(tuple(f"#{name}" if name == "amount_gbp" else name for name in FUNDING))
    for item in records:
        sheet.row((report.version.id, item.line_code, str(item.fy), item.source, item.status, item.level,
                   Pounds(item.amount_pence), item.decision_ref))  # fmt: skip
    last = max(head + 1, sheet.at - 1)
    for name in ("fy", "level", "status", "amount_gbp"):
        short = "amount" if name == "amount_gbp" else name
        book.define(f"funding_{short}", "Funding", FUNDING.index(name), head + 1, last)
    sheet.filter(head, len(FUNDING))
    sheet.protect()
    return {"Funding": "SUM(funding_amount)"}


def checks(book: Book, report: Report, totals: dict[str, str], more: Sequence[Identity] = ()) -> None:
    """Identities between the sheets, and between this workbook and the feed's control totals.

    ``more`` are those of other sheets.
    """
    sheet = book.sheet("Checks", (58, 20, 20, 14, 10))
    sheet.title("Identities that must hold", "Each difference must be 0.00 and each check TRUE.")
    head = sheet.head(("Check", "#One side, £", "#Other side, £", "#Difference, £", "#Holds"), freeze=True)
    need = f'SUMIFS(fact_amount,fact_scenario,"{report.scenario}")'
    everything = sum(row.amount_pence for row in report.cash)
    funding = sum(item.amount_pence for item in report.version.funding)
    for text, left, right, pence in (
        ("Catch up + keep pace = need", totals["Catch up and keep pace"], need, report.total),
        ("Capital + revenue = need", totals["Capital and revenue"], need, report.total),
        ("The priorities add up to the need", totals["Priority"], need, report.total),
        ("The lines add up to the need", totals["Lines x FY"], need, report.total),
        # what has its own amounts is held against the feed, so that an altered cell fails its own check and no other
        ("The assets add up to the need of the feed", totals["Assets"], f"{report.total}/100", report.total),
        ("Fact, every scenario = control total of the feed", "SUM(fact_amount)", f"{everything}/100", everything),
        ("Funding = control total of the feed", totals["Funding"], f"{funding}/100", funding),
        *more,
    ):
        one, other = sheet.cell(sheet.at, 1), sheet.cell(sheet.at, 2)
        difference = f"=ROUND({one}-{other},2)"
        sides = Formula(f"={left}", pence), Formula(f"={right}", pence)
        sheet.row((text, *sides, Formula(difference, 0), Formula(f"{difference}=0", value=True)))
    cells = f"{sheet.cell(head + 1, 4)}:{sheet.cell(sheet.at - 1, 4)}"
    sheet.row(("All of them hold", None, None, None, Formula(f"=AND({cells})", value=True)), "total")
    sheet.protect()
