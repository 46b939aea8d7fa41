"""The support state of every unit of an estate, the worst first."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from estate.lifecycle.milestones import Grade, Match, State, UnitState
from estate.lifecycle.states import unit_state
from estate.policy.decisions import decisions_for
from estate.policy.policies import policy_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from estate.inventory.unit import Unit
    from estate.policy.decisions import Decision
    from estate.policy.policies import Policy

WORST_FIRST = (State.UNSUPPORTED, State.ENDING, State.UNKNOWN, State.NOT_ANNOUNCED, State.SUPPORTED)
WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """A unit, the policy it follows, and its support state. ``excluded`` says why it is not in the population.

    ``decisions`` are those about it that hold on the day: they stand beside the state and never change it.
    """

    unit: Unit
    policy: Policy | None
    state: UnitState
    excluded: str = ""
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class SoftwareStatus:
    """What a device runs, and whether that is supported.

    ``unit`` is the box that said so, ``policy`` the one it follows; ``decisions`` are those of a :class:`UnitStatus`.
    """

    unit: Unit
    state: UnitState
    policy: Policy | None = None
    decisions: tuple[Decision, ...] = ()


def product_of(unit: Unit) -> tuple[str, str, str]:
    """What a unit is matched by: vendor, part number and model, blank where not known."""
    return unit.vendor or "", unit.part_number or "", unit.model or ""


def status(
    units: Sequence[Unit],
    matches: Mapping[tuple[str, str, str], Match],
    policies: Sequence[Policy],
    as_of: dt.date,
    within: int | None,
    cyber_essentials: bool,  # noqa: FBT001 - a setting handed on by its own name
    decisions: Sequence[Decision] = (),
) -> list[UnitStatus]:
    """The status of units, in the order in which they came. A product without a match is unknown."""
    result = []
    for unit in units:
        policy = policy_for(unit, policies)
        found = matches.get(product_of(unit), Match(Grade.NONE))
        state = unit_state(found, policy, as_of, within, cyber_essentials)
        result.append(UnitStatus(unit, policy, state, decisions=_about(unit, policy, decisions, as_of)))
    return result


def _about(unit: Unit, policy: Policy | None, decisions: Sequence[Decision], as_of: dt.date) -> tuple[Decision, ...]:
    name, line = (policy.policy, policy.line) if policy else (None, None)
    return decisions_for(unit, name, line, decisions, as_of)


def software_of(unit: Unit) -> tuple[str, str, str]:
    """What a unit's software is matched by: vendor, operating system, version; blank where not known."""
    return unit.vendor or "", unit.os or "", unit.version or ""


def software_status(
    units: Sequence[Unit],
    matches: Mapping[tuple[str, str, str], Match],
    policies: Sequence[Policy],
    as_of: dt.date,
    within: int | None,
    cyber_essentials: bool,  # noqa: FBT001 - a setting handed on by its own name
    decisions: Sequence[Decision] = (),
) -> list[SoftwareStatus]:
    """The software of every device among the units that says what it runs, once a device; the worst first."""
    boxes = {unit.device: unit for unit in reversed(units) if runs_software(unit)}
    result = []
    for unit in boxes.values():
        found = matches.get(software_of(unit), Match(Grade.NONE))
        policy = policy_for(unit, policies)
        state = unit_state(found, policy, as_of, within, cyber_essentials)
        result.append(SoftwareStatus(unit, state, policy, _about(unit, policy, decisions, as_of)))
    return sorted(result, key=lambda item: (*severity(item.state), item.unit.device or ""))


def runs_software(unit: Unit) -> bool:
    """Whether a unit is the box of a device that told which version of which system it runs."""
    return bool(unit.device and unit.parent is None and unit.os and unit.version)


def severity(state: UnitState) -> tuple[int, dt.date]:
    """The order of states, the worst first, then by date."""
    return WORST_FIRST.index(state.state), state.date or dt.date.max


def worst_first(items: Iterable[UnitStatus]) -> list[UnitStatus]:
    """What is in the population first; then by state, date, device and serial number."""
    return sorted(
        items,
        key=lambda item: (
            item.excluded != "",
            *severity(item.state),
            item.unit.device or "",
            item.unit.asset_id,
        ),
    )


def headline(items: Iterable[UnitStatus]) -> str:
    """How many are in each state, by quantity: equipment, the parts inside it apart, then what is not counted.

    Equipment and parts are told apart so that neither hides the other:
    ``12 units of equipment: 4 unsupported, 1 ending, 5 supported (1 only at the latest), 0 not announced, 2 unknown
    (17 %); 30 parts inside: 2 unsupported, ..., 25 unknown (83 %); 3 not in service or not counted``.
    """
    listed = list(items)
    counted = [item for item in listed if not item.excluded]
    parts = [item for item in counted if item.unit.kind in UNIT_KINDS]
    sentences = [_states([item for item in counted if item.unit.kind not in UNIT_KINDS], "unit", " of equipment")]
    if parts:
        sentences.append(_states(parts, "part", " inside"))
    waived = sum(item.unit.quantity for item in counted if any(decision.kind == WAIVER for decision in item.decisions))
    if waived:
        sentences.append(f"{waived} with a waiver")
    if excluded := sum(item.unit.quantity for item in listed if item.excluded):
        sentences.append(f"{excluded} not in service or not counted")
    return "; ".join(sentences)


def software_headline(items: Sequence[SoftwareStatus]) -> str:
    """How many devices run software in each state: ``software of 33 devices: 5 unsupported, ...``."""
    counted = _states(items, "device", "")
    return f"software of {counted}"


def _states(items: Sequence[UnitStatus] | Sequence[SoftwareStatus], noun: str, what: str) -> str:
    counts = Counter[State]()
    latest = 0
    for item in items:
        quantity = item.unit.quantity
        counts[item.state.state] += quantity
        if item.state.state is State.SUPPORTED and not item.state.confirmed:
            latest += quantity
    total = counts.total()
    share = f" ({100 * counts[State.UNKNOWN] / total:.0f} %)" if total else ""
    return (
        f"{total} {noun}{'' if total == 1 else 's'}{what}: {counts[State.UNSUPPORTED]} unsupported, "
        f"{counts[State.ENDING]} ending, {counts[State.SUPPORTED]} supported"
        f"{f' ({latest} only at the latest)' if latest else ''}, "
        f"{counts[State.NOT_ANNOUNCED]} not announced, {counts[State.UNKNOWN]} unknown{share}"
    )
