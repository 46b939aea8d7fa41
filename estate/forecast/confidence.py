"""How sure a version's figures are, as plain data: the confidence strip, and the bars of the tornado."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.need import SECURITY, SUPPORT

if TYPE_CHECKING:
    from estate.forecast.version import FeedRow, Version


@dataclass(frozen=True, slots=True)
class Confidence:
    """What a reader must know of how sure the need is: pence of it, and counts.

    ``recent_pence`` is priced from a quotation that is neither stale nor a starter assumption; ``dated_pence`` is
    driven by a date that a vendor published for the product; ``unquantified`` counts what has no money at all.
    ``p50``, ``p80`` and ``p90`` are pence of the total, None before ``estate forecast simulate``.
    """

    need_pence: int
    recent_pence: int
    dated_pence: int
    unquantified: int
    p50: int | None
    p80: int | None
    p90: int | None
    runs: int

    @property
    def recent_pct(self) -> int:
        """Per cent of the need, rounded down: confidence is never rounded up."""
        return self.recent_pence * 100 // self.need_pence if self.need_pence else 0

    @property
    def dated_pct(self) -> int:
        """Per cent of the need, rounded down."""
        return self.dated_pence * 100 // self.need_pence if self.need_pence else 0


def confidence_of(version: Version) -> Confidence:
    """The confidence strip of a version."""
    rows = [row for row in version.rows if row.scenario == "need" and row.counts]
    total = version.header.get("simulation", {}).get("total", {})
    return Confidence(
        need_pence=sum(row.amount_pence for row in rows),
        recent_pence=sum(row.amount_pence for row in rows if _recent(row)),
        dated_pence=sum(
            row.amount_pence for row in rows if row.driver in {SECURITY, SUPPORT} and row.confidence == "dated"
        ),
        unquantified=sum(item.reason != "conflict" for item in version.exceptions),
        p50=total.get("P50"),
        p80=total.get("P80"),
        p90=total.get("P90"),
        runs=version.header.get("simulation", {}).get("runs", 0),
    )


def _recent(row: FeedRow) -> bool:
    # a price of which nobody says how old it is may be any age
    return not {"stale_price", "starter_price", "undated_price", "budget"} & set(row.flags.split(";"))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the tornado: what the total need comes to (pence) with one thing a step down and a step up."""

    driver: str
    step: str
    low_pence: int
    high_pence: int


def tornado_of(version: Version) -> tuple[int, list[Bar]]:
    """The need that the bars start from, and the bars, the widest first.

    0 and none before ``estate forecast simulate --sensitivity``.
    """
    found = (version.header.get("simulation") or {}).get("sensitivity")
    if not found:
        return 0, []
    return found["need"], [Bar(item["driver"], item["step"], item["low"], item["high"]) for item in found["swings"]]
