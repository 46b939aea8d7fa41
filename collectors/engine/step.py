"""Columns that walk in step: as a rule the columns of a table have the same rows, and a reply needs little looking at.

Their values are kept as they come, row by row, and shared out among the columns at the end. Where a reply stops in the
middle of a row, the next request begins with the columns that lag behind, so that the order goes on as if nothing had
been between. Whatever is not as expected is left to the columns themselves (:meth:`Step.take`).
"""

from __future__ import annotations

from collections.abc import Sequence

from collectors.engine.ber import ARCS, INDEXES, Read, UnreadableError
from collectors.engine.column import Column


class _Group:
    """Columns of one table at the same row: what stands behind their prefixes is equal."""

    __slots__ = ("before", "columns", "cut", "end", "ends", "prefixes", "room")

    def __init__(self, columns: list[Column], limit: int) -> None:
        self.columns = columns
        self.prefixes = [column.prefix for column in columns]
        self.cut = len(self.prefixes[0])
        self.room = limit - len(columns[0])  # for rows
        self.ends: list[bytes] = []  # of the rows' names
        self.before = self.end = columns[0].end  # of the last row but one, and of the last

    def next(self, name: bytes) -> bytes | None:
        """The end of the row that a name of the first column begins; None where it may not come next."""
        end = name[self.cut :]
        try:
            return end if ARCS[self.end] < ARCS[end] and len(self.ends) < self.room else None
        except UnreadableError:
            return None

    def share(self, values: Sequence[list[Read]]) -> None:
        """Give the columns what they have: of a row that was broken off only the first ones."""
        indexes = [INDEXES[end] for end in self.ends]
        for column, own in zip(self.columns, values, strict=True):
            column.extend(self.ends[: len(own)], indexes[: len(own)], own)


class Step:
    """Columns that are asked for together again and again, in groups of those that are at the same row.

    Args:
        columns: at least one.
        limit: how many rows a column may have.
    """

    def __init__(self, columns: Sequence[Column], limit: int) -> None:
        groups: dict[tuple[bytes, bytes, int], list[Column]] = {}
        for column in columns:
            # those of one table differ in their last octet
            groups.setdefault((column.prefix[:-1], column.end, len(column)), []).append(column)
        self._groups = [_Group(members, limit) for members in groups.values()]
        self._columns = [column for group in self._groups for column in group.columns]
        self._values: list[Read] = []
        self._group = self._place = 0  # where the next value belongs: to this group, and there to this column

    def __len__(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    @property
    def columns(self) -> list[Column]:
        """The columns in the order in which they are asked for next."""
        turn = len(self._values) % len(self)
        return self._columns[turn:] + self._columns[:turn]

    @property
    def cursors(self) -> list[bytes]:
        """The names behind which each of them goes on, in the same order."""
        found = [prefix + group.end for group in self._groups for prefix in group.prefixes]
        turn = len(self._values) % len(self)
        if self._place:
            # the other columns of the row that is not yet whole are a row behind
            group = self._groups[self._group]
            late = [prefix + group.before for prefix in group.prefixes[self._place :]]
            found[turn : turn + len(late)] = late
        return found[turn:] + found[:turn]

    def take(self, names: list[bytes], values: list[Read]) -> int:
        """Note the variables of a reply up to the first that is not as expected; how many those are.

        The names' first belongs to the first of :attr:`columns`; all values are known.
        """
        at, count = 0, len(names)
        while at < count:
            group, place = self._groups[self._group], self._place
            end = group.end if place else group.next(names[at])
            stop = min(at + len(group.prefixes) - place, count)
            # what all names of a row should be, in one look: each prefix, and behind it the end (that octets may stand
            # at the end of one name or the beginning of the next changes nothing: the cursors are made of our own)
            prefixes = group.prefixes[place : place + stop - at]
            if end is None or b"".join(names[at:stop]) != end.join(prefixes) + end:
                break
            if not place:
                group.before, group.end = group.end, end
                group.ends.append(end)
            self._place = (place + stop - at) % len(group.prefixes)
            if not self._place:
                self._group = (self._group + 1) % len(self._groups)
            at = stop
        self._values += values[:at]
        return at

    def share(self) -> None:
        """Give the columns what was read of them; after that this is of no more use."""
        shares = [self._values[place :: len(self)] for place in range(len(self))]
        start = 0
        for group in self._groups:
            stop = start + len(group.columns)
            group.share(shares[start:stop])
            start = stop
