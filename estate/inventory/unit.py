"""A unit as every later step sees it: one physical thing, whatever told us of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from estate.inventory.serials import Made

# How well each fact dates a unit: the council's record, the factory's date, the day on which we first looked. What a
# serial number says is as sure as its encoding (estate.inventory.serials).
AGE_CONFIDENCE = {
    "installed_on": "dated", "purchased_on": "dated", "manufactured_on": "estimated", "first_seen": "assumed",
    "served_since": "assumed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A component with an identity of its own that is bought and replaced.

    ``asset_id`` is the serial exactly as seen, else ``tag:`` and the asset tag, else ``device:NAME`` (with ``#slot``
    below the chassis) for a thing that has neither. ``parent`` is the asset_id of the unit it sits in; ``group`` is
    what is replaced as one (a device's stack, or the ``pair`` of assets.csv) or None. ``slot`` is a path a person can
    follow. Dates: ``first_seen``/``last_seen`` by a collector, ``manufactured_on`` as the device says, ``serial_made``
    as its serial number says, ``purchased_on`` and ``installed_on`` as assets.csv says. ``origin`` is ``seen``,
    ``declared`` or ``both``. ``claim`` marks the second device that answers with a serial which another one holds:
    shown, never counted. ``device_serial`` is another serial that the device gives for the same box, by an object of
    its vendor beside ENTITY-MIB: either one names it in assets.csv. ``evidence`` maps a field to the OID instance,
    command or ``assets.csv:row`` that gave it;
    ``observation`` is the ledger's id (run_device) of the reading that first said what stands here. ``replaces`` is the
    serial of the unit whose place it took under warranty, and ``served_since`` the first sight of that one: its renewal
    counts from there, its own age as a thing does not.
    """

    asset_id: str
    kind: str
    device: str | None = None
    serial: str | None = None
    asset_tag: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    description: str | None = None
    site: str | None = None
    role: str | None = None
    entity: str | None = None
    slot: str | None = None
    position: int | None = None
    parent: str | None = None
    group: str | None = None
    os: str | None = None
    version: str | None = None
    address: str | None = None
    quantity: int = 1
    state: str = "in_service"
    tenure: str = "owned"
    lease_end: dt.date | None = None
    contract_end: dt.date | None = None
    notice_days: int = 0
    first_seen: dt.date | None = None
    last_seen: dt.date | None = None
    manufactured_on: dt.date | None = None
    purchased_on: dt.date | None = None
    installed_on: dt.date | None = None
    serial_made: Made | None = None
    device_serial: str | None = None
    stale: bool = False
    virtual: bool = False
    origin: str = "seen"
    claim: bool = False
    evidence: dict[str, str] = field(default_factory=dict)
    observation: int | None = None
    replaces: str | None = None
    served_since: dt.date | None = None
    note: str = ""

    @property
    def age_from(self) -> tuple[dt.date | None, str]:
        """The date its age counts from, and which fact that is: the installation, else the earliest known date.

        Bought, made or first seen: the first of these is nearest to the unknown installation without taking an old
        thing for a new one (forecast-model.md 2.13, unknown age). Of equals the better record counts.
        """
        facts = self._dates()
        if self.served_since is not None:
            facts.append((self.served_since, "served_since"))
        if self.installed_on is not None or not facts:
            return (self.installed_on, "installed_on") if self.installed_on else (None, "unknown")
        return min(facts, key=lambda fact: fact[0])

    @property
    def made_or_bought(self) -> tuple[dt.date | None, str]:
        """The best record of how old it is, and which fact that is: the council's own before the device's.

        In this order: installed, bought, made as the device says, made as its serial number says, first seen. What was
        bought or made after the day on which it was first seen is no beginning: then the next record counts.
        """
        seen = self.first_seen or dt.date.max
        facts = (fact for fact in self._dates() if fact[1] == "installed_on" or fact[0] <= seen)
        return next(facts, (None, "unknown"))

    def age_confidence(self, fact: str) -> str:
        """How sure a fact of :attr:`age_from` is: ``dated``, ``estimated`` or ``assumed``; ``unknown`` for none."""
        if fact == "serial" and self.serial_made is not None:
            return self.serial_made.confidence
        return AGE_CONFIDENCE.get(fact, "unknown")

    def _dates(self) -> list[tuple[dt.date, str]]:
        """What is known of its age, the best record first."""
        dates = (
            (self.installed_on, "installed_on"),
            (self.purchased_on, "purchased_on"),
            (self.manufactured_on, "manufactured_on"),
            (self.serial_made.date if self.serial_made else None, "serial"),
            (self.first_seen, "first_seen"),
        )
        return [(day, fact) for day, fact in dates if day is not None]


@dataclass(frozen=True, slots=True)
class Excluded:
    """A unit that is not in the population, and why."""

    unit: Unit
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements about one thing that cannot both be true: kept, listed, and asked about.

    ``kind`` is a stable word for what contradicts what; ``counted`` says what the totals hold until it is settled, and
    ``devices`` names those that contradict each other, the one that is counted first.
    """

    asset_ids: tuple[str, ...]
    reason: str
    settle: str
    kind: str = ""
    counted: str = ""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """``units + excluded`` is the whole inventory; what is in conflict stands in one of the two and is listed too."""

    units: tuple[Unit, ...]
    excluded: tuple[Excluded, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
