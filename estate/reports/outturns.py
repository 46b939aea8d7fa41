"""The sheet Accuracy: earlier signed forecasts against what was spent, each year that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estate.reports.sheet import SOFT, Book, Formula, Pounds

if TYPE_CHECKING:
    from estate.reports.report import Report
    from estate.reports.sheet import Sheet

PARTS = ("slippage", "acceleration", "price", "scope")
NONE = (
    "Nothing to compare yet: it takes a signed forecast, a financial year of it that is over, and rows of actuals.csv."
)
LEGEND = (
    "Variance = slippage + acceleration + price + scope, without a rest. Support is left out: it is paid by contract."
)


def sheet(book: Book, report: Report) -> list[tuple[str, str, str, int]]:
    """Write the sheet; returns the identity that it must hold, for Checks."""
    found = report.extras.outturns if report.extras else ()
    out = book.sheet("Accuracy", (10, 12, 40, 18, *(16 for _ in range(7)), 16, 12, 12, 12), colour=SOFT)
    out.title("How earlier signed forecasts did, £", LEGEND if found else NONE)
    if not found:
        out.protect()
        return []
    names = ("forecast", "actual", "variance", *PARTS, "carry forward")
    heads = (*(f"#{name}" for name in names), "#WAPE %", "#bias %", "P80 hit")
    out.head(("version", "fy", "signed on", "", *heads), freeze=True)
    first = out.at
    for each in found:
        said = (str(value) if value is not None else "none" for value in (each.wape_pct, each.bias_pct))
        hit = "not simulated" if each.p80_hit is None else "yes" if each.p80_hit else "no"
        amounts = {part: each.total(part) for part in ("forecast", "actual", *PARTS)}
        carry = f"=-({out.cell(out.at, 7)}+{out.cell(out.at, 8)})"
        cells = _amounts(out, amounts)
        signed = str(each.signed_on or "")
        out.row((each.version_id, str(each.fy), signed, "", *cells, Formula(carry, each.carry_forward), *said, hit))
    last = out.at - 1
    out.gap()
    out.heading("Each thing that was forecast or paid")
    out.head(("version", "fy", "item", "policy", *(f"#{name}" for name in names[:-1]), "#days late"))
    for each in found:
        for item in each.items:
            amounts = {part: getattr(item, part) for part in ("forecast", "actual", *PARTS)}
            out.row((each.version_id, str(each.fy), item.item, item.policy, *_amounts(out, amounts), item.days_late))
    out.gap()
    out.heading("Days late, by policy")
    out.head(("version", "fy", "policy", "", "#deliveries", "#median days late"))
    for each in found:
        for policy, (count, days) in each.days_late().items():
            out.row((each.version_id, str(each.fy), policy, "", count, str(days)))
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
