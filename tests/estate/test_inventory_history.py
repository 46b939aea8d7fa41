"""History: what each reading of a device means, night by night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
import sqlalchemy as sa

from collectors.observation import Observation, Outcome, Section
from config.folder import Folder
from estate.inventory.declared import ASSETS
from estate.inventory.population import population
from estate.inventory.store import (
    Changed,
    Recorded,
    changes,
    device,
    devices,
    hints,
    observed_units,
    record,
    target_states,
)  # fmt: skip
from estate.inventory.unit import Unit
from estate.store.database import Database, open_database
from estate.store.tables import Base
from tests.estate.inventory_lab import box, new_run, night, observed, part, run_night, target

PSU, FAN = part("PSU1"), part("FAN1", "fan", 2)


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database("sqlite:///:memory:")
    yield database
    database.close()


def units(database: Database, number: int) -> dict[str, Unit]:
    with database.reading() as session:
        return {unit.asset_id: unit for unit in observed_units(session, night(number).date()) if not unit.claim}


def told(recorded: list[Recorded]) -> list[tuple[str, str, str, str | None, str | None]]:
    def plain(change: Changed) -> tuple[str, str, str, str | None, str | None]:
        return change.subject, change.what, change.field, change.before, change.after

    return [plain(change) for item in recorded for change in item.changes]


def count(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_the_first_reading_discovers_and_a_quiet_night_writes_one_row(database: Database) -> None:
    (first,) = run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    assert first.first
    assert told([first]) == [
        ("BOX1", "discovered", "", None, "a: chassis"),
        ("PSU1", "discovered", "", None, "a: powerSupply 1"),
    ]
    before = count(database)
    (quiet,) = run_night(database, 1, [observed("a", night(1), [box(), PSU])])
    assert not quiet.changes
    grown = {name: rows - before[name] for name, rows in count(database).items() if rows != before[name]}
    assert grown == {"run": 1, "run_device": 1}
    assert units(database, 1)["PSU1"].last_seen == night(1).date()


def test_recording_twice_is_recording_once(database: Database) -> None:
    with database.writing() as session:
        run = new_run(session, night(0))
        first = record(session.connection(), run, target("a"), observed("a", night(0), [box()]))
    before = count(database)
    with database.writing() as session:
        again = record(session.connection(), run, target("a"), observed("a", night(0), [box("OTHER")]))
    assert (again.run_device_id, again.changes) == (first.run_device_id, ())
    assert count(database) == before


def test_only_a_complete_reading_removes_and_what_comes_back_returned(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU, FAN])])
    assert told(run_night(database, 1, [observed("a", night(1), [box()], cut=True)])) == []
    assert (units(database, 1)["PSU1"].last_seen, units(database, 1)["PSU1"].stale) == (night(0).date(), False)
    removed = run_night(database, 2, [observed("a", night(2), [box(), FAN])])
    assert told(removed) == [("PSU1", "removed", "", "a: powerSupply 1", None)]
    back = run_night(database, 3, [observed("a", night(3), [box(), FAN, PSU])])
    assert told(back) == [("PSU1", "returned", "", None, "a: powerSupply 1")]
    assert {number: "PSU1" in units(database, number) for number in range(4)} == {0: True, 1: True, 2: False, 3: True}


def test_what_comes_later_is_installed(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box()])])
    later = run_night(database, 1, [observed("a", night(1), [box(), PSU])])
    assert told(later) == [("PSU1", "installed", "", None, "a: powerSupply 1")]


@pytest.mark.parametrize("outcome", [Outcome.SILENT, Outcome.REFUSED, Outcome.FAILED, Outcome.HOSTKEY])
def test_no_answer_changes_the_ledger_only(database: Database, outcome: Outcome) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    before = count(database)
    (lost,) = run_night(database, 20, [observed("a", night(20), [], outcome=outcome)])
    assert (lost.outcome, lost.changes) == (outcome, ())
    grown = {name: rows - before[name] for name, rows in count(database).items() if rows != before[name]}
    assert grown == {"run": 1, "run_device": 1}
    assert {name: unit.stale for name, unit in units(database, 20).items()} == {"BOX1": True, "PSU1": True}
    with database.reading() as session:
        state = target_states(session)["a"]
        assert (state.outcome, state.reason, state.last_answered) == (outcome, "no answer", night(0))
        assert device(session, "A", night(20).date()) is not None


def test_a_device_that_never_answered_is_not_a_device(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [], outcome=Outcome.SILENT)])
    with database.reading() as session:
        assert devices(session, night(0).date()) == ()
        assert target_states(session)["a"].last_answered is None


def test_an_empty_table_after_a_full_one_is_a_failed_reading_every_night(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    for number in (1, 2, 3):
        (empty,) = run_night(database, number, [observed("a", night(number), [])])
        assert (empty.outcome, empty.changes) == (Outcome.PARTIAL, ())
        assert "no rows, where there were 2" in empty.reason
    assert set(units(database, 3)) == {"BOX1", "PSU1"}
    assert units(database, 3)["PSU1"].last_seen == night(0).date()


def test_an_empty_table_removes_nothing_even_where_none_was_ever_complete(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU], cut=True)])
    for number in (1, 2):
        assert told(run_night(database, number, [observed("a", night(number), [])])) == []
    assert set(units(database, 2)) == {"BOX1", "PSU1"}


def test_a_chassis_whose_serial_is_not_given_once_has_not_been_replaced(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    assert told(run_night(database, 1, [observed("a", night(1), [box(None), PSU])])) == []
    assert units(database, 1)["PSU1"].parent == "BOX1"
    swap = run_night(database, 2, [observed("a", night(2), [box("BOX2"), PSU])])
    assert told(swap) == [("chassis", "swapped", "", "BOX1", "BOX2")]
    assert units(database, 2)["PSU1"].parent == "BOX2"


def test_another_serial_from_what_still_answers_does_not_replace_a_chassis_on_a_cut_night(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    cut = observed("a", night(1), [], cut=True, serial="FROM-VENDOR")
    assert told(run_night(database, 1, [cut])) == [("a", "changed", "serial", None, "FROM-VENDOR")]
    assert set(units(database, 1)) == {"BOX1", "PSU1"}


def test_a_nameless_box_whose_serial_becomes_known_is_not_removed(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [])])
    assert set(units(database, 0)) == {"device:a"}
    named = run_night(database, 1, [observed("a", night(1), [box()])])
    assert ("chassis", "changed", "serial", None, "BOX1") in told(named)
    assert "removed" not in {what for _, what, *_ in told(named)}
    assert set(units(database, 1)) == {"BOX1"}


def test_changed_facts_are_told_with_before_and_after(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(software_revision="1"), PSU])])
    upgraded = observed("a", night(1), [box(software_revision="2"), replace(PSU, name="PSU left")], version="2.0")
    assert told(run_night(database, 1, [upgraded])) == [
        ("a", "changed", "version", "1.0", "2.0"),
        ("BOX1", "changed", "software_revision", "1", "2"),
        ("PSU1", "changed", "slot", "powerSupply 1", "PSU left"),
        ("PSU1", "changed", "name", "powerSupply 1", "PSU left"),
    ]
    assert (units(database, 0)["PSU1"].slot, units(database, 1)["PSU1"].slot) == ("powerSupply 1", "PSU left")
    assert (units(database, 0)["BOX1"].version, units(database, 1)["BOX1"].version) == ("1.0", "2.0")


def test_renumbering_and_another_spelling_of_the_vendor_are_not_news(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    renumbered = replace(PSU, index="900", where={"serial": "1.3.6.1.2.1.47.1.1.1.1.11.900"})
    assert told(run_night(database, 1, [observed("a", night(1), [box(), renumbered])])) == []
    spelled = replace(PSU, vendor="Acme Inc")
    assert told(run_night(database, 2, [observed("a", night(2), [box(), spelled])])) == [
        ("PSU1", "changed", "vendor", "Acme", "Acme Inc")
    ]
    assert told(run_night(database, 3, [observed("a", night(3), [box(), spelled])])) == []


def test_what_a_cut_reading_does_not_say_stays_known(database: Database) -> None:
    full = observed("a", night(0), [box()], version="1.0")
    vendor = {"version": "1.3.6.1.4.1.9999.1.0"}
    whole = (*full.sections, Section("vendor", complete=True, rows=1))
    cut = (*full.sections, Section("vendor", complete=False, reason="timeout"))
    run_night(database, 0, [replace(full, evidence=vendor, sections=whole)])
    lost = replace(observed("a", night(1), [box()], version=None), sections=cut, outcome=Outcome.PARTIAL)
    assert told(run_night(database, 1, [lost])) == []
    gone = replace(lost, at=night(2), sections=whole, outcome=Outcome.ANSWERED)
    assert told(run_night(database, 2, [gone])) == [("a", "changed", "version", "1.0", None)]


def test_the_second_best_source_does_not_speak_for_the_best_that_was_cut_off(database: Database) -> None:
    model = {"model": "1.3.6.1.2.1.47.1.1.1.1.13.1", "version": "1.3.6.1.2.1.1.1.0"}
    full = replace(observed("a", night(0), [box(model="WS-9"), PSU]), model="WS-9", evidence=model)
    run_night(database, 0, [full])
    guess = {"model": "1.3.6.1.2.1.1.2.0", "version": "1.3.6.1.2.1.1.1.0"}
    cut = observed("a", night(1), [box(model="WS")], cut=True)
    assert told(run_night(database, 1, [replace(cut, model="WS", evidence=guess)])) == []
    whole = replace(observed("a", night(2), [box(), PSU]), model="WS", evidence=guess)
    assert ("a", "changed", "model", "WS-9", "WS") in told(run_night(database, 2, [whole]))


def test_the_long_text_that_a_version_stands_in_is_not_told_beside_it(database: Database) -> None:
    run_night(database, 0, [replace(observed("a", night(0), [box()]), sys_descr="Acme OS 1.0")])
    upgraded = replace(observed("a", night(1), [box()], version="2.0"), sys_descr="Acme OS 2.0")
    assert told(run_night(database, 1, [upgraded])) == [("a", "changed", "version", "1.0", "2.0")]
    rebuilt = replace(upgraded, at=night(2), sys_descr="Acme OS 2.0, built again")
    assert [line[2] for line in told(run_night(database, 2, [rebuilt]))] == ["sys_descr"]


def at_once(number: int) -> dict[str, Observation]:
    """The owner is silent, and two other devices both show its power supply."""
    return {
        "a": observed("a", night(number), [], outcome=Outcome.SILENT),
        "b": observed("b", night(number), [box("B"), PSU]),
        "c": observed("c", night(number), [box("C"), PSU]),
    }


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_two_new_places_in_one_night_are_a_conflict_in_any_order(database: Database, order: tuple[str, ...]) -> None:
    first = [("a", [box("A"), PSU]), ("b", [box("B")]), ("c", [box("C")])]
    run_night(database, 0, [observed(name, night(0), parts) for name, parts in first])
    run_night(database, 1, [at_once(1)[name] for name in order])
    assert units(database, 1)["PSU1"].device == "b"
    with database.reading() as session:
        said = {(item.device, item.what): (item.before, item.after) for item in changes(session, night(1))}
        claims = [unit.device for unit in observed_units(session, night(1).date()) if unit.claim]
    here, there = "b: powerSupply 1", "c: powerSupply 1"
    assert said == {("b", "moved"): ("a: powerSupply 1", here), ("c", "conflict"): (here, there)}
    assert claims == ["c"]


def test_a_conflict_does_not_flap_and_is_settled_by_a_complete_reading(database: Database) -> None:
    both = [("a", [box("A"), PSU]), ("b", [box("B"), PSU])]
    for number in range(3):
        said = run_night(database, number, [observed(name, night(number), parts) for name, parts in both])
        assert bool(told(said)) == (number == 0)
        assert units(database, number)["PSU1"].device == "a"
    alone = run_night(database, 3, [observed("b", night(3), [box("B"), PSU])])
    assert told(alone) == []
    settled = run_night(database, 4, [observed("a", night(4), [box("A")]), observed("b", night(4), [box("B"), PSU])])
    assert told(settled) == [("PSU1", "moved", "", "a: powerSupply 1", "b: powerSupply 1")]
    assert units(database, 4)["PSU1"].device == "b"


def test_the_past_is_answered_as_it_was(database: Database) -> None:
    run_night(database, 0, [observed("a", night(0), [box(), PSU])])
    run_night(database, 1, [observed("a", night(1), [box()], cut=True, version="2.0")])
    run_night(database, 30, [observed("a", night(30), [box()])])
    with database.reading() as session:
        then = {number: device(session, "a", night(number).date()) for number in (0, 1, 20, 30)}
        assert device(session, "a", night(-1).date()) is None
        assert observed_units(session, night(-1).date()) == ()
    states = {number: state for number, state in then.items() if state is not None}
    assert {number: (state.incomplete, state.stale) for number, state in states.items()} == {
        0: ((), False), 1: (("entity",), False), 20: (("entity",), True), 30: ((), False),
    }  # fmt: skip
    assert {number: state.facts.version for number, state in states.items()} == {
        0: "1.0",
        1: "2.0",
        20: "2.0",
        30: "1.0",
    }
    assert units(database, 20)["PSU1"].last_seen == night(0).date()


def test_hints_are_kept_for_the_next_night(database: Database) -> None:
    run_night(database, 0, [replace(observed("a", night(0), [box()]), hints={"repetitions": 10})])
    run_night(database, 1, [observed("a", night(1), [box()])])
    with database.reading() as session:
        assert hints(session) == {"a": {"repetitions": 10}}


def test_a_box_with_two_serials_is_one_unit_whichever_of_them_assets_names(database: Database, tmp_path: Path) -> None:
    run_night(database, 0, [observed("fabric-a", night(0), [box("ALM2534F019"), PSU], serial="BRCALM2534F019")])
    seen = units(database, 0)
    assert (seen["ALM2534F019"].device_serial, seen["PSU1"].device_serial) == ("BRCALM2534F019", None)
    for serial in ("ALM2534F019", "brcalm2534f019"):
        (tmp_path / "assets.csv").write_text(f"serial,installed_on\n{serial},2011-12-03\n", encoding="utf-8")
        people = population(list(seen.values()), Folder(tmp_path).rows(ASSETS), night(0).date())
        assert [(unit.asset_id, unit.origin) for unit in people.units] == [("ALM2534F019", "both"), ("PSU1", "seen")]
        assert people.conflicts == ()
