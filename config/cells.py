"""How a cell that somebody typed is read: one parser for each kind of value, and nothing is guessed.

A parser takes the stripped, non-blank text of a cell and returns its value, or raises ValueError with the reason.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def text(cell: str) -> str:
    """Any text without control characters."""
    # isprintable is false for every control character, and quick: the packs have 60,000 cells
    if not cell.isprintable() and any(ord(char) < 32 for char in cell if char not in "\n\t"):  # noqa: PLR2004 - C0
        raise ValueError("holds a control character")
    return cell


def decimal(cell: str) -> Decimal:
    """A plain decimal such as ``1234.56``; ``1,234``, ``1.234,56``, ``1e3`` and ``£5`` are refused, never guessed."""
    if not _PLAIN_DECIMAL.fullmatch(cell):
        raise ValueError(
            f"{cell!r} is not a plain number: write 1234.56, without thousands separators, a currency or per cent sign"
        )
    return Decimal(cell)


def amount(cell: str) -> Decimal:
    """A plain decimal that is not negative."""
    value = decimal(cell)
    if value < 0:
        raise ValueError(f"{cell} is negative: amounts here are zero or more")
    return value


def money(cell: str) -> Decimal:
    """Pounds with at most two decimal places; a minus sign is allowed."""
    value = decimal(cell)
    if value != value.quantize(Decimal("0.01")):
        raise ValueError(f"{cell} has a fraction of a penny")
    return value


def per_cent(cell: str) -> Decimal:
    """A rate in per cent as a decimal string: ``3.25`` is 3.25 %. Between -100 and 1000."""
    value = decimal(cell)
    if not Decimal(-100) <= value <= Decimal(1000):
        raise ValueError(f"{cell} per cent is out of range (-100 to 1000)")
    return value


def share(cell: str) -> Decimal:
    """A percentage of a whole, 0 to 100."""
    value = decimal(cell)
    if not Decimal(0) <= value <= Decimal(100):
        raise ValueError(f"{cell} is not between 0 and 100")
    return value


def whole(cell: str) -> int:
    """A whole number, zero or more."""
    if not re.fullmatch(r"\d{1,9}", cell, re.ASCII):
        raise ValueError(f"{cell!r} is not a whole number")
    return int(cell)


def positive(cell: str) -> int:
    """A whole number, one or more."""
    value = whole(cell)
    if value < 1:
        raise ValueError("must be 1 or more")
    return value


def date(cell: str) -> dt.date:
    """An ISO date, ``2027-03-31``, from 1970 on."""
    if not _ISO_DATE.fullmatch(cell):
        raise ValueError(f"{cell!r} is not a date: write 2027-03-31")
    try:
        value = dt.date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is no day of the calendar") from None
    if not 1970 <= value.year <= 2200:  # noqa: PLR2004 - outside this range a date is a typing mistake
        raise ValueError(f"{cell} lies outside 1970 to 2200")
    return value


def flag(cell: str) -> bool:
    """``yes`` or ``no``."""
    answers = {"yes": True, "no": False, "true": True, "false": False}
    if cell.lower() not in answers:
        raise ValueError(f"{cell!r} is neither yes nor no")
    return answers[cell.lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser that takes one of a closed list of words, case-blind, and returns it as listed."""
    listed = {choice.lower(): choice for choice in choices}

    def parse(cell: str) -> str:
        if cell.lower() not in listed:
            raise ValueError(f"{cell!r} is not one of {', '.join(choices)}")
        return listed[cell.lower()]

    return parse
