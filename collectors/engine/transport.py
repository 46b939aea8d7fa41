"""The SNMP transport on the engine: the seam through which the collectors ask."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from collectors.answers import SYS_UPTIME
from collectors.engine import hints as told
from collectors.engine.conversation import Conversation, SilenceError
from collectors.engine.hub import Address, Hub
from collectors.engine.message import V3, Community
from collectors.engine.scalars import Following, Scalars
from collectors.engine.usm import User
from collectors.engine.walker import Manner, Walker
from collectors.observation import Outcome
from collectors.silence import silence_error
from collectors.transport import TransportError, Value, Walk
from config.sections.asking import Snmp

PORT = 161
# Each further wait for an answer is so much longer than the one before.
GROWTH = 1.5

Access = Community | User
"""What opens a device: a community (v2c, or v1 where it speaks nothing else), or the user of v3."""


class EngineTransport:
    """Asks one device over SNMP; made by :meth:`open`, at an end with :meth:`close`."""

    name = "snmp"

    def __init__(
        self, hub: Hub, address: Address, place: str, access: Access, settings: Snmp, known: Mapping[str, Any]
    ) -> None:
        self._place = place
        self._settings = settings
        self._known = known
        self._manner = told.manner(known, settings.max_repetitions)
        user = isinstance(access, User)
        self._conversation = Conversation(
            hub,
            address,
            told.user_messages(known, access) if isinstance(access, User) else access,
            V3 if user else told.version(known),
            [settings.timeout * GROWTH**attempt for attempt in range(settings.retries + 1)],
            settings.device_seconds,
            settings.any_source,
        )

    @classmethod
    async def open(
        cls,
        hub: Hub,
        address: str,
        port: int | None,
        access: Access,
        settings: Snmp,
        known: Mapping[str, Any] | None = None,
    ) -> EngineTransport:
        """A transport to one device; nothing is sent yet.

        Args:
            hub: carries the datagrams.
            address: IPv4, IPv6 or a name.
            port: UDP port; None for SNMP's own.
            access: what opens the device.
            settings: how to ask.
            known: the hints of an earlier poll.

        Raises:
            TransportError: when the name does not resolve or there is no route.
        """
        port = port or PORT
        try:
            family, place = await _resolved(address, port)
            transport = cls(hub, place, f"{address} port {port}", access, settings, known or {})
            hub.join(transport._conversation, family)
        except OSError as error:
            raise TransportError(Outcome.FAILED, f"{address} cannot be reached from here: {error.strerror}") from None
        return transport

    def close(self) -> None:
        """Ask nothing more."""
        self._conversation.hub.leave(self._conversation)

    @property
    def hints(self) -> dict[str, Any]:
        """What was learnt for the next poll; nothing of a device that did not answer."""
        asked = self._conversation
        if not asked.answered:
            return {}
        full = Manner(self._settings.max_repetitions)
        return told.learnt(self._known, full, self._manner, asked.version, asked.requests, asked.messages)

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """The values of scalar instances; one that the device does not have is left out.

        Raises:
            TransportError: when the device does not answer or refuses.
        """
        question = Scalars(oids)
        try:
            await self._conversation.ask(question)
        except SilenceError as error:
            raise self._silent(error) from None
        return question.found

    async def after(self, oid: str) -> str | None:
        """The first instance behind an OID, by one GETNEXT.

        Raises:
            TransportError: when the device does not answer or refuses.
        """
        question = Following(oid)
        try:
            await self._conversation.ask(question)
        except SilenceError as error:
            raise self._silent(error) from None
        return question.found

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        """All instances below each column, asked for together; one that is cut short says that it is, and why.

        A device that was never heard of is first asked for one value, so that a dead one costs no more than that.
        ``max_rows`` lowers the limit of the settings.

        Raises:
            TransportError: when an SNMPv3 engine refuses; never for a device that stops half way.
        """
        walker = Walker(columns, self._manner, min(max_rows or self._settings.max_rows, self._settings.max_rows))
        try:
            if not self._conversation.answered:
                await self.get((SYS_UPTIME,))
            await self._conversation.ask(walker)
        except TransportError as error:
            if error.outcome is Outcome.REFUSED:
                raise
            walker.stop(error.reason)
        self._manner = walker.learnt
        return walker.result()

    def _silent(self, error: SilenceError) -> TransportError:
        asked, silence = self._conversation, error.silence
        return silence_error(
            self._place,
            len(asked.patience),
            community=asked.version != V3,
            garbage=silence.garbage,
            answered=asked.answered,
            introduced=asked.introduced,
            closed=silence.closed,
            foreign=silence.foreign,
        )


async def _resolved(address: str, port: int) -> tuple[socket.AddressFamily, Address]:
    """The socket address of a device, as answers will bear it.

    Raises:
        OSError: when a name does not resolve.
    """
    with contextlib.suppress(OSError):
        # most targets are addresses: they need no resolver
        socket.inet_pton(socket.AF_INET, address)
        return socket.AF_INET, (address, port)
    found = await asyncio.get_running_loop().getaddrinfo(address, port, type=socket.SOCK_DGRAM)
    family, _, _, _, place = found[0]
    return family, place
