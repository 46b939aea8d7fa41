"""What the forecast does to the revenue budget: MRP, interest and support by year, for the page and the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from estate.reports.grid import Grid
from estate.reports.sheet import Book, Formula, Pounds, Word
from estate.reports.wording import ROUNDED, counted, in_words, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.reports.report import Report
    from estate.reports.sheet import Value

PARTS = (
    ("mrp_pence", "Minimum revenue provision (MRP)"),
    ("interest_pence", "Interest"),
    ("support_pence", "Support: new kit less old"),
)
UNKNOWN = "unknown"


def held(report: Report) -> dict[str, Any] | None:
    """The header's revenue consequences; None for a version that holds none."""
    found: dict[str, Any] | None = report.version.header.get("revenue")
    return found


def sentences(report: Report) -> Iterator[str]:
    """What is borrowed, at which rate, and what is not known."""
    found = held(report)
    if found is None:
        yield (
            "This version holds no revenue consequences: it was made by an earlier release. 'estate forecast run' "
            "makes one that does."
        )
        return
    if not found["borrowed_pence"]:
        yield (
            "No capital of this forecast is financed by borrowing, so there is no MRP and no interest. A row of "
            "funding.csv with the source borrowing brings them in."
        )
    elif found["rate_pct"] is None:
        yield (
            f"{in_words(found['borrowed_pence'])} is borrowed, but no rate is set, so interest is unknown, not 0. "
            "Set borrowing_rate_pct in estate.toml and run the forecast again."
        )
    else:
        yield f"{in_words(found['borrowed_pence'])} of the capital is borrowed, at {found['rate_pct']}% a year."
    if found["no_life"]["bundles"]:
        yield (
            f"{in_words(found['no_life']['pence'])} of it has no accounting life in policy.csv, and is in no MRP or "
            "interest here."
        )
    if found["support_unknown"]:
        purchases = counted(found["support_unknown"], "purchase")
        yield (
            f"{purchases} have no price for the support of the old kit or of the new: their support is left out."
            if found["support_unknown"] != 1
            else "1 purchase has no price for the support of the old kit or of the new: its support is left out."
        )
    beyond = found["beyond"]
    if beyond["last_fy"]:
        known = beyond["interest_pence"] is not None
        interest = f"{in_words(beyond['interest_pence'])} of interest" if known else "interest that is not known"
        yield (
            f"After these years, to {beyond['last_fy']}, {in_words(beyond['mrp_pence'])} of MRP and {interest} are "
            "still to be paid."
        )


def table(report: Report) -> Grid | None:
    """The strip: a row for each part, a column a year."""
    found = held(report)
    if found is None:
        return None
    years = found["years"]
    rows = [(name, *(_told(row[key]) for row in years)) for key, name in PARTS]
    rows.append(("Effect of the year", *(_told(row["effect_pence"]) for row in years)))
    totals = ("Effect so far on the medium-term plan", *(_told(row["cumulative_pence"]) for row in years))
    columns = ("", *(f"#{row['fy']}" for row in years))
    return Grid("Effect on the revenue budget, £000", columns, tuple(rows), totals,
                f"A minus sign is money saved. {ROUNDED}", strong=(len(rows) - 1,))  # fmt: skip


def _told(pence: int | None) -> str:
    return UNKNOWN if pence is None else thousands(pence)


def sheet(book: Book, report: Report) -> list[tuple[str, str, str, int]]:
    """The sheet Revenue; returns its identity for Checks; no sheet for a version that holds none."""
    found = held(report)
    if found is None:
        return []
    years = found["years"]
    out = book.sheet("Revenue", (44, *(16 for _ in years), 18))
    out.title("Effect on the revenue budget, £", *sentences(report))
    out.head(("", *(f"#{row['fy']}" for row in years), "#Total"))
    first = out.at
    for key, name in PARTS:
        cells = [_cell(row[key]) for row in years]
        pence = [row[key] for row in years if row[key] is not None]
        # a sum of what is known of the years would read as the whole
        whole = out.across(1, len(years), sum(pence)) if len(pence) == len(years) else Word(UNKNOWN)
        out.row((name, *cells, whole))
    known = all(row["effect_pence"] is not None for row in years)
    if known:
        sums: list[Value] = [
            Formula(f"=SUM({out.cell(first, column)}:{out.cell(out.at - 1, column)})", row["effect_pence"])
            for column, row in enumerate(years, start=1)
        ]
        total = sum(row["effect_pence"] for row in years)
        out.row(("Effect of the year", *sums, out.across(1, len(years), total)), "total")
    else:
        total = 0
        out.row(("Effect of the year", *(Word(UNKNOWN) for _ in years), Word(UNKNOWN)), "total")
    effect = out.cell(out.at - 1, len(years) + 1)
    out.row(("Effect so far on the medium-term plan", *(_cell(row["cumulative_pence"]) for row in years)))
    so_far = out.cell(out.at - 1, len(years))
    out.gap()
    _reckoner(out, found["reckoner"])
    out.protect()
    return [("The revenue effects add up to the effect so far", effect, so_far, total)] if known and years else []


def _cell(pence: int | None) -> Value:
    return Word(UNKNOWN) if pence is None else Pounds(pence)


def _reckoner(out: Any, lives: list[dict[str, Any]]) -> None:
    """What each £1m borrowed costs in every year, for each accounting life."""
    out.heading("What each £1m borrowed costs, by accounting life; year 0 is the year of spending")
    out.head(("Accounting life and year", "#MRP", "#Interest", "#Together"), again=True)
    for life in lives:
        for row in life["years"]:
            name = f"Life of {life['life_years']} years, year {row['year']}"
            out.row((name, *(_cell(row[key]) for key in ("mrp_pence", "interest_pence", "total_pence"))))
