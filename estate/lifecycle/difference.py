"""What a change of the catalogue means for the estate: which units and versions of software it touches, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.lifecycle.rows import Change, count, pack_name

if TYPE_CHECKING:
    from estate.inventory.unit import Unit
    from estate.lifecycle.milestones import Match, UnitState
    from estate.lifecycle.service import EstateStatus

HARDWARE, SOFTWARE = "hardware", "software"


@dataclass(frozen=True, slots=True)
class Touched:
    """A unit of the population with its state before and after a change of the catalogue.

    ``about`` is ``hardware``, or ``software``: then it is the version that the unit's device runs.
    """

    about: str
    unit: Unit
    before: UnitState
    after: UnitState

    @property
    def product(self) -> str:
        """What was looked up: a part number, else a model; a system and its version."""
        unit = self.unit
        if self.about == SOFTWARE:
            return f"{unit.os} {unit.version}"
        return unit.part_number or unit.model or ""

    @property
    def quantity(self) -> int:
        """How many there are: a row of assets.csv may stand for several units; a device runs one version."""
        return self.unit.quantity if self.about == HARDWARE else 1

    @property
    def changes_state(self) -> bool:
        """Whether its state is another one; else only a date, the grade or the source is."""
        return self.before.state is not self.after.state


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes in the packs, and whom that touches; ``remarks`` say what it was compared with where that is odd."""

    changes: tuple[Change, ...]
    touched: tuple[Touched, ...]
    remarks: tuple[str, ...] = ()

    def sentence(self) -> str:
        """The counts: ``5 rows of 2 packs: 1 added, ...; 3 units and ...; change of state: supported -> ending 2``."""
        packs = len({pack_name(change.row) for change in self.changes})
        told = ", ".join(f"{number} {what}" for what, number in count(self.changes).items())
        units = sum(item.quantity for item in self.touched if item.about == HARDWARE)
        devices = sum(item.about == SOFTWARE for item in self.touched)
        ways = Counter[str]()
        for item in self.touched:
            if item.changes_state:
                ways[f"{item.before.state} -> {item.after.state}"] += item.quantity
        changed = ", ".join(f"{way} {number}" for way, number in ways.most_common())
        text = f"{_many(len(self.changes), 'row')} of {_many(packs, 'pack')}: {told}; "
        text += f"{_many(units, 'unit')} and the software of {_many(devices, 'device')} touched"
        return f"{text}; change of state: {changed or 'none'}" if self.touched else text


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def touched(before: EstateStatus, after: EstateStatus) -> Iterator[Touched]:
    """What the same estate has otherwise by two catalogues; what is out of service is not told of."""
    for old, new in zip(before.units, after.units, strict=True):
        if not new.excluded and _says(old.state.match) != _says(new.state.match):
            yield Touched(HARDWARE, new.unit, old.state, new.state)
    old_by_device = {item.unit.device: item for item in before.software}
    for program in after.software:
        was = old_by_device[program.unit.device]
        if _says(was.state.match) != _says(program.state.match):
            yield Touched(SOFTWARE, program.unit, was.state, program.state)


def _says(match: Match) -> tuple[object, ...]:
    """What a match says of a product and who says it, wherever in a file it stands."""
    return (
        match.grade, match.matched, match.dates, match.not_announced_on, match.source, match.source_type,
        match.bulletin, match.known_on,
    )  # fmt: skip


def in_order(items: Iterable[Touched]) -> Sequence[Touched]:
    """Those that change their state first; then by device."""
    return sorted(
        items, key=lambda item: (not item.changes_state, item.unit.device or "", item.about, item.unit.asset_id)
    )
