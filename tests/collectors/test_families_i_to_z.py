"""Families of vendors from I to Z: what the rules read of a device that answers its vendor's objects.

Each case is the least a device of the family answers, written by hand from the vendor's MIB; the values are invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from estate.inventory.units import units_of
from tests.collectors.test_families import NET_SNMP, E, seen

DISTRO = "8072.1.3.2.3.1.1.6.100.105.115.116.114.111"
HARDWARE = "8072.1.3.2.3.1.1.8.104.97.114.100.119.97.114.101"
BOARD = "637.61.1.23.3.1."

CASES = [
    ("mikrotik-swos", f"{E}14988.2", "CSS326-24G-2S+ SwOS v2.13", {}, ("switch", "MikroTik", "CSS326-24G-2S+", "2.13")),
    ("mikrotik-ap", f"{E}14988.1", "RouterOS cAPGi-5acD2nD",
     {"14988.1.1.4.4.0": "6.49.10"}, ("access-point", "MikroTik", "cAPGi-5acD2nD", "6.49.10")),
    ("netgear-fastpath", f"{E}4526.100.10.19", "switch",
     {"4526.10.1.1.1.3.0": "M4300-52G", "4526.10.1.1.1.13.0": "12.0.2.6"},
     ("switch", "Netgear", "M4300-52G", "12.0.2.6")),
    ("raritan-emx", f"{E}13742.8", "EMX 030410", {}, ("other", "Raritan", "EMX", "030410")),
    ("raritan-kvm", f"{E}13742.1.1", "Dominion KX2-232", {}, ("console-server", "Raritan", "Dominion KX2-232", None)),
    ("supermicro-switch", f"{E}10876.101.1.40", "Supermicro SSE-G3648B", {},
     ("switch", "Supermicro", "SSE-G3648B", None)),
    ("radware-linkproof", f"{E}89.1.1.62", "LinkProof with SynApps",
     {"89.2.14.0": "LinkProof 1016", "89.2.4.0": "6.21"}, ("load-balancer", "Radware", "LinkProof 1016", "6.21")),
    ("eppc-card", f"{E}935.10.1", "Network Management Card for UPS",
     {"935.10.1.1.1.2.0": "VFI 3000 RT", "935.10.1.1.1.3.0": "01234-0500"},
     ("ups", "PPC", "VFI 3000 RT", "01234-0500")),
    ("yamaha-router", f"{E}1182.1.64", "RTX1220 Rev.15.04.05 (Thu Jun 1 09:00:00 2023)", {},
     ("router", "Yamaha", "RTX1220", "15.04.05")),
    ("yamaha-switch", f"{E}1182.3.9", "SWX3100-18GT Rev.4.01.30 (Mon Jan 9 09:00:00 2023)", {},
     ("switch", "Yamaha", "SWX3100-18GT", "4.01.30")),
    ("openwrt", NET_SNMP, "Linux hall 5.15.150 #0 SMP armv7l",
     {DISTRO: "OpenWrt 23.05.3", HARDWARE: "Linksys WRT3200ACM"},
     ("router", "OpenWrt", "Linksys WRT3200ACM", "23.05.3")),
    ("dd-wrt", NET_SNMP, "Linux hall 4.4.198 #1 mips",
     {DISTRO: "dd-wrt v3.0-r44715", HARDWARE: "Netgear R7000"}, ("router", "DD-WRT", "Netgear R7000", "3.0-r44715")),
    ("illustra", NET_SNMP, "illustra IPS02D2OCWTT Network camera 01-01-2021 Illustra.SS010.02.03.04.0001", {},
     ("other", "Illustra", "IPS02D2OCWTT", "SS010.02.03.04.0001")),
    ("unifi-gateway", f"{E}41112", "UXG-Pro 3.2.7", {}, ("firewall", "Ubiquiti", "UXG-Pro", "3.2.7")),
]  # fmt: skip


@pytest.mark.parametrize(("object_id", "descr", "said", "want"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_family(
    tmp_path: Path, object_id: str, descr: str, said: Mapping[str, str], want: tuple[str | None, ...]
) -> None:
    """Kind, vendor, model and version come out as the device says them."""
    found = seen(tmp_path, object_id, descr, said)
    assert (found.kind, found.vendor, found.model, found.version) == want


def test_a_distribution_of_another_name_is_no_router(tmp_path: Path) -> None:
    """A server whose owner lets it say its distribution the same way stays a server."""
    found = seen(tmp_path, NET_SNMP, "Linux web 5.15.0-91-generic #1 SMP x86_64", {DISTRO: "Ubuntu 22.04"})
    assert (found.platform, found.kind) == ("linux", "server")


def test_boards_of_an_access_node_are_units(tmp_path: Path) -> None:
    """ISAM has no ENTITY-MIB: its board table names each card's type and serial number."""
    said = {f"{BOARD}3.4353": "NANT-E", f"{BOARD}19.4353": "AA1234B5678"}
    found = seen(tmp_path, f"{E}637.61.1", "R6.2.04h  NFXS-E FANT-F  7360 ISAM FX-8", said)
    assert (found.vendor, found.model, found.version) == ("Nokia", "7360 ISAM FX-8", "R6.2.04h")
    assert [(part.model, part.serial) for part in found.components] == [("NANT-E", "AA1234B5678")]


def test_a_cumulus_switch_is_called_by_its_model_and_ordered_by_its_part(tmp_path: Path) -> None:
    row = "1.3.6.1.2.1.47.1.1.1.1"
    said = {f"{row}.2.1": "Acme x86_64-acme_sn9999-r0 SN9999 Chassis", f"{row}.13.1": "SN9999-VS2FC"}
    found = seen(tmp_path, f"{E}40310", "Cumulus Linux 5.9.2", said)
    assert (found.model, found.part_number, found.version) == ("SN9999", "SN9999-VS2FC", "5.9.2")


def test_free_firmware_that_sets_its_agent_up_to_say_what_it_is(tmp_path: Path) -> None:
    column = "8072.1.3.2.2.1.3"
    said = {
        f"{column}.6.100.101.118.105.99.101": "Acme RT-1",
        f"{column}.7.118.101.114.115.105.111.110": "FreshTomato 2024.1 K26 AIO",
    }
    tomato = seen(tmp_path, NET_SNMP, "Linux router 2.6.22.19 #13 mips", said)
    assert (tomato.platform, tomato.model, tomato.version) == ("freshtomato", "Acme RT-1", "2024.1")
    merlin = seen(tmp_path, NET_SNMP, "Linux r 2.6.36.4 #1", {"2021.7890.1.101.1": "ASUSWRT-Merlin RT-AX1 388.1_0"})
    assert (merlin.vendor, merlin.model, merlin.version) == ("ASUS", "RT-AX1", "388.1_0")


def test_a_camera_under_its_agents_number_and_a_base_station(tmp_path: Path) -> None:
    camera = seen(
        tmp_path, NET_SNMP, "Linux cam 3.0.8", {"39165.1.1.0": "DS-2XX1", "39165.1.3.0": "V5.9.9 build 200101"}
    )
    assert (camera.vendor, camera.model, camera.version) == ("Hikvision", "DS-2XX1", "V5.9.9 build 200101")
    station = seen(tmp_path, f"{E}3570.2.2", "Tait Communications, TB9999/TB9998, DMR, Version: dmr-9.01.00", {})
    assert (station.vendor, station.model, station.version) == ("Tait", "TB9999", "dmr-9.01.00")


def test_a_juniper_card_that_takes_optics_is_a_module_and_what_is_plugged_in_an_optic(tmp_path: Path) -> None:
    table = "2636.3.1.8.1"
    said = {
        f"{table}.6.8.1.1.0": "MIC: 3D 20x 1GE(LAN) SFP @ 0/0/*", f"{table}.7.8.1.1.0": "ABCD0001",
        f"{table}.6.20.1.1.1": "SFP+-10G-SR @ 0/0/0", f"{table}.7.20.1.1.1": "ABCD0002",
    }  # fmt: skip
    found = seen(
        tmp_path, f"{E}2636.1.1.1.2.29", "Juniper Networks, Inc. mx240 internet router, kernel JUNOS 12.3R6.6", said
    )
    assert {part.serial: part.cls for part in found.components} == {"ABCD0001": "module", "ABCD0002": "port"}


def test_the_shelves_of_a_filer_are_inside_it(tmp_path: Path) -> None:
    table = "789.1.21.1.2.1"
    said = {
        "789.1.1.5.0": "FAS9999", "789.1.1.9.0": "700000000001",
        f"{table}.3.1": "0a.shelf3", f"{table}.7.1": "DS9999", f"{table}.9.1": "SHF0000000001",
    }  # fmt: skip
    found = seen(tmp_path, f"{E}789.2.3", "NetApp Release 8.2.3 7-Mode: Thu Jan 15 21:30:45 PST 2015", said)
    assert (found.model, found.serial) == ("FAS9999", "700000000001")
    assert [(part.cls, part.name, part.model, part.serial) for part in found.components] == [
        ("module", "0a.shelf3", "DS9999", "SHF0000000001"),
    ]
    box, shelf = units_of(found)
    assert (box.serial, shelf.parent) == ("700000000001", box.identity)
