"""prices.csv: what replacing a thing costs. The most specific row wins; a class price comes last (model section 4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from config.cells import amount, date, share, text
from config.tables import Column, Table, by
from estate.forecast.calendar import Calendar, FinancialYear, financial_year
from estate.forecast.indices import HOME, currency_code
from estate.policy.policies import like

if TYPE_CHECKING:
    from collections.abc import Sequence

    from estate.inventory.unit import Unit

ZERO = Decimal(0)
# Texts of the starter set begin so; a price that still does has not been replaced by a quotation.
STARTER = "starter assumption"


@dataclass(frozen=True, slots=True)
class Price:
    """A row of prices.csv. Amounts are exact; ``place`` is ``prices.csv:row``, ``source`` what the council wrote."""

    vendor: str | None
    part_number: str | None
    policy: str | None
    replacement: str | None
    currency: str
    list_price: Decimal | None
    discount_pct: Decimal
    install: Decimal
    fixed: Decimal
    training: Decimal
    support_now: Decimal | None
    support_new: Decimal | None
    price_fy: FinancialYear | None
    quoted_on: dt.date | None
    valid_to: dt.date | None
    source: str
    place: str

    @property
    def is_class(self) -> bool:
        """Whether it prices a policy's kit as such, not a part: used last, and never for units below a chassis."""
        return self.policy is not None and self.part_number is None

    @property
    def is_starter(self) -> bool:
        """Whether it is still the assumption that estate came with."""
        return self.source.lower().startswith(STARTER)

    @property
    def net(self) -> Decimal:
        """List price less discount, unrounded, in the row's currency; 0 where there is no list price."""
        return (self.list_price or ZERO) * (1 - self.discount_pct / 100)

    def year(self, calendar: Calendar, as_of: dt.date) -> tuple[FinancialYear, bool]:
        """The year whose prices these are, and whether that is assumed: price_fy, else quoted_on's, else as_of's."""
        if self.price_fy is not None:
            return self.price_fy, False
        return calendar.fy(self.quoted_on or as_of), self.quoted_on is None

    @property
    def is_undated(self) -> bool:
        """Whether nothing says how old it is."""
        return self.quoted_on is None and self.price_fy is None

    def is_stale(self, as_of: dt.date, months: int, calendar: Calendar) -> bool:
        """Whether the quotation has expired, or was made more than so many months ago (2.13).

        Without a day of its own it was made on the last day of the financial year whose price it is, at the latest.
        """
        if self.valid_to is not None and self.valid_to < as_of:
            return True
        made = self.quoted_on
        if made is None and self.price_fy is not None:
            made = calendar.first_day(self.price_fy + 1) - dt.timedelta(days=1)
        if made is None:
            return False
        age = (as_of.year - made.year) * 12 + as_of.month - made.month
        return age > months or (age == months and as_of.day > made.day)

    def matches(self, unit: Unit, policy: str) -> bool:
        """Whether this row may price a unit that follows a policy."""
        if self.part_number is None and unit.kind in UNIT_KINDS:
            return False
        return (
            (self.policy is None or self.policy.casefold() == policy.casefold())
            and like(self.vendor, unit.vendor)
            and like(self.part_number, unit.part_number)
        )

    @property
    def precision(self) -> tuple[bool, bool, int, bool, bool]:
        """How specific a row is: parts before classes, whole part numbers before patterns, longer before shorter."""
        part = self.part_number or ""
        literal = len(part.replace("*", ""))
        return not self.is_class, part != "" and literal == len(part), literal, bool(self.vendor), bool(self.policy)


def price_for(unit: Unit, policy: str, prices: Sequence[Price]) -> Price | None:
    """The most specific row for a unit, the first of equals; None where there is none.

    Where that row has no list price there is no price: a less specific row does not stand in for what was left open.
    """
    fitting = [price for price in prices if price.matches(unit, policy)]
    return max(fitting, key=lambda price: price.precision, default=None)


PRICES = Table(
    "prices",
    Price,
    (
        Column("vendor"),
        Column("part_number"),
        Column("policy"),
        Column("replacement"),
        Column("currency", currency_code, HOME),
        Column("list_price", amount),
        Column("discount_pct", share, ZERO),
        Column("install", amount, ZERO),
        Column("fixed", amount, ZERO),
        Column("training", amount, ZERO),
        Column("support_now", amount),
        Column("support_new", amount),
        Column("price_fy", financial_year),
        Column("quoted_on", date),
        Column("valid_to", date),
        Column("source", text, ""),
    ),
    any_of=(("vendor", "policy"),),
    place="place",
    key=by("vendor", "part_number", "policy"),
)
