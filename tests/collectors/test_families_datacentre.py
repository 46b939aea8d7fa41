"""Data-centre and power families: whose a device is and what kind of thing, and that its own objects are still read.

Each case is the least a device of the family answers, written by hand; the values are invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.collectors.test_families import NET_SNMP, E, seen

CASES = [
    ("ibm-pdu", f"{E}2.6.223", "IBM PDU", {"2.6.223.7.5.0": "46M4003", "2.6.223.7.6.0": "46M4005",
     "2.6.223.7.3.0": "OPDP_sIBM_v01.3_1"}, ("pdu", "IBM", "46M4003", "OPDP_sIBM_v01.3_1")),
    ("hpe-lefthand", f"{E}9804.3", "LeftHand", {"9804.3.1.1.2.12.46.1.3.1": "12.8.00.0179.0",
     "9804.3.1.1.2.12.46.1.4.1": "00:11:22:33:44:55"}, ("storage", "HPE", None, "12.8.00.0179.0")),
    ("hp-ux", f"{E}11.2.3.2.5", "HP-UX db1 B.11.31 U ia64 1234567890", {}, ("server", "HPE", "ia64", "B.11.31")),
    ("hp-ux", f"{E}8072.3.2.14", "HP-UX db2 B.11.11 U 9000/800 1234567890", {},
     ("server", "HPE", "9000/800", "B.11.11")),
    ("tru64", f"{E}8072.3.2.4", "AlphaServer DS25; Compaq Tru64 UNIX V5.1B", {},
     ("server", "HPE", "AlphaServer DS25", "V5.1B")),
    ("irix", f"{E}8072.3.2.9", "IRIX64 cave 6.5 07202013 IP35", {}, ("server", "SGI", None, "6.5")),
    ("macos", f"{E}8072.3.2.16", "Darwin desk.example 22.6.0 Darwin Kernel", {}, ("server", "Apple", None, "22.6.0")),
    ("netbsd", f"{E}8072.3.2.7", "NetBSD gate 9.3 NetBSD 9.3 (GENERIC) amd64", {}, ("server", "NetBSD", None, "9.3")),
    ("dragonfly-bsd", f"{E}8072.3.2.17", "DragonFly lab 6.4-RELEASE", {},
     ("server", "DragonFly BSD", None, "6.4-RELEASE")),
    ("netware", f"{E}23.1.6", "Novell NetWare 5.70.08", {}, ("server", "Novell", None, "5.70.08")),
    ("proxmox", NET_SNMP, "Linux node1 6.8.4-2-pve #1 SMP PREEMPT_DYNAMIC x86_64", {},
     ("hypervisor", "Proxmox", None, "6.8.4-2-pve")),
    ("unraid", NET_SNMP, "Linux Tower 6.1.79-Unraid #1 SMP x86_64", {},
     ("storage", "Lime Technology", None, "6.1.79-Unraid")),
    ("nutanix-ahv", NET_SNMP, "Linux node-a 4.19.84-2.el7.nutanix.20201105.2286.x86_64 #1 SMP", {},
     ("hypervisor", "Nutanix", None, "4.19.84-2.el7.nutanix.20201105.2286.x86_64")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "object_id", "descr", "said", "answer"), CASES, ids=[f"{case[0]}-{case[2][:12]}" for case in CASES]
)
def test_a_family_is_read_by_what_its_devices_say(
    tmp_path: Path, platform: str, object_id: str, descr: str, said: Mapping[str, str], answer: tuple[str | None, ...]
) -> None:
    found = seen(tmp_path, object_id, descr, said)
    assert (found.platform, found.kind, found.vendor, found.model, found.version) == (platform, *answer)
    assert found.serial is None


def test_bare_linux_is_neither_hypervisor_nor_store(tmp_path: Path) -> None:
    assert seen(tmp_path, NET_SNMP, "Linux host 6.8.0-45-generic #45-Ubuntu SMP", {}).platform == "linux"


def test_the_peer_of_a_cluster_is_of_the_model_that_the_cluster_takes(tmp_path: Path) -> None:
    """FortiGate HA takes members of one model, and its table names a peer by serial number and host name only."""
    table = "12356.101.13.2.1.1"
    said = {
        "1.3.6.1.2.1.47.1.1.1.1.5.1": "3", "1.3.6.1.2.1.47.1.1.1.1.13.1": "FGT_100F",
        "12356.100.1.1.1.0": "FG100F0000000001", "12356.101.4.1.1.0": "v7.2.5,build1517,230606 (GA.F)",
        f"{table}.2.1": "FG100F0000000001", f"{table}.2.2": "FG100F0000000002",
        f"{table}.11.1": "fw-a", f"{table}.11.2": "fw-b",
    }  # fmt: skip
    found = seen(tmp_path, f"{E}12356.101.1.1006", "fw", said)
    assert (found.model, found.part_number) == ("FortiGate 100F", "FG-100F")
    members = {part.serial: (part.model, part.part_number) for part in found.components if part.serial}
    assert members == dict.fromkeys(("FG100F0000000001", "FG100F0000000002"), ("FortiGate 100F", "FG-100F"))
