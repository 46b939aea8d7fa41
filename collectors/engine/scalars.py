"""Asking for single instances: by GET, in portions that the device can answer, and the next one behind a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from collectors.engine.ber import ARCS, DOTTED, Unknown, UnreadableError, name_octets
from collectors.engine.message import GET, NEXT, Reply, Request
from collectors.engine.question import Silence
from collectors.transport import Value

_log = structlog.get_logger()

# Scalars asked for in one GET.
AT_ONCE: Final = 20


class Scalars:
    """The values of some instances; one that the device does not have is left out of ``found``.

    So is one of a type that SNMP does not have, which is logged.

    A portion that fails is asked again in halves, or without the one that the device complains about.
    """

    def __init__(self, oids: Sequence[str]) -> None:
        self._oids = {name_octets(oid): oid for oid in oids}
        self._found: dict[str, Value] = {}
        names = list(self._oids)
        self._mute = False
        self._pending = [names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return not self._pending

    @property
    def found(self) -> dict[str, Value]:
        """What the device has, in the order of the question."""
        return {oid: self._found[oid] for oid in self._oids.values() if oid in self._found}

    def waits(self, timeouts: Sequence[float]) -> Sequence[float]:
        """All of them."""
        return timeouts

    def request(self, _version: int) -> Request:
        """The next portion."""
        return Request(GET, self._pending[-1])

    def take(self, reply: Reply) -> None:
        """Note what a portion came to."""
        batch = self._pending.pop()
        if reply.status:
            if 1 <= reply.place <= len(batch) and len(batch) > 1:
                self._pending.append(batch[: reply.place - 1] + batch[reply.place :])
            else:
                self._halve(batch)
            return
        if not reply.names:
            self._empty(batch)
            return
        self._mute = False
        said, unknown = dict(zip(reply.names, reply.values, strict=True)), []
        for name in batch:
            if name not in said:
                if len(batch) > 1:
                    self._pending.append([name])
            elif isinstance(value := said[name], Unknown):
                unknown.append(self._oids[name])
            elif value is not None:
                self._found[self._oids[name]] = value
        if unknown:
            _log.warning("snmp values of an unknown type", oids=unknown)

    def silence(self, silence: Silence) -> bool:
        """Ask for halves after an answer that cannot be read, of a device that gave one that can."""
        if silence.garbage and silence.answered and len(self._pending[-1]) > 1:
            self._halve(self._pending.pop())
            return True
        return False

    def stop(self, _reason: str) -> bool:
        """Half an answer is none here."""
        return False

    def _empty(self, batch: list[bytes]) -> None:
        """Ask for one alone after an answer without variables, and for nothing more when that has none either."""
        if self._mute:
            self._pending.clear()
        else:
            self._pending += [part for part in (batch[1:], batch[:1]) if part]
            self._mute = True

    def _halve(self, batch: list[bytes]) -> None:
        middle = len(batch) // 2
        self._pending += [part for part in (batch[:middle], batch[middle:]) if part and len(batch) > 1]


class Following:
    """The first instance behind a name, by one GETNEXT; ``found`` is None where there is none."""

    def __init__(self, oid: str) -> None:
        self._name = name_octets(oid)
        self.finished = False
        self.found: str | None = None

    def waits(self, timeouts: Sequence[float]) -> Sequence[float]:
        """All of them."""
        return timeouts

    def request(self, _version: int) -> Request:
        """The one request."""
        return Request(NEXT, [self._name])

    def take(self, reply: Reply) -> None:
        """Note what lies behind it.

        Raises:
            UnreadableError: when the answer's name is none.
        """
        variables = [] if reply.status else zip(reply.names, reply.values, strict=True)
        name = next((name for name, value in variables if value is not None), None)
        if name is not None:
            found = DOTTED[name]
            if not isinstance(found, str):
                raise UnreadableError("no name")
            self.found = found if ARCS[name] > ARCS[self._name] else None
        self.finished = True

    def silence(self, _silence: Silence) -> bool:
        """There is nothing smaller to ask."""
        return False

    def stop(self, _reason: str) -> bool:
        """Half an answer is none here."""
        return False
