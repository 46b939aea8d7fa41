"""Vendors' own tables of physical parts, for devices whose ENTITY-MIB is absent or thin.

The tables are data (``[[platform.components]]``, explained at the head of ``config/platforms/generic.toml``); a row
becomes a :class:`~collectors.observation.Component` named ``TABLE.INDEX``. What ENTITY-MIB and a vendor's table both
list, by the same serial number, is one component: ENTITY-MIB's, its blanks filled from the vendor's row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from collectors.entity import index_key, number_of
from collectors.observation import Component
from collectors.text import clean, clean_day, clean_name, clean_serial
from collectors.transport import Value

_CLEANERS: dict[str, Callable[[Value], str | None]] = {
    "name": clean, "description": clean, "serial": clean_serial, "manufactured_on": clean_day,
}  # fmt: skip
# Below the first number of a position there is nothing to tell apart; a larger one is an address, not a place.
_MAX_POSITION = 65_535
# Fields that a vendor's row fills where ENTITY-MIB left the same thing's blank.
_FILLED = tuple({item.name for item in fields(Component)} - {"index", "cls", "parent", "where", "serial"})


@dataclass(frozen=True, slots=True)
class ComponentTable:
    """A vendor's table of physical parts.

    ``cls`` is the class of its rows; a pattern of ``classes`` that fits says another, tried on ``class_by`` (a column
    that names the kind of a part) where that is given, else on the texts of the row. ``present`` is a column and what
    it must say for the row to be a part that is there. ``position`` is the arc of the index (from 1; from the end
    where negative) that is the slot or member number. ``parent`` is the table whose row holds this one: the row that
    has the first arcs of this one's index for its own. ``one_model`` says that all rows are of the device's own
    model, as the members of a cluster are that takes no other. ``within`` is a column, one row for each kind of
    container, that names the kind around it, for tables whose index is a kind and a path through levels (JUNIPER-MIB).
    """

    name: str
    cls: str
    classes: tuple[tuple[re.Pattern[str], str], ...]
    columns: Mapping[str, str]
    always: bool = False
    class_by: str = ""
    present: tuple[str, re.Pattern[str]] | None = None
    position: int = 0
    parent: str = ""
    within: str = ""
    one_model: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """All columns that are walked for it."""
        more = (self.class_by, self.present[0] if self.present else "", self.within)
        return (*self.columns.values(), *(oid for oid in more if oid))


def vendor_parts(
    tables: Sequence[ComponentTable], columns: Mapping[str, Mapping[str, Value]], part: re.Pattern[str] | None
) -> tuple[Component, ...]:
    """The rows of vendor tables as components; rows that hold nothing but a name, and empty slots, are left out."""
    parts = [row for table in tables for row in _rows(table, columns, part)]
    known = {row.index for row in parts}
    return tuple(
        replace(row, parent=_parent(table, row.index.removeprefix(f"{table.name}."), columns, known))
        for table in tables
        for row in parts
        if row.index.startswith(f"{table.name}.")
    )


def _rows(
    table: ComponentTable, columns: Mapping[str, Mapping[str, Value]], part: re.Pattern[str] | None
) -> list[Component]:
    indexes = {index for oid in table.columns.values() for index in columns.get(oid, {})}
    rows = (_row(table, index, columns, part) for index in sorted(indexes, key=index_key))
    return [row for row in rows if row is not None]


def _row(
    table: ComponentTable, index: str, columns: Mapping[str, Mapping[str, Value]], part: re.Pattern[str] | None
) -> Component | None:
    """One row as a component without a parent yet; None where it holds no part."""
    if table.present is not None:
        oid, pattern = table.present
        if not pattern.search(clean(columns.get(oid, {}).get(index, b"")) or ""):
            return None
    row: dict[str, Any] = {"where": {}}
    for name, oid in table.columns.items():
        raw = columns.get(oid, {}).get(index)
        value = None if raw is None else _CLEANERS.get(name, clean_name)(raw)
        if value is not None:
            row[name] = dt.date.fromisoformat(value) if name == "manufactured_on" else value
            row["where"][name] = f"{oid}.{index}"
    if not {"serial", "model", "part_number"} & set(row):
        return None
    number_of(row, part)
    return Component(
        index=f"{table.name}.{index}", cls=_class(table, index, row, columns), position=_position(table, index), **row
    )


def _class(
    table: ComponentTable, index: str, row: Mapping[str, Any], columns: Mapping[str, Mapping[str, Value]]
) -> str:
    if table.class_by:
        said = clean(columns.get(table.class_by, {}).get(index, b"")) or ""
    else:
        said = " ".join(str(row[name]) for name in ("name", "description", "model") if row.get(name))
    return next((cls for pattern, cls in table.classes if pattern.search(said)), table.cls)


def _position(table: ComponentTable, index: str) -> int | None:
    """The number of the slot or of the stack member, where the index holds it."""
    arcs = index_key(index)
    if not table.position or abs(table.position) > len(arcs):
        return None
    number = arcs[table.position - 1 if table.position > 0 else table.position]
    return number if 0 <= number <= _MAX_POSITION else None


def _parent(
    table: ComponentTable, index: str, columns: Mapping[str, Mapping[str, Value]], known: set[str]
) -> str | None:
    """The component that a row sits in, where the table says so and that component is there."""
    if table.within:
        return _level_above(table, index, columns.get(table.within, {}), known)
    if table.parent:
        arcs = index.split(".")
        for length in range(len(arcs), 0, -1):
            above = f"{table.parent}.{'.'.join(arcs[:length])}"
            if above in known and above != f"{table.name}.{index}":
                return above
    return None


def _level_above(table: ComponentTable, index: str, within: Mapping[str, Value], known: set[str]) -> str | None:
    """The row of the kind around, with the path one level shorter; the only row of that kind where none has it."""
    kind, *path = index.split(".")
    while (around := within.get(kind)) and str(around) != kind:
        kind = str(around)
        levels = [place for place, arc in enumerate(path) if arc != "0"]
        if levels:
            path[levels[-1]] = "0"
        above = f"{table.name}.{'.'.join((kind, *path))}"
        if above in known:
            return above
        those = [row for row in known if row.startswith(f"{table.name}.{kind}.")]
        if len(those) == 1:
            return those[0] if those[0] != f"{table.name}.{index}" else None
        if not levels:
            return None
    return None


def merged(
    parts: Sequence[Component], more: Sequence[Component]
) -> tuple[tuple[Component, ...], tuple[Component, ...]]:
    """The components of ENTITY-MIB and those of the vendor's tables, each physical thing once.

    A vendor's row with the serial number of one component is that component, and fills its blanks. A serial number
    that stands on several rows of either side joins nothing.
    """
    twice = {key for key, count in Counter(_key(item) for item in parts).items() if count > 1}
    own = {_key(item): item for item in parts if item.serial and _key(item) not in twice}
    again = Counter(_key(item) for item in more)
    same = {item.index: own[_key(item)].index for item in more if _key(item) in own and again[_key(item)] == 1}
    filled = {same[item.index]: _filled(own[_key(item)], item) for item in more if item.index in same}
    first = tuple(filled.get(item.index, item) for item in parts)
    rest = tuple(
        replace(item, parent=same.get(item.parent or "", item.parent)) for item in more if item.index not in same
    )
    return first, rest


def _key(item: Component) -> str:
    return (item.serial or "").casefold()


def _filled(item: Component, row: Component) -> Component:
    blank = {name: getattr(row, name) for name in _FILLED if getattr(item, name) is None and getattr(row, name)}
    where = {name: row.where[name] for name in blank if name in row.where}
    return replace(item, where={**item.where, **where}, **blank)
