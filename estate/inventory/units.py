"""Which components of a device are units: things with an identity of their own that are bought and replaced.

A chassis or stack member always is one, and has the device's kind; a module, power supply, fan, optic or disk is one
when it has a serial. The same serial listed twice inside one device is one unit, the outermost. A device that answered
without any serial is one unit all the same, known by the device's name: an unknown serial is a value.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from collectors.observation import Component, Observation
from estate.inventory.sections import section_of
from estate.inventory.seen import SeenUnit, identity_of
from estate.inventory.slots import member_name, slots_of
from estate.inventory.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# PhysicalClass of ENTITY-MIB (RFC 6933) to the kind of a unit inside a device.
_KIND_OF_CLASS = {
    "powerSupply": "power-supply", "fan": "fan", "port": "optic", "module": "module", "storageDrive": "disk",
    "battery": "ups-battery",
}  # fmt: skip
# Classes that agents use for odds and ends: a unit only where the device says that it can be replaced in the field.
_IF_REPLACEABLE = frozenset({"other", "unknown", "backplane", "cpu", "energyObject"})
# Agents list pluggable optics as modules; what they are called gives them away.
_OPTIC = re.compile(
    r"^(SFP|XFP|QSFP|CFP|GBIC|XENPAK|X2-|GLC-|1000Base|10GBase|40GBase|100GBase)|\btransceiver\b", re.IGNORECASE
)
# An interface of a stack, member first: three numbers, such as Te2/1/1; two may be slot and port of one box.
_INTERFACE = re.compile(r"[A-Za-z]+ ?(?P<member>\d{1,2})/\d+/\d+\b", re.ASCII)
# What a component and a unit have in common.
_SHARED = tuple({item.name for item in fields(SeenUnit)} & {item.name for item in fields(Component)} - {"parent"})
_LAST_NUMBER = re.compile(r"\d+$", re.ASCII)


def units_of(observation: Observation) -> tuple[SeenUnit, ...]:
    """The units that an observation shows, parents before children; at least one has the device's kind.

    Components whose section was not read are left out.
    """
    tree = Tree(_with_its_serial(observation))
    chosen = _without_repeats(tree, [item for item in tree.order if _is_unit(item)])
    own = _own(observation, tree, chosen)
    boxes = [item for item in chosen if item.cls == "chassis" or item is own]
    slots = slots_of(tree, chosen, boxes)
    # what hangs in the air comes last, so that the box around it stands before it
    chosen.sort(key=lambda item: not any(level in boxes for level in (item, *tree.above(item))))
    main = _box(observation) if own is None else None
    units: dict[str, SeenUnit] = {"": main} if main else {}
    for item in chosen:
        above = tree.nearest(item, units) or main or _around(item, boxes, units)
        parent = above.identity if above else None
        units[item.index] = _unit(observation, tree, item, slots[item.index], parent, own=item is own, boxes=boxes)
    return tuple(units.values())


def _with_its_serial(observation: Observation) -> Observation:
    """The observation with the device's serial on the chassis that left it blank.

    That is its only chassis, or the only nameless one beside members of which one has that serial: then both are one.
    """
    boxes = [item for item in observation.components if item.cls == "chassis"]
    nameless = [item for item in boxes if item.serial is None]
    serial = (observation.serial or "").casefold()
    listed = len(boxes) == 1 or any((item.serial or "").casefold() == serial for item in boxes)
    if not serial or len(nameless) != 1 or not listed:
        return observation
    box = nameless[0]
    where = {name: text for name, text in observation.evidence.items() if name == "serial"}
    named = replace(box, serial=observation.serial, where={**box.where, **where})
    return replace(observation, components=tuple(named if item is box else item for item in observation.components))


def _is_unit(item: Component) -> bool:
    if item.cls == "chassis":
        return True
    return item.serial is not None and (item.cls in _KIND_OF_CLASS or (item.cls in _IF_REPLACEABLE and bool(item.fru)))


def _without_repeats(tree: Tree, items: Sequence[Component]) -> list[Component]:
    """One component a serial: the outermost, which takes what only the inner ones know."""
    chosen: dict[str, Component] = {}
    for item in items:
        key = item.serial.casefold() if item.serial else f"#{item.index}"
        if key not in chosen:
            chosen[key] = item
            continue
        blank = {
            name: getattr(item, name)
            for name in ("vendor", "model", "part_number", "hardware_revision", "firmware_revision")
            if getattr(chosen[key], name) is None and getattr(item, name) is not None
        }
        where = {name: item.where[name] for name in blank if name in item.where}
        chosen[key] = replace(chosen[key], where={**chosen[key].where, **where}, **blank)
        tree.sections[chosen[key].index] |= tree.sections[item.index]
    tree.by_index |= {item.index: item for item in chosen.values()}
    return list(chosen.values())


def _own(observation: Observation, tree: Tree, chosen: Sequence[Component]) -> Component | None:
    """The component that is the device itself: what has its serial, else its only outermost chassis."""
    serial = (observation.serial or "").casefold()
    outer = [item for item in chosen if item.cls == "chassis" and not _inside_chassis(tree, item)]
    named = [item for item in outer if serial and (item.serial or "").casefold() == serial]
    if named or outer:
        return (named or outer)[0]
    return next((item for item in chosen if serial and (item.serial or "").casefold() == serial), None)


def _around(item: Component, boxes: Sequence[Component], units: Mapping[str, SeenUnit]) -> SeenUnit | None:
    """The box around a component that does not say what it sits in: the only one, else the member that it names.

    A member is named by its own label (``Switch 1 - Power Supply A``), or by the first number of an interface
    (``Te2/1/1``, as stacks of switches count). What names none of several, or two of them, stays without a parent.
    """
    if item in boxes:
        return None
    text = " ".join((item.name or "").split())
    port = _INTERFACE.match(text)
    named = [
        box
        for box in boxes
        if len(boxes) == 1
        or re.match(rf"{re.escape(member_name(box))}(?!\w)", text, re.IGNORECASE)
        or (port and (number := _LAST_NUMBER.search(member_name(box))) and number[0] == port["member"])
    ]
    return units[named[0].index] if len(named) == 1 else None


def _inside_chassis(tree: Tree, item: Component) -> bool:
    return any(around.cls == "chassis" for around in tree.above(item))


def _box(observation: Observation) -> SeenUnit:
    """The device as one unit, where no component stands for it."""
    where = observation.evidence.get("serial")
    read = [section.name for section in observation.sections]
    section = section_of(where) if where else ""
    serial = observation.serial
    return SeenUnit(
        identity=identity_of(observation.vendor, serial) if serial else f"@{observation.target}",
        slot="chassis",
        kind=observation.kind or "other",
        section=section if section in read else next(iter(read), "system"),
        index="",
        cls="chassis",
        name=observation.sys_name,
        vendor=observation.vendor,
        model=observation.model,
        part_number=observation.part_number,
        serial=serial,
        manufactured_on=observation.manufactured_on,
        evidence=_evidence(observation),
    )


def _evidence(observation: Observation) -> dict[str, str]:
    kept = ("vendor", "model", "part_number", "serial", "manufactured_on")
    return {name: observation.evidence[name] for name in kept if name in observation.evidence}


def _unit(
    observation: Observation,
    tree: Tree,
    item: Component,
    slot: str,
    parent: str | None,
    *,
    own: bool,
    boxes: Sequence[Component],
) -> SeenUnit:
    values = {name: getattr(item, name) for name in _SHARED}
    evidence = {name: where for name, where in item.where.items() if where}
    sections = tree.sections[item.index]
    if own:
        # the platform's rule knows best what its vendor calls the box; the chassis row fills what the rule left blank
        for name in ("vendor", "model", "part_number"):
            if (value := getattr(observation, name)) is not None:
                values[name] = value
                evidence.pop(name, None)
        values["manufactured_on"] = values["manufactured_on"] or observation.manufactured_on
        evidence = {**evidence, **{name: w for name, w in _evidence(observation).items() if name not in evidence}}
    values["vendor"] = values["vendor"] or observation.vendor
    serial = values["serial"]
    if serial:
        identity = identity_of(values["vendor"], serial)
    else:
        identity = f"@{observation.target}" if own and len(boxes) == 1 else f"@{observation.target}#{slot}"
    read = {section.name for section in observation.sections}
    return SeenUnit(
        identity=identity,
        slot=slot,
        kind=(observation.kind or "other") if item in boxes else _kind(tree, item),
        section="+".join(sorted(sections & read)),
        parent=None if own else parent,
        evidence=evidence,
        **values,
    )


def _kind(tree: Tree, item: Component) -> str:
    around = next((level for level in tree.above(item) if level.cls != "container"), None)
    names = (item.part_number, item.model, item.description, item.name)
    if item.cls == "module" and (
        (around is not None and around.cls == "port") or any(_OPTIC.search(text) for text in names if text)
    ):
        return "optic"
    return _KIND_OF_CLASS.get(item.cls, "module")
