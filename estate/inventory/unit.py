"""A unit as every later step sees it: one physical thing, whatever told us of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unit:
    """A component with an identity of its own that is bought and replaced.

    ``asset_id`` is the serial exactly as seen, else ``tag:`` and the asset tag, else ``device:NAME`` (with ``#slot``
    below the chassis) for a thing that has neither. ``parent`` is the asset_id of the unit it sits in; ``group`` is
    what is replaced as one (a device's stack, or the ``pair`` of assets.csv) or None. ``slot`` is a path a person can
    follow. Dates: ``first_seen``/``last_seen`` by a collector, ``manufactured_on`` as the device says, ``purchased_on``
    and ``installed_on`` as assets.csv says. ``origin`` is ``seen``, ``declared`` or ``both``. ``claim`` marks the
    second device that answers with a serial which another one holds: shown, never counted. ``evidence`` maps a field
    to the OID instance, command or ``assets.csv:row`` that gave it; ``observation`` is the ledger's id (run_device) of
    the reading that first said what stands here.
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
    stale: bool = False
    virtual: bool = False
    origin: str = "seen"
    claim: bool = False
    evidence: dict[str, str] = field(default_factory=dict)
    observation: int | None = None
    note: str = ""

    @property
    def age_from(self) -> tuple[dt.date | None, str]:
        """The date its age counts from, and which fact that is: the best known, the worst first seen.

        A manufacture date is older than the installation it stands in for, so it is used only when nothing better is
        known (forecast-model.md 2.13, unknown age: never assumed new).
        """
        for name in ("installed_on", "purchased_on", "manufactured_on", "first_seen"):
            if (value := getattr(self, name)) is not None:
                return value, name
        return None, "unknown"


@dataclass(frozen=True, slots=True)
class Excluded:
    """A unit that is not in the population, and why."""

    unit: Unit
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements about one thing that cannot both be true: kept, listed, and asked about."""

    asset_ids: tuple[str, ...]
    reason: str
    settle: str


@dataclass(frozen=True, slots=True)
class Population:
    """``units + excluded`` is the whole inventory; what is in conflict stands in one of the two and is listed too."""

    units: tuple[Unit, ...]
    excluded: tuple[Excluded, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
