"""Asking simulated devices with the reference clients: pysnmp for SNMP, netmiko for SSH."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netmiko import ConnectHandler
from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    usmAesCfb128Protocol,
    usmHMAC192SHA256AuthProtocol,
)

from collectors.lab.sshd import SshServing


def community(name: str = "public") -> Any:
    """SNMP v2c."""
    return CommunityData(name, mpModel=1)  # noqa: S508 - old protocols are what old devices speak


def user(name: str, auth_password: str, priv_password: str) -> Any:
    """SNMP v3 with SHA-256 and AES-128."""
    return UsmUserData(
        name,
        auth_password,
        priv_password,
        authProtocol=usmHMAC192SHA256AuthProtocol,
        privProtocol=usmAesCfb128Protocol,
    )


def new_engine() -> Any:
    """A client's engine; making one takes a tenth of a second."""
    return SnmpEngine()


async def get(
    auth: Any, address: str, port: int, oids: Sequence[str], *, patience: float = 5, engine: Any = None
) -> tuple[str, list[Any]]:
    """One GET: what went wrong (blank for nothing), and the values. ``patience`` is in seconds."""
    engine = engine or new_engine()
    target = await UdpTransportTarget.create((address, port), timeout=patience, retries=0)
    names = [ObjectType(ObjectIdentity(oid)) for oid in oids]
    error, _, _, binds = await get_cmd(engine, auth, target, ContextData(), *names, lookupMib=False)
    return str(error or ""), [value for _, value in binds]


async def bulk(
    auth: Any, address: str, port: int, oids: Sequence[str], repeat: int, *, patience: float = 5
) -> tuple[str, list[Any]]:
    """One GETBULK: what went wrong (blank for nothing), and the names and values. ``patience`` is in seconds."""
    target = await UdpTransportTarget.create((address, port), timeout=patience, retries=0)
    names = [ObjectType(ObjectIdentity(oid)) for oid in oids]
    answer = await bulk_cmd(SnmpEngine(), auth, target, ContextData(), 0, repeat, *names, lookupMib=False)
    return str(answer[0] or ""), [(str(name), value) for name, value in answer[3]]


def shell(serving: SshServing, platform: str, password: str, known_hosts: Path) -> Any:
    """A netmiko connection that accepts this device's host key only."""
    known_hosts.write_text(f"{serving.known_host}\n", encoding="utf-8")
    return ConnectHandler(
        device_type=platform,
        host=serving.address,
        port=serving.port,
        username="estate",
        password=password,
        ssh_strict=True,
        system_host_keys=False,
        alt_host_keys=True,
        alt_key_file=str(known_hosts),
    )
