"""One device, one request at a time, over a UDP socket of its own.

The socket is connected, so the kernel drops what others send, a dead port says so at once, and no neighbour's answers
overflow a shared receive buffer. A repeated request keeps its request-id: an answer that comes later than its timeout
still counts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from collectors.observation import Outcome
from collectors.snmp_message import Messages, Reply, ReportError, UnreadableError, request_id
from collectors.transport import TransportError

# Datagrams kept while one is decoded: more than a device sends for one request, fewer than a flood.
_QUEUE = 64
# How often an SNMPv3 engine may introduce itself or correct our idea of its clock during one request.
_CORRECTIONS = 4
# After an answer that cannot be read, how long the right one may still take; and the pause after a closed port.
_GRACE = 0.25


class SilenceError(Exception):
    """A request was not answered; ``garbage`` says whether something unreadable came, ``closed`` that nobody listens.

    ``late`` says that the time that one device may take is used up.
    """

    def __init__(self, *, garbage: bool = False, closed: bool = False, late: bool = False) -> None:
        super().__init__("no answer")
        self.garbage = garbage
        self.closed = closed
        self.late = late


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | OSError] = asyncio.Queue(_QUEUE)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:  # noqa: ARG002 - connected
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(data)

    def error_received(self, exc: OSError) -> None:  # type: ignore[override] # asyncio calls it with OSError only
        with contextlib.suppress(asyncio.QueueFull):
            self.queue.put_nowait(exc)


class Exchange:
    """Requests to one device and their answers."""

    def __init__(
        self, transport: asyncio.DatagramTransport, datagrams: _Datagrams, messages: Messages, seconds: float
    ) -> None:
        self._transport = transport
        self._queue = datagrams.queue
        self._messages = messages
        self._clock = asyncio.get_running_loop().time
        self._ends = self._clock() + seconds
        self.answered = False

    @classmethod
    async def open(
        cls, address: str, port: int, messages: Callable[[Sequence[Any]], Messages], seconds: float
    ) -> Exchange:
        """A socket to a device, which may be asked for so many seconds in all.

        Args:
            address: IPv4, IPv6 or a name.
            port: UDP port.
            messages: makes the codec for the peer's socket address.
            seconds: wall time for everything that is asked.

        Raises:
            TransportError: when the name does not resolve or there is no route.
        """
        loop = asyncio.get_running_loop()
        try:
            transport, datagrams = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(address, port))
        except OSError as error:
            raise TransportError(Outcome.FAILED, f"{address} cannot be reached from here: {error.strerror}") from None
        return cls(transport, datagrams, messages(transport.get_extra_info("peername")), seconds)

    def close(self) -> None:
        """Close the socket."""
        self._transport.close()

    @property
    def introduced(self) -> bool:
        """Whether an SNMPv3 engine at least said who it is."""
        return bool(getattr(self._messages, "known", False))

    async def ask(self, pdu: Any, timeouts: Iterable[float]) -> Reply:
        """Send a request once for each timeout (seconds) until it is answered.

        Raises:
            SilenceError: when nothing that answers it came.
            TransportError: when an SNMPv3 engine refuses.
        """
        wanted, left, corrections = request_id(pdu), deque(timeouts), 0
        failure = SilenceError(late=True)
        try:
            while left and self._clock() < self._ends:
                timeout = left.popleft()
                self._transport.sendto(self._messages.encode(pdu))
                try:
                    return await self._reply(wanted, min(self._clock() + timeout, self._ends))
                except SilenceError as error:
                    failure = error
                except ReportError as report:
                    if not report.again or corrections == _CORRECTIONS:
                        raise TransportError(Outcome.REFUSED, f"SNMPv3 refused: {report}") from None
                    corrections += 1
                    left.appendleft(timeout)
        finally:
            self._messages.forget()
        failure.late = self._clock() >= self._ends
        raise failure

    async def _reply(self, wanted: int, until: float) -> Reply:
        garbage = False
        while True:
            try:
                async with asyncio.timeout_at(until):
                    item = await self._queue.get()
            except TimeoutError:
                raise SilenceError(garbage=garbage) from None
            if isinstance(item, OSError):
                await asyncio.sleep(_GRACE)
                raise SilenceError(closed=True)
            try:
                reply = self._messages.decode(item)
            except UnreadableError:
                garbage = True
                until = min(until, self._clock() + _GRACE)
                continue
            if reply.request_id == wanted:
                self.answered = True
                return reply
