"""What the page says of its own figures: how sure they are, what is unknown, how it was collected, and the sources."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collectors.observation import UNIT_KINDS
from estate.forecast.confidence import confidence_of
from estate.lifecycle.milestones import State
from estate.reports import wording
from estate.reports.grid import Figure, Grid, Link
from estate.reports.totals import quantity
from estate.reports.wording import counted, day, per_cent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.forecast.confidence import Confidence
    from estate.lifecycle.status import UnitStatus
    from estate.reports.report import Report

TOP = 20
MAX_ROWS = 150
# The drivers whose date is a vendor's.
VENDOR = ("security", "support")


def confidence(report: Report) -> tuple[Figure, ...]:
    """How far to trust the figures: what has a fresh price, a vendor's date, no money at all, and the spread."""
    sure = confidence_of(report.version)
    shares = report.by_confidence
    starter = sum(row.amount_pence for row in report.rows if "starter_price" in row.flags.split(";"))
    months = report.version.header.get("settings", {}).get("price_stale_months", "18")
    series = quantity(item for item in report.population if item.state.date and not item.state.confirmed)
    latest = f"; {counted(series, 'unit')} dated by the series alone, so may end sooner" if series else ""
    return (
        Figure(
            f"{sure.recent_pct}%",
            f"of the money has a price under {months} months old",
            f"{per_cent(starter, report.total)} rests on starter prices, which are assumptions",
        ),
        Figure(
            f"{sure.dated_pct}%",
            "of it has a vendor's date",
            f"{per_cent(shares['estimated'], report.total)} is estimated, "
            f"{per_cent(shares['assumed'], report.total)} assumed{latest}",
        ),
        Figure(f"{sure.unquantified:,}", "entries have no money", _bounds(report, sure.unquantified)),
        _spread(report, sure),
    )


def _bounds(report: Report, count: int) -> str:
    """Between which amounts what has no price may lie, by what is priced of its kind."""
    if not count:
        return "everything in scope is priced"
    found = report.version.header.get("unquantified")
    if not found or not found["high_pence"]:
        return "they are in no total, and never counted as nothing"
    low, high = wording.in_words(found["low_pence"]), wording.in_words(found["high_pence"])
    return f"in no total; priced as others of their kind, {low} to {high}"


def _spread(report: Report, sure: Confidence) -> Figure:
    if sure.p50 is None or sure.p80 is None:
        how = f"'estate forecast simulate {report.version.id}' gives P50 and P80 of the total"
        return Figure("no P80", "not simulated", how)
    label = f"is the P80 of the total; its P50 is {wording.in_words(sure.p50)}"
    return Figure(wording.in_words(sure.p80), label, f"eight in ten of {sure.runs:,} simulated runs cost no more")


def unknowns(report: Report) -> Grid | None:
    """The products behind the unknown units, equipment before parts inside it; None where nothing is unknown."""
    found = Counter[tuple[str, str, str]]()
    for item in report.in_state(State.UNKNOWN):
        unit = item.unit
        found[unit.vendor or "not known", unit.part_number or unit.model or "not known", unit.kind] += unit.quantity
    if not found:
        return None
    ordered = sorted(found.items(), key=lambda pair: (pair[0][2] in UNIT_KINDS, -pair[1], pair[0]))
    rows = tuple(
        (vendor, part, wording.kind_words(kind), f"{number:,}") for (vendor, part, kind), number in ordered[:TOP]
    )
    return Grid("Units whose support status is unknown", ("Vendor", "Part number or model", "Kind", "#Units"), rows,
                more=max(0, len(ordered) - len(rows)))  # fmt: skip


def exceptions(report: Report) -> Grid | None:
    """What has no money, counted by reason; None where everything has."""
    if not report.version.exceptions:
        return None
    first = {item.reason: item.detail for item in reversed(report.version.exceptions)}
    rows = tuple(
        (wording.reason(reason), f"{number:,}", wording.dated(first[reason]))
        for reason, number in report.unquantified.most_common()
    )
    return Grid("What is in no total, and why", ("Reason", "#Count", "For example"), rows,
                ("All", f"{len(report.version.exceptions):,}", ""))  # fmt: skip


def collected(report: Report) -> tuple[str, Grid | None]:
    """How the devices answered: a sentence, and the devices that did not answer in full."""
    night = report.night
    if night is None:
        return "", None
    text = f"{counted(night.asked, 'device')} asked: {night.answered:,} answered in full, {night.in_part:,} in part, "
    text += f"{night.failed:,} not. {counted(night.changes, 'change')} to the inventory. What is known of a device "
    text += "that did not answer stays in this report."
    rows = tuple((item.device, wording.plain(item.outcome), item.reason) for item in night.incomplete[:TOP])
    if not rows:
        return text, None
    more = len(night.incomplete) - len(rows)
    return text, Grid("Devices that did not answer in full", ("Device", "Outcome", "Why"), rows, more=more)


def ending_units(report: Report) -> Grid:
    """The annex: every unit that is past its date or near it."""
    units: Sequence[UnitStatus] = report.in_state(State.UNSUPPORTED, State.ENDING)
    rows = tuple(
        (
            item.unit.device or "",
            item.unit.asset_id,
            item.unit.part_number or item.unit.model or "",
            wording.STATES[item.state.state],
            _event(item),
            _source(item),
        )
        for item in units[:MAX_ROWS]
    )
    columns = ("Device", "Serial", "Part number", "=Status", "Event", "Source")
    return Grid("Every unit past its date, or nearer to it than replacing it takes", columns, rows,
                more=max(0, len(units) - MAX_ROWS))  # fmt: skip


def _event(item: UnitStatus) -> str:
    latest = "" if item.state.confirmed else " at the latest"
    return f"{wording.plain(item.state.milestone)} {day(item.state.date)}{latest}"


def _source(item: UnitStatus) -> str | Link:
    """The bulletin of a date as a link to its source; only the web is linked to."""
    match = item.state.match
    if match.source.startswith(("https://", "http://")):
        return Link(match.bulletin or site_of(match.source), match.source)
    return match.bulletin or match.source


def reference(item: UnitStatus) -> str:
    """The bulletin of a unit's date, else its source; ``at the latest`` where only its series is known."""
    match = item.state.match
    name = match.bulletin or site_of(match.source)
    return f"{name}, at the latest" if name and match.latest_possible else name


def site_of(url: str) -> str:
    """The name of the site of an address, which is shorter; the whole text where it has none."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url
