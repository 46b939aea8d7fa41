"""Technology debt for the page and the workbook: what of the estate is past its date, by what is done about it."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from estate.reports.grid import Grid
from estate.reports.pictures import CATCH_UP, INK, POUND_LABELS, RELEASED, SOFT, WIDTH, altair, finished, legend
from estate.reports.sheet import Book, Formula, Pounds, Word
from estate.reports.wording import ROUNDED, counted, day, in_words, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from estate.reports.report import Report

NAMES = {"do_nothing": "Do nothing", "capped": "Capped plan", "need": "Everything when due"}
# Told apart by dash and by mark as well as by colour.
LOOKS = {
    "do_nothing": (CATCH_UP, [1, 0], "square"),
    "capped": ("#5b2a86", [2, 3], "triangle-up"),
    "need": (RELEASED, [7, 3], "circle"),
}
# The bands of a unit in debt, by rule.
MEANINGS = {
    "High": "Support has ended, and it is core or faces the internet",
    "Significant": "Support, a contract or a deadline has ended, anything else",
    "Moderate": "Due, and its support ends within the time that replacing it takes",
    "Low": "Due by its age alone",
}
MISSING = (
    "This version holds no technology debt: it was made by an earlier release. 'estate forecast run' makes one "
    "that does."
)


def held(report: Report) -> dict[str, Any] | None:
    """The header's debt; None for a version that holds none."""
    found: dict[str, Any] | None = report.version.header.get("debt")
    return found


def paths(report: Report) -> dict[str, list[int]]:
    """The debt in pence of each scenario: on the day of the forecast, then at the end of each year."""
    debt = held(report)
    if debt is None:
        return {}
    found = {name: [debt["pence"], *(row[name]["pence"] for row in debt["path"])] for name in ("do_nothing", "need")}
    for option in report.extras.options if report.extras else ():
        if option.scenario == "capped" and len(option.path_pence) == len(debt["path"]):
            found["capped"] = [debt["pence"], *option.path_pence]
    return {name: found[name] for name in NAMES if name in found}


def drawn(report: Report) -> bool:
    """Whether there is any debt to draw."""
    return any(pence for path in paths(report).values() for pence in path)


def sentence(report: Report) -> str:
    """How much debt there is, where it goes, and whether the core is clear in time."""
    debt = held(report)
    if debt is None:
        return MISSING
    if not drawn(report) and not debt["unpriced"]:
        nothing = "No unit in scope is past its replacement date, and none gets there in these years."
        return nothing + (f" Of {counted(debt['undated'], 'unit')} nobody knows a date." if debt["undated"] else "")
    share = f", {share_of(debt['tdi_pct'])} of what replacing everything in scope would cost" if debt["tdi_pct"] else ""
    kit = f"Kit that costs {in_words(debt['pence'])} to replace ({counted(debt['units'], 'unit')})"
    text = f"{kit} is past its replacement date{share}."
    if debt["unpriced"]:
        text += f" {counted(debt['unpriced'], 'unit')} of it have no price and are in no pound of this."
    if debt["undated"]:
        text += f" Of {counted(debt['undated'], 'unit')} nobody knows a date."
    if debt["path"]:
        last = debt["path"][-1]
        text += f" By {day(_date(last['at']))} it is {in_words(last['do_nothing']['pence'])} if nothing is replaced, "
        text += f"and {in_words(last['need']['pence'])} if everything is when it is due."
    return f"{text} {milestone(report)}"


def milestone(report: Report) -> str:
    """Whether the core is clear at the end of Year 2, in words."""
    found = (held(report) or {}).get("milestone")
    if not found:
        return ""
    by = day(_date(found["by"]))
    if found["passes"]:
        return f"Core and data centre are clear of debt by {by} if everything is replaced when it is due."
    left = found["residual"]
    return (
        f"Core and data centre are not clear of debt by {by} even if everything is replaced when it is due: "
        f"{in_words(left['pence'])} ({counted(left['units'], 'unit')}) is left."
    )


def capped_note(report: Report) -> str:
    """Why there is no line of a capped plan; blank where there is one."""
    if not drawn(report) or "capped" in paths(report):
        return ""
    return (
        f"No plan under a cap has been made of this version: 'estate forecast plan {report.version.id} --cap released' "
        "makes one, and with it a third line."
    )


def table(report: Report) -> Grid | None:
    """The table behind the picture."""
    debt = held(report)
    if debt is None:
        return None
    found = paths(report)
    rows = tuple(
        (day(when), *(thousands(found[name][place]) for name in found), *_security(debt, place))
        for place, when in enumerate(_days(debt))
    )
    heads = tuple(f"#{NAMES[name]}" for name in found)
    note = f"At the prices of {report.version.base_fy}. {ROUNDED}"
    return Grid("Technology debt, £000", ("On", *heads, "#Units without security fixes if nothing is done"), rows,
                note=note)  # fmt: skip


def bands(report: Report) -> Grid | None:
    """The debt of today by band."""
    debt = held(report)
    if debt is None:
        return None
    rows = tuple(
        (name, MEANINGS.get(name, ""), f"{cell['units']:,}", thousands(cell["pence"]), f"{cell['unpriced']:,}")
        for name, cell in debt["bands"].items()
    )
    columns = ("Band", "Meaning", "#Units", "#£000", "#of them without a price")
    return Grid(f"Technology debt on {day(_date(debt['at']))}, by band", columns, rows, note=ROUNDED)


def share_of(percent: str) -> str:
    """A share as the header has it, with one decimal place, half up: ``9.07`` is ``9.1%``."""
    return f"{Decimal(percent).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def _security(debt: dict[str, Any], place: int) -> tuple[str]:
    return (f"{debt['path'][place - 1]['past_security']['units']:,}" if place else "(at year ends)",)


def _days(debt: dict[str, Any]) -> list[dt.date]:
    return [_date(debt["at"]), *(_date(row["at"]) for row in debt["path"])]


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def alt_text(report: Report) -> str:
    """The picture in words."""
    parts = "; ".join(
        f"{NAMES[name].lower()} from {in_words(path[0])} to {in_words(path[-1])}"
        for name, path in paths(report).items()
    )
    return f"Line chart of technology debt: {parts}. {milestone(report)} The table in annex A has the figures."


def picture(report: Report) -> str:
    """Technology debt as SVG: a line a scenario, with the day on which the core is to be clear."""
    alt, debt, found = altair(), held(report), paths(report)
    if debt is None:
        return ""
    days = _days(debt)
    points = [
        {
            "x": place,
            "y": pence / 100,
            "what": NAMES[name],
            "label": in_words(pence) if _told(found, name, place) else "",
        }
        for name, path in found.items()
        for place, pence in enumerate(path)
    ]
    names = "[" + ",".join(f"'{_short(when)}'" for when in days) + "]"
    x_axis = alt.Axis(values=list(range(len(days))), labelExpr=f"{names}[datum.value]", grid=False, ticks=False)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.35, len(days) - 0.65], nice=False), axis=x_axis, title=None)
    y_axis = alt.Axis(title=f"£ (prices {report.version.base_fy})", labelExpr=POUND_LABELS, tickCount=5, domain=False,
                      ticks=False)  # fmt: skip
    top = max((pence for path in found.values() for pence in path), default=0) / 100 or 1.0
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(domain=[0, top * 1.32], nice=False))
    shown = [NAMES[name] for name in found]
    scales = [alt.Scale(domain=shown, range=[LOOKS[name][place] for name in found]) for place in range(2)]
    base = alt.Chart(alt.Data(values=points)).encode(x=x, y=y)
    layers = [
        *_marker(alt, debt, days, x, top),
        base.mark_line(strokeWidth=2.6).encode(
            color=alt.Color("what:N", scale=scales[0], legend=legend(alt, "stroke")),
            strokeDash=alt.StrokeDash("what:N", scale=scales[1], legend=legend(alt, "stroke")),
        ),
        *(
            base.transform_filter(f"datum.what == '{NAMES[name]}'").mark_point(
                filled=True, size=70, opacity=1, color=LOOKS[name][0], shape=LOOKS[name][2]
            )
            for name in found
        ),
    ]
    for stroke in ("#ffffff", None):
        plate = {"stroke": stroke, "strokeWidth": 5, "strokeJoin": "round"} if stroke else {}
        text = base.mark_text(dy=-13, fontWeight="bold", fontSize=12, color=INK, **plate)
        layers.append(text.encode(text="label:N"))
    return finished(alt, alt.layer(*layers).properties(width=WIDTH, height=200), "debt")


def _told(found: dict[str, list[int]], name: str, place: int) -> bool:
    """Whether a point has its figure printed: where it is apart from every line drawn above it."""
    own, top = found[name][place], max(max(path) for path in found.values()) or 1
    above = [path[place] for other, path in found.items() if list(found).index(other) < list(found).index(name)]
    return all(abs(own - other) * 7 > top for other in above)


def _short(when: dt.date) -> str:
    return f"{when.day} {when:%b %Y}"


def _marker(alt: Any, debt: dict[str, Any], days: Sequence[dt.date], x: Any, top: float) -> Iterator[Any]:
    """The day by which core and data centre are to be clear, with whether they are."""
    found = debt["milestone"]
    by = _date(found["by"])
    if by not in days:
        return
    words = "clear" if found["passes"] else f"{in_words(found['residual']['pence'])} left"
    label = f"Core and data centre: {words}"
    data = alt.Data(values=[{"x": days.index(by), "y": top * 1.27, "label": label}])
    base = alt.Chart(data).encode(x=x)
    yield base.mark_rule(color=SOFT, strokeWidth=1.2, strokeDash=[4, 3])
    yield base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(y="y:Q", text="label:N")


# ------------------------------------------------------------------------------------------------------- the workbook


def sheet(book: Book, report: Report) -> list[tuple[str, str, str, int]]:
    """The sheet Debt; returns the identity that it must hold, for Checks; no sheet where there is no debt."""
    debt = held(report)
    if debt is None:
        return []
    found = paths(report)
    out = book.sheet("Debt", (22, 14, 20, 20, 20, 24, 22))
    out.title(
        "Technology debt, £", sentence(report), f"At the prices of {report.version.base_fy}; see Definitions on About."
    )
    out.heading(f"By band, on {day(_date(debt['at']))}")
    out.head(("Band", "#Units", "#Amount, £", "#Units without a price", "What it means", "", ""))
    first = out.at
    for name, cell in debt["bands"].items():
        out.row((name, cell["units"], Pounds(cell["pence"]), cell["unpriced"], MEANINGS.get(name, "")))
    total = Formula(f"=SUM({out.cell(first, 2)}:{out.cell(out.at - 1, 2)})", debt["pence"])
    out.row(("Technology debt", debt["units"], total, debt["unpriced"], None, None, None), "total")
    stock = out.cell(out.at - 1, 2)
    coming = debt["coming"]
    out.row(("Ends soon, not due", coming["units"], Pounds(coming["pence"]), coming["unpriced"], "In no total"))
    out.gap()
    out.heading("How it goes on, by what is done, £")
    out.head(("On", "", *(f"#{NAMES[name]}" for name in found), "#Units without security fixes if nothing is done"))
    start = out.at
    for place, when in enumerate(_days(debt)):
        past = debt["path"][place - 1]["past_security"]["units"] if place else Word("counted at year ends")
        out.row((when, None, *(Pounds(path[place]) for path in found.values()), past))
    out.gap()
    out.row(("Milestone", milestone(report)))
    out.protect()
    return [("The bands of debt add up to its stock", stock, out.cell(start, 2), debt["pence"])]
