"""Whom a device sees on its ports: asked by LLDP, CDP and FDP, as far as it has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collectors.neighbour import Columns, Neighbour, chassis_id, mac, parse, place_of
from collectors.neighbour_protocols import LLDP, LLDP2, PROTOCOLS, Protocol
from collectors.text import clean_name
from collectors.transport import SnmpTransport, TransportError, Value

# Rows of one table that are read: the largest chassis have a thousand ports.
MAX_ROWS: Final = 4096
_PORTS_AT_ONCE: Final = 20
_SYS_NAME: Final = "1.3.6.1.2.1.1.5.0"
_IF_NAME: Final = "1.3.6.1.2.1.31.1.1.1.1"
_IF_DESCR: Final = "1.3.6.1.2.1.2.2.1.2"
_IF_ALIAS: Final = "1.3.6.1.2.1.31.1.1.1.18"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one device said of its neighbours, and of itself: ``chassis`` is what its neighbours know it by."""

    neighbours: tuple[Neighbour, ...] = ()
    chassis: str | None = None
    complete: bool = True
    reason: str = ""


async def ask_neighbours(transport: SnmpTransport) -> Heard:
    """Ask a device whom it sees.

    One small walk says which protocols it has; only those are read. A walk that was cut off says so in ``complete``.

    Raises:
        TransportError: when the very first question is not answered.
    """
    own = await transport.get((_SYS_NAME, LLDP.own_chassis, LLDP2.own_chassis))
    keys = await transport.walk(tuple(protocol.key for protocol in PROTOCOLS), MAX_ROWS)
    spoken = [protocol for protocol in PROTOCOLS if keys.columns.get(protocol.key)]
    if LLDP in spoken and LLDP2 in spoken:
        spoken.remove(LLDP2)
    chassis = next((value for oid in (LLDP.own_chassis, LLDP2.own_chassis) if (value := own.get(oid))), b"")
    if not spoken:
        return Heard((), chassis_id(None, chassis), keys.complete, keys.reason)
    walk = await transport.walk(tuple(oid for protocol in spoken for oid in protocol.wanted), MAX_ROWS)
    neighbours: list[Neighbour] = []
    for protocol in spoken:
        names = await _port_names(transport, protocol, walk.columns)
        neighbours += parse(protocol, walk.columns, names)
    reasons = dict.fromkeys(part.reason for part in (keys, walk) if part.reason)
    return Heard(tuple(neighbours), chassis_id(None, chassis), keys.complete and walk.complete, "; ".join(reasons))


async def _port_names(transport: SnmpTransport, protocol: Protocol, columns: Columns) -> dict[str, str]:
    """What the ports that stand in a protocol's table are called; one without a name keeps its number."""
    numbers = dict.fromkeys(
        number for index in columns.get(protocol.key, ()) if (number := place_of(index, protocol.port_at))
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


def _called(protocol: Protocol, port: str, said: Mapping[str, Value]) -> str:
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


def _port_text(value: Value) -> str | None:
    """The name of a port; a MAC address is none, and the next column is looked at."""
    return None if mac(value) else clean_name(value)
