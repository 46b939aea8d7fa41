"""Makers of one kind of thing, known by their enterprise number: whose a device is, what it is, and that it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.rule_files import RuleError, parse_rules
from tests.collectors.test_families import E, seen

MAKERS = [
    ("169", "server", "HPE"),
    ("272", "router", "Bintec"),
    ("278", "switch", "APRESIA Systems"),
    ("307", "router", "Livingston"),
    ("326", "switch", "FORE Systems"),
    ("393", "appliance", "Symantec"),
    ("437", "switch", "Grand Junction Networks"),
    ("458", "server", "Stratus"),
    ("503", "other", "Metrodata"),
    ("529", "router", "Ascend"),
    ("553", "switch", "GarrettCom"),
    ("770", "router", "Internet Initiative Japan"),
    ("868", "switch", "Transition Networks"),
    ("872", "router", "AVM"),
    ("995", "router", "Multi-Tech Systems"),
    ("1211", "storage", "StorageTek"),
    ("1332", "other", "Iskratel"),
    ("1369", "firewall", "Stonesoft"),
    ("2068", "appliance", "Elproma"),
    ("2197", "appliance", "RSA"),
    ("2334", "appliance", "Packeteer"),
    ("2352", "router", "Redback"),
    ("2366", "storage", "Xiotech"),
    ("2509", "other", "Aviat"),
    ("2603", "appliance", "Allot"),
    ("2623", "router", "ASUS"),
    ("2736", "switch", "EtherWAN"),
    ("2769", "pdu", "Knuerr"),
    ("3073", "storage", "Exabyte"),
    ("3159", "appliance", "Utimaco"),
    ("3212", "appliance", "Crestron"),
    ("3225", "other", "Sycamore Networks"),
    ("3715", "other", "Teleste"),
    ("3755", "switch", "ATOP Technologies"),
    ("3822", "switch", "Edimax"),
    ("3833", "switch", "Schneider Electric"),
    ("3861", "other", "Fujitsu Network Communications"),
    ("3893", "other", "Parks"),
    ("3955", "switch", "Linksys"),
    ("4096", "appliance", "Thales"),
    ("4289", "appliance", "VBrick"),
    ("4346", "switch", "Phoenix Contact"),
    ("4641", "other", "Tellabs"),
    ("4756", "switch", "CTC Union"),
    ("4779", "wireless-controller", "Bluesocket"),
    ("4935", "appliance", "Mediatrix"),
    ("4947", "appliance", "Grass Valley"),
    ("4998", "other", "Arris"),
    ("5089", "firewall", "Clavister"),
    ("5127", "storage", "Western Digital"),
    ("5419", "other", "Cambridge Broadband"),
    ("5454", "other", "Trango"),
    ("5468", "other", "Actelis Networks"),
    ("5504", "other", "Zhone"),
    ("5551", "appliance", "Oscilloquartz"),
    ("5961", "other", "Powec"),
    ("6101", "appliance", "Trend Micro"),
    ("6296", "switch", "Dasan"),
    ("6653", "management-controller", "Tyan"),
    ("6827", "appliance", "Evertz"),
    ("7143", "appliance", "Entrust"),
    ("7146", "load-balancer", "Zeus Technology"),
    ("7933", "storage", "Promise"),
    ("8059", "appliance", "Vormetric"),
    ("8299", "firewall", "secunet"),
    ("8962", "appliance", "McAfee"),
    ("9906", "other", "Xtera"),
    ("10368", "storage", "Thecus"),
    ("10439", "other", "Schneider Electric"),
    ("10728", "other", "Redline Communications"),
    ("10734", "appliance", "TippingPoint"),
    ("11857", "other", "Transmode"),
    ("11898", "access-point", "Proxim"),
    ("12394", "other", "Alvarion"),
    ("12780", "switch", "Volktek"),
    ("12913", "appliance", "Procera Networks"),
    ("13045", "other", "Uptime Devices"),
    ("13464", "switch", "GCOM Technologies"),
    ("14300", "pdu", "Cyber Switching"),
    ("14331", "firewall", "Topsec"),
    ("14817", "other", "4RF"),
    ("14941", "storage", "ExaGrid"),
    ("15227", "firewall", "Venustech"),
    ("16022", "console-server", "Minicom"),
    ("16394", "router", "Teldat"),
    ("16721", "appliance", "Chronos Technology"),
    ("19454", "other", "Airspan"),
    ("20341", "appliance", "LifeSize"),
    ("20376", "router", "Century Systems"),
    ("20540", "switch", "Sixnet"),
    ("20542", "router", "Sierra Wireless"),
    ("20858", "other", "Casa Systems"),
    ("21671", "appliance", "NetScout"),
    ("21728", "pdu", "Synaccess"),
    ("21940", "other", "Enatel"),
    ("22274", "switch", "Kontron"),
    ("22626", "other", "Comet System"),
    ("23629", "appliance", "SafeNet"),
    ("23668", "access-point", "Deliberant"),
    ("24427", "load-balancer", "Coyote Point"),
    ("24575", "access-point", "Tranzeo"),
    ("25119", "console-server", "Adder"),
    ("25433", "appliance", "Haivision"),
    ("25651", "other", "Exalt"),
    ("26059", "ups-battery", "BTECH"),
    ("27232", "switch", "Telco Systems"),
    ("27399", "appliance", "Ross Video"),
    ("27586", "access-point", "Altai"),
    ("28866", "switch", "TRENDnet"),
    ("30205", "firewall", "Rohde & Schwarz Cybersecurity"),
    ("30826", "other", "Smartoptics"),
    ("31277", "access-point", "Fluidmesh"),
    ("32620", "appliance", "Ixia"),
    ("34086", "storage", "Nexsan"),
    ("35047", "firewall", "Sangfor"),
    ("36153", "router", "InHand Networks"),
    ("37072", "switch", "Lantech"),
    ("37220", "appliance", "cPacket Networks"),
    ("37945", "management-controller", "Inspur"),
    ("40478", "switch", "LevelOne"),
    ("41385", "other", "Deep Sea Electronics"),
    ("42397", "appliance", "Grandstream"),
    ("45281", "other", "Generac"),
    ("45986", "appliance", "Kramer"),
    ("47729", "appliance", "Niagara Networks"),
    ("49622", "storage", "Cohesity"),
    ("55112", "appliance", "Certes Networks"),
    ("57318", "other", "Efore"),
    ("58636", "other", "Aegis Power Systems"),
]


@pytest.mark.parametrize(("number", "kind", "vendor"), MAKERS, ids=[case[0] for case in MAKERS])
def test_a_device_without_a_rule_is_known_by_its_maker_and_read_by_the_shapes_of_its_objects(
    tmp_path: Path, number: str, kind: str, vendor: str
) -> None:
    said = {f"{number}.9.1.2.0": "LT2-S", f"{number}.9.1.5.0": "12000039", f"{number}.9.1.10.0": "1.0.7"}
    found = seen(tmp_path, f"{E}{number}.9", "agent", said)
    assert (found.platform, found.kind, found.vendor) == ("generic", kind, vendor)
    assert (found.model, found.serial, found.version) == ("LT2-S", "12000039", "1.0.7")


@pytest.mark.parametrize("number", ["574", "2947", "4030", "55979"])
def test_a_ups_with_a_number_of_its_own_answers_the_standard_objects(tmp_path: Path, number: str) -> None:
    said = {"1.3.6.1.2.1.33.1.1.2.0": "Invented 3000", "1.3.6.1.2.1.33.1.1.4.0": "2.14"}
    found = seen(tmp_path, f"{E}{number}.1", "agent", said)
    assert (found.kind, found.model, found.version) == ("ups", "Invented 3000", "2.14")


def test_documented_objects_of_a_family_are_read(tmp_path: Path) -> None:
    radio = seen(tmp_path, f"{E}3942.1.1", "InfiNet Wireless R5000, WANFleX H08S11v3.12", {"3942.1.1.3.9.0": "312345"})
    assert (radio.serial, radio.version) == ("312345", "H08S11v3.12")
    nid = seen(tmp_path, f"{E}22420.1.1", "", {"22420.1.1.6.0": "G123-4567"})
    assert (nid.platform, nid.serial) == ("accedian", "G123-4567")


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(RuleError, match=r"enterprises.csv: 5: kind: 'toaster'"):
        parse_rules({}, "number,vendor,kind\n5,Acme,toaster\n")
