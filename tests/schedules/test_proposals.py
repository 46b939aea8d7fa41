"""Comparing what was found with what is known: pure, so every case of it is a line here."""

from __future__ import annotations

import datetime as dt

import pytest

from collectors.discovery import Answer, Ranges, in_order
from collectors.neighbour import Neighbour
from collectors.observation import Observation, Outcome
from config.sections.asking import Discovery
from schedules.known import KnownDevice, Register, short_name
from schedules.proposals import Sighting, blind_spot, propose

AT = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
RANGES = Ranges(Discovery(ranges=("10.0.0.0/8",)))
REGISTER = Register(
    [
        KnownDevice("core-1", "10.0.0.1", sys_name="CORE-1.example.org", sys_object_id="1.3.6.1.4.1.9.1.1",
                    serials=frozenset({"cisco|foc1", "foc1"}), chassis="02:00:00:00:00:01"),
        KnownDevice("core-2", "core-2.example.org", sys_name="twin", sys_object_id="1.3.6.1.4.1.9.1.1"),
        KnownDevice("edge-a", "10.0.0.3", sys_name="sw1.site-a.example.org"),
        KnownDevice("edge-b", "10.0.0.4", sys_name="sw1.site-b.example.org"),
    ]
)  # fmt: skip


def answer(address: str, name: str, serial: str | None = None, oid: str = "1.3.6.1.4.1.9.1.1") -> Answer:
    seen = Observation(
        address, address, AT, Outcome.ANSWERED, vendor="Cisco", serial=serial, sys_name=name, sys_object_id=oid
    )
    return Answer(address, "lab", seen)


def sighting(device: str, port: str, protocol: str = "lldp", **facts: object) -> Sighting:
    return Sighting(device, "hall", Neighbour(protocol, port, **facts))  # type: ignore[arg-type] # facts of a neighbour


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        (Neighbour("lldp", "1", "other", ("10.0.0.1",)), ("core-1", "address")),
        (Neighbour("lldp", "1", "Core-1"), ("core-1", "name")),
        (Neighbour("lldp", "1", "core-2.other.example.com"), ("core-2", "name")),
        (Neighbour("lldp", "1", "sw1.site-b.example.org"), ("edge-b", "name")),
        (Neighbour("lldp", "1", "sw1"), None),
        (Neighbour("lldp", "1", None, chassis="02:00:00:00:00:01"), ("core-1", "chassis")),
        (Neighbour("lldp", "1", None, chassis="FOC1"), ("core-1", "serial")),
        (Neighbour("cdp", "1", "renamed", serial="FOC1"), ("core-1", "serial")),
        (Neighbour("cdp", "1", "10.0.0.9"), None),
        (Neighbour("cdp", "1", "Switch"), None),
    ],
)
def test_a_neighbour_is_known_by_address_then_name_then_chassis(seen: Neighbour, what: tuple[str, str] | None) -> None:
    assert REGISTER.neighbour(seen) == what


def test_several_targets_at_one_address_are_told_apart_by_port() -> None:
    register = Register([KnownDevice("one", "10.0.0.1", port=1161), KnownDevice("two", "10.0.0.1", port=2161)])
    assert register.neighbour(Neighbour("lldp", "1", None, ("10.0.0.1",))) is None
    assert (register.at("10.0.0.1", 2161), register.at("10.0.0.1")) == ("two", None)


@pytest.mark.parametrize(
    ("found", "state", "target"),
    [
        (answer("10.0.0.1", "x"), "known", "core-1"),
        (answer("10.9.9.9", "x", "FOC1"), "known", "core-1"),
        (answer("10.9.9.9", "core-1.example.org"), "known", "core-1"),
        (answer("10.9.9.9", "core-1.example.org", "FOC2"), "new", None),
        (answer("10.9.9.9", "twin", "FOC3"), "known", "core-2"),
        (answer("10.9.9.9", "twin", "FOC3", "1.3.6.1.4.1.9.1.2"), "new", None),
    ],
)
def test_an_answer_is_known_by_address_serial_or_name_and_kind(found: Answer, state: str, target: str | None) -> None:
    (row,) = propose([found], [], REGISTER, RANGES)
    assert (row.state, row.target) == (state, target)


def test_a_device_under_several_addresses_is_one_proposal() -> None:
    rows = propose(
        [
            answer("10.2.0.10", "a", "S1"), answer("10.2.0.9", "a", "S1"), answer("10.2.0.11", "b"),
            answer("10.2.0.12", "b"), answer("10.2.0.13", "Switch", "S2"), answer("10.2.0.14", "Switch", "S3"),
            answer("10.2.0.15", "Switch"), answer("10.2.0.16", "Switch"), answer("10.2.0.17", "a"),
        ],
        [], REGISTER, RANGES,
    )  # fmt: skip
    assert [(row.address, row.addresses) for row in rows] == [
        ("10.2.0.9", ("10.2.0.10", "10.2.0.17")), ("10.2.0.11", ("10.2.0.12",)), ("10.2.0.13", ()),
        ("10.2.0.14", ()), ("10.2.0.15", ()), ("10.2.0.16", ()),
    ]  # fmt: skip


def test_one_neighbour_seen_in_many_places_and_protocols_is_one_row() -> None:
    seen = [
        sighting("core-1", "Gi1", name="new-1.example.org", chassis="02:00:00:00:00:99"),
        sighting("core-1", "Gi1", "cdp", name="new-1", addresses=("10.3.0.1",)),
        sighting("edge-a", "Gi7", name="new-1", addresses=("10.3.0.1", "10.3.0.2")),
        sighting("edge-b", "Gi8", "cdp", name="new-1.example.org"),
    ]
    (row,) = propose([], seen, REGISTER, RANGES)
    assert (row.state, row.address, row.addresses) == ("new", "10.3.0.1", ("10.3.0.2",))
    assert row.seen_by == ("core-1 Gi1", "edge-a Gi7", "edge-b Gi8")
    (row,) = propose([answer("10.3.0.1", "new-1", "S9")], seen, REGISTER, RANGES)
    assert (row.serial, row.credential, len(row.seen_by)) == ("S9", "lab", 3)


def test_states_of_those_who_were_not_asked() -> None:
    rows = propose(
        [],
        [
            sighting("core-1", "1", name="far", addresses=("192.0.2.1",)),
            sighting("core-1", "2", name="both", addresses=("192.0.2.2", "10.4.0.1")),
            sighting("core-1", "3", chassis="02:00:00:00:00:03"),
            sighting("core-1", "4", name="Switch", chassis="02:00:00:00:00:04"),
            sighting("core-1", "5", name="Switch", chassis="02:00:00:00:00:05"),
            sighting("edge-a", "6", name="core-1"),
        ],
        REGISTER,
        RANGES,
    )
    assert [(row.state, row.address, row.name) for row in rows] == [
        ("new", "10.4.0.1", "both"), ("outside", "192.0.2.1", "far"), ("no_address", None, None),
        ("no_address", None, "Switch"), ("no_address", None, "Switch"), ("known", None, "core-1"),
    ]  # fmt: skip


def test_the_blind_spot_has_a_number() -> None:
    seen = [
        sighting("core-1", "1", name="ap-7"),
        sighting("edge-a", "9", name="AP-7"),
        sighting("core-1", "2", chassis="02:00:00:00:00:03"),
        sighting("edge-a", "3", name="core-1"),
        *(sighting("core-1", f"{port}", name=f"x-{port}") for port in range(4, 8)),
    ]
    spot = blind_spot(seen, REGISTER)
    assert len(spot.seen) == 6
    assert spot.sentence(2) == (
        "6 neighbours seen, not collected: 02:00:00:00:00:03 (by core-1 2), ap-7 (by core-1 1) and 4 more"
    )
    assert blind_spot([], REGISTER).sentence() == "no neighbour seen that is not collected"


def test_small_things() -> None:
    assert in_order(["10.0.0.10", "host", "10.0.0.9", "2001:db8::1"]) == [
        "10.0.0.9",
        "10.0.0.10",
        "2001:db8::1",
        "host",
    ]
    assert ("10.1.2.3" in RANGES, "11.0.0.1" in RANGES, "name" in RANGES, "2001:db8::1" in RANGES) == (
        True,
        *[False] * 3,
    )
    assert (short_name("SW1.Example.org."), short_name("10.0.0.1"), short_name("localhost")) == ("sw1", "10.0.0.1", "")
