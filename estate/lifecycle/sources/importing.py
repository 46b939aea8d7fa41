"""Rows from a file into a pack of the council's own: what the file says nothing of stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.tables import Table
from estate.lifecycle.sources.changes import Cells, Change, Kind
from estate.lifecycle.sources.known import keep, known
from estate.lifecycle.sources.packfile import PackFile, key_of

if TYPE_CHECKING:
    from estate.lifecycle.packs import Catalogue

# What every row says of itself, whatever its table is about.
ALWAYS = frozenset({"vendor", "part_number", "os", "release", "source", "source_type", "note"})


def into_pack(
    folder: Path,
    name: str,
    table: Table[Any],
    rows: Iterable[Cells],
    columns: Iterable[str],
    catalogue: Catalogue,
    *,
    dry_run: bool = False,
) -> list[Change]:
    """Merge rows into a pack, write it, and say what changed.

    Args:
        folder: the estate folder.
        name: the pack's name.
        table: whether it is a hardware or a software pack.
        rows: what was read, already checked.
        columns: those that the file has; a blank cell in one of them clears what was there, the others stay.
        catalogue: everything that is known, for what stands against a row.
        dry_run: write nothing.

    Raises:
        InputError: when the pack that is there holds a problem.
    """
    pack = PackFile(folder, name, table)
    said = {*columns} | ALWAYS
    changes: list[Change] = []
    for row in rows:
        before: Mapping[str, str] = pack.rows.get(key_of(row), {})
        kept = {column: cell for column, cell in before.items() if cell and column not in said}
        merged = row | {column: cell for column, cell in kept.items() if not row.get(column)}
        if row.get("not_announced_on") is None and any(merged.get(column) for column in said):
            merged.pop("not_announced_on", None)
        changes += keep(name, merged, pack, known(catalogue, merged, pack, typed=True))
    if not dry_run:
        pack.save()
    return changes


def unread(source: str, refused: Iterable[tuple[str, str]], left_out: Iterable[tuple[str, str]]) -> list[Change]:
    """What of a file was not used: where it stands, and why."""
    return [
        *(Change(Kind.REFUSED, source, where, note=reason) for where, reason in refused),
        *(Change(Kind.LEFT_OUT, source, where, note=reason) for where, reason in left_out),
    ]
