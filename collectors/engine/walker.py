"""Walking columns together: all of them in one GETBULK, each with a cursor of its own.

A reply may legally stop in the middle of a row (RFC 3416 section 4.2.3); a finished column leaves the next request.
What the device cannot do is learnt from its answers: fewer repetitions first, then fewer columns, then GETNEXT, with
all columns and then with fewer. A column that fails on its own is given up, and the others go on as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from collectors.engine.column import Column
from collectors.engine.message import BULK, NEXT, NO_SUCH_NAME, TOO_BIG, V1, Reply, Request
from collectors.engine.question import Silence
from collectors.engine.step import Step
from collectors.transport import Walk

# Variables asked for in one request: a reply of about 4 kB, which most agents fill and no network refuses.
VARIABLES: Final = 100
# Columns asked for in one request; more make requests that small agents refuse.
WIDTH: Final = 30
# Replies to smaller requests after which the larger ones are tried once more.
_TRUST: Final = 4
# Replies after which a second silence is chance again.
_FORGET: Final = 16
# Tries before less is asked for.
_PATIENCE: Final = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How a device is walked: what its answers have taught, for its next walk and for the next night.

    ``repetitions`` and ``width`` (columns) are the most that one request asks for; without ``bulk`` it is GETNEXT.
    """

    repetitions: int
    width: int = WIDTH
    bulk: bool = True


class Walker:
    """The walk of some columns of one device."""

    def __init__(self, columns: Sequence[str], manner: Manner, max_rows: int) -> None:
        self._manner = manner
        self._columns = [Column(oid) for oid in dict.fromkeys(columns)]
        self._open = list(self._columns)
        self._batch: list[Column] = []
        self._step: Step | None = None  # has what was read of the batch and not yet shared out
        self._asked = 1  # repetitions of the last request
        self._bulk = True  # what the last request was
        self._max_rows = max_rows
        self._patient = True
        # the manner before it is clear whether the device fails or one of its columns; whether one was just given up
        self._before: Manner | None = None
        self._given_up = False
        # the manner that met silence for the first time, and the replies since: one silence proves nothing
        self._doubted: Manner | None = None
        self._proven = False
        self._since = 0

    @property
    def finished(self) -> bool:
        """Whether nothing is left to ask."""
        return not self._open

    @property
    def learnt(self) -> Manner:
        """How this device can be walked."""
        if self._given_up and self._before:
            return self._before
        return self._doubted or self._manner

    def waits(self, timeouts: Sequence[float]) -> Sequence[float]:
        """The first two waits; the others are kept for a smaller request."""
        return (timeouts[:_PATIENCE] if self._patient else timeouts[_PATIENCE:]) or timeouts

    def request(self, version: int) -> Request:
        """The next rows of as many open columns as this device can be asked for together."""
        manner = self._manner
        width = min(manner.width, len(self._open))
        if self._step is None or len(self._step) != width:
            self._share()
            self._step = Step(self._open[:width], self._max_rows)
        self._batch = self._step.columns
        self._bulk = manner.bulk and version != V1
        if not self._bulk:
            self._asked = 1
            return Request(NEXT, self._step.cursors)
        self._asked = max(1, min(manner.repetitions, VARIABLES // width))
        return Request(BULK, self._step.cursors, self._asked)

    def take(self, reply: Reply) -> None:
        """Note what a reply to the last request holds."""
        self._patient = True
        if reply.status == NO_SUCH_NAME and 1 <= reply.place <= len(self._batch):
            # how SNMPv1 says that a column has ended
            self._batch[reply.place - 1].done = True
        elif reply.status:
            self._ease("it answers tooBig" if reply.status == TOO_BIG else f"it answers error-status {reply.status}")
        elif not reply.names:
            self._ease("it answers without going on")
        else:
            self._rows(reply)
        self._close()

    def silence(self, silence: Silence) -> bool:
        """Ask for less after what cannot be read; after silence once more, for much less, then no more."""
        if silence.garbage:
            self._ease("its answers cannot be read as SNMP")
        elif self._patient:
            self._patient = False
            if self._asked > 1:
                # the reply may have been too large for the path: ask for less
                self._doubted, self._since = None if self._proven else self._manner, 0
                self._ease("it stopped answering", steps=4)
        else:
            self.stop("it stopped answering")
        self._close()
        return True

    def stop(self, reason: str) -> bool:
        """Give up what is not finished; what was read stays."""
        for column in self._open:
            column.stop(reason)
        self._close()
        return True

    def result(self) -> Walk:
        """What was read, whether to its end, and why not."""
        self._share()
        reasons = dict.fromkeys(column.reason for column in self._columns if column.reason)
        faults: dict[str, list[str]] = {}
        for column in self._columns:
            if column.fault:
                faults.setdefault(column.fault, []).append(column.oid)
        told = [*reasons, *(_told(fault, oids) for fault, oids in faults.items())]
        return Walk({column.oid: column.rows for column in self._columns}, not told, "; ".join(told)[:500])

    def _rows(self, reply: Reply) -> None:
        """Share the rows of a reply out among the columns that were asked for."""
        width, taken = len(self._batch), 0
        if reply.whole and self._step:
            taken = self._step.take(reply.names, reply.values)
        if taken < len(reply.names):
            self._share()
            turn = taken % width
            rest = list(zip(reply.names, reply.values, strict=True))[taken:]
            for place, column in enumerate(self._batch[turn:] + self._batch[:turn]):
                column.take(rest[place::width], self._max_rows)
        if self._given_up and self._before:
            # it was that column, not the device
            self._manner = self._before
        if self._doubted or self._proven:
            self._trust()
        if width == len(self._open) or self._given_up:
            self._before, self._given_up = None, False
        else:
            # the others come first now: whichever fails is soon found
            self._share()
            self._open = self._open[width:] + self._open[:width]

    def _trust(self) -> None:
        """After some replies to smaller requests, try those once more that met silence: it may have been chance.

        Silence that comes again soon proves that they are too large.
        """
        self._since += 1
        if self._since < _TRUST:
            return
        if self._doubted:
            self._manner, self._doubted, self._proven, self._since = self._doubted, None, True, 0
        elif self._since >= _FORGET:
            self._proven = False

    def _ease(self, reason: str, steps: int = 2) -> None:
        """Ask for less from here on, because of what happened to the last request."""
        manner = self._manner
        self._before = self._before or manner
        if self._asked > 1:
            self._manner = replace(manner, repetitions=max(1, self._asked // steps))
        elif len(self._batch) > 1:
            self._manner = replace(manner, width=(len(self._batch) + 1) // 2)
        elif self._bulk:
            self._manner = replace(manner, bulk=False, width=self._before.width)
        else:
            self._batch[0].stop(reason)
            self._given_up = True

    def _share(self) -> None:
        """Give the columns what was read of them together."""
        if self._step:
            self._step.share()
            self._step = None

    def _close(self) -> None:
        if any(column.done for column in self._open):
            self._share()
            self._open = [column for column in self._open if not column.done]


def _told(fault: str, columns: Sequence[str]) -> str:
    """A fault once, however many columns have it."""
    others = len(columns) - 1
    return f"{fault} below {columns[0]}" + (f" and {others} more column{'s' * (others != 1)}" if others else "")
