"""sharing.csv: what several entities pay together, divided so that it adds up to the penny (forecast-model.md 2.13).

A scope is a line, a site (``site:NAME``), or ``*`` for everything else; a share is a weight: 52 and 48, or 1, 1 and 1.
What is divided is a line's amount of a year from one site's or the whole scope, not each row of it: dividing every row
would leave a penny here and there, and the invoice between two councils has one total.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.cells import amount
from config.errors import Problem
from config.tables import Column, Table, by
from estate.forecast.split import largest_remainder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from estate.forecast.calendar import FinancialYear
    from estate.forecast.lines import Line, Site

ALL = "*"
SITE = "site:"


@dataclass(frozen=True, slots=True)
class Share:
    """A row of sharing.csv: an entity's weight in a scope."""

    scope: str
    entity: str
    share: Decimal
    source: str


SHARING = Table(
    "sharing",
    Share,
    (
        Column("scope", required=True),
        Column("entity", required=True),
        Column("share", amount, Decimal(0), required=True),
    ),
    key=by("scope", "entity"),
)


def unknown_scopes(rows: Sequence[Share], lines: Sequence[Line], sites: Sequence[Site]) -> Iterator[Problem]:
    """Scopes that name neither a line nor a site that is listed, and scopes of which nobody bears anything."""
    known = {ALL} | {row.line.casefold() for row in lines} | {f"{SITE}{row.site}".casefold() for row in sites}
    borne = {row.scope.casefold() for row in rows if row.share}
    for row in rows:
        file, _, number = row.source.rpartition(":")
        if row.scope.casefold() not in known:
            reason = f"{row.scope!r} is no line of lines.csv, no site of sites.csv (write site:NAME), and not {ALL}"
            yield Problem(file, int(number), "scope", reason)
        if row.scope.casefold() not in borne:
            yield Problem(file, int(number), "share", f"nobody bears any of {row.scope!r}: one share must be above 0")


@dataclass(frozen=True, slots=True)
class Part:
    """An amount that is to be divided, or stays with the entity that it stands under."""

    line: str
    site: str
    fy: FinancialYear
    entity: str
    pence: int


@dataclass(frozen=True, slots=True)
class Portion:
    """What one entity pays of a line and year; ``scope`` is blank where nothing says that it is shared."""

    entity: str
    line: str
    fy: FinancialYear
    scope: str
    pence: int


def keys(rows: Iterable[Share]) -> dict[str, list[Share]]:
    """The rows by scope (case-blind), entities in order of name: ties of a penny go to the first."""
    found: dict[str, list[Share]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.entity):
        found[row.scope.casefold()].append(row)
    return {scope: shares for scope, shares in found.items() if any(row.share for row in shares)}


def scope_of(line: str, site: str, shared: dict[str, list[Share]]) -> str:
    """The scope that a line at a site falls under: its site's, else its line's, else everything's; blank: none."""
    names = (f"{SITE}{site}".casefold(), line.casefold(), ALL)
    return next((name for name in names if name in shared), "")


def divide(parts: Iterable[Part], shares: Sequence[Share]) -> list[Portion]:
    """Who pays what, by entity, line and year; the portions of a line and year add up to its parts."""
    shared = keys(shares)
    together: dict[tuple[str, FinancialYear, str], int] = defaultdict(int)
    own: dict[tuple[str, FinancialYear, str], int] = defaultdict(int)
    for part in parts:
        if scope := scope_of(part.line, part.site, shared):
            together[part.line, part.fy, scope] += part.pence
        else:
            own[part.line, part.fy, part.entity] += part.pence
    made = [Portion(entity, line, year, "", pence) for (line, year, entity), pence in own.items()]
    for (line, year, scope), pence in together.items():
        rows = shared[scope]
        divided = largest_remainder(pence, [row.share for row in rows])
        made += [
            Portion(row.entity, line, year, scope, pence) for row, pence in zip(rows, divided, strict=True) if pence
        ]
    return sorted(made, key=lambda item: (item.entity, item.line, item.fy, item.scope))
