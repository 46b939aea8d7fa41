"""The platform rules: how each family of devices is recognised and where it keeps what it is.

The rules are data; :mod:`collectors.rule_files` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.vendor_tables import ComponentTable

ANYTHING = "anything"
# The rule for an agent that no vendor's rule knows.
GENERIC = "generic"
ENTERPRISE_ARCS = 7  # 1.3.6.1.4.1 and the number


@dataclass(frozen=True, slots=True)
class Source:
    """One place where a fact may be read: an object, a field of ENTITY-MIB, or a pattern on sysDescr or sysName.

    ``oid`` is an instance where ``scalar``, else a column whose first row with text counts. ``pattern`` picks its
    groups out of what was read; ``wording`` is the text around them, ``upper`` turns them into capitals. ``below`` is
    for vendors who give every model a subtree of its own: the OID continues the device's sysObjectID. ``row_of`` is the
    instance whose number is the row of the column that counts.
    """

    kind: str
    label: str
    oid: str = ""
    scalar: bool = False
    cls: str = ""
    pattern: re.Pattern[str] | None = None
    wording: str = "{}"
    upper: bool = False
    below: bool = False
    row_of: str = ""

    def at(self, object_id: str | None) -> str:
        """The OID to ask on a device of that sysObjectID."""
        return f"{object_id}.{self.oid}" if self.below else self.oid


@dataclass(frozen=True, slots=True)
class Match:
    """One way to recognise a family: all that is given must hold; ``probe`` is an object that it answers."""

    object_id: str = ""
    descr: re.Pattern[str] | None = None
    probe: Source | None = None


@dataclass(frozen=True, slots=True)
class Platform:
    """A family of devices: how it is recognised, what it is, and where it keeps its identity.

    ``ssh`` is the rule's own table for collection over SSH, passed on as it stands.
    """

    name: str
    vendor: str | None
    kind: str
    os: str | None
    matches: tuple[Match, ...] = ()
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    kinds: tuple[tuple[re.Pattern[str], str], ...] = ()
    tables: tuple[ComponentTable, ...] = ()
    part_pattern: re.Pattern[str] | None = None
    last: bool = False
    ssh: Mapping[str, Any] | None = None

    def scalars(self, object_id: str | None = None) -> tuple[str, ...]:
        """The instances to get from a device of that sysObjectID, each once."""
        return self._asked(object_id, scalar=True)

    def columns(self, object_id: str | None = None) -> tuple[str, ...]:
        """The columns of its sources to walk on a device of that sysObjectID, each once."""
        return self._asked(object_id, scalar=False)

    def _asked(self, object_id: str | None, *, scalar: bool) -> tuple[str, ...]:
        sources = [source for group in self.sources.values() for source in group]
        asked = [s.at(object_id) for s in sources if s.oid and s.scalar is scalar and (object_id or not s.below)]
        rows = [s.row_of for s in sources if s.row_of and scalar]
        return tuple(dict.fromkeys(asked + rows))


@dataclass(frozen=True, slots=True)
class Matching:
    """A rule that a device fits, and by which of its matches."""

    platform: Platform
    match: Match

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """How much it says of a device: a rule of its own, the arcs of the sysObjectID, whether sysDescr fits too."""
        return not self.platform.last, self.match.object_id.count("."), self.match.descr is not None

    @property
    def reason(self) -> str:
        """What fits, in words."""
        said = [f"sysObjectID under {self.match.object_id}"] if self.match.object_id else []
        said += [f"sysDescr fits {self.match.descr.pattern}"] if self.match.descr else []
        return ", ".join(said) + (" (yields to every other rule)" if self.platform.last else "")


@dataclass(frozen=True, slots=True)
class Enterprise:
    """Who has an IANA enterprise number, and the kind of nearly everything that they make where that is one kind."""

    vendor: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All platforms, the models known by their sysObjectID, and the enterprises by their IANA number."""

    platforms: Mapping[str, Platform]
    models: Mapping[str, str]
    enterprises: Mapping[int, Enterprise]
    probes: tuple[tuple[Source, Platform], ...] = ()
    _fitting: dict[str, list[Matching]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the matches by the enterprise that they are for; none has those that are for several, or for all."""
        for platform in self.platforms.values():
            for match in platform.matches:
                if match.probe is None:
                    self._fitting.setdefault(_ground(match.object_id), []).append(Matching(platform, match))

    def platform(self, name: str) -> Platform | None:
        """The platform of that name."""
        return self.platforms.get(name)

    @property
    def anything(self) -> Platform | None:
        """The standard objects that are asked of every device."""
        return self.platforms.get(ANYTHING)

    def matching(self, object_id: str | None, descr: str) -> list[Matching]:
        """Every match of a rule that a device fits, the one that says most of it first.

        The longest sysObjectID counts most, then that sysDescr fits as well; a rule marked ``last`` (a bare operating
        system that appliances are built on) yields to all others. Of equals the first in its file counts.
        """
        dotted = f"{object_id}."
        fitting = [
            item
            for item in (*self._fitting.get("", ()), *self._fitting.get(_ground(object_id or ""), ()))
            if (not item.match.object_id or dotted.startswith(f"{item.match.object_id}."))
            and (item.match.descr is None or item.match.descr.search(descr))
        ]
        return sorted(fitting, key=lambda item: item.rank, reverse=True)

    def choose(self, object_id: str | None, descr: str) -> Platform | None:
        """The platform whose match says most of a device, as :meth:`matching` ranks them."""
        return next((item.platform for item in self.matching(object_id, descr)), None)

    def enterprise(self, object_id: str | None) -> Enterprise | None:
        """Whom a sysObjectID stands under, by its enterprise number."""
        stem = "1.3.6.1.4.1."
        if not object_id or not object_id.startswith(stem):
            return None
        number = object_id[len(stem) :].split(".", 1)[0]
        return self.enterprises.get(int(number)) if number.isdigit() and len(number) < 10 else None  # noqa: PLR2004 - numbers are 32 bit


def _ground(object_id: str) -> str:
    """The arcs of a sysObjectID up to its enterprise number; empty for one that has fewer."""
    arcs = object_id.split(".", ENTERPRISE_ARCS)
    return ".".join(arcs[:ENTERPRISE_ARCS]) if len(arcs) >= ENTERPRISE_ARCS else ""
