"""Simulated SNMP agents: pysnmp's own agent side over objects held in memory, v2c or v3, on loopback only.

One engine a device, because an SNMPv3 engine has one identity. pysnmp keeps each engine's boots in the temporary
folder at a name that anybody can guess, so the engines are made with a private temporary folder in its place.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import hashlib
import ipaddress
import socket
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config as entity
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp
from pysnmp.entity.rfc3413.context import SnmpContext
from pysnmp.error import PySnmpError
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.smi.instrum import AbstractMibInstrumController

from collectors.lab.captures import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    INTEGER,
    IP_ADDRESS,
    OBJECT_ID,
    OCTETS,
    OPAQUE,
    TIME_TICKS,
    Typed,
    typed,
)

_TYPES = {
    INTEGER: rfc1902.Integer32, OCTETS: rfc1902.OctetString, OBJECT_ID: rfc1902.ObjectIdentifier,
    IP_ADDRESS: rfc1902.IpAddress, COUNTER32: rfc1902.Counter32, GAUGE32: rfc1902.Gauge32,
    TIME_TICKS: rfc1902.TimeTicks, OPAQUE: rfc1902.Opaque, COUNTER64: rfc1902.Counter64,
}  # fmt: skip
# pysnmp cuts a GETBULK at 64 varbinds: real devices fill the datagram, and a collector must not be tuned to 64
_BULK_VARBINDS = 300
ENT_PHYSICAL_ENTRY = "1.3.6.1.2.1.47.1.1.1.1"

Oid = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class User:
    """An SNMPv3 user with authentication HMAC-192-SHA-256 (RFC 7860) and privacy AES-128 (RFC 3826)."""

    name: str
    auth_password: str
    priv_password: str


@dataclass(frozen=True, slots=True)
class Agent:
    """A simulated agent.

    It answers v2c requests with ``community``, or v3 requests of ``user``; whichever is None is not known to it.
    ``port`` 0 takes any free one. ``drop_after`` makes it fall silent for whatever lies behind that many rows of
    entPhysicalTable, however often it is asked: a device that stops answering in the middle of a walk. ``sock`` is a
    socket that is bound to the address already.
    """

    name: str
    objects: Mapping[str, Typed | bytes | int | str]
    address: str = "127.0.0.1"
    port: int = 0
    community: str | None = "public"
    user: User | None = None
    drop_after: int | None = None
    sock: socket.socket | None = None


@dataclass(slots=True)
class Serving:
    """A running agent: where it listens, how many requests it has seen, and pysnmp's engine behind it."""

    name: str
    address: str
    port: int
    requests: int = 0
    engine: Any = field(default=None, repr=False)


@contextlib.asynccontextmanager
async def serve(agents: Iterable[Agent], state: Path | None = None) -> AsyncIterator[list[Serving]]:
    """Run agents in the current event loop for as long as the block lasts.

    Args:
        agents: whom to simulate.
        state: a private folder in which the engines' boots outlive this process; by default a temporary one.

    Raises:
        ValueError: for an address that is not a loopback address.
        OSError: when an address and port cannot be bound.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = str(state) if state else stack.enter_context(tempfile.TemporaryDirectory())
        running = []
        with _temporary_folder(folder):
            for agent in agents:
                serving = await _start(agent)
                running.append(serving)
                stack.push_async_callback(_stop, serving)
        yield running


def loopback_socket(address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """A bound socket on a loopback address.

    Raises:
        ValueError: for any other address.
        OSError: when it cannot be bound.
    """
    ip = ipaddress.ip_address(address)
    if not ip.is_loopback:
        raise ValueError(f"{address} is not a loopback address: a simulated device is never reachable from outside")
    sock = socket.socket({4: socket.AF_INET, 6: socket.AF_INET6}[ip.version], kind)
    if kind is socket.SOCK_STREAM:
        # a lab that starts again at once finds the connections of the last one still closing
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


@contextlib.contextmanager
def _temporary_folder(folder: str) -> Iterator[None]:
    """Let pysnmp find another temporary folder; it reads ``tempfile.tempdir`` only when an engine is made."""
    before = tempfile.tempdir
    tempfile.tempdir = folder
    try:
        yield
    finally:
        tempfile.tempdir = before


async def _start(agent: Agent) -> Serving:
    sock = agent.sock or loopback_socket(agent.address, agent.port, socket.SOCK_DGRAM)
    serving = Serving(agent.name, agent.address, sock.getsockname()[1])
    # RFC 3411, SnmpEngineID: an enterprise number with the first bit set, 05 for octets of our own choice
    identity = hashlib.sha256(agent.name.encode()).hexdigest()[:16]
    engine = SnmpEngine(rfc1902.OctetString(hexValue=f"8000ffff05{identity}"))
    engine.register_transport_dispatcher(AsyncioDispatcher())
    transport = udp.UdpAsyncioTransport()
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: transport, sock=sock)
    entity.add_transport(engine, udp.DOMAIN_NAME, transport)
    if agent.community is not None and agent.user is None:
        entity.add_v1_system(engine, "community", agent.community)
    if agent.user is not None:
        entity.add_v3_user(
            engine,
            agent.user.name,
            entity.USM_AUTH_HMAC192_SHA256,
            agent.user.auth_password,
            entity.USM_PRIV_CFB128_AES,
            agent.user.priv_password,
        )
    context = SnmpContext(engine)
    context.context_names[b""] = _Objects(agent, serving)
    cmdrsp.GetCommandResponder(engine, context)
    cmdrsp.NextCommandResponder(engine, context)
    cmdrsp.BulkCommandResponder(engine, context).max_varbinds = _BULK_VARBINDS
    serving.engine = engine
    return serving


async def _stop(serving: Serving) -> None:
    serving.engine.close_dispatcher()
    await asyncio.sleep(0)  # asyncio closes a socket on its next round


class _Objects(AbstractMibInstrumController):  # type: ignore[misc] # pysnmp ships no types
    """The agent's objects, sorted, as pysnmp asks for them. There is no way to write one."""

    def __init__(self, agent: Agent, serving: Serving) -> None:
        plain = {_oid(oid): typed(value) for oid, value in agent.objects.items()}
        self._keys = sorted(plain)
        self._names = [rfc1902.ObjectName(key) for key in self._keys]
        self._values = [_TYPES[plain[key].tag](plain[key].value) for key in self._keys]
        self._serving = serving
        self._silent = _silent(self._keys, agent.drop_after)

    def read_variables(self, *var_binds: Any, **_context: Any) -> list[tuple[Any, Any]]:
        """GET (RFC 3416 section 4.2.1)."""
        self._serving.requests += 1
        answers = []
        for name, _ in var_binds:
            key = tuple(name)
            place = bisect.bisect_left(self._keys, key)
            found = place < len(self._keys) and self._keys[place] == key
            answers.append((name, self._values[place] if found else rfc1905.noSuchInstance))
        return answers

    def read_next_variables(self, *var_binds: Any, **_context: Any) -> list[tuple[Any, Any]]:
        """GETNEXT, and one repetition of GETBULK (RFC 3416 sections 4.2.2 and 4.2.3)."""
        self._serving.requests += 1
        answers = []
        for name, _ in var_binds:
            place = bisect.bisect_right(self._keys, tuple(name))
            if place == len(self._keys):
                answers.append((name, rfc1905.endOfMibView))
            elif self._keys[place] in self._silent:
                raise PySnmpError("this device stops answering here")  # pysnmp then sends nothing
            else:
                answers.append((self._names[place], self._values[place]))
        return answers


def _oid(text: str) -> Oid:
    return tuple(int(part) for part in text.split("."))


def _silent(keys: list[Oid], rows: int | None) -> frozenset[Oid]:
    """The instances of entPhysicalTable behind the first ``rows`` rows."""
    if rows is None:
        return frozenset()
    entry = _oid(ENT_PHYSICAL_ENTRY)
    inside = [key for key in keys if key[: len(entry)] == entry and len(key) > len(entry) + 1]
    indexes = sorted({key[len(entry) + 1 :] for key in inside})
    beyond = set(indexes[rows:])
    return frozenset(key for key in inside if key[len(entry) + 1 :] in beyond)
