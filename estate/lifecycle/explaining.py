"""Why a product has the dates that it has: every step of its match, the row that decided, and what came near."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from estate.lifecycle.coverage import Knowledge, knowledge
from estate.lifecycle.entries import Entry, Release
from estate.lifecycle.match import Attempt, attempts, match
from estate.lifecycle.milestones import Grade, Match
from estate.lifecycle.packs import part_key
from estate.lifecycle.ranking import differ, known_on, ranked, said, why_lost
from estate.lifecycle.rows import same
from estate.lifecycle.software import releases_of, software_match
from estate.lifecycle.states import why_it_binds
from estate.lifecycle.status import product_of, software_of

if TYPE_CHECKING:
    from estate.lifecycle.milestones import UnitState
    from estate.lifecycle.packs import Catalogue
    from estate.lifecycle.status import SoftwareStatus, UnitStatus
    from estate.lifecycle.store import Known
    from estate.policy.decisions import Decision
    from estate.policy.policies import Policy

# A part number is near another one when so much of it is the same; it is named, and never matched.
NEAR = 0.85
MAX_NEAR = 5


@dataclass(frozen=True, slots=True)
class Lost:
    """A row about the same thing that does not count, what it says, and why another one does.

    ``differs`` says whether it says anything else than the one that counts.
    """

    row: str
    says: str
    source: str
    source_type: str
    known_on: dt.date | None
    differs: bool
    why: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a pack said before a load changed it, and between which loads we knew it so."""

    says: str
    source: str
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """The state of a unit or a version, the policy that it follows, and why the deciding date is the one."""

    state: UnitState
    policy: Policy | None
    why: str
    decisions: tuple[Decision, ...] = ()
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One product, or one version of an operating system, with the chain of its match.

    ``subject`` says what it is about; ``steps`` are in order up to the one that decided; ``near`` are part numbers of
    the same vendor that look alike and were not matched. ``lost`` are the other rows about the same thing, and why they
    do not count. ``row`` is the one that counts; ``since`` is the load from which we have known it so, and ``earlier``
    what its pack said before. ``binding`` is the state that follows; None for a product that is no unit of the estate.
    A version has no steps.
    """

    subject: str
    product: tuple[str, str, str]
    found: Match
    steps: tuple[Attempt, ...] = ()
    near: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()
    binding: Binding | None = None
    row: Entry | Release | None = None
    since: dt.datetime | None = None
    earlier: tuple[Earlier, ...] = ()


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
    found: Sequence[Entry] = ()
    for step in attempts(catalogue, vendor, part_number, model):
        steps.setdefault((step.rule, step.tried), step)
        if found := step.found:
            break
    best = match(catalogue, vendor, part_number, model)
    near = () if best.grade in {Grade.EXACT, Grade.ALIAS} else nearest(catalogue, vendor, part_number or model)
    rows = ranked(found)
    return Explained(
        subject, (vendor, part_number, model), best, tuple(steps.values()), near, lost(rows), row=next(iter(rows), None)
    )


def lost(rows: Sequence[Entry] | Sequence[Release]) -> tuple[Lost, ...]:
    """The rows behind the one that counts, in the order of :func:`estate.lifecycle.ranking.ranked`."""
    return tuple(
        Lost(
            row.place, said(row), row.source, row.source_type or "", known_on(row), differ(rows[0], row),
            why_lost(rows[0], row),
        )
        for row in rows[1:]
    )  # fmt: skip


def explain_unit(
    catalogue: Catalogue, item: UnitStatus, software: SoftwareStatus | None, *, cyber_essentials: bool
) -> list[Explained]:
    """The chain of a unit, and of the software that it runs where it is the box of a device."""
    unit = item.unit

    def binding(one: UnitStatus | SoftwareStatus, excluded: str = "") -> Binding:
        why = why_it_binds(one.state.match, one.policy, cyber_essentials=cyber_essentials)
        return Binding(one.state, one.policy, why, one.decisions, excluded)

    where = f"{unit.kind} {unit.asset_id}" + (f" on {unit.device}" if unit.device else "")
    told = [replace(explain_product(catalogue, where, *product_of(unit)), binding=binding(item, item.excluded))]
    if software is not None and software.unit is unit:
        program = software_of(unit)
        rows = releases_of(catalogue, *program)[1]
        one = Explained(f"software of {unit.device}", program, software_match(catalogue, *program), lost=lost(rows))
        told.append(replace(one, binding=binding(software), row=next(iter(rows), None)))
    return told


def with_history(item: Explained, known: Sequence[Known]) -> Explained:
    """The chain with what the pack of its row has said of the same thing, as the catalogue holds it."""
    row = item.row
    if row is None:
        return item
    since = next((one.since for one in known if one.until is None and same(one.row, row)), None)
    earlier = tuple(
        Earlier(said(one.row), one.row.source, one.since, one.until)
        for one in known
        if one.until is not None and isinstance(one.row, Entry | Release)
    )
    return replace(item, since=since, earlier=earlier)


def vendors_of(catalogue: Catalogue, part_number: str) -> tuple[str, ...]:
    """Whose part number it is, exactly as written; by name."""
    key = part_key(part_number)
    return tuple(sorted({entry.vendor for pack in catalogue.packs for entry in pack.by_part.get(key, ())}))


def nearest(catalogue: Catalogue, vendor: str, name: str) -> tuple[str, ...]:
    """Part numbers of the vendor that look like a name, the most alike first. They are shown, never matched."""
    maker = catalogue.vendor(vendor)
    known = tuple(
        key
        for pack in catalogue.packs
        for key, entries in pack.by_part.items()
        if any(catalogue.vendor(entry.vendor) == maker for entry in entries)
    )
    return _alike(part_key(name), known) if name else ()


@functools.lru_cache(maxsize=256)
def _alike(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    # remembered: a chassis holds dozens of the same optic, and a look through thousands of names takes a while
    return tuple(difflib.get_close_matches(name, known, MAX_NEAR, NEAR))


def wanted(items: Iterable[UnitStatus]) -> list[Wanted]:
    """The products of the estate that a source is wanted for, the most frequent first: unknown, or by series only.

    Also one that has a row which says nothing of support, such as an end of sale alone.
    """
    counted: dict[tuple[str, str, str], list[UnitStatus]] = defaultdict(list)
    for item in items:
        product = product_of(item.unit)
        found = item.state.match
        open_yet = found.grade is Grade.SERIES or knowledge(found) is Knowledge.UNKNOWN
        if not item.excluded and open_yet and any(product[1:]):
            counted[product].append(item)
    products = [_wanted(product, listed) for product, listed in counted.items()]
    return sorted(products, key=lambda one: (-one.count, one.vendor, one.part_number, one.model))


def _wanted(product: tuple[str, str, str], listed: Sequence[UnitStatus]) -> Wanted:
    devices = dict.fromkeys(item.unit.device or item.unit.asset_id for item in listed)
    count = sum(item.unit.quantity for item in listed)
    return Wanted(*product, count, listed[0].state.match.grade, tuple(devices))
