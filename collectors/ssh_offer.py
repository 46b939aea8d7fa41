"""What algorithms an SSH server offers: the first message it sends, read without logging in (RFC 4253 section 7.1)."""

from __future__ import annotations

import re
import socket
import struct
from typing import BinaryIO

_KEXINIT = 20
_LISTS = ("key exchange", "host key", "cipher")
# RFC 4253 section 6.1: an implementation takes packets of 35,000 bytes; section 4.2: lines may precede the version.
_MAX_PACKET = 35_000
_MAX_LINES = 50
_NAME = re.compile(r"[A-Za-z0-9@._+-]{1,64}", re.ASCII)
_SHOWN = 8


def offered_algorithms(address: str, port: int, timeout: float) -> str:
    """The key exchanges, host key types and ciphers that a server offers, as text; blank where it says nothing.

    Args:
        address: whom to ask.
        port: TCP port.
        timeout: seconds for each step.
    """
    try:
        with socket.create_connection((address, port), timeout) as connection, connection.makefile("rb") as stream:
            connection.sendall(b"SSH-2.0-estate\r\n")
            return _offer(stream)
    except (OSError, EOFError, struct.error):
        return ""


def _offer(stream: BinaryIO) -> str:
    for _ in range(_MAX_LINES):
        if stream.readline(1024).startswith(b"SSH-"):
            break
    else:
        return ""
    length, padding = struct.unpack(">IB", stream.read(5))
    if length > _MAX_PACKET:
        return ""
    payload = stream.read(length - 1 - padding)
    if not payload or payload[0] != _KEXINIT:
        return ""
    place, parts = 17, []
    for name in _LISTS:
        (size,) = struct.unpack(">I", payload[place : place + 4])
        names = payload[place + 4 : place + 4 + size].decode("ascii", "replace").split(",")
        place += 4 + size
        # the server is a device like any other: only what looks like a name is repeated
        listed = [item for item in names if _NAME.fullmatch(item)]
        more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        parts.append(f"{name} {', '.join(listed[:_SHOWN])}{more}")
    return "; ".join(parts)
