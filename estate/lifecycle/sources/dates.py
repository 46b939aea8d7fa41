"""Dates as vendors write them, read by the one way that is meant and never guessed."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december")  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NAME_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})", re.ASCII)
_MONTH = re.compile(r"([a-z]{3,9})\.?,?[ -]+(\d{4})", re.ASCII)
_SERIAL = re.compile(r"(\d{1,6})(?:\.0+)?", re.ASCII)
# The serial number of 1990-01-01: nothing here is older, and a smaller number is a year or a count.
FIRST_SERIAL = 32_874
EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, and whether only its month was written, so that its last day stands here."""

    date: dt.date
    whole_month: bool = False


def read_date(text: str, formats: Sequence[str], blank: Collection[str] = (), epoch: dt.date = EPOCH) -> Day | None:
    """The day that a cell stands for; None where it is blank.

    Args:
        text: the cell.
        formats: names of :data:`FORMATS`; the first that fits is taken.
        blank: words that stand for no date, in any case.
        epoch: day 0 of the workbook, for serial numbers.

    Raises:
        ValueError: when it fits none, or is no day of the calendar.
    """
    plain = " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split()).casefold()
    if not plain or plain in {word.casefold() for word in blank}:
        return None
    for name in formats:
        day = _serial(plain, epoch) if name == "excel" else FORMATS[name](plain)
        if day is not None:
            return day
    raise ValueError(f"{text.strip()!r} is no date as this vendor writes them ({', '.join(formats)})")


def _iso(text: str) -> Day | None:
    found = _ISO.fullmatch(text)
    return _day(text, *map(int, found.groups())) if found else None


def _us(text: str) -> Day | None:
    found = _SLASHES.fullmatch(text)
    return _day(text, int(found[3]), int(found[1]), int(found[2])) if found else None


def _uk(text: str) -> Day | None:
    found = _SLASHES.fullmatch(text)
    return _day(text, int(found[3]), int(found[2]), int(found[1])) if found else None


def _name_first(text: str) -> Day | None:
    found = _NAME_FIRST.fullmatch(text)
    return _day(text, int(found[3]), _month_number(text, found[1]), int(found[2])) if found else None


def _day_first(text: str) -> Day | None:
    found = _DAY_FIRST.fullmatch(text)
    return _day(text, int(found[3]), _month_number(text, found[2]), int(found[1])) if found else None


def _month(text: str) -> Day | None:
    found = _MONTH.fullmatch(text)
    if not found:
        return None
    year, month = int(found[2]), _month_number(text, found[1])
    return Day(_day(text, year, month, calendar.monthrange(max(year, 1), month)[1]).date, whole_month=True)


def _serial(text: str, epoch: dt.date) -> Day | None:
    found = _SERIAL.fullmatch(text)
    if not found:
        return None
    if int(found[1]) < FIRST_SERIAL:
        raise ValueError(f"{text} is too small for the serial number of a day")
    return Day(epoch + dt.timedelta(days=int(found[1])))


FORMATS: dict[str, Callable[[str], Day | None]] = {
    "iso": _iso, "us": _us, "uk": _uk, "name-first": _name_first, "day-first": _day_first, "month": _month,
}  # fmt: skip


def _month_number(text: str, name: str) -> int:
    """A month by its name, whole or short; "Sept" is short too."""
    if name in _FULL:
        return _FULL.index(name) + 1
    short = "sep" if name == "sept" else name
    if short in _MONTHS:
        return _MONTHS.index(short) + 1
    raise ValueError(f"{text!r} names no month")


def _day(text: str, year: int, month: int, day: int) -> Day:
    try:
        return Day(dt.date(year, month, day))
    except ValueError:
        raise ValueError(f"{text!r} is no day of the calendar") from None
