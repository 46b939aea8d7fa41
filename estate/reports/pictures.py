"""What all pictures share, support status by kind, and the profile of ages: self-contained SVG, and PNG drawn from it.

Every colour has a distinct lightness, is told apart by a pattern or a printed number as well, and passes for readers
who see no red and green. Altair and its renderer are imported when a picture is drawn. Each picture has a table
on the page: the pictures carry no fact of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collectors.observation import KINDS, UNIT_KINDS
from estate.lifecycle.milestones import State
from estate.reports.wording import STATES, kind_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.reports.ages import Profile
    from estate.reports.report import Report

FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"
INK, SOFT, RULE = "#16202c", "#4a5766", "#c9d1d9"
WIDTH = 740  # with the axis and its labels, so that both pictures show letters of one size
MAX_KINDS = 18

CATCH_UP, KEEP_PACE, RELEASED = "#8a3b12", "#86b6d6", "#101b27"
STATE_COLOURS = {
    State.UNSUPPORTED: "#7b1e2b",
    State.ENDING: "#d98b2b",
    State.SUPPORTED: "#8cbad8",
    State.NOT_ANNOUNCED: "#d7dde3",
    State.UNKNOWN: "#fdfdfe",
}
# The older, the darker; what is unknown is hatched as on the page.
AGE_COLOURS = {
    "0-3": "#e6eff7",
    "3-5": "#a9cbe3",
    "5-8": "#6b9fc6",
    "8-10": "#356a98",
    "10+": "#132f49",
    "unknown": STATE_COLOURS[State.UNKNOWN],
}
_AGE_NAMES = {band: "Unknown" if band == "unknown" else f"{band} years" for band in AGE_COLOURS}
# A pattern for each colour that must be told apart without colour: (colour of the strokes, the strokes in a 6x6 tile).
PATTERNS = {
    CATCH_UP: ("#b4673d", "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"),
    STATE_COLOURS[State.ENDING]: ("#b06c14", "M0,3 h6"),
    STATE_COLOURS[State.NOT_ANNOUNCED]: ("#8b98a5", "M2.4,3 h1.2"),
    STATE_COLOURS[State.UNKNOWN]: ("#5c6976", "M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2"),
}


def support_status(report: Report) -> str:
    """Support status by kind as SVG: the share of each state, with the number of units printed in each part."""
    alt = altair()

    kinds = kinds_shown(report)
    segments: list[dict[str, object]] = []
    labels = []
    for kind, counts in kinds:
        total = sum(counts.values())
        labels.append(f"{kind_words(kind)} ({total:,})")
        start = 0.0
        for state in STATE_COLOURS:
            share = counts.get(state, 0) / total
            if share:
                segments.append(_segment(labels[-1], state, counts[state], start, share))
            start += share
    domain = [STATES[state] for state in STATE_COLOURS]
    colour = alt.Color("state:N", scale=alt.Scale(domain=domain, range=[*STATE_COLOURS.values()]), legend=legend(alt))
    y = alt.Y("kind:N", sort=labels, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=220))
    x_axis = alt.Axis(format="%", grid=False, tickCount=5, title="share of the units of each kind")
    base = alt.Chart(alt.Data(values=segments))
    bars = base.mark_bar(stroke=INK, strokeWidth=0.6).encode(
        x=alt.X("x:Q", axis=x_axis, scale=alt.Scale(domain=[0, 1], nice=False)), x2="x2:Q", y=y, color=colour
    )
    # a plate under each number keeps it readable over a pattern
    plates = base.transform_filter("datum.label != '' && datum.ink != '#ffffff'").mark_text(
        fontSize=12, fontWeight="bold", stroke="#ffffff", strokeWidth=4, strokeJoin="round"
    )
    numbers = base.mark_text(fontSize=12, fontWeight="bold").encode(color=alt.Color("ink:N", scale=None, legend=None))
    placed = [layer.encode(x="middle:Q", y=y, text="label:N") for layer in (plates, numbers)]
    chart = alt.layer(bars, *placed).properties(width=WIDTH, height=alt.Step(26)).resolve_scale(color="independent")
    return finished(alt, chart, "status")


def _segment(kind: str, state: State, count: int, start: float, share: float) -> dict[str, object]:
    """A part of a bar; its number is printed where there is room (the table beside the picture has them all)."""
    room = 0.028 + 0.012 * len(str(count))
    return {
        "kind": kind,
        "state": STATES[state],
        "x": start,
        "x2": start + share,
        "middle": start + share / 2,
        "label": f"{count:,}" if share > room else "",
        "ink": "#ffffff" if state is State.UNSUPPORTED else INK,
    }


def kinds_shown(report: Report) -> list[tuple[str, dict[State, int]]]:
    """The kinds of the picture with their counts by state; those beyond its room as one last kind."""
    ordered = kinds_ordered(report)
    if len(ordered) <= MAX_KINDS:
        return ordered
    rest: dict[State, int] = {}
    for _, found in ordered[MAX_KINDS - 1 :]:
        for state, number in found.items():
            rest[state] = rest.get(state, 0) + number
    return [*ordered[: MAX_KINDS - 1], ("all other kinds", rest)]


def kinds_ordered(report: Report) -> list[tuple[str, dict[State, int]]]:
    """Every kind with its counts by state: equipment before the parts inside it, the most units first."""
    counts: dict[str, dict[State, int]] = {}
    for (kind, state), number in report.kinds.items():
        counts.setdefault(kind, {})[state] = number
    return sorted(counts.items(), key=lambda pair: (pair[0] in UNIT_KINDS, -sum(pair[1].values()), pair[0]))


def age_profile(groups: Sequence[Profile], *, share: bool) -> str:
    """The ages of each group as SVG, stacked by band: the share of each band, or the number of units."""
    alt = altair()

    labels = [
        f"{kind_words(group.group) if group.group in (*KINDS, 'unknown') else group.group} ({group.count:,})"
        for group in groups
    ]
    longest = max(group.count for group in groups)
    segments: list[dict[str, object]] = []
    for label, group in zip(labels, groups, strict=True):
        whole, start = (group.count if share else 1), 0.0
        for band in AGE_COLOURS:
            size = group.bands[band] / whole
            if size:
                segments.append(_age_segment(label, band, group.bands[band], start, size, 1 if share else longest))
            start += size
    domain = [*_AGE_NAMES.values()]
    colour = alt.Color("state:N", scale=alt.Scale(domain=domain, range=[*AGE_COLOURS.values()]), legend=legend(alt))
    y = alt.Y("kind:N", sort=labels, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=220))
    title = "share of the units" if share else "units"
    x_axis = alt.Axis(
        format="%" if share else ",d", grid=False, tickCount=5, tickMinStep=0 if share else 1, title=title
    )
    scale = alt.Scale(domain=[0, 1 if share else longest], nice=False)
    base = alt.Chart(alt.Data(values=segments))
    bars = base.mark_bar(stroke=INK, strokeWidth=0.6).encode(
        x=alt.X("x:Q", axis=x_axis, scale=scale), x2="x2:Q", y=y, color=colour
    )
    plates = base.transform_filter("datum.label != '' && datum.ink != '#ffffff'").mark_text(
        fontSize=12, fontWeight="bold", stroke="#ffffff", strokeWidth=4, strokeJoin="round"
    )
    numbers = base.mark_text(fontSize=12, fontWeight="bold").encode(color=alt.Color("ink:N", scale=None, legend=None))
    placed = [layer.encode(x="middle:Q", y=y, text="label:N") for layer in (plates, numbers)]
    chart = alt.layer(bars, *placed).properties(width=WIDTH, height=alt.Step(26)).resolve_scale(color="independent")
    return finished(alt, chart, "ages")


def _age_segment(label: str, band: str, count: int, start: float, size: float, longest: float) -> dict[str, object]:
    """A part of a bar of ages; its number is printed where there is room (the table has them all)."""
    room = longest * (0.028 + 0.012 * len(str(count)))
    return {
        "kind": label,
        "state": _AGE_NAMES[band],
        "x": start,
        "x2": start + size,
        "middle": start + size / 2,
        "label": f"{count:,}" if size > room else "",
        "ink": "#ffffff" if band in {"8-10", "10+"} else INK,
    }


def png(svg: str) -> bytes:
    """A picture as PNG at twice its size."""
    import vl_convert  # noqa: PLC0415 - only a picture pays for it

    return bytes(vl_convert.svg_to_png(svg, scale=2))


POUND_LABELS = (
    "datum.value >= 1e6 ? '£' + format(datum.value / 1e6, '.1f') + 'm' : "
    "datum.value >= 1e3 ? '£' + format(datum.value / 1e3, ',.0f') + 'k' : '£' + format(datum.value, ',.0f')"
)


def altair() -> Any:
    """The library that draws, imported when a picture is drawn."""
    import altair as alt  # noqa: PLC0415 - takes a second

    return alt


def legend(alt: Any, symbol: str = "square") -> Any:
    """The legend above a picture."""
    return alt.Legend(title=None, orient="top", direction="horizontal", symbolType=symbol)


def finished(alt: Any, chart: Any, prefix: str) -> str:
    """A chart as SVG in the style of all pictures; ``prefix`` makes its ids its own."""
    import vl_convert  # noqa: PLC0415 - only a picture pays for it

    styled = (
        chart.properties(autosize={"type": "fit-x", "contains": "padding"})
        .configure(font=FONT, background="#ffffff", padding=4)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor=INK, titleColor=SOFT,
            gridColor="#e4e8ec", domainColor=RULE, labelPadding=6,
        )
        .configure_legend(labelFontSize=12, labelColor=INK, symbolSize=170, symbolStrokeColor=INK, columnPadding=18)
    )  # fmt: skip
    version = alt.SCHEMA_VERSION.lstrip("v").rsplit(".", 1)[0]
    svg = vl_convert.vegalite_to_svg(styled.to_dict(), vl_version=version)
    return _patterned(svg, prefix)


def _patterned(svg: str, prefix: str) -> str:
    """Replace flat colours by patterns, and make the picture's ids its own so that two can stand in one page."""
    svg = svg.replace('id="', f'id="{prefix}-').replace("url(#", f"url(#{prefix}-")
    tiles = []
    for number, (colour, (stroke, path)) in enumerate(PATTERNS.items()):
        name = f"{prefix}-pattern-{number}"
        if f'fill="{colour}"' not in svg:
            continue
        svg = svg.replace(f'fill="{colour}"', f'fill="url(#{name})"')
        tiles.append(
            f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{colour}"/><path d="{path}" stroke="{stroke}" stroke-width="1.1" '
            f'stroke-linecap="round" fill="none"/></pattern>'
        )
    head, close, body = svg.partition(">")
    return f"{head}{close}<defs>{''.join(tiles)}</defs>{body}"
