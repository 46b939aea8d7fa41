"""The datagrams of all devices: a few UDP sockets, one table of who waits for which answer, one queue of deadlines.

The sockets are not connected, so that 500 devices need a dozen of them and not 500. No more than about 50 devices share
one, because the receive buffer that a system grants by default overflows beyond, and healthy devices then look dead;
what the kernel drops all the same is counted. An answer counts when its id and its source are those that were asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import random
import socket
import struct
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from collectors.engine.ber import UnreadableError
from collectors.engine.message import Head, opened

_log = structlog.get_logger()

Address = tuple[Any, ...]

# Sockets of one address family at most, and how many devices share one before the next is opened.
MOST_SOCKETS: Final = 16
SHARED_BY: Final = 50
_BUFFER: Final = 4 << 20  # asked for; a system grants 212 kB unless it was told to give more
_LARGEST: Final = 65535
_DRAIN: Final = 64  # datagrams read before the loop turns to others
_TICK: Final = 0.02  # seconds between looks at the deadlines
_BURST: Final = 0.05  # seconds' worth of datagrams that may leave at once under a limit
# Linux tells whose port is closed through the error queue of a socket that asks for it (ip(7), ipv6(7)).
_LINUX: Final = sys.platform == "linux"
_RECVERR: Final = {
    socket.AF_INET: (socket.IPPROTO_IP, 11),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),
}
_MSG_ERRQUEUE: Final = 0x2000
_SO_MEMINFO, _DROPS = 55, 8  # include/uapi/linux/sock_diag.h: the ninth number


class Caller(Protocol):
    """Who asks and waits: one device's conversation.

    It waits from ``sent`` until ``deadline`` for this answer, and until ``ends`` for all of them.
    """

    address: Address
    any_source: bool
    sent: float
    deadline: float
    ends: float

    def received(self, head: Head, data: bytes, now: float) -> None:
        """An answer to the id that it waits for came."""
        ...

    def garbled(self, now: float) -> None:
        """Something came from its address that cannot be read."""
        ...

    def strayed(self, source: Address) -> None:
        """An answer to it came from another address."""
        ...

    def refused(self, now: float) -> None:
        """Its address says that nobody listens there."""
        ...

    def expired(self, now: float) -> None:
        """Its deadline has passed."""
        ...


@dataclass(slots=True)
class Counts:
    """How the datagrams fared: sent and received, answers nobody waited for, and what the kernel dropped."""

    sent: int = 0
    received: int = 0
    stray: int = 0
    dropped: int = 0


class _Line:
    """One socket and the number of devices on it."""

    __slots__ = ("callers", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.callers = 0


class Hub:
    """Carries datagrams for as long as anybody asks; it belongs to one event loop.

    ``rate`` is how many datagrams may leave in a second, to all devices together; 0 is no limit.
    """

    def __init__(self, rate: float = 0) -> None:
        self.counts = Counts()
        self._gap = 1 / rate if rate else 0.0
        self._lines: dict[socket.AddressFamily, list[_Line]] = {}
        self._callers: dict[Caller, _Line] = {}
        self._places: dict[Address, list[Caller]] = {}
        self._waiting: dict[int, Caller] = {}
        self._deadlines: list[tuple[float, int]] = []
        self._outgoing: deque[tuple[Caller, int, list[bytes], float]] = deque()
        self._leaving: list[tuple[_Line, Address, list[bytes]]] = []
        self._due = 0.0  # when the next datagram may leave
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.time = self._loop.time

    # ------------------------------------------------------------------------------------------------------- callers

    def join(self, caller: Caller, family: socket.AddressFamily) -> None:
        """Give a caller a socket.

        Raises:
            OSError: when this machine has none of that family.
        """
        lines = self._lines.setdefault(family, [])
        line = min(lines, key=lambda line: line.callers, default=None)
        if line is None or (line.callers >= SHARED_BY and len(lines) < MOST_SOCKETS):
            line = self._open(family)
            lines.append(line)
        line.callers += 1
        self._callers[caller] = line
        self._places.setdefault(caller.address, []).append(caller)

    def leave(self, caller: Caller) -> None:
        """Take the socket back; when nobody is left, all are closed."""
        line = self._callers.pop(caller, None)
        if line is None:
            return
        line.callers -= 1
        place = self._places[caller.address]
        place.remove(caller)
        if not place:
            del self._places[caller.address]
        if not self._callers:
            self._close()

    def _open(self, family: socket.AddressFamily) -> _Line:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            if _LINUX:
                sock.setsockopt(*_RECVERR[family], 1)
            sock.bind(("", 0))
        except OSError:
            sock.close()
            raise
        line = _Line(sock)
        self._loop.add_reader(sock, self._readable, line)
        return line

    def _close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        before = self.counts.dropped
        for line in (line for lines in self._lines.values() for line in lines):
            self.counts.dropped += _dropped(line.sock)
            self._loop.remove_reader(line.sock)
            line.sock.close()
        if lost := self.counts.dropped - before:
            # devices were asked again for these: fewer at once, or more room (net.core.rmem_max), spares the time
            _log.warning("snmp answers dropped by the kernel", count=lost)
        self._lines.clear()
        self._waiting.clear()
        self._deadlines.clear()
        self._outgoing.clear()

    @property
    def dropped(self) -> int:
        """What the kernel dropped because we did not read fast enough, until now."""
        return self.counts.dropped + sum(_dropped(line.sock) for lines in self._lines.values() for line in lines)

    # ------------------------------------------------------------------------------------------------------- sending

    def identity(self) -> int:
        """An id that nobody waits for: random, so that nobody can guess it, and always of four octets."""
        while True:
            found = random.getrandbits(30) | 1 << 30
            if found not in self._waiting:
                return found

    def send(self, caller: Caller, identity: int, datagrams: list[bytes], wait: float) -> None:
        """Send datagrams, at once or when the limit allows, and wait for an answer so many seconds from then on."""
        self._waiting[identity] = caller
        now = self.time()
        if self._outgoing or (self._gap and self._due > now + _BURST):
            self._outgoing.append((caller, identity, datagrams, wait))
        else:
            self._transmit(caller, identity, datagrams, wait, now)
        if self._timer is None:
            self._watch()

    def wait(self, caller: Caller, identity: int) -> None:
        """Look at a caller again at its deadline, which is another one now."""
        heapq.heappush(self._deadlines, (caller.deadline, identity))

    def forget(self, identity: int) -> None:
        """Nobody waits for this any more."""
        self._waiting.pop(identity, None)

    def _transmit(self, caller: Caller, identity: int, datagrams: list[bytes], wait: float, now: float) -> None:
        if self._gap:
            self._due = max(self._due, now - _BURST) + self._gap * len(datagrams)
        self.counts.sent += len(datagrams)
        caller.sent, caller.deadline = now, min(now + wait, caller.ends)
        heapq.heappush(self._deadlines, (caller.deadline, identity))
        if not self._leaving:
            # what is sent in one go costs the kernel much less than what is sent between two answers
            self._loop.call_soon(self._flush)
        self._leaving.append((self._callers[caller], caller.address, datagrams))

    def _flush(self) -> None:
        """Hand over to the kernel what is to leave."""
        leaving, self._leaving = self._leaving, []
        for line, address, datagrams in leaving:
            for data in datagrams:
                try:
                    line.sock.sendto(data, address)
                except OSError:
                    # the send buffer is full, or the error of an earlier datagram is told here, or who asked has gone:
                    # this one counts as lost, and is sent again in its turn
                    continue

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(_TICK, self._tick)

    def _tick(self) -> None:
        """Look after deadlines, and send what had to wait."""
        self._timer = None
        now = self.time()
        deadlines, waiting = self._deadlines, self._waiting
        while deadlines and deadlines[0][0] <= now:
            _, identity = heapq.heappop(deadlines)
            late = waiting.get(identity)
            if late is not None and late.deadline <= now:
                late.expired(now)
        while self._outgoing and self._due <= now + _BURST:
            caller, identity, datagrams, wait = self._outgoing.popleft()
            if waiting.get(identity) is caller and caller in self._callers:
                self._transmit(caller, identity, datagrams, wait, now)
        if self._waiting:
            self._watch()

    # ----------------------------------------------------------------------------------------------------- receiving

    def _readable(self, line: _Line) -> None:
        receive, counts, now = line.sock.recvfrom, self.counts, self.time()
        for turn in range(_DRAIN):
            try:
                data, source = receive(_LARGEST)
            except OSError:
                # nothing more to read; and where there was nothing at all, it was an error that woke us
                if not turn:
                    self._errors(line, now)
                break
            counts.received += 1
            self._datagram(data, source, now)

    def _datagram(self, data: bytes, source: Address, now: float) -> None:
        try:
            head = opened(data)
        except UnreadableError:
            for caller in list(self._places.get(source, ())):
                caller.garbled(now)
            return
        asked = self._waiting.get(head.identity)
        if asked is None:
            self.counts.stray += 1
        elif asked.address == source or asked.any_source:
            asked.received(head, data, now)
        else:
            self.counts.stray += 1
            asked.strayed(source)

    def _errors(self, line: _Line, now: float) -> None:
        """Tell those whose address says that nobody listens there."""
        for source in _unreachable(line.sock):
            for caller in list(self._places.get(source, ())):
                caller.refused(now)


def _unreachable(sock: socket.socket) -> Iterator[Address]:
    """Whom datagrams did not reach, as the error queue of a socket tells it."""
    if not _LINUX:
        return
    for _ in range(_DRAIN):
        try:
            _, _, _, source = sock.recvmsg(0, 512, _MSG_ERRQUEUE)
        except OSError:
            return
        yield source


def _dropped(sock: socket.socket) -> int:
    """Datagrams that the kernel dropped at a socket for want of room."""
    if not _LINUX:
        return 0
    try:
        numbers = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
    except OSError:
        return 0
    return int(struct.unpack("=9I", numbers)[_DROPS]) if len(numbers) == 36 else 0  # noqa: PLR2004 - nine of four octets
