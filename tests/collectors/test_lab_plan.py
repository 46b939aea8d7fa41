"""The plan of the simulated estate: devices, serials, places."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.entity import index_key
from collectors.lab import captures, places
from collectors.lab.agent import ENT_PHYSICAL_ENTRY
from collectors.lab.captures import Typed
from collectors.lab.plan import SYS_LOCATION, SYS_NAME, Login, Plan, Planned, load_plan, varied_serials, vary
from collectors.observation import Observation
from collectors.rule_files import load_rules
from collectors.survey import PREFIXES, survey
from collectors.transport import Value, Walk
from config.errors import EstateError

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SERIAL = f"{ENT_PHYSICAL_ENTRY}.11"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of captures for this test run only."""
    return tmp_path_factory.mktemp("captures")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


def test_the_plan_is_a_council_of_the_promised_size(plan: Plan) -> None:
    assert len(plan.devices) >= 30
    assert {device.site for device in plan.devices} == set(plan.sites)
    assert len(plan.sites) == 3
    assert Counter(device.fault for device in plan.devices if device.fault) == {"dead": 1, "cut": 1}
    assert sum(device.login.changed for device in plan.devices) == 1
    kinds = Counter(device.login.kind for device in plan.devices)
    assert kinds["ssh"] >= 3
    assert kinds["snmpv3"] >= 5
    assert kinds["snmpv2c"] >= 10
    assert len({device.capture for device in plan.devices if device.capture}) >= 15
    for device in plan.devices:
        assert bool(device.capture) != bool(device.screens), device.name
        assert (device.login.kind == "ssh") == bool(device.screens) == bool(device.platform), device.name
        assert not device.screens or plan.screens(device), device.name


def test_every_capture_loads_and_no_serial_stands_in_two_devices(plan: Plan, cache: Path) -> None:
    owners: dict[str, str] = {}
    for device in plan.devices:
        if not device.capture:
            continue
        objects = plan.objects(device, cache)
        assert objects[SYS_NAME].value == device.name.encode()
        assert objects["1.3.6.1.2.1.1.4.0"].value == b"", "no captured contact is served"
        assert len(objects) < 8000
        for oid, (_, value) in objects.items():
            if captures.under(oid, plan.serials) and isinstance(value, bytes):
                serial = value.decode("latin-1").strip(" \x00")
                if len(serial) >= 8 and any(char.isdigit() for char in serial):
                    assert owners.setdefault(serial, device.name) == device.name


def test_serials_are_varied_consistently_and_in_their_shape() -> None:
    objects = {
        f"{SERIAL}.1": Typed(captures.OCTETS, b"FOC1408Z61U   "),
        f"{SERIAL}.2": Typed(captures.OCTETS, b"Unspecified"),
        "1.3.6.1.4.1.1588.2.1.1.1.1.10.0": Typed(captures.OCTETS, b"BRCFOC1408Z61U"),
        SYS_DESCR: Typed(captures.OCTETS, b"serial FOC1408Z61U, hello"),
        "1.3.6.1.2.1.1.7.0": Typed(captures.INTEGER, 6),
    }
    other = vary(objects, [SERIAL, "1.3.6.1.4.1.1588.2.1.1.1.1.10"], "sw-2")
    serial = other[f"{SERIAL}.1"].value
    assert isinstance(serial, bytes)
    assert serial.startswith(b"FOC1408")
    assert serial.endswith(b"   ")
    assert serial != b"FOC1408Z61U   "
    assert other[f"{SERIAL}.2"].value == b"Unspecified"
    assert other["1.3.6.1.4.1.1588.2.1.1.1.1.10.0"].value == b"BRC" + serial.strip()
    assert other[SYS_DESCR].value == b"serial " + serial.strip() + b", hello"
    assert other["1.3.6.1.2.1.1.7.0"].value == 6
    assert other == vary(objects, [SERIAL, "1.3.6.1.4.1.1588.2.1.1.1.1.10"], "sw-2")


@given(st.from_regex(r"[A-Z]{3}[0-9]{4}[A-Z0-9]{4}", fullmatch=True), st.text(min_size=1, max_size=8))
def test_a_varied_serial_differs_only_in_its_last_four(serial: str, name: str) -> None:
    other = varied_serials([serial], name)[serial]
    assert other != serial
    assert other[:7] == serial[:7]
    assert [char.isdigit() for char in other] == [char.isdigit() for char in serial]


def _planned(count: int) -> list[Planned]:
    snmp, ssh = Login("net", "snmpv2c"), Login("shell", "ssh", "estate")
    return [
        Planned(f"d{number}", "depot" if number % 2 else "hub", "edge", ssh if number == 3 else snmp)
        for number in range(count)
    ]


def _bind(_place: places.Place, _transport: str) -> socket.socket:
    """A machine on which every place is free."""
    return socket.socket()


def test_each_device_has_an_address_of_its_own_in_a_network_per_site() -> None:
    found = places.allocate(_planned(5), ["hub", "depot"], _bind)
    assert [held.place.address for held in found.values()] == [
        "127.77.1.1", "127.77.2.1", "127.77.1.2", "127.77.2.2", "127.77.1.3",
    ]  # fmt: skip
    assert [held.place.port for held in found.values()] == [16100, 16100, 16100, 2200, 16100]


def test_a_second_lab_takes_the_next_network() -> None:
    def bind(place: places.Place, transport: str) -> socket.socket:
        if place.address == "127.77.1.2":
            raise OSError(errno.EADDRINUSE, "in use")
        return _bind(place, transport)

    found = places.allocate(_planned(5), ["hub", "depot"], bind)
    assert found["d0"].place.address == "127.78.1.1"


def test_where_only_127_0_0_1_is_local_each_device_has_a_port_of_its_own() -> None:
    def bind(place: places.Place, transport: str) -> socket.socket:
        if place.address != "127.0.0.1":
            raise OSError(errno.EADDRNOTAVAIL, "not local")
        if place.port == 16102:
            raise OSError(errno.EADDRINUSE, "in use")
        return _bind(place, transport)

    found = places.allocate(_planned(5), ["hub", "depot"], bind)
    assert {held.place.address for held in found.values()} == {"127.0.0.1"}
    assert len({held.place.port for held in found.values()}) == 5
    assert found["d0"].place.port == 16601


def test_no_room_at_all_is_an_error() -> None:
    def bind(_place: places.Place, _transport: str) -> socket.socket:
        raise OSError(errno.EADDRINUSE, "in use")

    with pytest.raises(EstateError, match="stop another"):
        places.allocate(_planned(2), ["hub", "depot"], bind)


def test_a_place_is_tried_with_a_real_socket() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            places.bind_loopback(places.Place("127.0.0.1", port), "snmp").close()
    places.bind_loopback(places.Place("127.0.0.1", port), "snmp").close()


# ------------------------------------------------------------------------------------------------------ recognition


class _InMemory:
    """Objects as a transport, so that recognition can be run on them."""

    name = "memory"

    def __init__(self, objects: captures.Objects) -> None:
        self._objects = {oid: value for oid, (_, value) in objects.items()}

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        return {oid: self._objects[oid] for oid in oids if oid in self._objects}

    async def after(self, oid: str) -> str | None:
        """The first instance behind an OID."""
        return min((other for other in self._objects if index_key(other) > index_key(oid)), key=index_key, default=None)

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        walk = Walk({column: {} for column in columns})
        for oid, value in self._objects.items():
            for column in columns:
                if oid.startswith(f"{column}.") and len(walk.columns[column]) < (max_rows or len(self._objects)):
                    walk.columns[column][oid.removeprefix(f"{column}.")] = value
        return walk


def test_what_is_kept_of_a_capture_is_all_that_recognition_reads(plan: Plan, cache: Path) -> None:
    """The same device, from the whole capture and from what the simulated one answers."""
    rules, at = load_rules(), dt.datetime(2026, 11, 1, tzinfo=dt.UTC)

    def seen(objects: captures.Objects) -> Observation:
        own = {oid: value for oid, value in objects.items() if oid not in (SYS_NAME, SYS_LOCATION)}
        found = asyncio.run(survey(_InMemory(own), rules, target="t", address="a", at=at))
        return replace(found, duration=0.0)

    files = captures.package_captures()
    # the three large ones would take seconds each, and are like others
    chosen = {device.capture for device in plan.devices if device.capture and not device.serials}
    small = sorted(name for name in chosen if files[name].stat().st_size < 150_000)
    assert len(small) >= 12
    for name in small:
        with captures.open_capture(files[name]) as stream:
            whole = captures.read(stream, PREFIXES)
        device = next(device for device in plan.devices if device.capture == name and not device.serials)
        assert seen(plan.objects(device, cache)) == seen(whole), name
