"""One target to one Observation: every failure an outcome, and no secret in any of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from collectors.credentials import Credential
from collectors.lab.agent import Agent, User, serve
from collectors.lab.sshd import SshDevice, serve_ssh
from collectors.logins import REFUSALS, Logins
from collectors.observation import Observation, Outcome
from collectors.poll import Poller
from collectors.rule_files import load_rules
from collectors.targets import Target
from collectors.transport import TransportError
from config.sections.asking import Snmp, Ssh

CANARY = "canary-7f3a"
PASSWORDS = {
    "COMMUNITY": f"{CANARY}-community", "AUTH": f"{CANARY}-auth", "PRIV": f"{CANARY}-priv", "SSH": f"{CANARY}-ssh",
    "WRONG": f"{CANARY}-wrong", "SHORT": CANARY[:7],
}  # fmt: skip
V3 = {"auth_password": "env:AUTH", "priv_password": "env:PRIV"}
CREDENTIALS = {
    item.name: item
    for item in (
        Credential("v2c", "snmpv2c", secrets={"community": "env:COMMUNITY"}),
        Credential("v2c-wrong", "snmpv2c", secrets={"community": "env:WRONG"}),
        Credential("v2c-unset", "snmpv2c", secrets={"community": "env:NOT_SET"}),
        Credential("v3", "snmpv3", "estate", "SHA-256", "AES-128", secrets=V3),
        Credential("v3-user", "snmpv3", "nobody", "SHA-256", "AES-128", secrets=V3),
        Credential("v3-auth", "snmpv3", "estate", "SHA-256", "AES-128", secrets=V3 | {"auth_password": "env:WRONG"}),
        Credential("v3-priv", "snmpv3", "estate", "SHA-256", "AES-128", secrets=V3 | {"priv_password": "env:WRONG"}),
        Credential("v3-short", "snmpv3", "estate", "SHA-256", "AES-128", secrets=V3 | {"auth_password": "env:SHORT"}),
        Credential("ssh", "ssh", "estate", secrets={"password": "env:SSH"}),
        Credential("ssh-wrong", "ssh", "estate", secrets={"password": "env:WRONG"}),
        Credential("ssh-file", "ssh", "estate", secrets={"password": "file:open-to-all"}),
    )
}

SYSTEM: dict[str, bytes | int | str] = {
    "1.3.6.1.2.1.1.1.0": b"Cisco IOS Software, C3560 Software (C3560-IPBASEK9-M), Version 12.2(55)SE5, RELEASE",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.617",
    "1.3.6.1.2.1.1.3.0": 360000,
}


def part(row: int) -> dict[int, bytes | int | str]:
    """A row of entPhysicalTable: column to value."""
    return {
        2: b"part", 4: min(row - 1, 1), 5: 3 if row == 1 else 9, 6: row, 7: b"unit %d" % row,
        11: b"FDO1634A0%02d" % row, 13: b"WS-C3560-24TS-S" if row == 1 else b"",
    }  # fmt: skip


CHASSIS = {
    f"1.3.6.1.2.1.47.1.1.1.1.{column}.{row}": value for row in range(1, 31) for column, value in part(row).items()
}
SCREENS = {
    "show version": "Cisco IOS Software, X Software (X-M), Version 15.2(4)E7, RELEASE SOFTWARE (fc2)\n"
    "cisco WS-C2960X-48FPD-L (APM86XXX) processor with 524288K bytes of memory.\nProcessor board ID FOC1838X2GA\n",
    "show inventory": 'NAME: "1", DESCR: "WS-C2960X-48FPD-L"\nPID: WS-C2960X-48FPD-L , VID: V03  , SN: FOC1838X2GA\n',
}


@dataclass
class Lab:
    """Running devices, and a poller for them."""

    ports: Mapping[str, int]
    poller: Poller

    def target(self, device: str, credential: str, transport: str = "auto", site: str = "here") -> Target:
        """A row of targets.csv for a device of the lab."""
        tags = ("platform=cisco-ios",)
        return Target("127.0.0.1", device, site, None, credential, transport, self.ports[device], tags, "targets.csv:2")


@contextlib.asynccontextmanager
async def lab(folder: Path, snmp: Snmp, ssh: Ssh) -> AsyncIterator[Lab]:
    user = User("estate", PASSWORDS["AUTH"], PASSWORDS["PRIV"])
    objects = SYSTEM | CHASSIS
    agents = [
        Agent("v2c", objects, community=PASSWORDS["COMMUNITY"]),
        Agent("cut", objects, community=PASSWORDS["COMMUNITY"], drop_after=9),
        Agent("v3", objects, community=None, user=user),
    ]
    shells = [
        SshDevice("ssh", "cisco_ios", SCREENS, password=PASSWORDS["SSH"]),
        SshDevice("unknown", "cisco_ios", SCREENS, password=PASSWORDS["SSH"]),
        SshDevice("denied", "cisco_ios", {}, password=PASSWORDS["SSH"]),
        SshDevice("cut-shell", "cisco_ios", SCREENS, password=PASSWORDS["SSH"], cut="show inventory"),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, socket.create_server(("127.0.0.1", 0)) as mute:
        silent.bind(("127.0.0.1", 0))
        async with serve(agents) as snmp_devices, serve_ssh(shells) as ssh_devices:
            known = [device.known_host for device in ssh_devices if device.name != "unknown"]
            (folder / "known_hosts").write_text("\n".join([*known, ""]), encoding="utf-8")
            poller = Poller(load_rules(), CREDENTIALS, folder, snmp, ssh)
            ports = {device.name: device.port for device in snmp_devices}
            ports |= {device.name: device.port for device in ssh_devices}
            ports |= {"silent": silent.getsockname()[1], "mute": mute.getsockname()[1]}
            try:
                yield Lab(ports, poller)
            finally:
                await poller.close()


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in PASSWORDS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "open-to-all").write_text(CANARY, encoding="utf-8")
    (tmp_path / "open-to-all").chmod(0o644)


QUICK = Snmp(timeout=0.2, retries=1)
QUICK_SSH = Ssh(timeout=0.7)


def polled(
    folder: Path, *asked: tuple[str, str], snmp: Snmp = QUICK, ssh: Ssh = QUICK_SSH, transport: str = "auto"
) -> list[Observation]:
    async def run() -> list[Observation]:
        async with lab(folder, snmp, ssh) as running:
            targets = [running.target(device, credential, transport) for device, credential in asked]
            return list(await asyncio.gather(*(running.poller.poll(target) for target in targets)))

    return asyncio.run(run())


def test_devices_that_answer(tmp_path: Path) -> None:
    v2c, v3, ssh = polled(tmp_path, ("v2c", "v2c"), ("v3", "v3"), ("ssh", "ssh"), ssh=Ssh(timeout=5))
    assert {seen.outcome for seen in (v2c, v3, ssh)} == {Outcome.ANSWERED}
    assert [seen.transport for seen in (v2c, v3, ssh)] == ["snmp", "snmp", "ssh"]
    assert (v3.model, v3.serial, v3.version) == (v2c.model, v2c.serial, v2c.version)
    assert v2c.serial == "FDO1634A001"
    assert len(v2c.components) == 30
    assert (ssh.serial, ssh.model) == ("FOC1838X2GA", "WS-C2960X-48FPD-L")
    assert all(0 < seen.duration < 30 for seen in (v2c, v3, ssh))
    assert all(seen.at.utcoffset() is not None for seen in (v2c, v3, ssh))


FAILURES = [
    ("silent", "v2c", Outcome.SILENT, "no answer"),
    ("v2c", "v2c-wrong", Outcome.SILENT, "community"),
    ("v2c", "v2c-unset", Outcome.FAILED, "env:NOT_SET is not set"),
    ("v2c", "nope", Outcome.FAILED, "no credential 'nope'"),
    ("cut", "v2c", Outcome.PARTIAL, "stopped answering"),
    ("v3", "v3-user", Outcome.REFUSED, "wrong user name"),
    ("v3", "v3-auth", Outcome.REFUSED, "wrong password"),
    ("v3", "v3-priv", Outcome.REFUSED, "priv password"),
    ("v3", "v3-short", Outcome.FAILED, "shorter than 8"),
    ("ssh", "ssh-wrong", Outcome.REFUSED, "login refused"),
    ("ssh", "ssh-file", Outcome.FAILED, "chmod 600"),
    ("unknown", "ssh", Outcome.HOSTKEY, "nobody has approved"),
    ("denied", "ssh", Outcome.DENIED, "privilege missing"),
    ("cut-shell", "ssh", Outcome.PARTIAL, "'show inventory' was cut off"),
    ("mute", "ssh", Outcome.SILENT, "no session in time"),
]


def test_every_failure_is_an_outcome_without_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        seen = polled(tmp_path, *((device, credential) for device, credential, _, _ in FAILURES), ssh=Ssh(timeout=2))
    for one, (device, _, outcome, text) in zip(seen, FAILURES, strict=True):
        assert (one.target, one.outcome) == (device, outcome), one.reason
        assert text in one.reason
        assert one.duration >= 0
    assert CANARY not in json.dumps([one.to_dict() for one in seen])
    assert CANARY not in f"{seen!r}{CREDENTIALS!r}{caplog.text}{''.join(capsys.readouterr())}"


def test_a_cut_walk_keeps_what_it_read(tmp_path: Path) -> None:
    (seen,) = polled(tmp_path, ("cut", "v2c"))
    assert seen.platform is not None
    assert 0 < len(seen.components) < 30
    entity = seen.section("entity")
    assert entity is not None
    assert not entity.complete


def test_a_transport_that_the_credential_is_not_for(tmp_path: Path) -> None:
    (seen,) = polled(tmp_path, ("v2c", "v2c"), transport="ssh")
    assert (seen.outcome, seen.transport) == (Outcome.FAILED, "ssh")
    assert "ssh cannot use the credential 'v2c'" in seen.reason


def test_a_device_is_given_only_so_much_time(tmp_path: Path) -> None:
    (seen,) = polled(tmp_path, ("silent", "v2c"), snmp=Snmp(timeout=10, retries=5, device_seconds=0.3))
    assert seen.outcome is Outcome.SILENT
    assert seen.duration < 2


def test_ssh_targets_name_their_platform(tmp_path: Path) -> None:
    async def run() -> list[Observation]:
        async with lab(tmp_path, QUICK, QUICK_SSH) as running:
            target = running.target("ssh", "ssh")
            unnamed, unknown = replace(target, tags=()), replace(target, tags=("platform=toaster",))
            return [await running.poller.poll(unnamed), await running.poller.poll(unknown)]

    unnamed, unknown = asyncio.run(run())
    assert (unnamed.outcome, unknown.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert "its tags name no platform: write platform=NAME" in unnamed.reason
    assert "'toaster' cannot be asked over SSH" in unknown.reason


def test_a_surprise_of_our_own_does_not_end_the_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = load_rules()
    ios = rules.platforms["cisco-ios"]
    broken = replace(rules, platforms={**rules.platforms, "cisco-ios": replace(ios, ssh={"driver": CANARY})})

    async def run() -> Observation:
        async with lab(tmp_path, QUICK, QUICK_SSH) as running:
            poller = Poller(broken, CREDENTIALS, tmp_path, QUICK, QUICK_SSH)
            return await poller.poll(running.target("ssh", "ssh"))

    seen = asyncio.run(run())
    assert seen.outcome is Outcome.FAILED
    assert "estate itself failed" in seen.reason
    assert "KeyError at shell_table.py" in seen.reason
    assert CANARY not in seen.reason + "".join(capsys.readouterr())


# -------------------------------------------------------------------------------------------------- wrong passwords


def test_a_wrong_password_stops_for_its_site(tmp_path: Path) -> None:
    async def run() -> tuple[list[Observation], Observation, Observation]:
        async with lab(tmp_path, QUICK, Ssh(timeout=5)) as running:
            poll, target = running.poller.poll, running.target
            many = await asyncio.gather(*(poll(target("ssh", "ssh-wrong")) for _ in range(6)))
            return many, await poll(target("ssh", "ssh")), await poll(target("ssh", "ssh-wrong", site="there"))

    many, right, elsewhere = asyncio.run(run())
    assert {seen.outcome for seen in many} == {Outcome.REFUSED}
    assert sum("login refused" in seen.reason for seen in many) == REFUSALS
    assert sum("not tried: 3 devices at site here" in seen.reason for seen in many) == 6 - REFUSALS
    assert right.outcome is Outcome.ANSWERED
    assert "login refused" in elsewhere.reason


def test_logins_that_succeed_do_not_count() -> None:
    async def run() -> int:
        logins, inside, most = Logins(), 0, 0

        async def log_in() -> None:
            nonlocal inside, most
            async with logins.attempt("here", "ssh"):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        await asyncio.gather(*(log_in() for _ in range(20)))
        return most

    assert asyncio.run(run()) == REFUSALS


def test_silence_is_not_a_refusal() -> None:
    async def run() -> None:
        logins = Logins()
        for _ in range(10):
            with contextlib.suppress(TransportError):
                async with logins.attempt(None, "ssh"):
                    raise TransportError(Outcome.SILENT, "nobody")
        async with logins.attempt(None, "ssh"):
            pass

    asyncio.run(run())


def test_the_poller_alone_imports_no_protocol() -> None:
    code = "import sys, collectors.poll; print([m for m in ('pysnmp', 'netmiko', 'paramiko') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "[]"
