"""Families of vendors from A to H: what their rules read of a device that answers its vendor's objects.

Each case is the least a device of the family answers, written by hand from the vendor's MIB; the values are invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors.descriptions import model_in
from tests.collectors.test_families import E, check_family, seen

ARISTA = "Arista Networks EOS version 4.28.1F running on an Arista Networks DCS-7050S-64"
FORCE10 = "Force10 Networks Real Time Operating System Software Force10 Application Software Version: 8.4.2.5"
NETIRON = "Extreme Networks NetIron CER, Extended route scalability, IronWare Version V6.2.0eT183"
HW_PLATFORM = "MGNT HARDWARE Part Number : 2EK00229 Serial Number : 001234 Date Code (yymmddww) : 15121650"

CASES = [
    ("adtran", f"{E}664.1.1234", "Total Access 908e", {"664.5.53.1.1.12.0": "Total Access 908e (2nd Gen)",
     "664.5.53.1.1.13.0": "CFG0123456", "664.5.53.1.1.14.0": "A2.06.00.E"},
     ("router", "Adtran", "Total Access 908e (2nd Gen)", "A2.06.00.E", "CFG0123456")),
    ("arista-eos", f"{E}30065.1.3011.7050", ARISTA,
     {}, ("switch", "Arista", "DCS-7050S-64", "4.28.1F", None)),
    ("aruba-controller", f"{E}14823.1.1.33", "", {"14823.2.2.1.2.1.29.0": "BA0001234"},
     ("wireless-controller", "Aruba", "Aruba 7220", None, "BA0001234")),
    ("aruba-controller", f"{E}14823.1.1.26", "", {}, ("switch", "Aruba", "S3500-48P", None, None)),
    ("ironware", f"{E}1991.1.3.51.7", NETIRON, {"1.3.6.1.2.1.47.1.1.1.1.13.1": "NetIron CER 2024F-4X",
     "1991.1.1.1.1.2.0": "CKM1234L567"}, ("router", "Brocade", "NetIron CER 2024F-4X", "6.2.0eT183", "CKM1234L567")),
    ("ciena-saos", f"{E}6141.1.95", "3930 Service Delivery Switch", {"6141.2.60.11.1.1.1.52.0": "M0123456",
     "6141.2.60.10.1.1.3.1.2.1": "saos-06-17-00-0123"},
     ("switch", "Ciena", "3930 Service Delivery Switch", "06-17-00-0123", "M0123456")),
    ("ciena-saos", f"{E}1271.1.2.1", "Ciena Corporation, 8700, ", {"1271.2.1.5.1.1.4.0": "M7654321"},
     ("switch", "Ciena", "8700", None, "M7654321")),
    ("cisco-satellite-receiver", f"{E}1429.2.2.6.5", "D9854 APR", {"1429.2.2.5.1.1.1.0": "1.50(1.11)",
     "1429.2.2.5.1.1.4.0": "D9859", "1429.2.2.5.1.1.5.0": "361356000001"},
     ("appliance", "Cisco", "D9859", "1.50(1.11)", "361356000001")),
    ("cisco-sd-wan", f"{E}41916.3.1.2", "Viptela SNMP agent", {"41916.11.1.2.0": "20.3.5"},
     ("router", "Cisco", None, "20.3.5", None)),
    ("cisco-ucos", f"{E}9.1.1348", "Linux release:2.6.32 machine:x86_64",
     {"1.3.6.1.2.1.54.1.1.1.1.4.1": "11.5.1.10000-1", "1.3.6.1.2.1.54.1.1.1.1.4.2": "1.0"},
     ("appliance", "Cisco", None, "11.5.1.10000-1", None)),
    ("dlink", f"{E}171.10.76.14", "DGS-1210-20", {"171.10.76.14.1.3.0": "3.00.012"},
     ("switch", "D-Link", "DGS-1210-20", "3.00.012", None)),
    ("dlink", f"{E}171.10.76.19.1", "DGS-1210-20", {"171.10.76.19.1.1.1.3.0": "4.00.012"},
     ("switch", "D-Link", "DGS-1210-20", "4.00.012", None)),
    ("dell-idrac", f"{E}674.10892.2", "Dell Out-of-band SNMP Agent", {"674.10892.2.1.1.6.0": "ABC1234",
     "674.10892.2.1.1.19.0": "PowerEdge M1000e", "674.10892.2.1.2.1.0": "6.20"},
     ("management-controller", "Dell", "PowerEdge M1000e", "6.20", "ABC1234")),
    ("dell-modular", f"{E}674.10892.6", "", {"674.10892.6.1.1.2.0": "PowerEdge MX7000",
     "674.10892.6.1.1.6.0": "XYZ9876", "674.10892.6.1.2.1.0": "1.30.00"},
     ("management-controller", "Dell", "PowerEdge MX7000", "1.30.00", "XYZ9876")),
    ("dell-tape-library", f"{E}674.10893.2.102", "TL4000", {"674.10893.2.102.3.1.1.8.1": "TL4000",
     "674.10893.2.102.3.1.1.9.1": "9.50", "674.10893.2.102.3.1.1.10.1": "00X2U78A0001"},
     ("storage", "Dell", "TL4000", "9.50", "00X2U78A0001")),
    ("dell-os10", f"{E}674.11000.5000.100.2.1.7", "Dell EMC OS10 Enterprise. System Version: 10.5.2.1",
     {"674.11000.5000.100.4.1.1.3.1.5.1": "CN02NK0928298AAA0001", "674.11000.5000.100.4.1.1.3.1.7.1": "CWTQXY3",
      "674.11000.5000.100.4.1.1.4.1.3.1.1": "S4128F-ON 28x10GbE"},
     ("switch", "Dell", "S4128F-ON", "10.5.2.1", "CWTQXY3")),
    ("dell-force10", f"{E}6027.1.3.4", FORCE10, {"6027.3.10.1.2.2.1.34.1": "7ABCDE1"},
     ("switch", "Dell", "S25P-AC", "8.4.2.5", "7ABCDE1")),
    ("dell-force10", f"{E}6027.1.5.2", FORCE10, {"6027.3.26.1.3.4.1.23.1": "8PQRST2"},
     ("switch", "Dell", "Z9100-ON", "8.4.2.5", "8PQRST2")),
    ("ekinops", f"{E}20044", "Ekinops 360 Platform, C600HC, Release 6.3.900", {"20044.7.6.1.0": HW_PLATFORM},
     ("other", "Ekinops", "C600HC", "6.3.900", "001234")),
    ("f5-f5os", f"{E}12276.1.3.1.1", "Linux 3.10.0 : Appliance services version 1.3.2-13054", {},
     ("load-balancer", "F5", "r5000", "1.3.2-13054", None)),
    ("fortinet-management", f"{E}12356.103.3.3007", "FortiAnalyzer", {"12356.100.1.1.1.0": "FAZ3HGT000000001",
     "12356.103.2.1.7.0": "v7.4.1-build2308"},
     ("appliance", "Fortinet", "FortiAnalyzer 300G", "v7.4.1-build2308", "FAZ3HGT000000001")),
    ("fortiap", f"{E}12356.120", "FortiAP", {"12356.120.1.1.0": "FP231F-v7.2-build0318",
     "12356.120.1.2.0": "FP231FTF20000001"},
     ("access-point", "Fortinet", "FortiAP 231F", "FP231F-v7.2-build0318", "FP231FTF20000001")),
    ("fortisandbox", f"{E}12356.118", "FortiSandbox", {"12356.100.1.1.1.0": "FSA1KF0000000001",
     "12356.118.3.1.1.0": "v4.0.2-build0132"}, ("appliance", "Fortinet", None, "4.0.2", "FSA1KF0000000001")),
    ("hirschmann", f"{E}248.11.2.1.1", "", {"248.11.10.1.1.2.0": "BRS50-8TX", "248.11.10.1.1.3.0": "942170001010100123",
     "248.11.10.1.3.1.10.1.5.1.1": "HiOS-2A-10.3.04"},
     ("switch", "Hirschmann", "BRS50-8TX", "10.3.04", "942170001010100123")),
    ("hirschmann", f"{E}248.14.10.41", "Hirschmann Railswitch", {"248.14.2.16.1.4.0": "RS30-1602OOZZSDHPHH",
     "248.14.2.16.1.6.0": "07.1.05"}, ("switch", "Hirschmann", "RS30-1602OOZZSDHPHH", "07.1.05", None)),
    ("hpe-pdu", f"{E}232.165.2", "HP PDU Management Module, revision 1.00.A, firmware version 1.00.16",
     {"232.165.2.1.2.1.3.1": "HP Modular PDU", "232.165.2.1.2.1.7.1": "CN1234567"},
     ("pdu", "HPE", "HP Modular PDU", "1.00.16", "CN1234567")),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "object_id", "descr", "said", "answer"), CASES, ids=[case[0] for case in CASES])
def test_a_family_is_read_by_its_vendors_objects(
    tmp_path: Path, platform: str, object_id: str, descr: str, said: Mapping[str, str], answer: tuple[str | None, ...]
) -> None:
    check_family(tmp_path, (platform, object_id, descr, said, answer))


def test_a_release_mark_and_an_image_name_of_ios_are_no_model() -> None:
    said = (
        "Cisco IOS Software, ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 15.4(3)S2, RELEASE SOFTWARE (fc3)"
    )
    assert model_in(said) is None


def test_the_boards_of_an_ethernet_routing_switch_are_parts(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        f"{E}45.3.74.1",
        "Ethernet Routing Switch 4850GTS-PWR+ HW:10 FW:5.8.0.1 SW:v5.9.2.032",
        {"45.1.6.3.3.1.1.5.3.10.0": "4850GTS-PWR+", "45.1.6.3.3.1.1.7.3.10.0": "13JP000A1B2C"},
    )
    assert [(part.description, part.serial) for part in found.components] == [("4850GTS-PWR+", "13JP000A1B2C")]


def test_the_boards_of_a_chassis_with_foundrys_software_are_parts(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        f"{E}1991.1.3.1.2",
        "Foundry Networks, Inc. BigIron RX, IronWare Version V2.7.02e",
        {
            "1991.1.1.2.2.1.1.2.1": "RX-BI 24-port Module",
            "1991.1.1.2.2.1.1.26.1": "SA21091164",
            "1991.1.1.2.2.1.1.27.1": "35679-20C",
        },
    )
    assert [(part.serial, part.part_number) for part in found.components] == [("SA21091164", "35679-20C")]


def test_the_rectifiers_of_a_power_system_are_parts(tmp_path: Path) -> None:
    table = "12148.10.5.6.1"
    said = {
        f"{table}.5.1": "Rectifier 48/9000", f"{table}.6.1": "241999.105", f"{table}.7.1": "2.81",
        f"{table}.9.1": "2.01", f"{table}.10.1": "990000000001", "12148.10.13.8.2.1.8.1": "2.7.4",
    }  # fmt: skip
    found = seen(tmp_path, f"{E}12148.10", "ELTEK Power System", said)
    assert (found.version, found.serial) == ("2.7.4", None)
    assert [(part.cls, part.name, part.part_number, part.serial) for part in found.components] == [
        ("powerSupply", "Rectifier 48/9000", "241999.105", "990000000001"),
    ]
