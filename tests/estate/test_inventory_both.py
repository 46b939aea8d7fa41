"""Nights on which a device is read over SNMP, over SSH, or over both: nothing is lost, doubted or told twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.folding import fold_transports
from collectors.observation import Component, Observation, Outcome, Section
from estate.inventory.page import page
from estate.inventory.store import DeviceState, device, observed_units
from estate.inventory.unit import Unit
from estate.store.database import Database, open_database
from tests.estate.inventory_lab import box, night, observed, part, run_night

SYS_DESCR = "1.3.6.1.2.1.1.1.0"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    yield opened
    opened.close()


def snmp(number: int, *parts: Component, version: str | None = "15.2", **values: str) -> Observation:
    evidence = {"version": SYS_DESCR} if version else {}
    return replace(observed("a", night(number), parts, version=version, **values), evidence=evidence)  # type: ignore[arg-type] # texts


def ssh(number: int, *serials: str, version: str = "15.2", serial: str | None = None) -> Observation:
    where = {"serial": "show inventory", "name": "show inventory"}
    parts = [Component(f"p{name}", "powerSupply", name=f"PSU {name}", serial=name, where=where) for name in serials]
    evidence = {"version": "show version", **({"serial": "show version"} if serial else {})}
    return Observation(
        "a", "127.0.0.1", night(number), Outcome.ANSWERED, transport="ssh", kind="switch", vendor="Acme",
        version=version, serial=serial, components=tuple(parts), evidence=evidence,
        sections=(Section("ssh", complete=True, rows=len(parts)),),
    )  # fmt: skip


def failed(number: int, outcome: Outcome, reason: str) -> Observation:
    return Observation("a", "127.0.0.1", night(number), outcome, reason)


def refused(number: int) -> Observation:
    return failed(number, Outcome.REFUSED, "login refused")


def silent(number: int) -> Observation:
    return failed(number, Outcome.SILENT, "no answer")


def nights(database: Database, *seen: Observation) -> None:
    for number, one in enumerate(seen):
        run_night(database, number, [one])


def state(database: Database, number: int) -> tuple[DeviceState, dict[str | None, Unit]]:
    with database.reading() as session:
        found = device(session, "a", night(number).date())
        units = observed_units(session, night(number).date())
    assert found is not None
    return found, {unit.serial: unit for unit in units}


def changes_of(database: Database, number: int) -> list[tuple[str, str]]:
    from estate.inventory.store import changes  # noqa: PLC0415 - beside its only use

    with database.reading() as session:
        found = changes(session)
    return [(change.what, change.field) for change in found if change.at == night(number)]


def test_a_refused_login_removes_and_doubts_nothing(database: Database) -> None:
    parts = box(), part("P1")
    nights(
        database,
        fold_transports(snmp(0, *parts), ssh(0, "S1")),
        fold_transports(snmp(1, *parts), refused(1)),
        fold_transports(snmp(2, *parts), ssh(2, "S1")),
        fold_transports(snmp(3, *parts), refused(3)),
        # SNMP says by itself what it can say: a supply of its own is gone
        fold_transports(snmp(4, box()), refused(4)),
    )
    assert [changes_of(database, number) for number in (1, 2, 3)] == [[], [], []]
    assert changes_of(database, 4) == [("removed", "")]
    now, units = state(database, 4)
    assert set(units) == {"BOX1", "S1"}
    assert now.incomplete == ("ssh",)


def test_what_ssh_no_longer_lists_is_gone_only_when_it_was_read(database: Database) -> None:
    nights(
        database,
        fold_transports(snmp(0, box()), ssh(0, "S1", "S2")),
        fold_transports(snmp(1, box()), ssh(1, "S1")),
    )
    assert set(state(database, 1)[1]) == {"BOX1", "S1"}


def test_snmp_takes_away_what_both_once_listed(database: Database) -> None:
    nights(
        database,
        fold_transports(snmp(0, box(), part("P1")), ssh(0, "P1")),
        snmp(1, box(), part("P1")),
        snmp(2, box()),
    )
    assert set(state(database, 2)[1]) == {"BOX1"}


def test_snmp_takes_away_what_ssh_found_in_its_place(database: Database) -> None:
    nights(
        database,
        fold_transports(silent(0), ssh(0, "P1")),
        snmp(1, box(), part("P1")),
        snmp(2, box()),
    )
    assert set(state(database, 2)[1]) == {"BOX1"}


def test_a_serial_number_from_ssh_stays_when_the_login_is_refused(database: Database) -> None:
    bare = box(None)
    nights(
        database,
        fold_transports(snmp(0, bare), ssh(0, serial="SX1")),
        fold_transports(snmp(1, bare), refused(1)),
        snmp(2, bare),
        fold_transports(snmp(3, bare), ssh(3, serial="SX1")),
    )
    assert [changes_of(database, number) for number in (1, 2, 3)] == [[], [], []]
    now, units = state(database, 3)
    assert (now.facts.serial, set(units)) == ("SX1", {"SX1"})


def test_nights_without_snmp_tell_no_change_that_is_none(database: Database) -> None:
    nights(
        database,
        fold_transports(snmp(0, box(), version="17.09.04a"), ssh(0, "S1", version="17.9.4a")),
        fold_transports(silent(1), ssh(1, "S1", version="17.9.4a")),
        fold_transports(snmp(2, box(), version="17.09.04a"), ssh(2, "S1", version="17.9.4a")),
        fold_transports(silent(3), ssh(3, "S1", version="17.12.1")),
    )
    assert [changes_of(database, number) for number in (1, 2)] == [[], []]
    assert changes_of(database, 3) == [("changed", "version")]
    now, units = state(database, 3)
    assert (now.facts.version, set(units)) == ("17.12.1", {"BOX1", "S1"})


def test_a_disagreement_is_kept_until_both_are_read_again(database: Database) -> None:
    nights(
        database,
        fold_transports(snmp(0, box()), ssh(0, version="15.7")),
        fold_transports(snmp(1, box()), refused(1)),
        fold_transports(silent(2), ssh(2, version="15.7")),
    )
    now, units = state(database, 2)
    assert now.facts.version == "15.2"
    assert [(item["value"], item["other"]) for item in now.facts.disagreements] == [("15.2", "15.7")]
    text = page(now, list(units.values()), (), None)
    assert "Disagreements between SNMP and SSH" in text
    assert f"a version: 15.2 ({SYS_DESCR}), but 15.7 (show version)" in text
    run_night(database, 3, [fold_transports(snmp(3, box(), version="15.7"), ssh(3, version="15.7"))])
    assert state(database, 3)[0].facts.disagreements == []


def test_a_disagreement_about_a_value_that_changed_is_over(database: Database) -> None:
    nights(
        database,
        fold_transports(snmp(0, box()), ssh(0, version="15.7")),
        snmp(1, box(), version="16.1"),
    )
    assert state(database, 1)[0].facts.disagreements == []
