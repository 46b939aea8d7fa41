"""The SNMP transport on pysnmp's codecs: v2c and v3, GET and walks, bounded in rows, requests and time.

It is the reference that the engine is held against, and what ``snmp.engine = "pysnmp"`` asks with.
Nothing but GET, GETNEXT and GETBULK can be sent from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collectors.secrets import Secret
from collectors.silence import silence_error
from collectors.snmp_message import CommunityMessages, Messages, Oid, UserEngine, UserMessages, get_pdu, next_pdu
from collectors.snmp_udp import Exchange, SilenceError
from collectors.snmp_walk import Walking, parse
from collectors.transport import TransportError, Value, Walk
from config.sections.asking import Snmp

PORT = 161
# Each further wait for an answer is so much longer than the one before.
GROWTH = 1.5
# Scalars asked for in one GET.
SCALARS = 20

Access = Secret | UserEngine
"""What opens a device: a v2c community, or the engine with a v3 user."""


class PysnmpTransport:
    """Asks one device over SNMP; made by :meth:`open`, at an end with :meth:`close`."""

    name = "snmp"

    def __init__(self, exchange: Exchange, settings: Snmp, place: str, *, community: bool) -> None:
        self._exchange = exchange
        self._settings = settings
        self._place = place
        self._community = community
        self._timeouts = [settings.timeout * GROWTH**attempt for attempt in range(settings.retries + 1)]

    @classmethod
    async def open(cls, address: str, port: int | None, access: Access, settings: Snmp) -> PysnmpTransport:
        """A transport to one device; nothing is sent yet.

        Raises:
            TransportError: when the name does not resolve or there is no route.
        """
        community = isinstance(access, Secret)

        def messages(peer: Sequence[Any]) -> Messages:
            return CommunityMessages(access) if isinstance(access, Secret) else UserMessages(access, peer)

        exchange = await Exchange.open(address, port or PORT, messages, settings.device_seconds)
        return cls(exchange, settings, f"{address} port {port or PORT}", community=community)

    def close(self) -> None:
        """Close the socket."""
        self._exchange.close()

    @property
    def hints(self) -> dict[str, Any]:
        """Nothing: each poll begins anew."""
        return {}

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """The values of scalar instances; one that the device does not have is left out.

        Raises:
            TransportError: when the device does not answer or refuses.
        """
        names = {parse(oid): oid for oid in oids}
        found: dict[Oid, Value] = {}
        pending = [batch for batch in _batches(list(names), SCALARS) if batch]
        while pending:
            batch = pending.pop()
            answer, again = await self._get(batch)
            found |= answer
            pending += [part for part in again if part]
        return {names[oid]: found[oid] for oid in names if oid in found}

    async def after(self, oid: str) -> str | None:
        """The first instance behind an OID, by one GETNEXT.

        Raises:
            TransportError: when the device does not answer or refuses.
        """
        try:
            reply = await self._exchange.ask(next_pdu([parse(oid)]), self._timeouts)
        except SilenceError as silence:
            raise self._silence(silence) from None
        found = next(((name, value) for name, value in reply.variables if value is not None), None)
        return ".".join(map(str, found[0])) if found and not reply.status and found[0] > parse(oid) else None

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        """All instances below each column, asked for together; one that is cut short says that it is, and why.

        ``max_rows`` lowers the limit of the settings.

        Raises:
            TransportError: when an SNMPv3 engine refuses; never for a device that stops half way.
        """
        limit = min(max_rows or self._settings.max_rows, self._settings.max_rows)
        walking = Walking(columns, max_repetitions=self._settings.max_repetitions, max_rows=limit)
        patience, last = self._timeouts[:-1], self._timeouts[-1:]
        while not walking.finished:
            waits = patience or last
            try:
                walking.take(await self._exchange.ask(walking.request(), waits))
                patience = self._timeouts[:-1]
            except SilenceError as silence:
                if silence.late:
                    walking.stop(f"the {self._settings.device_seconds:g} seconds of one device were used up")
                elif silence.garbage:
                    walking.ease("its answers cannot be read as SNMP")
                elif patience and walking.repetitions > 1:
                    # the reply may have been too large for the path: ask once more, for less
                    walking.ease("it stopped answering", quarter=True)
                    patience = []
                else:
                    walking.stop("it stopped answering")
        return walking.result()

    async def _get(self, batch: list[Oid]) -> tuple[dict[Oid, Value], list[list[Oid]]]:
        """What one GET answers, and what must be asked again in other portions."""
        try:
            reply = await self._exchange.ask(get_pdu(batch), self._timeouts)
        except SilenceError as silence:
            if silence.garbage and self._exchange.answered and len(batch) > 1:
                return {}, _halves(batch)
            raise self._silence(silence) from None
        if reply.status:
            if 1 <= reply.index <= len(batch) and len(batch) > 1:
                return {}, [batch[: reply.index - 1] + batch[reply.index :]]
            return {}, _halves(batch) if len(batch) > 1 else []
        answered = dict(reply.variables)
        missing = [oid for oid in batch if oid not in answered]
        again = [[oid] for oid in missing] if len(batch) > 1 else []
        return {oid: value for oid, value in answered.items() if oid in batch and value is not None}, again

    def _silence(self, silence: SilenceError) -> TransportError:
        return silence_error(
            self._place,
            len(self._timeouts),
            community=self._community,
            garbage=silence.garbage,
            answered=self._exchange.answered,
            introduced=self._exchange.introduced,
            closed=silence.closed,
        )


def _batches(oids: list[Oid], size: int) -> Iterable[list[Oid]]:
    return (oids[start : start + size] for start in range(0, len(oids), size))


def _halves(oids: list[Oid]) -> list[list[Oid]]:
    middle = len(oids) // 2
    return [oids[:middle], oids[middle:]]
