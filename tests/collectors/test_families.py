"""Families that are neither switch nor router: what the rules read of a device that answers its vendor's objects.

Each case is the least a device of the family answers, written by hand from the vendor's MIB; the values are invented.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors.capture import CaptureTransport
from collectors.observation import Observation
from collectors.rule_files import load_rules
from collectors.survey import PREFIXES, survey

AT = dt.datetime(2026, 11, 1, 2, 15, tzinfo=dt.UTC)
NET_SNMP = "1.3.6.1.4.1.8072.3.2.10"
E = "1.3.6.1.4.1."
CARD = "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.5.6 AF1:v6.5.6 MN:AP9630 HR:05 SN: ZA1234567890 MD:12/12/2012)"
BUILT_IN = (
    "APC Web/SNMP Management Card (MB:v4.1.1 PF:v3.9.2 AF1:v3.8.0 MN:ACRC103 HR:04 SN: JK1323000000 MD:06/08/2013)"
)
ASYNCOS = "Cisco Model S390, AsyncOS Version: 10.1.1-230, Build Date: 2017-03-15, Serial #: 0082638EFC03-FCH1933A0CD"


def seen(tmp_path: Path, object_id: str, descr: str, said: Mapping[str, str]) -> Observation:
    """A device with that system group which also answers the objects of ``said``, by their OIDs below enterprises."""
    lines = [f"1.3.6.1.2.1.1.1.0|4|{descr}", f"1.3.6.1.2.1.1.2.0|6|{object_id}"]
    lines += [f"{oid if oid.startswith('1.3.') else E + oid}|4|{value}" for oid, value in said.items()]
    lines.sort(key=lambda line: [int(arc) for arc in line.split("|", 1)[0].split(".")])
    path = tmp_path / "device.snmprec"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    transport = CaptureTransport(path, PREFIXES)
    return asyncio.run(survey(transport, load_rules(), target="t", address="192.0.2.1", at=AT))


Case = tuple[str, str, str, Mapping[str, str], tuple[str | None, ...]]


def check_family(tmp_path: Path, case: Case) -> None:
    """A device of a case is read by that platform's rule, with kind, vendor, model, version and serial number."""
    platform, object_id, descr, said, answer = case
    found = seen(tmp_path, object_id, descr, said)
    assert found.platform == platform
    assert (found.kind, found.vendor, found.model, found.version, found.serial) == answer


CASES = [
    # power
    ("apc", f"{E}318.1.3.27", CARD,
     {"318.1.1.1.1.1.1.0": "Smart-UPS 1500", "318.1.1.1.1.2.1.0": "UPS 09.3", "318.1.1.1.1.2.3.0": "AS1234567890",
      "318.1.1.1.1.2.5.0": "SMT1500I"},
     ("ups", "APC", "Smart-UPS 1500", "6.5.6", "AS1234567890")),
    ("apc-cooling", f"{E}318.1.3.14.5", BUILT_IN, {}, ("other", "APC", "ACRC103", "3.8.0", "JK1323000000")),
    ("viprinet", f"{E}35424.1", "Viprinet VPN Router", {"35424.1.1.1.0": "hub-1", "35424.1.1.2.0": "01-03100-40-01000",
     "35424.1.1.3.0": "03100", "35424.1.1.4.0": "2015081830/2015102900"},
     ("router", "Viprinet", "03100", "2015081830/2015102900", "01-03100-40-01000")),
    ("riello-netman", f"{E}5491.6", "NetMan 204",
     {"5491.10.1.1.2.0": "Sentinel Dual 3000", "5491.10.1.1.3.0": "SWM042"},
     ("ups", "Riello", "Sentinel Dual 3000", "SWM042", None)),
    ("huawei-ups", NET_SNMP, "Linux UPS 2.6.27 #1 armv5tejl",
     {"2011.6.174.1.2.100.1.2.1": "UPS5000-E-120K", "2011.6.174.1.2.100.1.3.1": "V100R002C01",
      "2011.6.174.1.2.100.1.5.1": "2102310000"},
     ("ups", "Huawei", "UPS5000-E-120K", "V100R002C01", "2102310000")),
    ("rittal-cmc-iii", f"{E}2606.7", "Rittal CMC III PU",
     {"2606.7.4.1.2.1.2.1": "CMCIII-PU", "2606.7.2.4.0": "V3.17.00",
     "2606.7.2.6.0": "40123456"}, ("other", "Rittal", "CMCIII-PU", "3.17.00", "40123456")),
    ("schleifenbauer-pdu", f"{E}31034.12", "Schleifenbauer SPbus gateway",
     {"31034.12.1.1.2.1.1.1.2.1": "254", "31034.12.1.1.2.1.1.1.5.1": "DPM3-1234",
      "31034.12.1.1.2.1.1.1.6.1": "SB0001234"},
     ("pdu", "Schleifenbauer", "DPM3-1234", "254", "SB0001234")),
    ("avocent-pm-pdu", f"{E}10418.17.1.7", "Avocent PM3000",
     {"10418.17.2.1.2.0": "PM3009H", "10418.17.2.1.4.0": "0123456788", "10418.17.2.1.7.0": "2.0.3.1"},
     ("pdu", "Avocent", "PM3009H", "2.0.3.1", "0123456788")),
    ("tripplite", f"{E}850.1", "POWERALERT 20",
     {"850.1.1.1.2.1.5.1": "SMART1500LCD", "850.1.1.2.1.1.4.1": "2.1a", "850.1.1.2.1.1.5.1": "2943AY0SM"},
     ("ups", "Tripp Lite", "SMART1500LCD", "2.1a", "2943AY0SM")),
    ("sentry4", f"{E}1718.4", "Sentry Switched PDU",
     {"1718.4.1.1.1.3.0": "Version 8.0m", "1718.4.1.2.2.1.4.1": "P12345", "1718.4.1.2.2.1.5.1": "C2S48CE"},
     ("pdu", "Server Technology", "C2S48CE", "8.0m", "P12345")),
    # servers and their management controllers
    ("cisco-imc", f"{E}9.1.1682", "Cisco Integrated Management Controller(CIMC) C220-M5, Firmware Version 4.1(2a)",
     {"9.9.719.1.9.35.1.32.1": "UCSC-C220-M5SX", "9.9.719.1.9.35.1.47.1": "WZP21330G4B"},
     ("management-controller", "Cisco", "UCSC-C220-M5SX", "4.1(2a)", "WZP21330G4B")),
    ("supermicro-bmc", NET_SNMP, "Linux bmc 3.14.17 #1 armv6l",
     {"21317.1.16.2.3.0": "X11DPi-N", "21317.1.16.3.3.0": "SYS-6029P-TRT", "21317.1.16.3.6.0": "S123456X9000001"},
     ("management-controller", "Supermicro", "SYS-6029P-TRT", None, "S123456X9000001")),
    ("fujitsu-irmc", f"{E}231", "PRIMERGY RX2540 M4", {"231.2.10.2.2.10.2.3.1.5.1": "PRIMERGY RX2540 M4",
     "231.2.10.2.2.10.2.3.1.7.1": "YM6B001234"},
     ("management-controller", "Fujitsu", "PRIMERGY RX2540 M4", None, "YM6B001234")),
    # storage
    ("hitachi-vsp", f"{E}116.3.11.4.1.1", "HITACHI",
     {"116.5.11.4.1.1.5.1.1.412345": "412345", "116.5.11.4.1.1.5.1.3.412345": "88-03-21/00",
      "116.5.11.4.1.1.5.1.4.412345": "VSP G400"}, ("storage", "Hitachi", "VSP G400", "88-03-21/00", "412345")),
    ("huawei-oceanstor", NET_SNMP, "Linux OceanStor Dorado 4.19 aarch64",
     {"34774.4.1.1.1.0": "2102353SYN10K000", "34774.4.1.1.6.0": "V600R005C21"},
     ("storage", "Huawei", "OceanStor Dorado", "V600R005C21", "2102353SYN10K000")),
    ("dell-compellent", f"{E}8072.3.2.8", "FreeBSD compellent storage center",
     {"674.11000.2000.500.1.2.1.0": "Compellent Storage Center", "674.11000.2000.500.1.2.4.0": "7.2.11.4",
      "674.11000.2000.500.1.2.5.0": "64321", "674.11000.2000.500.1.2.13.1.7.1": "SC4020"},
     ("storage", "Dell", "SC4020", "7.2.11.4", "64321")),
    ("infortrend-eonstor", f"{E}1714.1", "EonStor", {"1714.1.1.1.15.0": "DS 1016", "1714.1.1.1.10.0": "8123456"},
     ("storage", "Infortrend", "DS 1016", None, "8123456")),
    # security, voice, time and other appliances
    ("forcepoint-ngfw", f"{E}47565.1.1", "Forcepoint Engine", {"47565.1.1.1.1.0": "6.10.4.26093",
     "47565.1.1.1.19.9.0": "NGF 1101", "47565.1.1.1.19.13.0": "N110123456"},
     ("firewall", "Forcepoint", "NGF 1101", "6.10.4.26093", "N110123456")),
    ("cyberoam", f"{E}21067.2", "Linux fw 2.6", {"21067.2.1.1.1.0": "C12345678901-ABC123", "21067.2.1.1.2.0": "CR50iNG",
     "21067.2.1.1.3.0": "10.6.4"}, ("firewall", "Cyberoam", "CR50iNG", "10.6.4", "C12345678901-ABC123")),
    ("cisco-asyncos", f"{E}15497.1.2", ASYNCOS, {},
     ("appliance", "Cisco", "S390", "10.1.1-230", "0082638EFC03-FCH1933A0CD")),
    ("audiocodes", f"{E}5003.8.1.1.59", "Product: Mediant 2600 E-SBC ;SW Version: 7.20A.258.363",
     {"5003.9.10.10.2.3.2.0": "4567890", "5003.9.10.10.2.2.1.0": "7.20A.258.363"},
     ("appliance", "AudioCodes", "Mediant 2600 E-SBC", "7.20A.258.363", "4567890")),
    ("meinberg-lantime", f"{E}5597.30", "Meinberg LANTIME M300/GPS V7.04.008",
     {"5597.30.0.0.2.0": "7.04.008", "5597.30.0.0.3.0": "030110012345"},
     ("appliance", "Meinberg", "M300/GPS", "7.04.008", "030110012345")),
    ("cyclades-acs", f"{E}2925.4", "Cyclades ACS", {"2925.4.1.1.0": "ACS48", "2925.4.1.2.0": "V_3.3.0-12 (Jan/01/09)",
     "2925.4.1.8.0": "B0012345"}, ("console-server", "Cyclades", "ACS48", "3.3.0", "B0012345")),
    # wireless
    ("ruckus-smartzone", f"{E}25053.3.1.11.1", "Ruckus Wireless, Inc.",
     {"25053.1.8.1.1.1.1.1.1.1.1": "SZ0123456", "25053.1.8.1.1.1.1.1.1.3.1": "SZ124",
      "25053.1.8.1.1.1.1.1.1.9.1": "5.2.2.0.1161"},
     ("wireless-controller", "Ruckus", "SZ124", "5.2.2.0.1161", "SZ0123456")),
    ("mimosa", f"{E}43356.1.1.1", "Mimosa B5c", {"43356.2.1.2.1.2.0": "1002003004", "43356.2.1.2.1.3.0": "1.5.1"},
     ("access-point", "Mimosa", "B5c", "1.5.1", "1002003004")),
    ("cisco-access-point", f"{E}9.1.2876", "Cisco AP Software, ap1g7-k9w8 Version: 17.9.4.27 Technical Support", {},
     ("access-point", "Cisco", None, "17.9.4.27", None)),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "object_id", "descr", "said", "answer"), CASES, ids=[case[0] for case in CASES])
def test_a_family_is_read_by_its_vendors_objects(
    tmp_path: Path, platform: str, object_id: str, descr: str, said: Mapping[str, str], answer: tuple[str | None, ...]
) -> None:
    check_family(tmp_path, (platform, object_id, descr, said, answer))


def test_the_serial_number_of_a_management_card_is_not_the_ups_s(tmp_path: Path) -> None:
    assert seen(tmp_path, f"{E}318.1.3.27", CARD, {}).serial is None


def test_a_sysobjectid_that_an_agent_writes_as_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "device.snmprec"
    path.write_text(f"1.3.6.1.2.1.1.2.0|4|.{E}232.165.11\n{E}232.165.1.2.2.0|4|P9S18A\n", encoding="utf-8")
    found = asyncio.run(survey(CaptureTransport(path, PREFIXES), load_rules(), target="t", address="192.0.2.1", at=AT))
    assert (found.platform, found.model) == ("hpe-pdu", "P9S18A")
