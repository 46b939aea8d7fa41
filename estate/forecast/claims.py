"""Amounts quoted in prose are claims: compared with the table, never added up (forecast-model.md S6, S7).

A report that prints "£6.3 in Year 1" for £6,300,000 has lost a factor of a million; "nearly £30m" and £1m do not make a
total of "£30m". What a note, a source or a decision quotes is read for exactly that, and for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

_SCALES = {"": 1, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "mn": 1_000_000, "million": 1_000_000,
           "bn": 1_000_000_000, "billion": 1_000_000_000}  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<word>nearly|almost|up to|over|more than|about|around|some|circa|c\.)?\s*£\s?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<scale>thousand|million|billion|mn|bn|[km])?\b",
    re.IGNORECASE | re.ASCII,
)
# Whole thousands between what is written and what the table says: the unit was left out, or written twice.
_LOST_UNITS = (1_000, 1_000_000, 1_000_000_000)
EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount as prose quotes it: its text, its pence, and how precise it says that it is (``nearly``, ``up to``)."""

    text: str
    pence: int
    precision: str = EXACT


def claims(text: str) -> Iterator[Claim]:
    """Every amount that a text quotes."""
    for found in _AMOUNT.finditer(text):
        pounds = Decimal(found["number"].replace(",", "")) * _SCALES[(found["scale"] or "").lower()]
        yield Claim(found[0].strip(), int(pounds * 100), (found["word"] or EXACT).lower())


@dataclass(frozen=True, slots=True)
class Misquote:
    """A quoted amount that is the table's but for a lost or doubled unit."""

    claim: Claim
    pence: int
    factor: int


def misquotes(text: str, pence: int) -> Iterator[Misquote]:
    """The amounts of a text that differ from a table's by a factor of a thousand, a million or a thousand million."""
    for claim in claims(text):
        small, large = sorted((claim.pence, abs(pence)))
        for factor in _LOST_UNITS:
            if small and small * factor == large:
                yield Misquote(claim, pence, factor)


def conflict(parts: Sequence[Claim], total: Claim) -> str | None:
    """What contradicts between quoted parts and a quoted total, as a sentence; None where they agree.

    The parts are not added into anything: this only says that prose does not add up.
    """
    summed = sum(part.pence for part in parts)
    if summed == total.pence and all(claim.precision == EXACT for claim in (*parts, total)):
        return None
    named = " and ".join(part.text for part in parts)
    return f"{named} are quoted as parts of {total.text}: prose, not a total"


def quoted(rows: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    """A warning for each misquote of rows ``(text, pence, place)``."""
    for text, pence, place in rows:
        for found in misquotes(text, pence):
            yield (
                f"{place} quotes {found.claim.text} where the amount is £{pence // 100:,}: "
                f"a factor of {found.factor:,} is missing"
            )
