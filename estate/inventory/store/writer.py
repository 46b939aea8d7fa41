"""Writing what a reading means for the units of its device, and for other devices that hold the same ones."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from collectors.observation import ANSWERS
from estate.inventory.fold import Folded, Swap
from estate.inventory.pairing import Held
from estate.inventory.placing import EVENTS, Before, Event, Said, Span, place
from estate.inventory.seen import SeenUnit
from estate.inventory.store.rows import (
    CHANGE,
    CHUNK,
    CLOSED,
    DEVICE,
    OPENED,
    READING,
    SEEN,
    UNIT,
    UNIT_FACT,
    Changed,
    Reading,
    seen_unit,
    unit_rows,
)
from estate.inventory.told import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class UnitWriter:
    """Writes what a reading means for the units of its device, and for other devices that hold the same ones."""

    def __init__(
        self, connection: sa.Connection, device_id: int, reading: Reading, rows: dict[int, sa.Row[Any]]
    ) -> None:
        self.connection = connection
        self.device_id = device_id
        self.reading = reading
        self.rows = rows
        self.ids = {row.identity: unit for unit, row in rows.items()}
        self.devices = {reading.device: device_id}
        self.updates: list[dict[str, Any]] = []
        self.inserts: list[dict[str, Any]] = []
        self.deletes: list[int] = []

    def write(self, folded: Folded) -> list[Changed]:
        """Write all of it; return the changes that this reading tells."""
        self._identify(folded.arrived)
        said: dict[int, Said] = {}
        swapped = {self.ids[swap.new.identity] for swap in folded.swaps} | {swap.old.key for swap in folded.swaps}
        for unit in folded.arrived:
            said[self.ids[unit.identity]] = self._said(seen=unit, swapped=self.ids[unit.identity] in swapped)
        for held in folded.gone:
            said[held.key] = self._said(gone=True, swapped=held.key in swapped)
        ended = {held.key for held in (*folded.gone, *folded.named)}
        # what another device took over earlier in this run, and this one has now answered about
        taken = {key for key, row in self.rows.items() if row.valid_to is not None and key not in ended}
        revised = {held.key: held for held in folded.revised}
        for key in taken:
            said[key] = self._said(seen=revised[key].seen if key in revised else None)
        for held in folded.named:
            self._close(self.rows[held.key].id, max(self.reading.at, self.rows[held.key].valid_from))
        for held in folded.revised:
            if held.key not in taken:
                self._revise(held)
        for held in folded.amended:
            self.connection.execute(
                sa.update(UNIT_FACT)
                .where(UNIT_FACT.c.id == self.rows[held.key].id)
                .values(index=held.seen.index, section=held.seen.section)
            )
        changes = [self._changed(line) for line in folded.lines]
        rows = [self._change_row(line) for line in folded.lines]
        for swap in folded.swaps:
            row, changed = self._swap(swap)
            rows.append(row)
            changes.append(changed)
        events = self._settle(said)
        self._flush()
        rows += [row for row, _ in events]
        if rows:
            self.connection.execute(sa.insert(CHANGE), rows)
        return changes + [changed for row, changed in events if row["run_device_id"] == self.reading.id]

    def _said(self, *, seen: SeenUnit | None = None, gone: bool = False, swapped: bool = False) -> Said:
        return Said(self.reading.id, self.reading.at, seen, gone, self.reading.first, swapped)

    def _changed(self, line: Line) -> Changed:
        return Changed(
            self.reading.at, self.reading.device, line.subject, line.what, line.field, line.before, line.after,
            self.reading.run,
        )  # fmt: skip

    def _change_row(self, line: Line) -> dict[str, Any]:
        return {
            "at": self.reading.at, "run_device_id": self.reading.id, "device_id": self.device_id, "unit_id": line.unit,
            "subject": line.subject, "what": line.what, "field": line.field, "before": line.before,
            "after": line.after, "other_unit_id": None,
        }  # fmt: skip

    def _swap(self, swap: Swap) -> tuple[dict[str, Any], Changed]:
        """A swap is told once, by its slot, from the old serial to the new one, and hangs on both units."""
        line = Line(swap.new.slot, "", swap.old.seen.serial, swap.new.serial, self.ids[swap.new.identity], "swapped")
        return self._change_row(line) | {"other_unit_id": swap.old.key}, self._changed(line)

    def _identify(self, units: Sequence[SeenUnit]) -> None:
        """Find or make the unit rows behind identities that this device did not hold."""
        wanted = [unit.identity for unit in units]
        for start in range(0, len(wanted), CHUNK):
            found = self.connection.execute(
                sa.select(UNIT.c.identity, UNIT.c.id).where(UNIT.c.identity.in_(wanted[start : start + CHUNK]))
            )
            self.ids.update({row.identity: row.id for row in found})
        fresh = [{"identity": name, "first_seen": self.reading.at} for name in wanted if name not in self.ids]
        if fresh:
            made = self.connection.execute(sa.insert(UNIT).returning(UNIT.c.identity, UNIT.c.id), fresh)
            self.ids.update({row.identity: row.id for row in made})

    def _close(self, row: int, at: dt.datetime) -> None:
        self.updates.append({"row": row, "until": at, "by": self.reading.id})

    def _revise(self, held: Held) -> None:
        row = self.rows[held.key]
        at = max(self.reading.at, row.valid_from)
        self._close(row.id, at)
        self._insert(held.key, Span(self.reading.device, None, at, None, row.claim, held.seen, self.reading.id, None))

    def _insert(self, unit: int, span: Span) -> None:
        seen = span.seen
        row = {
            "unit_id": unit, "device_id": self.devices[span.device], "valid_from": span.since, "valid_to": span.until,
            "claim": span.claim, "run_device_id": span.opened_by, "closed_by": span.closed_by,
            "parent_unit_id": self.ids.get(seen.parent) if seen.parent else None,
        }  # fmt: skip
        self.inserts.append(row | {name: getattr(seen, name) for name in SEEN})

    def _flush(self) -> None:
        """Write the rows: what makes room first, so that a unit never stands in two places."""
        for start in range(0, len(self.deletes), CHUNK):
            ids = self.deletes[start : start + CHUNK]
            self.connection.execute(sa.delete(UNIT_FACT).where(UNIT_FACT.c.id.in_(ids)))
        if self.updates:
            statement = (
                sa.update(UNIT_FACT)
                .where(UNIT_FACT.c.id == sa.bindparam("row"))
                .values(valid_to=sa.bindparam("until"), closed_by=sa.bindparam("by"))
            )
            self.connection.execute(statement, self.updates)
        if self.inserts:
            self.connection.execute(sa.insert(UNIT_FACT), self.inserts)

    # --------------------------------------------------------------------------------------- between devices

    def _settle(self, said: dict[int, Said]) -> list[tuple[dict[str, Any], Changed]]:
        """Place every unit that came, went, or was taken over; return its events as rows and as changes."""
        if not said:
            return []
        rows = self._history(list(said))
        answered = self._answered({row.device_name for unit in rows.values() for row in unit})
        swapped = self._swapped(list(said))
        events: list[tuple[dict[str, Any], Changed]] = []
        touched: list[int] = []
        for unit, word in said.items():
            before, words, fresh, known = self._words(rows.get(unit, []), answered)
            words = {
                name: replace(other, swapped=(unit, name) in swapped) if other.seen or other.gone else other
                for name, other in words.items()
            }
            words[self.reading.device] = word
            spans, told = place(before, words, known=known)
            self._arrange(unit, fresh, spans, {row.id: row for row in rows.get(unit, [])})
            if fresh or any(row.closed_run == self.reading.run for row in rows.get(unit, [])):
                touched.append(unit)
            seen = word.seen or next(iter(before.values())).seen
            events += [self._event(unit, seen.subject, event) for event in told]
        if touched:
            readings = sa.select(READING.c.id).where(READING.c.run_id == self.reading.run)
            self.connection.execute(
                sa.delete(CHANGE).where(
                    CHANGE.c.unit_id.in_(touched),
                    CHANGE.c.what.in_(EVENTS),
                    CHANGE.c.field == "",
                    CHANGE.c.run_device_id.in_(readings),
                )
            )
        return events

    def _history(self, units: list[int]) -> dict[int, list[sa.Row[Any]]]:
        """All rows of some units, by unit."""
        rows: dict[int, list[sa.Row[Any]]] = defaultdict(list)
        statement = unit_rows().add_columns(DEVICE.c.name.label("device_name"), DEVICE.c.first_seen, OPENED.c.target)
        statement = statement.add_columns(OPENED.c.at.label("opened_at"), CLOSED.c.target.label("closed_target"))
        statement = statement.add_columns(CLOSED.c.at.label("closed_at"))
        statement = statement.join(DEVICE, DEVICE.c.id == UNIT_FACT.c.device_id)
        for start in range(0, len(units), CHUNK):
            chunk = units[start : start + CHUNK]
            for row in self.connection.execute(statement.where(UNIT_FACT.c.unit_id.in_(chunk))):
                rows[row.unit_id].append(row)
                self.devices[row.device_name] = row.device_id
                if row.parent:
                    self.ids.setdefault(row.parent, row.parent_unit_id)
        return rows

    def _answered(self, devices: set[str]) -> dict[str, Said]:
        """Which devices have answered in this run."""
        others = devices - {self.reading.device}
        if not others:
            return {}
        found = self.connection.execute(
            sa.select(READING.c.target, READING.c.id, READING.c.at).where(
                READING.c.run_id == self.reading.run,
                READING.c.target.in_(others),
                READING.c.outcome.in_([str(outcome) for outcome in ANSWERS]),
            )
        )
        return {row.target: Said(row.id, row.at) for row in found}

    def _swapped(self, units: list[int]) -> set[tuple[int, str]]:
        """Which units came or went by a swap in this run, and in which device."""
        found: set[tuple[int, str]] = set()
        statement = (
            sa.select(CHANGE.c.unit_id, CHANGE.c.other_unit_id, DEVICE.c.name)
            .join(DEVICE, DEVICE.c.id == CHANGE.c.device_id)
            .join(READING, READING.c.id == CHANGE.c.run_device_id)
            .where(READING.c.run_id == self.reading.run, CHANGE.c.what == "swapped")
        )
        for start in range(0, len(units), CHUNK):
            chunk = units[start : start + CHUNK]
            either = sa.or_(CHANGE.c.unit_id.in_(chunk), CHANGE.c.other_unit_id.in_(chunk))
            for row in self.connection.execute(statement.where(either)):
                found |= {(row.unit_id, row.name), (row.other_unit_id, row.name)}
        return found

    def _words(
        self, rows: Iterable[sa.Row[Any]], answered: dict[str, Said]
    ) -> tuple[dict[str, Before], dict[str, Said], list[int], bool]:
        """What stood before the run, what other devices have said in it, the rows it wrote, whether it was known."""
        run, before, said, fresh, known = self.reading.run, dict[str, Before](), dict[str, Said](), list[int](), False
        own: dict[str, sa.Row[Any]] = {}
        gone: dict[str, sa.Row[Any]] = {}
        for row in rows:
            name = row.device_name
            if row.opened_run == run:
                fresh.append(row.id)
                if row.target == name:
                    own[name] = row
            elif row.valid_to is None or row.closed_run == run:
                before[name] = Before(row.id, row.valid_from, row.claim, seen_unit(row), row.run_device_id)
                if row.closed_run == run and row.closed_target == name:
                    gone[name] = row
            else:
                known = True
        for name in {*before, *own} - {self.reading.device}:
            if name in own:
                row = own[name]
                said[name] = Said(
                    row.run_device_id, row.opened_at, seen_unit(row), first=row.first_seen == row.opened_at
                )
            elif name in gone:
                said[name] = Said(gone[name].closed_by, gone[name].closed_at, gone=True)
            elif name in answered:
                said[name] = answered[name]
        return before, said, fresh, known

    def _arrange(self, unit: int, fresh: list[int], spans: Iterable[Span], rows: dict[int, sa.Row[Any]]) -> None:
        """Turn spans into statements: rows of this run are written anew, older ones closed or opened again."""
        self.deletes += fresh
        for span in spans:
            if span.row is None:
                self._insert(unit, span)
            elif (span.until, span.closed_by) != (rows[span.row].valid_to, rows[span.row].closed_by):
                self.updates.append({"row": span.row, "until": span.until, "by": span.closed_by})

    def _event(self, unit: int, subject: str, event: Event) -> tuple[dict[str, Any], Changed]:
        row = {
            "at": event.at, "run_device_id": event.reading, "device_id": self.devices[event.device], "unit_id": unit,
            "subject": subject, "what": event.what, "field": "", "before": event.before, "after": event.after,
            "other_unit_id": None,
        }  # fmt: skip
        changed = Changed(event.at, event.device, subject, event.what, "", event.before, event.after, self.reading.run)
        return row, changed
