"""BER as SNMP uses it (RFC 3417 section 8): definite lengths, and no deeper than a variable binding.

What comes in is hostile: nothing here recurses, every length is held against the octets that are there, and a value
that cannot be read is :data:`UNKNOWN` instead of the end of its message. A name (an OBJECT IDENTIFIER) stays as its
octets, which is what a walk compares and sends back; it is turned into numbers where somebody looks at it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from collectors.transport import Value

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OBJECT_ID: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TIME_TICKS: Final = 0x43
OPAQUE: Final = 0x44
COUNTER64: Final = 0x46
NO_SUCH_OBJECT: Final = 0x80
NO_SUCH_INSTANCE: Final = 0x81
END_OF_MIB_VIEW: Final = 0x82

# RFC 2578 section 3.5: an object identifier has at most 128 numbers of 32 bits; its first two share one.
MAX_ARCS: Final = 128
MAX_ARC: Final = 0xFFFFFFFF
_LONG: Final = 0x80  # a length octet from here on says how many octets of length follow
_LENGTH_OCTETS: Final = 4
_ABSENT: Final = frozenset((NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW))
_BYTES: Final = frozenset((OCTETS, IP_ADDRESS, OPAQUE))
# Numbers, and how small and large each may be.
_NUMBERS: Final = {
    INTEGER: (-0x80000000, 0x7FFFFFFF),
    COUNTER32: (0, 0xFFFFFFFF),
    GAUGE32: (0, 0xFFFFFFFF),
    TIME_TICKS: (0, 0xFFFFFFFF),
    COUNTER64: (0, 0xFFFFFFFFFFFFFFFF),
}
_NUMBER_OCTETS: Final = 9  # 64 bits and a sign
_BEYOND: Final = bytes(260)  # what a length of one octet can point to behind the end
_KEPT: Final = 1 << 16  # of what is looked up instead of made anew


class UnreadableError(Exception):
    """Octets that are not what they should be."""


class Unknown:
    """A value of a type that SNMP does not have, or that breaks the rules of its type."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()

Read = Value | Unknown | None
"""A value as a device sends it: None where it has none (noSuchObject, noSuchInstance, endOfMibView, NULL)."""

# ------------------------------------------------------------------------------------------------------------- write


def tlv(tag: int, body: bytes) -> bytes:
    """A tag, the length of its body, and the body."""
    size = len(body)
    if size < _LONG:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _LONG | len(octets))) + octets + body


def integer(number: int, tag: int = INTEGER) -> bytes:
    """A number in as few octets as it needs."""
    return tlv(tag, number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, signed=True))


def arcs_octets(arcs: tuple[int, ...]) -> bytes:
    """Numbers in base 128, each with its last octet unmarked."""
    out = bytearray()
    for arc in arcs:
        shift = max(0, (arc.bit_length() - 1) // 7) * 7
        while shift:
            out.append(_LONG | (arc >> shift & 0x7F))
            shift -= 7
        out.append(arc & 0x7F)
    return bytes(out)


@lru_cache(4096)
def name_octets(dotted: str) -> bytes:
    """The octets of a dotted object identifier.

    Raises:
        ValueError: for what is none.
    """
    first, second, *rest = map(int, dotted.split("."))
    # X.690 section 8.19.4: the first two share a number
    if first not in (0, 1, 2) or second not in range(40 if first < 2 else MAX_ARC) or min(rest, default=0) < 0:  # noqa: PLR2004 - X.690
        raise ValueError(f"{dotted} is no object identifier")
    return arcs_octets((first * 40 + second, *rest))


# -------------------------------------------------------------------------------------------------------------- read


def head(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """Where the body of the element at a place begins and ends.

    Raises:
        UnreadableError: when it has another tag, or is longer than what is there.
    """
    try:
        if data[at] != tag:
            raise UnreadableError(f"tag {data[at]:#x} where {tag:#x} should be")
        size, at = data[at + 1], at + 2
    except IndexError:
        raise UnreadableError("cut off") from None
    if size >= _LONG:
        size, at = long_length(data, at, size)
    if at + size > len(data):
        raise UnreadableError("longer than the datagram")
    return at, at + size


def long_length(data: bytes, at: int, marker: int) -> tuple[int, int]:
    """A length that does not fit one octet, and where the body begins.

    Raises:
        UnreadableError: when it is indefinite or of more than four octets.
    """
    octets = marker & 0x7F
    if not 0 < octets <= _LENGTH_OCTETS:
        raise UnreadableError("a length that SNMP does not have")
    return int.from_bytes(data[at : at + octets]), at + octets


def number(data: bytes, at: int) -> tuple[int, int]:
    """The INTEGER at a place, and where the next element begins.

    Raises:
        UnreadableError: when there is none of at most 64 bits.
    """
    at, end = head(data, at, INTEGER)
    if not 0 < end - at <= _NUMBER_OCTETS:
        raise UnreadableError("no number")
    return int.from_bytes(data[at:end], signed=True), end


def octets(data: bytes, at: int) -> tuple[bytes, int]:
    """The OCTET STRING at a place, and where the next element begins.

    Raises:
        UnreadableError: when there is none.
    """
    at, end = head(data, at, OCTETS)
    return data[at:end], end


def varbinds(data: bytes, at: int, end: int) -> tuple[list[bytes], list[Read], bool]:
    """The variable bindings between two places (RFC 3416 section 3): names, values, and whether all have one.

    This loop is where a collection spends its time, and is written for that: the lengths of a binding of fewer than 128
    octets are all right if they add up.

    Raises:
        UnreadableError: when their structure is broken.
    """
    names: list[bytes] = []
    values: list[Read] = []
    whole = True
    data += _BEYOND
    while at < end:
        size, start = data[at + 1], at + 4
        middle, stop = start + data[at + 3], at + 2 + size
        body = middle + 2
        if size > 127 or data[at] != 48 or data[at + 2] != 6 or body + data[middle + 1] != stop:  # noqa: PLR2004 - tags and lengths that have names above
            start, middle, body, stop = _long_binding(data, at)
        names.append(data[start:middle])
        if data[middle] == 4:  # noqa: PLR2004 - tags that have names above
            values.append(data[body:stop])
        else:
            found = VALUES[data[middle:stop]]
            values.append(found)
            if found is None or found is UNKNOWN:
                whole = False
        at = stop
    if at != end:
        raise UnreadableError("cut off")
    return names, values, whole


def _long_binding(data: bytes, at: int) -> tuple[int, int, int, int]:
    """Where the name, the value, its body and the next binding begin, whatever the lengths are written like.

    Raises:
        UnreadableError: when they contradict each other.
    """
    at, stop = head(data, at, SEQUENCE)
    start, middle = head(data, at, OBJECT_ID)
    body, end = head(data, middle, data[middle])
    if end != stop:
        raise UnreadableError("lengths that contradict each other")
    return start, middle, body, stop


class _Values(dict[bytes, Read]):
    """Values of all types but octet strings, by their octets with tag and length; most come again and again."""

    def __missing__(self, octets: bytes) -> Read:
        if len(self) >= _KEPT:
            self.clear()
        at, _ = head(octets, 0, octets[0])
        found = self[octets] = _value(octets[0], octets[at:])
        return found


def _value(tag: int, body: bytes) -> Read:
    """The value of a type and its octets."""
    if tag == OBJECT_ID:
        return DOTTED[body]
    if tag in _BYTES:
        return body
    if tag in _ABSENT:
        return None
    limits = _NUMBERS.get(tag)
    if limits is None or not 0 < len(body) <= _NUMBER_OCTETS:
        return UNKNOWN
    # agents leave out the zero octet before an unsigned number whose first bit is set
    found = int.from_bytes(body, signed=tag == INTEGER)
    return found if limits[0] <= found <= limits[1] else UNKNOWN


def arcs(name: bytes) -> tuple[int, ...]:
    """Octets in base 128 as numbers; the inverse of :func:`arcs_octets`.

    Raises:
        UnreadableError: when they end in the middle of a number, or hold too many or too large ones.
    """
    if name.isascii():  # every number below 128: the octets are the numbers
        found: tuple[int, ...] = tuple(name)
    else:
        numbers, arc = list[int](), 0
        for octet in name:
            arc = arc << 7 | octet & 0x7F
            if arc > MAX_ARC:
                raise UnreadableError("an object identifier with a number of more than 32 bits")
            if octet < _LONG:
                numbers.append(arc)
                arc = 0
        if name[-1] >= _LONG:
            raise UnreadableError("an object identifier that ends in the middle of a number")
        found = tuple(numbers)
    if len(found) > MAX_ARCS:
        raise UnreadableError("an object identifier that is too long")
    return found


class _Arcs(dict[bytes, tuple[int, ...]]):
    """What the octets of names mean, looked up; the same ones come from every row and device."""

    def __missing__(self, name: bytes) -> tuple[int, ...]:
        if len(self) >= _KEPT:
            self.clear()
        found = self[name] = arcs(name)
        return found


class _Indexes(dict[bytes, str]):
    """The dotted text of a name's last octets."""

    def __missing__(self, name: bytes) -> str:
        if len(self) >= _KEPT:
            self.clear()
        found = self[name] = ".".join(map(str, ARCS[name]))
        return found


class _Dotted(dict[bytes, str | Unknown]):
    """The dotted text of a whole name."""

    def __missing__(self, name: bytes) -> str | Unknown:
        if len(self) >= _KEPT:
            self.clear()
        try:
            found = self[name] = _dotted(name)
        except UnreadableError:
            return UNKNOWN
        return found


def _dotted(name: bytes) -> str:
    if not name:
        raise UnreadableError("an object identifier that is empty")
    first, *rest = arcs(name)
    root = min(first // 40, 2)
    return ".".join(map(str, (root, first - root * 40, *rest)))


# Names by their octets: as numbers, as the dotted index behind a column, and as a whole. Looking one up raises
# UnreadableError for octets that are no name; DOTTED answers UNKNOWN instead.
ARCS: Final = _Arcs()
INDEXES: Final = _Indexes()
DOTTED: Final = _Dotted()
VALUES: Final = _Values()
