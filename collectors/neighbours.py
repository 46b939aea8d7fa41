"""Whom a device sees on its ports: LLDP, CDP and FDP as their MIBs keep them.

Sources: LLDP-MIB (IEEE 802.1AB-2005), which Arista, Cisco, Extreme, H3C, HP, Huawei, Juniper, MikroTik and nearly all
others implement; LLDP-V2-MIB (IEEE 802.1AB-2009), read where the first is absent, as on Palo Alto; CISCO-CDP-MIB, which
HP implements too; FOUNDRY-SN-SWITCH-GROUP-MIB for FDP of Foundry and Brocade. What stands in them was sent by anybody
who can plug in a cable, so it is bounded and cleaned like everything that a device says.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from collectors.text import clean, clean_name, decode, descr
from collectors.transport import SnmpTransport, TransportError, Value

# Rows of one table that are read: the largest chassis have a thousand ports.
MAX_ROWS: Final = 4096
MAX_ADDRESSES: Final = 8
_MAC_OCTETS: Final = 6
_IP_OCTETS: Final = (4, 16)
_BROADCAST: Final = ipaddress.IPv4Address("255.255.255.255")
_PORTS_AT_ONCE: Final = 20
# lldpRemChassisIdSubtype and lldpRemPortIdSubtype (LldpChassisIdSubtype, LldpPortIdSubtype).
_CHASSIS_IS_MAC, _CHASSIS_IS_ADDRESS, _PORT_IS_MAC = 4, 5, 3
# IANA address family numbers, as lldpRemManAddrSubtype and a chassis id of subtype 5 begin.
_FAMILIES: Final = {"1": 4, "2": 16}
_HEX_MAC: Final = re.compile(r"[0-9a-f]{12}")
_MAC_MARKS: Final = str.maketrans("", "", ":-. ")
# CDP's device id of a Nexus: NAME(SERIAL).
_NAME_SERIAL: Final = re.compile(r"(.+?)\(([A-Za-z0-9]{6,20})\)")

# LldpSystemCapabilitiesMap, from the most significant bit on; and the bits of cdpCacheCapabilities from the least on.
_LLDP_CAN: Final = ("other", "repeater", "bridge", "access-point", "router", "telephone", "cable-modem", "station")
_CDP_CAN: Final = ("router", "bridge", "bridge", "switch", "host", "igmp", "repeater", "telephone")

_SYS_NAME: Final = "1.3.6.1.2.1.1.5.0"
_IF_NAME: Final = "1.3.6.1.2.1.31.1.1.1.1"
_IF_DESCR: Final = "1.3.6.1.2.1.2.2.1.2"
_IF_ALIAS: Final = "1.3.6.1.2.1.31.1.1.1.18"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody on a port. ``port`` is the port of the device that was asked; unknown is None or empty.

    ``addresses`` are management addresses, best first; ``chassis`` is a MAC address as ``aa:bb:cc:dd:ee:ff``, else
    whatever text identifies the chassis; ``serial`` only where the protocol's text holds one.
    """

    protocol: str
    port: str
    name: str | None = None
    addresses: tuple[str, ...] = ()
    description: str | None = None
    capabilities: tuple[str, ...] = ()
    chassis: str | None = None
    serial: str | None = None
    remote_port: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one device said of its neighbours, and of itself: ``chassis`` is what its neighbours know it by."""

    neighbours: tuple[Neighbour, ...] = ()
    chassis: str | None = None
    complete: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Protocol:
    """Where a protocol's table stands. ``key`` is the column that every entry has; ``port_at`` its place in the index.

    ``row_at`` are the places of the index that name an entry for good: LLDP's begin with a time that changes.
    ``managed`` is the table whose index holds management addresses. ``own_port`` and ``own_text`` are what it calls the
    ports itself, where it numbers them in its own way.
    """

    name: str
    key: str
    columns: Mapping[str, str]
    port_at: int
    row_at: tuple[int, ...]
    own_chassis: str = ""
    managed: str = ""
    own_port: str = ""
    own_text: str = ""
    wanted: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        extra = (self.managed,) if self.managed else ()
        object.__setattr__(self, "wanted", (*self.columns.values(), *extra))


def _columns(root: str, **numbers: int) -> dict[str, str]:
    return {name: f"{root}.{number}" for name, number in numbers.items()}


_LLDP_ROOT, _LLDP2_ROOT = "1.0.8802.1.1.2.1", "1.3.111.2.802.1.1.13.1"
_LLDP: Final = _Protocol(
    "lldp",
    f"{_LLDP_ROOT}.4.1.1.5",
    _columns(
        f"{_LLDP_ROOT}.4.1.1", kind=4, chassis=5, port_kind=6, port=7, port_text=8, name=9, description=10, can=12
    ),
    port_at=1,
    row_at=(1, 2),
    own_chassis=f"{_LLDP_ROOT}.3.2.0",
    managed=f"{_LLDP_ROOT}.4.2.1.3",
    own_port=f"{_LLDP_ROOT}.3.7.1.3",
    own_text=f"{_LLDP_ROOT}.3.7.1.4",
)
_LLDP2: Final = _Protocol(
    "lldp",
    f"{_LLDP2_ROOT}.4.1.1.6",
    _columns(
        f"{_LLDP2_ROOT}.4.1.1", kind=5, chassis=6, port_kind=7, port=8, port_text=9, name=10, description=11, can=13
    ),
    port_at=1,
    row_at=(1, 2, 3),
    own_chassis=f"{_LLDP2_ROOT}.3.2.0",
    managed=f"{_LLDP2_ROOT}.4.2.1.3",
)
_CDP: Final = _Protocol(
    "cdp",
    "1.3.6.1.4.1.9.9.23.1.2.1.1.6",
    _columns(
        "1.3.6.1.4.1.9.9.23.1.2.1.1",
        address=4, version=5, name=6, port=7, platform=8, can=9, sys_name=17, address2=20,
    ),
    port_at=0,
    row_at=(0, 1),
)  # fmt: skip
_FDP: Final = _Protocol(
    "fdp",
    "1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1.3",
    _columns("1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1", name=3, address=5, version=6, port=7, platform=8, can=9),
    port_at=0,
    row_at=(0, 1),
)
_PROTOCOLS: Final = (_LLDP, _LLDP2, _CDP, _FDP)

Columns = Mapping[str, Mapping[str, Value]]


async def ask_neighbours(transport: SnmpTransport) -> Heard:
    """Ask a device whom it sees.

    One small walk says which protocols it has; only those are read. A walk that was cut off says so in ``complete``.

    Raises:
        TransportError: when the very first question is not answered.
    """
    own = await transport.get((_SYS_NAME, _LLDP.own_chassis, _LLDP2.own_chassis))
    keys = await transport.walk(tuple(protocol.key for protocol in _PROTOCOLS), MAX_ROWS)
    spoken = [protocol for protocol in _PROTOCOLS if keys.columns.get(protocol.key)]
    if _LLDP in spoken and _LLDP2 in spoken:
        spoken.remove(_LLDP2)
    chassis = next((value for oid in (_LLDP.own_chassis, _LLDP2.own_chassis) if (value := own.get(oid))), b"")
    if not spoken:
        return Heard((), chassis_id(None, chassis), keys.complete, keys.reason)
    walk = await transport.walk(tuple(oid for protocol in spoken for oid in protocol.wanted), MAX_ROWS)
    neighbours: list[Neighbour] = []
    for protocol in spoken:
        names = await _port_names(transport, protocol, walk.columns)
        neighbours += parse(protocol, walk.columns, names)
    reasons = dict.fromkeys(part.reason for part in (keys, walk) if part.reason)
    return Heard(tuple(neighbours), chassis_id(None, chassis), keys.complete and walk.complete, "; ".join(reasons))


async def _port_names(transport: SnmpTransport, protocol: _Protocol, columns: Columns) -> dict[str, str]:
    """What the ports that stand in a protocol's table are called; one without a name keeps its number."""
    numbers = dict.fromkeys(
        number for index in columns.get(protocol.key, ()) if (number := _place(index, protocol.port_at))
    )
    found: dict[str, str] = {}
    ports = list(numbers)
    asked = [oid for oid in (_IF_NAME, _IF_DESCR, _IF_ALIAS, protocol.own_port, protocol.own_text) if oid]
    for start in range(0, len(ports), _PORTS_AT_ONCE):
        some = ports[start : start + _PORTS_AT_ONCE]
        try:
            said = await transport.get([f"{column}.{port}" for port in some for column in asked])
        except TransportError:
            # it answered before: the names of the ports are not worth losing the neighbours
            break
        for port in some:
            found[port] = _called(protocol, port, {column: said.get(f"{column}.{port}", b"") for column in asked})
    return found


def _called(protocol: _Protocol, port: str, said: Mapping[str, Value]) -> str:
    """What a port is called.

    The number is an ifIndex in CDP and FDP. In LLDP-MIB it is so on some agents only: on those whose own text for the
    port is what the interface of that number is called or described as.
    """
    text = {column: _port_text(value) for column, value in said.items()}
    interface = text[_IF_NAME] or text[_IF_DESCR]
    if not protocol.own_port:
        return interface or port
    own, described = text[protocol.own_port], text[protocol.own_text]
    if own and own != port:
        return own
    if described and described in {text[_IF_ALIAS], text[_IF_DESCR], text[_IF_NAME]}:
        return interface or described
    return described or port


def parse(protocol: _Protocol, columns: Columns, port_names: Mapping[str, str]) -> tuple[Neighbour, ...]:
    """The neighbours in a protocol's columns, in the order of the table; an entry that says nothing is left out."""
    managed = _managed(protocol, columns.get(protocol.managed, {}))
    neighbours = []
    for index in columns.get(protocol.key, {}):
        number = _place(index, protocol.port_at)
        row = {name: columns.get(oid, {}).get(index, b"") for name, oid in protocol.columns.items()}
        addresses = managed.get(_row(index, protocol.row_at), ())
        make = _lldp if protocol.name == "lldp" else _cdp
        found = make(protocol.name, port_names.get(number, number), row, addresses)
        if found.name or found.addresses or found.chassis or found.description:
            neighbours.append(found)
    return tuple(neighbours)


def _lldp(protocol: str, port: str, row: Mapping[str, Value], addresses: tuple[str, ...]) -> Neighbour:
    kind, own = row["kind"], row["chassis"]
    if kind == _CHASSIS_IS_ADDRESS and isinstance(own, bytes) and (said := address(own[1:])):
        addresses = (*addresses, said)
    remote = mac(row["port"]) if row["port_kind"] == _PORT_IS_MAC else clean(row["port"])
    chassis, name, serial = chassis_id(kind, own), clean_name(row["name"]), None
    if chassis and (parts := _NAME_SERIAL.fullmatch(chassis)):
        # an agent that keeps CDP's entries in this table too
        chassis, name, serial = None, name or parts[1], parts[2]
    return Neighbour(
        protocol=protocol,
        port=port,
        name=name,
        addresses=tuple(dict.fromkeys(addresses))[:MAX_ADDRESSES],
        description=_text(row["description"]),
        capabilities=_lldp_can(row["can"]),
        chassis=chassis,
        serial=serial,
        remote_port=remote or clean(row["port_text"]),
    )


def _cdp(protocol: str, port: str, row: Mapping[str, Value], _managed: tuple[str, ...]) -> Neighbour:
    """An entry of CDP or FDP: the device id is a name, a name with a serial number, or a MAC address."""
    chassis, serial = mac(row["name"]), None
    name = None if chassis else clean_name(row["name"])
    if name and (parts := _NAME_SERIAL.fullmatch(name)):
        name, serial = parts[1], parts[2]
    said = [address(row.get(key, b"")) for key in ("address", "address2")]
    texts = dict.fromkeys(text for key in ("platform", "version") if (text := _text(row[key])))
    return Neighbour(
        protocol=protocol,
        port=port,
        name=clean_name(row.get("sys_name", b"")) or name,
        addresses=tuple(dict.fromkeys(item for item in said if item)),
        description=", ".join(texts) or None,
        capabilities=_cdp_can(row["can"]),
        chassis=chassis,
        serial=serial,
        remote_port=clean(row["port"]),
    )


# -------------------------------------------------------------------------------------------------- small values


def mac(value: Value) -> str | None:
    """A MAC address, from six octets or from its usual spellings, as ``aa:bb:cc:dd:ee:ff``; None for anything else."""
    if isinstance(value, bytes) and len(value) == _MAC_OCTETS and not value.isalnum():
        text = value.hex()
    else:
        text = decode(value)[:20].strip().lower().translate(_MAC_MARKS)
    if not _HEX_MAC.fullmatch(text) or not text.strip("0") or not text.strip("f"):
        return None
    return ":".join(text[place : place + 2] for place in range(0, 12, 2))


def chassis_id(kind: Value | None, value: Value) -> str | None:
    """What identifies a chassis: a MAC address where it is one, else its text."""
    if kind == _CHASSIS_IS_MAC and isinstance(value, bytes) and len(value) == _MAC_OCTETS:
        return mac(value.hex())
    if kind == _CHASSIS_IS_ADDRESS:
        return None
    return mac(value) or clean_name(value)


def address(value: Value) -> str | None:
    """An address somebody can be asked at, from its octets or its text; None for none and for what is nobody's own."""
    try:
        if isinstance(value, bytes) and len(value) in _IP_OCTETS:
            found = ipaddress.ip_address(value)
        else:
            found = ipaddress.ip_address(decode(value)[:64].strip())
    except ValueError:
        return None
    nobodys = found.is_unspecified or found.is_multicast or found.is_link_local or found == _BROADCAST
    return None if nobodys or isinstance(value, int) else str(found)


def _managed(protocol: _Protocol, rows: Iterable[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The management addresses of each entry; they stand in the index: family, length, octets.

    Some agents leave the length out; others write text or nothing at all, which is passed over.
    """
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    start = protocol.row_at[-1] + 1 if protocol.row_at else 0
    for index in rows:
        arcs = index.split(".")
        family, rest = arcs[start : start + 1], arcs[start + 1 :]
        size = _FAMILIES.get(family[0]) if family else None
        if size is None:
            continue
        octets = rest[1:] if rest[:1] == [str(size)] and len(rest) == size + 1 else rest
        if len(octets) == size and all(int(octet) < 256 for octet in octets):  # noqa: PLR2004 - octets
            text = address(bytes(map(int, octets)))
            if text:
                found[_row(index, protocol.row_at)].append(text)
    return {row: tuple(dict.fromkeys(texts)) for row, texts in found.items()}


def _row(index: str, places: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(_place(index, place) for place in places)


def _place(index: str, place: int) -> str:
    arcs = index.split(".")
    return arcs[place] if place < len(arcs) else ""


def _text(value: Value) -> str | None:
    """A description as one line; some agents put it in quotes and lose the second one."""
    return descr(value).strip("\"' ") or None


def _port_text(value: Value) -> str | None:
    """The name of a port; a MAC address is none, and the next column is looked at."""
    return None if mac(value) else clean_name(value)


def _lldp_can(value: Value) -> tuple[str, ...]:
    if not isinstance(value, bytes) or not value:
        return ()
    return tuple(word for bit, word in enumerate(_LLDP_CAN) if value[0] & (0x80 >> bit))


def _cdp_can(value: Value) -> tuple[str, ...]:
    """CDP keeps four octets of bits; FDP a text such as ``Router``."""
    if isinstance(value, bytes) and len(value) == 4 and not value.isalpha():  # noqa: PLR2004 - CapabilitiesCodes
        return tuple(dict.fromkeys(word for bit, word in enumerate(_CDP_CAN) if value[3] & (1 << bit)))
    text = clean_name(value) if isinstance(value, bytes) else None
    return tuple(text.lower().split()[:8]) if text and not text.isdigit() else ()
