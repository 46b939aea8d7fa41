"""The rows of all packs as one list of facts, and what changes between two such lists.

A row is known by what it is about, not by where it stands: lines that move in a file change nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from estate.lifecycle.entries import AliasRule, Entry, Release, SeriesRule
from estate.lifecycle.packs import Catalogue, pack_of
from estate.lifecycle.ranking import SHIPPED

Row = Entry | Release | SeriesRule | AliasRule
KINDS: dict[str, type[Row]] = {"hardware": Entry, "software": Release, "series": SeriesRule, "alias": AliasRule}
_KIND_OF = {form: name for name, form in KINDS.items()}
_FIELDS = {form: tuple(item.name for item in fields(form) if item.name != "place") for form in _KIND_OF}
_CONTENT = {form: attrgetter(*names) for form, names in _FIELDS.items()}
# What says where a fact comes from: a change of these alone is one of the source.
SOURCE = ("source", "source_type", "bulletin", "as_of")


@dataclass(frozen=True, slots=True)
class Change:
    """A row of a pack that was added, removed, or says something else; one of the two rows is None where it was not."""

    before: Row | None
    after: Row | None

    @property
    def row(self) -> Row:
        """The row as it is now, or as it was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has a row before it or after it")
        return found

    @property
    def what(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """What a changed row says otherwise: the value before and after by its name."""
        if self.before is None or self.after is None:
            return {}
        pairs = zip(_FIELDS[type(self.before)], _values(self.before), _values(self.after), strict=True)
        return {name: (old, new) for name, old, new in pairs if old != new}

    @property
    def moved(self) -> dict[str, tuple[dt.date | None, dt.date | None]]:
        """The dates of the product that changed; the day on which a source was read is none."""
        return {
            name: pair
            for name, pair in self.fields.items()
            if name != "as_of" and any(isinstance(value, dt.date) for value in pair)
        }


def pack_name(row: Row) -> str:
    """The file that a row stands in."""
    return row.place.rpartition(":")[0]


def position(row: Row) -> int:
    """The number of the line that a row stands in."""
    return int(row.place.rpartition(":")[2])


def kind_of(row: Row) -> str:
    """``hardware``, ``software``, ``series`` or ``alias``."""
    return _KIND_OF[type(row)]


def name_of(row: Row) -> str:
    """What a row is about: a part number, else a model; a system and its release; a pattern."""
    if isinstance(row, Entry):
        return row.part_number or row.model or ""
    return f"{row.os} {row.release}" if isinstance(row, Release) else row.pattern.pattern


def rows_of(catalogue: Catalogue) -> dict[str, list[Row]]:
    """Every row of a catalogue by its pack."""
    found: dict[str, list[Row]] = defaultdict(list)
    entries = (entry for pack in catalogue.packs for entry in pack.entries)
    for rows in (entries, catalogue.releases, catalogue.series, catalogue.aliases):
        for row in rows:
            found[pack_name(row)].append(row)
    return dict(found)


def catalogue_of(packs: Mapping[str, Sequence[Row]], vendors: Mapping[str, str]) -> Catalogue:
    """The catalogue that rows make; without a hash, so that no match of it is ever stored."""
    rows = [row for name in sorted(packs, key=lambda name: (name.startswith(SHIPPED), name)) for row in packs[name]]
    entries = [row for row in rows if isinstance(row, Entry)]
    own = [entry for entry in entries if not entry.place.startswith(SHIPPED)]
    shipped = [entry for entry in entries if entry.place.startswith(SHIPPED)]
    return Catalogue(
        hash="",
        packs=tuple(pack_of(origin, listed, vendors) for origin, listed in (("", own), (SHIPPED, shipped)) if listed),
        series=tuple(row for row in rows if isinstance(row, SeriesRule)),
        vendors=vendors,
        releases=tuple(row for row in rows if isinstance(row, Release)),
        aliases=tuple(row for row in rows if isinstance(row, AliasRule)),
    )


# --------------------------------------------------------------------------------------------------------- comparing


def changes(before: Mapping[str, Sequence[Row]], after: Mapping[str, Sequence[Row]]) -> list[Change]:
    """What differs between two states of some packs, pack by pack in the order of the later file."""
    return [
        Change(old, new)
        for name in sorted({*before, *after})
        for old, new in pairs(before.get(name, ()), after.get(name, ()))
        if not same(old, new)
    ]


def same(one: Row | None, other: Row | None) -> bool:
    """Whether two rows say the same, wherever they stand."""
    return one is not None and other is not None and type(one) is type(other) and _values(one) == _values(other)


def pairs(before: Sequence[Row], after: Sequence[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Which row of one pack became which: by what it is about, and among several such by the content, then the source.

    A pack may hold several rows about one thing, where sources contradict each other. In the order of ``after``, then
    what went.
    """
    old: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in before:
        old[_subject(row)].append(row)
    new: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for row in after:
        new[_subject(row)].append(row)
    for subject, rows in new.items():
        yield from _paired(old.pop(subject, []), rows)
    for rows in old.values():
        yield from ((row, None) for row in rows)


def _paired(before: list[Row], after: list[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    if len(before) == len(after) == 1:
        yield before[0], after[0]
        return
    for alike in (_values, lambda row: getattr(row, "source", ""), lambda _: ""):
        waiting: dict[Any, list[Row]] = defaultdict(list)
        for row in before:
            waiting[alike(row)].append(row)
        unpaired = []
        for row in after:
            if found := waiting[alike(row)]:
                yield found.pop(0), row
            else:
                unpaired.append(row)
        before, after = [row for rows in waiting.values() for row in rows], unpaired
    yield from ((row, None) for row in before)
    yield from ((None, row) for row in after)


def subject(row: Row) -> dict[str, str | None]:
    """What a row is about, as the names and values of its cells: what makes it the same row in a later pack."""
    if isinstance(row, Entry):
        own = {"part_number": row.part_number} if row.part_number else {"part_number": None, "model": row.model}
    elif isinstance(row, Release):
        own = {"os": row.os, "release": row.release}
    else:
        own = {"pattern": row.pattern.pattern}
    return {"vendor": row.vendor, **own}


def _subject(row: Row) -> tuple[str | None, ...]:
    return kind_of(row), *subject(row).values()


def _values(row: Row) -> tuple[Any, ...]:
    values: tuple[Any, ...] = _CONTENT[type(row)](row)
    return values


# ----------------------------------------------------------------------------------------------------------- storing


def as_cells(row: Row) -> dict[str, Any]:
    """A row as plain values by name: text and dates, a pattern as its text, spellings separated by blanks."""
    return {name: _plain(value) for name, value in zip(_FIELDS[type(row)], _values(row), strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, re.Pattern):
        return value.pattern
    return " ".join(value) if isinstance(value, tuple) else value


def from_cells(kind: str, cells: Mapping[str, Any], place: str) -> Row:
    """The row that :func:`as_cells` wrote, of one of :data:`KINDS`; cells of other kinds are passed over."""
    form = KINDS[kind]
    values = {name: cells[name] for name in _FIELDS[form]}
    if "pattern" in values:
        values["pattern"] = re.compile(values["pattern"])
    if "becomes" in values:
        values["becomes"] = tuple(values["becomes"].split())
    return form(**values, place=place)


def count(found: Iterable[Change]) -> dict[str, int]:
    """How many rows were added, removed and changed."""
    counts = {"added": 0, "removed": 0, "changed": 0}
    for item in found:
        counts[item.what] += 1
    return counts
