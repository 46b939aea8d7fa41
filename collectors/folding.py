"""One Observation out of what a device said over SNMP and over SSH.

SNMP's value wins where both speak; SSH fills what SNMP left blank, and adds the parts that only it lists. The same
serial number is the same part; so is the same class and name, which Cisco's ``show inventory`` takes from ENTITY-MIB,
where one side gives no serial number. Whatever both say, and say differently, is kept as a disagreement.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from collectors.observation import (
    ANSWERS,
    SNMP_SECTIONS,
    SSH_SECTION,
    Component,
    Disagreement,
    Observation,
    Outcome,
    Section,
)
from collectors.platforms import GENERIC

SNMP, SSH = "SNMP", "SSH"

# What a device says of itself: SSH fills each where SNMP left it blank.
_FILLED: Final = (
    "vendor", "model", "part_number", "serial", "version", "manufactured_on", "sys_name", "sys_descr", "location",
)  # fmt: skip
# What our rules say of it: they go together, from the transport that recognised more than a generic agent.
_RULED: Final = ("platform", "kind", "os")
_COMPARED: Final = ("vendor", "model", "part_number", "serial", "version", "sys_name")
_PART_FILLED: Final = (
    "name", "description", "vendor", "model", "part_number", "serial",
    "hardware_revision", "firmware_revision", "software_revision",
)  # fmt: skip
_PART_COMPARED: Final = (
    "model", "part_number", "serial", "hardware_revision", "firmware_revision", "software_revision",
)  # fmt: skip
_VERSIONS: Final = frozenset({"version", "hardware_revision", "firmware_revision", "software_revision"})
_OTHER_NAME: Final = {"model": "part_number", "part_number": "model"}

# A device with more of them than this has two owners, not two spellings.
MAX_DISAGREEMENTS: Final = 100

# A text shorter than this names no series.
_SERIES: Final = 4

_LEADING_ZEROS: Final = re.compile(r"(?<![0-9])0+(?=[0-9])")
_BUILD: Final = re.compile(r"[\s,;(\[-]+build.*$")
_VERSION_MARK: Final = re.compile(r"^(?:version|ver\.?|release|v)\s*(?=\d)")
_BLANKS: Final = re.compile(r"[\s_-]+")


def missing(seen: Observation) -> list[str]:
    """What an answer over SNMP leaves for SSH to say; nothing where it says all that an inventory asks."""
    if seen.outcome is not Outcome.ANSWERED:
        return [f"SNMP {seen.outcome}"]
    unknown = [name for name in ("serial", "version", "model") if getattr(seen, name) is None]
    bare = not any(part.serial for part in seen.components)
    return [*unknown, *(["components with serial numbers"] if bare else [])]


def agree(name: str, value: str, other: str, vendor: str | None = None) -> bool:
    """Whether two values of a field say the same.

    They may differ in case, blanks and the vendor's name in front; versions also in leading zeros (``17.09.04a`` is
    ``17.9.4a``), a ``v`` in front and a build number behind. A model may be the series of the other (``C2960X`` and
    ``WS-C2960X-48FPD-L``): that is less exact, not something else.
    """
    one, two = _plain(name, value, vendor), _plain(name, other, vendor)
    series = name == "model" and min(len(one), len(two)) >= _SERIES
    return one == two or (series and (one in two or two in one))


def _plain(name: str, value: str, vendor: str | None) -> str:
    text = " ".join(value.split()).casefold()
    if name == "sys_name":
        return text.partition(".")[0]
    if name in _VERSIONS:
        return _LEADING_ZEROS.sub("", _BUILD.sub("", _VERSION_MARK.sub("", text)))
    if name == "serial":
        return text
    for word in (vendor or "").casefold(), (vendor or "").casefold().partition(" ")[0]:
        if word and text.startswith(word) and text != word:
            text = text.removeprefix(word)
    return _BLANKS.sub("", text)


def fold_transports(snmp: Observation, ssh: Observation) -> Observation:
    """What a device said over both transports, as one Observation.

    Args:
        snmp: what came of asking over SNMP, an answer or not.
        ssh: what came of asking the same target over SSH.

    Returns:
        ANSWERED where both were read to their end; PARTIAL where one was not, with the transport in the reason; where
        neither answered, the outcome of SNMP, or of SSH where SNMP was merely silent.
    """
    told = "; ".join(_told(name, seen) for name, seen in ((SNMP, snmp), (SSH, ssh)) if _short(seen))
    common: dict[str, Any] = {
        "reason": told,
        "transport": "snmp+ssh",
        "duration": round(snmp.duration + ssh.duration, 3),
        "screens": ssh.screens,
        "sections": (*_sections(snmp, SNMP, SNMP_SECTIONS), *_sections(ssh, SSH, (SSH_SECTION,))),
    }
    if snmp.outcome not in ANSWERS and ssh.outcome not in ANSWERS:
        outcome = ssh.outcome if snmp.outcome is Outcome.SILENT else snmp.outcome
        return replace(snmp, **(common | {"outcome": outcome, "sections": ()}))
    common["outcome"] = Outcome.PARTIAL if told else Outcome.ANSWERED
    if ssh.outcome not in ANSWERS:
        return replace(snmp, **common)
    if snmp.outcome not in ANSWERS:
        return replace(ssh, **common)
    return replace(snmp, **(_folded(snmp, ssh) | common))


def _short(seen: Observation) -> bool:
    return seen.outcome is not Outcome.ANSWERED


def _told(name: str, seen: Observation) -> str:
    return f"{name} {seen.outcome}: {seen.reason or 'no reason given'}"


def _sections(seen: Observation, name: str, asked: Sequence[str]) -> tuple[Section, ...]:
    """The sections of a transport; where it did not answer, all that was asked of it is unread."""
    if seen.outcome in ANSWERS:
        return seen.sections
    return tuple(Section(section, complete=False, reason=_told(name, seen)) for section in asked)


def _folded(snmp: Observation, ssh: Observation) -> dict[str, Any]:
    """The fields of an observation of which both transports say something."""
    values: dict[str, Any] = {}
    evidence = dict(snmp.evidence)
    ruled = _RULED if snmp.platform in (None, GENERIC) else ()
    for name in (*_RULED, *_FILLED):
        filled = getattr(snmp, name) is None or name in ruled
        if filled and (value := getattr(ssh, name)) is not None:
            values[name] = value
            evidence.pop(name, None)
            if name in ssh.evidence:
                evidence[name] = ssh.evidence[name]
    parts = _Parts(snmp, ssh)
    parts.fold()
    said = [*_differences(snmp, ssh), *parts.differences]
    once = {(item.field, item.value.casefold(), item.other.casefold()): item for item in reversed(said)}
    kept = tuple(reversed(once.values()))[:MAX_DISAGREEMENTS]
    return values | {"evidence": evidence, "components": tuple(parts.rows), "disagreements": kept}


def _differences(snmp: Observation, ssh: Observation) -> Iterator[Disagreement]:
    """Where the two say something else of the device itself."""
    known = {part.serial.casefold() for seen in (snmp, ssh) for part in seen.components if part.serial}
    for name in _COMPARED:
        value, other = getattr(snmp, name), getattr(ssh, name)
        if not value or not other or agree(name, value, other, snmp.vendor) or _by_other_name(name, snmp, ssh):
            continue
        # the board's number beside the box's: both are of this device, and the parts say of what each is
        if name == "serial" and known >= {value.casefold(), other.casefold()}:
            continue
        where = (snmp.evidence.get(name, SNMP), ssh.evidence.get(name, SSH))
        yield Disagreement(name, snmp.target, value, where[0], other, where[1])


def _by_other_name(name: str, one: Any, two: Any) -> bool:
    """Whether what one calls its model is what the other calls its part number."""
    cross = _OTHER_NAME.get(name)
    if cross is None:
        return False
    pairs = ((getattr(one, name), getattr(two, cross)), (getattr(one, cross), getattr(two, name)))
    return any(left and right and agree(name, left, right, one.vendor) for left, right in pairs)


@dataclass(slots=True)
class _Parts:
    """The components of both, those of SNMP first; ``rows`` is what comes of them."""

    snmp: Observation
    ssh: Observation
    rows: list[Component] = field(default_factory=list)
    differences: list[Disagreement] = field(default_factory=list)

    def fold(self) -> None:
        """Fill SNMP's rows from their twins over SSH, and add what only SSH lists."""
        self.rows = list(self.snmp.components)
        place = {part.index: number for number, part in enumerate(self.rows)}
        twins = _twins(self.snmp.components, self.ssh.components)
        for index, part in twins.items():
            self.rows[place[index]] = self._filled(self.rows[place[index]], part)
        index_of = {part.index: index for index, part in twins.items()}
        paired = frozenset(index_of)
        added = [part for part in self.ssh.components if part.index not in paired and self._worth_adding(part)]
        index_of |= {part.index: f"ssh:{part.index}" for part in added}
        self.rows += [
            replace(self._by_its_serial(part), index=index_of[part.index], parent=index_of.get(part.parent or ""))
            for part in added
        ]

    def _worth_adding(self, part: Component) -> bool:
        """Whether a part that SNMP does not list is one of its own: without a serial number nobody can tell."""
        if part.serial:
            boxes = [row for row in self.snmp.components if row.cls == "chassis"]
            return not (part.cls == "chassis" and len(boxes) == 1 and _only_box(self.ssh.components))
        return not self.snmp.components

    def _by_its_serial(self, part: Component) -> Component:
        """The only box, which SNMP lists no row for, under the serial number that SNMP gives for the device."""
        told = self.snmp.serial
        if part.cls != "chassis" or not told or not _only_box(self.ssh.components) or self._boxes():
            return part
        if part.serial and not agree("serial", told, part.serial):
            self._differs(part, "serial", told, self.snmp.evidence.get("serial", SNMP), part.serial)
        where = part.where | {"serial": self.snmp.evidence.get("serial", "")}
        return replace(part, serial=told, where=where)

    def _boxes(self) -> bool:
        return any(row.cls == "chassis" for row in self.snmp.components)

    def _filled(self, row: Component, part: Component) -> Component:
        values: dict[str, Any] = {}
        where = dict(row.where)
        for name in _PART_FILLED:
            value, other = getattr(row, name), getattr(part, name)
            if value is None and other is not None:
                values[name] = other
                where[name] = part.where.get(name, "")
            elif value and other and name in _PART_COMPARED and not self._same(name, row, part):
                self._differs(part, name, value, row.where.get(name, SNMP), other, row)
        return replace(row, **values, where=where)

    def _same(self, name: str, row: Component, part: Component) -> bool:
        value, other = getattr(row, name), getattr(part, name)
        return agree(name, value, other, self.snmp.vendor) or _by_other_name(name, row, part)

    def _differs(
        self, part: Component, name: str, value: str, where: str, other: str, row: Component | None = None
    ) -> None:
        told = row or part
        subject = told.name or told.serial or told.description or told.cls
        self.differences.append(Disagreement(name, subject, value, where, other, part.where.get(name, SSH)))


def _only_box(parts: Iterable[Component]) -> Component | None:
    boxes = [part for part in parts if part.cls == "chassis"]
    return boxes[0] if len(boxes) == 1 else None


def _twins(rows: Sequence[Component], parts: Sequence[Component]) -> dict[str, Component]:
    """Which part over SSH is which row of SNMP, by the row's index; each at most once.

    A serial number that SNMP lists several times is that of its outermost row.
    """
    depth = _depths(rows)
    by_serial: dict[str, Component] = {}
    for row in sorted((row for row in rows if row.serial), key=lambda row: depth[row.index]):
        by_serial.setdefault((row.serial or "").casefold(), row)
    found: dict[str, Component] = {}
    for part in parts:
        same = by_serial.get(part.serial.casefold()) if part.serial else None
        if same is not None:
            found.setdefault(same.index, part)
    told = {part.serial.casefold() for part in parts if part.serial} & by_serial.keys()
    left = [part for part in parts if not (part.serial and part.serial.casefold() in told)]
    free = [row for row in rows if row.index not in found]
    named = _by_place(free)
    for key, part in _by_place(left).items():
        called = named.get(key)
        if called is not None and not (called.serial and part.serial):
            found[called.index] = part
    box, case = _only_box(rows), _only_box(parts)
    if box is not None and case is not None and box.index not in found and case.index not in _indexes(found):
        found[box.index] = case
    return found


def _indexes(found: Mapping[str, Component]) -> set[str]:
    return {part.index for part in found.values()}


def _by_place(parts: Iterable[Component]) -> dict[tuple[str, str], Component]:
    """Parts by class and name, where no other part of the device is called so."""
    groups: defaultdict[tuple[str, str], list[Component]] = defaultdict(list)
    for part in parts:
        if part.name:
            groups[part.cls, part.name.casefold()].append(part)
    return {key: group[0] for key, group in groups.items() if len(group) == 1}


def _depths(rows: Sequence[Component]) -> dict[str, int]:
    """How far inside each row sits; a device that draws a circle is cut where it closes."""
    parents = {row.index: row.parent for row in rows}
    depths = {}
    for row in rows:
        seen, index = {row.index}, row.parent
        while index is not None and index in parents and index not in seen:
            seen.add(index)
            index = parents[index]
        depths[row.index] = len(seen)
    return depths
