"""What of a unit a driver changed, in words: the last step of a bridge, from the pence back to the fact."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from estate.forecast.bridge import RELEASE
from estate.forecast.hybrid import (
    CAPPED,
    CORRECTION,
    DECISIONS,
    DELIVERED,
    ESTATE,
    INFLATION,
    LIFECYCLE,
    POLICY,
    PRICES,
    TIME,
    UNIT_FACTS,
    Change,
    Pair,
)
from estate.forecast.prices import price_for
from estate.policy.decisions import decisions_for
from estate.policy.policies import policy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from estate.forecast.inputs import Inputs
    from estate.inventory.unit import Unit

# Texts that say where a row stands: no reason for a move.
PLACES = ("source", "place")
SHOWN = 3


def why(pair: Pair, driver: int, asset_id: str) -> str:
    """Why a driver moved a unit's money; blank asset: what a line asks for.

    A unit whose own facts did not change is moved by the others of its bundle, with which it shares costs and pence.
    """
    if driver == RELEASE:
        return "another release of estate computes it otherwise"
    if driver == TIME:
        return _time(pair)
    if driver == INFLATION:
        return "another rate of indices.csv or fx.csv"
    if not asset_id:
        return "budget.csv asks for another amount, or its line is now computed from assets"
    change = pair.changes[asset_id]
    found = _SAY[driver](pair, change) if driver in _SAY else ""
    return found or "with the others of its bundle"


def _time(pair: Pair) -> str:
    old, new = pair.old, pair.new
    days = f"the day moved from {old.as_of} to {new.as_of}"
    if (old.base_fy, old.years) == (new.base_fy, new.years):
        return days
    one, two = (f"{side.base_fy} to {side.base_fy + (side.years - 1)}" for side in (old, new))
    return f"{days}, the years from {one} to {two}"


def _unit(pair: Pair, change: Change) -> str:
    if change.driver not in {DELIVERED, ESTATE, CORRECTION}:
        return _ordered(pair, change)
    if change.old is not None and change.new is not None:
        return _differences(change.old, change.new, UNIT_FACTS)
    unit = change.new or change.old
    if unit is None:
        return ""
    known = unit.installed_on or unit.purchased_on or unit.first_seen
    since = f", known since {known}" if known else ""
    if change.new is not None:
        return f"{'stands in the place of what left' if change.driver == DELIVERED else 'new'}{since}"
    return "replaced by what stands in its place" if change.driver == DELIVERED else "gone"


def _ordered(pair: Pair, change: Change) -> str:
    """What actuals.csv says of an order for a unit, in each forecast."""
    unit = change.new or change.old
    words: list[str] = []
    for side in (pair.old, pair.new):
        rows = [row for row in side.actuals if unit and row.serial.casefold() == unit.asset_id.casefold()]
        words.append(", ".join(f"{row.kind} {row.order} {row.fy}".replace("  ", " ") for row in rows) or "no order")
    return f"{words[0]} -> {words[1]} (actuals.csv)" if words[0] != words[1] else ""


def _lifecycle(pair: Pair, change: Change) -> str:
    unit = change.new or change.old
    if unit is None:
        return ""
    one, two = (side.matches.get(unit.asset_id) for side in (pair.old, pair.new))
    before, after = (match.dates if match else {} for match in (one, two))
    said = [
        f"{name.replace('_', ' ')} {before.get(name, 'unknown')} -> {after.get(name, 'unknown')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    row = f" ({two.row})" if said and two and two.row else ""
    return ", ".join(said) + row


def _row(find: Callable[[Unit, Inputs], Any], name: str) -> Callable[[Pair, Change], str]:
    """What differs between the rows that are found for a unit in each forecast."""

    def say(pair: Pair, change: Change) -> str:
        old, new = change.old or change.new, change.new or change.old
        if old is None or new is None:
            return ""
        one, two = find(old, pair.old), find(new, pair.new)
        if one is None or two is None:
            return "" if one is two else f"{name} {'has a row now' if one is None else 'has no row any more'}"
        names = [item.name for item in fields(one) if item.name not in PLACES]
        said = _differences(one, two, names)
        return f"{said} ({getattr(two, 'place', '') or two.source})" if said else ""

    return say


def _policy(unit: Unit, side: Inputs) -> Any:
    return policy_for(unit, side.policies)


def _price(unit: Unit, side: Inputs) -> Any:
    policy = policy_for(unit, side.policies)
    return price_for(unit, policy.policy, side.prices) if policy else None


def _decisions(pair: Pair, change: Change) -> str:
    unit = change.new or change.old
    if unit is None:
        return ""
    names: list[list[str]] = []
    for side in (pair.old, pair.new):
        policy = policy_for(unit, side.policies)
        found = decisions_for(unit, policy.policy, policy.line, side.decisions, side.as_of) if policy else ()
        names.append([f"{item.decision} ({item.kind})" for item in found])
    if names[0] != names[1]:
        return f"{', '.join(names[0]) or 'no decision'} -> {', '.join(names[1]) or 'no decision'}"
    closing = [
        next((str(item.closes_on or "open") for item in side.sites if item.site == unit.site), "open")
        for side in (pair.old, pair.new)
    ]
    if closing[0] != closing[1]:
        return f"site {unit.site} closes: {closing[0]} -> {closing[1]}"
    return "another date or year of the same decision" if names[0] else ""


def _differences(one: Any, two: Any, names: Sequence[str]) -> str:
    said = [
        f"{name.replace('_', ' ')} {_word(getattr(one, name))} -> {_word(getattr(two, name))}"
        for name in names
        if getattr(one, name) != getattr(two, name)
    ]
    return ", ".join(said[:SHOWN]) + (f" and {len(said) - SHOWN} more" if len(said) > SHOWN else "")


def _word(value: object) -> str:
    return "blank" if value is None or value == "" else str(value)


_SAY: dict[int, Callable[[Pair, Change], str]] = {
    DELIVERED: _unit,
    ESTATE: _unit,
    CORRECTION: _unit,
    LIFECYCLE: _lifecycle,
    POLICY: _row(_policy, "policy.csv"),
    DECISIONS: _decisions,
    PRICES: _row(_price, "prices.csv"),
    CAPPED: lambda *_: "another year of the capped plan",
}
