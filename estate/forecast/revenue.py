"""What borrowed capital costs the revenue budget, year by year: MRP and interest (forecast-model.md 2.7, W5).

MRP, the minimum revenue provision, writes borrowed capital off over the life of what it bought. It starts in the
financial year after the money is spent or, if later, after the new kit is in use (regulation 27(3) of SI 2003/3146).
Interest is due on what is not yet provided for. Pence are integers; each charge is rounded once, and the charges of
one borrowing add up to it exactly, because each is counted from what is left.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from estate.forecast.split import to_pence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from estate.forecast.calendar import FinancialYear

EQUAL, ANNUITY = "equal_instalments", "annuity"
METHODS = (EQUAL, ANNUITY)
# The longest life over which capital may be written off (MRP guidance, as Brighton's statement of 2025/26 says).
MAX_LIFE = 50
MILLION_PENCE = 1_000_000_00


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the council borrows.

    ``rate_pct`` is a year's interest in per cent; None: nobody said, so interest is unknown, never nothing.
    ``half_year``: money is spent half way through its year on average, so that year bears half of the interest.
    """

    rate_pct: Decimal | None = None
    method: str = EQUAL
    half_year: bool = True


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Borrowed pence, the year in which they are spent, the first year of MRP, and the life in years."""

    pence: int
    spend_fy: FinancialYear
    mrp_first_fy: FinancialYear
    life: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one year pays for a borrowing. ``opening`` is what was not yet provided for when the year began.

    ``interest`` is None where the rate is unknown.
    """

    fy: FinancialYear
    opening: int
    mrp: int
    interest: int | None

    @property
    def total(self) -> int | None:
        """MRP and interest together; None where the interest is unknown."""
        return None if self.interest is None else self.mrp + self.interest


def equal_instalments(pence: int, life: int) -> list[int]:
    """(A-B)/C of every year: what is left, over the years that are left."""
    left, made = pence, []
    for years in range(life, 0, -1):
        part = to_pence(Decimal(left) / years / 100)
        made.append(part)
        left -= part
    return made


def annuity(pence: int, life: int, rate_pct: Decimal) -> list[int]:
    """The principal in each of equal yearly payments; the last one is what is left."""
    if rate_pct == 0:
        return equal_instalments(pence, life)
    payment = annuity_payment(pence, life, rate_pct)
    left, made = pence, []
    for _ in range(life - 1):
        part = payment - interest_on(left, rate_pct)
        made.append(part)
        left -= part
    return [*made, left]


def annuity_payment(pence: int, life: int, rate_pct: Decimal) -> int:
    """The equal payment of every year, interest and principal together."""
    growth = 1 + rate_pct / 100
    return to_pence(Decimal(pence) / 100 * (rate_pct / 100) / (1 - growth**-life))


def interest_on(pence: int, rate_pct: Decimal) -> int:
    """A year's interest on so much, in pence."""
    return to_pence(Decimal(pence) * rate_pct / 100 / 100)


def provisions(pence: int, life: int, terms: Terms) -> list[int] | None:
    """The MRP of each year of a life; None for an annuity at an unknown rate.

    Raises:
        ValueError: for a life outside 1 to 50 years, or a method that does not exist.
    """
    if not 1 <= life <= MAX_LIFE:
        raise ValueError(f"capital is written off over 1 to {MAX_LIFE} years, not over {life}")
    if terms.method == EQUAL:
        return equal_instalments(pence, life)
    if terms.method != ANNUITY:
        raise ValueError(f"no MRP method {terms.method}: there are {', '.join(METHODS)}")
    return None if terms.rate_pct is None else annuity(pence, life, terms.rate_pct)


def charges(borrowing: Borrowing, terms: Terms) -> list[Charge] | None:
    """What each year pays, from the spend year to the last MRP; None for an annuity at an unknown rate."""
    parts = provisions(borrowing.pence, borrowing.life, terms)
    if parts is None:
        return None
    waiting = borrowing.mrp_first_fy - borrowing.spend_fy
    left, made = borrowing.pence, []
    for number, part in enumerate([*itertools.repeat(0, waiting), *parts]):
        made.append(Charge(borrowing.spend_fy + number, left if number else 0, part, _interest(left, number, terms)))
        left -= part
    return made


def _interest(left: int, number: int, terms: Terms) -> int | None:
    if terms.rate_pct is None:
        return None
    if number:
        return interest_on(left, terms.rate_pct)
    return interest_on(left, terms.rate_pct / 2) if terms.half_year else 0


def by_year(all_charges: Iterable[Charge]) -> dict[FinancialYear, Charge]:
    """The charges of several borrowings together, in order of year; interest that is unknown once stays unknown."""
    found: dict[FinancialYear, Charge] = {}
    for charge in all_charges:
        before = found.get(charge.fy)
        if before is None:
            found[charge.fy] = charge
            continue
        unknown = before.interest is None or charge.interest is None
        interest = None if unknown else (before.interest or 0) + (charge.interest or 0)
        opening, mrp = before.opening + charge.opening, before.mrp + charge.mrp
        found[charge.fy] = Charge(charge.fy, opening, mrp, interest)
    return dict(sorted(found.items()))


def reckoner(lives: Iterable[int], terms: Terms, spend_fy: FinancialYear) -> Iterator[tuple[int, list[Charge]]]:
    """What each £1m borrowed costs a year, by life, for kit that is in use in the year in which it is paid."""
    for life in sorted(set(lives)):
        made = charges(Borrowing(MILLION_PENCE, spend_fy, spend_fy + 1, life), terms)
        if made is not None:
            yield life, made
