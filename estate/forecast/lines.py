"""The council's programme as files: budget lines, what they ask for, who pays, the printed totals, and the sites."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.cells import date, flag, money, one_of, text
from config.tables import Column, Table, by
from estate.forecast.calendar import FinancialYear, financial_year

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROLS_OF = ("portfolio", "separate", "existing", "alternate", "request")


def pence(amount: Decimal) -> int:
    """Pounds with at most two decimals as integer pence, exactly."""
    return int(amount.scaleb(2))


@dataclass(frozen=True, slots=True)
class Line:
    """A budget line. ``status`` is the council's own word (Requested, Funded, Separate BC ...)."""

    line: str
    name: str
    theme: str
    status: str
    cost_centre: str
    subjective: str
    project: str
    source: str


@dataclass(frozen=True, slots=True)
class Budget:
    """What a line asks for in a year where that is not computed from assets; ``separate``: costed and funded apart."""

    line: str
    fy: FinancialYear
    amount: Decimal
    status: str
    separate: bool
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Funding:
    """Money from a source for a line and year; a blank line is the portfolio as a whole."""

    line: str
    fy: FinancialYear
    source: str
    kind: str
    level: str
    recurrent: bool
    status: str
    amount: Decimal
    decision: str
    place: str


@dataclass(frozen=True, slots=True)
class Control:
    """A printed total that the computed one must equal: ``theme:NAME`` or a word of :data:`CONTROLS_OF`."""

    control: str
    fy: FinancialYear
    amount: Decimal
    source: str
    place: str


@dataclass(frozen=True, slots=True)
class Site:
    """A site; kit of one that closes before the new kit would go live is not replaced."""

    site: str
    name: str
    entity: str
    closes_on: dt.date | None
    criticality: str
    source: str


def control_name(cell: str) -> str:
    """``theme:NAME``, or one of the portfolio's controls."""
    word, colon, theme = cell.partition(":")
    if colon and word.strip().lower() == "theme" and theme.strip():
        return f"theme:{theme.strip()}"
    return one_of(*CONTROLS_OF)(cell)


def _check_line(row: Line) -> Iterator[tuple[str, str]]:
    if row.line.casefold() == UNASSIGNED:
        yield "line", f"{UNASSIGNED} is what the forecast calls money without a line: use another word"


UNASSIGNED = "unassigned"

LINES = Table(
    "lines",
    Line,
    (
        Column("line", required=True),
        Column("name", text, ""),
        Column("theme", text, ""),
        Column("status", text, ""),
        Column("cost_centre", text, ""),
        Column("subjective", text, ""),
        Column("project", text, ""),
    ),
    validate=_check_line,
    key=by("line"),
)
BUDGET = Table(
    "budget",
    Budget,
    (
        Column("line", required=True),
        Column("fy", financial_year, required=True),
        Column("amount", money, Decimal(0)),
        Column("status", text, ""),
        Column("separate", flag, blank=False),
        Column("note", text, ""),
    ),
    key=by("line", "fy"),
)
FUNDING = Table(
    "funding",
    Funding,
    (
        Column("line", text, ""),
        Column("fy", financial_year, required=True),
        Column("source", text, ""),
        Column("kind", one_of("existing", "alternate", "allocated"), "allocated"),
        Column("level", one_of("released", "in_principle", "requested"), "requested"),
        Column("recurrent", flag, blank=False),
        Column("status", one_of("approved", "pending"), "pending"),
        Column("amount", money, Decimal(0)),
        Column("decision", text, ""),
    ),
    place="place",
    key=by("line", "fy", "source", "kind", "level", "status"),
)
CONTROLS = Table(
    "controls",
    Control,
    (
        Column("control", control_name, required=True),
        Column("fy", financial_year, required=True),
        Column("amount", money, Decimal(0), required=True),
        Column("source", text, ""),
    ),
    place="place",
    key=by("control", "fy"),
)
SITES = Table(
    "sites",
    Site,
    (
        Column("site", required=True),
        Column("name", text, ""),
        Column("entity", text, ""),
        Column("closes_on", date),
        Column("criticality", text, ""),
    ),
    key=by("site"),
)
