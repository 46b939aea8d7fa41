"""Why the forecast moved, for the page and the workbook: the bars of the waterfall, its table, its picture, its sheet.

There is a bar for each driver that moved the total and none for the rest: no rest exists (forecast-model.md 2.11).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from estate.forecast.bridge import WORDS
from estate.reports.grid import Grid
from estate.reports.pictures import CATCH_UP, INK, KEEP_PACE, POUND_LABELS, WIDTH, altair, finished, legend
from estate.reports.sheet import Book, Formula, Pounds
from estate.reports.sums import sumifs, total_row
from estate.reports.wording import ROUNDED, in_words, thousands

if TYPE_CHECKING:
    from estate.forecast.bridge import Bridge, Step
    from estate.reports.places import Map
    from estate.reports.report import Report

ADDS, TAKES, LEVEL = "Adds to the need", "Takes from the need", "The need"
COLOURS = {LEVEL: "#14365c", ADDS: CATCH_UP, TAKES: KEEP_PACE}
# A move of less than this part of the whole would not be seen on an axis that starts at nothing.
SEEN = 5
CLOSE_LABELS = "'£' + format(datum.value / 1e3, ',.0f') + 'k'"
RECORDS = ("#No.", "What moved it", "Budget line", "Year", "#Amount, £", "Purchase")
# The column of sheet Bridge in which the first year stands.
FIRST_YEAR = 3
NO_BRIDGE = (
    "There is no earlier forecast to compare with: the next one that is computed will be compared with this one."
)
# More bundles than this and the records of the sheet are by line and year; the command goes down to the unit.
MAX_RECORDS = 200_000


def signed_words(pence: int) -> str:
    """A move with its sign: ``+£12k``."""
    return f"+{in_words(pence)}" if pence > 0 else in_words(pence)


def sentence(report: Report) -> str:
    """What moved in one sentence, or why nothing can be said."""
    bridge = report.bridge
    if bridge is None:
        return report.extras.bridge_note if report.extras else ""
    first, *moved, last = bridge.steps()
    since = report.extras.bridge_note if report.extras else ""
    if first.pence == last.pence and not bridge.effects:
        return f"{since} Nothing has moved since then."
    change = last.pence - first.pence
    word = "more" if change > 0 else "less"
    same = f"The need is {in_words(last.pence)}, as it was"
    head = f"The need is {in_words(last.pence)}, {in_words(abs(change))} {word} than it was" if change else same
    largest = max(moved, key=lambda step: abs(step.pence), default=None)
    why = f", most of it by: {largest.words.lower()} ({signed_words(largest.pence)})" if largest else ""
    return f"{since} {head}{why}."


def table(report: Report) -> Grid | None:
    """The table beside the picture: opening, each driver that moved anything, closing, by year."""
    bridge = report.bridge
    if bridge is None or not bridge.effects:
        return None
    rows = [
        _row(f"Forecast {bridge.opening}", _by_year(bridge, None, before=True), bridge),
        *(_row(WORDS[driver], _by_year(bridge, driver), bridge) for driver in bridge.drivers),
    ]
    closing = _row(f"Forecast {bridge.closing}", _by_year(bridge, None), bridge)
    columns = ("Step", *(f"#{year}" for year in bridge.years), "#Total")
    return Grid("Why the need moved, £000", columns, tuple(rows), closing, f"{ROUNDED} The exact steps add up.")


def _row(name: str, amounts: Counter[str], bridge: Bridge) -> tuple[str, ...]:
    return (name, *(thousands(amounts[year]) for year in bridge.years), thousands(amounts.total()))


def _by_year(bridge: Bridge, driver: int | None, *, before: bool = False) -> Counter[str]:
    """A driver's effect by year, or what one of the two versions comes to."""
    found: Counter[str] = Counter()
    if driver is None:
        for cell, pence in (bridge.before if before else bridge.after).items():
            found[cell.fy] += pence
        return found
    for effect in bridge.effects:
        if effect.driver == driver:
            found[effect.fy] += effect.pence
    return found


def alt(report: Report) -> str:
    """The picture in words."""
    steps = report.bridge.steps() if report.bridge else ()
    parts = ", ".join(
        f"{step.words.lower()} {in_words(step.pence) if step.driver is None else signed_words(step.pence)}"
        for step in steps
    )
    return f"Waterfall chart from one forecast to the next: {parts}. The table in annex A has the figures."


def axis_start(steps: tuple[Step, ...]) -> int:
    """Where the axis begins, in pence: at nothing, or just below the lowest bar where a move would not be seen."""
    levels = [value for step in steps for value in ((step.end,) if step.driver is None else (step.start, step.end))]
    low, high = min(levels), max(levels)
    if low <= 0 or (high - low) * SEEN > high:
        return 0
    return max(0, low - (high - low or high))


def picture(bridge: Bridge) -> str:
    """The waterfall as SVG: one row a step, each with its amount printed beside it."""
    alt_, steps = altair(), bridge.steps()
    start = axis_start(steps)
    # where the axis starts high, millions with one decimal place would all read the same
    level = _close if start else in_words
    bars = [
        {
            "step": step.words,
            "what": LEVEL if step.driver is None else ADDS if step.pence > 0 else TAKES,
            "x": (start if step.driver is None else min(step.start, step.end)) / 100,
            "x2": (step.end if step.driver is None else max(step.start, step.end)) / 100,
            "label": level(step.pence) if step.driver is None else signed_words(step.pence),
        }
        for step in steps
    ]
    names = [step.words for step in steps]
    colour = alt_.Color("what:N", scale=alt_.Scale(domain=[*COLOURS], range=[*COLOURS.values()]), legend=legend(alt_))
    y = alt_.Y("step:N", sort=names, title=None, axis=alt_.Axis(ticks=False, domain=False, labelLimit=260))
    high = max(max(step.start, step.end) for step in steps) / 100
    room = (high - start / 100) * 0.16 or 1.0
    scale = alt_.Scale(domain=[start / 100, high + room], nice=False)
    title = "£ (cash)" + (f"; the axis starts at {level(start)}" if start else "")
    axis = alt_.Axis(
        title=title, labelExpr=CLOSE_LABELS if start else POUND_LABELS, tickCount=5, domain=False, ticks=False
    )
    base = alt_.Chart(alt_.Data(values=bars))
    rows = base.mark_bar(stroke=INK, strokeWidth=0.6).encode(
        x=alt_.X("x:Q", axis=axis, scale=scale), x2="x2:Q", y=y, color=colour
    )
    numbers = base.mark_text(align="left", dx=6, fontSize=12, fontWeight="bold", color=INK).encode(
        x="x2:Q", y=y, text="label:N"
    )
    chart = alt_.layer(rows, numbers).properties(width=WIDTH, height=alt_.Step(30))
    return finished(alt_, chart, "bridge")


def _close(pence: int) -> str:
    return f"£{thousands(pence)}k"


def sheet(book: Book, report: Report, map_: Map) -> list[tuple[str, str, str, int]]:
    """The sheet Bridge: live sums over its records; returns the identities that it must hold, for Checks."""
    bridge = report.bridge
    years = bridge.years if bridge else ()
    out = book.sheet("Bridge", (8, 34, 36, *(16 for _ in range(max(4, len(years) + 1)))))
    if bridge is None:
        out.title("Why the need moved, £", sentence(report) or NO_BRIDGE)
        out.protect()
        return []
    down = f"estate forecast bridge {bridge.opening} {bridge.closing} --units"
    out.title(
        "Why the need moved, £",
        sentence(report),
        f"Each step is a live sum over the records below. Down to the unit: '{down}'.",
    )
    records = _records(bridge)
    blank = (None,) * (FIRST_YEAR - 2)
    out.head(("#No.", "What moved it", "", *(f"#{year}" for year in years), "#Total"))
    first = out.at
    before, after = _by_year(bridge, None, before=True), _by_year(bridge, None)
    cells = [Pounds(before[year]) for year in years]
    out.row((None, f"Forecast {bridge.opening}", *blank, *cells, out.across(FIRST_YEAR, len(years), before.total())))
    opening = out.cell(out.at - 1, FIRST_YEAR + len(years))
    for driver in bridge.drivers:
        moved = _by_year(bridge, driver)
        sums = [
            Formula(sumifs("bridge_amount", ("bridge_driver", str(driver)), ("bridge_fy", f'"{year}"')), moved[year])
            for year in years
        ]
        out.row((driver, WORDS[driver], *blank, *sums, out.across(FIRST_YEAR, len(years), moved.total())))
    total_row(out, first, ("", f"Forecast {bridge.closing}", ""), [after[year] for year in years])
    closing = out.cell(out.at - 1, FIRST_YEAR + len(years))
    out.gap()
    out.heading("Records: each purchase, budget line and year that moved")
    head = out.head(RECORDS, again=True)
    for (driver, line, fy, bundle_id), pence in records.items():
        out.row((driver, WORDS[driver], map_.line_link(line), fy, Pounds(pence), map_.bundle_link(bundle_id)))
    last = max(head + 1, out.at - 1)
    for name, column in (("driver", 0), ("fy", 3), ("amount", 4)):
        book.define(f"bridge_{name}", "Bridge", column, head + 1, last)
    out.filter(head, len(RECORDS))
    out.protect()
    return [
        ("The bridge closes at the need of the feed", closing, f"{after.total()}/100", after.total()),
        ("Opening + every driver = closing", f"{opening}+SUM(bridge_amount)", closing, after.total()),
    ]


def _records(bridge: Bridge) -> Counter[tuple[int, str, str, str]]:
    """The effects by driver, line, year and bundle; what came to nothing in sum is no record."""
    found: Counter[tuple[int, str, str, str]] = Counter()
    for effect in bridge.effects:
        found[effect.driver, effect.line, effect.fy, effect.bundle_id] += effect.pence
    if len(found) > MAX_RECORDS:
        coarse: Counter[tuple[int, str, str, str]] = Counter()
        for (driver, line, fy, _), pence in found.items():
            coarse[driver, line, fy, ""] += pence
        found = coarse
    return Counter({key: pence for key, pence in found.items() if pence})
