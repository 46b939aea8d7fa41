"""Which components are units, what they are called, and what they sit in."""

from dataclasses import replace

import pytest

from collectors.observation import Component, Observation, Section
from estate.inventory.sections import section_of
from estate.inventory.seen import SeenUnit
from estate.inventory.units import units_of
from estate.inventory.virtual import is_virtual
from tests.estate.inventory_lab import SERIAL, box, night, observed, part


def said(*components: Component, **values: object) -> Observation:
    return replace(observed("core-1", night(0), components), **values)  # type: ignore[arg-type] # a test names the fields


def component(
    index: str, cls: str, parent: str | None = None, serial: str | None = None, **values: object
) -> Component:
    where = {"serial": f"{SERIAL}.{index}"} if serial else {}
    return Component(index, cls, parent, serial=serial, where=where, **values)  # type: ignore[arg-type] # fields by name


def by_slot(observation: Observation) -> dict[str, SeenUnit]:
    units = units_of(observation)
    assert len({unit.identity for unit in units}) == len(units)
    found = {unit.slot: unit for unit in units}
    assert len(found) == len(units)
    return found


def test_kinds_places_and_parents() -> None:
    units = by_slot(
        said(
            component("1", "chassis", serial="BOX", name="Chassis"),
            component("2", "container", "1", name="Slot 1"),
            component("3", "module", "2", "CARD", name="Linecard 1"),
            component("4", "port", "3", name="Te1/1"),
            component("5", "module", "4", "OPT1", name="Transceiver", part_number="SFP-10G-SR"),
            component("6", "port", "3", "OPT2", name="Te1/2"),
            component("7", "powerSupply", "1", "PSU", name="PSU A"),
            component("8", "fan", "1", "FAN", name="Fan 1"),
            component("9", "storageDrive", "1", "DISK", description="Disk", position=3),
            component("10", "sensor", "1", "SENSOR", name="Temperature"),
            component("11", "powerSupply", "1", name="PSU without a serial"),
            component("12", "other", "1", "RISER", name="Riser", fru=True),
            component("13", "other", "1", "SOLDERED", name="Mainboard", fru=False),
        )
    )
    assert {slot: (unit.kind, unit.parent) for slot, unit in units.items()} == {
        "chassis": ("switch", None),
        "Linecard 1": ("module", "acme|box"),
        "Linecard 1/Te1/1/Transceiver": ("optic", "acme|card"),
        "Linecard 1/Te1/2": ("optic", "acme|card"),
        "PSU A": ("power-supply", "acme|box"),
        "Fan 1": ("fan", "acme|box"),
        "Disk 3": ("disk", "acme|box"),
        "Riser": ("module", "acme|box"),
    }


def test_a_serial_listed_twice_is_one_unit_the_outermost_which_learns_from_the_inner() -> None:
    units = by_slot(
        said(
            component("1", "chassis", serial="BOX", name="Chassis"),
            component("2", "module", "1", "box", name="Mainboard", part_number="ACME-48"),
            component("3", "powerSupply", "2", "P", name="PSU"),
            serial="BOX",
        )
    )
    assert list(units) == ["chassis", "Mainboard/PSU"]
    assert (units["chassis"].part_number, units["chassis"].serial) == ("ACME-48", "BOX")
    assert units["Mainboard/PSU"].parent == "acme|box"


def test_the_devices_serial_is_that_of_its_only_chassis() -> None:
    blank = (component("1", "chassis", name="Chassis"), component("2", "module", "1", "BOX", name="Mainboard"))
    sections = (Section("entity", complete=True), Section("vendor", complete=True))
    units = by_slot(said(*blank, serial="BOX", evidence={"serial": "1.3.6.1.4.1.9999.1.0"}, sections=sections))
    assert [(unit.serial, unit.evidence["serial"]) for unit in units.values()] == [("BOX", "1.3.6.1.4.1.9999.1.0")]


def test_stack_members_each_have_the_devices_kind() -> None:
    stack = (
        component("1", "stack", name="Stack", serial="M1"),
        component("10", "chassis", "1", "M1", name="1", position=1),
        component("20", "chassis", "1", "M2", name="2", position=2, part_number="WS-2"),
        component("21", "powerSupply", "20", "P", name="PSU A"),
    )
    units = by_slot(said(*stack, serial="M1", part_number="WS-1"))
    assert {slot: (unit.kind, unit.part_number, unit.parent) for slot, unit in units.items()} == {
        "member 1": ("switch", "WS-1", None),
        "member 2": ("switch", "WS-2", None),
        "member 2/PSU A": ("power-supply", None, "acme|m2"),
    }


def test_what_names_no_parent_sits_in_the_only_box_or_in_the_member_that_it_names() -> None:
    card = component("24", "module", None, "CARD", name="Daughter card")
    units = by_slot(said(card, component("149", "chassis", None, "BOX", name="Chassis"), serial="BOX"))
    assert [(unit.slot, unit.parent) for unit in units.values()] == [("chassis", None), ("Daughter card", "acme|box")]
    loose = [
        component(str(index), cls, None, f"S{index}", name=name)
        for index, (cls, name) in enumerate(
            [
                ("chassis", "Switch 1"),
                ("chassis", "Switch 2"),
                ("powerSupply", "Switch 2 - Power Supply A"),
                ("module", "Switch 1 FRU Uplink Module 1"),
                ("port", "Te2/1/1"),
                ("powerSupply", "Switch 12 - Power Supply A"),
                ("port", "Te3/1/1"),
                ("port", "Te1/1"),
            ]
        )
    ]
    assert [(unit.serial, unit.parent) for unit in units_of(said(*loose, serial="S0"))] == [
        ("S0", None),
        ("S1", None),
        ("S2", "acme|s1"),
        ("S3", "acme|s0"),
        ("S4", "acme|s1"),
        ("S5", None),
        ("S6", None),
        ("S7", None),
    ]


def test_a_device_without_components_or_without_any_serial_is_one_unit() -> None:
    named = said(
        serial="BOX", evidence={"serial": "1.3.6.1.4.1.9999.1.0"}, sections=(Section("vendor", complete=True),)
    )
    (unit,) = units_of(named)
    assert (unit.identity, unit.section, unit.kind, unit.parent) == ("acme|box", "vendor", "switch", None)
    (unit,) = units_of(said())
    assert (unit.identity, unit.serial, unit.section) == ("@core-1", None, "system")
    (unit,) = units_of(said(component("1", "chassis", name="Chassis")))
    assert unit.identity == "@core-1"
    alone, psu = units_of(said(component("7", "powerSupply", None, "PSU", name="PSU A")))
    assert (alone.identity, psu.parent) == ("@core-1", "@core-1")


def test_members_without_serials_are_told_apart_by_their_place() -> None:
    units = units_of(said(component("1", "chassis", name="1"), component("2", "chassis", name="2")))
    assert [unit.identity for unit in units] == ["@core-1#member 1", "@core-1#member 2"]


def test_a_standalone_box_listed_as_a_module_has_the_devices_kind() -> None:
    units = units_of(said(component("1", "module", None, "BOX", name="J9999A"), serial="BOX"))
    assert [(unit.kind, unit.parent) for unit in units] == [("switch", None)]


def test_what_was_not_read_is_not_a_unit() -> None:
    cards = (component("1", "module", None, "CARD", name="Card"),)
    assert [unit.identity for unit in units_of(said(*cards, sections=(Section("system", complete=True),)))] == [
        "@core-1"
    ]


def test_rings_and_strange_parents_end() -> None:
    units = units_of(
        said(
            component("1", "chassis", "3", "A", name="a"),
            component("2", "module", "1", "B", name="b"),
            component("3", "module", "2", "C", name="c"),
            component("4", "module", "4", "D", name="d"),
            component("5", "module", "99", "E", name="e"),
        )
    )
    assert {unit.serial for unit in units} == {"A", "B", "C", "D", "E"}


def test_equal_names_are_told_apart() -> None:
    fans = [component(str(n), "fan", "1", f"F{n}", name="Fan") for n in (2, 3)]
    assert sorted(by_slot(said(box(), *fans))) == ["Fan #2", "Fan #3", "chassis"]


@pytest.mark.parametrize(
    ("where", "section"),
    [
        ("1.3.6.1.2.1.47.1.1.1.1.11.1", "entity"),
        ("1.3.6.1.2.1.1.5.0", "system"),
        ("1.3.6.1.2.1.33.1.1.1.0", "vendor"),
        ("1.3.6.1.4.1.318.1.0", "vendor"),
        ("show version", "ssh"),
    ],
)
def test_evidence_names_its_section(where: str, section: str) -> None:
    assert section_of(where) == section


def test_virtual_machines_are_known_by_name_or_serial() -> None:
    assert is_virtual("VMware Virtual Platform", None, None)
    assert is_virtual(None, "CSR1000V", None)
    assert is_virtual(None, None, "VMware-56 4d 00")
    assert not is_virtual("Virtual Chassis", "EX4200", part("X").serial)


def test_a_nameless_chassis_is_the_member_that_has_the_devices_serial() -> None:
    """As a cluster tells it: ENTITY-MIB's chassis gives no serial, the table of members gives that of each."""
    members = [
        Component("ha.1", "chassis", name="one", serial="FW1", where={"serial": "1.3.6.1.4.1.99999.1.1"}),
        Component("ha.2", "chassis", name="two", serial="FW2", where={"serial": "1.3.6.1.4.1.99999.1.2"}),
    ]
    vendor = Section("vendor", complete=True, rows=2)
    seen = said(component("1", "chassis", name="Chassis", model="FW-9"), *members, serial="FW1")
    units = units_of(replace(seen, sections=(*seen.sections, vendor)))
    assert sorted(unit.serial or "" for unit in units) == ["FW1", "FW2"]
    assert next(unit for unit in units if unit.serial == "FW1").model == "FW-9"


@pytest.mark.parametrize("model", ["KVM 2161AD", "Instant Virtual Controller Cluster", "Virtual Chassis"])
def test_what_only_sounds_virtual_is_not(model: str) -> None:
    assert not is_virtual(model, None, None)


@pytest.mark.parametrize("model", ["VMware7,1", "KVM", "PA-VM", "BIG-IP Virtual Edition", "vSRX"])
def test_virtual_editions_are(model: str) -> None:
    assert is_virtual(model, None, None)
