"""One column of a walk: what was read of it, how far, and why it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from collectors.engine.ber import ARCS, INDEXES, UNKNOWN, Read, UnreadableError, name_octets
from collectors.transport import Value

NOT_INCREASING: Final = "its OIDs do not increase"
NO_NAMES: Final = "its OIDs cannot be read"
UNKNOWN_TYPE: Final = "values of an unknown type"


class Column:
    """A column (or any other prefix) and how far it was read.

    ``reason`` says why it was given up, where it was, and ``fault`` what is wrong with the column itself. ``end`` is
    what stands behind the prefix in the name of its last row.
    """

    __slots__ = ("_indexes", "_values", "done", "end", "fault", "oid", "prefix", "reason")

    def __init__(self, oid: str) -> None:
        self.oid = oid
        self.prefix = name_octets(oid)
        self.end = b""
        self._indexes: list[str] = []
        self._values: list[Any] = []
        self.done = False
        self.reason = ""
        self.fault = ""

    def __len__(self) -> int:
        """How many rows were read."""
        return len(self._values)

    @property
    def cursor(self) -> bytes:
        """The name behind which the next row is asked for."""
        return self.prefix + self.end

    @property
    def rows(self) -> dict[str, Value]:
        """The values that were read, by their dotted index."""
        return dict(zip(self._indexes, self._values, strict=True))

    def extend(self, ends: list[bytes], indexes: list[str], values: list[Read]) -> None:
        """Note the next rows, which are all as they should be: the ends of their names, their indexes, their values."""
        if ends:
            self.end = ends[-1]
            self._indexes += indexes
            self._values += values

    def take(self, rows: Iterable[tuple[bytes, Read]], limit: int) -> None:
        """Note the next rows, up to the end of the column or the first that is not as it should be.

        Args:
            rows: names and values.
            limit: how many rows a column may have in all.
        """
        for name, value in rows:
            try:
                self._take_one(name, value, limit)
            except UnreadableError:
                self.done, self.fault = True, NO_NAMES
            if self.done:
                return

    def stop(self, reason: str) -> None:
        """Give it up, and say why."""
        self.done, self.reason = True, reason

    def _take_one(self, name: bytes, value: Read, limit: int) -> None:
        if ARCS[name] <= ARCS[self.cursor]:
            # the end of the MIB bears the name that was asked for
            self.done = True
            if value is not None:
                self.fault = NOT_INCREASING
        elif not name.startswith(self.prefix):
            self.done = True
        elif len(self._values) >= limit:
            self.done, self.fault = True, f"more than {limit} rows"
        else:
            self.end = name[len(self.prefix) :]
            if value is UNKNOWN:
                self.fault = UNKNOWN_TYPE
            elif value is not None:
                self._indexes.append(INDEXES[self.end])
                self._values.append(value)
