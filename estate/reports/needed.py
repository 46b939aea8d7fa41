"""The first picture: need by financial year, against the money that there is and what eight in ten runs cost.

Bars are stacked, catch up below and keep pace above. Released funding is a dashed step line, funding in principle a
dotted one, and P80 of a simulated version a short thick tick across the bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from estate.reports.pictures import (
    CATCH_UP,
    INK,
    KEEP_PACE,
    POUND_LABELS,
    RELEASED,
    WIDTH,
    altair,
    finished,
    legend,
)
from estate.reports.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from estate.forecast.calendar import FinancialYear
    from estate.reports.report import Report

PARTS = {"catch_up": "Catch up: already due", "keep_pace": "Keep pace: falls due"}
STEPS = {"released": "Released funding", "in_principle": "With in principle"}
DASHES = {"released": [7, 3], "in_principle": [1.5, 3.5]}
P80 = "P80 (simulated)"


def need_by_year(report: Report) -> str:
    """Need by financial year as SVG: catch up below, keep pace above, the funding as step lines, P80 as ticks."""
    alt = altair()
    years = report.years
    names = "[" + ",".join(f"'{year}'" for year in years) + "]"
    x_scale = alt.Scale(domain=[-0.5, len(years) - 0.5], nice=False)
    x_axis = alt.Axis(values=list(range(len(years))), labelExpr=f"{names}[datum.value]", grid=False, ticks=False)
    y_axis = alt.Axis(title="£ (cash)", labelExpr=POUND_LABELS, tickCount=5, domain=False, ticks=False)
    x = alt.X("x:Q", scale=x_scale, axis=x_axis, title=None)
    bars = [part for place, year in enumerate(years) for part in _stack(report, place, year)]
    bar = alt.Chart(alt.Data(values=bars)).encode(x=x, x2="x2:Q", y=alt.Y("y:Q", axis=y_axis), y2="y2:Q")
    scale = alt.Scale(domain=[*PARTS.values()], range=[CATCH_UP, KEEP_PACE])
    colour = alt.Color("part:N", scale=scale, legend=legend(alt))
    layers = [
        bar.mark_rect(stroke=INK, strokeWidth=0.6).encode(color=colour),
        *_steps(alt, report, x),
        *_ticks(alt, report, x),
        *_figures(alt, report, x),
    ]
    scales = {"strokeDash": "independent", "shape": "independent", "color": "independent"}
    chart = alt.layer(*layers).properties(width=WIDTH, height=220).resolve_scale(**scales)
    return finished(alt, chart, "need")


def p80_of(report: Report) -> dict[str, int]:
    """P80 of each financial year in pence; empty before ``estate forecast simulate``."""
    years = report.version.header.get("simulation", {}).get("years", {})
    return {year: found["P80"] for year, found in years.items()}


def alt_text(report: Report) -> str:
    """The picture in words."""
    parts = ", ".join(f"{year} {in_words(report.by_year[year])}" for year in report.years)
    released = report.funded("released")
    money = ", ".join(f"{year} {in_words(released[year])}" for year in report.years if released[year])
    paid = f" Released funding: {money}." if money else " No funding is released."
    return f"Bar chart of need by financial year: {parts}.{paid} The table in annex A has the figures."


def _stack(report: Report, place: int, year: FinancialYear) -> Iterator[dict[str, object]]:
    """The parts of one bar, in pounds, bottom first."""
    catch_up = report.by_split[year, "catch_up"]
    for part, bottom, top in (("catch_up", 0, catch_up), ("keep_pace", catch_up, report.by_year[year])):
        if top != bottom:
            sides = {"x": place - 0.32, "x2": place + 0.32, "y": bottom / 100, "y2": top / 100}
            yield {"part": PARTS[part], **sides}


def _figures(alt: Any, report: Report, x: Any) -> Iterator[Any]:
    """The total of each bar above it."""
    totals = [
        {"x": place, "y": report.by_year[year] / 100, "label": in_words(report.by_year[year])}
        for place, year in enumerate(report.years)
    ]
    for stroke in ("#ffffff", None):
        # a white plate first, so that a figure stays readable where a line runs behind it
        plate = {"stroke": stroke, "strokeWidth": 5, "strokeJoin": "round"} if stroke else {}
        figures = alt.Chart(alt.Data(values=totals)).mark_text(
            dy=-10, fontWeight="bold", fontSize=13, color=INK, **plate
        )
        yield figures.encode(x=x, y="y:Q", text="label:N")


def _steps(alt: Any, report: Report, x: Any) -> list[Any]:
    """The funding as step lines on a white edge: what may be spent, and that with what is agreed in principle."""
    released, agreed = report.funded("released"), report.funded("in_principle")
    heights = {"released": released, "in_principle": {year: released[year] + agreed[year] for year in report.years}}
    kinds = [kind for kind, money in (("released", released), ("in_principle", agreed)) if any(money.values())]
    if not kinds:
        return []
    steps = [
        {"x": place + side, "y": heights[kind][year] / 100, "what": STEPS[kind]}
        for kind in kinds
        for place, year in enumerate(report.years)
        for side in (-0.5, 0.5)
    ]
    line = alt.Chart(alt.Data(values=steps)).encode(x=x, y="y:Q", order="x:Q")
    scale = alt.Scale(domain=[STEPS[kind] for kind in kinds], range=[DASHES[kind] for kind in kinds])
    dash = alt.StrokeDash("what:N", scale=scale, legend=legend(alt, "stroke"))
    return [
        line.mark_line(color="#ffffff", strokeWidth=3.6).encode(detail="what:N"),
        line.mark_line(color=RELEASED, strokeWidth=2.2).encode(strokeDash=dash),
    ]


def _ticks(alt: Any, report: Report, x: Any) -> list[Any]:
    """P80 of each simulated year as a tick across its bar."""
    found = p80_of(report)
    ticks = [
        {"x": place - 0.38, "x2": place + 0.38, "y": found[str(year)] / 100, "what": P80}
        for place, year in enumerate(report.years)
        if str(year) in found
    ]
    if not ticks:
        return []
    base = alt.Chart(alt.Data(values=ticks)).encode(x=x, x2="x2:Q", y="y:Q")
    colour = alt.Color("what:N", scale=alt.Scale(range=["#5b2a86"]), legend=legend(alt, "stroke"))
    return [
        base.mark_rule(color="#ffffff", strokeWidth=6),
        base.mark_rule(strokeWidth=3.5).encode(color=colour),
    ]
