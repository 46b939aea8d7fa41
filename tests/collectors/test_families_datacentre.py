"""Data-centre and power families: whose a device is and what kind of thing, and that its own objects are still read.

Each case is the least a device of the family answers, written by hand; the values are invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.collectors.test_families import NET_SNMP, E, seen

# Families known by their enterprise number alone: what they call themselves is read by its shape.
BY_NUMBER = [
    ("abb-power-protection", "53973", "ups", "ABB"),
    ("adder-kvm", "25119", "console-server", "Adder"),
    ("aegis-power", "58636", "other", "Aegis Power Systems"),
    ("atto-bridge", "4547", "storage", "ATTO"),
    ("best-power-ups", "2947", "ups", "Best Power"),
    ("btech-battery-monitor", "26059", "ups-battery", "BTECH"),
    ("chronos-time", "16721", "appliance", "Chronos Technology"),
    ("cohesity-storage", "49622", "storage", "Cohesity"),
    ("comet-sensor", "22626", "other", "Comet System"),
    ("crestron", "3212", "appliance", "Crestron"),
    ("crossroads-router", "3183", "storage", "Crossroads"),
    ("cyber-switching-pdu", "14300", "pdu", "Cyber Switching"),
    ("deep-sea-genset", "41385", "other", "Deep Sea Electronics"),
    ("efore", "57318", "other", "Efore"),
    ("elproma-time", "2068", "appliance", "Elproma"),
    ("emc-storage", "1981", "storage", "EMC"),
    ("enatel", "21940", "other", "Enatel"),
    ("entrust", "7143", "appliance", "Entrust"),
    ("evertz", "6827", "appliance", "Evertz"),
    ("exabyte-library", "3073", "storage", "Exabyte"),
    ("exagrid-storage", "14941", "storage", "ExaGrid"),
    ("gadzoox-fc-switch", "1754", "fc-switch", "Gadzoox"),
    ("generac-genset", "45281", "other", "Generac"),
    ("grass-valley", "4947", "appliance", "Grass Valley"),
    ("haivision", "25433", "appliance", "Haivision"),
    ("hitachi-hnas", "11096", "storage", "Hitachi"),
    ("inrange-fc-switch", "5808", "fc-switch", "Inrange"),
    ("inspur-bmc", "37945", "management-controller", "Inspur"),
    ("mcafee-network-security", "8962", "appliance", "McAfee"),
    ("ixia", "32620", "appliance", "Ixia"),
    ("knuerr", "2769", "pdu", "Knuerr"),
    ("kramer", "45986", "appliance", "Kramer"),
    ("kstar-ups", "55979", "ups", "Kstar"),
    ("lifesize-video", "20341", "appliance", "LifeSize"),
    ("mcdata-fc-switch", "289", "fc-switch", "McDATA"),
    ("minicom-kvm", "16022", "console-server", "Minicom"),
    ("mitsubishi-ups", "4030", "ups", "Mitsubishi Electric"),
    ("mrv-in-reach", "33", "console-server", "MRV"),
    ("netapp-santricity", "789.1123", "storage", "NetApp"),
    ("netscout", "21671", "appliance", "NetScout"),
    ("nexsan-storage", "34086", "storage", "Nexsan"),
    ("oneac-ups", "574", "ups", "ONEAC"),
    ("oscilloquartz", "5551", "appliance", "Oscilloquartz"),
    ("overland-library", "6411", "storage", "Overland"),
    ("packeteer-packetshaper", "2334", "appliance", "Packeteer"),
    ("powec", "5961", "other", "Powec"),
    ("power-measurement-ion", "10439", "other", "Schneider Electric"),
    ("powercom-ups", "7293", "ups", "Powercom"),
    ("promise-storage", "7933", "storage", "Promise"),
    ("qlogic-fc-switch", "3873", "fc-switch", "QLogic"),
    ("quantum-tape", "3764", "storage", "Quantum"),
    ("ross-video", "27399", "appliance", "Ross Video"),
    ("rsa-appliance", "2197", "appliance", "RSA"),
    ("safenet-hsm", "23629", "appliance", "SafeNet"),
    ("santak-ups", "3941", "ups", "Santak"),
    ("stonesoft-firewall", "1369", "firewall", "Stonesoft"),
    ("storagetek-storage", "1211", "storage", "StorageTek"),
    ("stratus-ftserver", "458", "server", "Stratus"),
    ("symantec-appliance", "393", "appliance", "Symantec"),
    ("synaccess-pdu", "21728", "pdu", "Synaccess"),
    ("tandberg-data-library", "216", "storage", "Tandberg Data"),
    ("hpe-nonstop", "169", "server", "HPE"),
    ("thales-hsm", "4096", "appliance", "Thales"),
    ("thecus-storage", "10368", "storage", "Thecus"),
    ("tippingpoint-ips", "10734", "appliance", "TippingPoint"),
    ("trend-micro-appliance", "6101", "appliance", "Trend Micro"),
    ("tyan-bmc", "6653", "management-controller", "Tyan"),
    ("uptime-sensor", "13045", "other", "Uptime Devices"),
    ("utimaco-hsm", "3159", "appliance", "Utimaco"),
    ("vbrick", "4289", "appliance", "VBrick"),
    ("vixel-fc-switch", "2490", "fc-switch", "Vixel"),
    ("vormetric-manager", "8059", "appliance", "Vormetric"),
    ("western-digital-nas", "5127", "storage", "Western Digital"),
    ("xiotech-storage", "2366", "storage", "Xiotech"),
]


@pytest.mark.parametrize(("platform", "number", "kind", "vendor"), BY_NUMBER, ids=[case[0] for case in BY_NUMBER])
def test_a_rule_that_knows_only_the_vendor_hides_nothing_that_the_device_says(
    tmp_path: Path, platform: str, number: str, kind: str, vendor: str
) -> None:
    said = {f"{number}.9.1.2.0": "LT2-S", f"{number}.9.1.5.0": "12000039", f"{number}.9.1.10.0": "1.0.7"}
    found = seen(tmp_path, f"{E}{number}.9", "agent", said)
    assert (found.platform, found.kind, found.vendor) == (platform, kind, vendor)
    assert (found.model, found.serial, found.version) == ("LT2-S", "12000039", "1.0.7")


@pytest.mark.parametrize("number", ["4030", "7293", "574", "2947", "3941", "55979", "53973"])
def test_a_ups_with_a_number_of_its_own_answers_the_standard_objects(tmp_path: Path, number: str) -> None:
    said = {"1.3.6.1.2.1.33.1.1.2.0": "Invented 3000", "1.3.6.1.2.1.33.1.1.4.0": "2.14"}
    found = seen(tmp_path, f"{E}{number}.1", "agent", said)
    assert (found.kind, found.model, found.version) == ("ups", "Invented 3000", "2.14")


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
