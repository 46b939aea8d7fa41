"""Simulated network devices over real SSH: an asyncssh server on loopback that prints written screens.

It behaves as netmiko expects of the platform: echoes what is typed, takes the commands that prepare a session
(``terminal length 0`` and its like) in silence, answers ``show`` commands from a table and says of everything else
that it does not know it. There is nothing to configure and no shell behind it.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.lab.agent import loopback_socket
from config.errors import EstateError

if TYPE_CHECKING:
    import asyncssh

# what netmiko types before the first command, and what the platform says to it; netmiko waits for some of these words
_PREPARATION = {
    "cisco_ios": {r"terminal (length|width) \d+": "", "enable": ""},
    "cisco_nxos": {r"terminal (length|width) \d+": "", "enable": ""},
    "arista_eos": {
        r"terminal width (\d+)": r"Width set to \1 columns.\n",
        r"terminal length 0": "Pagination disabled.\n",
        "enable": "",
    },
    "juniper_junos": {
        r"set cli screen-(length|width) (\d+)": r"Screen \1 set to \2\n",
        "set cli complete-on-space off": "Disabling complete-on-space\n",
    },
}
_REGISTERED_PORT = 22
_LEAVE = {"exit", "quit", "logout"}
_REFUSALS = {"juniper_junos": "\nunknown command.\n"}
_PRIVILEGE = {"show privilege": "Current privilege level is 15\n"}


@dataclass(frozen=True, slots=True)
class SshDevice:
    """A simulated device: ``platform`` is netmiko's name of its kind, ``screens`` what each command prints.

    ``port`` 0 takes any free one. ``cut`` ends the session in the middle of that command's screen. ``sock`` is a socket
    that is bound to the address already.
    """

    name: str
    platform: str
    screens: Mapping[str, str]
    address: str = "127.0.0.1"
    port: int = 0
    user: str = "estate"
    password: str = ""
    cut: str | None = None
    sock: socket.socket | None = None

    @property
    def prompt(self) -> str:
        """What stands before the cursor when a command has ended."""
        return f"{self.user}@{self.name}> " if self.platform == "juniper_junos" else f"{self.name}#"


@dataclass(frozen=True, slots=True)
class SshServing:
    """A running device: where it listens, and its line for a known_hosts file."""

    name: str
    address: str
    port: int
    known_host: str


@contextlib.asynccontextmanager
async def serve_ssh(devices: Iterable[SshDevice], state: Path | None = None) -> AsyncIterator[list[SshServing]]:
    """Run devices in the current event loop for as long as the block lasts.

    asyncssh needs threads of the loop's own pool: a blocking client in the same process takes a pool of its own.

    Args:
        devices: whom to simulate.
        state: a private folder in which host keys outlive this process; by default each run has new ones.

    Raises:
        EstateError: when asyncssh is not installed.
        ValueError: for an address that is not a loopback address.
        OSError: when an address and port cannot be bound.
    """
    async with contextlib.AsyncExitStack() as stack:
        running = []
        for device in devices:
            key = _host_key(device.name, state)
            sock = device.sock or loopback_socket(device.address, device.port, socket.SOCK_STREAM)
            connections: set[asyncssh.SSHServerConnection] = set()
            acceptor = await _listen(device, sock, key, connections)
            stack.push_async_callback(acceptor.wait_closed)
            stack.push_async_callback(_hang_up, connections)
            stack.callback(acceptor.close)
            port = sock.getsockname()[1]
            public = key.export_public_key().decode().split()[:2]
            running.append(SshServing(device.name, device.address, port, known_host(device.address, port, *public)))
        yield running


@contextlib.asynccontextmanager
async def ssh_device(device: SshDevice) -> AsyncIterator[SshServing]:
    """Run one device for as long as the block lasts; see :func:`serve_ssh`."""
    async with serve_ssh([device]) as running:
        yield running[0]


def known_host(address: str, port: int, algorithm: str, key: str) -> str:
    """A line of a known_hosts file (sshd(8)): a port other than 22 stands behind the bracketed address."""
    place = address if port == _REGISTERED_PORT else f"[{address}]:{port}"
    return f"{place} {algorithm} {key}"


def _host_key(name: str, state: Path | None) -> asyncssh.SSHKey:
    try:
        import asyncssh  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError:
        raise EstateError(
            "the simulated estate needs an SSH server: the package asyncssh is not installed. "
            "Install the extra: pip install 'estate-evergreen[lab]'"
        ) from None

    file = state / f"{name}.key" if state else None
    if file and file.is_file():
        return asyncssh.read_private_key(str(file))
    key = asyncssh.generate_private_key("ssh-ed25519")
    if file:
        file.touch(mode=0o600)
        file.write_bytes(key.export_private_key())
    return key


async def _hang_up(connections: set[asyncssh.SSHServerConnection]) -> None:
    """End what clients left open: closing the listener does not, and the sockets would outlive the loop."""
    for connection in list(connections):
        connection.abort()
        await connection.wait_closed()


async def _listen(
    device: SshDevice, sock: socket.socket, key: asyncssh.SSHKey, connections: set[asyncssh.SSHServerConnection]
) -> asyncssh.SSHAcceptor:
    import asyncssh  # noqa: PLC0415 - only the lab pays for it

    class Server(asyncssh.SSHServer):
        """Takes one user with one password."""

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn
            connections.add(conn)

        def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh names it
            connections.discard(self._connection)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return bool(device.password) and (username, password) == (device.user, device.password)

    async def session(process: asyncssh.SSHServerProcess[str]) -> None:
        await _session(device, process)

    return await asyncssh.listen(
        sock=sock,
        server_factory=Server,
        server_host_keys=[key],
        process_factory=session,
        line_editor=False,
        allow_scp=False,
        agent_forwarding=False,
    )


async def _session(device: SshDevice, process: asyncssh.SSHServerProcess[str]) -> None:
    """Prompt, echo, answer, until the client leaves."""
    process.stdout.write(f"\r\n{device.prompt}")
    pending = ""
    with contextlib.suppress(ConnectionError):
        while data := await process.stdin.read(1024):
            # a client may end a line with \n, \r or both, and may type faster than we answer
            *lines, pending = re.split(r"\r\n|\r|\n", pending + data)
            for line in lines:
                if line.strip() in _LEAVE:
                    process.exit(0)
                    return
                screen = answer(device, line)
                if device.cut is not None and line.strip() == device.cut:
                    process.stdout.write(f"{line}\r\n{_on_wire(screen[: len(screen) // 2])}")
                    process.exit(1)
                    return
                process.stdout.write(f"{line}\r\n{_on_wire(screen)}{device.prompt}")
    process.exit(0)


def answer(device: SshDevice, line: str) -> str:
    """What a device prints for one typed line."""
    command = " ".join(line.split())
    if not command:
        return ""
    for pattern, reply in _PREPARATION.get(device.platform, {}).items():
        if match := re.fullmatch(pattern, command):
            return match.expand(reply)
    screen = device.screens.get(command) or _PRIVILEGE.get(command)
    if screen is None:
        return _REFUSALS.get(device.platform, "% Invalid input detected at '^' marker.\n\n")
    return screen if screen.endswith("\n") else f"{screen}\n"


def _on_wire(screen: str) -> str:
    return screen.replace("\n", "\r\n")
