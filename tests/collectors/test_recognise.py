"""Recognition: whole captures of real devices, and hostile answers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import snmpsim_data
from hypothesis import given
from hypothesis import strategies as st

from collectors.answers import Answers
from collectors.capture import CaptureTransport
from collectors.descriptions import last_in, model_in, name_in, serial_in, version_in
from collectors.entity import index_key
from collectors.observation import Component, Observation, Outcome
from collectors.recognise import explain, recognise
from collectors.rule_files import load_rules, parse_rules
from collectors.shapes import shape
from collectors.survey import PREFIXES, ask, survey
from collectors.transport import SnmpTransport, TransportError, Value, Walk

DATA = Path(str(snmpsim_data.__file__)).parent / "data"
AT = dt.datetime(2026, 11, 1, 2, 15, tzinfo=dt.UTC)


def seen(transport: SnmpTransport) -> Observation:
    return asyncio.run(survey(transport, load_rules(), target="t", address="192.0.2.1", at=AT))


@pytest.mark.parametrize(
    ("capture", "answer"),
    [
        ("network/switch/cisco-c3560.snmprec.bz2",
         ("cisco-ios", "switch", "Cisco", "WS-C3560G-48TS-E", "12.2(55)SE3", "FOC1408Z61U")),
        ("network/switch/cisco-n5000.snmprec.bz2",
         ("cisco-nx-os", "switch", "Cisco", "N5K-C5548UP", "6.0(2)N2(3)", "SSI183706KP")),
        ("network/router/juniper-mx960-12-3r6-6.snmprec.bz2",
         ("junos", "router", "Juniper", "MX960", "12.3R6.6", "JN11FCEC5AFA")),
        ("cloud/arista-dcs-7150s-52-cl.snmprec.bz2",
         ("arista-eos", "switch", "Arista", "DCS-7150S-52-CL", "4.20.5F", "JPE15151458")),
        ("network/switch/hpe-procurve-516733-b21.snmprec.bz2",
         ("hpe-procurve", "switch", "HPE", "516733-B21 6120XG Blade Switch", "Z.14.31", "3C421900TX")),
        ("network/switch/brocade-fiber-channel.snmprec.bz2",
         ("brocade-fos", "fc-switch", "Brocade", "6510", "v7.0.2c", "BRW2515M01H")),
        ("network/switch/brocade-icx6430-24.snmprec.bz2",
         ("ironware", "switch", "Brocade", "ICX6430-24", "08.0.30tT311", "BZN3215N09A")),
        ("network/wifi/aruba-7210.snmprec.bz2",
         ("aruba-controller", "wireless-controller", "Aruba", "Aruba7210", "6.5.1.6", "CV0008612")),
        ("network/firewall/paloalto-pa-5000.snmprec.bz2",
         ("paloalto-panos", "firewall", "Palo Alto Networks", "PA-5050", "8.0.1", "0009C100761")),
        ("UPS/apc-8932.snmprec", ("apc-pdu", "pdu", "APC", "AP8932", "6.7.2", "3F503A169043")),
        ("storage/netapp-fas3270.snmprec.bz2",
         ("netapp-ontap", "storage", "NetApp", "FAS3270", "8.2.3 7-Mode", "940001051000")),
        ("storage/isilon-onefs.snmprec.bz2",
         ("dell-isilon", "storage", "Isilon", "X210", "7.2.1.0", "CEGER155100014")),
        ("bmc/hp-onboard-administrator.snmprec.bz2",
         ("hpe-onboard-administrator", "management-controller", "HPE", "BladeSystem c7000 Enclosure G2", "3.60",
          "6CU250TV5C")),
        ("network/router/huawei-s5720.snmprec.bz2",
         ("huawei-vrp", "switch", "Huawei", "S5720-36C-EI-AC", "5.160 (V200R007C00SPC500)", "210235956210F7000410")),
    ],
)  # fmt: skip
def test_real_devices(capture: str, answer: tuple[str, ...]) -> None:
    found = seen(CaptureTransport(DATA / capture, PREFIXES))
    assert (found.platform, found.kind, found.vendor, found.model, found.version, found.serial) == answer
    assert found.outcome is Outcome.ANSWERED
    assert set(found.evidence) >= {"vendor", "kind", "model", "version", "serial"}
    assert found == Observation.from_dict(found.to_dict())


@pytest.mark.parametrize(
    "capture",
    [
        "network/switch/cisco-c3560.snmprec.bz2", "network/router/juniper-mx960-12-3r6-6.snmprec.bz2",
        "cloud/arista-dcs-7150s-52-cl.snmprec.bz2", "UPS/apc-8932.snmprec", "storage/netapp-fas3270.snmprec.bz2",
        "bmc/hp-onboard-administrator.snmprec.bz2", "network/router/huawei-s5720.snmprec.bz2",
    ],
)  # fmt: skip
def test_the_first_accepted_candidate_is_the_answer(capture: str) -> None:
    rules = load_rules()
    asked = asyncio.run(ask(CaptureTransport(DATA / capture, PREFIXES), rules))
    found = recognise(rules, asked.platform, asked.answers)
    for name, candidates in explain(rules, asked.platform, asked.answers).items():
        winner = next((one for one in candidates if one.value is not None), None)
        answer = getattr(found, name)
        assert (winner.value if winner else None) == (str(answer) if answer else None), name
        assert found.evidence.get(name) == (winner.where if winner else None), name
        assert all(bool(one.refused) is (one.value is None) for one in candidates), name


def test_a_refused_candidate_says_why() -> None:
    text = """
    [[platform]]
    name = "acme"
    match = [{ sysObjectID = "1.3.6.1.4.1.99999" }]
    serial = [
      { object = "ACME-MIB::a", oid = "1.3.6.1.4.1.99999.1.0" },
      { object = "ACME-MIB::b", oid = "1.3.6.1.4.1.99999.2.0" },
      { object = "ACME-MIB::c", oid = "1.3.6.1.4.1.99999.3.0" },
      { object = "ACME-MIB::d", oid = "1.3.6.1.4.1.99999.4.0", match = 'no (\\d+)' },
      { object = "ACME-MIB::e", oid = "1.3.6.1.4.1.99999.5.0" },
    ]
    """
    rules = parse_rules({"acme.toml": text})
    said: dict[str, Value] = {
        f"1.3.6.1.4.1.99999.{number}.0": value
        for number, value in ((1, b"N/A"), (2, b"00:11:22:33:44:55"), (4, b"AB12345"), (5, b"AB12345"))
    }
    candidates = explain(rules, rules.platform("acme"), Answers(said))["serial"]
    assert [one.refused for one in candidates] == [
        "a placeholder", "a MAC address", "not answered", "the rule's pattern does not fit", "",
    ]  # fmt: skip
    assert recognise(rules, rules.platform("acme"), Answers(said)).serial == "AB12345"


def test_a_vendors_table_of_parts_stands_in_for_entity_mib() -> None:
    found = seen(CaptureTransport(DATA / "network/router/juniper-mx960-12-3r6-6.snmprec.bz2", PREFIXES))
    supplies = [part for part in found.components if part.cls == "powerSupply"]
    assert supplies
    assert all(part.serial for part in supplies)
    assert all(part.index.startswith("jnxContentsTable.") for part in supplies)


class Answering:
    """A device made of a mapping; it stops answering after ``patience`` questions."""

    name = "test"

    def __init__(self, values: Mapping[str, Value], patience: int = 100, *, cut: bool = False) -> None:
        self.values, self.patience, self.cut = values, patience, cut

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """What it has, while it has patience."""
        self.patience -= 1
        if self.patience < 0:
            raise TransportError(Outcome.SILENT, "no answer")
        return {oid: self.values[oid] for oid in oids if oid in self.values}

    async def after(self, oid: str) -> str | None:
        """The first instance behind an OID."""
        return min((other for other in self.values if index_key(other) > index_key(oid)), key=index_key, default=None)

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        """All rows; said to be incomplete where it is cut off."""
        found: dict[str, dict[str, Value]] = {
            column: {oid[len(column) + 1 :]: v for oid, v in self.values.items() if oid.startswith(f"{column}.")}
            for column in columns
        }
        if max_rows is not None:
            found = {column: dict(list(rows.items())[:max_rows]) for column, rows in found.items()}
        return Walk(found, complete=not self.cut, reason="cut off" if self.cut else "")


SYSTEM: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": b"Acme", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.318.1.3.27"}


def test_silence_at_the_first_question_is_an_error() -> None:
    with pytest.raises(TransportError):
        seen(Answering(SYSTEM, patience=0))


def test_silence_later_makes_a_partial_observation_that_says_why() -> None:
    found = seen(Answering(SYSTEM, patience=1))
    assert (found.outcome, found.reason) == (Outcome.PARTIAL, "vendor: no answer")
    section = found.section("vendor")
    assert section is not None
    assert not section.complete
    cut = seen(Answering(SYSTEM, cut=True))
    assert cut.outcome is Outcome.PARTIAL
    assert "entity: cut off" in cut.reason


def test_a_device_without_entphysicaltable_is_complete() -> None:
    found = seen(Answering(SYSTEM))
    assert found.outcome is Outcome.ANSWERED
    assert (found.platform, found.vendor, found.components) == ("apc", "APC", ())


def test_a_linux_box_that_is_something_else_is_asked_who_it_is() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Linux vsx123 2.6.18-92cpx86_64 #1 SMP x86_64",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
        "1.3.6.1.4.1.2620.1.6.4.1.0": b"R80.30",
        "1.3.6.1.4.1.2620.1.6.16.7.0": b"Check Point 23900",
    }
    found = seen(Answering(values))
    assert (found.platform, found.model, found.version) == ("checkpoint-gaia", "Check Point 23900", "R80.30")
    plain = seen(Answering({key: values[key] for key in list(values)[:2]}))
    assert (plain.platform, plain.model, plain.version) == ("linux", None, "2.6.18-92cpx86_64")


def test_a_ups_without_a_rule_is_known_by_the_standard_mib() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"SNMP card",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.999999.1",
        "1.3.6.1.2.1.33.1.1.1.0": b"Acme Power",
        "1.3.6.1.2.1.33.1.1.2.0": b"Volta 3000",
    }
    found = seen(Answering(values))
    assert (found.platform, found.kind, found.vendor, found.model) == ("ups-mib", "ups", "Acme Power", "Volta 3000")


def test_a_vendor_without_a_rule_is_named_by_its_enterprise_number() -> None:
    found = seen(Answering({"1.3.6.1.2.1.1.1.0": b"Zebra ZT411 V93.21", "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.29703.1"}))
    assert (found.platform, found.vendor, found.model) == ("generic", "Zebra", "ZT411")


@pytest.mark.parametrize(
    ("text", "model", "version"),
    [
        ("DVX-4500 Router, Version 7.10.3b, Build 5", "DVX-4500", "7.10.3b"),
        ("Linux box 4.19.0-6-amd64 #1 SMP Debian", None, "4.19.0-6-amd64"),
        ("24-Port Gigabit Switch", None, None),
        ("NetBox 100 firmware v2.4", None, "v2.4"),
        ("", None, None),
        ("TiQX-B-9.0.R11 both/hops", None, "9.0.R11"),
        ("kernel QXOS 15.1X49-D120.3, Build date: 2017-11-04", None, "15.1X49-D120.3"),
        ("QX 1810-24G, PL.1.9, eCos-3.0", "QX 1810-24G", "PL.1.9"),
        ("Switching System, Version saos-10-09-02-0181-RS3", "saos-10-09-02-0181-RS3", "10-09-02-0181-RS3"),
        ("Passive shelf 10G R23.6", None, "R23.6"),
        ("EdgeBox 24-Port 250W, 1.0.1.4720839, Linux 3.6.5-f4a26ed5", "EdgeBox 24-Port 250W", "1.0.1.4720839"),
        ("Linux 3.10.0-1160.el7.x86_64 : Appliance services version 1.3.2-13054", None, "1.3.2-13054"),
        ("Linux box 2.6.34-QXsmp QXVUE-OS 5.16.00 #327068 2022-05-23 SMP ppc", None, "5.16.00"),
        ("Linux box 3.16.0-4-amd64 #1 SMP Debian 3.16.51-3", None, "3.16.0-4-amd64"),
        ("QXOS (MODEL: QXMC-VA), Version 8.10.0.12", "QXMC-VA", "8.10.0.12"),
        ("Acme cnWave V3000 Node, Version 1.2.2.1", "V3000", "1.2.2.1"),
        ("labbdds01", None, None),
        ("Card (AF1:x MN:DELL6606 HR:HW01)", "DELL6606", None),
        ("Mode: hx56_380_256q Build: QX12", None, None),
        ("Shelf SN: QX12345 board QX-40", "QX-40", None),
    ],
)
def test_well_shaped_words_of_sysdescr(text: str, model: str | None, version: str | None) -> None:
    assert (model_in(text), version_in(text)) == (model, version)


@pytest.mark.parametrize(
    ("text", "model", "version"),
    [
        ("Fabric OS 9, Model: QX-9200, Linux 4.9.1, Release 2.1.7", "QX-9200", "2.1.7"),
        ("Aruba JL635A 8325 GL.10.04.2000", "JL635A", "GL.10.04.2000"),
        ("S5800 USP (R) Software, Version V210R240,Hw Version 2.0", "S5800", "V210R240"),
        ("AcmeOS-18.1.1.9.98p30-Release", None, "18.1.1.9.98p30-Release"),
        ("Switch 250W 10GBASE-T 7-slot, bootrom 1.2.3", None, None),
    ],
)
def test_what_is_announced_in_sysdescr_counts_before_what_looks_like_it(
    text: str, model: str | None, version: str | None
) -> None:
    assert (model_in(text), version_in(text)) == (model, version)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NetBox 204", "NetBox 204"), ("BLC 6252 02", "BLC 6252 02"), ("NFT 2N", "NFT 2N"),
        ("3Acme NetStack 3", "3Acme NetStack 3"),
        ("Acme 7705 edge router Copyright (c) 2000-2020", "Acme 7705"), ("Room 204", None), ("Acme Inc (C) 2006", None),
        ("Acme Base Station", None), ("Linux box 204", None), ("Intel(R) Xeon(R) Gold 6134 server", None),
        ("Power supply 2500 VA", None), ("Made in May 2017", None),
    ],
)  # fmt: skip
def test_a_name_with_a_number_is_a_model_where_no_word_is_one(text: str, name: str | None) -> None:
    assert name_in(text) == name


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Alta AP6 2.2w", "2.2w"),
        ("Lights-Out 6 1.54 Nov 15 2023", "1.54"),
        ("Unit 2.5 kVA", None),
        ("Box 3.10", "3.10"),
    ],
)
def test_two_numbers_at_the_end_of_sysdescr_are_a_version_where_nothing_else_is(text: str, version: str | None) -> None:
    assert (version_in(text), last_in(text)) == (None, version)


def test_a_host_says_what_it_runs_on_where_its_agent_was_told_to() -> None:
    names = {"8.104.97.114.100.119.97.114.101": b"ProLine QX350", "6.115.101.114.105.97.108": b"AB123456CD"}
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Linux box 4.18.0-425.el8 #1 SMP x86_64",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
        **{f"1.3.6.1.4.1.8072.1.3.2.3.1.1.{name}": text for name, text in names.items()},
    }
    found = seen(Answering(values))
    assert (found.model, found.serial, found.version) == ("ProLine QX350", "AB123456CD", "4.18.0-425.el8")


E = "1.3.6.1.2.1.47.1.1.1.1"


def test_what_others_build_on_a_known_card_says_what_the_card_says() -> None:
    said = (
        b"ACME Web/SNMP Card (MB:v4.1.0 PF:v6.4.0 PN:acme_hw05_aos_640.bin AF1:v6.4.1 AN1:acme_hw05_pdu_641.bin "
        b"MN:QX8841 HR:05 SN: ZA1234567890 MD:01/02/2015)"
    )
    found = seen(Answering({"1.3.6.1.2.1.1.1.0": said, "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5"}))
    assert (found.model, found.serial, found.version) == ("QX8841", "ZA1234567890", "6.4.1")


def test_what_the_chassis_is_called_is_its_model_where_nothing_else_is() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Acme network software",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        "1.3.6.1.2.1.1.5.0": b"core-sw-12",
        f"{E}.2.1": b"OmniBox LS 6224P",
        f"{E}.7.1": b"core-sw-12",
        f"{E}.5.1": 3,
    }
    found = seen(Answering(values))
    assert (found.model, found.evidence["model"]) == ("OmniBox LS 6224P", f"{E}.2.1")
    values[f"{E}.2.1"] = b"Chassis"
    assert seen(Answering(values)).model is None


def test_the_first_row_is_the_device_where_no_row_says_its_class() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Acme network software",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        f"{E}.2.1": b"SSR 8020 chassis",
        f"{E}.10.1": b"4.7.2",
    }
    found = seen(Answering(values))
    assert (found.model, found.version) == ("SSR 8020 chassis", "4.7.2")


def test_the_version_that_sysdescr_announces_counts_before_another_softwares_in_entity_mib() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"SIMPLE NET, QX206-2SFP, HW: Version 3, FW: Version V04.02.00",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        f"{E}.5.1": 3,
        f"{E}.10.1": b"6.2.0",
    }
    assert seen(Answering(values)).version == "V04.02.00"
    values["1.3.6.1.2.1.1.1.0"] = b"SIMPLE NET, QX206-2SFP"
    assert seen(Answering(values)).version == "6.2.0"
    values |= {"1.3.6.1.2.1.1.1.0": b"QX Software, Version 7.1.075, Release 7751P01", f"{E}.10.1": b"7.1.075 7751P01"}
    assert seen(Answering(values)).version == "7.1.075 7751P01"


def test_an_agent_of_linux_that_says_more_than_uname_was_set_up_by_the_maker() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"illustra IFS03D1OCWIT Network camera",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
    }
    assert seen(Answering(values)).model == "IFS03D1OCWIT"


def test_a_model_by_its_shape_is_that_of_the_device_before_sysdescr_and_that_of_a_part_behind_it() -> None:
    device = {"5.1.1.0": b"LHP28B1CR1X", "5.1.2.0": b"DW0123456789"}
    part = {f"5.4.1.{column}.7": text for column, text in ((1, b"QX-SFP-LR"), (2, b"DW0123456789"))}
    assert identified(device, b"hc50_364_256qam mode")[0] == "LHP28B1CR1X"
    assert identified(part, b"hc50_364_256qam mode")[0] == "hc50_364_256qam"
    member = {f"5.4.1.{column}.{row}": b"QX-42-%d" % row for column in (1, 2) for row in (0, 1)}
    assert identified(member | {"5.4.1.3.0": b"DW0123456789"}, b"QX-9200 mode")[0] == "QX-9200"


def test_a_serial_number_is_taken_from_sysdescr_only_where_it_is_called_one() -> None:
    assert (
        serial_in("Device, HardWare Version 2.0 Device serial number 00019711401010007262 (c)")
        == "00019711401010007262"
    )
    assert serial_in("Device 00019711401010007262") is None


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("CHS-HC2", "model"), ("RS30-1602OOZZSDHPHH", "model"), ("MHFA-S-37-32-AA-1-1", "model"),
        ("FOC1408Z61U", "serial"), ("943009201000201022", "serial"), ("AB-1234567", "serial"),
        ("5.16.00", "version"), ("V2.03.74R", "version"), ("V200R019C10", "version"), ("1.4 build 77", "version"),
        ("48.72", None), ("10.20.30.40", None), ("0011.2233.4455", None), ("2024-11-05 10:11", None),
        ("Ethernet", None), ("1.3.6.1.4.1.9", None), ("10GBASE-SR", None), ("8ED5087EB201", "serial"),
        ("3.9.0.4", "version"), ("10.0.1.003", "version"), ("192.168.0.1", None), ("8.8.8.8", None),
        ("RUT2_R_00.07.06.21", "version"), ("QX231G-v7.4-build0771", "version"), ("Card 8 v8.00", "version"),
        ("Sentry Unit Version 7.1f", "version"), ("2.50 Sep 23 2016", "version"), ("20.0.3 MR-3-Build427", "version"),
        ("15 PERCENT", None), ("12 dBm", None), ("Outlet 4", None), ("Power supply 1", None), ("MINI-LINK 91", "model"),
        ("435B4A440C05D71947B2000AD560FE81", None), ("10000001ACA3F226", None), ("Pro QX350 Gen9", "model"),
        ("SMU11B_X V500R003C00SPC036", "version"), ("wMX (wMX) 9.1.3.971290", "version"), ("3.60E-17", None),
        ("0F0011BR00.02.03", "version"), ("core-sw-12", None), ("0x54CD98F068022400", None),
        ("ap2-east-qx25", None), ("100-240V", None), ("16A", None),
        ("2p6r22b0D031716", None),
        ("54-2354-8708", "model"), ("60-000367-02", "model"), ("DS-2CD2185FWD-I", "model"),
        ("01/2021 - 92.9kWh", None), ("CMM4 0a-00-3e-e8-12-20", None),
        ("6fa459ea-ee8a-3ca3-894e-db77e160355e", None), ("351234567890123", None), ("351234XXXXXXXXX", None),
        ("89441000300012345678", None), ("BCM12345_A1", None), ("shop-v2.example.com-tls", None), ("Current 2", None),
        ("Phase L1 Overvoltage", None), ("vt42-00-temperature", None),
        ("QX105 back Temp", None), ("QX - 16 dB", None), ("QXOS-V0600R0705B2018", "version"), ("10G Base-LR", None),
        ("V1R2B103sp4", "version"), ("QXFW_1_02 build 1500", "version"), ("V4.26 2007.06.14", "version"),
        ("Firmware Ver.1.02 (09.11.13)", "version"), ("V6.2 build 20080519", "version"),
        ("Routing Engine 0", None), ("ether1", None), ("wlan60-1", None), ("test-serial-12345", None),
    ],
)  # fmt: skip
def test_the_shape_of_unnamed_text(text: str, looks: str | None) -> None:
    assert shape(text, "Acme box") == looks


UNKNOWN = "1.3.6.1.4.1.64999"


def test_an_unknown_vendors_own_objects_give_what_their_shapes_say_together() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Optical node",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        f"{UNKNOWN}.5.1.2.0": b"LT2-S",
        f"{UNKNOWN}.5.1.5.0": b"12000039",
        f"{UNKNOWN}.5.1.10.0": b"1.0.7, Mon, 04 Dec 2017 10:31:09",
        f"{UNKNOWN}.9.1.0": b"SN7654321",
    }
    found = seen(Answering(values))
    assert (found.model, found.serial, found.version) == ("LT2-S", "12000039", "1.0.7")
    assert found.evidence["serial"] == f"{UNKNOWN}.5.1.5.0 (by its shape)"


def test_one_serial_like_object_alone_is_nothing_but_a_lone_version_is_one() -> None:
    system: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": b"Optical node", "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5"}
    found = seen(Answering({**system, f"{UNKNOWN}.5.1.4.7.5.0": b"12000039", f"{UNKNOWN}.5.2.1.0": b"2.3.71"}))
    assert (found.serial, found.version) == (None, "2.3.71")
    twice = seen(Answering({**system, f"{UNKNOWN}.5.2.1.0": b"2.3.71", f"{UNKNOWN}.5.3.1.0": b"2.4.0"}))
    assert twice.version is None


def identified(objects: dict[str, bytes], descr: bytes = b"Optical node") -> tuple[str | None, str | None, str | None]:
    """Model, serial number and version of a device of an unknown vendor that answers these private objects."""
    system: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": descr, "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5"}
    found = seen(Answering({**system, **{f"{UNKNOWN}.{arcs}": value for arcs, value in objects.items()}}))
    return found.model, found.serial, found.version


def test_a_mib_that_keeps_hardware_and_software_apart_is_read_together() -> None:
    apart = {"5.1.1.1.0": b"RX3-24", "5.1.2.2.0": b"1.1.1.0", "5.9.4.1.0": b"17.5"}
    assert identified(apart) == ("RX3-24", None, "1.1.1.0")
    beside = {"5.1.1.2.0": b"LHP28B1CR1X", "5.1.1.1.0": b"DW0123456789", "5.1.2.1.0": b"1.04.08"}
    assert identified(beside) == ("LHP28B1CR1X", "DW0123456789", "1.04.08")


def test_of_two_codes_the_one_with_more_digits_in_a_row_is_the_serial_number() -> None:
    row = {"5.2.1.11.1": b"APDU10150SM", "5.2.1.12.1": b"5A1234Y56789", "5.2.1.14.1": b"2.0.8.2"}
    assert identified(row) == ("APDU10150SM", "5A1234Y56789", "2.0.8.2")


def test_a_number_like_a_mac_address_is_a_serial_number_only_where_there_is_no_other() -> None:
    assert identified({"5.3.1.0": b"6.44.2", "5.3.2.0": b"8ED5087EB201"}) == (None, "8ED5087EB201", "6.44.2")
    both = {"5.3.1.0": b"6.44.2", "5.3.2.0": b"8ED5087EB201", "5.3.3.0": b"SN7654321"}
    assert identified(both)[1] == "SN7654321"


def test_a_row_of_a_unit_table_ends_with_its_software_and_a_group_begins_with_it() -> None:
    row = {"5.4.1.1.1": b"Switch 4200", "5.4.1.2.1": b"2.03", "5.4.1.3.1": b"3.00", "5.4.1.4.1": b"L3ZV7LJ6449A0"}
    assert identified(row)[2] == "3.00"
    group = {"5.4.1.0": b"QX-12", "5.4.2.0": b"2.22.0.31.8", "5.4.3.0": b"2.8.0.17.1"}
    assert identified(group)[2] == "2.22.0.31.8"


def test_the_first_row_of_a_table_that_counts_from_zero_is_no_group_of_scalars() -> None:
    memory = {
        f"5.14.1.{column}.{row}": text for row in range(6) for column, text in ((10, b"P43330-0A1"), (13, b"QX 16G"))
    }
    device = {"5.2.1.0": b"AB123456CD", "5.2.2.0": b"ProLine QX350"}
    assert identified(device | memory) == ("ProLine QX350", "AB123456CD", None)


def test_the_scalars_of_an_agent_that_leaves_the_instance_out_are_one_group_and_no_table() -> None:
    bare = {"17.1.1": b"4.3.0 f5ad8650 ()", "17.1.2": b"70081804019547"}
    modem = {"17.17.1.3.1": b"MC7304", "17.17.1.17.1": b"204080811045920"}
    assert identified(bare | modem) == (None, "70081804019547", "4.3.0")
    ports = {f"5.7.1.{column}.1.{row}": b"QX-%d-9.%d.1" % (column, row) for column in (3, 4) for row in (1, 2, 3)}
    assert identified(ports) == (None, None, None)


def test_the_scalars_of_a_device_count_before_the_parts_in_a_table() -> None:
    device = {"1.3.0": b"2.2.12", "1.6.0": b"03200913942"}
    rectifier = {"2.4.1.2.3": b"1R482000e3", "2.4.1.4.3": b"1.09", "2.4.1.5.3": b"15201150840"}
    assert identified(device | rectifier) == (None, "03200913942", "2.2.12")


def test_a_lone_serial_number_among_scalars_has_letters_or_is_called_one() -> None:
    assert identified({"5.1.12.0": b"MC4204394"})[1] == "MC4204394"
    assert identified({"5.1.12.0": b"MC4204394", "5.7.3.0": b"AB1234567"})[1] is None
    assert identified({"5.1.3.0": b"PDU System v1.05 (SN 1113016920004)"}) == (None, "1113016920004", "1.05")


@pytest.mark.parametrize(
    ("said", "model"),
    [
        (b"Zebra ZT411", "ZT411"), (b"Zebra Technologies, Inc. ZT411 v2", "ZT411 v2"), (b"Zebra 411", "Zebra 411"),
        (b"ZebraNet 411", "ZebraNet 411"),
    ],
)  # fmt: skip
def test_a_model_does_not_repeat_its_maker(said: bytes, model: str) -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Printer",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.29703.1",
        f"{E}.5.1": 3,
        f"{E}.13.1": said,
    }
    found = seen(Answering(values))
    assert (found.vendor, found.model) == ("Zebra", model)


def test_one_text_may_tell_the_model_and_its_version() -> None:
    assert identified({"4.1.1.0": b"QX-424E-Fiber v7.4.0,build0767,230602 (GA)"})[0] == "QX-424E-Fiber"
    dated = identified({"4.1.1.0": b"Tempus LX 6010-0042-000 v 5.70 - Wed Oct 1 04:39:21 UTC 2014"})
    assert (dated[0], dated[2]) == ("Tempus LX 6010-0042-000", "5.70")


def test_a_lone_model_among_scalars_counts_behind_the_words_of_sysdescr() -> None:
    assert identified({"4.3.266.0": b"PMP 450i"})[0] == "PMP 450i"
    assert identified({"4.3.266.0": b"PMP 450i"}, b"QX-9200 radio")[0] == "QX-9200"
    assert identified({"4.3.266.0": b"PMP 450i", "4.9.1.0": b"QX-1"})[0] is None
    assert identified({"4.3.266.0": b"7FK7FCV4FH"})[0] is None


def test_a_product_on_linux_is_what_entity_mib_says_and_not_the_kernel() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Linux SPX112 2.6.26.5 #1 PREEMPT armv5tejl",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.6.1",
        f"{E}.5.1": 3,
        f"{E}.10.1": b"0.00.51",
        f"{E}.13.1": b"SPX112",
    }
    found = seen(Answering(values))
    assert (found.model, found.version) == ("SPX112", "0.00.51")


def test_the_name_and_place_of_a_device_are_not_its_model() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Optical node",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        "1.3.6.1.2.1.1.5.0": b"core-sw12",
        f"{UNKNOWN}.5.1.1.0": b"core-sw12",
        f"{UNKNOWN}.5.1.2.0": b"AB1234567",
        f"{UNKNOWN}.5.1.3.0": b"4.7.1",
    }
    assert seen(Answering(values)).model is None


def test_a_device_that_says_nothing_of_itself_below_its_own_number_is_read_below_the_next_one() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Multi-WAN router",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.64998.1",
        "1.3.6.1.4.1.64998.2.1.1.0": 7,
        f"{UNKNOWN}.200.1.1.1.0": b"Acme MAX QX4",
        f"{UNKNOWN}.200.1.1.2.0": b"2935-3BAB-7549",
        f"{UNKNOWN}.200.1.1.3.0": b"8.0.0s010 build 4198",
    }
    found = seen(Answering(values))
    assert (found.model, found.serial, found.version) == ("Acme MAX QX4", "2935-3BAB-7549", "8.0.0s010 build 4198")


def test_the_row_of_a_port_or_of_a_measurement_is_not_the_device() -> None:
    optic = {"5.4.1.2.21": b"QX-SFP-10", "5.4.1.5.21": b"DW0123456789"}
    assert identified(optic) == (None, None, None)
    sensor = {"5.4.1.2.1": b"QX-42", "5.4.1.5.1": b"22.40"}
    assert identified(sensor)[2] is None
    assert identified(sensor | {"5.4.1.6.1": b"DW0123456789"}) == ("QX-42", "DW0123456789", "22.40")


def test_a_table_with_an_index_of_two_numbers_has_rows_too() -> None:
    member = {"5.6.1.7.1.1": b"3.1.50.1", "5.6.1.8.1.1": b"80123456789"}
    other = {"5.6.1.7.1.2": b"3.1.50.1", "5.6.1.8.1.2": b"19876543210"}
    assert identified(member | other) == (None, "80123456789", "3.1.50.1")


def test_scalars_that_stand_apart_count_before_the_rows_of_a_table() -> None:
    device = {"1.1.2.0": b"ProLine QX350", "1.2.1.0": b"6.20.200.2018"}
    controller = {"6.1.2.1": b"QX PERC8", "6.1.41.1": b"06.805.01.00"}
    assert identified(device | controller) == ("ProLine QX350", None, "6.20.200.2018")


@pytest.mark.parametrize(
    ("said", "model"),
    [
        (b"GXVM", "GXVM"), (b"UFibre OLT", "UFibre OLT"), (b"Acme Gateway/Encoder QE", "Acme Gateway/Encoder QE"),
        (b"U-LTX-Pro", "U-LTX-Pro"), (b"Normal", None), (b"FIREWALL", None), (b"ACMECORP", None),
        (b"ENABLED", None), (b"Main Street", None),
        (b"my-router", None), (b"ACME Networks Inc", None), (b"QX Managed Switch", None), (b"OS", None),
    ],
)  # fmt: skip
def test_the_only_name_beside_a_version_is_the_model(said: bytes, model: str | None) -> None:
    assert identified({"5.1.1.0": said, "5.1.2.0": b"2.4.17"}) == (model, None, "2.4.17")
    assert identified({"5.1.1.0": said, "5.1.2.0": b"2.4.17", "5.1.3.0": b"QXPRO"})[0] in {None, "QXPRO"}
    assert identified({"5.1.1.1": said, "5.2.1.0": b"2.4.17"})[0] is None


def test_the_words_with_which_sysdescr_begins_are_the_model_where_the_maker_writes_them_down() -> None:
    values = {"5.1.1.0": b"DualBox 1000 BM+ I af Desk 2SFP", "5.1.3.0": b"88303905", "5.1.9.0": b"2.4.17"}
    assert identified(values, b"DualBox 1000 BM+ I af Desk 2SFP SECURE/V3.59")[0] == "DualBox 1000 BM+ I af Desk 2SFP"
    assert identified(values)[0] is None


def test_the_makers_name_is_no_model() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Printer",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.10642.1",
        "1.3.6.1.4.1.10642.5.1.1.0": b"ZEBRA",
        "1.3.6.1.4.1.10642.5.1.2.0": b"2.4.17",
    }
    found = seen(Answering(values))
    assert (found.model, found.version) == (None, "2.4.17")


def test_a_version_as_huawei_numbers_is_one_with_a_name_before_it() -> None:
    assert identified({"5.6.1.7.1": b"QXU V500R001C10_02B19"})[2] == "QXU V500R001C10_02B19"


def test_the_only_version_of_a_table_and_its_only_code_are_the_devices() -> None:
    assert identified({"5.6.1.7.1": b"2.04.B012", "5.6.2.7.3": b"2.04.B012"})[2] == "2.04.B012"
    assert identified({"5.6.1.7.1": b"DW0123456789"})[1] == "DW0123456789"
    assert identified({"5.6.1.7.1": b"DW0123456789", "5.9.1.7.4": b"QX-SFP-10"})[:2] == (None, None)


def test_a_number_that_sysdescr_repeats_is_a_serial_number_and_a_word_is_none() -> None:
    assert identified({"5.1.0": b"130000673", "5.2.0": b"1.20.3"}, b"Acme node 130000673")[1] == "130000673"
    assert identified({"5.1.0": b"AB1300673", "5.2.0": b"1.20.3"}, b"Acme node AB1300673")[1] is None


def test_a_version_of_entity_mib_has_no_name_before_it() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"our firewall",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        f"{E}.5.1": 3,
        f"{E}.10.1": b"QXGate-1500D v6.4.8,build1914 (GA)",
    }
    assert seen(Answering(values)).version == "v6.4.8,build1914 (GA)"


def test_the_address_of_a_device_is_not_its_model() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"QX-40 switch",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5",
        "1.3.6.1.3.94.1.6.1.7.16.0": b"192.0.2.39",
    }
    found = seen(Answering(values))
    assert found.model == "QX-40"


def test_a_table_whose_index_ends_with_zero_and_one_with_addresses_are_no_scalars() -> None:
    parts = {
        f"5.8.1.{column}.8.{slot}.1.0": b"QX%dA%05d" % (column, slot) for column in range(5, 12) for slot in range(1, 7)
    }
    assert identified(parts) == (None, None, None)
    members = {"5.4.1.6.148.180.15.193.156.76": b"CT0283463", "5.4.1.6.148.180.15.193.156.48": b"CT0283449"}
    assert identified(members)[:2] == (None, None)


def test_an_order_code_is_no_serial_number_where_a_code_stands_beside_it() -> None:
    assert identified({"5.1.1.0": b"6QX250TV5C", "5.1.6.0": b"507019-B21"})[:2] == ("507019-B21", "6QX250TV5C")


def test_a_row_with_the_serial_number_of_a_part_is_not_the_device() -> None:
    supply = {"5.4.1.5.1": b"QX-PS-40", "5.4.1.10.1": b"DW0123456789", "5.4.1.9.1": b"2.4.17"}
    values: dict[str, Value] = {f"{UNKNOWN}.{arcs}": value for arcs, value in supply.items()}
    values |= {"1.3.6.1.2.1.1.1.0": b"Power system", "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5"}
    assert seen(Answering(values)).serial == "DW0123456789"
    found = seen(Answering({**values, f"{E}.5.7": 6, f"{E}.11.7": b"DW0123456789"}))
    assert (found.model, found.serial, found.version) == (None, None, None)


def test_one_text_is_not_both_model_and_serial_number() -> None:
    assert identified({"5.4.1.2.1": b"QX1K5D3I10000000", "5.4.1.16.1": b"QX1K5D3I10000000"})[0] is None


def test_what_calls_itself_a_serial_number_and_what_is_a_day_or_memory_is_no_model() -> None:
    row = {"5.1.7.1.0": b"S/N ACAB6788", "5.1.8.1.0": b"Feb 13 2019", "5.1.9.1.0": b"DDR3", "5.1.10.1.0": b"01e240"}
    assert identified(row) == (None, "ACAB6788", None)
    assert identified({"5.1.1.0": b"lable01"})[0] is None


def test_a_doubtful_version_does_not_hide_the_one_that_is_sure() -> None:
    assert identified({"2.14.0": b"RUT2XX_R_00.01.07.1", "7.22.0": b"14.1"})[2] == "RUT2XX_R_00.01.07.1"


def test_a_device_that_answers_nothing_below_its_own_number_is_read_below_the_next_one() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Wireless bridge",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.64998.1",
        f"{UNKNOWN}.1.2.1.1": b"QX60-LR",
        f"{UNKNOWN}.1.2.3.1": b"v2.6.0",
    }
    found = seen(Answering(values))
    assert (found.model, found.version) == ("QX60-LR", "v2.6.0")


def test_a_product_on_linux_has_its_own_version_and_not_the_kernels() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Linux box 4.18.0-425.el8 #1 SMP x86_64",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
        f"{UNKNOWN}.1.4.1.0": b"2.3.3",
    }
    assert seen(Answering(values)).version == "2.3.3"


def test_a_table_of_many_parts_is_not_the_device() -> None:
    values: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": b"Array", "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.5"}
    for row in range(1, 9):
        values |= {f"{UNKNOWN}.5.4.1.3.{row}": b"HUA723030ALA640", f"{UNKNOWN}.5.4.1.4.{row}": b"MK0371%05d" % row}
    found = seen(Answering(values))
    assert (found.model, found.serial) == (None, None)


def test_linux_under_a_vendors_number_does_not_lend_the_device_its_kernels_version() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Linux mng 4.14.78-yocto #12 SMP armv7l",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.10.1",
    }
    assert seen(Answering(values)).version is None
    values["1.3.6.1.2.1.1.2.0"] = "1.3.6.1.4.1.8072.3.2.10"
    assert seen(Answering(values)).version == "4.14.78-yocto"


def test_a_column_whose_row_another_object_names() -> None:
    stem = "1.3.6.1.4.1.6527.3.1.2.2.1"
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"TiMOS-C-22.10.R11 cpm/x86hops64 Nokia 7250 IXR Copyright (c) 2000-2024 Nokia.",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.6527.1.3.25",
        f"{stem}.3.1.4.1": 48,
        f"{stem}.6.1.2.36": b"7705 SAR-Hm",
        f"{stem}.6.1.2.48": b"7250 IXR-e",
    }
    found = seen(Answering(values))
    assert (found.model, found.version, found.evidence["model"]) == ("7250 IXR-e", "22.10.R11", f"{stem}.6.1.2.48")


def test_a_number_where_the_maker_belongs_is_no_maker() -> None:
    rules = load_rules()
    part = Component(
        index="1", cls="chassis", model="SG-9", serial="AB12345", vendor="UN344269584", where={"vendor": "x"}
    )
    answers = Answers({"1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.2544.1"}, parts=(part,))
    assert recognise(rules, None, answers).vendor == "ADVA"


ARCS = ["9.1.1", "2636.1", "11.2.3.7.11.1", "2011.2.23.1", "99999999999", "8072.3.2.10"]


@given(st.binary(max_size=3000), st.sampled_from(ARCS))
def test_no_sysdescr_breaks_recognition(text: bytes, arc: str) -> None:
    found = seen(Answering({"1.3.6.1.2.1.1.1.0": text, "1.3.6.1.2.1.1.2.0": f"1.3.6.1.4.1.{arc}"}))
    for value in (found.model, found.version, found.serial, found.sys_descr):
        assert value is None or (value.isprintable() and value.strip() == value)


def test_a_source_can_join_groups_and_raise_them() -> None:
    text = """
    [[platform]]
    name = "acme"
    match = [{ sysObjectID = "1.3.6.1.4.1.99999" }]
    version = [{ sysDescr = 'v(\\d+) patch (\\d+)', as = "{} ({})" }]
    model = [{ sysDescr = '^(\\S+)', as = "Acme {}", upper = true }]
    """
    rules = parse_rules({"acme.toml": text})
    found = recognise(rules, rules.platform("acme"), Answers({"1.3.6.1.2.1.1.1.0": b"ax9 v7 patch 3"}))
    assert (found.version, found.model, found.serial) == ("7 (3)", "ACME AX9", None)


def test_a_product_on_a_bare_operating_system_is_read_below_its_makers_number() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Linux box 5.4.291 #1 SMP mips",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
        "1.3.6.1.4.1.2021.4.1.0": 0,
        "1.3.6.1.4.1.8072.1.2.1.1.4.0": 7,
        "1.3.6.1.4.1.53973.1.1.0": b"PX-200",
        "1.3.6.1.4.1.53973.1.2.0": b"AB12345678",
        "1.3.6.1.4.1.53973.1.3.0": b"3.2.1",
    }
    found = seen(Answering(values))
    assert (found.vendor, found.model, found.serial, found.version) == (
        "ABB Power Protection",
        "PX-200",
        "AB12345678",
        "3.2.1",
    )


def test_a_bracket_that_nothing_opened_is_no_part_of_a_version() -> None:
    assert version_in("SonicWALL (SonicOS Enhanced 5.9.1.6-5o)") == "5.9.1.6-5o"
    assert version_in("Software Version 15.0(2)SE11") == "15.0(2)SE11"


def test_a_rule_whose_objects_are_those_of_other_products_hides_nothing() -> None:
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"AT-GS900/8 Gigabit Ethernet Switch",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.207.1.4.999",
        "1.3.6.1.4.1.207.1.4.999.81.1.1.0": b"GS900-8",
        "1.3.6.1.4.1.207.1.4.999.81.1.3.0": b"1.00.043",
    }
    assert seen(Answering(values)).version == "1.00.043"
    values["1.3.6.1.4.1.207.8.4.4.4.500.2.1.1.0"] = b"5.4.8"
    assert seen(Answering(values)).version == "5.4.8"


def test_a_family_that_its_vendors_rule_does_not_know_is_read_by_its_shape() -> None:
    text = f"""
    [[platform]]
    name = "acme"
    kind = "switch"
    match = [{{ sysObjectID = "{UNKNOWN}" }}]
    only = ["model", "version"]
    serial = [{{ object = "ACME-MIB::sn", oid = "{UNKNOWN}.1.1.0" }}]
    model = [{{ object = "ACME-MIB::model", oid = "{UNKNOWN}.1.2.0" }}]
    """
    rules = parse_rules({"acme.toml": text})
    values: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": b"Acme appliance",
        "1.3.6.1.2.1.1.2.0": f"{UNKNOWN}.7",
        f"{UNKNOWN}.1.1.0": b"AB1234567",
        f"{UNKNOWN}.7.1.0": b"QX-40",
        f"{UNKNOWN}.7.2.0": b"2.4.17",
    }

    def told() -> tuple[str | None, str | None, str | None]:
        found = asyncio.run(survey(Answering(values), rules, target="t", address="192.0.2.1", at=AT))
        return found.model, found.serial, found.version

    assert told() == ("QX-40", "AB1234567", "2.4.17")
    values[f"{UNKNOWN}.1.2.0"] = b"Acme One"
    assert told() == ("Acme One", "AB1234567", None)


def test_a_sysdescr_that_is_nothing_but_a_version() -> None:
    assert version_in("1.00(AAJZ.16)C0") == "1.00(AAJZ.16)C0"
    assert version_in("3.5 (something)") is None
