"""From one forecast's technology debt to the next, every term named and none left over (forecast-model.md 2.8, W7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.forecast.debt import Position, Sum, stock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

TERMS = ("newly_due", "discovered", "date_brought_forward", "delivered", "retired", "date_put_back", "value_change")


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit's part in the flow, in pence: what it adds to the debt, or (negative) takes away."""

    asset_id: str
    term: str
    pence: int


@dataclass(frozen=True, slots=True)
class Flow:
    """From one stock to the next: ``opening + sum(terms) = closing``, and every unit in one term only."""

    opening: Sum
    closing: Sum
    moved: tuple[Moved, ...]

    @property
    def terms(self) -> dict[str, int]:
        """Each term in pence, in the published order."""
        found = dict.fromkeys(TERMS, 0)
        for item in self.moved:
            found[item.term] += item.pence
        return found

    @property
    def holds(self) -> bool:
        """Whether the identity holds to the penny."""
        return self.opening.pence + sum(self.terms.values()) == self.closing.pence


def flow(
    before: Sequence[Position], start: dt.date, after: Sequence[Position], end: dt.date, received: Iterable[str] = ()
) -> Flow:
    """The flow between two forecasts' stocks.

    Leavers leave at the value that they had, entrants come at the value that they have, and what stays gives the
    difference. A unit that is gone was *delivered* where money for it was received (``received``: asset ids) or where
    another one took its place; else it was *retired*.
    """
    old, new = {item.asset_id: item for item in before}, {item.asset_id: item for item in after}
    delivered = {*received} | _replaced(before, after)
    moved = []
    for asset_id in sorted(old.keys() | new.keys()):
        was, now = old.get(asset_id), new.get(asset_id)
        held = was.value or 0 if was and was.due(start) else None
        holds = now.value or 0 if now and now.due(end) else None
        if held is None and holds is None:
            continue
        term = _term(was, now, held, holds, end, delivered=asset_id in delivered)
        if (pence := (holds or 0) - (held or 0)) or term != "value_change":
            moved.append(Moved(asset_id, term, pence))
    return Flow(stock(before, start), stock(after, end), tuple(moved))


def _term(
    was: Position | None,
    now: Position | None,
    held: int | None,
    holds: int | None,
    end: dt.date,
    *,
    delivered: bool,
) -> str:
    if held is not None and holds is not None:
        return "value_change"
    if held is not None:
        if now is None:
            return "delivered" if delivered else "retired"
        return "date_put_back"
    if was is None:
        return "discovered"
    # due by the old date too, so only time has passed
    return "newly_due" if was.due(end) else "date_brought_forward"


def _replaced(before: Sequence[Position], after: Sequence[Position]) -> set[str]:
    """The units that are gone and whose place another one took: the same slot of its device, or what was forecast."""
    known, here = {item.asset_id for item in before}, {item.asset_id for item in after}
    fresh = [item for item in after if item.asset_id not in known]
    slots = {(item.device, item.slot) for item in fresh if item.device}
    bought = {(item.site, item.part_number.casefold()) for item in fresh if item.part_number}
    return {
        item.asset_id
        for item in before
        if item.asset_id not in here
        and (
            (item.device and (item.device, item.slot) in slots)
            or (item.replacement and (item.site, item.replacement.casefold()) in bought)
        )
    }
