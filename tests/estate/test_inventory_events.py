"""Life events: what a night tells of units that were swapped, moved, renumbered, and of devices that fell silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from collectors.observation import Component
from estate.inventory.relocation import Place, swaps
from estate.inventory.seen import SeenUnit
from estate.inventory.store import Recorded, changes, observed_units, record, release, stays, tell_stale
from estate.store.database import Database, open_database
from tests.estate.inventory_lab import SERIAL, box, new_run, night, observed, part, run_night, target

PSU, FAN = part("PSU1"), part("FAN1", "fan", 2)


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database("sqlite:///:memory:")
    yield database
    database.close()


def member(serial: str, number: int) -> Component:
    """A stack member with a number of its own."""
    where = {"serial": f"{SERIAL}.{number}000"}
    return Component(
        f"{number}000", "chassis", None, number, f"Switch {number}", serial=serial, vendor="Acme", where=where
    )


def supply(serial: str, number: int) -> Component:
    """A power supply in a stack member, whose name holds the member's number, as agents write it."""
    where = {"serial": f"{SERIAL}.{number}001"}
    name = f"Switch {number} - Power Supply A"
    return Component(
        f"{number}001", "powerSupply", f"{number}000", 1, name, serial=serial, vendor="Acme", where=where
    )  # fmt: skip


Told = tuple[str, str, str, str, str | None, str | None]


def told(database: Database, number: int) -> list[Told]:
    """What a night told, as the ledger has it: device, subject, what, field, before, after."""
    with database.reading() as session:
        found = changes(session, night(number), night(number + 1))
    return sorted(
        ((item.device, item.subject, item.what, item.field, item.before, item.after) for item in found), key=str
    )


def one(database: Database, number: int, *components: Component, cut: bool = False) -> list[Told]:
    run_night(database, number, [observed("a", night(number), components, cut=cut)])
    return told(database, number)


def test_another_serial_in_a_slot_is_a_swap_told_once(database: Database) -> None:
    one(database, 0, box(), PSU, FAN)
    assert one(database, 1, box(), part("PSU2"), FAN) == [("a", "powerSupply 1", "swapped", "", "PSU1", "PSU2")]
    assert one(database, 2, box(), part("PSU2"), FAN) == []


def test_another_kind_in_a_slot_is_no_swap(database: Database) -> None:
    one(database, 0, box(), PSU)
    assert one(database, 1, box(), replace(part("FAN9", "fan", 1), name="powerSupply 1")) == [
        ("a", "FAN9", "installed", "", None, "a: powerSupply 1"),
        ("a", "PSU1", "removed", "", "a: powerSupply 1", None),
    ]


def test_a_swap_that_a_cut_reading_showed_is_told_when_the_old_one_is_known_to_be_gone(database: Database) -> None:
    one(database, 0, box(), PSU, FAN)
    assert one(database, 1, box(), part("PSU2"), cut=True) == [("a", "PSU2", "installed", "", None, "a: powerSupply 1")]
    assert one(database, 2, box(), part("PSU2"), FAN) == [("a", "powerSupply 1", "swapped", "", "PSU1", "PSU2")]


def test_what_is_put_back_returned_and_swapped(database: Database) -> None:
    one(database, 0, box(), PSU)
    one(database, 1, box(), part("PSU2"))
    assert one(database, 2, box(), PSU) == [
        ("a", "PSU1", "returned", "", None, "a: powerSupply 1"),
        ("a", "powerSupply 1", "swapped", "", "PSU2", "PSU1"),
    ]


@pytest.mark.parametrize("order", list(permutations("ab")))
def test_a_swap_with_another_device_keeps_its_moves(database: Database, order: tuple[str, ...]) -> None:
    run_night(
        database, 0, [observed("a", night(0), [box("A"), PSU]), observed("b", night(0), [box("B"), part("PSU2")])]
    )
    now = {
        "a": observed("a", night(1), [box("A"), part("PSU2")]),
        "b": observed("b", night(1), [box("B"), part("PSU3")]),
    }
    run_night(database, 1, [now[name] for name in order])
    assert told(database, 1) == [
        ("a", "PSU2", "moved", "", "b: powerSupply 1", "a: powerSupply 1"),
        ("a", "powerSupply 1", "swapped", "", "PSU1", "PSU2"),
        ("b", "powerSupply 1", "swapped", "", "PSU2", "PSU3"),
    ]


@pytest.mark.parametrize("order", list(permutations("ab")))
def test_what_was_swapped_out_and_turns_up_elsewhere_moved(database: Database, order: tuple[str, ...]) -> None:
    run_night(database, 0, [observed("a", night(0), [box("A"), PSU]), observed("b", night(0), [box("B")])])
    now = {
        "a": observed("a", night(1), [box("A"), part("PSU2")]),
        "b": observed("b", night(1), [box("B"), part("PSU1", slot=4)]),
    }
    run_night(database, 1, [now[name] for name in order])
    assert told(database, 1) == [
        ("a", "powerSupply 1", "swapped", "", "PSU1", "PSU2"),
        ("b", "PSU1", "moved", "", "a: powerSupply 1", "b: powerSupply 4"),
    ]


def test_a_module_in_another_slot_moved_with_what_it_carries(database: Database) -> None:
    def card(slot: int) -> list[Component]:
        carrier = replace(part("CARD", "module", slot), name=f"Slot {slot}")
        optic = replace(part("OPTIC", "port", slot + 50), parent=carrier.index, position=1, name=f"Port {slot}/1")
        return [carrier, optic]

    one(database, 0, box(), *card(3))
    assert one(database, 1, box(), *card(5)) == [("a", "CARD", "moved", "slot", "Slot 3", "Slot 5")]


def test_the_old_one_may_have_moved_to_another_slot(database: Database) -> None:
    one(database, 0, box(), PSU)
    assert one(database, 1, box(), part("PSU1", slot=2), part("PSU2", slot=1)) == [
        ("a", "PSU1", "moved", "slot", "powerSupply 1", "powerSupply 2"),
        ("a", "powerSupply 1", "swapped", "", "PSU1", "PSU2"),
    ]


def test_a_slot_that_is_only_called_otherwise_has_not_moved(database: Database) -> None:
    one(database, 0, box(), PSU)
    assert one(database, 1, box(), replace(PSU, name="PSU left")) == [
        ("a", "PSU1", "changed", "name", "powerSupply 1", "PSU left"),
        ("a", "PSU1", "changed", "slot", "powerSupply 1", "PSU left"),
    ]


def test_renumbered_members_are_told_and_nothing_inside_them(database: Database) -> None:
    one(database, 0, member("M1", 1), supply("P1", 1), member("M2", 2), supply("P2", 2))
    assert one(database, 1, member("M2", 1), supply("P2", 1), member("M1", 2), supply("P1", 2)) == [
        ("a", "M1", "renumbered", "slot", "Switch 1", "Switch 2"),
        ("a", "M2", "renumbered", "slot", "Switch 2", "Switch 1"),
    ]


def test_a_supply_that_goes_to_the_other_member_moved(database: Database) -> None:
    one(database, 0, member("M1", 1), supply("P1", 1), member("M2", 2))
    assert one(database, 1, member("M1", 1), member("M2", 2), supply("P1", 2)) == [
        ("a", "P1", "moved", "slot", "Switch 1/Switch 1 - Power Supply A", "Switch 2/Switch 2 - Power Supply A")
    ]


def test_a_member_joins_leaves_and_is_swapped(database: Database) -> None:
    one(database, 0, member("M1", 1), supply("P1", 1))
    assert one(database, 1, member("M1", 1), supply("P1", 1), member("M2", 2)) == [
        ("a", "M2", "joined", "", None, "a: Switch 2")
    ]
    assert one(database, 2, member("M1", 1), supply("P1", 1), member("M3", 2)) == [
        ("a", "Switch 2", "swapped", "", "M2", "M3")
    ]
    assert one(database, 3, member("M1", 1), supply("P1", 1)) == [("a", "M3", "removed", "", "a: Switch 2", None)]


def test_a_device_on_another_site_moved(database: Database) -> None:
    for number, site in enumerate((None, "depot", "town-hall")):
        with database.writing() as session:
            record(
                session.connection(),
                new_run(session, night(number)),
                target("a", site),
                observed("a", night(number), [box()]),
            )
    assert [told(database, number) for number in (1, 2)] == [
        [("a", "a", "changed", "site", None, "depot")],
        [("a", "a", "moved", "site", "depot", "town-hall")],
    ]


def test_a_swap_is_returned_by_the_reading_that_tells_it(database: Database) -> None:
    one(database, 0, box(), PSU)
    recorded: list[Recorded] = run_night(database, 1, [observed("a", night(1), [box(), part("PSU2")])])
    assert [change.what for item in recorded for change in item.changes] == ["swapped"]


def test_a_device_that_is_not_read_to_its_end_is_stale_once_and_then_back(database: Database) -> None:
    def notice(number: int) -> None:
        with database.writing() as session:
            tell_stale(session, new_run(session, night(number) + dt.timedelta(hours=1)), night(number), 14)

    one(database, 0, box(), PSU)
    for number in (14, 15, 16):
        one(database, number, box(), cut=True)
        notice(number)
    assert [told(database, number) for number in (14, 15, 16)] == [
        [],
        [("a", "a", "stale", "", "2026-01-01", None)],
        [],
    ]
    assert one(database, 20, box(), PSU) == [("a", "a", "back", "", "2026-01-01", "2026-01-21")]
    assert one(database, 21, box(), PSU) == []
    notice(60)
    assert told(database, 60) == [("a", "a", "stale", "", "2026-01-22", None)]


@pytest.mark.parametrize("kept", ["a", "b"])
def test_one_row_less_in_targets_settles_a_box_under_two_addresses(database: Database, kept: str) -> None:
    for number in range(2):
        run_night(database, number, [observed(name, night(number), [box(), PSU]) for name in "ab"])
    with database.writing() as session:
        release(session, new_run(session, night(2)), {kept}, night(2))
        release(session, new_run(session, night(3)), {kept}, night(3))
    with database.reading() as session:
        found = observed_units(session, night(3).date())
    assert sorted((unit.asset_id, unit.device, unit.claim) for unit in found) == [
        ("BOX1", kept, False),
        ("PSU1", kept, False),
    ]
    moves = [] if kept == "a" else [("b", "moved"), ("b", "moved")]
    assert [(device, what) for device, _, what, *_ in told(database, 2)] == moves
    run_night(database, 4, [observed(kept, night(4), [box(), PSU])])
    assert told(database, 4) == []


def test_a_device_that_is_listed_no_more_keeps_what_nobody_else_shows(database: Database) -> None:
    one(database, 0, box(), PSU)
    with database.writing() as session:
        release(session, new_run(session, night(1)), {"other"}, night(1))
    with database.reading() as session:
        assert len(observed_units(session, night(1).date())) == 2


def test_the_life_of_a_unit_is_where_it_was(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box("A"), PSU]), observed("b", night(0), [box("B")])])
    run_night(database, 1, [observed("a", night(1), [box("A"), part("PSU1", software_revision="2")])])
    run_night(
        database, 2, [observed("a", night(2), [box("A"), part("PSU2")]), observed("b", night(2), [box("B"), PSU])]
    )
    with database.reading() as session:
        found = stays(session, "psu1", night(3))
        happened = [change.what for change in changes(session, serial="PSU1")]
    assert [(stay.device, stay.since, stay.until, stay.how) for stay in found] == [
        ("a", night(0), night(2), "held"),
        ("b", night(2), None, "held"),
    ]
    assert sorted(happened) == ["changed", "discovered", "moved", "swapped"]


def test_two_that_are_gone_from_one_slot_were_not_both_swapped_for_what_stands_there() -> None:
    def unit(serial: str) -> SeenUnit:
        return SeenUnit(f"acme|{serial}", "chassis", "switch", "entity", "1", "chassis", serial=serial, vendor="Acme")

    old, older, stands = unit("OLD"), unit("OLDER"), unit("STANDS")
    places = {one.identity: Place(one, None) for one in (old, older)} | {stands.identity: Place(stands, stands)}
    assert swaps([old, older], places) == [(old, stands)]
