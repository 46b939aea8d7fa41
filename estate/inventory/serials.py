"""When a thing was made, as its vendor writes it in the serial number: ``config/serials.toml``, one entry an encoding.

A date counts only where it can be true: not before the vendor made such things, not after the day it was first seen,
and not where the codes repeat and more than one year is possible. What cannot be decoded is None, never a guess.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from config.errors import EstateError

MAX_SERIAL = 64
_LAST_YEAR = 2100


@dataclass(frozen=True, slots=True)
class Made:
    """The first day of the week or month (or the day) that a serial number names, by which rule, and who describes it.

    ``confidence`` is ``estimated`` where the vendor describes the encoding for such products, else ``assumed``.
    """

    date: dt.date
    rule: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way in which a vendor writes the date; the fields are explained at the head of ``config/serials.toml``."""

    name: str
    vendors: tuple[str, ...]
    pattern: re.Pattern[str]
    base: int
    first: int
    source: str
    confidence: str
    model: re.Pattern[str] | None = None
    year_codes: str = ""
    month_codes: str = ""
    repeats: int = 0

    def fits(self, vendor: str, model: str) -> bool:
        """Whether a thing of this vendor and model is numbered in this way."""
        return _begins(self.vendors, vendor) and (self.model is None or self.model.search(model) is not None)

    def dates(self, serial: str) -> Iterator[dt.date]:
        """Every date that a serial number can mean; none where it is not numbered in this way."""
        found = self.pattern.fullmatch(serial)
        if found is None:
            return
        code = found["year"]
        year = self.base + (self.year_codes.index(code) if self.year_codes else int(code))
        while year <= _LAST_YEAR:
            day = self._day(year, found.groupdict())
            if day is not None and year >= self.first:
                yield day
            if not self.repeats:
                return
            year += self.repeats

    def _day(self, year: int, parts: dict[str, str | None]) -> dt.date | None:
        try:
            if week := parts.get("week"):
                return dt.date.fromisocalendar(year, int(week), 1)
            code = parts.get("month") or "1"
            month = self.month_codes.index(code) + 1 if self.month_codes else int(code)
            return dt.date(year, month, int(parts.get("day") or 1))
        except ValueError:
            return None  # week 54 or month 0: not numbered in this way


@functools.lru_cache(maxsize=4096)
def _begins(names: tuple[str, ...], vendor: str) -> bool:
    text = vendor.casefold()
    return any(re.match(rf"{re.escape(name)}(?![a-z0-9])", text) for name in names)


def made_on(vendor: str | None, serial: str | None, by: dt.date, model: str = "") -> Made | None:
    """When a thing was made, by its serial number; None where that says nothing that can be true.

    Args:
        vendor: who made it, by any name that begins with the vendor's.
        serial: as the device or assets.csv gives it.
        by: the day on which it was there: when it was first seen, else the day that is asked about.
        model: part number and model, for encodings that only some products have.
    """
    if not vendor or not serial or len(serial) > MAX_SERIAL:
        return None
    text = serial.strip().upper()
    if not text.isascii():
        return None
    for encoding in encodings():
        if not encoding.fits(vendor, model):
            continue
        possible = [day for day in encoding.dates(text) if day <= by]
        if len(possible) == 1:
            return Made(possible[0], encoding.name, encoding.source, encoding.confidence)
    return None


@functools.cache
def encodings() -> tuple[Encoding, ...]:
    """The encodings that ship with estate, read once."""
    text = (files("config") / "serials.toml").read_text(encoding="utf-8")
    return read_encodings(text)


def read_encodings(text: str) -> tuple[Encoding, ...]:
    """The encodings of a file like ``serials.toml``.

    Raises:
        EstateError: naming the entry that is wrong.
    """
    return tuple(_encoding(item) for item in tomllib.loads(text)["encoding"])


def _encoding(item: dict[str, Any]) -> Encoding:
    values = {**item, "vendors": tuple(item.get("vendors", ()))}
    values |= {name: re.compile(item[name], re.ASCII) for name in ("pattern", "model") if name in item}
    try:
        made = Encoding(**values)
    except TypeError as error:
        raise EstateError(f"serials.toml: {item.get('name')}: {error}") from error
    if "year" not in made.pattern.groupindex or not made.vendors:
        raise EstateError(f"serials.toml: {made.name}: needs vendors, and a pattern with a group year")
    return made
