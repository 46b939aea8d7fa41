"""Rows of the neighbour tables as agents hold them, written by hand."""

from __future__ import annotations

from collections.abc import Mapping

Objects = dict[str, bytes | int | str]

LLDP, LLDP2 = "1.0.8802.1.1.2.1", "1.3.111.2.802.1.1.13.1"
CDP, FDP = "1.3.6.1.4.1.9.9.23.1.2.1.1", "1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1"
BRIDGE_AND_ROUTER = b"\x28\x00"


def system(name: str, descr: bytes = b"Linux test 6.1", oid: str = "1.3.6.1.4.1.8072.3.2.10") -> Objects:
    """The system group."""
    values: tuple[bytes | int | str, ...] = (descr, oid, 100, b"", name.encode())
    return {f"1.3.6.1.2.1.1.{number}.0": value for number, value in enumerate(values, start=1)}


def ports(names: Mapping[int, str]) -> Objects:
    """The names of interfaces."""
    return {f"1.3.6.1.2.1.31.1.1.1.1.{number}": name.encode() for number, name in names.items()}


def own_chassis(octets: bytes) -> Objects:
    """What neighbours know this chassis by."""
    return {f"{LLDP}.3.1.0": 4, f"{LLDP}.3.2.0": octets}


def lldp(
    port: int, row: int, name: bytes, *, chassis: bytes, addresses: tuple[str, ...] = (), mark: int = 0
) -> Objects:
    """An entry of lldpRemTable, with its management addresses in lldpRemManAddrTable and its port's own name."""
    columns: dict[int, bytes | int | str] = {
        4: 4, 5: chassis, 6: 5, 7: b"eth7", 8: b"uplink", 9: name, 10: b"Linux, Version 5", 12: BRIDGE_AND_ROUTER,
    }  # fmt: skip
    found: Objects = {f"{LLDP}.4.1.1.{column}.{mark}.{port}.{row}": value for column, value in columns.items()}
    found |= {f"{LLDP}.4.2.1.3.{mark}.{port}.{row}.1.4.{address}": 2 for address in addresses}
    return found | {f"{LLDP}.3.7.1.2.{port}": 5, f"{LLDP}.3.7.1.3.{port}": b"ge-0/0/%d" % port}


def lldp2(port: int, row: int, name: bytes, *, chassis: bytes, addresses: tuple[str, ...] = ()) -> Objects:
    """An entry of lldpV2RemTable: its columns stand one further on, its index names a destination address too."""
    columns: dict[int, bytes | int | str] = {5: 4, 6: chassis, 7: 5, 8: b"et1", 10: name, 11: b"EOS", 13: b"\x20\x00"}
    found: Objects = {f"{LLDP2}.4.1.1.{column}.0.{port}.1.{row}": value for column, value in columns.items()}
    return found | {f"{LLDP2}.4.2.1.3.0.{port}.1.{row}.1.4.{address}": 2 for address in addresses}


def cdp(port: int, row: int, device_id: bytes, address: bytes = b"", sys_name: bytes = b"") -> Objects:
    """An entry of cdpCacheTable."""
    columns: dict[int, bytes | int | str] = {
        3: 1, 4: address, 5: b"NX-OS 9.3(8)", 6: device_id, 7: b"Ethernet1/1", 8: b"N9K-C93180YC-EX",
        9: b"\x00\x00\x02\x29", 17: sys_name,
    }  # fmt: skip
    return {f"{CDP}.{column}.{port}.{row}": value for column, value in columns.items()}


def fdp(port: int, row: int, device_id: bytes, address: bytes) -> Objects:
    """An entry of snFdpCacheTable."""
    columns: dict[int, bytes | int | str] = {
        3: device_id, 4: 1, 5: address, 6: b"IronWare V7.3", 7: b"ethernet1/1", 8: b"FWS648", 9: b"Router",
    }  # fmt: skip
    return {f"{FDP}.{column}.{port}.{row}": value for column, value in columns.items()}
