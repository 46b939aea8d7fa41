"""How old a device's software is: the day on which it was built, as the device says, else the day of its release.

The build date stands beside a word that says so in sysDescr, in a screen that shows the version, or in the version
itself (``Compiled Thu 26-Mar-15``, ``Build date: 2014-03-13``); the date of a kernel or a BIOS is not taken for that of
the whole. The release date comes from a software pack: of the release itself, else of its train, which is the earliest
that it can be. What neither says is None.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.lifecycle.software import releases_of
from estate.lifecycle.versions import plain_release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from estate.lifecycle.packs import Catalogue

FIRST_YEAR = 1990  # no software in use is older; clocks that were never set say 1970
MAX_TEXT = 4000

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAME = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*"
# After one of these words the next date is the software's; a vendor's own phrase stands where it has no such word.
_LABEL = re.compile(
    r"\b(?:compiled(?: on)?|(?:system|nxos) compile time|built(?: on)?|build(?: date/time| date| time| on)|timestamp"
    r"|, date|ga,|release,|integrated lights-out \d \d\S{0,20}|netapp release [^:]{1,60}):?\s*",
    re.IGNORECASE,
)
# Device Manager is a program of its own, delivered with NX-OS; its date is not the system's.
_OTHER_PROGRAM = re.compile(r"Device Manager Version [^,]{1,30}, Compiled [\d/]+", re.IGNORECASE)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_DATES = tuple(
    re.compile(_WEEKDAY + pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)",
        rf"(?P<day>\d{{1,2}})[- ]{_NAME}[- ](?P<year>\d{{4}}|\d\d)(?!\d)",
        rf"{_NAME}\s+(?P<day>\d{{1,2}}),?\s+(?:\d\d?:\d\d(?::\d\d)?,?\s+)?(?:[A-Z]{{2,5}}\s+)?(?P<year>\d{{4}})(?!\d)",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?!\d)",  # Cisco's: month first
    )
)
# Vendors whose version holds the date: FortiOS (v7.2.6,build1575,230926), LANCOM (10.72 / 10.11.2023), TP-Link.
_IN_VERSION = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r",build\d{1,6},(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)\b",
        r" / (?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4})$",
        r"\bBuild (?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d) Rel",
    )
)


@dataclass(frozen=True, slots=True)
class Built:
    """The day that software dates from, and what says so."""

    date: dt.date
    source: str


def firmware(
    catalogue: Catalogue, vendor: str | None, os: str | None, version: str | None, said: Mapping[str, str], by: dt.date
) -> Built | None:
    """What a device's software dates from.

    Args:
        catalogue: for the releases of the software packs.
        vendor: who made the device.
        os: the name of its operating system.
        version: what it runs.
        said: what it says of itself, by the place where it stands (sysDescr, a show command), the best first.
        by: the day on which it said so; nothing was built later.
    """
    for place, text in {**said, "version": version or ""}.items():
        day = build_date(text, by)
        if day is not None:
            return Built(day, f"build date in {place}")
    return released(catalogue, vendor, os, version, by)


def build_date(text: str, by: dt.date) -> dt.date | None:
    """The day on which software was built, as its own text says; None where no word says so."""
    text = _OTHER_PROGRAM.sub("", text[:MAX_TEXT])
    days = (_day(found) for found in _labelled(text))
    return next((day for day in days if day is not None and day.year >= FIRST_YEAR and day <= by), None)


def _labelled(text: str) -> Iterator[re.Match[str]]:
    for label in _LABEL.finditer(text):
        for pattern in _DATES:
            if found := pattern.match(text, label.end()):
                yield found
    for pattern in _IN_VERSION:
        if found := pattern.search(text):
            yield found


def _day(found: re.Match[str]) -> dt.date | None:
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == len("yy"):
        year += 2000 if year < FIRST_YEAR % 100 else 1900
    month = int(parts["month"]) if "month" in parts else _MONTHS.index(parts["name"].lower()) + 1
    try:
        return dt.date(year, month, int(parts["day"]))
    except ValueError:
        return None


def released(
    catalogue: Catalogue, vendor: str | None, os: str | None, version: str | None, by: dt.date
) -> Built | None:
    """The day of a version's release by the software packs, else of the narrowest train that it belongs to."""
    name, rows = releases_of(catalogue, vendor, os, version)
    best = next((row for row in rows if row.released is not None), None)
    if best is None or best.released is None or best.released > by:
        return None
    whole = name == plain_release((version or "").split(",", 1)[0])
    what = f"release {best.release}" if whole else f"first release of train {best.release}"
    return Built(best.released, f"{what}: {best.source}")
