"""From screens to an Observation, for every platform with an ``ssh`` table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from collectors.observation import Component, Observation, Outcome
from collectors.platforms import Platform
from collectors.rule_files import load_rules
from collectors.shell import survey_shell
from collectors.shell_table import shell_of
from collectors.ssh_drivers import driver, permitted
from collectors.transport import TransportError

AT = dt.datetime(2026, 11, 22, 2, 15, tzinfo=dt.UTC)
WITH_SSH = sorted(name for name, platform in load_rules().platforms.items() if platform.ssh)

SCREENS = {
    "cisco-ios": {
        "show version": """
Cisco IOS Software, C3750E Software (C3750E-UNIVERSALK9-M), Version 12.2(55)SE3, RELEASE SOFTWARE (fc1)
sw1 uptime is 1 year, 2 weeks
cisco WS-C3750X-48P (PowerPC405) processor (revision A0) with 262144K bytes of memory.
Processor board ID FDO1634A0QQ
""",
        "show inventory": """
NAME: "1", DESCR: "WS-C3750X-48P"
PID: WS-C3750X-48P     , VID: V02  , SN: FDO1634A0QQ

NAME: "Switch 1 - Power Supply 0", DESCR: "FRU Power Supply"
PID: C3KX-PWR-715WAC   , VID: V01  , SN: LIT16310QQQ

NAME: "GigabitEthernet1/1/1", DESCR: "1000BaseSX SFP"
PID:                   , VID:      , SN: AGM1550QQQ
""",
    },
    "cisco-nx-os": {
        "show version": """
Software
  BIOS:      version 3.6.0
  system:    version 5.2(1)N1(4)
Hardware
  cisco Nexus5548 Chassis ("O2 32X10GE/Modular Supervisor")
  Processor Board ID FOC16290QQQ
  Device name: nx1
Kernel uptime is 100 day(s), 1 hour(s), 2 minute(s), 3 second(s)
  Reason: Reset Requested by CLI command reload
""",
        "show inventory": """
NAME: "Chassis", DESCR: "Nexus5548 Chassis"
PID: N5K-C5548UP         , VID: V01 , SN: SSI16290QQQ

NAME: "Fan 1", DESCR: "Chassis fan module"
PID: N5548P-FAN          , VID: N/A , SN: N/A
""",
    },
    "cisco-asa": {
        "show version": """
Cisco Adaptive Security Appliance Software Version 9.8(4)
Device Manager Version 7.12(2)

System image file is "disk0:/asa984-smp-k8.bin"

fw1 up 99 days 2 hours

Hardware:   ASA5525, 8192 MB RAM, CPU Lynnfield 2393 MHz, 1 CPU (4 cores)
Serial Number: FCH1717J8QQ
""",
        "show inventory": """
Name: "Chassis", DESCR: "ASA 5525-X with SW, 8 GE Data, 1 GE Mgmt"
PID: ASA5525           , VID: V01     , SN: FTX1717A0QQ

Name: "power supply 0", DESCR: "ASA 5525-X AC Power Supply"
PID: ASA-PWR-AC        , VID: N/A     , SN: 47K1E0QQ
""",
    },
    "hpe-procurve": {
        "show system": """
 Status and Counters - General System Information

  System Name        : sw2
  System Contact     : Network
  System Location    : Depot

  Software revision  : W.15.14.0012         Base MAC Addr      : 009c02-aabbcc
  ROM Version        : W.14.06              Serial Number      : SG23FLX0QZ

  Up Time            : 33 days              Memory   - Total   : 128,449,536
                                                       Missed  : 0
""",
        "show lldp info local-device": """
 LLDP Local Device Information

  Chassis Type : mac-address
  System Name  : sw2
  System Description : HP J9148A 2910al-48G-PoE Switch, revision W.15.14.0012, ROM W.14.06

 LLDP Port Information

  Port     PortType PortId   PortDesc
  -------- -------- -------- --------
  1        local    1        1
""",
    },
    "paloalto-panos": {
        "show system info": """
hostname: fw3
family: 5000
model: PA-5050
serial: 0009C100218
sw-version: 8.1.19
operational-mode: normal
""",
    },
    "fortigate": {
        "get system status": """
Version: FortiGate-100F v7.0.12,build0523,230606 (GA.M)
Serial-Number: FG100FTK20000001
Hostname: fw2
System time: Sun Nov 22 03:00:00 2026
""",
    },
}

IDENTITY = {
    "cisco-ios": ("WS-C3750X-48P", "WS-C3750X-48P", "FDO1634A0QQ", "12.2(55)SE3", "sw1", "switch"),
    "cisco-nx-os": ("N5K-C5548UP", "N5K-C5548UP", "SSI16290QQQ", "5.2(1)N1(4)", "nx1", "switch"),
    "cisco-asa": ("ASA5525", "ASA5525", "FCH1717J8QQ", "9.8(4)", "fw1", "firewall"),
    "hpe-procurve": ("2910al-48G-PoE", "J9148A", "SG23FLX0QZ", "W.15.14.0012", "sw2", "switch"),
    "paloalto-panos": ("PA-5050", "PA-5050", "0009C100218", "8.1.19", "fw3", "firewall"),
    "fortigate": ("FortiGate-100F", None, "FG100FTK20000001", "7.0.12", "fw2", "firewall"),
}


class Paper:
    """A shell transport whose screens stand on paper; an exception in place of a screen is raised."""

    name = "ssh"

    def __init__(self, screens: Mapping[str, str | TransportError]) -> None:
        self.screens = screens
        self.asked: list[str] = []

    def show(self, command: str) -> str:
        """The screen, as a device would print it."""
        self.asked.append(command)
        screen = self.screens.get(command, "% Invalid input detected at '^' marker.")
        if isinstance(screen, TransportError):
            raise screen
        return screen


def platform_named(name: str) -> Platform:
    platform = load_rules().platform(name)
    assert platform is not None
    return platform


def surveyed(name: str, screens: Mapping[str, str | TransportError]) -> Observation:
    return survey_shell(Paper(screens), platform_named(name), target="a", address="192.0.2.1", at=AT)


@pytest.mark.parametrize("name", WITH_SSH)
def test_every_table_names_a_driver_and_only_shows(name: str) -> None:
    shell = shell_of(platform_named(name))
    assert shell is not None
    assert driver(shell.driver)
    assert all(permitted(screen.command) for screen in shell.screens)


@pytest.mark.parametrize("name", sorted(IDENTITY))
def test_a_device_says_what_it_is(name: str) -> None:
    seen = surveyed(name, SCREENS[name])
    assert (seen.model, seen.part_number, seen.serial, seen.version, seen.sys_name, seen.kind) == IDENTITY[name]
    assert seen.outcome is Outcome.ANSWERED
    assert seen.platform == name
    assert set(seen.evidence) >= {"model", "serial", "version"}
    assert {seen.evidence["serial"], seen.evidence["version"]} <= {*SCREENS[name]}
    assert [(section.name, section.complete) for section in seen.sections] == [("ssh", True)]
    assert Observation.from_dict(seen.to_dict()) == seen


def parts(name: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(item.cls, item.name, item.part_number, item.serial) for item in surveyed(name, SCREENS[name]).components]


def test_inventory_becomes_components() -> None:
    assert parts("cisco-ios") == [
        ("chassis", "1", "WS-C3750X-48P", "FDO1634A0QQ"),
        ("powerSupply", "Switch 1 - Power Supply 0", "C3KX-PWR-715WAC", "LIT16310QQQ"),
        ("module", "GigabitEthernet1/1/1", None, "AGM1550QQQ"),
    ]
    assert parts("cisco-nx-os")[1] == ("fan", "Fan 1", "N5548P-FAN", None)
    supply = surveyed("cisco-asa", SCREENS["cisco-asa"]).components[1]
    assert supply == Component(
        index="powerSupply:power supply 0", cls="powerSupply", parent="chassis:Chassis", name="power supply 0",
        description="ASA 5525-X AC Power Supply", model="ASA-PWR-AC", part_number="ASA-PWR-AC", serial="47K1E0QQ",
        where=dict.fromkeys(("name", "description", "model", "part_number", "serial"), "show inventory"),
    )  # fmt: skip


def test_the_same_screens_give_the_same_indexes() -> None:
    twice = SCREENS["cisco-asa"]["show inventory"] + SCREENS["cisco-asa"]["show inventory"].replace("47K1E", "47K1F")
    seen = surveyed("cisco-asa", SCREENS["cisco-asa"] | {"show inventory": twice})
    assert [item.index for item in seen.components] == [
        "chassis:Chassis", "powerSupply:power supply 0", "powerSupply:power supply 0#2",
    ]  # fmt: skip


def test_a_screen_that_cannot_be_read_is_no_empty_table() -> None:
    seen = surveyed("cisco-ios", {"show version": SCREENS["cisco-ios"]["show version"]})
    assert seen.outcome is Outcome.PARTIAL
    assert seen.serial == "FDO1634A0QQ"
    assert seen.sections[0].complete is False
    assert "'show inventory' is unknown to the device, or not allowed to this login" in seen.reason
    assert 'it printed "% Invalid input' in seen.reason


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        (
            "% Invalid input detected at '^' marker.",
            "unknown to the device, or not allowed to this login (privilege missing)",
        ),
        ("unknown command.", "unknown to the device, or not allowed to this login (privilege missing)"),
        ("Command authorization failed.", "not allowed to this login (privilege missing)"),
        ("% Permission denied for the role", "not allowed to this login (privilege missing)"),
        ("Error: You do not have permission to run the command.", "not allowed to this login (privilege missing)"),
    ],
)
def test_a_device_that_refuses_every_command(printed: str, why: str) -> None:
    seen = surveyed("cisco-ios", {"show version": printed, "show inventory": printed})
    assert seen.outcome is Outcome.DENIED
    assert seen.serial is None
    assert f"'show version' is {why}: it printed" in seen.reason


def test_a_device_that_prints_something_else_has_failed() -> None:
    seen = surveyed("cisco-ios", {"show version": "good morning", "show inventory": ""})
    assert seen.outcome is Outcome.FAILED
    assert "'show version' cannot be read: it printed 'good morning'" in seen.reason


def test_a_screen_that_is_cut_off_ends_the_questions() -> None:
    paper = Paper({"show version": TransportError(Outcome.PARTIAL, "cut")})
    seen = survey_shell(paper, platform_named("cisco-ios"), target="a", address="192.0.2.1", at=AT)
    assert (seen.outcome, seen.reason) == (Outcome.PARTIAL, "cut")
    assert paper.asked == ["show version"]


def test_a_refusal_is_passed_on() -> None:
    with pytest.raises(TransportError):
        surveyed("cisco-ios", {"show version": TransportError(Outcome.REFUSED, "no")})


def test_what_a_device_prints_is_bounded_and_clean() -> None:
    seen = surveyed("cisco-ios", {"show version": "\x1b[2J" * 5000, "show inventory": "x" * 100_000})
    assert seen.outcome is Outcome.FAILED
    assert len(seen.reason) < 700
    assert "\x1b" not in seen.reason


@pytest.mark.parametrize(
    "table",
    [
        {"driver": "cisco_ios", "screens": [{"command": "show version", "colour": "x"}]},
        {"driver": "cisco_ios", "screens": [{"command": "show version", "parts": [{"class": "biscuit"}]}]},
    ],
)
def test_a_table_with_what_nobody_reads_is_refused(table: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="cisco-ios: ssh"):
        shell_of(replace(platform_named("cisco-ios"), ssh=table))


def test_a_platform_without_a_table() -> None:
    bare = replace(platform_named("cisco-ios"), ssh=None)
    assert shell_of(bare) is None
    with pytest.raises(ValueError, match="has no ssh table"):
        survey_shell(Paper({}), bare, target="a", address="192.0.2.1", at=AT)
