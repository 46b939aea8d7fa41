"""An Observation: all that one device said in one poll, with how completely, and where each fact was read.

This is the only thing that leaves the collectors. It is plain data: it travels as JSON between machines, and two
observations of the same answers are equal.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

# Kinds of a device and of a unit inside one (design.md, Words). A policy or rule may name no other.
DEVICE_KINDS = (
    "switch", "router", "firewall", "load-balancer", "wireless-controller", "access-point", "server", "hypervisor",
    "management-controller", "console-server", "storage", "fc-switch", "ups", "ups-battery", "pdu", "cabling",
    "appliance", "other",
)  # fmt: skip
UNIT_KINDS = ("module", "power-supply", "fan", "optic", "disk", "licence")
KINDS = DEVICE_KINDS + UNIT_KINDS

# PhysicalClass of ENTITY-MIB (RFC 6933, entPhysicalClass), by number.
PHYSICAL_CLASSES = {
    1: "other", 2: "unknown", 3: "chassis", 4: "backplane", 5: "container", 6: "powerSupply", 7: "fan", 8: "sensor",
    9: "module", 10: "port", 11: "stack", 12: "cpu", 13: "energyObject", 14: "battery", 15: "storageDrive",
}  # fmt: skip


class Outcome(StrEnum):
    """How the poll of one target ended."""

    ANSWERED = "answered"  # every section was read to its end
    PARTIAL = "partial"  # it answered, but at least one section is incomplete
    SILENT = "silent"  # nothing came back: dead, filtered, or a wrong community (SNMP v1/v2c cannot tell)
    REFUSED = "refused"  # it said no: wrong user or key, login refused
    HOSTKEY = "hostkey"  # SSH: its host key is unknown or not the one we approved
    NO_ALGORITHM = "no-algorithm"  # SSH: no key exchange, cipher or host key type in common
    NO_PROMPT = "no-prompt"  # SSH: the login was taken, but no prompt came in time
    DENIED = "denied"  # SSH: the login was taken, but the show commands were refused
    FAILED = "failed"  # it said something we could not use: the reason says what


# The outcomes that say something of the hardware.
ANSWERS = (Outcome.ANSWERED, Outcome.PARTIAL)
# The sections of a survey over SNMP, and the one that SSH is read into.
SNMP_SECTIONS = ("system", "entity", "vendor")
SSH_SECTION = "ssh"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of what was asked (``system``, ``entity``, ``vendor``, ``ssh``) and whether it was read to its end."""

    name: str
    complete: bool
    reason: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Component:
    """A physical thing inside a device, as ENTITY-MIB describes it; vendor tables are translated into this shape.

    ``index`` is unique within the device and ``parent`` is another component's index or None; ``position`` is
    entPhysicalParentRelPos (slot, stack member number). ``cls`` is a value of :data:`PHYSICAL_CLASSES`. Text is
    trimmed, placeholders are None. ``where`` maps a field to the OID instance or command that gave it.
    """

    index: str
    cls: str
    parent: str | None = None
    position: int | None = None
    name: str | None = None
    description: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    hardware_revision: str | None = None
    firmware_revision: str | None = None
    software_revision: str | None = None
    manufactured_on: dt.date | None = None
    fru: bool | None = None
    where: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two answers of one device to the same question: ``value`` is the one that is kept, ``other`` what SSH said.

    ``subject`` is the device's name, or what it calls the part. ``where`` and ``other_where`` are the OID instance or
    command that gave each.
    """

    field: str
    subject: str
    value: str
    where: str
    other: str
    other_where: str

    @property
    def sentence(self) -> str:
        """The disagreement for a person."""
        name = self.field.replace("_", " ")
        return f"{self.subject} {name}: {self.value} ({self.where}), but {self.other} ({self.other_where})"


@dataclass(frozen=True, slots=True)
class Observation:
    """All that one device said in one poll.

    ``target`` and ``address`` say whom we asked, ``at`` when (UTC, aware). The identity fields are None where nothing
    trustworthy was read. ``evidence`` maps an identity field to the OID instance or command that gave it.
    ``duration`` is in seconds. ``hints`` is what the poll learned for the next one (plain JSON values). ``screens``
    maps a show command to what it printed, as :func:`collectors.screens.evidence` bounds it. ``disagreements`` are the
    fields of which two transports said something else.
    """

    target: str
    address: str
    at: dt.datetime
    outcome: Outcome
    reason: str = ""
    duration: float = 0.0
    transport: str = ""
    platform: str | None = None
    kind: str | None = None
    vendor: str | None = None
    model: str | None = None
    part_number: str | None = None
    serial: str | None = None
    os: str | None = None
    version: str | None = None
    manufactured_on: dt.date | None = None
    sys_name: str | None = None
    sys_descr: str | None = None
    sys_object_id: str | None = None
    location: str | None = None
    uptime: float | None = None
    components: tuple[Component, ...] = ()
    sections: tuple[Section, ...] = ()
    evidence: dict[str, str] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    screens: dict[str, str] = field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()

    def section(self, name: str) -> Section | None:
        """The section of that name, or None where it was not asked."""
        return next((section for section in self.sections if section.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_dict` reads them back."""
        data = asdict(self)
        data["at"] = self.at.isoformat()
        for component in (data, *data["components"]):
            made = component["manufactured_on"]
            component["manufactured_on"] = made.isoformat() if made else None
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Observation:
        """The observation that :meth:`to_dict` wrote."""
        components = []
        built = data.get("manufactured_on")
        for item in data["components"]:
            made = item["manufactured_on"]
            components.append(Component(**{**item, "manufactured_on": dt.date.fromisoformat(made) if made else None}))
        return cls(
            **{
                **data,
                "at": dt.datetime.fromisoformat(data["at"]),
                "outcome": Outcome(data["outcome"]),
                "manufactured_on": dt.date.fromisoformat(built) if built else None,
                "components": tuple(components),
                "sections": tuple(Section(**item) for item in data["sections"]),
                "disagreements": tuple(Disagreement(**item) for item in data.get("disagreements", ())),
            }
        )
