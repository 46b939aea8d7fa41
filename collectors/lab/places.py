"""Where each simulated device listens: an address of its own in 127.0.0.0/8, else a port of its own on 127.0.0.1.

The ports are unprivileged, because those under 1024 need root. Some systems (macOS, the BSDs) have only 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.lab.agent import loopback_socket
from collectors.lab.plan import Planned
from config.errors import EstateError

SNMP_PORT, SSH_PORT = 16_100, 2_200
# The second octet of the devices' addresses: the first one that no other lab uses. The third is the site.
NETWORKS = range(77, 100)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device listens, or would: a dead one has a place and no socket."""

    address: str
    port: int


Bind = Callable[[Place, str], socket.socket]
"""Binds a socket to a place, for a transport; raises OSError."""


@dataclass(frozen=True, slots=True)
class Held:
    """A place and the socket that holds it, so that no other lab takes it before the device listens."""

    place: Place
    sock: socket.socket


def allocate(devices: Sequence[Planned], sites: Iterable[str], bind: Bind | None = None) -> Mapping[str, Held]:
    """A place for every device, by name; all in one network, or all on 127.0.0.1.

    Args:
        devices: whom to place.
        sites: the sites in order: a site is a network of its own.
        bind: binds a place; by default with a real socket.

    Raises:
        EstateError: when neither way has enough free ports.
    """
    bind = bind or bind_loopback
    for network in NETWORKS:
        try:
            return _hold(devices, _by_address(devices, list(sites), network), bind)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                break
    for offset in range(0, 10_000, 500):
        with contextlib.suppress(OSError):
            return _hold(devices, _by_port(devices, offset), bind)
    raise EstateError("no room for the simulated estate on the loopback addresses: stop another 'estate lab' and retry")


def bind_loopback(place: Place, transport: str) -> socket.socket:
    """A socket of the transport's kind, bound to a place.

    Raises:
        OSError: when it cannot be bound.
    """
    kind = socket.SOCK_STREAM if transport == "ssh" else socket.SOCK_DGRAM
    return loopback_socket(place.address, place.port, kind)


def _hold(devices: Iterable[Planned], places: Mapping[str, Place], bind: Bind) -> dict[str, Held]:
    """Bind every place or, where one cannot be bound, none."""
    held: dict[str, Held] = {}
    try:
        for device in devices:
            place = places[device.name]
            held[device.name] = Held(place, bind(place, device.login.transport))
    except OSError:
        for other in held.values():
            other.sock.close()
        raise
    return held


def _by_address(devices: Iterable[Planned], sites: list[str], network: int) -> dict[str, Place]:
    places = {}
    count = dict.fromkeys(sites, 0)
    for device in devices:
        count[device.site] += 1
        address = f"127.{network}.{sites.index(device.site) + 1}.{count[device.site]}"
        places[device.name] = Place(address, SSH_PORT if device.login.transport == "ssh" else SNMP_PORT)
    return places


def _by_port(devices: Iterable[Planned], offset: int) -> dict[str, Place]:
    places = {}
    for number, device in enumerate(devices, start=1 + offset):
        first = SSH_PORT if device.login.transport == "ssh" else SNMP_PORT
        places[device.name] = Place("127.0.0.1", first + number)
    return places
