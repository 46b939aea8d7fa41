"""entPhysicalTable (ENTITY-MIB, RFC 6933) as components, and which of them is the device itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from collectors.observation import PHYSICAL_CLASSES, Component
from collectors.text import clean, clean_name, clean_serial, date_and_time, decode
from collectors.transport import Value

TABLE = "1.3.6.1.2.1.47.1.1.1.1"
COLUMNS = tuple(f"{TABLE}.{number}" for number in (*range(2, 14), 15, 16, 17))
_PARENT, _CLASS, _POSITION, _FRU, _MADE = (f"{TABLE}.{number}" for number in (4, 5, 6, 16, 17))
_ASSET = f"{TABLE}.15"

_TEXTS: dict[str, tuple[str, Callable[[Value], str | None]]] = {
    f"{TABLE}.2": ("description", clean),
    f"{TABLE}.7": ("name", clean),
    f"{TABLE}.8": ("hardware_revision", clean_name),
    f"{TABLE}.9": ("firmware_revision", clean_name),
    f"{TABLE}.10": ("software_revision", clean_name),
    f"{TABLE}.11": ("serial", clean_serial),
    f"{TABLE}.12": ("vendor", clean_name),
    f"{TABLE}.13": ("model", clean_name),
}
# The columns that make a row a component.
_LISTING = (*_TEXTS, _PARENT, _CLASS, _POSITION)
# What a vendor calls an orderable thing: one word, with a digit.
_ORDERABLE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9+./#=_-]{2,39}")
_FIRST_WORD = re.compile(r"[\s,]+")
_MAX_DEPTH = 32
_TRUTH = {"1": True, "2": False}  # TruthValue of SNMPv2-TC


@lru_cache(1 << 16)
def index_key(index: str) -> tuple[int, ...]:
    """The order of a table's rows: by number, arc by arc."""
    return tuple(int(arc) if arc.isdigit() else -1 for arc in index.split("."))


def components(
    columns: Mapping[str, Mapping[str, Value]], part: re.Pattern[str] | None = None, maker: str | None = None
) -> tuple[Component, ...]:
    """The rows of a walked entPhysicalTable, in the order of their indexes.

    Args:
        columns: what the walk of :data:`COLUMNS` gave.
        part: a vendor's pattern of part numbers (group 1), looked for in model, name and description; without it a
            model name that is one word with a digit is taken for the part number as well.
        maker: who made the device, where that is known: its parts' maker is called so too (:func:`maker_of`).
    """
    listed = dict[str, None]()
    for column in _LISTING:
        listed |= dict.fromkeys(columns.get(column, ()))
    rows: dict[str, dict[str, Any]] = {index: {"where": {}} for index in listed}
    for column, (field, cleaner) in _TEXTS.items():
        for index, value in columns.get(column, {}).items():
            # most are blank
            if value != b"" and (text := cleaner(value)) is not None:
                row = rows[index]
                row[field] = text
                row["where"][field] = f"{column}.{index}"
    classes, holders = columns.get(_CLASS, {}), _holders(columns.get(_PARENT, {}), rows)
    positions, frus, made = columns.get(_POSITION, {}), columns.get(_FRU, {}), columns.get(_MADE, {})
    for index, row in rows.items():
        number = classes.get(index)
        row["cls"] = PHYSICAL_CLASSES.get(number, "unknown") if isinstance(number, int) else "unknown"
        row["parent"] = None if _in_a_ring(index, holders) else holders.get(index)
        place = positions.get(index)
        row["position"] = place if isinstance(place, int) and place >= 0 else None
        row["fru"] = _TRUTH.get(decode(frus[index])) if index in frus else None
        day = date_and_time(made[index]) if index in made else None
        if day is not None:
            row["manufactured_on"] = day
            row["where"]["manufactured_on"] = f"{_MADE}.{index}"
        if maker and "vendor" in row:
            row["vendor"] = maker_of(row["vendor"], maker)
        number_of(row, part)
    return tuple(Component(index=index, **rows[index]) for index in sorted(rows, key=index_key))


@lru_cache(1024)
def maker_of(name: str, maker: str) -> str:
    """Who made a part of a device by that maker: one vendor has one name in the inventory.

    ``Cisco Systems, Inc.`` and ``Cisco Systems`` inside a Cisco are Cisco; another first word is another maker.
    """
    own, whole = (_FIRST_WORD.split(text, 1)[0].casefold() for text in (name, maker))
    return maker if own == whole else name


def number_of(row: dict[str, Any], part: re.Pattern[str] | None) -> None:
    """Set ``part_number`` of a component's fields, where one of them holds it."""
    if part is not None:
        for field in ("model", "name", "description"):
            found = part.search(row.get(field) or "")
            if found:
                row["part_number"] = found.group(1)
                row["where"]["part_number"] = row["where"].get(field, "")
                return
    model = row.get("model")
    if model and "part_number" not in row and _ORDERABLE.fullmatch(model):
        row["part_number"] = model
        row["where"]["part_number"] = row["where"].get("model", "")


def _holders(parents: Mapping[str, Value], rows: Mapping[str, object]) -> dict[str, str]:
    """The index of what contains a row, for each row of which that is there."""
    return {index: str(above) for index, above in parents.items() if isinstance(above, int) and str(above) in rows}


def _in_a_ring(index: str, holders: Mapping[str, str]) -> bool:
    """Whether a row contains itself, by way of others."""
    here: str | None = index
    for _ in range(_MAX_DEPTH):
        here = holders.get(here) if here is not None else None
        if here is None or here == index:
            break
    return here == index


def chassis(parts: Iterable[Component]) -> Component | None:
    """The component that is the device itself: the top chassis, or the first member of a stack.

    A device without any chassis is its topmost component with a model or a serial number, where that is no module in
    another one; one that gives no row a class is its first.
    """
    listed = list(parts)
    cases = [part for part in listed if part.cls == "chassis"]
    known = {part.index: part for part in listed}
    outer = [part for part in cases if not _inside_chassis(part, known)]
    named = [part for part in outer if part.model or part.serial]
    if named:
        return min(named, key=lambda part: (not (part.model and part.serial), _rank(part)))
    if not cases:
        told = [part for part in listed if (part.model or part.serial) and part.cls in _TOPS]
        tops = [part for part in told if part.parent is None or part.cls != "module"]
        if tops:
            return min(tops, key=lambda part: (_depth(part, known), not (part.model and part.serial)))
    deeper = [part for part in cases if part.model or part.serial]
    if not cases and listed and all(part.cls == "unknown" for part in listed):
        return listed[0]
    return deeper[0] if deeper else outer[0] if outer else None


_TOPS = {"other", "unknown", "module", "stack", "backplane", "container"}


def _rank(part: Component) -> tuple[int, tuple[int, ...]]:
    return (part.position if part.position is not None and part.position > 0 else 1 << 30, index_key(part.index))


def _depth(part: Component, known: Mapping[str, Component]) -> int:
    """How many components hold it, one in the other."""
    above, depth = part.parent, 0
    while above is not None and depth < _MAX_DEPTH:
        above, depth = known[above].parent, depth + 1
    return depth


def _inside_chassis(part: Component, known: Mapping[str, Component]) -> bool:
    above, depth = part.parent, 0
    while above is not None and depth < _MAX_DEPTH:
        holder = known[above]
        if holder.cls == "chassis":
            return True
        above, depth = holder.parent, depth + 1
    return False
