"""Which of several rows about one thing counts, and why the others do not: they are kept, and shown.

In this order: the council's own row; a row with dates before one that only says that none was announced; the kind of
source that is trusted more; the newer knowledge; the later announcement. How new a row's knowledge is, ``as_of`` says:
the day of which its source speaks or on which it was read. Where it does not, the row is at least as new as the latest
thing that it tells of: the day on which no end was announced, or the announcement. What tells neither comes last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from estate.lifecycle.entries import Entry, Release

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = TypeVar("Row", Entry, Release)

# How far a row is trusted where two speak of one part: the vendor's own words first, a stranger's typing last.
TRUST = (
    "eox-api-record",
    "vendor-page-quote",
    "vendor-repo",
    "vendor-bulletin-scrape",
    "vendor-series-page-scrape",
    "curated-community",
    "curated-community-pr",
    "aggregator",
    "third-party-transcription",
)
SHIPPED = "config/"


def trust(source_type: str | None) -> int:
    """How far a kind of source is trusted: 0 is the most; one that nobody knows comes last."""
    return TRUST.index(source_type) if source_type in TRUST else len(TRUST)


def known_on(row: Entry | Release) -> dt.date | None:
    """How new the knowledge of a row is: at least of this day; None where nothing in it tells."""
    told = (row.not_announced_on, row.eox_announced if isinstance(row, Entry) else None)
    return row.as_of or max((day for day in told if day), default=None)


def ranked(rows: Iterable[Row]) -> list[Row]:
    """Rows about one thing, the one that counts first. What is equal keeps its order."""
    return sorted(rows, key=_rank)


def _rank(row: Entry | Release) -> tuple[bool, bool, int, int, int]:
    announced = row.eox_announced if isinstance(row, Entry) else None
    return is_shipped(row), not row.dates, trust(row.source_type), -_number(known_on(row)), -_number(announced)


def _number(day: dt.date | None) -> int:
    return day.toordinal() if day else 0


def is_shipped(row: Entry | Release) -> bool:
    """Whether a row came with estate; any other is the council's own."""
    return row.place.startswith(SHIPPED)


def why_lost(winner: Entry | Release, loser: Entry | Release) -> str:
    """Why one row counts and the other does not, in words."""
    if is_shipped(winner) != is_shipped(loser):
        return "the council's own row counts"
    if bool(winner.dates) != bool(loser.dates):
        return "it only says that no end was announced, and the other one gives dates"
    if trust(winner.source_type) != trust(loser.source_type):
        return f"{_kind(winner)} is trusted more than {_kind(loser)}"
    new, old = known_on(winner), known_on(loser)
    if new and new != old:
        return f"the other one is newer: {new}, this one {f'{old}' if old else 'tells no day'}"
    return "it stands behind the other one, and nothing else tells them apart"


def _kind(row: Entry | Release) -> str:
    return row.source_type if row.source_type in TRUST else f"{row.source_type or 'no kind of source'} (not ranked)"


def differ(one: Entry | Release, other: Entry | Release) -> bool:
    """Whether the other row says something that this one does not: a date, or that no end was announced."""
    if other.not_announced_on and not one.not_announced_on:
        return True
    return any(one.dates.get(name) != day for name, day in other.dates.items())


def conflicts(rows: Sequence[Entry] | Sequence[Release]) -> list[str]:
    """What the rows behind the first one say otherwise, in words; the rows in the order of :func:`ranked`."""
    return [f"conflict: {row.place} says {said(row)}" for row in rows[1:] if differ(rows[0], row)]


def said(row: Entry | Release) -> str:
    """The dates of a row, in words."""
    dates = [f"{name.replace('_', ' ')} {day}" for name, day in row.dates.items()]
    dates += [f"no end announced as of {row.not_announced_on}"] if row.not_announced_on else []
    return ", ".join(dates) or "no date"
