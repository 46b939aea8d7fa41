"""Whom a device sees: the tables of LLDP, CDP and FDP over real SNMP, and as real devices hold them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors.capture import CaptureTransport
from collectors.credentials import Credential
from collectors.lab.agent import Agent, serve
from collectors.lab.captures import Typed, package_captures
from collectors.neighbour import address, chassis_id, mac
from collectors.neighbours import Heard, ask_neighbours
from collectors.observation import Outcome
from collectors.sessions import SnmpSessions
from collectors.transport import TransportError
from config.sections.asking import Snmp
from tests.collectors import neighbour_rows as rows

CREDENTIAL = Credential("lab", "snmpv2c", secrets={"community": "env:OF_THE_TEST"})
NOBODYS = ("0.0.0.0", "224.0.0.1", "255.255.255.255")  # noqa: S104 - what agents tell that have no address
QUICK = Snmp(timeout=0.3, retries=0)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_TEST", "of-the-test")


def ask(objects: Mapping[str, Typed | bytes | int | str], tmp_path: Path, settings: Snmp = QUICK) -> Heard:
    """What a simulated device with these objects says, over SNMP on loopback."""

    async def work() -> Heard:
        async with serve([Agent("asked", objects, community="of-the-test")]) as serving:
            sessions = SnmpSessions(tmp_path, settings)
            async with sessions.open(serving[0].address, serving[0].port, CREDENTIAL) as transport:
                return await ask_neighbours(transport)

    return asyncio.run(work())


def test_lldp_with_and_without_a_management_address(tmp_path: Path) -> None:
    heard = ask(
        rows.system("asked")
        | rows.own_chassis(bytes.fromhex("444ca8313edf"))
        | rows.lldp(
            3, 1, b"sw-2.example.org", chassis=bytes.fromhex("001122334455"), addresses=("10.1.1.2", "10.1.1.3")
        )
        | rows.lldp(4, 2, b"sw-3", chassis=bytes.fromhex("001122334466"), mark=97),
        tmp_path,
    )
    first, second = heard.neighbours
    assert (first.protocol, first.port, first.name, first.remote_port) == (
        "lldp",
        "ge-0/0/3",
        "sw-2.example.org",
        "eth7",
    )
    assert (first.addresses, first.chassis) == (("10.1.1.2", "10.1.1.3"), "00:11:22:33:44:55")
    assert (first.description, first.capabilities) == ("Linux, Version 5", ("bridge", "router"))
    assert (second.name, second.addresses, second.port) == ("sw-3", (), "ge-0/0/4")
    assert (heard.chassis, heard.complete) == ("44:4c:a8:31:3e:df", True)


def test_the_second_version_of_the_mib_where_the_first_is_absent(tmp_path: Path) -> None:
    chassis = bytes.fromhex("28993abf2646")
    second = rows.lldp2(18, 1, b"arista-1", chassis=chassis, addresses=("10.1.1.9",)) | rows.ports({18: "ethernet1/13"})
    (found,) = ask(rows.system("asked") | second, tmp_path).neighbours
    assert (found.port, found.name, found.addresses) == ("ethernet1/13", "arista-1", ("10.1.1.9",))
    assert (found.chassis, found.capabilities) == ("28:99:3a:bf:26:46", ("bridge",))
    both = ask(rows.system("asked") | second | rows.lldp(18, 1, b"arista-1", chassis=chassis), tmp_path)
    assert len(both.neighbours) == 1


def test_cdp_names_serials_and_addresses(tmp_path: Path) -> None:
    heard = ask(
        rows.system("asked")
        | rows.ports({8: "Gi1/0/8", 9: "Gi1/0/9"})
        | rows.cdp(8, 1, b"nx-1(SSI183706KP)", bytes([10, 1, 1, 20]), b"nx-1")
        | rows.cdp(9, 1, bytes.fromhex("e839351aca99")),
        tmp_path,
    )
    first, second = heard.neighbours
    assert (first.port, first.name, first.serial, first.addresses) == ("Gi1/0/8", "nx-1", "SSI183706KP", ("10.1.1.20",))
    assert (first.description, first.capabilities) == ("N9K-C93180YC-EX, NX-OS 9.3(8)", ("router", "switch", "igmp"))
    assert (second.name, second.chassis, second.addresses) == (None, "e8:39:35:1a:ca:99", ())


def test_fdp(tmp_path: Path) -> None:
    (found,) = ask(rows.system("asked") | rows.fdp(1, 1, b"fws-1", bytes([10, 1, 1, 30])), tmp_path).neighbours
    assert (found.protocol, found.port, found.name, found.addresses) == ("fdp", "1", "fws-1", ("10.1.1.30",))
    assert (found.description, found.capabilities) == ("FWS648, IronWare V7.3", ("router",))


def test_hostile_text_is_bounded_and_cleaned(tmp_path: Path) -> None:
    chassis = bytes.fromhex("001122334455")
    heard = ask(
        rows.system("asked")
        | rows.lldp(1, 1, b"\x1b[2J\x07evil", chassis=chassis, addresses=NOBODYS)
        | rows.lldp(2, 1, b"x" * 200, chassis=chassis)
        | {f"{rows.LLDP}.4.1.1.10.0.1.1": b"a\nb\x1b[31m" + b"c" * 3000, f"{rows.LLDP}.4.2.1.3.0.2.1.1.9.49.46": 1},
        tmp_path,
    )
    assert [(found.name, found.addresses) for found in heard.neighbours] == [(None, ()), (None, ())]
    assert heard.neighbours[0].description is not None
    assert heard.neighbours[0].description.isprintable()
    assert len(heard.neighbours[0].description) <= 1024


def test_a_device_without_neighbours(tmp_path: Path) -> None:
    assert ask(rows.system("asked"), tmp_path) == Heard()


def test_a_cut_off_walk_says_so(tmp_path: Path) -> None:
    objects = rows.system("asked")
    for row in range(1, 200):
        objects |= rows.lldp(row, 1, b"sw-%d" % row, chassis=bytes([2, 0, 0, 0, 0, row]))
    heard = ask(objects, tmp_path, QUICK.model_copy(update={"max_rows": 100, "timeout": 2.0}))
    assert not heard.complete
    assert heard.reason
    assert 0 < len(heard.neighbours) <= 100


def test_silence_is_an_error(tmp_path: Path) -> None:
    async def work() -> None:
        async with SnmpSessions(tmp_path, QUICK).open("127.0.0.1", 9, CREDENTIAL) as transport:
            await ask_neighbours(transport)

    with pytest.raises(TransportError) as caught:
        asyncio.run(work())
    assert caught.value.outcome is Outcome.SILENT


@pytest.mark.parametrize(
    ("capture", "count", "port", "name", "first"),
    [
        ("arista-dcs-7150s-52-cl", 2, "Ethernet47", "ZJ-BP-Bak-Arista", ("172.16.229.22",)),
        ("juniper-mx960-16-1r6-7-a", 20, "ge-0/0/1", "SNNU-CA-BGQ-Agg-XY(X307)-0", ("10.120.0.1",)),
        ("juniper-mx960-13-3r9-13", 6, "ge-0/1/0", "DCGL-S5800", ("10.196.0.18",)),
        ("hpe-procurve-516733-b21", 10, "8", None, ()),
        ("h3c-e528-1", 1, None, "WRD-Huiju-2", ("10.1.123.2",)),
        ("cisco-n5000", 14, "mgmt0", "NWPU-CA-5548-02", ("10.40.1.20",)),
    ],
)
def test_real_devices(capture: str, count: int, port: str | None, name: str | None, first: tuple[str, ...]) -> None:
    """LLDP-MIB as Arista, Juniper, HP, H3C and Cisco fill it; HP and Cisco tell CDP too."""
    heard = asyncio.run(ask_neighbours(CaptureTransport(package_captures()[capture])))
    found = heard.neighbours[0]
    assert (len(heard.neighbours), found.name, found.addresses) == (count, name, first)
    assert port is None or found.port == port


def test_a_nexus_seen_by_hp_has_its_name_and_serial_in_the_chassis_id() -> None:
    heard = asyncio.run(ask_neighbours(CaptureTransport(package_captures()["hpe-procurve-516733-b21"])))
    (nexus,) = [found for found in heard.neighbours if found.protocol == "lldp" and found.serial]
    assert (nexus.name, nexus.serial, nexus.chassis) == ("NWPU-CA-5548-01", "SSI183706KP", None)


def test_small_values() -> None:
    assert mac(b"28:99:3a:bf:26:46") == mac("2899.3abf.2646") == mac(bytes.fromhex("28993abf2646"))
    assert mac(b"Switch") is None
    assert mac(bytes(6)) is None
    assert address(b"10.1.1.1") == address(bytes([10, 1, 1, 1])) == "10.1.1.1"
    assert address(bytes.fromhex("2a0441c0") + bytes(11) + b"\1") == "2a04:41c0::1"
    assert address(b"") is None
    assert address(7) is None
    assert chassis_id(7, b"FOC1234X0AB") == "FOC1234X0AB"
