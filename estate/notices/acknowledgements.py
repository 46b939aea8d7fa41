"""acknowledgements.csv: which notices somebody has taken note of, who, why, and until when they are not sent again.

A row is about every notice that its matching columns name: serial, device, part_number, vendor, os and what, a blank
one being any, ``*`` standing for any text. A row with an os is about software alone; one with a serial or part number
and no os is about units alone. It holds until its last day; what it covered then comes back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.cells import date, one_of
from config.tables import Column, Table
from estate.notices.detail import FIRST, SOFTWARE, WHATS, Detail
from estate.policy.policies import like

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MATCHING = ("serial", "device", "part_number", "vendor", "os")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A row of acknowledgements.csv. ``until`` is the last day on which it holds; ``source`` is the file and row."""

    serial: str | None
    device: str | None
    part_number: str | None
    vendor: str | None
    os: str | None
    what: str | None
    until: dt.date
    by: str
    reason: str
    source: str

    def covers(self, what: str, detail: Detail) -> bool:
        """Whether it is about a notice."""
        software = detail.thing == SOFTWARE
        if software and self.os is None and (self.serial or self.part_number):
            return False
        return (
            (self.what is None or self.what == what)
            and (self.os is None or (software and like(self.os, detail.os)))
            and like(self.serial, detail.serial or detail.asset_id)
            and like(self.device, detail.device)
            and like(self.part_number, detail.part_number)
            and like(self.vendor, detail.vendor)
        )


def _check(row: Acknowledgement) -> Iterator[tuple[str, str]]:
    if all(value is None or not value.strip("*") for value in (getattr(row, name) for name in MATCHING)):
        yield "serial", "the row would silence every notice: name a serial, device, part number, vendor or os"


ACKNOWLEDGEMENTS = Table(
    "acknowledgements",
    Acknowledgement,
    (
        Column("serial"),
        Column("device"),
        Column("part_number"),
        Column("vendor"),
        Column("os"),
        Column("what", one_of(*(what for what in WHATS if what != FIRST))),
        Column("until", date, required=True),
        Column("by", required=True),
        Column("reason", required=True),
    ),
    validate=_check,
)


def acknowledgement_for(
    what: str, detail: Detail, rows: Sequence[Acknowledgement], as_of: dt.date
) -> Acknowledgement | None:
    """The row about a notice that holds on a day; of several, the one that holds longest."""
    found = [row for row in rows if as_of <= row.until and row.covers(what, detail)]
    return max(found, key=lambda row: row.until, default=None)
