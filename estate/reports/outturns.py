"""The sheet Accuracy: earlier signed forecasts against what was spent, each year that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.reports.sheet import SOFT, Book, Formula, Pounds, Word
from estate.reports.sums import total_row
from estate.reports.wording import plain

if TYPE_CHECKING:
    from estate.reports.report import Report
    from estate.reports.sheet import Sheet

PARTS = ("slippage", "acceleration", "price", "scope")
NONE = (
    "Nothing to compare yet. It takes three things:",
    "a forecast that was signed ('estate forecast sign'),",
    "a financial year of it that is over on the day of this forecast,",
    "and rows of actuals.csv that say what was spent.",
)
LEGEND = (
    "Variance = slippage + acceleration + price + scope, without a rest. Support is left out: it is paid by contract.",
    "Slippage: forecast for the year, and did not come in it. Acceleration: came early.",
    "Price: came as forecast, and cost otherwise. Scope: nobody forecast it, or it was given up.",
    "Carry forward: what slipped, less what came early.",
    "Absolute error (WAPE): all misses, over or under, as a share of what was spent.",
    "Bias: what was spent beyond the forecast, as a share of the forecast; below it with a minus sign.",
    "Within P80: the year cost no more than eight in ten simulated runs did.",
)


def sheet(book: Book, report: Report) -> list[tuple[str, str, str, int]]:
    """Write the sheet; returns the identity that it must hold, for Checks."""
    found = report.extras.outturns if report.extras else ()
    out = book.sheet("Accuracy", (10, 10, 44, 18, *(15 for _ in range(7)), 16, 19, 10, 14), colour=SOFT)
    out.title("How earlier signed forecasts did, £", *(LEGEND if found else NONE))
    if not found:
        out.protect()
        return []
    names = ("Forecast", "Actual", "Variance", *(plain(part) for part in PARTS), "Carry forward")
    heads = (*(f"#{name}, £" for name in names), "#Absolute error, %", "#Bias, %", "#Within P80")
    out.head(("#Version", "Year", "Signed on", "", *heads))
    first = out.at
    for each in found:
        said = (Word("none") if value is None else value for value in (each.wape_pct, each.bias_pct))
        hit = Word("not simulated" if each.p80_hit is None else "yes" if each.p80_hit else "no")
        amounts = {part: each.total(part) for part in ("forecast", "actual", *PARTS)}
        carry = f"=-({out.cell(out.at, 7)}+{out.cell(out.at, 8)})"
        cells = _amounts(out, amounts)
        out.row((each.version_id, str(each.fy), each.signed_on, "", *cells, Formula(carry, each.carry_forward), *said,
                 hit))  # fmt: skip
    last = out.at - 1
    out.gap()
    out.heading("Each purchase, unit or budget line that was forecast or paid")
    items = (*(f"#{name}, £" for name in names[:-1]), "#Days late")
    out.head(("#Version", "Year", "What", "Policy", *items), again=True)
    for each in found:
        start = out.at
        for item in each.items:
            amounts = {part: getattr(item, part) for part in ("forecast", "actual", *PARTS)}
            out.row((each.version_id, str(each.fy), item.item, item.policy, *_amounts(out, amounts), item.days_late))
        if each.items:
            pence = [each.total(part) for part in ("forecast", "actual", "variance", *PARTS)]
            total_row(out, start, ("", "", f"All of {each.fy}", ""), pence, across=False)
    out.gap()
    out.heading("Days late, by policy")
    out.head(("#Version", "Year", "Policy", "", "#Deliveries", "#Median days late"))
    for each in found:
        for policy, (count, days) in each.days_late().items():
            out.row((each.version_id, str(each.fy), policy, "", count, days))
    out.protect()
    variance = sum(each.total("variance") for each in found)
    left = f"SUM({out.cell(first, 6)}:{out.cell(last, 6)})"
    right = f"SUM({out.cell(first, 7)}:{out.cell(last, 10)})"
    return [("Variance = slippage + acceleration + price + scope", left, right, variance)]


def _amounts(out: Sheet, amounts: dict[str, int]) -> list[Pounds | Formula]:
    """Forecast and actual as they are, the variance as a formula, and its parts."""
    difference = f"={out.cell(out.at, 5)}-{out.cell(out.at, 4)}"
    variance = Formula(difference, amounts["actual"] - amounts["forecast"])
    ends = [Pounds(amounts[part]) for part in ("forecast", "actual")]
    return [*ends, variance, *(Pounds(amounts[part]) for part in PARTS)]
