"""SNMP sessions by credential: what opens devices is made once a credential and shared by all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.credentials import Credential
from collectors.secrets import SecretError, resolve
from collectors.transport import SnmpTransport
from config.settings import Snmp

if TYPE_CHECKING:
    from collectors.snmp import Access


class SnmpSessions:
    """Opens sessions to devices; it belongs to one event loop, because SNMPv3 engines are shared in it."""

    def __init__(self, folder: Path, snmp: Snmp) -> None:
        """Prepare sessions: ``folder`` is the estate folder, beside which secret files lie."""
        self._folder = folder
        self._snmp = snmp
        self._access: dict[str, Access] = {}

    @asynccontextmanager
    async def open(
        self, address: str, port: int | None, credential: Credential, settings: Snmp | None = None
    ) -> AsyncIterator[SnmpTransport]:
        """A session with a device for the length of the block; nothing is sent yet. ``settings`` replaces the usual.

        Raises:
            SecretError: when the credential's secrets cannot be had.
            TransportError: when the name does not resolve or there is no route.
        """
        from collectors.snmp import PysnmpTransport  # noqa: PLC0415 - pysnmp is slow to import

        transport = await PysnmpTransport.open(address, port, self._opens(credential), settings or self._snmp)
        try:
            yield transport
        finally:
            transport.close()

    def _opens(self, credential: Credential) -> Access:
        """What opens devices with a credential, made once: a v3 user's keys cost a megabyte of hashing."""
        if credential.name not in self._access:
            secrets = {key: resolve(reference, self._folder) for key, reference in credential.secrets.items()}
            if credential.kind == "snmpv2c":
                self._access[credential.name] = secrets["community"]
            else:
                from collectors.snmp_message import UserEngine  # noqa: PLC0415 - as above

                try:
                    self._access[credential.name] = UserEngine(
                        credential.user or "",
                        credential.auth or "",
                        secrets["auth_password"],
                        credential.priv,
                        secrets.get("priv_password"),
                    )
                except ValueError as error:
                    raise SecretError(f"the credential {credential.name!r} cannot be used: {error}") from None
        return self._access[credential.name]
