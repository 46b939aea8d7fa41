"""The sheets of live sums: Summary, Lines x FY, Funding and Checks.

Each figure is a formula over the named ranges of the Fact sheet or of the funding records, stored with the value that
:class:`~estate.reports.report.Report` computes for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from estate.reports import ledger, places, wording
from estate.reports.sheet import Book, Formula, Pounds, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.reports.places import Map
    from estate.reports.report import Report

LINE_HEADS = ("Budget line", "Name", "Theme", "Status")
# What must hold: a text, the formulas of two sides, and the pence that both must give.
Identity: TypeAlias = tuple[str, str, str, int]
# The funding records: their columns, and the named ranges that sums select by or add up.
FUNDING = ("Year", "Budget line", "Source", "Level", "Status", "#Amount, £", "Decision")
FUNDING_NAMES = {"funding_fy": 0, "funding_level": 3, "funding_status": 4, "funding_amount": 5}
NO_FUNDING = "No funding: funding.csv holds no row for these years, so all of the need is asked for."


def sumifs(amount: str, *selected: tuple[str, str]) -> str:
    """The formula that adds up a named range where others hold given values."""
    return f"=SUMIFS({amount},{','.join(f'{name},{value}' for name, value in selected)})"


def exactly(cell: str, text: str) -> str:
    """The criterion that a text is the one that a cell holds.

    To SUMIFS ``*`` and ``?`` stand for other text, and ``~`` takes that away from the next character.
    """
    if not any(char in text for char in "*?~"):
        return f'"="&{cell}'
    return f'"="&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cell},"~","~~"),"*","~*"),"?","~?")'


def summary(book: Book, report: Report, map_: Map) -> dict[str, str]:
    """The need by year, cut in three ways that must agree; returns where the totals stand."""
    years = report.years
    sheet = book.sheet("Summary", (24, *(15 for _ in years), 16))
    sheet.title(
        "Need by financial year, £",
        *([report.what_if] if report.what_if else []),
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
    *,
    across: bool = True,
) -> None:
    """A row of sums over the rows from ``first`` on; with a map, each leads to its year.

    With ``across`` their own sum stands at the end, where the columns are years.
    """
    cells = [
        Formula(f"=SUM({sheet.cell(first, column)}:{sheet.cell(max(first, sheet.at - 1), column)})", amount)
        for column, amount in enumerate(pence, start=len(labels))
    ]
    shown = [map_.behind(cell, str(year)) for cell, year in zip(cells, years, strict=True)] if map_ else cells
    if not across:
        sheet.row((*labels, *shown), "total")
        return
    whole = sheet.across(len(labels), len(cells), sum(pence))
    sheet.row((*labels, *shown, map_.all_units(whole) if map_ else whole), "total")


def lines(book: Book, report: Report, map_: Map) -> tuple[dict[str, str], list[Identity]]:
    """The need by line and year, and the request; returns where its total stands, and what it must hold."""
    years, texts = report.years, len(LINE_HEADS)
    code_width = min(40, max((len(line.code) + 3 for line in report.lines), default=12))
    sheet = book.sheet("Lines x FY", (code_width, 30, 22, 14, *(14 for _ in years), 16))
    sheet.title(
        "Need by budget line and financial year, £",
        f"Scenario: {wording.plain(report.scenario)}. Live sums over the Fact sheet, each leading to its units "
        "on sheet Assets.",
    )
    sheet.at = places.LINES_FIRST - 1
    head = sheet.head((*LINE_HEADS, *(f"#{year}" for year in years), "#Total"), freeze=True, keep=1)
    first = sheet.at
    known = [(line.code, line.name, line.theme) for line in report.lines]
    if report.by_line[""]:
        known.append(("", "(no line)", ""))
    for code, name, theme in known:
        line = exactly(sheet.cell(sheet.at, 0), code)
        cells = [
            Formula(
                sumifs("fact_amount", ("fact_scenario", f'"{report.scenario}"'), ("fact_line", line),
                        ("fact_fy", sheet.cell(head, texts + place))),
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
    code_width = min(40, max((len(item.line_code) + 3 for item in records), default=16))
    sheet = book.sheet("Funding", (12, max(16, code_width), 18, 16, 16, 20, 40))
    sheet.title(
        "Need and approved funding, £",
        "Only released money can be spent. What waits for a decision is among the records, and not counted above them.",
        *(() if records else (NO_FUNDING,)),
    )
    sheet.head(("Year", "#Need", *(f"#{word}" for word in wording.LEVELS.values()), "#Need less released"))
    first = sheet.at
    for year in years:
        own = sheet.cell(sheet.at, 0)
        need = Formula(sumifs("fact_amount", ("fact_scenario", f'"{report.scenario}"'), ("fact_fy", own)),
                       report.by_year[year])  # fmt: skip
        levels = [
            Formula(
                sumifs("funding_amount", ("funding_fy", own), ("funding_level", f'"{word}"'),
                        ("funding_status", '"<>pending"')),
                report.funded(level)[year],
            )
            for level, word in wording.LEVELS.items()
        ]  # fmt: skip
        left = Formula(f"={sheet.cell(sheet.at, 1)}-{sheet.cell(sheet.at, 2)}", int(need.value) - int(levels[0].value))
        sheet.row((str(year), map_.behind(need, str(year)), *levels, left))
    _funding_total(sheet, report, first, years)
    sheet.gap()
    sheet.heading("Funding records")
    head = sheet.head(FUNDING, again=True)
    for item in records:
        sheet.row((str(item.fy), item.line_code or "(the portfolio)", wording.plain(item.source),
                   wording.LEVELS.get(item.level, wording.plain(item.level)), wording.plain(item.status),
                   Pounds(item.amount_pence), item.decision_ref))  # fmt: skip
    last = max(head + 1, sheet.at - 1)
    for name, column in FUNDING_NAMES.items():
        book.define(name, "Funding", column, head + 1, last)
    sheet.filter(head, len(FUNDING))
    sheet.at = last + 1
    every = sum(item.amount_pence for item in records)
    sheet.row(("All records", *(None for _ in FUNDING[2:-1]), Formula("=SUM(funding_amount)", every), None), "total")
    sheet.protect()
    return {"Funding": "SUM(funding_amount)"}


def _funding_total(sheet: Sheet, report: Report, first: int, years: Sequence[FinancialYear]) -> None:
    """The sums of the need, of each level of funding and of what is left, over all years."""
    need = sum(report.by_year[year] for year in years)
    levels = [sum(report.funded(level)[year] for year in years) for level in wording.LEVELS]
    cells = [
        Formula(f"=SUM({sheet.cell(first, column)}:{sheet.cell(sheet.at - 1, column)})", pence)
        for column, pence in enumerate((need, *levels, need - levels[0]), start=1)
    ]
    sheet.row(("All years", *cells), "total")


def checks(book: Book, report: Report, totals: dict[str, str], more: Sequence[Identity] = ()) -> None:
    """Identities between the sheets, and between this workbook and the feed's control totals.

    ``more`` are those of other sheets.
    """
    sheet = book.sheet("Checks", (64, 20, 20, 16, 10))
    sheet.title(
        "Identities that must hold",
        "Each side is computed on its own. Each difference must be 0.00 and each check TRUE; the last row says whether "
        "all are.",
        "The feed is the folder of CSV files beside this workbook: an altered cell no longer agrees with it.",
    )
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
