"""The words and number formats of the reports: codes as plain English, pence as pounds a reader takes in.

Presentation rounds the exact total independently, half up away from zero (forecast-model.md 2.14), so that rounded
figures may not sum; every table that rounds says so.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from estate.pounds import decimal_pounds

if TYPE_CHECKING:
    from estate.lifecycle.milestones import UnitState

# A date in a text; not a part of a longer number or name, such as D-2026-01-02-3 or a part number.
_DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
MINUS = "\N{MINUS SIGN}"
MILLION = Decimal(1_000_000)

STATES = {
    "unsupported": "Unsupported",
    "ending": "Ending soon",
    "supported": "Supported",
    "not_announced": "No end announced",
    "unknown": "Unknown",
}
SPLITS = {"catch_up": "Catch up", "keep_pace": "Keep pace"}
CAP_REV = {"C": "Capital", "R": "Revenue"}
# Why something has no money, as the forecast codes it.
REASONS = {
    "no_price": "No price",
    "no_policy": "No policy applies",
    "no_date": "No date that would decide",
    "no_rate": "No exchange rate",
    "conflict": "Two statements that cannot both be true",
    "site_closes": "Its site closes first",
    "virtual": "Virtual: its host carries the hardware",
    "excluded": "Not counted: retired, a spare, or not the council's",
    "covered_by": "Goes with what it sits in",
    "folded": "Goes with what it sits in, which is replaced",
    "retire": "To be retired, not replaced",
    "no_replacement": "Not to be replaced",
    "cloud": "Goes to the cloud",
}
# How a unit stands in the forecast.
STANDINGS = {"in_scope": "In scope", "covered": "Goes with another", "excluded": "Not counted"}
# Which kind of date decides when something is replaced.
DRIVERS = {
    "security": "End of security updates",
    "support": "End of support",
    "compliance": "Compliance deadline",
    "contract": "End of contract",
    "age": "Age",
    "decision": "Decision",
}
ROUNDED = "Each figure is rounded on its own, so figures may not sum due to rounding."
LEVELS = {"released": "Released", "in_principle": "In principle", "requested": "Requested"}

DEFINITIONS = (
    (
        "Unit",
        "A physical thing that is bought and replaced: equipment (a chassis, a stack member) or a part inside it.",
    ),
    ("Past support", "The last supported day that its vendor published has passed."),
    ("Ending soon", "The last supported day lies within the time that replacing the unit takes."),
    ("No end announced", "The vendor's list was read and gives no date, which is no promise."),
    ("Unknown", "No source says. It is counted here and never taken for supported."),
    ("At the latest", "Only the date of the last model of a series is known: the unit may have ended before it."),
    ("Need", "What replacing everything on time costs, before any limit on money or people."),
    ("Catch up", "Need that was due before the date of this report."),
    ("Keep pace", "Need that falls due from the date of this report on."),
    ("Bundle", "What is bought and installed together: one purchase."),
    ("Priority", "High: needed to keep today's services. Medium: raises performance. Low: after every High."),
    ("Request", "Need less existing commitments and alternate funding."),
    (
        "Technology debt",
        "What replacing everything past its replacement date would cost, at the prices of the base year.",
    ),
    ("MRP", "Minimum revenue provision: what is set aside each year to repay what was borrowed."),
    ("P50, P80", "What five, or eight, in ten simulated runs do not exceed. Those of years do not add up."),
    ("Released", "Approved money that can be spent now. Money in principle cannot."),
    ("Amounts", "Cash: pounds of the year in which they are spent, without recoverable VAT; spending is positive."),
)


def at_the_latest(state: UnitState) -> str:
    """Whether a date is only the latest possible one: ``yes`` or ``no``; blank where there is no date."""
    if state.date is None:
        return ""
    return "no" if state.confirmed else "yes"


def rounded(pence: int, unit_pence: int) -> int:
    """An exact amount in whole units, half up away from zero: 10,040,000 pence in £000 (100,000 pence) is 100."""
    return int((Decimal(pence) / unit_pence).quantize(Decimal(1), ROUND_HALF_UP))


def thousands(pence: int) -> str:
    """An amount in £000 with thousands separators; 0 is ``0`` and what rounds to nothing is ``<1``."""
    value = rounded(abs(pence), 100_000)
    if pence and not value:
        return "<1"
    return f"{MINUS if pence < 0 else ''}{value:,}"


def exact(pence: int) -> str:
    """An amount to the penny: ``1,234.56``."""
    return f"{MINUS if pence < 0 else ''}{abs(decimal_pounds(pence)):,.2f}"


def in_words(pence: int) -> str:
    """An amount as a sentence takes it: ``£1.1m``, ``£412k``, ``£9,480``."""
    sign, size = (MINUS if pence < 0 else ""), abs(pence)
    if size >= 99_950_000:  # noqa: PLR2004 - what rounds to £1,000k reads as £1.0m
        return f"{sign}£{(decimal_pounds(size) / MILLION).quantize(Decimal('0.1'), ROUND_HALF_UP):,}m"
    if size >= 1_000_000:  # noqa: PLR2004 - £10,000
        return f"{sign}£{rounded(size, 100_000):,}k"
    return f"{sign}£{rounded(size, 100):,}"


def per_cent(part: int, whole: int) -> str:
    """A share in whole per cent; a share that is neither nothing nor all never reads as 0 % or 100 %."""
    if not whole:
        return "none"
    value = rounded(part * 100, whole)
    if part and not value:
        return "<1%"
    if part != whole and value == 100:  # noqa: PLR2004 - per cent
        return ">99%"
    return f"{value}%"


def day(value: dt.date | None) -> str:
    """A date as people write it, ``31 Jul 2027``; blank where there is none."""
    return f"{value.day} {value:%b %Y}" if value else ""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``1 unit``, ``2,300 units``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def plain(code: str) -> str:
    """A code as words: ``end_of_sale`` -> ``End of sale``."""
    words = code.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def reason(code: str) -> str:
    """Why something has no money, in words."""
    return REASONS.get(code, plain(code))


def sentence(text: str) -> str:
    """A text of the forecast as a sentence: it begins with a capital, and its dates are those that people write.

    The name of a file or a setting at its beginning stays as it is written.
    """
    told = dated(text)
    first = told.partition(" ")[0]
    return told if {".", "_"} & set(first) else f"{told[:1].upper()}{told[1:]}"


def dated(text: str) -> str:
    """A text with its ISO dates as people write them: ``2030-03-31`` -> ``31 Mar 2030``; what is no date stays."""
    return _DATE.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    try:
        return day(dt.date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def kind_words(kind: str) -> str:
    """A kind as words: ``wireless-controller`` -> ``Wireless controller``, ``ups-battery`` -> ``UPS battery``."""
    words = plain(kind.replace("-", " "))
    for short in ("Ups", "Pdu", "Fc"):
        if words.split(" ")[0] == short:
            words = short.upper() + words[len(short) :]
    return words
