"""Why a product has the dates that it has: every step of its match, the row that decided, and what came near."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.lifecycle.match import Attempt, attempts, match
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.packs import part_key
from estate.lifecycle.software import software_match
from estate.lifecycle.status import product_of, runs_software, software_of

if TYPE_CHECKING:
    from estate.inventory.unit import Unit
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.status import UnitStatus

# A part number is near another one when so much of it is the same; it is named, and never matched.
NEAR = 0.85
MAX_NEAR = 5


@dataclass(frozen=True, slots=True)
class Explained:
    """One product, or one version of an operating system, with the chain of its match.

    ``subject`` says what it is about; ``steps`` are in order up to the one that decided; ``near`` are part numbers of
    the same vendor that look alike and were not matched. A version has no steps.
    """

    subject: str
    product: tuple[str, str, str]
    found: Match
    steps: tuple[Attempt, ...] = ()
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product of the estate that no source dates exactly: how many there are, and in which devices."""

    vendor: str
    part_number: str
    model: str
    count: int
    grade: Grade
    devices: tuple[str, ...]


def explain_product(catalogue: Catalogue, subject: str, vendor: str, part_number: str, model: str) -> Explained:
    """The chain of one product."""
    steps: dict[tuple[str, str], Attempt] = {}
    for step in attempts(catalogue, vendor, part_number, model):
        steps.setdefault((step.rule, step.tried), step)
        if step.found:
            break
    found = match(catalogue, vendor, part_number, model)
    near = () if found.grade in {Grade.EXACT, Grade.ALIAS} else nearest(catalogue, vendor, part_number or model)
    return Explained(subject, (vendor, part_number, model), found, tuple(steps.values()), near)


def explain_unit(catalogue: Catalogue, unit: Unit) -> list[Explained]:
    """The chain of a unit, and of the software that it runs where it is the box of a device."""
    told = [explain_product(catalogue, f"{unit.kind} {unit.asset_id} on {unit.device}", *product_of(unit))]
    if runs_software(unit):
        found = software_match(catalogue, unit.vendor, unit.os, unit.version)
        told.append(Explained(f"software of {unit.device}", software_of(unit), found))
    return told


def vendors_of(catalogue: Catalogue, part_number: str) -> tuple[str, ...]:
    """Whose part number it is, exactly as written; by name."""
    key = part_key(part_number)
    return tuple(sorted({entry.vendor for pack in catalogue.packs for entry in pack.by_part.get(key, ())}))


def nearest(catalogue: Catalogue, vendor: str, name: str) -> tuple[str, ...]:
    """Part numbers of the vendor that look like a name, the most alike first. They are shown, never matched."""
    maker = catalogue.vendor(vendor)
    known = [
        key
        for pack in catalogue.packs
        for key, entries in pack.by_part.items()
        if any(catalogue.vendor(entry.vendor) == maker for entry in entries)
    ]
    return tuple(difflib.get_close_matches(part_key(name), known, MAX_NEAR, NEAR)) if name else ()


def wanted(items: Iterable[UnitStatus]) -> list[Wanted]:
    """The products of the estate that a source is wanted for, the most frequent first: unknown, or by series only."""
    counted: dict[tuple[str, str, str], list[UnitStatus]] = defaultdict(list)
    for item in items:
        product = product_of(item.unit)
        if not item.excluded and item.state.match.grade in {Grade.NONE, Grade.SERIES} and any(product[1:]):
            counted[product].append(item)
    found = [_wanted(product, listed) for product, listed in counted.items()]
    return sorted(found, key=lambda one: (-one.count, one.vendor, one.part_number, one.model))


def _wanted(product: tuple[str, str, str], listed: Sequence[UnitStatus]) -> Wanted:
    devices = dict.fromkeys(item.unit.device or item.unit.asset_id for item in listed)
    count = sum(item.unit.quantity for item in listed)
    return Wanted(*product, count, listed[0].state.match.grade, tuple(devices))
