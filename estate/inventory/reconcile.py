"""The finance asset register against what is seen: on one and not on the other, and where the two differ.

The register is a file of the finance system's own making: its columns are named on the command line where they are not
called as here, and what it holds beyond them is left alone. Nothing is corrected: each finding says what each side
says, and people decide which of the two is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.observation import UNIT_KINDS
from config.cells import date, money
from config.errors import InputError, Problem, UsageError
from config.grids import read_grid
from config.tables import Column, Table, parse
from estate.inventory.apart import folded, same_vendor
from estate.inventory.merging import twice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from estate.inventory.unit import Population, Unit

ONLY_REGISTER, ONLY_SEEN, DIFFERENT, TWICE = "only in register", "only seen", "different", "twice in register"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the register. ``cost`` is in pounds; ``disposed_on`` is blank for what is still owned."""

    serial: str | None
    asset_tag: str | None
    vendor: str | None
    part_number: str | None
    description: str | None
    site: str | None
    purchased_on: dt.date | None
    disposed_on: dt.date | None
    cost: Decimal | None
    source: str


REGISTER = Table(
    "register",
    Entry,
    (
        Column("serial"),
        Column("asset_tag"),
        Column("vendor"),
        Column("part_number"),
        Column("description"),
        Column("site"),
        Column("purchased_on", date),
        Column("disposed_on", date),
        Column("cost", money),
    ),
    any_of=(("serial", "asset_tag"),),
)
COLUMNS = tuple(column.name for column in REGISTER.columns)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the two sides do not agree on. ``field`` is blank where one side does not know the thing at all."""

    finding: str
    asset: str
    field: str = ""
    register: str = ""
    seen: str = ""
    device: str = ""
    site: str = ""
    cost: Decimal | None = None
    row: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All findings, how many things both sides know, and the register's columns that were not read."""

    findings: tuple[Finding, ...]
    matched: int
    unread: tuple[str, ...] = ()

    def count(self, finding: str) -> int:
        """How many things have a finding of this kind."""
        return len({(item.asset, item.row) for item in self.findings if item.finding == finding})


def read_register(path: Path, names: Mapping[str, str]) -> tuple[list[Entry], tuple[str, ...]]:
    """The rows of a register, and the headings that were not read.

    Args:
        path: a CSV file, or a workbook whose first sheet counts.
        names: our column to the register's own heading, where they differ.

    Raises:
        InputError: every problem of the file.
        UsageError: when a name is not one of ours, or the register has no such heading.
    """
    if unknown := sorted(set(names) - set(COLUMNS)):
        raise UsageError(f"no column {', '.join(unknown)}; there are {', '.join(COLUMNS)}")
    grid = read_grid(path)
    if not grid:
        raise InputError([Problem(path.name, 0, "", "is empty: the first line must name the columns")])
    ours = {heading.strip().casefold(): name for name, heading in names.items()}
    headings = [cell.strip() for cell in grid[0]]
    there = {heading.casefold() for heading in headings}
    if missing := [heading for heading in names.values() if heading.strip().casefold() not in there]:
        raise UsageError(f"{path.name} has no heading {', '.join(missing)}; it has {', '.join(headings)}")
    called = [ours.get(heading.casefold(), heading.casefold()) for heading in headings]
    # a heading of ours that another one was named for is not read as well
    taken = [
        place
        for place, name in enumerate(called)
        if name in COLUMNS and (name not in names or headings[place].casefold() in ours)
    ]
    if not {called[place] for place in taken} & {"serial", "asset_tag"}:
        reason = "names neither serial nor asset_tag: say which heading is one, --column serial='Serial No'"
        raise InputError([Problem(path.name, 1, "", reason)])
    cut = [[called[place] for place in taken]]
    cut += [[row[place] if place < len(row) else "" for place in taken] for row in grid[1:]]
    rows, problems = parse(REGISTER, path.name, cut)
    if problems:
        raise InputError(problems)
    return rows, tuple(headings[place] for place in range(len(headings)) if place not in taken and headings[place])


def reconcile(entries: Sequence[Entry], people: Population, as_of: dt.date, *, parts: bool = False) -> Reconciliation:
    """Compare a register with the population of a day.

    Args:
        entries: the register.
        people: what is seen and declared.
        as_of: the day; what was disposed of by then should not be there.
        parts: whether what sits inside a device and is not on the register is a finding too.
    """
    units = [*people.units, *(item.unit for item in people.excluded if not twice(item.reason))]
    by_serial, by_tag = _by(units, "serial"), _by(units, "asset_tag")
    findings: list[Finding] = []
    known: dict[int, Entry] = {}
    for entry in entries:
        unit = _unit_of(entry, by_serial, by_tag)
        gone = entry.disposed_on is not None and entry.disposed_on <= as_of
        if unit is None:
            if not gone:
                findings.append(_missing(entry))
            continue
        if (first := known.get(id(unit))) is not None:
            findings.append(_finding(TWICE, unit, entry, seen=f"also {first.source}"))
            continue
        known[id(unit)] = entry
        findings += _differences(entry, unit, gone=gone)
    for unit in units:
        if id(unit) not in known and (parts or unit.kind not in UNIT_KINDS) and not unit.virtual:
            said = " ".join(filter(None, (unit.vendor, unit.part_number or unit.model or unit.kind)))
            findings.append(
                Finding(ONLY_SEEN, unit.asset_id, seen=said, device=unit.device or "", site=unit.site or "")
            )
    order = (TWICE, DIFFERENT, ONLY_REGISTER, ONLY_SEEN)
    findings.sort(key=lambda item: (order.index(item.finding), item.asset, item.field, item.row))
    return Reconciliation(tuple(findings), len(known))


def _by(units: Sequence[Unit], name: str) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        if value := getattr(unit, name):
            found[folded(value)].append(unit)
    return found


def _unit_of(entry: Entry, by_serial: Mapping[str, list[Unit]], by_tag: Mapping[str, list[Unit]]) -> Unit | None:
    """The unit that a row is about: by serial and a vendor that does not contradict it, else by tag; never a guess."""
    if entry.serial:
        fits = [unit for unit in by_serial.get(folded(entry.serial), []) if same_vendor(unit.vendor, entry.vendor)]
        if len(fits) == 1:
            return fits[0]
    tagged = by_tag.get(folded(entry.asset_tag), []) if entry.asset_tag else []
    return tagged[0] if len(tagged) == 1 and not (entry.serial and tagged[0].serial) else None


def _differences(entry: Entry, unit: Unit, *, gone: bool) -> Iterator[Finding]:
    if gone and unit.state == "in_service" and unit.origin != "declared":
        yield _finding(DIFFERENT, unit, entry, "state", f"disposed of {entry.disposed_on}", "answers")
    for name in ("asset_tag", "part_number", "site", "purchased_on"):
        said, seen = getattr(entry, name), getattr(unit, name)
        if said and seen and folded(str(said)) != folded(str(seen)):
            yield _finding(DIFFERENT, unit, entry, name, str(said), str(seen))


def _finding(kind: str, unit: Unit, entry: Entry, field: str = "", register: str = "", seen: str = "") -> Finding:
    return Finding(
        kind, unit.asset_id, field, register, seen, unit.device or "", unit.site or "", entry.cost, entry.source
    )


def _missing(entry: Entry) -> Finding:
    said = entry.description or " ".join(filter(None, (entry.vendor, entry.part_number)))
    asset = entry.serial or f"tag:{entry.asset_tag}"
    return Finding(ONLY_REGISTER, asset, register=said, site=entry.site or "", cost=entry.cost, row=entry.source)
