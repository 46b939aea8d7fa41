"""Notices in words: one line for many things of one product, the worst first, for the summary, a mail and a chat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from estate.notices.detail import DATED, ENDING, FIRST, MOVED, SOFTWARE, UNDATED, UNSUPPORTED, WHATS, Detail
from estate.shown import safe

if TYPE_CHECKING:
    from estate.notices.store import Record

WORDS = {
    UNSUPPORTED: "unsupported",
    ENDING: "ending",
    MOVED: "with a date that moved",
    DATED: "newly dated",
    UNDATED: "no longer dated",
    FIRST: "first night",
}


def headline(whats: Iterable[str]) -> str:
    """How many notices of each kind: ``7 notices: 4 unsupported, 2 ending, 1 newly dated``."""
    counts = Counter(whats)
    total = counts.total()
    if not total:
        return "nothing new"
    listed = ", ".join(f"{counts[what]} {WORDS[what]}" for what in WHATS if counts[what] and what != FIRST)
    if not listed:
        return "first night"
    return f"{total} notice{'' if total == 1 else 's'}: {listed}"


def lines(records: Sequence[Record], names: int) -> list[str]:
    """A line for each product and event, the worst first, naming so many of the devices concerned.

    Whatever a device said is made harmless for a terminal and for mail: no line holds a control character.
    """
    groups: dict[tuple[int, str, str], list[Record]] = {}
    for record in records:
        groups.setdefault((WHATS.index(record.what), _event(record), record.detail.product), []).append(record)
    return [_line(event, product, groups[order, event, product], names) for order, event, product in sorted(groups)]


def _line(event: str, product: str, found: Sequence[Record], names: int) -> str:
    detail = found[0].detail
    if detail.counts is not None:
        return first_sentence(detail)
    number = sum(record.detail.quantity for record in found)
    places = list(dict.fromkeys(record.detail.device or record.detail.asset_id or "" for record in found))
    more = f" and {len(places) - names} more" if len(places) > names else ""
    what = product if detail.thing == SOFTWARE or not _inside(detail) else f"{product} ({detail.kind} inside)"
    return safe(f"{number} {what} {event}: {', '.join(places[:names])}{more}")


def _inside(detail: Detail) -> bool:
    return detail.kind in {"module", "power-supply", "fan", "optic", "disk", "licence"}


def _event(record: Record) -> str:
    detail = record.detail
    name = (detail.milestone or "").replace("_", " ")
    latest = " at the latest" if detail.latest_possible else ""
    # what was not there the night before: a unit that was put in, or of which nobody had known
    new = "new here and " if detail.was is None else ""
    if record.what == UNSUPPORTED:
        return f"{new}unsupported, {name} was {detail.date}{latest}"
    if record.what == ENDING:
        return f"{new}ending, {name} {detail.date}{latest}"
    if record.what == MOVED:
        return f"{name} moved from {detail.was_date} to {detail.date}{latest}"
    if record.what == DATED:
        return f"{name} now dated {detail.date}{latest}"
    if record.what == UNDATED:
        return f"no longer dated (was {detail.was_date}), now {(detail.state or 'unknown').replace('_', ' ')}"
    return ""


def first_sentence(detail: Detail) -> str:
    """The one notice of the first night: how the estate stands, without naming single things."""
    told = []
    for thing, noun in (("unit", "units"), (SOFTWARE, "devices' software")):
        counts = (detail.counts or {}).get(thing, {})
        if counts:
            states = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in counts.items())
            told.append(f"{noun}: {states}")
    return f"first night, to compare the next ones with; {'; '.join(told)} (estate status lists them)"
