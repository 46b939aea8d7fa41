"""The rows of the lifecycle files, as typed and checked: hardware, software, series, and other names of vendors."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.cells import date
from config.tables import Column, Table
from estate.lifecycle.milestones import MILESTONES

if TYPE_CHECKING:
    from collections.abc import Iterator

# Vendors publish placeholders such as 1969-12-31 and 1975-01-01; no product here is that old.
FIRST_YEAR = 1990


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a hardware pack: what one source says of one part number, or of one model where it names no part.

    ``not_announced_on`` is the day on which the source announced no end; ``as_of`` the day of which the source speaks
    or on which it was read. ``place`` is the row's ``file:row``.
    """

    vendor: str
    source: str
    place: str
    part_number: str | None = None
    model: str | None = None
    eox_announced: dt.date | None = None
    end_of_sale: dt.date | None = None
    end_of_sw_maintenance: dt.date | None = None
    end_of_security_support: dt.date | None = None
    last_renewal: dt.date | None = None
    end_of_support: dt.date | None = None
    not_announced_on: dt.date | None = None
    replacement_part: str | None = None
    bulletin: str | None = None
    source_type: str | None = None
    note: str | None = None
    as_of: dt.date | None = None

    @property
    def dates(self) -> dict[str, dt.date]:
        """The milestones that the source gives."""
        return {name: value for name in MILESTONES if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Release:
    """A row of a software pack: what one source says of one release of an operating system or other software.

    ``not_announced_on``, ``as_of`` and ``place`` are those of an :class:`Entry`.
    """

    vendor: str
    os: str
    release: str
    source: str
    place: str
    released: dt.date | None = None
    end_of_sale: dt.date | None = None
    end_of_sw_maintenance: dt.date | None = None
    end_of_security_support: dt.date | None = None
    end_of_support: dt.date | None = None
    not_announced_on: dt.date | None = None
    latest: str | None = None
    bulletin: str | None = None
    source_type: str | None = None
    note: str | None = None
    as_of: dt.date | None = None

    @property
    def dates(self) -> dict[str, dt.date]:
        """The milestones that the source gives."""
        return {name: value for name in MILESTONES if (value := getattr(self, name, None)) is not None}


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """A row of series.csv: part numbers that match ``pattern`` belong to the series whose row has this model."""

    vendor: str
    pattern: re.Pattern[str]
    model: str
    place: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AliasRule:
    r"""A row of aliases.csv: a part number that fits ``pattern`` may be filed under another spelling.

    ``becomes`` are the spellings to try (``\1`` is what the first group took), all of them together; ``reason`` says
    why they are the same thing, or as good as the same for its dates.
    """

    vendor: str
    pattern: re.Pattern[str]
    becomes: tuple[str, ...]
    reason: str
    place: str

    def spellings(self, part_number: str) -> tuple[str, ...]:
        """How else a part number in capitals may be filed; none where the rule does not fit it."""
        found = self.pattern.fullmatch(part_number)
        return tuple(name for text in self.becomes if (name := found.expand(text)) != part_number) if found else ()


@dataclass(frozen=True, slots=True)
class Alias:
    """A row of vendors.csv: another name of a vendor."""

    alias: str
    vendor: str
    place: str


def pack_date(cell: str) -> dt.date:
    """An ISO date from 1990 on: vendors' pages hold older placeholders, which are no dates."""
    value = date(cell)
    if value.year < FIRST_YEAR:
        raise ValueError(f"{cell} is a placeholder, not a date of a product: leave the cell blank")
    return value


def pattern(cell: str) -> re.Pattern[str]:
    """A regular expression for part numbers in capitals."""
    try:
        return re.compile(cell)
    except re.error as error:
        raise ValueError(f"{cell!r} is no regular expression: {error}") from None


def spellings(cell: str) -> tuple[str, ...]:
    r"""Part numbers with ``\1`` where the first group goes, separated by blanks."""
    return tuple(cell.split())


def _check_entry(row: Entry) -> Iterator[tuple[str, str]]:
    support = row.end_of_support
    if support and row.end_of_sale and support < row.end_of_sale:
        yield "end_of_support", f"{support} lies before the end of sale, {row.end_of_sale}"
    if support and row.eox_announced and support < row.eox_announced:
        yield "end_of_support", f"{support} lies before the announcement, {row.eox_announced}"
    if not row.dates and not row.not_announced_on:
        yield "end_of_support", "the row gives no date: fill one, or not_announced_on with the day you looked"
    yield from _check_end(row)


def _check_release(row: Release) -> Iterator[tuple[str, str]]:
    for name, value in row.dates.items():
        if row.released and value < row.released:
            yield name, f"{value} lies before the release, {row.released}"
    yield from _check_end(row)


def _check_end(row: Entry | Release) -> Iterator[tuple[str, str]]:
    if row.end_of_support and row.end_of_sw_maintenance and row.end_of_support < row.end_of_sw_maintenance:
        yield "end_of_support", f"{row.end_of_support} lies before the end of maintenance, {row.end_of_sw_maintenance}"
    if row.not_announced_on and row.end_of_support:
        yield "not_announced_on", f"the row gives an end of support, {row.end_of_support}: one of the two is wrong"


_ORIGIN = (
    Column("source", required=True), Column("as_of", pack_date), Column("bulletin"), Column("source_type"),
    Column("note"),
)  # fmt: skip
HARDWARE = Table(
    "hardware",
    Entry,
    (
        Column("vendor", required=True), Column("part_number"), Column("model"),
        *(Column(name, pack_date) for name in (*MILESTONES, "not_announced_on")),
        Column("replacement_part"), *_ORIGIN,
    ),
    any_of=(("part_number", "model"),),
    validate=_check_entry,
    place="place",
)  # fmt: skip
SOFTWARE = Table(
    "software",
    Release,
    (
        Column("vendor", required=True), Column("os", required=True), Column("release", required=True),
        *(Column(name, pack_date) for name in (
            "released", "end_of_sale", "end_of_sw_maintenance", "end_of_security_support", "end_of_support",
            "not_announced_on",
        )),
        Column("latest"), *_ORIGIN,
    ),
    validate=_check_release,
    place="place",
)  # fmt: skip
SERIES = Table(
    "series",
    SeriesRule,
    (
        Column("vendor", required=True),
        Column("pattern", pattern, required=True),
        Column("model", required=True),
        Column("reason"),
    ),
    place="place",
)
ALIASES = Table(
    "aliases",
    AliasRule,
    (
        Column("vendor", required=True),
        Column("pattern", pattern, required=True),
        Column("becomes", spellings, required=True),
        Column("reason", required=True),
    ),
    place="place",
)
VENDORS = Table("vendors", Alias, (Column("alias", required=True), Column("vendor", required=True)), place="place")
