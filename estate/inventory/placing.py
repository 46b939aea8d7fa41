"""Where a unit is, when more than one device has something to say of it in one run.

A unit is in one place. What decides: who held it before the run keeps it while it still answers with it, or answered
without being able to say that it is gone; else it has moved to the device that now shows it, the first by name where
several do. Every other device that shows it has a *claim*: a conflict that is kept and shown. The outcome depends on
what the devices said, not on the order in which they were asked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.inventory.relocation import is_box

if TYPE_CHECKING:
    from collections.abc import Mapping

    from estate.inventory.seen import SeenUnit

# What a place can tell: found again from the ledger, so that the order of the devices in a night does not matter.
EVENTS = ("discovered", "installed", "joined", "returned", "removed", "moved", "conflict")


@dataclass(frozen=True, slots=True)
class Before:
    """The row that a device held of the unit when the run began. ``row`` is the store's id."""

    row: int
    since: dt.datetime
    claim: bool
    seen: SeenUnit
    reading: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a device said of the unit in this run.

    ``reading`` is the ledger's id, ``at`` its time. ``seen`` is what it shows of the unit now, None where it shows
    nothing new; ``gone`` that a complete reading no longer shows it. Neither: it answered, and the unit stands.
    ``first`` that this was the device's first reading ever; ``swapped`` that it came into, or left, a slot where it
    replaced another unit, or was replaced: then the swap is told, not that it came or went.
    """

    reading: int
    at: dt.datetime
    seen: SeenUnit | None = None
    gone: bool = False
    first: bool = False
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A row as it shall stand: ``row`` is None for one that is to be written."""

    device: str
    row: int | None
    since: dt.datetime
    until: dt.datetime | None
    claim: bool
    seen: SeenUnit
    opened_by: int | None
    closed_by: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """A life event of the unit, told by the reading that shows it; places are ``device: slot``."""

    what: str
    device: str
    reading: int
    at: dt.datetime
    before: str | None
    after: str | None


def place(
    before: Mapping[str, Before], said: Mapping[str, Said], *, known: bool
) -> tuple[tuple[Span, ...], tuple[Event, ...]]:
    """The rows and events of one unit in one run, by device name.

    Args:
        before: the rows that stood when the run began; at most one of them is not a claim.
        said: what each device said of the unit, as far as the run has got.
        known: whether the unit was anywhere before it came to where it is now (it *returned*, and is not new).
    """
    owner = next((device for device, row in before.items() if not row.claim), None)
    gone = {device for device, word in said.items() if word.gone}
    arrivals = {device: word for device, word in said.items() if word.seen is not None and device not in before}
    holder = _holder(before, said, owner, gone, arrivals)
    spans: list[Span] = []
    for device, row in before.items():
        spans += _spans(device, row, before, said, owner, holder)
    for device, word in arrivals.items():
        if word.seen is not None:
            since = _since(word.at, before, owner) if device == holder else word.at
            spans.append(Span(device, None, since, None, device != holder, word.seen, word.reading, None))
    return tuple(spans), tuple(_events(before, said, owner, holder, arrivals, known=known))


def _holder(
    before: Mapping[str, Before],
    said: Mapping[str, Said],
    owner: str | None,
    gone: set[str],
    arrivals: Mapping[str, Said],
) -> str | None:
    if owner is not None and owner not in gone:
        return owner if owner in said or not arrivals else min(arrivals)
    return min((before.keys() - gone) | arrivals.keys(), default=None)


def _since(at: dt.datetime, before: Mapping[str, Before], owner: str | None) -> dt.datetime:
    """When a new place begins: never before the old one did, whatever the clocks of two collectors say."""
    return max(at, before[owner].since) if owner is not None else at


def _spans(
    device: str,
    row: Before,
    before: Mapping[str, Before],
    said: Mapping[str, Said],
    owner: str | None,
    holder: str | None,
) -> list[Span]:
    word = said.get(device)

    def old(until: dt.datetime | None, closed_by: int | None) -> Span:
        until = max(until, row.since) if until else None
        return Span(device, row.row, row.since, until, row.claim, row.seen, row.reading, closed_by)

    if device == owner and holder is not None and holder != owner and holder not in before:
        # it moved: the old place ends when the new one begins, whichever of the two was asked first
        closed_by = word.reading if word is not None and word.gone else said[holder].reading
        return [old(said[holder].at, closed_by)]
    if word is not None and word.gone:
        return [old(word.at, word.reading)]
    if row.claim and device == holder and owner is not None:
        # the owner gave it up, and the claim becomes the place
        left = said[owner]
        at = max(left.at, before[owner].since, row.since, word.at if word and word.seen else left.at)
        seen, opened_by = (word.seen, word.reading) if word and word.seen else (row.seen, left.reading)
        return [old(at, left.reading), Span(device, None, at, None, False, seen, opened_by, None)]
    if word is not None and word.seen is not None:
        at = max(word.at, row.since)
        return [old(at, word.reading), Span(device, None, at, None, row.claim, word.seen, word.reading, None)]
    return [old(None, None)]


def _events(
    before: Mapping[str, Before],
    said: Mapping[str, Said],
    owner: str | None,
    holder: str | None,
    arrivals: Mapping[str, Said],
    *,
    known: bool,
) -> list[Event]:
    events: list[Event] = []
    here = _place(holder, before, arrivals)
    was = _place(owner, before, arrivals)
    for device, word in arrivals.items():
        there = _place(device, before, arrivals)
        if device != holder:
            events.append(Event("conflict", device, word.reading, word.at, here, there))
        elif owner is not None:
            events.append(Event("moved", device, word.reading, word.at, was, there))
        elif (what := _arrival(word, known=known)) is not None:
            events.append(Event(what, device, word.reading, word.at, None, there))
    if owner is not None and owner in said and said[owner].gone and holder not in arrivals:
        word = said[owner]
        what = "removed" if holder is None else "moved"
        if holder is not None or not word.swapped:
            events.append(Event(what, owner if holder is None else holder, word.reading, word.at, was, here))
    return events


def _arrival(word: Said, *, known: bool) -> str | None:
    """What to call that a unit is where none of the devices held it; None where the swap says it already."""
    if known:
        return "returned"
    if word.swapped:
        return None
    if word.first or word.seen is None:
        return "discovered"
    # the one box of a device has no number; what has one stands in a stack
    joined = is_box(word.seen) and word.seen.parent is None and word.seen.slot != "chassis"
    return "joined" if joined else "installed"


def _place(device: str | None, before: Mapping[str, Before], arrivals: Mapping[str, Said]) -> str | None:
    if device is None:
        return None
    word = arrivals.get(device)
    seen = word.seen if word else before[device].seen
    return f"{device}: {seen.slot}" if seen else device
