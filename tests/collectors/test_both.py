"""One device asked over SNMP and SSH, both real and on loopback: what is folded, what is kept, and each failure."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from collectors.credentials import Credential
from collectors.lab.agent import Agent, serve
from collectors.lab.sshd import SshDevice, known_host, serve_ssh
from collectors.observation import Observation, Outcome
from collectors.poll import Poller
from collectors.rule_files import load_rules
from collectors.targets import Target, Way
from config.sections.asking import Snmp, Ssh

CREDENTIALS = {
    "snmp": Credential("snmp", "snmpv2c", secrets={"community": "env:COMMUNITY"}),
    "ssh": Credential("ssh", "ssh", "estate", secrets={"password": "env:SSH"}),
    "wrong": Credential("wrong", "ssh", "estate", secrets={"password": "env:WRONG"}),
}
BARE: dict[str, bytes | int | str] = {
    "1.3.6.1.2.1.1.1.0": b"Cisco IOS Software, C2960X Software (C2960X-M), Version 15.2(4)E7, RELEASE SOFTWARE (fc2)",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.1208",
    "1.3.6.1.2.1.1.3.0": 360000,
    "1.3.6.1.2.1.1.5.0": b"sw1.council.example",
}
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
CHASSIS: dict[str, bytes | int | str] = {
    f"{ENTITY}.2.1": b"WS-C2960X-48FPD-L", f"{ENTITY}.4.1": 0, f"{ENTITY}.5.1": 3, f"{ENTITY}.7.1": b"1",
    f"{ENTITY}.11.1": b"FOC1838X2GA", f"{ENTITY}.13.1": b"WS-C2960X-48FPD-L",
}  # fmt: skip
SCREENS = {
    "show version": "Cisco IOS Software, X Software (X-M), Version 15.2(4)E7, RELEASE SOFTWARE (fc2)\n"
    "sw1 uptime is 1 week\n"
    "cisco WS-C2960X-48FPD-L (APM86XXX) processor with 524288K bytes of memory.\nProcessor board ID FOC1838X2GA\n",
    "show inventory": 'NAME: "1", DESCR: "WS-C2960X-48FPD-L"\nPID: WS-C2960X-48FPD-L , VID: V03  , SN: FOC1838X2GA\n\n'
    'NAME: "Power Supply A", DESCR: "Power supply"\nPID: PWR-C2-640WAC    , VID: V01  , SN: LIT1801ABCD\n',
}
NEWER = SCREENS | {"show version": SCREENS["show version"].replace("15.2(4)E7", "15.2(7)E3")}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMMUNITY", "SSH", "WRONG"):
        monkeypatch.setenv(name, f"canary-{name.lower()}")


def polled(
    folder: Path,
    objects: Mapping[str, bytes | int | str] | None,
    screens: Mapping[str, str] = SCREENS,
    *,
    login: str = "ssh",
    cut: str | None = None,
    key: str = "its own",
    beside: str = "missing",
    platform: str | None = None,
    transport: str = "auto",
) -> Observation:
    """Ask a device over both; ``objects`` None is an SNMP port that never answers."""

    async def run() -> Observation:
        agents = [] if objects is None else [Agent("sw1", objects, community="canary-community")]
        shell = SshDevice("sw1", "cisco_ios", screens, password="canary-ssh", cut=cut)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            async with serve(agents) as snmp, serve_ssh([shell]) as (ssh,):
                other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2]
                line = ssh.known_host if key == "its own" else known_host(ssh.address, ssh.port, *other)
                (folder / "known_hosts").write_text(f"{line}\n", encoding="utf-8")
                port = snmp[0].port if snmp else silent.getsockname()[1]
                tags = (f"platform={platform}",) if platform else ()
                target = Target("127.0.0.1", "sw1", "hall", None, "snmp", transport, port, tags, "targets.csv:2")
                target = replace(target, others=(Way(login, ssh.port),))
                settings = Ssh(timeout=4, beside_snmp=beside)
                poller = Poller(load_rules(), CREDENTIALS, folder, Snmp(timeout=0.2, retries=1), settings)
                try:
                    return await poller.poll(target)
                finally:
                    await poller.close()

    return asyncio.run(run())


def test_ssh_fills_in_what_snmp_leaves_unknown(tmp_path: Path) -> None:
    seen = polled(tmp_path, BARE)
    assert (seen.outcome, seen.transport, seen.reason) == (Outcome.ANSWERED, "snmp+ssh", "")
    assert (seen.serial, seen.evidence["serial"]) == ("FOC1838X2GA", "show version")
    assert (seen.version, seen.evidence["version"]) == ("15.2(4)E7", "1.3.6.1.2.1.1.1.0")
    assert {part.serial for part in seen.components} == {"FOC1838X2GA", "LIT1801ABCD"}
    assert seen.sys_name == "sw1.council.example"
    assert seen.disagreements == ()
    assert list(seen.screens) == ["show version", "show inventory"]
    assert Observation.from_dict(seen.to_dict()) == seen


def test_nobody_logs_in_where_snmp_says_all(tmp_path: Path) -> None:
    seen = polled(tmp_path, BARE | CHASSIS, login="wrong")
    assert (seen.outcome, seen.transport) == (Outcome.ANSWERED, "snmp")
    assert seen.section("ssh") is None


def test_what_only_ssh_lists_hangs_below_its_box_and_nothing_stands_twice(tmp_path: Path) -> None:
    seen = polled(tmp_path, BARE | CHASSIS, beside="always")
    assert [(part.serial, part.parent) for part in seen.components] == [("FOC1838X2GA", None), ("LIT1801ABCD", "1")]
    box = seen.components[0]
    assert (box.hardware_revision, box.where["hardware_revision"]) == ("V03", "show inventory")
    assert box.where["serial"] == f"{ENTITY}.11.1"


def test_a_disagreement_is_kept_and_snmp_wins(tmp_path: Path) -> None:
    seen = polled(tmp_path, BARE | CHASSIS, NEWER, beside="always")
    assert (seen.outcome, seen.version) == (Outcome.ANSWERED, "15.2(4)E7")
    (one,) = seen.disagreements
    assert one.sentence == ("sw1 version: 15.2(4)E7 (1.3.6.1.2.1.1.1.0), but 15.2(7)E3 (show version)")
    assert Observation.from_dict(seen.to_dict()) == seen


def test_a_setting_keeps_ssh_away(tmp_path: Path) -> None:
    seen = polled(tmp_path, BARE, beside="never")
    assert (seen.transport, seen.serial) == ("snmp", None)


def test_one_transport_can_be_asked_for(tmp_path: Path) -> None:
    seen = polled(tmp_path, BARE, transport="ssh", platform="cisco-ios")
    assert (seen.outcome, seen.transport, seen.serial) == (Outcome.ANSWERED, "ssh", "FOC1838X2GA")


def test_ssh_answers_for_a_silent_agent(tmp_path: Path) -> None:
    seen = polled(tmp_path, None, platform="cisco-ios")
    assert seen.outcome is Outcome.PARTIAL
    assert seen.reason.startswith("SNMP silent: ")
    assert (seen.serial, seen.version) == ("FOC1838X2GA", "15.2(4)E7")
    assert {item.name for item in seen.sections if not item.complete} == {"system", "entity", "vendor"}


def test_a_silent_agent_of_an_unknown_platform_is_not_tried(tmp_path: Path) -> None:
    seen = polled(tmp_path, None)
    assert seen.outcome is Outcome.FAILED
    assert "SNMP silent: " in seen.reason
    assert "SSH failed: its tags name no platform, and SNMP recognised none" in seen.reason


def test_a_platform_without_ssh_is_not_tried(tmp_path: Path) -> None:
    unknown: dict[str, bytes | int | str] = {
        "1.3.6.1.2.1.1.1.0": b"Toaster",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.64999.1",
    }
    seen = polled(tmp_path, unknown)
    assert seen.outcome is Outcome.PARTIAL
    section = seen.section("ssh")
    assert section is not None
    assert not section.complete
    assert "cannot be asked over SSH: write platform=NAME" in section.reason


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"login": "wrong"}, "SSH refused: .*login refused"),
        ({"key": "another"}, "SSH hostkey: .*but approved is"),
        ({"cut": "show inventory"}, "SSH partial: 'show inventory' was cut off"),
        ({"screens": {}}, "SSH denied: .*privilege missing"),
    ],
)
def test_ssh_fails_beside_an_agent_that_answers(tmp_path: Path, options: dict[str, str], text: str) -> None:
    seen = polled(tmp_path, BARE | CHASSIS, beside="always", **options)  # type: ignore[arg-type] # keywords of polled
    assert seen.outcome is Outcome.PARTIAL
    assert re.search(text, seen.reason)
    assert "canary" not in repr(seen)
    complete = {item.name: item.complete for item in seen.sections}
    assert complete == {"system": True, "entity": True, "vendor": True, "ssh": False}
    assert (seen.serial, seen.version, seen.model) == ("FOC1838X2GA", "15.2(4)E7", "WS-C2960X-48FPD-L")
