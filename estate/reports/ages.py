"""How old the estate is: the age of each unit with the fact that dates it, and the profile by kind, site or year.

A unit is as old as the best record of it says (:attr:`estate.inventory.unit.Unit.made_or_bought`). "First seen" only
says that it was there by then, so nothing is ever called new by it: in the youngest band such a unit counts as unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from collectors.observation import UNIT_KINDS
from estate.inventory.unit import Unit
from estate.lifecycle.firmware import Built

UNKNOWN = "unknown"
# The first whole year of each band of ages.
BAND_STARTS = {"0-3": 0, "3-5": 3, "5-8": 5, "8-10": 8, "10+": 10}
BANDS = (*BAND_STARTS, UNKNOWN)
GROUPS = ("kind", "site", "year")
_DAYS_A_YEAR = Decimal("365.25")


@dataclass(frozen=True, slots=True)
class Aged:
    """A unit, the date that its age counts from, the fact that this is, and what its software dates from."""

    unit: Unit
    date: dt.date | None
    fact: str
    as_of: dt.date
    built: Built | None = None

    @property
    def band(self) -> str:
        """The band of whole years, or ``unknown``."""
        if self.date is None or self.date > self.as_of:
            return UNKNOWN
        birthday_ahead = (self.as_of.month, self.as_of.day) < (self.date.month, self.date.day)
        years = self.as_of.year - self.date.year - birthday_ahead
        band = [name for name, start in BAND_STARTS.items() if start <= years][-1]
        return UNKNOWN if self.fact == "first_seen" and BAND_STARTS[band] == 0 else band

    @property
    def years(self) -> Decimal | None:
        """Its age in years, to a tenth; for one dated by "first seen" the least that it can be; None for unknown."""
        if self.date is None or self.band == UNKNOWN:
            return None
        years = Decimal((self.as_of - self.date).days) / _DAYS_A_YEAR
        return years.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def source(self) -> str:
        """Where the fact stands: a row of assets.csv, an OID, the encoding of the serial number."""
        name = "serial_made" if self.fact == "serial" else self.fact
        return self.unit.evidence.get(name, "")

    def group(self, by: str) -> str:
        """Its kind, its site, or the year that it is from."""
        if by == "year":
            return UNKNOWN if self.date is None or self.band == UNKNOWN else str(self.date.year)
        return (self.unit.site if by == "site" else self.unit.kind) or UNKNOWN


@dataclass(frozen=True, slots=True)
class Profile:
    """The ages of one group, by quantity. ``oldest``, ``median`` and ``newest`` are years of those that are known."""

    group: str
    count: int
    oldest: Decimal | None
    median: Decimal | None
    newest: Decimal | None
    bands: dict[str, int]


def profiles(items: Iterable[Aged], by: str) -> list[Profile]:
    """The profile of each group: years in order, sites by name, kinds with equipment before the parts inside it."""
    groups: dict[str, list[Aged]] = {}
    for item in items:
        groups.setdefault(item.group(by), []).append(item)
    names = sorted(groups, key=lambda name: (name == UNKNOWN, by == "kind" and name in UNIT_KINDS, name))
    return [_profile(name, groups[name]) for name in names]


def _profile(name: str, items: Sequence[Aged]) -> Profile:
    bands = dict.fromkeys(BANDS, 0)
    for item in items:
        bands[item.band] += item.unit.quantity
    known = sorted((item.years, item.unit.quantity) for item in items if item.years is not None)
    return Profile(
        group=name,
        count=sum(bands.values()),
        oldest=known[-1][0] if known else None,
        median=_median(known),
        newest=known[0][0] if known else None,
        bands=bands,
    )


def _median(known: Sequence[tuple[Decimal, int]]) -> Decimal | None:
    """The age that half of the units have at most reached; of an even number, the lower of the two in the middle."""
    half, counted = sum(quantity for _, quantity in known) / 2, 0
    for years, quantity in known:
        counted += quantity
        if counted >= half:
            return years
    return None


def oldest_first(items: Iterable[Aged]) -> list[Aged]:
    """The oldest first; those of unknown age last, by device and serial."""
    return sorted(
        items,
        key=lambda item: (
            item.band == UNKNOWN,
            item.date or dt.date.max,
            item.unit.device or "",
            item.unit.asset_id,
        ),
    )


def headline(items: Sequence[Aged], excluded: int) -> str:
    """How many there are, how they are dated, and what is unknown, by quantity."""
    total = sum(item.unit.quantity for item in items)
    facts = {"installed_on": 0, "purchased_on": 0, "manufactured_on": 0, "serial": 0, "first_seen": 0}
    unknown = 0
    for item in items:
        if item.band == UNKNOWN:
            unknown += item.unit.quantity
        else:
            facts[item.fact] += item.unit.quantity
    words = {
        "installed_on": "by installation", "purchased_on": "by purchase", "manufactured_on": "by manufacture",
        "serial": "by serial number", "first_seen": "at least, since first seen",
    }  # fmt: skip
    parts = [f"{number} {words[fact]}" for fact, number in facts.items() if number]
    away = f"; {excluded} not in service or not counted" if excluded else ""
    dated = f": {', '.join(parts)}" if parts else ""
    return f"{total} unit{'' if total == 1 else 's'}, {total - unknown} dated{dated}; {unknown} of unknown age{away}"
