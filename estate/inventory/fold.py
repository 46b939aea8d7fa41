"""Folding one observation into what is known of its device: what changed, what is new, what is gone.

Silence removes nothing. Only a complete reading of the sections that a unit was read from says that it is gone; a
section that was cut off, or not asked, leaves its last knowledge as it stands, and an empty table where there were
rows is taken for a failed reading, not for an empty box. What this says of one device, :mod:`estate.inventory.placing`
settles between devices.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from collectors.observation import ANSWERS, Observation, Outcome, Section
from estate.inventory.facts import IDENTITY, DeviceFacts, facts_of
from estate.inventory.pairing import Held, believed, pair
from estate.inventory.relocation import Place, is_box, swaps
from estate.inventory.revision import FACTS, kept_of, lines_of, same
from estate.inventory.sections import read_in, section_of
from estate.inventory.seen import SeenUnit
from estate.inventory.told import Line
from estate.inventory.units import units_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collectors.targets import Target


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a device before a reading; ``rows`` counts the rows of each section's last complete reading."""

    facts: DeviceFacts | None = None
    units: tuple[Held, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Swap:
    """A slot where another unit now stands than before."""

    old: Held
    new: SeenUnit


@dataclass(frozen=True, slots=True)
class Folded:
    """What a reading means for its device.

    ``facts`` is None where nothing changed. ``revised`` units have new facts, ``amended`` ones only a new index or
    section; ``confirmed`` are all that were seen again, revised or not. ``arrived`` units were not here before; that
    does not yet say where they come from. ``named`` is a unit known only by its device until now, whose serial became
    known: it ends without having been removed.
    """

    outcome: Outcome
    reason: str
    sections: tuple[Section, ...]
    facts: DeviceFacts | None = None
    confirmed: tuple[Held, ...] = ()
    revised: tuple[Held, ...] = ()
    amended: tuple[Held, ...] = ()
    arrived: tuple[SeenUnit, ...] = ()
    gone: tuple[Held, ...] = ()
    named: tuple[Held, ...] = ()
    lines: tuple[Line, ...] = ()
    swaps: tuple[Swap, ...] = ()


def fold(known: Known, target: Target, observation: Observation) -> Folded:
    """What an observation means, given what was known of its device."""
    if observation.outcome not in ANSWERS:
        return Folded(observation.outcome, observation.reason, observation.sections)
    sections = _sections(known, observation)
    complete = {section.name for section in sections if section.complete}
    doubted = {section.name for section in sections if not section.complete}
    outcome, reason = _outcome(observation, sections)
    facts, lines = facts_of(known.facts, target, observation, complete, doubted)
    seen = believed(known.units, units_of(replace(observation, sections=sections)), complete)
    pairs, arrived, missing = pair(known.units, seen)
    stands = [
        (held, held.seen if same(held.seen, now) else kept_of(held.seen, now, complete, doubted)) for held, now in pairs
    ]
    places = {held.seen.identity: Place(held.seen, None) for held in missing}
    places |= {unit.identity: Place(None, unit) for unit in arrived}
    places |= {held.seen.identity: Place(held.seen, kept) for held, kept in stands}
    confirmed, revised, amended = [], [], []
    for held, kept in stands:
        if kept is held.seen:
            confirmed.append(held)
            continue
        again = Held(held.key, kept)
        confirmed.append(again)
        if changed := [name for name in FACTS if getattr(held.seen, name) != getattr(kept, name)]:
            revised.append(again)
            lines += lines_of(held, kept, changed, places)
        elif (held.seen.index, held.seen.section) != (kept.index, kept.section):
            amended.append(again)
    named, gone = _ended(missing, arrived, complete)
    lines += [_line_of_name(held, arrived) for held in named]
    by_identity = {held.seen.identity: held for held in known.units}
    swapped = [Swap(by_identity[old.identity], new) for old, new in swaps([held.seen for held in gone], places)]
    # the device's own serial is that of the box: a swap says it already
    said = {(swap.old.seen.serial, swap.new.serial) for swap in swapped}
    lines = [line for line in lines if line.field != "serial" or (line.before, line.after) not in said]
    return Folded(
        outcome, reason, sections, facts, tuple(confirmed), tuple(revised), tuple(amended), tuple(arrived),
        tuple(gone), tuple(named), tuple(lines), tuple(swapped),
    )  # fmt: skip


def _sections(known: Known, observation: Observation) -> tuple[Section, ...]:
    """The sections as far as they are to be believed: an empty one after a full one is not complete."""
    listed = Counter(chain.from_iterable(map(read_in, observation.components)))
    sections = []
    for section in observation.sections:
        rows = max(section.rows, listed[section.name])
        if section.complete and not rows and (missing := _missing(known, observation, section.name)):
            before = max(missing, known.rows.get(section.name, 0))
            reason = f"it gave no rows, where there were {before}: taken for a failed reading"
            sections.append(Section(section.name, complete=False, reason=reason, rows=0))
        else:
            sections.append(replace(section, rows=rows))
    return tuple(sections)


def _missing(known: Known, observation: Observation, section: str) -> int:
    """How much that this section once gave is missing now: if nothing is, its emptiness says nothing."""
    units = [held for held in known.units if section in held.seen.sections]
    if units:
        shown = {unit.identity for unit in units_of(observation)}
        units = [held for held in units if held.seen.identity not in shown]
    evidence = known.facts.evidence if known.facts else {}
    facts = [name for name in IDENTITY if getattr(observation, name) is None and name in evidence]
    return len(units) + sum(section_of(evidence[name]) == section for name in facts)


def _outcome(observation: Observation, sections: Iterable[Section]) -> tuple[Outcome, str]:
    doubted = [section for section in sections if not section.complete]
    if observation.outcome is Outcome.ANSWERED and doubted:
        return Outcome.PARTIAL, "; ".join(f"{section.name}: {section.reason or 'cut off'}" for section in doubted)
    return observation.outcome, observation.reason


def _ended(missing: Sequence[Held], arrived: Sequence[SeenUnit], complete: set[str]) -> tuple[list[Held], list[Held]]:
    """Of what is not seen any more: what got a name, and what is gone. The rest stays as last known."""
    named, gone = [], []
    for held in missing:
        nameless = held.seen.serial is None and is_box(held.seen)
        if nameless and _name_of(held, arrived) is not None:
            named.append(held)
        elif complete.issuperset(held.seen.sections):
            gone.append(held)
    return named, gone


def _line_of_name(held: Held, arrived: Sequence[SeenUnit]) -> Line:
    unit = _name_of(held, arrived)
    return Line(held.seen.subject, "serial", None, unit.serial if unit else None, held.key)


def _name_of(held: Held, arrived: Sequence[SeenUnit]) -> SeenUnit | None:
    """The box, now known by its serial, that was known only by its device or place."""
    whole = "#" not in held.seen.identity
    return next((u for u in arrived if u.serial and is_box(u) and (whole or u.slot == held.seen.slot)), None)
