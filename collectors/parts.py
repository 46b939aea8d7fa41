"""The parts of a device out of what SNMP and SSH list: which are the same, what each side adds, where they differ.

The same serial number is the same part; so is the same class and name, which Cisco's ``show inventory`` takes from
ENTITY-MIB, where one side gives no serial number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from collectors.agreement import agree, by_other_name
from collectors.observation import Component, Disagreement, Observation

# The transports, as a disagreement names them where it does not know the place.
SNMP, SSH = "SNMP", "SSH"

_PART_FILLED: Final = (
    "name", "description", "vendor", "model", "part_number", "serial",
    "hardware_revision", "firmware_revision", "software_revision",
)  # fmt: skip
_PART_COMPARED: Final = (
    "model", "part_number", "serial", "hardware_revision", "firmware_revision", "software_revision",
)  # fmt: skip


@dataclass(slots=True)
class Parts:
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
            return not (part.cls == "chassis" and _only_box(self.snmp.components) and _only_box(self.ssh.components))
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
        return agree(name, value, other, self.snmp.vendor) or by_other_name(name, row, part)

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
