"""Every platform that is asked over SSH, end to end: a server that speaks its prompt, netmiko, the rule, an identity.

``screens/PLATFORM.toml`` holds the prompt, what the device is, and what its commands print; the serials are invented.
The server takes every command, so that what a driver types by itself is seen: it must change nothing but the session.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors.lab.sshd import known_host
from collectors.observation import Observation, Outcome
from collectors.rule_files import load_rules
from collectors.secrets import Secret
from collectors.shell import survey_shell
from collectors.shell_table import shell_of
from collectors.ssh import NetmikoTransport
from collectors.ssh_drivers import permitted
from config.sections.asking import Ssh
from tests.collectors.test_shell import AT, IDENTITY, WITH_SSH, platform_named, surveyed

FILES = {path.stem: path for path in (Path(__file__).parent / "screens").glob("*.toml")}
PASSWORD = "right-password"
# What drivers wait for after a command that steadies the session.
ECHOES = {
    "terminal width 511": "Width set to 511 columns.",
    "terminal length 0": "Pagination disabled.",
    "set cli screen-width 511": "Screen width set to 511",
    "set cli screen-length 0": "Screen length set to 0",
    "set cli complete-on-space off": "Disabling complete-on-space",
}


@dataclass
class Device:
    """A simulated device: what it prints, and what was typed to it."""

    prompt: str
    identity: Mapping[str, str]
    screens: Mapping[str, str]
    typed: list[str] = field(default_factory=list)

    async def session(self, process: asyncssh.SSHServerProcess[str]) -> None:
        """Prompt, echo and answer until the client leaves."""
        process.stdout.write(f"\r\n{self.prompt}")
        pending = ""
        while data := await process.stdin.read(1000):
            *lines, pending = re.split(r"\r\n|\r|\n", pending + data)
            for line in lines:
                command = line.strip()
                self.typed.append(command)
                said = (self.screens.get(command) or ECHOES.get(command, "")).replace("\n", "\r\n")
                process.stdout.write(f"{line}\r\n{said}\r\n{self.prompt}")
        process.exit(0)


def read(path: Path) -> Device:
    return Device(**tomllib.loads(path.read_text(encoding="utf-8")))


async def ask(name: str, device: Device, folder: Path, threads: ThreadPoolExecutor) -> Observation:
    class Login(asyncssh.SSHServer):
        """Takes the password."""

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username.removesuffix("+ct511w4098h"), password) == ("estate", PASSWORD)

    key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Login, server_host_keys=[key], process_factory=device.session, line_editor=False
    )
    approved = folder / name
    public = key.export_public_key().decode().split()[:2]
    approved.write_text(f"{known_host('127.0.0.1', acceptor.get_port(), *public)}\n", encoding="utf-8")
    shell = shell_of(platform_named(name))
    assert shell is not None

    def work() -> Observation:
        transport = NetmikoTransport(
            "127.0.0.1", acceptor.get_port(), user="estate", password=Secret(PASSWORD), device_type=shell.driver,
            approved=approved, settings=Ssh(timeout=30),
        )  # fmt: skip
        try:
            transport.open()
            return survey_shell(transport, platform_named(name), target=name, address="127.0.0.1", at=AT)
        finally:
            transport.close()

    try:
        return await asyncio.get_running_loop().run_in_executor(threads, work)
    finally:
        acceptor.close()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Device, Observation | BaseException]]:
    """What every device said, all asked at once: most of the time is netmiko's waiting."""
    folder = tmp_path_factory.mktemp("screens")
    devices = {name: read(path) for name, path in FILES.items()}

    async def run() -> list[Observation | BaseException]:
        with ThreadPoolExecutor(len(devices)) as threads:
            work = [ask(name, device, folder, threads) for name, device in devices.items()]
            said = await asyncio.gather(*work, return_exceptions=True)
        await asyncio.sleep(0.3)  # until the servers have seen everybody leave
        return said

    return dict(zip(devices, zip(devices.values(), asyncio.run(run()), strict=True), strict=True))


def identity(seen: Observation) -> dict[str, Any]:
    return {key: getattr(seen, key) for key in ("model", "part_number", "serial", "version", "sys_name", "kind")}


def expected(device: Device) -> dict[str, Any]:
    return dict.fromkeys(("model", "part_number", "serial", "version", "sys_name", "kind")) | dict(device.identity)


@pytest.mark.parametrize("name", sorted(FILES))
def test_screens_become_an_identity(name: str) -> None:
    device = read(FILES[name])
    seen = surveyed(name, device.screens)
    assert identity(seen) == expected(device)
    assert (seen.outcome, seen.reason) == (Outcome.ANSWERED, "")


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_session_reads_and_changes_nothing(
    name: str, asked: dict[str, tuple[Device, Observation | BaseException]]
) -> None:
    device, seen = asked[name]
    assert isinstance(seen, Observation), seen
    assert (identity(seen), seen.reason) == (expected(device), "")
    for line in device.typed:
        steadies = re.match(r"|terminal |set (terminal|cli|clienv) |no pag|skip-page|disable clipaging session", line)
        assert permitted(line) or steadies or line in {*device.screens, "enable", "cli"}, line


def test_every_platform_with_an_ssh_table_is_here() -> None:
    assert {*WITH_SSH} <= {*FILES} | {*IDENTITY}
    assert len(WITH_SSH) >= 22
    assert all(load_rules().platform(name) for name in FILES)
