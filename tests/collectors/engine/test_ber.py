"""Values and names in octets: what we write, pysnmp reads, and the other way round; what is broken is told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v2c

from collectors.engine import ber, message
from collectors.engine.ber import UNKNOWN, Read, UnreadableError
from collectors.engine.message import BULK, GET, V1, V2C, Community, Request

ARCS = st.integers(0, ber.MAX_ARC)
NAMES = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)),
    st.tuples(st.just(2), st.integers(0, 1000)),
).flatmap(lambda root: st.lists(ARCS, max_size=20).map(lambda rest: (*root, *rest)))


def dotted(arcs: tuple[int, ...]) -> str:
    return ".".join(map(str, arcs))


@given(NAMES)
def test_names_come_back(arcs: tuple[int, ...]) -> None:
    octets = ber.name_octets(dotted(arcs))
    assert ber.DOTTED[octets] == dotted(arcs)
    assert ber.tlv(ber.OBJECT_ID, octets) == encoder.encode(v2c.ObjectIdentifier(arcs))


@given(NAMES, NAMES)
def test_names_have_the_order_of_their_numbers(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    first, second = ber.name_octets(dotted(one)), ber.name_octets(dotted(other))
    assert (ber.ARCS[first] < ber.ARCS[second]) == (one < other)


@given(st.integers(-(1 << 63), 1 << 63))
def test_numbers_come_back(number: int) -> None:
    octets = ber.integer(number)
    assert ber.number(octets, 0) == (number, len(octets))
    assert int(decoder.decode(octets)[0]) == number


VALUES = st.one_of(
    st.integers(-(1 << 31), (1 << 31) - 1).map(rfc1902.Integer32),
    st.binary(max_size=400).map(rfc1902.OctetString),
    NAMES.map(rfc1902.ObjectIdentifier),
    st.binary(min_size=4, max_size=4).map(rfc1902.IpAddress),
    st.integers(0, (1 << 32) - 1).map(rfc1902.Counter32),
    st.integers(0, (1 << 32) - 1).map(rfc1902.Gauge32),
    st.integers(0, (1 << 32) - 1).map(rfc1902.TimeTicks),
    st.integers(0, (1 << 64) - 1).map(rfc1902.Counter64),
    st.binary(max_size=40).map(rfc1902.Opaque),
    st.sampled_from([rfc1902.Null(""), rfc1905.noSuchObject, rfc1905.noSuchInstance, rfc1905.endOfMibView]),
)


def plain(value: object) -> Read:
    """What pysnmp's value is by our conventions."""
    if isinstance(value, rfc1902.ObjectIdentifier):
        return dotted(tuple(value))
    if isinstance(value, univ.Null):
        return None
    return bytes(value) if isinstance(value, univ.OctetString) else int(value)  # type: ignore[call-overload] # pysnmp's values have no types


@given(st.lists(st.tuples(NAMES, VALUES), max_size=12), st.integers(0, 18), st.integers(1, (1 << 31) - 1))
def test_a_response_of_pysnmp_is_read(
    variables: list[tuple[tuple[int, ...], object]], status: int, identity: int
) -> None:
    pdu = v2c.ResponsePDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, identity)
    v2c.apiPDU.set_error_status(pdu, status)
    v2c.apiPDU.set_varbinds(pdu, variables)
    whole = v2c.Message()
    v2c.apiMessage.set_defaults(whole)
    v2c.apiMessage.set_community(whole, "public")
    v2c.apiMessage.set_pdu(whole, pdu)
    data = bytes(encoder.encode(whole))
    head = message.opened(data)
    reply = message.decode(Community(b"public"), head, data)
    assert (head.version, head.identity, reply.status) == (V2C, identity, status)
    assert [ber.DOTTED[name] for name in reply.names] == [dotted(name) for name, _ in variables]
    assert reply.values == [plain(value) for _, value in variables]


@given(
    st.lists(NAMES, max_size=12), st.integers(1, 100), st.integers(1 << 30, (1 << 31) - 1), st.sampled_from([V1, V2C])
)
def test_pysnmp_reads_our_requests(names: list[tuple[int, ...]], repetitions: int, identity: int, version: int) -> None:
    octets = [ber.name_octets(dotted(name)) for name in names]
    request = Request(BULK, octets, repetitions) if version == V2C else Request(GET, octets)
    data = message.encode(version, Community(b"public"), identity, request)
    whole, rest = decoder.decode(data, asn1Spec=v2c.Message())
    pdu = v2c.apiMessage.get_pdu(whole)
    assert not rest
    assert (int(whole[0]), bytes(whole[1])) == (version, b"public")
    assert int(v2c.apiPDU.get_request_id(pdu)) == identity
    assert [tuple(name) for name, _ in v2c.apiPDU.get_varbinds(pdu)] == names
    if version == V2C:
        assert int(v2c.apiBulkPDU.get_max_repetitions(pdu)) == repetitions


def binding(value: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OBJECT_ID, b"\x2b\x06") + value)


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (b"\x47\x01\x05", UNKNOWN),  # UInteger32 of a draft
        (b"\x9f\x01\x05", UNKNOWN),
        (b"\x02\x00", UNKNOWN),  # a number without octets
        (b"\x02\x0a" + b"\x01" * 10, UNKNOWN),
        (b"\x02\x05\x01\x00\x00\x00\x00", UNKNOWN),  # more than 32 bits
        (b"\x02\x05\x00\x00\x00\x00\x07", 7),  # more octets than it needs
        (b"\x41\x04\xff\xff\xff\xff", 0xFFFFFFFF),  # an agent that forgot the zero octet
        (b"\x41\x05\x01\x00\x00\x00\x00", UNKNOWN),
        (b"\x46\x09\x00" + b"\xff" * 8, (1 << 64) - 1),
        (b"\x06\x02\x2b\x86", UNKNOWN),  # a name that ends in the middle of a number
        (b"\x06\x00", UNKNOWN),
        (b"\x06\x06\xff\xff\xff\xff\xff\x00", UNKNOWN),
        (b"\x06\x06\x2b\xff\xff\xff\xff\x7f", UNKNOWN),  # a number of more than 32 bits
        (b"\x04\x81\x03abc", b"abc"),  # a length in more octets than it needs
        (b"\x04\x84\x00\x00\x00\x03abc", b"abc"),
        (b"\x02\x81\x01\x09", 9),
        (b"\x05\x81\x00", None),
    ],
)
def test_values_that_break_the_rules(octets: bytes, value: Read) -> None:
    data = binding(octets) + binding(b"\x02\x01\x01")
    assert ber.varbinds(data, 0, len(data)) == (
        [b"\x2b\x06"] * 2,
        [value, 1],
        value is not UNKNOWN and value is not None,
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\x30",
        b"\x30\x02\x06\x00",
        b"\x31\x05\x06\x01\x2b\x05\x00",
        b"\x30\x05\x07\x01\x2b\x05\x00",
        b"\x30\x05\x06\x02\x2b\x05\x00",
        b"\x30\x06\x06\x01\x2b\x05\x00",
        b"\x30\x80\x06\x01\x2b\x05\x00",
        b"\x30\x85\x00\x00\x00\x00\x05\x06\x01\x2b\x05\x00",
        b"\x30\x84\x00\x40\x00\x00\x06\x01\x2b\x05\x00",
        b"\x30\x05\x06\x01\x2b\x05\x00\x30",
    ],
)
def test_a_broken_structure_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        ber.varbinds(data, 0, len(data))


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.40", "1.3.-1", "1.3.x"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - int says what is wrong in words of its own
        ber.name_octets(text)


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    for read in (message.opened, lambda octets: ber.varbinds(octets, 0, len(octets)), ber.arcs):
        try:
            read(data)
        except UnreadableError:
            continue
