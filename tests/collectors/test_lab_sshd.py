"""The simulated shells, asked by netmiko and read by ntc-templates."""

from __future__ import annotations

import asyncio
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from netmiko.exceptions import NetmikoAuthenticationException
from ntc_templates.parse import parse_output

from collectors.lab.plan import Plan, Planned, load_plan
from collectors.lab.sshd import SshDevice, known_host, serve_ssh, ssh_device
from config.errors import EstateError
from tests.collectors.lab_fixtures import shell


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


def ssh_devices(plan: Plan) -> list[Planned]:
    return [device for device in plan.devices if device.screens]


def test_every_screen_comes_through_netmiko_and_parses(plan: Plan, tmp_path: Path) -> None:
    def ask(device: SshDevice, serving: Any) -> dict[str, Any]:
        with shell(serving, device.platform, "knock knock", tmp_path / f"{device.name}.hosts") as connection:
            assert connection.base_prompt.endswith(device.name)
            screens = {command: connection.send_command(command) for command in device.screens}
            assert "nvalid input" in (refusal := connection.send_command("show secrets")) or "unknown" in refusal
        return screens

    async def ask_all() -> dict[str, dict[str, Any]]:
        devices = [
            SshDevice(item.name, plan.shells[item.platform], plan.screens(item), password="knock knock")
            for item in ssh_devices(plan)
        ]
        async with serve_ssh(devices) as running_devices:
            loop, pairs = asyncio.get_running_loop(), zip(devices, running_devices, strict=True)
            # threads of our own: the servers need the loop's, which six blocking clients would fill
            with ThreadPoolExecutor(len(devices)) as pool:
                answers = await asyncio.gather(*(loop.run_in_executor(pool, ask, *pair) for pair in pairs))
        return {device.name: screens for device, screens in zip(devices, answers, strict=True)}

    answers = asyncio.run(ask_all())
    parse: Any = parse_output  # it has no types
    assert len(answers) >= 3
    for device in ssh_devices(plan):
        for command, screen in answers[device.name].items():
            records = parse(platform=plan.shells[device.platform], command=command, data=screen)
            assert records, f"{device.name}: {command}"
            if command == "show version":
                assert records[0]["hostname" if "hostname" in records[0] else "model"] in (
                    device.name,
                    "DCS-7050SX3-48YC8-F",
                )


def test_ssh_refuses_a_wrong_password(tmp_path: Path) -> None:
    async def ask() -> None:
        async with ssh_device(SshDevice("sw-1", "cisco_ios", {}, password="right")) as serving:
            with pytest.raises(NetmikoAuthenticationException):
                await asyncio.to_thread(shell, serving, "cisco_ios", "wrong", tmp_path / "hosts")

    asyncio.run(ask())


def test_a_session_can_end_in_the_middle_of_a_screen(tmp_path: Path) -> None:
    def ask(serving: Any) -> None:
        connection = shell(serving, "cisco_ios", "right", tmp_path / "hosts")
        assert "one" in connection.send_command("show one")
        with pytest.raises(Exception, match=r"(?i)pattern not detected|closed|socket|EOF"):
            connection.send_command("show two", read_timeout=1)

    async def serve_it() -> None:
        screens = {"show one": "one\n", "show two": "two\n" * 50}
        async with ssh_device(SshDevice("sw-1", "cisco_ios", screens, password="right", cut="show two")) as serving:
            await asyncio.to_thread(ask, serving)

    asyncio.run(serve_it())


def test_host_keys_outlive_a_run_only_in_a_private_file(tmp_path: Path) -> None:
    async def key(state: Path | None) -> str:
        async with serve_ssh([SshDevice("sw-1", "cisco_ios", {}, password="right")], state) as (serving,):
            return str(serving.known_host.split()[2])

    assert asyncio.run(key(tmp_path)) == asyncio.run(key(tmp_path))
    assert asyncio.run(key(None)) != asyncio.run(key(None))
    assert stat.S_IMODE((tmp_path / "sw-1.key").stat().st_mode) == 0o600


def test_known_hosts_lines_carry_the_port_unless_it_is_22() -> None:
    assert known_host("127.0.0.1", 22, "ssh-ed25519", "AAAA") == "127.0.0.1 ssh-ed25519 AAAA"
    assert known_host("127.0.0.1", 2200, "ssh-ed25519", "AAAA") == "[127.0.0.1]:2200 ssh-ed25519 AAAA"


def test_without_asyncssh_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start() -> None:
        async with ssh_device(SshDevice("sw-1", "cisco_ios", {}, password="right")):
            pass

    monkeypatch.setitem(sys.modules, "asyncssh", None)
    with pytest.raises(EstateError, match=r"estate-evergreen\[lab\]"):
        asyncio.run(start())


def test_a_client_that_stays_is_hung_up_on_when_the_device_stops() -> None:
    async def stay() -> bytes:
        device = SshDevice("sw-1", "cisco_ios", {}, password="knock knock")
        async with ssh_device(device) as serving:
            reader, writer = await asyncio.open_connection(serving.address, serving.port)
            assert (await reader.readline()).startswith(b"SSH-2.0")
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    asyncio.run(stay())
