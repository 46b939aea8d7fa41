"""How much of the estate the lifecycle data speaks for, by count and by replacement cost.

Four answers, and no fifth: a date of its own; the latest possible date of its series; a source that announced no end,
as of a day; nothing. The first three are known, and none of the last three is ever counted as a date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from estate.lifecycle.milestones import State
from estate.pounds import whole_pounds

if TYPE_CHECKING:
    from estate.lifecycle.milestones import Match, UnitState
    from estate.lifecycle.status import UnitStatus


class Knowledge(StrEnum):
    """What the packs say of when a product's support ends."""

    DATED = "dated"
    LATEST = "latest_possible"
    NOT_ANNOUNCED = "not_announced"
    UNKNOWN = "unknown"


WORDS = {
    Knowledge.DATED: "dated",
    Knowledge.LATEST: "only the latest possible date",
    Knowledge.NOT_ANNOUNCED: "no end announced",
    Knowledge.UNKNOWN: "unknown",
}


def knowledge(match: Match) -> Knowledge:
    """Which of the four a match is; an end of sale alone says nothing of the end of support."""
    if match.dates.keys() & {"end_of_support", "end_of_security_support"}:
        return Knowledge.LATEST if match.latest_possible else Knowledge.DATED
    return Knowledge.NOT_ANNOUNCED if match.not_announced_on else Knowledge.UNKNOWN


def knowledge_of(state: UnitState) -> Knowledge:
    """The same of a unit's state, which follows from its match."""
    if state.date is not None:
        return Knowledge.DATED if state.confirmed else Knowledge.LATEST
    return Knowledge.NOT_ANNOUNCED if state.state is State.NOT_ANNOUNCED else Knowledge.UNKNOWN


def by_count(items: Iterable[UnitStatus]) -> dict[Knowledge, int]:
    """How many units of the population there are of each, by quantity."""
    counts = dict.fromkeys(Knowledge, 0)
    for item in items:
        if not item.excluded:
            counts[knowledge_of(item.state)] += item.unit.quantity
    return counts


def sentence(items: Iterable[UnitStatus]) -> str:
    """Coverage by count, equipment and the parts inside it apart; blank where there is neither.

    ``lifecycle data covers 83 % of the equipment (58 % dated, 17 % only the latest possible date, 8 % no end
    announced), 17 % unknown; of the parts inside 40 % (...), 60 % unknown``.
    """
    listed = list(items)
    equipment = by_count(item for item in listed if item.unit.kind not in UNIT_KINDS)
    parts = by_count(item for item in listed if item.unit.kind in UNIT_KINDS)
    told = []
    if any(equipment.values()):
        told.append(f"lifecycle data covers {_shares(equipment, ' of the equipment')}")
    if any(parts.values()):
        told.append(f"{'of' if told else 'lifecycle data covers, of'} the parts inside {_shares(parts, '')}")
    return "; ".join(told)


def cost_sentence(coverage: Mapping[str, Mapping[str, int]]) -> str:
    """Coverage by replacement cost: ``by replacement cost, £1,234,567 where priced: 71 % (...), 9 % unknown``.

    Args:
        coverage: by :class:`Knowledge` the keys ``grc_pence`` and ``unpriced`` (units without a price), as the header
            of a forecast version has it.
    """
    pence = {kind: coverage.get(kind, {}).get("grc_pence", 0) for kind in Knowledge}
    unpriced = sum(coverage.get(kind, {}).get("unpriced", 0) for kind in Knowledge)
    if not sum(pence.values()):
        return ""
    more = f"; {unpriced:,} unit{'' if unpriced == 1 else 's'} without a price left out" if unpriced else ""
    return f"by replacement cost (£{whole_pounds(sum(pence.values()))}) it covers {_shares(pence, '')}{more}"


def covered(amounts: Mapping[Knowledge, int]) -> int:
    """What is known: all but the unknown."""
    return sum(amounts.values()) - amounts[Knowledge.UNKNOWN]


def _shares(amounts: Mapping[Knowledge, int], what: str) -> str:
    total = sum(amounts.values())
    known = [kind for kind in Knowledge if kind is not Knowledge.UNKNOWN and amounts[kind]]
    detail = ", ".join(f"{share(amounts[kind], total)} {WORDS[kind]}" for kind in known)
    detail = f" ({detail})" if detail else ""
    unknown = amounts[Knowledge.UNKNOWN]
    return f"{share(covered(amounts), total)}{what}{detail}, {share(unknown, total)} unknown"


def share(part: int, whole: int) -> str:
    """A share in whole per cent, half up; one that is neither nothing nor all never reads as 0 % or 100 %."""
    value = (200 * part + whole) // (2 * whole) if whole else 0
    if part and not value:
        return "<1 %"
    if part != whole and value == 100:  # noqa: PLR2004 - per cent
        return ">99 %"
    return f"{value} %"
