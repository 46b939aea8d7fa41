"""What funding.csv says over several rows: agreements in principle, carry-forwards and virements (2.6, S4, S5).

An event is added to the file as two rows or more that share a decision; the rows before it are never edited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.gap import REVENUE_SOURCES, source_of, spendable
from estate.forecast.lines import pence

if TYPE_CHECKING:
    from estate.forecast.calendar import FinancialYear
    from estate.forecast.lines import Funding


@dataclass(frozen=True, slots=True)
class Envelope:
    """An agreement in principle over several years, by one decision; ``released`` is what of it was released so far.

    ``years`` is the list as the council wrote it. ``includes_year1`` says whether a year in which money was released is
    among them; what is left, and over how many years, depends on that, so both are shown where it is in doubt (S5).
    """

    decision: str
    pence: int
    years: tuple[FinancialYear, ...]
    released: int
    released_years: tuple[FinancialYear, ...]

    @property
    def includes_year1(self) -> bool:
        """Whether the envelope covers a year in which money of it is released."""
        return bool({*self.years} & {*self.released_years})

    @property
    def remaining(self) -> int:
        """What is agreed and not released; nothing of it can be spent."""
        return self.pence - self.released if self.includes_year1 else self.pence

    @property
    def open_years(self) -> tuple[FinancialYear, ...]:
        """The years for which nothing is released yet."""
        return tuple(year for year in self.years if year not in self.released_years)

    @property
    def mean(self) -> int | None:
        """What is left for each open year, in whole pence rounded down; None where no year is open."""
        return self.remaining // len(self.open_years) if self.open_years else None


def envelopes(funding: Sequence[Funding]) -> list[Envelope]:
    """The envelopes of funding.csv: approved rows ``in_principle`` that share a decision, with what it released."""
    agreed: dict[str, list[Funding]] = defaultdict(list)
    for row in funding:
        if row.level == "in_principle" and row.status == "approved":
            agreed[row.decision].append(row)
    made = []
    for decision, rows in sorted(agreed.items()):
        released = [row for row in funding if row.decision == decision and spendable(row)]
        made.append(
            Envelope(
                decision,
                sum(pence(row.amount) for row in rows),
                tuple(sorted({row.fy for row in rows})),
                sum(pence(row.amount) for row in released),
                tuple(sorted({row.fy for row in released})),
            )
        )
    return made


@dataclass(frozen=True, slots=True)
class Event:
    """Approved money moved by one decision: two rows or more of funding.csv that add to nothing.

    ``kind``: ``carry_forward`` (to a later year), ``brought_forward``, ``virement`` (to another line), or
    ``capital_revenue`` where it moves between capital and revenue, which is no virement.
    """

    kind: str
    decision: str
    pence: int
    from_line: str
    from_fy: FinancialYear
    to_line: str
    to_fy: FinancialYear


def events(funding: Sequence[Funding]) -> Iterator[Event]:
    """Carry-forwards and virements: an event is added to the file, and the rows before it stay as they are."""
    moves: dict[str, list[Funding]] = defaultdict(list)
    for row in funding:
        if row.status == "approved" and row.decision:
            moves[row.decision].append(row)
    for decision, rows in sorted(moves.items()):
        gives = [row for row in rows if row.amount < 0]
        takes = [row for row in rows if row.amount > 0]
        if len(gives) != 1 or sum(row.amount for row in rows) != 0:
            continue
        give = gives[0]
        for take in takes:
            yield Event(_kind(give, take), decision, pence(take.amount), give.line, give.fy, take.line, take.fy)


def _kind(give: Funding, take: Funding) -> str:
    if (source_of(give.source) in REVENUE_SOURCES) != (source_of(take.source) in REVENUE_SOURCES):
        return "capital_revenue"
    if give.line != take.line:
        return "virement"
    return "carry_forward" if take.fy > give.fy else "brought_forward"


def unbalanced(funding: Sequence[Funding]) -> list[Funding]:
    """Negative rows that are no part of an event: money taken away without saying where it went."""
    moved = {event.decision for event in events(funding)}
    return [row for row in funding if row.amount < 0 and row.decision not in moved]
