"""A unit that was seen again: what is now known of it, what of that is new, and what is told."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from collectors.observation import SSH_SECTION
from estate.inventory.relocation import Place, follows, shift
from estate.inventory.sections import second_best, section_of
from estate.inventory.seen import SeenUnit
from estate.inventory.told import Line, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from estate.inventory.pairing import Held

# What changes without being a fact: agents renumber on reboot, and another transport finds the same thing elsewhere.
_NOT_FACTS = frozenset({"identity", "index", "section", "evidence"})
FACTS = tuple(item.name for item in fields(SeenUnit) if item.name not in _NOT_FACTS)
# Of these a change is told to people; the rest follows from them or does not matter to anybody.
_TOLD = frozenset(FACTS) - {"cls", "kind", "position", "parent", "fru", "description"}


_values = attrgetter(*FACTS, "index", "section")


def same(before: SeenUnit, now: SeenUnit) -> bool:
    """Whether nothing changed: the usual night, so it is asked first."""
    return bool(_values(before) == _values(now))


def kept_of(before: SeenUnit, now: SeenUnit, complete: set[str], doubted: set[str]) -> SeenUnit:
    """What is now seen of a unit, with what an incomplete reading could not say again."""
    values: dict[str, object] = {}
    evidence: dict[str, str] = {}
    for name in FACTS:
        old, where = getattr(before, name), before.evidence.get(name)
        if old is None:
            continue
        if getattr(now, name) is not None and not second_best(where, now.evidence.get(name), doubted):
            continue
        sure = section_of(where) in complete if where else complete.issuperset(before.sections)
        if not sure:
            values[name] = old
            if where:
                evidence[name] = where
    if not complete.issuperset(before.sections):
        # which sections it needs is known only from a reading that saw all of them
        needed = {*before.sections, *now.sections}
        # but what SNMP now lists whole, SNMP can take away, whether or not SSH is asked
        if SSH_SECTION not in now.sections and complete.issuperset(now.sections):
            needed.discard(SSH_SECTION)
        values["section"] = "+".join(sorted(needed))
    if not values:
        return now
    return replace(now, **values, evidence={**now.evidence, **evidence})  # type: ignore[arg-type] # names are SeenUnit's


def lines_of(held: Held, now: SeenUnit, changed: Iterable[str], places: Mapping[str, Place]) -> list[Line]:
    """What to tell of a unit; what only follows from another place of what is around it is not told again."""
    before, after, place = asdict(held.seen), asdict(now), shift(held.seen, now, places)
    told: list[Line] = []
    for name in changed:
        if name not in _TOLD or (name == "slot" and place is None):
            continue
        # a unit is called after its place, so its new name says nothing more
        if name == "name" and (place not in {None, "changed"} or follows(name, held.seen, now, places)):
            continue
        what = place if name == "slot" and place else "changed"
        told.append(Line(now.subject, name, text_of(before[name]), text_of(after[name]), held.key, what))
    return told
