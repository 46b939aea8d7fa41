"""SNMP sessions by credential: what opens devices is made once a credential and shared by all of them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from collectors.credentials import Credential
from collectors.secrets import Secret, SecretError, resolve
from collectors.transport import SnmpSession
from config.sections.asking import Snmp

if TYPE_CHECKING:
    from collectors.engine.hub import Hub
    from collectors.engine.transport import Access, EngineTransport
    from collectors.snmp import Access as PysnmpAccess
    from collectors.snmp import PysnmpTransport


class SnmpSessions:
    """Opens sessions to devices; it belongs to one event loop, because their sockets and engines are shared in it."""

    def __init__(self, folder: Path, snmp: Snmp) -> None:
        """Prepare sessions: ``folder`` is the estate folder, beside which secret files lie."""
        self._folder = folder
        self._snmp = snmp
        self._hub: Hub | None = None
        self._access: dict[str, Access] = {}
        self._pysnmp_access: dict[str, PysnmpAccess] = {}

    @asynccontextmanager
    async def open(
        self,
        address: str,
        port: int | None,
        credential: Credential,
        settings: Snmp | None = None,
        known: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[SnmpSession]:
        """A session with a device for the length of the block; nothing is sent yet.

        ``settings`` replaces the usual ones; ``known`` are the hints that an earlier session gave.

        Raises:
            SecretError: when the credential's secrets cannot be had.
            TransportError: when the name does not resolve or there is no route.
        """
        session = await self._session(address, port, credential, settings or self._snmp, known or {})
        try:
            yield session
        finally:
            session.close()

    async def _session(
        self, address: str, port: int | None, credential: Credential, settings: Snmp, known: Mapping[str, Any]
    ) -> EngineTransport | PysnmpTransport:
        # on Windows, asyncio does not tell when a socket that is not its own can be read
        if settings.engine == "pysnmp" or sys.platform == "win32":
            from collectors.snmp import PysnmpTransport  # noqa: PLC0415 - slow to import

            return await PysnmpTransport.open(address, port, self._opens_pysnmp(credential), settings)
        from collectors.engine.hub import Hub  # noqa: PLC0415 - slow to import
        from collectors.engine.transport import EngineTransport  # noqa: PLC0415 - slow to import

        self._hub = self._hub or Hub(self._snmp.rate)
        return await EngineTransport.open(self._hub, address, port, self._opens(credential), settings, known)

    def _opens(self, credential: Credential) -> Access:
        """What opens devices with a credential, made once: a v3 user's keys cost a megabyte of hashing."""
        if credential.name not in self._access:
            from collectors.engine.message import Community  # noqa: PLC0415 - slow to import
            from collectors.engine.usm import User  # noqa: PLC0415 - slow to import

            secrets = self._secrets(credential)
            if credential.kind == "snmpv2c":
                self._access[credential.name] = Community(secrets["community"].reveal().encode())
            else:
                self._access[credential.name] = _user(User, credential, secrets)
        return self._access[credential.name]

    def _opens_pysnmp(self, credential: Credential) -> PysnmpAccess:
        """The same for pysnmp, which needs an engine for each v3 user."""
        if credential.name not in self._pysnmp_access:
            from collectors.snmp_message import UserEngine  # noqa: PLC0415 - slow to import

            secrets = self._secrets(credential)
            if credential.kind == "snmpv2c":
                self._pysnmp_access[credential.name] = secrets["community"]
            else:
                self._pysnmp_access[credential.name] = _user(UserEngine, credential, secrets)
        return self._pysnmp_access[credential.name]

    def _secrets(self, credential: Credential) -> dict[str, Secret]:
        return {key: resolve(reference, self._folder) for key, reference in credential.secrets.items()}


_Made = TypeVar("_Made")


def _user(make: Callable[..., _Made], credential: Credential, secrets: Mapping[str, Secret]) -> _Made:
    """A v3 user.

    Raises:
        SecretError: for pass phrases that no agent would take.
    """
    try:
        return make(
            credential.user or "",
            credential.auth or "",
            secrets["auth_password"],
            credential.priv,
            secrets.get("priv_password"),
        )
    except ValueError as error:
        raise SecretError(f"the credential {credential.name!r} cannot be used: {error}") from None
