"""The transport seam: what a collector asks through.

SNMP over the network, a capture file and (for screens) SSH are the implementations. Recognition is written against
this seam only, so ``estate identify FILE`` runs exactly the code that the night runs.

Conventions, stated once: an OID is a dotted string without a leading dot; an index is the dotted rest behind a
column's OID; a value is ``bytes`` (OCTET STRING, IpAddress, Opaque), ``int`` (every number and TimeTicks, in
hundredths of a second) or ``str`` (an OBJECT IDENTIFIER, dotted).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.observation import Outcome

Value = bytes | int | str


class TransportError(Exception):
    """The device could not be asked, or stopped answering; ``outcome`` says how the ledger shall call it."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


@dataclass(slots=True)
class Walk:
    """What a walk of one or more columns gave: ``columns[column_oid][index] = value``, and whether to its end."""

    columns: dict[str, dict[str, Value]] = field(default_factory=dict)
    complete: bool = True
    reason: str = ""

    @property
    def rows(self) -> int:
        """How many different indexes were seen."""
        return len({index for column in self.columns.values() for index in column})


class SnmpTransport(Protocol):
    """Asks one device for management objects."""

    name: str

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """The values of scalar instances; one that the device does not have is left out.

        Raises:
            TransportError: when the device does not answer or refuses.
        """
        ...

    async def after(self, oid: str) -> str | None:
        """The first instance that the device holds behind an OID; None where that is its last one.

        Raises:
            TransportError: when the device does not answer or refuses.
        """
        ...

    async def walk(self, columns: Sequence[str], max_rows: int | None = None) -> Walk:
        """All instances below each column (or any other prefix), asked for together.

        With ``max_rows`` not more than so many of each; the walk is then incomplete where there are more.

        Never raises for a device that stops half way: the walk says that it is incomplete, and why.
        """
        ...


class SnmpSession(SnmpTransport, Protocol):
    """A transport over the network."""

    @property
    def hints(self) -> dict[str, Any]:
        """What was learnt for the next poll, as plain JSON values; nothing of a device that did not answer."""
        ...


class ShellTransport(Protocol):
    """Asks one device for the screens of show commands."""

    name: str

    def show(self, command: str) -> str:
        """The screen that a read-only command prints.

        Raises:
            TransportError: when the device cannot be reached, refuses, or cuts the screen off.
        """
        ...
