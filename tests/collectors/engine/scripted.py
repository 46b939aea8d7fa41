"""An agent of a few lines over a dictionary, on pysnmp's encoder, with a script that spoils what it answers."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto.api import v2c

Oid = tuple[int, ...]
Values = Mapping[str, bytes | int | str]

SYSTEM: dict[str, bytes | int | str] = {
    "1.3.6.1.2.1.1.1.0": b"Cisco IOS Software, C3560 Software (C3560-IPBASEK9-M), Version 12.2(55)SE5, RELEASE",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.617",
    "1.3.6.1.2.1.1.3.0": 360000,
    "1.3.6.1.2.1.1.5.0": b"sw1",
}
ENTRY = "1.3.6.1.2.1.47.1.1.1.1"
# a table behind entPhysicalTable, so that no column ends with the MIB
BEHIND: dict[str, bytes | int | str] = {"1.3.6.1.2.1.47.1.2.1.1.2.1": b"logical", "1.3.6.1.2.1.99.1": 1}


def device(rows: int = 30) -> dict[str, bytes | int | str]:
    """A switch with so many parts."""
    objects = SYSTEM | BEHIND
    for row in range(1, rows + 1):
        cells: dict[int, bytes | int | str] = {
            2: b"part",
            4: min(row - 1, 1),
            5: 3 if row == 1 else 9,
            6: row,
            7: b"unit %d" % row,
        }
        cells |= {11: b"FDO1634A0%02d" % row, 13: b"WS-C3560-24TS-S" if row == 1 else b""}
        objects |= {f"{ENTRY}.{column}.{row}": value for column, value in cells.items()}
    return objects


@dataclass(slots=True)
class Asked:
    """A request: ``version`` is 0 for v1, 1 for v2c; ``kind`` is GetRequest, GetNextRequest or GetBulkRequest."""

    version: int
    kind: str
    oids: list[Oid]
    repetitions: int
    message: Any = field(repr=False)


def asked(data: bytes) -> Asked:
    """What a datagram asks."""
    message, _ = decoder.decode(data, asn1Spec=v2c.Message())
    pdu = v2c.apiMessage.get_pdu(message)
    kind = type(pdu).__name__.removesuffix("PDU")
    repetitions = int(v2c.apiBulkPDU.get_max_repetitions(pdu)) if kind == "GetBulkRequest" else 1
    return Asked(int(message[0]), kind, [tuple(oid) for oid, _ in v2c.apiPDU.get_varbinds(pdu)], repetitions, message)


def response(
    question: Asked,
    variables: Sequence[tuple[Oid, Any]],
    *,
    status: int = 0,
    index: int = 0,
    community: str = "public",
    identity: int | None = None,
) -> bytes:
    """A response to a request."""
    pdu = v2c.apiPDU.get_response(v2c.apiMessage.get_pdu(question.message))
    v2c.apiPDU.set_varbinds(pdu, list(variables))
    v2c.apiPDU.set_error_status(pdu, status)
    pdu.setComponentByPosition(2, index, verifyConstraints=False)
    if identity is not None:
        v2c.apiPDU.set_request_id(pdu, identity)
    reply = v2c.apiMessage.get_response(question.message)
    v2c.apiMessage.set_community(reply, community)
    v2c.apiMessage.set_pdu(reply, pdu)
    return bytes(encoder.encode(reply))


class Objects:
    """The objects of a device, and what an honest agent answers about them."""

    def __init__(self, values: Values) -> None:
        self.values = {tuple(map(int, oid.split("."))): _typed(value) for oid, value in values.items()}
        self.keys = sorted(self.values)

    def variables(self, question: Asked) -> list[tuple[Oid, Any]]:
        """The variables of an honest answer, in the order of the protocol."""
        if question.kind == "GetRequest":
            return [(oid, self.values.get(oid, v2c.NoSuchInstance(""))) for oid in question.oids]
        found: list[tuple[Oid, Any]] = []
        cursors = question.oids
        for _ in range(question.repetitions):
            row = [self.behind(oid) for oid in cursors]
            found += row
            cursors = [oid for oid, _ in row]
        return found

    def behind(self, oid: Oid) -> tuple[Oid, Any]:
        """The next object."""
        place = bisect.bisect_right(self.keys, oid)
        if place == len(self.keys):
            return oid, v2c.EndOfMibView("")
        return self.keys[place], self.values[self.keys[place]]

    def reply(self, question: Asked) -> bytes:
        """An honest answer; v1 knows no exceptions, so that it says which variable is missing."""
        variables = self.variables(question)
        if question.version == 0:
            for place, (_, value) in enumerate(variables, 1):
                if isinstance(value, v2c.Null):
                    nothing = [(oid, v2c.Null("")) for oid in question.oids]
                    return response(question, nothing, status=2, index=place)
        return response(question, variables)


def _typed(value: bytes | int | str) -> Any:
    if isinstance(value, bytes):
        return v2c.OctetString(value)
    return v2c.Integer32(value) if isinstance(value, int) else v2c.ObjectIdentifier(value)


@dataclass(slots=True)
class Place:
    """Where an agent listens, and what it was asked."""

    address: str
    port: int
    questions: list[Asked]


Answer = Callable[[Asked], bytes | Sequence[bytes] | None]
"""What goes back for a request: a datagram, several of them, or nothing."""


@contextlib.asynccontextmanager
async def scripted(
    answer: Answer, *, delay: float = 0, elsewhere: str = "", host: str = "127.0.0.1"
) -> AsyncIterator[Place]:
    """Run an agent for the length of the block.

    Args:
        answer: what it answers.
        delay: seconds until it does.
        elsewhere: the address that it answers from, another one than it listens at.
        host: the address that it listens at.
    """
    loop, questions = asyncio.get_running_loop(), list[Asked]()

    class Agent(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            questions.append(asked(data))
            replies = answer(questions[-1])
            for reply in [replies] if isinstance(replies, bytes) else replies or ():
                loop.call_later(delay, mouth.sendto, reply, addr)

    ear, _ = await loop.create_datagram_endpoint(Agent, (host, 0))
    mouth = ear
    if elsewhere:
        mouth, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, (elsewhere, 0))
    try:
        address, port, *_ = ear.get_extra_info("sockname")
        yield Place(address, port, questions)
    finally:
        ear.close()
        mouth.close()
