"""Where private objects stand: which of them are the scalars of one group, which the cells of one row of a table.

Without a MIB nothing says so but the numbers themselves: an index that several columns have, an instance 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from collectors.transport import Value

_FEW_SCALARS = 12
# Scalars without an instance are numbered from one; a table whose index ends with 0 has more columns than this.
_LAST_SCALAR = 32
_WIDE = 5
# Rows with such a number are ports and slots: the device and the members of its stack come first.
_PORTS = range(9, 10_000)


def places(values: Mapping[str, Value]) -> dict[str, str]:
    """What the siblings of each object share: the group of a scalar, the table and row of a cell (with a blank in it).

    The instance 0 of an object that has other ones is the first row of a table. A column whose rows no other column has
    is no table at all but the scalars of an agent that leaves the instance out.
    """
    columns = Counter(oid.rpartition(".")[0] for oid in values)
    cells = Counter(key for oid in values for key in _cells(oid))
    last = Counter[str]()
    for column, _, index in (oid.rpartition(".") for oid in values):
        last[column] = max(last[column], int(index))
    tabled = {oid.rpartition(".")[0] for oid in values if any(cells[key] > 1 for key in _cells(oid))}
    found: dict[str, str] = {}
    for oid in values:
        column, _, index = oid.rpartition(".")
        wide = [key for key in _cells(oid)[2:] if cells[key] > _WIDE]
        if index == "0" and columns[column] == 1:
            found[oid] = " ".join(wide[-1]) if wide else column.rpartition(".")[0]
        else:
            bare = column not in tabled and 1 < columns[column] <= _FEW_SCALARS and last[column] <= _LAST_SCALAR
            found[oid] = column if bare else _row(oid, cells)
    return found


def is_port(place: str) -> bool:
    """Whether a place is the row of a table that is about a port or slot."""
    return " " in place and int(place.replace(" ", ".").rpartition(".")[2]) in _PORTS


def _cells(oid: str) -> list[tuple[str, str]]:
    """Where an object would be a cell of a table whose index has one to four arcs: the table and the index."""
    arcs = oid.split(".")
    return [(".".join(arcs[: -size - 1]), ".".join(arcs[-size:])) for size in (1, 2, 3, 4)]


def _row(oid: str, cells: Mapping[tuple[str, str], int]) -> str:
    """The table and row of a cell: by the shortest index that another column of the table has too."""
    keys = _cells(oid)
    table, index = next((key for key in keys if cells[key] > 1), keys[0])
    return f"{table} {index}"
