"""A value as text that is harmless where it is shown: in a terminal, in a line of a log or mail, in a spreadsheet.

What devices say is hostile: it may hold what moves the cursor, reorders a line or makes a spreadsheet calculate.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal


def cell(value: object) -> str:
    """A value as text for a person: blank for None, yes/no, ISO dates, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dict):
        return ", ".join(f"{key}={cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(cell(item) for item in value)
    return str(value)


def safe(value: object) -> str:
    """Text that cannot move the cursor, change colours or reorder what stands beside it in a terminal."""
    text = cell(value)
    if text.isprintable():  # holds nothing of the categories below, as almost all texts
        return text
    return "".join(
        char if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else " " for char in text
    )


def safe_lines(message: str) -> str:
    """Like :func:`safe`, line by line."""
    return "\n".join(safe(line) for line in message.split("\n"))


def csv_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula (CWE-1236): a leading ``= + - @`` gets an apostrophe.

    Numbers stay numbers.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    plain = safe(value)
    return f"'{plain}" if plain.lstrip()[:1] in {"=", "+", "-", "@"} else plain
