"""The support state of a device: that of its worst unit or of its software, with all that is out of support named.

Only what is in the population counts: a pulled card or a spare does not make a device unsupported.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collectors.observation import UNIT_KINDS
from estate.lifecycle.milestones import State, UnitState
from estate.lifecycle.status import WORST_FIRST, SoftwareStatus, UnitStatus, severity

# What would mend a device: another version, another part inside, another box.
SOFTWARE, PARTS, BOX = "update the software", "replace the parts named", "replace the box"


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A device as a whole.

    ``state`` is the worst of its units and its software, ``decided_by`` names which, ``date`` and ``milestone`` are of
    that one. ``unsupported`` and ``ending`` name every unit and version that is; ``unknown`` counts those of which
    nothing is known, which make no device unsupported and none supported. ``remedy`` is what mends it, the least first;
    ``decisions`` are those about any of it, beside its state. ``latest_possible`` says that the date is only that of a
    series, so that the device may be out of support before; ``not_announced_on`` of which day no end was announced.
    """

    device: str
    site: str | None
    kind: str
    state: State
    decided_by: str
    milestone: str
    date: dt.date | None
    unsupported: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    unknown: int = 0
    remedy: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    latest_possible: bool = False
    not_announced_on: dt.date | None = None


def roll_up(units: Iterable[UnitStatus], software: Iterable[SoftwareStatus]) -> list[DeviceStatus]:
    """The status of every device that has a unit in the population, the worst first."""
    inside: dict[str, list[UnitStatus]] = defaultdict(list)
    for item in units:
        if item.unit.device and not item.excluded:
            inside[item.unit.device].append(item)
    runs = {item.unit.device: item for item in software}
    found = [_device(name, items, runs.get(name)) for name, items in inside.items()]
    return sorted(found, key=lambda one: (WORST_FIRST.index(one.state), one.date or dt.date.max, one.device))


def _device(name: str, items: Sequence[UnitStatus], software: SoftwareStatus | None) -> DeviceStatus:
    told: list[tuple[str, UnitState]] = [(_called(item), item.state) for item in items]
    if software is not None:
        told.append((f"{software.unit.os} {software.unit.version}", software.state))
    boxes = [item for item in items if item.unit.kind not in UNIT_KINDS]
    # what is merely unknown inside does not outweigh a box of which something is known
    weighed = [one for one in told if one[1].state is not State.UNKNOWN] or told
    decided_by, worst = min(weighed, key=lambda one: severity(one[1]))
    box = (boxes or items)[0].unit
    state = worst.state
    unknown = next((item for item in boxes if item.state.state is State.UNKNOWN), None)
    if unknown is not None and state in {State.SUPPORTED, State.NOT_ANNOUNCED}:
        decided_by, state = _called(unknown), State.UNKNOWN
    return DeviceStatus(
        device=name,
        site=box.site,
        kind=box.kind,
        state=state,
        decided_by=decided_by,
        milestone=worst.milestone if state is worst.state else "",
        date=worst.date if state is worst.state else None,
        unsupported=_in(State.UNSUPPORTED, told),
        ending=_in(State.ENDING, told),
        unknown=len(_in(State.UNKNOWN, told)),
        remedy=_remedy(items, software),
        latest_possible=state is worst.state and worst.date is not None and not worst.confirmed,
        not_announced_on=worst.match.not_announced_on if state is State.NOT_ANNOUNCED else None,
        decisions=tuple(dict.fromkeys(one.sentence() for item in items for one in item.decisions)),
    )


def _called(item: UnitStatus) -> str:
    unit = item.unit
    return " ".join(filter(None, (unit.part_number or unit.model or unit.kind, unit.serial)))


def _in(state: State, told: Iterable[tuple[str, UnitState]]) -> tuple[str, ...]:
    return tuple(name for name, one in told if one.state is state)


def _remedy(items: Sequence[UnitStatus], software: SoftwareStatus | None) -> tuple[str, ...]:
    """What mends what is out of support or will be: for a part both ways, itself and the box around it."""
    ended = (State.UNSUPPORTED, State.ENDING)
    boxes = any(item.state.state in ended for item in items if item.unit.kind not in UNIT_KINDS)
    parts = any(item.state.state in ended for item in items if item.unit.kind in UNIT_KINDS)
    ways = [SOFTWARE] if software is not None and software.state.state in ended else []
    ways += [PARTS] if parts and not boxes else []
    return (*ways, BOX) if boxes or parts else tuple(ways)
