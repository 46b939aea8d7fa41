"""Walking columns together, without a socket: gives the next request, takes its reply, and knows when it is done.

All columns stand in one GETBULK, each with a cursor of its own, because a reply may legally stop in the middle of a
row (RFC 3416 section 4.2.3); a finished column leaves the next request. What the device cannot do is learnt from its
answers: fewer repetitions first, then fewer columns, then GETNEXT, then that column is given up and the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors.snmp_message import Oid, Reply, bulk_pdu, next_pdu
from collectors.transport import Value, Walk

# Variables asked for in one request: a reply of about 4 kB, which most agents fill and no network refuses.
VARIABLES = 100
# Columns asked for in one request; more make requests that small agents refuse.
WIDTH = 30
MAX_BYTES = 64 * 1024 * 1024
MAX_REQUESTS = 50_000

_TOO_BIG, _NO_SUCH_NAME = 1, 2  # error-status of RFC 3416


def parse(oid: str) -> Oid:
    """A dotted OID as numbers."""
    return tuple(map(int, oid.split(".")))


@dataclass(slots=True)
class _Column:
    oid: str
    prefix: Oid
    cursor: Oid
    values: dict[str, Value] = field(default_factory=dict)
    done: bool = False


class Walking:
    """The walk of some columns of one device."""

    def __init__(self, columns: Sequence[str], *, max_repetitions: int, max_rows: int) -> None:
        self._columns = [_Column(oid, parse(oid), parse(oid)) for oid in dict.fromkeys(columns)]
        self._batch: list[_Column] = []
        self._repetitions = max_repetitions
        self._width = WIDTH
        self._bulk = True
        self._max_rows = max_rows
        self._bytes = 0
        self._requests = 0
        # each reason with the columns that it is to name, if any
        self._reasons: dict[str, list[str]] = {}

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return all(column.done for column in self._columns)

    @property
    def repetitions(self) -> int:
        """The rows that the last request asked for."""
        return max(1, min(self._repetitions, VARIABLES // max(1, len(self._batch)))) if self._bulk else 1

    def request(self) -> Any:
        """The PDU to send next; asking twice gives a fresh one for the same place."""
        self._requests += 1
        self._batch = [column for column in self._columns if not column.done][: self._width if self._bulk else 1]
        cursors = [column.cursor for column in self._batch]
        if not self._bulk:
            return next_pdu(cursors)
        return bulk_pdu(cursors, self.repetitions)

    def take(self, reply: Reply) -> None:
        """Note what a reply to the last request holds."""
        if reply.status == _NO_SUCH_NAME and 1 <= reply.index <= len(self._batch):
            # how an agent that thinks in SNMPv1 says that a column has ended
            self._batch[reply.index - 1].done = True
        elif reply.status:
            what = "tooBig" if reply.status == _TOO_BIG else f"error-status {reply.status}"
            self.ease(f"it answers {what}")
        elif not self._variables(reply):
            self.ease("it answers without going on")
        if self._bytes > MAX_BYTES or self._requests > MAX_REQUESTS:
            self.stop(f"the table does not end within {MAX_REQUESTS} requests or {MAX_BYTES >> 20} MiB")

    def ease(self, reason: str, *, quarter: bool = False) -> None:
        """Ask for less from here on, because of what happened to the last request.

        ``quarter`` takes a larger step: for a timeout, which is expensive to see again.
        """
        if self.repetitions > 1:
            self._repetitions = max(1, self.repetitions // (4 if quarter else 2))
        elif self._bulk and len(self._batch) > 1:
            self._width = (len(self._batch) + 1) // 2
        elif self._bulk:
            self._bulk = False
        else:
            self._end(self._batch[0], reason)

    def stop(self, reason: str) -> None:
        """Give up what is not finished."""
        for column in self._columns:
            if not column.done:
                self._end(column, reason)

    def result(self) -> Walk:
        """What was read."""
        return Walk(
            {column.oid: column.values for column in self._columns},
            complete=not self._reasons,
            reason="; ".join(_told(reason, columns) for reason, columns in self._reasons.items())[:500],
        )

    def _end(self, column: _Column, reason: str, *, name_it: bool = False) -> None:
        column.done = True
        named = self._reasons.setdefault(reason, [])
        if name_it:
            named.append(column.oid)

    def _variables(self, reply: Reply) -> bool:
        """Whether the variables of a reply moved any column."""
        moved = False
        for place, (oid, value) in enumerate(reply.variables):
            column = self._batch[place % len(self._batch)]
            if not column.done:
                moved = True
                self._variable(column, oid, value)
        return moved

    def _variable(self, column: _Column, oid: Oid, value: Value | None) -> None:
        if value is None and oid <= column.cursor:  # endOfMibView, which bears the name that was asked for
            column.done = True
        elif oid <= column.cursor:
            self._end(column, "its OIDs do not increase", name_it=True)
        elif oid[: len(column.prefix)] != column.prefix:
            column.done = True
        elif len(column.values) >= self._max_rows:
            self._end(column, f"more than {self._max_rows} rows", name_it=True)
        else:
            column.cursor = oid
            if value is not None:
                index = ".".join(map(str, oid[len(column.prefix) :]))
                column.values[index] = value
                self._bytes += len(index) + (len(value) if isinstance(value, bytes | str) else 8)


def _told(reason: str, columns: Sequence[str]) -> str:
    """A reason once, however many columns ended for it."""
    if not columns:
        return reason
    others = len(columns) - 1
    return f"{reason} below {columns[0]}" + (f" and {others} more column{'s' * (others != 1)}" if others else "")
