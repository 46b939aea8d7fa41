"""One column of a walk: what was read of it, how far, and why it ended."""

from __future__ import annotations

from functools import cache
from operator import itemgetter, lt
from typing import Any, Final

from collectors.engine.ber import ARCS, INDEXES, UNKNOWN, Read, UnreadableError, name_octets
from collectors.transport import Value

NOT_INCREASING: Final = "its OIDs do not increase"
NO_NAMES: Final = "its OIDs cannot be read"
UNKNOWN_TYPE: Final = "values of an unknown type"

Alike = list[tuple[list[bytes], list[str], bytes]]
"""The rows that columns of one reply have: the ends of their names, their indexes if all is well, and what was before.

Columns have the same rows as a rule: their order need not be looked at again, nor their indexes made.
"""


class Column:
    """A column (or any other prefix), with the cursor behind which the next row is asked for.

    ``reason`` says why it was given up, where it was, and ``fault`` what is wrong with the column itself.
    """

    __slots__ = ("_cut", "_end", "_indexes", "_values", "cursor", "done", "fault", "oid", "prefix", "reason")

    def __init__(self, oid: str) -> None:
        self.oid = oid
        self.prefix = self.cursor = name_octets(oid)
        self._cut = _cutter(len(self.prefix))
        self._end = b""  # the cursor behind the prefix
        self._indexes: list[str] = []
        self._values: list[Any] = []
        self.done = False
        self.reason = ""
        self.fault = ""

    @property
    def rows(self) -> dict[str, Value]:
        """The values that were read, by their dotted index."""
        return dict(zip(self._indexes, self._values, strict=True))

    def take(self, names: list[bytes], values: list[Read], limit: int, alike: Alike | None) -> None:
        """Note the next rows, not more than ``limit`` in all.

        ``alike`` is what the reply's other columns found; None where a value is missing in it.
        """
        count = whole = len(names)
        prefix = self.prefix
        # names increase: where one lies in the column, all before it do
        while count and not names[count - 1].startswith(prefix):
            count -= 1
        if alike is None or not count or len(self._values) + count > limit:
            self._take_singly(names, values, limit)
            return
        if count < whole:
            first_names, first_values = names[:count], values[:count]
        else:
            first_names, first_values = names, values
        behind, ends = self._end, list(map(self._cut, first_names))
        for known, found, start in alike:
            if known == ends and start == behind:
                indexes = found
                break
        else:
            indexes = _in_order(ends, behind)
            alike.append((ends, indexes, behind))
        if not indexes:
            self._take_singly(names, values, limit)
            return
        self._indexes += indexes
        self._values += first_values
        self.cursor, self._end = first_names[-1], ends[-1]
        if count < whole:
            self._take_singly(names[count:], values[count:], limit)

    def _take_singly(self, names: list[bytes], values: list[Read], limit: int) -> None:
        """Note rows one by one, up to the end of the column or the first that is not as it should be."""
        for name, value in zip(names, values, strict=True):
            try:
                self._take_one(name, value, limit)
            except UnreadableError:
                self.done, self.fault = True, NO_NAMES
            if self.done:
                return

    def end(self, reason: str) -> None:
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
            self.cursor, self._end = name, self._cut(name)
            if value is UNKNOWN:
                self.fault = UNKNOWN_TYPE
            elif value is not None:
                self._indexes.append(INDEXES[self._end])
                self._values.append(value)


def _in_order(ends: list[bytes], behind: bytes) -> list[str]:
    """The dotted indexes of names that increase from a cursor on; none where they do not, or cannot be read."""
    try:
        numbers = [ARCS[end] for end in ends]
        right = ARCS[behind] < numbers[0] and all(map(lt, numbers, numbers[1:]))
        return [INDEXES[end] for end in ends] if right else []
    except UnreadableError:
        return []


@cache
def _cutter(size: int) -> itemgetter[slice]:
    """What takes a prefix of so many octets from a name."""
    return itemgetter(slice(size, None))
