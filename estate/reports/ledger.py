"""What each budget line asks for, in the layout of a council's portfolio table: themes, lines, funding, REQUEST.

The request is the need less existing commitments less alternate funding, year by year; the three come from the same
forecast, so that the table ties to the ledger of funding.csv (forecast-model.md 1.1, R7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.reports.grid import Grid
from estate.reports.report import Line
from estate.reports.sheet import Formula, Pounds
from estate.reports.wording import ROUNDED, in_words, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.reports.report import Report
    from estate.reports.sheet import Sheet

NO_THEME = "(no theme)"
FUNDS = (("existing_pence", "Existing commitment"), ("alternate_pence", "Alternate funding"))
MISSING = (
    "This version holds no funding ledger: it was made by an earlier release. 'estate forecast run' makes one "
    "that does."
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: pence of each year. ``sums`` says that it adds up others."""

    name: str
    status: str
    pence: tuple[int, ...]
    sums: bool = False


def rows(report: Report) -> tuple[Row, ...]:
    """The lines under their themes, each theme of more than one line with its sum, then the portfolio."""
    made: list[Row] = []
    themes = _themes(report)
    for theme, lines in themes.items():
        own = [Row(_name(line), status_of(report, line.code), _years(report, line.code)) for line in lines]
        if len(themes) > 1 or len(own) != 1:
            pence = tuple(sum(row.pence[place] for row in own) for place in range(len(report.years)))
            made.append(Row(theme, "" if own else "no line", pence, sums=True))
        made += own
    return (*made, Row("Portfolio total", "", tuple(report.by_year[year] for year in report.years), sums=True))


def funds(report: Report) -> tuple[Row, ...]:
    """What is funded already, as the ledger counts it for the request; none for a version without a ledger."""
    ledger = report.ledger
    if ledger is None:
        return ()
    return tuple(
        Row(f"less {name.lower()}", "", tuple(ledger.get(str(year), {}).get(key, 0) for year in report.years))
        for key, name in FUNDS
    )


def request(report: Report) -> tuple[int, ...]:
    """What is asked for in each year, in pence."""
    taken = funds(report)
    return tuple(
        report.by_year[year] - sum(row.pence[place] for row in taken) for place, year in enumerate(report.years)
    )


def _themes(report: Report) -> dict[str, list[Line]]:
    """The lines with money by theme; a theme whose lines have none stays, with nothing below it (S10)."""
    told = [item.get("theme") or NO_THEME for item in report.version.header.get("lines", ())]
    found: dict[str, list[Line]] = {theme: [] for theme in told}
    for line in report.lines:
        # year by year: what is moved from one year to another comes to nothing over all of them
        if any(_years(report, line.code)):
            found.setdefault(line.theme or NO_THEME, []).append(line)
    if any(_years(report, "")):
        found.setdefault(NO_THEME, []).append(Line("", "(no line)", "", "", "", ""))
    return {theme: lines for theme, lines in found.items() if lines or theme != NO_THEME}


def _name(line: Line) -> str:
    return line.code if line.name in {"", line.code} else f"{line.code} {line.name}".strip()


def status_of(report: Report, code: str) -> str:
    """The status of a line in the words of lines.csv; blank where it gives none."""
    known = {item["line"]: item.get("status") or "" for item in report.version.header.get("lines", ())}
    return known.get(code, "")


def _years(report: Report, code: str) -> tuple[int, ...]:
    return tuple(report.cells[code, year] for year in report.years)


def table(report: Report, form: Callable[[int], str] = thousands, unit: str = "£000") -> Grid:
    """The table of the page."""
    shown = [*rows(report), *funds(report)]
    cells = tuple((row.name, row.status, *map(form, row.pence), form(sum(row.pence))) for row in shown)
    asked = request(report)
    totals = ("REQUEST", "", *map(form, asked), form(sum(asked))) if funds(report) else ()
    sums = tuple(place for place, row in enumerate(shown) if row.sums)
    columns = ("Budget line", "Status", *(f"#{year}" for year in report.years), "#Total")
    return Grid(f"Need by budget line and year, and the request, {unit}", columns, cells, totals,
                " ".join(_notes(report)), strong=sums)  # fmt: skip


def _notes(report: Report) -> Iterator[str]:
    if not funds(report):
        yield MISSING
    elif not report.version.funding:
        yield "funding.csv holds nothing, so all of the need is asked for."
    else:
        yield "Request: need less what is committed already and what others pay."
        if any(pence < 0 for pence in request(report)):
            yield "A negative request is funding above the need of its year."
    yield ROUNDED
    if beyond := sum(report.version.header.get("beyond", {}).get(report.scenario, {}).values()):
        yield f"Another {in_words(beyond)} falls outside these years and is not included."


def scope(report: Report) -> tuple[str, ...]:
    """What the amounts are: tax, prices, what is in them, and what the agreement in principle covers."""
    version = report.version
    settings = version.header.get("settings", {})
    vat = settings.get("irrecoverable_vat_pct")
    tax = f"; irrecoverable VAT of {vat}% is included" if vat not in {None, "", "0"} else ""
    base = "Cash: pounds of the year in which they are spent, from prices brought up with indices.csv, the base year "
    base += f"being {version.base_fy}. Excluding recoverable VAT{tax}. Spending is positive."
    units = version.header.get("coverage", {}).get("units")
    made = [base]
    if units:
        made.append(
            f"{units['in_scope']:,} units are in scope; {units['covered']:,} go with a project or their chassis, "
            f"{units['excluded']:,} are not counted."
        )
    for item in version.header.get("gap", {}).get("envelopes", ()):
        with_first = "with" if item["includes_year1"] else "without"
        name = item["decision"] or "An agreement in principle"
        made.append(
            f"{name}: {in_words(item['pence'])} in principle for {_span(item['years'])} ({with_first} the year in "
            f"which money is released already), of which {in_words(item['remaining_pence'])} is not released."
        )
    return tuple(made)


def _span(years: list[str]) -> str:
    """Years that follow each other as first and last, others one by one."""
    first = [int(year[:4]) for year in years]
    if len(years) > 2 and first == list(range(first[0], first[0] + len(years))):  # noqa: PLR2004 - two are as short
        return f"{years[0]} to {years[-1]}"
    return ", ".join(years)


def below(sheet: Sheet, report: Report, total_row: int, first: int) -> list[tuple[str, str, str, int]]:
    """Funding and request below the total of sheet Lines x FY; returns the identity for Checks."""
    taken = funds(report)
    if not taken:
        return []
    sheet.gap()
    sheet.heading("The request")
    start, blank = sheet.at, ("",) * (first - 2)
    for row in taken:
        cells = [Pounds(pence) for pence in row.pence]
        sheet.row(("", row.name, *blank, *cells, sheet.across(first, len(cells), sum(row.pence))))
    asked = request(report)
    cells_of = [
        Formula(
            f"={sheet.cell(total_row, first + place)}-SUM({sheet.cell(start, first + place)}:"
            f"{sheet.cell(sheet.at - 1, first + place)})",
            pence,
        )
        for place, pence in enumerate(asked)
    ]
    sheet.row(("", "REQUEST", *blank, *cells_of, sheet.across(first, len(cells_of), sum(asked))), "total")
    ledger = report.ledger or {}
    kept = [ledger.get(str(year), {}) for year in report.years]
    told = sum(row.get("need_pence", 0) - row.get("request_pence", 0) for row in kept)
    column = first + len(asked)
    own = f"SUM({sheet.cell(start, column)}:{sheet.cell(start + len(taken) - 1, column)})"
    return [("Existing + alternate = need - request of the ledger", own, f"{told}/100", told)]
