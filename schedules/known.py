"""The known devices, and by what a stranger is recognised as one of them.

A name that factories give (``Switch``, ``localhost``) says nothing; a name or serial number that two known devices
share names neither.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from collectors.discovery import Answer
from collectors.neighbour import Neighbour

# Where SNMP agents listen (RFC 3417).
PORT: Final = 161
# Names that devices have from the factory: they name nobody.
_NOBODY: Final = frozenset({"switch", "router", "localhost", "localhost.localdomain", "(none)", "noname", "ap", "host"})


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A target, with what the inventory knows of it. ``serials`` are ``vendor|serial`` and plain, lower case."""

    name: str
    address: str
    site: str | None = None
    port: int | None = None
    sys_name: str | None = None
    sys_object_id: str | None = None
    serials: frozenset[str] = frozenset()
    chassis: str | None = None


class Register:
    """The known devices by what they can be recognised by."""

    def __init__(self, devices: Iterable[KnownDevice]) -> None:
        self._addresses: dict[str, dict[int, str]] = {}
        self._names: dict[str, set[str]] = {}
        self._serials: dict[str, set[str]] = {}
        self._met: set[str] = set()
        self._chassis: dict[str, set[str]] = {}
        self._twins: dict[tuple[str, str], list[KnownDevice]] = {}
        for device in devices:
            self._add(device)

    def _add(self, device: KnownDevice) -> None:
        self._addresses.setdefault(device.address.casefold(), {}).setdefault(device.port or PORT, device.name)
        for name in {device.name, device.sys_name or "", device.address}:
            for spelling in {name_key(name), short_name(name)} - {""}:
                self._names.setdefault(spelling, set()).add(device.name)
        if device.serials:
            self._met.add(device.name)
        for serial in device.serials:
            self._serials.setdefault(serial, set()).add(device.name)
        if device.chassis:
            self._chassis.setdefault(device.chassis.casefold(), set()).add(device.name)
        if device.sys_name and device.sys_object_id:
            self._twins.setdefault((name_key(device.sys_name), device.sys_object_id), []).append(device)

    def neighbour(self, seen: Neighbour) -> tuple[str, str] | None:
        """The target that a neighbour is, and what says so: its address, then its name, then its chassis or serial."""
        for address in seen.addresses:
            # where several are asked at one address, at ports of their own, it names none of them
            if len(ports := self._addresses.get(address, {})) == 1:
                return next(iter(ports.values())), "address"
        for name in filter(None, (name_key(seen.name or ""), short_name(seen.name or ""))):
            if len(found := self._names.get(name, set())) == 1:
                return next(iter(found)), "name"
        for table, value in (
            (self._chassis, seen.chassis),
            (self._serials, seen.chassis),
            (self._serials, seen.serial),
        ):
            if value and len(found := table.get(value.casefold(), set())) == 1:
                return next(iter(found)), "chassis" if table is self._chassis else "serial"
        return None

    def answer(self, answer: Answer, port: int | None = None) -> tuple[str, str] | None:
        """The target that answered, and what says so: its address, its serial number, or its name and kind."""
        if name := self.at(answer.address, port):
            return name, "address"
        seen = answer.observation
        serial = serial_key(seen.vendor, seen.serial)
        if serial and len(found := self._serials.get(serial, set())) == 1:
            return next(iter(found)), "serial"
        for device in self._twins.get((name_key(seen.sys_name or ""), seen.sys_object_id or ""), []):
            if not (serial and device.serials):
                return device.name, "name"
        return None

    def at(self, address: str, port: int | None = None) -> str | None:
        """The target that is asked at an address and port."""
        return self._addresses.get(address.casefold(), {}).get(port or PORT)

    def met(self, address: str, port: int | None = None) -> bool:
        """Whether the target at an address and port was collected before, and told a serial number."""
        return self.at(address, port) in self._met


def name_key(name: str) -> str:
    """A name as it is compared: case-blind; blank for a name that names nobody."""
    key = name.strip().rstrip(".").casefold()
    return "" if key in _NOBODY else key


def short_name(name: str) -> str:
    """A name without its domain, as it is compared; an address has none."""
    key = name_key(name)
    try:
        ipaddress.ip_address(key)
    except ValueError:
        return name_key(key.partition(".")[0])
    return key


def serial_key(vendor: str | None, serial: str | None) -> str:
    """A serial number as it is compared; blank for none."""
    return f"{vendor or ''}|{serial}".casefold() if serial else ""
