"""Vendors' tables of parts: which rows are parts, what they sit in, and that no thing is listed twice."""

from __future__ import annotations

import re

import pytest

from collectors.observation import Component
from collectors.rule_files import RuleError, load_rules, parse_rules
from collectors.transport import Value
from collectors.vendor_tables import ComponentTable, merged, vendor_parts

Columns = dict[str, dict[str, Value]]


def test_an_empty_slot_is_no_part_and_an_arc_is_the_slot() -> None:
    table = ComponentTable(
        "slots", "module", (), {"serial": "1.3.1"}, present=("1.3.2", re.compile("^2$")), position=-1
    )
    columns: Columns = {"1.3.1": {"1.4": b"AB123456", "1.5": b"AB123457"}, "1.3.2": {"1.4": 2, "1.5": 1}}
    (part,) = vendor_parts((table,), columns, None)
    assert (part.index, part.serial, part.position, part.where) == ("slots.1.4", "AB123456", 4, {"serial": "1.3.1.1.4"})
    assert table.asked == ("1.3.1", "1.3.2")


def test_a_column_may_name_the_kind_of_a_part() -> None:
    classes = ((re.compile("^7$"), "fan"), (re.compile("^6$"), "powerSupply"))
    table = ComponentTable("parts", "module", classes, {"serial": "1.3.1", "name": "1.3.3"}, class_by="1.3.2")
    columns: Columns = {
        "1.3.1": {"1": b"FA123456", "2": b"PS123456", "3": b"CA123456"},
        "1.3.2": {"1": 7, "2": 6, "3": 9},
        "1.3.3": {"3": b"fan controller card"},
    }
    assert [part.cls for part in vendor_parts((table,), columns, None)] == ["fan", "powerSupply", "module"]


def test_a_row_sits_in_the_row_whose_index_begins_its_own() -> None:
    shelf = ComponentTable("shelves", "chassis", (), {"serial": "1.3.1"})
    disk = ComponentTable("disks", "storageDrive", (), {"serial": "1.3.2"}, parent="shelves")
    columns: Columns = {"1.3.1": {"7": b"SHELF1234"}, "1.3.2": {"7.1": b"DISK12345", "8.1": b"DISK12346"}}
    parents = {part.index: part.parent for part in vendor_parts((shelf, disk), columns, None)}
    assert parents == {"shelves.7": None, "disks.7.1": "shelves.7", "disks.8.1": None}


def test_an_index_of_a_kind_and_a_path_through_levels() -> None:
    """As jnxContentsTable: kind 1 is the chassis, 7 an FPC in it, 8 a PIC in an FPC."""
    table = ComponentTable("contents", "module", (), {"serial": "1.3.1"}, within="1.3.2")
    columns: Columns = {
        "1.3.1": {"1.1.0.0": b"CHASSIS12", "7.2.0.0": b"FPC123456", "8.2.1.0": b"PIC123456"},
        "1.3.2": {"1": 0, "7": 1, "8": 7},
    }
    parents = {part.index: part.parent for part in vendor_parts((table,), columns, None)}
    assert parents == {
        "contents.1.1.0.0": None, "contents.7.2.0.0": "contents.1.1.0.0", "contents.8.2.1.0": "contents.7.2.0.0",
    }  # fmt: skip


def test_a_ring_of_kinds_ends() -> None:
    table = ComponentTable("contents", "module", (), {"serial": "1.3.1"}, within="1.3.2")
    columns: Columns = {"1.3.1": {"7.2.1.0": b"FPC123456"}, "1.3.2": {"7": 8, "8": 7}}
    (part,) = vendor_parts((table,), columns, None)
    assert part.parent is None


def test_what_both_tables_list_is_one_thing_with_its_blanks_filled() -> None:
    entity = Component("1", "chassis", serial="AB123456", where={"serial": "e"})
    row = Component(
        "members.1", "chassis", serial="ab123456", model="X-1", position=1, where={"serial": "v", "model": "m"}
    )
    inside = Component("slots.1.1", "module", parent="members.1", serial="CD123456")
    first, rest = merged((entity,), (row, inside))
    assert (first[0].model, first[0].position, first[0].where) == ("X-1", 1, {"serial": "e", "model": "m"})
    assert [(part.index, part.parent) for part in rest] == [("slots.1.1", "1")]


def test_a_serial_that_stands_twice_joins_nothing() -> None:
    entity = (Component("1", "chassis", serial="AB123456"), Component("2", "module", serial="AB123456"))
    row = Component("members.1", "chassis", serial="AB123456", model="X-1")
    first, rest = merged(entity, (row,))
    assert first == entity
    assert rest == (row,)


def test_a_table_that_says_nothing_of_presence_is_refused() -> None:
    text = """
    [[platform]]
    name = "acme"
    match = [{ sysObjectID = "1.3.6.1.4.1.99999" }]
    [[platform.components]]
    table = "acmeTable"
    present = { object = "ACME-MIB::acmeState", oid = "1.3.6.1.4.1.99999.1.1.2" }
    [platform.components.columns]
    serial = { object = "ACME-MIB::acmeSerial", oid = "1.3.6.1.4.1.99999.1.1.3" }
    """
    with pytest.raises(RuleError, match="present needs match"):
        parse_rules({"acme.toml": text})


# Of each shipped table: the platform that has it, and a row (columns by field, index) with what it must come to.
SHIPPED = [
    ("dell-force10", "dellNetPowerSupplyTable", "2.1.2", {"serial": b"CN-06FKHH-28298-857-06VJ"}, ("powerSupply", 2)),
    ("dell-force10", "dellNetFanTrayTable", "2.1.4", {"serial": b"CN-061DJT-28298-86J-0624"}, ("fan", 4)),
    ("dell-force10", "chStackUnitTable", "3", {"serial": b"DL2E9250002"}, ("chassis", 3)),
    ("dell-os10", "os10PowerSupplyTable", "2", {"serial": b"CN03WVHP2829889I0CJN"}, ("powerSupply", 2)),
    ("dell-os10", "os10FanTrayTable", "4", {"serial": b"CN00YJWK282988AP0440"}, ("fan", 4)),
    ("dell-powerconnect", "agentInventoryUnitTable", "2", {"serial": b"CN0H784T282983"}, ("chassis", 2)),
    ("netgear", "agentInventoryUnitTable", "1", {"serial": b"2CU1234500A11"}, ("chassis", 1)),
    ("extreme-exos", "extremeSlotTable", "5", {"serial": b"1104G-01234"}, ("module", 5)),
    ("extreme-exos", "extremePowerSupplyTable", "1", {"serial": b"1042F-80123"}, ("powerSupply", 1)),
    ("allied-awplus", "rscBoardTable", "2.1", {"serial": b"A04881A1513", "model": b"AT-x930-28GSTX"}, ("chassis", 2)),
    ("allied-awplus", "rscBoardTable", "5.6", {"serial": b"A04699H1309", "model": b"AT-SBx81CFC960"}, ("module", 5)),
    ("allied-awplus", "rscBoardTable", "5.10", {"serial": b"A0458041", "model": b"AT-SBxPWRSYS1"}, ("powerSupply", 5)),
    ("lenovo-xcc", "powerTable", "1", {"serial": b"K12345678AB", "part_number": b"SP57A02023"}, ("powerSupply", 1)),
    ("ibm-imm", "powerTable", "2", {"serial": b"K10C123456", "part_number": b"94Y8105"}, ("powerSupply", 2)),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "name", "index", "row", "expected"), SHIPPED)
def test_a_shipped_table_gives_its_parts(
    platform: str, name: str, index: str, row: dict[str, bytes], expected: tuple[str, int]
) -> None:
    rule = load_rules().platforms[platform]
    (table,) = (item for item in rule.tables if item.name == name)
    columns: Columns = {table.columns[field]: {index: value} for field, value in row.items()}
    if table.present is not None:
        columns[table.present[0]] = {index: 2}
    (part,) = vendor_parts((table,), columns, None)
    assert (part.cls, part.position, part.serial) == (*expected, row["serial"].decode())
    if table.present is not None:
        columns[table.present[0]] = {index: 99}
        assert not vendor_parts((table,), columns, None)
