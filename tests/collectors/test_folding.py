"""Folding two answers of one device: what counts as the same, and what is the same part."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from collectors.agreement import agree
from collectors.folding import fold_transports, missing
from collectors.observation import Component, Observation, Outcome, Section

AT = dt.datetime(2026, 11, 1, 2, 0, tzinfo=dt.UTC)
OID = "1.3.6.1.2.1.47.1.1.1.1.11.1"


def snmp(*parts: Component, **values: str) -> Observation:
    return Observation(
        "sw1", "192.0.2.1", AT, Outcome.ANSWERED, platform="cisco-ios", vendor="Cisco", components=parts,
        sections=(Section("system", complete=True), Section("entity", complete=True)), **values,  # type: ignore[arg-type] # texts
    )  # fmt: skip


def ssh(*parts: Component, **values: str) -> Observation:
    return Observation(
        "sw1", "192.0.2.1", AT, Outcome.ANSWERED, platform="cisco-ios", vendor="Cisco", components=parts,
        sections=(Section("ssh", complete=True),), evidence=dict.fromkeys(values, "show version"), **values,  # type: ignore[arg-type] # texts
    )  # fmt: skip


def row(index: str, cls: str, serial: str | None = None, parent: str | None = None, **values: str) -> Component:
    where = {"serial": OID} if serial else {"name": "1.3.6.1.2.1.47.1.1.1.1.7.1"}
    return Component(index, cls, parent, serial=serial, where=where, **values)  # type: ignore[arg-type] # texts


def shown(index: str, cls: str, serial: str | None = None, parent: str | None = None, **values: str) -> Component:
    where = dict.fromkeys([*values, *(["serial"] if serial else [])], "show inventory")
    return Component(index, cls, parent, serial=serial, where=where, **values)  # type: ignore[arg-type] # texts


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("version", "17.09.04a", "17.9.4A"),
        ("version", "v7.2.5,build1517 (GA)", "7.2.5"),
        ("version", "Version 10.1.6", "10.1.6"),
        ("model", "Cisco WS-C3850-48P", "ws-c3850-48p"),
        ("model", "Palo Alto Networks PA-5050", "PA 5050"),
        ("model", "C2960X", "WS-C2960X-48FPD-L"),
        ("serial", "foc1838x2ga", "FOC1838X2GA"),
        ("sys_name", "sw1.council.example", "SW1"),
    ],
)
def test_the_same_in_other_words(name: str, one: str, two: str) -> None:
    assert agree(name, one, two, "Palo Alto Networks" if "PA" in one else "Cisco")


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("version", "15.2(4)E", "15.2(4)E7"), ("version", "17.9.4", "17.90.4"), ("version", "17.10", "17.1"),
        ("serial", "00123", "123"), ("model", "WS-C3850-48P", "WS-C3850-24P"), ("sys_name", "sw1", "sw10"),
    ],
)  # fmt: skip
def test_not_the_same(name: str, one: str, two: str) -> None:
    assert not agree(name, one, two, "Cisco")


def test_what_is_missing() -> None:
    whole = snmp(row("1", "chassis", "S1"), serial="S1", version="1", model="M")
    assert missing(whole) == []
    assert missing(replace(whole, version=None)) == ["version"]
    assert missing(replace(whole, components=())) == ["components with serial numbers"]
    assert missing(replace(whole, outcome=Outcome.PARTIAL)) == ["SNMP partial"]


def test_a_serial_number_that_snmp_lists_twice_is_its_outermost_row() -> None:
    inner, outer = row("2", "module", "S1", "1"), row("1", "chassis", "S1")
    folded = fold_transports(snmp(inner, outer), ssh(shown("case", "chassis", "s1", model="M")))
    assert [(part.index, part.model) for part in folded.components] == [("2", None), ("1", "M")]


def test_the_only_box_is_one_box_whatever_it_is_numbered() -> None:
    folded = fold_transports(snmp(row("1", "chassis", "S1", name="Box")), ssh(shown("case", "chassis", "S2")))
    assert [part.serial for part in folded.components] == ["S1"]
    (one,) = folded.disagreements
    assert (one.field, one.subject, one.value, one.other) == ("serial", "Box", "S1", "S2")


def test_a_device_keeps_the_serial_number_that_snmp_gives_although_only_ssh_lists_its_box() -> None:
    folded = fold_transports(
        replace(snmp(serial="S1"), evidence={"serial": "1.3.6.1.4.1.9.3.6.3.0"}),
        ssh(shown("case", "chassis", "S2"), shown("psu", "powerSupply", "P1", "case"), serial="S2"),
    )
    assert [(part.serial, part.parent) for part in folded.components] == [("S1", None), ("P1", "ssh:case")]
    assert {item.field for item in folded.disagreements} == {"serial"}


def test_the_number_of_the_board_beside_that_of_the_box_is_no_disagreement() -> None:
    parts = row("1", "chassis", "S1"), row("2", "module", "B1", "1")
    assert fold_transports(snmp(*parts, serial="S1"), ssh(serial="B1")).disagreements == ()


def test_a_part_of_the_same_class_and_name_gets_its_serial_number() -> None:
    box, psu = row("1", "chassis", "S1"), row("2", "powerSupply", None, "1", name="Power Supply A")
    folded = fold_transports(snmp(box, psu), ssh(shown("p", "powerSupply", "P1", name="power supply a")))
    assert [(part.index, part.serial) for part in folded.components] == [("1", "S1"), ("2", "P1")]


def test_parts_that_nobody_can_tell_apart_are_not_added() -> None:
    folded = fold_transports(snmp(row("1", "chassis", "S1")), ssh(shown("f", "fan", None, name="Fan 1", model="FAN")))
    assert len(folded.components) == 1


def test_what_one_calls_the_model_may_be_the_part_number_of_the_other() -> None:
    folded = fold_transports(snmp(model="Catalyst 9300", part_number="C9300-48P"), ssh(model="C9300-48P"))
    assert folded.disagreements == ()


def test_neither_answers() -> None:
    silent = Observation("sw1", "192.0.2.1", AT, Outcome.SILENT, "no answer")
    refused = replace(silent, outcome=Outcome.REFUSED, reason="login refused")
    folded = fold_transports(silent, refused)
    assert (folded.outcome, folded.reason) == (Outcome.REFUSED, "SNMP silent: no answer; SSH refused: login refused")
    assert fold_transports(refused, replace(silent, outcome=Outcome.HOSTKEY)).outcome is Outcome.REFUSED
