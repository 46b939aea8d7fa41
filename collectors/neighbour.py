"""One neighbour of a device, as an entry of LLDP, CDP or FDP tells of it.

What stands there was sent by anybody who can plug in a cable, so it is bounded and cleaned like everything that a
device says.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collectors.neighbour_protocols import Protocol
from collectors.text import clean, clean_name, decode, descr
from collectors.transport import Value

MAX_ADDRESSES: Final = 8
_MAC_OCTETS: Final = 6
_IP_OCTETS: Final = (4, 16)
_BROADCAST: Final = ipaddress.IPv4Address("255.255.255.255")
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


Columns = Mapping[str, Mapping[str, Value]]


def parse(protocol: Protocol, columns: Columns, port_names: Mapping[str, str]) -> tuple[Neighbour, ...]:
    """The neighbours in a protocol's columns, in the order of the table; an entry that says nothing is left out."""
    managed = _managed(protocol, columns.get(protocol.managed, {}))
    neighbours = []
    for index in columns.get(protocol.key, {}):
        number = place_of(index, protocol.port_at)
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


# ------------------------------------------------------------------------------------------------------- small values


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


def _managed(protocol: Protocol, rows: Iterable[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The management addresses of each entry; they stand in the index: family, length, octets.

    Some agents leave the length out; others write text or nothing at all, which is passed over.
    """
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    start = protocol.row_at[-1] + 1
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
    return tuple(place_of(index, place) for place in places)


def place_of(index: str, place: int) -> str:
    """One arc of an index; blank where the index is shorter."""
    arcs = index.split(".")
    return arcs[place] if place < len(arcs) else ""


def _text(value: Value) -> str | None:
    """A description as one line; some agents put it in quotes and lose the second one."""
    return descr(value).strip("\"' ") or None


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
