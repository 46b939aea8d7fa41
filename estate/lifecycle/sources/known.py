"""What is known of a product from elsewhere, and whether that stands against what a source says.

A row that the council typed itself always stands. A shipped row stands where it is nearer to the vendor's own words.
And no source hides a date by announcing none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from estate.lifecycle.entries import Entry, Release
from estate.lifecycle.match import match, trust
from estate.lifecycle.packs import FOLDER, part_key
from estate.lifecycle.sources.changes import DATES, Cells, Change, Kind, changes, dates_of, spoken
from estate.lifecycle.sources.packfile import PackFile, key_of, subject_of
from estate.lifecycle.versions import plain_release

if TYPE_CHECKING:
    from estate.lifecycle.packs import Catalogue

SHIPPED = "config/"


@dataclass(frozen=True, slots=True)
class Known:
    """A row from elsewhere: where it stands, what it says, and whether it wins."""

    place: str
    cells: Cells
    wins: bool


def known(catalogue: Catalogue, row: Cells, pack: PackFile, *, typed: bool = False) -> Known | None:
    """The best row from elsewhere about what a row is about; None where there is none.

    ``typed`` says that a person chose the row: then no shipped one stands against it.
    """
    own = f"{FOLDER}/{pack.path.name}:"
    listed = _releases(catalogue, row) if "os" in row else _entries(catalogue, row)
    others = [
        Known(place, _cells(item), not place.startswith(SHIPPED) or (not typed and _nearer(item, row)))
        for place, item in listed
        if not place.startswith(own)
    ]
    if not others and not dates_of(row) and row.get("part_number"):
        # under another spelling, or of its series: that is a date too, which silence must not hide
        found = match(catalogue, row["vendor"], row["part_number"], "")
        if found.dates and not found.row.startswith(own):
            return Known(found.row, {name: day.isoformat() for name, day in found.dates.items()}, wins=False)
    return min(others, key=lambda one: (not one.wins, not dates_of(one.cells)), default=None)


def keep(source: str, row: Cells, pack: PackFile, other: Known | None) -> list[Change]:
    """Put a row into the pack where nothing stands against it, and say what that changes."""
    subject, before = subject_of(row), pack.rows.get(key_of(row))
    if other and other.wins:
        pack.rows.pop(key_of(row), None)
        if dates_of(other.cells) == dates_of(row):
            return [Change(Kind.SAME, source, subject)]
        return [_conflict(source, subject, other, row)]
    if before is None and other:
        if dates_of(other.cells) and not dates_of(row):
            return [_conflict(source, subject, other, row)]
        before = other.cells
    pack.put(row)
    return changes(source, subject, before, row)


def _conflict(source: str, subject: str, other: Known, row: Cells) -> Change:
    said, kept = spoken(dates_of(row)) or "no end announced", spoken(dates_of(other.cells)) or "no date"
    return Change(Kind.CONFLICT, source, subject, note=f"it says {said}; {other.place} says {kept}, which is kept")


def _entries(catalogue: Catalogue, row: Cells) -> Iterable[tuple[str, Entry]]:
    vendor, part, model = catalogue.vendor(row["vendor"]), row.get("part_number", ""), row.get("model", "")
    for pack in catalogue.packs:
        found = pack.by_part.get(part_key(part), ()) if part else ()
        if not part:
            found = tuple(
                entry
                for entries in pack.by_model.values()
                for entry in entries
                if not entry.part_number and (entry.model or "").casefold() == model.casefold()
            )
        for entry in found:
            if catalogue.vendor(entry.vendor) == vendor:
                yield f"{pack.origin}{entry.place}", entry


def _releases(catalogue: Catalogue, row: Cells) -> Iterable[tuple[str, Release]]:
    vendors = {catalogue.vendor(maker) for maker in row["vendor"].split("/")}
    for release in catalogue.releases:
        if (
            release.os.casefold() == row["os"].casefold()
            and plain_release(release.release) == plain_release(row["release"])
            and vendors & {catalogue.vendor(maker) for maker in release.vendor.split("/")}
        ):
            yield release.place, release


def _nearer(item: Entry | Release, row: Cells) -> bool:
    """Whether a shipped row is nearer to the vendor's words than the source is, and says more than nothing."""
    return trust(item.source_type) < trust(row.get("source_type")) and bool(dates_of(_cells(item)))


def _cells(item: Any) -> Cells:
    given = {name: getattr(item, name, None) for name in (*DATES, "not_announced_on")}
    return {name: day.isoformat() for name, day in given.items() if isinstance(day, dt.date)}
