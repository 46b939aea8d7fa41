"""A change as a plain sentence, the same on the page of a device, in a unit's life and in the summary of a night."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from estate.inventory.store import Changed

# Every word of Changed.what, the ones that somebody's hands did first: the order in which a night tells them.
EVENTS = (
    "swapped", "moved", "renumbered", "joined", "removed", "returned", "installed", "conflict", "stale", "back",
    "changed", "discovered",
)  # fmt: skip


def sentence(change: Changed) -> str:
    """What happened, and to what, without the device that tells it."""
    words = _WORDS.get(change.what, _changed)(change)
    return words if change.subject == change.device else f"{change.subject} {words}"


def _place(change: Changed, place: str | None) -> str:
    """A place without the device, where that is the one that tells of it."""
    return (place or "unknown").removeprefix(f"{change.device}: ")


def _swapped(change: Changed) -> str:
    return f"swapped: {change.before or 'unknown'} out, {change.after or 'unknown'} in"


def _moved(change: Changed) -> str:
    what = {"site": "site ", "slot": ""}.get(change.field, "")
    return f"moved from {what}{_place(change, change.before)} to {what}{_place(change, change.after)}"


def _renumbered(change: Changed) -> str:
    return f"renumbered: {change.before} is now {change.after}"


def _joined(change: Changed) -> str:
    return f"joined the stack as {_place(change, change.after)}"


def _removed(change: Changed) -> str:
    return f"removed from {_place(change, change.before)}"


def _conflict(change: Changed) -> str:
    return f"answers at {_place(change, change.after)} too, while it is held at {_place(change, change.before)}"


def _stale(change: Changed) -> str:
    return f"stale: not read to its end since {change.before}"


def _back(change: Changed) -> str:
    days = ""
    if change.before and change.after:
        days = f" after {(dt.date.fromisoformat(change.after) - dt.date.fromisoformat(change.before)).days} days"
    return f"back{days}: last read to its end on {change.before}"


def _arrived(change: Changed) -> str:
    return f"{change.what} ({_place(change, change.after)})"


def _changed(change: Changed) -> str:
    before = "unknown" if change.before is None else change.before
    after = "unknown" if change.after is None else change.after
    return f"{change.field.replace('_', ' ')}: {before} -> {after}"


_WORDS = {
    "swapped": _swapped, "moved": _moved, "renumbered": _renumbered, "joined": _joined, "removed": _removed,
    "conflict": _conflict, "stale": _stale, "back": _back, "discovered": _arrived, "installed": _arrived,
    "returned": _arrived,
}  # fmt: skip
