"""What a source is asked about: the estate's own products and systems, those that nothing dates first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.lifecycle.milestones import Grade
from estate.lifecycle.packs import part_key
from estate.lifecycle.status import product_of

if TYPE_CHECKING:
    from estate.lifecycle.status import UnitStatus


@dataclass(frozen=True, slots=True)
class Questions:
    """Part numbers to ask about, in order, and what stands in the place of one but is none."""

    parts: tuple[str, ...]
    junk: tuple[str, ...] = ()


def due(asked: Mapping[str, dt.date], key: str, day: dt.date, after_days: int) -> bool:
    """Whether something was never asked about, or so long ago that the answer has grown old."""
    last = asked.get(key)
    return last is None or not 0 <= (day - last).days < after_days


def questions(
    items: Iterable[UnitStatus],
    ours: Callable[[str], bool],
    askable: Callable[[str], bool],
    asked: Mapping[str, dt.date],
    day: dt.date,
    after_days: int,
) -> Questions:
    """The part numbers of the population that a vendor is to be asked about.

    First those that no source dates exactly, the most frequent first; then those whose knowledge is the oldest. The
    model stands in where a unit has no part number.

    Args:
        items: the estate's units.
        ours: whether a vendor's name is that of the source's vendor.
        askable: whether a text may be sent as a part number.
        asked: when each part number was last answered for.
        day: today.
        after_days: how old an answer may be before it is asked for again.
    """
    wanted, known = Counter[str](), Counter[str]()
    junk: dict[str, None] = {}
    for item in items:
        vendor, part_number, model = product_of(item.unit)
        name = part_key(part_number or model)
        if item.excluded or not name or not ours(vendor):
            continue
        if not askable(name):
            junk[name] = None
        elif due(asked, name, day, after_days):
            bare = item.state.match.grade in {Grade.NONE, Grade.SERIES}
            (wanted if bare else known)[name] += item.unit.quantity
    first = sorted(wanted, key=lambda name: (-wanted[name], name))
    rest = sorted(known.keys() - wanted.keys(), key=lambda name: (asked.get(name, dt.date.min), -known[name], name))
    return Questions((*first, *rest), tuple(sorted(junk)))
