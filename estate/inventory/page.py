"""The page of one device: what it is, where each fact was read, its units as a tree, and what changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collectors.observation import Disagreement
from estate.inventory.sentences import sentence
from estate.shown import cell, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from estate.inventory.store import Changed, DeviceState, Stay, TargetState
    from estate.inventory.unit import Unit

_IDENTITY = (
    "kind", "vendor", "model", "part_number", "serial", "os", "version", "platform", "sys_name", "location", "address",
    "site", "role",
)  # fmt: skip
COLUMNS = ("name", *_IDENTITY, "sys_descr", "sys_object_id", "first_seen", "last_seen", "stale", "sections", "evidence",
           "disagreements", "units", "changes")  # fmt: skip
_UNIT = ("slot", "kind", "vendor", "model", "part_number", "serial", "parent", "first_seen", "last_seen", "stale",
         "claim", "evidence")  # fmt: skip
LIFE_COLUMNS = ("device", "slot", "since", "until", "how", "identity", "model", "part_number", "reading")
MAX_DESCRIPTION = 200


def record_of(state: DeviceState, units: Iterable[Unit], changes: Iterable[Changed]) -> dict[str, Any]:
    """The page as one record for the next program."""
    record: dict[str, Any] = {name: getattr(state.facts, name, None) for name in COLUMNS}
    return record | {
        "name": state.name,
        "first_seen": state.first_seen,
        "last_seen": state.last_seen,
        "stale": state.stale,
        "sections": [asdict(item) | {"last_complete": _when(state, item.name)} for item in state.sections],
        "evidence": state.facts.evidence,
        "units": [{name: getattr(unit, name) for name in _UNIT} for unit in units],
        "changes": [asdict(change) for change in changes],
    }


def page(state: DeviceState, units: Sequence[Unit], changes: Sequence[Changed], asked: TargetState | None) -> str:
    """The page as text for a person; whatever a device said is made harmless."""
    facts = state.facts
    lines = [safe(state.name), *_head(state, asked), ""]
    for name in _IDENTITY:
        value = getattr(facts, name)
        where = facts.evidence.get(name, "targets.csv" if name in {"address", "site", "role"} and value else "")
        lines.append(_row(name.replace("_", " "), safe(value) if value is not None else "unknown", where))
    if facts.sys_descr:
        text = safe(" ".join(facts.sys_descr.split()))
        lines.append(_row("description", text[:MAX_DESCRIPTION] + ("..." if len(text) > MAX_DESCRIPTION else ""), ""))
    lines += ["", "Read"]
    for section in state.sections:
        last = _when(state, section.name)
        how = f"{section.rows} rows" if section.complete else f"INCOMPLETE: {safe(section.reason) or 'cut off'}"
        lines.append(f"  {section.name:12} {how}; last read to its end {cell(last) or 'never'}")
    if facts.disagreements:
        lines += ["", "Disagreements between SNMP and SSH"]
        lines += [f"  {safe(Disagreement(**item).sentence)}" for item in facts.disagreements]
    lines += ["", f"Units ({len(units)})", *_tree(units), "", "Changes, newest first"]
    lines += [f"  {safe(describe(change))}" for change in changes] or ["  none"]
    return "\n".join(line.rstrip() for line in lines)


def _head(state: DeviceState, asked: TargetState | None) -> list[str]:
    seen = f"first seen {cell(state.first_seen)}, last seen {cell(state.last_seen)}"
    lines = [f"  {seen}{' (STALE)' if state.stale else ''}"]
    if asked is not None:
        reason = f": {safe(asked.reason)}" if asked.reason else ""
        lines.append(f"  last asked {cell(asked.at)} by {asked.transport or 'nothing'}, {asked.outcome}{reason}")
    return lines


def _row(name: str, value: str, where: str) -> str:
    return f"  {name:12} {value:44} {safe(where)}"


def _when(state: DeviceState, section: str) -> dt.datetime | None:
    return state.complete.get(section)


def _tree(units: Sequence[Unit]) -> list[str]:
    below: dict[str | None, list[Unit]] = defaultdict(list)
    known = {unit.asset_id for unit in units}
    for unit in units:
        below[unit.parent if unit.parent in known else None].append(unit)
    lines: list[str] = []
    shown: set[str] = set()

    def draw(unit: Unit, depth: int) -> None:
        if unit.asset_id in shown:
            return
        shown.add(unit.asset_id)
        product = unit.part_number or unit.model or "unknown product"
        marks = [word for word, marked in (("STALE", unit.stale), ("HELD BY ANOTHER DEVICE", unit.claim)) if marked]
        serial = f"serial {unit.serial}" if unit.serial else "serial unknown"
        where = unit.evidence.get("serial")
        text = f"{unit.slot}: {unit.kind}, {product}, {serial}{f' ({where})' if where else ''}"
        lines.append(safe(f"{'  ' * (depth + 1)}{text}{''.join(f' {mark}' for mark in marks)}"))
        for inner in below.get(unit.asset_id, []):
            draw(inner, depth + 1)

    for unit in below[None]:
        draw(unit, 0)
    return lines or ["  none"]


def life(serial: str, stays: Sequence[Stay], changes: Sequence[Changed]) -> str:
    """A unit's life as text for a person: where it was, from when to when, and what happened to it."""
    lines = [safe(serial)]
    for identity in dict.fromkeys(stay.identity for stay in stays):
        own = [stay for stay in stays if stay.identity == identity]
        last = own[-1]
        lines += ["", safe(f"{last.part_number or last.model or 'unknown product'} ({identity.partition('|')[0]})")]
        for stay in own:
            until = cell(stay.until) if stay.until else "now"
            lines.append(safe(f"  {cell(stay.since)} to {until}: {stay.device}, {stay.slot}{_HOW[stay.how]}"))
    lines += ["", "Changes, newest first", *(f"  {safe(f'{change.device}: {describe(change)}')}" for change in changes)]
    return "\n".join(lines)


_HOW = {"held": "", "conflict": " (ANSWERS HERE TOO: see estate conflicts)"}


def describe(change: Changed) -> str:
    """A change as a line of the page: when, and what happened."""
    subject = f"{change.subject} " if change.subject == change.device else ""
    return f"{cell(change.at)}  {subject}{sentence(change)}"
