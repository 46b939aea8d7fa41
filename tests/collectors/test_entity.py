"""entPhysicalTable as components, and the text that is trusted."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.entity import TABLE, chassis, components
from collectors.text import clean, clean_name, clean_serial, date_and_time, descr
from collectors.transport import Value

NUMBER = {
    "descr": 2, "parent": 4, "cls": 5, "position": 6, "name": 7, "serial": 11, "vendor": 12, "model": 13, "fru": 16,
    "made": 17,
}  # fmt: skip


def table(rows: dict[str, dict[str, Value]]) -> dict[str, dict[str, Value]]:
    columns: dict[str, dict[str, Value]] = {}
    for index, row in rows.items():
        for field, value in row.items():
            columns.setdefault(f"{TABLE}.{NUMBER[field]}", {})[index] = value
    return columns


def test_a_row_becomes_a_component_that_says_where_each_field_was() -> None:
    made = bytes([7, 227, 5, 17, 0, 0, 0, 0])
    rows: dict[str, dict[str, Value]] = {
        "1": {"cls": 3, "parent": 0, "model": b"WS-C3750G-12S-S ", "serial": b"FDO1622Y10H\0", "made": made, "fru": 1},
        "2": {"cls": 10, "parent": 1, "position": 3, "descr": b"1000BaseSX SFP", "serial": b"AGM1234", "fru": 2},
    }
    case, optic = components(table(rows))
    assert (case.model, case.part_number, case.serial) == ("WS-C3750G-12S-S", "WS-C3750G-12S-S", "FDO1622Y10H")
    assert (case.manufactured_on, case.fru, case.parent) == (dt.date(2019, 5, 17), True, None)
    assert case.where["serial"] == f"{TABLE}.11.1"
    assert (optic.cls, optic.parent, optic.position, optic.fru) == ("port", "1", 3, False)
    assert optic.description == "1000BaseSX SFP"


def test_a_part_number_is_found_by_its_vendors_pattern() -> None:
    rows: dict[str, dict[str, Value]] = {"1": {"cls": 3, "descr": b"HP J9145A 2910al-24G Switch", "model": b"2910al"}}
    (part,) = components(table(rows), re.compile(r"\b(J\d{4}A)\b"))
    assert (part.part_number, part.where["part_number"]) == ("J9145A", f"{TABLE}.2.1")


def test_the_device_is_the_first_member_of_its_stack() -> None:
    rows: dict[str, dict[str, Value]] = {
        "1": {"cls": 11, "parent": 0},
        "2001": {"cls": 3, "parent": 1, "position": 2, "model": b"C9300-48P", "serial": b"FOC2"},
        "1001": {"cls": 3, "parent": 1, "position": 1, "model": b"C9300-24P", "serial": b"FOC1"},
        "1002": {"cls": 3, "parent": 1001, "position": 1, "model": b"inner", "serial": b"FOC9"},
    }
    found = chassis(components(table(rows)))
    assert found is not None
    assert found.serial == "FOC1"
    assert chassis(()) is None


def test_a_stack_without_a_chassis_is_its_first_box_and_not_an_optic_in_it() -> None:
    rows: dict[str, dict[str, Value]] = {
        "1": {"cls": 11, "parent": 0, "descr": b"Stack"},
        "2": {"cls": 11, "parent": 1, "descr": b"Member 1"},
        "3": {"cls": 5, "parent": 2, "descr": b"Base", "name": b"QX-930", "serial": b"A0001"},
        "4": {"cls": 9, "parent": 1, "model": b"QX-SFP-10", "serial": b"A0009"},
    }
    found = chassis(components(table(rows)))
    assert found is not None
    assert found.serial == "A0001"
    del rows["3"]
    assert chassis(components(table(rows))) is None


def test_containment_that_runs_in_a_ring_or_nowhere_has_an_end() -> None:
    rows: dict[str, dict[str, Value]] = {
        "1": {"cls": 3, "parent": 2, "serial": b"AB1"},
        "2": {"cls": 3, "parent": 1, "serial": b"AB2"},
        "3": {"cls": 9, "parent": 3, "serial": b"AB3"},
        "4": {"cls": 9, "parent": 77, "serial": b"AB4"},
    }
    assert [part.parent for part in components(table(rows))] == [None, None, None, None]


@pytest.mark.parametrize(
    "value",
    [
        b"", b"N/A", b" none ", b"0", b"00000000", b"FFFFFFFFFF", b"Unspecified", b"Not Available",
        b"To be filled by O.E.M.", b"\xff\xff\xff\xff", b"00:1b:54:aa:bb:cc", b"001b.54aa.bbcc", b"A\x01B2C3", b"XXXX",
    ],
)  # fmt: skip
def test_placeholders_are_no_serial_numbers(value: bytes) -> None:
    assert clean_serial(value) is None


def test_serial_numbers_are_trimmed() -> None:
    assert clean_serial(b" S/N: FOC1408Z61U\0\0") == "FOC1408Z61U"
    assert clean_serial(940001051000) == "940001051000"


def test_a_service_tag_of_letters_is_a_serial_number_and_a_word_is_none() -> None:
    assert clean_serial(b"HGTFDSW") == "HGTFDSW"
    assert clean_serial(b"<private>") == "<private>"
    assert [clean_serial(word) for word in (b"VIRTUAL", b"Standalone", b"UNKNOWN", b"SERIAL")] == [None] * 4


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (bytes([7, 219, 2, 28, 1, 2, 3, 0]), dt.date(2011, 2, 28)),
        (bytes([7, 219, 2, 28, 1, 2, 3, 0, 43, 1, 0]), dt.date(2011, 2, 28)),
        (bytes([7, 219, 2, 30, 1, 2, 3, 0]), None),
        (bytes(8), None),
        (bytes([7, 178, 1, 1, 0, 0, 0, 0]), None),
        (b"2011-02-28", None),
        (b"", None),
        (5, None),
    ],
)
def test_dates_of_manufacture(value: Value, day: dt.date | None) -> None:
    assert date_and_time(value) == day


@given(st.one_of(st.binary(max_size=400), st.text(max_size=300), st.integers()))
def test_cleaning_is_idempotent_and_never_fails(value: Value) -> None:
    for cleaner in (clean, clean_name, clean_serial):
        once = cleaner(value)
        assert once is None or cleaner(once) == once
    assert descr(descr(value)) == descr(value)


CELLS = st.one_of(st.binary(max_size=20), st.integers(0, 12), st.just("1.3.6"))
ROWS = st.dictionaries(st.sampled_from(["1", "2", "3", "10.4"]), CELLS)


@given(st.dictionaries(st.sampled_from([f"{TABLE}.{number}" for number in range(2, 18)]), ROWS))
def test_any_table_gives_components(columns: dict[str, dict[str, Value]]) -> None:
    parts = components(columns)
    assert len({part.index for part in parts}) == len(parts)
    chassis(parts)
