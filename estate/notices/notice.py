"""What is news between two nights, as pure functions.

A *subject* is a unit of the population, or the software of a device. It is told of once, when it newly is unsupported
or ending, or when the date that decides its support is new, has moved or is gone; then not again until it changes, or
until an acknowledgement of it has run out. What is told of a subject holds until something else is told of it, or it
ceases to be so. The first night of all tells nothing of single subjects: how the whole estate stands is one notice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from estate.lifecycle.milestones import State, UnitState
from estate.lifecycle.status import SoftwareStatus, UnitStatus, product_of, software_of
from estate.notices.acknowledgements import Acknowledgement, acknowledgement_for
from estate.notices.detail import DATED, ENDING, FIRST, MOVED, SOFTWARE, UNDATED, UNIT, UNSUPPORTED, Detail

ENDED = {State.UNSUPPORTED: UNSUPPORTED, State.ENDING: ENDING}


@dataclass(frozen=True, slots=True)
class Seen:
    """How a subject stood: the product it was matched as, its state, and the date that decides it."""

    product: str
    state: State
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A unit or the software of a device tonight: how it stands, and what would be told of it."""

    key: str
    seen: Seen
    detail: Detail


@dataclass(frozen=True, slots=True)
class News:
    """One thing newly to be told of a subject, and the acknowledgement that covers it from the start, if one does."""

    subject: str
    what: str
    detail: Detail
    acknowledged: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice that still holds. ``acknowledged_until`` is the last day of the acknowledgement last known of it."""

    id: int
    subject: str
    what: str
    detail: Detail
    acknowledged_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a night comes to: what is new, what ceased to be so, what is acknowledged, and what comes back.

    ``back`` are notices whose acknowledgement has run out or was taken away: they are sent again.
    """

    new: tuple[News, ...] = ()
    over: tuple[int, ...] = ()
    acknowledged: tuple[tuple[int, Acknowledgement], ...] = ()
    back: tuple[int, ...] = ()


def subjects(units: Iterable[UnitStatus], software: Iterable[SoftwareStatus]) -> dict[str, Subject]:
    """Every subject of the population by its key, in a stable order.

    A unit's key is its asset_id; only where makers share a serial number, the vendor too.
    """
    counted = [item for item in units if not item.excluded]
    shared = Counter(item.unit.asset_id.casefold() for item in counted)
    found: dict[str, Subject] = {}
    for item in counted:
        unit = item.unit
        key = f"{UNIT}:{unit.asset_id.casefold()}"
        if shared[unit.asset_id.casefold()] > 1:
            key += f"|{(unit.vendor or '').casefold()}|{(unit.device or '').casefold()}"
        found[key] = Subject(key, _seen(product_of(unit), item.state), _detail(UNIT, item))
    for program in software:
        key = f"{SOFTWARE}:{(program.unit.device or '').casefold()}"
        found[key] = Subject(key, _seen(software_of(program.unit), program.state), _detail(SOFTWARE, program))
    return dict(sorted(found.items()))


def _seen(product: tuple[str, str, str], state: UnitState) -> Seen:
    return Seen("|".join(product), state.state, state.date)


def _detail(thing: str, item: UnitStatus | SoftwareStatus) -> Detail:
    unit, state = item.unit, item.state
    return Detail(
        thing=thing,
        device=unit.device,
        site=unit.site,
        kind=unit.kind,
        serial=unit.serial,
        asset_id=unit.asset_id,
        vendor=unit.vendor,
        part_number=unit.part_number,
        model=unit.model,
        os=unit.os,
        version=unit.version,
        quantity=1 if thing == SOFTWARE else unit.quantity,
        state=str(state.state),
        milestone=state.milestone or None,
        date=_iso(state.date),
        latest_possible=state.date is not None and not state.confirmed,
        source=state.match.source or None,
        bulletin=state.match.bulletin or None,
        replacement=None if thing == SOFTWARE else state.match.replacement,
    )


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def news(before: Seen | None, now: Seen) -> str:
    """What is to be told of a subject that stood like this and stands like that now; blank where nothing is.

    A date moves only while the product stays the same: software that was updated has another date, no moved one.
    """
    ended = ENDED.get(now.state, "")
    if before is None:
        return ended
    if ended and (before.state not in ENDED or (ended == UNSUPPORTED and before.state is State.ENDING)):
        return ended
    if before.product != now.product:
        return ended if before.date != now.date else ""
    if before.date == now.date:
        return ""
    if now.date is None:
        return UNDATED
    return MOVED if before.date else DATED


def compare(
    before: Mapping[str, Seen],
    now: Mapping[str, Subject],
    standing: Sequence[Standing],
    acknowledgements: Sequence[Acknowledgement],
    as_of: dt.date,
) -> Told:
    """What a night has to tell.

    Args:
        before: how every subject stood at the last completed night; empty on the first one.
        now: every subject tonight.
        standing: the notices that still hold.
        acknowledgements: the rows of acknowledgements.csv.
        as_of: the day of tonight; an acknowledgement holds on its last day.
    """
    if not before:
        return Told(new=(_first(now.values()),) if now else (), over=tuple(item.id for item in standing))
    new = []
    for key, subject in now.items():
        was = before.get(key)
        if what := news(was, subject.seen):
            detail = _with_before(subject.detail, was)
            new.append(News(key, what, detail, acknowledgement_for(what, detail, acknowledgements, as_of)))
    fresh = {item.subject for item in new}
    over, acknowledged, back = [], [], []
    for item in standing:
        if item.subject in fresh or not _holds(item, now.get(item.subject)):
            over.append(item.id)
        elif found := acknowledgement_for(item.what, item.detail, acknowledgements, as_of):
            acknowledged.append((item.id, found))
        elif item.acknowledged_until is not None:
            back.append(item.id)
    return Told(tuple(new), tuple(over), tuple(acknowledged), tuple(back))


def _holds(item: Standing, subject: Subject | None) -> bool:
    """Whether what was told is still so, of something that is still there."""
    if subject is None:
        # the notice of the first night is about no subject: it is a message, and over once it was sent
        return False
    seen = subject.seen
    ended = item.what not in ENDED.values() or seen.state in ENDED
    return ended and _iso(seen.date) == item.detail.date


def _with_before(detail: Detail, was: Seen | None) -> Detail:
    if was is None:
        return detail
    return Detail.from_json(detail.as_json() | {"was": str(was.state), "was_date": _iso(was.date)})


def _first(now: Iterable[Subject]) -> News:
    counts = {UNIT: Counter[str](), SOFTWARE: Counter[str]()}
    for subject in now:
        counts[subject.detail.thing][str(subject.seen.state)] += subject.detail.quantity
    return News("", FIRST, Detail(counts={thing: dict(sorted(found.items())) for thing, found in counts.items()}))
