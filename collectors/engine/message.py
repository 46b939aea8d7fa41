"""Requests and replies, and the messages of SNMPv1 (RFC 1157) and SNMPv2c (RFC 1901) that carry them."""

from __future__ import annotations

from typing import Final, NamedTuple

from collectors.engine import ber
from collectors.engine.ber import Read, UnreadableError, tlv

GET: Final = 0xA0
NEXT: Final = 0xA1
RESPONSE: Final = 0xA2
BULK: Final = 0xA5
REPORT: Final = 0xA8

V1: Final = 0
V2C: Final = 1
V3: Final = 3

# error-status of RFC 3416 section 3
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2

_ZERO: Final = ber.integer(0)
_NUMBERS: Final = [ber.integer(number) for number in range(128)]


class _Unvalued(dict[int, bytes]):
    """What stands before a name of so many octets in a variable binding with NULL."""

    def __missing__(self, size: int) -> bytes:
        found = self[size] = tlv(ber.SEQUENCE, tlv(ber.OBJECT_ID, bytes(size)) + b"\x05\x00")[: -size - 2]
        return found


_UNVALUED: Final = _Unvalued()


class Request(NamedTuple):
    """What to ask: a PDU type, the names, and for GETBULK how many repetitions (non-repeaters there are none)."""

    kind: int
    names: list[bytes]
    repetitions: int = 0


class Reply(NamedTuple):
    """A response PDU: a variable that the device does not have, or the end of its MIB, is None.

    ``place`` is the error-index: which variable of the request an error is about, from 1; 0 where it does not say.
    ``whole`` says that every variable has a value of a type that we know.
    """

    status: int
    place: int
    names: list[bytes]
    values: list[Read]
    whole: bool


class Head(NamedTuple):
    """The beginning of a datagram, as much as tells whose answer it is.

    ``identity`` is the request-id, or the msgID of SNMPv3. ``at`` and ``end`` say where the rest lies: what stands
    behind the request-id in the PDU, or behind the msgID in the header.
    """

    version: int
    community: bytes
    kind: int
    identity: int
    at: int
    end: int


class Community:
    """What opens devices by v1 and v2c."""

    __slots__ = ("heads", "octets")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.heads = {version: ber.integer(version) + tlv(ber.OCTETS, octets) for version in (V1, V2C)}


def opened(data: bytes) -> Head:
    """The beginning of a datagram.

    Raises:
        UnreadableError: when it is none of SNMP.
    """
    at, end = ber.head(data, 0, ber.SEQUENCE)
    version, at = ber.number(data, at)
    if version == V3:
        at, stop = ber.head(data, at, ber.SEQUENCE)
        identity, at = ber.number(data, at)
        return Head(version, b"", 0, identity, at, stop)
    if version not in (V1, V2C):
        raise UnreadableError("a version of SNMP that is none")
    community, at = ber.octets(data, at)
    if at >= end:
        raise UnreadableError("no PDU")
    kind = data[at]
    at, end = ber.head(data, at, kind)
    identity, at = ber.number(data, at)
    return Head(version, community, kind, identity, at, end)


def body(data: bytes, at: int, end: int) -> Reply:
    """What stands behind the request-id in a response.

    Raises:
        UnreadableError: when its structure is broken.
    """
    status, at = ber.number(data, at)
    place, at = ber.number(data, at)
    at, stop = ber.head(data, at, ber.SEQUENCE)
    if stop > end:
        raise UnreadableError("lengths that contradict each other")
    return Reply(status, place, *ber.varbinds(data, at, stop))


def pdu(identity: int, request: Request) -> bytes:
    """The PDU of a request; its id is one of four octets."""
    names = b"".join([_UNVALUED[len(name)] + name + b"\x05\x00" for name in request.names])
    numbers = b"\x02\x04" + identity.to_bytes(4) + _ZERO + _NUMBERS[request.repetitions]
    return tlv(request.kind, numbers + tlv(ber.SEQUENCE, names))


def encode(version: int, community: Community, identity: int, request: Request) -> bytes:
    """The datagram of a request, by v1 or v2c."""
    return tlv(ber.SEQUENCE, community.heads[version] + pdu(identity, request))


def decode(community: Community, head: Head, data: bytes) -> Reply:
    """The reply in a datagram, by v1 or v2c.

    Raises:
        UnreadableError: when it is none, or bears another community.
    """
    if head.kind != RESPONSE or head.community != community.octets:
        raise UnreadableError("another community, or no response")
    return body(data, head.at, head.end)
