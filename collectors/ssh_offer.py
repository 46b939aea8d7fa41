"""What an SSH server offers before anybody logs in: its algorithms, and the host keys that it has."""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

import paramiko

from collectors.known_hosts import HostKey
from collectors.observation import Outcome
from collectors.transport import TransportError

_KEXINIT = 20
# RFC 4253 section 6.1: an implementation takes packets of 35,000 bytes; section 4.2: lines may precede the version.
_MAX_PACKET = 35_000
_MAX_LINES = 50
_NAME = re.compile(r"[A-Za-z0-9@._+-]{1,64}", re.ASCII)
_SHOWN = 8
# One key each; the three of RSA differ in how the device signs (RFC 8332).
_KEYS: Final = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256",),
    ("ecdsa-sha2-nistp384",),
    ("ecdsa-sha2-nistp521",),
    ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """The names in a server's first message (RFC 4253 section 7.1), in its order."""

    key_exchanges: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]

    def __str__(self) -> str:
        """The lists as text; a long one is cut."""
        parts = []
        for name, listed in zip(("key exchange", "host key", "cipher"), self._lists, strict=True):
            more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
            parts.append(f"{name} {', '.join(listed[:_SHOWN])}{more}")
        return "; ".join(parts)

    @property
    def _lists(self) -> tuple[tuple[str, ...], ...]:
        return self.key_exchanges, self.host_keys, self.ciphers


def offered_algorithms(address: str, port: int, timeout: float) -> str:
    """The key exchanges, host key types and ciphers that a server offers, as text; blank where it says nothing.

    Args:
        address: whom to ask.
        port: TCP port.
        timeout: seconds for each step.
    """
    try:
        return str(_offer(address, port, timeout) or "")
    except OSError:
        return ""


def host_keys(address: str, port: int, timeout: float) -> tuple[HostKey, ...]:
    """All host keys that a server proves to have, one of each type; nobody logs in. Blocks.

    Args:
        address: whom to ask.
        port: TCP port.
        timeout: seconds for each step.

    Raises:
        TransportError: SILENT where there is no SSH, NO_ALGORITHM where no key of it can be read, else FAILED.
    """
    place = f"{address} port {port}"
    try:
        offer = _offer(address, port, timeout)
        if offer is None:
            raise TransportError(Outcome.SILENT, f"{place}: it does not speak SSH")
        kinds = [kind for kind in _KEYS if {*kind} & {*offer.host_keys}]
        keys = [_key(address, port, timeout, kind) for kind in kinds]
    except socket.gaierror:
        raise TransportError(Outcome.FAILED, f"the name {address} does not resolve") from None
    except ConnectionRefusedError:
        raise TransportError(Outcome.SILENT, f"{place}: connection refused, no SSH there") from None
    except paramiko.ssh_exception.IncompatiblePeer:
        raise TransportError(Outcome.NO_ALGORITHM, f"{place}: no algorithm in common; it offers {offer}") from None
    except (OSError, EOFError, paramiko.SSHException) as error:
        text = f"{place}: no host key in time: it is down, filtered, or too busy ({type(error).__name__})"
        raise TransportError(Outcome.SILENT, text) from None
    if not keys:
        raise TransportError(Outcome.NO_ALGORITHM, f"{place}: no host key that can be read; it offers {offer}")
    return tuple(keys)


def _key(address: str, port: int, timeout: float, kind: tuple[str, ...]) -> HostKey:
    """The one host key of a kind, after the key exchange that proves it."""
    with socket.create_connection((address, port), timeout) as connection:
        transport = paramiko.Transport(connection)
        transport.banner_timeout = transport.handshake_timeout = timeout
        try:
            transport.get_security_options().key_types = kind
            transport.start_client(timeout=timeout)
            key = transport.get_remote_server_key()
            return HostKey(key.get_name(), key.asbytes())
        finally:
            transport.close()


def _offer(address: str, port: int, timeout: float) -> Offer | None:
    with socket.create_connection((address, port), timeout) as connection, connection.makefile("rb") as stream:
        connection.sendall(b"SSH-2.0-estate\r\n")
        try:
            return _read(stream)
        except (EOFError, struct.error):
            return None


def _read(stream: BinaryIO) -> Offer | None:
    for _ in range(_MAX_LINES):
        if stream.readline(1024).startswith(b"SSH-"):
            break
    else:
        return None
    length, padding = struct.unpack(">IB", stream.read(5))
    if length > _MAX_PACKET:
        return None
    payload = stream.read(length - 1 - padding)
    if not payload or payload[0] != _KEXINIT:
        return None
    place, lists = 17, []
    for _ in range(3):
        (size,) = struct.unpack(">I", payload[place : place + 4])
        names = payload[place + 4 : place + 4 + size].decode("ascii", "replace").split(",")
        place += 4 + size
        # the server is a device like any other: only what looks like a name is repeated
        lists.append(tuple(item for item in names if _NAME.fullmatch(item)))
    return Offer(*lists)
