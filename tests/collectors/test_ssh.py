"""The SSH transport against real SSH servers on loopback: the simulated devices, and some that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from collectors.lab.sshd import SshDevice, SshServing, known_host, ssh_device
from collectors.observation import Outcome
from collectors.secrets import Secret
from collectors.ssh import NetmikoTransport
from collectors.ssh_drivers import GuardedChannel, permitted
from collectors.ssh_offer import offered_algorithms
from collectors.transport import TransportError
from config.sections.asking import Ssh

PASSWORD = "right-password"
CANARY = "wrong-canary-password"
VERSION = "Cisco IOS Software, Version 15.2(4)E7\nProcessor board ID FOC1838X2GA\n"
DEVICE = SshDevice("sw1", "cisco_ios", {"show version": VERSION}, password=PASSWORD)
QUICK = Ssh(timeout=3)


def transport(
    place: SshServing, folder: Path, *, password: str = PASSWORD, settings: Ssh = QUICK, **options: Any
) -> NetmikoTransport:
    options.setdefault("device_type", "cisco_ios")
    known = folder / "known_hosts"
    return NetmikoTransport(
        place.address, place.port, user="estate", password=Secret(password), approved=known, settings=settings,
        **options,
    )  # fmt: skip


Question = Callable[[SshServing], NetmikoTransport]


def ask(device: SshDevice, folder: Path, *, line: str | None = None, **options: Any) -> str:
    """The screen of ``show version`` of a simulated device; ``line`` stands in known_hosts in place of its own."""

    async def run() -> str:
        async with ssh_device(device) as place:
            known = place.known_host if line is None else line.replace("HOST", f"[{place.address}]:{place.port}")
            (folder / "known_hosts").write_text(f"{known}\n", encoding="utf-8")
            try:
                return await asyncio.to_thread(screen_of, transport(place, folder, **options))
            finally:
                await asyncio.sleep(0.3)  # until the server has seen us leave

    return asyncio.run(run())


def screen_of(session: NetmikoTransport, command: str = "show version") -> str:
    try:
        return session.show(command)
    finally:
        session.close()


def failure(device: SshDevice, folder: Path, **options: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        ask(device, folder, **options)
    return caught.value


# -------------------------------------------------------------------------------------------- what the device says


def test_a_screen_is_read(tmp_path: Path) -> None:
    assert "FOC1838X2GA" in ask(DEVICE, tmp_path)


def test_a_wrong_password_is_refused_and_not_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        error = failure(DEVICE, tmp_path, password=CANARY)
    assert error.outcome is Outcome.REFUSED
    assert "login refused" in error.reason
    assert CANARY not in f"{error!r}{error.reason}{caplog.text}"


def test_a_host_key_that_nobody_approved(tmp_path: Path) -> None:
    error = failure(DEVICE, tmp_path, line="")
    assert error.outcome is Outcome.HOSTKEY
    assert re.search(r"ssh-ed25519 SHA256:\S{43}, which nobody has approved", error.reason)


@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_a_host_key_that_changed(tmp_path: Path, algorithm: str) -> None:
    other = asyncssh.generate_private_key(algorithm).export_public_key().decode().split()[:2]
    error = failure(DEVICE, tmp_path, line=" ".join(("HOST", *other)))
    assert error.outcome is Outcome.HOSTKEY
    assert len(set(re.findall(r"SHA256:\S{43}", error.reason))) == 2
    assert "but approved is" in error.reason


def test_a_screen_that_is_cut_off(tmp_path: Path) -> None:
    cut = SshDevice("sw1", "cisco_ios", {"show version": VERSION}, password=PASSWORD, cut="show version")
    error = failure(cut, tmp_path)
    assert error.outcome is Outcome.PARTIAL
    assert "'show version'" in error.reason


def test_a_screen_without_end_is_cut_off(tmp_path: Path) -> None:
    long = SshDevice("sw1", "cisco_ios", {"show version": "line\n" * 5000}, password=PASSWORD)
    error = failure(long, tmp_path, settings=Ssh(timeout=3, max_screen_bytes=10_000))
    assert error.outcome is Outcome.PARTIAL
    assert "longer than 10000 bytes" in error.reason


# ------------------------------------------------------------------------------------------------------- host keys


def test_a_revoked_host_key_is_never_taken(tmp_path: Path) -> None:
    async def run() -> str:
        async with ssh_device(DEVICE) as place:
            line = place.known_host
            (tmp_path / "known_hosts").write_text(f"{line}\n@revoked * {line.partition(' ')[2]}\n", encoding="utf-8")
            return await asyncio.to_thread(screen_of, transport(place, tmp_path))

    with pytest.raises(TransportError, match="which known_hosts revokes") as caught:
        asyncio.run(run())
    assert caught.value.outcome is Outcome.HOSTKEY


def test_the_approved_one_of_several_host_keys_is_asked_for(tmp_path: Path) -> None:
    keys = [asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-rsa")]

    async def run() -> str:
        async with server(shell({"show version": VERSION}, "sw1#"), keys=keys) as place:
            line = known_host(place.address, place.port, *keys[1].export_public_key().decode().split()[:2])
            (tmp_path / "known_hosts").write_text(f"{line}\n", encoding="utf-8")
            return await asyncio.to_thread(screen_of, transport(place, tmp_path))

    assert "FOC1838X2GA" in asyncio.run(run())


# ----------------------------------------------------------------------------------------- sessions that go nowhere


def odd(session: Callable[[Any], Any], folder: Path, **options: Any) -> str:
    """The screen of ``show version`` of a server whose session does what it likes."""

    async def run() -> str:
        async with server(session) as place:
            (folder / "known_hosts").write_text(f"{place.known_host}\n", encoding="utf-8")
            return await asyncio.to_thread(screen_of, transport(place, folder, **options))

    return asyncio.run(run())


def test_a_slow_prompt_is_waited_for(tmp_path: Path) -> None:
    async def late(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write("welcome\r\n")
        await asyncio.sleep(1)
        await shell({"show version": VERSION}, "sw1#")(process)

    assert "FOC1838X2GA" in odd(late, tmp_path)


def test_a_prompt_that_never_comes_is_named(tmp_path: Path) -> None:
    async def asks(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write("Your password has expired.\r\nNew password: ")
        with contextlib.suppress(ConnectionError):
            while await process.stdin.read(1000):
                pass

    with pytest.raises(TransportError) as caught:
        odd(asks, tmp_path, settings=Ssh(timeout=1))
    assert caught.value.outcome is Outcome.NO_PROMPT
    assert "took the login, but no prompt came within 1 s; last it printed 'New password:'" in caught.value.reason


def test_a_session_that_is_closed_after_the_login(tmp_path: Path) -> None:
    async def full(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write("All sessions are in use.\r\n")
        process.exit(1)

    with pytest.raises(TransportError, match="took the login and closed the session") as caught:
        odd(full, tmp_path)
    assert caught.value.outcome is Outcome.NO_PROMPT


def test_a_pager_that_is_left_on_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransportError) as caught:
        odd(shell({"show version": "Cisco IOS\r\n\fthe rest\r\n"}, "sw1#"), tmp_path, settings=Ssh(timeout=1))
    assert caught.value.outcome is Outcome.PARTIAL
    assert "'show version': the pager is on, it waits at '--More--'" in caught.value.reason


def test_connection_refused_is_silence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = SshServing("gone", "127.0.0.1", free.getsockname()[1], "")
    with pytest.raises(TransportError, match="no SSH there") as caught:
        screen_of(transport(place, tmp_path))
    assert caught.value.outcome is Outcome.SILENT


def test_a_port_that_never_speaks_is_silence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = SshServing("mute", "127.0.0.1", mute.getsockname()[1], "")
        with pytest.raises(TransportError, match="no session in time") as caught:
            screen_of(transport(place, tmp_path, settings=Ssh(timeout=0.5)))
        assert offered_algorithms(place.address, place.port, 0.2) == ""
    assert caught.value.outcome is Outcome.SILENT


def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="does not resolve") as caught:
        screen_of(transport(SshServing("x", "no-such-host.invalid", 22, ""), tmp_path))
    assert caught.value.outcome is Outcome.FAILED


# ---------------------------------------------------------------------------------------------------- odd servers


@contextlib.asynccontextmanager
async def server(session: Callable[[Any], Any], **options: Any) -> AsyncIterator[SshServing]:
    """An SSH server that takes the password and runs ``session``."""
    passwords = options.pop("passwords", True)

    class Login(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return bool(passwords)

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("estate", PASSWORD)

    algorithm = options.pop("algorithm", "ssh-ed25519")
    keys = options.pop("keys", None) or [asyncssh.generate_private_key(algorithm)]
    acceptor = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Login, server_host_keys=keys, process_factory=session, line_editor=False,
        **options,
    )  # fmt: skip
    async with acceptor:
        port = acceptor.get_port()
        public = keys[0].export_public_key().decode().split()[:2]
        try:
            yield SshServing("odd", "127.0.0.1", port, known_host("127.0.0.1", port, *public))
        finally:
            await asyncio.sleep(0.3)  # until the server has seen us leave


def shell(screens: Mapping[str, str], prompt: str) -> Callable[[Any], Any]:
    """A session that answers commands from ``screens``; a form feed in a screen waits for a key, as a pager does."""

    async def run(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(prompt)
        typed = ""
        with contextlib.suppress(ConnectionError):
            while data := await process.stdin.read(100):
                *lines, typed = re.split(r"[\r\n]+", typed + data)
                for line in lines:
                    pages = screens.get(line.strip(), "").split("\f")
                    process.stdout.write(f"{line}\r\n{pages[0]}")
                    for page in pages[1:]:
                        process.stdout.write("--More-- ")
                        await process.stdin.read(1)
                        process.stdout.write(f"\r         \r{page}")
                    process.stdout.write(prompt)
        process.exit(0)

    return run


# asyncssh plays the old server with what cryptography no longer likes to offer
old_server = pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")


def legacy_only(tmp_path: Path, *, legacy: bool) -> str:
    async def run() -> str:
        old = {"kex_algs": ["diffie-hellman-group14-sha1"], "encryption_algs": ["aes128-cbc"], "algorithm": "ssh-rsa"}
        async with server(shell({"show version": "Version 12.2\r\n"}, "old#"), **old) as place:
            (tmp_path / "known_hosts").write_text(f"{place.known_host}\n", encoding="utf-8")
            return await asyncio.to_thread(screen_of, transport(place, tmp_path, legacy=legacy))

    return asyncio.run(run())


@old_server
def test_a_server_with_nothing_modern_is_named_with_what_it_offers(tmp_path: Path) -> None:
    with pytest.raises(TransportError) as caught:
        legacy_only(tmp_path, legacy=False)
    assert caught.value.outcome is Outcome.NO_ALGORITHM
    assert "key exchange diffie-hellman-group14-sha1" in caught.value.reason
    assert "legacy = true" in caught.value.reason


@old_server
def test_a_legacy_credential_may_use_it(tmp_path: Path) -> None:
    assert "Version 12.2" in legacy_only(tmp_path, legacy=True)


def test_a_server_that_takes_no_passwords(tmp_path: Path) -> None:
    async def run() -> str:
        async with server(shell({}, "sw#"), passwords=False, kbdint_auth=False) as place:
            (tmp_path / "known_hosts").write_text(f"{place.known_host}\n", encoding="utf-8")
            return await asyncio.to_thread(screen_of, transport(place, tmp_path))

    with pytest.raises(TransportError, match="takes no passwords") as caught:
        asyncio.run(run())
    assert caught.value.outcome is Outcome.REFUSED


def test_fortios_pages_are_turned_and_its_configuration_left_alone(tmp_path: Path) -> None:
    async def run() -> str:
        screens = {"get system status": "Version: FortiGate-100F\r\n\fSerial-Number: FG100F\r\n\fHostname: fw\r\n"}
        async with server(shell(screens, "fw # ")) as place:
            (tmp_path / "known_hosts").write_text(f"{place.known_host}\n", encoding="utf-8")
            session = transport(place, tmp_path, device_type="fortinet")
            return await asyncio.to_thread(screen_of, session, "get system status")

    screen = asyncio.run(run())
    assert [line.strip() for line in screen.splitlines() if line.strip()] == [
        "Version: FortiGate-100F", "Serial-Number: FG100F", "Hostname: fw",
    ]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- read only


@pytest.mark.parametrize(
    "command", ["show version", "show lldp info local-device", "get system status", "/system resource print"]
)
def test_commands_that_show(command: str) -> None:
    assert permitted(command)


@pytest.mark.parametrize(
    "command",
    [
        "", "reload", "configure terminal", "show version | redirect flash:x", "show version\nreload", "showreload",
        "show tech > disk0:x", "get system status; reboot", "clear counters", "show version\r", "display", "show $(x)",
        "/system reboot", "/system resource print; /system reboot", "/system identity set name=x", "show a\\b",
    ],
)  # fmt: skip
def test_commands_that_do_not(command: str, tmp_path: Path) -> None:
    assert not permitted(command)
    with pytest.raises(TransportError, match="refused"):
        transport(SshServing("x", "127.0.0.1", 9, ""), tmp_path).show(command)


# what drivers of netmiko would write to steady a session, and what stays after it
FOR_GOOD = (
    "disable clipaging\n", "disable cli prompting\n", "config paging disable\n", "set clienv config-lock on\n",
    "no cli session paging enable\n", "modify cli preference pager disabled\n", "Y\n", "screen-length 0\n",
)  # fmt: skip


def test_nothing_else_is_written_whoever_wants_it() -> None:
    class Wire:
        def __init__(self) -> None:
            self.written: list[str] = []

        def write_channel(self, text: str) -> None:
            self.written.append(text)

    wire = Wire()
    channel = GuardedChannel(wire, 1000, 1.0)
    harmless = [
        "\n",
        "terminal length 0\n",
        "set cli screen-length 0\n",
        "show version\n",
        "no page\n",
        "disable clipaging session\n",
        "screen-length 0 temporary\n",
        "environment no more\n",
        "exit\n",
        "y\n",
    ]
    for text in harmless:
        channel.write_channel(text)
    assert wire.written == harmless
    for text in (
        "configure terminal\n",
        "config system console\nset output standard\nend\n",
        f"{CANARY}\n",
        "set x\n",
        *FOR_GOOD,
    ):
        with pytest.raises(TransportError) as caught:
            channel.write_channel(text)
        assert CANARY not in caught.value.reason
    assert wire.written == harmless
